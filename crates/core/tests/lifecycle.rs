//! Reset, selection, power cycles and what is remembered between commands (ST, SEL, RST).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use authenticator_core::store::{Change, CommitError, CommitKind, Lookup, Query, RecordKind};
use authenticator_core::{
    Ask, BootId, Command, ConfigCommand, Error, Gesture, Now, Presence, Profile, Prompt, Refusal, Requester,
    ResetPolicy, Session, Step, Verification,
};
use authenticator_host::World;
use authenticator_testkit::reply::AuthData;
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, get_assertion, make_credential};
use authenticator_testkit::{Answer, Fault, SeededRng, Sim, device_key};
use std::ops::ControlFlow;
use std::time::Duration;

const RESET: &[u8] = &[0x07];
const SELECTION: &[u8] = &[0x0B];
const NEXT: &[u8] = &[0x08];

fn key() -> Sim {
    Sim::new(Profile::security_key([0x5A; 16]))
}

fn passkey(user: &[u8]) -> Request {
    make_credential("example.com", user).option("rk", true)
}

fn register(sim: &mut Sim, request: &Request) -> AuthData {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00);
    reply.auth_data().expect("registration data")
}

/// A security key with this many passkeys of one site.
fn with_passkeys(count: u8) -> Sim {
    let mut sim = key();
    for user in 0..count {
        register(&mut sim, &passkey(&[user]));
    }
    sim
}

/// Everything in the store, as bytes.
fn contents(sim: &Sim) -> Vec<(RecordKind, [u8; 16], u64, Vec<u8>)> {
    let mut contents = Vec::new();
    for kind in (0..=4).filter_map(RecordKind::from_code) {
        let _ = sim.world.store.inner.read(&Query::Kind { kind, before: None }, &mut |record| {
            contents.push((record.kind, record.id.0, record.version, record.body.to_vec()));
            ControlFlow::Continue(())
        });
    }
    contents
}

/// Every command that asks somebody, with one passkey in the store.
fn asking() -> [(&'static str, Vec<u8>, Ask); 4] {
    [
        ("makeCredential", passkey(b"another").encode(), Ask::Presence),
        ("getAssertion", get_assertion("example.com").encode(), Ask::Presence),
        ("reset", RESET.to_vec(), Ask::Confirmation),
        ("selection", SELECTION.to_vec(), Ask::Confirmation),
    ]
}

#[test]
fn st01_every_wait_for_a_person_lasts_at_least_ten_seconds() {
    for profile in [Profile::phone([0; 16]), Profile::security_key([0; 16])] {
        // A phone makes no passkey without verification.
        let make = passkey(b"user").option("uv", profile.platform);
        let mut sim = Sim::new(Profile { reset: ResetPolicy::Anytime, ..profile });
        register(&mut sim, &make);
        for (name, request) in [
            ("makeCredential", make.encode()),
            ("getAssertion", get_assertion("example.com").encode()),
            ("reset", RESET.to_vec()),
            ("selection", SELECTION.to_vec()),
        ] {
            let command = authenticator_core::decode(&request, 1200).expect("a good request");
            let Step::NeedsUser(needs) = command.begin(&mut sim.world.context(), Requester::default()) else {
                panic!("{name} asks nobody")
            };
            assert!(needs.timeout() >= Duration::from_secs(10), "{name} waits {:?}", needs.timeout());
        }
    }
}

#[test]
fn st02_cancel_ends_every_wait_and_changes_nothing() {
    for (name, request, ask) in asking() {
        let mut sim = with_passkeys(1);
        let before = contents(&sim);
        sim.user.will(Answer::Refuse(Refusal::Cancelled));
        let reply = sim.send_bytes(&request);
        assert_eq!((reply.status, reply.raw.len()), (0x2D, 0), "{name}");
        assert_eq!(sim.user.seen.last().map(|seen| seen.ask), Some(ask), "{name}");
        assert_eq!(contents(&sim), before, "{name}");
    }
}

#[test]
fn st03_get_next_assertion_continues_a_get_assertion() {
    let mut sim = with_passkeys(3);
    let first = sim.send(&get_assertion("example.com"));
    assert_eq!(first.member(5), Some(3.into()));
    let (second, third) = (sim.send_bytes(NEXT), sim.send_bytes(NEXT));
    assert_eq!((second.status, third.status), (0x00, 0x00));
    let ids = [first.credential_id(), second.credential_id(), third.credential_id()];
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    assert_eq!(second.member(5), None);
}

#[test]
fn st04_what_is_remembered_dies_with_the_power_and_is_in_no_store() {
    let mut sim = with_passkeys(2);
    let before = contents(&sim);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    let after = contents(&sim);
    assert_eq!(after.len(), before.len(), "no record was added for it");
    sim.power_cycle(Duration::ZERO);
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
    // Without the power cycle it goes on.
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    assert_eq!(sim.send_bytes(NEXT).status, 0x00);
}

#[test]
fn st05_exactly_thirty_seconds_still_work_and_each_answer_starts_them_anew() {
    let (limit, instant) = (Duration::from_secs(30), Duration::from_nanos(1));
    let mut sim = with_passkeys(4);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    for _ in 0..3 {
        sim.clock.advance(limit);
        assert_eq!(sim.send_bytes(NEXT).status, 0x00);
    }
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    sim.clock.advance(limit + instant);
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    sim.clock.advance(limit);
    assert_eq!(sim.send_bytes(NEXT).status, 0x00);
    sim.clock.advance(limit + instant);
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
    // A clock that steps back expires what it times, and does not extend it.
    sim.clock.advance(limit);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    sim.clock.set(Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(2), unix: None });
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
}

#[test]
fn st07_any_other_command_drops_what_was_remembered_also_one_that_fails() {
    let others = [
        ("getInfo", vec![0x04], 0x00),
        ("selection", SELECTION.to_vec(), 0x00),
        ("makeCredential", make_credential("example.com", b"user").encode(), 0x00),
        ("makeCredential that fails", passkey(b"user").option("up", false).encode(), 0x2C),
        ("getAssertion that fails", get_assertion("other.example").encode(), 0x2E),
        ("a request that is no CBOR", vec![0x02, 0xFF], 0x12),
        ("a request without its members", vec![0x01, 0xA0], 0x14),
        ("an unknown command", vec![0x05], 0x01),
        ("an empty message", vec![], 0x03),
    ];
    for (name, request, status) in others {
        let mut sim = with_passkeys(3);
        assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
        assert_eq!(sim.send_bytes(NEXT).status, 0x00);
        assert_eq!(sim.send_bytes(&request).status, status, "{name}");
        assert_eq!(sim.send_bytes(NEXT).status, 0x30, "{name}");
    }
    // A declined wait, and one that nobody ever answered, count as commands too.
    let mut sim = with_passkeys(2);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    assert_eq!(sim.run_and_drop(SELECTION, 0).err(), Some("NeedsUser"));
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
}

#[test]
fn st07_another_channel_gets_nothing_and_ends_it() {
    let mut sim = with_passkeys(3);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    sim.requester = Requester(2);
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
    sim.requester = Requester::default();
    assert_eq!(sim.send_bytes(NEXT).status, 0x30);
}

#[test]
fn st09_without_state_or_past_its_end_there_is_nothing_to_continue() {
    let mut sim = key();
    assert_eq!(sim.send_bytes(NEXT).status, 0x30, "nothing was begun");
    register(&mut sim, &passkey(b"only"));
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    assert_eq!(sim.send_bytes(NEXT).status, 0x30, "there was one credential");
    register(&mut sim, &passkey(b"second"));
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    assert_eq!(sim.send_bytes(NEXT).status, 0x00);
    for _ in 0..3 {
        assert_eq!(sim.send_bytes(NEXT).status, 0x30, "it does not start again");
    }
}

#[test]
fn st10_a_command_waits_for_a_person_once_and_a_new_one_takes_the_place_of_the_old() {
    for (name, request, _) in asking() {
        let mut sim = with_passkeys(1);
        sim.user.seen.clear();
        assert_eq!(sim.send_bytes(&request).status, 0x00, "{name}");
        assert_eq!(sim.user.seen.len(), 1, "{name}");
    }
    // The first command's wait is dropped when the next comes on the same channel: it has done nothing and never will.
    let mut sim = with_passkeys(1);
    let before = contents(&sim);
    sim.user.seen.clear();
    assert_eq!(sim.run_and_drop(&passkey(b"dropped").encode(), 0).err(), Some("NeedsUser"));
    assert_eq!(sim.send_bytes(SELECTION).status, 0x00);
    assert!(matches!(sim.user.seen.as_slice(), [seen] if matches!(seen.prompt, Prompt::Selection)));
    assert_eq!(contents(&sim), before);
    assert_eq!(sim.send(&get_assertion("example.com")).member(5), None, "one credential, as before");
}

#[test]
fn sel01_selection_says_how_it_was_answered() {
    for profile in [Profile::phone([0; 16]), Profile::security_key([0; 16])] {
        let mut sim = Sim::new(profile);
        let nobody = Gesture { presence: Presence::No, verification: Verification::No, chosen: None };
        for (answer, status) in [
            (Answer::Comply, 0x00),
            (Answer::Give(Gesture::TOUCH), 0x00),
            (Answer::Refuse(Refusal::Declined), 0x27),
            (Answer::Refuse(Refusal::TimedOut), 0x2F),
            (Answer::Refuse(Refusal::Cancelled), 0x2D),
            (Answer::Refuse(Refusal::Unavailable), 0x27),
            (Answer::Give(nobody), 0x27),
        ] {
            sim.user.will(answer.clone());
            let reply = sim.send_bytes(SELECTION);
            assert_eq!((reply.status, reply.raw.len()), (status, 0), "{answer:?}");
        }
        assert!(sim.user.seen.iter().all(|seen| matches!(seen.prompt, Prompt::Selection)));
        assert_eq!(sim.user.seen.len(), 7);
    }
}

/// The clock of a new [`Sim`] stands one second after boot.
#[test]
fn rst01_the_window_is_ten_seconds_to_the_instant_and_judged_before_anybody_is_asked() {
    let mut sim = with_passkeys(1);
    sim.clock.advance(Duration::from_secs(9));
    sim.user.will(Answer::Refuse(Refusal::Declined));
    assert_eq!(sim.send_bytes(RESET).status, 0x27, "at ten seconds it is still asked");
    sim.user.seen.clear();
    sim.clock.advance(Duration::from_nanos(1));
    let before = contents(&sim);
    assert_eq!(sim.send_bytes(RESET).status, 0x30);
    assert!(sim.user.seen.is_empty());
    assert_eq!(contents(&sim), before);
    sim.clock.reboot();
    sim.power_cycle(Duration::ZERO);
    assert_eq!(sim.send_bytes(RESET).status, 0x00, "a new power-up opens it again");
}

#[test]
fn rst01_nothing_but_a_power_up_opens_the_window_again() {
    let mut sim = with_passkeys(1);
    sim.clock.advance(Duration::from_secs(11));
    // Commands, another channel, a clock set back to before the power-up.
    assert_eq!(sim.send_bytes(&[0x04]).status, 0x00);
    sim.requester = Requester(77);
    assert_eq!(sim.send_bytes(RESET).status, 0x30);
    sim.clock.set(Now { boot: BootId([1; 16]), since_boot: Duration::from_millis(500), unix: None });
    assert_eq!(sim.send_bytes(RESET).status, 0x30);
    // A warm restart, of the device or of its process, is a new session of the old power-up.
    sim.clock.set(Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(12), unix: None });
    sim.world.session =
        Session::new(Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(1), unix: None });
    assert_eq!(sim.send_bytes(RESET).status, 0x30);
    sim.world.power_cycle();
    assert_eq!(sim.send_bytes(RESET).status, 0x30);
    let store = sim.world.store.inner.clone();
    let (key, rng, clock) = (device_key(), SeededRng::new(3), sim.clock.clone());
    let mut again =
        World::open(Profile::security_key([0x5A; 16]), &key, store, rng, clock).expect("its store");
    let reset = Command::Reset.begin(&mut again.context(), Requester::default());
    assert!(
        matches!(reset, Step::Done(done) if done.result.as_ref().err() == Some(&Error::ResetWindowClosed))
    );
    assert!(sim.user.seen.iter().all(|seen| !matches!(seen.prompt, Prompt::Reset)));
}

#[test]
fn rst01_an_authenticator_with_a_display_may_be_reset_at_any_time() {
    let mut sim = Sim::new(Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) });
    sim.clock.advance(Duration::from_secs(1_000_000));
    assert_eq!(sim.send_bytes(RESET).status, 0x00);
}

/// Covers: RST-02
#[test]
fn rst02_rst07_a_reset_that_is_refused_says_why_and_changes_nothing() {
    let nobody = Gesture { presence: Presence::No, ..Gesture::VERIFIED };
    for (answer, status) in [
        (Answer::Refuse(Refusal::Declined), 0x27),
        (Answer::Refuse(Refusal::TimedOut), 0x2F),
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
        (Answer::Refuse(Refusal::Unavailable), 0x27),
        (Answer::Give(nobody), 0x27),
    ] {
        let mut sim = with_passkeys(2);
        let before = contents(&sim);
        sim.user.will(answer.clone());
        let reply = sim.send_bytes(RESET);
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{answer:?}");
        assert_eq!(contents(&sim), before, "{answer:?}");
        assert_eq!(sim.send(&get_assertion("example.com")).member(5), Some(2.into()));
    }
}

/// Over which transports, `command/reset/tests.rs` says.
#[test]
fn rst03_an_interface_without_reset_denies_it_unasked() {
    let config: &[_] = &[ConfigCommand::SetMinPinLength];
    let profile = Profile { reset: ResetPolicy::Disabled, config, ..Profile::security_key([0; 16]) };
    let mut sim = Sim::new(profile);
    register(&mut sim, &passkey(b"user"));
    sim.user.seen.clear();
    assert_eq!(sim.send_bytes(RESET).status, 0x27);
    assert!(sim.user.seen.is_empty());
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
}

#[test]
fn rst05_success_erases_every_credential_and_all_state() {
    let mut sim = with_passkeys(3);
    let sealed = register(&mut sim, &make_credential("example.com", b"sealed")).credential_id.expect("id");
    let listed = register(&mut sim, &passkey(b"listed")).credential_id.expect("id");
    let old_bodies: Vec<_> = contents(&sim).into_iter().map(|(.., body)| body).collect();
    assert_eq!(sim.send(&get_assertion("example.com")).member(5), Some(4.into()));
    let reply = sim.send_bytes(RESET);
    assert_eq!((reply.status, reply.raw.len()), (0x00, 0));
    assert_eq!(sim.send_bytes(NEXT).status, 0x30, "what was remembered");
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x2E, "discoverable credentials");
    for id in [sealed, listed] {
        assert_eq!(sim.send(&get_assertion("example.com").list([id.as_slice()])).status, 0x2E);
        let silent = get_assertion("example.com").list([id.as_slice()]).option("up", false);
        assert_eq!(sim.send(&silent).status, 0x2E, "not even silently");
        let excluding = make_credential("example.com", b"new").list([id.as_slice()]);
        assert_eq!(sim.send(&excluding).status, 0x00, "it excludes nothing any more");
    }
    let left = contents(&sim);
    assert!(matches!(left.as_slice(), [(RecordKind::Header, ..)]), "one record is left, the header");
    assert!(left.iter().all(|(.., body)| !old_bodies.contains(body)));
}

#[test]
fn rst05_another_endpoint_of_the_same_store_remembers_nothing_of_the_past() {
    let mut sim = with_passkeys(2);
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x00);
    let (profile, store) = (sim.world.authenticator.profile().clone(), sim.world.store.inner.clone());
    let mut other = Sim::over(profile, store, 2).expect("the same store");
    assert_eq!(other.send_bytes(RESET).status, 0x00);
    for user in [b"new 1", b"new 2"] {
        register(&mut other, &passkey(user));
    }
    sim.world.store.inner = other.world.store.inner;
    assert_eq!(
        sim.send_bytes(NEXT).status,
        0x30,
        "the sign-in of before the reset does not go on with new passkeys"
    );
    assert_eq!(
        sim.send(&get_assertion("example.com")).member(5),
        Some(2.into()),
        "the new passkeys are there"
    );
}

#[test]
fn rst06_the_model_stays_what_it_is_and_works_on() {
    let mut sim = with_passkeys(1);
    let info = sim.send_bytes(&[0x04]).raw;
    assert_eq!(sim.send_bytes(RESET).status, 0x00);
    assert_eq!(sim.send_bytes(&[0x04]).raw, info);
    let reply = sim.send(&passkey(b"after"));
    assert!(reply.is_self_attested(&CLIENT_DATA_HASH));
    let after = reply.auth_data().expect("registration data");
    assert_eq!(after.aaguid, Some(vec![0x5A; 16]));
    assert!(sim.send(&get_assertion("example.com")).is_signed_by(&after, &CLIENT_DATA_HASH));
    sim.power_cycle(Duration::from_secs(1));
    assert!(sim.send(&get_assertion("example.com")).is_signed_by(&after, &CLIENT_DATA_HASH));
}

#[test]
fn rst07_a_reset_that_the_store_refuses_changes_nothing() {
    for fault in Fault::ALL {
        let mut sim = with_passkeys(2);
        let before = contents(&sim);
        sim.world.store.fail_commits_from(0, fault);
        let reply = sim.send_bytes(RESET);
        sim.world.store.heal();
        if fault == Fault::After {
            // It took effect, and the store said so when it was asked again.
            assert_eq!(reply.status, 0x00);
            assert_eq!(sim.send(&get_assertion("example.com")).status, 0x2E);
            continue;
        }
        let expected = if fault == Fault::Before(CommitError::Full) { 0x28 } else { 0x7F };
        assert_eq!((reply.status, reply.raw.len()), (expected, 0), "{fault:?}");
        assert_eq!(contents(&sim), before, "{fault:?}");
        assert_eq!(sim.send(&get_assertion("example.com")).member(5), Some(2.into()), "{fault:?}");
    }
}

#[test]
fn rst07_a_conflict_or_a_doubt_that_passes_is_no_failure() {
    for fault in [Fault::Before(CommitError::Conflict), Fault::InDoubt, Fault::After] {
        let mut sim = with_passkeys(2);
        sim.world.store.fail_commit(0, fault);
        assert_eq!(sim.send_bytes(RESET).status, 0x00, "{fault:?}");
        assert_eq!(sim.send(&get_assertion("example.com")).status, 0x2E, "{fault:?}");
    }
}

#[test]
fn rst07_a_reset_dropped_anywhere_changes_nothing() {
    for (steps, dropped_at) in [(0, "NeedsUser"), (1, "NeedsCommit")] {
        let mut sim = with_passkeys(2);
        let before = contents(&sim);
        assert_eq!(sim.run_and_drop(RESET, steps).err(), Some(dropped_at));
        assert_eq!(contents(&sim), before);
        sim.power_cycle(Duration::ZERO);
        assert_eq!(sim.send(&get_assertion("example.com")).member(5), Some(2.into()));
    }
}

/// A store that tore the set after its first change would hold no secret of the old generation.
#[test]
fn rst07_one_commit_wipes_first_and_then_begins_anew() {
    let mut sim = with_passkeys(2);
    let step = Command::Reset.begin(&mut sim.world.context(), Requester::default());
    let step = sim.answer(step);
    let Step::NeedsCommit(needs) = &step else { panic!("{step:?}") };
    assert_eq!(needs.kind(), CommitKind::Effect);
    let changes: Vec<_> = needs.change_set(&sim.world.session).expect("its own set").changes().collect();
    assert!(matches!(
        changes.as_slice(),
        [Change::Clear, Change::Put(header)] if header.kind == RecordKind::Header
    ));
    let commits = sim.world.store.commits();
    let Step::Done(done) = sim.answer(step) else { panic!("one commit is enough") };
    assert!(done.result.is_ok());
    assert_eq!(sim.world.store.commits(), commits + 1);
}
