//! What is refused, how it is named, and what is not said.

use serde_json::{Value, json};

use super::*;
use crate::base64url::DecodeError;
use crate::error::JsonType;

#[test]
fn a_missing_or_null_member_is_named_by_its_path() {
    for pointer in [
        "/rp",
        "/rp/name",
        "/user",
        "/user/id",
        "/user/name",
        "/user/displayName",
        "/challenge",
        "/pubKeyCredParams",
    ] {
        let path = pointer[1..].replace('/', ".");
        for options in [without(pointer), with(pointer, Value::Null)] {
            let error = refused(&options);
            assert_eq!(error.name(), DomException::TypeError);
            assert!(error.to_string().contains(&format!("{path} is missing")), "{error}");
        }
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named_with_the_type_it_should_have() {
    for (pointer, value, path, expected) in [
        ("/rp", json!("example.com"), "rp", JsonType::Object),
        ("/rp/id", json!(1), "rp.id", JsonType::Text),
        ("/rp/name", json!([]), "rp.name", JsonType::Text),
        ("/user", json!([]), "user", JsonType::Object),
        ("/user/id", json!([1, 2, 3]), "user.id", JsonType::Text),
        ("/user/name", json!(42), "user.name", JsonType::Text),
        ("/challenge", json!({}), "challenge", JsonType::Text),
        ("/timeout", json!("60000"), "timeout", JsonType::Number),
        ("/pubKeyCredParams", json!({}), "pubKeyCredParams", JsonType::List),
        ("/pubKeyCredParams", json!([-7]), "pubKeyCredParams[0]", JsonType::Object),
        (
            "/pubKeyCredParams",
            json!([{"type": "public-key", "alg": "ES256"}]),
            "pubKeyCredParams[0].alg",
            JsonType::Integer32,
        ),
        (
            "/pubKeyCredParams",
            json!([{"type": "public-key", "alg": 2_147_483_648_u32}]),
            "pubKeyCredParams[0].alg",
            JsonType::Integer32,
        ),
        ("/excludeCredentials", json!("AQID"), "excludeCredentials", JsonType::List),
        ("/excludeCredentials", json!(["AQID"]), "excludeCredentials[0]", JsonType::Object),
        (
            "/excludeCredentials",
            json!([{"type": "public-key", "id": "AQID", "transports": [7]}]),
            "excludeCredentials[0].transports[0]",
            JsonType::Text,
        ),
        ("/authenticatorSelection", json!(true), "authenticatorSelection", JsonType::Object),
        (
            "/authenticatorSelection",
            json!({"requireResidentKey": "true"}),
            "authenticatorSelection.requireResidentKey",
            JsonType::Boolean,
        ),
        ("/hints", json!("hybrid"), "hints", JsonType::List),
        ("/attestation", json!(false), "attestation", JsonType::Text),
        ("/extensions", json!([]), "extensions", JsonType::Object),
        ("/extensions", json!({"credProps": "yes"}), "extensions.credProps", JsonType::Boolean),
    ] {
        let error = refused(&with(pointer, value));
        assert_eq!(error.name(), DomException::TypeError);
        match error.kind() {
            ErrorKind::WrongType { path: found, expected: type_found } => {
                assert_eq!((found.as_str(), *type_found), (path, expected));
            }
            kind => panic!("{pointer}: {kind:?}"),
        }
    }
}

#[test]
fn what_is_not_json_is_located() {
    for (text, line, column) in [("", 1, 0), ("{\n\"rp\": }", 2, 7), ("{}x", 1, 3), ("\u{feff}{}", 1, 1)] {
        let error = CreationOptions::from_json(text).unwrap_err();
        assert_eq!(error.name(), DomException::TypeError);
        assert_eq!(error.kind(), &ErrorKind::Json { line, column }, "{text:?}");
    }
    let bomb = "[".repeat(100_000);
    assert!(matches!(CreationOptions::from_json(&bomb).unwrap_err().kind(), ErrorKind::Json { .. }));
    for text in ["[]", "null", "1", "\"{}\""] {
        let error = CreationOptions::from_json(text).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::WrongType { expected: JsonType::Object, .. }), "{text}");
    }
}

#[test]
fn bytes_that_are_not_base64url_are_an_encoding_error() {
    let entry = json!([{"type": "public-key", "id": "AQID"}, {"type": "public-key", "id": "A!"}]);
    for (options, path, cause) in [
        (with("/challenge", json!("AAEC*")), "challenge", DecodeError::Character { position: 4 }),
        (with("/user/id", json!("A")), "user.id", DecodeError::Length),
        (
            with("/excludeCredentials", entry),
            "excludeCredentials[1].id",
            DecodeError::Character { position: 1 },
        ),
    ] {
        let error = refused(&options);
        assert_eq!(error.name(), DomException::EncodingError);
        match error.kind() {
            ErrorKind::Base64 { path: found, cause: found_cause } => {
                assert_eq!((found.as_str(), *found_cause), (path, cause));
            }
            kind => panic!("{kind:?}"),
        }
    }
}

#[test]
fn the_user_handle_has_1_to_64_bytes() {
    let of = |length| with("/user/id", json!(Base64Url::from(vec![7; length]).encode()));
    for length in [1, 64] {
        assert_eq!(read(&of(length)).user.id.as_bytes().len(), length);
    }
    for length in [0, 65, 1000] {
        let error = refused(&of(length));
        assert_eq!(error.name(), DomException::TypeError);
        assert_eq!(error.kind(), &ErrorKind::UserHandleLength { length });
    }
}

#[test]
fn an_unknown_protection_level_is_refused_rather_than_weakened() {
    let extensions = json!({"credentialProtectionPolicy": "userVerificationTwice"});
    let error = refused(&with("/extensions", extensions));
    assert_eq!(error.name(), DomException::TypeError);
    assert!(error.to_string().contains("extensions.credentialProtectionPolicy has an unknown value"));
}

#[test]
fn nothing_of_the_user_or_the_site_is_printed() {
    let secret = json!({
        "rp": {"id": "secret-site.example", "name": "SecretName"},
        "user": {"id": "c2VjcmV0LWhhbmRsZQ", "name": "secret-account", "displayName": "SecretPerson"},
        "challenge": "c2VjcmV0LWNoYWxsZW5nZQ",
        "pubKeyCredParams": [],
        "excludeCredentials": [{"type": "public-key", "id": "c2VjcmV0LWlk"}],
        "attestationFormats": ["secret-format"],
        "extensions": {"secret": "secret"}
    });
    let options = read(&secret);
    let printed =
        format!("{options:?} {:?} {:?} {:?}", options.rp, options.user, options.exclude_credentials);
    assert!(!printed.to_lowercase().contains("secret"), "{printed}");
    assert!(!printed.contains("115, 101, 99"), "{printed}");

    // Every way to spoil one member: what is said names members only.
    for (pointer, value) in [
        ("/user/id", json!("c2VjcmV0*secret")),
        ("/user/id", json!("secret-".repeat(20))),
        ("/user/displayName", json!(["secret"])),
        ("/rp", json!("secret")),
        ("/extensions/credentialProtectionPolicy", json!("secret")),
    ] {
        let mut spoiled = secret.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        spoiled.pointer_mut(parent).unwrap()[name] = value;
        let error = refused(&spoiled);
        assert!(!format!("{error} {error:?}").to_lowercase().contains("secret"), "{error:?}");
    }
}

/// Every way to cut the text short and to change one of its bytes: an answer, never a panic.
#[test]
fn no_spoiled_text_panics() {
    let mut options = with("/excludeCredentials", json!([{"type": "public-key", "id": "AQID"}]));
    options["timeout"] = json!(1.5e3);
    let text = options.to_string();
    for at in 0..text.len() {
        let cut = CreationOptions::from_json(&text[..at]).unwrap_err();
        assert!(matches!(cut.kind(), ErrorKind::Json { .. }));
        for byte in *b"\0\"\\{}[],:-09eA= \n" {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            if let Err(error) = CreationOptions::from_json(&String::from_utf8(bytes).unwrap()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
