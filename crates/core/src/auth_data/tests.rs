//! Authenticator data, byte by byte.

extern crate std;

use super::{Attested, MAX_AUTH_DATA, assertion, registration};
use crate::cose::PublicKey;
use crate::credential::{CredProtect, RpIdHash};
use crate::extension::{Output, Outputs};
use crate::user::{Consent, Gesture, Presence, Proof, Verified};
use authenticator_testkit::cbor::{self, Value, at};
use authenticator_testkit::reply::AuthData as Parsed;
use std::{vec, vec::Vec};

fn consent() -> Consent {
    Proof::of(&Gesture::TOUCH).consent.unwrap()
}

fn verified() -> Verified {
    Proof::of(&Gesture::VERIFIED).verified.unwrap()
}

fn p256(x: [u8; 32], y: [u8; 32]) -> PublicKey {
    PublicKey::P256 { x, y }
}

fn registered(
    id: &[u8],
    key: &PublicKey,
    cred_protect: Option<CredProtect>,
    verified: Option<&Verified>,
) -> Vec<u8> {
    let attested = Attested { aaguid: &[0xAA; 16], credential_id: id, public_key: key };
    let mut outputs = Outputs::none();
    outputs.add("credProtect", cred_protect.map(|level| Output::Number(level.level())));
    let hash = RpIdHash::of("example.com");
    registration(&hash, &consent(), verified, 0x0102_0304, &attested, &outputs).unwrap().as_slice().to_vec()
}

#[test]
fn ad01_ad04_an_assertion_is_37_bytes() {
    let hash = RpIdHash::of("example.com");
    let data = assertion(&hash, Some(&consent()), None, 0x0102_0304, &Outputs::none()).unwrap();
    // SHA-256 of "example.com".
    let digest = [
        0xa3, 0x79, 0xa6, 0xf6, 0xee, 0xaf, 0xb9, 0xa5, 0x5e, 0x37, 0x8c, 0x11, 0x80, 0x34, 0xe2, 0x75, 0x1e,
        0x68, 0x2f, 0xab, 0x9f, 0x2d, 0x30, 0xab, 0x13, 0xd2, 0x12, 0x55, 0x86, 0xce, 0x19, 0x47,
    ];
    assert_eq!(data.as_slice(), [digest.as_slice(), &[0x01], &[1, 2, 3, 4]].concat());
}

#[test]
fn ad01_ck01_a_registration_has_all_its_parts_in_order() {
    let (x, y) = ([0x11; 32], [0x22; 32]);
    let data = registered(b"0123456789abcdef", &p256(x, y), None, None);
    let key =
        [[0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32].as_slice(), &x, &[0x22, 0x58, 32], &y]
            .concat();
    let expected = [
        RpIdHash::of("example.com").0.as_slice(),
        &[0x41],
        &[1, 2, 3, 4],
        &[0xAA; 16],
        &[0x00, 0x10],
        b"0123456789abcdef",
        &key,
    ]
    .concat();
    assert_eq!(data, expected);
}

/// Covers: AD-01
#[test]
fn ck01_leading_zeros_of_a_coordinate_are_kept() {
    let mut small = [0; 32];
    small[31] = 7;
    for (x, y) in [(small, [0xFF; 32]), ([0xFF; 32], small), ([0; 32], [0; 32])] {
        let parsed = Parsed::parse(&registered(b"id", &p256(x, y), None, None)).unwrap();
        let key = parsed.public_key.unwrap();
        assert_eq!(at(&key, -2), Some(&cbor::bytes(&x)));
        assert_eq!(at(&key, -3), Some(&cbor::bytes(&y)));
    }
    let parsed = Parsed::parse(&registered(b"id", &PublicKey::Ed25519(small), None, None)).unwrap();
    let members: Vec<(i64, Value)> =
        vec![(1, 1.into()), (3, (-8).into()), (-1, 6.into()), (-2, cbor::bytes(&small))];
    assert_eq!(parsed.public_key.unwrap(), cbor::map(members));
}

#[test]
fn gen07_the_key_and_the_extensions_are_canonical() {
    for key in [p256([0; 32], [9; 32]), PublicKey::Ed25519([3; 32])] {
        for level in [CredProtect::Optional, CredProtect::WithCredentialIdList, CredProtect::Required] {
            let data = registered(b"id", &key, Some(level), None);
            let mut rest = &data[37 + 16 + 2 + 2..];
            while !rest.is_empty() {
                let before = rest;
                let value: Value = ciborium::from_reader(&mut rest).unwrap();
                let item = &before[..before.len() - rest.len()];
                assert!(crate::cbor::check(item).is_ok());
                assert_eq!(cbor::encode(&cbor::map(value.as_map().unwrap().clone())), item);
            }
            let extensions = Parsed::parse(&data).unwrap().extensions.unwrap();
            assert_eq!(extensions, cbor::map([("credProtect", i64::from(level.level()))]));
        }
    }
}

/// Covers: AD-08, EXT-01
#[test]
fn ad02_ad03_ad04_every_combination_of_flags() {
    let (yes, sure) = (consent(), verified());
    let hash = RpIdHash::of("example.com");
    for (consent, verified, expected) in [
        (None, None, 0x00),
        (Some(&yes), None, 0x01),
        (None, Some(&sure), 0x04),
        (Some(&yes), Some(&sure), 0x05),
    ] {
        assert_eq!(
            assertion(&hash, consent, verified, 0, &Outputs::none()).unwrap().as_slice()[32],
            expected
        );
    }
    let key = PublicKey::Ed25519([3; 32]);
    for (cred_protect, verified, expected) in [
        (None, None, 0x41),
        (None, Some(&sure), 0x45),
        (Some(CredProtect::Optional), None, 0xC1),
        (Some(CredProtect::Required), Some(&sure), 0xC5),
    ] {
        let data = registered(b"id", &key, cred_protect, verified);
        assert_eq!(data[32], expected);
        assert_eq!(data[32] & 0b0011_1010, 0, "backup and reserved bits");
        assert_eq!(Parsed::parse(&data).unwrap().extensions.is_some(), cred_protect.is_some());
    }
}

#[test]
fn ad08_proofs_come_from_what_the_person_gave_and_from_nothing_else() {
    let proofs = |gesture: Gesture| {
        let proof = Proof::of(&gesture);
        (proof.consent.is_some(), proof.verified.is_some())
    };
    assert_eq!(proofs(Gesture::TOUCH), (true, false));
    assert_eq!(proofs(Gesture::VERIFIED), (true, true));
    assert_eq!(proofs(Gesture { presence: Presence::No, ..Gesture::VERIFIED }), (false, true));
    assert_eq!(proofs(Gesture { presence: Presence::No, ..Gesture::TOUCH }), (false, false));
    assert!(Proof::NONE.consent.is_none() && Proof::NONE.verified.is_none());
}

#[test]
fn ad05_the_longest_id_fits_and_a_longer_one_is_refused() {
    let hash = RpIdHash::of("example.com");
    let key = p256([1; 32], [2; 32]);
    let longest = registered(&[0x1D; 96], &key, Some(CredProtect::Required), None);
    assert!(longest.len() <= MAX_AUTH_DATA);
    assert_eq!(Parsed::parse(&longest).unwrap().credential_id.unwrap(), [0x1D; 96]);
    let attested = Attested { aaguid: &[0; 16], credential_id: &[0; 300], public_key: &key };
    assert!(registration(&hash, &consent(), None, 0, &attested, &Outputs::none()).is_none());
}
