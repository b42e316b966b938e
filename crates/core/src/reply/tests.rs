//! Replies against `ciborium`.

extern crate std;

use super::info::tests::longest_info;
use super::{
    Asserted, Attestation, CredentialsMetadata, LargeBlobOutput, ListedCredential, ListedRelyingParty,
    PinReply, Registered, Reply, encode,
};
use crate::auth_data::AuthData;
use crate::bounded::{Bytes, Text};
use crate::cbor::Writer;
use crate::cose::{Algorithm, PublicKey};
use crate::credential::{CredProtect, RpIdHash, UserEntity};
use crate::error::Error;
use crate::key::MAX_SIGNATURE;
use crate::secret::Secret;
use crate::session::Session;
use crate::time::{BootId, Now};
use authenticator_testkit::cbor;
use core::time::Duration;
use std::{vec, vec::Vec};

/// A session in which nothing has happened.
pub(super) const fn idle() -> Session {
    Session::new(Now { boot: BootId([0; 16]), since_boot: Duration::ZERO, unix: None })
}

/// The longest of each reply: every optional member present, every text at its limit.
fn longest() -> Vec<Reply> {
    let signature = || Bytes::new(&[0x5A; MAX_SIGNATURE]).unwrap();
    let auth_data = || Bytes::new(&[0xAD; 368]).unwrap();
    let name = || Some(Text::truncated(&"é".repeat(32)));
    let user = UserEntity { id: Bytes::new(&[0x1D; 64]).unwrap(), name: name(), display_name: name() };
    let listed = user.clone();
    let public_key = || PublicKey::P384 { x: [1; 48], y: [2; 48] };
    let key = || Some(Secret::new([0x1B; 32]));
    let packed = Attestation::PackedSelf { algorithm: Algorithm::Es384, signature: signature() };
    vec![
        Reply::Registered(Registered {
            large_blob_key: key(),
            large_blob: Some(false),
            ..registered(auth_data(), packed)
        }),
        Reply::Registered(Registered { large_blob_key: key(), ..registered(auth_data(), Attestation::None) }),
        Reply::Asserted(Asserted {
            credential_id: Bytes::new(&[0x1C; 96]).unwrap(),
            auth_data: auth_data(),
            signature: signature(),
            user: Some(user),
            number_of_credentials: Some(u32::MAX),
            user_selected: true,
            large_blob_key: key(),
            secrets: None,
            large_blob: Some(LargeBlobOutput::Written(false)),
        }),
        Reply::Info(longest_info()),
        Reply::ClientPin(PinReply::KeyAgreement { x: [0xFF; 32], y: [0xEE; 32] }),
        Reply::ClientPin(PinReply::Token(Bytes::new(&[0x70; 48]).unwrap())),
        Reply::ClientPin(PinReply::Retries { left: u8::MAX, power_cycle: true }),
        Reply::ClientPin(PinReply::VerificationRetries(u8::MAX)),
        Reply::CredentialsMetadata(CredentialsMetadata { existing: u32::MAX, remaining: u32::MAX }),
        Reply::RelyingParty(ListedRelyingParty {
            rp_id: Text::truncated(&"a".repeat(300)),
            rp_id_hash: RpIdHash([0x1E; 32]),
            total: Some(u32::MAX),
        }),
        Reply::Credential(ListedCredential {
            user: listed,
            credential_id: Bytes::new(&[0x1C; 96]).unwrap(),
            public_key: public_key(),
            total: Some(u32::MAX),
            cred_protect: CredProtect::Required,
            large_blob_key: key(),
            third_party_payment: Some(true),
        }),
        Reply::Empty,
    ]
}

fn registered(auth_data: AuthData, attestation: Attestation) -> Registered {
    Registered {
        auth_data,
        attestation,
        large_blob_key: None,
        secrets: None,
        large_blob: None,
        stored: false,
    }
}

/// Covers: GEN-14
#[test]
fn gen15_the_longest_replies_fit_the_smallest_message_and_do_not_grow_with_the_buffer() {
    for reply in longest() {
        let (mut small, mut large) = ([0; 1024], vec![0; 7609]);
        let length = encode(Ok(&reply), &idle(), &mut small);
        assert_eq!(small[0], 0x00, "{reply:?}");
        assert_eq!(encode(Ok(&reply), &idle(), &mut large), length);
        assert_eq!(small[..length], large[..length]);
    }
}

#[test]
fn gen07_the_longest_replies_are_canonical() {
    for reply in longest() {
        let mut buffer = [0; 1024];
        let length = encode(Ok(&reply), &idle(), &mut buffer);
        if let Reply::Empty = reply {
            assert_eq!((buffer[0], length), (0x00, 1));
            continue;
        }
        let body = cbor::decode(&buffer[1..length]).unwrap();
        let sorted = cbor::map(body.as_map().unwrap().clone());
        assert_eq!(cbor::encode(&sorted), buffer[1..length], "{reply:?}");
        // Our own reader is as strict.
        assert!(crate::cbor::check(&buffer[1..length]).is_ok(), "{reply:?}");
    }
}

/// Covers: GEN-02
#[test]
#[cfg_attr(miri, ignore = "thousands of replies")]
fn gen01_a_reply_is_whole_or_one_byte_in_a_buffer_of_any_length() {
    for reply in longest() {
        let mut whole = [0; 1024];
        let length = encode(Ok(&reply), &idle(), &mut whole);
        for room in 0..=1024 {
            let mut buffer = [0xEE; 1024];
            let written = encode(Ok(&reply), &idle(), &mut buffer[..room]);
            match room {
                0 => assert_eq!(written, 0),
                room if room < length => {
                    assert_eq!((written, buffer[0]), (1, 0x7F), "{room} bytes for {reply:?}")
                }
                _ => assert_eq!(buffer[..written], whole[..length], "{room} bytes for {reply:?}"),
            }
            assert!(buffer[room..].iter().all(|byte| *byte == 0xEE), "written past {room} bytes");
        }
    }
    for room in 1..=1024 {
        let mut buffer = [0xEE; 1024];
        assert_eq!(encode(Err(&Error::NoCredentials), &idle(), &mut buffer[..room]), 1);
        assert_eq!(buffer[..2], [0x2E, 0xEE]);
    }
    assert_eq!(encode(Err(&Error::NoCredentials), &idle(), &mut []), 0);
}

/// The one reply of clientPIN that ctap-types' serialisers do not write: they read it, and write the same.
#[test]
fn pp01_the_key_agreement_is_the_one_of_ctap_types() {
    use ctap_types::ctap2::client_pin::Response;
    let mut buffer = [0; 128];
    let reply = Reply::ClientPin(PinReply::KeyAgreement { x: [0x0A; 32], y: [0; 32] });
    let length = encode(Ok(&reply), &idle(), &mut buffer);
    let response: Response = cbor_smol::cbor_deserialize(&buffer[1..length]).unwrap();
    let key = response.key_agreement.as_ref().unwrap();
    assert_eq!((key.x.as_slice(), key.y.as_slice()), ([0x0A; 32].as_slice(), [0; 32].as_slice()));
    let mut theirs = [0; 128];
    let written = cbor_smol::cbor_serialize(&response, &mut theirs).unwrap();
    assert_eq!(*written, buffer[1..length]);
}

#[test]
fn the_credential_id_is_found_in_the_authenticator_data() {
    let with = |auth_data: &[u8]| registered(Bytes::new(auth_data).unwrap(), Attestation::None);
    let auth_data = [[0; 53].as_slice(), &[0, 3], b"id!", b"and a key"].concat();
    assert_eq!(with(&auth_data).credential_id(), b"id!");
    for cut in 0..58 {
        assert_eq!(with(&auth_data[..cut]).credential_id(), b"", "cut to {cut} bytes");
    }
}

#[test]
fn the_public_key_is_found_in_the_authenticator_data_whatever_follows_it() {
    for key in [
        PublicKey::P256 { x: [0xA4; 32], y: [0x58; 32] },
        PublicKey::Ed25519([0xA5; 32]),
        PublicKey::P384 { x: [0xA4; 48], y: [0x20; 48] },
    ] {
        for after in [&[][..], b"\xA1\x6BcredProtect\x02"] {
            let mut cose = [0; 110];
            let mut writer = Writer::new(&mut cose);
            key.write(&mut writer).unwrap();
            let length = writer.written();
            let auth_data = [&[0; 53], &[0, 3][..], b"id!", &cose[..length], after].concat();
            let with = |auth_data: &[u8]| registered(Bytes::new(auth_data).unwrap(), Attestation::None);
            assert_eq!(with(&auth_data).public_key(), Some(key.clone()));
            for cut in 0..58 + length {
                assert_eq!(with(&auth_data[..cut]).public_key(), None, "cut to {cut} bytes");
            }
        }
    }
}

/// ctap-types have signatures of at most 77 bytes: what they can say with those we say in the same bytes.
#[test]
fn gen07_both_writers_of_a_signature_write_the_same_bytes() {
    let user = UserEntity {
        id: Bytes::new(b"user").unwrap(),
        name: Some(Text::truncated("alice")),
        display_name: Some(Text::truncated("")),
    };
    for length in [0, 1, 64, 72, 77] {
        let signature = Bytes::new(&[0x5A; 77][..length]).unwrap();
        let large_blob_key = || (length % 2 == 0).then(|| Secret::new([0x1B; 32]));
        for algorithm in Algorithm::ALL {
            let attestation = Attestation::PackedSelf { algorithm, signature: signature.clone() };
            let auth_data = Bytes::new(&[0xAD; 200]).unwrap();
            let large_blob_key = large_blob_key();
            let reply =
                Reply::Registered(Registered { large_blob_key, ..registered(auth_data, attestation) });
            let (mut ours, mut theirs) = ([0; 512], [0; 512]);
            let written = encode(Ok(&reply), &idle(), &mut theirs);
            let Reply::Registered(registered) = &reply else { unreachable!("it was made here") };
            let statement = super::Statement { algorithm, signature: &signature, certificates: None };
            let length = super::packed::write(registered, &statement, &mut ours).ok().unwrap();
            assert_eq!(ours[..length], theirs[1..written], "{algorithm:?}");
        }
        for (user, number_of_credentials, user_selected) in
            [(None, None, false), (Some(&user), None, true), (Some(&user), Some(24), false)]
        {
            let reply = Reply::Asserted(Asserted {
                credential_id: Bytes::new(&[0x1C; 64]).unwrap(),
                auth_data: Bytes::new(&[0xAD; 37]).unwrap(),
                signature: signature.clone(),
                user: user.cloned(),
                number_of_credentials,
                user_selected,
                large_blob_key: large_blob_key(),
                secrets: None,
                large_blob: None,
            });
            let (mut ours, mut theirs) = ([0; 512], [0; 512]);
            let written = encode(Ok(&reply), &idle(), &mut theirs);
            let Reply::Asserted(asserted) = &reply else { unreachable!("it was made here") };
            let length = super::asserted::write(asserted, &mut ours).ok().unwrap();
            assert_eq!(ours[..length], theirs[1..written], "{reply:?}");
        }
    }
}

/// ctap-types have one certificate of 1 KiB: what they can say of enterprise attestation we say in the same bytes.
#[test]
fn gen07_enterprise_attestation_with_one_certificate_is_what_ctap_types_write() {
    const CHAINS: [(&[&[u8]], Algorithm); 4] = [
        (&[&[]], Algorithm::Es256),
        (&[&[0x30]], Algorithm::EdDsa),
        (&[&[0x30; 300]], Algorithm::Es256),
        (&[&[0x30; 1024]], Algorithm::EdDsa),
    ];
    for (certificates, algorithm) in CHAINS {
        let signature = Bytes::new(&[0x51; 70]).unwrap();
        let attestation =
            Attestation::PackedEnterprise { algorithm, signature: signature.clone(), certificates };
        let mut registered = registered(Bytes::new(&[0xAD; 200]).unwrap(), attestation);
        registered.large_blob_key = (algorithm == Algorithm::EdDsa).then(|| Secret::new([0x1B; 32]));
        let mut x5c = ctap_types::Vec::new();
        x5c.push(super::bytes(certificates[0]).ok().unwrap()).ok().unwrap();
        let alg = i32::try_from(algorithm.cose_id()).unwrap();
        let packed = super::PackedAttestationStatement {
            alg,
            sig: super::bytes(signature.as_slice()).ok().unwrap(),
            x5c: Some(x5c),
        };
        let auth_data = super::bytes(registered.auth_data.as_slice()).ok().unwrap();
        let fmt = super::AttestationStatementFormat::Packed;
        let mut response = super::make_credential::ResponseBuilder { fmt, auth_data }.build();
        response.att_stmt = Some(super::AttestationStatement::Packed(packed));
        response.ep_att = Some(true);
        response.large_blob_key = registered.large_blob_key.as_ref().map(|key| (*key.expose()).into());
        let (mut ours, mut theirs) = ([0; 2048], [0; 2048]);
        let written = encode(Ok(&Reply::Registered(registered)), &idle(), &mut ours);
        let serialized = cbor_smol::cbor_serialize(&response, &mut theirs).unwrap();
        assert_eq!((ours[0], &ours[1..written]), (0x00, serialized), "{algorithm:?}");
    }
}
