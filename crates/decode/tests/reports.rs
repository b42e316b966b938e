//! What reports of CTAPHID come to, one after the other.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_decode::recording;

/// A report, filled up with zeros.
fn report(direction: &str, digits: &str) -> String {
    format!("{direction} {digits:0<128}\n")
}

fn told(lines: &[String]) -> String {
    recording::decode(&lines.concat()).to_text()
}

#[test]
fn a_message_that_another_breaks_off_is_told() {
    // INIT on the channel ends what was being sent on it.
    let begun = report(">", "00000001900040");
    let init = report(">", "00000001860008");
    let text = told(&[begun.clone(), init]);
    assert!(text.contains("line 2 > channel 0x00000001 0x90 CTAPHID_CBOR: 57 bytes 0000"), "{text}");
    assert!(text.contains("ends at byte 57: 64 bytes announced, and 57 are there"), "{text}");
    assert!(text.contains("line 2 > channel 0x00000001 0x86 CTAPHID_INIT: 8 bytes\n"), "{text}");
    let cancelled = told(&[begun, report(">", "00000001910000")]);
    assert_eq!(cancelled.matches("64 bytes announced").count(), 1, "{cancelled}");
    assert!(cancelled.contains("CTAPHID_CANCEL: 0 bytes\n"), "{cancelled}");
}

#[test]
fn capabilities_that_nobody_knows_are_remarked() {
    let init = |capabilities: &str| {
        let digits = format!("ffffffff8600110000000000000000000000010201020{capabilities}");
        told(&[report("<", &digits)])
    };
    assert!(init("30d").contains("capabilities: 13 (WINK CBOR NMSG)\n"), "{}", init("30d"));
    assert!(init("31d").contains("capabilities: 29 (WINK CBOR NMSG)  ! unknown\n"), "{}", init("31d"));
}

#[test]
fn a_message_that_no_packets_can_hold_is_remarked() {
    let text = told(&[report(">", "00000001901dba")]);
    assert!(text.contains("! a message has at most 7609 bytes"), "{text}");
    assert!(!told(&[report(">", "00000001901db9")]).contains("at most"));
}

#[test]
fn a_report_of_another_length_is_remarked() {
    let text = told(&["> 0000000190000104\n".to_owned()]);
    assert!(text.contains("CTAPHID_CBOR: 1 byte  ! a report has 64 bytes, and not 8\n"), "{text}");
    assert!(!told(&[report(">", "0000000190000104")]).contains('!'));
}

/// A line of a laboratory's recording.
fn of_link(link: u64, digits: &str) -> String {
    format!("{{\"t\":1,\"in\":{{\"report\":{{\"link\":{link},\"data\":\"{digits:0<128}\"}}}}}}\n")
}

#[test]
fn the_messages_of_two_links_are_apart() {
    let begun = of_link(0, "0000000190003c0d");
    let other = of_link(1, "0000000190000104");
    let end = of_link(0, "0000000100");
    let text = told(&[begun.clone(), other.clone(), end]);
    assert!(
        text.contains("line 2 at 1 ms link 1 > channel 0x00000001 0x90 CTAPHID_CBOR: 1 byte\n"),
        "{text}"
    );
    assert!(
        text.contains("line 3 at 1 ms link 0 > channel 0x00000001 0x90 CTAPHID_CBOR: 60 bytes\n"),
        "{text}"
    );
    // What a client leaves behind goes with it.
    let text = told(&[begun, "{\"in\":{\"unlinked\":0}}\n".to_owned(), other]);
    assert!(text.contains("line 2 link 0 > channel 0x00000001 0x90 CTAPHID_CBOR: 57 bytes"), "{text}");
    assert!(text.contains("line 2 > unlinked 0\n"), "{text}");
    assert!(!text.contains("at the end"), "{text}");
}
