//! `prf` over the command's processes: what it gives is the same tomorrow.

use crate::support::{Tool, base64url, creation, request, with};
use serde_json::{Value, json};

fn eval(options: Value, input: &str) -> Value {
    with(options, "/extensions", json!({ "prf": { "eval": { "first": base64url(input.as_bytes()) } } }))
}

fn result(response: &Value) -> &str {
    let result = &response["clientExtensionResults"]["prf"]["results"]["first"];
    result.as_str().unwrap_or_else(|| panic!("no result: {response}"))
}

#[test]
fn prf01_a_passkey_gives_the_same_result_in_every_process() {
    let tool = Tool::new();
    let made = tool.create(&eval(creation("alice"), "key 1"), "verify").json();
    assert_eq!(made["clientExtensionResults"]["prf"]["enabled"], true);
    let of =
        |id: &Value, input: &str| result(&tool.get(&eval(request(&[id]), input), "verify").json()).to_owned();
    assert_eq!(result(&made).len(), 43, "32 bytes");
    assert_eq!(of(&made["id"], "key 1"), result(&made));
    assert_eq!(of(&made["id"], "key 1"), result(&made));
    assert_ne!(of(&made["id"], "key 2"), result(&made));
    let other = tool.create(&creation("bob"), "verify").json();
    assert_ne!(of(&other["id"], "key 1"), result(&made));
}

#[test]
fn prf03_who_is_not_verified_gets_no_result() {
    let tool = Tool::new();
    let made = tool.create(&eval(creation("alice"), "key 1"), "approve").json();
    assert_eq!(made["clientExtensionResults"]["prf"], json!({ "enabled": true }));
    let signed_in = tool.get(&eval(request(&[&made["id"]]), "key 1"), "approve").json();
    assert_eq!(signed_in["clientExtensionResults"]["prf"], json!({}));
}

#[test]
fn prf04_inputs_for_a_passkey_that_is_not_allowed_are_refused() {
    let tool = Tool::new();
    let made = tool.register("alice");
    let inputs = json!({ "prf": { "evalByCredential": { "AAAA": { "first": "AA" } } } });
    let options = with(request(&[&made["id"]]), "/extensions", inputs);
    tool.get(&options, "verify").fails(5, &["SyntaxError", "evalByCredential"]);
}
