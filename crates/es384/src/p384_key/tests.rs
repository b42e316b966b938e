//! Signing against published vectors. Where is in `test-vectors/README.md`.

extern crate std;

use super::*;
use authenticator_testkit::vectors::{Hex, cases};
use serde::Deserialize;
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
fn ck04_es384_signs_as_rfc_6979_has_it() {
    let all = cases::<Rfc6979>(concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/rfc6979"));
    let mut signed = 0;
    for (name, case) in all.iter().filter(|(name, _)| name.starts_with("p384-")) {
        assert_eq!(case.expect, "this signature");
        let private = case.private_key.array();
        let public = p384::PublicKey::from_secret_scalar(&scalar(&private).unwrap());
        assert_eq!(
            (public.as_affine().x().0, public.as_affine().y().0),
            (case.public_key_x.array(), case.public_key_y.array()),
            "{name}"
        );
        for at in 0..=case.message.len() {
            let (first, second) = case.message.as_bytes().split_at(at);
            let signature = sign_hedged(&private, [first, second], &[]).unwrap();
            assert_eq!(signature.to_bytes()[..], [case.r.0.as_slice(), &case.s.0].concat(), "{name}");
        }
        signed += 1;
    }
    assert_eq!(signed, 2);
}

/// The signature of WebAuthn's vector is deterministic: ours is the same to the byte. What else is in the file is read by
/// the testkit's test `vectors`.
#[test]
fn ck03_an_assertion_is_signed_as_webauthn_s_vector_is() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/webauthn-l3");
    let all = cases::<serde_json::Value>(folder);
    let (_, case) = all.iter().find(|(name, _)| name == "packed-es384").unwrap();
    let bytes = |ceremony: &str, member: &str| Hex::deserialize(&case[ceremony][member]).unwrap().0;
    let hash = Sha256::digest(bytes("authentication", "clientDataJSON"));
    let auth_data = bytes("authentication", "authenticatorData");
    let private = bytes("registration", "credential_private_key").try_into().unwrap();
    let signature = sign_hedged(&private, [&auth_data, &hash], &[]).unwrap();
    assert_eq!(signature.to_der().as_bytes(), bytes("authentication", "signature"));
}
