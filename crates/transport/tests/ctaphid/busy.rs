//! One message at a time.

use crate::client::{Bench, CBOR, INIT, PING, packets};

/// What others get while `channel` is served.
fn others_are_kept_out(bench: &mut Bench, other: u32) {
    for (command, data) in [(PING, b"?".as_slice()), (CBOR, b"\x04"), (INIT, b"12345678")] {
        assert_eq!(bench.send(1, other, command, data), None);
        bench.error(other, 0x06);
    }
    // A packet of a message that was refused is nobody's.
    assert_eq!(bench.feed(1, &packets(other, PING, &[1; 100])[1]), None);
    bench.silence();
}

#[test]
fn hid10_others_are_kept_out_while_a_message_comes_in() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    let message = packets(mine, PING, &[9; 200]);
    for report in &message[..message.len() - 1] {
        assert_eq!(bench.feed(0, report), None);
        others_are_kept_out(&mut bench, other);
    }
    assert_eq!(bench.feed(0, &message[message.len() - 1]), None);
    assert_eq!(bench.one(), (mine, PING, vec![9; 200]));
    bench.works(1, other);
}

#[test]
fn hid10_others_are_kept_out_while_the_owner_is_at_work() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    let transaction = bench.ask(0, mine, &[0x04]);
    others_are_kept_out(&mut bench, other);
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.one(), (mine, CBOR, vec![0x00]));
    bench.works(1, other);
}

#[test]
fn hid10_hid18_others_are_kept_out_while_an_answer_goes_out_and_do_not_cut_it() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.open(0), bench.open(1));
    let transaction = bench.ask(0, mine, &[0x04]);
    bench.reply(transaction, &[6; 300]);
    let mut mine_reports = Vec::new();
    for _ in 0..3 {
        let (link, report) = bench.device.poll_transmit().unwrap();
        assert_eq!(link, 0);
        mine_reports.push(report);
        assert_eq!(bench.send(1, other, PING, b"?"), None);
    }
    // The bench would object to anything between the packets of a message; here are the rest of it and the refusals.
    let rest: Vec<_> = std::iter::from_fn(|| bench.device.poll_transmit()).collect();
    let whole = [&mine_reports[..], &rest.iter().map(|(_, report)| *report).collect::<Vec<_>>()].concat();
    let expected = packets(mine, CBOR, &[6; 300]);
    assert_eq!(whole[..expected.len()], expected[..]);
    let refusals = &whole[expected.len()..];
    assert_eq!(refusals.len(), 3);
    assert!(refusals.iter().all(|report| *report == packets(other, 0xBF, &[0x06])[0]));
    bench.works(1, other);
}

#[test]
fn hid09_a_channel_is_given_out_while_another_is_busy() {
    let mut bench = Bench::new();
    let mine = bench.open(0);
    bench.feed(0, &packets(mine, PING, &[9; 200])[0]);
    bench.open(1);
    for report in &packets(mine, PING, &[9; 200])[1..] {
        assert_eq!(bench.feed(0, report), None);
    }
    assert_eq!(bench.one(), (mine, PING, vec![9; 200]), "and it does not notice");
    let transaction = bench.ask(0, mine, &[0x04]);
    bench.open(1);
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.one(), (mine, CBOR, vec![0x00]));
}

#[test]
fn hid10_a_message_within_a_message_ends_both() {
    let mut bench = Bench::new();
    let mine = bench.open(0);
    bench.feed(0, &packets(mine, PING, &[9; 200])[0]);
    assert_eq!(bench.send(0, mine, PING, b"another"), None);
    bench.error(mine, 0x04);
    bench.works(0, mine);
}

#[test]
fn hid10_a_second_message_waits_for_the_first_to_be_answered() {
    let mut bench = Bench::new();
    let mine = bench.open(0);
    let transaction = bench.ask(0, mine, &[0x04]);
    assert_eq!(bench.send(0, mine, CBOR, &[0x04, 0x01]), None);
    bench.error(mine, 0x06);
    assert_eq!(bench.device.request(), [0x04], "the first is untouched");
    bench.reply(transaction, &[0x00]);
    assert_eq!(bench.one(), (mine, CBOR, vec![0x00]));
}
