use super::*;
use authenticator_core::credential::MAX_HOST_DATA;

fn label_in(bytes: &[u8]) -> Option<Label> {
    match HostData::read(bytes) {
        HostData::Known { label, .. } => label,
        HostData::Foreign => None,
    }
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_label_is_unicode_of_at_most_a_hundred_characters() {
    for text in ["Work laptop", "Κλειδί", "🔑", &"ü".repeat(100)] {
        assert_eq!(Label::new(text).unwrap().as_str(), text);
    }
    assert_eq!(Label::new("  Mine ").unwrap().as_str(), "Mine");
    assert_eq!(Label::new(" \u{3000} "), Err(LabelError::Empty));
    assert_eq!(Label::new(&"ü".repeat(101)), Err(LabelError::TooLong { characters: 101 }));
    for text in ["two\nlines", "bell\u{7}", "csi\u{9b}1m"] {
        assert_eq!(Label::new(text), Err(LabelError::ControlCharacter));
    }
}

#[test]
fn a_label_neither_turns_the_text_around_it_nor_hides() {
    for text in
        ["a\u{2028}b", "a\u{2029}b", "moc.\u{202e}elpmaxe", "\u{2066}x\u{2069}", "\u{200f}x", "\u{61c}x"]
    {
        assert_eq!(Label::new(text), Err(LabelError::ControlCharacter), "{text:?}");
    }
    for text in ["\u{200b}", "\u{3164} \u{2800}", "\u{feff}\u{ad}", "\u{fe0f}\u{e0041}"] {
        assert_eq!(Label::new(text), Err(LabelError::Empty), "{text:?}");
    }
    // Right to left, joined, and in colour.
    for text in ["עברית", "می\u{200c}خواهم", "👩\u{200d}💻", "❤\u{fe0f}"] {
        assert_eq!(Label::new(text).unwrap().as_str(), text);
    }
}

#[test]
fn what_an_earlier_version_took_for_a_label_makes_room_for_another() {
    let bytes = cbor(&Value::Map(vec![(0.into(), 1.into()), (1.into(), "\u{202e}x".into())]));
    assert_eq!(label_in(&bytes), None);
    let bytes = HostData::read(&bytes).relabelled(&Label::new("new").unwrap()).unwrap();
    assert_eq!(label_in(&bytes).unwrap().as_str(), "new");
}

#[test]
fn the_format_is_stable() {
    let bytes = HostData::read(&[]).relabelled(&Label::new("Mine").unwrap()).unwrap();
    assert_eq!(bytes, [0xa2, 0x00, 0x01, 0x01, 0x64, b'M', b'i', b'n', b'e']);
    assert_eq!(label_in(&bytes).unwrap().as_str(), "Mine");
}

#[test]
fn the_longest_label_fits_the_record() {
    let label = Label::new(&"🔑".repeat(MAX_LABEL)).unwrap();
    let bytes = HostData::read(&[]).relabelled(&label).unwrap();
    assert!(bytes.len() <= MAX_HOST_DATA);
    assert_eq!(label_in(&bytes), Some(label));
}

#[test]
fn unknown_members_survive_a_new_label() {
    let account = (Value::from(7), Value::from("kept"));
    let map = Value::Map(vec![(0.into(), 1.into()), account.clone()]);
    let bytes = HostData::read(&cbor(&map)).relabelled(&Label::new("new").unwrap()).unwrap();
    let HostData::Known { label, others } = HostData::read(&bytes) else { panic!("foreign") };
    assert_eq!(label.unwrap().as_str(), "new");
    assert_eq!(others, [account]);
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let newer = cbor(&Value::Map(vec![(0.into(), 2.into()), (1.into(), "x".into())]));
    let no_version = cbor(&Value::Map(vec![(1.into(), "x".into())]));
    let wrong_type = cbor(&Value::Map(vec![(0.into(), 1.into()), (1.into(), 5.into())]));
    let trailing = [cbor(&Value::Map(vec![(0.into(), 1.into())])), vec![0]].concat();
    for bytes in [newer, no_version, wrong_type, trailing, vec![0xff], b"plain text".to_vec()] {
        let host_data = HostData::read(&bytes);
        assert!(matches!(host_data, HostData::Foreign), "{bytes:?}");
        assert_eq!(host_data.relabelled(&Label::new("x").unwrap()), None);
    }
}
