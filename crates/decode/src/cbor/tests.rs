use super::*;

fn read(bytes: &[u8]) -> (Item, bool) {
    let mut reader = Reader::new(bytes, 0);
    let item = reader.item();
    (item, reader.is_broken())
}

/// The remarks on the item itself.
fn remarks(bytes: &[u8]) -> Vec<String> {
    read(bytes).0.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn numbers_have_their_whole_range() {
    assert_eq!(read(&[0x1B, 255, 255, 255, 255, 255, 255, 255, 255]).0.integer(), Some(u64::MAX.into()));
    assert_eq!(
        read(&[0x3B, 255, 255, 255, 255, 255, 255, 255, 255]).0.integer(),
        Some(-1 - i128::from(u64::MAX))
    );
}

#[test]
fn what_is_not_canonical_is_read_and_said() {
    assert_eq!(remarks(&[0x18, 0x17]), ["not canonical: a number or length is not in its shortest form"]);
    assert_eq!(remarks(&[0x9F, 0x01, 0xFF]), ["not canonical: its length is indefinite"]);
    assert_eq!(remarks(&[0xC0, 0x01]), ["not canonical: tags are not used"]);
    assert_eq!(remarks(&[0x61, 0xFF]), ["not canonical: the text is not UTF-8"]);
    let (item, broken) = read(&[0xA3, 0x02, 0x00, 0x01, 0x00, 0x01, 0x00]);
    let Content::Map(pairs) = &item.content else { panic!("a map") };
    let said: Vec<_> = pairs.iter().map(|(key, _)| key.notes.clone()).collect();
    assert_eq!(said[1], [Note::NotCanonical("the key is out of order")]);
    assert_eq!(said[2], [Note::NotCanonical("the key is there twice")]);
    assert!(!broken);
}

#[test]
fn an_indefinite_string_is_put_together() {
    let (item, broken) = read(&[0x7F, 0x61, b'a', 0x61, b'b', 0xFF]);
    assert_eq!(item.text(), Some("ab"));
    assert!(!broken);
}

#[test]
fn what_is_cut_off_ends_where_it_ends() {
    assert_eq!(remarks(&[0x45, 1, 2]), ["ends at byte 1: 5 bytes are announced, and 2 are there"]);
    assert_eq!(remarks(&[0x82, 1]), ["ends at byte 2: 2 announced, and 1 are there"]);
    assert_eq!(
        remarks(&[0x19, 1]),
        ["ends at byte 1: the head of an item takes 2 bytes more, of which there are 1"]
    );
    assert_eq!(remarks(&[0x1C]), ["ends at byte 0: 0x1c begins no item (reserved)"]);
    assert_eq!(remarks(&[0xFF]), ["ends at byte 0: there is nothing to end here"]);
    assert_eq!(remarks(&[]), ["ends at byte 0: an item is missing"]);
}

#[test]
fn neither_lengths_nor_depth_that_are_only_announced_cost_anything() {
    assert!(read(&[0x9B, 255, 255, 255, 255, 255, 255, 255, 255]).1);
    assert!(read(&[0x5B, 255, 255, 255, 255, 255, 255, 255, 255]).1);
    assert!(read(&[0x81; 100_000]).1);
    assert!(read(&[0xC1; 100_000]).1);
    assert!(read(&[0xBF; 100_000]).1);
}

#[test]
fn fractions_are_told() {
    let float = |bytes: &[u8]| match read(bytes).0.content {
        Content::Float(number) => number,
        other => panic!("{other:?}"),
    };
    assert_eq!(float(&[0xF9, 0x3C, 0x00]), 1.0);
    assert_eq!(float(&[0xF9, 0xC4, 0x00]), -4.0);
    assert_eq!(float(&[0xF9, 0x00, 0x01]), 5.960_464_477_539_063e-8);
    assert!(float(&[0xF9, 0x7E, 0x00]).is_nan());
    assert_eq!(float(&[0xFA, 0x47, 0xC3, 0x50, 0x00]), 100_000.0);
}

#[test]
fn tags_are_no_levels() {
    fn all(bytes: &[u8]) -> Vec<Note> {
        let mut notes = read(bytes).0.all_notes();
        notes.retain(|note| *note == Note::NotCanonical("more than four levels of maps and arrays"));
        notes
    }
    assert_eq!(all(&[0x81, 0x81, 0x81, 0x81, 0x01]).len(), 0);
    assert_eq!(all(&[0x81, 0xC1, 0x81, 0x81, 0x81, 0x01]).len(), 0);
    assert_eq!(all(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x01]).len(), 1);
    assert_eq!(all(&[0x81, 0xC1, 0x81, 0x81, 0x81, 0x81, 0x01]).len(), 1);
}
