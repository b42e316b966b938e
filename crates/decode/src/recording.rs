//! A recording: what happened on a bus, a line each.
//!
//! A line is a CTAPHID report in hexadecimal with `>` (to the device) or `<` (from it) before it. Without either, a report goes the
//! way that it must go if clients wait for their answers. Empty lines, and those that begin with `#`, are none. The recordings of
//! `authenticator serve --lab` are lines of JSON, of which whatever is no report is told by its name alone.

use crate::hid::{Direction, Messages, REPORT, begins_message};
use crate::node::{Node, Value};
use crate::note::Note;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a line says.
enum Line {
    Report {
        direction: Option<Direction>,
        report: Vec<u8>,
        at: Option<u64>,
        /// Of several clients that are connected at once, whose it is: each could use the channels of the others.
        link: Option<u64>,
    },
    /// A client is gone: no message of its goes on.
    Unlinked(u64),
    /// Something else that happened to the device, or came of that.
    Event(String),
    /// The power has gone and come back: no message goes on.
    PowerCycle,
}

/// The first member of a laboratory's recording.
const LAB: &str = "authenticator_recording";

/// Whether this text is a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// It says so, or has more than one report, or one that begins a message.
    Recording,
    /// It could be: its one line has as many bytes as a report.
    Perhaps,
    /// It is not.
    Other,
}

/// Whether this text is a recording: what its first line says, and where that is a report without a direction, whether there are
/// more.
#[must_use]
pub fn likeness(text: &str) -> Likeness {
    let mut lines = text.lines().map(str::trim).filter(|line| !is_comment(line)).map(parse);
    match lines.next().flatten() {
        Some(Line::Report { direction: Some(_), .. }) => Likeness::Recording,
        Some(Line::Report { report, .. }) if report.len() == REPORT => {
            let is_report = |line: Option<Line>| matches!(line, Some(Line::Report { report, .. }) if report.len() == REPORT);
            let several = lines.any(is_report);
            if several || begins_message(&report) { Likeness::Recording } else { Likeness::Perhaps }
        }
        Some(Line::Event(name)) if name == LAB => Likeness::Recording,
        _ => Likeness::Other,
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
    let mut links: BTreeMap<Option<u64>, Messages> = BTreeMap::new();
    for (place, line) in text.lines().map(str::trim).enumerate() {
        if is_comment(line) {
            continue;
        }
        let place = format!("line {}", place.saturating_add(1));
        match parse(line) {
            Some(Line::Report { direction, report, at, link }) => {
                let place = at.map_or(place.clone(), |at| format!("{place} at {at} ms"));
                let messages = links.entry(link).or_default();
                for told in messages.feed(direction, &report) {
                    tell(numbered(told, &linked(&place, link)));
                }
            }
            Some(Line::Event(name)) => tell(numbered(Node::new(name, Value::None, 0, 0), &place)),
            Some(Line::Unlinked(link)) => {
                let messages = links.remove_entry(&Some(link));
                unfinished(messages, &place, &mut tell);
                tell(numbered(Node::new(format!("> unlinked {link}"), Value::None, 0, 0), &place));
            }
            Some(Line::PowerCycle) => {
                unfinished(std::mem::take(&mut links), &place, &mut tell);
                tell(numbered(Node::new("power_cycle", Value::None, 0, 0), &place));
            }
            None => {
                let nothing =
                    Node::new("", Value::None, 0, 0).noted(Note::Wrong("this line is no report".to_owned()));
                tell(numbered(nothing, &place));
            }
        }
    }
    unfinished(links, "at the end", tell);
}

/// The messages of these links whose ends never came.
fn unfinished(
    links: impl IntoIterator<Item = (Option<u64>, Messages)>,
    place: &str,
    mut tell: impl FnMut(Node),
) {
    for (link, messages) in links {
        for told in messages.unfinished() {
            tell(numbered(told, &linked(place, link)));
        }
    }
}

fn linked(place: &str, link: Option<u64>) -> String {
    link.map_or(place.to_owned(), |link| format!("{place} link {link}"))
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
    Some(Line::Report { direction, report: unhex(digits)?, at: None, link: None })
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
    if let Some(event) = event.get("report") {
        let report = unhex(event.get("data")?.as_str()?)?;
        let at = object.get("t").and_then(Json::as_u64);
        let link = event.get("link").and_then(Json::as_u64);
        return Some(Line::Report { direction: Some(direction), report, at, link });
    }
    if let Some(link) = event.get("unlinked").and_then(Json::as_u64) {
        return Some(Line::Unlinked(link));
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
