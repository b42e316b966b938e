//! Who may write (LB-05).

extern crate std;

use super::order::{message, over};
use super::{INITIAL, guarded, key, open};
use crate::command::bench::{Bench, pin_of};
use crate::pin::{Permissions, Protocol};
use crate::profile::{BuiltInVerification, Profile};
use crate::session::Session;
use authenticator_testkit::cbor::bytes;
use authenticator_testkit::request::{Request, large_blob_array, large_blob_fragments, write_large_blobs};
use core::time::Duration;
use std::{vec, vec::Vec};

const LBW: Permissions = Permissions::LARGE_BLOB_WRITE;

/// A short array in one fragment.
fn whole() -> Request {
    let array = large_blob_array(100, 1);
    write_large_blobs(&array, 0, Some(100))
}

fn signed(request: Request, token: &[u8; 32]) -> Request {
    let message = message(&request);
    over(request, token, &message)
}

#[test]
fn lb05_a_token_writes_under_either_protocol() {
    for (number, protocol, length) in [(1, Protocol::One, 16), (2, Protocol::Two, 32)] {
        let mut bench = guarded();
        let token = bench.token(protocol, LBW);
        let request = signed(whole(), &token);
        let mac = request.member(0x05).unwrap().as_bytes().unwrap().clone();
        let request = request.with(0x05, bytes(mac.get(..length).unwrap())).with(0x06, number);
        assert_eq!(bench.status(&request), 0x00);
        assert_eq!(bench.array(), large_blob_array(100, 1));
    }
}

#[test]
fn lb05_whatever_protects_it_must_authorise_the_write_and_reading_is_free() {
    let verified = Profile { verification: BuiltInVerification::Configured, ..key() };
    let always = Profile { always_uv: true, ..key() };
    for (mut bench, there_are_tokens) in
        [(guarded(), true), (Bench::new(verified), true), (Bench::new(always), false)]
    {
        assert_eq!(bench.status(&whole()), 0x36);
        assert_eq!(bench.array(), INITIAL);
        assert_eq!(bench.status(&whole().with(0x05, bytes(&[0; 32]))), 0x14);
        assert_eq!(bench.status(&whole().with(0x05, bytes(&[0; 32])).with(0x06, 3)), 0x02);
        assert_eq!(bench.status(&whole().with(0x05, bytes(&[0; 32])).with(0x06, 2)), 0x33);
        if there_are_tokens {
            let token = bench.token(Protocol::Two, LBW);
            assert_eq!(bench.status(&signed(whole(), &token)), 0x00);
            assert_eq!(bench.array(), large_blob_array(100, 1));
        }
    }
}

#[test]
fn lb05_where_nothing_protects_it_nothing_is_asked_and_a_param_is_ignored() {
    for request in [whole(), whole().with(0x05, bytes(&[0; 5])).with(0x06, 9), whole().with(0x06, 9)] {
        let mut bench = open();
        assert_eq!(bench.status(&request), 0x00);
        assert_eq!(bench.array(), large_blob_array(100, 1));
    }
}

/// Every byte of the message counts, and nothing but the message does.
#[test]
fn lb05_the_message_is_32_ff_the_command_the_offset_and_the_hash_of_the_fragment() {
    let mut bench = guarded();
    let token = bench.token(Protocol::Two, LBW);
    let good = message(&whole());
    assert_eq!(good.get(..38).unwrap(), [&[0xFF; 32][..], &[0x0C, 0x00, 0x00, 0x00, 0x00, 0x00]].concat());
    let mut wrong: Vec<_> = (0..good.len())
        .map(|place| {
            let mut message = good.clone();
            *message.get_mut(place).unwrap() ^= 1;
            message
        })
        .collect();
    let fragment = large_blob_array(100, 1);
    wrong.extend([vec![], good.get(32..).unwrap().to_vec(), [good.get(..38).unwrap(), &fragment].concat()]);
    for message in wrong {
        assert_eq!(bench.status(&over(whole(), &token, &message)), 0x33);
    }
    assert_eq!(bench.commits, 0);
    assert_eq!(bench.status(&over(whole(), &token, &good)), 0x00);
    // The offset is little-endian.
    let array = large_blob_array(1000, 1);
    let [first, second] = [(0, 600, Some(1000)), (600, 1000, None)].map(|(start, end, length)| {
        let fragment = array.get(start..end).unwrap();
        write_large_blobs(fragment, u64::try_from(start).unwrap(), length)
    });
    assert_eq!(bench.status(&signed(first, &token)), 0x00);
    assert_eq!(message(&second).get(34..38).unwrap(), [0x58, 0x02, 0x00, 0x00]);
    assert_eq!(bench.status(&signed(second, &token)), 0x00);
    assert_eq!(bench.array(), array);
}

#[test]
fn lb05_the_token_needs_the_permission_and_must_be_in_use() {
    for permissions in [
        Permissions::NONE,
        Permissions::MAKE_CREDENTIAL.and(Permissions::GET_ASSERTION),
        Permissions::CREDENTIAL_MANAGEMENT.and(Permissions::CONFIGURATION),
        Permissions::READ_ONLY_MANAGEMENT,
    ] {
        let mut bench = guarded();
        let token = bench.token(Protocol::Two, permissions);
        assert_eq!(bench.status(&signed(whole(), &token)), 0x33);
    }
    let mut bench = guarded();
    let token = bench.token(Protocol::One, LBW);
    assert_eq!(bench.status(&signed(whole(), &token)), 0x33, "another protocol");
    bench.now.since_boot += Duration::from_secs(31);
    assert_eq!(bench.status(&signed(whole(), &token)), 0x33, "never used in time");
    assert_eq!(bench.status(&signed(whole(), &[0; 32])), 0x33, "no token at all");
}

#[test]
fn tok15_writing_uses_no_token_up() {
    let mut bench = guarded();
    let token = bench.token(Protocol::Two, LBW);
    for seed in 0..3 {
        let array = large_blob_array(2000, seed);
        for fragment in large_blob_fragments(&array, 700) {
            assert_eq!(bench.status(&signed(fragment, &token)), 0x00);
        }
        assert_eq!(bench.array(), array);
    }
}

/// What another process does between the last fragment and its commits must not be undone by them.
#[test]
fn lb05_who_has_lost_the_right_meanwhile_writes_nothing() {
    for length in [100, 4096] {
        let mut bench = open();
        let array = large_blob_array(length, 1);
        let mut fragments = large_blob_fragments(&array, 1136);
        let last = fragments.pop().unwrap();
        fragments.iter().for_each(|fragment| assert_eq!(bench.status(fragment), 0x00));
        let requester = bench.requester;
        let step = crate::begin(&last.encode(), &mut bench.context(), requester);
        // Another process sets the first PIN, with which a new epoch begins.
        let mut other = Session::new(bench.now);
        bench.as_endpoint(&mut other, |bench| {
            bench.change_settings(|settings| settings.pin = Some(pin_of(8)));
            bench.begin_epoch();
        });
        assert_eq!(bench.finish(step), (0x33, vec![]), "{length}");
        assert_eq!(bench.array(), INITIAL);
    }
}
