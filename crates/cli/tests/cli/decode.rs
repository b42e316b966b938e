//! `decode`, as a person or a runner calls it.

use crate::support::{Run, Tool};
use std::process::Command;

fn decode(arguments: &[&str], stdin: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    Tool::new().finish(command.arg("decode").args(arguments), stdin)
}

/// What is on stdout of a run that succeeded.
#[track_caller]
fn told(arguments: &[&str], stdin: &str) -> String {
    let run = decode(arguments, stdin);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout
}

const RETRIES: &str = "06a10201";
const TREE: &str = "request 0x06 authenticatorClientPIN: 4 bytes\n  0x02 subCommand: 1 (getPINRetries)\n";

#[test]
fn bytes_come_as_an_argument_from_stdin_or_from_a_file() {
    assert_eq!(told(&[RETRIES], ""), TREE);
    assert_eq!(told(&["06 A1:02 01"], ""), TREE);
    assert_eq!(told(&[], RETRIES), TREE);
    assert_eq!(told(&["-"], "BqECAQ\n"), TREE); // base64url
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request");
    for content in [RETRIES.as_bytes(), &[0x06, 0xA1, 0x02, 0x01]] {
        std::fs::write(&file, content).unwrap();
        assert_eq!(told(&[file.to_str().unwrap()], ""), TREE);
    }
}

#[test]
fn the_tree_is_json_as_well() {
    let tree: serde_json::Value = serde_json::from_str(&told(&["--json", RETRIES], "")).unwrap();
    let member = &tree["members"][0];
    assert_eq!(tree["name"], "authenticatorClientPIN");
    assert_eq!(
        (&member["key"], &member["name"], &member["value"]),
        (&2.into(), &"subCommand".into(), &1.into())
    );
    assert_eq!(member["meaning"], "getPINRetries");
    assert_eq!((&member["offset"], &member["length"]), (&2.into(), &2.into()));
}

#[test]
fn what_could_be_several_things_is_said_by_an_option() {
    decode(&["04"], "").fails(2, &["this could be request or status; say which with --kind"]);
    assert_eq!(told(&["04", "--kind", "status"], ""), "status: 0x04 (CTAP1_ERR_INVALID_SEQ)\n");
    assert_eq!(told(&["04", "--kind", "request"], ""), "request 0x04 authenticatorGetInfo: 1 byte\n");
    decode(&["fefefe"], "").fails(2, &["this is nothing that can be told by itself"]);
    let reply = told(&["00a10105", "--reply-to", "bioEnrollment"], "");
    assert!(reply.starts_with("reply 0x00 CTAP2_OK to authenticatorBioEnrollment"), "{reply}");
    assert_eq!(told(&["00a10105", "--kind", "reply", "--reply-to", "bioEnrollment"], ""), reply);
    let both = ["00a10105", "--kind", "status", "--reply-to", "bioEnrollment"];
    decode(&both, "").fails(2, &["--reply-to says that it is a reply"]);
    decode(&["00a10105", "--reply-to", "getRich"], "").fails(2, &["there is no command getRich"]);
    decode(&["not/bytes!"], "").fails(2, &["neither a file nor bytes"]);
}

#[test]
fn broken_input_is_told_as_far_as_it_goes() {
    let run = decode(&["06a20101"], "");
    assert_eq!(run.code, 10, "{run:?}");
    assert!(run.stdout.contains("0x01 pinUvAuthProtocol: 1"), "{run:?}");
    assert!(run.stdout.contains("ends at byte 4: 2 announced, and 1 are there"), "{run:?}");
}

#[test]
fn a_recording_is_told_message_by_message() {
    decode(&["--kind", "recording", "00"], "").fails(2, &["a recording is text"]);
    let asked = format!("> {:0<128}\n", "0000000190000104");
    let heard = format!("< {:0<128}\n", "0000000190000130");
    let tree = told(&[], &format!("# a client\n{asked}{heard}"));
    assert!(tree.contains("line 2 > channel 0x00000001 0x90 CTAPHID_CBOR: 1 byte\n"), "{tree}");
    assert!(tree.contains("reply 0x30 CTAP2_ERR_NOT_ALLOWED to authenticatorGetInfo: 1 byte\n"), "{tree}");
}

#[test]
fn a_message_has_at_most_64_kib_and_a_recording_more() {
    let array = |count: u16| [&[0x99][..], &count.to_be_bytes(), &vec![0x01; count.into()]].concat();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("array");
    let path = file.to_str().unwrap();
    std::fs::write(&file, array(65_533)).unwrap();
    // It is told as far as the tree goes.
    assert_eq!(decode(&["--kind", "cbor", path], "").code, 10);
    std::fs::write(&file, array(65_534)).unwrap();
    decode(&["--kind", "cbor", path], "").fails(2, &["more than 64 KiB"]);
    std::fs::write(&file, format!("> {:0<128}\n", "0000000190000104").repeat(1_000)).unwrap();
    assert_eq!(told(&[path], "").matches("authenticatorGetInfo").count(), 1_000);
}

#[test]
fn a_recording_is_json_as_well() {
    let asked = format!("> {:0<128}\n", "0000000190000104");
    let tree: serde_json::Value = serde_json::from_str(&told(&["--json"], &asked.repeat(2))).unwrap();
    assert_eq!((&tree["label"], &tree["length"]), (&"recording".into(), &262.into()));
    assert_eq!(tree["members"].as_array().unwrap().len(), 2);
    assert_eq!(tree["members"][1]["members"][0]["name"], "authenticatorGetInfo");
    let nothing = told(&["--json", "--kind", "recording"], "");
    let tree: serde_json::Value = serde_json::from_str(&nothing).unwrap();
    assert_eq!(tree, serde_json::json!({ "label": "recording", "offset": 0, "length": 0 }));
}

/// A file's name has at most 255 letters.
#[test]
fn an_argument_may_be_longer_than_a_name() {
    let digits = format!("0ca1025901f4{}", "ab".repeat(500));
    assert!(told(&[&digits], "").starts_with("request 0x0c authenticatorLargeBlobs: 506 bytes\n"));
    let letters = format!("DKECWQH0{}", "q".repeat(668)); // the same as base64url
    assert!(told(&[&letters], "").contains("0x02 set: 500 bytes aaaaaa"));
    decode(&[&"!".repeat(300)], "").fails(2, &["neither a file nor bytes"]);
}

#[test]
fn a_file_that_cannot_be_opened_is_not_taken_for_bytes() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    let run = Tool::new().finish(command.args(["decode", "loop"]).current_dir(folder.path()), "");
    run.fails(2, &["loop cannot be read"]);
}

#[test]
fn prose_is_nothing_unless_it_is_said_to_be_something() {
    let licence =
        "PERMISSION IS HEREBY GRANTED, FREE OF CHARGE, TO ANY PERSON OBTAINING A COPY.\n".repeat(40);
    decode(&[], &licence).fails(2, &["this is nothing that can be told by itself; say which with --kind"]);
    assert_eq!(decode(&["--kind", "authenticator-data"], &licence).code, 10);
}

#[test]
fn what_could_be_a_report_or_a_message_of_64_bytes_is_said_by_an_option() {
    // getAssertion's request with a site of 21 letters, which is as long as a report.
    let request = format!("02a20175{}025820{}", "61".repeat(21), "cd".repeat(32));
    assert_eq!(request.len(), 120);
    let request = format!("{request}05a10000");
    let request = request.replacen("02a2", "02a3", 1);
    assert_eq!(request.len(), 128);
    let ambiguous = "this could be recording or request; say which with --kind";
    decode(&[], &request).fails(2, &[ambiguous]);
    assert!(told(&["--kind", "request"], &request).starts_with("request 0x02 authenticatorGetAssertion: 64"));
    decode(&[], &"fe".repeat(64)).fails(2, &["this is nothing that can be told by itself"]);
    // As an argument it is a message: a report stands in a file.
    assert!(told(&[&request], "").starts_with("request 0x02 authenticatorGetAssertion: 64"));
    let report = format!("{:0<128}", "0000000190000104");
    assert!(told(&[], &report).contains("authenticatorGetInfo"), "{report}");
}
