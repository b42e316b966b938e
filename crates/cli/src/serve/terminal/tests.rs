//! What a line means as an answer.

use super::Asked;
use authenticator_core::{Ask, Gesture, Refusal};
use authenticator_host::hid::PromptId;
use std::time::Instant;

const fn asked(ask: Ask, until: Instant) -> Asked {
    Asked { prompt: PromptId(1), ask, candidates: Vec::new(), until }
}

#[test]
fn only_a_clear_yes_is_one() {
    let asked = asked(Ask::Presence, Instant::now());
    for line in ["y", "Y", "yes", "YES"] {
        assert_eq!(asked.answered(line), Ok(Gesture::TOUCH));
    }
    for line in ["", "n", "no", "yy", "1", "yes, why not"] {
        assert_eq!(asked.answered(line), Err(Refusal::Declined));
    }
}

#[test]
fn a_yes_is_a_long_touch_where_one_is_asked_for_and_never_a_verification() {
    let now = Instant::now();
    assert_eq!(asked(Ask::LongTouch, now).answered("y"), Ok(Gesture::LONG_TOUCH));
    assert_eq!(asked(Ask::Verification, now).answered("y"), Ok(Gesture::TOUCH));
}
