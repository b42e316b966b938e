use crate::scenes::{registered, site_with};
use crate::{Attestation, Settings};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

#[test]
fn creation_options_have_the_standard_members() {
    let mut site = site_with(Settings { attestation: Attestation::Direct, ..Settings::default() });
    let options: Value =
        serde_json::from_str(&site.registration_options("alice", "Alice A.").unwrap()).unwrap();
    assert_eq!(options["rp"], json!({ "id": "example.com", "name": "example.com" }));
    assert_eq!(options["user"]["name"], "alice");
    assert_eq!(options["user"]["displayName"], "Alice A.");
    assert_eq!(bytes(&options["user"]["id"]).len(), 64);
    assert_eq!(bytes(&options["challenge"]).len(), 16);
    assert_eq!(
        options["pubKeyCredParams"],
        json!([{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -8 }])
    );
    assert_eq!(options["timeout"], 300_000);
    assert_eq!(options["excludeCredentials"], json!([]));
    assert_eq!(
        options["authenticatorSelection"],
        json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred" })
    );
    assert_eq!(options["hints"], json!([]));
    assert_eq!(options["attestation"], "direct");
    assert_eq!(options["attestationFormats"], json!(["packed", "none"]));
    assert_eq!(options["extensions"], json!({ "credProps": true }));
    assert_eq!(options.as_object().unwrap().len(), 11);
}

#[test]
fn request_options_have_the_standard_members() {
    let (mut site, key) = registered();
    for (user, allowed) in [
        (
            Some("alice"),
            json!([{
                "type": "public-key",
                "id": BASE64URL_NOPAD.encode(&key.credential_id),
                "transports": ["internal"],
            }]),
        ),
        (None, json!([])),
    ] {
        let options: Value = serde_json::from_str(&site.authentication_options(user).unwrap()).unwrap();
        assert_eq!(bytes(&options["challenge"]).len(), 16);
        assert_eq!(options["rpId"], "example.com");
        assert_eq!(options["timeout"], 300_000);
        assert_eq!(options["userVerification"], "preferred");
        assert_eq!(options["allowCredentials"], allowed);
        assert_eq!(options["hints"], json!([]));
        assert_eq!(options["extensions"], json!({}));
        assert_eq!(options.as_object().unwrap().len(), 7);
    }
}

#[test]
fn a_second_registration_keeps_the_handle_and_excludes_the_first() {
    let (mut site, key) = registered();
    let options: Value = serde_json::from_str(&site.registration_options("alice", "Alice").unwrap()).unwrap();
    assert_eq!(options["user"]["id"], key.user_handle);
    assert_eq!(options["excludeCredentials"][0]["id"], BASE64URL_NOPAD.encode(&key.credential_id));
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
}

fn bytes(base64url: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(base64url.as_str().unwrap().as_bytes()).unwrap()
}
