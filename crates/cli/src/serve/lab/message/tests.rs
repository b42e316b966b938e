#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../../../../../docs/lab.schema.json");

#[test]
fn the_schema_has_the_same_verbs_and_kinds_of_errors() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let definitions = schema["$defs"].as_object().unwrap();
    let verbs: BTreeSet<&str> = definitions.keys().filter_map(|name| name.strip_prefix("do_")).collect();
    assert_eq!(verbs, BTreeSet::from(VERBS));
    let kinds: BTreeSet<&str> =
        schema["$defs"]["error_kind"]["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let known = [
        Kind::Malformed,
        Kind::TooLong,
        Kind::UnknownVerb,
        Kind::BadRequest,
        Kind::NothingAsked,
        Kind::NoSuchAccount,
        Kind::NoSuchSnapshot,
        Kind::TooMany,
        Kind::OnDisk,
        Kind::UnusableState,
        Kind::Failed,
    ];
    assert_eq!(kinds, known.map(Kind::name).into());
}

#[test]
fn every_verb_is_understood() {
    for verb in VERBS {
        let request = Request::parse(json!({ "id": 1, "do": verb }).to_string().as_bytes());
        // One that lacks a member is known all the same.
        let unknown = request.wanted.is_err_and(|complaint| complaint.message.contains("unknown variant"));
        assert!(!unknown, "{verb}");
    }
}

#[test]
fn the_id_comes_back_whatever_is_wrong() {
    for (line, id) in [
        (&b"{\"id\":7,\"do\":\"open\"}"[..], json!(7)),
        (b"{\"id\":\"seven\"}", json!("seven")),
        (b"{\"id\":null,\"do\":\"asked\"}", Value::Null),
        (b"\xFF", Value::Null),
        (b"", Value::Null),
    ] {
        let request = Request::parse(line);
        assert!(request.wanted.is_err());
        assert_eq!(request.id, id);
    }
}

#[test]
fn an_id_that_is_long_does_not_come_back() {
    let parse = |id: &str| Request::parse(json!({ "id": id, "do": "asked" }).to_string().as_bytes());
    assert!(parse(&"x".repeat(256)).wanted.is_ok());
    let long = parse(&"x".repeat(257));
    assert_eq!((long.id, long.wanted.unwrap_err().kind), (Value::Null, Kind::BadRequest));
}

/// Nested as deep as a line is long.
#[test]
fn what_nests_too_deep_is_refused() {
    let line = [b"{\"id\":1,\"do\":\"import\",\"state\":".as_slice(), &[b'['; 100_000]].concat();
    assert_eq!(Request::parse(&line).wanted.unwrap_err().kind, Kind::Malformed);
}
