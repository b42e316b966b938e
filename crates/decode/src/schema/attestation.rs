//! Attestation (WebAuthn L3 §6.5.4, §8).

use super::cose::ALGORITHMS;
use super::{Field, Key, Shape, has, needs};

const CHAIN: Shape = Shape::Array(&Shape::Bytes);

const PACKED: &[Field] = &[
    needs("alg", Shape::Named(ALGORITHMS)),
    needs("sig", Shape::Bytes),
    has("x5c", CHAIN),
    has("ecdaaKeyId", Shape::Bytes),
];

const TPM: &[Field] = &[
    needs("ver", Shape::Text),
    needs("alg", Shape::Named(ALGORITHMS)),
    needs("x5c", CHAIN),
    needs("sig", Shape::Bytes),
    needs("certInfo", Shape::Bytes),
    needs("pubArea", Shape::Bytes),
];

const ANDROID_KEY: &[Field] =
    &[needs("alg", Shape::Named(ALGORITHMS)), needs("sig", Shape::Bytes), needs("x5c", CHAIN)];

const SAFETY_NET: &[Field] = &[needs("ver", Shape::Text), needs("response", Shape::Bytes)];

const U2F: &[Field] = &[needs("sig", Shape::Bytes), needs("x5c", CHAIN)];

const APPLE: &[Field] = &[needs("x5c", CHAIN)];

/// Each is of one of the other formats.
const COMPOUND: &[Field] = &[needs("fmt", Shape::Text), needs("attStmt", Shape::Any)];

/// The statement by its format.
pub(super) const STATEMENTS: &[(Key, Shape)] = &[
    (Key::Text("none"), Shape::Map(&[])),
    (Key::Text("packed"), Shape::Map(PACKED)),
    (Key::Text("tpm"), Shape::Map(TPM)),
    (Key::Text("android-key"), Shape::Map(ANDROID_KEY)),
    (Key::Text("android-safetynet"), Shape::Map(SAFETY_NET)),
    (Key::Text("fido-u2f"), Shape::Map(U2F)),
    (Key::Text("apple"), Shape::Map(APPLE)),
    (Key::Text("compound"), Shape::Array(&Shape::Map(COMPOUND))),
];

pub(crate) const ATTESTATION_OBJECT: &[Field] = &[
    needs("fmt", Shape::Text),
    needs("attStmt", Shape::Beside(Key::Text("fmt"), STATEMENTS)),
    needs("authData", Shape::AuthData),
];
