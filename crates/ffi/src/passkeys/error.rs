//! Why a passkey could not be listed or changed.

use crate::misuse::{ArgumentProblem, Misuse};
use authenticator_core::Error as Core;
use authenticator_core::key::KeyError;
use authenticator_provider::Error;
use std::fmt;

/// Why a passkey could not be listed or changed. Nothing was changed then, unless a [`PasskeyError::Store`] says that it is
/// not certain.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[non_exhaustive]
pub enum PasskeyError {
    /// An argument has not the form it must have.
    Argument {
        /// What is wrong.
        problem: ArgumentProblem,
    },
    /// There is no such passkey in this store, or not any more.
    NoSuchPasskey,
    /// Its record cannot be read: it can only be deleted.
    Unreadable,
    /// A later version has written to it what this one must not overwrite.
    NewerNotes,
    /// The text is no label.
    Label {
        /// Why, for a person.
        sentence: String,
    },
    /// The platform has invalidated its key for good: it cannot be offered again, whatever is noted.
    KeyGone,
    /// The app can verify its user, and did not.
    Unproven,
    /// After many resets: destroy the keys that `unwanted_keys` names, then try again.
    KeysToDestroy,
    /// The store is suspended: resume it and call again.
    Suspended,
    /// The store failed, or is held by another process; try again.
    Store {
        /// Why, for a person.
        sentence: String,
    },
    /// This library failed in a way that should be impossible.
    Panicked,
}

impl From<Misuse> for PasskeyError {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::Argument { problem } => Self::Argument { problem },
            Misuse::Suspended => Self::Suspended,
            // Those are of ceremonies.
            Misuse::WrongAnswer { .. } | Misuse::Ended | Misuse::Busy | Misuse::Panicked => Self::Panicked,
        }
    }
}

impl From<Error> for PasskeyError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchPasskey => Self::NoSuchPasskey,
            Error::Unreadable => Self::Unreadable,
            Error::NewerNotes => Self::NewerNotes,
            Error::Label(error) => Self::Label { sentence: error.to_string() },
            Error::Core(Core::Key(KeyError::Invalidated)) => Self::KeyGone,
            Error::Core(Core::Unproven(_)) => Self::Unproven,
            Error::Core(Core::KeysToDestroy) => Self::KeysToDestroy,
            other => Self::Store { sentence: other.to_string() },
        }
    }
}

impl fmt::Display for PasskeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argument { problem } => return problem.fmt(f),
            Self::NoSuchPasskey => return Error::NoSuchPasskey.fmt(f),
            Self::Unreadable => return Error::Unreadable.fmt(f),
            Self::NewerNotes => return Error::NewerNotes.fmt(f),
            Self::Label { sentence } | Self::Store { sentence } => sentence,
            Self::KeyGone => "this passkey's key is gone for good; it can only be deleted",
            Self::Unproven => "the user was not verified",
            Self::KeysToDestroy => "keys of earlier resets are still to be destroyed; try again after that",
            Self::Suspended => return Misuse::Suspended.fmt(f),
            Self::Panicked => return Misuse::Panicked.fmt(f),
        })
    }
}

impl std::error::Error for PasskeyError {}
