//! Every frame is read as it was written.

use super::{Asked, Button, FromDevice, HEAD, ToDevice};
use core::time::Duration;

fn parts(frame: &[u8]) -> (u8, &[u8]) {
    assert_eq!(usize::from(u16::from_be_bytes([frame[1], frame[2]])), frame.len() - HEAD);
    (frame[0], &frame[HEAD..])
}

#[test]
fn what_the_host_sends_is_read_as_it_was_written() {
    let second = Duration::from_secs(1);
    let buttons = [
        Button::Nothing(second),
        Button::Touch,
        Button::Verified,
        Button::Choose(7),
        Button::Decline,
        Button::Cancel,
        Button::Hold,
    ];
    let others = [
        ToDevice::Request(&[0x04]),
        ToDevice::PowerCycle,
        ToDevice::Advance(second),
        ToDevice::Seed(u64::MAX - 1),
        ToDevice::Figures,
        ToDevice::Exit,
    ];
    for frame in buttons.into_iter().map(ToDevice::Button).chain(others) {
        let mut bytes = [0; 16];
        let length = frame.encode(&mut bytes).unwrap();
        let (kind, payload) = parts(&bytes[..length]);
        assert_eq!(ToDevice::decode(kind, payload), Some(frame));
        assert_eq!(frame.encode(&mut bytes[..length - 1]), None, "too short by one byte");
    }
}

#[test]
fn what_the_device_sends_is_read_as_it_was_written() {
    let prompt = |ask| FromDevice::Prompt { ask, candidates: 3 };
    let frames = [
        FromDevice::Reply(&[0x00, 0xA0]),
        prompt(Asked::Presence),
        prompt(Asked::Verification),
        prompt(Asked::Confirmation),
        prompt(Asked::LongTouch),
        FromDevice::Keepalive,
        FromDevice::Figures { stack: 1 << 20, instructions: 1 << 40 },
        FromDevice::Done,
        FromDevice::Misplaced,
    ];
    for frame in frames {
        let mut bytes = [0; 16];
        let length = frame.encode(&mut bytes).unwrap();
        let (kind, payload) = parts(&bytes[..length]);
        assert_eq!(FromDevice::decode(kind, payload), Some(frame));
    }
}

#[test]
fn what_is_no_frame_is_not_taken_for_one() {
    for (kind, payload) in
        [(0x00, [].as_slice()), (0x02, &[7, 0, 0]), (0x02, &[1]), (0x03, &[0]), (0x05, &[0; 7])]
    {
        assert_eq!(ToDevice::decode(kind, payload), None);
    }
    for (kind, payload) in [(0x01, [].as_slice()), (0x82, &[4, 0]), (0x84, &[0; 11])] {
        assert_eq!(FromDevice::decode(kind, payload), None);
    }
}
