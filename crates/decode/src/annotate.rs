//! From an item and what it should be to a place of the tree.

use crate::auth_data::{self, uuid};
use crate::cbor::{Content, Item};
use crate::node::{Key as NodeKey, Node, Value};
use crate::note::Note;
use crate::schema::{Field, Key, Shape, key_fields, name_of};
use crate::text::MOST_CHARACTERS;

/// How the numbers that are keys of a map are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// As CTAP does: 0x0a.
    Hexadecimal,
    /// As COSE does: -2.
    Decimal,
}

/// The place of an item that should be of this shape.
pub(crate) fn annotate(label: impl Into<String>, item: &Item, shape: &Shape) -> Node {
    let mut node = Node::new(label, value(&item.content), item.offset, item.length);
    node.notes.clone_from(&item.notes);
    if let Some(expected) = mismatch(&item.content, shape) {
        node.notes.push(Note::Wrong(format!("should be {expected}")));
        return inside(node, item, &Shape::Any);
    }
    inside(node, item, shape)
}

/// What is in an item, and what it means.
fn inside(mut node: Node, item: &Item, shape: &Shape) -> Node {
    match (&item.content, shape) {
        (Content::Integer(number), Shape::Named(names)) => match name_of(names, *number) {
            Some(name) => node.meaning = Some(name.to_owned()),
            None => node.notes.push(Note::Unknown),
        },
        (Content::Integer(number), Shape::Bits(names)) => {
            let (meaning, rest) = bits(names, *number);
            node.meaning = Some(meaning);
            if rest != 0 {
                node.notes.push(Note::Unknown);
            }
        }
        (Content::Bytes(bytes, _), Shape::Aaguid) => node.meaning = uuid(bytes),
        (Content::Bytes(bytes, at), Shape::AuthData) => {
            node.value = Value::None;
            auth_data::fill(&mut node, bytes, *at);
        }
        (Content::Array(items), shape) => {
            let each = if let Shape::Array(each) = shape { *each } else { &Shape::Any };
            let items = items.iter().enumerate();
            node.members = items.map(|(place, item)| annotate(format!("[{place}]"), item, each)).collect();
        }
        (Content::Map(_), Shape::Map(fields)) => members(&mut node, item, Some(fields), Digits::Hexadecimal),
        (Content::Map(_), Shape::CoseKey) => {
            let fields = key_fields(item.at(1).and_then(Item::integer));
            members(&mut node, item, Some(fields), Digits::Decimal);
        }
        (Content::Map(_), _) => members(&mut node, item, None, Digits::Decimal),
        (Content::Tag(number, tagged), _) => {
            node.members.push(annotate(format!("tag {number}"), tagged, &Shape::Any));
        }
        _ => {}
    }
    node
}

/// Which of several shapes a member of this map is. It looks through the whole map: once for each field, not for each member.
fn resolve<'s>(shape: &'s Shape, around: &Item) -> &'s Shape {
    let Shape::Beside(key, shapes) = shape else { return shape };
    let beside = match key {
        Key::Number(number) => around.at(*number),
        Key::Text(name) => around.named(name),
    };
    let says = |key: &Key| match key {
        Key::Number(number) => beside.and_then(Item::integer) == Some(*number),
        Key::Text(text) => beside.and_then(Item::text) == Some(*text),
    };
    shapes.iter().find(|(key, _)| says(key)).map_or(&Shape::Any, |(_, shape)| shape)
}

/// The members of a map. Without fields nobody knows what they should be, and none is unknown.
fn members(node: &mut Node, item: &Item, fields: Option<&'static [Field]>, digits: Digits) {
    let Content::Map(pairs) = &item.content else { return };
    let known: Vec<(&Field, &Shape)> =
        fields.unwrap_or_default().iter().map(|field| (field, resolve(&field.shape, item))).collect();
    for (key, value) in pairs {
        let found = known.iter().find(|(field, _)| is_key(&key.content, field.key));
        let (field, shape) = found.map_or((None, &Shape::Any), |(field, shape)| (Some(*field), *shape));
        let (key_label, node_key) = name_key(&key.content, digits);
        let label = match field.filter(|field| matches!(field.key, Key::Number(_))) {
            Some(field) => format!("{key_label} {}", field.name),
            None => key_label,
        };
        let mut member = annotate(label, value, shape);
        member.key = Some(node_key);
        member.name = field.map(|field| field.name);
        if fields.is_some() && field.is_none() {
            member.notes.push(Note::Unknown);
        }
        member.notes.extend(key.all_notes());
        // The place is that of the pair.
        member.length = value.offset.saturating_add(value.length).saturating_sub(key.offset);
        member.offset = key.offset;
        node.members.push(member);
    }
    let there = |field: &Field| pairs.iter().any(|(key, _)| is_key(&key.content, field.key));
    let missing = fields.unwrap_or_default().iter().filter(|field| field.required && !there(field));
    let broken = node.is_broken();
    node.notes.extend(missing.filter(|_| !broken).map(|field| {
        Note::Missing(match field.key {
            Key::Number(number) => format!("{} {}", write_key(number, digits), field.name),
            Key::Text(name) => name.to_owned(),
        })
    }));
}

fn is_key(content: &Content, key: Key) -> bool {
    match (content, key) {
        (Content::Integer(number), Key::Number(known)) => *number == known,
        (Content::Text(text), Key::Text(known)) => text == known,
        _ => false,
    }
}

fn write_key(number: i128, digits: Digits) -> String {
    match digits {
        Digits::Hexadecimal if number >= 0 => format!("0x{number:02x}"),
        _ => number.to_string(),
    }
}

/// What a key is called, and what it is.
fn name_key(content: &Content, digits: Digits) -> (String, NodeKey) {
    match content {
        Content::Integer(number) => (write_key(*number, digits), NodeKey::Integer(*number)),
        Content::Text(text) => {
            let plain = (1..=MOST_CHARACTERS).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            let label = if plain { text.clone() } else { crate::text::quoted(text) };
            (label, NodeKey::Text(text.clone()))
        }
        other => {
            let written = crate::text::value(&value(other));
            let written = if written.is_empty() { "(nothing)".to_owned() } else { written };
            (written.clone(), NodeKey::Other(written))
        }
    }
}

fn value(content: &Content) -> Value {
    match content {
        Content::Integer(number) => Value::Integer(*number),
        Content::Bytes(bytes, _) => Value::Bytes(bytes.clone()),
        Content::Text(text) => Value::Text(text.clone()),
        Content::Array(items) => Value::Array(items.len()),
        Content::Map(pairs) => Value::Map(pairs.len()),
        Content::Boolean(boolean) => Value::Boolean(*boolean),
        Content::Float(number) => Value::Float(*number),
        Content::Simple(name) => Value::Simple(name.clone()),
        Content::Tag(..) | Content::Absent => Value::None,
    }
}

/// The names of the bits that are set, and those that have none.
pub(crate) fn bits(names: &[(i128, &'static str)], number: i128) -> (String, i128) {
    let set: Vec<&str> = names.iter().filter(|(bit, _)| number & bit != 0).map(|(_, name)| *name).collect();
    let known = names.iter().fold(0, |known, (bit, _)| known | bit);
    (if set.is_empty() { "none".to_owned() } else { set.join(" ") }, number & !known)
}

/// What it should be and is not.
fn mismatch(content: &Content, shape: &Shape) -> Option<String> {
    let expected = match (shape, content) {
        (_, Content::Absent)
        | (Shape::Any | Shape::Beside(..), _)
        | (Shape::Boolean, Content::Boolean(_))
        | (Shape::Text, Content::Text(_))
        | (Shape::Bytes | Shape::AuthData, Content::Bytes(..))
        | (Shape::Named(_), Content::Integer(_))
        | (Shape::Unsigned | Shape::Bits(_), Content::Integer(0..))
        | (Shape::Array(_), Content::Array(_))
        | (Shape::Map(_) | Shape::CoseKey, Content::Map(_)) => return None,
        (Shape::Exactly(length), Content::Bytes(bytes, _)) if bytes.len() == *length => return None,
        (Shape::Aaguid, Content::Bytes(bytes, _)) if bytes.len() == 16 => return None,
        (Shape::Boolean, _) => "true or false".to_owned(),
        (Shape::Text, _) => "a text".to_owned(),
        (Shape::Bytes | Shape::AuthData, _) => "bytes".to_owned(),
        (Shape::Exactly(length), _) => format!("{length} bytes"),
        (Shape::Aaguid, _) => "16 bytes".to_owned(),
        (Shape::Unsigned | Shape::Bits(_), _) => "a number from 0".to_owned(),
        (Shape::Named(_), _) => "a number".to_owned(),
        (Shape::Array(_), _) => "an array".to_owned(),
        (Shape::Map(_), _) => "a map".to_owned(),
        (Shape::CoseKey, _) => "a COSE_Key".to_owned(),
    };
    Some(expected)
}

/// The place of a map of these fields, or of whatever is there instead.
pub(crate) fn map(label: impl Into<String>, item: &Item, fields: Option<&'static [Field]>) -> Node {
    match fields {
        Some(fields) => annotate(label, item, &Shape::Map(fields)),
        None => annotate(label, item, &Shape::Any),
    }
}

/// The place of a COSE_Key.
pub(crate) fn cose_key(label: impl Into<String>, item: &Item) -> Node {
    annotate(label, item, &Shape::CoseKey)
}
