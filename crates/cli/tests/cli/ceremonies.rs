//! `create` and `get` with good options.

use crate::support::{ORIGIN, Tool, base64url, creation, request, with};
use serde_json::{Value, json};

#[test]
fn a_passkey_is_made_and_signs_in() {
    let tool = Tool::new();
    let made = tool.create(&creation("alice"), "approve");
    let response = made.json();
    assert_eq!((made.stderr.as_str(), made.stdout.matches('\n').count()), ("", 1));
    assert_eq!(response["type"], "public-key");
    assert!(response["response"]["attestationObject"].is_string());

    let signed_in = tool.get(&request(&[]), "approve").json();
    assert_eq!(signed_in["id"], response["id"]);
    assert_eq!(signed_in["response"]["userHandle"], json!(base64url(b"alice")));
}

#[test]
fn options_may_come_from_a_file() {
    let tool = Tool::new();
    let file = tool.path("options.json");
    std::fs::write(&file, json!({ "publicKey": creation("alice") }).to_string()).unwrap();
    let arguments = ["create", "--origin", ORIGIN, "--user", "approve", "--options", file.to_str().unwrap()];
    tool.run(&arguments, "").json();
    assert_eq!(tool.list().len(), 1);
}

#[test]
fn the_last_of_ten_thousand_allowed_credentials_is_found() {
    let tool = Tool::new();
    let ours = tool.register("alice")["id"].clone();
    let foreign: Vec<Value> =
        (0..9_999_u32).map(|n| json!(base64url(&[[7; 28].as_slice(), &n.to_be_bytes()].concat()))).collect();
    let mut allowed: Vec<&Value> = foreign.iter().collect();
    tool.get(&request(&allowed), "approve").fails(3, &["NotAllowedError"]);
    allowed.push(&ours);
    assert_eq!(tool.get(&request(&allowed), "approve").json()["id"], ours);
}

#[cfg(target_os = "linux")]
#[test]
fn the_default_store_may_be_named() {
    let tool = Tool::new();
    let run = |arguments: &[&str], stdin: &str| {
        tool.finish(std::process::Command::new(env!("CARGO_BIN_EXE_authenticator")).args(arguments), stdin)
    };
    let folder = tool.path("home/.local/share/authenticator");
    let named = ["--store", folder.to_str().unwrap()];
    let create = ["create", "--origin", ORIGIN, "--user", "approve"];
    run(&create, &creation("alice").to_string()).json();
    run(&[create.as_slice(), &named].concat(), &creation("bob").to_string()).json();
    assert_eq!(run(&[["list", "--json"], named].concat(), "").json().as_array().unwrap().len(), 2);
    assert!(tool.key().ends_with("device.key"));
}

#[test]
fn members_nobody_knows_are_ignored() {
    let tool = Tool::new();
    let options = with(creation("alice"), "/future", json!({ "deep": [1, 2] }));
    let options = with(options, "/extensions", json!({ "unheardOf": true }));
    tool.create(&options, "approve").json();
    tool.get(&with(request(&[]), "/future", json!("x")), "approve").json();
}

#[test]
fn a_site_that_expects_another_device_is_served() {
    let tool = Tool::new();
    let options =
        with(creation("alice"), "/authenticatorSelection/authenticatorAttachment", json!("cross-platform"));
    let made = tool.create(&options, "approve");
    assert_eq!(made.json()["authenticatorAttachment"], "platform");
    assert!(made.stderr.contains("another kind of device"), "{made:?}");
}

#[test]
fn equal_and_empty_names_are_names() {
    let tool = Tool::new();
    for handle in ["one", "two"] {
        let options = with(creation("same"), "/user/id", json!(base64url(handle.as_bytes())));
        tool.create(&options, "approve").json();
    }
    tool.create(&with(creation("three"), "/user/name", json!("")), "approve").json();
    let names: Vec<Value> = tool.list().iter().map(|item| item["userName"].clone()).collect();
    assert_eq!(names, ["", "same", "same"]);

    // The one made first is the last of the order shown.
    let chosen = tool
        .run(&["get", "--origin", ORIGIN, "--user", "approve", "--choose", "3"], &request(&[]).to_string());
    assert_eq!(chosen.json()["response"]["userHandle"], json!(base64url(b"one")));
}

#[test]
fn several_accounts_need_a_choice() {
    let tool = Tool::new();
    let alice = tool.register("alice")["id"].clone();
    let bob = tool.register("bob")["id"].clone();
    let undecided = tool.get(&request(&[]), "approve");
    undecided.fails(2, &["--choose", "1  bob", "2  alice", alice.as_str().unwrap(), bob.as_str().unwrap()]);

    let choose = |choice: &str| {
        let arguments = ["get", "--origin", ORIGIN, "--user", "approve", "--choose", choice];
        tool.run(&arguments, &request(&[]).to_string())
    };
    assert_eq!(choose("1").json()["id"], bob);
    assert_eq!(choose(alice.as_str().unwrap()).json()["id"], alice);
    choose("3").fails(2, &["--choose", "1  bob"]);
}

#[test]
fn an_excluded_passkey_is_said_to_be_here() {
    let tool = Tool::new();
    let made = tool.register("alice");
    let exclude = json!([{ "type": "public-key", "id": made["id"] }]);
    let options = with(creation("alice"), "/excludeCredentials", exclude);
    tool.create(&options, "approve").fails(4, &["InvalidStateError"]);
    assert_eq!(tool.list().len(), 1);
}

#[test]
fn verification_is_the_callers_word_or_nothing() {
    let tool = Tool::new();
    let required = with(creation("alice"), "/authenticatorSelection/userVerification", json!("required"));
    for user in ["ask", "approve"] {
        tool.create(&required, user).fails(5, &["ConstraintError", "presence only", "--user verify"]);
    }
    tool.create(&required, "verify").json();
    let required = with(request(&[]), "/userVerification", json!("required"));
    tool.get(&required, "approve").fails(3, &["NotAllowedError"]);
    let verified = tool.get(&required, "verify").json();
    // Flags: presence and verification, and neither BE nor BS.
    assert_eq!(flags(&verified), 0x05);
    assert_eq!(flags(&tool.get(&request(&[]), "approve").json()), 0x01);
}

/// The 33rd byte of the authenticator data: characters 42 to 44 of its base64url begin at bit 252, four before it.
fn flags(response: &Value) -> u8 {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let text = response["response"]["authenticatorData"].as_str().unwrap();
    let digit = |at: usize| u16::try_from(DIGITS.find(text.as_bytes()[at] as char).unwrap()).unwrap();
    ((digit(42) << 6 | digit(43)) & 0xff).try_into().unwrap()
}

#[test]
fn deny_refuses() {
    let tool = Tool::new();
    tool.create(&creation("alice"), "deny").fails(3, &["NotAllowedError"]);
    tool.register("alice");
    tool.get(&request(&[]), "deny").fails(3, &["NotAllowedError"]);
    assert_eq!(tool.list().len(), 1);
}

#[test]
fn the_log_names_nobody() {
    let tool = Tool::new();
    let arguments = ["create", "--origin", ORIGIN, "--user", "approve", "--verbose"];
    let run = tool.run(&arguments, &creation("alice").to_string());
    let id = run.json()["id"].as_str().unwrap().to_owned();
    assert!(run.stderr.contains("the store is open"), "{run:?}");
    for secret in ["example", "alice", &base64url(b"alice"), &id, "AAECAwQF"] {
        assert!(!run.stderr.contains(secret), "{secret} in {}", run.stderr);
    }
}

#[test]
fn an_apps_package_stands_in_its_client_data() {
    let tool = Tool::new();
    let app = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let create = |origin: &str| {
        let arguments =
            ["create", "--origin", origin, "--package-name", "com.example.app", "--user", "approve"];
        tool.run(&arguments, &creation("alice").to_string())
    };
    let made = create(app).json();
    let client_data = made["response"]["clientDataJSON"].as_str().unwrap();
    let client_data = authenticator_webauthn::base64url::decode(client_data).unwrap();
    let client_data: Value = serde_json::from_slice(&client_data).unwrap();
    assert_eq!(client_data["androidPackageName"], "com.example.app");
    create(ORIGIN).fails(2, &["--package-name"]);
}
