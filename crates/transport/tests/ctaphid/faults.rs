//! Packets that come wrong, late or not at all.

use crate::client::{Bench, PING, ms, next_packet, packets};
use authenticator_transport::ctaphid::{Device, Settings};
use std::time::Duration;

#[test]
fn hid06_hid11_a_packet_out_of_sequence_ends_the_message() {
    for wrong in [0, 2, 0x7F] {
        let mut bench = Bench::new();
        let channel = bench.open(0);
        let message = packets(channel, PING, &[9; 300]);
        assert_eq!(bench.feed(0, &message[0]), None);
        assert_eq!(bench.feed(0, &message[1]), None);
        assert_eq!(bench.feed(0, &next_packet(channel, wrong, &[9; 59])), None);
        bench.error(channel, 0x04);
        // The rest of it is nobody's.
        assert_eq!(bench.feed(0, &message[2]), None);
        bench.silence();
        bench.works(0, channel);
    }
}

#[test]
fn hid11_a_packet_of_no_message_is_ignored() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    for (link, channel) in [(0, mine), (1, mine), (0, 77), (0, 0), (0, u32::MAX)] {
        assert_eq!(bench.feed(link, &next_packet(channel, 0, b"?")), None);
        bench.silence();
    }
    let message = packets(mine, PING, &[9; 100]);
    assert_eq!(bench.feed(0, &message[0]), None);
    assert_eq!(bench.feed(1, &next_packet(other, 0, b"?")), None);
    assert_eq!(bench.feed(0, &message[1]), None);
    assert_eq!(bench.one(), (mine, PING, vec![9; 100]));
}

#[test]
fn hid06_hid12_a_message_that_stops_is_given_up_after_half_a_second() {
    let mut bench = Bench::new();
    let channel = bench.open(0);
    let message = packets(channel, PING, &[9; 300]);
    assert_eq!(bench.feed(0, &message[0]), None);
    bench.wait(ms(499));
    bench.silence();
    // It is the time between packets that counts.
    assert_eq!(bench.feed(0, &message[1]), None);
    assert_eq!(bench.device.poll_timeout(), Some(bench.now + ms(500)));
    bench.wait(ms(499));
    bench.silence();
    bench.wait(ms(1));
    bench.error(channel, 0x05);
    assert_eq!(bench.device.poll_timeout(), None);
    assert_eq!(bench.feed(0, &message[2]), None);
    bench.silence();
    bench.works(0, channel);
}

#[test]
fn hid12_a_message_that_stops_is_given_up_even_if_nobody_looks_at_the_clock() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    assert_eq!(bench.feed(0, &packets(mine, PING, &[9; 300])[0]), None);
    bench.now += ms(500);
    assert_eq!(bench.send(1, other, PING, b"?"), None);
    let answers = bench.receive();
    assert_eq!((answers[0].channel, answers[0].data.as_slice()), (mine, [0x05].as_slice()));
    assert_eq!((answers[1].channel, answers[1].command), (other, PING));
}

#[test]
fn hid12_how_long_a_packet_may_take_can_be_set() {
    let mut settings = Settings::default();
    settings.packet_timeout = Duration::from_secs(3);
    let mut bench = Bench::new();
    bench.device = Device::new(settings);
    let channel = bench.open(0);
    assert_eq!(bench.feed(0, &packets(channel, PING, &[9; 300])[0]), None);
    bench.wait(ms(2_999));
    bench.silence();
    bench.wait(ms(1));
    bench.error(channel, 0x05);
}
