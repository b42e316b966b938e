//! With and without a terminal. Linux has the commands that take one away and make one.
#![cfg(target_os = "linux")]

use crate::support::{ORIGIN, Run, Tool, creation, request};
use std::process::Command;

/// Runs the command in a session of its own, which has no terminal.
fn without_terminal(tool: &Tool, arguments: &[&str], stdin: &str) -> Run {
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(env!("CARGO_BIN_EXE_authenticator")).args(arguments);
    tool.finish(command.arg("--store").arg(tool.store()), stdin)
}

/// Runs the command on a new terminal on which this is typed. Its stdout goes to a file, whose content is returned as
/// stdout; stdout of the run itself is the terminal's screen, returned as stderr.
fn on_terminal(tool: &Tool, arguments: &str, typed: &str) -> Run {
    let (program, store, output) = (env!("CARGO_BIN_EXE_authenticator"), tool.store(), tool.path("stdout"));
    let line = format!("'{program}' {arguments} --store '{}' > '{}'", store.display(), output.display());
    let mut command = Command::new("script");
    let run = tool.finish(command.args(["--quiet", "--return", "--command", &line, "/dev/null"]), typed);
    Run { code: run.code, stdout: std::fs::read_to_string(&output).unwrap(), stderr: run.stdout }
}

fn options_file(tool: &Tool, name: &str) -> String {
    let path = tool.path("options.json");
    std::fs::write(&path, creation(name).to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn without_a_terminal_ask_refuses() {
    let tool = Tool::new();
    let options = creation("alice").to_string();
    let refused = without_terminal(&tool, &["create", "--origin", ORIGIN], &options);
    refused.fails(3, &["NotAllowedError", "no terminal", "--user"]);
    tool.register("alice");
    let refused = without_terminal(&tool, &["get", "--origin", ORIGIN], &request(&[]).to_string());
    refused.fails(3, &["NotAllowedError", "no terminal"]);
    without_terminal(&tool, &["delete", &tool.newest()], "y\n").fails(2, &["--yes"]);
    without_terminal(&tool, &["reset"], "y\ndelete everything\n").fails(2, &["--yes-delete-everything"]);
    assert_eq!(tool.list().len(), 1);
}

#[test]
fn on_a_terminal_the_person_is_asked() {
    let tool = Tool::new();
    let create = format!("create --origin {ORIGIN} --options '{}'", options_file(&tool, "alice"));
    let refused = on_terminal(&tool, &create, "n\n");
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");

    let made = on_terminal(&tool, &create, "y\n");
    assert!(made.json()["id"].is_string());
    for part in ["example.com asks for a passkey", "alice", "kept on this device", "[y/N]"] {
        assert!(made.stderr.contains(part), "{made:?}");
    }
}

#[test]
fn on_a_terminal_deleting_is_confirmed_and_reset_twice() {
    let tool = Tool::new();
    tool.register("alice");
    tool.register("bob");
    let delete = format!("delete {}", tool.newest());
    assert!(on_terminal(&tool, &delete, "n\n").stdout.contains("Nothing was deleted"));
    assert!(on_terminal(&tool, &delete, "y\n").stdout.contains("still lists this passkey"));
    for typed in ["n\n", "y\nno\n"] {
        assert!(on_terminal(&tool, "reset", typed).stdout.contains("Nothing was deleted"), "{typed:?}");
    }
    assert_eq!(tool.list().len(), 1);
    assert!(on_terminal(&tool, "reset", "y\ndelete everything\n").stdout.contains("Passkeys deleted: 1"));
}
