//! getAssertion: what it refuses, what it asks, and what it answers.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod sign_in;

use authenticator_core::key::KeyError;
use authenticator_core::{
    Ask, BuiltInVerification, Command, Gesture, Manage, Presence, Profile, Prompt, Refusal, RequestError,
    Verification, decode,
};
use authenticator_testkit::cbor::{Value, array, bytes, map, named};
use authenticator_testkit::request::{CLIENT_DATA_HASH, get_assertion};
use authenticator_testkit::{Answer, Fault, Mood, Sim};
use sign_in::{New, SITE, biometric_key, count, id, phone, register, security_key, stored, user_id};
use std::time::Duration;

#[test]
fn ga01_each_required_member_is_required() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"1"));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    for member in [0x01, 0x02] {
        assert_eq!(sim.send(&get_assertion(SITE).without(member)).status, 0x14, "without {member}");
    }
    assert_eq!(sim.send(&get_assertion(SITE).with(0x01, bytes(b"example.com"))).status, 0x11);
    assert_eq!(sim.send(&get_assertion(SITE).with(0x02, "text")).status, 0x11);
    for length in [0, 31, 33] {
        let request = get_assertion(SITE).with(0x02, bytes(&vec![0xCD; length]));
        assert_eq!(sim.send(&request).status, 0x02, "a hash of {length} bytes");
        assert_eq!(decode(&request.encode(), 1200).err(), Some(RequestError::HashLength));
    }
}

#[test]
fn ga02_pin_uv_auth_without_a_supported_protocol() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"1"));
    let request = get_assertion(SITE).with(0x06, bytes(&[0; 16]));
    assert_eq!(sim.send(&request).status, 0x14);
    for protocol in [0, 3, 99] {
        assert_eq!(sim.send(&request.clone().with(0x07, protocol)).status, 0x02, "protocol {protocol}");
    }
    assert!(sim.user.seen.is_empty(), "nobody is asked before the protocol is known");
    // A protocol without a parameter is nothing to refuse.
    assert_eq!(sim.send(&get_assertion(SITE).with(0x07, 1)).status, 0x00);
}

#[test]
fn ga03_options() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"1"));
    for rk in [true, false] {
        assert_eq!(sim.send(&get_assertion(SITE).option("rk", rk)).status, 0x2B, "rk {rk}");
    }
    assert_eq!(sim.send(&get_assertion(SITE).option("uv", true)).status, 0x2C);
    assert!(sim.user.seen.is_empty());

    for request in [
        get_assertion(SITE),
        get_assertion(SITE).option("up", true),
        get_assertion(SITE).option("uv", false),
        get_assertion(SITE).option("unheardOf", true),
    ] {
        let reply = sim.send(&request);
        assert_eq!(reply.status, 0x00);
        assert_eq!(
            reply.auth_data().expect("authenticator data").flags,
            0x01,
            "up is true when absent, uv false"
        );
        assert_eq!(sim.user.seen.pop().map(|seen| seen.ask), Some(Ask::Presence));
    }
}

#[test]
fn ga03_uv_wants_verification_that_is_set_up() {
    for (verification, status) in [
        (BuiltInVerification::Unsupported, 0x2C),
        (BuiltInVerification::NotConfigured, 0x2C),
        (BuiltInVerification::Configured, 0x00),
    ] {
        let mut sim = Sim::new(Profile { verification, ..Profile::security_key([0; 16]) });
        register(&mut sim, New::user(b"1"));
        assert_eq!(sim.send(&get_assertion(SITE).option("uv", true)).status, status, "{verification:?}");
    }
}

/// Covers: AD-08
#[test]
fn ga04_always_uv_demands_verification_unless_up_is_false() {
    for (verification, status, ask) in [
        (BuiltInVerification::Configured, 0x00, Some(Ask::Verification)),
        (BuiltInVerification::NotConfigured, 0x36, None),
        (BuiltInVerification::Unsupported, 0x36, None),
    ] {
        let mut plain = Sim::new(Profile { verification, ..Profile::security_key([0; 16]) });
        let credential = register(&mut plain, New::user(b"1"));
        let profile = Profile { always_uv: true, verification, ..Profile::security_key([0; 16]) };
        let mut sim = Sim::over(profile, plain.world.store.inner, 2).expect("the same store");

        let reply = sim.send(&get_assertion(SITE));
        assert_eq!(reply.status, status, "{verification:?}");
        assert_eq!(sim.user.seen.pop().map(|seen| seen.ask), ask);
        if status == 0x00 {
            assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x05);
        }

        let reply = sim.send(&get_assertion(SITE).option("up", false));
        assert_eq!(reply.status, 0x00, "{verification:?}: up false is exempt");
        assert!(sim.user.seen.is_empty());
        assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x00);
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
    }
}

const UNVERIFIED: Gesture = Gesture { verification: Verification::No, ..Gesture::TOUCH };
const ABSENT: Gesture = Gesture { presence: Presence::No, ..Gesture::TOUCH };
const VERIFIED_ABSENT: Gesture = Gesture { presence: Presence::No, ..Gesture::VERIFIED };

/// Covers: ST-02
#[test]
fn ga07_verification_that_fails() {
    for (answer, status) in [
        (Answer::Refuse(Refusal::TimedOut), 0x2F),
        (Answer::Refuse(Refusal::VerificationFailed { left: 3 }), 0x27),
        (Answer::Refuse(Refusal::VerificationFailed { left: 0 }), 0x32),
        (Answer::Refuse(Refusal::LockedOut { until: None }), 0x32),
        (Answer::Refuse(Refusal::LockedOut { until: Some(Duration::from_secs(9)) }), 0x32),
        (Answer::Refuse(Refusal::Unavailable), 0x27),
        (Answer::Refuse(Refusal::Declined), 0x27),
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
        (Answer::Give(UNVERIFIED), 0x27),
        (Answer::Give(VERIFIED_ABSENT), 0x27),
    ] {
        let mut sim = phone();
        let credential = register(&mut sim, New::user(b"1"));
        sim.user.will(answer.clone());
        let reply = sim.send(&get_assertion(SITE).option("uv", true));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{answer:?}");
        assert_eq!(stored(&mut sim, &credential).expect("still there").1, None, "{answer:?}");
        assert_eq!(sim.send(&get_assertion(SITE).option("uv", true)).status, 0x00, "after {answer:?}");
    }
}

/// Covers: ST-02
#[test]
fn ga12_presence_that_is_refused() {
    for (answer, status) in [
        (Answer::Refuse(Refusal::Declined), 0x27),
        (Answer::Refuse(Refusal::TimedOut), 0x27),
        (Answer::Refuse(Refusal::Unavailable), 0x27),
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
        (Answer::Give(ABSENT), 0x27),
        (Answer::Give(VERIFIED_ABSENT), 0x27),
    ] {
        let mut sim = phone();
        register(&mut sim, New::user(b"1"));
        sim.user.will(answer.clone());
        let reply = sim.send(&get_assertion(SITE));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{answer:?}");
        assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00, "after {answer:?}");
    }
}

/// Covers: ST-01
#[test]
fn ga12_the_prompt_names_the_site_and_waits() {
    let mut sim = phone();
    register(&mut sim, New::user(b"1").at("login.example.org"));
    assert_eq!(sim.send(&get_assertion("login.example.org")).status, 0x00);
    let Prompt::SignIn { rp_id } = &sim.user.seen[0].prompt else { panic!("another prompt") };
    assert_eq!(rp_id.as_str(), "login.example.org");
    let request = get_assertion("login.example.org").encode();
    let step = decode(&request, 7609).expect("decodes").begin(&mut sim.world.context(), sim.requester);
    let authenticator_core::Step::NeedsUser(needs) = step else { panic!("another step") };
    assert!(needs.timeout() >= Duration::from_secs(10));
}

/// Covers: AD-04
#[test]
fn ga12_ga04_a_silent_look_asks_nobody_and_changes_nothing() {
    for mut sim in [phone(), security_key()] {
        let discoverable = register(&mut sim, New::user(b"1"));
        let sealed = register(&mut sim, New::user(b"2").non_discoverable());
        let commits = sim.world.store.commits();
        for credential in [&discoverable, &sealed] {
            let reply = sim.send(&get_assertion(SITE).list([id(credential)]).option("up", false));
            assert_eq!(reply.status, 0x00);
            assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x00);
            assert!(reply.is_signed_by(credential, &CLIENT_DATA_HASH));
            assert_eq!(sim.send_bytes(&[0x08]).status, 0x30, "nothing to continue");
        }
        assert_eq!(sim.send(&get_assertion("other.example").option("up", false)).status, 0x2E);
        assert!(sim.user.seen.is_empty(), "no prompt");
        assert_eq!(sim.world.store.commits(), commits, "not even a hint");
    }
}

/// Covers: AD-04
#[test]
fn ga12_up_false_with_uv_verifies_and_leaves_up_clear() {
    for gesture in [Gesture::VERIFIED, VERIFIED_ABSENT] {
        let mut sim = phone();
        let credential = register(&mut sim, New::user(b"1"));
        let commits = sim.world.store.commits();
        sim.user.will(Answer::Give(gesture));
        let reply = sim.send(&get_assertion(SITE).option("up", false).option("uv", true));
        assert_eq!(reply.status, 0x00);
        assert_eq!(sim.user.seen[0].ask, Ask::Verification);
        assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x04);
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
        assert_eq!(sim.world.store.commits(), commits, "no hint without presence");
    }
}

/// Covers: AD-08
#[test]
fn ga17_ga18_names_are_for_verified_users() {
    for uv in [true, false] {
        let mut sim = phone();
        register(&mut sim, New::user(b"handle").named(Some("alice")));
        let reply = sim.send(&get_assertion(SITE).option("uv", uv));
        assert_eq!(reply.auth_data().expect("authenticator data").uv(), uv);
        assert_eq!(user_id(&reply), Some(b"handle".to_vec()));
        let user = reply.member(0x04).expect("a discoverable credential knows its user");
        let name = |key| named(&user, key).and_then(Value::as_text);
        let expected = uv.then_some("alice");
        assert_eq!((name("name"), name("displayName")), (expected, expected), "uv {uv}");
    }
}

#[test]
fn ga17_ga18_several_accounts_show_names_only_with_uv() {
    for uv in [true, false] {
        let mut sim = biometric_key();
        register(&mut sim, New::user(b"1").named(Some("alice")));
        register(&mut sim, New::user(b"2").named(Some("bob")));
        let replies = [sim.send(&get_assertion(SITE).option("uv", uv)), sim.send_bytes(&[0x08])];
        for (reply, (handle, name)) in replies.iter().zip([(b"2", "bob"), (b"1", "alice")]) {
            let user = reply.member(0x04).expect("user");
            assert_eq!(user_id(reply), Some(handle.to_vec()));
            assert_eq!(named(&user, "name").and_then(Value::as_text), uv.then_some(name));
        }
    }
}

#[test]
fn ga17_a_non_discoverable_credential_knows_no_user() {
    let mut sim = phone();
    let sealed = register(&mut sim, New::user(b"1").non_discoverable());
    let reply = sim.send(&get_assertion(SITE).list([id(&sealed)]).option("uv", true));
    assert_eq!(reply.status, 0x00);
    assert_eq!(reply.member(0x04), None);
    // Named by an allow list, a discoverable one says whose it is.
    let discoverable = register(&mut sim, New::user(b"2"));
    let reply = sim.send(&get_assertion(SITE).list([id(&discoverable)]));
    assert_eq!(user_id(&reply), Some(b"2".to_vec()));
}

#[test]
fn ga19_the_descriptor_is_always_sent() {
    let mut sim = security_key();
    let sealed = register(&mut sim, New::user(b"1").non_discoverable());
    let discoverable = register(&mut sim, New::user(b"2"));
    for (request, credential) in [
        (get_assertion(SITE), &discoverable),
        (get_assertion(SITE).list([id(&discoverable)]), &discoverable),
        (get_assertion(SITE).list([id(&sealed)]), &sealed),
    ] {
        let reply = sim.send(&request);
        let descriptor = map([("id", bytes(id(credential))), ("type", Value::from("public-key"))]);
        assert_eq!(reply.member(0x01), Some(descriptor));
    }
}

/// Covers: AD-07
#[test]
fn ga20_ck03_ad01_ad02_ad03_ad04_authenticator_data_and_signature() {
    for (algorithm, discoverable) in [(-7, true), (-7, false), (-8, true), (-8, false)] {
        let mut sim = phone();
        let new = New { algorithm, discoverable, ..New::user(b"1") };
        let credential = register(&mut sim, new);
        let list = || get_assertion(SITE).list([id(&credential)]);
        for (request, flags) in [
            (list(), 0x01),
            (list().option("uv", true), 0x05),
            (list().option("up", false), 0x00),
            (list().option("up", false).option("uv", true), 0x04),
        ] {
            let reply = sim.send(&request);
            let raw =
                reply.member(0x02).and_then(|data| data.as_bytes().cloned()).expect("authenticator data");
            assert_eq!(raw.len(), 37, "no attested credential data, no extensions");
            assert_eq!(raw[..32], authenticator_core::credential::RpIdHash::of(SITE).0);
            // UP 01, UV 04; BE 08 and BS 10, AT 40, ED 80 and the reserved bits stay clear.
            assert_eq!(raw[32], flags);
            assert_eq!(raw[33..], [0; 4]);
            assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
            assert!(!reply.is_signed_by(&credential, &[0xCE; 32]), "it signs this client data only");
        }
    }
}

/// Covers: CPR-05
#[test]
fn ga22_the_reply_has_what_applies_and_nothing_else() {
    let mut sim = phone();
    register(&mut sim, New::user(b"1"));
    // credProtect has no input here; it and largeBlobKey are passed over and answered with nothing.
    let request = get_assertion(SITE).extension("credProtect", 3).extension("largeBlobKey", true);
    let reply = sim.send(&request);
    assert_eq!(reply.status, 0x00);
    for (member, present) in [(1, true), (2, true), (3, true), (4, true), (5, false), (6, false), (7, false)]
    {
        assert_eq!(reply.member(member).is_some(), present, "member {member}");
    }
    assert_eq!(count(&reply), None);
    assert_eq!(sim.send(&get_assertion(SITE).with(0x04, array([1]))).status, 0x11);
}

#[test]
fn a_key_that_fails_ends_the_sign_in() {
    for (error, status) in [
        (KeyError::Missing, 0x2E),
        (KeyError::Invalidated, 0x2E),
        (KeyError::LockedOut, 0x27),
        (KeyError::Refused, 0x27),
        (KeyError::Failed, 0x7F),
    ] {
        let mut sim = phone();
        let credential = register(&mut sim, New::user(b"1"));
        sim.keys.will(Mood::Fails(error));
        let reply = sim.send(&get_assertion(SITE));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{error:?}");
        assert_eq!(stored(&mut sim, &credential).expect("still there").1, None);
        // What the platform has invalidated for good is not offered again.
        let again = if error == KeyError::Invalidated { 0x2E } else { 0x00 };
        assert_eq!(sim.send(&get_assertion(SITE)).status, again, "{error:?}");
    }
}

#[test]
fn the_last_use_is_noted_after_the_reply_and_its_loss_is_harmless() {
    let mut sim = phone();
    let credential = register(&mut sim, New::user(b"1"));
    sim.clock.advance(Duration::from_secs(60));
    let now = authenticator_host::Clock::now(&sim.clock).unix;

    let request = get_assertion(SITE).encode();
    let commits = sim.world.store.commits();
    let done = sim.run(decode(&request, 7609).expect("decodes"));
    assert!(done.result.is_ok());
    assert_eq!(sim.world.store.commits(), commits, "the reply does not wait for it");
    assert_eq!(stored(&mut sim, &credential).expect("there").1, None);
    sim.world.write_hint(&done);
    assert_eq!(stored(&mut sim, &credential).expect("there").1, now);

    for fault in Fault::ALL {
        sim.world.store.fail_commit(0, fault);
        sim.clock.advance(Duration::from_secs(60));
        assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00, "{fault:?}");
        let reply = sim.send(&get_assertion(SITE));
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH), "after {fault:?}");
    }
    // Without a date there is nothing to note.
    let commits = sim.world.store.commits();
    let now = authenticator_host::Clock::now(&sim.clock);
    sim.clock.set(authenticator_core::Now { unix: None, ..now });
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    assert_eq!(sim.world.store.commits(), commits);
}

#[test]
fn the_last_use_is_noted_of_the_one_that_signed_in() {
    let mut sim = phone();
    let older = register(&mut sim, New::user(b"1"));
    let newer = register(&mut sim, New::user(b"2"));
    let record = stored(&mut sim, &older).expect("there").0;
    let labelled = sim.run(Command::Manage(Manage::SetHostData(record, b"label")));
    assert!(labelled.result.is_ok());

    sim.user.will(Answer::Choose(1));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    assert!(stored(&mut sim, &older).expect("there").1.is_some());
    assert_eq!(stored(&mut sim, &newer).expect("there").1, None);
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    let kept = vault.by_record(record, |entry| entry.host_data.0.to_vec()).expect("the store can be read");
    assert_eq!(kept.as_deref(), Some(b"label".as_slice()), "the note keeps what the host keeps");
}
