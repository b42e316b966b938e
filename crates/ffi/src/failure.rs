//! Why a ceremony failed, and the one table from causes to what an app is told.

use authenticator_core::Error as Core;
use authenticator_core::key::KeyError;
use authenticator_core::{Ask, Refusal};
use authenticator_provider::CeremonyError;
use authenticator_webauthn::{DomException, Error, ErrorKind};

/// Why a ceremony failed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Failure {
    /// The `DOMException` name to report to the site or the platform.
    pub dom_exception: String,
    /// What the app may act on.
    pub kind: FailureKind,
    /// A sentence for the person. It names no site, account or key.
    pub sentence: String,
}

/// What a failure comes from, as far as an app may do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum FailureKind {
    /// `cancel` was called.
    Cancelled,
    /// The person said no, was not recognised, or nobody answered.
    Refused,
    /// The answer proved less than was asked for, or chose no candidate.
    Unproven,
    /// The site excludes a passkey that is here, and the person let it know.
    Excluded,
    /// No passkey fits.
    NoPasskey,
    /// The options cannot be used.
    Request,
    /// The caller may not speak for this relying party.
    Caller,
    /// What the site demands is not to be had here.
    NotSupported,
    /// The site or the profile demands verification, and none is set up.
    VerificationNotSetUp,
    /// The key backend refused.
    KeyRefused,
    /// The key is locked for the time being.
    KeyLockedOut,
    /// The key is gone for good.
    KeyGone,
    /// The key backend broke.
    KeyFailed,
    /// The store failed, or was reset meanwhile.
    Store,
    /// The saved ceremony has ended already, here or in another process.
    UsedUp,
    /// The saved ceremony is too old, or the clock was set back.
    Expired,
    /// A ceremony was to be saved or restored where nobody knows the date.
    NoClock,
    /// These are not the bytes of a ceremony that was saved with this store.
    NotRestorable,
    /// A fault of this library.
    Internal,
}

impl Failure {
    /// What `cancel` ends a ceremony with.
    pub(crate) fn cancelled() -> Self {
        Error::from(Core::Refused(Refusal::Cancelled, Ask::Presence)).into()
    }

    /// A fault of this library.
    pub(crate) fn internal() -> Self {
        Self {
            dom_exception: DomException::UnknownError.as_str().to_owned(),
            kind: FailureKind::Internal,
            sentence:
                "This program failed in an unforeseen way. Try again, and report it if it happens again."
                    .to_owned(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            dom_exception: error.name().as_str().to_owned(),
            kind: kind_of(error.kind()),
            sentence: error.to_string(),
        }
    }
}

impl From<Core> for Failure {
    fn from(error: Core) -> Self {
        Error::from(error).into()
    }
}

impl From<CeremonyError> for Failure {
    fn from(error: CeremonyError) -> Self {
        let kind = match error {
            CeremonyError::WebAuthn(error) => return error.into(),
            CeremonyError::Core(error) => return error.into(),
            CeremonyError::UsedUp => FailureKind::UsedUp,
            CeremonyError::Expired => FailureKind::Expired,
            CeremonyError::NoClock => FailureKind::NoClock,
            CeremonyError::OtherStore
            | CeremonyError::Newer
            | CeremonyError::Damaged
            | CeremonyError::CannotBeSaved => FailureKind::NotRestorable,
            // A cause that is newer than this table.
            _ => FailureKind::Internal,
        };
        Self { dom_exception: error.name().as_str().to_owned(), kind, sentence: error.to_string() }
    }
}

fn kind_of(cause: &ErrorKind) -> FailureKind {
    match cause {
        ErrorKind::Authenticator(error) => kind_of_core(error),
        ErrorKind::Origin(_) | ErrorKind::RpId(_) | ErrorKind::AppId(_) => FailureKind::Caller,
        ErrorKind::VerificationNotSetUp(_) => FailureKind::VerificationNotSetUp,
        ErrorKind::NoPublicKeyType
        | ErrorKind::NothingAllowed
        | ErrorKind::ProtectionNotAvailable
        | ErrorKind::LargeBlobNotAvailable => FailureKind::NotSupported,
        ErrorKind::AttestationStatement | ErrorKind::UnexpectedReply => FailureKind::Internal,
        ErrorKind::Json { .. }
        | ErrorKind::Missing(_)
        | ErrorKind::WrongType { .. }
        | ErrorKind::UnknownValue(_)
        | ErrorKind::Base64 { .. }
        | ErrorKind::UserHandleLength { .. }
        | ErrorKind::PrfByCredential
        | ErrorKind::PrfUnknownCredential
        | ErrorKind::LargeBlobMisplaced => FailureKind::Request,
        // A cause that is newer than this table.
        _ => FailureKind::Internal,
    }
}

fn kind_of_core(error: &Core) -> FailureKind {
    match error {
        Core::Refused(Refusal::Cancelled, _) | Core::ExcludedUnagreed(Refusal::Cancelled) => {
            FailureKind::Cancelled
        }
        Core::Refused(..) | Core::ExcludedUnagreed(_) => FailureKind::Refused,
        Core::Unproven(_) | Core::UnknownChoice => FailureKind::Unproven,
        Core::Excluded => FailureKind::Excluded,
        Core::NoCredentials | Core::NoSuchRecord => FailureKind::NoPasskey,
        Core::UnsupportedAlgorithm | Core::ResidentKeyOption | Core::Key(KeyError::Unsupported) => {
            FailureKind::NotSupported
        }
        // Whoever has set a PIN could verify by it, which no app's ceremony can.
        Core::VerificationUnavailable | Core::VerificationDemanded | Core::TokenDemanded => {
            FailureKind::VerificationNotSetUp
        }
        Core::Key(KeyError::Refused) => FailureKind::KeyRefused,
        Core::Key(KeyError::LockedOut) => FailureKind::KeyLockedOut,
        Core::Key(KeyError::Missing | KeyError::Invalidated) => FailureKind::KeyGone,
        Core::Key(_) | Core::KeyGivenUp => FailureKind::KeyFailed,
        Core::Store(_)
        | Core::Commit(_)
        | Core::StoreEmpty
        | Core::StoreNewer
        | Core::StoreUnreadable
        | Core::StoreReset
        | Core::StoreOfLab
        | Core::StoreNotOfLab => FailureKind::Store,
        _ => FailureKind::Internal,
    }
}

#[cfg(test)]
mod tests;
