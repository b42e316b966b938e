//! makeCredential without `rk`: the credential is its id (MC-26, CI-01, CI-02), and ids in general (AD-05).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::Profile;
use authenticator_core::store::Listed;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, at, decode};
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, algorithm, get_assertion, make_credential};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::Duration;

const RP: &str = "example.com";

fn security_key() -> Sim {
    Sim::new(Profile::security_key([0; 16]))
}

fn request(algorithm_id: i64) -> Request {
    make_credential(RP, b"user 1").with(0x04, array([algorithm(algorithm_id)]))
}

/// Registers and returns the credential id.
fn registered(sim: &mut Sim, request: &Request) -> Vec<u8> {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00, "{request:?}");
    reply.auth_data().unwrap().credential_id.unwrap()
}

fn sign_in(sim: &mut Sim, rp_id: &str, id: &[u8]) -> u8 {
    sim.send(&get_assertion(rp_id).list([id])).status
}

#[test]
fn mc26_a_sealed_credential_signs_in_when_it_is_named() {
    for algorithm_id in [-7, -8] {
        let mut sim = security_key();
        let credential = sim.send(&request(algorithm_id)).auth_data().unwrap();
        let id = credential.credential_id.clone().unwrap();
        sim.power_cycle(Duration::from_secs(60));
        let reply = sim.send(&get_assertion(RP).list([[9; 32].as_slice(), &id]));
        assert_eq!(reply.status, 0x00);
        assert_eq!(reply.credential_id(), Some(id));
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
        assert_eq!(sim.send(&get_assertion(RP)).status, 0x2E, "it is not discovered");
    }
}

#[test]
fn mc26_ci01_a_sealed_credential_is_of_one_site() {
    for algorithm_id in [-7, -8] {
        let mut sim = security_key();
        let id = registered(&mut sim, &request(algorithm_id));
        for other in ["example.org", "www.example.com", "Example.com", "example.com.", ""] {
            assert_eq!(sign_in(&mut sim, other, &id), 0x2E, "{other:?}");
        }
        assert_eq!(sign_in(&mut sim, RP, &id), 0x00);
    }
}

#[test]
fn mc26_ci01_a_changed_id_is_nobody_s() {
    for algorithm_id in [-7, -8] {
        let mut sim = security_key();
        let id = registered(&mut sim, &request(algorithm_id));
        for place in 0..id.len() {
            for bit in [0x01, 0x10, 0x80] {
                let mut changed = id.clone();
                changed[place] ^= bit;
                assert_eq!(sign_in(&mut sim, RP, &changed), 0x2E, "byte {place}, bit {bit:#x}");
            }
        }
        let longer = [id.as_slice(), &[0]].concat();
        for changed in [&id[1..], &id[..id.len() - 1], &id[..16], &longer] {
            assert_eq!(sign_in(&mut sim, RP, changed), 0x2E, "{} bytes", changed.len());
        }
        assert_eq!(sign_in(&mut sim, RP, &id), 0x00);
    }
}

#[test]
fn mc26_ci02_reset_kills_every_sealed_credential() {
    for algorithm_id in [-7, -8] {
        let mut sim = security_key();
        let id = registered(&mut sim, &request(algorithm_id));
        assert_eq!(sign_in(&mut sim, RP, &id), 0x00);
        assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
        assert_eq!(sign_in(&mut sim, RP, &id), 0x2E);
        let new = registered(&mut sim, &request(algorithm_id));
        assert_eq!(sign_in(&mut sim, RP, &new), 0x00);
    }
}

#[test]
fn mc26_ci01_another_authenticator_s_id_is_nobody_s() {
    let id = registered(&mut security_key(), &request(-7));
    let mut other = Sim::over(Profile::security_key([0; 16]), Default::default(), 2).unwrap();
    assert_eq!(sign_in(&mut other, RP, &id), 0x2E);
}

/// A stored credential's wrapped key looks like a sealed id. It is none: the record alone decides what it may be used for.
#[test]
fn mc26_a_stored_key_s_handle_is_no_credential_id() {
    let mut sim = security_key();
    registered(&mut sim, &request(-7).option("rk", true));
    let mut handle = Vec::new();
    let _ = sim.world.context().vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be read") };
        handle = entry.credential.key.handle.as_slice().to_vec();
        ControlFlow::Continue(())
    });
    assert_eq!(handle.len(), 64);
    assert_eq!(sign_in(&mut sim, RP, &handle), 0x2E);
}

#[test]
fn ad05_ids_are_as_long_as_their_kind_and_no_longer_than_announced() {
    let mut sim = security_key();
    let info = decode(&sim.send_bytes(&[0x04]).raw).unwrap();
    let announced = at(&info, 0x08).and_then(Value::as_integer).map(i128::from).unwrap();
    assert_eq!(announced, 96);
    for (algorithm_id, rk, length) in [(-7, true, 32), (-8, true, 32), (-7, false, 64), (-8, false, 96)] {
        let id = registered(&mut sim, &request(algorithm_id).option("rk", rk));
        assert_eq!(id.len(), length, "algorithm {algorithm_id}, rk {rk}");
    }
}

/// A thousand registrations: no id comes twice, and no two ids of a kind share even their random first half.
#[test]
fn ad05_ids_never_repeat() {
    let mut sim = security_key();
    let (mut ids, mut starts) = (HashSet::new(), HashSet::new());
    for round in 0..1000_u32 {
        let (rk, algorithm_id) = (round % 4 < 2, if round % 2 == 0 { -7 } else { -8 });
        let id = registered(&mut sim, &request(algorithm_id).option("rk", rk).with(0x0B, array(["none"])));
        // A sealed id begins with a version; the twelve bytes after it are random like those of the others.
        assert!(starts.insert(id[1..13].to_vec()), "round {round}");
        assert!(ids.insert(id), "round {round}");
    }
    assert_eq!(ids.len(), 1000);
}
