//! The reader and the writer, with `ciborium` as the second opinion.

extern crate std;

use super::{Value, Writer, check};
use authenticator_testkit::cbor;
use std::{vec, vec::Vec};

fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut buffer = [0; 64];
    let mut writer = Writer::new(&mut buffer);
    write(&mut writer);
    let length = writer.written();
    buffer[..length].to_vec()
}

#[test]
fn gen06_canonical_items_are_accepted() {
    let good: [(&str, &[u8]); 23] = [
        ("0", &[0x00]),
        ("23", &[0x17]),
        ("24", &[0x18, 24]),
        ("256", &[0x19, 1, 0]),
        ("65536", &[0x1A, 0, 1, 0, 0]),
        ("2^32", &[0x1B, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("-1", &[0x20]),
        ("-25", &[0x38, 24]),
        ("-2^64", &[0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("empty bytes", &[0x40]),
        ("bytes that look like deep nesting", &[0x45, 0x81, 0x81, 0x81, 0x81, 0x81]),
        ("two-byte character", &[0x62, 0xC3, 0xA9]),
        ("empty array", &[0x80]),
        ("empty map", &[0xA0]),
        ("keys: a shorter one first", &[0xA2, 0x18, 24, 0, 0x19, 1, 0, 0]),
        ("keys: the lower major type first, though longer", &[0xA2, 0x19, 1, 0, 0, 0x20, 0]),
        ("keys: bytewise among equal lengths", &[0xA2, 0x61, b'a', 0, 0x61, b'b', 0]),
        ("keys: length before bytes", &[0xA2, 0x61, b'z', 0, 0x62, b'a', b'a', 0]),
        (
            "keys: the shorter array before the one of fewer items",
            &[0xA2, 0x82, 0, 0, 0, 0x81, 0x19, 1, 0, 0],
        ),
        ("false, true, null", &[0x83, 0xF4, 0xF5, 0xF6]),
        ("half float", &[0xF9, 0x3C, 0]),
        ("double float", &[0xFB, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0]),
        ("simple value 32", &[0xF8, 32]),
    ];
    for (name, bytes) in good {
        assert!(check(bytes).is_ok(), "{name}");
    }
}

#[test]
fn gen08_gen06_what_is_not_canonical_is_refused() {
    let bad: [(&str, &[u8]); 30] = [
        ("nothing", &[]),
        ("trailing byte", &[0x00, 0x00]),
        ("trailing byte after a map", &[0xA0, 0x00]),
        ("23 in two bytes", &[0x18, 23]),
        ("255 in three bytes", &[0x19, 0, 255]),
        ("65535 in five bytes", &[0x1A, 0, 0, 0xFF, 0xFF]),
        ("2^32-1 in nine bytes", &[0x1B, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("-1 in two bytes", &[0x38, 0]),
        ("length of bytes in two bytes", &[0x58, 1, 0]),
        ("length of text in two bytes", &[0x78, 1, b'a']),
        ("length of an array in two bytes", &[0x98, 1, 0]),
        ("length of a map in two bytes", &[0xB8, 1, 0, 0]),
        ("head cut", &[0x19, 1]),
        ("bytes cut", &[0x42, 0]),
        ("array cut", &[0x82, 0]),
        ("map without its value", &[0xA1, 0]),
        ("indefinite bytes", &[0x5F, 0x41, 0, 0xFF]),
        ("indefinite text", &[0x7F, 0x61, b'a', 0xFF]),
        ("indefinite array", &[0x9F, 0, 0xFF]),
        ("indefinite map", &[0xBF, 0, 0, 0xFF]),
        ("a break alone", &[0xFF]),
        ("tag", &[0xC0, 0x60]),
        ("bignum", &[0xC2, 0x41, 1]),
        ("invalid UTF-8", &[0x61, 0xFF]),
        ("half a character", &[0x61, 0xC3]),
        ("key twice", &[0xA2, 1, 0, 1, 0]),
        ("keys swapped", &[0xA2, 2, 0, 1, 0]),
        ("longer key first", &[0xA2, 0x62, b'a', b'a', 0, 0x61, b'z', 0]),
        ("text key before a negative one", &[0xA2, 0x61, b'a', 0, 0x20, 0]),
        ("simple value 24 in two bytes", &[0xF8, 24]),
    ];
    for (name, bytes) in bad {
        assert!(check(bytes).is_err(), "{name}");
    }
    for major in 0..8_u8 {
        for reserved in 28..31 {
            assert!(
                check(&[(major << 5) | reserved, 0, 0, 0, 0]).is_err(),
                "reserved {reserved}, major type {major}"
            );
        }
    }
    // The faults count wherever they stand: as a value nobody looks at, and inside a key.
    assert!(check(&[0xA1, 0x63, b'x', b'y', b'z', 0x81, 0x18, 1]).is_err());
    assert!(check(&[0xA1, 0x81, 0x18, 1, 0]).is_err());
}

#[test]
fn gen09_four_levels_are_read_and_five_are_not() {
    let arrays = |depth: usize| [vec![0x81; depth], vec![0x00]].concat();
    let maps = |depth: usize| [[0xA1, 0x00].repeat(depth), vec![0x00]].concat();
    for nested in [arrays, maps] {
        assert!(check(&nested(4)).is_ok());
        assert!(check(&nested(5)).is_err());
        assert!(check(&nested(200)).is_err());
    }
    // An empty fifth level is one all the same, and siblings do not add up.
    assert!(check(&[0x81, 0x81, 0x81, 0x80]).is_ok());
    assert!(check(&[0x81, 0x81, 0x81, 0x81, 0x80]).is_err());
    assert!(check(&[0x83, 0x81, 0x81, 0x80, 0x81, 0x81, 0x80, 0x81, 0x81, 0x80]).is_ok());
}

#[test]
fn gen16_a_declared_length_is_never_trusted() {
    for major in [2_u8, 3, 4, 5] {
        for (additional, length) in [
            (24, [0xFF].as_slice()),
            (25, &[0xFF; 2]),
            (26, &[0xFF; 4]),
            (27, &[0xFF; 8]),
            (27, &[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (27, &[0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            let item = [&[(major << 5) | additional], length, &[0; 16]].concat();
            assert!(check(&item).is_err(), "major type {major}, length {length:02x?}");
            assert!(check(&[&[0x81], item.as_slice()].concat()).is_err());
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "200,000 inputs")]
fn gen06_gen16_short_inputs_are_judged_as_ciborium_judges_them() {
    // Every input of up to two bytes, and of three that begins with a map or an array.
    let judge = |bytes: &[u8]| {
        let canonical =
            cbor::decode(bytes).is_some_and(|value| is_plain(&value) && cbor::encode(&value) == bytes);
        assert_eq!(check(bytes).is_ok(), canonical, "{bytes:02x?}");
    };
    for first in 0..0xE0_u8 {
        judge(&[first]);
        for second in 0..=255 {
            if second >= 0xE0 && !matches!(second, 0xF4..=0xF6) && first >> 5 >= 4 {
                continue; // ciborium does not keep simple values and floats as they were
            }
            judge(&[first, second]);
        }
    }
    for first in [0x81, 0x82, 0xA1] {
        for second in 0..0xE0 {
            for third in 0..0xE0 {
                judge(&[first, second, third]);
            }
        }
    }
}

/// No tags: they are valid CBOR, but not CTAP's.
fn is_plain(value: &cbor::Value) -> bool {
    match value {
        cbor::Value::Tag(..) => false,
        cbor::Value::Array(items) => items.iter().all(is_plain),
        cbor::Value::Map(pairs) => pairs.iter().all(|(key, value)| is_plain(key) && is_plain(value)),
        _ => true,
    }
}

#[test]
fn gen11_a_value_is_given_out_as_its_own_type_only() {
    type Read = fn(Value<'_>) -> bool;
    let readers: [(&str, Read); 6] = [
        ("unsigned", |value| value.unsigned().is_ok()),
        ("bytes", |value| value.bytes().is_ok()),
        ("text", |value| value.text().is_ok()),
        ("array", |value| value.array().is_ok()),
        ("map", |value| value.map().is_ok()),
        ("boolean", |value| value.boolean().is_ok()),
    ];
    let samples: [(&str, &[u8]); 9] = [
        ("unsigned", &[0x18, 200]),
        ("bytes", &[0x41, 7]),
        ("text", &[0x61, b'a']),
        ("array", &[0x81, 0]),
        ("map", &[0xA1, 0, 0]),
        ("boolean", &[0xF4]),
        ("boolean", &[0xF5]),
        ("null", &[0xF6]),
        ("negative", &[0x26]),
    ];
    for (kind, bytes) in samples {
        let value = check(bytes).unwrap();
        for (reader, reads) in readers {
            assert_eq!(reads(value), kind == reader, "{kind} read as {reader}");
        }
        assert_eq!(
            value.integer().is_ok(),
            ["unsigned", "negative"].contains(&kind),
            "{kind} read as integer"
        );
    }
}

#[test]
fn integers_outside_64_bits_with_sign_become_the_limit() {
    for (bytes, expected) in [
        ([0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], i64::MAX),
        ([0x1B, 0x80, 0, 0, 0, 0, 0, 0, 0], i64::MAX),
        ([0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], i64::MIN),
        ([0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], i64::MIN),
        ([0x3B, 0, 0, 0, 1, 0, 0, 0, 0], -4_294_967_297),
    ] {
        assert_eq!(check(&bytes).unwrap().integer(), Ok(expected));
    }
}

#[test]
fn maps_and_arrays_give_out_their_items_in_order() {
    let value = check(&[0xA2, 1, 0x82, 5, 6, 0x61, b'k', 0xA1, 0, 0xF5]).unwrap();
    let mut pairs = value.map().unwrap();
    let (key, array) = pairs.next().unwrap();
    assert_eq!(key.unsigned(), Ok(1));
    assert_eq!(array.array().unwrap().map(|item| item.unsigned().unwrap()).collect::<Vec<_>>(), [5, 6]);
    let (key, map) = pairs.next().unwrap();
    assert_eq!(key.text(), Ok("k"));
    assert_eq!(map.map().unwrap().count(), 1);
    assert!(pairs.next().is_none());
}

#[test]
fn gen07_the_writer_uses_the_shortest_form_at_every_limit() {
    let limits = [0, 1, 23, 24, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0xFFFF_FFFF, 0x1_0000_0000, u64::MAX];
    for value in limits {
        let bytes = written(|writer| writer.unsigned(value).unwrap());
        assert_eq!(bytes, cbor::encode(&value.into()), "{value}");
        assert_eq!(check(&bytes).unwrap().unsigned(), Ok(value));
    }
    for value in [i64::MIN, -65537, -65536, -257, -256, -25, -24, -1, 0, 23, 24, i64::MAX] {
        let bytes = written(|writer| writer.integer(value).unwrap());
        assert_eq!(bytes, cbor::encode(&value.into()), "{value}");
        assert_eq!(check(&bytes).unwrap().integer(), Ok(value));
    }
    for length in [0, 1, 23, 24, 40] {
        let content = vec![b'x'; length];
        let bytes = written(|writer| writer.bytes(&content).unwrap());
        assert_eq!(bytes, cbor::encode(&cbor::bytes(&content)), "{length} bytes");
        let text = core::str::from_utf8(&content).unwrap();
        assert_eq!(
            written(|writer| writer.text(text).unwrap()),
            cbor::encode(&text.into()),
            "text of {length}"
        );
    }
    assert_eq!(written(|writer| writer.array(24).unwrap()), [0x98, 24]);
    assert_eq!(written(|writer| writer.map(3).unwrap()), [0xA3]);
    assert_eq!(written(|writer| writer.boolean(false).unwrap()), [0xF4]);
    assert_eq!(written(|writer| writer.boolean(true).unwrap()), [0xF5]);
}

#[test]
fn a_full_buffer_is_an_error_and_nothing_is_written_past_it() {
    for room in 0..5 {
        let mut buffer = [0xEE; 8];
        assert!(Writer::new(&mut buffer[..room]).text("1234").is_err(), "room for {room}");
        assert_eq!(buffer[room..], [0xEE; 8][room..]);
    }
    assert!(Writer::new(&mut [0; 5]).text("1234").is_ok());
}
