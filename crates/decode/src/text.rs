//! The tree as text: a line for each place.

use crate::node::{Node, Value};
use std::fmt::Write;

/// Of a longer byte string only the beginning is shown.
const MOST_BYTES: usize = 128;

/// Of a longer text likewise.
pub(crate) const MOST_CHARACTERS: usize = 200;

impl Node {
    /// A line for each place, with two spaces for each level. Remarks stand behind `!`. Long strings are cut; whatever a terminal
    /// could obey is escaped.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_text_at(0)
    }

    /// The same, so many levels in: as it is in the text of a place around it.
    #[must_use]
    pub fn to_text_at(&self, level: usize) -> String {
        let mut text = String::new();
        write(self, level, &mut text);
        text
    }
}

fn write(node: &Node, level: usize, text: &mut String) {
    text.push_str(&"  ".repeat(level));
    text.push_str(&node.label);
    let value = value(&node.value);
    if !value.is_empty() {
        text.push_str(": ");
        text.push_str(&value);
    }
    // Writing to memory does not fail.
    if let Some(meaning) = &node.meaning {
        let _ = write!(text, " ({meaning})");
    }
    for note in &node.notes {
        let _ = write!(text, "  ! {note}");
    }
    text.push('\n');
    for member in &node.members {
        write(member, level.saturating_add(1), text);
    }
}

/// A value on one line; nothing for what has members.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::None | Value::Map(1..) => String::new(),
        Value::Bytes(bytes) => {
            let shown = bytes.get(..MOST_BYTES).unwrap_or(bytes);
            let more = if shown.len() < bytes.len() { "…" } else { "" };
            let length = crate::message::bytes(bytes.len());
            if bytes.is_empty() { length } else { format!("{length} {}{more}", hex(shown)) }
        }
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Simple(name) => name.clone(),
        Value::Array(1) => "1 item".to_owned(),
        Value::Array(count) => format!("{count} items"),
        Value::Map(0) => "empty".to_owned(),
    }
}

/// Two digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// A text in quotes, cut where it is long. Control characters, and those that turn the direction of writing, are escaped.
#[must_use]
pub fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(MOST_CHARACTERS).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("{shown:?}{more}")
}
