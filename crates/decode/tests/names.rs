//! What is a name of the specification, and what only says what a number is.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_decode::{Command, Kind, Node, decode, status_name};

fn name_and_meaning(node: &Node) -> (Option<&str>, Option<&str>) {
    (node.name, node.meaning.as_deref())
}

#[test]
fn a_range_of_statuses_is_no_name() {
    assert_eq!((status_name(0xE1), status_name(0xF1)), (None, None));
    let vendor = (None, Some("an error of the vendor"));
    assert_eq!(name_and_meaning(&decode(&[0xF1], Kind::Status)), vendor);
    let reply = decode(&[0xF1], Kind::Reply(None));
    assert_eq!(name_and_meaning(&reply), vendor);
    assert_eq!(reply.to_text(), "reply 0xf1: 1 byte (an error of the vendor)\n");
    let extension = decode(&[0xE0], Kind::Reply(None));
    assert_eq!(name_and_meaning(&extension), (None, Some("an error of an extension")));
}

#[test]
fn a_preview_has_the_name_of_what_it_became() {
    let told = decode(&[0x41, 0xA1, 0x01, 0x01], Kind::Request);
    assert_eq!(name_and_meaning(&told), (Some("authenticatorCredentialManagement"), Some("preview")));
    let told = decode(&[0x40, 0xA1, 0x02, 0x01], Kind::Request);
    assert_eq!(name_and_meaning(&told), (Some("authenticatorBioEnrollment"), Some("preview")));
    assert_eq!(told.members[0].meaning.as_deref(), Some("enrollBegin"));
    assert_eq!(Command::named("bioEnrollment"), Some(Command(0x09)));
    let told = decode(&[0x00, 0xA1, 0x05, 0x0C], Kind::Reply(Some(Command(0x40))));
    assert_eq!(told.members[0].meaning.as_deref(), Some("CTAP2_ENROLL_FEEDBACK_FP_DATABASE_FULL"));
}

#[test]
fn encrypted_identifiers_have_32_bytes() {
    for key in [0x19, 0x1E] {
        let info = |length: u8| {
            let mut info = vec![0xA1, 0x18, key, 0x58, length];
            info.resize(usize::from(length) + 5, 0);
            decode(&info, Kind::Info).members[0].notes.len()
        };
        assert_eq!((info(32), info(33)), (0, 1));
    }
}

#[test]
fn a_long_key_is_cut() {
    let long = [&[0xA1, 0x78, 0xC9][..], &[b'a'; 201], &[0x01]].concat();
    let label = decode(&long, Kind::Cbor).members[0].label.clone();
    assert_eq!(label, format!("\"{}\"…", "a".repeat(200)));
}
