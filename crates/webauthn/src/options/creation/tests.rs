use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::error::DomException;
use crate::options::{CredentialProtectionPolicy, Transport};

mod refused;

/// The smallest options a site may send.
fn minimal() -> Value {
    json!({
        "rp": {"name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada@example.com", "displayName": "Ada"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}]
    })
}

/// The smallest options with the member at a JSON pointer set; `null` where it was not there before.
fn with(pointer: &str, value: Value) -> Value {
    let mut options = minimal();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    options.pointer_mut(parent).unwrap()[name] = value;
    options
}

fn without(pointer: &str) -> Value {
    let mut options = minimal();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    options.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    options
}

fn read(options: &Value) -> CreationOptions {
    CreationOptions::from_json(&options.to_string()).unwrap_or_else(|error| panic!("{options}: {error}"))
}

fn refused(options: &Value) -> Error {
    CreationOptions::from_json(&options.to_string()).expect_err(&options.to_string())
}

#[test]
fn s14_the_smallest_options_have_the_defaults_of_the_specification() {
    let options = read(&minimal());
    assert_eq!(options.rp.id, None);
    assert_eq!(options.rp.name, "Example");
    assert_eq!(options.user.id.as_bytes(), b"user-1");
    assert_eq!(options.user.name, "ada@example.com");
    assert_eq!(options.user.display_name, "Ada");
    assert_eq!(options.challenge.as_bytes(), (0..16).collect::<Vec<u8>>());
    assert_eq!(options.algorithms, [CoseAlgorithm::ES256]);
    assert_eq!(options.timeout, Duration::from_secs(300));
    assert_eq!(options.exclude_credentials, []);
    assert_eq!(options.authenticator_selection.authenticator_attachment, None);
    assert_eq!(options.authenticator_selection.resident_key, ResidentKey::Discouraged);
    assert_eq!(options.authenticator_selection.user_verification, UserVerification::Preferred);
    assert_eq!(options.hints, []);
    assert_eq!(options.attestation, AttestationConveyance::None);
    assert!(options.attestation_formats.is_empty());
    assert_eq!(options.extensions, CreationExtensions::default());
}

#[test]
fn s14_full_options_are_read_to_the_last_member() {
    let options = read(&json!({
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": "dXNlci0x\n", "name": "ada", "displayName": ""},
        "challenge": "AAEC",
        "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
        "timeout": 420_000.5,
        "excludeCredentials": [{"type": "public-key", "id": "AQID", "transports": ["hybrid", "carrier-pigeon"]}],
        "authenticatorSelection": {
            "authenticatorAttachment": "cross-platform",
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required"
        },
        "hints": ["client-device", "telepathy", "hybrid", "security-key"],
        "attestation": "direct",
        "attestationFormats": ["packed", "android-key"],
        "extensions": {
            "credProps": true,
            "credentialProtectionPolicy": "userVerificationRequired",
            "enforceCredentialProtectionPolicy": true,
            "remoteDesktopClientOverride": {"origin": "https://example.com"}
        },
        "somethingNew": [1, 2, 3]
    }));
    assert_eq!(options.rp.id.as_deref(), Some("example.com"));
    assert_eq!(options.user.id.as_bytes(), b"user-1");
    assert_eq!(options.user.display_name, "");
    assert_eq!(options.algorithms, [CoseAlgorithm::EDDSA, CoseAlgorithm::ES256], "the site's order");
    assert_eq!(options.timeout, Duration::from_secs_f64(420.0005));
    assert_eq!(options.exclude_credentials[0].id.as_bytes(), [1, 2, 3]);
    assert_eq!(options.exclude_credentials[0].transports, [Transport::Hybrid]);
    let selection = options.authenticator_selection;
    assert_eq!(selection.authenticator_attachment, Some(AuthenticatorAttachment::CrossPlatform));
    assert_eq!(selection.resident_key, ResidentKey::Required);
    assert_eq!(selection.user_verification, UserVerification::Required);
    assert_eq!(options.hints, [Hint::ClientDevice, Hint::Hybrid, Hint::SecurityKey]);
    assert_eq!(options.attestation, AttestationConveyance::Direct);
    assert_eq!(options.attestation_formats, ["packed", "android-key"]);
    assert!(options.extensions.cred_props);
    let protection = options.extensions.cred_protect.unwrap();
    assert_eq!(protection.policy, CredentialProtectionPolicy::UserVerificationRequired);
    assert!(protection.enforce);
    let inputs = options.extensions.inputs;
    assert_eq!(inputs.get("remoteDesktopClientOverride").unwrap()["origin"], "https://example.com");
}

#[test]
fn the_wrapper_of_the_script_call_is_accepted() {
    assert_eq!(read(&json!({"publicKey": minimal(), "mediation": "conditional"})), read(&minimal()));
    let error = refused(&json!({"publicKey": [1]}));
    assert!(error.to_string().contains("publicKey is not an object"), "{error}");
    let mut bad = minimal();
    bad["user"]["id"] = Value::Null;
    assert!(refused(&json!({"publicKey": bad})).to_string().contains("user.id is missing"));
}

#[test]
fn null_for_an_optional_member_is_the_same_as_leaving_it_out() {
    for pointer in [
        "/rp/id",
        "/timeout",
        "/excludeCredentials",
        "/authenticatorSelection",
        "/hints",
        "/attestation",
        "/attestationFormats",
        "/extensions",
        "/publicKey",
    ] {
        assert_eq!(read(&with(pointer, Value::Null)), read(&minimal()), "{pointer}");
    }
    let nulls = json!({"residentKey": null, "requireResidentKey": null, "userVerification": null});
    assert_eq!(read(&with("/authenticatorSelection", nulls)), read(&minimal()));
}

#[test]
fn algorithms_keep_their_order_and_unknown_types_are_skipped() {
    let params = json!([
        {"type": "quantum-key"},
        {"type": "public-key", "alg": -257},
        {"type": "public-key", "alg": -7},
        {"type": "public-key", "alg": 123_456}
    ]);
    let options = read(&with("/pubKeyCredParams", params));
    assert_eq!(options.algorithms, [CoseAlgorithm(-257), CoseAlgorithm(-7), CoseAlgorithm(123_456)]);

    let empty = read(&with("/pubKeyCredParams", json!([])));
    assert_eq!(empty.algorithms, [CoseAlgorithm::ES256, CoseAlgorithm::RS256]);

    let error = refused(&with("/pubKeyCredParams", json!([{"type": "quantum-key", "alg": -7}])));
    assert_eq!(error.name(), DomException::NotSupportedError);
    assert_eq!(error.kind(), &ErrorKind::NoPublicKeyType);

    let error = refused(&with("/pubKeyCredParams", json!([{"alg": -7}])));
    assert!(error.to_string().contains("pubKeyCredParams[0].type is missing"));
}

#[test]
fn the_timeout_is_kept_within_5_and_10_minutes() {
    for (milliseconds, seconds) in [
        (json!(0), 300),
        (json!(-1), 300),
        (json!(60_000), 300),
        (json!(300_000), 300),
        (json!(400_000), 400),
        (json!(600_000), 600),
        (json!(86_400_000), 600),
        (json!(u64::MAX), 600),
        (json!(1e300), 600),
    ] {
        let options = read(&with("/timeout", milliseconds.clone()));
        assert_eq!(options.timeout, Duration::from_secs(seconds), "{milliseconds}");
    }
}

#[test]
fn resident_key_falls_back_on_the_older_member() {
    use ResidentKey::*;
    for (selection, expected) in [
        (json!({}), Discouraged),
        (json!({"requireResidentKey": false}), Discouraged),
        (json!({"requireResidentKey": true}), Required),
        (json!({"residentKey": "preferred", "requireResidentKey": true}), Preferred),
        (json!({"residentKey": "discouraged", "requireResidentKey": true}), Discouraged),
        (json!({"residentKey": "required", "requireResidentKey": false}), Required),
        (json!({"residentKey": "always", "requireResidentKey": true}), Required),
        (json!({"residentKey": "always"}), Discouraged),
    ] {
        let options = read(&with("/authenticatorSelection", selection.clone()));
        assert_eq!(options.authenticator_selection.resident_key, expected, "{selection}");
    }
}

#[test]
fn words_nobody_knows_count_as_absent() {
    let selection = json!({"authenticatorAttachment": "cross_platform", "userVerification": "REQUIRED"});
    assert_eq!(read(&with("/authenticatorSelection", selection)), read(&minimal()));
    assert_eq!(read(&with("/attestation", json!("full"))), read(&minimal()));
    assert_eq!(read(&with("/hints", json!(["", "phone"]))), read(&minimal()));
}

#[test]
fn excluded_credentials_of_an_unknown_type_are_dropped_unread() {
    let list = json!([{"type": "password", "id": "!!"}, {"type": "public-key", "id": "AQID"}, {"type": "x"}]);
    let options = read(&with("/excludeCredentials", list));
    assert_eq!(options.exclude_credentials.len(), 1);
    let none = read(&with("/excludeCredentials", json!([{"type": "x"}])));
    assert_eq!(none.exclude_credentials, []);
}

#[test]
fn a_list_of_10000_credentials_is_read_quickly() {
    let entry =
        |i: u32| json!({"type": "public-key", "id": Base64Url::from(i.to_be_bytes().repeat(16)).encode()});
    let text = with("/excludeCredentials", (0..10_000).map(entry).collect()).to_string();
    let start = Instant::now();
    let options = CreationOptions::from_json(&text).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(options.exclude_credentials.len(), 10_000);
    assert_eq!(options.exclude_credentials[9_999].id.as_bytes()[..4], 9_999u32.to_be_bytes());
}

#[test]
fn of_a_repeated_member_the_last_one_counts() {
    let text = minimal().to_string().replacen('{', r#"{"challenge":"AQID","#, 1);
    assert_eq!(CreationOptions::from_json(&text).unwrap(), read(&minimal()));
}

#[test]
fn s14_the_protection_level_is_read() {
    for (word, policy) in [
        ("userVerificationOptional", CredentialProtectionPolicy::UserVerificationOptional),
        (
            "userVerificationOptionalWithCredentialIDList",
            CredentialProtectionPolicy::UserVerificationOptionalWithCredentialIdList,
        ),
    ] {
        let options = read(&with("/extensions", json!({"credentialProtectionPolicy": word})));
        let protection = options.extensions.cred_protect.unwrap();
        assert_eq!((protection.policy, protection.enforce), (policy, false));
    }
    let alone = read(&with("/extensions", json!({"enforceCredentialProtectionPolicy": true})));
    assert_eq!(alone.extensions.cred_protect, None);
}
