use super::*;

#[test]
fn rfc_4648_test_vectors_both_ways() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg"),
        ("fo", "Zm8"),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(encode(bytes.as_bytes()), text);
        assert_eq!(decode(text).unwrap(), bytes.as_bytes());
    }
}

#[test]
fn every_length_and_byte_comes_back() {
    for length in 0..=256usize {
        let bytes: Vec<u8> = (0..length).map(|i| u8::try_from(i * 7 % 256).unwrap()).collect();
        let text = encode(&bytes);
        assert!(text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'), "{text}");
        assert_eq!(decode(&text).unwrap(), bytes);
    }
}

#[test]
fn what_sites_send_is_read() {
    let expected = [0xfb, 0xff, 0xfe, 0x01];
    for text in
        ["-__-AQ", "+//+AQ", "-__-AQ==", "+//+AQ==", "-_/+AQ", "-__-AQ\n", " -__-\r\nAQ==\n", "\t-__-AQ "]
    {
        assert_eq!(decode(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn left_over_bits_are_dropped() {
    assert_eq!(decode("Zh").unwrap(), b"f");
}

#[test]
fn what_is_wrong_is_said_precisely() {
    use DecodeError::*;
    for (text, error) in [
        ("Zm9v!", Character { position: 4 }),
        ("Zm9vé", Character { position: 4 }),
        ("Zm\u{0}v", Character { position: 2 }),
        ("Zg==Zg", AfterPadding { position: 4 }),
        ("Zg=", Padding),
        ("Zm9v====", Padding),
        ("=", Padding),
        ("Z", Length),
        ("Zm9vY", Length),
    ] {
        assert_eq!(decode(text).unwrap_err(), error, "{text:?}");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn debug_shows_no_bytes() {
    let bytes = Base64Url::from(b"secret".to_vec());
    assert_eq!(format!("{bytes:?}"), "Base64Url(6 bytes)");
    assert_eq!(Base64Url::decode(&bytes.encode()).unwrap().into_bytes(), b"secret");
}
