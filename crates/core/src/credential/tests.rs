//! The record of a credential, there and back.

extern crate std;

use super::*;
use crate::extension::Extended;
use crate::key::Backend;

fn credential() -> Credential {
    Credential {
        id: Bytes::new(&[1; 32]).unwrap(),
        rp_id_hash: RpIdHash::of("example.com"),
        rp_id: Text::truncated("example.com"),
        user: UserEntity {
            id: Bytes::new(b"user").unwrap(),
            name: Some(Text::truncated("alice")),
            display_name: None,
        },
        public_key: PublicKey::Ed25519([2; 32]),
        key: KeyRef { backend: Backend(7), handle: Bytes::new(b"alias").unwrap() },
        cred_protect: CredProtect::WithCredentialIdList,
        state: CredentialState::Hidden,
        discoverable: false,
        number: 300,
        created: Some(1_795_132_800),
        last_used: None,
        sign_count_reserved: 0,
        extended: Extended::default(),
        newer: false,
    }
}

fn written(credential: &Credential, host_data: &[u8]) -> std::vec::Vec<u8> {
    let mut buffer = [0; MAX_CREDENTIAL_BODY];
    let mut writer = Writer::new(&mut buffer);
    credential.write(host_data, &mut writer).unwrap();
    let length = writer.written();
    buffer[..length].to_vec()
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let plaintext = written(&credential(), b"label");
    let (read, host_data) = Credential::read(&plaintext).unwrap();
    assert_eq!(host_data, b"label");
    assert_eq!(written(&read, host_data), plaintext);
    assert!(!read.newer && !read.discoverable);
    assert_eq!((read.key.backend, read.state, read.number), (Backend(7), CredentialState::Hidden, 300));
}

#[test]
fn the_longest_record_fits() {
    let longest = Credential {
        rp_id: Text::truncated(&"a".repeat(253)),
        user: UserEntity {
            id: Bytes::new(&[1; 64]).unwrap(),
            name: Some(Text::truncated(&"n".repeat(64))),
            display_name: Some(Text::truncated(&"d".repeat(64))),
        },
        public_key: PublicKey::P384 { x: [1; 48], y: [2; 48] },
        key: KeyRef { backend: Backend(255), handle: Bytes::new(&[3; MAX_CREDENTIAL_ID]).unwrap() },
        number: u64::MAX,
        created: Some(u64::MAX),
        last_used: Some(u64::MAX),
        sign_count_reserved: u32::MAX,
        extended: Extended {
            seed: Bytes::new(&[5; 16]).unwrap(),
            cred_blob: Bytes::new(&[6; 32]).unwrap(),
            large_blob_key: true,
            third_party_payment: true,
        },
        ..credential()
    };
    let plaintext = written(&longest, &[4; MAX_HOST_DATA]);
    assert!(
        plaintext.len() <= MAX_CREDENTIAL_BODY && plaintext.len() > MAX_CREDENTIAL_BODY - 8,
        "{}",
        plaintext.len()
    );
}

/// A field of a later version: the record is of use, and is known to hold more than can be written back.
#[test]
fn a_field_of_a_later_version_is_noticed() {
    let mut plaintext = written(&credential(), &[]);
    let pairs = plaintext[0] & 0x1F;
    plaintext[0] = 0xA0 | (pairs + 1);
    plaintext.extend([0x18, 0x63, 0x41, 0xFF]); // 99: h'ff'
    let (read, _) = Credential::read(&plaintext).unwrap();
    assert!(read.newer);
}

#[test]
fn every_prefix_of_a_record_is_none() {
    let plaintext = written(&credential(), b"label");
    for end in 0..plaintext.len() {
        assert!(Credential::read(&plaintext[..end]).is_none(), "{end}");
    }
}
