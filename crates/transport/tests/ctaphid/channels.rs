//! Who gets a channel, and who may use it.

use crate::client::{BROADCAST, Bench, CANCEL, CBOR, ERROR, INIT, MSG, PING, packets};
use authenticator_transport::ctaphid::{Event, REPORT_DESCRIPTOR};

#[test]
fn hid01_the_descriptor_is_the_common_one() {
    let hex: String = REPORT_DESCRIPTOR.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(hex, "06D0F10901A1010920150026FF007508954081020921150026FF00750895409102C0");
}

#[test]
fn hid07_hid08_a_client_asks_for_a_channel_and_learns_what_the_device_is() {
    let mut bench = Bench::new();
    assert_eq!(bench.send(0, BROADCAST, INIT, b"12345678"), None);
    let (channel, command, data) = bench.one();
    assert_eq!((channel, command), (BROADCAST, INIT));
    assert_eq!(data[..8], *b"12345678");
    assert_eq!(data[12], 2, "the version of the protocol");
    assert_eq!(data[16], 0x0D, "WINK, CBOR, no MSG");
}

#[test]
fn hid07_a_nonce_has_eight_bytes() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    for nonce in [b"".as_slice(), b"1234567", b"123456789"] {
        assert_eq!(bench.send(0, BROADCAST, INIT, nonce), None);
        bench.error(BROADCAST, 0x03);
        assert_eq!(bench.send(0, channel, INIT, nonce), None);
        bench.error(channel, 0x03);
    }
}

#[test]
fn hid07_init_on_a_channel_ends_what_it_had_under_way() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    // A message that comes in,
    bench.feed(0, &packets(channel, PING, &[7; 100])[0]);
    assert_eq!(bench.send(0, channel, INIT, b"12345678"), None);
    let (answered, command, data) = bench.one();
    assert_eq!((answered, command), (channel, INIT), "on the channel itself");
    assert_eq!(data[8..12], channel.to_be_bytes(), "it keeps its number");
    bench.works(0, channel);
    // one that its owner has,
    let transaction = bench.ask(0, channel, &[0x04]);
    assert_eq!(bench.send(0, channel, INIT, b"12345678"), Some(Event::Aborted(transaction)));
    assert_eq!(bench.one().1, INIT);
    assert!(bench.device.reply(transaction, &[0]).is_err(), "nobody waits for it");
    // and one that goes out.
    let transaction = bench.ask(0, channel, &[0x04]);
    bench.reply(transaction, &[5; 1_000]);
    assert!(bench.device.poll_transmit().is_some());
    assert_eq!(bench.send(0, channel, INIT, b"12345678"), None);
    assert_eq!(bench.one().1, INIT, "the rest of the answer does not come");
    bench.works(0, channel);
}

#[test]
fn hid04_nobody_speaks_on_the_reserved_channels() {
    let mut bench = Bench::new();
    for command in [PING, CBOR, MSG, CANCEL] {
        assert_eq!(bench.send(0, BROADCAST, command, &[]), None);
        bench.error(BROADCAST, 0x0B);
    }
    for channel in [0, 1, 77] {
        assert_eq!(bench.send(0, channel, PING, b"?"), None);
        bench.error(channel, 0x0B);
        assert_eq!(bench.send(0, channel, INIT, b"12345678"), None);
        bench.error(channel, 0x0B);
    }
}

#[test]
fn hid16_a_cancel_on_no_channel_is_not_answered_either() {
    let mut bench = Bench::new();
    for channel in [0, 1] {
        assert_eq!(bench.send(0, channel, CANCEL, &[]), None);
        bench.silence();
    }
}

#[test]
fn hid09_every_channel_is_new_and_the_silent_ones_make_room() {
    let mut bench = Bench::<7609, 4>::sized();
    let mut seen: Vec<u32> = (0..4).map(|_| bench.open(0)).collect();
    let first = seen[0];
    // It is heard of, so that others are silent for longer.
    bench.works(0, first);
    for _ in 0..3 {
        let channel = bench.open(0);
        assert!(!seen.contains(&channel) && channel != 0 && channel != BROADCAST);
        seen.push(channel);
    }
    bench.works(0, first);
    assert_eq!(bench.send(0, seen[1], PING, &[]), None);
    bench.error(seen[1], 0x0B);
}

#[test]
fn hid09_a_flood_of_channels_leaves_the_one_at_work_alone() {
    let mut bench = Bench::<7609, 4>::sized();
    let channel = bench.open(0);
    let transaction = bench.ask(0, channel, &[0x04]);
    for _ in 0..100 {
        bench.open(1);
    }
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.one(), (channel, CBOR, vec![0x00]));
    bench.works(0, channel);
}

#[test]
fn a_channel_belongs_to_the_link_it_was_asked_for_on() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    let transaction = bench.ask(0, channel, &[0x04]);
    for (command, data) in [(PING, b"".as_slice()), (INIT, b"12345678"), (CBOR, b"\x04")] {
        assert_eq!(bench.send(1, channel, command, data), None);
        let answers = bench.receive();
        assert_eq!((answers.len(), answers[0].link, answers[0].command), (1, 1, ERROR));
        assert_eq!(answers[0].data, [0x0B]);
    }
    assert_eq!(bench.send(1, channel, CANCEL, &[]), None, "nor can others cancel what they did not ask for");
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.receive()[0].link, 0);
}

#[test]
fn a_link_that_goes_takes_its_channels_along() {
    let mut bench = Bench::new();
    let (gone, stays) = (bench.open(0), bench.open(1));
    let transaction = bench.ask(0, gone, &[0x04]);
    assert_eq!(bench.device.unlink(0), Some(Event::Aborted(transaction)));
    bench.works(1, stays);
    assert_eq!(bench.send(0, gone, PING, &[]), None);
    bench.error(gone, 0x0B);
    assert_eq!(bench.device.unlink(0), None, "there is nothing more to end");
}
