//! Signing against published vectors. Where is in `test-vectors/README.md`.

extern crate std;

use super::*;
use authenticator_testkit::SeededRng;
use authenticator_testkit::vectors::{Hex, cases};
use serde::Deserialize;
use sha2::Sha256;
use std::string::String;

/// RFC 6979 §A.2.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rfc6979 {
    expect: String,
    message: String,
    private_key: Hex,
    public_key_x: Hex,
    public_key_y: Hex,
    r: Hex,
    s: Hex,
}

#[test]
#[cfg_attr(miri, ignore = "reads vectors of the tree")]
fn ck04_es256_signs_as_rfc_6979_has_it() {
    let all = cases::<Rfc6979>(concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/rfc6979"));
    let mut signed = 0;
    for (name, case) in all.iter().filter(|(name, _)| name.starts_with("p256-")) {
        assert_eq!(case.expect, "this signature");
        let private = case.private_key.array();
        let public = p256::PublicKey::from_secret_scalar(&scalar(&private).unwrap());
        assert_eq!(
            (public.as_affine().x().0, public.as_affine().y().0),
            (case.public_key_x.array(), case.public_key_y.array()),
            "{name}"
        );
        // Wherever the message is cut in two.
        for at in 0..=case.message.len() {
            let (first, second) = case.message.as_bytes().split_at(at);
            let signature = sign_p256_hedged(&private, [first, second], &[]).unwrap();
            assert_eq!(signature.to_bytes()[..], [case.r.0.as_slice(), &case.s.0].concat(), "{name}");
        }
        signed += 1;
    }
    assert_eq!(signed, 2);
}

/// RFC 8032 §7.1.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rfc8032 {
    expect: String,
    private_key: Hex,
    public_key: Hex,
    message: Hex,
    signature: Hex,
}

/// A generator that draws one vector's seed.
struct Draws([u8; 32]);

impl rand_core::TryRng for Draws {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("only bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("only bytes are asked for")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Draws {}

#[test]
#[cfg_attr(miri, ignore = "reads vectors of the tree")]
fn eddsa_signs_as_rfc_8032_has_it() {
    let all = cases::<Rfc8032>(concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/rfc8032"));
    assert_eq!(all.len(), 5);
    for (name, case) in all {
        assert_eq!(case.expect, "this signature");
        let mut seed = [0; 32];
        let public = generate_ed25519(&mut seed, &mut Draws(case.private_key.array()));
        assert_eq!((seed, public), (case.private_key.array(), case.public_key.array()), "{name}");
        for at in [0, case.message.0.len() / 2, case.message.0.len()] {
            let (first, second) = case.message.0.split_at(at);
            let signature = sign_ed25519(&seed, &public, [first, second]).unwrap();
            assert_eq!(signature.to_bytes(), case.signature.array(), "{name}");
        }
    }
}

/// The signatures of WebAuthn's vectors are deterministic: ours are the same to the byte. What else is in these files is
/// read by the testkit's test `vectors`.
#[test]
#[cfg_attr(miri, ignore = "reads vectors of the tree")]
fn ck03_assertions_are_signed_as_webauthn_s_vectors_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/webauthn-l3");
    let (mut es256, mut ed_dsa) = (0, 0);
    for (name, case) in cases::<serde_json::Value>(folder) {
        let bytes = |ceremony: &str, member: &str| {
            Hex::deserialize(&case[ceremony][member]).unwrap_or_else(|_| panic!("{name}: {member}")).0
        };
        let hash = Sha256::digest(bytes("authentication", "clientDataJSON"));
        let auth_data = bytes("authentication", "authenticatorData");
        let (message, expected) = ([auth_data.as_slice(), &hash], bytes("authentication", "signature"));
        if name.contains("es256") {
            let private = bytes("registration", "credential_private_key").try_into().unwrap();
            let signature = sign_p256_hedged(&private, message, &[]).unwrap();
            assert_eq!(signature.to_der().as_bytes(), expected, "{name}");
            let hedged = sign_p256(&private, message, &mut SeededRng::new(1)).unwrap();
            assert_ne!(hedged.to_der().as_bytes(), expected, "{name}: what is shipped is hedged");
            es256 += 1;
        } else if name.contains("eddsa") {
            let mut seed = [0; 32];
            let drawn = bytes("registration", "private_key").try_into().unwrap();
            let public = generate_ed25519(&mut seed, &mut Draws(drawn));
            assert_eq!(sign_ed25519(&seed, &public, message).unwrap().to_bytes()[..], expected, "{name}");
            ed_dsa += 1;
        }
    }
    assert_eq!((es256, ed_dsa), (10, 1));
}
