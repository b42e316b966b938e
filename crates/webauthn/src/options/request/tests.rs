use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::error::DomException;
use crate::options::{AppIdInput, Transport};

fn read(options: &Value) -> RequestOptions {
    RequestOptions::from_json(&options.to_string()).unwrap_or_else(|error| panic!("{options}: {error}"))
}

fn refused(options: &Value) -> Error {
    RequestOptions::from_json(&options.to_string()).expect_err(&options.to_string())
}

#[test]
fn s14_a_challenge_is_all_a_request_needs() {
    let options = read(&json!({"challenge": "AAEC"}));
    assert_eq!(options.challenge.as_bytes(), [0, 1, 2]);
    assert_eq!(options.timeout, Duration::from_secs(300));
    assert_eq!(options.rp_id, None);
    assert_eq!(options.allow_credentials, []);
    assert_eq!(options.user_verification, UserVerification::Preferred);
    assert_eq!(options.hints, []);
    assert_eq!(options.extensions, RequestExtensions::default());
}

#[test]
fn s14_a_full_request_is_read_to_the_last_member() {
    let text = json!({
        "challenge": "AAEC",
        "timeout": 500_000,
        "rpId": "example.com",
        "allowCredentials": [
            {"type": "public-key", "id": "AQID", "transports": ["internal", "smart-card", "usb", "nfc", "ble", "new"]},
            {"type": "public-key", "id": "BAUG", "transports": null}
        ],
        "userVerification": "discouraged",
        "hints": ["hybrid"],
        "extensions": {"appid": "https://example.com"},
        "mediation": "conditional"
    });
    let options = read(&text);
    assert_eq!(options.timeout, Duration::from_secs(500));
    assert_eq!(options.rp_id.as_deref(), Some("example.com"));
    assert_eq!(options.allow_credentials[0].id.as_bytes(), [1, 2, 3]);
    assert_eq!(
        options.allow_credentials[0].transports,
        [Transport::Internal, Transport::SmartCard, Transport::Usb, Transport::Nfc, Transport::Ble]
    );
    assert_eq!(options.allow_credentials[1].transports, []);
    assert_eq!(options.user_verification, UserVerification::Discouraged);
    assert_eq!(options.hints, [Hint::Hybrid]);
    assert_eq!(options.extensions.app_id, Some(AppIdInput("https://example.com".to_owned())));
    assert_eq!(options.extensions.inputs.get("appid"), Some(&json!("https://example.com")));
    assert_eq!(read(&json!({"publicKey": text})), options);
}

#[test]
fn a_list_of_unknown_types_only_does_not_allow_everything() {
    let error =
        refused(&json!({"challenge": "AAEC", "allowCredentials": [{"type": "password", "id": "AQID"}]}));
    assert_eq!(error.name(), DomException::NotAllowedError);
    assert_eq!(error.kind(), &ErrorKind::NothingAllowed);

    let mixed = json!([{"type": "password"}, {"type": "public-key", "id": "AQID"}]);
    assert_eq!(read(&json!({"challenge": "AAEC", "allowCredentials": mixed})).allow_credentials.len(), 1);
    assert_eq!(read(&json!({"challenge": "AAEC", "allowCredentials": []})).allow_credentials, []);
}

#[test]
fn what_is_wrong_is_named() {
    for (options, name, sentence) in [
        (json!({}), DomException::TypeError, "challenge is missing"),
        (json!({"challenge": "?"}), DomException::EncodingError, "challenge is not base64url"),
        (json!({"challenge": "AA", "rpId": 1}), DomException::TypeError, "rpId is not a string"),
        (
            json!({"challenge": "AA", "allowCredentials": [{"type": "public-key"}]}),
            DomException::TypeError,
            "allowCredentials[0].id is missing",
        ),
        (
            json!({"challenge": "AA", "allowCredentials": [{"id": "AA"}]}),
            DomException::TypeError,
            "allowCredentials[0].type is missing",
        ),
        (json!({"challenge": "AA", "timeout": true}), DomException::TypeError, "timeout is not a number"),
    ] {
        let error = refused(&options);
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

#[test]
fn null_and_unknown_words_count_as_absent() {
    let nulls = json!({
        "challenge": "AAEC", "timeout": null, "rpId": null, "allowCredentials": null,
        "userVerification": null, "hints": null, "extensions": null
    });
    assert_eq!(read(&nulls), read(&json!({"challenge": "AAEC"})));
    let unknown = read(&json!({"challenge": "AAEC", "userVerification": "always"}));
    assert_eq!(unknown.user_verification, UserVerification::Preferred);
}

#[test]
fn a_list_of_10000_credentials_is_read_quickly() {
    let entry =
        |i: u32| json!({"type": "public-key", "id": Base64Url::from(i.to_be_bytes().repeat(16)).encode()});
    let list: Value = (0..10_000).map(entry).collect();
    let text = json!({"challenge": "AAEC", "allowCredentials": list}).to_string();
    let start = Instant::now();
    let options = RequestOptions::from_json(&text).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(options.allow_credentials.len(), 10_000);
}

#[test]
fn nothing_of_the_user_or_the_site_is_printed() {
    let options = read(&json!({
        "challenge": "c2VjcmV0", "rpId": "secret.example",
        "allowCredentials": [{"type": "public-key", "id": "c2VjcmV0"}], "extensions": {"secret": 1}
    }));
    let printed = format!("{options:?} {:?}", options.allow_credentials).to_lowercase();
    assert!(!printed.contains("secret") && !printed.contains("115, 101, 99"), "{printed}");
}
