use std::collections::BTreeSet;
use std::time::Duration;

use authenticator_core::{Ask, LargeBlobError, RequestError, SealedError};

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
    (Error::ExcludedUnagreed(Refusal::Declined), DomException::NotAllowedError),
    (Error::Unproven(Ask::Verification), DomException::NotAllowedError),
    (Error::UnknownChoice, DomException::NotAllowedError),
    (Error::NothingToContinue, DomException::NotAllowedError),
    (Error::NoCredentials, DomException::NotAllowedError),
    (Error::NoSuchRecord, DomException::NotAllowedError),
    (Error::VerificationUnavailable, DomException::NotAllowedError),
    (Error::VerificationDemanded, DomException::NotAllowedError),
    (Error::TokenDemanded, DomException::NotAllowedError),
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
    (Error::StoreOfLab, DomException::UnknownError),
    (Error::StoreNotOfLab, DomException::UnknownError),
    (Error::CounterEnded, DomException::UnknownError),
    (Error::KeyGivenUp, DomException::UnknownError),
    (Error::CeremonyUsed, DomException::UnknownError),
    (Error::RecordChanged, DomException::UnknownError),
    (Error::Sealed(SealedError::OtherStore), DomException::UnknownError),
    (Error::LargeBlobs(LargeBlobError::Full), DomException::UnknownError),
    (Error::Capacity, DomException::UnknownError),
    (Error::ListTooLong, DomException::UnknownError),
    (Error::Request(RequestError::UserIdLength), DomException::UnknownError),
];

/// What only other commands than a ceremony's come to, and requests in bytes.
const OTHERS: &[&str] = &[
    "PinUvAuth",
    "PresenceNotOptional",
    "Pin",
    "EnterpriseAttestation",
    "EnterpriseAttestationValue",
    "AlwaysUvIsFixed",
    "TooManyRpIds",
    "UnknownSubcommand",
    "InvalidParameter",
    "MissingParameter",
    "PermissionDenied",
    "ResetWindowClosed",
    "ResetDisabled",
    "KeysToDestroy",
    "SecretsWithoutPresence",
    "LargeBlobKeyOption",
    "StoreRolledBack",
    "StoreReadable",
];

/// The compiler cannot say when the core has a cause that is not in the table, for its enumeration may grow.
#[test]
fn each_cause_that_the_core_knows_is_in_the_table_or_among_the_others() {
    let source = include_str!("../../../../core/src/error.rs");
    let (_, body) = source.split_once("pub enum Error {\n").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let name = |text: &str| text.split([',', '(', ' ']).next().unwrap().to_owned();
    let lines = body.lines().map(str::trim);
    let known: BTreeSet<String> = lines.filter(|line| !line.starts_with("///")).map(name).collect();
    let in_table = TABLE.iter().map(|(cause, _)| name(&format!("{cause:?}")));
    let listed: BTreeSet<String> = in_table.chain(OTHERS.iter().map(|other| (*other).to_owned())).collect();
    assert_eq!(listed, known);
}

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
