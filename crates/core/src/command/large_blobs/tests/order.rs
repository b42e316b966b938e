//! Of two faults of a request the first check's status is given (LB-02 to LB-06).

extern crate std;

use super::{INITIAL, guarded};
use crate::command::bench::Bench;
use crate::pin::{Permissions, Protocol};
use authenticator_testkit::cbor::{Value, bytes};
use authenticator_testkit::request::{Request, large_blob_array, read_large_blobs, write_large_blobs};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::{string::String, vec, vec::Vec};

/// A request in parts, so that any of them can be spoiled.
struct Parts {
    request: Request,
    param: Param,
    permissions: Permissions,
    /// Members that replace or add what is signed, put in after it was.
    late: Vec<(i64, Option<Value>)>,
    trailing: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Param {
    Good,
    Forged,
    Absent,
}

impl Parts {
    fn set(&mut self, key: i64, value: impl Into<Value>) {
        self.request = self.request.clone().with(key, value);
    }

    fn without(&mut self, key: i64) {
        self.request = self.request.clone().without(key);
    }

    fn late(&mut self, key: i64, value: impl Into<Value>) {
        self.late.push((key, Some(value.into())));
    }
}

struct Fault {
    name: &'static str,
    status: u8,
    spoil: fn(&mut Parts),
}

/// Faults of a `get`, in the order in which they are found.
const OF_GET: [Fault; 9] = [
    Fault { name: "trailing byte", status: 0x12, spoil: |parts| parts.trailing = true },
    Fault { name: "get is text", status: 0x11, spoil: |parts| parts.set(0x01, "10") },
    Fault { name: "no offset", status: 0x02, spoil: |parts| parts.without(0x03) },
    Fault { name: "get and set", status: 0x02, spoil: |parts| parts.set(0x02, bytes(&INITIAL)) },
    Fault { name: "length", status: 0x02, spoil: |parts| parts.set(0x04, 17) },
    Fault { name: "param", status: 0x02, spoil: |parts| parts.set(0x05, bytes(&[0; 16])) },
    Fault { name: "protocol", status: 0x02, spoil: |parts| parts.set(0x06, 2) },
    Fault { name: "too much", status: 0x03, spoil: |parts| parts.set(0x01, 1137) },
    Fault { name: "beyond the end", status: 0x02, spoil: |parts| parts.set(0x03, 18) },
];

/// Faults of the first fragment of a `set`.
const OF_FIRST: [Fault; 14] = [
    Fault { name: "trailing byte", status: 0x12, spoil: |parts| parts.trailing = true },
    Fault { name: "protocol is text", status: 0x11, spoil: |parts| parts.late(0x06, "2") },
    Fault { name: "no offset", status: 0x02, spoil: |parts| parts.late.push((0x03, None)) },
    Fault { name: "get and set", status: 0x02, spoil: |parts| parts.set(0x01, 5) },
    Fault { name: "fragment too long", status: 0x03, spoil: |parts| parts.set(0x02, bytes(&[0; 1137])) },
    Fault { name: "no length", status: 0x02, spoil: |parts| parts.without(0x04) },
    Fault { name: "length above the capacity", status: 0x18, spoil: |parts| parts.set(0x04, 4097) },
    Fault { name: "length of no array", status: 0x02, spoil: |parts| parts.set(0x04, 16) },
    Fault { name: "no param", status: 0x36, spoil: |parts| parts.param = Param::Absent },
    Fault { name: "no protocol", status: 0x14, spoil: |parts| parts.late.push((0x06, None)) },
    Fault { name: "unknown protocol", status: 0x02, spoil: |parts| parts.late(0x06, 3) },
    Fault { name: "forged param", status: 0x33, spoil: |parts| parts.param = Param::Forged },
    Fault {
        name: "no permission",
        status: 0x33,
        spoil: |parts| parts.permissions = Permissions::CONFIGURATION,
    },
    Fault { name: "longer than its length", status: 0x02, spoil: |parts| parts.set(0x04, 17) },
];

/// Faults of a later fragment, the second.
const OF_LATER: [Fault; 8] = [
    Fault { name: "fragment too long", status: 0x03, spoil: |parts| parts.set(0x02, bytes(&[0; 1137])) },
    Fault { name: "length", status: 0x02, spoil: |parts| parts.set(0x04, 300) },
    Fault { name: "a gap", status: 0x04, spoil: |parts| parts.set(0x03, 101) },
    Fault { name: "no param", status: 0x36, spoil: |parts| parts.param = Param::Absent },
    Fault { name: "no protocol", status: 0x14, spoil: |parts| parts.late.push((0x06, None)) },
    Fault { name: "forged param", status: 0x33, spoil: |parts| parts.param = Param::Forged },
    Fault { name: "longer than is left", status: 0x02, spoil: |parts| parts.set(0x02, bytes(&[0; 201])) },
    Fault { name: "no checksum", status: 0x3D, spoil: |parts| parts.set(0x02, bytes(&[0; 200])) },
];

/// What a token proves of a fragment: the specification's message, put together by hand.
pub(super) fn message(request: &Request) -> Vec<u8> {
    let member = |key| request.member(key);
    let fragment = member(0x02).and_then(Value::as_bytes).unwrap();
    let offset = member(0x03).and_then(Value::as_integer).unwrap();
    let offset = u32::try_from(offset).unwrap().to_le_bytes();
    [&[0xFF; 32][..], &[0x0C, 0x00], &offset, &Sha256::digest(fragment)].concat()
}

/// The fragment with a param by this token over this message, under protocol two.
pub(super) fn over(request: Request, token: &[u8; 32], message: &[u8]) -> Request {
    let mac = Hmac::<Sha256>::new_from_slice(token).unwrap().chain_update(message).finalize();
    request.with(0x05, bytes(&mac.into_bytes())).with(0x06, 2)
}

fn send(bench: &mut Bench, request: Request, token: Option<[u8; 32]>, faults: &[&Fault]) -> u8 {
    let permissions = Permissions::LARGE_BLOB_WRITE;
    let mut parts = Parts { request, param: Param::Good, permissions, late: vec![], trailing: false };
    faults.iter().for_each(|fault| (fault.spoil)(&mut parts));
    let is_set = parts.request.member(0x02).is_some_and(|set| set.as_bytes().is_some());
    let is_signed = is_set && parts.request.member(0x03).is_some() && parts.param != Param::Absent;
    let wants_token = parts.request.member(0x01).is_none() || token.is_some();
    let mut request = parts.request.clone();
    if is_signed && wants_token {
        let token = token.unwrap_or_else(|| bench.token(Protocol::Two, parts.permissions));
        let token = if parts.param == Param::Forged { [0x11; 32] } else { token };
        request = over(request.clone(), &token, &message(&request));
    }
    for (key, value) in parts.late {
        request = match value {
            Some(value) => request.with(key, value),
            None => request.without(key),
        };
    }
    let mut encoded = request.encode();
    if parts.trailing {
        encoded.push(0x00);
    }
    let (status, body) = bench.send(&encoded);
    assert_eq!((body.as_slice(), bench.commits), (&[][..], 0));
    status
}

/// Each fault alone, and each two of them.
fn hold(faults: &[Fault], mut send: impl FnMut(&[&Fault]) -> u8) {
    for (place, first) in faults.iter().enumerate() {
        assert_eq!(send(&[first]), first.status, "{}", first.name);
        for second in faults.iter().skip(place + 1) {
            assert_eq!(send(&[second, first]), first.status, "{}, {}", first.name, second.name);
        }
    }
}

#[test]
fn lb02_lb03_of_two_faults_of_a_get_the_first_has_its_status() {
    hold(&OF_GET, |faults| send(&mut guarded(), read_large_blobs(10, 0), None, faults));
}

#[test]
fn lb02_lb04_lb05_lb06_of_two_faults_of_a_first_fragment_the_first_has_its_status() {
    let array = large_blob_array(300, 3);
    let first = write_large_blobs(array.get(..100).unwrap(), 0, Some(300));
    hold(&OF_FIRST, |faults| send(&mut guarded(), first.clone(), None, faults));
    assert_eq!(send(&mut guarded(), first, None, &[]), 0x00);
}

#[test]
fn lb04_lb05_lb06_lb07_of_two_faults_of_a_later_fragment_the_first_has_its_status() {
    let array = large_blob_array(300, 3);
    let [first, second] = [(0, 100, Some(300)), (100, 300, None)].map(|(start, end, length)| {
        let fragment = array.get(start..end).unwrap();
        write_large_blobs(fragment, u64::try_from(start).unwrap(), length)
    });
    hold(&OF_LATER, |faults| {
        let mut bench = guarded();
        let token = bench.token(Protocol::Two, Permissions::LARGE_BLOB_WRITE);
        assert_eq!(send(&mut bench, first.clone(), Some(token), &[]), 0x00);
        send(&mut bench, second.clone(), Some(token), faults)
    });
}

#[test]
fn lb02_every_member_has_one_type_and_the_others_are_passed_over() {
    let array = large_blob_array(300, 3);
    let write = write_large_blobs(array.get(..100).unwrap(), 0, Some(300));
    let values = [Value::from("text"), bytes(b"bytes"), Value::from(1), Value::Bool(true), Value::Null];
    for (key, right) in [(0x01, 2), (0x02, 1), (0x03, 2), (0x04, 2), (0x05, 1), (0x06, 2)] {
        for (place, value) in values.iter().enumerate().filter(|(place, _)| *place != right) {
            let status = guarded().send(&write.clone().with(key, value.clone()).encode()).0;
            assert_eq!(status, 0x11, "{key}: {place} {value:?}");
        }
        let negative = write.clone().with(key, -1);
        assert_eq!(guarded().send(&negative.encode()).0, 0x11, "{key}");
    }
    let mut bench = super::open();
    assert_eq!(bench.status(&write.with(0x20, "unknown")), 0x00);
    let described: String =
        std::format!("{:?}", crate::decode(&write_large_blobs(b"secret", 0, None).encode(), 1200));
    assert!(!described.contains("secret") && !described.contains("115"), "{described}");
}

#[test]
fn lb02_offset_and_one_of_get_and_set_there_must_be() {
    let mut bench = super::open();
    for (request, status) in [
        (&[0x0C][..], 0x12),
        (&[0x0C, 0x80], 0x11),
        (&[0x0C, 0xA0], 0x02),
        (&[0x0C, 0xA1, 0x03, 0x00], 0x02),
        (&[0x0C, 0xA1, 0x01, 0x05], 0x02),
        (&[0x0C, 0xA1, 0x02, 0x41, 0x00], 0x02),
        (&[0x0C, 0xA3, 0x01, 0x05, 0x02, 0x41, 0x00, 0x03, 0x00], 0x02),
        (&[0x0C, 0xA2, 0x03, 0x00, 0x01, 0x05], 0x12),
        (&[0x0C, 0xA2, 0x01, 0x18, 0x05, 0x03, 0x00], 0x12),
    ] {
        assert_eq!(bench.send(request), (status, vec![]), "{request:02x?}");
    }
}
