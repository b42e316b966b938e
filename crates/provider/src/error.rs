//! Why something could not be done.

use crate::label::LabelError;
use std::fmt;

/// Why the provider could not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The core, its store or its keys.
    Core(authenticator_core::Error),
    /// There is no such passkey, or not any more.
    NoSuchPasskey,
    /// The passkey's record cannot be read, so nothing in it can be changed. It can be deleted.
    Unreadable,
    /// A later version has written notes beside the passkey that this one must not overwrite.
    NewerNotes,
    /// The label.
    Label(LabelError),
}

impl From<authenticator_core::Error> for Error {
    fn from(error: authenticator_core::Error) -> Self {
        match error {
            authenticator_core::Error::NoSuchRecord => Self::NoSuchPasskey,
            other => Self::Core(other),
        }
    }
}

impl From<LabelError> for Error {
    fn from(error: LabelError) -> Self {
        Self::Label(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core(error) => return error.fmt(f),
            Self::Label(error) => return error.fmt(f),
            Self::NoSuchPasskey => "there is no such passkey on this device",
            Self::Unreadable => "this passkey's record cannot be read; it can only be deleted",
            Self::NewerNotes => {
                "a later version has written to this passkey; update this program to change it"
            }
        })
    }
}

impl std::error::Error for Error {}
