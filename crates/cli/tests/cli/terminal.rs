//! With and without a terminal. Linux has the commands that take one away and make one.
#![cfg(target_os = "linux")]

use crate::support::{ORIGIN, Run, Tool, creation, request, with};
use serde_json::json;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Runs the command in a session of its own, which has no terminal.
fn without_terminal(tool: &Tool, arguments: &[&str], stdin: &str) -> Run {
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(env!("CARGO_BIN_EXE_authenticator")).args(arguments);
    tool.finish(command.arg("--store").arg(tool.store()), stdin)
}

/// Runs the command on a new terminal on which a person types each answer when its question has appeared. Its stdout goes
/// to a file, whose content is returned as stdout; stdout of the run itself is the terminal's screen, returned as stderr.
fn on_terminal(tool: &Tool, arguments: &str, conversation: &[(&str, &str)]) -> Run {
    let (program, store, output) = (env!("CARGO_BIN_EXE_authenticator"), tool.store(), tool.path("stdout"));
    let (go, store, shown) = (tool.path("go"), store.display(), output.display());
    // It waits for `go`, so that there is a time before the question. What is typed is echoed.
    let line = format!(
        "while ! [ -e '{}' ]; do sleep 0.01; done; '{program}' {arguments} --store '{store}' > '{shown}'",
        go.display()
    );
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--echo", "always", "--command", &line, "/dev/null"]);
    tool.at_home(&mut command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    for (awaited, typed) in conversation {
        match awaited.strip_prefix(EARLY) {
            Some(echo) => {
                keyboard.write_all(typed.as_bytes()).unwrap();
                read_until(&mut screen, echo, &mut seen);
            }
            None => {
                std::fs::write(&go, "").unwrap();
                read_until(&mut screen, awaited, &mut seen);
                keyboard.write_all(typed.as_bytes()).unwrap();
            }
        }
    }
    std::fs::write(&go, "").unwrap();
    screen.read_to_string(&mut seen).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    std::fs::remove_file(&go).unwrap();
    Run { code, stdout: std::fs::read_to_string(&output).unwrap(), stderr: seen }
}

/// Begins what is awaited where something is typed before there is a question; the rest is its echo.
const EARLY: &str = "early: ";

/// Reads on until this is seen, or there is no more.
fn read_until(screen: &mut impl Read, awaited: &str, seen: &mut String) {
    let (start, mut bytes, mut byte) = (seen.len(), Vec::new(), [0]);
    while !seen[start..].contains(awaited) && screen.read(&mut byte).unwrap() == 1 {
        bytes.push(byte[0]);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            seen.push_str(text);
            bytes.clear();
        }
    }
}

const CONFIRM: &str = "[y/N] ";
const TYPE_IT: &str = "type delete everything: ";

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
    let refused = on_terminal(&tool, &create, &[(CONFIRM, "n\n")]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");

    let made = on_terminal(&tool, &create, &[(CONFIRM, "y\n")]);
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
    assert!(on_terminal(&tool, &delete, &[(CONFIRM, "n\n")]).stdout.contains("Nothing was deleted"));
    assert!(on_terminal(&tool, &delete, &[(CONFIRM, "y\n")]).stdout.contains("still lists this passkey"));
    for conversation in [&[(CONFIRM, "n\n")][..], &[(CONFIRM, "y\n"), (TYPE_IT, "no\n")]] {
        let run = on_terminal(&tool, "reset", conversation);
        assert!(run.stdout.contains("Nothing was deleted"), "{run:?}");
    }
    assert_eq!(tool.list().len(), 1);
    let run = on_terminal(&tool, "reset", &[(CONFIRM, "y\n"), (TYPE_IT, "delete everything\n")]);
    assert!(run.stdout.contains("Passkeys deleted: 1"), "{run:?}");
}

#[test]
fn what_is_typed_before_a_question_does_not_answer_it() {
    let tool = Tool::new();
    let early = ("early: y\r\n", "y\n");
    let create = format!("create --origin {ORIGIN} --options '{}'", options_file(&tool, "alice"));
    let refused = on_terminal(&tool, &create, &[early, (CONFIRM, "n\n")]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");

    tool.register("bob");
    let options = tool.path("request.json");
    std::fs::write(&options, request(&[]).to_string()).unwrap();
    let get = format!("get --origin {ORIGIN} --options '{}'", options.display());
    let refused = on_terminal(&tool, &get, &[early, (CONFIRM, "n\n")]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "{refused:?}");

    let delete = format!("delete {}", tool.newest());
    for command in [delete.as_str(), "reset"] {
        let run = on_terminal(&tool, command, &[early, (CONFIRM, "n\n")]);
        assert!(run.stdout.contains("Nothing was deleted"), "{run:?}");
    }
    // Both answers at the first question are one too many.
    let both = [(CONFIRM, "y\ndelete everything\n"), (TYPE_IT, "no\n")];
    let run = on_terminal(&tool, "reset", &both);
    assert!(run.stdout.contains("Nothing was deleted"), "{run:?}");
    assert_eq!(tool.list().len(), 1);
}

#[test]
fn a_question_waits_as_long_as_the_site_does() {
    let tool = Tool::new();
    let path = tool.path("options.json");
    for (options, seconds) in [
        (with(creation("alice"), "/timeout", json!(420_000)), "(420 s)"),
        (with(creation("alice"), "/timeout", json!(1_000)), "(300 s)"),
        (creation("alice"), "(300 s)"),
    ] {
        std::fs::write(&path, options.to_string()).unwrap();
        let create = format!("create --origin {ORIGIN} --options '{}'", path.display());
        let run = on_terminal(&tool, &create, &[(CONFIRM, "n\n")]);
        assert!(run.stderr.contains(seconds), "{run:?}");
    }
}

#[test]
fn the_end_of_a_long_domain_is_shown() {
    let tool = Tool::new();
    let site = format!("www.bank.example.{}evil.com", "accounts.".repeat(12));
    let path = tool.path("options.json");
    std::fs::write(&path, with(creation("alice"), "/rp/id", json!(site)).to_string()).unwrap();
    let create = format!("create --origin https://{site} --options '{}'", path.display());
    let run = on_terminal(&tool, &create, &[(CONFIRM, "y\n")]);
    assert!(run.code == 0 && run.stderr.contains(&format!("{site} asks for a passkey")), "{run:?}");
    assert!(tool.run(&["list"], "").stdout.contains("…unts.accounts.accounts.evil.com"));
    assert!(tool.run(&["delete", &tool.newest(), "--yes"], "").stdout.contains(&site));
}
