//! A recording: what happened on a bus, a line each.
//!
//! A line is a CTAPHID report in hexadecimal with `>` (to the device) or `<` (from it) before it. Without either, a report goes the
//! way that it must go if clients wait for their answers. Empty lines, and those that begin with `#`, are none. The recordings of
//! `authenticator serve --lab` are lines of JSON, of which whatever is no report is told by its name alone.

use crate::hid::{Direction, Messages};
use crate::node::{Node, Value};
use crate::note::Note;
use serde_json::Value as Json;

/// What a line says.
enum Line {
    Report {
        direction: Option<Direction>,
        report: Vec<u8>,
        at: Option<u64>,
    },
    /// Something else that happened to the device, or came of that.
    Event(String),
    /// The power has gone and come back: no message goes on.
    PowerCycle,
}

/// The first member of a laboratory's recording.
const LAB: &str = "authenticator_recording";

/// Whether this text is a recording: its first line is a report, or says so.
#[must_use]
pub fn is_recording(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !is_comment(line));
    match lines.next().and_then(parse) {
        Some(Line::Report { direction, report, .. }) => report.len() == 64 || direction.is_some(),
        Some(Line::Event(name)) => name == LAB,
        Some(Line::PowerCycle) | None => false,
    }
}

/// The tree of a recording: one place for each message, and for each line that is none. The tree takes many times what the
/// text does: whoever writes it out does so with [`each`].
#[must_use]
pub fn decode(text: &str) -> Node {
    let mut node = empty(text);
    each(text, |told| node.members.push(told));
    node
}

/// The place of the recording itself, without what is in it.
#[must_use]
pub fn empty(text: &str) -> Node {
    Node::new("recording", Value::None, 0, text.len())
}

/// What is in a recording, one place after the other.
pub fn each(text: &str, mut tell: impl FnMut(Node)) {
    let mut messages = Messages::new();
    for (place, line) in text.lines().map(str::trim).enumerate() {
        if is_comment(line) {
            continue;
        }
        let place = format!("line {}", place.saturating_add(1));
        match parse(line) {
            Some(Line::Report { direction, report, at }) => {
                let place = at.map_or(place.clone(), |at| format!("{place} at {at} ms"));
                messages.feed(direction, &report).into_iter().for_each(|told| tell(numbered(told, &place)));
            }
            Some(Line::Event(name)) => tell(numbered(Node::new(name, Value::None, 0, 0), &place)),
            Some(Line::PowerCycle) => {
                unfinished(&messages, &place).into_iter().for_each(&mut tell);
                tell(numbered(Node::new("power_cycle", Value::None, 0, 0), &place));
                messages = Messages::new();
            }
            None => {
                let nothing =
                    Node::new("", Value::None, 0, 0).noted(Note::Wrong("this line is no report".to_owned()));
                tell(numbered(nothing, &place));
            }
        }
    }
    unfinished(&messages, "at the end").into_iter().for_each(tell);
}

fn unfinished(messages: &Messages, place: &str) -> Vec<Node> {
    messages.unfinished().into_iter().map(|told| numbered(told, place)).collect()
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
    Some(Line::Report { direction, report: unhex(digits)?, at: None })
}

/// A line of a laboratory's recording: its header, or `{"t": 1250, "in": {"report": {"link": 0, "data": "…"}}}`.
fn parse_object(object: &Json) -> Option<Line> {
    if object.get(LAB).is_some() {
        return Some(Line::Event(LAB.to_owned()));
    }
    let (direction, event) = match (object.get("in"), object.get("out")) {
        (Some(event), None) => (Direction::ToDevice, event),
        (None, Some(event)) => (Direction::FromDevice, event),
        _ => return None,
    };
    if let Some(report) = event.get("report") {
        let report = unhex(report.get("data")?.as_str()?)?;
        let at = object.get("t").and_then(Json::as_u64);
        return Some(Line::Report { direction: Some(direction), report, at });
    }
    // What a device is made of has its keys in it, and is not shown.
    let name = event.as_str().or_else(|| event.as_object()?.keys().next().map(String::as_str))?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match name {
        "power_cycle" => Some(Line::PowerCycle),
        _ if is_plain => Some(Line::Event(format!("{direction} {name}"))),
        _ => None,
    }
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
