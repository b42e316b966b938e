//! makeCredential: what the key backend answers, and what comes of it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::key::{Backend, KeyError, KeyRef, KeyUse, NewKey, software};
use authenticator_core::{
    Bytes, Error, Gesture, NeedsKeypair, Profile, PublicKey, Reply, Requester, Session, Step, decode,
};
use authenticator_host::Clock;
use authenticator_testkit::cbor::{Value, array, at};
use authenticator_testkit::request::{Request, algorithm, get_assertion, make_credential};
use authenticator_testkit::{Mood, Sim, with_keystore};
use std::time::Duration;

const RP: &str = "example.com";

const ERRORS: [(KeyError, u8); 6] = [
    (KeyError::Missing, 0x2E),
    (KeyError::Invalidated, 0x2E),
    (KeyError::LockedOut, 0x27),
    (KeyError::Refused, 0x27),
    (KeyError::Unsupported, 0x26),
    (KeyError::Failed, 0x7F),
];

fn request(rk: bool) -> Request {
    make_credential(RP, b"user 1").option("rk", rk)
}

fn security_key() -> Sim {
    Sim::new(Profile::security_key([0; 16]))
}

/// Runs until a key pair is asked for; a backend of the host's has its intent committed first.
fn until_keypair(sim: &mut Sim, request: &Request) -> NeedsKeypair {
    let bytes = request.encode();
    let step = decode(&bytes, 1200).unwrap().begin(&mut sim.world.context(), Requester::default());
    let Step::NeedsUser(needs) = step else { panic!("{step:?}") };
    let mut step = needs.resume(&mut sim.world.context(), Ok(Gesture::TOUCH));
    if matches!(step, Step::NeedsCommit(_)) {
        step = sim.answer(step);
    }
    match step {
        Step::NeedsKeypair(needs) => needs,
        step => panic!("{step:?}"),
    }
}

/// The backend fails at the first request, the key pair, or at the second, the attestation.
/// Covers: MC-25
#[test]
fn mc05_a_key_that_is_not_made_or_not_used_makes_no_credential() {
    for (error, status) in ERRORS {
        for willing in [0, 1] {
            for rk in [true, false] {
                let mut sim = security_key();
                let old = sim.send(&request(true)).auth_data().unwrap().credential_id;
                for _ in 0..willing {
                    sim.keys.will(Mood::Willing);
                }
                sim.keys.will(Mood::Fails(error));
                let commits = sim.world.store.commits();
                let reply = sim.send(&request(rk));
                assert_eq!((reply.status, reply.raw.len()), (status, 0), "{error:?} after {willing}");
                assert_eq!(sim.world.store.commits(), commits, "{error:?} after {willing}");
                assert_eq!(sim.send(&get_assertion(RP)).credential_id(), old, "the old one is still there");
            }
        }
    }
}

#[test]
fn at05_without_attestation_no_key_is_used() {
    for rk in [true, false] {
        let mut sim = security_key();
        sim.keys.will(Mood::Willing).will(Mood::Fails(KeyError::Failed));
        assert_eq!(sim.send(&request(rk).with(0x0B, array(["none"]))).status, 0x00);
    }
}

#[test]
fn mc05_a_key_of_another_algorithm_is_not_taken() {
    for rk in [true, false] {
        for (wanted, made) in
            [(-7, PublicKey::Ed25519([1; 32])), (-8, PublicKey::P256 { x: [1; 32], y: [2; 32] })]
        {
            let mut sim = security_key();
            let commits = sim.world.store.commits();
            let needs = until_keypair(&mut sim, &request(rk).with(0x04, array([algorithm(wanted)])));
            assert_eq!(needs.request().algorithm.cose_id(), wanted);
            let handle = Bytes::new(&[3; 64]).unwrap();
            let new = NewKey { public: made, key: KeyRef { backend: Backend::SOFTWARE, handle } };
            let Step::Done(done) = needs.resume(&mut sim.world.context(), Ok(new)) else {
                panic!("not done")
            };
            let error = done.result.unwrap_err();
            assert_eq!((error.status().code(), error), (0x7F, Error::Key(KeyError::Failed)));
            assert_eq!(sim.world.store.commits(), commits);
            assert_eq!(sim.send(&get_assertion(RP)).status, 0x2E);
        }
    }
}

/// What the backend is told: the use, with the level that a sealed id must carry, and what an attestation vouches for.
/// Covers: CPR-06
#[test]
fn mc26_the_backend_is_told_what_the_key_is_for() {
    let mut sim = security_key();
    let stored = until_keypair(&mut sim, &request(true).extension("credProtect", 3));
    assert_eq!(stored.request().key_use, KeyUse::Record);
    for level in [None, Some(2), Some(3)] {
        let asked =
            level.map_or_else(|| request(false), |level| request(false).extension("credProtect", level));
        let sealed = until_keypair(&mut sim, &asked);
        let KeyUse::CredentialId { cred_protect, third_party_payment } = sealed.request().key_use else {
            panic!("{:?}", sealed.request())
        };
        assert_eq!((cred_protect.level(), third_party_payment), (level.unwrap_or(1), false));
        assert_eq!(sealed.request().challenge.0, [0xCD; 32]);
        assert_ne!(sealed.request().alias, stored.request().alias);
    }
}

/// A backend of the host's own may hold the key of a stored credential, whose id has nothing to do with the key's handle.
/// Covers: AD-05
#[test]
fn mc25_a_stored_credential_s_id_is_not_its_key_s_handle() {
    for length in [0, 1, 48, 96] {
        let mut sim = Sim::new(with_keystore(Profile::security_key([0; 16])));
        let needs = until_keypair(&mut sim, &request(true).with(0x0B, array(["none"])));
        let mut step = needs.resume(&mut sim.world.context(), Ok(host_key(&vec![7; length])));
        while !matches!(step, Step::Done(_)) {
            step = sim.answer(step);
        }
        let Step::Done(done) = step else { panic!("not done") };
        let Ok(Reply::Registered(registered)) = done.result else { panic!("{done:?}") };
        assert_eq!(registered.credential_id().len(), 32);
        assert!(!registered.credential_id().starts_with(&[7; 8]));
    }
}

/// What one backend was asked for another does not bring: its protection is not what the site was told.
/// Covers: MC-05
#[test]
fn mc05_a_key_of_another_backend_makes_no_credential() {
    for profile in [Profile::security_key([0; 16]), with_keystore(Profile::security_key([0; 16]))] {
        let mut sim = Sim::new(profile);
        let needs = until_keypair(&mut sim, &request(true));
        let mut key = host_key(&[7; 16]);
        key.key.backend = Backend(9);
        let Step::Done(done) = needs.resume(&mut sim.world.context(), Ok(key)) else { panic!("not done") };
        assert_eq!(done.result.err(), Some(Error::Key(KeyError::Failed)));
    }
}

/// The id of a non-discoverable credential has to open again: a handle that does not is refused, not handed out.
/// Covers: AD-05, CPR-06
#[test]
fn mc26_a_handle_that_does_not_open_is_no_credential_id() {
    let mut sim = security_key();
    let ask = |rp_id: &str| make_credential(rp_id, b"user 1").with(0x0B, array(["none"]));
    let made = |sim: &mut Sim, request: &Request| {
        let needs = until_keypair(sim, request);
        software::generate(&mut sim.world.context(), needs.request()).unwrap()
    };
    let good = made(&mut sim, &ask(RP));
    let of_the_host = NewKey { key: KeyRef { backend: Backend(1), ..good.key.clone() }, ..good.clone() };
    let of_a_record = made(&mut sim, &ask(RP).option("rk", true));
    let of_another_site = made(&mut sim, &ask("example.org"));
    let of_another_level = made(&mut sim, &ask(RP).extension("credProtect", 3));
    let of_another_algorithm =
        NewKey { key: made(&mut sim, &ask(RP).with(0x04, array([algorithm(-8)]))).key, ..good.clone() };
    let refused = [
        host_key(&[]),
        host_key(&[7; 8]),
        host_key(&[1; 64]),
        of_the_host,
        of_a_record,
        of_another_site,
        of_another_level,
        of_another_algorithm,
    ];
    for new in refused {
        let needs = until_keypair(&mut sim, &ask(RP));
        let Step::Done(done) = needs.resume(&mut sim.world.context(), Ok(new.clone())) else {
            panic!("not done")
        };
        let mut reply = [0; 8];
        assert_eq!((done.encode(&sim.world.session, &mut reply), reply[0]), (1, 0x7F), "{new:?}");
        assert_eq!(done.result.map(|_| ()), Err(Error::Key(KeyError::Failed)), "{new:?}");
    }
    let needs = until_keypair(&mut sim, &ask(RP));
    let Step::Done(done) = needs.resume(&mut sim.world.context(), Ok(good)) else { panic!("not done") };
    assert!(done.result.is_ok());
}

fn host_key(handle: &[u8]) -> NewKey {
    let public = PublicKey::P256 { x: [1; 32], y: [2; 32] };
    NewKey { public, key: KeyRef { backend: Backend(1), handle: Bytes::new(handle).unwrap() } }
}

/// Someone else resets while the key is being made: it is a key of the past, and no credential comes of it.
/// Covers: MC-26
#[test]
fn mc25_a_key_from_before_a_reset_makes_no_credential() {
    for rk in [true, false] {
        for format in ["none", "packed"] {
            let mut sim = security_key();
            let needs = until_keypair(&mut sim, &request(rk).with(0x0B, array([format])));
            let new = software::generate(&mut sim.world.context(), needs.request()).unwrap();
            let mine = std::mem::replace(&mut sim.world.session, Session::new(sim.clock.now()));
            assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
            sim.world.session = mine;
            let commits = sim.world.store.commits();
            let mut step = needs.resume(&mut sim.world.context(), Ok(new));
            while !matches!(step, Step::Done(_)) {
                step = sim.answer(step);
            }
            let Step::Done(done) = step else { panic!("not done") };
            assert!(done.result.is_err(), "rk {rk}, {format}");
            assert_eq!(sim.world.store.commits(), commits);
        }
    }
}

#[test]
fn mc05_a_slow_backend_changes_nothing() {
    let mut sim = security_key();
    sim.keys.will(Mood::Slow(Duration::from_secs(300)));
    let reply = sim.send(&request(true));
    assert_eq!(reply.status, 0x00);
    assert_eq!(at(&reply.auth_data().unwrap().public_key.unwrap(), 3), Some(&Value::from(-7)));
    assert_eq!(sim.send(&get_assertion(RP)).status, 0x00);
}
