//! Someone looks on.

use crate::bench::{Bench, CANCEL, CBOR, GET_INFO, INIT, ms, registration};
use authenticator_core::{Gesture, Now};
use authenticator_host::hid::Witness;
use authenticator_transport::ctaphid::ChannelId;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was seen: `>` and the command, `<` and the status, `x`; on which channel and when.
type Seen = (char, u8, u32, Duration);

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Seen>>>);

impl Notes {
    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, kind: char, byte: u8, channel: ChannelId, now: Now) {
        self.0.lock().unwrap().push((kind, byte, channel.0, now.since_boot));
    }
}

impl Witness for Notes {
    fn asked(&mut self, channel: ChannelId, request: &[u8], now: Now) {
        self.add('>', request[0], channel, now);
    }

    fn answered(&mut self, channel: ChannelId, reply: &[u8], now: Now) {
        self.add('<', reply[0], channel, now);
    }

    fn abandoned(&mut self, channel: ChannelId, now: Now) {
        self.add('x', 0, channel, now);
    }
}

fn watched() -> (Bench, Notes, u32) {
    let (mut bench, notes) = (Bench::new(), Notes::default());
    bench.key.watched_by(Box::new(notes.clone()));
    let channel = bench.open(0);
    (bench, notes, channel)
}

#[test]
fn what_is_asked_and_answered_is_seen_with_its_times() {
    let (mut bench, notes, channel) = watched();
    bench.send(0, channel, CBOR, GET_INFO);
    bench.receive();
    let now = authenticator_host::Clock::now(&bench.clock).since_boot;
    assert_eq!(notes.take(), [('>', 0x04, channel, now), ('<', 0x00, channel, now)]);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.wait(ms(150));
    bench.user(Ok(Gesture::TOUCH));
    let changes = bench.fetch();
    bench.write(changes);
    bench.receive();
    assert_eq!(notes.take(), [('>', 0x01, channel, now), ('<', 0x00, channel, now + ms(150))]);
}

#[test]
fn what_is_cancelled_is_answered_and_what_is_cut_off_is_given_up() {
    let (mut bench, notes, channel) = watched();
    let now = authenticator_host::Clock::now(&bench.clock).since_boot;
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.send(0, channel, CANCEL, &[]);
    bench.receive();
    assert_eq!(notes.take(), [('>', 0x01, channel, now), ('<', 0x2D, channel, now)]);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.send(0, channel, INIT, b"a nonce.");
    bench.receive();
    assert_eq!(notes.take(), [('>', 0x01, channel, now), ('x', 0, channel, now)]);
    bench.send(0, channel, CBOR, &registration(b"user"));
    bench.key.power_cycle();
    assert_eq!(notes.take(), [('>', 0x01, channel, now), ('x', 0, channel, now)]);
    bench.key.power_cycle();
    assert_eq!(notes.take(), []);
}
