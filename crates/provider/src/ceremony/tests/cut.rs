//! Commits that fail, and steps that are dropped: the id and the credential are old or new together.

use super::bench::{Bench, bench, create, finish, get, passkeys, records, register, run};
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::Step;
use authenticator_core::store::CommitError;
use authenticator_testkit::Fault;

/// Prepares a ceremony.
type Make = fn(&mut Bench) -> Ceremony;

/// A ceremony that was saved and restored, and what was saved.
fn restored(sim: &mut Bench, make: Make) -> (Ceremony, Vec<u8>) {
    let saved = make(sim).save(&mut sim.world).unwrap();
    (Ceremony::restore(&mut sim.world, &saved).unwrap(), saved)
}

fn faults() -> impl Iterator<Item = (Fault, bool)> {
    Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)])
}

fn fail(sim: &mut Bench, fault: Fault, persistent: bool) {
    if persistent {
        sim.world.store.fail_commits_from(0, fault)
    } else {
        sim.world.store.fail_commit(0, fault)
    }
}

/// Whether a command whose commit fails like this succeeds all the same.
fn recovers(fault: Fault, persistent: bool) -> bool {
    match fault {
        Fault::After => true,
        Fault::InDoubt | Fault::Before(CommitError::Conflict) => !persistent,
        Fault::Before(_) => false,
    }
}

#[test]
fn the_passkey_comes_and_the_id_goes_in_one_commit() {
    for (fault, persistent) in faults() {
        let context = format!("{fault:?}, persistent {persistent}");
        let mut sim = bench();
        let (ceremony, saved) = restored(&mut sim, create);
        fail(&mut sim, fault, persistent);
        let done = run(&mut sim, &ceremony);
        sim.world.store.heal();
        let new = recovers(fault, persistent);
        assert_eq!(done.result.is_ok(), new, "{context}");
        let expected = if new { (1, 0) } else { (0, 1) };
        assert_eq!((passkeys(&mut sim), records(&mut sim)), expected, "{context}");
        if new {
            assert!(ceremony.finish(&mut sim.world, &done.result).is_ok(), "{context}");
        } else {
            // The process dies here: the ceremony is as it was.
            drop(ceremony);
            let again = Ceremony::restore(&mut sim.world, &saved).unwrap();
            assert!(finish(&mut sim, again).is_ok(), "{context}");
        }
        assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0), "{context}");
        assert_eq!(
            Ceremony::restore(&mut sim.world, &saved).unwrap_err(),
            CeremonyError::UsedUp,
            "{context}"
        );
    }
}

#[test]
fn a_sign_in_is_not_given_out_unless_its_id_is_used_up() {
    for (fault, persistent) in faults() {
        let context = format!("{fault:?}, persistent {persistent}");
        let mut sim = bench();
        register(&mut sim);
        let (ceremony, saved) = restored(&mut sim, get);
        let done = run(&mut sim, &ceremony);
        assert!(done.result.is_ok());
        fail(&mut sim, fault, persistent);
        let response = ceremony.finish(&mut sim.world, &done.result);
        sim.world.store.heal();
        let new = recovers(fault, persistent);
        assert_eq!(response.is_ok(), new, "{context}");
        assert_eq!(records(&mut sim), usize::from(!new), "{context}");
        assert_eq!(Ceremony::restore(&mut sim.world, &saved).is_ok(), !new, "{context}");
    }
}

#[test]
fn a_ceremony_whose_record_could_not_be_written_is_not_saved() {
    for (fault, persistent) in faults() {
        let context = format!("{fault:?}, persistent {persistent}");
        let mut sim = bench();
        let mut ceremony = create(&mut sim);
        fail(&mut sim, fault, persistent);
        let saved = ceremony.save(&mut sim.world);
        sim.world.store.heal();
        assert_eq!(saved.is_ok(), recovers(fault, persistent), "{context}");
        assert!(ceremony.save(&mut sim.world).is_ok(), "{context}: the next time");
        assert!(finish(&mut sim, ceremony).is_ok(), "{context}");
        assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0), "{context}");
    }
}

#[test]
fn dropped_at_any_step_it_can_be_restored() {
    let cases: [(Make, usize); 2] = [(create, 4), (get, 2)];
    for (make, steps) in cases {
        for dropped in 0..steps {
            let mut sim = bench();
            register(&mut sim);
            let (ceremony, saved) = restored(&mut sim, make);
            let requester = sim.requester;
            let mut step = ceremony.begin(&mut sim.world.context(), requester);
            for _ in 0..dropped {
                step = sim.answer(step);
            }
            assert!(!matches!(step, Step::Done(_)), "step {dropped}");
            drop((step, ceremony));
            sim.world.power_cycle();
            let again = Ceremony::restore(&mut sim.world, &saved).unwrap();
            assert!(finish(&mut sim, again).is_ok(), "step {dropped}");
        }
    }
}

#[test]
fn a_registration_that_is_dropped_after_its_commit_has_used_its_id_up() {
    let mut sim = bench();
    let (ceremony, saved) = restored(&mut sim, create);
    let done = run(&mut sim, &ceremony);
    assert!(done.result.is_ok());
    drop((done, ceremony));
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

#[test]
fn a_read_that_fails_after_its_commit_costs_a_registration_nothing() {
    let mut sim = bench();
    let (ceremony, saved) = restored(&mut sim, create);
    let done = run(&mut sim, &ceremony);
    sim.world.store.fail_read(0);
    let response = ceremony.finish(&mut sim.world, &done.result);
    sim.world.store.heal();
    assert!(response.is_ok(), "{response:?}");
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

#[test]
fn a_read_that_fails_gives_no_response_and_spends_nothing() {
    let mut sim = bench();
    register(&mut sim);
    let (ceremony, saved) = restored(&mut sim, get);
    let done = run(&mut sim, &ceremony);
    sim.world.store.fail_read(0);
    let response = ceremony.finish(&mut sim.world, &done.result);
    assert!(matches!(response, Err(CeremonyError::Core(_))), "{response:?}");
    for place in 0.. {
        sim.world.store.fail_read(place);
        let restored = Ceremony::restore(&mut sim.world, &saved);
        sim.world.store.heal();
        match restored {
            Ok(_) => break,
            Err(error) => assert_eq!(error.name().as_str(), "UnknownError", "read {place}: {error:?}"),
        }
    }
    assert!(Ceremony::restore(&mut sim.world, &saved).is_ok());
}
