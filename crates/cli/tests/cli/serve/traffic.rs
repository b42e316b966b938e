//! `--log pretty`: what clients ask and how they are answered, on stderr.

use super::client::Served;
use std::io::Read;
use std::process::{Command, Stdio};

/// What a key that is started with these arguments says on stderr about one getInfo.
fn log_of_get_info(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    command.args(["serve", "--udp", "127.0.0.1:0", "--user", "deny"]).args(arguments);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let served = Served::read(child, stdout);
    assert_eq!(served.udp().ask(&[0x04]).0, 0x00);
    served.kill();
    let mut log = String::new();
    stderr.read_to_string(&mut log).unwrap();
    log
}

#[test]
fn each_request_and_each_reply_is_a_tree() {
    let log = log_of_get_info(&["--log", "pretty"]);
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].starts_with("> ") && lines[0].contains(" s channel 0x"), "{log}");
    assert_eq!(lines[1], "  request 0x04 authenticatorGetInfo: 1 byte");
    assert!(lines[2].starts_with("< ") && lines[2].contains(": CTAP2_OK after "), "{log}");
    assert!(lines[3].starts_with("  reply 0x00 CTAP2_OK to authenticatorGetInfo: "), "{log}");
    assert_eq!(lines[4], "    0x01 versions: 4 items");
}

#[test]
fn nothing_is_said_that_was_not_asked_for() {
    assert_eq!(log_of_get_info(&[]), "");
    assert_eq!(log_of_get_info(&["--log", "none"]), "");
}
