//! What any bytes are told to be.

use authenticator_decode::{Direction, Kind, Messages, Node, decode, detect, recording};

/// Any bytes are told, as each kind: within the input, on lines that no terminal obeys. What the authenticator takes is told
/// without a word on its form, since that is what it is strict about.
///
/// # Panics
/// When they are not.
pub fn decoded(data: &[u8]) {
    let kinds = Kind::NAMED.into_iter().map(|(_, kind)| kind);
    for kind in kinds.chain(detect(data).ok()) {
        check(&decode(data, kind), data.len());
    }
    let has_parameters = !matches!(data.first(), Some(0x04 | 0x07 | 0x08 | 0x0B));
    if has_parameters && authenticator_core::decode(data, u16::MAX).is_ok() {
        let tree = decode(data, Kind::Request);
        let form = |kind: &str| matches!(kind, "not-canonical" | "ends");
        assert!(!tree.all_notes().iter().any(|note| form(note.kind())), "{}", tree.to_text());
    }
    let text = String::from_utf8_lossy(data);
    let _ = recording::likeness(&text);
    check(&recording::decode(&text), text.len());
    let mut messages = Messages::new();
    for (place, report) in data.chunks(64).enumerate() {
        let direction =
            [None, Some(Direction::ToDevice), Some(Direction::FromDevice)].into_iter().cycle().nth(place);
        for told in messages.feed(direction.flatten(), report) {
            check(&told, usize::from(u16::MAX));
        }
    }
    for told in messages.unfinished() {
        check(&told, usize::from(u16::MAX));
    }
}

fn check(tree: &Node, length: usize) {
    within(tree, length);
    let text = tree.to_text();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(tree.to_json().is_object(), "a tree is an object");
}

fn within(node: &Node, length: usize) {
    let end = node.offset.checked_add(node.length);
    // A message of a recording has places of its own.
    let length = if node.label.starts_with("line ") || node.label.starts_with("at the end") {
        usize::from(u16::MAX)
    } else {
        length
    };
    assert!(end.is_some_and(|end| end <= length), "{} is beyond the input", node.label);
    node.members.iter().for_each(|member| within(member, length));
}
