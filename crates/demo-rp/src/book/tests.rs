use crate::RpError;
use crate::scenes::{es256, register, registered, sign_in, site};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// A change to saved state.
type Spoil = fn(&mut Value);

#[test]
fn accounts_and_credentials_survive_export_and_import() {
    let (mut before, mut key) = (site(), es256());
    key.sign_count = 1;
    register(&mut before, &mut key).unwrap();
    let open = before.authentication_options(None).unwrap();
    let saved = before.export().unwrap();

    let mut later = site();
    later.import(&saved).unwrap();
    assert_eq!(later.export().unwrap(), saved);
    assert!(matches!(sign_in(&mut later, &key, None), Err(RpError::SignatureCounter)));
    key.sign_count = 2;
    assert_eq!(sign_in(&mut later, &key, Some("alice")).unwrap().user_name, "alice");
    // What was open before is not.
    assert!(matches!(later.finish_authentication(&key.sign_in(&open)), Err(RpError::UnknownChallenge)));
}

#[test]
fn a_wrong_import_is_refused_and_changes_nothing() {
    let (mut site, _) = registered();
    let saved = site.export().unwrap();
    assert!(matches!(site.import("{"), Err(RpError::ImportSyntax(_))));
    assert!(matches!(site.import(r#"{"version":1}"#), Err(RpError::ImportSyntax(_))));

    let ways: [(&str, Spoil); 8] = [
        ("version", |saved| saved["version"] = 2.into()),
        ("rp id", |saved| saved["rpId"] = "example.org".into()),
        ("handle", |saved| saved["accounts"][0]["userHandle"] = "AAAA".into()),
        ("twice", |saved| {
            let again = saved["accounts"][0].clone();
            saved["accounts"].as_array_mut().unwrap().push(again);
        }),
        ("no account", |saved| saved["accounts"] = json!([])),
        ("key", |saved| saved["credentials"][0]["key"] = "AAAA".into()),
        ("state", |saved| saved["credentials"][0]["state"] = "AAAA".into()),
        ("id", |saved| saved["credentials"][0]["id"] = "=".into()),
    ];
    for (what, spoil) in ways {
        let mut value: Value = serde_json::from_str(&saved).unwrap();
        spoil(&mut value);
        let refused = site.import(&value.to_string());
        assert!(matches!(refused, Err(RpError::ImportContent(_))), "{what}: {refused:?}");
    }
    assert_eq!(site.export().unwrap(), saved);
}

#[test]
fn a_forgotten_credential_is_unknown() {
    let (mut site, key) = registered();
    let id = BASE64URL_NOPAD.encode(&key.credential_id);
    assert!(!site.forget("not base64url!"));
    assert!(site.forget(&id));
    assert!(!site.forget(&id));
    assert!(matches!(sign_in(&mut site, &key, None), Err(RpError::UnknownCredential)));
    assert!(matches!(site.authentication_options(Some("alice")), Err(RpError::NoCredentials)));
    assert!(matches!(site.authentication_options(Some("carol")), Err(RpError::UnknownAccount)));
}
