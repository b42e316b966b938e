use ciborium::Value;

use super::*;

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// Items as another library writes them, with something after each.
#[test]
fn an_item_is_as_long_as_it_is() {
    let long = "x".repeat(70_000);
    for value in [
        Value::from(0),
        Value::from(23),
        Value::from(24),
        Value::from(-500),
        Value::from(u64::MAX),
        Value::from(1.5),
        Value::Bool(true),
        Value::Null,
        Value::from(&[7; 300][..]),
        Value::from(""),
        Value::from(long.as_str()),
        Value::Array(vec![Value::from(1), Value::Array(vec![]), Value::from("two")]),
        Value::Map(vec![(1.into(), Value::from(&[1, 2][..])), ("a".into(), Value::Map(vec![]))]),
        Value::Tag(1, Box::new(Value::Array(vec![Value::from(7)]))),
    ] {
        let item = written(&value);
        for after in [&[][..], &[0xff, 0x00, 0x80]] {
            assert_eq!(item_length(&[&item, after].concat()), Some(item.len()), "{value:?}");
        }
        for cut in 0..item.len().min(2000) {
            assert_eq!(item_length(&item[..cut]), None, "{value:?}, cut at {cut}");
        }
    }
}

#[test]
fn an_item_may_be_nested_deeply() {
    let mut deep = vec![0x81; 100_000];
    assert_eq!(item_length(&deep), None);
    deep.push(0x00);
    assert_eq!(item_length(&deep), Some(100_001));
    let mut unended = vec![0x9f; 100_000];
    assert_eq!(item_length(&unended), None);
    unended.extend_from_slice(&[0xff; 100_000]);
    assert_eq!(item_length(&unended), Some(200_000));
}

/// Most of them are examples of RFC 8949, appendix A.
#[test]
fn an_item_may_be_of_indefinite_length() {
    for item in [
        &[0x5f, 0x42, 0x01, 0x02, 0x43, 0x03, 0x04, 0x05, 0xff][..],
        &[0x7f, 0x65, b's', b't', b'r', b'e', b'a', 0x64, b'm', b'i', b'n', b'g', 0xff],
        &[0x9f, 0xff],
        &[0x9f, 0x01, 0x82, 0x02, 0x03, 0x9f, 0x04, 0x05, 0xff, 0xff],
        &[0x83, 0x01, 0x9f, 0x02, 0x03, 0xff, 0x82, 0x04, 0x05],
        &[0xbf, 0xff],
        &[0xbf, 0x61, b'a', 0x01, 0x61, b'b', 0x9f, 0x02, 0x03, 0xff, 0xff],
        &[0xa1, 0x01, 0x5f, 0xff],
        &[0xc1, 0x9f, 0x00, 0xff],
    ] {
        for after in [&[][..], &[0xff, 0x00, 0x80]] {
            assert_eq!(item_length(&[item, after].concat()), Some(item.len()), "{item:?}");
        }
        for cut in 0..item.len() {
            assert_eq!(item_length(&item[..cut]), None, "{item:?}, cut at {cut}");
        }
        assert!(ciborium::from_reader::<Value, _>(item).is_ok(), "{item:?}");
    }
}

#[test]
fn what_is_no_cbor_has_no_length() {
    for refused in [
        &[0xff][..],
        &[0x1c],
        &[0x1f, 0xff],
        &[0x3f, 0xff],
        &[0xdf, 0x00],
        &[0x81, 0xff],
        &[0xa1, 0x00, 0xff],
        &[0xc1, 0xff],
        &[0xbf, 0x00, 0xff],
        &[0x5f, 0x61, b'a', 0xff],
        &[0x7f, 0x41, b'a', 0xff],
        &[0x5f, 0x00, 0xff],
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
        &[],
    ] {
        assert_eq!(item_length(refused), None, "{refused:?}");
    }
}

#[test]
fn the_head_of_an_array_is_the_one_that_others_write() {
    for items in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
        let array = written(&Value::Array(vec![Value::Null; items]));
        let head = array_head(items);
        assert_eq!(head, array[..array.len() - items], "{items}");
        assert_eq!(read_array_head(&array), Some((u64::try_from(items).unwrap(), &array[head.len()..])));
    }
    for other in [&[0xa0][..], &[0x40], &[0x9f, 0xff], &[0x98], &[]] {
        assert_eq!(read_array_head(other), None);
    }
}
