//! Our writer of a listed credential against ctap-types' own.

extern crate std;

use super::{ListedCredential, write_credential};
use crate::bounded::{Bytes, Text};
use crate::cbor::Writer;
use crate::cose::PublicKey;
use crate::credential::{CredProtect, UserEntity};
use crate::reply::user;
use crate::secret::Secret;
use ctap_types::ctap2::credential_management::{CredentialProtectionPolicy, Response};
use ctap_types::webauthn::PublicKeyCredentialDescriptor;
use std::vec::Vec;

fn ours(listed: &ListedCredential) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let length = write_credential(listed, &mut buffer).unwrap();
    buffer[..length].to_vec()
}

fn theirs(listed: &ListedCredential) -> Vec<u8> {
    let mut key = [0; 128];
    let mut writer = Writer::new(&mut key);
    listed.public_key.write(&mut writer).unwrap();
    let length = writer.written();
    let mut response = Response::default();
    response.user = Some(user(&listed.user).ok().unwrap());
    response.credential_id = Some(PublicKeyCredentialDescriptor {
        id: ctap_types::Bytes::try_from(listed.credential_id.as_slice()).unwrap(),
        key_type: ctap_types::String::try_from("public-key").unwrap(),
    });
    // Their type of key is that of a crate which we do not name, so it is read from bytes.
    response.public_key = Some(cbor_smol::cbor_deserialize(&key[..length]).unwrap());
    response.total_credentials = listed.total;
    response.cred_protect = Some(match listed.cred_protect {
        CredProtect::Optional => CredentialProtectionPolicy::Optional,
        CredProtect::WithCredentialIdList => CredentialProtectionPolicy::OptionalWithCredentialIdList,
        CredProtect::Required => CredentialProtectionPolicy::Required,
    });
    response.large_blob_key = listed.large_blob_key.as_ref().map(|key| (*key.expose()).into());
    let mut buffer = [0; 1024];
    cbor_smol::cbor_serialize(&response, &mut buffer).unwrap().to_vec()
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of replies")]
fn cm09_gen07_both_writers_write_the_same_bytes() {
    let names = [
        None,
        Some(""),
        Some("alice"),
        Some("a name of sixty-four bytes, which is the most that is ever kept here"),
    ];
    let levels = [CredProtect::Optional, CredProtect::WithCredentialIdList, CredProtect::Required];
    let keys = [PublicKey::P256 { x: [1; 32], y: [2; 32] }, PublicKey::Ed25519([3; 32])];
    let mut compared = 0;
    for (name, display_name) in names.iter().flat_map(|name| names.map(|display| (*name, display))) {
        for (cred_protect, public_key) in
            levels.iter().flat_map(|level| keys.iter().map(move |key| (*level, key)))
        {
            for (total, length) in [(None, 1), (Some(1), 32), (Some(24), 64), (Some(u32::MAX), 64)] {
                let listed = ListedCredential {
                    user: UserEntity {
                        id: Bytes::new(&[0x1D; 64][..length]).unwrap(),
                        name: name.map(Text::truncated),
                        display_name: display_name.map(Text::truncated),
                    },
                    credential_id: Bytes::new(&[0x1C; 96][..length + 32]).unwrap(),
                    public_key: public_key.clone(),
                    total,
                    cred_protect,
                    large_blob_key: (length < 64).then(|| Secret::new([0x1B; 32])),
                    third_party_payment: None,
                };
                let expected = theirs(&listed);
                assert_eq!(ours(&listed), expected, "{listed:?}");
                // This one they have only on request: it comes last.
                for (marked, byte) in [(false, 0xF4), (true, 0xF5)] {
                    let marked = ListedCredential {
                        user: listed.user.clone(),
                        credential_id: listed.credential_id.clone(),
                        public_key: listed.public_key.clone(),
                        large_blob_key: listed.large_blob_key.clone(),
                        third_party_payment: Some(marked),
                        ..listed
                    };
                    let with_one_more = [&[expected[0] + 1], &expected[1..], &[0x0C, byte]].concat();
                    assert_eq!(ours(&marked), with_one_more, "TPP-01");
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 16 * 6 * 4);
}
