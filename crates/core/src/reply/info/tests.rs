//! The two writers of getInfo against each other, and ours against `ciborium`.

extern crate std;

use super::{in_ctap_types, write};
use crate::capability::tests::{Draw, draw_info};
use crate::command::{Identifiers, Info};
use crate::profile::{LargeBlobStorage, Management, Transport};
use crate::reply::{Reply, encode, tests::idle};
use authenticator_testkit::cbor::{self, Value, at, named};
use core::num::NonZeroU32;
use std::vec::Vec;

const ALL_TRANSPORTS: [Transport; 5] =
    [Transport::Nfc, Transport::Usb, Transport::Hybrid, Transport::Internal, Transport::SmartCard];

/// With every optional member, and every text at its limit.
pub(crate) fn longest_info() -> Info {
    let mut info = draw_info(&mut Draw::new(0));
    let profile = &mut info.profile;
    *profile = crate::Profile {
        transports: &ALL_TRANSPORTS,
        transports_for_reset: &ALL_TRANSPORTS,
        verification: crate::BuiltInVerification::Configured,
        config: &crate::capability::tests::ALL_COMMANDS,
        config_by_verification: true,
        max_rp_ids_for_min_pin_length: u8::MAX,
        enterprise_attestation: Some(crate::capability::tests::enterprise()),
        always_uv: true,
        max_message_size: u16::MAX,
        large_blobs: LargeBlobStorage::Array { max: u16::MAX },
        max_credentials_in_list: u8::MAX,
        uv_modality: u32::MAX,
        preferred_uv_attempts: u8::MAX,
        firmware_version: Some(NonZeroU32::MAX),
        client_pin: Some(crate::PinRules {
            no_mc_ga_permissions: true,
            complexity_policy: true,
            ..crate::PinRules::default()
        }),
        management: Management::ByClients { preview: true, read_only: true },
        ..crate::Profile::security_key([0xA5; 16])
    };
    info.client_pin = Some(true);
    info.remaining = Some(u32::MAX);
    info.identifiers = Some(Identifiers { device: [0xDE; 32], credentials: [0xC5; 32] });
    info
}

fn ours(info: &Info) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let length = write(info, &mut buffer).expect("it fits");
    buffer[..length].to_vec()
}

/// Whether ctap-types have words for all of it.
fn is_expressible(info: &Info) -> bool {
    let foreign = [Transport::Hybrid, Transport::Internal];
    let read_only = matches!(info.profile.management, Management::ByClients { read_only: true, .. });
    !read_only
        && info.identifiers.is_none()
        && !info.extensions().any(|name| ["largeBlob", "pinComplexityPolicy"].contains(&name))
        // They have no room for its name there.
        && !info.profile.transports_for_reset.contains(&Transport::SmartCard)
        && !info.profile.transports.iter().any(|transport| foreign.contains(transport))
}

#[test]
#[cfg_attr(miri, ignore = "thousands of replies")]
fn gen07_both_get_info_writers_write_the_same_bytes() {
    let (mut compared, mut beyond) = (0, 0);
    for seed in 0..4000 {
        let info = draw_info(&mut Draw::new(seed));
        let Some(response) = in_ctap_types(&info) else {
            assert!(!is_expressible(&info), "{info:?}");
            beyond += 1;
            continue;
        };
        assert!(is_expressible(&info), "{info:?}");
        let mut buffer = [0; 1024];
        let theirs = cbor_smol::cbor_serialize(&response, &mut buffer).expect("it fits");
        assert_eq!(ours(&info), theirs, "{info:?}");
        compared += 1;
    }
    assert!(compared > 500 && beyond > 500, "{compared} compared, {beyond} beyond ctap-types");
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of replies")]
fn gen07_what_ctap_types_cannot_express_is_written_by_us() {
    let unsaid = (0..1000).map(|seed| draw_info(&mut Draw::new(seed))).filter(|info| !is_expressible(info));
    for info in unsaid.chain([longest_info()]) {
        let mut buffer = [0; 1024];
        let length = encode(Ok(&Reply::Info(info.clone())), &idle(), &mut buffer);
        assert_eq!(buffer[0], 0x00);
        assert_eq!(buffer[1..length], ours(&info));
        let body = cbor::decode(&buffer[1..length]).expect("one CBOR map");
        assert_eq!(cbor::encode(&cbor::map(body.as_map().expect("map").clone())), buffer[1..length]);
        let transports = info.profile.transports.iter().map(|transport| transport.identifier());
        assert_eq!(at(&body, 0x09), Some(&cbor::array(transports)));
        let options = at(&body, 0x04).expect("options");
        let expected = matches!(info.profile.management, Management::ByClients { read_only: true, .. });
        assert_eq!(named(options, "perCredMgmtRO"), expected.then_some(&Value::Bool(true)));
        let sealed = info.identifiers.as_ref();
        assert_eq!(at(&body, 0x19), sealed.map(|sealed| cbor::bytes(&sealed.device)).as_ref());
        assert_eq!(at(&body, 0x1E), sealed.map(|sealed| cbor::bytes(&sealed.credentials)).as_ref());
    }
}
