//! A saved ceremony ends once.

use super::bench::{bench, create, finish, get, other_process, passkeys, records, register, run};
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::{Refusal, Step};
use authenticator_testkit::Answer;

#[test]
fn restored_twice_one_after_the_other_the_second_is_refused() {
    for make in [create, get] {
        let mut sim = bench();
        register(&mut sim);
        let saved = make(&mut sim).save(&mut sim.world).unwrap();
        let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
        assert!(finish(&mut sim, ceremony).is_ok());
        let again = Ceremony::restore(&mut sim.world, &saved).unwrap_err();
        assert_eq!((again.name().as_str(), again), ("NotAllowedError", CeremonyError::UsedUp));
    }
}

#[test]
fn of_two_copies_that_are_both_answered_one_registration_is_made() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let mut other = other_process(&sim, 2);
    let (first, second) = (
        Ceremony::restore(&mut sim.world, &saved).unwrap(),
        Ceremony::restore(&mut other.world, &saved).unwrap(),
    );
    // Both stand before their commit when the first one makes it.
    let requester = sim.requester;
    let mut mine = first.begin(&mut sim.world.context(), requester);
    let mut theirs = second.begin(&mut other.world.context(), requester);
    while !matches!(mine, Step::NeedsCommit(_)) {
        (mine, theirs) = (sim.answer(mine), other.answer(theirs));
    }
    let Step::Done(mine) = sim.answer(mine) else { panic!("the first one is done") };
    let Step::Done(theirs) = other.answer(theirs) else { panic!("so is the second") };
    assert!(first.finish(&mut sim.world, &mine.result).is_ok());
    assert_eq!(second.finish(&mut other.world, &theirs.result), Err(CeremonyError::UsedUp));
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
}

#[test]
fn of_two_copies_that_are_both_answered_one_sign_in_is_given_out() {
    let mut sim = bench();
    register(&mut sim);
    let saved = get(&mut sim).save(&mut sim.world).unwrap();
    let mut other = other_process(&sim, 2);
    let (first, second) = (
        Ceremony::restore(&mut sim.world, &saved).unwrap(),
        Ceremony::restore(&mut other.world, &saved).unwrap(),
    );
    let (mine, theirs) = (run(&mut sim, &first), run(&mut other, &second));
    assert!(mine.result.is_ok() && theirs.result.is_ok());
    assert!(second.finish(&mut other.world, &theirs.result).is_ok(), "whoever comes first");
    assert_eq!(first.finish(&mut sim.world, &mine.result), Err(CeremonyError::UsedUp));
}

/// The original goes on beside the copy that was restored from it, saved while it waited for its user.
#[test]
fn an_original_that_was_saved_under_way_loses_to_the_copy_that_ended_first() {
    let mut sim = bench();
    let mut original = create(&mut sim);
    let requester = sim.requester;
    let step = original.begin(&mut sim.world.context(), requester);
    let saved = original.save(&mut sim.world).unwrap();

    let mut other = other_process(&sim, 2);
    let copy = Ceremony::restore(&mut other.world, &saved).unwrap();
    assert!(finish(&mut other, copy).is_ok());

    let mut step = step;
    let done = loop {
        match step {
            Step::Done(done) => break done,
            waiting => step = sim.answer(waiting),
        }
    };
    assert_eq!(original.save(&mut sim.world), Err(CeremonyError::UsedUp), "it does not come back to life");
    assert_eq!(original.finish(&mut sim.world, &done.result), Err(CeremonyError::UsedUp));
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
}

#[test]
fn an_original_that_was_saved_under_way_uses_the_id_up() {
    let mut sim = bench();
    let mut original = create(&mut sim);
    let requester = sim.requester;
    let mut step = original.begin(&mut sim.world.context(), requester);
    while !matches!(step, Step::NeedsCommit(_)) {
        step = sim.answer(step);
    }
    // Even now: the change set that was built before is built again.
    let saved = original.save(&mut sim.world).unwrap();
    let done = loop {
        match step {
            Step::Done(done) => break done,
            waiting => step = sim.answer(waiting),
        }
    };
    assert_eq!(records(&mut sim), 0, "together with the credential");
    assert!(original.finish(&mut sim.world, &done.result).is_ok());
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

#[test]
fn cancelled_it_is_used_up() {
    for make in [create, get] {
        let mut sim = bench();
        register(&mut sim);
        let saved = make(&mut sim).save(&mut sim.world).unwrap();
        let (one, two) = (
            Ceremony::restore(&mut sim.world, &saved).unwrap(),
            Ceremony::restore(&mut sim.world, &saved).unwrap(),
        );
        assert_eq!(one.cancel(&mut sim.world), Ok(()));
        assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
        assert_eq!(two.cancel(&mut sim.world), Err(CeremonyError::UsedUp));
        assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
    }
}

#[test]
fn declined_it_is_used_up() {
    for make in [create, get] {
        let mut sim = bench();
        register(&mut sim);
        let saved = make(&mut sim).save(&mut sim.world).unwrap();
        let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
        sim.user.will(Answer::Refuse(Refusal::Declined));
        assert_eq!(finish(&mut sim, ceremony).unwrap_err().name().as_str(), "NotAllowedError");
        assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
    }
}

#[test]
fn another_command_of_the_session_takes_the_registrations_place() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
    let requester = sim.requester;
    let mut step = ceremony.begin(&mut sim.world.context(), requester);
    while !matches!(step, Step::NeedsCommit(_)) {
        step = sim.answer(step);
    }
    register(&mut sim); // in the same session, against its rule
    let Step::Done(done) = sim.answer(step) else { panic!("it ends") };
    assert_eq!(done.result.as_ref().err(), Some(&authenticator_core::Error::CeremonyUsed));
    assert_eq!(passkeys(&mut sim), 1, "only the other one's");
    assert_eq!(records(&mut sim), 1, "the other one did not use this one's id up");
    assert_eq!(ceremony.finish(&mut sim.world, &done.result), Err(CeremonyError::UsedUp));
}
