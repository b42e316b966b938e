//! As much of X.509 as an attestation certificate needs, written and read by hand.

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{DerSignature, SigningKey, VerifyingKey};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const ECDSA_WITH_SHA256: &[u8] = b"\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02";
const P256: &[u8] = b"\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07";
const ORGANIZATIONAL_UNIT: &[u8] = b"\x06\x03\x55\x04\x0B";
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
const BASIC_CONSTRAINTS: &[u8] = b"\x06\x03\x55\x1D\x13\x01\x01\xFF";
const AAGUID: &[u8] = b"\x06\x0B\x2B\x06\x01\x04\x01\x82\xE5\x1C\x01\x01\x04";

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..=0x7F => vec![tag, low],
        0x80..=0xFF => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn name(common: &str) -> Vec<u8> {
    let attribute =
        |kind: &[u8], value: &str| der(SET, &[&der(SEQUENCE, &[kind, &der(0x0C, &[value.as_bytes()])])]);
    let unit = attribute(ORGANIZATIONAL_UNIT, "Authenticator Attestation");
    der(SEQUENCE, &[&unit, &attribute(COMMON_NAME, common)])
}

/// A certificate for this key by that one; one with an AAGUID is no authority.
pub(crate) fn certificate(key: &SigningKey, aaguid: Option<&[u8; 16]>, by: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_sec1_point(false);
    let algorithm = der(SEQUENCE, &[ECDSA_WITH_SHA256]);
    let public_key = der(SEQUENCE, &[&der(SEQUENCE, &[P256]), &der(0x03, &[&[0x00], point.as_bytes()])]);
    let ca = der(SEQUENCE, &[if aaguid.is_some() { &[] } else { b"\x01\x01\xFF" }]);
    let mut extensions = der(SEQUENCE, &[BASIC_CONSTRAINTS, &der(0x04, &[&ca])]);
    if let Some(aaguid) = aaguid {
        extensions.extend(der(SEQUENCE, &[AAGUID, &der(0x04, &[&der(0x04, &[aaguid])])]));
    }
    let validity = der(SEQUENCE, &[&der(0x17, &[b"260101000000Z"]), &der(0x17, &[b"460101000000Z"])]);
    let subject = name(if aaguid.is_some() { "Device 1" } else { "Vendor" });
    let content = der(
        SEQUENCE,
        &[
            &der(0xA0, &[&[0x02, 0x01, 0x02]]),
            &[0x02, 0x01, 0x07],
            &algorithm,
            &name("Vendor"),
            &validity,
            &subject,
            &public_key,
            &der(0xA3, &[&der(SEQUENCE, &[&extensions])]),
        ],
    );
    let signature: DerSignature = by.sign(&content);
    der(SEQUENCE, &[&content, &algorithm, &der(0x03, &[&[0x00], signature.as_bytes()])])
}

/// The first element: the whole of it, what is in it, and what comes after it.
fn element(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (head, length) = match bytes[1] {
        0x81 => (3, usize::from(bytes[2])),
        0x82 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
        short => (2, usize::from(short)),
    };
    let (whole, rest) = bytes.split_at(head + length);
    (whole, &whole[head..], rest)
}

/// The key that a certificate is about.
pub(crate) fn key_in(certificate: &[u8]) -> VerifyingKey {
    let place = certificate.windows(P256.len()).position(|window| window == P256).unwrap() + P256.len();
    let (_, point, _) = element(&certificate[place..]);
    VerifyingKey::from_sec1_bytes(&point[1..]).unwrap()
}

/// Whether a certificate is signed by this key.
pub(crate) fn is_signed_by(certificate: &[u8], key: &VerifyingKey) -> bool {
    let (_, parts, rest) = element(certificate);
    let (content, _, after) = element(parts);
    let (_, _, signature) = element(after);
    let (_, signature, end) = element(signature);
    assert!(rest.is_empty() && end.is_empty());
    DerSignature::from_bytes(&signature[1..]).is_ok_and(|signature| key.verify(content, &signature).is_ok())
}
