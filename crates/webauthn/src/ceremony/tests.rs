//! Both ceremonies, one after the other, as a relying party sees them.

use authenticator_core::{Ask, Profile};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::test_world::*;
use super::*;
use crate::DomException;

mod extensions;

#[test]
fn s14_s26_s27_every_kind_of_passkey_registers_and_signs_in() {
    for attestation in ["none", "direct"] {
        for algorithm in [-7, -8] {
            for uv in ["required", "discouraged"] {
                for resident_key in ["required", "discouraged"] {
                    let case = format!("{attestation} {algorithm} {uv} {resident_key}");
                    registers_and_signs_in(attestation, algorithm, uv, resident_key == "required", &case);
                }
            }
        }
    }
}

fn registers_and_signs_in(attestation: &str, algorithm: i32, uv: &str, discoverable: bool, case: &str) {
    let mut phone = phone();
    let resident_key = if discoverable { "required" } else { "discouraged" };
    let options = creation(json!({
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm}],
        "authenticatorSelection": {"residentKey": resident_key, "userVerification": uv},
        "attestation": attestation,
    }));
    let made = phone.create(&options).unwrap();
    let registration = judge_registration(&made, &hash_of_client_data(&made));
    // MC-13: a discoverable credential is not made without verification.
    let expected = if uv == "required" || discoverable { UP | UV | AT } else { UP | AT };
    assert_eq!(registration.flags, expected, "{case}");
    assert_eq!(registration.format, if attestation == "none" { "none" } else { "packed" }, "{case}");
    assert_eq!(made["response"]["publicKeyAlgorithm"], algorithm, "{case}");

    let named = request(json!({"userVerification": uv, "allowCredentials": [descriptor(id(&made))]}));
    let usernameless = request(json!({"userVerification": uv}));
    for (options, fits) in [(named, true), (usernameless, discoverable)] {
        let signed = match phone.get(&options) {
            Ok(signed) if fits => signed,
            Err(error) if !fits => {
                assert_eq!(error.name(), DomException::NotAllowedError, "{case}");
                continue;
            }
            other => panic!("{case}: {other:?}"),
        };
        let flags = judge_sign_in(&signed, &registration.key, &hash_of_client_data(&signed));
        assert_eq!(flags, if uv == "required" { UP | UV } else { UP }, "{case}");
        assert_eq!(id(&signed), id(&made), "{case}");
        let handle = signed["response"].get("userHandle");
        assert_eq!(handle, discoverable.then_some(&json!("dXNlci0x")), "{case}");
    }
}

#[test]
fn ad03_ad04_backup_flags_are_never_set_and_attested_data_comes_with_a_registration_only() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let signed = phone.get(&request(json!({}))).unwrap();
    let (registered, asserted) =
        (bytes(&made, "authenticatorData")[32], bytes(&signed, "authenticatorData")[32]);
    assert_eq!((registered | asserted) & (BE | BS), 0);
    assert_eq!((registered & AT, asserted & AT), (AT, 0));
}

#[test]
fn s14_client_data_is_exactly_what_was_signed() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({"attestation": "direct"}))).unwrap();
    let json = r#"{"type":"webauthn.create","challenge":"AAECAwQFBgcICQoLDA0ODw","origin":"https://login.example.com","crossOrigin":false}"#;
    assert_eq!(String::from_utf8(bytes(&made, "clientDataJSON")).unwrap(), json);
    judge_registration(&made, &Sha256::digest(json));

    let signed = phone.get(&request(json!({}))).unwrap();
    let json = r#"{"type":"webauthn.get","challenge":"EBESExQVFhcYGRobHB0eHw","origin":"https://login.example.com","crossOrigin":false}"#;
    assert_eq!(String::from_utf8(bytes(&signed, "clientDataJSON")).unwrap(), json);
}

#[test]
fn s14_a_given_hash_is_signed_and_no_client_data_is_made_up() {
    let hash = [0x5a; 32];
    for (source, shown) in
        [(ClientDataSource::HashOnly(hash), false), (ClientDataSource::HashWithPlaceholder(hash), true)]
    {
        let mut phone = phone();
        let options = creation(json!({"attestation": "direct"}));
        let made = phone.create_with(&options, &web("https://login.example.com"), source, obliging).unwrap();
        let registration = judge_registration(&made, &hash);
        assert_eq!(registration.format, "packed");
        let signed = phone.get_with(&request(json!({})), source, obliging).unwrap();
        judge_sign_in(&signed, &registration.key, &hash);

        for (response, kind) in [(&made, "webauthn.create"), (&signed, "webauthn.get")] {
            assert_eq!(response["response"].get("clientDataJSON").is_some(), shown);
            if shown {
                let placeholder = parse(&String::from_utf8(bytes(response, "clientDataJSON")).unwrap());
                assert_eq!(placeholder["type"], kind);
                assert_ne!(hash_of_client_data(response), hash);
            }
        }
    }
}

#[test]
fn s14_responses_have_no_null_and_no_padding() {
    let mut phone = phone();
    // Ids and challenges of all lengths modulo three would be padded in ordinary base64.
    for (user, challenge) in [("YQ", "AQ"), ("YWI", "AQI"), ("YWJj", "AQID")] {
        let user = json!({"id": user, "name": "ada", "displayName": "Ada"});
        let made = phone
            .create(&creation(
                json!({"user": user, "challenge": challenge, "extensions": {"credProps": true}}),
            ))
            .unwrap();
        let named = request(json!({"allowCredentials": [descriptor(id(&made))]}));
        let signed = phone.get(&named).unwrap();
        for response in [made, signed] {
            assert_is_plain(&response);
        }
    }
}

fn assert_is_plain(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::String(text) => assert!(!text.contains(['=', '+', '/']), "{text}"),
        Value::Array(values) => values.iter().for_each(assert_is_plain),
        Value::Object(members) => members.values().for_each(assert_is_plain),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn s16_s44_a_wish_for_another_kind_of_authenticator_is_served_and_noted() {
    let security_key = || Device::new(Profile::security_key([0xaa; 16]));
    let platform = json!("platform");
    let roaming = json!("cross-platform");
    for (device, wish, hints, advice, said) in [
        (phone(), Value::Null, json!([]), None, &platform),
        (phone(), platform.clone(), json!([]), None, &platform),
        (phone(), roaming.clone(), json!([]), Some(Advice::WrongEntryPoint), &platform),
        (phone(), Value::Null, json!(["security-key"]), Some(Advice::WrongEntryPoint), &platform),
        (phone(), roaming.clone(), json!(["client-device", "security-key"]), None, &platform),
        (phone(), roaming.clone(), json!(["hybrid"]), None, &platform),
        (security_key(), roaming.clone(), json!([]), None, &roaming),
        (security_key(), platform.clone(), json!([]), Some(Advice::WrongEntryPoint), &roaming),
    ] {
        let mut device = device;
        let options = creation(json!({
            "authenticatorSelection": {"authenticatorAttachment": wish, "residentKey": "discouraged"},
            "hints": hints,
        }));
        let made = device.create(&options).unwrap();
        assert_eq!(&made["authenticatorAttachment"], said);
        let options = crate::CreationOptions::from_json(&options.to_string()).unwrap();
        let caller = web("https://login.example.com");
        let ceremony =
            Create::prepare(&options, &caller, ClientDataSource::Build, &mut device.world.context()).unwrap();
        assert_eq!(ceremony.advice(), advice);
    }
}

#[test]
fn mc08_ga03_required_verification_that_is_not_set_up_is_refused_with_the_reason() {
    for verification in [BuiltInVerification::NotConfigured, BuiltInVerification::Unsupported] {
        let mut device = Device::new(Profile { verification, ..Profile::phone([0xaa; 16]) });
        device.create(&creation(json!({}))).unwrap();
        let required = json!({"userVerification": "required"});
        let refused = device.create(&creation(json!({"authenticatorSelection": required}))).unwrap_err();
        let unsigned = device.get(&request(required)).unwrap_err();
        assert_eq!(
            (refused.name(), unsigned.name()),
            (DomException::ConstraintError, DomException::NotAllowedError)
        );
        assert_eq!(refused.to_string(), unsigned.to_string());
        assert_eq!(
            refused.to_string(),
            "The site demands proof that it is you, and this device is not set up to check that. \
             Set up a screen lock, fingerprint or face recognition first, or use another device."
        );
        // Preferred is what can be had.
        device.get(&request(json!({"userVerification": "preferred"}))).unwrap();
        assert_eq!(device.asked, [Ask::Presence, Ask::Presence]);
    }
}

#[test]
fn mc12_ga04_an_authenticator_that_always_verifies_does_so_where_it_is_discouraged() {
    let mut device = Device::new(Profile { always_uv: true, ..Profile::phone([0xaa; 16]) });
    let selection = json!({"residentKey": "discouraged", "userVerification": "discouraged"});
    let made = device.create(&creation(json!({"authenticatorSelection": selection}))).unwrap();
    device
        .get(&request(
            json!({"allowCredentials": [descriptor(id(&made))], "userVerification": "discouraged"}),
        ))
        .unwrap();
    assert_eq!(device.asked, [Ask::Verification, Ask::Verification]);
}

#[test]
fn a_caller_of_another_site_is_refused_before_anyone_is_asked() {
    let mut phone = phone();
    for (origin, rp_id) in [
        ("https://login.example.com", "example.org"),
        ("https://example.com", "login.example.com"),
        ("https://login.example.com", "com"),
        ("https://shop.example.co.uk", "co.uk"),
    ] {
        let options = creation(json!({"rp": {"id": rp_id, "name": "Example"}}));
        let refused =
            phone.create_with(&options, &web(origin), ClientDataSource::Build, obliging).unwrap_err();
        assert_eq!(refused.name(), DomException::SecurityError, "{origin} {rp_id}");
    }
    let refused = phone.get(&request(json!({"rpId": "example.org"}))).unwrap_err();
    assert_eq!(refused.name(), DomException::SecurityError);
    assert!(phone.asked.is_empty());
}

#[test]
fn a_reply_of_another_command_is_no_response() {
    let mut phone = phone();
    let caller = web("https://login.example.com");
    let options = crate::CreationOptions::from_json(&creation(json!({})).to_string()).unwrap();
    let create =
        Create::prepare(&options, &caller, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    let options = crate::RequestOptions::from_json(&request(json!({})).to_string()).unwrap();
    let get = Get::prepare(&options, &caller, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    let reply = Ok(authenticator_core::Reply::Empty);
    assert_eq!(create.finish(&reply).unwrap_err().kind(), &ErrorKind::UnexpectedReply);
    let finished = get.finish(&mut phone.world.context(), &reply);
    assert_eq!(finished.unwrap_err().kind(), &ErrorKind::UnexpectedReply);
}

#[test]
fn debug_shows_nothing_of_the_site_the_user_or_the_client_data() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let caller = web("https://login.example.com");
    let options = creation(json!({"excludeCredentials": [descriptor(id(&made))]}));
    let options = crate::CreationOptions::from_json(&options.to_string()).unwrap();
    let source = ClientDataSource::HashWithPlaceholder([0x5a; 32]);
    let create = Create::prepare(&options, &caller, source, &mut phone.world.context()).unwrap();
    let options = crate::RequestOptions::from_json(&request(json!({})).to_string()).unwrap();
    let get = Get::prepare(&options, &caller, source, &mut phone.world.context()).unwrap();
    assert_eq!(
        format!("{create:?} {get:?} {source:?}"),
        "Create { algorithms: Algorithms([Es256]), exclude: 1, rk: Some(true), uv: true, timeout: 300s, .. } \
         Get { allow: 0, uv: true, timeout: 300s, .. } HashWithPlaceholder(..)"
    );
}
