use super::{AttestationFormat, RelyingParty};
use crate::scenes::{es256, register, registered, sign_in, site, site_with};
use crate::soft_authenticator::{BE, BS, ORIGIN, SoftAuthenticator, Statement, UP, UV};
use crate::{Algorithm, RpError, Settings, UserVerification};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::error::RegCeremonyErr;

/// What a wrong answer is refused with, and that it left no credential behind.
fn refused_registration(spoil: impl FnOnce(&mut SoftAuthenticator)) -> RpError {
    let (mut site, mut key) = (site(), SoftAuthenticator::new(Algorithm::Es256, Statement::PackedSelf));
    spoil(&mut key);
    let error = register(&mut site, &mut key).unwrap_err();
    assert!(site.book.credentials.is_empty());
    error
}

/// What a wrong answer is refused with, with a user name and without.
fn refused_sign_in(spoil: impl Fn(&mut SoftAuthenticator)) -> [RpError; 2] {
    let (mut site, mut key) = registered();
    spoil(&mut key);
    [Some("alice"), None].map(|user| sign_in(&mut site, &key, user).unwrap_err())
}

#[test]
fn all_algorithms_and_both_statements_are_accepted() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384] {
        for (statement, format) in [
            (Statement::None, AttestationFormat::None),
            (Statement::PackedSelf, AttestationFormat::PackedSelf),
        ] {
            let mut site = site_with(Settings { algorithms: vec![algorithm], ..Settings::default() });
            let mut key = SoftAuthenticator::new(algorithm, statement);
            let made = register(&mut site, &mut key).unwrap();
            assert_eq!(made.user_name, "alice");
            assert_eq!(made.credential_id, BASE64URL_NOPAD.encode(&key.credential_id));
            assert_eq!(made.algorithm, algorithm);
            assert_eq!(made.attestation, format);
            assert_eq!(made.aaguid, "01234567-89ab-cdef-0123-456789abcdef");
            assert!(made.user_verified && !made.backup_eligible && !made.backed_up);

            for user in [Some("alice"), None] {
                let signed_in = sign_in(&mut site, &key, user).unwrap();
                assert_eq!(signed_in.user_name, "alice");
                assert_eq!(signed_in.credential_id, made.credential_id);
                assert!(signed_in.user_verified);
            }
        }
    }
}

#[test]
fn settings_choose_algorithms_and_verification() {
    let settings = Settings {
        user_verification: UserVerification::Required,
        algorithms: vec![Algorithm::EdDsa],
        ..Settings::default()
    };
    let mut site = site_with(settings);
    let options: Value = serde_json::from_str(&site.registration_options("alice", "Alice").unwrap()).unwrap();
    assert_eq!(options["pubKeyCredParams"], json!([{ "type": "public-key", "alg": -8 }]));
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["attestation"], "none");

    assert!(matches!(register(&mut site, &mut es256()), Err(RpError::Registration(_))));
    let mut key = SoftAuthenticator::new(Algorithm::EdDsa, Statement::None);
    key.flags = UP;
    assert!(matches!(register(&mut site, &mut key), Err(RpError::UserNotVerified)));
    key.flags = UP | UV;
    register(&mut site, &mut key).unwrap();
    key.flags = UP;
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::UserNotVerified)));

    let none = Settings { algorithms: vec![], ..Settings::default() };
    assert!(matches!(RelyingParty::with_settings("example.com", ORIGIN, none), Err(RpError::NoAlgorithm)));
}

#[test]
fn verification_that_is_only_preferred_is_reported() {
    let (mut site, mut key) = (site(), es256());
    key.flags = UP;
    assert!(!register(&mut site, &mut key).unwrap().user_verified);
    assert!(!sign_in(&mut site, &key, None).unwrap().user_verified);
    key.flags = UP | UV;
    assert!(sign_in(&mut site, &key, None).unwrap().user_verified);
}

#[test]
fn wrong_registrations_are_refused() {
    let other = || Some(BASE64URL_NOPAD.encode(&[5; 16]));
    assert!(matches!(refused_registration(|key| key.challenge = other()), RpError::UnknownChallenge));
    assert!(matches!(refused_registration(|key| key.origin = "https://example.org"), RpError::WrongOrigin));
    assert!(matches!(
        refused_registration(|key| key.origin = "https://sub.example.com"),
        RpError::WrongOrigin
    ));
    assert!(matches!(refused_registration(|key| key.cross_origin = true), RpError::WrongOrigin));
    assert!(matches!(refused_registration(|key| key.rp_id = "example.org"), RpError::WrongRpId));
    assert!(matches!(refused_registration(|key| key.flip_signature = true), RpError::BadSignature));
    assert!(matches!(refused_registration(|key| key.flags |= BE), RpError::NotDeviceBound));
    assert!(matches!(refused_registration(|key| key.flags |= BE | BS), RpError::NotDeviceBound));
    // BS without BE is no authenticator data at all (WebAuthn L3 §6.1.3), nor is what came without the user.
    assert!(matches!(
        refused_registration(|key| key.flags |= BS),
        RpError::Registration(RegCeremonyErr::AttestationObject(_))
    ));
    assert!(matches!(
        refused_registration(|key| key.flags = UV),
        RpError::Registration(RegCeremonyErr::UserNotPresent)
    ));
    // A certificate chain is a statement the library cannot judge.
    assert!(matches!(
        refused_registration(|key| key.statement = Statement::PackedCertificate),
        RpError::Registration(RegCeremonyErr::AttestationObject(_))
    ));
}

#[test]
fn a_flipped_self_attestation_is_refused_with_eddsa_too() {
    let (mut site, mut key) = (site(), SoftAuthenticator::new(Algorithm::EdDsa, Statement::PackedSelf));
    key.flip_signature = true;
    assert!(matches!(register(&mut site, &mut key), Err(RpError::BadSignature)));
    key.flip_signature = false;
    register(&mut site, &mut key).unwrap();
    key.flip_signature = true;
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::BadSignature)));
}

#[test]
fn a_replayed_registration_is_refused() {
    let (mut site, mut key) = (site(), es256());
    let options = site.registration_options("alice", "Alice").unwrap();
    let response = key.register(&options);
    site.finish_registration(&response).unwrap();
    assert!(matches!(site.finish_registration(&response), Err(RpError::UnknownChallenge)));
    // The same credential in a new ceremony.
    assert!(matches!(register(&mut site, &mut key), Err(RpError::AlreadyRegistered)));
}

#[test]
fn a_refused_answer_uses_its_challenge_up() {
    let (mut site, key) = registered();
    let options = site.authentication_options(None).unwrap();
    let spoilt = SoftAuthenticator { flip_signature: true, ..key.clone() };
    assert!(matches!(site.finish_authentication(&spoilt.sign_in(&options)), Err(RpError::BadSignature)));
    assert!(matches!(site.finish_authentication(&key.sign_in(&options)), Err(RpError::UnknownChallenge)));
}

#[test]
fn wrong_sign_ins_are_refused() {
    let all = |errors: [RpError; 2], expected: fn(&RpError) -> bool| {
        for error in errors {
            assert!(expected(&error), "{error:?}");
        }
    };
    let other = || Some(BASE64URL_NOPAD.encode(&[5; 16]));
    all(refused_sign_in(|key| key.challenge = other()), |e| matches!(e, RpError::UnknownChallenge));
    all(refused_sign_in(|key| key.origin = "https://example.org"), |e| matches!(e, RpError::WrongOrigin));
    all(refused_sign_in(|key| key.cross_origin = true), |e| matches!(e, RpError::WrongOrigin));
    all(refused_sign_in(|key| key.rp_id = "example.org"), |e| matches!(e, RpError::WrongRpId));
    all(refused_sign_in(|key| key.flip_signature = true), |e| matches!(e, RpError::BadSignature));
    all(refused_sign_in(|key| key.flags |= BE), |e| matches!(e, RpError::NotDeviceBound));
    all(refused_sign_in(|key| key.flags |= BE | BS), |e| matches!(e, RpError::NotDeviceBound));
    all(refused_sign_in(|key| key.flags |= BS), |e| {
        matches!(e, RpError::Authentication(AuthCeremonyErr::AuthenticatorData(_)))
    });
    all(refused_sign_in(|key| key.flags = UV), |e| {
        matches!(e, RpError::Authentication(AuthCeremonyErr::AuthenticatorData(_)))
    });
    all(refused_sign_in(|key| key.credential_id = vec![0xC2; 32]), |e| {
        matches!(e, RpError::UnknownCredential)
    });
    all(refused_sign_in(|key| key.algorithm = Algorithm::EdDsa), |e| matches!(e, RpError::BadSignature));
    all(refused_sign_in(|key| key.user_handle = BASE64URL_NOPAD.encode(&[1; 64]).into()), |e| {
        matches!(e, RpError::WrongUser)
    });
}

#[test]
fn a_replayed_sign_in_is_refused() {
    let (mut site, key) = registered();
    for user in [Some("alice"), None] {
        let response = key.sign_in(&site.authentication_options(user).unwrap());
        site.finish_authentication(&response).unwrap();
        assert!(matches!(site.finish_authentication(&response), Err(RpError::UnknownChallenge)));
    }
}

#[test]
fn only_a_nameless_sign_in_needs_the_user_handle() {
    let (mut site, mut key) = registered();
    key.user_handle = Value::Null;
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::NoUserHandle)));
    sign_in(&mut site, &key, Some("alice")).unwrap();
}

#[test]
fn another_accounts_credential_is_not_allowed() {
    let (mut site, alice) = registered();
    let mut bob = es256();
    bob.credential_id = vec![0xB0; 32];
    let options = site.registration_options("bob", "Bob").unwrap();
    site.finish_registration(&bob.register(&options)).unwrap();
    assert!(matches!(sign_in(&mut site, &bob, Some("alice")), Err(RpError::NotAllowed)));
    bob.user_handle = Value::Null;
    assert!(matches!(sign_in(&mut site, &bob, Some("alice")), Err(RpError::NotAllowed)));
    assert_eq!(sign_in(&mut site, &alice, Some("alice")).unwrap().user_name, "alice");
}

#[test]
fn a_counter_that_does_not_advance_is_refused() {
    let (mut site, mut key) = (site(), es256());
    key.sign_count = 7;
    register(&mut site, &mut key).unwrap();
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::SignatureCounter)));
    key.sign_count = 8;
    sign_in(&mut site, &key, None).unwrap();
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::SignatureCounter)));
}

#[test]
fn no_more_than_the_limit_of_ceremonies_wait() {
    let mut site = site();
    let full = (0..10_000).find_map(|_| site.authentication_options(None).err());
    assert!(matches!(full, Some(RpError::TooManyPending)));
}

#[test]
fn text_that_is_no_response_is_malformed() {
    let mut site = site();
    for text in ["", "{}", "[]", r#"{"id":"AA"}"#] {
        assert!(matches!(site.finish_registration(text), Err(RpError::Malformed(_))));
        assert!(matches!(site.finish_authentication(text), Err(RpError::Malformed(_))));
    }
}

#[test]
fn no_changed_or_missing_byte_makes_it_panic() {
    let (mut site, mut key) = registered();
    let response = key.sign_in(&site.authentication_options(None).unwrap());
    for at in 0..response.len() {
        let options = site.authentication_options(None).unwrap();
        if let Ok(signed_in) = site.finish_authentication(&changed(&key.sign_in(&options), at)) {
            assert_eq!(signed_in.user_name, "alice");
        }
        assert!(site.finish_authentication(&response[..at]).is_err());
        site.nameless_sign_ins.clear();
    }
    let length = key.register(&site.registration_options("alice", "Alice").unwrap()).len();
    for at in 0..length {
        site.registrations.clear();
        let response = key.register(&site.registration_options("alice", "Alice").unwrap());
        // The id is known already, so no change may be accepted as a new credential.
        assert!(site.finish_registration(&changed(&response, at)).is_err());
        assert!(site.finish_registration(&response[..at]).is_err());
    }
    assert_eq!(site.book.credentials.len(), 1);
}

/// The same text with one bit of one character changed.
fn changed(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // DER signatures vary in length, so the text may be a little shorter than another.
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x01;
    }
    String::from_utf8(bytes).unwrap()
}
