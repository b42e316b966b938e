//! What is answered where no person is asked.

use super::Habit;
use authenticator_core::{Ask, Gesture, Refusal};

#[test]
fn whoever_approves_is_there_and_is_not_verified() {
    for (ask, gesture) in [
        (Ask::Presence, Gesture::TOUCH),
        (Ask::Confirmation, Gesture::TOUCH),
        (Ask::LongTouch, Gesture::LONG_TOUCH),
        (Ask::Verification, Gesture::TOUCH),
    ] {
        assert_eq!(Habit::Approve.answer(ask, &[]), Ok(gesture));
    }
}

#[test]
fn whoever_verifies_is_verified_where_that_is_asked_for() {
    assert_eq!(Habit::Verify.answer(Ask::Verification, &[]), Ok(Gesture::VERIFIED));
    assert_eq!(Habit::Verify.answer(Ask::Presence, &[]), Ok(Gesture::TOUCH));
}

#[test]
fn whoever_denies_denies_everything() {
    for ask in [Ask::Presence, Ask::Verification, Ask::Confirmation, Ask::LongTouch] {
        assert_eq!(Habit::Deny.answer(ask, &[]), Err(Refusal::Declined));
    }
}
