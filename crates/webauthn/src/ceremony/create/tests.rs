use authenticator_core::{Ask, Gesture, Manage, Presence, Prompt, Refusal, Verification};
use authenticator_host::blocking;
use serde_json::json;

use super::super::test_world::*;
use super::*;
use crate::DomException;

fn nobody(_: &authenticator_core::NeedsUser, _: &mut Context<'_>) -> Result<Gesture, Refusal> {
    panic!("nobody is to be asked")
}

fn here() -> Caller {
    web("https://login.example.com")
}

#[test]
fn mc05_the_first_algorithm_of_the_site_that_exists_here_is_taken() {
    let params: Vec<_> = [-65535, -257, -8, -7].map(|alg| json!({"type": "public-key", "alg": alg})).into();
    let made = phone().create(&creation(json!({"pubKeyCredParams": params}))).unwrap();
    assert_eq!(made["response"]["publicKeyAlgorithm"], -8);
}

#[test]
fn mc05_unknown_algorithms_alone_are_not_supported() {
    let mut phone = phone();
    let options = creation(json!({"pubKeyCredParams": [{"type": "public-key", "alg": -257}]}));
    let refused = phone.create_with(&options, &here(), ClientDataSource::Build, nobody).unwrap_err();
    assert_eq!(refused.name(), DomException::NotSupportedError);
}

#[test]
fn mc02_a_user_handle_of_65_bytes_is_a_type_error() {
    let long = crate::base64url::encode(&[1; 65]);
    let options = creation(json!({"user": {"id": long, "name": "ada", "displayName": "Ada"}}));
    let refused = phone().create(&options).unwrap_err();
    assert_eq!(refused.name(), DomException::TypeError);

    let longest = crate::base64url::encode(&[1; 64]);
    let options = creation(json!({"user": {"id": longest, "name": "ada", "displayName": "Ada"}}));
    let mut phone = phone();
    phone.create(&options).unwrap();
    assert_eq!(phone.get(&request(json!({}))).unwrap()["response"]["userHandle"], json!(longest));
}

#[test]
fn unknown_members_change_nothing() {
    let options = creation(json!({
        "pubKeyCredParams": [{"type": "public-key", "alg": -7, "x": 1}, {"type": "password", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "sometimes", "future": {}},
        "attestation": "tomorrow",
        "attestationFormats": ["android-key"],
        "hints": ["glove"],
        "extensions": {"teleport": {"deep": [null]}, "payment": {"isPayment": true}},
        "mediation": "conditional",
        "extra": [1, 2, 3],
    }));
    let made = phone().create(&options).unwrap();
    assert_eq!(judge_registration(&made, &hash_of_client_data(&made)).format, "none");
    assert_eq!(made["clientExtensionResults"], json!({}));
}

#[test]
fn s38_mc20_an_excluded_passkey_is_told_only_after_the_user_agreed() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let options = creation(json!({"excludeCredentials": [descriptor(id(&made))]}));
    let mut shown = Vec::new();
    let refused = phone
        .create_with(&options, &here(), ClientDataSource::Build, |step, cx| {
            shown.push(matches!(step.prompt(), Prompt::Excluded { .. }));
            obliging(step, cx)
        })
        .unwrap_err();
    assert_eq!(refused.name(), DomException::InvalidStateError);
    assert_eq!(shown, [true]);

    let cancelled = phone
        .create_with(&options, &here(), ClientDataSource::Build, |_, _| Err(Refusal::Cancelled))
        .unwrap_err();
    assert_eq!(cancelled.name(), DomException::AbortError);
}

/// Presence alone: CTAP answers the same to a yes and a no, and the site must not learn of the passkey by a no.
#[test]
fn s38_mc20_an_excluded_passkey_is_not_told_of_by_a_no() {
    let mut key = Device::new(Profile::security_key([0xaa; 16]));
    let unverified = json!({"residentKey": "required", "userVerification": "discouraged"});
    let made = key.create(&creation(json!({"authenticatorSelection": unverified.clone()}))).unwrap();
    let options = creation(
        json!({"authenticatorSelection": unverified, "excludeCredentials": [descriptor(id(&made))]}),
    );
    for refusal in [Refusal::Declined, Refusal::TimedOut, Refusal::Unavailable] {
        let refused =
            key.create_with(&options, &here(), ClientDataSource::Build, |_, _| Err(refusal)).unwrap_err();
        assert_eq!(refused.name(), DomException::NotAllowedError, "{refusal:?}");
    }
    assert_eq!(key.create(&options).unwrap_err().name(), DomException::InvalidStateError);
}

#[test]
fn s38_mc11_an_exclude_list_of_ten_thousand_is_searched_to_its_end() {
    let mut phone = phone();
    let mut list = foreign(9_999);
    let made = phone.create(&creation(json!({"excludeCredentials": list.clone()}))).unwrap();
    list.push(descriptor(id(&made)));
    let refused = phone.create(&creation(json!({"excludeCredentials": list}))).unwrap_err();
    assert_eq!(refused.name(), DomException::InvalidStateError);
}

#[test]
fn s38_a_second_passkey_for_an_account_supersedes_the_first_and_destroys_nothing() {
    let mut phone = phone();
    let first = phone.create(&creation(json!({}))).unwrap();
    let second = phone.create(&creation(json!({}))).unwrap();
    // One account in the chooser: the newer. The older answers where the site names it.
    assert_eq!(id(&phone.get(&request(json!({}))).unwrap()), id(&second));
    let named = request(json!({"allowCredentials": [descriptor(id(&first))]}));
    assert_eq!(id(&phone.get(&named).unwrap()), id(&first));
}

#[test]
fn cred_props_says_what_was_made_and_only_when_asked() {
    for (resident_key, expected) in [("required", true), ("preferred", true), ("discouraged", false)] {
        let selection = json!({"residentKey": resident_key});
        let asked = creation(json!({"authenticatorSelection": selection, "extensions": {"credProps": true}}));
        let mut phone = phone();
        let made = phone.create(&asked).unwrap();
        assert_eq!(made["clientExtensionResults"], json!({"credProps": {"rk": expected}}));
        // And it is true: only a discoverable credential signs in without being named.
        assert_eq!(phone.get(&request(json!({}))).is_ok(), expected);
    }
    assert_eq!(phone().create(&creation(json!({}))).unwrap()["clientExtensionResults"], json!({}));
}

#[test]
fn mc09_a_required_resident_key_that_cannot_be_had_is_a_constraint_error() {
    let profile = || Profile { discoverable: false, ..Profile::phone([0xaa; 16]) };
    let refused = Device::new(profile()).create(&creation(json!({}))).unwrap_err();
    assert_eq!(refused.name(), DomException::ConstraintError);

    let selection = json!({"residentKey": "preferred"});
    let options = creation(json!({"authenticatorSelection": selection, "extensions": {"credProps": true}}));
    let made = Device::new(profile()).create(&options).unwrap();
    assert_eq!(made["clientExtensionResults"]["credProps"]["rk"], false);
}

#[test]
fn mc13_a_pin_that_is_demanded_and_cannot_be_asked_for_is_a_no() {
    let mut key = Device::new(Profile::security_key([0xaa; 16]));
    let selection = json!({"residentKey": "required", "userVerification": "preferred"});
    let options = creation(json!({"authenticatorSelection": selection}));
    key.create(&options).unwrap();
    blocking::manage(&mut key.world, Manage::SetPin("1234")).unwrap();
    let asked = key.asked.len();
    let refused = key.create(&options).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Authenticator(AuthenticatorError::TokenDemanded));
    assert_eq!(refused.name(), DomException::NotAllowedError);
    assert_eq!(key.asked.len(), asked, "nobody is asked for nothing");
}

#[test]
fn mc13_discouraged_verification_is_asked_for_where_the_authenticator_demands_it() {
    for (resident_key, expected) in [("required", Ask::Verification), ("discouraged", Ask::Presence)] {
        let mut phone = phone();
        let selection = json!({"residentKey": resident_key, "userVerification": "discouraged"});
        phone.create(&creation(json!({"authenticatorSelection": selection}))).unwrap();
        assert_eq!(phone.asked, [expected]);
    }
    let mut strict = Device::new(Profile { make_cred_uv_not_rqd: false, ..Profile::phone([0xaa; 16]) });
    let selection = json!({"residentKey": "discouraged", "userVerification": "discouraged"});
    strict.create(&creation(json!({"authenticatorSelection": selection}))).unwrap();
    assert_eq!(strict.asked, [Ask::Verification]);
}

#[test]
fn mc29_the_attestation_is_none_unless_the_site_wants_one() {
    for (conveyance, formats, expected) in [
        ("none", json!(["packed"]), "none"),
        ("indirect", json!([]), "packed"),
        ("direct", json!(["none", "packed"]), "none"),
        ("direct", json!(["tpm", "packed"]), "packed"),
        ("direct", json!(["tpm"]), "packed"),
        ("enterprise", json!([]), "packed"),
    ] {
        let made = phone()
            .create(&creation(json!({"attestation": conveyance, "attestationFormats": formats})))
            .unwrap();
        let registration = judge_registration(&made, &hash_of_client_data(&made));
        assert_eq!(registration.format, expected, "{conveyance} {formats}");
    }
}

#[test]
fn cpr02_the_protection_asked_for_is_the_protection_given() {
    for (policy, level) in [
        ("userVerificationOptional", 1),
        ("userVerificationOptionalWithCredentialIDList", 2),
        ("userVerificationRequired", 3),
    ] {
        for enforce in [false, true] {
            let extensions =
                json!({"credentialProtectionPolicy": policy, "enforceCredentialProtectionPolicy": enforce});
            let made = phone().create(&creation(json!({"extensions": extensions}))).unwrap();
            let registration = judge_registration(&made, &hash_of_client_data(&made));
            let expected = Value::Map(vec![("credProtect".into(), level.into())]);
            assert_eq!(registration.extensions, Some(expected));
        }
    }
}

#[test]
fn cpr07_a_protection_that_would_lock_the_passkey_for_good_is_refused_or_left_out() {
    for (enforce, expected) in [(true, Some(DomException::NotAllowedError)), (false, None)] {
        let extensions = json!({
            "credentialProtectionPolicy": "userVerificationRequired",
            "enforceCredentialProtectionPolicy": enforce,
        });
        let mut key = Device::new(Profile::security_key([0xaa; 16]));
        let made = key.create(&creation(json!({"extensions": extensions})));
        assert_eq!(made.as_ref().err().map(Error::name), expected);
        if let Ok(made) = made {
            assert_eq!(judge_registration(&made, &hash_of_client_data(&made)).extensions, None);
        }
    }
}

#[test]
fn s16_transports_are_those_of_the_profile_in_order() {
    let made = phone().create(&creation(json!({}))).unwrap();
    assert_eq!(made["response"]["transports"], json!(["hybrid", "internal"]));
    let made = Device::new(Profile::security_key([0xaa; 16])).create(&creation(json!({}))).unwrap();
    assert_eq!(made["response"]["transports"], json!(["usb"]));
}

#[test]
fn mc19_an_answer_that_is_no_consent_ends_the_ceremony() {
    let unverified = Gesture { presence: Presence::Given, verification: Verification::No, chosen: None };
    for (answer, name) in [
        (Err(Refusal::Cancelled), DomException::AbortError),
        (Err(Refusal::Declined), DomException::NotAllowedError),
        (Err(Refusal::TimedOut), DomException::NotAllowedError),
        (Err(Refusal::VerificationFailed { left: 0 }), DomException::NotAllowedError),
        (Ok(unverified), DomException::NotAllowedError),
    ] {
        let mut phone = phone();
        let refused = phone
            .create_with(&creation(json!({})), &here(), ClientDataSource::Build, |_, _| answer)
            .unwrap_err();
        assert_eq!(refused.name(), name, "{answer:?}");
        assert!(phone.get(&request(json!({}))).is_err(), "nothing was made");
    }
}

#[test]
fn the_host_is_told_how_long_to_wait_and_for_whom() {
    let options = CreationOptions::from_json(&creation(json!({"timeout": 420_000})).to_string()).unwrap();
    let mut phone = phone();
    let ceremony =
        Create::prepare(&options, &here(), ClientDataSource::Build, &mut phone.world.context()).unwrap();
    assert_eq!(ceremony.timeout(), Duration::from_secs(420));
    assert_eq!(ceremony.rp_id().as_str(), "example.com");
}
