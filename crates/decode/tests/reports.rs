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
    // INIT on the channel ends what was being sent on it (CTAP 2.3 §11.2.9.1.3).
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
