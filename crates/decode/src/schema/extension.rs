//! Extensions (CTAP 2.3 §12, WebAuthn L3 §10): what is asked, and what is answered.

use super::pin::PROTOCOLS;
use super::{Field, Shape, has, may, must, needs};

pub(super) const LEVELS: &[(i128, &str)] = &[
    (1, "userVerificationOptional"),
    (2, "userVerificationOptionalWithCredentialIDList"),
    (3, "userVerificationRequired"),
];

const SALTS: &[Field] = &[
    must(0x01, "keyAgreement", Shape::CoseKey),
    must(0x02, "saltEnc", Shape::Bytes),
    must(0x03, "saltAuth", Shape::Bytes),
    may(0x04, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
];

const BLOB_SUPPORT: &[Field] = &[needs("support", Shape::Text)];

const BLOB_USE: &[Field] =
    &[has("read", Shape::Boolean), has("write", Shape::Bytes), has("originalSize", Shape::Unsigned)];

const BLOB_SUPPORTED: &[Field] = &[has("supported", Shape::Boolean)];

const BLOB_USED: &[Field] =
    &[has("blob", Shape::Bytes), has("written", Shape::Boolean), has("originalSize", Shape::Unsigned)];

/// makeCredential is asked.
pub(super) const MAKE: &[Field] = &[
    has("credBlob", Shape::Bytes),
    has("largeBlob", Shape::Map(BLOB_SUPPORT)),
    has("credProtect", Shape::Named(LEVELS)),
    has("hmac-secret", Shape::Boolean),
    has("largeBlobKey", Shape::Boolean),
    has("minPinLength", Shape::Boolean),
    has("hmac-secret-mc", Shape::Map(SALTS)),
    has("thirdPartyPayment", Shape::Boolean),
    has("pinComplexityPolicy", Shape::Boolean),
    has("uvm", Shape::Boolean),
];

/// getAssertion is asked.
pub(super) const GET: &[Field] = &[
    has("credBlob", Shape::Boolean),
    has("largeBlob", Shape::Map(BLOB_USE)),
    has("hmac-secret", Shape::Map(SALTS)),
    has("largeBlobKey", Shape::Boolean),
    has("thirdPartyPayment", Shape::Boolean),
    has("uvm", Shape::Boolean),
];

/// The authenticator data of a registration answers.
pub(crate) const REGISTERED: &[Field] = &[
    has("credBlob", Shape::Boolean),
    has("credProtect", Shape::Named(LEVELS)),
    has("hmac-secret", Shape::Boolean),
    has("minPinLength", Shape::Unsigned),
    has("hmac-secret-mc", Shape::Bytes),
    has("pinComplexityPolicy", Shape::Boolean),
    has("uvm", Shape::Any),
];

/// The authenticator data of a sign-in answers.
pub(crate) const ASSERTED: &[Field] = &[
    has("credBlob", Shape::Bytes),
    has("hmac-secret", Shape::Bytes),
    has("thirdPartyPayment", Shape::Boolean),
    has("uvm", Shape::Any),
];

/// makeCredential answers beside what is signed.
pub(super) const UNSIGNED_REGISTERED: &[Field] = &[has("largeBlob", Shape::Map(BLOB_SUPPORTED))];

/// getAssertion answers beside what is signed.
pub(super) const UNSIGNED_ASSERTED: &[Field] = &[has("largeBlob", Shape::Map(BLOB_USED))];
