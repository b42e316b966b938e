//! `largeBlob` over the command's processes: what a site has written is there tomorrow, for its passkey alone.

use crate::support::{Tool, base64url, creation, request, with};
use serde_json::{Value, json};

fn large_blob(options: Value, input: &Value) -> Value {
    with(options, "/extensions", json!({ "largeBlob": input }))
}

fn answer(response: &Value) -> Value {
    response["clientExtensionResults"]["largeBlob"].clone()
}

/// Registers a passkey that can have a large blob, and gives its id.
fn register(tool: &Tool, name: &str) -> Value {
    let options = large_blob(creation(name), &json!({ "support": "required" }));
    let made = tool.create(&options, "approve").json();
    assert_eq!(answer(&made), json!({ "supported": true }));
    made["id"].clone()
}

fn write(tool: &Tool, id: &Value, blob: &[u8], user: &str) -> Value {
    let options = large_blob(request(&[id]), &json!({ "write": base64url(blob) }));
    answer(&tool.get(&options, user).json())
}

fn read(tool: &Tool, id: &Value) -> Value {
    let options = large_blob(request(&[id]), &json!({ "read": true }));
    answer(&tool.get(&options, "approve").json())
}

fn kept(blob: &[u8]) -> Value {
    json!({ "blob": base64url(blob) })
}

#[test]
fn map01_what_a_site_writes_every_later_process_reads() {
    let tool = Tool::new();
    let [alice, bob] = ["alice", "bob"].map(|name| register(&tool, name));
    assert_eq!(read(&tool, &alice), json!({}));
    let long: Vec<u8> = b"a certificate, and ".repeat(3000);
    for (blob, user) in [(&b"a certificate"[..], "verify"), (&long, "approve"), (b"", "verify")] {
        assert_eq!(write(&tool, &alice, blob, user), json!({ "written": true }));
        assert_eq!(read(&tool, &alice), kept(blob));
        assert_eq!(read(&tool, &alice), kept(blob));
        assert_eq!(read(&tool, &bob), json!({}));
    }
    assert_eq!(write(&tool, &bob, b"of bob", "verify"), json!({ "written": true }));
    assert_eq!((read(&tool, &alice), read(&tool, &bob)), (kept(b""), kept(b"of bob")));
    assert_eq!(tool.run(&["doctor"], "").code, 0, "nothing is wrong");
}

#[test]
fn map01_what_there_is_no_room_for_is_not_written_and_the_sign_in_succeeds() {
    let tool = Tool::new();
    let alice = register(&tool, "alice");
    assert_eq!(write(&tool, &alice, b"before", "verify"), json!({ "written": true }));
    // Numbers that cannot be compressed.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..6000).map(|_| next()).collect();
    assert_eq!(write(&tool, &alice, &noise, "verify"), json!({ "written": false }));
    assert_eq!(read(&tool, &alice), kept(b"before"));
}

#[test]
fn map01_a_request_that_is_misplaced_is_refused() {
    let tool = Tool::new();
    let alice = register(&tool, "alice");
    let both = json!({ "read": true, "write": "AA" });
    tool.get(&large_blob(request(&[&alice]), &both), "verify").fails(5, &["NotSupportedError", "largeBlob"]);
    tool.get(&large_blob(request(&[]), &json!({ "write": "AA" })), "verify").fails(5, &["NotSupportedError"]);
    tool.create(&large_blob(creation("bob"), &json!({ "read": true })), "verify")
        .fails(5, &["NotSupportedError"]);
}
