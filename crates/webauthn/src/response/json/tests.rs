use serde_json::json;

use super::*;

#[test]
fn a_response_is_written_in_one_piece() {
    let value = json!({"a": ["x", 1, true], "b": {"c": "\u{e9}\n"}});
    let text = ResponseJson::write(value.clone()).expose_string();
    assert_eq!(text, value.to_string());
    assert_eq!(text.capacity(), text.len(), "it has not grown");
}

#[test]
fn what_it_is_written_from_is_wiped() {
    let mut value = json!({"results": {"first": "secret"}, "list": ["secret", 1, null]});
    wipe(&mut value);
    assert_eq!(value, json!({"results": {"first": ""}, "list": ["", 1, null]}));
}

#[test]
fn a_response_is_not_printed() {
    let response = ResponseJson::write(json!("secret"));
    assert_eq!((format!("{response:?}").as_str(), &*response), ("ResponseJson(..)", "\"secret\""));
}
