//! Types and lengths of the members, before anything is authorised.

extern crate std;

use crate::command::{Command, CredentialManagement};
use crate::error::Error;
use crate::request::decode;
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::request::{Request, credential_management, descriptor};
use std::{format, vec, vec::Vec};

fn status(request: &Request) -> u8 {
    decode(&request.encode(), 1200).map_or_else(|error| Error::from(error).status().code(), |_| 0x00)
}

/// Whatever its subcommand wants of it.
fn with(key: i64, value: Value) -> Request {
    credential_management(0x01).parameters([(key, value)])
}

/// Values of every type but this one.
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
    samples.into_iter().filter(|(kind, _)| *kind != right).map(|(_, value)| value).collect()
}

/// Covers: GEN-11
#[test]
fn gen11_cm09_every_member_has_one_type() {
    for (key, right) in [(0x01, "unsigned"), (0x02, "map"), (0x03, "unsigned"), (0x04, "bytes")] {
        for value in wrong(right) {
            assert_eq!(
                status(&credential_management(0x01).with(key, value.clone())),
                0x11,
                "{key}: {value:?}"
            );
        }
    }
    for (key, right) in [(0x01, "bytes"), (0x02, "map"), (0x03, "map")] {
        for value in wrong(right) {
            assert_eq!(status(&with(key, value.clone())), 0x11, "parameter {key}: {value:?}");
        }
    }
    let inside = [
        (0x02, "id", "bytes"),
        (0x02, "type", "text"),
        (0x02, "transports", "array"),
        (0x03, "id", "bytes"),
        (0x03, "name", "text"),
        (0x03, "displayName", "text"),
        (0x03, "icon", "text"),
    ];
    for (key, member, right) in inside {
        // An array or a map with nothing in it is a level all the same: this is the fourth.
        for value in wrong(right) {
            assert_eq!(
                status(&with(key, map([(member, value.clone())]))),
                0x11,
                "{key}, {member}: {value:?}"
            );
        }
    }
}

/// Covers: GEN-08, GEN-10, GEN-18
#[test]
fn gen18_malformed_comes_before_wrong_type_and_that_before_missing() {
    let wrong_type = with(0x01, Value::from(1)).without(0x01);
    let malformed = [wrong_type.encode(), vec![0x00]].concat();
    assert_eq!(
        decode(&malformed, 1200).map_err(|error| Error::from(error).status().code()).err(),
        Some(0x12)
    );
    assert_eq!(status(&wrong_type), 0x11);
    assert_eq!(status(&with(0x01, bytes(&[0; 31])).without(0x01)), 0x14);
    for length in [0, 31, 33] {
        assert_eq!(status(&with(0x01, bytes(&vec![0; length]))), 0x02, "a hash of {length} bytes");
    }
    let odd = || array([Value::Null]);
    let unknown = with(0x20, odd()).with(0x05, odd()).with(-1, odd());
    assert_eq!(status(&unknown), 0x00);
}

fn decoded<T>(request: &Request, look: impl FnOnce(CredentialManagement<'_>) -> T) -> T {
    match decode(&request.encode(), 1200) {
        Ok(Command::CredentialManagement(request)) => look(request),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_request_is_decoded() {
    let user = map([("id", bytes(b"user")), ("name", "bob".into()), ("displayName", "Bob".into())]);
    let parameters = [(0x01, bytes(&[7; 32])), (0x02, descriptor(b"id")), (0x03, user)];
    let request =
        credential_management(0x07).parameters(parameters.clone()).with(0x03, 2).with(0x04, bytes(&[9; 32]));
    decoded(&request, |request| {
        assert_eq!((request.subcommand, request.preview), (0x07, false));
        assert_eq!(request.rp_id_hash.map(|hash| hash.0), Some([7; 32]));
        assert_eq!(request.credential_id, Some(b"id".as_slice()));
        let user = request.user.unwrap();
        assert_eq!((user.id, user.name, user.display_name), (b"user".as_slice(), Some("bob"), Some("Bob")));
        assert_eq!(request.pin_uv_auth.protocol, Some(2));
        assert_eq!(request.pin_uv_auth.param, Some([9; 32].as_slice()));
        assert_eq!(request.raw_parameters, authenticator_testkit::cbor::encode(&map(parameters)));
    });
    decoded(&credential_management(0x01).as_preview(), |request| {
        assert!(request.preview && request.user.is_none() && request.credential_id.is_none());
        assert!(request.rp_id_hash.is_none() && request.raw_parameters.is_empty());
    });
}

#[test]
fn what_lacks_a_member_of_its_own_is_missing_and_what_has_another_type_names_nothing() {
    let lacking = [
        (0x02, map([("id", bytes(b"id"))])),
        (0x02, map([("type", "public-key")])),
        (0x03, map([("name", "bob")])),
    ];
    for (key, value) in lacking {
        decoded(&with(key, value), |request| {
            assert!(request.credential_id.is_none() && request.user.is_none(), "{request:?}");
        });
    }
    let foreign = map([("id", bytes(b"id")), ("type", "foreign".into())]);
    decoded(&with(0x02, foreign), |request| assert_eq!(request.credential_id, Some([].as_slice())));
}

#[test]
fn what_is_printed_names_nobody() {
    let request = with(0x03, map([("id", bytes(b"user")), ("name", "bob".into())]));
    decoded(&request, |request| {
        assert_eq!(format!("{request:?}"), "CredentialManagement { subcommand: 1, .. }");
    });
}
