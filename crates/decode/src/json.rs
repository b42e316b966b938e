//! The tree as JSON: everything, uncut.

use crate::node::{Key, Node, Value};
use crate::text::hex;
use serde_json::{Map, Value as Json, json};

impl Node {
    /// An object for each place: `label`, `offset` and `length` always; `name`, `key`, `type` and `value`, `meaning`, `notes`
    /// and `members` where there are any. Byte strings are hexadecimal; a number that JSON cannot hold is a text.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut object = Map::new();
        let mut put = |key: &str, value: Json| object.insert(key.to_owned(), value);
        put("label", json!(self.label));
        put("offset", json!(self.offset));
        put("length", json!(self.length));
        if let Some(name) = self.name {
            put("name", json!(name));
        }
        if let Some(key) = &self.key {
            put(
                "key",
                match key {
                    Key::Integer(number) => integer(*number),
                    Key::Text(text) | Key::Other(text) => json!(text),
                },
            );
        }
        if let Some((kind, value)) = value(&self.value) {
            put("type", json!(kind));
            put("value", value);
        }
        if let Some(meaning) = &self.meaning {
            put("meaning", json!(meaning));
        }
        if !self.notes.is_empty() {
            let notes =
                self.notes.iter().map(|note| json!({ "kind": note.kind(), "text": note.to_string() }));
            put("notes", notes.collect());
        }
        if !self.members.is_empty() {
            put("members", self.members.iter().map(Self::to_json).collect());
        }
        Json::Object(object)
    }
}

fn integer(number: i128) -> Json {
    let fits = i64::try_from(number).map(Json::from).or_else(|_| u64::try_from(number).map(Json::from));
    fits.unwrap_or_else(|_| json!(number.to_string()))
}

fn value(value: &Value) -> Option<(&'static str, Json)> {
    Some(match value {
        Value::None => return None,
        Value::Bytes(bytes) => ("bytes", json!(hex(bytes))),
        Value::Text(text) => ("text", json!(text)),
        Value::Integer(number) => ("integer", integer(*number)),
        Value::Boolean(boolean) => ("boolean", json!(boolean)),
        Value::Float(number) => ("float", json!(number.to_string())),
        Value::Simple(name) => ("simple", json!(name)),
        Value::Array(count) => ("array", json!(count)),
        Value::Map(count) => ("map", json!(count)),
    })
}
