use std::time::Duration;

use authenticator_core::{Ask, RequestError};

use super::*;

/// Every cause that a ceremony can come to, with the name a site sees.
const TABLE: &[(Error, DomException)] = &[
    (Error::Excluded, DomException::InvalidStateError),
    (Error::UnsupportedAlgorithm, DomException::NotSupportedError),
    (Error::Key(KeyError::Unsupported), DomException::NotSupportedError),
    (Error::ResidentKeyOption, DomException::ConstraintError),
    (Error::Refused(Refusal::Cancelled, Ask::Presence), DomException::AbortError),
    (Error::Refused(Refusal::Declined, Ask::Presence), DomException::NotAllowedError),
    (Error::Refused(Refusal::TimedOut, Ask::Verification), DomException::NotAllowedError),
    (
        Error::Refused(Refusal::VerificationFailed { left: 2 }, Ask::Verification),
        DomException::NotAllowedError,
    ),
    (
        Error::Refused(Refusal::LockedOut { until: Some(Duration::from_secs(9)) }, Ask::Verification),
        DomException::NotAllowedError,
    ),
    (Error::Refused(Refusal::Unavailable, Ask::Presence), DomException::NotAllowedError),
    (Error::Unproven(Ask::Verification), DomException::NotAllowedError),
    (Error::UnknownChoice, DomException::NotAllowedError),
    (Error::NothingToContinue, DomException::NotAllowedError),
    (Error::NoCredentials, DomException::NotAllowedError),
    (Error::NoSuchRecord, DomException::NotAllowedError),
    (Error::VerificationUnavailable, DomException::NotAllowedError),
    (Error::VerificationDemanded, DomException::NotAllowedError),
    (Error::Key(KeyError::Refused), DomException::NotAllowedError),
    (Error::Key(KeyError::LockedOut), DomException::NotAllowedError),
    (Error::Key(KeyError::Missing), DomException::UnknownError),
    (Error::Key(KeyError::Invalidated), DomException::UnknownError),
    (Error::Key(KeyError::Failed), DomException::UnknownError),
    (Error::Store(StoreError::Busy), DomException::UnknownError),
    (Error::Store(StoreError::Failed), DomException::UnknownError),
    (Error::Commit(CommitError::Conflict), DomException::UnknownError),
    (Error::Commit(CommitError::Full), DomException::UnknownError),
    (Error::Commit(CommitError::ReadOnly), DomException::UnknownError),
    (Error::Commit(CommitError::Busy), DomException::UnknownError),
    (Error::Commit(CommitError::Failed), DomException::UnknownError),
    (Error::Commit(CommitError::InDoubt), DomException::UnknownError),
    (Error::StoreEmpty, DomException::UnknownError),
    (Error::StoreNewer, DomException::UnknownError),
    (Error::StoreUnreadable, DomException::UnknownError),
    (Error::StoreReset, DomException::UnknownError),
    (Error::Capacity, DomException::UnknownError),
    (Error::ListTooLong, DomException::UnknownError),
    (Error::Request(RequestError::UserIdLength), DomException::UnknownError),
];

#[test]
fn every_cause_has_its_name_and_two_sentences() {
    for (cause, name) in TABLE {
        let error = crate::Error::from(*cause);
        assert_eq!(error.name(), *name, "{cause:?}");
        let text = error.to_string();
        let sentences = text.matches(". ").count() + usize::from(text.ends_with('.'));
        assert_eq!(sentences, 2, "{cause:?}: {text}");
    }
}
