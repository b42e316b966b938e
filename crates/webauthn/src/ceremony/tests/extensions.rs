//! The extensions but `prf` and `largeBlob`, as a site sees them.

use authenticator_core::credential::{ClientDataHash, CredProtect};
use authenticator_core::{
    Algorithm, Algorithms, Command, CredentialList, MakeCredential, PinUvAuth, Preference,
    RegistrationExtensions, Replacement, Reply, Requester, User,
};

use super::*;
use crate::base64url;

fn results(response: &Value) -> &Value {
    &response["clientExtensionResults"]
}

fn with_extensions(mut options: Value, extensions: Value) -> Value {
    options["extensions"] = extensions;
    options
}

#[test]
fn map01_cb01_cb03_a_site_keeps_a_few_bytes_with_a_passkey() {
    let mut phone = phone();
    let blob = base64url::encode(&[7; 32]);
    let made = phone.create(&creation(json!({"extensions": {"credBlob": blob}}))).unwrap();
    assert_eq!(results(&made), &json!({"credBlob": true}));
    let asked = phone.get(&request(json!({"extensions": {"getCredBlob": true}}))).unwrap();
    assert_eq!(results(&asked), &json!({"getCredBlob": blob}));
    for extensions in [json!({}), json!({"getCredBlob": false})] {
        let unasked = phone.get(&request(json!({"extensions": extensions}))).unwrap();
        assert_eq!(results(&unasked), &json!({}));
    }
}

#[test]
fn cb01_cb04_bytes_that_cannot_be_kept_are_said_not_to_be() {
    let long = base64url::encode(&[7; 33]);
    for (resident_key, blob) in [("required", long.as_str()), ("discouraged", "AAEC")] {
        let mut phone = phone();
        let options = creation(json!({"authenticatorSelection": {"residentKey": resident_key}}));
        let made = phone.create(&with_extensions(options, json!({"credBlob": blob}))).unwrap();
        assert_eq!(results(&made), &json!({"credBlob": false}));
        let options = request(json!({"allowCredentials": [descriptor(id(&made))]}));
        let asked = phone.get(&with_extensions(options, json!({"getCredBlob": true}))).unwrap();
        assert_eq!(results(&asked), &json!({"getCredBlob": ""}));
    }
    let mut without = Device::new(Profile { cred_blob: false, ..Profile::phone([0xaa; 16]) });
    let made = without.create(&creation(json!({"extensions": {"credBlob": "AAEC"}}))).unwrap();
    assert_eq!(results(&made), &json!({}));
    let asked = without.get(&request(json!({"extensions": {"getCredBlob": true}}))).unwrap();
    assert_eq!(results(&asked), &json!({}));
}

#[test]
fn map01_mpl01_the_minimum_pin_length_is_for_chosen_sites() {
    let mut key = Device::new(Profile::security_key([0xaa; 16]));
    let made = key.create(&creation(json!({"extensions": {"minPinLength": true}}))).unwrap();
    assert_eq!(results(&made), &json!({}));
    let extensions = judge_registration(&made, &hash_of_client_data(&made)).extensions;
    assert_eq!(extensions, None, "nobody has allowed this site to know");
}

#[test]
fn map01_all_extensions_of_a_registration_answer_beside_each_other() {
    let mut phone = phone();
    let made = phone
        .create(&creation(json!({"extensions": {
            "appidExclude": "https://example.com/u2f",
            "credBlob": "AAEC",
            "credProps": true,
            "credentialProtectionPolicy": "userVerificationRequired",
            "largeBlob": {"support": "preferred"},
            "minPinLength": true,
            "prf": {},
        }})))
        .unwrap();
    assert_eq!(
        results(&made),
        &json!({
            "appidExclude": true,
            "credBlob": true,
            "credProps": {"rk": true},
            "largeBlob": {"supported": true},
            "prf": {"enabled": true},
        })
    );
    let outputs = judge_registration(&made, &hash_of_client_data(&made)).extensions.unwrap();
    let names: Vec<&str> = outputs.as_map().unwrap().iter().filter_map(|(name, _)| name.as_text()).collect();
    assert_eq!(names, ["credBlob", "credProtect", "hmac-secret"]);
}

#[test]
fn an_app_id_is_checked_and_never_applied() {
    let mut phone = phone();
    phone.create(&creation(json!({}))).unwrap();
    let signed = phone.get(&request(json!({"extensions": {"appid": "https://example.com"}}))).unwrap();
    assert_eq!(results(&signed), &json!({"appid": false}));

    phone.asked.clear();
    for (app_id, sentence) in [("https://example.org", "another site"), ("example.com", "malformed")] {
        let refused = [
            phone.get(&request(json!({"extensions": {"appid": app_id}}))).unwrap_err(),
            phone.create(&creation(json!({"extensions": {"appidExclude": app_id}}))).unwrap_err(),
        ];
        for error in refused {
            assert_eq!(error.name(), DomException::SecurityError);
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
    assert_eq!(phone.asked, []);
}

const APP_ID: &str = "https://example.com/u2f";

/// There is no U2F here, but a client of CTAP can make a credential under the address of one. Its descriptor.
fn made_under_the_app_id(phone: &mut Device, cred_protect: Option<CredProtect>) -> Value {
    let done = phone.drive(obliging, |cx| {
        Command::MakeCredential(MakeCredential {
            client_data_hash: ClientDataHash([1; 32]),
            rp_id: APP_ID,
            user: User { id: b"ada", name: None, display_name: None },
            algorithms: Algorithms::new([Algorithm::Es256]),
            exclude: CredentialList::default(),
            exclude_app_id: None,
            extensions: RegistrationExtensions { cred_protect, ..RegistrationExtensions::default() },
            rk: Some(false),
            up: None,
            uv: false,
            pin_uv_auth: PinUvAuth::default(),
            enterprise_attestation: None,
            attestation_formats: Preference::default(),
            replacement: Replacement::Overwrite,
        })
        .begin(cx, Requester::default())
    });
    let Ok(Reply::Registered(registered)) = done.result else { panic!("a credential") };
    descriptor(&base64url::encode(registered.credential_id()))
}

#[test]
fn a_credential_under_the_app_id_is_excluded_once_the_user_agrees() {
    let mut phone = phone();
    let old = made_under_the_app_id(&mut phone, None);
    let options =
        |extensions: Value| with_extensions(creation(json!({"excludeCredentials": [old]})), extensions);
    let refused = phone.create(&options(json!({"appidExclude": APP_ID}))).unwrap_err();
    assert_eq!(refused.name(), DomException::InvalidStateError);
    for extensions in [json!({}), json!({"appidExclude": "https://example.com/other"})] {
        phone.create(&options(extensions)).unwrap();
    }
}

/// MC-20: it counts only once the user is verified. Else the site gets a passkey of its own, and nobody one of the AppID.
#[test]
fn a_protected_credential_under_the_app_id_excludes_verified_users_alone() {
    let mut phone = phone();
    let old = made_under_the_app_id(&mut phone, Some(CredProtect::Required));
    let mut create = |verification: &str| {
        phone.create(&creation(json!({
            "authenticatorSelection": {"residentKey": "discouraged", "userVerification": verification},
            "excludeCredentials": [old],
            "extensions": {"appidExclude": APP_ID},
        })))
    };
    assert_eq!(create("required").unwrap_err().name(), DomException::InvalidStateError);
    let made = create("discouraged").unwrap();
    judge_registration(&made, &hash_of_client_data(&made));
    assert_eq!(results(&made), &json!({"appidExclude": true}));
}
