//! The two writers of getInfo against each other, and replies against `ciborium`.

extern crate std;

use super::{Asserted, Attestation, Registered, Reply, ctap_types_info, encode, write_info};
use crate::bounded::{Bytes, Text};
use crate::command::Info;
use crate::cose::{Algorithm, Algorithms, PublicKey};
use crate::credential::UserEntity;
use crate::error::Error;
use crate::profile::Transport;
use authenticator_testkit::cbor::{self, Value, at, named};
use std::{vec, vec::Vec};

const EXPRESSIBLE: [&[Transport]; 7] = [
    &[],
    &[Transport::Nfc],
    &[Transport::Usb],
    &[Transport::SmartCard],
    &[Transport::Nfc, Transport::Usb],
    &[Transport::Usb, Transport::SmartCard],
    &[Transport::Nfc, Transport::Usb, Transport::SmartCard],
];

fn info(transports: &'static [Transport]) -> Info {
    Info {
        aaguid: [0xA5; 16],
        platform: false,
        discoverable: true,
        uv: None,
        always_uv: false,
        make_cred_uv_not_rqd: true,
        max_message_size: 1200,
        max_credentials_in_list: 10,
        max_credential_id: 96,
        transports,
        algorithms: Algorithms::new(Algorithm::ALL),
    }
}

/// Every combination of the members whose presence or value changes the form of the answer.
fn combinations(transports: &'static [Transport]) -> Vec<Info> {
    let orders: [&[Algorithm]; 5] = [
        &[],
        &[Algorithm::Es256],
        &[Algorithm::EdDsa],
        &[Algorithm::Es256, Algorithm::EdDsa],
        &[Algorithm::EdDsa, Algorithm::Es256],
    ];
    let mut all = Vec::new();
    for bits in 0..16_u8 {
        for uv in [None, Some(false), Some(true)] {
            for order in orders {
                all.push(Info {
                    platform: bits & 1 != 0,
                    discoverable: bits & 2 != 0,
                    always_uv: bits & 4 != 0,
                    make_cred_uv_not_rqd: bits & 8 != 0,
                    uv,
                    algorithms: Algorithms::new(order.iter().copied()),
                    ..info(transports)
                });
            }
        }
    }
    all
}

fn both(info: &Info) -> [Vec<u8>; 2] {
    let (mut ours, mut theirs) = ([0; 1024], [0; 1024]);
    let length = write_info(info, &mut ours).unwrap();
    let response = ctap_types_info(info).expect("ctap-types can express it");
    let serialized = cbor_smol::cbor_serialize(&response, &mut theirs).unwrap();
    [ours[..length].to_vec(), serialized.to_vec()]
}

#[test]
#[cfg_attr(miri, ignore = "thousands of replies")]
fn gen07_both_get_info_writers_write_the_same_bytes() {
    let mut compared = 0;
    for transports in EXPRESSIBLE {
        for info in combinations(transports) {
            let [ours, theirs] = both(&info);
            assert_eq!(ours, theirs, "{info:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 7 * 16 * 3 * 5);
    // Numbers, at the limits of their CBOR forms.
    for number in [0, 23, 24, 255, 256, u16::MAX] {
        let listed = u8::try_from(number).unwrap_or(u8::MAX);
        let numbers = Info {
            max_message_size: number,
            max_credential_id: number,
            max_credentials_in_list: listed,
            ..info(EXPRESSIBLE[1])
        };
        let [ours, theirs] = both(&numbers);
        assert_eq!(ours, theirs, "{number}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of replies")]
fn gen07_a_transport_unknown_to_ctap_types_is_written_by_us() {
    let transports: &[Transport] = &[Transport::Usb, Transport::Hybrid, Transport::Internal];
    for info in combinations(transports) {
        assert!(ctap_types_info(&info).is_none());
        let mut buffer = [0; 1024];
        let length = encode(Ok(&Reply::Info(info.clone())), &mut buffer);
        assert_eq!(buffer[0], 0x00);
        let body = cbor::decode(&buffer[1..length]).unwrap();
        assert_eq!(cbor::encode(&body), buffer[1..length]);
        assert_eq!(at(&body, 0x09), Some(&cbor::array(["usb", "hybrid", "internal"])));
        let options = at(&body, 0x04).unwrap();
        assert_eq!(named(options, "plat"), Some(&Value::Bool(info.platform)));
        assert_eq!(named(options, "rk"), Some(&Value::Bool(info.discoverable)));
        assert_eq!(named(options, "uv"), info.uv.map(Value::Bool).as_ref());
        assert_eq!(named(options, "up"), Some(&Value::Bool(true)));
        assert_eq!(named(options, "makeCredUvNotRqd"), Some(&Value::Bool(info.make_cred_uv_not_rqd)));
        assert_eq!(named(options, "alwaysUv"), info.always_uv.then_some(Value::Bool(true)).as_ref());
    }
}

/// The longest of each reply: every optional member present, every text at its limit.
fn longest() -> Vec<Reply> {
    let signature = || Bytes::new(&[0x5A; 77]).unwrap();
    let auth_data = || Bytes::new(&[0xAD; 255]).unwrap();
    let name = || Some(Text::truncated(&"é".repeat(32)));
    let user = UserEntity { id: Bytes::new(&[0x1D; 64]).unwrap(), name: name(), display_name: name() };
    let public_key = || PublicKey::P256 { x: [1; 32], y: [2; 32] };
    let packed = Attestation::PackedSelf { algorithm: Algorithm::Es256, signature: signature() };
    vec![
        Reply::Registered(Registered {
            auth_data: auth_data(),
            public_key: public_key(),
            attestation: packed,
        }),
        Reply::Registered(Registered {
            auth_data: auth_data(),
            public_key: public_key(),
            attestation: Attestation::None,
        }),
        Reply::Asserted(Asserted {
            credential_id: Bytes::new(&[0x1C; 96]).unwrap(),
            auth_data: auth_data(),
            signature: signature(),
            user: Some(user),
            number_of_credentials: Some(u32::MAX),
            user_selected: true,
        }),
        Reply::Info(Info {
            uv: Some(true),
            always_uv: true,
            max_message_size: u16::MAX,
            ..info(EXPRESSIBLE[6])
        }),
        Reply::Empty,
    ]
}

/// Covers: GEN-14
#[test]
fn gen15_the_longest_replies_fit_the_smallest_message_and_do_not_grow_with_the_buffer() {
    for reply in longest() {
        let (mut small, mut large) = ([0; 1024], vec![0; 7609]);
        let length = encode(Ok(&reply), &mut small);
        assert_eq!(small[0], 0x00, "{reply:?}");
        assert_eq!(encode(Ok(&reply), &mut large), length);
        assert_eq!(small[..length], large[..length]);
    }
}

#[test]
fn gen07_the_longest_replies_are_canonical() {
    for reply in longest() {
        let mut buffer = [0; 1024];
        let length = encode(Ok(&reply), &mut buffer);
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
        let length = encode(Ok(&reply), &mut whole);
        for room in 0..=1024 {
            let mut buffer = [0xEE; 1024];
            let written = encode(Ok(&reply), &mut buffer[..room]);
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
        assert_eq!(encode(Err(&Error::NoCredentials), &mut buffer[..room]), 1);
        assert_eq!(buffer[..2], [0x2E, 0xEE]);
    }
    assert_eq!(encode(Err(&Error::NoCredentials), &mut []), 0);
}

#[test]
fn the_credential_id_is_found_in_the_authenticator_data() {
    let with = |auth_data: &[u8]| Registered {
        auth_data: Bytes::new(auth_data).unwrap(),
        public_key: PublicKey::Ed25519([0; 32]),
        attestation: Attestation::None,
    };
    let auth_data = [[0; 53].as_slice(), &[0, 3], b"id!", b"and a key"].concat();
    assert_eq!(with(&auth_data).credential_id(), b"id!");
    for cut in 0..58 {
        assert_eq!(with(&auth_data[..cut]).credential_id(), b"", "cut to {cut} bytes");
    }
}
