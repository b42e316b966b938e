//! Messages of each kind.

use crate::annotate;
use crate::auth_data;
use crate::cbor::{Item, Reader};
use crate::node::{Node, Value};
use crate::note::Note;
use crate::schema::{self, ATTESTATION_OBJECT, INFO, Shape, status_name, status_range};

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A command byte, and CBOR where the command takes any.
    Request,
    /// A status byte, and CBOR where there is any: the answer to this command, or to the one that it looks like.
    Reply(Option<Command>),
    /// What getInfo replies, without the status.
    Info,
    /// Authenticator data.
    AuthenticatorData,
    /// An attestation object of WebAuthn.
    AttestationObject,
    /// A COSE_Key.
    CoseKey,
    /// A status byte.
    Status,
    /// Any CBOR.
    Cbor,
}

/// A command by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command(pub u8);

impl Command {
    /// The command of this name, with or without the `authenticator` before it, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let is_it = |command: &&schema::Command| {
            let full = command.name.to_ascii_lowercase();
            full == name || full.strip_prefix("authenticator") == Some(&name)
        };
        schema::COMMANDS.iter().find(is_it).map(|command| Self(command.number))
    }

    /// Its name in the specification; `None`: it has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        schema::command(self.0).map(|command| command.name)
    }
}

/// The tree of these bytes, which are taken to be of this kind.
#[must_use]
pub fn decode(input: &[u8], kind: Kind) -> Node {
    match kind {
        Kind::Request => request(input),
        Kind::Reply(to) => reply(input, to),
        Kind::Info => whole(input, |item| annotate::map("getInfo", item, Some(INFO))),
        Kind::AuthenticatorData => {
            let mut node = Node::new("authenticator data", Value::None, 0, input.len());
            auth_data::fill(&mut node, input, 0);
            node
        }
        Kind::AttestationObject => {
            whole(input, |item| annotate::map("attestation object", item, Some(ATTESTATION_OBJECT)))
        }
        Kind::CoseKey => whole(input, |item| annotate::cose_key("COSE_Key", item)),
        Kind::Status => status(input),
        Kind::Cbor => whole(input, |item| annotate::annotate("CBOR", item, &Shape::Any)),
    }
}

/// One item, and nothing behind it.
fn whole(input: &[u8], place: impl FnOnce(&Item) -> Node) -> Node {
    let mut reader = Reader::new(input, 0);
    let mut node = place(&reader.item());
    add_trailing(&mut node, &reader);
    node
}

fn add_trailing(node: &mut Node, reader: &Reader<'_>) {
    if !reader.is_broken() && !reader.rest().is_empty() {
        node.members.push(auth_data::trailing(reader.rest(), reader.offset()));
    }
}

/// "1 byte", "2 bytes".
pub(crate) fn bytes(count: usize) -> String {
    format!("{count} byte{}", if count == 1 { "" } else { "s" })
}

/// A message of one byte and what comes after it.
fn root(label: String, input: &[u8]) -> Node {
    Node::new(label, Value::Simple(bytes(input.len())), 0, input.len())
}

fn empty(label: &str) -> Node {
    root(label.to_owned(), &[]).noted(Note::Ends { offset: 0, why: "there is nothing".to_owned() })
}

fn request(input: &[u8]) -> Node {
    let Some((number, body)) = input.split_first() else { return empty("request") };
    let Some(command) = schema::command(*number) else {
        let label = match number {
            0x40..=0xBF => format!("request 0x{number:02x} of the vendor"),
            _ => format!("request 0x{number:02x}"),
        };
        return with_body(root(label, input).noted(Note::Unknown), body, None);
    };
    let mut node = root(format!("request 0x{number:02x} {}", command.name), input).named(command.name);
    node.meaning = command.meaning.map(str::to_owned);
    if command.request.is_some() && body.is_empty() {
        return node.noted(Note::Ends { offset: 1, why: "its parameters are missing".to_owned() });
    }
    let takes_nothing = command.request.is_none() && !body.is_empty();
    let node = with_body(node, body, command.request);
    if takes_nothing { node.noted(Note::Wrong("it takes no parameters".to_owned())) } else { node }
}

fn reply(input: &[u8], to: Option<Command>) -> Node {
    let Some((code, body)) = input.split_first() else { return empty("reply") };
    let name = status_name(*code);
    let mut reader = Reader::new(body, 1);
    let command = to.or_else(|| answered(&reader.item())).and_then(|command| schema::command(command.0));
    let to = command.map(|command| format!(" to {}", command.name)).unwrap_or_default();
    let range = status_range(*code);
    let said = match (name, range) {
        (Some(name), _) => format!(" {name}"),
        (None, Some(_)) => String::new(),
        (None, None) => " of no name".to_owned(),
    };
    let mut node = root(format!("reply 0x{code:02x}{said}{to}"), input);
    node.name = name;
    node.meaning = range.or_else(|| command.and_then(|command| command.meaning)).map(str::to_owned);
    if name.or(range).is_none() {
        node.notes.push(Note::Unknown);
    }
    if *code != 0 && !body.is_empty() {
        node.notes.push(Note::Wrong("an error comes without a body".to_owned()));
    }
    with_body(node, body, command.and_then(|command| command.reply))
}

/// The command that is answered so: no two replies look alike but those of commands that answer alike, and where several
/// would do it is not said.
fn answered(body: &Item) -> Option<Command> {
    let at = |key| body.at(key);
    let is_number = |key| at(key).is_some_and(|item| item.integer().is_some());
    let is_map = |key| at(key).is_some_and(Item::is_map);
    let is_bytes = |key| at(key).is_some_and(Item::is_bytes);
    let keys = body.numbers();
    Some(Command(match () {
        () if at(0x01).is_some_and(|fmt| fmt.text().is_some()) => 0x01,
        () if at(0x01).is_some_and(Item::is_array) => 0x04,
        () if is_bytes(0x02) && is_bytes(0x03) => 0x02,
        () if keys == [0x02] && is_bytes(0x02) => 0x06,
        () if is_map(0x01) => 0x06,
        () if keys == [0x01] && is_bytes(0x01) => 0x0C,
        () if keys == [0x01, 0x02] && is_number(0x01) && is_number(0x02) => 0x0A,
        () if is_map(0x03) || (is_map(0x06) && is_map(0x07)) => 0x0A,
        () if is_number(0x03) && keys.iter().all(|key| matches!(key, 0x03 | 0x04)) => 0x06,
        () if keys == [0x05] && is_number(0x05) => 0x06,
        () if is_bytes(0x04) || at(0x07).is_some_and(Item::is_array) => 0x09,
        () => return None,
    }))
}

/// The members of a message are those of its body.
fn with_body(mut node: Node, body: &[u8], fields: Option<&'static [schema::Field]>) -> Node {
    if body.is_empty() {
        return node;
    }
    let mut reader = Reader::new(body, 1);
    let item = reader.item();
    let mut inner = annotate::map("body", &item, fields);
    if item.is_map() {
        node.notes.append(&mut inner.notes);
        node.members.append(&mut inner.members);
    } else {
        node.members.push(inner);
    }
    add_trailing(&mut node, &reader);
    node
}

fn status(input: &[u8]) -> Node {
    let [code] = *input else {
        let node = Node::new("status", Value::Bytes(input.to_vec()), 0, input.len());
        return node.noted(Note::Wrong("should be one byte".to_owned()));
    };
    let node = Node::new("status", Value::Simple(format!("0x{code:02x}")), 0, 1);
    match (status_name(code), status_range(code)) {
        (Some(name), _) => node.named(name).meaning(name),
        (None, Some(range)) => node.meaning(range),
        (None, None) => node.noted(Note::Unknown),
    }
}
