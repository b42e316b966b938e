//! makeCredential: what a request must be (CTAP 2.3 §6.1.2 steps 1 to 9 and 15).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::{Algorithm, Algorithms, BuiltInVerification, Command, Management, Profile, decode};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, at, bytes, decode as decode_cbor, map};
use authenticator_testkit::request::{Request, algorithm, get_assertion, make_credential};

const RP: &str = "example.com";

/// A valid request of a non-discoverable credential.
fn request() -> Request {
    make_credential(RP, b"user 1")
}

fn security_key() -> Sim {
    Sim::new(Profile::security_key([0; 16]))
}

fn phone() -> Sim {
    Sim::new(Profile::phone([0; 16]))
}

/// Sends a request that is to be refused before anyone is asked and anything is written.
fn refused_at_once(sim: &mut Sim, request: &Request) -> u8 {
    let (prompts, commits) = (sim.user.seen.len(), sim.world.store.commits());
    let reply = sim.send(request);
    assert_eq!(sim.user.seen.len(), prompts, "{request:?}: nobody is asked");
    assert_eq!(sim.world.store.commits(), commits, "{request:?}: nothing is written");
    assert!(reply.raw.is_empty(), "{request:?}: an error has no body");
    reply.status
}

#[test]
fn mc01_a_request_with_its_required_members_makes_a_credential() {
    assert_eq!(security_key().send(&request()).status, 0x00);
}

#[test]
fn mc01_each_required_member_is_required() {
    for key in 0x01..=0x04 {
        assert_eq!(refused_at_once(&mut security_key(), &request().without(key)), 0x14, "without {key}");
    }
}

#[test]
fn mc01_every_member_has_its_type() {
    for key in 0x01..=0x0B {
        // No member is a boolean, and none a negative number.
        for wrong in [Value::from(true), Value::from(-1), Value::Null] {
            let request = request().with(key, wrong.clone());
            assert_eq!(refused_at_once(&mut security_key(), &request), 0x11, "{key}: {wrong:?}");
        }
    }
}

/// Members of members have their types too, known options included.
/// Covers: MC-02, MC-05, MC-21, MC-27
#[test]
fn mc01_members_of_members_have_their_types() {
    let text = || Value::from("text");
    let entity = |name: &str, wrong: Value, id: Value| map([("id", id), (name, wrong)]);
    let one = |member: Value| array([member]);
    let cases = [
        (0x02, map([("id", bytes(b"example.com"))])),
        (0x02, entity("name", Value::from(1), text())),
        (0x02, entity("icon", Value::from(1), text())),
        (0x03, map([("id", text())])),
        (0x03, entity("name", bytes(b"alice"), bytes(b"u"))),
        (0x03, entity("displayName", Value::from(1), bytes(b"u"))),
        (0x03, entity("icon", Value::from(1), bytes(b"u"))),
        (0x04, one(text())),
        (0x04, one(map([("alg", text()), ("type", Value::from("public-key"))]))),
        (0x04, one(map([("alg", Value::from(-7)), ("type", Value::from(1))]))),
        (0x05, one(Value::from(1))),
        (0x05, one(map([("id", text()), ("type", text())]))),
        (0x05, one(map([("id", bytes(b"id")), ("type", Value::from(1))]))),
        (0x05, one(map([("id", bytes(b"id")), ("type", text()), ("transports", text())]))),
        (0x05, one(map([("id", bytes(b"id")), ("type", text()), ("transports", one(Value::from(1)))]))),
        (0x07, map([("rk", Value::from(1))])),
        (0x07, map([("up", text())])),
        (0x07, map([("uv", Value::Null)])),
        (0x0B, one(Value::from(1))),
    ];
    for (key, wrong) in cases {
        let request = request().with(key, wrong.clone());
        assert_eq!(refused_at_once(&mut security_key(), &request), 0x11, "{key}: {wrong:?}");
    }
}

#[test]
fn mc01_the_client_data_hash_is_32_bytes() {
    for (length, status) in [(0, 0x02), (31, 0x02), (32, 0x00), (33, 0x02), (64, 0x02)] {
        let reply = security_key().send(&request().with(0x01, bytes(&vec![7; length])));
        assert_eq!(reply.status, status, "{length} bytes");
    }
}

#[test]
fn mc02_relying_party_and_user_have_ids() {
    for (key, member) in [(0x02, "rp"), (0x03, "user")] {
        let nameless = request().with(key, map([("name", "only a name")]));
        assert_eq!(refused_at_once(&mut security_key(), &nameless), 0x14, "{member} without id");
    }
}

#[test]
fn mc02_a_user_id_is_1_to_64_bytes() {
    for (length, status) in [(0, 0x03), (1, 0x00), (63, 0x00), (64, 0x00), (65, 0x03), (255, 0x03)] {
        let reply = security_key().send(&make_credential(RP, &vec![7; length]).option("rk", true));
        assert_eq!(reply.status, status, "{length} bytes");
    }
}

#[test]
fn mc02_an_empty_exclude_list_counts_as_absent() {
    assert_eq!(security_key().send(&request().list([])).status, 0x00);
}

#[test]
fn mc04_a_pin_uv_auth_param_needs_a_protocol_that_is_supported() {
    for param in [&[1; 16][..], &[1; 32]] {
        let with_param = request().with(0x08, bytes(param));
        assert_eq!(refused_at_once(&mut security_key(), &with_param), 0x14, "without protocol");
        for protocol in [0, 3, u32::MAX] {
            let request = with_param.clone().with(0x09, protocol);
            assert_eq!(refused_at_once(&mut security_key(), &request), 0x02, "protocol {protocol}");
        }
    }
    assert_eq!(
        security_key().send(&request().with(0x09, 1)).status,
        0x00,
        "a protocol alone asks for nothing"
    );
}

#[test]
fn mc05_the_first_supported_algorithm_wins() {
    let cases: [(&[i64], i64); 7] = [
        (&[-7], -7),
        (&[-8], -8),
        (&[-7, -8], -7),
        (&[-8, -7], -8),
        (&[-257, -37, -8, -7], -8),
        (&[i64::MIN, i64::MAX, 0, 7, -7], -7),
        (&[-7, -7, -7, -8], -7),
    ];
    for (wanted, made) in cases {
        let reply = security_key().send(&request().with(0x04, array(wanted.iter().copied().map(algorithm))));
        assert_eq!(reply.status, 0x00, "{wanted:?}");
        let key = reply.auth_data().unwrap().public_key.unwrap();
        assert_eq!(at(&key, 3), Some(&Value::from(made)), "{wanted:?}");
    }
}

#[test]
fn mc05_the_backend_decides_what_is_supported() {
    let mut profile = Profile::security_key([0; 16]);
    profile.keys.algorithms = Algorithms::new([Algorithm::EdDsa]);
    let reply = Sim::new(profile.clone()).send(&request());
    assert_eq!(at(&reply.auth_data().unwrap().public_key.unwrap(), 3), Some(&Value::from(-8)));
    let only_es256 = request().with(0x04, array([algorithm(-7)]));
    assert_eq!(refused_at_once(&mut Sim::new(profile), &only_es256), 0x26);
}

#[test]
fn mc05_no_algorithm_that_is_supported() {
    let another_type = map([("alg", Value::from(-7)), ("type", Value::from("private-key"))]);
    let wrong_case = map([("alg", Value::from(-7)), ("type", Value::from("Public-Key"))]);
    let lists = [
        vec![],
        vec![algorithm(-257)],
        vec![algorithm(7)],
        vec![another_type],
        vec![wrong_case, algorithm(-257)],
    ];
    for list in lists {
        let request = request().with(0x04, array(list));
        assert_eq!(refused_at_once(&mut security_key(), &request), 0x26, "{request:?}");
    }
}

#[test]
fn mc05_elements_after_a_match_are_checked_too() {
    let broken = [
        (Value::from(1), 0x11),
        (map([("alg", Value::from("-7")), ("type", Value::from("public-key"))]), 0x11),
        (map([("alg", Value::from(-8)), ("type", bytes(b"public-key"))]), 0x11),
        (map([("alg", Value::from(-8))]), 0x14),
        (map([("type", Value::from("public-key"))]), 0x14),
        (Value::Map(vec![]), 0x14),
    ];
    for (element, status) in broken {
        let request = request().with(0x04, array([algorithm(-7), element.clone()]));
        assert_eq!(refused_at_once(&mut security_key(), &request), status, "{element:?}");
    }
}

#[test]
fn mc07_unknown_options_are_ignored_whatever_their_value() {
    let options = map([("rk", Value::from(false)), ("xx", Value::from(7)), ("plat", Value::from("yes"))]);
    assert_eq!(security_key().send(&request().with(0x07, options)).status, 0x00);
}

#[test]
fn mc07_absent_uv_is_false_and_a_param_overrules_uv() {
    let read_uv = |request: Request| match decode(&request.encode(), 1200) {
        Ok(Command::MakeCredential(request)) => request.uv,
        other => panic!("{other:?}"),
    };
    assert!(!read_uv(request()));
    assert!(read_uv(request().option("uv", true)));
    assert!(!read_uv(request().option("uv", true).with(0x08, bytes(&[1; 16])).with(0x09, 1)));
    assert!(!read_uv(request().option("uv", true).with(0x08, bytes(&[]))));
}

#[test]
fn mc08_uv_needs_verification_that_is_set_up() {
    use BuiltInVerification::{Configured, NotConfigured, Unsupported};
    for (verification, status) in [(Unsupported, 0x2C), (NotConfigured, 0x2C), (Configured, 0x00)] {
        let profile = Profile { verification, ..Profile::security_key([0; 16]) };
        let reply = Sim::new(profile.clone()).send(&request().option("uv", true));
        assert_eq!(reply.status, status, "{verification:?}");
        assert_eq!(Sim::new(profile).send(&request().option("uv", false)).status, 0x00, "{verification:?}");
    }
}

#[test]
fn mc09_rk_is_refused_where_it_is_not_announced() {
    let management = Management::OnDisplay;
    let profile = Profile { discoverable: false, management, ..Profile::security_key([0; 16]) };
    for rk in [true, false] {
        assert_eq!(
            refused_at_once(&mut Sim::new(profile.clone()), &request().option("rk", rk)),
            0x2B,
            "rk {rk}"
        );
    }
    assert_eq!(Sim::new(profile).send(&request()).status, 0x00);
}

#[test]
fn mc09_rk_is_false_by_default() {
    for request in [request(), request().option("rk", false)] {
        let mut sim = security_key();
        assert_eq!(sim.send(&request).status, 0x00);
        assert_eq!(sim.send(&get_assertion(RP)).status, 0x2E, "nothing to discover");
    }
}

#[test]
fn mc10_presence_cannot_be_left_out() {
    assert_eq!(refused_at_once(&mut security_key(), &request().option("up", false)), 0x2C);
    assert_eq!(refused_at_once(&mut phone(), &request().option("up", false).option("uv", true)), 0x2C);
    assert_eq!(security_key().send(&request().option("up", true)).status, 0x00);
}

#[test]
fn mc15_enterprise_attestation_is_not_possible() {
    for value in [0, 1, 2, 3, 255] {
        assert_eq!(refused_at_once(&mut security_key(), &request().with(0x0A, value)), 0x02, "{value}");
        let verified = request().option("uv", true).with(0x0A, value);
        assert_eq!(refused_at_once(&mut phone(), &verified), 0x02, "{value}");
    }
}

#[test]
fn mc24_unsupported_extensions_are_ignored() {
    let extensions = map([("uvm", Value::from(true)), ("x", Value::Null), ("txAuthSimple", bytes(&[1; 32]))]);
    let reply = security_key().send(&request().with(0x06, extensions));
    assert_eq!(reply.status, 0x00);
    let auth_data = reply.auth_data().unwrap();
    assert_eq!((auth_data.flags, auth_data.extensions), (0x41, None));
    assert_eq!(
        security_key().send(&request().with(0x06, Value::Map(vec![]))).auth_data().unwrap().flags,
        0x41
    );
}

#[test]
fn mc24_mc34_the_reply_has_no_member_that_was_not_asked_for() {
    let body = decode_cbor(&security_key().send(&request()).raw).unwrap();
    let keys: Vec<_> = body.as_map().unwrap().iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys, [1, 2, 3].map(Value::from));
    let output = security_key().send(&request().extension("credProtect", 2).extension("minPinLength", true));
    assert_eq!(output.auth_data().unwrap().extensions, Some(map([("credProtect", 2)])));
}
