#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use crate::lab::asked::About;
use authenticator_host::hid::PromptId;
use serde_json::{Value, json};

fn read(answer: Value) -> Result<Answer, String> {
    serde_json::from_value(answer).map_err(|error| error.to_string())
}

fn asked(ask: Ask, accounts: u8) -> Asked {
    Asked {
        prompt: PromptId(1),
        ask,
        choices: (0..accounts).map(|place| CandidateRef::Record(RecordId([place; 16]))).collect(),
        about: About {
            prompt: 1,
            ask: AskName::Presence,
            what: Purpose::SignIn,
            rp_id: Some("example.com".to_owned()),
            user: None,
            accounts: Vec::new(),
            permissions: None,
            timeout_ms: 30_000,
        },
    }
}

fn given(answer: Value, asked: &Asked) -> Result<Gesture, Refusal> {
    read(answer).unwrap().to(asked).unwrap().unwrap()
}

#[test]
fn compliance_is_what_is_asked_for() {
    for (ask, gesture) in [
        (Ask::Presence, Gesture::TOUCH),
        (Ask::Confirmation, Gesture::TOUCH),
        (Ask::Verification, Gesture::VERIFIED),
        (Ask::LongTouch, Gesture::LONG_TOUCH),
    ] {
        assert_eq!(given(json!({ "give": "comply" }), &asked(ask, 0)), Ok(gesture));
    }
}

#[test]
fn every_gesture_can_be_given_exactly() {
    let asked = asked(Ask::Verification, 0);
    for (presence, meant) in [("given", Presence::Given), ("held", Presence::Held), ("no", Presence::No)] {
        for (verification, verified) in [("yes", Verification::ByHost), ("no", Verification::No)] {
            let answer = json!({ "give": { "presence": presence, "verification": verification } });
            let gesture = Gesture { presence: meant, verification: verified, chosen: None };
            assert_eq!(given(answer, &asked), Ok(gesture));
        }
    }
}

#[test]
fn every_refusal_can_be_said() {
    let asked = asked(Ask::Presence, 0);
    for (answer, refusal) in [
        (json!({ "refuse": "cancelled" }), Refusal::Cancelled),
        (json!({ "refuse": "declined" }), Refusal::Declined),
        (json!({ "refuse": "timed_out" }), Refusal::TimedOut),
        (json!({ "refuse": "unavailable" }), Refusal::Unavailable),
        (json!({ "refuse": "verification_failed", "left": 2 }), Refusal::VerificationFailed { left: 2 }),
        (json!({ "refuse": "locked_out" }), Refusal::LockedOut { until: None }),
        (
            json!({ "refuse": "locked_out", "until_ms": 1_500 }),
            Refusal::LockedOut { until: Some(Duration::from_millis(1_500)) },
        ),
    ] {
        assert_eq!(given(answer, &asked), Err(refusal));
    }
}

#[test]
fn what_contradicts_itself_is_no_answer() {
    for wrong in [
        json!({}),
        json!({ "give": "touch", "refuse": "declined" }),
        json!({ "hold": false }),
        json!({ "hold": true, "choose": 1 }),
        json!({ "give": "touch", "left": 1 }),
        json!({ "refuse": "declined", "left": 1 }),
        json!({ "refuse": "declined", "until_ms": 1 }),
        json!({ "refuse": "verification_failed" }),
        json!({ "give": "touch", "choose": 0 }),
        json!({ "give": "touch", "more": 1 }),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn accounts_are_counted_from_one_and_the_newest_is_chosen_by_default() {
    let two = asked(Ask::Presence, 2);
    let chosen = |answer| given(answer, &two).unwrap().chosen.unwrap();
    assert_eq!(chosen(json!({ "give": "touch" })), CandidateRef::Record(RecordId([0; 16])));
    assert_eq!(chosen(json!({ "give": "touch", "choose": 2 })), CandidateRef::Record(RecordId([1; 16])));
    assert_eq!(read(json!({ "give": "touch", "choose": 3 })).unwrap().to(&two), Err(NoSuchAccount));
}

#[test]
fn what_was_given_is_written_and_read() {
    let chosen = Some(CandidateRef::Record(RecordId([7; 16])));
    for answer in [
        Ok(Gesture { chosen, ..Gesture::VERIFIED }),
        Ok(Gesture { presence: Presence::No, ..Gesture::LONG_TOUCH }),
        Ok(Gesture { verification: Verification::ByHost, ..Gesture::LONG_TOUCH }),
        Err(Refusal::Cancelled),
        Err(Refusal::Declined),
        Err(Refusal::TimedOut),
        Err(Refusal::Unavailable),
        Err(Refusal::VerificationFailed { left: 3 }),
        Err(Refusal::LockedOut { until: Some(Duration::from_secs(9)) }),
    ] {
        let written = serde_json::to_string(&Given::of(answer)).unwrap();
        let read: Given = serde_json::from_str(&written).unwrap();
        assert_eq!(read.answer(), Ok(answer), "{written}");
    }
}

#[test]
fn the_first_rule_that_fits_answers() {
    let policy: Policy = serde_json::from_value(json!({
        "rules": [
            { "for": "register", "answer": { "refuse": "declined" } },
            { "rp_id": "example.org", "answer": { "refuse": "timed_out" } },
            { "ask": "presence", "rp_id": "example.com", "answer": { "give": "touch" } },
            { "answer": { "refuse": "cancelled" } },
        ],
    }))
    .unwrap();
    assert_eq!(policy.answer(&asked(Ask::Presence, 0)).what, What::Give(Gesture::TOUCH));
    let bare: Policy = serde_json::from_value(json!({})).unwrap();
    assert_eq!(bare.answer(&asked(Ask::Presence, 0)), &Answer::HOLD);
}
