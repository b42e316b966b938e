//! Several clients at one key.

use crate::bench::{Bench, CBOR, ERROR, KEEPALIVE, PING, registration};
use authenticator_core::Gesture;
use authenticator_testkit::request;

#[test]
fn hid10_st10_others_are_told_that_it_is_busy_while_its_user_thinks() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    bench.send(0, mine, CBOR, &registration(b"user"));
    bench.receive();
    for (command, data) in [(CBOR, registration(b"other")), (PING, vec![1])] {
        bench.send(1, other, command, &data);
        assert_eq!(bench.hears(other), [(ERROR, 0x06)]);
    }
    assert_eq!(bench.key.user.shown.len(), 1, "one prompt at a time");
    bench.user(Ok(Gesture::TOUCH));
    bench.send(1, other, PING, &[1]);
    assert_eq!(bench.receive().len(), 2, "a keepalive, and busy still");
    let changes = bench.fetch();
    bench.write(changes);
    assert_eq!(bench.hears(mine), [(CBOR, 0x00)]);
    bench.works(1, other);
}

#[test]
fn st07_another_channel_cannot_go_on_where_one_has_begun() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    bench.register(0, mine, b"one");
    bench.register(0, mine, b"two");
    let sign_in = request::get_assertion("example.com").encode();
    for (link, channel, status) in [(0, mine, 0x00), (1, other, 0x30)] {
        bench.send(0, mine, CBOR, &sign_in);
        bench.user(Ok(Gesture::TOUCH));
        assert_eq!(bench.hears(mine).last(), Some(&(CBOR, 0x00)));
        settle_hint(&mut bench);
        bench.send(link, channel, CBOR, &[0x08]);
        assert_eq!(bench.hears(channel), [(CBOR, status)]);
        settle_hint(&mut bench);
    }
}

fn settle_hint(bench: &mut Bench) {
    if let Some(changes) = bench.key.poll_commit() {
        bench.write(changes);
    }
}

#[test]
fn a_hint_is_written_after_the_reply_and_the_next_command_comes_after_it() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.register(0, channel, b"one");
    bench.send(0, channel, CBOR, &request::get_assertion("example.com").encode());
    bench.user(Ok(Gesture::TOUCH));
    assert_eq!(bench.hears(channel), [(KEEPALIVE, 0x02), (KEEPALIVE, 0x01), (CBOR, 0x00)]);
    let hint = bench.fetch();
    bench.send(0, channel, CBOR, &[0x04]);
    assert_eq!(bench.receive(), []);
    bench.write(hint);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)]);
}

#[test]
fn a_commit_that_fails_is_told() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.user(Ok(Gesture::TOUCH));
    bench.receive();
    let store = bench.fetch().store;
    bench.key.committed(store, Err(authenticator_core::store::CommitError::Full));
    assert_eq!(bench.hears(channel), [(CBOR, 0x28)]);
    bench.register(0, channel, b"user");
}

#[test]
fn hid13_a_wink_reaches_the_user() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, 0x88, &[]);
    assert_eq!(bench.receive(), [(0, channel, 0x88, vec![])]);
    assert_eq!(bench.key.user.winks, 1);
}
