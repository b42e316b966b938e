//! Keepalives: each 100 ms, and at each change.

use crate::bench::{Bench, CBOR, GET_INFO, KEEPALIVE, ms, registration};
use authenticator_core::{Ask, Gesture, Refusal};
use authenticator_host::hid::Withdrawn;

#[test]
fn hid15_what_is_answered_in_the_same_turn_needs_no_keepalive() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, GET_INFO);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)]);
    assert_eq!(bench.key.poll_timeout(), None);
}

#[test]
fn hid15_a_client_hears_that_its_user_is_needed_at_once_and_each_hundred_milliseconds() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    assert_eq!(bench.hears(channel), [(KEEPALIVE, 0x02)]);
    for _ in 0..20 {
        assert_eq!(bench.wait(ms(99)), []);
        assert_eq!(bench.wait(ms(1)), [(0, channel, KEEPALIVE, vec![0x02])]);
    }
}

#[test]
fn hid15_a_commit_of_two_seconds_delays_no_keepalive() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.receive();
    bench.wait(ms(30));
    bench.user(Ok(Gesture::TOUCH));
    assert_eq!(bench.hears(channel), [(KEEPALIVE, 0x01)], "the change is told at once");
    let changes = bench.fetch();
    for _ in 0..20 {
        assert_eq!(bench.wait(ms(99)), []);
        assert_eq!(bench.wait(ms(1)), [(0, channel, KEEPALIVE, vec![0x01])]);
    }
    bench.write(changes);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)]);
    assert!(bench.key.poll_commit().is_none());
}

#[test]
fn st01_a_user_who_does_not_answer_is_asked_for_thirty_seconds() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.receive();
    let heard = bench.wait(ms(29_999));
    assert_eq!(heard.len(), 299);
    assert!(heard.iter().all(|(_, _, command, data)| (*command, data[0]) == (KEEPALIVE, 0x02)));
    let last = bench.wait(ms(1));
    assert_eq!(last.last(), Some(&(0, channel, CBOR, vec![0x27])));
    assert_eq!(bench.key.user.withdrawn, [(bench.key.user.shown[0].0, Withdrawn::TimedOut)]);
    // An answer that comes now is of no matter.
    bench.user(Ok(Gesture::TOUCH));
    assert_eq!(bench.receive(), []);
    bench.works(0, channel);
}

#[test]
fn an_answer_that_is_there_at_once_is_waited_for_by_nobody() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.key.user.habit = Some(Err(Refusal::Declined));
    bench.send(0, channel, CBOR, &registration(b"user"));
    assert_eq!(bench.hears(channel), [(CBOR, 0x27)]);
    assert_eq!(bench.key.user.shown[0].1, Ask::Presence);
    assert!(bench.key.user.withdrawn.is_empty());
}
