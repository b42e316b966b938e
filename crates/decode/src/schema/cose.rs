//! Algorithms and keys (RFC 9052, RFC 9053, the IANA registry).

use super::{Field, Shape, may, must};

pub(crate) const ALGORITHMS: &[(i128, &str)] = &[
    (-7, "ES256"),
    (-8, "EdDSA"),
    (-9, "ESP256"),
    (-19, "Ed25519"),
    (-25, "ECDH-ES+HKDF-256"),
    (-35, "ES384"),
    (-36, "ES512"),
    (-37, "PS256"),
    (-38, "PS384"),
    (-39, "PS512"),
    (-47, "ES256K"),
    (-48, "ML-DSA-44"),
    (-49, "ML-DSA-65"),
    (-50, "ML-DSA-87"),
    (-51, "ESP384"),
    (-52, "ESP512"),
    (-53, "Ed448"),
    (-257, "RS256"),
    (-258, "RS384"),
    (-259, "RS512"),
    (-65535, "RS1"),
];

const TYPES: &[(i128, &str)] = &[(1, "OKP"), (2, "EC2"), (3, "RSA"), (4, "Symmetric"), (7, "AKP")];

const CURVES: &[(i128, &str)] = &[
    (1, "P-256"),
    (2, "P-384"),
    (3, "P-521"),
    (4, "X25519"),
    (5, "X448"),
    (6, "Ed25519"),
    (7, "Ed448"),
    (8, "secp256k1"),
];

const OKP: &[Field] = &[
    must(1, "kty", Shape::Named(TYPES)),
    must(3, "alg", Shape::Named(ALGORITHMS)),
    must(-1, "crv", Shape::Named(CURVES)),
    must(-2, "x", Shape::Bytes),
];

const EC2: &[Field] = &[
    must(1, "kty", Shape::Named(TYPES)),
    must(3, "alg", Shape::Named(ALGORITHMS)),
    must(-1, "crv", Shape::Named(CURVES)),
    must(-2, "x", Shape::Bytes),
    must(-3, "y", Shape::Bytes),
];

const RSA: &[Field] = &[
    must(1, "kty", Shape::Named(TYPES)),
    must(3, "alg", Shape::Named(ALGORITHMS)),
    must(-1, "n", Shape::Bytes),
    must(-2, "e", Shape::Bytes),
];

const AKP: &[Field] = &[
    must(1, "kty", Shape::Named(TYPES)),
    must(3, "alg", Shape::Named(ALGORITHMS)),
    must(-1, "pub", Shape::Bytes),
];

const OTHER: &[Field] = &[must(1, "kty", Shape::Named(TYPES)), may(3, "alg", Shape::Named(ALGORITHMS))];

/// The members of a key of this type.
pub(crate) const fn key_fields(kty: Option<i128>) -> &'static [Field] {
    match kty {
        Some(1) => OKP,
        Some(2) => EC2,
        Some(3) => RSA,
        Some(7) => AKP,
        _ => OTHER,
    }
}
