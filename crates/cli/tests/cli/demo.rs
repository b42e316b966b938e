//! `authenticator demo`.

use crate::support::Tool;
use std::process::Command;

#[test]
fn the_demo_checks_itself_and_leaves_nothing_behind() {
    let tool = Tool::new();
    let temporary = tool.path("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    let run = tool.finish(demo.arg("demo").env("TMPDIR", &temporary), "");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");

    let passed = run.stdout.lines().filter(|line| line.starts_with("  ✓ ")).count();
    assert!(passed > 30, "{run:?}");
    assert!(
        run.stdout.lines().last().unwrap().starts_with(&format!("{passed} checks passed in ")),
        "{run:?}"
    );
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert!(!tool.path("home").exists());
}

/// Reading the files of an open store would drop the locks that this process has on them.
#[test]
fn it_searches_the_files_of_a_closed_store_only() {
    let tool = Tool::new();
    let run = tool.run(&["demo"], "");
    let searched = run.stdout.matches("no site, name, handle, id or key in clear").count();
    // A closed store is one file: SQLite removes its log when the last connection goes.
    assert_eq!((searched, run.stdout.matches("searches in 1 files").count()), (2, 2), "{run:?}");
}

#[test]
fn with_a_store_it_works_on_every_later_run() {
    let tool = Tool::new();
    for _ in 0..2 {
        let run = tool.run(&["demo"], "");
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(tool.list().len(), 1);
    }
}

#[test]
fn it_leaves_passkeys_of_others_alone() {
    let tool = Tool::new();
    let made = tool.register("alice@example.com");
    assert_eq!(tool.run(&["demo"], "").code, 0);
    assert!(tool.list().iter().any(|item| item["credentialId"] == made["id"]));
}
