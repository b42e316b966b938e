//! Both protocols against vectors of another implementation, and what they must not take.
//!
//! The vectors were made with python-fido2 2.2.1 on top of the Python package cryptography 50.0.2 (OpenSSL): its
//! `PinProtocolV1` and `PinProtocolV2`, given fixed keys in place of the ephemeral ones and a fixed initialisation vector.

extern crate std;

mod published;

use super::agreement::{InvalidPoint, KeyAgreement, Point};
use super::cipher::BadLength;
use super::protocol::verify;
use super::{PlatformKey, Protocol, SharedSecret};
use authenticator_testkit::SeededRng;
use authenticator_testkit::cbor::{Value, at, bytes, map};
use authenticator_testkit::pin::Platform;
use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use std::{vec, vec::Vec};

/// The authenticator's private key in the vectors, and its public key.
const SCALAR: &str = "21c9fca2dceaa54532d8f24fc52960ece739bdc177781dba570998576fe08a52";
const PUBLIC: [&str; 2] = [
    "07b61d3c424b299408a72ea6a59f153e74a3125b5811716edb32222b46b4f02c",
    "4d5eb906055fc8ea49ae0c061ab69d66942ffcf77c75c47c1032c9f43fc532b6",
];
/// A platform's public key. Its y coordinate begins with a zero.
const PLATFORM: [&str; 2] = [
    "f6882701b492e3e25ab005bc12168ecba2bcb0d0e645911e19a78cc735067e80",
    "00b25c7137cb2dcfb0d7f5b83314485e64ed592f648934d2198d80ac0275b73b",
];
/// One with which the coordinate agreed on begins with a zero.
const PLATFORM_ZERO: [&str; 2] = [
    "d91e10157decf67b1654ece87e2c15e25a05a6b08c9016ed1c43541a1e3a260e",
    "7e1ec072fc208847d97beb40c85b58a5a2e9a308092c513ad7c6a8ec2d66f8d4",
];
/// The initialisation vector in the vectors.
const IV: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

struct Vector {
    protocol: Protocol,
    platform: [&'static str; 2],
    /// Of the bytes 0 to 63.
    ciphertext: &'static str,
    /// Over "message".
    signature: &'static str,
}

const VECTORS: [Vector; 4] = [
    Vector {
        protocol: Protocol::One,
        platform: PLATFORM,
        ciphertext: "0ea9442b76455c93b3255c7b4509f79fa918d294efbac3c2e86dd06443c9dcdf\
                     a240b3095b67f96e61061cff04b6af317ef528408898b595c40bfa0db5d75784",
        signature: "738a1d7d2ca924b78d3e9845fcbe9af6",
    },
    Vector {
        protocol: Protocol::One,
        platform: PLATFORM_ZERO,
        ciphertext: "5be5d83602c67228f2bb37e720a14e11678f51e3ff032adf0b197d471f40b085\
                     e682143069e6603f24252e7e6838f76551edabf7fa119c22f99a4df0b40a9f00",
        signature: "d88e4738fb08eb2739ca77067c6a9854",
    },
    Vector {
        protocol: Protocol::Two,
        platform: PLATFORM,
        ciphertext: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\
                     806869d750741348b2955c607a3faaeafe8544cf326c2febf2a4709498fa52bc\
                     b58688d3127a291c293f5f300eaa974ace30fd2164e5008f99bc18b69285f2df",
        signature: "2b0f0f0ce91647e25d43cfc58db2d2268dcd68934464186600aa739361c81260",
    },
    Vector {
        protocol: Protocol::Two,
        platform: PLATFORM_ZERO,
        ciphertext: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\
                     599d661265aab005a8266d036a607bde315d18729c8859ceeab9be801fb92cd9\
                     a740885e1d650e1f161344643abc15fa85df9c983d6ded21096f2ac30db8324a",
        signature: "426cc2dcecd6b11b36c5b4c7f9205b522149a4ef22be35b213f7b8064dfd21dc",
    },
];

/// The signature over "message" under a token of 32 bytes 0x5A; protocol one has the first half.
const TOKEN_SIGNATURE: &str = "d9ad326a9c66f75ce06e3717aa8db2f5a26943248b9f7d0f0786275f718ef31c";

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Randomness as a test wants it: these bytes, and no more.
struct Scripted(Vec<u8>);

impl Scripted {
    fn hex(text: &str) -> Self {
        Self(unhex(text))
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let rest = self.0.split_off(bytes.len());
        bytes.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}

/// The authenticator's key pair of the vectors.
fn agreement() -> KeyAgreement {
    let mut agreement = KeyAgreement::empty();
    let _ = agreement.public_key(&mut Scripted::hex(SCALAR));
    agreement
}

fn agreed(agreement: &mut KeyAgreement, protocol: Protocol, peer: [&str; 2]) -> SharedSecret {
    let [x, y] = peer.map(unhex);
    agreed_with(agreement, protocol, [&x, &y])
}

fn agreed_with(agreement: &mut KeyAgreement, protocol: Protocol, peer: [&[u8]; 2]) -> SharedSecret {
    let mut shared = SharedSecret::empty();
    let [x, y] = peer;
    let key = PlatformKey { x, y };
    agreement.decapsulate(&mut SeededRng::new(1), protocol, &key, &mut shared).unwrap();
    shared
}

fn shared_of(vector: &Vector) -> SharedSecret {
    agreed(&mut agreement(), vector.protocol, vector.platform)
}

/// What the platform gets to see of a secret: enough to tell two apart.
fn seen(shared: &SharedSecret) -> Vec<u8> {
    let mut out = vec![0; 64];
    let length = shared.encrypt(&mut Scripted(vec![0; 16]), &[0; 32], &mut out).unwrap();
    out.truncate(length);
    out
}

fn plaintext() -> Vec<u8> {
    (0..64).collect()
}

#[test]
fn pp24_both_protocols_are_there_and_the_second_is_preferred() {
    assert_eq!(Protocol::ALL.map(Protocol::number), [2, 1]);
    assert_eq!(Protocol::from_number(1), Some(Protocol::One));
    assert_eq!(Protocol::from_number(2), Some(Protocol::Two));
    for unknown in [0, 3, 0x0100_0000_0000_0001, u64::MAX] {
        assert_eq!(Protocol::from_number(unknown), None);
    }
}

#[test]
fn pp01_the_public_key_stays_until_it_is_renewed() {
    let mut agreement = agreement();
    let [x, y] = PUBLIC.map(unhex);
    let rng = &mut SeededRng::new(2);
    for _ in 0..2 {
        let public = agreement.public_key(rng);
        assert_eq!((&public.x[..], &public.y[..]), (&x[..], &y[..]));
    }

    agreement.renew();
    let second = *agreement.public_key(rng);
    assert_ne!(&second.x[..], &x[..]);
    assert_eq!(*agreement.public_key(rng), second);
}

/// What a platform that was written on its own makes of it.
#[test]
fn pp01_pp03_a_platform_comes_to_the_same_secret() {
    for (protocol, seed) in
        Protocol::ALL.into_iter().flat_map(|protocol| (0..32).map(move |seed| (protocol, seed)))
    {
        let (mut agreement, rng) = (KeyAgreement::empty(), &mut SeededRng::new(seed));
        let Point { x, y } = *agreement.public_key(rng);
        let integer = Value::from;
        let public =
            map([(1, integer(2)), (3, integer(-25)), (-1, integer(1)), (-2, bytes(&x)), (-3, bytes(&y))]);
        let platform = Platform::agree(protocol.number(), &public, &seed.to_be_bytes()).unwrap();
        let coordinate = |label| at(&platform.key_agreement, label).unwrap().as_bytes().unwrap().clone();
        let mut shared = SharedSecret::empty();
        let coordinates = [-2, -3].map(coordinate);
        let key = PlatformKey { x: &coordinates[0], y: &coordinates[1] };
        agreement.decapsulate(rng, protocol, &key, &mut shared).unwrap();

        let (mut sent, mut received) = ([0; 80], [0; 64]);
        let length = shared.encrypt(rng, &plaintext(), &mut sent).unwrap();
        assert_eq!(platform.decrypt(&sent[..length]), Some(plaintext()), "{protocol:?}, {seed}");
        assert_eq!(shared.decrypt(&platform.encrypt(&plaintext()), &mut received), Ok(64));
        assert_eq!(received[..], plaintext(), "{protocol:?}, {seed}");
        assert!(shared.verify(&[b"message"], &platform.authenticate(b"message")), "{protocol:?}, {seed}");
    }
}

#[test]
fn pp01_a_renewed_key_agrees_on_something_else() {
    for protocol in Protocol::ALL {
        let mut agreement = agreement();
        let before = seen(&agreed(&mut agreement, protocol, PLATFORM));
        assert_eq!(seen(&agreed(&mut agreement, protocol, PLATFORM)), before);
        agreement.renew();
        assert_ne!(seen(&agreed(&mut agreement, protocol, PLATFORM)), before);
    }
}

#[test]
fn pp01_a_key_nobody_asked_for_is_made_all_the_same() {
    let (mut never_asked, mut asked) = (KeyAgreement::empty(), KeyAgreement::empty());
    let [x, y] = PLATFORM.map(unhex);
    let key = PlatformKey { x: &x, y: &y };
    let (mut first, mut second) = (SharedSecret::empty(), SharedSecret::empty());

    never_asked.decapsulate(&mut SeededRng::new(3), Protocol::Two, &key, &mut first).unwrap();
    let public = *asked.public_key(&mut SeededRng::new(3));
    asked.decapsulate(&mut SeededRng::new(4), Protocol::Two, &key, &mut second).unwrap();

    assert_eq!(*never_asked.public_key(&mut SeededRng::new(5)), public);
    assert_eq!(seen(&first), seen(&second));
}

#[test]
fn a_draw_that_is_no_scalar_is_drawn_again() {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let zero = "00".repeat(32);
    let mut rng = Scripted::hex(&[order, &zero, SCALAR].concat());
    let public = *KeyAgreement::empty().public_key(&mut rng);
    assert_eq!(public.x[..], unhex(PUBLIC[0]));
    assert!(rng.0.is_empty());
}

#[test]
fn pp03_pp10_pp11_pp20_pp21_encryption_is_that_of_another_implementation() {
    for vector in &VECTORS {
        let shared = shared_of(vector);
        let (mut out, expected) = ([0xEE; 96], unhex(vector.ciphertext));
        let length = shared.encrypt(&mut Scripted::hex(IV), &plaintext(), &mut out).unwrap();
        assert_eq!(out[..length], expected);
        assert!(out[length..].iter().all(|byte| *byte == 0xEE), "nothing is written past the ciphertext");
    }
}

#[test]
fn pp11_pp21_decryption_is_its_inverse() {
    for vector in &VECTORS {
        let shared = shared_of(vector);
        let mut out = [0xEE; 80];
        assert_eq!(shared.decrypt(&unhex(vector.ciphertext), &mut out), Ok(64));
        assert_eq!(out[..64], plaintext());
        assert!(out[64..].iter().all(|byte| *byte == 0xEE), "nothing is written past the plaintext");
    }
}

#[test]
fn pp21_each_ciphertext_has_an_initialisation_vector_of_its_own() {
    let shared = agreed(&mut agreement(), Protocol::Two, PLATFORM);
    let (mut first, mut second) = ([0; 48], [0; 48]);
    let rng = &mut SeededRng::new(6);
    assert_eq!(shared.encrypt(rng, &[7; 32], &mut first), Ok(48));
    assert_eq!(shared.encrypt(rng, &[7; 32], &mut second), Ok(48));
    assert_ne!(first[..16], second[..16]);
    assert_ne!(first[16..], second[16..]);
}

#[test]
fn pp11_pp21_pp23_only_whole_blocks_can_be_decrypted() {
    let cases = [(Protocol::One, 0), (Protocol::Two, 16)];
    for (protocol, iv) in cases {
        let shared = agreed(&mut agreement(), protocol, PLATFORM);
        let mut out = [0; 128];
        for length in 0..=128 {
            let whole = length >= iv && (length - iv) % 16 == 0;
            let expected = if whole { Ok(length - iv) } else { Err(BadLength) };
            assert_eq!(shared.decrypt(&vec![9; length], &mut out), expected, "{protocol:?}, {length} bytes");
            assert_eq!(protocol.plaintext_length(length), expected.ok(), "{protocol:?}, {length} bytes");
        }
    }
}

#[test]
fn pp11_pp21_only_whole_blocks_can_be_encrypted() {
    for protocol in Protocol::ALL {
        let shared = agreed(&mut agreement(), protocol, PLATFORM);
        for length in [1, 15, 17, 31, 33] {
            let encrypted = shared.encrypt(&mut SeededRng::new(7), &vec![9; length], &mut [0; 128]);
            assert_eq!(encrypted, Err(BadLength), "{protocol:?}, {length} bytes");
        }
    }
}

#[test]
fn a_text_longer_than_its_place_is_refused() {
    for vector in &VECTORS {
        let (shared, ciphertext) = (shared_of(vector), unhex(vector.ciphertext));
        let mut short = vec![0; ciphertext.len() - 1];
        assert_eq!(shared.encrypt(&mut SeededRng::new(8), &plaintext(), &mut short), Err(BadLength));
        assert_eq!(shared.encrypt(&mut SeededRng::new(8), &plaintext(), &mut []), Err(BadLength));
        assert_eq!(shared.decrypt(&ciphertext, &mut [0; 63]), Err(BadLength));
    }
}

#[test]
fn pp12_pp22_signatures_are_those_of_another_implementation() {
    for vector in &VECTORS {
        let (shared, signature) = (shared_of(vector), unhex(vector.signature));
        assert!(shared.verify(&[b"message"], &signature));
        assert!(shared.verify(&[b"", b"mess", b"a", b"ge"], &signature), "the parts are one message");
        assert!(!shared.verify(&[b"messagf"], &signature));
        assert!(!shared.verify(&[b"message", b"\0"], &signature));
        assert!(!shared.verify(&[], &signature));
    }
}

#[test]
fn pp12_pp22_every_byte_of_a_signature_counts() {
    for vector in &VECTORS {
        let (shared, signature) = (shared_of(vector), unhex(vector.signature));
        for (place, bit) in (0..signature.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut wrong = signature.clone();
            wrong[place] ^= 1 << bit;
            assert!(!shared.verify(&[b"message"], &wrong), "bit {bit} of byte {place}");
        }
    }
}

#[test]
fn pp12_pp22_a_token_signs_too_and_signatures_have_one_length() {
    let token = [0x5A; 32];
    let whole = [unhex(TOKEN_SIGNATURE), vec![0]].concat();
    for (protocol, right) in [(Protocol::One, 16), (Protocol::Two, 32)] {
        for length in 0..=whole.len() {
            let verified = verify(protocol, &token, &[b"message"], &whole[..length]);
            assert_eq!(verified, length == right, "{protocol:?}, {length} bytes");
        }
    }
    assert!(!verify(Protocol::Two, &[0x5B; 32], &[b"message"], &whole[..32]));
}

#[test]
fn pp02_points_off_the_curve_are_refused() {
    let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    let zero = "00".repeat(32);
    // On the curve with x = 5, and on none with x = 1; the third is 5 plus the prime.
    let (five, one) = (["00".repeat(31), "05".into()].concat(), ["00".repeat(31), "01".into()].concat());
    let y_of_five = "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
    let five_again = "ffffffff00000001000000000000000000000001000000000000000000000004";
    let ones = "ff".repeat(32);
    let bad: [[&str; 2]; 8] = [
        [&zero, &zero],
        [&one, y_of_five],
        [five_again, y_of_five],
        [&five, prime],
        [prime, prime],
        [&ones, &ones],
        [PLATFORM[0], PUBLIC[1]],
        [PLATFORM[1], PLATFORM[0]],
    ];
    let _ = agreed(&mut agreement(), Protocol::One, [&five, y_of_five]);
    for (protocol, [x, y]) in
        Protocol::ALL.into_iter().flat_map(|protocol| bad.map(|point| (protocol, point)))
    {
        let mut shared = agreed(&mut agreement(), protocol, PLATFORM);
        let coordinates = [x, y].map(unhex);
        let key = PlatformKey { x: &coordinates[0], y: &coordinates[1] };
        let answer = agreement().decapsulate(&mut SeededRng::new(9), protocol, &key, &mut shared);
        assert_eq!(answer, Err(InvalidPoint), "{x} {y}");
        assert_eq!(shared.protocol(), None, "nothing is left of the secret before");
    }
}

#[test]
fn pp02_a_point_may_have_a_zero_coordinate() {
    let x = "00".repeat(32);
    let y = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
    for protocol in Protocol::ALL {
        assert_eq!(agreed(&mut agreement(), protocol, [&x, y]).protocol(), Some(protocol));
    }
}

#[test]
fn pp02_coordinates_are_32_bytes_long() {
    let [x, y] = PLATFORM.map(unhex);
    // The same number: one byte more before it, or one zero less.
    let (long_x, short_y) = ([&[0], &x[..]].concat(), &y[1..]);
    let bad: [(&[u8], &[u8]); 6] =
        [(&long_x, &y), (&x, short_y), (&x[..31], &y), (&[], &y), (&x, &[]), (&[], &[])];
    for (x, y) in bad {
        let mut shared = SharedSecret::empty();
        let key = PlatformKey { x, y };
        let answer = agreement().decapsulate(&mut SeededRng::new(10), Protocol::Two, &key, &mut shared);
        assert_eq!(answer, Err(InvalidPoint));
    }
}

#[test]
fn pp25_a_secret_that_was_cleared_is_none() {
    for vector in &VECTORS {
        let (mut shared, signature) = (shared_of(vector), unhex(vector.signature));
        shared.clear();
        assert_eq!(shared.protocol(), None);
        assert_nothing_can_be_done_with(&shared, &signature);
        assert!(shared.hmac_key.equals(&[0; 32]) && shared.cipher_key.equals(&[0; 32]));
    }
}

#[test]
fn pp25_a_key_pair_that_was_renewed_is_gone() {
    let mut agreement = agreement();
    assert!(agreement.scalar.equals(&unhex(SCALAR)));
    agreement.renew();
    assert!(agreement.scalar.equals(&[0; 32]));
}

#[test]
fn without_a_secret_nothing_can_be_done() {
    // What the keys of an empty secret would sign: that it is all zeros does not make it one.
    let under_zeros = "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4";
    assert_nothing_can_be_done_with(&SharedSecret::empty(), &unhex(under_zeros));
}

fn assert_nothing_can_be_done_with(shared: &SharedSecret, signature: &[u8]) {
    assert!(!shared.verify(&[b"message"], signature));
    assert_eq!(shared.encrypt(&mut SeededRng::new(11), &[0; 16], &mut [0; 64]), Err(BadLength));
    assert_eq!(shared.decrypt(&[0; 32], &mut [0; 64]), Err(BadLength));
}
