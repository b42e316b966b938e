//! bioEnrollment, credentialManagement, largeBlobs and config (CTAP 2.3 §6.7, §6.8, §6.10, §6.11).

use super::ceremony::{CREDENTIAL, RELYING_PARTY_REPLY, USER};
use super::extension::LEVELS;
use super::pin::PROTOCOLS;
use super::{Field, Key, Shape, may, must};

const CREDENTIAL_SUBCOMMANDS: &[(i128, &str)] = &[
    (0x01, "getCredsMetadata"),
    (0x02, "enumerateRPsBegin"),
    (0x03, "enumerateRPsGetNextRP"),
    (0x04, "enumerateCredentialsBegin"),
    (0x05, "enumerateCredentialsGetNextCredential"),
    (0x06, "deleteCredential"),
    (0x07, "updateUserInformation"),
];

const CREDENTIAL_PARAMETERS: &[Field] = &[
    may(0x01, "rpIDHash", Shape::Exactly(32)),
    may(0x02, "credentialID", Shape::Map(CREDENTIAL)),
    may(0x03, "user", Shape::Map(USER)),
];

pub(super) const CREDENTIAL_MANAGEMENT: &[Field] = &[
    must(0x01, "subCommand", Shape::Named(CREDENTIAL_SUBCOMMANDS)),
    may(0x02, "subCommandParams", Shape::Map(CREDENTIAL_PARAMETERS)),
    may(0x03, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
    may(0x04, "pinUvAuthParam", Shape::Bytes),
];

pub(super) const CREDENTIAL_MANAGEMENT_REPLY: &[Field] = &[
    may(0x01, "existingResidentCredentialsCount", Shape::Unsigned),
    may(0x02, "maxPossibleRemainingResidentCredentialsCount", Shape::Unsigned),
    may(0x03, "rp", Shape::Map(RELYING_PARTY_REPLY)),
    may(0x04, "rpIDHash", Shape::Exactly(32)),
    may(0x05, "totalRPs", Shape::Unsigned),
    may(0x06, "user", Shape::Map(USER)),
    may(0x07, "credentialID", Shape::Map(CREDENTIAL)),
    may(0x08, "publicKey", Shape::CoseKey),
    may(0x09, "totalCredentials", Shape::Unsigned),
    may(0x0A, "credProtect", Shape::Named(LEVELS)),
    may(0x0B, "largeBlobKey", Shape::Exactly(32)),
    may(0x0C, "thirdPartyPayment", Shape::Boolean),
];

/// CTAP 2.3 §6.11.
pub(super) const CONFIG_SUBCOMMANDS: &[(i128, &str)] = &[
    (0x01, "enableEnterpriseAttestation"),
    (0x02, "toggleAlwaysUv"),
    (0x03, "setMinPINLength"),
    (0x04, "enableLongTouchForReset"),
    (0xFF, "vendorPrototype"),
];

const MIN_PIN_LENGTH: &[Field] = &[
    may(0x01, "newMinPINLength", Shape::Unsigned),
    may(0x02, "minPinLengthRPIDs", Shape::Array(&Shape::Text)),
    may(0x03, "forceChangePin", Shape::Boolean),
    may(0x04, "pinComplexityPolicy", Shape::Boolean),
];

const CONFIG_PARAMETERS: &[(Key, Shape)] = &[(Key::Number(0x03), Shape::Map(MIN_PIN_LENGTH))];

pub(super) const CONFIG: &[Field] = &[
    must(0x01, "subCommand", Shape::Named(CONFIG_SUBCOMMANDS)),
    may(0x02, "subCommandParams", Shape::Beside(Key::Number(0x01), CONFIG_PARAMETERS)),
    may(0x03, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
    may(0x04, "pinUvAuthParam", Shape::Bytes),
];

pub(super) const LARGE_BLOBS: &[Field] = &[
    may(0x01, "get", Shape::Unsigned),
    may(0x02, "set", Shape::Bytes),
    may(0x03, "offset", Shape::Unsigned),
    may(0x04, "length", Shape::Unsigned),
    may(0x05, "pinUvAuthParam", Shape::Bytes),
    may(0x06, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
];

pub(super) const LARGE_BLOBS_REPLY: &[Field] = &[must(0x01, "config", Shape::Bytes)];

const MODALITIES: &[(i128, &str)] = &[(1, "fingerprint")];

const BIO_SUBCOMMANDS: &[(i128, &str)] = &[
    (0x01, "enrollBegin"),
    (0x02, "enrollCaptureNextSample"),
    (0x03, "cancelCurrentEnrollment"),
    (0x04, "enumerateEnrollments"),
    (0x05, "setFriendlyName"),
    (0x06, "removeEnrollment"),
    (0x07, "getFingerprintSensorInfo"),
];

const BIO_PARAMETERS: &[Field] = &[
    may(0x01, "templateId", Shape::Bytes),
    may(0x02, "templateFriendlyName", Shape::Text),
    may(0x03, "timeoutMilliseconds", Shape::Unsigned),
];

pub(super) const BIO_ENROLLMENT: &[Field] = &[
    may(0x01, "modality", Shape::Named(MODALITIES)),
    may(0x02, "subCommand", Shape::Named(BIO_SUBCOMMANDS)),
    may(0x03, "subCommandParams", Shape::Map(BIO_PARAMETERS)),
    may(0x04, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
    may(0x05, "pinUvAuthParam", Shape::Bytes),
    may(0x06, "getModality", Shape::Boolean),
];

const KINDS: &[(i128, &str)] = &[(1, "touch"), (2, "swipe")];

const SAMPLES: &[(i128, &str)] = &[
    (0x00, "CTAP2_ENROLL_FEEDBACK_FP_GOOD"),
    (0x01, "CTAP2_ENROLL_FEEDBACK_FP_TOO_HIGH"),
    (0x02, "CTAP2_ENROLL_FEEDBACK_FP_TOO_LOW"),
    (0x03, "CTAP2_ENROLL_FEEDBACK_FP_TOO_LEFT"),
    (0x04, "CTAP2_ENROLL_FEEDBACK_FP_TOO_RIGHT"),
    (0x05, "CTAP2_ENROLL_FEEDBACK_FP_TOO_FAST"),
    (0x06, "CTAP2_ENROLL_FEEDBACK_FP_TOO_SLOW"),
    (0x07, "CTAP2_ENROLL_FEEDBACK_FP_POOR_QUALITY"),
    (0x08, "CTAP2_ENROLL_FEEDBACK_FP_TOO_SKEWED"),
    (0x09, "CTAP2_ENROLL_FEEDBACK_FP_TOO_SHORT"),
    (0x0A, "CTAP2_ENROLL_FEEDBACK_FP_MERGE_FAILURE"),
    (0x0B, "CTAP2_ENROLL_FEEDBACK_FP_EXISTS"),
    (0x0C, "CTAP2_ENROLL_FEEDBACK_FP_DATABASE_FULL"),
    (0x0D, "CTAP2_ENROLL_FEEDBACK_NO_USER_ACTIVITY"),
    (0x0E, "CTAP2_ENROLL_FEEDBACK_NO_USER_PRESENCE_TRANSITION"),
];

const TEMPLATE: &[Field] =
    &[must(0x01, "templateId", Shape::Bytes), may(0x02, "templateFriendlyName", Shape::Text)];

pub(super) const BIO_ENROLLMENT_REPLY: &[Field] = &[
    may(0x01, "modality", Shape::Named(MODALITIES)),
    may(0x02, "fingerprintKind", Shape::Named(KINDS)),
    may(0x03, "maxCaptureSamplesRequiredForEnroll", Shape::Unsigned),
    may(0x04, "templateId", Shape::Bytes),
    may(0x05, "lastEnrollSampleStatus", Shape::Named(SAMPLES)),
    may(0x06, "remainingSamples", Shape::Unsigned),
    may(0x07, "templateInfos", Shape::Array(&Shape::Map(TEMPLATE))),
    may(0x08, "maxTemplateFriendlyName", Shape::Unsigned),
];
