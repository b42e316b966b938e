//! What the specifications call things: tables, and nothing else.

mod attestation;
mod ceremony;
mod cose;
mod extension;
mod hid;
mod info;
mod management;
mod names;
mod pin;

pub(crate) use attestation::ATTESTATION_OBJECT;
pub(crate) use cose::key_fields;
pub(crate) use extension::{ASSERTED, REGISTERED};
pub(crate) use hid::{CAPABILITIES, COMMANDS as HID_COMMANDS, ERRORS as HID_ERRORS, KEEPALIVES};
pub(crate) use info::INFO;
pub(crate) use names::{status_name, status_range};

/// What a value is to be.
pub(crate) enum Shape {
    /// Whatever it likes.
    Any,
    Boolean,
    Text,
    Bytes,
    /// So many bytes.
    Exactly(usize),
    Unsigned,
    /// A number that stands for something.
    Named(&'static [(i128, &'static str)]),
    /// A number whose bits stand for something each.
    Bits(&'static [(i128, &'static str)]),
    /// Sixteen bytes, written as a UUID is.
    Aaguid,
    /// Authenticator data in a byte string.
    AuthData,
    Array(&'static Shape),
    Map(&'static [Field]),
    /// A COSE_Key, whose members depend on its type.
    CoseKey,
    /// One of several, by what a member beside it says.
    Beside(Key, &'static [(Key, Shape)]),
}

/// A key of a map.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Number(i128),
    Text(&'static str),
}

/// A member of a map.
pub(crate) struct Field {
    pub(crate) key: Key,
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

/// A member by number that must be there.
const fn must(key: i128, name: &'static str, shape: Shape) -> Field {
    Field { key: Key::Number(key), name, shape, required: true }
}

/// A member by number.
const fn may(key: i128, name: &'static str, shape: Shape) -> Field {
    Field { key: Key::Number(key), name, shape, required: false }
}

/// A member by name that must be there.
const fn needs(name: &'static str, shape: Shape) -> Field {
    Field { key: Key::Text(name), name, shape, required: true }
}

/// A member by name.
const fn has(name: &'static str, shape: Shape) -> Field {
    Field { key: Key::Text(name), name, shape, required: false }
}

/// A command of CTAP.
pub(crate) struct Command {
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    /// Which of several of this name it is.
    pub(crate) meaning: Option<&'static str>,
    /// `None`: it takes nothing.
    pub(crate) request: Option<&'static [Field]>,
    /// `None`: it answers with its status alone.
    pub(crate) reply: Option<&'static [Field]>,
}

/// CTAP 2.3 §6.
pub(crate) const COMMANDS: [Command; 13] = [
    Command {
        number: 0x01,
        name: "authenticatorMakeCredential",
        meaning: None,
        request: Some(ceremony::MAKE_CREDENTIAL),
        reply: Some(ceremony::MAKE_CREDENTIAL_REPLY),
    },
    Command {
        number: 0x02,
        name: "authenticatorGetAssertion",
        meaning: None,
        request: Some(ceremony::GET_ASSERTION),
        reply: Some(ceremony::GET_ASSERTION_REPLY),
    },
    Command { number: 0x04, name: "authenticatorGetInfo", meaning: None, request: None, reply: Some(INFO) },
    Command {
        number: 0x06,
        name: "authenticatorClientPIN",
        meaning: None,
        request: Some(pin::CLIENT_PIN),
        reply: Some(pin::CLIENT_PIN_REPLY),
    },
    Command { number: 0x07, name: "authenticatorReset", meaning: None, request: None, reply: None },
    Command {
        number: 0x08,
        name: "authenticatorGetNextAssertion",
        meaning: None,
        request: None,
        reply: Some(ceremony::GET_ASSERTION_REPLY),
    },
    Command {
        number: 0x09,
        name: "authenticatorBioEnrollment",
        meaning: None,
        request: Some(management::BIO_ENROLLMENT),
        reply: Some(management::BIO_ENROLLMENT_REPLY),
    },
    Command {
        number: 0x0A,
        name: "authenticatorCredentialManagement",
        meaning: None,
        request: Some(management::CREDENTIAL_MANAGEMENT),
        reply: Some(management::CREDENTIAL_MANAGEMENT_REPLY),
    },
    Command { number: 0x0B, name: "authenticatorSelection", meaning: None, request: None, reply: None },
    Command {
        number: 0x0C,
        name: "authenticatorLargeBlobs",
        meaning: None,
        request: Some(management::LARGE_BLOBS),
        reply: Some(management::LARGE_BLOBS_REPLY),
    },
    Command {
        number: 0x0D,
        name: "authenticatorConfig",
        meaning: None,
        request: Some(management::CONFIG),
        reply: None,
    },
    // Those of FIDO_2_1_PRE (CTAP 2.3 §6.12, §6.13).
    Command {
        number: 0x40,
        name: "authenticatorBioEnrollment",
        meaning: Some("preview"),
        request: Some(management::BIO_ENROLLMENT),
        reply: Some(management::BIO_ENROLLMENT_REPLY),
    },
    Command {
        number: 0x41,
        name: "authenticatorCredentialManagement",
        meaning: Some("preview"),
        request: Some(management::CREDENTIAL_MANAGEMENT),
        reply: Some(management::CREDENTIAL_MANAGEMENT_REPLY),
    },
];

/// The command of this number.
pub(crate) fn command(number: u8) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.number == number)
}

/// What a number stands for.
pub(crate) fn name_of(names: &[(i128, &'static str)], number: i128) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}
