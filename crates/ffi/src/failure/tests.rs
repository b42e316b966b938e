use super::*;
use authenticator_core::store::{CommitError, StoreError};
use authenticator_webauthn::AppIdError;

#[test]
fn each_cause_has_the_name_for_the_site_and_the_kind_for_the_app() {
    let cases = [
        (Core::Refused(Refusal::Cancelled, Ask::Presence), "AbortError", FailureKind::Cancelled),
        (Core::Refused(Refusal::Declined, Ask::Presence), "NotAllowedError", FailureKind::Refused),
        (Core::UnknownChoice, "NotAllowedError", FailureKind::Unproven),
        (Core::Excluded, "InvalidStateError", FailureKind::Excluded),
        (Core::ExcludedUnagreed(Refusal::Cancelled), "AbortError", FailureKind::Cancelled),
        (Core::ExcludedUnagreed(Refusal::Declined), "NotAllowedError", FailureKind::Refused),
        (Core::NoCredentials, "NotAllowedError", FailureKind::NoPasskey),
        (Core::UnsupportedAlgorithm, "NotSupportedError", FailureKind::NotSupported),
        (Core::Key(KeyError::Refused), "NotAllowedError", FailureKind::KeyRefused),
        (Core::Key(KeyError::LockedOut), "NotAllowedError", FailureKind::KeyLockedOut),
        (Core::Key(KeyError::Invalidated), "UnknownError", FailureKind::KeyGone),
        (Core::Key(KeyError::Failed), "UnknownError", FailureKind::KeyFailed),
        (Core::KeyGivenUp, "UnknownError", FailureKind::KeyFailed),
        (Core::VerificationDemanded, "NotAllowedError", FailureKind::VerificationNotSetUp),
        (Core::Store(StoreError::Busy), "UnknownError", FailureKind::Store),
        (Core::Commit(CommitError::Full), "UnknownError", FailureKind::Store),
        (Core::StoreOfLab, "UnknownError", FailureKind::Store),
        (Core::StoreNotOfLab, "UnknownError", FailureKind::Store),
        (Core::Capacity, "UnknownError", FailureKind::Internal),
    ];
    for (cause, name, kind) in cases {
        let failure = Failure::from(cause);
        assert_eq!((failure.dom_exception.as_str(), failure.kind), (name, kind), "{cause:?}");
        assert!(failure.sentence.ends_with('.'), "{cause:?}: {}", failure.sentence);
    }
}

/// What a ceremony with a store that a PIN protects fails with. Its name for the site is the webauthn crate's.
#[test]
fn that_only_a_pin_would_do_is_a_matter_of_verification() {
    assert_eq!(Failure::from(Core::TokenDemanded).kind, FailureKind::VerificationNotSetUp);
}

#[test]
fn every_cause_of_the_json_has_its_kind() {
    let cases = [
        (ErrorKind::AppId(AppIdError::OtherSite), FailureKind::Caller),
        (ErrorKind::PrfByCredential, FailureKind::Request),
        (ErrorKind::PrfUnknownCredential, FailureKind::Request),
        (ErrorKind::LargeBlobMisplaced, FailureKind::Request),
        (ErrorKind::LargeBlobNotAvailable, FailureKind::NotSupported),
        (ErrorKind::ProtectionNotAvailable, FailureKind::NotSupported),
        (ErrorKind::NoPublicKeyType, FailureKind::NotSupported),
        (ErrorKind::UserHandleLength { length: 0 }, FailureKind::Request),
        (ErrorKind::UnexpectedReply, FailureKind::Internal),
    ];
    for (cause, kind) in cases {
        assert_eq!(Failure::from(Error::from(cause.clone())).kind, kind, "{cause:?}");
    }
}

#[test]
fn faults_of_the_request_are_told_apart_from_faults_of_the_caller() {
    let origin = authenticator_webauthn::Origin::parse("ftp://example.com").unwrap_err();
    assert_eq!(Failure::from(origin).kind, FailureKind::Caller);
    let options = authenticator_webauthn::RequestOptions::from_json("{").unwrap_err();
    assert_eq!(Failure::from(options).kind, FailureKind::Request);
}
