//! Keys that no passkey uses any more, over the C ABI.

use super::*;
use crate::test_support::{APPROVED, Bench, delete_all, host_keys, made, response, signed};
use std::sync::Arc;

fn register(bench: &Bench, name: &[u8]) {
    let ceremony = bench.create(&String::from_utf8_lossy(name));
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_key(made(name)).unwrap();
    ceremony.answer_signature(signed()).unwrap();
    response(&ceremony);
}

/// The record and the name of an entry, or none.
fn entry(on: &AuthnAuthenticator, index: usize) -> Option<(Vec<u8>, String)> {
    let (mut record, mut kind, mut name) = (ptr::null_mut(), u32::MAX, ptr::null_mut());
    // SAFETY: the places are variables of this function, and what they are given is freed once.
    unsafe {
        match authn_unwanted_key(on, index, &raw mut record, &raw mut kind, &raw mut name) {
            AuthnStatus::Ok => {
                assert_eq!(kind, 1, "all of them are named by their handles");
                let bytes = raw::lent(authn_buffer_bytes(record)).unwrap().to_vec();
                let read = (bytes, text_of(authn_buffer_bytes(name)));
                authn_buffer_free(record);
                authn_buffer_free(name);
                Some(read)
            }
            status => {
                assert_eq!(status, AuthnStatus::Absent);
                assert!(record.is_null() && name.is_null());
                None
            }
        }
    }
}

fn destroyed(on: &AuthnAuthenticator, record: &[u8]) {
    // SAFETY: both live.
    assert_eq!(unsafe { authn_key_destroyed(on, bytes(record)) }, AuthnStatus::Ok);
}

#[test]
#[cfg_attr(miri, ignore = "Miri runs no SQLite")]
fn asked_for_at_the_same_index_each_key_is_named_once() {
    let bench = Bench::new(host_keys());
    let names = ["one", "two", "three"];
    names.iter().for_each(|name| register(&bench, name.as_bytes()));
    delete_all(&bench.authenticator);
    let on = AuthnAuthenticator(Arc::clone(&bench.authenticator));

    let mut listed: Vec<String> = (0..3).map(|index| entry(&on, index).unwrap().1).collect();
    assert_eq!(entry(&on, 3), None);
    // The first one stays, as a key would that cannot be destroyed just now.
    while let Some((record, name)) = entry(&on, 1) {
        listed.retain(|other| *other != name);
        destroyed(&on, &record);
        destroyed(&on, &record);
    }
    let (record, name) = entry(&on, 0).unwrap();
    assert_eq!(listed, [name]);
    destroyed(&on, &record);
    assert_eq!(entry(&on, 0), None);
}
