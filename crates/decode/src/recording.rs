//! A recording: a report of CTAPHID on each line.
//!
//! A line is a JSON object, or the report in hexadecimal with `>` (to the device) or `<` (from it) before it. Without either, a
//! report goes the way that it must go if clients wait for their answers. Empty lines, and those that begin with `#`, are none.

use crate::hid::{Direction, Messages};
use crate::node::{Node, Value};
use crate::note::Note;
use serde_json::Value as Json;

/// What a line says.
struct Line {
    direction: Option<Direction>,
    report: Vec<u8>,
}

/// Whether this text is a recording: its first line is a report.
#[must_use]
pub fn is_recording(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !is_comment(line));
    lines.next().and_then(parse).is_some_and(|line| line.report.len() == 64 || line.direction.is_some())
}

/// The tree of a recording: one place for each message, and for each line that is none.
#[must_use]
pub fn decode(text: &str) -> Node {
    let mut messages = Messages::new();
    let mut node = Node::new("recording", Value::None, 0, text.len());
    for (place, line) in text.lines().map(str::trim).enumerate() {
        if is_comment(line) {
            continue;
        }
        let number = place.saturating_add(1);
        let told = match parse(line) {
            Some(Line { direction, report }) => messages.feed(direction, &report),
            None => {
                Some(Node::new("", Value::None, 0, 0).noted(Note::Wrong("this line is no report".to_owned())))
            }
        };
        node.members.extend(told.map(|told| numbered(told, &format!("line {number}"))));
    }
    node.members.extend(messages.unfinished().into_iter().map(|told| numbered(told, "at the end")));
    node
}

fn numbered(mut node: Node, place: &str) -> Node {
    node.label = format!("{place} {}", node.label).trim_end().to_owned();
    node
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
}

fn parse(line: &str) -> Option<Line> {
    if line.starts_with('{') {
        return parse_object(&serde_json::from_str(line).ok()?);
    }
    let (direction, digits) = match line.split_at_checked(1)? {
        (">", digits) => (Some(Direction::ToDevice), digits),
        ("<", digits) => (Some(Direction::FromDevice), digits),
        _ => (None, line),
    };
    Some(Line { direction, report: unhex(digits)? })
}

fn parse_object(object: &Json) -> Option<Line> {
    let report = unhex(object.get("report")?.as_str()?)?;
    let direction = match object.get("direction").and_then(Json::as_str) {
        Some(">" | "in" | "to-device") => Some(Direction::ToDevice),
        Some("<" | "out" | "from-device") => Some(Direction::FromDevice),
        _ => None,
    };
    Some(Line { direction, report })
}

/// Bytes from hexadecimal digits, which may have spaces, colons, or `0x` before them.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let mut digits = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != ':').map(|c| c.to_digit(16));
    let mut bytes = Vec::new();
    while let Some(high) = digits.next() {
        let (high, low) = (high?, digits.next()??);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    Some(bytes)
}
