//! What a client hears while it waits, and how it stops waiting.

use crate::client::{Bench, CANCEL, CBOR, KEEPALIVE, PING, ms, packets};
use authenticator_transport::ctaphid::{Activity, Event};

#[test]
fn hid15_a_keepalive_comes_each_hundred_milliseconds() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    let transaction = bench.ask(0, channel, &[0x01]);
    for _ in 0..5 {
        bench.wait(ms(99));
        bench.silence();
        bench.wait(ms(1));
        assert_eq!(bench.one(), (channel, KEEPALIVE, vec![0x01]));
    }
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.one(), (channel, CBOR, vec![0x00]));
    bench.wait(ms(1_000));
    bench.silence();
}

#[test]
fn hid15_a_keepalive_comes_with_each_change() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    let transaction = bench.ask(0, channel, &[0x01]);
    bench.doing(transaction, Activity::Processing);
    bench.silence();
    bench.wait(ms(30));
    bench.doing(transaction, Activity::UserNeeded);
    assert_eq!(bench.one(), (channel, KEEPALIVE, vec![0x02]), "at once");
    bench.doing(transaction, Activity::UserNeeded);
    bench.silence();
    // The next hundred milliseconds count from there.
    bench.wait(ms(99));
    bench.silence();
    bench.wait(ms(1));
    assert_eq!(bench.one(), (channel, KEEPALIVE, vec![0x02]));
    bench.wait(ms(10));
    bench.doing(transaction, Activity::Processing);
    assert_eq!(bench.one(), (channel, KEEPALIVE, vec![0x01]));
    assert_eq!(bench.device.poll_timeout(), Some(bench.now + ms(100)));
}

#[test]
fn hid15_a_late_look_at_the_clock_makes_no_burst_and_no_drift() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.ask(0, channel, &[0x01]);
    bench.wait(ms(130));
    assert_eq!(bench.one().1, KEEPALIVE);
    bench.wait(ms(70));
    assert_eq!(bench.one().1, KEEPALIVE, "at 200 ms all the same");
    bench.wait(ms(1_000));
    assert_eq!(bench.one().1, KEEPALIVE, "one");
}

#[test]
fn hid15_only_cbor_is_worth_a_keepalive() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    assert_eq!(bench.send(0, channel, PING, &[1; 500]), None);
    assert_eq!(bench.device.poll_timeout(), None);
    bench.wait(ms(1_000));
    assert_eq!(bench.one().1, PING);
}

#[test]
fn hid16_a_cancel_reaches_the_owner_and_is_not_answered() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    let transaction = bench.ask(0, channel, &[0x01]);
    assert_eq!(bench.send(0, channel, CANCEL, &[]), Some(Event::Cancelled(transaction)));
    bench.silence();
    assert_eq!(bench.send(0, channel, CANCEL, &[]), Some(Event::Cancelled(transaction)), "it may come again");
    bench.reply(transaction, &[0x2D]);
    assert_eq!(bench.one(), (channel, CBOR, vec![0x2D]));
}

#[test]
fn hid16_a_cancel_of_nothing_or_of_others_is_ignored() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    assert_eq!(bench.send(0, mine, CANCEL, &[]), None);
    bench.silence();
    let message = packets(mine, PING, &[9; 100]);
    assert_eq!(bench.feed(0, &message[0]), None);
    assert_eq!(bench.send(0, mine, CANCEL, &[]), None, "nothing is pending yet");
    assert_eq!(bench.feed(0, &message[1]), None);
    assert_eq!(bench.one(), (mine, PING, vec![9; 100]));
    let transaction = bench.ask(0, mine, &[0x01]);
    assert_eq!(bench.send(1, other, CANCEL, &[]), None);
    assert_eq!(bench.send(0, mine, CANCEL, &[1]), None, "it has no content");
    bench.silence();
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.send(0, mine, CANCEL, &[]), None, "it is answered already");
    assert_eq!(bench.one(), (mine, CBOR, vec![0x00]));
}
