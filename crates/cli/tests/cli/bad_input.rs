//! What cannot be used is refused with the reason, and changes nothing.

use crate::support::{ORIGIN, Tool, base64url, creation, request, with, without};
use serde_json::json;
use std::path::Path;
use std::process::Command;

#[test]
fn options_that_are_no_json() {
    let tool = Tool::new();
    let whole = creation("alice").to_string();
    for options in ["", "{", "null", "[]", "\"text\"", &whole[..whole.len() / 2], &format!("{whole}}}")] {
        for command in ["create", "get"] {
            let run = tool.run(&[command, "--origin", ORIGIN, "--user", "approve"], options);
            run.fails(5, &["TypeError", "request"]);
        }
    }
    assert!(!tool.store().exists());
}

#[test]
fn options_whose_members_are_missing_or_wrong() {
    let tool = Tool::new();
    for name in ["rp", "user", "challenge", "pubKeyCredParams"] {
        tool.create(&without(creation("alice"), name), "approve").fails(5, &["TypeError", name, "missing"]);
    }
    for (pointer, value, code, complaints) in [
        ("/challenge", json!("not*base64"), 5, ["EncodingError", "challenge"]),
        ("/user/id", json!("A"), 5, ["EncodingError", "user.id"]),
        ("/user/id", json!(base64url(&[1; 65])), 5, ["TypeError", "65 bytes"]),
        ("/user/id", json!(""), 5, ["TypeError", "user.id"]),
        ("/user/name", json!(7), 5, ["TypeError", "user.name"]),
        (
            "/pubKeyCredParams",
            json!([{ "type": "public-key", "alg": -257 }]),
            5,
            ["NotSupportedError", "no kind of passkey"],
        ),
        ("/rp/id", json!("com"), 5, ["SecurityError", "may not use"]),
        ("/rp/id", json!("example.org"), 5, ["SecurityError", "may not use"]),
        ("/rp/id", json!("other.example.com"), 5, ["SecurityError", "may not use"]),
    ] {
        tool.create(&with(creation("alice"), pointer, value), "approve").fails(code, &complaints);
    }
    tool.get(&without(request(&[]), "challenge"), "approve").fails(5, &["TypeError", "challenge"]);
    assert_eq!(tool.list().len(), 0);
}

#[test]
fn an_origin_that_may_not_ask() {
    let tool = Tool::new();
    tool.register("alice");
    for origin in [
        "https://example.org",
        "http://login.example.com",
        "login.example.com",
        "",
        "https://example.com.evil.org",
    ] {
        let run = tool.run(&["get", "--origin", origin, "--user", "approve"], &request(&[]).to_string());
        run.fails(5, &["SecurityError"]);
    }
}

#[test]
fn a_command_line_that_cannot_be_used() {
    let tool = Tool::new();
    tool.run(&["create"], "").fails(2, &["--origin"]);
    tool.run(&["create", "--origin", ORIGIN, "--user", "maybe"], "").fails(2, &["maybe"]);
    tool.run(&["dance"], "").fails(2, &["dance"]);
    let absent = ["get", "--origin", ORIGIN, "--options", "/nowhere/options.json"];
    tool.run(&absent, "").fails(2, &["options cannot be read"]);
}

#[test]
fn no_passkey_fits() {
    let tool = Tool::new();
    tool.get(&request(&[]), "approve").fails(3, &["NotAllowedError"]);
}

#[test]
fn a_store_of_a_later_version() {
    let tool = Tool::new();
    tool.register("alice");
    let database = rusqlite::Connection::open(tool.store().join("passkeys.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    for command in ["list", "reset"] {
        tool.run(&[command], "").fails(6, &["version 99", "update this program"]);
    }
    tool.get(&request(&[]), "approve").fails(6, &["version 99"]);
}

#[test]
fn a_file_that_is_no_store() {
    let tool = Tool::new();
    tool.register("alice");
    std::fs::write(tool.store().join("passkeys.db"), "a shopping list, long enough to be looked at").unwrap();
    tool.run(&["list"], "").fails(6, &["not a store"]);
}

#[test]
fn another_device_key_or_none() {
    let tool = Tool::new();
    tool.register("alice");
    let key = tool.key();
    let right = std::fs::read(&key).unwrap();

    std::fs::write(&key, [9; 32]).unwrap();
    tool.run(&["list"], "").fails(6, &["another device key"]);
    tool.get(&request(&[]), "approve").fails(6, &["another device key"]);
    std::fs::write(&key, [9; 31]).unwrap();
    tool.run(&["list"], "").fails(7, &["31 bytes instead of 32"]);
    std::fs::remove_file(&key).unwrap();
    tool.run(&["list"], "").fails(7, &["is missing"]);
    tool.create(&creation("bob"), "approve").fails(7, &["is missing"]);
    assert!(!key.exists(), "a new key cannot open an old store, so none is made");

    private(&key, &right);
    assert_eq!(tool.list().len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
        tool.run(&["list"], "").fails(7, &["others can read", "chmod 600"]);
    }
}

fn private(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made() {
    let tool = Tool::new();
    std::fs::write(tool.store(), "a file where the folder should be").unwrap();
    tool.create(&creation("alice"), "approve").fails(6, &["folder cannot be", "--store"]);
}

/// Permissions do not bind the administrator, under whom nothing can be shown here.
#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let tool = Tool::new();
    std::fs::create_dir(tool.store()).unwrap();
    std::fs::set_permissions(tool.store(), PermissionsExt::from_mode(0o500)).unwrap();
    if std::fs::write(tool.store().join("probe"), "").is_ok() {
        eprintln!("not tested: this user may write everywhere");
        return;
    }
    tool.create(&creation("alice"), "approve").fails(6, &["permissions"]);
}

/// Not even the administrator makes folders among the kernel's.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_file_system() {
    let tool = Tool::new();
    let mut create = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    create.args(["create", "--origin", ORIGIN, "--user", "approve", "--store", "/sys/authenticator"]);
    let run = tool.finish(&mut create, &creation("alice").to_string());
    run.fails(6, &["folder cannot be made", "--store"]);
}
