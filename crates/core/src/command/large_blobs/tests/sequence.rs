//! Sequences of fragments: what goes on with what, and what ends a sequence (LB-04, LB-07, LB-08, ST-03 to ST-09).

extern crate std;

use super::order::{message, over};
use super::{INITIAL, first, guarded, open};
use crate::command::bench::Bench;
use crate::pin::{Permissions, Protocol};
use crate::session::Session;
use crate::user::Requester;
use authenticator_testkit::request::{
    Request, large_blob_array, large_blob_fragments, make_credential, read_large_blobs, write_large_blobs,
};
use core::time::Duration;
use std::{vec, vec::Vec};

/// Of this array the tests send the first fragment, and then something.
fn array() -> Vec<u8> {
    large_blob_array(250, 0xA7)
}

/// What completes it.
fn rest() -> Request {
    write_large_blobs(array().get(100..).unwrap(), 100, None)
}

fn begun() -> Bench {
    let mut bench = open();
    assert_eq!(bench.status(&first(&array())), 0x00);
    assert_eq!(bench.commits, 0, "nothing is written before the last fragment");
    bench
}

#[test]
fn st03_lb04_a_fragment_goes_on_where_the_one_before_it_ended() {
    let mut bench = begun();
    assert_eq!(bench.status(&rest()), 0x00);
    assert_eq!(bench.array(), array());
    for (offset, status) in
        [(99, 0x04), (101, 0x04), (1, 0x04), (250, 0x04), (u64::from(u32::MAX) + 101, 0x04)]
    {
        let mut bench = begun();
        let fragment = write_large_blobs(array().get(100..).unwrap(), offset, None);
        assert_eq!(bench.status(&fragment), status, "{offset}");
        assert_eq!(bench.status(&rest()), 0x04, "a fragment that was refused ends its sequence");
        assert_eq!(bench.array(), INITIAL);
    }
}

#[test]
fn st09_a_fragment_of_nothing_is_out_of_sequence() {
    assert_eq!(open().status(&rest()), 0x04);
    let mut bench = begun();
    assert_eq!(bench.status(&rest()), 0x00);
    assert_eq!(bench.status(&rest()), 0x04, "it has ended");
}

#[test]
fn lb04_an_array_in_fragments_of_any_length() {
    let array = large_blob_array(1300, 0x11);
    for longest in [1, 13, 100, 1024, 1136] {
        let mut bench = open();
        for fragment in large_blob_fragments(&array, longest) {
            assert_eq!(bench.status(&fragment), 0x00);
        }
        assert_eq!(bench.array(), array, "{longest}");
    }
    // Empty ones are fragments too.
    let mut bench = open();
    assert_eq!(bench.status(&first(&array)), 0x00);
    assert_eq!(bench.status(&write_large_blobs(&[], 100, None)), 0x00);
    let (middle, last) = array.get(100..).unwrap().split_at(1000);
    assert_eq!(bench.status(&write_large_blobs(middle, 100, None)), 0x00);
    assert_eq!(bench.status(&write_large_blobs(last, 1100, None)), 0x00);
    assert_eq!(bench.array(), array);
}

#[test]
fn lb04_the_length_is_that_of_an_array() {
    for (length, status) in
        [(0, 0x02), (16, 0x02), (17, 0x00), (4096, 0x00), (4097, 0x18), (65_553, 0x18), (u64::MAX, 0x18)]
    {
        let request = write_large_blobs(&[0x80], 0, Some(length));
        assert_eq!(open().status(&request), status, "{length}");
    }
    assert_eq!(open().status(&write_large_blobs(&[0x80], 0, None)), 0x02);
    assert_eq!(begun().status(&rest().with(0x04, 250)), 0x02, "only the first says it");
}

#[test]
fn lb06_no_fragment_goes_beyond_the_length() {
    let array = array();
    let write = |fragment: &[u8], length| write_large_blobs(fragment, 0, Some(length));
    assert_eq!(open().status(&write(&array, 249)), 0x02);
    let mut bench = begun();
    let longer = [array.get(100..).unwrap(), &[0]].concat();
    assert_eq!(bench.status(&write_large_blobs(&longer, 100, None)), 0x02);
    assert_eq!(bench.array(), INITIAL);
    assert_eq!(bench.status(&rest()), 0x04);
}

#[test]
fn lb07_an_array_that_does_not_end_with_its_checksum_is_not_taken() {
    let good = large_blob_array(2000, 0x42);
    let mut bench = open();
    assert_eq!(bench.write(&good), 0x00);
    let commits = bench.commits;
    let other = large_blob_array(2000, 0x43);
    for place in [0, 1, 999, 1023, 1024, 1983, 1984, 1999] {
        let mut broken = other.clone();
        *broken.get_mut(place).unwrap() ^= 0x80;
        assert_eq!(bench.write(&broken), 0x3D, "{place}");
        assert_eq!(bench.array(), good, "the old one is kept");
    }
    assert_eq!(bench.write(&[0; 17]), 0x3D);
    assert_eq!(bench.commits, commits);
    assert_eq!(bench.write(&INITIAL), 0x00);
    assert_eq!(bench.array(), INITIAL);
}

#[test]
fn lb08_a_first_fragment_begins_anew_and_the_last_sequence_counts() {
    let (one, two) = (large_blob_array(250, 1), large_blob_array(3000, 2));
    let mut bench = open();
    assert_eq!(bench.status(&first(&one)), 0x00);
    assert_eq!(bench.write(&two), 0x00);
    assert_eq!(bench.array(), two);
    assert_eq!(bench.status(&first(&two)), 0x00);
    assert_eq!(bench.status(&first(&one)), 0x00);
    assert_eq!(bench.status(&first(&one)), 0x00);
    assert_eq!(bench.status(&write_large_blobs(one.get(100..).unwrap(), 100, None)), 0x00);
    assert_eq!(bench.array(), one);
    // Even one that is refused.
    assert_eq!(bench.status(&first(&two)), 0x00);
    assert_eq!(bench.status(&write_large_blobs(&[0], 0, None)), 0x02);
    assert_eq!(bench.status(&write_large_blobs(two.get(100..200).unwrap(), 100, None)), 0x04);
}

#[test]
fn st07_every_other_command_and_every_other_requester_ends_a_sequence() {
    let commands = [
        vec![0x04],
        vec![0x08],
        vec![0x0B],
        vec![0x3F],
        vec![],
        vec![0x0C],
        read_large_blobs(17, 0).encode(),
        make_credential("example.com", b"user").encode(),
    ];
    for command in commands {
        let mut bench = begun();
        bench.send(&command);
        assert_eq!(bench.status(&rest()), 0x04, "{command:02x?}");
        assert_eq!(bench.array(), INITIAL);
    }
    let mut bench = begun();
    bench.requester = Requester(7);
    assert_eq!(bench.status(&rest()), 0x04);
    bench.requester = Requester::default();
    assert_eq!(bench.status(&rest()), 0x04, "it has ended for everyone");
}

#[test]
fn st04_a_sequence_dies_with_the_power_and_is_of_one_endpoint() {
    let mut bench = begun();
    bench.power_cycle();
    assert_eq!(bench.status(&rest()), 0x04);
    let mut bench = begun();
    bench.new_endpoint();
    assert_eq!(bench.status(&rest()), 0x04);
    assert_eq!(bench.array(), INITIAL);
}

#[test]
fn st06_a_sequence_waits_thirty_seconds_for_each_fragment() {
    let array = array();
    let part = |start: usize, end: usize| {
        write_large_blobs(array.get(start..end).unwrap(), u64::try_from(start).unwrap(), None)
    };
    let mut bench = begun();
    bench.now.since_boot += Duration::from_secs(30);
    assert_eq!(bench.status(&part(100, 150)), 0x00);
    bench.now.since_boot += Duration::from_secs(30);
    assert_eq!(bench.status(&part(150, 200)), 0x00);
    bench.now.since_boot += Duration::from_secs(31);
    assert_eq!(bench.status(&part(200, 250)), 0x04);
}

#[test]
fn st08_a_sequence_dies_with_its_token() {
    let signed = |request: Request, token: &[u8; 32]| {
        let message = message(&request);
        over(request, token, &message)
    };
    let begin = |bench: &mut Bench| {
        let token = bench.token(Protocol::Two, Permissions::LARGE_BLOB_WRITE);
        assert_eq!(bench.status(&signed(first(&array()), &token)), 0x00);
        token
    };
    let mut bench = guarded();
    let token = begin(&mut bench);
    assert_eq!(bench.status(&signed(rest(), &token)), 0x00);
    assert_eq!(bench.array(), array());
    // Another token has taken its place.
    begin(&mut bench);
    let other = bench.token(Protocol::Two, Permissions::LARGE_BLOB_WRITE);
    assert_eq!(bench.status(&signed(rest(), &other)), 0x04);
    // Another process has ended every token.
    let token = begin(&mut bench);
    let mut other = Session::new(bench.now);
    bench.as_endpoint(&mut other, Bench::begin_epoch);
    assert_eq!(bench.status(&signed(rest(), &token)), 0x04);
    // It has lived its ten minutes.
    let token = begin(&mut bench);
    let longest = large_blob_array(250, 1);
    for _ in 0..20 {
        bench.now.since_boot += Duration::from_secs(29);
        assert_eq!(bench.status(&signed(first(&longest), &token)), 0x00);
    }
    bench.now.since_boot += Duration::from_secs(29);
    let rest = write_large_blobs(longest.get(100..).unwrap(), 100, None);
    assert_eq!(bench.status(&signed(rest, &token)), 0x04, "609 s");
}
