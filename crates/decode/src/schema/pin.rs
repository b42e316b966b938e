//! clientPIN (CTAP 2.3 §6.5).

use super::{Field, Shape, may, must};

pub(super) const PROTOCOLS: &[(i128, &str)] =
    &[(1, "PIN/UV auth protocol one"), (2, "PIN/UV auth protocol two")];

const SUBCOMMANDS: &[(i128, &str)] = &[
    (0x01, "getPINRetries"),
    (0x02, "getKeyAgreement"),
    (0x03, "setPIN"),
    (0x04, "changePIN"),
    (0x05, "getPinToken"),
    (0x06, "getPinUvAuthTokenUsingUvWithPermissions"),
    (0x07, "getUVRetries"),
    (0x09, "getPinUvAuthTokenUsingPinWithPermissions"),
];

const PERMISSIONS: &[(i128, &str)] =
    &[(0x01, "mc"), (0x02, "ga"), (0x04, "cm"), (0x08, "be"), (0x10, "lbw"), (0x20, "acfg"), (0x40, "pcmr")];

pub(super) const CLIENT_PIN: &[Field] = &[
    may(0x01, "pinUvAuthProtocol", Shape::Named(PROTOCOLS)),
    must(0x02, "subCommand", Shape::Named(SUBCOMMANDS)),
    may(0x03, "keyAgreement", Shape::CoseKey),
    may(0x04, "pinUvAuthParam", Shape::Bytes),
    may(0x05, "newPinEnc", Shape::Bytes),
    may(0x06, "pinHashEnc", Shape::Bytes),
    may(0x09, "permissions", Shape::Bits(PERMISSIONS)),
    may(0x0A, "rpId", Shape::Text),
];

pub(super) const CLIENT_PIN_REPLY: &[Field] = &[
    may(0x01, "keyAgreement", Shape::CoseKey),
    may(0x02, "pinUvAuthToken", Shape::Bytes),
    may(0x03, "pinRetries", Shape::Unsigned),
    may(0x04, "powerCycleState", Shape::Boolean),
    may(0x05, "uvRetries", Shape::Unsigned),
];
