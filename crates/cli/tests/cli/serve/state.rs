//! What persists, and what starting again is.

use super::client::{Client, Served};
use authenticator_testkit::request;
use std::net::UdpSocket;
use std::process::Command;

const RESET: &[u8] = &[0x07];

fn registration(user: &[u8]) -> Vec<u8> {
    request::make_credential("example.com", user).option("rk", true).encode()
}

fn signs_in(client: &mut Client<UdpSocket>) -> u8 {
    client.ask(&request::get_assertion("example.com").encode()).0
}

#[test]
fn a_passkey_outlives_the_process_and_not_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let served = Served::with_state(&state);
    assert_eq!(served.udp().ask(&registration(b"user")).0, 0x00);
    served.kill();
    let served = Served::with_state(&state);
    assert_eq!(signs_in(&mut served.udp()), 0x00);
    served.kill();
    std::fs::remove_dir_all(&state).unwrap();
    let served = Served::with_state(&state);
    assert_eq!(signs_in(&mut served.udp()), 0x2E, "it is as from the factory");
}

/// A security key has no display: its client is told of both accounts, and asks for the second (GA-15). A phone's user chooses.
#[test]
fn ga15_who_chooses_among_accounts_is_as_the_profile_has_it() {
    for (profile, next) in [("security-key", 0x00), ("phone", 0x30)] {
        let served = Served::start(&["--udp", "127.0.0.1:0", "--user", "approve", "--profile", profile]);
        let mut client = served.udp();
        for user in [b"one", b"two"] {
            assert_eq!(client.ask(&registration(user)).0, 0x00);
        }
        assert_eq!(signs_in(&mut client), 0x00);
        assert_eq!(client.ask(&[0x08]).0, next, "{profile}");
    }
}

#[test]
fn memory_keeps_nothing() {
    let start = || Served::start(&["--udp", "127.0.0.1:0", "--user", "approve", "--state", ":memory:"]);
    let served = start();
    let mut client = served.udp();
    assert_eq!(client.ask(&registration(b"user")).0, 0x00);
    assert_eq!(signs_in(&mut client), 0x00);
    served.kill();
    assert_eq!(signs_in(&mut start().udp()), 0x2E);
    assert!(!std::path::Path::new(":memory:").exists());
}

#[test]
fn two_processes_are_not_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let _served = Served::with_state(&state);
    let mut second = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    second.args(["serve", "--udp", "127.0.0.1:0", "--user", "deny", "--state"]).arg(&state);
    crate::support::Tool::new().finish(&mut second, "").fails(6, &["another process"]);
}

/// RST-01: the window counts from when the key was plugged in, which is when its process started.
#[test]
fn rst01_starting_again_opens_the_window_for_reset() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let start = |window| {
        let arguments = ["--udp", "127.0.0.1:0", "--user", "approve", "--state", state, "--reset-window"];
        Served::start(&[arguments.as_slice(), &[window]].concat())
    };
    let served = start("0");
    assert_eq!(served.udp().ask(RESET).0, 0x30, "a window that is closed before anyone can ask");
    served.kill();
    let served = start("3600");
    assert_eq!(served.udp().ask(RESET).0, 0x00);
    served.kill();
    assert_eq!(start("off").udp().ask(RESET).0, 0x00);
}

#[test]
fn the_profile_the_user_and_the_attestation_are_as_told() {
    let ask = |arguments: &[&str], request: &[u8]| {
        Served::start(&[["--udp", "127.0.0.1:0"].as_slice(), arguments].concat()).udp().ask(request)
    };
    let info = |arguments: &[&str]| ask(arguments, &[0x04]).1;
    let has = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(has(&info(&["--user", "deny"]), b"usb"), "a security key");
    assert!(has(&info(&["--user", "deny", "--profile", "phone"]), b"internal"));
    // `uv` is there, and true, where the caller vouches for it.
    assert!(has(&info(&["--user", "verify"]), b"\x62uv\xF5"));
    assert!(!has(&info(&["--user", "approve"]), b"\x62uv"));
    assert_eq!(ask(&["--user", "deny"], &registration(b"user")).0, 0x27);
    for (attestation, statement) in [("none", b"\x64none".as_slice()), ("self", b"\x66packed")] {
        let (status, reply) =
            ask(&["--user", "approve", "--attestation", attestation], &registration(b"user"));
        assert_eq!(status, 0x00);
        assert!(has(&reply, statement), "{attestation}");
    }
}

#[test]
fn the_profile_can_be_a_file_and_each_thing_about_it_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.toml");
    // What needs another setting stands before it.
    std::fs::write(&file, "profile = \"phone\"\nminPINLength = 6\nclientPin = true\nmaxMsgSize = 1536\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let arguments = ["--udp", "127.0.0.1:0", "--user", "deny", "--profile", file];
    let info = Served::start(&[arguments.as_slice(), &["--set", "rk=false"]].concat()).udp().ask(&[0x04]).1;
    let has = |text: &[u8]| info.windows(text.len()).any(|window| window == text);
    assert!(has(b"internal") && has(b"\x05\x19\x06\x00") && has(b"\x0D\x06"));
    assert!(has(b"\x62rk\xF4") && has(b"\x69clientPin\xF4"));
    for (settings, complaint) in [
        (["--set", "maxMsgSize=512"], "GEN-14"),
        (["--set", "maxMsgSize=big"], "a number"),
        (["--set", "colour=red"], "colour"),
        (["--profile", "missing.toml"], "missing.toml"),
    ] {
        let mut refused = Command::new(env!("CARGO_BIN_EXE_authenticator"));
        refused.args(["serve", "--udp", "127.0.0.1:0", "--user", "deny"]).args(settings);
        crate::support::Tool::new().finish(&mut refused, "").fails(2, &[complaint]);
    }
}
