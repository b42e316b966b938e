//! Who may control a lab, and what a lab is kept apart from.

use super::control::{Control, Lab};
use crate::serve::client::Served;
use crate::support::Tool;
use serde_json::json;
use std::path::Path;
use std::process::Command;

fn refused(arguments: &[&str], code: i32, complaint: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    command.args(["serve", "--udp", "127.0.0.1:0"]).args(arguments);
    Tool::new().finish(&mut command, "").fails(code, &[complaint]);
}

#[test]
fn without_lab_none_of_it_is_known() {
    for option in [
        ["--control", "127.0.0.1:0"],
        ["--seed", "01"],
        ["--clock", "held"],
        ["--policy", "p"],
        ["--record", "r"],
    ] {
        refused(&[["--user", "deny"], option].concat(), 2, "--lab");
    }
    for user in ["ask", "gated"] {
        refused(&["--lab", "--user", user], 2, "--control");
    }
    refused(&["--lab", "--control", "192.0.2.1:0"], 2, "--listen-anyone");
    for place in ["localhost:0", ":0", "127.0.0.1:"] {
        refused(&["--lab", "--control", place], 2, "in digits");
    }
    let attestation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/attestation");
    let [chain, key] = ["chain.pem", "key.pem"].map(|file| attestation.join(file).display().to_string());
    let certified = format!("x5c={chain},{key}");
    refused(&["--lab", "--record", "never-made", "--attestation", &certified], 2, "record with none or self");
}

#[test]
fn over_tcp_whoever_does_not_say_the_token_first_is_hung_up_on() {
    let mut lab = Lab::start(&[]);
    let token = lab.served.address("control_token").to_owned();
    let wrong = format!("{}0", &token[1..]);
    for first in [
        "GET / HTTP/1.1\n".to_owned(),
        "\n".to_owned(),
        json!({ "id": 1, "do": "info" }).to_string() + "\n",
        json!({ "token": wrong }).to_string() + "\n",
        json!({ "token": token, "more": 1 }).to_string() + "\n",
        "x".repeat(5_000),
    ] {
        let mut stranger = Control::connect(&lab.served.addresses);
        stranger.send_text(&first);
        assert!(stranger.is_hung_up_on(), "{first:?}");
    }
    assert_eq!(lab.control.does(json!({ "do": "info" }))["queued"], 0, "and the others are served");
}

#[test]
fn a_token_from_a_file_is_not_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let write = |token: &str, mode: u32| {
        std::fs::write(&file, token).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        #[cfg(not(unix))]
        let _ = mode;
    };
    write("a token of this test\n", 0o600);
    let listening = ["--lab", "--udp", "127.0.0.1:0", "--control", "127.0.0.1:0", "--control-token-file"];
    let served = Served::start(&[listening.as_slice(), &[file.to_str().unwrap()]].concat());
    assert_eq!(served.addresses.get("control_token"), None);
    Control::open(&served.addresses, "a token of this test").does(json!({ "do": "info" }));
    let unusable = |complaint| {
        refused(&[&listening[..1], &listening[3..], &[file.to_str().unwrap()]].concat(), 2, complaint);
    };
    write("short", 0o600);
    unusable("16 characters");
    // Sixteen bytes.
    write(&"ä".repeat(8), 0o600);
    unusable("16 characters");
    write(&"x".repeat(513), 0o600);
    unusable("512 bytes");
    if cfg!(unix) {
        write("a token of this test\n", 0o640);
        unusable("chmod 600");
    }
}

#[cfg(unix)]
#[test]
fn a_control_at_a_path_is_for_this_user_alone_and_needs_no_token() {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let mut served = Served::start(&["--lab", "--udp", "127.0.0.1:0", "--control", path.to_str().unwrap()]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = BufReader::new(UnixStream::connect(&path).unwrap());
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.contains("authenticator_lab"), "{line}");
    stream.get_mut().write_all(b"{\"id\":\"last\",\"do\":\"end\"}\n").unwrap();
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert_eq!(line, "{\"id\":\"last\",\"ok\":{}}\n");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert!(!path.exists(), "its socket is gone");
}

#[test]
fn a_labs_state_is_no_other_keys_and_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let [labs, others] = ["lab", "other"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let start = |more: &[&str]| {
        Served::start(&[["--udp", "127.0.0.1:0", "--user", "deny"].as_slice(), more].concat())
    };
    start(&["--state", &labs, "--lab"]).kill();
    start(&["--state", &others]).kill();
    refused(&["--user", "deny", "--state", &labs], 6, "made in a lab");
    refused(&["--user", "deny", "--state", &others, "--lab"], 6, "not made in a lab");
    start(&["--state", &labs, "--lab"]).kill();
    start(&["--state", &others]).kill();
}

#[test]
fn a_state_in_a_folder_is_kept_and_never_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut lab = Lab::start(&["--state", state.to_str().unwrap()]);
    assert_eq!(lab.control.does(json!({ "do": "snapshot" })), json!({ "snapshot": 1 }));
    assert_eq!(lab.control.fails(json!({ "do": "restore", "snapshot": 1 })), "on_disk");
    assert_eq!(lab.control.fails(json!({ "do": "wipe" })), "on_disk");
    let fork = lab.control.does(json!({ "do": "fork" }));
    assert!(fork["addresses"]["udp"].is_string());
}

/// The state of another profile's purpose, or of another key, or of none.
#[test]
fn a_state_that_cannot_be_is_not_taken() {
    let mut lab = Lab::held("01");
    lab.control.does(json!({ "do": "snapshot" }));
    let state = lab.control.does(json!({ "do": "export", "snapshot": 1 }))["state"].take();
    let mut other_key = state.clone();
    other_key["device_key"] = "00".repeat(32).into();
    let mut long = state.clone();
    long["records"][0]["body"] = "00".repeat(100_000).into();
    let mut twice = state.clone();
    let record = twice["records"][0].clone();
    twice["records"].as_array_mut().unwrap().push(record);
    let mut unknown = state.clone();
    unknown["records"][0]["kind"] = 200.into();
    for wrong in [other_key, long, twice, unknown] {
        assert_eq!(lab.control.fails(json!({ "do": "import", "state": wrong })), "unusable_state");
    }
    assert_eq!(lab.control.does(json!({ "do": "import", "state": state })), json!({ "snapshot": 2 }));
}
