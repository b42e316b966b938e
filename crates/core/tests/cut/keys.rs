//! Keys of the host's never leak: whatever is cut, a sweep leaves exactly the keys that credentials name.

use super::{CutSim, Fault, Step, begin, effects, fail, finish, name};
use crate::commands::{Action, COMMIT, Case};
use crate::sign_in::{SITE, id};
use crate::world::meaning;
use authenticator_core::store::Listed;
use authenticator_core::{Error, Manage};
use authenticator_host::blocking::{Swept, manage, sweep_keys};
use authenticator_testkit::Mood;
use authenticator_testkit::request::{CLIENT_DATA_HASH, get_assertion, make_credential};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

/// The handles that credentials name.
fn named(sim: &mut CutSim) -> BTreeSet<Vec<u8>> {
    let mut handles = BTreeSet::new();
    let mut context = sim.world.context();
    let flow = context.vault().expect("the store can be read").credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("an unreadable record") };
        handles.insert(entry.credential.key.handle.as_slice().to_vec());
        ControlFlow::Continue(())
    });
    flow.map(drop).expect("the store can be read");
    handles
}

fn keys(sim: &CutSim) -> BTreeSet<Vec<u8>> {
    sim.keys.keystore.aliases().into_iter().collect()
}

fn sweep(sim: &mut CutSim) -> Swept {
    sweep_keys(&mut sim.world, &mut sim.keys).expect("the store works")
}

/// After a reboot, and ten minutes, nothing is under way, so that nothing but what credentials name may be left.
fn assert_nothing_leaks(sim: &mut CutSim, context: &str) {
    sim.clock.reboot();
    sim.power_cycle(Duration::from_secs(601));
    sweep(sim);
    assert_eq!(keys(sim), named(sim), "{context}");
    assert_eq!(sweep(sim), Swept::default(), "{context}: a second sweep finds nothing");
}

fn cases() -> impl Iterator<Item = Case> {
    effects().filter(Case::has_host_keys)
}

#[test]
fn hardware_keys_never_leak_wherever_a_command_is_cut() {
    assert_eq!(cases().count(), 5);
    for case in cases() {
        for dropped in 0..=case.steps.len() {
            let context = format!("{}, step {dropped}", case.name);
            let mut sim = case.build();
            let mut step = case.begin(&mut sim);
            for _ in 0..dropped {
                step = sim.answer(step);
            }
            drop(step);
            // A key that may still be stored is not swept while its registration can go on.
            let under_way = keys(&sim).len();
            sweep(&mut sim);
            if case.steps[..dropped].ends_with(&[COMMIT, "NeedsKeypair"]) {
                assert_eq!(keys(&sim).len(), under_way, "{context}");
            }
            assert_nothing_leaks(&mut sim, &context);
        }
    }
}

#[test]
fn hardware_keys_never_leak_however_a_commit_or_the_backend_fails() {
    for case in cases() {
        for place in 0..case.commits.len() {
            for (fault, lasts) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
                let context = format!("{}, commit {place}, {fault:?}, lasting {lasts}", case.name);
                let mut sim = case.build();
                fail(&mut sim, place, fault, lasts);
                let step = case.begin(&mut sim);
                finish(&mut sim, step);
                sim.world.store.heal();
                assert_nothing_leaks(&mut sim, &context);
            }
        }
    }
    for case in cases().filter(|case| case.guards() > 0) {
        for willing in 0..2 {
            let mut sim = case.build();
            for _ in 0..willing {
                sim.keys.will(Mood::Willing);
            }
            sim.keys.will(Mood::Fails(authenticator_core::key::KeyError::Failed));
            let step = case.begin(&mut sim);
            finish(&mut sim, step);
            assert_nothing_leaks(&mut sim, case.name);
        }
    }
}

/// A sweep that is cut after any of its own steps is taken up by the next, and destroying twice does no harm.
#[test]
fn the_clean_up_is_idempotent() {
    for case in cases() {
        for commits in 0..4 {
            let mut sim = case.build();
            let step = case.begin(&mut sim);
            finish(&mut sim, step);
            sim.clock.reboot();
            sim.power_cycle(Duration::from_secs(601));
            fail(&mut sim, commits, Fault::InDoubt, true);
            let _ = sweep_keys(&mut sim.world, &mut sim.keys);
            sim.world.store.heal();
            assert_nothing_leaks(&mut sim, case.name);
        }
    }
}

/// A backend that cannot destroy a key now is asked again later.
#[test]
fn a_key_that_could_not_be_destroyed_is_not_forgotten() {
    let case = cases().find(|case| case.name.starts_with("Manage::Delete")).expect("a case");
    let mut sim = case.build();
    let step = case.begin(&mut sim);
    finish(&mut sim, step);
    let before = keys(&sim);
    sim.keys.will(Mood::Fails(authenticator_core::key::KeyError::LockedOut));
    assert_eq!(sweep(&mut sim), Swept { destroyed: 0, left: 1 });
    assert_eq!(keys(&sim), before);
    assert_eq!(sweep(&mut sim), Swept { destroyed: 1, left: 0 });
    assert_eq!(keys(&sim), named(&mut sim));
}

/// Another process sweeps while this one registers: it takes nothing away in time, and everything after that; a
/// registration that comes too late says so and leaves no credential without a key.
#[test]
fn another_process_sweeps_while_a_key_is_made() {
    let case = cases().next().expect("a case");
    for late in [false, true] {
        for swept_at in 0..=case.steps.len() {
            let context = format!("swept at step {swept_at}, late {late}");
            let mut sim = case.build();
            let mut other = case.other_process(&sim, 2);
            // The two see the same clock.
            other.world.clock = sim.clock.clone();
            let request = make_credential(SITE, b"user").option("rk", true).encode();
            let mut step = begin(&mut sim, &Action::Request(request));
            let mut trace = 0;
            let reply = loop {
                if trace == swept_at {
                    if late {
                        sim.clock.advance(Duration::from_secs(601));
                    }
                    sweep_keys(&mut other.world, &mut other.keys).expect("the store works");
                }
                if let Step::Done(done) = &step {
                    break crate::commands::reply(&sim, done);
                }
                trace += 1;
                let was = name(&step);
                step = sim.answer(step);
                assert!(trace < 20, "{context}: {was}");
            };
            // Between the intent and the credential; the attestation is to be signed at the third step.
            let expected = if late { [0x00, 0x00, 0x7F, 0x2E, 0x7F, 0x00][swept_at] } else { 0x00 };
            assert_eq!(reply.status, expected, "{context}");
            if expected == 0x00 {
                let credential = reply.auth_data().expect("authenticator data");
                let signed_in = sim.send(&get_assertion(SITE).list([id(&credential)]));
                assert!(signed_in.is_signed_by(&credential, &CLIENT_DATA_HASH), "{context}");
            }
            assert_nothing_leaks(&mut sim, &context);
        }
    }
}

/// Where processes do not know that they share a boot, each has a boot of its own: neither takes the other's keys away. The
/// date tells when a registration has ended, and without a date nobody waits.
#[test]
fn processes_that_do_not_share_a_boot_leave_each_others_keys_alone() {
    let case = cases().next().expect("a case");
    for (unix, given_up) in
        [(Some(60), false), (Some(600), false), (Some(601), true), (None, true), (Some(-1), true)]
    {
        let mut sim = case.build();
        let mut other = case.other_process(&sim, 2);
        other.clock.reboot();
        let now = authenticator_host::Clock::now(&other.clock);
        let date = unix.and_then(|seconds: i64| now.unix?.checked_add_signed(seconds));
        other.clock.set(authenticator_core::Now { unix: date, ..now });
        let step = case.begin(&mut sim);
        let step = (0..2).fold(step, |step, _| sim.answer(step));
        sweep(&mut other);
        let (_, reply) = finish(&mut sim, step);
        assert_eq!(reply.status == 0x00, !given_up, "{unix:?}");
        assert_nothing_leaks(&mut sim, "after both");
    }
}

#[test]
fn a_key_is_given_up_only_when_its_time_is_over() {
    let case = cases().next().expect("a case");
    let mut sim = case.build();
    let step = case.begin(&mut sim);
    let step = (0..2).fold(step, |step, _| sim.answer(step));
    let Step::NeedsKeypair(needs) = step else { panic!("{step:?}") };
    let alias = authenticator_core::store::RecordId(needs.request().alias);
    let give_up = |sim: &mut CutSim| manage(&mut sim.world, Manage::GiveUpKey(alias));
    assert_eq!(give_up(&mut sim), Err(Error::RecordChanged));
    sim.clock.advance(Duration::from_secs(601));
    assert_eq!(give_up(&mut sim), Ok(()));
    assert_eq!(give_up(&mut sim), Err(Error::NoSuchRecord));
    assert_eq!(manage(&mut sim.world, Manage::KeyDestroyed(alias)), Ok(()));
    assert_eq!(manage(&mut sim.world, Manage::KeyDestroyed(alias)), Err(Error::NoSuchRecord));
    assert_eq!(meaning(&mut sim).len(), 1);
}

/// More resets than tombstones fit into one change set: refused until the keys of the earlier ones are destroyed.
#[test]
fn resets_never_forget_the_keys_of_earlier_generations() {
    let case = cases().find(|case| case.name.starts_with("reset")).expect("a case");
    let mut sim = case.build();
    let reset = |sim: &mut CutSim| {
        let step = begin(sim, &Action::Request(vec![0x07]));
        finish(sim, step).1.status
    };
    let register = |sim: &mut CutSim| {
        let step = begin(sim, &Action::Request(make_credential(SITE, b"user").option("rk", true).encode()));
        finish(sim, step).1.status
    };
    for _ in 0..4 {
        assert_eq!((reset(&mut sim), register(&mut sim)), (0x00, 0x00));
    }
    assert_eq!(keys(&sim).len(), 6, "two of the first generation, one of each later");
    assert_eq!(reset(&mut sim), 0x7F);
    assert_eq!(meaning(&mut sim).len(), 1, "nothing was changed");
    assert_eq!(sweep(&mut sim), Swept { destroyed: 4, left: 0 });
    assert_eq!(reset(&mut sim), 0x00);
    assert_nothing_leaks(&mut sim, "after the last reset");
    assert!(keys(&sim).is_empty());
}

/// The store is reset while a key is made, and once more before the key that came too late is destroyed.
#[test]
fn resets_do_not_forget_a_key_that_was_made_too_late() {
    let case = cases().next().expect("a case");
    let mut sim = case.build();
    let step = case.begin(&mut sim);
    let asked = (0..2).fold(step, |step, _| sim.answer(step));
    assert_eq!(name(&asked), "NeedsKeypair");
    let mut other = case.other_process(&sim, 2);
    let reset = |other: &mut CutSim| {
        other.clock.reboot();
        other.power_cycle(Duration::ZERO);
        other.send_bytes(&[0x07]).status
    };
    assert_eq!(reset(&mut other), 0x00);
    sweep(&mut other);
    assert!(keys(&other).is_empty());
    finish(&mut sim, asked);
    assert_eq!(keys(&sim).len(), 1, "it was made all the same");
    assert_eq!(reset(&mut other), 0x00);
    sweep(&mut other);
    assert!(keys(&other).is_empty(), "the second reset has forgotten it");
}

/// A key that nothing names is another's, as far as anybody knows: no sweep touches it, and the host is told which it is.
/// Wherever a command is cut, its own keys are never among them.
#[test]
fn unknown_keys_are_only_reported() {
    const STRANGER: [u8; 16] = [0x77; 16];
    for case in cases() {
        for dropped in 0..=case.steps.len() {
            let context = format!("{}, step {dropped}", case.name);
            let mut sim = case.build();
            let _ = sim.keys.keystore.put(STRANGER, &[1; 32]).expect("a key");
            let step = case.begin(&mut sim);
            drop((0..dropped).fold(step, |step, _| sim.answer(step)));
            let unknown = |sim: &mut CutSim| {
                let aliases = keys(sim).into_iter().map(|alias| alias.try_into().expect("sixteen bytes"));
                sim.world.unknown_keys(aliases).expect("the store can be read")
            };
            assert_eq!(unknown(&mut sim), [STRANGER], "{context}");
            sim.clock.reboot();
            sim.power_cycle(Duration::from_secs(601));
            sweep(&mut sim);
            assert_eq!(unknown(&mut sim), [STRANGER], "{context}, after the sweep");
        }
    }
}
