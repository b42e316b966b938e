//! The members of getInfo's reply.

use super::extension::{CRED_BLOB, MIN_PIN_LENGTH, has_extension};
use super::{Prose, extensions, prose, versions};
use crate::attestation::Format;
use crate::command::Info;
use crate::cose::Algorithms;
use crate::credential::MAX_CREDENTIAL_ID;
use crate::extension::MAX_CRED_BLOB;
use crate::pin::Protocol;
use crate::profile::{ConfigCommand, Transport};
use heapless::Vec;

/// A member.
pub(super) struct Member {
    pub(super) key: u8,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) name: &'static str,
    /// `None`: it is not sent.
    pub(super) value: fn(&Info) -> Option<Value<'_>>,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) prose: Prose,
}

/// What a member says.
pub(crate) enum Value<'a> {
    Flag(bool),
    Number(u64),
    Bytes(&'a [u8]),
    Names(Names),
    Numbers(Numbers),
    Algorithms(Algorithms),
    /// A map of its own, from the table of options.
    Options,
}

/// As many as there are of any kind.
pub(crate) type Names = Vec<&'static str, 9, u8>;
pub(crate) type Numbers = Vec<u8, 8, u8>;

/// In ascending order.
pub(super) const MEMBERS: [Member; 27] = [
    Member {
        key: 0x01,
        name: "versions",
        value: |info| names(versions(info)),
        prose: prose("GI-07", "the table of versions", "what each version demands"),
    },
    Member {
        key: 0x02,
        name: "extensions",
        value: |info| names(extensions(info)),
        prose: prose("GI-04", "the table of extensions", "each extension"),
    },
    Member {
        key: 0x03,
        name: "aaguid",
        value: |info| Some(Value::Bytes(&info.profile.aaguid)),
        prose: prose("AD-06", "the profile", "the same in every registration"),
    },
    Member {
        key: 0x04,
        name: "options",
        value: |_| Some(Value::Options),
        prose: prose("GI-01", "the table of options", "each option"),
    },
    Member {
        key: 0x05,
        name: "maxMsgSize",
        value: |info| number(info.profile.max_message_size),
        prose: prose("GEN-14", "the profile", "requests up to this length are read"),
    },
    Member {
        key: 0x06,
        name: "pinUvAuthProtocols",
        value: |info| {
            let there = info.profile.has_pin_uv_auth_protocols();
            let all = Protocol::ALL.into_iter().filter(|_| there);
            numbers(all.map(|protocol| u8::try_from(protocol.number()).unwrap_or_default()))
        },
        prose: prose("GI-08", "where there are PINs, tokens or hmac-secret", "clientPIN 02 with each"),
    },
    Member {
        key: 0x07,
        name: "maxCredentialCountInList",
        value: |info| number(info.profile.max_credentials_in_list),
        prose: prose("MC-11", "the profile", "lists up to this length are read"),
    },
    Member {
        key: 0x08,
        name: "maxCredentialIdLength",
        value: |_| number(u16::try_from(MAX_CREDENTIAL_ID).unwrap_or(u16::MAX)),
        prose: prose("AD-05", "always 96", "no credential id is longer"),
    },
    Member {
        key: 0x09,
        name: "transports",
        value: |info| names(info.profile.transports.iter().copied().map(Transport::identifier)),
        prose: prose("GI-26", "the profile", "it can be reached by each"),
    },
    Member {
        key: 0x0A,
        name: "algorithms",
        value: |info| Some(Value::Algorithms(info.profile.advertised_algorithms())),
        prose: prose("MC-05", "the key backend's, without those held back", "makeCredential takes each"),
    },
    Member {
        key: 0x0B,
        name: "maxSerializedLargeBlobArray",
        value: |info| info.profile.max_large_blob_array().and_then(number),
        prose: prose(
            "LB-09",
            "the profile, where it has an array of large blobs",
            "largeBlobs stores arrays up to this length",
        ),
    },
    Member {
        key: 0x0C,
        name: "forcePINChange",
        value: |info| info.client_pin.map(|_| Value::Flag(info.force_pin_change)),
        prose: prose(
            "GI-11",
            "where there are PINs; true once config 03 wants a new one",
            "a PIN gives no token while it is true",
        ),
    },
    Member {
        key: 0x0D,
        name: "minPINLength",
        value: |info| info.client_pin.and_then(|_| number(info.min_pin_length)),
        prose: prose(
            "GI-11",
            "where there are PINs; the profile, or what config 03 has raised it to",
            "no shorter PIN is taken",
        ),
    },
    Member {
        key: 0x0E,
        name: "firmwareVersion",
        value: |info| info.profile.firmware_version.and_then(|version| number(version.get())),
        prose: prose("GI-01", "the profile, if it says", "nothing"),
    },
    Member {
        key: 0x0F,
        name: "maxCredBlobLength",
        value: |info| {
            let longest = u64::try_from(MAX_CRED_BLOB).unwrap_or_default();
            has_extension(info, CRED_BLOB).then_some(Value::Number(longest))
        },
        prose: prose("CB-02", "credBlob", "makeCredential stores this many bytes with credBlob"),
    },
    Member {
        key: 0x10,
        name: "maxRPIDsForSetMinPINLength",
        value: |info| {
            let told = has_extension(info, MIN_PIN_LENGTH);
            let number = if told { info.profile.max_rp_ids_for_min_pin_length } else { 0 };
            info.sets_min_pin_length().then_some(Value::Number(u64::from(number)))
        },
        prose: prose(
            "GI-05",
            "config 03; the profile's number, if there is minPinLength to tell them",
            "authenticatorConfig 03 takes this many",
        ),
    },
    Member {
        key: 0x11,
        name: "preferredPlatformUvAttempts",
        value: |info| some(info.profile.preferred_uv_attempts),
        prose: prose("CP-16", "the profile, if it says", "nothing"),
    },
    Member {
        key: 0x12,
        name: "uvModality",
        value: |info| some(info.profile.uv_modality),
        prose: prose("CP-16", "the profile, if it says", "nothing"),
    },
    Member {
        key: 0x14,
        name: "remainingDiscoverableCredentials",
        value: |info| info.remaining.and_then(number),
        prose: prose("GI-12", "rk, where the store can tell", "the number that credential management gives"),
    },
    Member {
        key: 0x16,
        name: "attestationFormats",
        value: |_| {
            let all = Format::ALL.into_iter().filter(|format| *format != Format::None);
            names(all.map(Format::identifier))
        },
        prose: prose("MC-29", "always", "makeCredential can attest in each"),
    },
    Member {
        key: 0x18,
        name: "longTouchForReset",
        value: |info| {
            let there = info.profile.configures(ConfigCommand::EnableLongTouchForReset);
            there.then_some(Value::Flag(info.long_touch_for_reset))
        },
        prose: prose(
            "GI-06",
            "config 04; true once it is switched on",
            "reset wants a long touch while it is true",
        ),
    },
    Member {
        key: 0x19,
        name: "encIdentifier",
        value: |info| info.identifiers.as_ref().map(|sealed| Value::Bytes(&sealed.device)),
        prose: prose(
            "GI-20",
            "a persistent pinUvAuthToken (`pcmr`) was given out",
            "who has the token knows the device again",
        ),
    },
    Member {
        key: 0x1A,
        name: "transportsForReset",
        value: |info| names(info.profile.transports_for_reset.iter().copied().map(Transport::identifier)),
        prose: prose(
            "RST-03",
            "the profile, if not every transport will do",
            "reset is taken over these alone",
        ),
    },
    Member {
        key: 0x1B,
        name: "pinComplexityPolicy",
        value: |info| {
            let there = info.profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
            there.then_some(Value::Flag(info.pin_complexity))
        },
        prose: prose(
            "CFG-13",
            "the profile's rules for PINs; true once config 03 wants it",
            "no simple PIN is taken while it is true",
        ),
    },
    Member {
        key: 0x1D,
        name: "maxPINLength",
        value: |info| info.profile.client_pin.as_ref().and_then(|rules| number(rules.max_length)),
        prose: prose("CP-05", "the profile's rules for PINs", "no longer PIN is taken"),
    },
    Member {
        key: 0x1E,
        name: "encCredStoreState",
        value: |info| info.identifiers.as_ref().map(|sealed| Value::Bytes(&sealed.credentials)),
        prose: prose(
            "GI-21",
            "a persistent token was given out",
            "who has the token sees that credentials have changed",
        ),
    },
    Member {
        key: 0x1F,
        name: "authenticatorConfigCommands",
        value: |info| numbers(info.profile.config.iter().map(|command| command.number())),
        prose: prose("GI-06", "the profile", "authenticatorConfig has each"),
    },
];

/// The members that are sent, ascending.
pub(crate) fn members(info: &Info) -> impl Iterator<Item = (u8, Value<'_>)> {
    MEMBERS.iter().filter_map(|row| Some((row.key, (row.value)(info)?)))
}

fn number(number: impl Into<u64>) -> Option<Value<'static>> {
    Some(Value::Number(number.into()))
}

/// A number of which 0 says that nothing is known.
fn some(number: impl Into<u64>) -> Option<Value<'static>> {
    Some(number.into()).filter(|number| *number > 0).map(Value::Number)
}

/// Names; an empty list is not sent.
fn names(names: impl Iterator<Item = &'static str>) -> Option<Value<'static>> {
    let mut all = Names::new();
    // There is room: no table has as many rows.
    names.for_each(|name| {
        let _ = all.push(name);
    });
    (!all.is_empty()).then_some(Value::Names(all))
}

fn numbers(numbers: impl Iterator<Item = u8>) -> Option<Value<'static>> {
    let mut all = Numbers::new();
    // There is room, as for names.
    numbers.for_each(|number| {
        let _ = all.push(number);
    });
    (!all.is_empty()).then_some(Value::Numbers(all))
}
