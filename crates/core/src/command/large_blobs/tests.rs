//! authenticatorLargeBlobs: what it reads, what it writes, what it refuses, and in which order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate std;

mod authority;
mod order;
mod sequence;
mod stored;

use crate::command::bench::{Bench, pin_of};
use crate::profile::{LargeBlobStorage, Profile};
use crate::reply::Reply;
use crate::step::{Done, Step};
use crate::user::Requester;
use authenticator_testkit::cbor::{self, Value};
use authenticator_testkit::request::{
    Request, large_blob_array, large_blob_fragments, read_large_blobs, write_large_blobs,
};
use std::{vec, vec::Vec};

/// LB-01, byte for byte.
const INITIAL: [u8; 17] =
    [0x80, 0x76, 0xBE, 0x8B, 0x52, 0x8D, 0x00, 0x75, 0xF7, 0xAA, 0xE9, 0x8D, 0x6F, 0xA5, 0x7A, 0x6D, 0x3C];

/// The longest fragment of a security key: its messages have 1200 bytes.
const LONGEST: usize = 1136;

fn key() -> Profile {
    Profile::security_key([0x5A; 16])
}

/// A security key without a PIN: whoever asks may write.
fn open() -> Bench {
    Bench::new(key())
}

/// One with a PIN.
fn guarded() -> Bench {
    let mut bench = open();
    bench.change_settings(|settings| settings.pin = Some(pin_of(8)));
    bench
}

impl Bench {
    fn status(&mut self, request: &Request) -> u8 {
        let (status, body) = self.send(&request.encode());
        assert!(body.is_empty(), "GEN-02: nothing is said of what was written or refused");
        status
    }

    /// A fragment of what is stored.
    fn fragment(&mut self, count: u64, offset: u64) -> Vec<u8> {
        let (status, body) = self.send(&read_large_blobs(count, offset).encode());
        assert_eq!(status, 0x00);
        let map = cbor::decode(&body).unwrap();
        assert_eq!(map.as_map().unwrap().len(), 1);
        assert_eq!(cbor::encode(&map), body, "canonical");
        cbor::at(&map, 1).and_then(Value::as_bytes).unwrap().clone()
    }

    /// All of it, as a client reads: fragments as long as there may be, until one is shorter.
    fn array(&mut self) -> Vec<u8> {
        let mut array = vec![];
        loop {
            let fragment = self.fragment(1136, u64::try_from(array.len()).unwrap());
            array.extend_from_slice(&fragment);
            if fragment.len() < LONGEST {
                return array;
            }
        }
    }

    /// Writes a whole array where nobody need be authorised; the status of the last fragment.
    fn write(&mut self, array: &[u8]) -> u8 {
        let mut status = 0x00;
        for fragment in large_blob_fragments(array, LONGEST) {
            assert_eq!(status, 0x00);
            status = self.status(&fragment);
        }
        status
    }
}

/// A first fragment, which leaves its sequence open.
fn first(array: &[u8]) -> Request {
    let length = u64::try_from(array.len()).unwrap();
    write_large_blobs(array.get(..100).unwrap(), 0, Some(length))
}

#[test]
fn lb01_at_first_there_is_an_empty_array_and_its_checksum() {
    assert_eq!(open().array(), INITIAL);
    let phone = &mut Bench::new(Profile::phone([0x5A; 16]));
    assert_eq!(phone.fragment(7545, 0), INITIAL, "a phone's clients may ask for more at once");
}

#[test]
fn lb03_any_range_of_the_array_is_read_and_none_beyond_it() {
    let mut bench = open();
    let array = large_blob_array(4096, 0x5E);
    assert_eq!(bench.write(&array), 0x00);
    assert_eq!(bench.array(), array);
    for (count, offset, expected) in [
        (0, 0, 0..0),
        (1, 0, 0..1),
        (1136, 0, 0..1136),
        (100, 1000, 1000..1100),
        (1136, 3000, 3000..4096),
        (16, 4080, 4080..4096),
        (1136, 4095, 4095..4096),
        (1136, 4096, 4096..4096),
        (0, 4096, 4096..4096),
    ] {
        assert_eq!(bench.fragment(count, offset), array.get(expected).unwrap(), "{count} from {offset}");
    }
    for offset in [4097, 65_536, 65_553, u64::from(u32::MAX) + 1, u64::MAX] {
        assert_eq!(bench.status(&read_large_blobs(1, offset)), 0x02, "from {offset}");
    }
    assert_eq!(open().fragment(10, 17), [0_u8; 0], "at the end of the initial array");
    assert_eq!(open().status(&read_large_blobs(10, 18)), 0x02);
}

#[test]
fn lb03_lb04_no_fragment_is_longer_than_a_message_less_64_bytes() {
    for (profile, longest) in
        [(key(), 1136), (Profile { max_message_size: 1024, ..key() }, 960), (Profile::phone([0; 16]), 7545)]
    {
        let mut bench = Bench::new(profile);
        assert_eq!(bench.fragment(longest, 0), INITIAL);
        for too_long in [longest + 1, u64::from(u32::MAX) + 1, u64::MAX] {
            assert_eq!(bench.status(&read_large_blobs(too_long, 0)), 0x03, "{too_long}");
        }
    }
    let mut bench = Bench::new(Profile { max_message_size: 1024, ..key() });
    let array = large_blob_array(2000, 7);
    let write = |length| write_large_blobs(array.get(..length).unwrap(), 0, Some(2000));
    assert_eq!(bench.status(&write(961)), 0x03);
    assert_eq!(bench.status(&write(960)), 0x00);
    assert_eq!(bench.status(&write_large_blobs(array.get(960..1921).unwrap(), 960, None)), 0x03);
}

#[test]
fn lb09_what_is_written_is_read_back_whatever_is_in_it() {
    let mut bench = open();
    for length in [17, 18, 500, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4095, 4096, 17] {
        for seed in [0x00, 0xFF] {
            let array = large_blob_array(length, seed);
            assert_eq!(bench.write(&array), 0x00, "{length}");
            assert_eq!(bench.array(), array, "{length}");
            bench.power_cycle();
            assert_eq!(bench.array(), array, "{length}, after a power cycle");
        }
    }
}

#[test]
fn lb09_an_array_may_be_as_long_as_is_advertised_and_no_longer() {
    for capacity in [1024_u16, 1500, 4096] {
        let mut bench =
            Bench::new(Profile { large_blobs: LargeBlobStorage::Array { max: capacity }, ..key() });
        let body = cbor::decode(&bench.send(&[0x04]).1).unwrap();
        assert_eq!(cbor::at(&body, 0x0B), Some(&Value::from(capacity)));
        let options = cbor::at(&body, 0x04).unwrap();
        assert_eq!(cbor::named(options, "largeBlobs"), Some(&Value::Bool(true)));
        let array = large_blob_array(capacity.into(), 1);
        assert_eq!(bench.write(&array), 0x00);
        assert_eq!(bench.array(), array);
        let longer = write_large_blobs(&array, 0, Some(u64::from(capacity) + 1));
        assert_eq!(bench.status(&longer.with(2, cbor::bytes(&[0; 20]))), 0x18);
    }
}

#[test]
fn lb02_where_there_are_none_there_is_no_such_command() {
    let mut bench = Bench::new(Profile { large_blobs: LargeBlobStorage::None, ..key() });
    let read = read_large_blobs(10, 0);
    for request in [read.encode(), vec![0x0C], vec![0x0C, 0xFF], vec![0x0C, 0xA0]] {
        assert_eq!(bench.send(&request), (0x01, vec![]), "{request:02x?}");
    }
    let body = cbor::decode(&bench.send(&[0x04]).1).unwrap();
    assert_eq!(cbor::at(&body, 0x0B), None);
    assert_eq!(cbor::named(cbor::at(&body, 0x04).unwrap(), "largeBlobs"), None);
}

/// The reply says only where its bytes lie: they must be there when it goes out.
#[test]
fn lb03_a_reply_whose_bytes_are_gone_is_an_error() {
    let mut bench = open();
    let read = |bench: &mut Bench| {
        let request = read_large_blobs(17, 0).encode();
        match crate::begin(&request, &mut bench.context(), Requester::default()) {
            Step::Done(done) => done,
            step => unreachable!("{step:?}"),
        }
    };
    let encoded = |bench: &Bench, done: &Done| {
        let mut reply = [0; 32];
        let length = done.encode(&bench.session, &mut reply);
        reply.get(..length).unwrap().to_vec()
    };
    let done = read(&mut bench);
    let good = encoded(&bench, &done);
    assert_eq!(good.get(..4).unwrap(), [0x00, 0xA1, 0x01, 0x51]);
    assert_eq!(good.get(4..).unwrap(), INITIAL);
    // Other commands do not touch the bytes; one that reads or writes large blobs does.
    assert_eq!(bench.send(&[0x04]).0, 0x00);
    assert_eq!(encoded(&bench, &done), good);
    let later = read(&mut bench);
    assert_eq!(encoded(&bench, &done), [0x7F]);
    assert_eq!(encoded(&bench, &later), good);
    let Ok(Reply::LargeBlobs(fragment)) = &later.result else { unreachable!("it was read") };
    assert_eq!(fragment.bytes(&bench.session), Some(INITIAL.as_slice()));
    assert_eq!(bench.status(&first(&large_blob_array(200, 1))), 0x00);
    assert_eq!(fragment.bytes(&bench.session), None);
    assert_eq!(encoded(&bench, &later), [0x7F]);
    let mut short = [0xEE; 20];
    let again = read(&mut bench);
    assert_eq!((again.encode(&bench.session, &mut short), short[0]), (1, 0x7F), "it does not fit");
}
