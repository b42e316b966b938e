//! makeCredential: when verification is demanded, whom a request asks, and what the answers prove (CTAP 2.3 §6.1.2
//! steps 5 to 8 and 10 to 14).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::{Ask, BuiltInVerification, Gesture, Presence, Profile, Prompt, Refusal};
use authenticator_testkit::cbor::{Value, at, decode, named};
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};
use std::time::Duration;

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
fn mc06_mc16_a_touch_proves_presence_and_nothing_else() {
    let mut sim = phone(); // it could verify, and is not asked to
    let reply = sim.send(&request());
    assert_eq!(reply.status, 0x00);
    assert_eq!(sim.user.seen.len(), 1);
    assert_eq!(sim.user.seen[0].ask, Ask::Presence);
    assert_eq!(reply.auth_data().unwrap().flags, 0x41);
}

#[test]
fn mc06_mc23_ad08_an_answer_that_proves_nothing_makes_nothing() {
    let nobody = Gesture { presence: Presence::No, ..Gesture::TOUCH };
    let absent = Gesture { presence: Presence::No, ..Gesture::VERIFIED };
    // What the request asks for, and an answer that is less.
    for (uv, gesture) in
        [(false, nobody), (false, absent), (true, nobody), (true, absent), (true, Gesture::TOUCH)]
    {
        let mut sim = phone();
        sim.user.will(Answer::Give(gesture));
        let reply = sim.send(&request().option("uv", uv));
        assert_eq!(reply.status, 0x27, "uv {uv}, {gesture:?}");
        assert!(reply.raw.is_empty());
    }
}

#[test]
fn mc12_always_uv_asks_for_verification_whatever_the_request_says() {
    let profile = Profile { always_uv: true, ..Profile::phone([0; 16]) };
    let requests = [
        request(),
        request().option("uv", false),
        request().option("rk", true),
        request().option("uv", true),
    ];
    for request in requests {
        let mut sim = Sim::new(profile.clone());
        let reply = sim.send(&request);
        assert_eq!((reply.status, sim.user.seen[0].ask), (0x00, Ask::Verification), "{request:?}");
        assert_eq!(reply.auth_data().unwrap().flags, 0x45, "{request:?}");
        sim.user.will(Answer::Give(Gesture::TOUCH));
        assert_eq!(sim.send(&request).status, 0x27, "a touch is not enough");
    }
    let options =
        decode(&Sim::new(profile).send_bytes(&[0x04]).raw).and_then(|info| at(&info, 0x04).cloned());
    assert_eq!(named(&options.unwrap(), "makeCredUvNotRqd"), Some(&Value::from(false)));
}

#[test]
fn mc12_always_uv_without_verification_denies_everything() {
    use BuiltInVerification::{NotConfigured, Unsupported};
    for verification in [Unsupported, NotConfigured] {
        let profile = Profile { always_uv: true, verification, ..Profile::phone([0; 16]) };
        for request in [request(), request().option("rk", true), request().option("uv", false)] {
            assert_eq!(refused_at_once(&mut Sim::new(profile.clone()), &request), 0x27, "{request:?}");
        }
    }
}

/// makeCredUvNotRqd, protection, rk and uv in every combination.
/// Covers: MC-14, MC-16
#[test]
fn mc13_verification_is_demanded_by_protection_and_rk() {
    use BuiltInVerification::{Configured, NotConfigured, Unsupported};
    for not_required in [true, false] {
        for verification in [Unsupported, NotConfigured, Configured] {
            for rk in [None, Some(false), Some(true)] {
                let profile =
                    Profile { make_cred_uv_not_rqd: not_required, verification, ..Profile::phone([0; 16]) };
                let request = rk.map_or_else(request, |rk| request().option("rk", rk));
                let demanded = verification == Configured && (!not_required || rk == Some(true));
                let case = format!("not required: {not_required}, {verification:?}, rk {rk:?}");
                let mut sim = Sim::new(profile);
                if demanded {
                    assert_eq!(refused_at_once(&mut sim, &request), 0x27, "{case}");
                    let reply = sim.send(&request.option("uv", true));
                    assert_eq!((reply.status, reply.auth_data().unwrap().flags), (0x00, 0x45), "{case}");
                } else {
                    let reply = sim.send(&request);
                    assert_eq!((reply.status, reply.auth_data().unwrap().flags), (0x00, 0x41), "{case}");
                }
            }
        }
    }
}

#[test]
fn mc19_what_failed_verification_answers() {
    let cases = [
        (Refusal::TimedOut, 0x2F),
        (Refusal::VerificationFailed { left: 0 }, 0x32),
        (Refusal::LockedOut { until: None }, 0x32),
        (Refusal::LockedOut { until: Some(Duration::from_secs(30)) }, 0x32),
        (Refusal::VerificationFailed { left: 1 }, 0x27),
        (Refusal::Declined, 0x27),
        (Refusal::Unavailable, 0x27),
        (Refusal::Cancelled, 0x2D),
    ];
    for (refusal, status) in cases {
        let mut sim = phone();
        sim.user.will(Answer::Refuse(refusal));
        let commits = sim.world.store.commits();
        let reply = sim.send(&request().option("uv", true).option("rk", true));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{refusal:?}");
        assert_eq!(sim.world.store.commits(), commits, "{refusal:?}: nothing is written");
    }
}

#[test]
fn mc19_mc22_one_verification_is_presence_as_well() {
    let mut sim = phone();
    let reply = sim.send(&request().option("uv", true));
    assert_eq!((reply.status, reply.auth_data().unwrap().flags), (0x00, 0x45));
    assert_eq!(sim.user.seen.len(), 1, "the touch is not asked for again");
    assert_eq!(sim.user.seen[0].ask, Ask::Verification);
}

#[test]
fn mc23_what_refused_presence_answers() {
    let cases = [
        (Refusal::Declined, 0x27),
        (Refusal::TimedOut, 0x27),
        (Refusal::Unavailable, 0x27),
        (Refusal::VerificationFailed { left: 0 }, 0x27),
        (Refusal::LockedOut { until: None }, 0x27),
        (Refusal::Cancelled, 0x2D),
    ];
    for (refusal, status) in cases {
        let mut sim = security_key();
        sim.user.will(Answer::Refuse(refusal));
        let commits = sim.world.store.commits();
        let reply = sim.send(&request().option("rk", true));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{refusal:?}");
        assert_eq!(sim.world.store.commits(), commits, "{refusal:?}: nothing is written");
        assert_eq!(sim.send(&get_assertion(RP)).status, 0x2E, "{refusal:?}");
    }
}

#[test]
fn mc23_the_prompt_says_which_site_and_account() {
    let mut sim = security_key();
    assert_eq!(sim.send(&request()).status, 0x00);
    let Prompt::Register { rp_id, user } = &sim.user.seen[0].prompt else { panic!("{:?}", sim.user.seen) };
    assert_eq!((rp_id.as_str(), user.id.as_slice()), (RP, b"user 1".as_slice()));
    assert_eq!(user.name.as_ref().map(|name| name.as_str()), Some("alice"));
    assert_eq!(user.display_name.as_ref().map(|name| name.as_str()), Some("Alice"));
}

#[test]
fn ad08_verification_counts_for_one_ceremony_only() {
    let mut sim = phone();
    assert!(sim.send(&request().option("uv", true)).auth_data().unwrap().uv());
    assert!(!sim.send(&request()).auth_data().unwrap().uv());
}
