use super::*;

#[test]
fn names_are_spelled_as_scripts_know_them() {
    for name in [
        DomException::AbortError,
        DomException::ConstraintError,
        DomException::EncodingError,
        DomException::InvalidStateError,
        DomException::NotAllowedError,
        DomException::NotSupportedError,
        DomException::OperationError,
        DomException::SecurityError,
        DomException::SyntaxError,
        DomException::TimeoutError,
        DomException::TypeError,
        DomException::UnknownError,
    ] {
        assert_eq!(name.to_string(), format!("{name:?}"));
    }
}

#[test]
fn a_sentence_says_what_happened_and_what_to_do() {
    let path = MemberPath::root().member("user").member("id");
    let error = Error::from(ErrorKind::Missing(path));
    assert_eq!(error.name(), DomException::TypeError);
    assert_eq!(
        error.to_string(),
        "The request is incomplete: user.id is missing. \
         This is a fault of the site: reload the page, and tell the site if it happens again."
    );
}

#[test]
fn every_cause_is_two_sentences() {
    let path = MemberPath::root().member("excludeCredentials").element(3).member("id");
    for kind in [
        ErrorKind::Json { line: 1, column: 2 },
        ErrorKind::Missing(path.clone()),
        ErrorKind::WrongType { path: MemberPath::root(), expected: JsonType::Object },
        ErrorKind::UnknownValue(path.clone()),
        ErrorKind::Base64 { path, cause: DecodeError::Length },
        ErrorKind::UserHandleLength { length: 65 },
        ErrorKind::NoPublicKeyType,
        ErrorKind::NothingAllowed,
        ErrorKind::Origin(OriginError::Scheme),
        ErrorKind::RpId(RpIdError::NotASuffix),
        ErrorKind::AppId(AppIdError::OtherSite),
        ErrorKind::PrfByCredential,
        ErrorKind::PrfUnknownCredential,
        ErrorKind::LargeBlobMisplaced,
        ErrorKind::LargeBlobNotAvailable,
        ErrorKind::AttestationStatement,
        ErrorKind::VerificationNotSetUp(ClientDataType::Create),
        ErrorKind::VerificationNotSetUp(ClientDataType::Get),
        ErrorKind::ProtectionNotAvailable,
        ErrorKind::UnexpectedReply,
        ErrorKind::Authenticator(AuthenticatorError::NoCredentials),
    ] {
        let sentence = Error::from(kind).to_string();
        assert!(sentence.ends_with('.') && sentence.contains(". "), "{sentence}");
    }
}

#[test]
fn paths_read_like_the_specification() {
    let path = MemberPath::root().member("excludeCredentials").element(3).member("id");
    assert_eq!(path.as_str(), "excludeCredentials[3].id");
    assert_eq!(MemberPath::root().to_string(), "the whole");
}
