//! Basic attestation: a key that many devices have in common signs packed statements (AT-02).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[path = "enterprise/der.rs"]
mod der;

use authenticator_core::key::KeyError;
use authenticator_core::{
    Algorithm, BasicAttestation, ConfigCommand, EnterpriseAttestation, Format, Profile,
};
use authenticator_testkit::cbor::{Value, array, at, decode, encode, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, get_assertion, make_credential};
use authenticator_testkit::{Keystore, Mood, Sim};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, SigningKey};

const AAGUID: [u8; 16] = *b"a model of ours!";

fn root() -> SigningKey {
    SigningKey::from_slice(&[0x17; 32]).unwrap()
}

/// A chain of one, as the specification would have it: the root is known to those who trust it.
fn leaf(scalar: [u8; 32]) -> &'static [&'static [u8]] {
    let leaf = der::certificate(&SigningKey::from_slice(&scalar).unwrap(), Some(&AAGUID), &root());
    vec![&*leaf.leak()].leak()
}

/// A security key with a batch's key, and with a vendor's for enterprise attestation.
fn device(change: impl FnOnce(Profile) -> Profile) -> Sim {
    let keystore = Keystore::default();
    let basic = BasicAttestation {
        certificates: leaf([0x42; 32]),
        key: keystore.put(*b"the batch's key!", &[0x42; 32]).unwrap(),
        algorithm: Algorithm::Es256,
    };
    let enterprise = EnterpriseAttestation {
        rp_ids: &["example.com"],
        platform_managed: false,
        certificates: leaf([0x43; 32]),
        key: keystore.put(*b"the vendor's key", &[0x43; 32]).unwrap(),
        algorithm: Algorithm::Es256,
    };
    let profile = Profile {
        basic_attestation: Some(basic),
        enterprise_attestation: Some(enterprise),
        config: &[ConfigCommand::EnableEnterpriseAttestation],
        max_rp_ids_for_min_pin_length: 0,
        ..Profile::security_key(AAGUID)
    };
    let mut sim = Sim::new(change(profile));
    sim.keys.keystore = keystore;
    sim
}

fn request() -> Request {
    make_credential("example.com", b"user").option("rk", true)
}

/// The chain of a packed statement, once its signature was verified with the leaf's key.
fn chain(reply: &Reply) -> Vec<Vec<u8>> {
    assert_eq!(reply.status, 0x00);
    let body = decode(&reply.raw).unwrap();
    assert_eq!(encode(&body), reply.raw, "GEN-07: canonical");
    assert_eq!(at(&body, 1), Some(&Value::from("packed")));
    let statement = at(&body, 3).unwrap();
    let members: Vec<_> = statement.as_map().unwrap().iter().map(|(key, _)| key.as_text().unwrap()).collect();
    assert_eq!(members, ["alg", "sig", "x5c"]);
    assert_eq!(named(statement, "alg"), Some(&Value::from(-7)));
    let chain = named(statement, "x5c").unwrap().as_array().unwrap();
    let chain: Vec<Vec<u8>> = chain.iter().map(|one| one.as_bytes().unwrap().clone()).collect();
    assert!(der::is_signed_by(&chain[0], root().verifying_key()));
    let message = [at(&body, 2).unwrap().as_bytes().unwrap().as_slice(), &CLIENT_DATA_HASH].concat();
    let signature = DerSignature::from_bytes(named(statement, "sig").unwrap().as_bytes().unwrap()).unwrap();
    der::key_in(&chain[0]).verify(&message, &signature).unwrap();
    assert!(!reply.is_self_attested(&CLIENT_DATA_HASH), "not by the credential's own key");
    chain
}

#[test]
fn at02_packed_statements_are_the_batch_s() {
    for format in [None, Some(array(["packed", "none"])), Some(array(["tpm"]))] {
        for rk in [true, false] {
            let mut sim = device(|profile| profile);
            let request = make_credential("example.com", b"user").option("rk", rk);
            let request = format.clone().map_or(request.clone(), |format| request.with(0x0B, format));
            let reply = sim.send(&request);
            assert_eq!(chain(&reply), leaf([0x42; 32]));
            assert_eq!(reply.member(4), None, "it is no enterprise attestation");
        }
    }
}

#[test]
fn at02_the_algorithm_is_the_batch_s_whatever_the_credential_s() {
    let mut sim = device(|profile| profile);
    let reply = sim.send(&request().with(0x04, array([authenticator_testkit::request::algorithm(-8)])));
    assert_eq!(chain(&reply), leaf([0x42; 32]));
    // The credential signs in with its own key.
    let credential = reply.auth_data().unwrap();
    let assertion = sim.send(&get_assertion("example.com"));
    assert!(assertion.is_signed_by(&credential, &CLIENT_DATA_HASH));
}

#[test]
fn mc29_mc31_a_client_that_likes_none_best_gets_none() {
    for (preference, profile) in [(Some("none"), Format::PackedSelf), (None, Format::None)] {
        let mut sim = device(|basis| Profile { attestation: profile, ..basis });
        let request = preference.map_or(request(), |format| request().with(0x0B, array([format])));
        let reply = sim.send(&request);
        assert_eq!(reply.member(1), Some(Value::from("none")));
        assert_eq!(reply.member(3), Some(Value::Map(vec![])));
    }
}

#[test]
fn mc15_enterprise_attestation_is_by_its_own_key() {
    let mut sim = device(|profile| profile);
    assert_eq!(sim.send_bytes(&[0x0D, 0xA1, 0x01, 0x01]).status, 0x00, "it is switched on");
    let reply = sim.send(&request().with(0x0A, 1));
    assert_eq!(chain(&reply), leaf([0x43; 32]));
    assert_eq!(reply.member(4), Some(Value::from(true)));
    let other = make_credential("example.org", b"user").option("rk", true).with(0x0A, 1);
    assert_eq!(chain(&sim.send(&other)), leaf([0x42; 32]), "who is not listed gets what all get");
}

#[test]
fn a_batch_s_key_that_is_gone_is_no_passkey_s_loss() {
    for error in [KeyError::Missing, KeyError::Invalidated] {
        let mut sim = device(|profile| profile);
        sim.keys.will(Mood::Willing).will(Mood::Fails(error));
        assert_eq!(sim.send(&request()).status, 0x7F, "{error:?}");
        assert_eq!(sim.send(&get_assertion("example.com")).status, 0x2E, "nothing was made");
    }
}
