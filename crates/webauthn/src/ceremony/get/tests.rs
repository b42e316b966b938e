use std::ops::ControlFlow;

use authenticator_core::{CandidateRef, Gesture, NeedsUser, Profile, Refusal};
use serde_json::{Value, json};

use super::super::test_world::*;
use super::*;
use crate::DomException;

fn account(handle: &str, name: &str) -> Value {
    creation(json!({"user": {"id": handle, "name": name, "displayName": name}}))
}

/// Answers with the candidate of this user handle, whatever it is called.
fn choose(step: &NeedsUser, cx: &mut Context<'_>, handle: &[u8]) -> Result<Gesture, Refusal> {
    let mut chosen = None;
    step.candidates(cx, None, &mut |entry| {
        if entry.credential.user.id.as_slice() == handle {
            chosen = Some(CandidateRef::Record(entry.record));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    Ok(Gesture::VERIFIED.choosing(chosen.unwrap()))
}

#[test]
fn s27_ga16_accounts_of_equal_or_empty_names_are_told_apart_by_candidate() {
    for name in ["ada", ""] {
        let mut phone = phone();
        let one = phone.create(&account("MQ", name)).unwrap();
        let two = phone.create(&account("Mg", name)).unwrap();
        for (handle, made) in [(b"1", &one), (b"2", &two)] {
            let signed = phone
                .get_with(&request(json!({})), ClientDataSource::Build, |step, cx| choose(step, cx, handle))
                .unwrap();
            assert_eq!(id(&signed), id(made));
            assert_eq!(signed["response"]["userHandle"], crate::base64url::encode(handle));
        }
    }
}

#[test]
fn ga16_a_choice_that_is_not_made_is_not_guessed() {
    let mut phone = phone();
    phone.create(&account("MQ", "ada")).unwrap();
    phone.create(&account("Mg", "bob")).unwrap();
    let refused = phone.get(&request(json!({}))).unwrap_err();
    assert_eq!(refused.name(), DomException::NotAllowedError);
}

#[test]
fn s26_ga11_an_allow_list_of_ten_thousand_is_searched_to_its_end() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let mut list = foreign(9_999);
    list.push(descriptor(id(&made)));
    let signed = phone.get(&request(json!({"allowCredentials": list}))).unwrap();
    assert_eq!(id(&signed), id(&made));
}

#[test]
fn s26_an_entry_that_is_repeated_counts_once() {
    let mut key = Device::new(Profile::security_key([0xaa; 16]));
    key.create(&account("MQ", "ada")).unwrap();
    let one = key.create(&account("MQ", "ada")).unwrap();
    let two = key.create(&account("Mg", "bob")).unwrap();
    let mut list = vec![descriptor(id(&one)); 100];
    list.push(descriptor(id(&two)));
    let mut seen = 0;
    let signed =
        key.get_with(&request(json!({"allowCredentials": list})), ClientDataSource::Build, |step, cx| {
            step.candidates(cx, None, &mut |_| {
                seen += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
            Ok(Gesture::TOUCH)
        });
    assert!(signed.is_ok());
    assert_eq!(seen, 2);
}

#[test]
fn s26_ga10_a_list_of_foreign_credentials_is_not_an_empty_list() {
    let mut phone = phone();
    phone.create(&creation(json!({}))).unwrap();
    // One of ours, but another relying party's, is as foreign as any.
    let elsewhere = creation(json!({"rp": {"id": "login.example.com", "name": "Example"}}));
    let elsewhere = phone.create(&elsewhere).unwrap();
    phone.asked.clear();
    for list in [foreign(3), vec![descriptor(id(&elsewhere))]] {
        let refused = phone.get(&request(json!({"allowCredentials": list}))).unwrap_err();
        assert_eq!(refused.name(), DomException::NotAllowedError);
        assert_eq!(refused.kind(), &ErrorKind::Authenticator(AuthenticatorError::NoCredentials));
    }
    assert!(phone.asked.is_empty());
}

#[test]
fn ga10_nothing_to_sign_in_with_is_said_before_anyone_is_asked() {
    let mut phone = phone();
    let refused = phone.get(&request(json!({}))).unwrap_err();
    assert_eq!(refused.name(), DomException::NotAllowedError);
    assert!(phone.asked.is_empty());
}

#[test]
fn ga09_a_protected_passkey_needs_verification_that_the_site_does_not_discourage() {
    let mut phone = phone();
    let extensions = json!({"credentialProtectionPolicy": "userVerificationRequired"});
    phone.create(&creation(json!({"extensions": extensions}))).unwrap();
    let refused = phone.get(&request(json!({"userVerification": "discouraged"}))).unwrap_err();
    assert_eq!(refused.name(), DomException::NotAllowedError);
    phone.get(&request(json!({"userVerification": "preferred"}))).unwrap();
}

#[test]
fn s27_a_cancelled_and_a_declined_sign_in_have_different_names() {
    let mut phone = phone();
    phone.create(&creation(json!({}))).unwrap();
    for (refusal, name) in
        [(Refusal::Cancelled, DomException::AbortError), (Refusal::Declined, DomException::NotAllowedError)]
    {
        let refused =
            phone.get_with(&request(json!({})), ClientDataSource::Build, |_, _| Err(refusal)).unwrap_err();
        assert_eq!(refused.name(), name);
    }
}

#[test]
fn s44_a_hint_for_a_security_key_is_noted_on_a_phone() {
    let options = request(json!({"hints": ["security-key"], "timeout": 1, "unknown": {"member": null}}));
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    let mut phone = phone();
    let caller = web("https://login.example.com");
    let ceremony =
        Get::prepare(&options, &caller, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    assert_eq!(ceremony.advice(), Some(Advice::WrongEntryPoint));
    assert_eq!(ceremony.timeout(), Duration::from_secs(300));
    assert_eq!(ceremony.rp_id().as_str(), "example.com");
}
