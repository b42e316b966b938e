//! credBlob and largeBlobKey: what a credential keeps for its site, and for the platform.

use super::{key, output, profiles, registered, registration, registration_with, sign_in};
use crate::pin::{CM, SITE, token, unplug, with_pin};
use authenticator_core::{LargeBlobStorage, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes};
use authenticator_testkit::request::{credential_management, get_assertion, make_credential};
use sha2::{Digest, Sha256};

const BLOB: &str = "credBlob";
const KEY: &str = "largeBlobKey";

/// Covers: CB-02
#[test]
fn cb01_cb03_a_blob_is_given_back_as_it_came() {
    for length in [0, 1, 31, 32] {
        let mut sim = key();
        let blob = vec![0xB0; length];
        let reply = sim.send(&registration(true).extension(BLOB, bytes(&blob)));
        assert_eq!(output(&reply, BLOB), Some(Value::Bool(true)), "{length}");
        let id = reply.auth_data().unwrap().credential_id.unwrap();
        unplug(&mut sim);
        for request in [sign_in(&id), get_assertion(SITE), sign_in(&id).option("up", false)] {
            assert_eq!(output(&sim.send(&request.clone().extension(BLOB, true)), BLOB), Some(bytes(&blob)));
            assert_eq!(output(&sim.send(&request.clone().extension(BLOB, false)), BLOB), None);
            assert_eq!(output(&sim.send(&request), BLOB), None);
        }
    }
}

#[test]
fn cb01_a_blob_that_is_too_long_is_not_stored_and_the_registration_succeeds() {
    let mut sim = key();
    let reply = sim.send(&registration(true).extension(BLOB, bytes(&[1; 33])));
    assert_eq!(output(&reply, BLOB), Some(Value::Bool(false)));
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    assert_eq!(output(&sim.send(&sign_in(&id).extension(BLOB, true)), BLOB), Some(bytes(&[])));
}

#[test]
fn cb04_a_credential_without_a_record_keeps_none() {
    for profile in profiles() {
        let mut sim = Sim::new(profile);
        let request = registration_with(&sim, false).extension(BLOB, bytes(&[1; 8]));
        let reply = sim.send(&request);
        assert_eq!(output(&reply, BLOB), Some(Value::Bool(false)));
        let id = reply.auth_data().unwrap().credential_id.unwrap();
        assert_eq!(output(&sim.send(&sign_in(&id).extension(BLOB, true)), BLOB), Some(bytes(&[])));
    }
}

#[test]
fn cb03_a_credential_that_was_given_none_has_an_empty_one() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true));
    assert_eq!(output(&sim.send(&sign_in(&id).extension(BLOB, true)), BLOB), Some(bytes(&[])));
}

#[test]
fn cb02_where_there_are_none_the_input_is_passed_over() {
    let [profile, _] = profiles();
    let mut sim = Sim::new(Profile { cred_blob: false, ..profile });
    let reply = sim.send(&registration(true).extension(BLOB, bytes(&[1; 8])));
    assert_eq!(output(&reply, BLOB), None);
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    assert_eq!(output(&sim.send(&sign_in(&id).extension(BLOB, true)), BLOB), None);
}

/// The reply of a registration or sign-in has the key under this member.
fn key_of(reply: &authenticator_testkit::reply::Reply, member: i64) -> Option<Vec<u8>> {
    assert_eq!(reply.status, 0x00);
    assert_eq!(output(reply, KEY), None, "it is not in the authenticator data");
    reply.member(member).map(|key| key.into_bytes().unwrap())
}

/// Covers: LBK-02, MC-34
#[test]
fn lbk01_lbk03_a_credential_has_its_key_for_as_long_as_it_lives() {
    let mut sim = key();
    let reply = sim.send(&registration(true).extension(KEY, true));
    let large_blob_key = key_of(&reply, 0x05).unwrap();
    assert_eq!(large_blob_key.len(), 32);
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    for _ in 0..2 {
        let asked = sign_in(&id).extension(KEY, true);
        assert_eq!(key_of(&sim.send(&asked), 0x07), Some(large_blob_key.clone()));
        assert_eq!(key_of(&sim.send(&asked.option("up", false)), 0x07), Some(large_blob_key.clone()));
        assert_eq!(key_of(&sim.send(&sign_in(&id)), 0x07), None, "who does not ask is not given it");
        unplug(&mut sim);
    }
    let other = sim.send(&make_credential(SITE, b"other").option("rk", true).extension(KEY, true));
    assert_ne!(key_of(&other, 0x05), Some(large_blob_key), "of each its own");
    let without = registered(&mut sim, &make_credential(SITE, b"third").option("rk", true));
    assert_eq!(key_of(&sim.send(&sign_in(&without).extension(KEY, true)), 0x07), None);
    let sealed = registered(&mut sim, &registration(false));
    assert_eq!(key_of(&sim.send(&sign_in(&sealed).extension(KEY, true)), 0x07), None);
}

#[test]
fn lbk01_lbk02_anything_but_true_and_anything_but_a_discoverable_one_is_refused() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true).extension(KEY, true));
    sim.user.seen.clear();
    for request in [
        registration(true).extension(KEY, false),
        registration(false).extension(KEY, true),
        make_credential(SITE, b"user").extension(KEY, true),
        sign_in(&id).extension(KEY, false),
        get_assertion("nobody.example").extension(KEY, false),
    ] {
        assert_eq!(sim.send(&request).status, 0x2C);
    }
    assert!(sim.user.seen.is_empty());
    for request in [registration(true).extension(KEY, 1), sign_in(&id).extension(KEY, bytes(&[1]))] {
        assert_eq!(sim.send(&request).status, 0x11);
    }
}

#[test]
fn lbk03_without_large_blobs_there_are_no_keys() {
    let [profile, _] = profiles();
    let mut sim = Sim::new(Profile { large_blobs: LargeBlobStorage::None, ..profile });
    for value in [true, false] {
        let reply = sim.send(&registration(true).extension(KEY, value));
        assert_eq!(key_of(&reply, 0x05), None);
        let id = reply.auth_data().unwrap().credential_id.unwrap();
        assert_eq!(key_of(&sim.send(&sign_in(&id).extension(KEY, value)), 0x07), None);
    }
}

/// Covers: LBK-03, TPP-01, CM-09
#[test]
fn cb05_management_shows_the_key_and_the_mark_and_never_the_blob() {
    let [profile, _] = profiles();
    let mut sim = with_pin(profile);
    let registering = token(&mut sim, 0x01);
    let request = registration(true)
        .extension(KEY, true)
        .extension(BLOB, bytes(b"a blob of the site's"))
        .extension("thirdPartyPayment", true);
    let reply = sim.send(&registering.proves(request));
    let large_blob_key = key_of(&reply, 0x05).unwrap();
    let managing = token(&mut sim, CM);
    let rp_id_hash = bytes(&Sha256::digest(SITE));
    let listed = sim.send(&managing.manages(credential_management(0x04).parameters([(0x01, rp_id_hash)])));
    assert_eq!(listed.status, 0x00);
    assert_eq!(listed.member(0x0B), Some(bytes(&large_blob_key)));
    assert_eq!(listed.member(0x0C), Some(Value::Bool(true)));
    assert!(!listed.raw.windows(6).any(|part| part == b"a blob"));
}
