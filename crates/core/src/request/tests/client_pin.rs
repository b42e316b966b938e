//! clientPIN's request.

use super::{LONGEST, bytes, decode, map, status, wrong};
use crate::command::Command;
use authenticator_testkit::cbor::Value;
use authenticator_testkit::request::{Request, client_pin};

fn key(members: [(i64, Value); 5]) -> Value {
    map(members)
}

fn point() -> [(i64, Value); 5] {
    [
        (1, Value::from(2)),
        (3, Value::from(-25)),
        (-1, Value::from(1)),
        (-2, bytes(&[0xA1; 32])),
        (-3, bytes(&[0xB2; 31])),
    ]
}

fn whole() -> Request {
    client_pin(9)
        .with(1, 2)
        .with(3, key(point()))
        .with(4, bytes(&[4; 16]))
        .with(5, bytes(&[5; 64]))
        .with(6, bytes(&[6; 32]))
        .with(9, u64::MAX)
        .with(10, "example.com")
}

#[test]
fn cp01_a_whole_client_pin_request_is_decoded() {
    let encoded = whole().encode();
    let Ok(Command::ClientPin(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert_eq!((decoded.subcommand, decoded.protocol), (9, Some(2)));
    let key = decoded.key_agreement.unwrap();
    // Whether it is a point is not judged here (PP-02).
    assert_eq!((key.x, key.y), ([0xA1; 32].as_slice(), [0xB2; 31].as_slice()));
    assert_eq!(decoded.param, Some([4; 16].as_slice()));
    assert_eq!(decoded.new_pin, Some([5; 64].as_slice()));
    assert_eq!(decoded.pin_hash, Some([6; 32].as_slice()));
    assert_eq!((decoded.permissions, decoded.rp_id), (Some(u64::MAX), Some("example.com")));

    let encoded = client_pin(1).encode();
    let Ok(Command::ClientPin(decoded)) = decode(&encoded, LONGEST) else { panic!("not accepted") };
    assert!(decoded.protocol.is_none() && decoded.key_agreement.is_none() && decoded.param.is_none());
    assert!(decoded.new_pin.is_none() && decoded.pin_hash.is_none());
    assert!(decoded.permissions.is_none() && decoded.rp_id.is_none());
}

#[test]
fn gen11_gen10_every_known_member_of_client_pin_has_one_type() {
    let members = [
        (1, "unsigned"),
        (2, "unsigned"),
        (3, "map"),
        (4, "bytes"),
        (5, "bytes"),
        (6, "bytes"),
        (9, "unsigned"),
        (10, "text"),
    ];
    for (number, right) in members {
        for value in wrong(right) {
            assert_eq!(status(&whole().with(number, value.clone()).encode()), 0x11, "{number}: {value:?}");
        }
    }
    for (place, right) in ["integer", "integer", "integer", "bytes", "bytes"].into_iter().enumerate() {
        for value in wrong(right) {
            let mut members = point();
            members[place].1 = value.clone();
            let request = whole().with(3, key(members));
            assert_eq!(status(&request.encode()), 0x11, "place {place} of the key: {value:?}");
        }
    }
    for reserved in [7, 8, 11] {
        assert_eq!(status(&whole().with(reserved, "anything").encode()), 0x00);
    }
}
