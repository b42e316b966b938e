//! Messages of every length, and the small commands.

use crate::client::{Bench, CANCEL, CBOR, ERROR, KEEPALIVE, LOCK, MSG, PING, WINK, first_packet, packets};
use authenticator_transport::ctaphid::{Event, MAX_MESSAGE, ReplyError};
use std::time::Duration;

/// One below, at and above each place where a packet ends.
const LENGTHS: [usize; 11] = [0, 1, 56, 57, 58, 115, 116, 117, 1_024, 7_608, 7_609];

#[test]
fn hid02_hid03_hid13_a_ping_of_any_length_is_echoed() {
    assert_eq!(MAX_MESSAGE, 7_609);
    let mut bench = Bench::new();
    let channel = bench.open(0);
    for length in LENGTHS {
        let data: Vec<u8> = (0..length).map(|place| (place % 251) as u8 + 1).collect();
        assert_eq!(bench.send(0, channel, PING, &data), None);
        assert_eq!(bench.one(), (channel, PING, data));
    }
}

#[test]
fn hid03_a_message_beyond_the_buffer_is_refused_at_once() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    for length in [7_610, 65_535] {
        assert_eq!(bench.feed(0, &first_packet(channel, CBOR, length, &[1; 57])), None);
        bench.error(channel, 0x03);
    }
    let mut small = Bench::<1_200, 4>::sized();
    let channel = small.open(0);
    assert_eq!(small.feed(0, &first_packet(channel, CBOR, 1_201, &[1; 57])), None);
    small.error(channel, 0x03);
    assert_eq!(small.send(0, channel, PING, &[3; 1_200]), None);
    assert_eq!(small.one().2.len(), 1_200);
}

#[test]
fn hid03_a_larger_buffer_makes_no_longer_messages() {
    let mut bench = Bench::<10_000, 4>::sized();
    let channel = bench.open(0);
    assert_eq!(bench.feed(0, &first_packet(channel, CBOR, 7_610, &[1; 57])), None);
    bench.error(channel, 0x03);
    let transaction = bench.ask(0, channel, &[1; 7_609]);
    assert_eq!(bench.device.reply(transaction, &[0; 7_610]), Err(ReplyError::TooLong));
    bench.reply(transaction, &[0; 7_609]);
    assert_eq!(bench.one().2.len(), 7_609);
}

#[test]
fn hid14_hid18_the_owner_answers_a_cbor_message_of_any_length() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    for length in LENGTHS.into_iter().filter(|length| *length > 0) {
        let (request, answer) = (vec![0x04; length], vec![0x5A; length]);
        let transaction = bench.ask(0, channel, &request);
        bench.silence();
        bench.reply(transaction, &answer);
        assert!(bench.device.request().is_empty(), "it is answered");
        assert_eq!(bench.one(), (channel, CBOR, answer));
        assert_eq!(bench.device.reply(transaction, &[0]), Err(ReplyError::NotAwaited), "once");
    }
}

#[test]
fn hid14_an_empty_cbor_message_is_refused() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    assert_eq!(bench.send(0, channel, CBOR, &[]), None);
    bench.error(channel, 0x03);
    bench.works(0, channel);
}

#[test]
fn hid08_hid14_a_message_of_ctap1_is_an_unknown_command() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    assert_eq!(bench.send(0, channel, MSG, &[0x00, 0x03, 0x00, 0x00]), None);
    bench.error(channel, 0x01);
}

#[test]
fn hid05_hid17_everything_else_is_an_unknown_command() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    for command in 0x80..=0xFF {
        if [PING, LOCK, 0x86, WINK, CBOR, CANCEL].contains(&command) {
            continue;
        }
        assert_eq!(bench.send(0, channel, command, &[1]), None);
        bench.error(channel, 0x01);
        // A long one is refused by its first packet, and the others are nobody's.
        assert_eq!(bench.feed(0, &packets(channel, command, &[1; 100])[0]), None);
        bench.error(channel, 0x01);
        assert_eq!(bench.feed(0, &packets(channel, command, &[1; 100])[1]), None);
        bench.silence();
    }
    assert!([KEEPALIVE, ERROR, MSG, 0xC0].iter().all(|command| *command >= 0x80), "they are among them");
}

#[test]
fn hid13_a_wink_is_for_the_user() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    assert_eq!(bench.send(0, channel, WINK, &[]), Some(Event::Wink));
    assert_eq!(bench.one(), (channel, WINK, vec![]));
    assert_eq!(bench.send(0, channel, WINK, &[1]), None);
    bench.error(channel, 0x03);
}

#[test]
fn hid13_a_lock_keeps_others_out_until_it_ends() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(0));
    assert_eq!(bench.send(0, mine, LOCK, &[3]), None);
    assert_eq!(bench.one(), (mine, LOCK, vec![]));
    for command in [PING, CBOR, LOCK] {
        assert_eq!(bench.send(0, other, command, &[1]), None);
        bench.error(other, 0x06);
    }
    bench.works(0, mine);
    // Time ends it,
    bench.wait(Duration::from_millis(2_999));
    assert_eq!(bench.send(0, other, PING, &[]), None);
    bench.error(other, 0x06);
    bench.wait(Duration::from_millis(1));
    bench.works(0, other);
    // and so does its owner; nobody else.
    bench.send(0, mine, LOCK, &[10]);
    bench.send(0, other, LOCK, &[0]);
    assert_eq!(bench.receive().len(), 2);
    assert_eq!(bench.send(0, other, PING, &[]), None);
    bench.error(other, 0x06);
    bench.send(0, mine, LOCK, &[0]);
    bench.receive();
    bench.works(0, other);
}

#[test]
fn hid13_a_lock_is_of_ten_seconds_at_the_most() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(0));
    for seconds in [11, 255] {
        assert_eq!(bench.send(0, mine, LOCK, &[seconds]), None);
        bench.error(mine, 0x02);
    }
    for data in [b"".as_slice(), &[1, 1]] {
        assert_eq!(bench.send(0, mine, LOCK, data), None);
        bench.error(mine, 0x03);
    }
    bench.works(0, other);
}

#[test]
fn a_lock_ends_with_the_link_of_its_owner() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    bench.send(0, mine, LOCK, &[10]);
    bench.receive();
    assert_eq!(bench.device.unlink(0), None);
    bench.works(1, other);
}
