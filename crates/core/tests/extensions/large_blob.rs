//! largeBlob: bytes of the platform's with each credential, where there is no array of large blobs.

use super::{registered, sign_in};
use crate::pin::{GA, MC, SITE, set_pin, token, unplug, with_pin};
use authenticator_core::{LargeBlobStorage, Profile, Refusal, ResetPolicy};
use authenticator_testkit::cbor::{Value, array, at, bytes, decode, map, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};

const NAME: &str = "largeBlob";

fn profile() -> Profile {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    let reset = ResetPolicy::Anytime;
    Profile { large_blobs, reset, max_message_size: 7609, ..Profile::security_key([0x22; 16]) }
}

fn key() -> Sim {
    Sim::new(profile())
}

/// A phone, which verifies its user.
fn phone() -> Sim {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    Sim::new(Profile { large_blobs, ..Profile::phone([0x11; 16]) })
}

fn registration(user: &[u8], rk: bool) -> Request {
    make_credential(SITE, user).option("rk", rk)
}

fn supports(how: &str) -> Value {
    map([("support", how)])
}

fn read() -> Value {
    map([("read", true)])
}

fn write(blob: &[u8], original_size: u64) -> Value {
    map([("write", bytes(blob)), ("originalSize", Value::from(original_size))])
}

/// The output under this member of the reply; none of it is among what is signed.
fn output(reply: &Reply, member: i64) -> Option<Value> {
    assert_eq!(reply.status, 0x00);
    assert_eq!(reply.auth_data().unwrap().extensions, None);
    reply.member(member).map(|outputs| {
        assert_eq!(outputs.as_map().unwrap().len(), 1);
        named(&outputs, NAME).unwrap().clone()
    })
}

fn stored(blob: &[u8], original_size: u64) -> Option<Value> {
    Some(map([("blob", bytes(blob)), ("originalSize", Value::from(original_size))]))
}

fn written(written: bool) -> Option<Value> {
    Some(map([("written", written)]))
}

/// Signs in with this credential and this input, and says what is put out.
fn with(sim: &mut Sim, id: &[u8], input: Value) -> Option<Value> {
    output(&sim.send(&sign_in(id).extension(NAME, input)), 0x08)
}

#[test]
fn lbx01_a_registration_is_told_whether_there_can_be_a_blob() {
    for (rk, how, said) in [(true, "required", true), (true, "preferred", true), (false, "preferred", false)]
    {
        let mut sim = key();
        let reply = sim.send(&registration(b"user", rk).extension(NAME, supports(how)));
        assert_eq!(output(&reply, 0x06), Some(map([("supported", said)])), "{rk}, {how}");
        assert_eq!(reply.member(0x05), None);
        assert_eq!(output(&sim.send(&registration(b"user", rk)), 0x06), None, "nobody asked");
    }
    let mut sim = key();
    let none = registration(b"user", true).with(0x0B, array(["none"])).extension(NAME, supports("required"));
    assert_eq!(output(&sim.send(&none), 0x06), Some(map([("supported", true)])));
}

#[test]
fn lbx01_a_credential_without_a_record_has_none_and_whoever_requires_one_is_refused() {
    let mut sim = key();
    for request in [registration(b"user", false), make_credential(SITE, b"user")] {
        assert_eq!(sim.send(&request.extension(NAME, supports("required"))).status, 0x2C);
    }
    assert!(sim.user.seen.is_empty(), "before anybody is asked");
    let id = registered(&mut sim, &registration(b"user", false));
    assert_eq!(with(&mut sim, &id, write(b"blob", 4)), written(false));
    assert_eq!(with(&mut sim, &id, read()), None);
}

#[test]
fn lbx01_any_other_shape_is_invalid_cbor() {
    let mut sim = key();
    let shapes = [
        true.into(),
        "required".into(),
        bytes(b"required"),
        array(["support"]),
        map([("support", Value::Bool(true))]),
        map([("support", "optional")]),
        map([("support", "")]),
        map([("supports", "required")]),
        map([(1, "required")]),
        map([("read", true)]),
        map([("support", Value::from("required")), ("other", true.into())]),
        Value::Map(Vec::new()),
        Value::Null,
    ];
    for shape in shapes {
        let request = registration(b"user", true).extension(NAME, shape.clone());
        assert_eq!(sim.send(&request).status, 0x12, "{shape:?}");
    }
    assert!(sim.user.seen.is_empty());
}

#[test]
fn lbx02_any_other_shape_is_invalid_cbor() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true));
    sim.user.seen.clear();
    let size = || ("originalSize", Value::from(4));
    let shapes = [
        true.into(),
        bytes(b"blob"),
        array(["read"]),
        map([("read", false)]),
        map([("read", Value::from(1))]),
        map([("read", true.into()), size()]),
        map([("read", true.into()), ("write", bytes(b"blob")), size()]),
        map([("write", bytes(b"blob"))]),
        map([("write", "blob".into()), size()]),
        map([("write", bytes(b"blob")), ("originalSize", Value::from(-1))]),
        map([("write", bytes(b"blob")), ("originalSize", "4".into())]),
        map([("write", bytes(b"blob")), size(), ("x", Value::Null)]),
        map([size()]),
        map([("support", "required")]),
        map([(1, true)]),
        Value::Map(Vec::new()),
        Value::Null,
    ];
    for shape in shapes {
        let request = sign_in(&id).extension(NAME, shape.clone());
        assert_eq!(sim.send(&request).status, 0x12, "{shape:?}");
    }
    assert!(sim.user.seen.is_empty());
}

/// Covers: LBX-02, LBX-04
#[test]
fn lbx03_a_blob_is_read_as_it_was_written_over_power_cycles_and_writes() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true).extension(NAME, supports("required")));
    let other = registered(&mut sim, &registration(b"other", true));
    assert_eq!(with(&mut sim, &id, read()), None, "nothing was stored");
    for (blob, size) in [
        (vec![0xB1; 1024], u64::MAX),
        (vec![], 0),
        (vec![7], 23),
        (vec![8; 255], 256),
        (vec![9; 1023], u64::from(u32::MAX) + 1),
    ] {
        assert_eq!(with(&mut sim, &id, write(&blob, size)), written(true), "{}", blob.len());
        for _ in 0..2 {
            assert_eq!(with(&mut sim, &id, read()), stored(&blob, size), "{}", blob.len());
            let silent = sign_in(&id).option("up", false).extension(NAME, read());
            assert_eq!(output(&sim.send(&silent), 0x08), stored(&blob, size));
            unplug(&mut sim);
        }
        assert_eq!(output(&sim.send(&sign_in(&id)), 0x08), None, "who does not ask is not given it");
        assert_eq!(with(&mut sim, &other, read()), None, "of each its own");
    }
}

/// Covers: GN-05
#[test]
fn lbx03_each_credential_without_an_allow_list_comes_with_its_own() {
    let mut sim = key();
    let ids = [b"one".as_slice(), b"two", b"tri"].map(|user| registered(&mut sim, &registration(user, true)));
    assert_eq!(with(&mut sim, &ids[0], write(b"of one", 6)), written(true));
    assert_eq!(with(&mut sim, &ids[2], write(b"of tri", 60)), written(true));
    let first = sim.send(&get_assertion(SITE).extension(NAME, read()));
    assert_eq!(output(&first, 0x08), stored(b"of tri", 60));
    assert_eq!(first.member(0x05), Some(3.into()));
    assert_eq!(output(&sim.send_bytes(&[0x08]), 0x08), None);
    assert_eq!(output(&sim.send_bytes(&[0x08]), 0x08), stored(b"of one", 6));

    for unasked in [get_assertion(SITE).encode(), vec![0x08], vec![0x08]] {
        assert_eq!(output(&sim.send_bytes(&unasked), 0x08), None);
    }
}

#[test]
fn lbx04_what_is_too_long_is_not_written_and_the_sign_in_succeeds() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true));
    assert_eq!(with(&mut sim, &id, write(b"before", 6)), written(true));
    for length in [1025, 4096, 4097, 7000] {
        assert_eq!(with(&mut sim, &id, write(&vec![1; length], 9000)), written(false), "{length}");
    }
    assert_eq!(with(&mut sim, &id, read()), stored(b"before", 6), "what was there stays");
    let mut small =
        Sim::new(Profile { large_blobs: LargeBlobStorage::PerCredential { max: 4 }, ..profile() });
    let id = registered(&mut small, &registration(b"user", true));
    assert_eq!(with(&mut small, &id, write(b"five.", 5)), written(false));
    assert_eq!(with(&mut small, &id, write(b"four", 4)), written(true));
}

#[test]
fn lbx04_a_write_names_its_credential_and_has_its_user_there() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true));
    sim.user.seen.clear();
    let unnamed = get_assertion(SITE).extension(NAME, write(b"blob", 4));
    assert_eq!(sim.send(&unnamed).status, 0x02);
    let silent = sign_in(&id).option("up", false).extension(NAME, write(b"blob", 4));
    assert_eq!(sim.send(&silent).status, 0x2B);
    assert!(sim.user.seen.is_empty());
    let unknown = get_assertion(SITE).list([[7; 32].as_slice()]).extension(NAME, write(b"blob", 4));
    assert_eq!(sim.send(&unknown).status, 0x2E);
    assert_eq!(with(&mut sim, &id, read()), None);
}

/// The proof × what is asked: nobody writes unverified where the user can be verified.
#[test]
fn lbx04_who_can_be_verified_is_verified_before_a_blob_is_written() {
    let mut sim = with_pin(profile());
    let proven = token(&mut sim, MC).proves(registration(b"user", true));
    let id = registered(&mut sim, &proven);
    let writing = || sign_in(&id).extension(NAME, write(b"blob", 4));
    let reading = || sign_in(&id).extension(NAME, read());
    sim.user.seen.clear();
    assert_eq!(sim.send(&writing()).status, 0x36);
    assert!(sim.user.seen.is_empty());
    assert_eq!(output(&sim.send(&reading()), 0x08), None);
    let proven = token(&mut sim, GA).proves(writing());
    assert_eq!(output(&sim.send(&proven), 0x08), written(true));
    assert_eq!(
        output(&sim.send(&reading()), 0x08),
        stored(b"blob", 4),
        "reading wants no more than the sign-in"
    );

    let mut sim = phone();
    let id = registered(&mut sim, &registration(b"user", true).option("uv", true));
    let writing = sign_in(&id).extension(NAME, write(b"blob", 4));
    assert_eq!(sim.send(&writing).status, 0x27, "there is no token to ask for");
    assert_eq!(output(&sim.send(&writing.option("uv", true)), 0x08), written(true));
}

#[test]
fn lbx04_a_write_that_the_user_declines_is_none() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true));
    sim.user.will(Answer::Refuse(Refusal::Declined));
    assert_eq!(sim.send(&sign_in(&id).extension(NAME, write(b"blob", 4))).status, 0x27);
    assert_eq!(with(&mut sim, &id, read()), None);
}

/// Covers: LBX-03
#[test]
fn a_blob_goes_with_its_credential() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(b"user", true));
    let kept = registered(&mut sim, &registration(b"kept", true));
    for id in [&id, &kept] {
        assert_eq!(with(&mut sim, id, write(b"blob", 4)), written(true));
    }
    let audit = |sim: &mut Sim| {
        let mut findings = Vec::new();
        let audit = sim.world.context().audit(&mut |finding| findings.push(finding)).unwrap();
        assert_eq!(findings, []);
        (audit.credentials, audit.large_blobs)
    };
    assert_eq!(audit(&mut sim), (2, 2));
    let again = registered(&mut sim, &registration(b"user", true));
    assert_eq!(audit(&mut sim), (2, 1), "overwritten");
    assert_eq!(with(&mut sim, &again, read()), None);
    assert_eq!(with(&mut sim, &kept, read()), stored(b"blob", 4));
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(audit(&mut sim), (0, 0));
}

/// Covers: LBK-04, LBX-01, LBX-02
#[test]
fn lbx05_there_is_either_a_blob_with_each_credential_or_an_array_with_keys() {
    let lists = |sim: &mut Sim, name: &str| {
        let body = decode(&sim.send_bytes(&[0x04]).raw).unwrap();
        at(&body, 0x02).unwrap().as_array().unwrap().contains(&Value::from(name))
    };
    let mut own = key();
    assert!(lists(&mut own, NAME) && !lists(&mut own, "largeBlobKey"));
    let info = decode(&own.send_bytes(&[0x04]).raw).unwrap();
    assert_eq!(named(at(&info, 0x04).unwrap(), "largeBlobs"), None);
    assert_eq!(at(&info, 0x0B), None);
    assert_eq!(own.send_bytes(&[0x0C, 0xA0]).status, 0x01, "and no such command");
    let reply = own.send(&registration(b"user", true).extension("largeBlobKey", true));
    assert_eq!((reply.status, reply.member(0x05)), (0x00, None));

    let mut shared = super::key();
    assert!(!lists(&mut shared, NAME) && lists(&mut shared, "largeBlobKey"));
    let reply = shared.send(&registration(b"user", true).extension(NAME, supports("required")));
    assert_eq!(output(&reply, 0x06), None, "what is not offered is passed over");
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    for input in [read(), write(b"blob", 4)] {
        assert_eq!(with(&mut shared, &id, input), None);
    }
    let unnamed = get_assertion(SITE).extension(NAME, write(b"blob", 4));
    assert_eq!(output(&shared.send(&unnamed), 0x08), None);
}

/// Every input × {rk, not} × {no PIN, a PIN without token, a PIN with token}.
#[test]
fn lbx01_lbx02_every_input_has_its_status_and_its_output() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Pin {
        Unset,
        NotShown,
        Shown,
    }
    let mut count = 0;
    for (rk, pin) in
        [true, false].into_iter().flat_map(|rk| [Pin::Unset, Pin::NotShown, Pin::Shown].map(|pin| (rk, pin)))
    {
        let proves = |sim: &mut Sim, permission, request| {
            if pin == Pin::Shown { token(sim, permission).proves(request) } else { request }
        };
        let device = || {
            let mut sim = key();
            if pin != Pin::Unset {
                assert_eq!(set_pin(&mut sim, crate::pin::PIN), 0x00);
            }
            sim
        };
        // rk unverified is refused where there is a PIN, whatever else is asked, but for a shape.
        let unverified = |status| if rk && pin == Pin::NotShown { 0x36 } else { status };
        for (input, status, said) in [
            (supports("required"), if rk { 0x00 } else { 0x2C }, Some(true)),
            (supports("preferred"), 0x00, Some(rk)),
            (supports("else"), 0x12, None),
            (true.into(), 0x12, None),
        ] {
            let mut sim = device();
            let request = registration(b"user", rk).extension(NAME, input.clone());
            let request = proves(&mut sim, MC, request);
            let reply = sim.send(&request);
            let expected = if status == 0x12 { 0x12 } else { unverified(status) };
            assert_eq!(reply.status, expected, "{input:?}, rk {rk}, {pin:?}");
            let said = said.filter(|_| reply.status == 0x00).map(|said| map([("supported", said)]));
            assert_eq!(reply.member(0x06).map(|all| named(&all, NAME).unwrap().clone()), said);
            count += 1;
        }
        for (input, status, said) in [
            (read(), 0x00, None),
            (write(b"blob", 4), if pin == Pin::NotShown { 0x36 } else { 0x00 }, written(rk)),
            (map([("read", false)]), 0x12, None),
            (bytes(b"blob"), 0x12, None),
        ] {
            let mut sim = device();
            let request = registration(b"user", rk);
            let request = if pin == Pin::Unset { request } else { token(&mut sim, MC).proves(request) };
            let id = registered(&mut sim, &request);
            let request = proves(&mut sim, GA, sign_in(&id).extension(NAME, input.clone()));
            let reply = sim.send(&request);
            assert_eq!(reply.status, status, "{input:?}, rk {rk}, {pin:?}");
            let said = said.filter(|_| status == 0x00);
            assert_eq!(reply.member(0x08).map(|all| named(&all, NAME).unwrap().clone()), said);
            count += 1;
        }
    }
    assert_eq!(count, 48);
}
