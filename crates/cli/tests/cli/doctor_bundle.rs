//! `doctor --bundle`: enough to help, and nothing of whose store it is.

use crate::support::{Tool, base64url, creation, with};
use authenticator_testkit::leaks::{Needle, found};
use serde_json::{Value, json};

const SITE: &str = "example.com";
const NAME: &str = "marguerite.oldenburg";
const LABEL: &str = "Grandmother's telephone";

/// A store of Marguerite's with something wrong in it, and what must not be said of it.
fn lived_in() -> (Tool, Vec<Needle>) {
    let tool = Tool::new();
    let made =
        tool.create(&with(creation(NAME), "/user/displayName", json!("Marguerite O.")), "approve").json();
    tool.create(&creation(NAME), "approve").json();
    let id = tool.newest();
    assert_eq!(tool.run(&["rename", &id, LABEL], "").code, 0);
    tool.register("someone.else");
    tool.tamper(
        "UPDATE record SET body = zeroblob(200) WHERE kind = 1 AND number = (SELECT max(number) FROM record)",
    );
    tool.tamper(
        "DELETE FROM record WHERE kind = 1 AND number = (SELECT min(number) FROM record WHERE kind = 1)",
    );
    let items = tool.list();
    let text = |value: &Value| value.as_str().unwrap().as_bytes().to_vec();
    let created = items[1]["created"].to_string();
    let mut needles = vec![
        Needle::new("the site", SITE.as_bytes()),
        Needle::new("the name", NAME.as_bytes()),
        Needle::new("the label", LABEL.as_bytes()),
        Needle::new("the user handle", base64url(NAME.as_bytes()).as_bytes()),
        Needle::new("the credential id", &text(&made["id"])),
        Needle::new("the moment", created.as_bytes()),
        Needle::new("the device key", &std::fs::read(tool.key()).unwrap()),
        Needle::new("a path", tool.path("").to_str().unwrap().as_bytes()),
        Needle::new("a file's name", b"passkeys.db"),
    ];
    needles.extend(items.iter().map(|item| Needle::new("a record's id", &text(&item["id"]))));
    (tool, needles)
}

fn bundle(tool: &Tool, name: &str) -> String {
    let path = tool.path(name);
    tool.doctor(&["--bundle", path.to_str().unwrap()]);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_bundle_names_nobody_and_says_what_is_wrong() {
    let (tool, needles) = lived_in();
    let text = bundle(&tool, "bundle.json");
    assert_eq!(found(text.as_bytes(), &needles), Vec::<String>::new());

    let mut said: Value = serde_json::from_str(&text).unwrap();
    let day = said["day"].take();
    assert_eq!(day.as_str().map(str::len), Some("2026-11-20".len()), "{day}");
    // How many there are depends on how long records are.
    assert!(said["file"]["pages"].take().is_u64() && said["file"]["freePages"].take().is_u64());
    assert!(said["platform"]["system"].is_string());
    said.as_object_mut().unwrap().remove("platform");
    assert_eq!(
        said,
        json!({
            "tool": { "name": "authenticator", "version": env!("CARGO_PKG_VERSION") },
            "day": null,
            "opened": true,
            "file": { "faults": 0, "strays": 0, "format": 1, "pageSize": 1024, "pages": null, "freePages": null, "logBytes": 0 },
            "files": [],
            "store": {
                "checked": {
                    "passkeys": 2, "hostRecords": 0, "keyIntents": 0, "keyTombstones": 0, "commits": 5, "generation": 1,
                },
                "findings": [
                    { "kind": "unreadable-passkey", "severity": "error", "record": 1 },
                    { "kind": "mixed-records", "severity": "error", "record": null },
                    { "kind": "unconfirmed-passkey", "severity": "notice", "record": 2 },
                ],
            },
        })
    );
}

/// What the person is told names the path; the bundle does not.
#[test]
fn the_bundle_of_a_store_that_cannot_be_opened_names_no_path() {
    let (tool, needles) = lived_in();
    std::fs::rename(tool.key(), tool.path("away")).unwrap();
    let text = bundle(&tool, "bundle.json");
    assert_eq!(found(text.as_bytes(), &needles), Vec::<String>::new());
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["files"], json!([{ "kind": "key-file-missing", "severity": "error" }]));
    assert_eq!((&said["opened"], &said["store"]), (&json!(false), &Value::Null));
    let spoken = tool.doctor_for_people().stdout;
    assert!(found(spoken.as_bytes(), &needles).contains(&"a path as raw".to_owned()), "{spoken}");
}

#[test]
fn a_bundle_takes_no_other_files_place() {
    let (tool, _) = lived_in();
    let key = tool.key();
    let before = std::fs::read(&key).unwrap();
    let refused = tool.run(&["doctor", "--bundle", key.to_str().unwrap()], "");
    refused.fails(2, &["name of a new file"]);
    assert_eq!(std::fs::read(&key).unwrap(), before);
}

/// The search can fail: whatever is planted in a bundle is found, however it is written.
#[test]
fn a_planted_leak_is_found() {
    let (tool, needles) = lived_in();
    let text = bundle(&tool, "bundle.json");
    let key = base64url(&std::fs::read(tool.key()).unwrap());
    let planted = format!("{text} {NAME} {key} {} {}", tool.newest(), tool.database().display());
    let leaks = found(planted.as_bytes(), &needles);
    for what in ["the name", "the device key", "a record's id", "a path", "a file's name"] {
        assert!(leaks.iter().any(|leak| leak.starts_with(what)), "{what}: {leaks:?}");
    }
}
