//! `--pin-file`: a device that has its PIN from the first moment.

use super::client::Served;
use crate::support::{Run, Tool};
use authenticator_testkit::cbor::{at, decode, named};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::request::client_pin;
use std::path::{Path, PathBuf};
use std::process::Command;

fn file(folder: &Path, content: &str) -> PathBuf {
    let path = folder.join("pin");
    std::fs::write(&path, content).unwrap();
    private(&path, 0o600);
    path
}

fn private(path: &Path, mode: u32) {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// getInfo's option clientPin.
fn has_pin(served: &Served) -> bool {
    let (_, reply) = served.udp().ask(&[0x04]);
    let info = decode(&reply).unwrap();
    named(at(&info, 4).unwrap(), "clientPin").unwrap().as_bool().unwrap()
}

/// The status of a token by this PIN.
fn tried(served: &Served, pin: &str) -> u8 {
    let mut client = served.udp();
    let (_, reply) = client.ask(&client_pin(subcommand::KEY_AGREEMENT).with(1, 2).encode());
    let key = at(&decode(&reply).unwrap(), 1).unwrap().clone();
    let platform = Platform::agree(2, &key, b"a client").unwrap();
    client.ask(&platform.pin_token(pin).encode()).0
}

/// A run that ends by itself.
fn refused(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    let serve = command.args(["serve", "--udp", "127.0.0.1:0", "--user", "approve"]).args(arguments);
    Tool::new().finish(serve, "")
}

#[test]
fn the_pin_in_the_file_is_set_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let pin = file(folder.path(), "135790\n");
    assert!(!has_pin(&Served::with_state(&state)));
    let start = || {
        Served::start(&[
            "--udp",
            "127.0.0.1:0",
            "--user",
            "approve",
            "--state",
            state.to_str().unwrap(),
            "--pin-file",
            pin.to_str().unwrap(),
        ])
    };
    let served = start();
    assert!(has_pin(&served));
    assert_eq!(tried(&served, "135791"), 0x31);
    assert_eq!(tried(&served, "135790"), 0x00);
    drop(served);
    // It stays, and another one in the file does no harm.
    std::fs::write(&pin, "another").unwrap();
    assert!(has_pin(&start()));
    assert!(has_pin(&Served::with_state(&state)), "it is there without the file");
}

#[test]
fn a_file_that_is_not_fit_is_refused_before_anyone_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = |content: &str| file(folder.path(), content).to_str().unwrap().to_owned();
    refused(&["--pin-file", &path("123\n")]).fails(2, &["too short, too long or too simple"]);
    refused(&["--pin-file", &path(&"1".repeat(70))]).fails(2, &["at most 63 bytes"]);
    refused(&["--pin-file", &path("\u{FEFF}123456\n")]).fails(2, &["byte order mark"]);
    refused(&["--pin-file", "/nowhere/pin"]).fails(2, &["cannot be read: entity not found"]);
    refused(&["--pin-file", &path("1234"), "--profile", "phone"]).fails(2, &["this device has no PINs"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pin = file(folder.path(), "1234");
    for mode in [0o640, 0o604, 0o644] {
        private(&pin, mode);
        refused(&["--pin-file", pin.to_str().unwrap()]).fails(2, &["others can read it", "chmod 600"]);
    }
}
