//! What an app is told of its own keys.

use super::*;
use crate::Step;
use crate::test_support::{APPROVED, Bench, delete_all, host_keys, made, response, signed};

/// The alias of the key that a registration asks for.
fn alias(bench: &Bench, user: &str) -> Vec<u8> {
    let ceremony = bench.create(user);
    ceremony.answer_user(APPROVED).unwrap();
    match ceremony.step().unwrap() {
        Step::NeedsKeypair { request } => request.alias,
        other => panic!("no key is asked for: {other:?}"),
    }
}

#[test]
fn a_key_under_way_is_not_unwanted_and_others_are_unaffected() {
    let bench = Bench::new(host_keys());
    assert_eq!(bench.authenticator.unwanted_keys(), Ok(Vec::new()));
    assert_eq!(alias(&bench, "ada").len(), 16);
    assert_eq!(bench.authenticator.unwanted_keys(), Ok(Vec::new()), "it may still be made");
}

#[test]
fn the_key_of_a_deleted_passkey_is_listed_until_it_is_destroyed() {
    let bench = Bench::new(host_keys());
    let ceremony = bench.create("ada");
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_key(made(b"handle")).unwrap();
    ceremony.answer_signature(signed()).unwrap();
    response(&ceremony);
    assert_eq!(bench.authenticator.unwanted_keys(), Ok(Vec::new()), "it is in use");

    delete_all(&bench.authenticator);
    for authenticator in [&bench.authenticator, &bench.reopened(host_keys())] {
        let listed = authenticator.unwanted_keys().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].key, KeyName::Handle { handle: b"handle".to_vec() });
    }
    let record = bench.authenticator.unwanted_keys().unwrap()[0].record.clone();
    bench.authenticator.key_destroyed(record.clone()).unwrap();
    bench.authenticator.key_destroyed(record).unwrap();
    assert_eq!(bench.reopened(host_keys()).unwanted_keys(), Ok(Vec::new()));
}

#[test]
fn a_record_of_another_length_is_refused() {
    let bench = Bench::new(host_keys());
    for length in [0, 15, 17] {
        let problem = ArgumentProblem::RecordLength;
        let refused = bench.authenticator.key_destroyed(vec![1; length]);
        assert_eq!(refused, Err(UpkeepError::Argument { problem }));
    }
}
