//! Keys of the app's own that no passkey uses any more: the app destroys them and says so.

use crate::authenticator::{Authenticator, Device, Suspended};
use crate::contain::contain;
use crate::misuse::{ArgumentProblem, Misuse};
use authenticator_core::Error;
use authenticator_core::store::{RecordId, UnwantedKey as Unwanted};
use authenticator_host::blocking;
use std::fmt;

/// A key, or all keys of a kind, to be destroyed. Name it to [`Authenticator::key_destroyed`] afterwards.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct UnwantedKey {
    /// Names this entry.
    pub record: Vec<u8>,
    /// Which key.
    pub key: KeyName,
}

/// How a key is named. Deliberately complete: an app that does not know a name cannot destroy what it names.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyName {
    /// The key that was asked for under this alias, if it was ever made.
    Alias {
        /// As the step had it, 16 bytes.
        alias: Vec<u8>,
    },
    /// The key that the app made and gave this handle.
    Handle {
        /// The handle.
        handle: Vec<u8>,
    },
    /// Every key that was asked for under an alias that ends with these bytes: the authenticator was reset.
    AliasSuffix {
        /// The last eight bytes of their aliases.
        suffix: Vec<u8>,
    },
}

/// Why nothing could be said or noted about keys.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Error)]
#[non_exhaustive]
pub enum UpkeepError {
    /// An argument has not the form it must have.
    Argument {
        /// What is wrong.
        problem: ArgumentProblem,
    },
    /// The store is suspended: resume it and call again.
    Suspended,
    /// The store failed; try again.
    Store {
        /// Why, for a person.
        sentence: String,
    },
    /// This library failed in a way that should be impossible.
    Panicked,
}

impl fmt::Display for UpkeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument { problem } => Misuse::Argument { problem: *problem }.fmt(f),
            Self::Suspended => Misuse::Suspended.fmt(f),
            Self::Store { sentence } => f.write_str(sentence),
            Self::Panicked => Misuse::Panicked.fmt(f),
        }
    }
}

impl std::error::Error for UpkeepError {}

#[uniffi::export]
impl Authenticator {
    /// The app's keys that no passkey uses any more: of deleted passkeys, of registrations that never ended, of before a
    /// reset. Ask when the store has been opened, and after a ceremony that failed. The list may name keys that are gone.
    ///
    /// # Errors
    /// [`UpkeepError::Suspended`], [`UpkeepError::Store`].
    pub fn unwanted_keys(&self) -> Result<Vec<UnwantedKey>, UpkeepError> {
        self.upkeep(|device| {
            let unwanted = blocking::unwanted_keys(device)?;
            Ok(unwanted.into_iter().map(|(record, key)| UnwantedKey::of(record, key)).collect())
        })
    }

    /// The key of this entry is destroyed, or was never there: it is not listed again. Saying so twice does no harm.
    ///
    /// # Errors
    /// [`UpkeepError::Argument`] when `record` has not 16 bytes, [`UpkeepError::Suspended`], [`UpkeepError::Store`].
    pub fn key_destroyed(&self, record: Vec<u8>) -> Result<(), UpkeepError> {
        let problem = ArgumentProblem::RecordLength;
        let record = record.try_into().map_err(|_| UpkeepError::Argument { problem })?;
        self.upkeep(|device| blocking::key_destroyed(device, RecordId(record)))
    }
}

impl Authenticator {
    fn upkeep<T>(&self, work: impl FnOnce(&mut Device) -> Result<T, Error>) -> Result<T, UpkeepError> {
        let awake = self.awake().map_err(|Suspended| UpkeepError::Suspended)?;
        let worked = contain(|| {
            let mut session = awake.new_session();
            awake.with(&mut session, work)
        });
        let result = worked.map_err(|_| UpkeepError::Panicked)?;
        result.map_err(|error| UpkeepError::Store { sentence: error.to_string() })
    }
}

impl UnwantedKey {
    fn of(record: RecordId, key: Unwanted) -> Self {
        let key = match key {
            Unwanted::Alias { alias, .. } => KeyName::Alias { alias: alias.to_vec() },
            Unwanted::Handle(key) => KeyName::Handle { handle: key.handle.as_slice().to_vec() },
            Unwanted::AliasSuffix(suffix) => KeyName::AliasSuffix { suffix: suffix.to_vec() },
        };
        Self { record: record.0.to_vec(), key }
    }
}

#[cfg(test)]
mod tests;
