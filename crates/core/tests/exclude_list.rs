//! makeCredential: the exclude list (CTAP 2.3 §6.1.2 step 12).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::{Ask, Gesture, Profile, Prompt, Refusal};
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::request::{Request, descriptor, make_credential};
use authenticator_testkit::{Answer, Mood, Sim};

const RP: &str = "example.com";

fn security_key() -> Sim {
    Sim::new(Profile::security_key([0; 16]))
}

fn phone() -> Sim {
    Sim::new(Profile::phone([0; 16]))
}

/// Registers and returns the credential id.
fn registered(sim: &mut Sim, request: &Request) -> Vec<u8> {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00, "{request:?}");
    reply.auth_data().unwrap().credential_id.unwrap()
}

/// A second user's registration that excludes these credentials.
fn excluding(ids: &[&[u8]]) -> Request {
    make_credential(RP, b"user 2").list(ids.iter().copied())
}

fn shows_exclusion(sim: &Sim) -> bool {
    matches!(sim.user.seen.last().unwrap().prompt, Prompt::Excluded { .. })
}

#[test]
fn mc11_a_list_is_as_long_as_announced_at_most() {
    for (profile, longest) in [(Profile::security_key([0; 16]), 10_u8), (Profile::phone([0; 16]), 64)] {
        for (length, status) in [(longest - 1, 0x00), (longest, 0x00), (longest + 1, 0x15)] {
            let foreign: Vec<_> = (0..length).map(|index| [index; 32]).collect();
            let ids: Vec<_> = foreign.iter().map(<[u8; 32]>::as_slice).collect();
            let mut sim = Sim::new(profile.clone());
            assert_eq!(sim.send(&excluding(&ids)).status, status, "{length} of {longest}");
        }
        // What names nothing counts too.
        let other = map([("id", bytes(b"id")), ("type", Value::from("other"))]);
        let request = make_credential(RP, b"user 2").with(0x05, array(vec![other; usize::from(longest) + 1]));
        assert_eq!(Sim::new(profile).send(&request).status, 0x15);
    }
}

#[test]
fn mc11_ids_of_any_length_that_are_not_ours_match_nothing() {
    for length in [0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 95, 96, 97, 255, 256, 1023] {
        for fill in [0, 1, 0xFF] {
            let id = vec![fill; length];
            assert_eq!(phone().send(&excluding(&[&id])).status, 0x00, "{length} bytes of {fill}");
        }
    }
}

#[test]
fn mc20_an_excluded_credential_is_told_after_a_touch() {
    let mut sim = security_key();
    let id = registered(&mut sim, &make_credential(RP, b"user 1").option("rk", true));
    let (commits, prompts) = (sim.world.store.commits(), sim.user.seen.len());
    sim.keys.will(Mood::Fails(authenticator_core::key::KeyError::Failed)); // no key is asked for
    let reply = sim.send(&excluding(&[&id]).option("rk", true));
    assert_eq!((reply.status, reply.raw.len()), (0x19, 0));
    assert_eq!(sim.user.seen.len(), prompts + 1);
    assert!(shows_exclusion(&sim));
    assert_eq!(sim.user.seen.last().unwrap().ask, Ask::Presence);
    assert_eq!(sim.world.store.commits(), commits);
}

#[test]
fn mc20_whatever_the_touch_was_the_credential_is_excluded_and_only_a_cancel_is_told_apart() {
    let answers = [
        (Answer::Comply, 0x19),
        (Answer::Give(Gesture { presence: authenticator_core::Presence::No, ..Gesture::TOUCH }), 0x19),
        (Answer::Refuse(Refusal::Declined), 0x19),
        (Answer::Refuse(Refusal::TimedOut), 0x19),
        (Answer::Refuse(Refusal::Unavailable), 0x19),
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
    ];
    let mut sim = security_key();
    let id = registered(&mut sim, &make_credential(RP, b"user 1"));
    for (answer, status) in answers {
        sim.user.will(answer.clone());
        assert_eq!(sim.send(&excluding(&[&id])).status, status, "{answer:?}");
        assert!(shows_exclusion(&sim));
    }
}

/// Step 11 goes before step 12: a verification that failed is told first.
/// Covers: MC-19
#[test]
fn mc20_a_failed_verification_comes_before_the_exclusion() {
    let answers = [
        (Answer::Comply, 0x19),
        (Answer::Give(Gesture::TOUCH), 0x27),
        (Answer::Refuse(Refusal::Declined), 0x27),
        (Answer::Refuse(Refusal::TimedOut), 0x2F),
        (Answer::Refuse(Refusal::VerificationFailed { left: 2 }), 0x27),
        (Answer::Refuse(Refusal::VerificationFailed { left: 0 }), 0x32),
        (Answer::Refuse(Refusal::LockedOut { until: None }), 0x32),
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
    ];
    let mut sim = phone();
    let id = registered(&mut sim, &make_credential(RP, b"user 1"));
    for (answer, status) in answers {
        sim.user.will(answer.clone());
        assert_eq!(sim.send(&excluding(&[&id]).option("uv", true)).status, status, "{answer:?}");
        assert_eq!(sim.user.seen.last().unwrap().ask, Ask::Verification);
    }
}

/// Every level, both kinds of credential, with verification and without.
/// Covers: MC-21, CPR-06
#[test]
fn mc20_cred_protect_3_hides_a_credential_without_verification() {
    for rk in [true, false] {
        for level in [None, Some(1), Some(2), Some(3)] {
            for verified in [true, false] {
                let mut sim = phone();
                let first = make_credential(RP, b"user 1").option("rk", rk).option("uv", true);
                let first = level
                    .map_or_else(|| first.clone(), |level| first.clone().extension("credProtect", level));
                let id = registered(&mut sim, &first);
                let status = if level == Some(3) && !verified { 0x00 } else { 0x19 };
                let case = format!("rk {rk}, level {level:?}, verified {verified}");
                let reply = sim.send(&excluding(&[&id]).option("uv", verified));
                assert_eq!(reply.status, status, "{case}");
                assert_eq!(shows_exclusion(&sim), status == 0x19, "{case}");
            }
        }
    }
}

#[test]
fn mc20_the_scan_goes_on_after_an_entry_that_is_hidden() {
    let mut sim = phone();
    let protected = make_credential(RP, b"user 1").extension("credProtect", 3);
    let hidden = registered(&mut sim, &protected);
    let open = registered(&mut sim, &make_credential(RP, b"user 1"));
    assert_eq!(sim.send(&excluding(&[&hidden])).status, 0x00);
    assert_eq!(sim.send(&excluding(&[&hidden, &open])).status, 0x19);
    assert_eq!(sim.send(&excluding(&[&open, &hidden])).status, 0x19);
    assert_eq!(sim.send(&excluding(&[&[9; 32], &[], &[1; 64], &hidden, &open])).status, 0x19);
}

/// The host verified although only a touch was asked for: the real outcome decides.
#[test]
fn mc20_a_verification_that_was_not_asked_for_reveals_what_it_hides() {
    let mut sim = phone();
    let hidden = registered(&mut sim, &make_credential(RP, b"user 1").extension("credProtect", 3));
    let commits = sim.world.store.commits();
    sim.user.will(Answer::Give(Gesture::VERIFIED));
    assert_eq!(sim.send(&excluding(&[&hidden])).status, 0x19);
    assert_eq!(sim.world.store.commits(), commits);
}

#[test]
fn mc21_every_kind_of_credential_is_excluded_at_any_place_of_the_list() {
    let mut sim = security_key();
    let kinds = [
        ("discoverable", true, -7),
        ("discoverable", true, -8),
        ("sealed", false, -7),
        ("sealed", false, -8),
    ];
    for (kind, rk, algorithm) in kinds {
        let algorithms = array([authenticator_testkit::request::algorithm(algorithm)]);
        let user = format!("{kind} {algorithm}");
        let request = make_credential(RP, user.as_bytes()).option("rk", rk).with(0x04, algorithms);
        let id = registered(&mut sim, &request);
        for place in [0, 1, 9] {
            let mut ids: Vec<&[u8]> = vec![&[0xEE; 32]; 9];
            ids.insert(place, &id);
            assert_eq!(sim.send(&excluding(&ids)).status, 0x19, "{user} at {place}");
        }
    }
}

#[test]
fn mc21_another_site_s_credentials_never_match() {
    for rk in [true, false] {
        let mut sim = security_key();
        let id = registered(&mut sim, &make_credential("example.org", b"user 1").option("rk", rk));
        assert_eq!(sim.send(&excluding(&[&id])).status, 0x00, "rk {rk}");
        let same_site = make_credential("example.org", b"user 2").list([id.as_slice()]);
        assert_eq!(sim.send(&same_site).status, 0x19, "rk {rk}");
        for near in ["Example.org", "example.org.", "www.example.org", ""] {
            let request = make_credential(near, b"user 2").list([id.as_slice()]);
            assert_eq!(sim.send(&request).status, 0x00, "{near:?}, rk {rk}");
        }
    }
}

#[test]
fn mc21_only_the_type_public_key_matches() {
    for rk in [true, false] {
        let mut sim = security_key();
        let id = registered(&mut sim, &make_credential(RP, b"user 1").option("rk", rk));
        for kind in ["", "public_key", "Public-Key", "public-key "] {
            let other = map([("id", bytes(&id)), ("type", Value::from(kind))]);
            let request = make_credential(RP, b"user 2").with(0x05, array([other]));
            assert_eq!(sim.send(&request).status, 0x00, "{kind:?}");
        }
        let transports = array([Value::from("usb"), Value::from("carrier pigeon")]);
        let full = map([
            ("id", bytes(&id)),
            ("type", Value::from("public-key")),
            ("transports", transports),
            ("x", Value::Null),
        ]);
        assert_eq!(sim.send(&make_credential(RP, b"user 2").with(0x05, array([full]))).status, 0x19);
    }
}

#[test]
fn mc21_every_descriptor_is_checked_even_after_a_match_and_of_another_type() {
    let mut sim = security_key();
    let id = registered(&mut sim, &make_credential(RP, b"user 1"));
    let kind = || Value::from("public-key");
    let broken = [
        (Value::from(1), 0x11),
        (bytes(&id), 0x11),
        (map([("id", Value::from("text")), ("type", kind())]), 0x11),
        (map([("id", Value::from("text")), ("type", Value::from("other"))]), 0x11),
        (map([("id", bytes(&id)), ("type", bytes(b"public-key"))]), 0x11),
        (map([("id", bytes(&id)), ("type", Value::from("other")), ("transports", Value::from("usb"))]), 0x11),
        (map([("id", bytes(&id))]), 0x14),
        (map([("type", kind())]), 0x14),
        (map([("type", Value::from("other"))]), 0x14),
    ];
    let prompts = sim.user.seen.len();
    for (element, status) in broken {
        let request = make_credential(RP, b"user 2").with(0x05, array([descriptor(&id), element.clone()]));
        assert_eq!(sim.send(&request).status, status, "{element:?}");
    }
    assert_eq!(sim.user.seen.len(), prompts, "nobody is asked");
}

#[test]
fn mc21_a_credential_that_is_gone_excludes_no_more() {
    let mut sim = security_key();
    let discoverable = registered(&mut sim, &make_credential(RP, b"user 1").option("rk", true));
    let sealed = registered(&mut sim, &make_credential(RP, b"user 1"));
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(sim.send(&excluding(&[&discoverable, &sealed])).status, 0x00);
}
