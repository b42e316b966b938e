//! `list`, `show`, `rename`, `delete` and `reset`.

use crate::support::{Tool, base64url, creation, request, with};
use serde_json::json;

#[test]
fn an_empty_store_lists_nothing() {
    let tool = Tool::new();
    assert_eq!(tool.run(&["list"], "").stdout, "No passkeys.\n");
    assert_eq!(tool.run(&["list", "--json"], "").json(), json!([]));
    tool.run(&["show", "00"], "").fails(8, &["no passkey"]);
    tool.run(&["reset", "--yes-delete-everything"], "").fails(8, &["no passkey"]);
    assert!(!tool.store().exists(), "looking makes nothing");
}

#[test]
fn passkeys_are_listed_for_people_and_for_programs() {
    let tool = Tool::new();
    let name = "eve\u{1b}[2J\u{202e}";
    let made = tool.create(&with(creation("eve"), "/user/name", json!(name)), "approve").json();
    tool.register("alice");

    let table = tool.run(&["list"], "").stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("ID ") && lines[0].ends_with("PROTECTION"), "{table}");
    assert!(
        lines[1].contains("alice") && lines[1].contains("unconfirmed") && lines[1].ends_with("file"),
        "{table}"
    );
    assert!(lines[2].contains("eve\\u{1b}[2J\\u{202e}"), "{table}");
    assert!(!table.contains(['\u{1b}', '\u{202e}']));

    let eve = &tool.list()[1];
    assert_eq!(eve["userName"], name);
    assert_eq!((&eve["credentialId"], &eve["rpId"]), (&made["id"], &json!("example.com")));
    assert_eq!((&eve["userHandle"], &eve["protection"]), (&json!(base64url(b"eve")), &json!("file")));
    assert_eq!(
        (&eve["algorithm"], &eve["credProtect"], &eve["state"]),
        (&json!(-7), &json!(1), &json!("unconfirmed"))
    );
    assert!(eve["created"].is_u64() && eve["lastUsed"].is_null() && eve["label"].is_null());

    let id = eve["id"].as_str().unwrap();
    assert_eq!(&tool.run(&["show", id, "--json"], "").json(), eve);
    let shown = tool.run(&["show", &id[..8]], "").stdout;
    assert!(shown.contains("eve\\u{1b}[2J") && shown.contains(made["id"].as_str().unwrap()), "{shown}");
}

#[test]
fn signing_in_is_remembered() {
    let tool = Tool::new();
    tool.register("alice");
    tool.get(&request(&[]), "approve").json();
    assert!(tool.list()[0]["lastUsed"].is_u64());
}

#[test]
fn s21_a_passkey_is_given_a_label() {
    let tool = Tool::new();
    tool.register("alice");
    let id = tool.newest();
    assert_eq!(tool.run(&["rename", &id[..6], "Κλειδί 🔑"], "").code, 0);
    let item = &tool.list()[0];
    assert_eq!((&item["label"], &item["userName"]), (&json!("Κλειδί 🔑"), &json!("alice")));
    assert!(tool.run(&["list"], "").stdout.contains("Κλειδί 🔑"));

    tool.run(&["rename", &id, ""], "").fails(2, &["at least one character"]);
    tool.run(&["rename", &id, "two\nlines"], "").fails(2, &["line breaks"]);
    tool.run(&["rename", &id, &"x".repeat(101)], "").fails(2, &["at most 100", "101"]);
}

#[test]
fn s35_a_deleted_passkey_signs_in_no_more() {
    let tool = Tool::new();
    let made = tool.register("alice");
    let deleted = tool.run(&["delete", &tool.newest(), "--yes"], "");
    assert_eq!(deleted.code, 0);
    assert!(deleted.stdout.contains("example.com still lists this passkey"), "{deleted:?}");
    assert_eq!(tool.list().len(), 0);
    tool.get(&request(&[&made["id"]]), "approve").fails(3, &["NotAllowedError"]);
    tool.get(&request(&[]), "approve").fails(3, &["NotAllowedError"]);
}

#[test]
fn s38_deleting_the_newer_passkey_brings_back_the_earlier_one_and_says_so() {
    const AGAIN: &str = "The earlier passkey for this account is in use again";
    let tool = Tool::new();
    let earlier = tool.register("alice");
    tool.register("alice");
    tool.register("bob");
    let states = || -> Vec<_> { tool.list().iter().map(|item| item["state"].clone()).collect() };
    assert_eq!(states(), ["unconfirmed", "unconfirmed", "superseded"]);
    let id = |place: usize| tool.list()[place]["id"].as_str().unwrap().to_owned();

    let of_bob = tool.run(&["delete", &id(0), "--yes"], "");
    assert!(of_bob.code == 0 && !of_bob.stdout.contains(AGAIN), "{of_bob:?}");
    let newer = tool.run(&["delete", &id(0), "--yes"], "");
    assert!(newer.code == 0 && newer.stdout.contains(AGAIN), "{newer:?}");
    assert_eq!(states(), ["unconfirmed"]);
    assert_eq!(tool.get(&request(&[]), "approve").json()["id"], earlier["id"]);
    assert_eq!(states(), ["active"]);

    tool.register("alice");
    let superseded = tool.run(&["delete", &id(1), "--yes"], "");
    assert!(superseded.code == 0 && !superseded.stdout.contains(AGAIN), "{superseded:?}");
    assert_eq!(states(), ["unconfirmed"]);
}

#[test]
fn s38_an_exclude_list_that_names_the_newer_passkey_deletes_the_earlier_one() {
    let tool = Tool::new();
    tool.register("alice");
    let newer = tool.register("alice");
    let excluding =
        with(creation("alice"), "/excludeCredentials", json!([{"type": "public-key", "id": newer["id"]}]));
    tool.create(&excluding, "approve").fails(4, &["InvalidStateError"]);
    let [item] = tool.list().try_into().unwrap();
    assert_eq!((&item["credentialId"], &item["state"]), (&newer["id"], &json!("active")));
}

#[test]
fn ids_are_unique_beginnings() {
    let tool = Tool::new();
    // Seventeen ids: two of them begin with the same digit.
    let names: Vec<String> = (0..17).map(|n| format!("user {n}")).collect();
    names.iter().for_each(|name| drop(tool.register(name)));
    let ids: Vec<String> = tool.list().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    let double = ids.iter().find(|id| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1).unwrap();
    tool.run(&["delete", &double[..1], "--yes"], "").fails(8, &["several"]);
    tool.run(&["delete", &"0".repeat(32), "--yes"], "").fails(8, &["no passkey with this id"]);
    tool.run(&["delete", "bob", "--yes"], "").fails(2, &["0-9 and a-f"]);
    tool.run(&["delete", "", "--yes"], "").fails(2, &["0-9 and a-f"]);
    assert_eq!(tool.list().len(), 17);
    assert_eq!(tool.run(&["delete", &double.to_uppercase(), "--yes"], "").code, 0);
}

#[test]
fn reset_deletes_everything_and_the_store_can_be_used_again() {
    let tool = Tool::new();
    tool.register("alice");
    tool.register("bob");
    let reset = tool.run(&["reset", "--yes-delete-everything"], "");
    assert!(reset.code == 0 && reset.stdout.contains("Passkeys deleted: 2"), "{reset:?}");
    assert_eq!(tool.list().len(), 0);
    tool.register("carol");
    assert_eq!(tool.list().len(), 1);
}
