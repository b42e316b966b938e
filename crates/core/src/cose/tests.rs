//! Keys as a site reads them, and as a record keeps them.

extern crate std;

use super::*;
use authenticator_testkit::cbor::{self, Value};
use std::vec::Vec;

const KEYS: [PublicKey; 3] = [
    PublicKey::P256 { x: [0; 32], y: [0x26; 32] },
    PublicKey::Ed25519([0xA5; 32]),
    PublicKey::P384 { x: [0; 48], y: [0x38; 48] },
];

fn written(key: &PublicKey) -> Vec<u8> {
    let mut buffer = [0; 128];
    let mut writer = Writer::new(&mut buffer);
    key.write(&mut writer).unwrap();
    let length = writer.written();
    buffer[..length].to_vec()
}

/// The labels of RFC 9053 in canonical order, the numbers of IANA's registry, and coordinates of the curve's length.
#[test]
fn ck01_a_key_is_written_as_cose_has_it() {
    let expected: [Vec<(i64, Value)>; 3] = [
        [
            (1, 2.into()),
            (3, (-7).into()),
            (-1, 1.into()),
            (-2, cbor::bytes(&[0; 32])),
            (-3, cbor::bytes(&[0x26; 32])),
        ]
        .into(),
        [(1, 1.into()), (3, (-8).into()), (-1, 6.into()), (-2, cbor::bytes(&[0xA5; 32]))].into(),
        [
            (1, 2.into()),
            (3, (-35).into()),
            (-1, 2.into()),
            (-2, cbor::bytes(&[0; 48])),
            (-3, cbor::bytes(&[0x38; 48])),
        ]
        .into(),
    ];
    for (key, expected) in KEYS.iter().zip(expected) {
        assert_eq!(written(key), cbor::encode(&cbor::map(expected)), "{key:?}");
        assert_eq!(Algorithm::from_cose_id(key.algorithm().cose_id()), Some(key.algorithm()));
    }
}

#[test]
fn a_key_is_read_as_it_was_written_and_kept() {
    for key in KEYS {
        assert_eq!(PublicKey::read(&written(&key)), Some(key.clone()));
        assert_eq!(PublicKey::from_stored(key.algorithm(), key.stored().as_slice()), Some(key.clone()));
        for other in Algorithm::ALL.into_iter().filter(|other| *other != key.algorithm()) {
            assert_eq!(PublicKey::from_stored(other, key.stored().as_slice()), None, "{key:?} for {other:?}");
        }
    }
}
