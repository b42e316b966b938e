//! Messages from CTAPHID reports (CTAP 2.3 §11.2).

use crate::annotate::bits;
use crate::auth_data::number;
use crate::message::{Command, Kind, bytes, decode};
use crate::node::{Node, Value};
use crate::note::Note;
use crate::schema::{CAPABILITIES, HID_COMMANDS, HID_ERRORS, KEEPALIVES, name_of};
use std::collections::HashMap;
use std::fmt;

/// A report has so many bytes.
pub(crate) const REPORT: usize = 64;

/// CTAP 2.3 §11.2.4: what one first packet and 128 more hold.
const LONGEST: usize = 7609;

const CBOR: u8 = 0x90;
const INIT: u8 = 0x86;
const KEEPALIVE: u8 = 0xBB;
const ERROR: u8 = 0xBF;

/// Whether this is a report that begins a message, of a command that has a name: hardly any other 64 bytes are.
pub(crate) fn begins_message(report: &[u8]) -> bool {
    let Some(&[command, high, low]) = report.get(4..7).filter(|_| report.len() == REPORT) else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    name_of(HID_COMMANDS, command.into()).is_some() && length <= LONGEST
}

/// Which way a report goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a client to the device.
    ToDevice,
    /// From the device to a client.
    FromDevice,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ToDevice => ">",
            Self::FromDevice => "<",
        })
    }
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// On which channel.
    pub channel: u32,
    /// Which way.
    pub direction: Direction,
    /// The command of CTAPHID, with its highest bit set.
    pub command: u8,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// A message of which there is more to come.
#[derive(Debug)]
struct Partial {
    command: u8,
    length: usize,
    bytes: Vec<u8>,
    next: u8,
    /// Remarks on its reports.
    notes: Vec<Note>,
}

/// Puts messages together. A report may come from a recording or from anywhere: any bytes are one, if not a good one.
#[derive(Debug, Default)]
pub struct Messages {
    partial: HashMap<(u32, Direction), Partial>,
    /// What a channel's client waits for an answer to: the command of CTAPHID, and the command of CTAP within.
    asked: HashMap<u32, (u8, Option<Command>)>,
}

impl Messages {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a report, and gives the trees of the message that it breaks off, of the message that it completes, or of what is
    /// wrong with it. Without a direction it has the one that it must have if clients wait for their answers.
    pub fn feed(&mut self, direction: Option<Direction>, report: &[u8]) -> Vec<Node> {
        let Some((channel, rest)) = report.split_at_checked(4) else { return vec![short(report)] };
        let Some((kind, rest)) = rest.split_first() else { return vec![short(report)] };
        let channel = u32::try_from(number(channel)).unwrap_or_default();
        let direction = direction.unwrap_or_else(|| self.guess(channel, *kind));
        let key = (channel, direction);
        let mut told = Vec::new();
        if kind & 0x80 == 0 {
            let Some(partial) = self.partial.get_mut(&key).filter(|partial| partial.next == *kind) else {
                let label = format!("{direction} channel 0x{channel:08x}");
                let stray = Node::new(label, Value::Bytes(report.to_vec()), 0, report.len());
                let why = format!("packet {kind} continues no message");
                return vec![stray.noted(Note::Wrong(why))];
            };
            partial.next = partial.next.saturating_add(1);
            partial.add(rest);
            partial.measure(report);
        } else {
            let Some((length, data)) = rest.split_at_checked(2) else { return vec![short(report)] };
            let length = usize::try_from(number(length)).unwrap_or_default();
            let mut partial =
                Partial { command: *kind, length, bytes: Vec::new(), next: 0, notes: Vec::new() };
            partial.add(data);
            partial.measure(report);
            told.extend(self.partial.insert(key, partial).map(|broken_off| broken_off.tell(key)));
        }
        let complete = self.partial.get(&key).is_some_and(|partial| partial.bytes.len() == partial.length);
        if let Some(Partial { command, bytes, notes, .. }) =
            complete.then(|| self.partial.remove(&key)).flatten()
        {
            let mut node = self.tell(&Message { channel, direction, command, bytes });
            node.notes.extend(notes);
            told.push(node);
        }
        told
    }

    /// The messages whose ends never came.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Node> {
        let mut left: Vec<_> = self.partial.iter().collect();
        left.sort_by_key(|((channel, direction), _)| (*channel, *direction == Direction::FromDevice));
        left.into_iter().map(|(key, partial)| partial.tell(*key)).collect()
    }

    fn guess(&self, channel: u32, kind: u8) -> Direction {
        let is_partial = |direction| self.partial.contains_key(&(channel, direction));
        let awaited = self.asked.get(&channel).map(|(command, _)| *command);
        let from_device = match kind {
            KEEPALIVE | ERROR => true,
            0x80.. => awaited == Some(kind),
            _ => is_partial(Direction::FromDevice) && !is_partial(Direction::ToDevice),
        };
        if from_device { Direction::FromDevice } else { Direction::ToDevice }
    }

    /// The tree of a message; what it asks for is kept in mind for its answer.
    pub fn tell(&mut self, message: &Message) -> Node {
        let Message { channel, direction, command, bytes } = message;
        let asked = match (direction, *command) {
            (Direction::ToDevice, CBOR) => {
                let inner = bytes.first().map(|byte| Command(*byte));
                self.asked.insert(*channel, (CBOR, inner));
                inner
            }
            (Direction::ToDevice, command) => {
                // CANCEL has no answer of its own.
                if command != 0x91 {
                    self.asked.insert(*channel, (command, None));
                }
                None
            }
            (Direction::FromDevice, KEEPALIVE) => None,
            (Direction::FromDevice, _) => self.asked.remove(channel).and_then(|(_, inner)| inner),
        };
        let text = crate::message::bytes(bytes.len());
        let mut node = Node::new(label(*channel, *direction, *command), Value::Simple(text), 0, bytes.len());
        node.name = name_of(HID_COMMANDS, (*command).into());
        if node.name.is_none() {
            node.notes.push(Note::Unknown);
        }
        match (*command, direction) {
            (CBOR, Direction::ToDevice) => node.members.push(decode(bytes, Kind::Request)),
            (CBOR, Direction::FromDevice) => node.members.push(decode(bytes, Kind::Reply(asked))),
            (INIT, _) => init(&mut node, bytes),
            (KEEPALIVE, _) => node.members.extend(byte("status", bytes, KEEPALIVES)),
            (ERROR, _) => node.members.extend(byte("error", bytes, HID_ERRORS)),
            _ if bytes.is_empty() => {}
            _ => node.members.push(Node::new("data", Value::Bytes(bytes.clone()), 0, bytes.len())),
        }
        node
    }
}

impl Partial {
    /// As much of these bytes as belongs to the message; the rest fills the report.
    fn add(&mut self, data: &[u8]) {
        let missing = self.length.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(data.get(..missing).unwrap_or(data));
    }

    /// Remarks on a report of another length than all have, once for each message.
    fn measure(&mut self, report: &[u8]) {
        let is_wrong = |note: &Note| matches!(note, Note::Wrong(_));
        if report.len() != REPORT && !self.notes.iter().any(is_wrong) {
            let why = format!("a report has {REPORT} bytes, and not {}", report.len());
            self.notes.push(Note::Wrong(why));
        }
    }

    /// What there is of it, where no more comes.
    fn tell(&self, (channel, direction): (u32, Direction)) -> Node {
        let label = label(channel, direction, self.command);
        let mut place = Node::new(label, Value::Bytes(self.bytes.clone()), 0, self.bytes.len());
        place.notes.clone_from(&self.notes);
        if self.length > LONGEST {
            place.notes.push(Note::Wrong(format!("a message has at most {LONGEST} bytes")));
        }
        let why = format!("{} announced, and {} are there", bytes(self.length), self.bytes.len());
        place.noted(Note::Ends { offset: self.bytes.len(), why })
    }
}

fn label(channel: u32, direction: Direction, command: u8) -> String {
    let name = name_of(HID_COMMANDS, command.into()).unwrap_or("a command of no name");
    format!("{direction} channel 0x{channel:08x} 0x{command:02x} {name}")
}

fn short(report: &[u8]) -> Node {
    let node = Node::new("report", Value::Bytes(report.to_vec()), 0, report.len());
    node.noted(Note::Ends { offset: report.len(), why: format!("a report has {REPORT} bytes") })
}

fn byte(label: &str, message: &[u8], names: &[(i128, &'static str)]) -> Option<Node> {
    let code = message.first()?;
    let node = Node::new(label, Value::Integer((*code).into()), 0, 1);
    Some(match name_of(names, (*code).into()) {
        Some(name) => node.meaning(name),
        None => node.noted(Note::Unknown),
    })
}

/// INIT: a nonce, and in the answer what the device is.
fn init(node: &mut Node, message: &[u8]) {
    let mut at = 0;
    for (name, length) in
        [("nonce", 8), ("channel", 4), ("protocolVersion", 1), ("deviceVersion", 3), ("capabilities", 1)]
    {
        let Some(found) = message.get(at..).and_then(|rest| rest.get(..length)) else { break };
        let mut place = Node::new(name, Value::Bytes(found.to_vec()), at, length).named(name);
        match name {
            "channel" => place.value = Value::Simple(format!("0x{:08x}", number(found))),
            "protocolVersion" => place.value = Value::Integer(number(found)),
            "capabilities" => {
                place.value = Value::Integer(number(found));
                let (meaning, rest) = bits(CAPABILITIES, number(found));
                place.meaning = Some(meaning);
                if rest != 0 {
                    place.notes.push(Note::Unknown);
                }
            }
            _ => {}
        }
        node.members.push(place);
        at = at.saturating_add(length);
    }
}
