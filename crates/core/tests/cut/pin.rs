//! clientPIN, cut: what it commits, and that an attempt at the PIN is never given back but by the right one.

use super::{CutSim, Fault, Step, begin, fail, finish, name};
use crate::commands::{Action, COMMIT, Case, USER, two_accounts};
use crate::pin::{
    MC, PCMR, PIN, SITE, retries, set_pin, token_by_verification, try_pin, verification_retries,
};
use authenticator_core::store::{ChangeSet, CommitError, CommitKind};
use authenticator_core::{BuiltInVerification, Chooser, Profile, VerificationCount};
use authenticator_testkit::Answer;
use authenticator_testkit::pin::Platform;
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::Request;

const ANOTHER_PIN: &str = "567890";
const WRONG_PIN: &str = "0000";

/// A new PIN that was set or changed, the attempts being whole.
const BACK: &str = "all attempts are left again";

pub(crate) const PIN_CASES: [Case; 10] = [
    Case {
        name: "clientPIN, setPIN",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| Action::Request(Platform::connect(sim, 2).set_pin(ANOTHER_PIN).encode()),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the PIN, by what it is recognised")],
        check: |sim, _| assert_eq!(try_pin(sim, ANOTHER_PIN), 0x00),
    },
    Case {
        name: "clientPIN, changePIN",
        profile: with_fingers,
        prepare: with_pin,
        action: |sim| Action::Request(Platform::connect(sim, 2).change_pin(PIN, ANOTHER_PIN).encode()),
        steps: &[COMMIT, COMMIT],
        commits: &[
            (CommitKind::Guard, SPENT),
            (CommitKind::Effect, "the new PIN; all attempts are left again, and no persistent token"),
        ],
        check: |sim, _| assert_eq!(try_pin(sim, ANOTHER_PIN), 0x00),
    },
    Case {
        name: "clientPIN, changePIN, too short",
        profile: with_fingers,
        prepare: with_pin,
        action: |sim| Action::Request(Platform::connect(sim, 2).change_pin(PIN, "12").encode()),
        steps: &[COMMIT, COMMIT],
        commits: &[(CommitKind::Guard, SPENT), (CommitKind::Guard, BACK)],
        check: |sim, _| assert_eq!(retries(sim), (8, false)),
    },
    Case {
        name: "clientPIN, getPinToken",
        profile: with_fingers,
        prepare: with_pin,
        action: |sim| Action::Request(token(sim, PIN).encode()),
        steps: &[COMMIT, COMMIT],
        commits: &[(CommitKind::Guard, SPENT), (CommitKind::Effect, BACK)],
        check: has_token,
    },
    Case {
        name: "clientPIN, getPinToken with a display",
        profile: |aaguid| Profile { chooser: Chooser::Host, ..with_fingers(aaguid) },
        prepare: with_pin,
        action: |sim| Action::Request(token(sim, PIN).encode()),
        steps: &[USER, COMMIT, COMMIT],
        commits: &[(CommitKind::Guard, SPENT), (CommitKind::Effect, BACK)],
        check: has_token,
    },
    Case {
        name: "clientPIN, getPinToken, wrong PIN",
        profile: with_fingers,
        prepare: with_pin,
        action: |sim| Action::Request(token(sim, WRONG_PIN).encode()),
        steps: &[COMMIT],
        commits: &[(CommitKind::Guard, SPENT)],
        check: |sim, _| assert_eq!(retries(sim), (7, false)),
    },
    Case {
        name: "clientPIN, persistent token by PIN",
        profile: with_fingers,
        prepare: with_pin,
        action: |sim| Action::Request(Platform::connect(sim, 2).token_for(PIN, PCMR, None).encode()),
        steps: &[COMMIT, COMMIT],
        commits: &[
            (CommitKind::Guard, SPENT),
            (CommitKind::Effect, "all attempts are left again; that there is a persistent token"),
        ],
        check: has_token,
    },
    Case {
        name: "clientPIN, persistent token by verification",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| {
            let platform = Platform::connect(sim, 2);
            Action::Request(token_by_verification(&platform, PCMR, None).encode())
        },
        steps: &[USER, COMMIT],
        commits: &[(CommitKind::Effect, "that there is a persistent token")],
        check: has_token,
    },
    Case {
        name: "clientPIN, token by verification, counted here",
        profile: |aaguid| Profile { verification_count: VerificationCount::ByCore, ..with_fingers(aaguid) },
        prepare: two_accounts,
        action: |sim| {
            let platform = Platform::connect(sim, 2);
            Action::Request(token_by_verification(&platform, MC, Some(SITE)).encode())
        },
        steps: &[COMMIT, USER, COMMIT],
        commits: &[
            (CommitKind::Guard, "an attempt at the verification is spent"),
            (CommitKind::Guard, "all attempts at the verification are left again"),
        ],
        check: |sim, _| assert_eq!(verification_retries(sim), 5),
    },
    Case {
        name: "Manage::SetPin",
        profile: with_fingers,
        prepare: two_accounts,
        action: |_| Action::SetPin(ANOTHER_PIN),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the PIN, by what it is recognised")],
        check: |sim, _| assert_eq!(try_pin(sim, ANOTHER_PIN), 0x00),
    },
];

pub(crate) const SPENT: &str = "an attempt at the PIN is spent";

/// Registers with a finger, so that a PIN is in nobody's way.
fn with_fingers(aaguid: [u8; 16]) -> Profile {
    let verification = BuiltInVerification::Configured;
    Profile { verification, ..Profile::security_key(aaguid) }
}

fn with_pin(sim: &mut CutSim) {
    two_accounts(sim);
    assert_eq!(set_pin(sim, PIN), 0x00);
}

fn token(sim: &mut CutSim, pin: &str) -> Request {
    Platform::connect(sim, 2).pin_token(pin)
}

fn has_token(sim: &mut CutSim, reply: &Reply) {
    assert_eq!(reply.member(0x02).and_then(|token| Some(token.as_bytes()?.len())), Some(48));
    assert_eq!(retries(sim), (8, false));
}

/// The cases that try the PIN; whether it is the right one.
fn attempts() -> impl Iterator<Item = (Case, bool)> {
    PIN_CASES
        .into_iter()
        .filter(|case| case.commits.first() == Some(&(CommitKind::Guard, SPENT)))
        .map(|case| (case, case.status() != 0x31))
}

/// How many attempts are left after the steps so far: the first commit spends one, the second gives it back.
fn expected_left(taken: &[&str], right: bool) -> u64 {
    match taken.iter().filter(|step| **step == COMMIT).count() {
        0 => 8,
        2 if right => 8,
        _ => 7,
    }
}

/// Covers: CP-13
#[test]
fn an_attempt_that_is_dropped_is_spent_as_soon_as_it_was_committed() {
    assert_eq!(attempts().count(), 6);
    for (case, right) in attempts() {
        for taken in 0..=case.steps.len() {
            let mut sim = case.build();
            let mut step = case.begin(&mut sim);
            for _ in 0..taken {
                step = sim.answer(step);
            }
            drop(step);
            let left = expected_left(&case.steps[..taken], right);
            // The power goes too: it is in the store and not in memory.
            for _ in 0..2 {
                assert_eq!(retries(&mut sim).0, left, "{}, dropped after {taken}", case.name);
                crate::pin::unplug(&mut sim);
            }
        }
    }
}

/// Covers: CP-13, CP-09
#[test]
fn an_attempt_whose_commit_fails_is_not_given_back() {
    for (case, right) in attempts() {
        for (place, fault, persistent) in faults(case.commits.len()) {
            let context = format!("{}, commit {place}, {fault:?}, persistent {persistent}", case.name);
            let mut sim = case.build();
            fail(&mut sim, place, fault, persistent);
            let step = case.begin(&mut sim);
            let (trace, reply) = finish(&mut sim, step);
            sim.world.store.heal();
            let (left, _) = retries(&mut sim);
            let busy = matches!(fault, Fault::Before(CommitError::Busy)) && case.follows_proof(place);
            let conflict = matches!(fault, Fault::Before(CommitError::Conflict) | Fault::InDoubt);
            let tried_again = (conflict || busy) && !persistent;
            if fault == Fault::After || tried_again {
                assert_eq!(reply.status, case.status(), "{context}");
                assert_eq!(left, if right { 8 } else { 7 }, "{context}");
            } else {
                // Without its commit nobody is told whether it was the PIN.
                assert!(![0x00, 0x31, 0x37].contains(&reply.status), "{context}");
                assert_eq!(left, if place == 0 { 8 } else { 7 }, "{context}");
                assert!(trace.ends_with(&[COMMIT]), "{context}");
            }
        }
    }
}

fn faults(commits: usize) -> impl Iterator<Item = (usize, Fault, bool)> {
    let ways = || Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]);
    (0..commits).flat_map(move |place| ways().map(move |(fault, persistent)| (place, fault, persistent)))
}

/// What another process has ready: an attempt with a wrong PIN is to be spent.
fn wrong_attempt(case: &Case, sim: &CutSim) -> ChangeSet {
    let mut other = case.other_process(sim, 7);
    let request = token(&mut other, WRONG_PIN);
    let mut step = begin(&mut other, &Action::Request(request.encode()));
    loop {
        step = match step {
            Step::NeedsCommit(needs) => {
                return needs.change_set(&other.world.session).expect("its own set").clone();
            }
            step => {
                assert_eq!(name(&step), USER);
                other.answer(step)
            }
        };
    }
}

/// Another process's attempt comes between any two reads: neither it nor ours is lost, and none is made up.
/// Covers: CP-13
#[test]
fn attempts_between_two_reads_are_all_counted() {
    let mut meddled = 0;
    for (case, right) in attempts() {
        for read in 0.. {
            let context = format!("{}, before read {read}", case.name);
            let mut sim = case.build();
            let changes = wrong_attempt(&case, &sim);
            let action = (case.action)(&mut sim);
            sim.world.store.inner.meddle(read, changes);
            let step = begin(&mut sim, &action);
            let (_, reply) = finish(&mut sim, step);
            let quiet = sim.world.store.inner.is_quiet();
            assert_eq!(reply.status, case.status(), "{context}");
            let left = retries(&mut sim).0;
            if quiet {
                assert_eq!(left, if right { 8 } else { 7 }, "{context}");
                break;
            }
            // The right PIN clears what came before it; an attempt that came too late was not committed at all.
            let possible = if right { [8, 7] } else { [6, 7] };
            assert!(possible.contains(&left), "{context}: {left}");
            meddled += 1;
        }
    }
    assert!(meddled > 30, "{meddled} attempts came between");
}

/// A look at the retries while another process spends one sees eight or seven.
/// Covers: CP-03
#[test]
fn retries_are_never_misread() {
    let case = PIN_CASES[3];
    for read in 0.. {
        let mut sim = case.build();
        let changes = wrong_attempt(&case, &sim);
        sim.world.store.inner.meddle(read, changes);
        let seen = retries(&mut sim);
        assert!([(8, false), (7, false)].contains(&seen), "before read {read}: {seen:?}");
        if sim.world.store.inner.is_quiet() {
            assert!(read > 1);
            break;
        }
    }
}

/// The user is asked again and again, and an attempt at the verification is spent each time before that.
/// Covers: CP-17
#[test]
fn an_attempt_at_the_verification_is_spent_before_anyone_is_asked() {
    let case = PIN_CASES[8];
    let mut sim = case.build();
    for left in [4, 3] {
        let step = case.begin(&mut sim);
        assert_eq!(name(&step), COMMIT);
        let step = sim.answer(step);
        assert_eq!(name(&step), USER);
        drop(step);
        assert_eq!(verification_retries(&mut sim), left);
    }
    let other = case.other_process(&sim, 2);
    sim.user.will(Answer::Comply);
    let step = case.begin(&mut sim);
    finish(&mut sim, step);
    drop(other);
    assert_eq!(verification_retries(&mut sim), 5);
}
