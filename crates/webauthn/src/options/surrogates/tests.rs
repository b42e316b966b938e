use super::*;
use serde_json::Value;

#[test]
fn half_a_character_becomes_the_replacement_character() {
    for (json, text) in [
        (r#""\ud83d""#, "\u{fffd}"),
        (r#""\uDE00x""#, "\u{fffd}x"),
        (r#""a\ud83d b\udc00\ud83d""#, "a\u{fffd} b\u{fffd}\u{fffd}"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ud83dn""#, "\u{fffd}n"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
        (r#""\\\ud83d""#, "\\\u{fffd}"),
    ] {
        let repaired = repaired(json);
        assert_eq!(repaired.len(), json.len(), "positions stay: {json}");
        assert_eq!(serde_json::from_str::<Value>(&repaired).unwrap(), text, "{json}");
    }
}

#[test]
fn everything_else_stays_as_it_is() {
    for json in [
        "",
        "{}",
        r#""\ud83d\ude00 \u00e9 \n \" \\""#,
        r#""\\ud83d""#,
        r#""\\\\ude00é""#,
        // No JSON, and left to the parser.
        r#""\"#,
        r#""\u"#,
        r#""\ud83"#,
        r#""\ud8é""#,
        r#""\u+83d""#,
        r#""\é""#,
    ] {
        assert!(matches!(repaired(json), Cow::Borrowed(same) if same == json), "{json}");
    }
}

#[test]
fn a_request_with_half_a_character_is_read() {
    let json = r#"{
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada \ud83d", "displayName": "\ude00"},
        "challenge": "AAEC",
        "pubKeyCredParams": []
    }"#;
    let options = crate::CreationOptions::from_json(json).unwrap();
    assert_eq!((&*options.user.name, &*options.user.display_name), ("ada \u{fffd}", "\u{fffd}"));
}
