//! A story, with something thrown in at every point of it.

use crate::client::{Answer, BROADCAST, Bench, CANCEL, CBOR, INIT, KEEPALIVE, PING, ms, packets};
use authenticator_transport::ctaphid::{Activity, Event, Report, Transaction};

/// Whether a message is with its owner at this point of the story.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Before,
    Receiving,
    Handling,
    Answered,
}

/// A request of three packets that is worked on for a while, waits for its user, and is answered. What is thrown in at the
/// point of this number is between the others; the answers are those on the story's own channel.
fn story(
    bench: &mut Bench,
    channel: u32,
    point: usize,
    mut throw: impl FnMut(&mut Bench, Stage),
) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut at = 0;
    let mut here = |bench: &mut Bench, answers: &mut Vec<Answer>, stage| {
        answers.extend(bench.receive());
        if at == point {
            throw(bench, stage);
        }
        at += 1;
    };
    here(bench, &mut answers, Stage::Before);
    let mut begun: Option<Transaction> = None;
    for report in packets(channel, CBOR, &[7; 150]) {
        begun = match bench.feed(0, &report) {
            Some(Event::Request { transaction, .. }) => Some(transaction),
            _ => None,
        };
        here(bench, &mut answers, if begun.is_some() { Stage::Handling } else { Stage::Receiving });
    }
    let transaction = begun.expect("the message arrives whatever is thrown in");
    bench.wait(ms(100));
    here(bench, &mut answers, Stage::Handling);
    bench.doing(transaction, Activity::UserNeeded);
    here(bench, &mut answers, Stage::Handling);
    assert_eq!(bench.device.request(), [7; 150]);
    bench.reply(transaction, &[8; 150]);
    here(bench, &mut answers, Stage::Answered);
    answers.into_iter().filter(|answer| answer.channel == channel).collect()
}

const POINTS: usize = 7;

fn as_ever(channel: u32) -> Vec<Answer> {
    let answer = |command, data: &[u8]| Answer { link: 0, channel, command, data: data.to_vec() };
    vec![answer(KEEPALIVE, &[0x01]), answer(KEEPALIVE, &[0x02]), answer(CBOR, &[8; 150])]
}

#[test]
fn the_story_without_anything_thrown_in() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    assert_eq!(story(&mut bench, channel, POINTS, |_, _| {}), as_ever(channel));
}

#[test]
fn hid16_a_cancel_anywhere_reaches_the_owner_only_while_it_is_at_work() {
    for point in 0..POINTS {
        let mut bench = Bench::new();
        let channel = bench.open(0);
        let told = story(&mut bench, channel, point, |bench, stage| {
            let event = bench.send(0, channel, CANCEL, &[]);
            assert_eq!(matches!(event, Some(Event::Cancelled(_))), stage == Stage::Handling);
        });
        assert_eq!(told, as_ever(channel), "at {point}");
    }
}

#[test]
fn hid09_hid10_a_second_client_anywhere_disturbs_nothing() {
    for point in 0..POINTS {
        let mut bench = Bench::new();
        let (channel, other) = (bench.open(0), bench.open(1));
        let told = story(&mut bench, channel, point, |bench, stage| {
            let opened = bench.open(1);
            for id in [other, opened] {
                assert_eq!(bench.send(1, id, PING, b"?"), None);
                let is_free = matches!(stage, Stage::Before | Stage::Answered);
                assert_eq!(
                    bench.one(),
                    if is_free { (id, PING, b"?".to_vec()) } else { (id, 0xBF, vec![6]) }
                );
            }
        });
        assert_eq!(told, as_ever(channel), "at {point}");
        bench.works(1, other);
    }
}

#[test]
fn hid04_hid11_garbage_on_other_channels_disturbs_nothing() {
    let garbage: [Report; 5] = [[0; 64], [0xFF; 64], [0x7F; 64], [0x80; 64], [0x91; 64]];
    for point in 0..POINTS {
        for report in &garbage {
            let mut bench = Bench::new();
            let channel = bench.open(0);
            let told = story(&mut bench, channel, point, |bench, _| {
                assert_eq!(bench.feed(1, report), None);
                for answer in bench.receive() {
                    assert_ne!(answer.channel, channel);
                }
            });
            assert_eq!(told, as_ever(channel), "at {point}");
        }
    }
}

#[test]
fn hid07_init_anywhere_makes_the_channel_free() {
    for point in 0..POINTS {
        let mut bench = Bench::new();
        let channel = bench.open(0);
        let mut reports = packets(channel, CBOR, &[7; 150]).into_iter();
        let mut transaction = None;
        for _ in 0..point {
            if let Some(report) = reports.next() {
                if let Some(Event::Request { transaction: begun, .. }) = bench.feed(0, &report) {
                    transaction = Some(begun);
                }
            } else {
                bench.wait(ms(100));
            }
        }
        bench.receive();
        let event = bench.send(0, channel, INIT, b"12345678");
        assert_eq!(event, transaction.map(Event::Aborted), "at {point}");
        assert_eq!(bench.one().1, INIT);
        bench.works(0, channel);
        assert_eq!(bench.device.poll_timeout(), None);
    }
    let mut bench = Bench::new();
    assert_ne!(bench.open(0), BROADCAST);
}
