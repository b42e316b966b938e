//! credProtect at registration, and what becomes of it (CTAP 2.3 §12.1).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::{BuiltInVerification, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, at, bytes, decode, map};
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use std::time::Duration;

const RP: &str = "example.com";

fn phone() -> Sim {
    Sim::new(Profile::phone([0; 16]))
}

/// A registration with verification, so that every profile of a phone takes it.
fn request(rk: bool) -> Request {
    make_credential(RP, b"user 1").option("rk", rk).option("uv", true)
}

/// Registers and returns the credential id.
fn registered(sim: &mut Sim, request: &Request) -> Vec<u8> {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00, "{request:?}");
    reply.auth_data().unwrap().credential_id.unwrap()
}

/// Covers: MC-24, MC-32
#[test]
fn cpr01_cpr02_each_level_is_set_and_told() {
    for rk in [true, false] {
        for level in 1..=3 {
            let auth_data = phone().send(&request(rk).extension("credProtect", level)).auth_data().unwrap();
            assert_eq!(auth_data.flags, 0xC5, "level {level}");
            assert_eq!(auth_data.extensions, Some(map([("credProtect", level)])), "level {level}");
        }
    }
}

#[test]
fn cpr02_cpr03_there_is_no_output_unless_asked_for() {
    for rk in [true, false] {
        for request in [request(rk), request(rk).extension("uvm", true)] {
            let auth_data = phone().send(&request).auth_data().unwrap();
            assert_eq!((auth_data.flags, auth_data.extensions), (0x45, None));
        }
    }
}

#[test]
fn cpr03_not_asked_for_is_level_1() {
    let mut sim = phone();
    registered(&mut sim, &request(true));
    let found = sim.send(&get_assertion(RP));
    assert_eq!(found.status, 0x00, "found without a name and without verification");
    let mut level = None;
    let _ = sim.world.context().vault().unwrap().credentials(None, &mut |listed| {
        if let authenticator_core::store::Listed::Credential(entry) = listed {
            level = Some(entry.credential.cred_protect.level());
        }
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(level, Some(1));
}

#[test]
fn cpr04_other_levels_are_refused() {
    let levels = [0, 4, 23, 24, 255, 256, 65_536 + 1, 4_294_967_296 + 1, u64::MAX];
    for level in levels {
        for rk in [true, false] {
            let mut sim = phone();
            let commits = sim.world.store.commits();
            assert_eq!(sim.send(&request(rk).extension("credProtect", level)).status, 0x02, "level {level}");
            assert!(sim.user.seen.is_empty());
            assert_eq!(sim.world.store.commits(), commits);
        }
    }
}

#[test]
fn cpr01_a_level_is_an_unsigned_integer() {
    let wrong = [
        Value::from(-1),
        Value::from(true),
        Value::from("3"),
        bytes(&[3]),
        Value::Null,
        Value::Array(vec![]),
    ];
    for wrong in wrong {
        let reply = phone().send(&request(true).extension("credProtect", wrong.clone()));
        assert_eq!(reply.status, 0x11, "{wrong:?}");
    }
}

/// Every level, both kinds of credential, found by name and without, verified and not.
/// Covers: CPR-05
#[test]
fn cpr06_what_a_level_hides_from_assertions() {
    for rk in [true, false] {
        for level in 1..=3 {
            let mut sim = phone();
            let id = registered(&mut sim, &request(rk).extension("credProtect", level));
            sim.power_cycle(Duration::from_secs(3600)); // the level is kept with the credential
            for named in [true, false] {
                for verified in [true, false] {
                    let visible = match (rk, named, level) {
                        (false, false, _) => false,
                        (_, _, 1) => true,
                        (_, _, 2) => verified || named,
                        _ => verified,
                    };
                    let all = get_assertion(RP).option("uv", verified);
                    let request = if named { all.list([id.as_slice()]) } else { all };
                    let case = format!("rk {rk}, level {level}, named {named}, verified {verified}");
                    let status = if visible { 0x00 } else { 0x2E };
                    assert_eq!(sim.send(&request).status, status, "{case}");
                }
            }
        }
    }
}

/// A silent look (`up: false`) proves nothing, and sees what an unverified one does.
#[test]
fn cpr06_a_silent_look_sees_no_protected_credential() {
    for rk in [true, false] {
        for (level, status) in [(1, 0x00), (2, 0x00), (3, 0x2E)] {
            let mut sim = phone();
            let id = registered(&mut sim, &request(rk).extension("credProtect", level));
            let look = get_assertion(RP).option("up", false).list([id.as_slice()]);
            assert_eq!(sim.send(&look).status, status, "rk {rk}, level {level}");
        }
    }
}

#[test]
fn cpr05_an_assertion_has_neither_input_nor_output() {
    for rk in [true, false] {
        let mut sim = phone();
        let open = registered(&mut sim, &request(rk).extension("credProtect", 1));
        let assertion = get_assertion(RP).list([open.as_slice()]).extension("credProtect", 3);
        let auth_data = sim.send(&assertion).auth_data().unwrap();
        assert_eq!((auth_data.flags, auth_data.extensions), (0x01, None));
        let mut sim = phone();
        let protected = registered(&mut sim, &request(rk).extension("credProtect", 3));
        let lowering = get_assertion(RP).list([protected.as_slice()]).extension("credProtect", 1);
        assert_eq!(sim.send(&lowering).status, 0x2E, "an input cannot lower the level");
        assert_eq!(sim.send(&get_assertion(RP).list([protected.as_slice()])).status, 0x2E);
    }
}

#[test]
fn cpr05_a_new_credential_has_its_own_level() {
    let mut sim = phone();
    registered(&mut sim, &request(true).extension("credProtect", 3));
    assert_eq!(sim.send(&get_assertion(RP)).status, 0x2E);
    registered(&mut sim, &request(true));
    assert_eq!(
        sim.send(&get_assertion(RP)).status,
        0x00,
        "the level went with the credential it was set for"
    );
}

#[test]
fn cpr07_it_is_announced_where_verification_is_possible() {
    use BuiltInVerification::{Configured, NotConfigured, Unsupported};
    for verification in [Configured, NotConfigured, Unsupported] {
        let mut sim = Sim::new(Profile { verification, ..Profile::phone([0; 16]) });
        let info = decode(&sim.send_bytes(&[0x04]).raw).unwrap();
        let extensions = at(&info, 0x02).and_then(Value::as_array).unwrap();
        assert!(extensions.contains(&Value::from("credProtect")), "{verification:?}");
    }
}
