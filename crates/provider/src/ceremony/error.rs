//! Why a ceremony cannot go on.

use authenticator_core::{Error as CoreError, SealedError};
use authenticator_webauthn::{DomException, Error as WebAuthnError, ErrorKind};
use std::fmt;

/// Why a ceremony cannot begin, go on or end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// The request, or what its command came to, under the name the site is to see.
    WebAuthn(WebAuthnError),
    /// The store, while the ceremony was saved, restored or ended.
    Core(CoreError),
    /// The ceremony has ended before: with a response, by being cancelled, or in another copy of it.
    UsedUp,
    /// Its time is over, or the clock says a time before it began.
    Expired,
    /// The host does not know the date, without which a saved ceremony would never expire.
    NoClock,
    /// It was saved with another store, or before this one was reset.
    OtherStore,
    /// It was saved by a later version.
    Newer,
    /// The saved bytes were changed or cut.
    Damaged,
    /// Its caller or its client data is of a kind that this version cannot save.
    CannotBeSaved,
}

impl CeremonyError {
    /// The name to report to the site or the platform. A site learns no more than that the ceremony did not take place.
    #[must_use]
    pub fn name(&self) -> DomException {
        match self {
            Self::WebAuthn(error) => error.name(),
            Self::Core(error) => WebAuthnError::from(*error).name(),
            // To a site it looks like nobody answering in time (WebAuthn L3 §5.1.3, §5.1.4).
            Self::UsedUp | Self::Expired => DomException::NotAllowedError,
            Self::NoClock | Self::OtherStore | Self::Newer | Self::Damaged | Self::CannotBeSaved => {
                DomException::UnknownError
            }
        }
    }
}

impl From<WebAuthnError> for CeremonyError {
    fn from(error: WebAuthnError) -> Self {
        match error.kind() {
            ErrorKind::Authenticator(CoreError::CeremonyUsed) => Self::UsedUp,
            _ => Self::WebAuthn(error),
        }
    }
}

impl From<CoreError> for CeremonyError {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::CeremonyUsed => Self::UsedUp,
            CoreError::Sealed(SealedError::OtherStore) => Self::OtherStore,
            CoreError::Sealed(SealedError::Newer) => Self::Newer,
            CoreError::Sealed(SealedError::Broken) => Self::Damaged,
            other => Self::Core(other),
        }
    }
}

impl fmt::Display for CeremonyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebAuthn(error) => return error.fmt(f),
            Self::Core(error) => return error.fmt(f),
            Self::UsedUp => "This request has been answered or cancelled before. Start again from the site.",
            Self::Expired => "This request is too old. Start again from the site.",
            Self::NoClock => "The date is not known here. Set the clock and start again from the site.",
            Self::OtherStore => {
                "This request belongs to passkeys that are no longer here. Start again from the site."
            }
            Self::Newer => "This request was begun by a later version of this program. Update this program.",
            Self::Damaged => "This request was damaged on its way. Start again from the site.",
            Self::CannotBeSaved => "This request cannot be interrupted. Start again from the site.",
        })
    }
}

impl std::error::Error for CeremonyError {}
