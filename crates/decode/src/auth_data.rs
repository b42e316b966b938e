//! Authenticator data (WebAuthn L3 §6.1).

use crate::annotate;
use crate::cbor::Reader;
use crate::node::{Node, Value};
use crate::note::Note;
use crate::schema::{ASSERTED, REGISTERED};

const FLAGS: &[(i128, &str)] =
    &[(0x01, "UP"), (0x04, "UV"), (0x08, "BE"), (0x10, "BS"), (0x40, "AT"), (0x80, "ED")];

const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;

/// WebAuthn L3 §6.5.1: no credential id is longer.
const LONGEST_ID: i128 = 1023;

/// What is left to read, and where that is.
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether there was less of it than was wanted.
    cut: bool,
}

impl<'a> Rest<'a> {
    /// The next so many bytes; what is left where they are fewer.
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.bytes.split_at_checked(count).unwrap_or((self.bytes, &[]));
        self.at = self.at.saturating_add(taken.len());
        self.bytes = rest;
        taken
    }

    /// A place of so many bytes, if they are there.
    fn place(&mut self, name: &'static str, count: usize, into: &mut Node) -> Option<&'a [u8]> {
        let offset = self.at;
        let bytes = self.take(count);
        let mut place = Node::new(name, Value::Bytes(bytes.to_vec()), offset, bytes.len()).named(name);
        let complete = bytes.len() == count;
        if !complete {
            self.cut = true;
            let why = format!("{name} takes {count} bytes, of which there are {}", bytes.len());
            place.notes.push(Note::Ends { offset, why });
        }
        into.members.push(place);
        complete.then_some(bytes)
    }
}

/// Fills a place with what its authenticator data say.
pub(crate) fn fill(node: &mut Node, bytes: &[u8], at: usize) {
    let mut rest = Rest { bytes, at, cut: false };
    if read(node, &mut rest).is_some() && !rest.bytes.is_empty() {
        node.members.push(trailing(rest.bytes, rest.at));
    }
}

/// Whether these are authenticator data but for an end that is missing.
pub(crate) fn is_cut(bytes: &[u8]) -> bool {
    let mut rest = Rest { bytes, at: 0, cut: false };
    let mut node = Node::new("", Value::None, 0, 0);
    let is_whole = read(&mut node, &mut rest).is_some();
    let is_wrong = |place: &Node| place.notes.iter().any(|note| matches!(note, Note::Wrong(_)));
    !is_whole && rest.cut && !node.members.iter().any(is_wrong)
}

/// What stands where there should be nothing more.
pub(crate) fn trailing(bytes: &[u8], at: usize) -> Node {
    let place = Node::new("trailing bytes", Value::Bytes(bytes.to_vec()), at, bytes.len());
    place.noted(Note::Wrong("there should be nothing more".to_owned()))
}

fn read(node: &mut Node, rest: &mut Rest<'_>) -> Option<()> {
    rest.place("rpIdHash", 32, node)?;
    let flags = first(rest.place("flags", 1, node)?);
    last(node, |place| {
        let (names, reserved) = annotate::bits(FLAGS, flags.into());
        place.value = Value::Integer(flags.into());
        place.meaning = Some(format!("0x{flags:02x} {names}"));
        if reserved != 0 {
            place.notes.push(Note::Wrong("a reserved bit is set".to_owned()));
        }
        if flags & 0x18 == 0x10 {
            place.notes.push(Note::Wrong("BS without BE".to_owned()));
        }
    });
    let counter = number(rest.place("signCount", 4, node)?);
    last(node, |place| place.value = Value::Integer(counter));
    if flags & ATTESTED != 0 {
        attested(node, rest)?;
    }
    if flags & EXTENDED != 0 {
        let mut reader = Reader::new(rest.bytes, rest.at);
        let fields = if flags & ATTESTED == 0 { ASSERTED } else { REGISTERED };
        node.members.push(annotate::map("extensions", &reader.item(), Some(fields)).named("extensions"));
        go_behind(rest, &reader)?;
    }
    Some(())
}

fn attested(node: &mut Node, rest: &mut Rest<'_>) -> Option<()> {
    let aaguid = rest.place("aaguid", 16, node)?;
    last(node, |place| place.meaning = uuid(aaguid));
    let length = number(rest.place("credentialIdLength", 2, node)?);
    last(node, |place| {
        place.value = Value::Integer(length);
        if length > LONGEST_ID {
            place.notes.push(Note::Wrong(format!("a credential id has at most {LONGEST_ID} bytes")));
        }
    });
    rest.place("credentialId", usize::try_from(length).unwrap_or(usize::MAX), node)?;
    let mut reader = Reader::new(rest.bytes, rest.at);
    node.members.push(annotate::cose_key("credentialPublicKey", &reader.item()).named("credentialPublicKey"));
    go_behind(rest, &reader)
}

fn go_behind<'a>(rest: &mut Rest<'a>, reader: &Reader<'a>) -> Option<()> {
    *rest = Rest { bytes: reader.rest(), at: reader.offset(), cut: reader.is_cut() };
    (!reader.is_broken()).then_some(())
}

fn last(node: &mut Node, change: impl FnOnce(&mut Node)) {
    if let Some(place) = node.members.last_mut() {
        change(place);
    }
}

fn first(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or_default()
}

/// A number in big-endian.
pub(crate) fn number(bytes: &[u8]) -> i128 {
    bytes.iter().take(8).fold(0, |value, byte| value << 8 | i128::from(*byte))
}

/// Sixteen bytes as a UUID is written.
pub(crate) fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: &[u8; 16] = bytes.try_into().ok()?;
    let mut written = String::new();
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            written.push('-');
        }
        written.push_str(&format!("{byte:02x}"));
    }
    Some(written)
}
