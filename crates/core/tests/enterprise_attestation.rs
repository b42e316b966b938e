//! Enterprise attestation: who gets it, by whom it is signed, and what becomes of it (MC-15, MC-31).
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
    Algorithm, Attestation, ConfigCommand, EnterpriseAttestation, Format, Management, Profile,
    Reply as CoreReply, ResetPolicy, decode,
};
use authenticator_testkit::cbor::{Value, array, at, decode as decode_cbor, encode, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, get_assertion, make_credential};
use authenticator_testkit::{Keystore, Mood, Sim, with_keystore};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, SigningKey};
use std::time::Duration;

const AAGUID: [u8; 16] = *b"a model of ours!";
/// On the vendor's list.
const LISTED: &str = "example.com";
const OTHER: &str = "example.org";
const ENABLE: &[u8] = &[0x0D, 0xA1, 0x01, 0x01];
const ALIAS: [u8; 16] = *b"the vendor's key";

fn root() -> SigningKey {
    SigningKey::from_slice(&[0x17; 32]).unwrap()
}

/// A security key that is capable of it, with the vendor's key in its keystore.
fn capable(platform_managed: bool, change: impl FnOnce(Profile) -> Profile) -> Sim {
    let keystore = Keystore::default();
    let scalar = [0x42; 32];
    let key = keystore.put(ALIAS, &scalar).unwrap();
    let leaf = der::certificate(&SigningKey::from_slice(&scalar).unwrap(), Some(&AAGUID), &root());
    let chain: Vec<&'static [u8]> = vec![leaf.leak(), der::certificate(&root(), None, &root()).leak()];
    let enterprise = EnterpriseAttestation {
        rp_ids: &["login.example", LISTED],
        platform_managed,
        certificates: chain.leak(),
        key,
        algorithm: Algorithm::Es256,
    };
    let profile = Profile {
        config: &[ConfigCommand::EnableEnterpriseAttestation],
        max_rp_ids_for_min_pin_length: 0,
        enterprise_attestation: Some(enterprise),
        ..Profile::security_key(AAGUID)
    };
    let mut sim = Sim::new(change(profile));
    sim.keys.keystore = keystore;
    sim
}

fn enabled(platform_managed: bool) -> Sim {
    let mut sim = capable(platform_managed, |profile| profile);
    assert_eq!(sim.send_bytes(ENABLE).status, 0x00);
    sim
}

fn asking(rp_id: &str, kind: u64) -> Request {
    make_credential(rp_id, b"user").option("rk", true).with(0x0A, kind)
}

/// Whether a registration was attested by the vendor; in each case all there is to verify is verified.
fn by_vendor(reply: &Reply) -> bool {
    assert_eq!(reply.status, 0x00);
    let body = decode_cbor(&reply.raw).unwrap();
    assert_eq!(encode(&body), reply.raw, "GEN-07: canonical");
    let keys: Vec<_> = body.as_map().unwrap().iter().map(|(key, _)| key.clone()).collect();
    if at(&body, 4).is_none() {
        assert_eq!(keys, [1, 2, 3].map(Value::from));
        assert!(reply.is_self_attested(&CLIENT_DATA_HASH));
        return false;
    }
    assert_eq!(keys, [1, 2, 3, 4].map(Value::from));
    assert_eq!((at(&body, 1), at(&body, 4)), (Some(&Value::from("packed")), Some(&Value::from(true))));
    let statement = at(&body, 3).unwrap();
    let members: Vec<_> = statement.as_map().unwrap().iter().map(|(key, _)| key.as_text().unwrap()).collect();
    assert_eq!(members, ["alg", "sig", "x5c"]);
    assert_eq!(named(statement, "alg"), Some(&Value::from(-7)));
    let chain: Vec<&Vec<u8>> = named(statement, "x5c")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_bytes().unwrap())
        .collect();
    let [leaf, top] = chain.as_slice() else { panic!("{} certificates", chain.len()) };
    assert!(der::is_signed_by(top, root().verifying_key()));
    assert!(der::is_signed_by(leaf, &der::key_in(top)));
    let message = [at(&body, 2).unwrap().as_bytes().unwrap().as_slice(), &CLIENT_DATA_HASH].concat();
    let signature = DerSignature::from_bytes(named(statement, "sig").unwrap().as_bytes().unwrap()).unwrap();
    der::key_in(leaf).verify(&message, &signature).unwrap();
    assert!(!reply.is_self_attested(&CLIENT_DATA_HASH), "not by the credential's own key");
    true
}

#[test]
fn mc15_not_capable_or_not_enabled_is_an_invalid_parameter_whatever_the_value() {
    for kind in [0, 1, 2, 3, u64::MAX] {
        let mut incapable = Sim::new(Profile::security_key(AAGUID));
        assert_eq!(incapable.send(&asking(LISTED, kind)).status, 0x02, "{kind}");
        let mut disabled = capable(true, |profile| profile);
        assert_eq!(disabled.send(&asking(LISTED, kind)).status, 0x02, "{kind}");
        assert!(disabled.user.seen.is_empty());
    }
}

#[test]
fn mc15_enabled_another_value_than_1_or_2_is_an_invalid_option() {
    for kind in [0, 3, 255, u64::MAX] {
        let mut sim = enabled(true);
        assert_eq!(sim.send(&asking(LISTED, kind)).status, 0x2C, "{kind}");
        assert!(sim.user.seen.is_empty());
    }
}

#[test]
fn mc15_who_gets_it() {
    for (platform_managed, rp_id, kind, granted) in [
        (true, LISTED, 1, true),
        (true, "login.example", 1, true),
        (true, OTHER, 1, false),
        (true, "sub.example.com", 1, false),
        (true, LISTED, 2, true),
        (true, OTHER, 2, true),
        (false, LISTED, 1, true),
        (false, OTHER, 1, false),
        (false, LISTED, 2, true),
        (false, OTHER, 2, false),
    ] {
        let mut sim = enabled(platform_managed);
        let reply = sim.send(&asking(rp_id, kind));
        assert_eq!(by_vendor(&reply), granted, "{platform_managed}, {rp_id}, {kind}");
    }
    // Who does not ask for it does not get it.
    assert!(!by_vendor(&enabled(true).send(&asking(LISTED, 1).without(0x0A))));
}

#[test]
fn mc31_a_client_that_likes_none_best_gets_none() {
    let formats = |formats: &[&str]| asking(LISTED, 1).with(0x0B, array(formats.iter().copied()));
    for attestation in Format::ALL {
        for (preference, granted) in [
            (&["none"][..], false),
            (&["none", "packed"], false),
            (&["packed"], true),
            (&["packed", "none"], true),
            (&["tpm"], true),
            (&[], true),
        ] {
            let mut sim = capable(true, |profile| Profile { attestation, ..profile });
            assert_eq!(sim.send_bytes(ENABLE).status, 0x00);
            let reply = sim.send(&formats(preference));
            if granted {
                assert!(by_vendor(&reply), "{attestation:?}, {preference:?}");
            } else {
                assert_eq!(reply.member(1), Some(Value::from("none")), "{attestation:?}, {preference:?}");
                assert_eq!((reply.member(3), reply.member(4)), (Some(Value::Map(vec![])), None));
            }
        }
    }
}

#[test]
fn mc15_the_credential_keeps_its_own_key_of_either_kind_and_in_either_backend() {
    for backend in [|profile| profile, with_keystore] {
        for rk in [true, false] {
            let mut sim = capable(true, backend);
            assert_eq!(sim.send_bytes(ENABLE).status, 0x00);
            let reply = sim.send(&asking(LISTED, 1).without(0x07).option("rk", rk));
            assert!(by_vendor(&reply));
            let credential = reply.auth_data().unwrap();
            assert_eq!(credential.aaguid, Some(AAGUID.to_vec()));
            let id = credential.credential_id.clone().unwrap();
            let signed = sim.send(&get_assertion(LISTED).list([id.as_slice()]));
            assert!(signed.is_signed_by(&credential, &CLIENT_DATA_HASH));
        }
    }
}

/// Covers: RST-05, RST-06
#[test]
fn mc15_it_stays_on_over_power_cycles_and_a_reset_turns_it_off() {
    let mut sim = capable(true, |profile| Profile { reset: ResetPolicy::Anytime, ..profile });
    assert_eq!(sim.send_bytes(ENABLE).status, 0x00);
    sim.clock.reboot();
    sim.power_cycle(Duration::from_secs(1));
    assert!(by_vendor(&sim.send(&asking(LISTED, 1))));
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(sim.send(&asking(LISTED, 1)).status, 0x02);
    sim.power_cycle(Duration::from_secs(1));
    assert_eq!(sim.send(&asking(LISTED, 1)).status, 0x02);
    assert_eq!(sim.send_bytes(ENABLE).status, 0x00);
    assert!(by_vendor(&sim.send(&asking(LISTED, 1))), "the vendor's key is still there");
}

#[test]
fn mc15_comes_after_the_options_and_before_anybody_is_asked() {
    let management = Management::OnDisplay;
    let no_rk = |profile| Profile { discoverable: false, management, ..profile };
    assert_eq!(capable(true, no_rk).send(&asking(LISTED, 9)).status, 0x2B, "step 5 before step 9");
    let mut sim = enabled(true);
    assert_eq!(sim.send(&asking(LISTED, 9).option("up", false)).status, 0x2C);
    let registered = sim.send(&asking(LISTED, 1)).auth_data().unwrap();
    let id = registered.credential_id.unwrap();
    sim.user.seen.clear();
    assert_eq!(sim.send(&asking(LISTED, 9).list([id.as_slice()])).status, 0x2C, "step 9 before step 12");
    assert!(sim.user.seen.is_empty());
    assert_eq!(sim.send(&asking(LISTED, 1).list([id.as_slice()])).status, 0x19);
}

#[test]
fn a_vendor_s_key_that_does_not_sign_ends_the_registration() {
    for (error, status) in [
        (KeyError::Missing, 0x7F),
        (KeyError::Invalidated, 0x7F),
        (KeyError::Failed, 0x7F),
        (KeyError::Refused, 0x27),
        (KeyError::LockedOut, 0x27),
    ] {
        let mut sim = enabled(true);
        sim.keys.will(Mood::Willing).will(Mood::Fails(error));
        let reply = sim.send(&asking(LISTED, 1));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{error:?}");
        assert_eq!(sim.send(&get_assertion(LISTED)).status, 0x2E, "{error:?}: nothing was stored");
    }
}

/// The chain is not in the step but in the profile, and a reply that does not fit is none.
#[test]
fn the_certificates_go_from_the_profile_to_the_reply() {
    let mut sim = enabled(true);
    let request = asking(LISTED, 1).encode();
    let done = sim.run(decode(&request, 1200).unwrap());
    let chain = sim.world.authenticator.profile().enterprise_attestation.as_ref().unwrap().certificates;
    let Ok(CoreReply::Registered(registered)) = &done.result else { panic!("{:?}", done.result) };
    let Attestation::PackedEnterprise { certificates, .. } = &registered.attestation else {
        panic!("not by it")
    };
    assert!(std::ptr::eq(*certificates, chain));
    let mut buffer = vec![0; 7609];
    let length = done.encode(&sim.world.session, &mut buffer);
    assert_eq!(done.encode(&sim.world.session, &mut buffer[..length]), length);
    assert_eq!((done.encode(&sim.world.session, &mut buffer[..length - 1]), buffer[0]), (1, 0x7F));
}
