//! getNextAssertion: the other accounts of a sign-in, one by one, and everything that ends the list.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod sign_in;

use authenticator_core::key::KeyError;
use authenticator_core::{
    Command, Gesture, MakeCredential, Manage, Now, Refusal, Replacement, Requester, decode,
};
use authenticator_host::Clock;
use authenticator_testkit::cbor::named;
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::request::{CLIENT_DATA_HASH, get_assertion, make_credential};
use authenticator_testkit::{Answer, Mood, Sim};
use sign_in::{New, SITE, biometric_key, count, id, register, security_key, stored};
use std::time::Duration;

const NEXT: [u8; 1] = [0x08];

/// A security key with this many accounts at [`SITE`], oldest first.
fn with_accounts(count: u8) -> (Sim, Vec<AuthData>) {
    let mut sim = security_key();
    let all = (0..count).map(|user| register(&mut sim, New::user(&[user]))).collect();
    (sim, all)
}

/// A sign-in with two more accounts to come: the oldest and the middle one.
fn begun() -> (Sim, Vec<AuthData>) {
    let (mut sim, all) = with_accounts(3);
    assert_eq!(count(&sim.send(&get_assertion(SITE))), Some(3));
    (sim, all)
}

fn next(sim: &mut Sim) -> Reply {
    sim.send_bytes(&NEXT)
}

#[test]
fn gn01_st09_without_a_sign_in_there_is_nothing() {
    let (mut sim, _) = with_accounts(2);
    let reply = next(&mut sim);
    assert_eq!((reply.status, reply.raw.len()), (0x30, 0));
    // Nor after one that had a single credential, or failed.
    let (mut sim, _) = with_accounts(1);
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    assert_eq!(next(&mut sim).status, 0x30);
    assert_eq!(sim.send(&get_assertion("other.example")).status, 0x2E);
    assert_eq!(next(&mut sim).status, 0x30);
}

/// Covers: ST-03
#[test]
fn gn05_gn01_st09_newest_first_and_exhausted_for_good() {
    let (mut sim, all) = with_accounts(4);
    assert!(sim.send(&get_assertion(SITE)).is_signed_by(&all[3], &CLIENT_DATA_HASH));
    for credential in all[..3].iter().rev() {
        assert!(next(&mut sim).is_signed_by(credential, &CLIENT_DATA_HASH));
    }
    for _ in 0..3 {
        assert_eq!(next(&mut sim).status, 0x30, "it does not start again");
    }
    assert_eq!(count(&sim.send(&get_assertion(SITE))), Some(4), "a new sign-in does");
    assert_eq!(next(&mut sim).status, 0x00);
}

#[test]
fn gn05_a_replaced_credential_counts_as_new() {
    let (mut sim, all) = with_accounts(3);
    let again = register(&mut sim, New::user(&[0]));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!(count(&reply), Some(3));
    assert!(reply.is_signed_by(&again, &CLIENT_DATA_HASH));
    assert!(next(&mut sim).is_signed_by(&all[2], &CLIENT_DATA_HASH));
    assert!(next(&mut sim).is_signed_by(&all[1], &CLIENT_DATA_HASH));
    assert_eq!(next(&mut sim).status, 0x30);
}

/// Covers: AD-01, AD-04, CK-03, GA-15, GA-17
#[test]
fn gn02_answers_like_the_first_without_the_count() {
    //  verified, up: the flags of every reply
    for (uv, up, flags) in
        [(false, true, 0x01), (true, true, 0x05), (false, false, 0x00), (true, false, 0x04)]
    {
        let mut sim = biometric_key();
        let older = register(&mut sim, New::user(b"1").named(Some("alice")));
        register(&mut sim, New::user(b"2"));
        let hash = [0xEE; 32];
        let request = get_assertion(SITE)
            .with(0x02, authenticator_testkit::cbor::bytes(&hash))
            .option("uv", uv)
            .option("up", up);
        let first = sim.send(&request);
        assert_eq!(first.auth_data().expect("authenticator data").flags, flags);
        let prompts = sim.user.seen.len();
        let reply = next(&mut sim);
        assert_eq!(sim.user.seen.len(), prompts, "nobody is asked again");
        assert_eq!(reply.status, 0x00);
        assert_eq!(reply.auth_data().expect("authenticator data").flags, flags);
        assert_eq!(reply.member(0x02), first.member(0x02), "the same authenticator data");
        assert!(reply.is_signed_by(&older, &hash));
        assert_eq!(reply.credential_id().as_deref(), Some(id(&older)));
        assert_eq!((count(&reply), reply.member(0x06)), (None, None));
        let name = reply.member(0x04).and_then(|user| named(&user, "name").cloned());
        assert_eq!(name.is_some(), uv, "names only for verified users");
    }
}

/// Covers: GA-09
#[test]
fn gn02_cred_protect_holds_for_the_others_too() {
    for (uv, expected) in [(false, vec![0, 3]), (true, vec![0, 1, 2, 3])] {
        let mut sim = biometric_key();
        let levels = [1, 2, 3, 1];
        let all: Vec<AuthData> = (0..4)
            .map(|user: u8| register(&mut sim, New::user(&[user]).level(levels[usize::from(user)])))
            .collect();
        let mut reply = sim.send(&get_assertion(SITE).option("uv", uv));
        assert_eq!(count(&reply), i128::try_from(expected.len()).ok());
        for place in expected.iter().rev() {
            assert!(reply.is_signed_by(&all[*place], &CLIENT_DATA_HASH), "uv {uv}, place {place}");
            reply = next(&mut sim);
        }
        assert_eq!(reply.status, 0x30);
    }
}

#[test]
fn gn01_st05_thirty_seconds_exactly_and_no_longer() {
    for (wait, status) in [(30_000, 0x00), (30_001, 0x30)] {
        let (mut sim, _) = begun();
        sim.clock.advance(Duration::from_millis(wait));
        assert_eq!(next(&mut sim).status, status, "after {wait} ms");
    }
}

/// Covers: ST-05
#[test]
fn gn03_each_success_restarts_the_timer() {
    let (mut sim, _) = with_accounts(4);
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    for _ in 0..2 {
        sim.clock.advance(Duration::from_secs(30));
        assert_eq!(next(&mut sim).status, 0x00);
    }
    sim.clock.advance(Duration::from_millis(30_001));
    assert_eq!(next(&mut sim).status, 0x30);
}

#[test]
fn st05_what_has_expired_stays_expired() {
    let (mut sim, _) = begun();
    let before = sim.clock.now();
    sim.clock.advance(Duration::from_secs(31));
    assert_eq!(next(&mut sim).status, 0x30);
    sim.clock.set(before);
    assert_eq!(next(&mut sim).status, 0x30, "turning the clock back brings nothing back");
}

#[test]
fn st05_a_clock_that_steps_back_expires() {
    let (mut sim, _) = begun();
    let now = sim.clock.now();
    sim.clock.set(Now { since_boot: now.since_boot - Duration::from_nanos(1), ..now });
    assert_eq!(next(&mut sim).status, 0x30);
    // The calendar is not what times it.
    let (mut sim, _) = begun();
    sim.clock.set(Now { unix: Some(0), ..now });
    assert_eq!(next(&mut sim).status, 0x00);
}

#[test]
fn st07_another_channel_gets_nothing_and_ends_it() {
    let (mut sim, _) = begun();
    let ours = sim.requester;
    sim.requester = Requester(ours.0 + 1);
    assert_eq!(next(&mut sim).status, 0x30);
    sim.requester = ours;
    assert_eq!(next(&mut sim).status, 0x30, "the list is gone for the first channel as well");
}

#[test]
fn st07_any_other_command_ends_it_even_one_that_fails() {
    type Between = (&'static str, u8, Vec<u8>);
    let between: [Between; 8] = [
        ("getInfo", 0x00, vec![0x04]),
        ("selection", 0x00, vec![0x0B]),
        ("makeCredential", 0x00, make_credential("third.example", b"9").encode()),
        ("makeCredential refused", 0x2C, make_credential("third.example", b"9").option("uv", true).encode()),
        ("getAssertion of one", 0x00, get_assertion("other.example").encode()),
        ("getAssertion of none", 0x2E, get_assertion("never.seen.example").encode()),
        ("getAssertion refused", 0x2B, get_assertion(SITE).option("rk", true).encode()),
        ("reset too late", 0x30, vec![0x07]),
    ];
    for (name, status, request) in between {
        let (mut sim, _) = with_accounts(3);
        register(&mut sim, New::user(b"1").at("other.example"));
        sim.clock.advance(Duration::from_secs(20));
        assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
        assert_eq!(sim.send_bytes(&request).status, status, "{name}");
        assert_eq!(next(&mut sim).status, 0x30, "after {name}");
    }
}

#[test]
fn st07_a_sign_in_that_is_dropped_or_cancelled_ends_it() {
    let (mut sim, _) = begun();
    let request = get_assertion(SITE).encode();
    assert_eq!(sim.run_and_drop(&request, 0).err(), Some("NeedsUser"));
    assert_eq!(next(&mut sim).status, 0x30);

    let (mut sim, _) = begun();
    sim.user.will(Answer::Refuse(Refusal::Cancelled));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x2D);
    assert_eq!(next(&mut sim).status, 0x30);
}

#[test]
fn st04_a_loss_of_power_ends_it() {
    let (mut sim, _) = begun();
    sim.power_cycle(Duration::ZERO);
    assert_eq!(next(&mut sim).status, 0x30);
}

/// Runs what another process does to the same store.
fn elsewhere<T>(sim: &mut Sim, act: impl FnOnce(&mut Sim) -> T) -> T {
    let profile = sim.world.authenticator.profile().clone();
    let mut other = Sim::over(profile, sim.world.store.inner.clone(), 77).expect("the same store");
    let result = act(&mut other);
    sim.world.store.inner = other.world.store.inner;
    result
}

#[test]
fn gn01_a_reset_elsewhere_ends_it() {
    let (mut sim, _) = begun();
    elsewhere(&mut sim, |other| assert_eq!(other.send_bytes(&[0x07]).status, 0x00));
    assert_eq!(next(&mut sim).status, 0x30);

    let (mut sim, _) = begun();
    elsewhere(&mut sim, |other| {
        assert_eq!(other.send_bytes(&[0x07]).status, 0x00);
        for user in 0..3 {
            register(other, New::user(&[user]));
        }
    });
    assert_eq!(next(&mut sim).status, 0x30, "nobody consented to the accounts that came after");
}

#[test]
fn gn05_a_credential_deleted_meanwhile_is_passed_over() {
    let delete = |sim: &mut Sim, credential: &AuthData| {
        let record = stored(sim, credential).expect("there").0;
        let done = elsewhere(sim, |other| other.run(Command::Manage(Manage::Delete(record))));
        assert!(done.result.is_ok());
    };
    // The next one: the one after it comes.
    let (mut sim, all) = begun();
    delete(&mut sim, &all[1]);
    assert!(next(&mut sim).is_signed_by(&all[0], &CLIENT_DATA_HASH));
    assert_eq!(next(&mut sim).status, 0x30);
    // The last one: the list is shorter than announced.
    let (mut sim, all) = begun();
    delete(&mut sim, &all[0]);
    assert!(next(&mut sim).is_signed_by(&all[1], &CLIENT_DATA_HASH));
    assert_eq!(next(&mut sim).status, 0x30);
    // The one given out already: nothing else is missed.
    let (mut sim, all) = begun();
    delete(&mut sim, &all[2]);
    assert!(next(&mut sim).is_signed_by(&all[1], &CLIENT_DATA_HASH));
    assert!(next(&mut sim).is_signed_by(&all[0], &CLIENT_DATA_HASH));
}

#[test]
fn gn05_a_credential_added_meanwhile_is_not_among_them() {
    let (mut sim, all) = begun();
    elsewhere(&mut sim, |other| register(other, New::user(b"new")));
    for credential in all[..2].iter().rev() {
        assert!(next(&mut sim).is_signed_by(credential, &CLIENT_DATA_HASH));
    }
    assert_eq!(next(&mut sim).status, 0x30);
}

#[test]
fn gn05_a_credential_replaced_meanwhile_is_not_among_them() {
    let (mut sim, all) = begun();
    elsewhere(&mut sim, |other| register(other, New::user(&[1])));
    assert!(next(&mut sim).is_signed_by(&all[0], &CLIENT_DATA_HASH));
    assert_eq!(next(&mut sim).status, 0x30);
}

#[test]
fn gn03_a_failure_ends_it() {
    let (mut sim, _) = begun();
    sim.keys.will(Mood::Fails(KeyError::Failed));
    assert_eq!(next(&mut sim).status, 0x7F);
    assert_eq!(next(&mut sim).status, 0x30);

    let (mut sim, _) = begun();
    assert_eq!(sim.run_and_drop(&NEXT, 0).err(), Some("NeedsSignature"));
    assert_eq!(next(&mut sim).status, 0x30);
}

/// Covers: GA-15
#[test]
fn gn01_a_choice_made_here_leaves_nothing_to_continue() {
    let (mut sim, all) = with_accounts(3);
    let record = stored(&mut sim, &all[0]).expect("there").0;
    let choice = authenticator_core::CandidateRef::Record(record);
    sim.user.will(Answer::Give(Gesture::TOUCH.choosing(choice)));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!(count(&reply), None);
    assert!(reply.is_signed_by(&all[0], &CLIENT_DATA_HASH));
    assert_eq!(next(&mut sim).status, 0x30);
}

/// What is remembered holds no list: parameters that come along are passed over.
#[test]
fn gn01_parameters_are_passed_over() {
    let (mut sim, all) = begun();
    let mut request = NEXT.to_vec();
    request.extend([0xA1, 0x01, 0x02]);
    assert!(sim.send_bytes(&request).is_signed_by(&all[1], &CLIENT_DATA_HASH));
}

/// A superseded credential comes back into the list when the one in its place is deleted meanwhile; the count stands.
#[test]
fn gn01_st09_no_more_than_were_counted() {
    let (mut sim, _) = with_accounts(3);
    let again = make_credential(SITE, &[0]).option("rk", true).encode();
    let Ok(Command::MakeCredential(request)) = decode(&again, 1200) else { panic!("a registration") };
    let superseding = MakeCredential { replacement: Replacement::Supersede, ..request };
    assert!(sim.run(Command::MakeCredential(superseding)).result.is_ok());
    let first = sim.send(&get_assertion(SITE));
    assert_eq!(count(&first), Some(3));

    elsewhere(&mut sim, |other| {
        let newest = sign_in::record_of(other, &first.credential_id().expect("a credential"));
        assert!(other.run(Command::Manage(Manage::Delete(newest))).result.is_ok());
    });
    for status in [0x00, 0x00, 0x30] {
        assert_eq!(next(&mut sim).status, status);
    }
}
