//! Messages: what goes in, what comes out, and that nothing else does (GEN, GI, AD, CK, EXT).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use authenticator_core::credential::CredProtect;
use authenticator_core::{Format, Gesture, Profile, Refusal, Reply};
use authenticator_testkit::cbor::{self, Value, at, named};
use authenticator_testkit::reply::AuthData;
use authenticator_testkit::request::{get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};

#[path = "messages/get_info.rs"]
mod get_info;
#[path = "messages/hostile.rs"]
mod hostile;
#[path = "messages/signatures.rs"]
mod signatures;

fn profiles() -> [Profile; 2] {
    [Profile::phone([0xA5; 16]), Profile::security_key([0x5A; 16])]
}

/// The value with the keys of all its maps in canonical order, at every depth.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Map(pairs) => cbor::map(pairs.iter().map(|(key, value)| (canonical(key), canonical(value)))),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

/// One reply of each form this authenticator can give: its name, and the bytes behind the status.
fn replies() -> Vec<(String, Vec<u8>)> {
    let mut replies = Vec::new();
    for (profile, name) in profiles().into_iter().zip(["phone", "security key"]) {
        for attestation in Format::ALL {
            let mut sim = Sim::new(Profile { attestation, ..profile.clone() });
            let mut keep = |what: &str, reply: authenticator_testkit::reply::Reply| {
                assert_eq!(reply.status, 0x00, "{what} of the {name}");
                replies.push((format!("{what} of the {name}, {attestation:?}"), reply.raw));
            };
            let verified = sim.world.authenticator.profile().platform;
            let make = |user: &[u8]| make_credential("example.com", user).option("uv", verified);
            keep("a server-side credential", sim.send(&make(b"user 0")));
            keep("an EdDSA credential", sim.send(&make(b"user 0").with(4, cbor::array([algorithm(-8)]))));
            keep("a passkey", sim.send(&make(b"user 1").option("rk", true)));
            keep(
                "a protected passkey",
                sim.send(&make(b"user 2").option("rk", true).extension("credProtect", 2)),
            );
            keep("another passkey", sim.send(&make(b"user 3").option("rk", true)));
            keep("getInfo", sim.send_bytes(&[0x04]));
            if verified {
                sim.user.will(Answer::Choose(0));
            }
            keep("a sign-in", sim.send(&get_assertion("example.com").option("uv", verified)));
            if !verified {
                keep("the next sign-in", sim.send_bytes(&[0x08]));
            }
        }
    }
    replies
}

fn algorithm(id: i64) -> Value {
    authenticator_testkit::request::algorithm(id)
}

/// Covers: GEN-01, EXT-02
#[test]
fn gen07_every_reply_is_canonical_at_every_depth() {
    let replies = replies();
    assert_eq!(replies.len(), 2 * (7 + 8));
    for (what, raw) in replies {
        let body = cbor::decode(&raw).expect("one CBOR item and nothing behind it");
        assert!(body.is_map(), "{what}");
        assert_eq!(cbor::encode(&canonical(&body)), raw, "{what}");
        let Some(auth_data) = at(&body, 2).and_then(Value::as_bytes) else { continue };
        let parsed = AuthData::parse(auth_data).expect("its parts are of the lengths they say");
        let inside = [parsed.public_key, parsed.extensions].into_iter().flatten();
        let expected: Vec<u8> = inside.flat_map(|value| cbor::encode(&canonical(&value))).collect();
        assert!(auth_data.ends_with(&expected), "{what}: key and extensions");
    }
}

#[test]
fn gen01_gen15_a_reply_is_a_status_and_at_most_one_map_within_the_message_size() {
    for (what, raw) in replies() {
        assert!(raw.len() < 1024, "{what}: {} bytes", raw.len());
    }
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let request = make_credential("example.com", b"user").encode();
    let done = sim.run_and_drop(&request, 9).expect("it ends within nine answers");
    let mut large = vec![0; 7609];
    let length = done.encode(&sim.world.session, &mut large);
    assert_eq!(large[0], 0x00);
    assert!(cbor::decode(&large[1..length]).is_some_and(|body| body.is_map()));
}

#[test]
fn gen02_errors_and_empty_successes_have_no_body() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    for (request, status) in [
        (vec![], 0x03),
        (vec![0x05], 0x01),
        (vec![0x01], 0x12),
        (vec![0x02, 0x80], 0x11),
        (vec![0x02, 0xA0], 0x14),
        (get_assertion("example.com").encode(), 0x2E),
        (vec![0x08], 0x30),
        (vec![0x0B], 0x00),
        (vec![0x07], 0x00),
    ] {
        let reply = sim.send_bytes(&request);
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{request:02x?}");
    }
}

/// Covers: GEN-03
#[test]
fn gen05_no_unassigned_command_answers_and_none_asks_anybody() {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    let known = [0x01, 0x02, 0x04, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0D, 0x41];
    for command in (0..=255_u8).filter(|command| !known.contains(command)) {
        for body in [[].as_slice(), &[0xA0], &[0xA1, 1, 1]] {
            let reply = sim.send_bytes(&[&[command], body].concat());
            assert_eq!((reply.status, reply.raw.len()), (0x01, 0), "command {command:02x}");
        }
    }
    assert!(sim.user.seen.is_empty());
}

#[test]
fn gen14_a_request_may_be_as_long_as_announced_and_no_longer() {
    for profile in profiles() {
        let longest = usize::from(profile.max_message_size);
        let mut sim = Sim::new(profile);
        assert_eq!(
            sim.send_bytes(&[0x04]).member(5),
            Some(Value::from(u64::try_from(longest).expect("fits")))
        );
        let filled = |length: usize| {
            let request =
                |padding| get_assertion("example.com").with(0x20, cbor::bytes(&vec![0; padding])).encode();
            let overhead = request(300).len() - 300;
            request(length - overhead)
        };
        for (length, status) in [(1024, 0x2E), (longest, 0x2E), (longest + 1, 0x39)] {
            let request = filled(length);
            assert_eq!(request.len(), length);
            assert_eq!(sim.send_bytes(&request).status, status, "{length} bytes");
        }
    }
}

/// What the last member of a request holds is judged before the first has had any effect.
#[test]
fn gen17_nobody_is_asked_and_nothing_changes_before_the_request_is_read_to_its_end() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let make = || make_credential("example.com", b"user").option("rk", true);
    assert_eq!(sim.send(&make()).status, 0x00);
    let (prompts, commits) = (sim.user.seen.len(), sim.world.store.commits());
    let mut trailing = make().encode();
    trailing.push(0x00);
    for (request, status) in [
        (make().with(0x0B, 1).encode(), 0x11),
        (make().with(0x0B, cbor::array([1])).encode(), 0x11),
        (make().without(4).encode(), 0x14),
        (make().with(1, cbor::bytes(&[0; 31])).encode(), 0x02),
        (trailing, 0x12),
        (get_assertion("example.com").with(7, "text").encode(), 0x11),
        (get_assertion("example.com").without(2).encode(), 0x14),
    ] {
        let reads = sim.world.store.reads();
        assert_eq!(sim.send_bytes(&request).status, status);
        assert_eq!(sim.user.seen.len(), prompts, "somebody was asked");
        assert_eq!(sim.world.store.commits(), commits, "something was written");
        assert_eq!(sim.world.store.reads(), reads, "not even the store was read");
    }
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00, "the credential is as it was");
}

/// Covers: AD-02
#[test]
fn ext01_without_an_output_there_is_no_extension_map() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let silent = make_credential("example.com", b"user")
        .extension("hmac-secret", false)
        .extension("unknown", cbor::array([1, 2]));
    for request in [make_credential("example.com", b"user"), silent] {
        let auth_data = sim.send(&request).auth_data().expect("authenticator data");
        assert_eq!((auth_data.flags & 0x80, auth_data.extensions), (0, None));
    }
    let asked = make_credential("example.com", b"user").extension("credProtect", 3).extension("unknown", 0);
    let auth_data = sim.send(&asked).auth_data().expect("authenticator data");
    assert_eq!(auth_data.flags & 0x80, 0x80);
    let level = i64::from(CredProtect::Required.level());
    assert_eq!(
        auth_data.extensions,
        Some(cbor::map([("credProtect", level)])),
        "one output, and none unasked"
    );
}

#[test]
fn ext03_ext04_an_extension_of_the_wrong_type_is_found_before_anybody_is_asked() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    for wrong in [Value::Bool(true), Value::from("1"), Value::from(-1), cbor::bytes(&[1]), Value::Null] {
        let request = make_credential("example.com", b"user").extension("credProtect", wrong.clone());
        assert_eq!(sim.send(&request).status, 0x11, "{wrong:?}");
    }
    for outside in [0, 4, 255] {
        let request = make_credential("example.com", b"user").extension("credProtect", outside);
        assert_eq!(sim.send(&request).status, 0x02, "{outside}");
    }
    let whole = make_credential("example.com", b"user");
    assert_eq!(sim.send(&whole.clone().with(6, cbor::array([1]))).status, 0x11);
    assert_eq!(sim.send(&get_assertion("example.com").with(4, true)).status, 0x11);
    assert!(sim.user.seen.is_empty());
}

/// Every command that ends well and every one that ends badly, into every buffer up to 1 KiB.
#[test]
fn gen01_gen02_a_reply_that_does_not_fit_is_one_byte() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let passkey = |user: &[u8]| make_credential("example.com", user).option("rk", true).encode();
    let story = [
        (passkey(b"user 1"), 0x00),
        (passkey(b"user 2"), 0x00),
        (get_assertion("example.com").encode(), 0x00),
        (vec![0x08], 0x00),
        (vec![0x04], 0x00),
        (vec![0x0B], 0x00),
        (vec![0x08], 0x30),
    ];
    for (request, status) in story {
        let done = sim.run_and_drop(&request, 9).expect("it ends within nine answers");
        let mut whole = [0; 1024];
        let length = done.encode(&sim.world.session, &mut whole);
        assert_eq!(whole[0], status);
        for room in 0..=1024 {
            let mut buffer = [0xEE; 1025];
            let expected = match room {
                0 => &[],
                room if room < length => [0x7F].as_slice(),
                _ => &whole[..length],
            };
            let written = done.encode(&sim.world.session, &mut buffer[..room]);
            assert_eq!(buffer[..written], *expected, "{room} bytes for {:02x}", request[0]);
            assert_eq!(buffer[room], 0xEE, "written past {room} bytes");
        }
    }
}

/// Covers: AD-08
#[test]
fn ad02_ad08_verification_counts_in_the_ceremony_it_was_made_in_and_in_no_other() {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    let make = make_credential("example.com", b"user").option("rk", true).option("uv", true);
    assert_eq!(sim.send(&make).auth_data().map(|data| data.flags), Some(0x45));
    assert_eq!(
        sim.send(&get_assertion("example.com").option("uv", true)).auth_data().map(|data| data.flags),
        Some(0x05)
    );
    // A moment later, without being asked for it.
    assert_eq!(sim.send(&get_assertion("example.com")).auth_data().map(|data| data.flags), Some(0x01));
    let silent = get_assertion("example.com").option("up", false);
    assert_eq!(sim.send(&silent).auth_data().map(|data| data.flags), Some(0x00));
    // A touch where verification was asked for is no verification, and no success either.
    sim.user.will(Answer::Give(Gesture::TOUCH));
    assert_eq!(sim.send(&get_assertion("example.com").option("uv", true)).status, 0x27);
    sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left: 2 }));
    let refused = sim.send(&get_assertion("example.com").option("uv", true));
    assert_eq!((refused.status, refused.raw.len()), (0x27, 0));
}

#[test]
fn gen01_the_library_reply_says_what_the_bytes_say() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let request = make_credential("example.com", b"user").encode();
    let done = sim.run_and_drop(&request, 9).expect("it ends within nine answers");
    let Ok(Reply::Registered(registered)) = &done.result else { panic!("registered: {done:?}") };
    let mut bytes = [0; 1024];
    let length = done.encode(&sim.world.session, &mut bytes);
    let body = cbor::decode(&bytes[1..length]).expect("one CBOR item");
    let auth_data = at(&body, 2).and_then(Value::as_bytes).expect("authenticator data");
    assert_eq!(registered.auth_data.as_slice(), auth_data);
    let parsed = AuthData::parse(auth_data).expect("registration data");
    assert_eq!(Some(registered.credential_id().to_vec()), parsed.credential_id);
    assert!(named(at(&body, 3).expect("statement"), "sig").is_some());
}
