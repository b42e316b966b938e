//! Why there is no store to work with.

use crate::geometry::Unsuitable;
use crate::log::LogError;
use core::fmt;
use embedded_storage::nor_flash::NorFlashErrorKind;

/// The store could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The flash is too small for two banks with a few records each, or its words are longer than 64 bytes.
    Unsuitable,
    /// The flash holds something, and it is not a store. Nothing was changed; [`format`](crate::FlashStore::format)
    /// would erase it.
    Foreign,
    /// The flash holds a store of another version of this crate, or one that was made for another size of flash.
    OtherFormat,
    /// The flash holds a store with more records than this one has places for.
    TooManyRecords,
    /// The flash could not be read or written.
    Flash(NorFlashErrorKind),
}

impl From<Unsuitable> for OpenError {
    fn from(Unsuitable: Unsuitable) -> Self {
        Self::Unsuitable
    }
}

impl From<NorFlashErrorKind> for OpenError {
    fn from(error: NorFlashErrorKind) -> Self {
        Self::Flash(error)
    }
}

impl From<LogError> for OpenError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Flash(error) => Self::Flash(error),
            LogError::Malformed => Self::Foreign,
            LogError::TooMany => Self::TooManyRecords,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsuitable => {
                "the flash is too small, or its words are too long; give the store more pages"
            }
            Self::Foreign => "the flash holds something else than a store; format it if it is not needed",
            Self::OtherFormat => {
                "the flash holds a store of another version or size; open it with what made it"
            }
            Self::TooManyRecords => {
                "the flash holds more records than there are places for; raise the store's capacity"
            }
            Self::Flash(_) => "the flash could not be read or written; check its driver and its power",
        })
    }
}

impl core::error::Error for OpenError {}
