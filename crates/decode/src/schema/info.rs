//! getInfo's reply (CTAP 2.3 §6.4).

use super::ceremony::PARAMETERS;
use super::management::CONFIG_SUBCOMMANDS;
use super::pin::PROTOCOLS;
use super::{Field, Shape, has, may, must};

const OPTIONS: &[Field] = &[
    has("ep", Shape::Boolean),
    has("rk", Shape::Boolean),
    has("up", Shape::Boolean),
    has("uv", Shape::Boolean),
    has("plat", Shape::Boolean),
    has("uvAcfg", Shape::Boolean),
    has("alwaysUv", Shape::Boolean),
    has("credMgmt", Shape::Boolean),
    has("authnrCfg", Shape::Boolean),
    has("bioEnroll", Shape::Boolean),
    has("clientPin", Shape::Boolean),
    has("largeBlobs", Shape::Boolean),
    has("uvBioEnroll", Shape::Boolean),
    has("perCredMgmtRO", Shape::Boolean),
    has("pinUvAuthToken", Shape::Boolean),
    has("setMinPINLength", Shape::Boolean),
    has("makeCredUvNotRqd", Shape::Boolean),
    has("credentialMgmtPreview", Shape::Boolean),
    has("userVerificationMgmtPreview", Shape::Boolean),
    has("noMcGaPermissionsWithClientPin", Shape::Boolean),
];

/// FIDO's registry of predefined values.
const MODALITIES: &[(i128, &str)] = &[
    (0x0001, "presence_internal"),
    (0x0002, "fingerprint_internal"),
    (0x0004, "passcode_internal"),
    (0x0008, "voiceprint_internal"),
    (0x0010, "faceprint_internal"),
    (0x0020, "location_internal"),
    (0x0040, "eyeprint_internal"),
    (0x0080, "pattern_internal"),
    (0x0100, "handprint_internal"),
    (0x0200, "none"),
    (0x0400, "all"),
    (0x0800, "passcode_external"),
    (0x1000, "pattern_external"),
];

const CERTIFICATIONS: &[Field] = &[
    has("FIPS-CMVP-2", Shape::Unsigned),
    has("FIPS-CMVP-3", Shape::Unsigned),
    has("FIPS-CMVP-2-PHY", Shape::Unsigned),
    has("FIPS-CMVP-3-PHY", Shape::Unsigned),
    has("CC-EAL", Shape::Unsigned),
    has("FIDO", Shape::Unsigned),
    has("CCN-CPSTIC", Shape::Unsigned),
];

pub(crate) const INFO: &[Field] = &[
    must(0x01, "versions", Shape::Array(&Shape::Text)),
    may(0x02, "extensions", Shape::Array(&Shape::Text)),
    must(0x03, "aaguid", Shape::Aaguid),
    may(0x04, "options", Shape::Map(OPTIONS)),
    may(0x05, "maxMsgSize", Shape::Unsigned),
    may(0x06, "pinUvAuthProtocols", Shape::Array(&Shape::Named(PROTOCOLS))),
    may(0x07, "maxCredentialCountInList", Shape::Unsigned),
    may(0x08, "maxCredentialIdLength", Shape::Unsigned),
    may(0x09, "transports", Shape::Array(&Shape::Text)),
    may(0x0A, "algorithms", Shape::Array(&Shape::Map(PARAMETERS))),
    may(0x0B, "maxSerializedLargeBlobArray", Shape::Unsigned),
    may(0x0C, "forcePINChange", Shape::Boolean),
    may(0x0D, "minPINLength", Shape::Unsigned),
    may(0x0E, "firmwareVersion", Shape::Unsigned),
    may(0x0F, "maxCredBlobLength", Shape::Unsigned),
    may(0x10, "maxRPIDsForSetMinPINLength", Shape::Unsigned),
    may(0x11, "preferredPlatformUvAttempts", Shape::Unsigned),
    may(0x12, "uvModality", Shape::Bits(MODALITIES)),
    may(0x13, "certifications", Shape::Map(CERTIFICATIONS)),
    may(0x14, "remainingDiscoverableCredentials", Shape::Unsigned),
    may(0x15, "vendorPrototypeConfigCommands", Shape::Array(&Shape::Unsigned)),
    may(0x16, "attestationFormats", Shape::Array(&Shape::Text)),
    may(0x17, "uvCountSinceLastPinEntry", Shape::Unsigned),
    may(0x18, "longTouchForReset", Shape::Boolean),
    may(0x19, "encIdentifier", Shape::Exactly(32)),
    may(0x1A, "transportsForReset", Shape::Array(&Shape::Text)),
    may(0x1B, "pinComplexityPolicy", Shape::Boolean),
    may(0x1C, "pinComplexityPolicyURL", Shape::Bytes),
    may(0x1D, "maxPINLength", Shape::Unsigned),
    may(0x1E, "encCredStoreState", Shape::Exactly(32)),
    may(0x1F, "authenticatorConfigCommands", Shape::Array(&Shape::Named(CONFIG_SUBCOMMANDS))),
];
