//! Clients that change their minds.

use crate::bench::{Bench, CANCEL, CBOR, GET_INFO, INIT, KEEPALIVE, ms, registration};
use authenticator_core::Gesture;
use authenticator_host::hid::Withdrawn;

#[test]
fn st02_hid16_a_cancel_is_answered_in_the_same_turn() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.receive();
    bench.send(0, channel, CANCEL, &[]);
    assert_eq!(bench.hears(channel), [(KEEPALIVE, 0x01), (CBOR, 0x2D)]);
    assert_eq!(bench.key.user.withdrawn, [(bench.key.user.shown[0].0, Withdrawn::Cancelled)]);
    assert!(bench.key.poll_commit().is_none(), "nothing was made");
    bench.user(Ok(Gesture::TOUCH));
    assert_eq!(bench.receive(), [], "a touch comes too late");
    bench.works(0, channel);
}

#[test]
fn st02_what_is_being_committed_is_not_cancelled() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.user(Ok(Gesture::TOUCH));
    bench.receive();
    let changes = bench.fetch();
    bench.send(0, channel, CANCEL, &[]);
    assert_eq!(bench.receive(), []);
    bench.write(changes);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)], "the passkey is there, and the client knows it");
}

#[test]
fn hid07_a_channel_that_begins_anew_is_asked_nothing_more() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.receive();
    bench.send(0, channel, INIT, b"a nonce.");
    assert_eq!(bench.receive().len(), 1, "INIT is answered, and nothing else");
    assert_eq!(bench.key.user.withdrawn, [(bench.key.user.shown[0].0, Withdrawn::Cancelled)]);
    bench.user(Ok(Gesture::TOUCH));
    assert_eq!(bench.receive(), []);
    bench.works(0, channel);
}

#[test]
fn hid07_what_comes_after_an_abort_waits_for_the_store() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.user(Ok(Gesture::TOUCH));
    let changes = bench.fetch();
    bench.send(0, channel, INIT, b"a nonce.");
    bench.receive();
    bench.send(0, channel, CBOR, GET_INFO);
    assert_eq!(bench.receive(), []);
    assert_eq!(bench.wait(ms(100)), [(0, channel, KEEPALIVE, vec![0x01])]);
    bench.write(changes);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)]);
}

#[test]
fn st02_what_waits_for_the_store_is_cancelled_at_once() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.user(Ok(Gesture::TOUCH));
    let changes = bench.fetch();
    bench.send(0, channel, INIT, b"a nonce.");
    bench.send(0, channel, CBOR, &registration(b"other"));
    bench.receive();
    bench.send(0, channel, CANCEL, &[]);
    assert_eq!(bench.hears(channel), [(CBOR, 0x2D)]);
    bench.write(changes);
    assert_eq!(bench.receive(), []);
    assert_eq!(bench.key.user.shown.len(), 1, "nobody is asked about it");
    bench.works(0, channel);
}

#[test]
fn a_link_that_goes_withdraws_its_prompt() {
    let mut bench = Bench::new();
    let (gone, stays) = (bench.open(0), bench.open(1));
    bench.send(0, gone, CBOR, &registration(b"user"));
    bench.receive();
    bench.key.unlink(0);
    assert_eq!(bench.key.user.withdrawn, [(bench.key.user.shown[0].0, Withdrawn::Cancelled)]);
    bench.works(1, stays);
}

#[test]
fn st04_a_power_cycle_ends_everything() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.receive();
    bench.clock.reboot();
    bench.key.power_cycle();
    assert_eq!(bench.key.user.withdrawn, [(bench.key.user.shown[0].0, Withdrawn::Unplugged)]);
    assert_eq!(bench.receive(), []);
    bench.send(0, channel, CBOR, GET_INFO);
    assert_eq!(bench.hears(channel), [(0xBF, 0x0B)], "the channel is gone");
    let channel = bench.open(0);
    bench.works(0, channel);
}

#[test]
fn st04_a_power_cycle_during_a_commit_awaits_its_result_before_anything_else() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.user(Ok(Gesture::TOUCH));
    let changes = bench.fetch();
    bench.receive();
    bench.clock.reboot();
    bench.key.power_cycle();
    let channel = bench.open(0);
    bench.send(0, channel, CBOR, GET_INFO);
    assert_eq!(bench.receive(), []);
    bench.write(changes);
    assert_eq!(bench.hears(channel), [(CBOR, 0x00)]);
}

/// A registration takes three turns. A cancel after each of them is answered at once or comes too late, and the next
/// registration works.
#[test]
fn st02_hid16_a_cancel_at_every_point() {
    for point in 0..4 {
        let mut bench = Bench::new();
        let channel = bench.open(0);
        let mut answers = Vec::new();
        for turn in 0..4 {
            match turn {
                1 => bench.send(0, channel, CBOR, &registration(b"user")),
                2 if bench.key.user.withdrawn.is_empty() => bench.user(Ok(Gesture::TOUCH)),
                3 => {
                    if let Some(changes) = bench.key.poll_commit() {
                        bench.write(changes);
                    }
                }
                _ => {}
            }
            if turn == point {
                bench.send(0, channel, CANCEL, &[]);
            }
            answers.extend(bench.hears(channel).into_iter().filter(|(command, _)| *command == CBOR));
        }
        let status = if point == 1 { 0x2D } else { 0x00 };
        assert_eq!(answers, [(CBOR, status)], "cancelled after turn {point}");
        bench.register(0, channel, b"next");
    }
}
