//! Against vectors of the Python package cryptography 50.0.2 (OpenSSL): HKDF-SHA-256, then AES-128-CBC.

extern crate std;

use super::seal_identifier;
use crate::secret::Secret;
use core::array::from_fn;
use std::format;
use std::string::String;

fn counting<const N: usize>(from: u8) -> [u8; N] {
    from_fn(|place| from + u8::try_from(place).expect("short"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn gi20_gi21_the_identifiers_are_sealed_as_others_seal_them() {
    let token = Secret::new(counting(0));
    let sealed = |info: &[u8]| hex(&seal_identifier(&token, info, &counting(0xA0), counting(0x10)));
    let iv = "101112131415161718191a1b1c1d1e1f";
    assert_eq!(sealed(b"encIdentifier"), format!("{iv}7a9f1e9d025ca2b0515c2ebfee7af6fe"));
    assert_eq!(sealed(b"encCredStoreState"), format!("{iv}54b7610b5ba7bcedc3d4e1e0948e398c"));
}
