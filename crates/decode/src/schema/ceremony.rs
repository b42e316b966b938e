//! makeCredential and getAssertion (CTAP 2.3 §6.1, §6.2).

use super::attestation::STATEMENTS;
use super::cose::ALGORITHMS;
use super::extension::{GET, MAKE, UNSIGNED_ASSERTED, UNSIGNED_REGISTERED};
use super::pin::PROTOCOLS;
use super::{Field, Key, Shape, has, may, must, needs};

const RELYING_PARTY: &[Field] =
    &[needs("id", Shape::Text), has("icon", Shape::Text), has("name", Shape::Text)];

pub(super) const USER: &[Field] = &[
    needs("id", Shape::Bytes),
    has("icon", Shape::Text),
    has("name", Shape::Text),
    has("displayName", Shape::Text),
];

/// A relying party in a reply of credentialManagement, which need not have kept its identifier.
pub(super) const RELYING_PARTY_REPLY: &[Field] =
    &[has("id", Shape::Text), has("icon", Shape::Text), has("name", Shape::Text)];

/// A credential's name for itself.
pub(super) const CREDENTIAL: &[Field] =
    &[needs("id", Shape::Bytes), needs("type", Shape::Text), has("transports", Shape::Array(&Shape::Text))];

pub(super) const PARAMETERS: &[Field] = &[needs("alg", Shape::Named(ALGORITHMS)), needs("type", Shape::Text)];

const OPTIONS: &[Field] = &[has("rk", Shape::Boolean), has("up", Shape::Boolean), has("uv", Shape::Boolean)];

/// CTAP 2.3 §6.1.
const ENTERPRISE: &[(i128, &str)] = &[(1, "vendor-facilitated"), (2, "platform-managed")];

pub(super) const MAKE_CREDENTIAL: &[Field] = &[
    must(0x01, "clientDataHash", Shape::Exactly(32)),
    must(0x02, "rp", Shape::Map(RELYING_PARTY)),
    must(0x03, "user", Shape::Map(USER)),
    must(0x04, "pubKeyCredParams", Shape::Array(&Shape::Map(PARAMETERS))),
    may(0x05, "excludeList", Shape::Array(&Shape::Map(CREDENTIAL))),
    may(0x06, "extensions", Shape::Map(MAKE)),
    may(0x07, "options", Shape::Map(OPTIONS)),
    may(0x08, "pinUvAuthParam", Shape::Bytes),
    may(0x09, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
    may(0x0A, "enterpriseAttestation", Shape::Named(ENTERPRISE)),
    may(0x0B, "attestationFormatsPreference", Shape::Array(&Shape::Text)),
];

pub(super) const MAKE_CREDENTIAL_REPLY: &[Field] = &[
    must(0x01, "fmt", Shape::Text),
    must(0x02, "authData", Shape::AuthData),
    may(0x03, "attStmt", Shape::Beside(Key::Number(0x01), STATEMENTS)),
    may(0x04, "epAtt", Shape::Boolean),
    may(0x05, "largeBlobKey", Shape::Exactly(32)),
    may(0x06, "unsignedExtensionOutputs", Shape::Map(UNSIGNED_REGISTERED)),
];

pub(super) const GET_ASSERTION: &[Field] = &[
    must(0x01, "rpId", Shape::Text),
    must(0x02, "clientDataHash", Shape::Exactly(32)),
    may(0x03, "allowList", Shape::Array(&Shape::Map(CREDENTIAL))),
    may(0x04, "extensions", Shape::Map(GET)),
    may(0x05, "options", Shape::Map(OPTIONS)),
    may(0x06, "pinUvAuthParam", Shape::Bytes),
    may(0x07, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
];

pub(super) const GET_ASSERTION_REPLY: &[Field] = &[
    may(0x01, "credential", Shape::Map(CREDENTIAL)),
    must(0x02, "authData", Shape::AuthData),
    must(0x03, "signature", Shape::Bytes),
    may(0x04, "user", Shape::Map(USER)),
    may(0x05, "numberOfCredentials", Shape::Unsigned),
    may(0x06, "userSelected", Shape::Boolean),
    may(0x07, "largeBlobKey", Shape::Exactly(32)),
    may(0x08, "unsignedExtensionOutputs", Shape::Map(UNSIGNED_ASSERTED)),
];
