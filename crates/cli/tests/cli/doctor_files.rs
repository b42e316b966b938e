//! `doctor`: what is wrong with the files, before the store in them can be opened.

use crate::support::{Tool, request};
use serde_json::json;
use std::fs;

/// Damages the store of alice, and says what the doctor finds and with which code. What it was is put back afterwards.
fn ill(damage: impl FnOnce(&Tool)) -> (Tool, i32, Vec<String>) {
    let tool = Tool::new();
    tool.register_used("alice");
    damage(&tool);
    let said = tool.doctor(&[]);
    let kinds = said.kinds().into_iter().map(str::to_owned).collect();
    (tool, said.code, kinds)
}

/// Writes what was in a private file, in place of something else.
fn replace(path: &std::path::Path, content: &[u8]) {
    fs::write(path, content).unwrap();
}

#[test]
fn the_key_file_is_missing_or_no_key() {
    let (tool, code, kinds) = ill(|tool| fs::rename(tool.key(), tool.path("away")).unwrap());
    assert_eq!((code, kinds), (7, vec!["key-file-missing".to_owned()]));
    let run = tool.doctor_for_people();
    assert!(run.stdout.contains("Put back the file") && run.stdout.contains("cannot be opened"), "{run:?}");
    assert!(run.stderr.contains("device key"), "{run:?}");

    let (_, code, kinds) = ill(|tool| replace(&tool.key(), &[9; 31]));
    assert_eq!((code, kinds), (7, vec!["key-file-damaged".to_owned()]));
    let (_, code, kinds) = ill(|tool| {
        let key = tool.key();
        fs::remove_file(&key).unwrap();
        fs::create_dir(&key).unwrap();
    });
    assert_eq!((code, kinds), (7, vec!["key-file-unusable".to_owned()]));
}

#[cfg(unix)]
#[test]
fn others_can_read_the_key_file() {
    use std::os::unix::fs::PermissionsExt;
    let (tool, code, kinds) =
        ill(|tool| fs::set_permissions(tool.key(), PermissionsExt::from_mode(0o644)).unwrap());
    assert_eq!((code, kinds), (7, vec!["key-file-exposed".to_owned()]));
    assert_eq!(tool.doctor(&["--repair", "store-read-only"]).code, 7, "another repair leaves it");
    let said = tool.doctor(&["--repair", "key-file-exposed"]);
    assert_eq!((said.code, said.mended()), (0, vec!["key-file-exposed"]));
    assert_eq!(fs::metadata(tool.key()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(tool.get(&request(&[]), "approve").code, 0);
}

#[cfg(unix)]
#[test]
fn the_store_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (tool, code, kinds) =
        ill(|tool| fs::set_permissions(tool.database(), PermissionsExt::from_mode(0o400)).unwrap());
    assert_eq!((code, kinds), (9, vec!["store-read-only".to_owned()]));
    let said = tool.doctor(&["--repair", "store-read-only"]);
    assert_eq!((said.code, said.mended()), (0, vec!["store-read-only"]));
    tool.register_used("bob");

    // Nor may what SQLite keeps beside it be left so.
    tool.doctor(&[]);
    let log = tool.store().join("passkeys.db-wal");
    fs::set_permissions(log, PermissionsExt::from_mode(0o400)).unwrap();
    assert_eq!(tool.doctor(&[]).kinds(), ["store-read-only"]);
    assert_eq!(tool.doctor(&["--repair", "store-read-only"]).code, 0);
    tool.register_used("carol");
}

#[test]
fn the_store_is_another_keys() {
    let (tool, code, kinds) = ill(|tool| {
        fs::copy(tool.key(), tool.path("right")).unwrap();
        replace(&tool.key(), &[9; 32]);
    });
    assert_eq!((code, kinds), (6, vec!["wrong-device-key".to_owned()]));
    assert!(tool.doctor_for_people().stdout.contains("restore the key file"));
    replace(&tool.key(), &fs::read(tool.path("right")).unwrap());
    assert_eq!(tool.doctor(&[]).code, 0);
    assert!(!tool.list().is_empty(), "looking has deleted nothing");
}

#[test]
fn the_store_of_a_key_that_is_lost_for_good_is_begun_anew() {
    let (tool, ..) = ill(|tool| replace(&tool.key(), &[9; 32]));
    let said = tool.doctor(&["--repair", "wrong-device-key"]);
    assert_eq!((said.code, said.mended()), (0, vec!["wrong-device-key"]));
    assert!(tool.list().is_empty());
    tool.register_used("alice");
    assert_eq!(tool.doctor(&["--repair", "wrong-device-key"]).mended(), Vec::<&str>::new());
    assert_eq!(tool.list().len(), 1, "a store that opens is never begun anew");
}

#[test]
fn a_copy_of_the_key_lies_beside_the_store() {
    let (tool, code, kinds) = ill(|tool| {
        fs::copy(tool.key(), tool.store().join("notes.txt")).unwrap();
    });
    assert_eq!((code, kinds), (9, vec!["key-beside-store".to_owned()]));
    fs::write(tool.store().join("notes.txt"), [1; 32]).unwrap();
    assert_eq!(tool.doctor(&[]).code, 0, "thirty-two bytes of something else");
}

#[test]
fn the_store_is_to_lie_among_the_keys() {
    let tool = Tool::new();
    tool.register_used("alice");
    let keys = tool.key().parent().unwrap().to_owned();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_authenticator"));
    let run = tool.finish(command.args(["doctor", "--json", "--store"]).arg(keys), "");
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &said["findings"][0]["kind"]), (6, &json!("key-beside-store")));
}

#[test]
fn the_store_is_gone_or_empty() {
    let (tool, code, kinds) = ill(|tool| fs::rename(tool.database(), tool.path("away")).unwrap());
    assert_eq!((code, kinds), (6, vec!["store-missing".to_owned()]));
    assert!(!tool.database().exists(), "looking makes no new one");
    fs::write(tool.database(), "").unwrap();
    assert_eq!(tool.doctor(&[]).kinds(), ["store-missing"]);
    assert_eq!(fs::metadata(tool.database()).unwrap().len(), 0);
    // Tables, and nothing in them.
    fs::copy(tool.path("away"), tool.database()).unwrap();
    tool.tamper("DELETE FROM record");
    assert_eq!(tool.doctor(&[]).kinds(), ["store-missing"]);
}

#[test]
fn the_store_is_not_ours_or_of_a_later_version() {
    let (_, code, kinds) = ill(|tool| fs::write(tool.database(), "a shopping list ".repeat(99)).unwrap());
    assert_eq!((code, kinds), (6, vec!["store-foreign".to_owned()]));
    let (tool, code, kinds) = ill(|tool| {
        fs::remove_file(tool.database()).unwrap();
        tool.tamper("CREATE TABLE bookmarks (url TEXT)");
    });
    assert_eq!((code, kinds), (6, vec!["store-foreign".to_owned()]));
    let before = fs::read(tool.database()).unwrap();
    tool.doctor_for_people();
    assert!(fs::read(tool.database()).unwrap() == before, "another program's file is left as it was");
    assert_eq!(tool.files(), ["passkeys.db"]);

    let (_, code, kinds) = ill(|tool| assert_eq!(tool.tamper("PRAGMA user_version = 99"), 0));
    assert_eq!((code, kinds), (6, vec!["store-newer".to_owned()]));
    let (_, code, kinds) = ill(|tool| assert_eq!(tool.tamper("CREATE TABLE bookmarks (url TEXT)"), 0));
    assert_eq!((code, kinds), (6, vec!["store-foreign".to_owned()]));
}

#[test]
fn the_store_is_held_by_another_process() {
    let tool = Tool::new();
    tool.register_used("alice");
    let holder = rusqlite::Connection::open(tool.database()).unwrap();
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let said = tool.doctor(&[]);
    assert_eq!((said.code, said.kinds()), (6, vec!["store-unusable"]));
    drop(holder);
    assert_eq!(tool.doctor(&[]).code, 0);
}

#[cfg(unix)]
#[test]
fn the_store_is_a_symbolic_link() {
    let (_, code, kinds) = ill(|tool| {
        fs::rename(tool.database(), tool.path("elsewhere.db")).unwrap();
        std::os::unix::fs::symlink(tool.path("elsewhere.db"), tool.database()).unwrap();
    });
    assert_eq!((code, kinds), (6, vec!["store-link".to_owned()]));
}

/// The header says whose store it is, so that nothing else can be told once it is gone.
#[test]
fn the_header_was_changed_or_taken_away() {
    let (_, code, kinds) =
        ill(|tool| assert_eq!(tool.tamper("UPDATE record SET body = zeroblob(120) WHERE kind = 0"), 1));
    assert_eq!((code, kinds), (6, vec!["wrong-device-key".to_owned()]));
    let (_, code, kinds) = ill(|tool| assert_eq!(tool.tamper("DELETE FROM record WHERE kind = 0"), 1));
    assert_eq!((code, kinds), (6, vec!["wrong-device-key".to_owned()]));
}

#[test]
fn an_older_copy_is_told_from_the_newest_by_an_anchor() {
    let tool = Tool::new();
    let anchor = tool.path("anchor");
    let anchored = ["--anchor", anchor.to_str().unwrap()];
    tool.register_used("alice");
    assert_eq!(tool.doctor(&anchored).code, 0);
    fs::copy(tool.database(), tool.path("copy")).unwrap();
    let newest = tool.newest();
    let delete = [&["delete", &newest, "--yes"], anchored.as_slice()].concat();
    assert_eq!(tool.run(&delete, "").code, 0);
    fs::copy(tool.path("copy"), tool.database()).unwrap();

    assert_eq!(tool.doctor(&[]).code, 0, "nobody can tell without");
    let said = tool.doctor(&anchored);
    assert_eq!((said.code, said.kinds()), (6, vec!["rolled-back"]));
    tool.run(&[&["list"], anchored.as_slice()].concat(), "").fails(6, &["older copy"]);
    let people = tool.run(&[&["doctor"], anchored.as_slice()].concat(), "");
    assert!(
        people.stdout.contains(" --anchor ") && people.stdout.contains("--repair rolled-back"),
        "{people:?}"
    );

    let said = tool.doctor(&[anchored.as_slice(), &["--repair", "rolled-back"]].concat());
    assert_eq!((said.code, said.mended()), (0, vec!["rolled-back"]));
    assert_eq!(tool.get(&request(&[]), "approve").code, 0, "the passkey is back");

    fs::write(&anchor, "a shopping list, which is no anchor").unwrap();
    let said = tool.doctor(&anchored);
    assert_eq!((said.code, said.kinds()), (6, vec!["anchor-unusable"]));
}
