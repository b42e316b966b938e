#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use crate::lab::asked::{AskName, Purpose};
use authenticator_core::Ask;
use serde_json::json;

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn asked(prompt: u64) -> Asked {
    Asked {
        prompt: PromptId(prompt),
        ask: Ask::Presence,
        choices: Vec::new(),
        about: About {
            prompt,
            ask: AskName::Presence,
            what: Purpose::Selection,
            rp_id: None,
            user: None,
            accounts: Vec::new(),
            permissions: None,
            timeout_ms: 30_000,
        },
    }
}

fn answer(answer: serde_json::Value) -> Answer {
    serde_json::from_value(answer).unwrap()
}

fn touch() -> Answer {
    answer(json!({ "give": "touch" }))
}

fn no() -> Answer {
    answer(json!({ "refuse": "declined" }))
}

fn patient() -> Desk {
    Desk::new(Policy::always(Answer::HOLD))
}

#[test]
fn what_is_queued_answers_one_prompt_each_and_then_the_policy() {
    let mut desk = Desk::new(Policy::always(no()));
    assert_eq!(desk.queue(vec![touch(), touch()], false, at(0)), Ok(2));
    for given in [Ok(Gesture::TOUCH), Ok(Gesture::TOUCH), Err(Refusal::Declined)] {
        desk.ask(asked(1), at(0)).unwrap();
        assert_eq!(desk.take_due(at(0)), Some((asked(1), given)));
        assert!(desk.asked().is_none());
    }
}

#[test]
fn a_prompt_for_which_there_is_nothing_takes_what_is_queued_next() {
    let mut desk = patient();
    desk.ask(asked(1), at(0)).unwrap();
    assert_eq!((desk.due(), desk.take_due(at(99))), (None, None));
    assert_eq!(desk.queue(vec![no(), touch()], false, at(1)), Ok(1));
    assert_eq!(desk.take_due(at(1)), Some((asked(1), Err(Refusal::Declined))));
}

#[test]
fn a_prompt_that_is_held_waits_for_its_own_answer() {
    let mut desk = patient();
    desk.queue(vec![answer(json!({ "hold": true }))], false, at(0)).unwrap();
    desk.ask(asked(1), at(0)).unwrap();
    assert_eq!(desk.queue(vec![no()], false, at(0)), Ok(1));
    assert_eq!(desk.take_due(at(0)), None);
    assert_eq!(desk.answer(&touch(), Some(2), at(0)), Err(Wrong::NothingAsked));
    assert_eq!(desk.answer(&touch(), Some(1), at(0)), Ok(()));
    assert_eq!(desk.take_due(at(0)), Some((asked(1), Ok(Gesture::TOUCH))));
}

#[test]
fn an_answer_that_takes_time_comes_when_it_is_due() {
    let mut desk = patient();
    desk.queue(vec![answer(json!({ "give": "touch", "after_ms": 5_000 }))], false, at(0)).unwrap();
    desk.ask(asked(1), at(10)).unwrap();
    assert_eq!((desk.due(), desk.take_due(at(14))), (Some(at(15)), None));
    assert_eq!(desk.answer(&no(), None, at(14)), Ok(()), "somebody is faster");
    assert_eq!(desk.take_due(at(14)), Some((asked(1), Err(Refusal::Declined))));
}

#[test]
fn a_prompt_that_is_withdrawn_is_answered_by_nobody() {
    let mut desk = patient();
    desk.ask(asked(2), at(0)).unwrap();
    desk.answer(&answer(json!({ "give": "touch", "after_ms": 5_000 })), None, at(0)).unwrap();
    desk.withdraw(PromptId(1));
    assert_eq!(desk.due(), Some(at(5)), "another one");
    desk.withdraw(PromptId(2));
    assert_eq!((desk.due(), desk.take_due(at(9))), (None, None));
    assert_eq!(desk.answer(&touch(), None, at(9)), Err(Wrong::NothingAsked));
}

#[test]
fn an_answer_that_cannot_be_leaves_the_prompt_standing() {
    let second = || answer(json!({ "give": "touch", "choose": 2 }));
    let mut desk = patient();
    desk.queue(vec![second()], false, at(0)).unwrap();
    assert_eq!(desk.ask(asked(1), at(0)), Err(Wrong::NoSuchAccount));
    assert!(desk.asked().is_some());
    assert_eq!(desk.answer(&second(), None, at(0)), Err(Wrong::NoSuchAccount));
    assert_eq!(desk.queue(vec![second(), touch()], false, at(0)), Err(Wrong::NoSuchAccount));
    assert_eq!((desk.queued(), desk.due()), (0, None));
    assert_eq!(desk.queue(vec![touch()], false, at(0)), Ok(0));
    assert_eq!(desk.take_due(at(0)), Some((asked(1), Ok(Gesture::TOUCH))));
}

#[test]
fn no_more_are_queued_than_there_is_room_for() {
    let mut desk = patient();
    assert_eq!(desk.queue(vec![touch(); MOST_ANSWERS], false, at(0)), Ok(MOST_ANSWERS));
    assert_eq!(desk.queue(vec![touch()], false, at(0)), Err(Wrong::TooMany));
    assert_eq!(desk.queued(), MOST_ANSWERS);
    assert_eq!(desk.queue(vec![touch()], true, at(0)), Ok(1));
}
