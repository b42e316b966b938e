//! What the app did wrong, apart from what a ceremony came to.

use crate::authenticator::Suspended;
use crate::data::StepKind;
use crate::failure::Failure;
use std::fmt;

/// A mistake in the calls of a ceremony. The ceremony is as it was, but for [`Misuse::Panicked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The step waits for an answer of another kind.
    WrongAnswer {
        /// What the step waits for.
        expected: StepKind,
        /// What was given.
        given: StepKind,
    },
    /// The ceremony has ended.
    Ended,
    /// Another call on the same ceremony is under way.
    Busy,
    /// An argument has not the form it must have.
    Argument {
        /// What is wrong.
        problem: ArgumentProblem,
    },
    /// The store is suspended: resume it and call again.
    Suspended,
    /// This library failed in a way that should be impossible. The ceremony has ended.
    Panicked,
}

/// What is wrong with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum ArgumentProblem {
    /// A client data hash has 32 bytes.
    HashLength,
    /// A record has 16 bytes.
    RecordLength,
    /// A key handle has 1 to 96 bytes.
    KeyHandleLength,
    /// The public key is no `SubjectPublicKeyInfo` of P-256 or P-384 (uncompressed) or Ed25519.
    PublicKey,
    /// A signature has 1 to 104 bytes.
    SignatureLength,
    /// The value of an enumeration is not one of its own (C only).
    UnknownValue,
}

/// Why a ceremony was not saved.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The ceremony has ended.
    Ended,
    /// Another call on the same ceremony is under way.
    Busy,
    /// It cannot be saved now: the store failed, or the clock does not say what time it is.
    NotSaved {
        /// Why.
        failure: Failure,
    },
    /// The store is suspended: resume it and call again.
    Suspended,
    /// This library failed in a way that should be impossible. The ceremony has ended.
    Panicked,
}

/// Why an authenticator could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A device key has 32 bytes.
    DeviceKeyLength,
    /// An AAGUID has 16 bytes.
    AaguidLength,
    /// The host's key backend has no algorithm that is known here.
    NoAlgorithm,
    /// The store belongs to another device key, or is damaged.
    OtherDeviceKey,
    /// The store was written by a later version.
    Newer,
    /// The store cannot be opened.
    Store {
        /// Why, for a person.
        sentence: String,
    },
    /// This library failed in a way that should be impossible.
    Panicked,
}

impl From<ArgumentProblem> for Misuse {
    fn from(problem: ArgumentProblem) -> Self {
        Self::Argument { problem }
    }
}

impl From<Suspended> for Misuse {
    fn from(Suspended: Suspended) -> Self {
        Self::Suspended
    }
}

impl From<Misuse> for SaveError {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::Busy => Self::Busy,
            Misuse::Suspended => Self::Suspended,
            Misuse::Panicked => Self::Panicked,
            // A ceremony can be saved at any of its steps, so nothing else comes up.
            Misuse::Ended | Misuse::WrongAnswer { .. } | Misuse::Argument { .. } => Self::Ended,
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongAnswer { expected, given } => {
                write!(f, "the step waits for {expected:?} and was answered with {given:?}")
            }
            Self::Ended => f.write_str("the ceremony has ended"),
            Self::Busy => f.write_str("another call on this ceremony is under way"),
            Self::Argument { problem } => problem.fmt(f),
            Self::Suspended => f.write_str("the store is suspended; resume it first"),
            Self::Panicked => f.write_str(PANICKED),
        }
    }
}

impl fmt::Display for ArgumentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HashLength => "a client data hash has 32 bytes",
            Self::RecordLength => "a record has 16 bytes",
            Self::KeyHandleLength => "a key handle has 1 to 96 bytes",
            Self::PublicKey => "the public key is no SubjectPublicKeyInfo of P-256, P-384 or Ed25519",
            Self::SignatureLength => "a signature has 1 to 104 bytes",
            Self::UnknownValue => "the value of an enumeration is not one of its own",
        })
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => Misuse::Ended.fmt(f),
            Self::Busy => Misuse::Busy.fmt(f),
            Self::NotSaved { failure } => f.write_str(&failure.sentence),
            Self::Suspended => Misuse::Suspended.fmt(f),
            Self::Panicked => f.write_str(PANICKED),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeviceKeyLength => "a device key has 32 bytes",
            Self::AaguidLength => "an AAGUID has 16 bytes",
            Self::NoAlgorithm => "the key backend has no algorithm that is known here",
            Self::OtherDeviceKey => "the store belongs to another device key, or is damaged",
            Self::Newer => "the store was written by a later version; update this program",
            Self::Store { sentence } => sentence,
            Self::Panicked => PANICKED,
        })
    }
}

const PANICKED: &str = "this library failed in a way that should be impossible; report it";

impl std::error::Error for Misuse {}
impl std::error::Error for SaveError {}
impl std::error::Error for OpenError {}
