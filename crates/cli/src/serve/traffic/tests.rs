use super::*;
use authenticator_core::BootId;

fn at(millis: u64) -> Now {
    Now { boot: BootId([1; 16]), since_boot: Duration::from_millis(millis), unix: None }
}

/// What is written of these events.
fn written(tell: impl FnOnce(&mut Pretty<&mut Vec<u8>>)) -> String {
    let mut text = Vec::new();
    tell(&mut Pretty::new(&mut text));
    String::from_utf8(text).unwrap()
}

#[test]
fn a_request_and_its_reply_are_told_with_their_times() {
    let log = written(|log| {
        log.asked(ChannelId(1), &[0x06, 0xA1, 0x02, 0x01], at(1_250));
        log.answered(ChannelId(1), &[0x00, 0xA1, 0x03, 0x08], at(1_375));
    });
    assert_eq!(
        log,
        "> 1.250 s channel 0x00000001\n\
         \x20 request 0x06 authenticatorClientPIN: 4 bytes\n\
         \x20   0x02 subCommand: 1 (getPINRetries)\n\
         < 1.375 s channel 0x00000001: CTAP2_OK after 0.125 s\n\
         \x20 reply 0x00 CTAP2_OK to authenticatorClientPIN: 4 bytes\n\
         \x20   0x03 pinRetries: 8\n"
    );
}

#[test]
fn a_status_without_a_name_is_told_by_its_number() {
    let log = written(|log| log.answered(ChannelId(1), &[0xF1], at(0)));
    assert!(log.starts_with("< 0.000 s channel 0x00000001: 0xf1 after 0.000 s\n"), "{log}");
    let log = written(|log| log.answered(ChannelId(1), &[], at(0)));
    assert!(log.starts_with("< 0.000 s channel 0x00000001: nothing after 0.000 s\n"), "{log}");
}

#[test]
fn what_is_not_answered_is_given_up() {
    let log = written(|log| {
        log.asked(ChannelId(2), &[0x0B], at(2_000));
        log.abandoned(ChannelId(2), at(7_001));
    });
    assert!(log.ends_with("< 7.001 s channel 0x00000002: given up after 5.001 s\n"), "{log}");
}

#[test]
fn nothing_that_a_terminal_obeys_is_written() {
    let request = [&[0x02, 0xA1, 0x01, 0x6A][..], b"\x1B[2Jevil\r\n"].concat();
    let log = written(|log| log.asked(ChannelId(1), &request, at(0)));
    assert!(log.chars().all(|c| c == '\n' || !c.is_control()), "{log:?}");
}
