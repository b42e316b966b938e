//! The decoder's verdicts, and their order.

extern crate std;

mod client_pin;

use super::decode;
use crate::command::Command;
use crate::cose::Algorithm;
use crate::credential::CredProtect;
use crate::error::{Error, RequestError};
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::request::{
    CLIENT_DATA_HASH, Request, algorithm, descriptor, get_assertion, make_credential,
};
use std::{vec, vec::Vec};

const LONGEST: u16 = 1200;

fn status(request: &[u8]) -> u8 {
    decode(request, LONGEST).map_or_else(|error| Error::from(error).status().code(), |_| 0x00)
}

fn make() -> Request {
    make_credential("example.com", b"user 1")
}

fn get() -> Request {
    get_assertion("example.com")
}

/// A few values of every type; the wrong ones are those of another type than `right`.
fn wrong(right: &str) -> Vec<Value> {
    let samples = [
        ("unsigned", Value::from(1)),
        ("negative", Value::from(-7)),
        ("bytes", bytes(b"bytes")),
        ("text", Value::from("text")),
        ("array", Value::Array(vec![])),
        ("map", Value::Map(vec![])),
        ("boolean", Value::Bool(true)),
        ("null", Value::Null),
    ];
    let is_right = |kind| kind == right || (right == "integer" && ["unsigned", "negative"].contains(&kind));
    // Under Miri each request takes half a second.
    let enough = if cfg!(miri) { 1 } else { samples.len() };
    samples.into_iter().filter(|(kind, _)| !is_right(*kind)).map(|(_, value)| value).take(enough).collect()
}

#[test]
fn gen04_an_empty_message_has_an_invalid_length() {
    assert_eq!(status(&[]), 0x03);
}

#[test]
fn gen05_gen03_eleven_command_bytes_are_known() {
    let known = [0x01, 0x02, 0x04, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x41];
    for byte in 0..=255 {
        let expected = match byte {
            0x01 | 0x02 | 0x06 | 0x0A | 0x0C | 0x0D | 0x41 => 0x12, // known, and their parameters are missing altogether
            byte if known.contains(&byte) => 0x00,
            _ => 0x01,
        };
        assert_eq!(status(&[byte]), expected, "command {byte:02x}");
        if !known.contains(&byte) {
            assert_eq!(status(&[byte, 0xA0]), 0x01, "command {byte:02x} with a map");
            assert_eq!(status(&[byte, 0xFF]), 0x01, "command {byte:02x} with garbage");
        }
    }
    assert!(matches!(decode(&[0x04], LONGEST), Ok(Command::GetInfo)));
    assert!(matches!(decode(&[0x07], LONGEST), Ok(Command::Reset)));
    assert!(matches!(decode(&[0x08], LONGEST), Ok(Command::GetNextAssertion)));
    assert!(matches!(decode(&[0x0B], LONGEST), Ok(Command::Selection)));
    assert!(matches!(decode(&make().encode(), LONGEST), Ok(Command::MakeCredential(_))));
    assert!(matches!(decode(&get().encode(), LONGEST), Ok(Command::GetAssertion(_))));
}

#[test]
fn gen13_commands_without_parameters_pass_over_a_body() {
    for command in [0x04, 0x07, 0x08, 0x0B] {
        for body in [[0xA0].as_slice(), &[0xA1, 1, 1], &[0x00], &[0xFF, 0xFF], &[0x5F]] {
            assert_eq!(status(&[&[command], body].concat()), 0x00, "command {command:02x}, body {body:02x?}");
        }
    }
}

#[test]
fn gen14_the_announced_size_is_the_limit_to_the_byte() {
    // A member nobody knows fills the request up.
    let filled = |length: usize| {
        let padded = |padding: usize| get().with(0x20, bytes(&vec![0; padding])).encode();
        let request = padded(length - (padded(300).len() - 300));
        assert_eq!(request.len(), length);
        request
    };
    for longest in [1024_u16, 1200, 7609] {
        let length = usize::from(longest);
        assert!(decode(&filled(length), longest).is_ok());
        assert_eq!(decode(&filled(length + 1), longest).unwrap_err(), RequestError::TooLarge);
        assert!(decode(&filled(1024), longest).is_ok(), "1024 bytes always work");
    }
    assert_eq!(status(&vec![0xFF; 1201]), 0x39);
    assert_eq!(status(&[[0x04].as_slice(), &[0; 1200]].concat()), 0x39, "judged before the command");
}

#[test]
fn gen12_no_parameters_at_all_are_no_cbor() {
    assert_eq!(status(&[0x01]), 0x12);
    assert_eq!(status(&[0x02]), 0x12);
    // An empty map is CBOR, and lacks everything.
    assert_eq!(status(&[0x01, 0xA0]), 0x14);
    assert_eq!(status(&[0x02, 0xA0]), 0x14);
}

/// Covers: GEN-18
#[test]
fn gen12_each_required_member_is_missed() {
    for key in 1..=4 {
        assert_eq!(status(&make().without(key).encode()), 0x14, "makeCredential {key}");
    }
    for key in 1..=2 {
        assert_eq!(status(&get().without(key).encode()), 0x14, "getAssertion {key}");
    }
    // Missing at any depth is missing.
    let nameless = |key| map([(key, "x")]);
    assert_eq!(status(&make().with(2, nameless("name")).encode()), 0x14);
    assert_eq!(status(&make().with(3, nameless("name")).encode()), 0x14);
    assert_eq!(status(&make().with(4, array([nameless("type")])).encode()), 0x14);
    assert_eq!(status(&make().with(4, array([algorithm(-7), map([("alg", -8)])])).encode()), 0x14);
    assert_eq!(status(&make().with(5, array([nameless("type")])).encode()), 0x14);
    assert_eq!(
        status(&get().with(3, array([descriptor(b"id"), map([("id", bytes(b"id"))])])).encode()),
        0x14
    );
}

#[test]
fn gen11_every_known_member_has_one_type() {
    type Member = (fn() -> Request, i64, &'static str);
    let members: [Member; 18] = [
        (make, 1, "bytes"),
        (make, 2, "map"),
        (make, 3, "map"),
        (make, 4, "array"),
        (make, 5, "array"),
        (make, 6, "map"),
        (make, 7, "map"),
        (make, 8, "bytes"),
        (make, 9, "unsigned"),
        (make, 10, "unsigned"),
        (make, 11, "array"),
        (get, 1, "text"),
        (get, 2, "bytes"),
        (get, 3, "array"),
        (get, 4, "map"),
        (get, 5, "map"),
        (get, 6, "bytes"),
        (get, 7, "unsigned"),
    ];
    for (request, key, right) in members {
        for value in wrong(right) {
            let sent = request().with(key, value.clone()).encode();
            assert_eq!(status(&sent), 0x11, "command {:02x}, member {key}: {value:?}", sent[0]);
        }
    }
}

/// Covers: EXT-03
#[test]
fn gen11_every_known_member_of_a_member_has_one_type() {
    let rp = |key, value| make().with(2, map([("id", Value::from("example.com")), (key, value)]));
    let user = |key, value| make().with(3, map([("id", bytes(b"user")), (key, value)]));
    let parameter = |key, value| {
        make().with(4, array([map([("alg", (-7).into()), ("type", "public-key".into()), (key, value)])]))
    };
    let listed = |key, value| map([("id", bytes(b"id")), ("type", Value::from("public-key")), (key, value)]);
    type Sends<'a> = &'a dyn Fn(&'static str, Value) -> Request;
    let inside: [(&str, &str, Sends<'_>); 10] = [
        ("name", "text", &rp),
        ("icon", "text", &rp),
        ("name", "text", &user),
        ("displayName", "text", &user),
        ("icon", "text", &user),
        ("transports", "array", &|key, value| make().with(5, array([listed(key, value)]))),
        ("transports", "array", &|key, value| get().with(3, array([listed(key, value)]))),
        ("credProtect", "unsigned", &|key, value| make().extension(key, value)),
        ("rk", "boolean", &|key, value| make().with(7, map([(key, value)]))),
        ("uv", "boolean", &|key, value| get().with(5, map([(key, value)]))),
    ];
    for (key, right, request) in inside {
        for value in wrong(right) {
            assert_eq!(status(&request(key, value.clone()).encode()), 0x11, "{key}: {value:?}");
        }
    }
    for value in wrong("text") {
        assert_eq!(status(&make().with(2, map([("id", value.clone())])).encode()), 0x11, "rp.id");
        assert_eq!(status(&make().with(11, array([value.clone()])).encode()), 0x11, "format");
        // A map or an array would be the fifth level here.
        let nested = value.is_map() || value.is_array();
        let expected = if nested { 0x12 } else { 0x11 };
        let one_transport = listed("transports", array([value]));
        assert_eq!(status(&make().with(5, array([one_transport])).encode()), expected, "transport");
    }
    for value in wrong("bytes") {
        assert_eq!(status(&make().with(3, map([("id", value)])).encode()), 0x11, "user.id");
    }
    for value in wrong("integer") {
        let element = map([("alg", value), ("type", Value::from("public-key"))]);
        assert_eq!(status(&parameter("other", Value::Null).with(4, array([element])).encode()), 0x11, "alg");
    }
    for value in wrong("map") {
        assert_eq!(
            status(&make().with(4, array([algorithm(-7), value.clone()])).encode()),
            0x11,
            "parameter"
        );
        assert_eq!(status(&get().with(3, array([value])).encode()), 0x11, "descriptor");
    }
    for option in ["rk", "up", "uv"] {
        for value in wrong("boolean") {
            assert_eq!(status(&make().with(7, map([(option, value)])).encode()), 0x11, "{option}");
        }
    }
}

#[test]
fn gen11_a_top_level_that_is_no_map_has_the_wrong_type() {
    for command in [0x01, 0x02] {
        for body in [[0x00].as_slice(), &[0x20], &[0x40], &[0x60], &[0x80], &[0xF4], &[0xF6], &[0x81, 0xA0]] {
            assert_eq!(status(&[&[command], body].concat()), 0x11, "{body:02x?}");
        }
    }
}

#[test]
fn gen08_what_is_not_canonical_is_no_cbor_wherever_it_stands() {
    let whole = make().encode();
    assert_eq!(status(&whole), 0x00);
    assert_eq!(status(&[whole.as_slice(), &[0x00]].concat()), 0x12, "trailing byte");
    let swapped = |first: &[u8], second: &[u8]| [&[0x02, 0xA2], first, second].concat();
    let (rp_id, hash) = ([0x01, 0x61, b'a'], [&[0x02, 0x58, 32], CLIENT_DATA_HASH.as_slice()].concat());
    assert_eq!(status(&swapped(&rp_id, &hash)), 0x00);
    assert_eq!(status(&swapped(&hash, &rp_id)), 0x12, "keys swapped");
    assert_eq!(status(&swapped(&rp_id, &rp_id)), 0x12, "key twice");
    assert_eq!(status(&swapped(&[0x18, 0x01, 0x61, b'a'], &hash)), 0x12, "key not in shortest form");
    assert_eq!(status(&[&[0x02, 0xBF], rp_id.as_slice(), &hash, &[0xFF]].concat()), 0x12, "indefinite map");
    assert_eq!(status(&swapped(&[0x01, 0xC0, 0x61, b'a'], &hash)), 0x12, "tag");
    assert_eq!(status(&swapped(&[0x01, 0x61, 0xFF], &hash)), 0x12, "invalid UTF-8");
    // Also where nobody looks: a member that is not known.
    let with_unknown = |value: &[u8]| [&[0x02, 0xA3], rp_id.as_slice(), &hash, &[0x18, 0x20], value].concat();
    assert_eq!(status(&with_unknown(&[0x18, 0x20])), 0x00);
    assert_eq!(status(&with_unknown(&[0x18, 0x01])), 0x12);
    assert_eq!(status(&with_unknown(&[0xC0, 0x60])), 0x12);
}

#[test]
fn gen09_four_levels_in_a_request() {
    // The request map is the first level.
    assert_eq!(status(&get().with(0x20, array([array([array([0])])])).encode()), 0x00);
    assert_eq!(status(&get().with(0x20, array([array([array([array([0])])])])).encode()), 0x12);
    // The deepest request there is has four: map, list, descriptor, transports.
    let transports =
        map([("id", bytes(b"id")), ("type", "public-key".into()), ("transports", array(["usb"]))]);
    assert_eq!(status(&get().with(3, array([transports])).encode()), 0x00);
}

#[test]
fn gen10_unknown_keys_are_passed_over_in_every_map() {
    let odd = || array([Value::Null, Value::Bool(true), map([("x", 1)])]);
    let with_odd = |mut pairs: Vec<(Value, Value)>| {
        pairs.extend([("zzzz".into(), odd()), (Value::from(0), odd()), (Value::from(-1), odd())]);
        pairs.sort_by_key(|(key, _)| {
            let encoded = authenticator_testkit::cbor::encode(key);
            (encoded[0] >> 5, encoded.len(), encoded)
        });
        Value::Map(pairs)
    };
    let request = make()
        .with(0, 5)
        .with(0x0C, Value::Null)
        .with(-1, "negative")
        .with(2, with_odd(vec![("id".into(), "example.com".into())]))
        .with(3, with_odd(vec![("id".into(), bytes(b"user 1"))]))
        .with(6, map([("credProtectX", odd()), ("hmac-secretX", Value::Null), ("credBlobs", 1.into())]))
        .with(7, map([("rk", true), ("plat", true), ("zz", false)]));
    let encoded = request.encode();
    let Ok(Command::MakeCredential(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert_eq!(
        (decoded.rp_id, decoded.user.id, decoded.rk),
        ("example.com", b"user 1".as_slice(), Some(true))
    );
    assert_eq!(decoded.extensions.cred_protect, None);
}

#[test]
fn gen18_malformed_comes_before_wrong_type_and_that_before_missing() {
    // One request with all three faults, then with two, then with one.
    let wrong_type = || get().without(2).with(5, "no map");
    let malformed = [wrong_type().encode(), vec![0x00]].concat();
    assert_eq!(status(&malformed), 0x12);
    assert_eq!(status(&wrong_type().encode()), 0x11, "the wrong type stands behind the missing member");
    assert_eq!(status(&get().without(2).encode()), 0x14);
    // The last member of makeCredential is judged before the first is missed, and lengths and values come last.
    assert_eq!(status(&make().without(1).with(11, 1).encode()), 0x11);
    assert_eq!(status(&make().with(1, bytes(b"short")).without(4).encode()), 0x14);
    assert_eq!(status(&make().with(1, bytes(b"short")).encode()), 0x02);
    assert_eq!(status(&make().with(3, map([("id", bytes(b""))])).encode()), 0x03);
    assert_eq!(status(&make().extension("credProtect", 4).encode()), 0x02);
}

#[test]
fn a_whole_make_credential_request_is_decoded() {
    let encoded = make()
        .with(4, array([algorithm(-8), algorithm(-257), algorithm(-7), algorithm(-8)]))
        .list([b"first".as_slice(), b"second"])
        .extension("credProtect", 2)
        .option("rk", true)
        .option("uv", true)
        .with(10, 2)
        .encode();
    let Ok(Command::MakeCredential(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert_eq!(decoded.client_data_hash.0, CLIENT_DATA_HASH);
    assert_eq!(decoded.rp_id, "example.com");
    assert_eq!((decoded.user.id, decoded.user.name), (b"user 1".as_slice(), Some("alice")));
    assert_eq!(decoded.user.display_name, Some("Alice"));
    assert_eq!(decoded.algorithms.as_slice(), [Algorithm::EdDsa, Algorithm::Es256]);
    assert_eq!(decoded.exclude.ids().collect::<Vec<_>>(), [b"first".as_slice(), b"second"]);
    assert_eq!(decoded.extensions.cred_protect, Some(CredProtect::WithCredentialIdList));
    assert_eq!((decoded.rk, decoded.up, decoded.uv), (Some(true), None, true));
    assert_eq!(decoded.enterprise_attestation, Some(2));
    assert!(decoded.pin_uv_auth.param.is_none());
}

#[test]
fn a_whole_get_assertion_request_is_decoded() {
    let encoded =
        get().list([b"one".as_slice()]).option("up", false).with(6, bytes(&[7; 16])).with(7, 1).encode();
    let Ok(Command::GetAssertion(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert_eq!((decoded.rp_id, decoded.client_data_hash.0), ("example.com", CLIENT_DATA_HASH));
    assert_eq!(decoded.allow.ids().collect::<Vec<_>>(), [b"one".as_slice()]);
    assert_eq!((decoded.up, decoded.uv, decoded.rk_present), (false, false, false));
    assert_eq!(
        (decoded.pin_uv_auth.param, decoded.pin_uv_auth.protocol),
        (Some([7; 16].as_slice()), Some(1))
    );
    let encoded = get().encode();
    let Ok(Command::GetAssertion(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert!(decoded.up && !decoded.uv && decoded.allow.is_empty());
}
