//! What the authenticator's errors mean to a site and to a person.

use authenticator_core::key::KeyError;
use authenticator_core::store::{CommitError, StoreError};
use authenticator_core::{Error, Refusal};

use super::{DomException, OTHER_DEVICE};

/// One row of the table.
pub(super) struct Explanation {
    /// What the site is told.
    pub(super) name: DomException,
    /// What happened.
    pub(super) what: &'static str,
    /// What to do next.
    pub(super) advice: &'static str,
}

/// The one table from the authenticator's errors to names and sentences.
///
/// A site learns no more than WebAuthn lets it: whatever the person, or the lack of a passkey, decides is a
/// `NotAllowedError` (L3 §14.5.1, §14.5.2), and whatever is broken here an `UnknownError`. A full store is one too: L3
/// has no other name for it, and `QuotaExceededError` exists on one platform only.
pub(super) fn explain(error: &Error) -> Explanation {
    use DomException as Dom;
    let (name, what, advice) = match error {
        Error::Excluded => (
            Dom::InvalidStateError, // L3 §5.1.3: after the user's consent, so it tells nothing unasked
            "There is already a passkey for this account on this device.",
            "Sign in with it, or delete it first if it does not work.",
        ),
        Error::UnsupportedAlgorithm | Error::Key(KeyError::Unsupported) => (
            Dom::NotSupportedError,
            "The site accepts no kind of passkey that this device can make.",
            OTHER_DEVICE,
        ),
        Error::ResidentKeyOption => (
            Dom::ConstraintError,
            "The site demands a passkey that is kept on this device, which cannot keep any.",
            OTHER_DEVICE,
        ),
        // The person was not asked, or said no: the site must not learn that there is a passkey.
        Error::Refused(refusal, _) | Error::ExcludedUnagreed(refusal) => explain_refusal(*refusal),
        Error::NoCredentials | Error::NoSuchRecord => {
            (Dom::NotAllowedError, "There is no passkey on this device that the site accepts.", OTHER_DEVICE)
        }
        Error::VerificationUnavailable | Error::VerificationDemanded | Error::TokenDemanded => (
            Dom::NotAllowedError,
            "This device may not be used without proof that it is you, and is not set up to check that.",
            "Set up a screen lock, fingerprint or face recognition first, or use another device.",
        ),
        Error::Unproven(_) | Error::UnknownChoice | Error::NothingToContinue => {
            (Dom::NotAllowedError, "The request was not confirmed as it must be.", TRY_AGAIN)
        }
        Error::Key(KeyError::Refused) => (
            Dom::NotAllowedError,
            "The device's key store did not allow the passkey to be used.",
            "Try again and confirm when the device asks.",
        ),
        Error::Key(KeyError::LockedOut) => (Dom::NotAllowedError, LOCKED, UNLOCK),
        Error::Key(KeyError::Missing | KeyError::Invalidated) => (
            Dom::UnknownError,
            "The passkey's key is no longer on this device.",
            "Delete the passkey, sign in another way and make a new one.",
        ),
        Error::Commit(CommitError::Full) => (
            Dom::UnknownError,
            "There is no room for another passkey.",
            "Delete a passkey you no longer need or free some space, then try again.",
        ),
        Error::Commit(CommitError::ReadOnly) => (
            Dom::UnknownError,
            "The passkeys on this device cannot be changed now.",
            "Make their storage writable, then try again.",
        ),
        Error::Commit(CommitError::InDoubt) => (
            Dom::UnknownError,
            "It is not certain whether the passkey was saved.",
            "Look at the list of your passkeys before you try again.",
        ),
        Error::Store(StoreError::Busy) | Error::Commit(CommitError::Busy | CommitError::Conflict) => (
            Dom::UnknownError,
            "The passkeys on this device are in use by another program.",
            "Try again in a moment.",
        ),
        Error::StoreNewer => (
            Dom::UnknownError,
            "The passkeys on this device were written by a later version of this program.",
            "Update this program.",
        ),
        Error::StoreUnreadable => (
            Dom::UnknownError,
            "The passkeys on this device cannot be opened: they belong to another device or are damaged.",
            OTHER_DEVICE,
        ),
        Error::StoreEmpty => (
            Dom::UnknownError,
            "This device has not been set up for passkeys yet.",
            "Open this program, set it up and try again.",
        ),
        Error::StoreReset => {
            (Dom::UnknownError, "All passkeys on this device were deleted meanwhile.", TRY_AGAIN)
        }
        // The store and the key backend failing, and causes that no ceremony of this crate brings about. The tests say which
        // of the core's causes come down here.
        _ => (
            Dom::UnknownError,
            "The passkeys on this device cannot be used now.",
            "Try again, and report it if it happens again.",
        ),
    };
    Explanation { name, what, advice }
}

/// L3 §5.1.3 and §5.1.4: the caller's abort is an `AbortError`; everything else that ends at the user is not told apart.
fn explain_refusal(refusal: Refusal) -> (DomException, &'static str, &'static str) {
    match refusal {
        Refusal::Cancelled => (DomException::AbortError, "The request was cancelled.", TRY_AGAIN),
        Refusal::Declined => (
            DomException::NotAllowedError,
            "The request was declined.",
            "Start again from the site if that was not meant.",
        ),
        Refusal::TimedOut => (DomException::NotAllowedError, "Nobody answered in time.", TRY_AGAIN),
        Refusal::VerificationFailed { .. } => {
            (DomException::NotAllowedError, "You were not recognised.", TRY_AGAIN)
        }
        Refusal::LockedOut { .. } => (DomException::NotAllowedError, LOCKED, UNLOCK),
        _ => (
            DomException::NotAllowedError,
            "There is nobody here who could be asked now.",
            "Unlock the device and start again from the site.",
        ),
    }
}

const TRY_AGAIN: &str = "Start again from the site.";
const LOCKED: &str = "The device is locked after too many failed attempts.";
const UNLOCK: &str = "Unlock the device, then start again from the site.";

#[cfg(test)]
mod tests;
