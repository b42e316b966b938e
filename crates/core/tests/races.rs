//! What another process does while a command waits for its user or its commit: what was allowed before is not allowed any more.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;
#[allow(dead_code, reason = "it is the cut tests' store")]
#[path = "cut/world.rs"]
mod world;

use authenticator_core::credential::CredentialState;
use authenticator_core::store::{Listed, RecordId};
use authenticator_core::{Manage, Profile, ResetPolicy, Step, begin};
use authenticator_host::blocking::manage;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes, encode, map};
use authenticator_testkit::pin::{Platform, Token};
use authenticator_testkit::request::{descriptor, get_assertion, make_credential};
use pin::*;
use std::ops::ControlFlow;
use world::{CutSim, Shared};

fn anytime() -> Profile {
    Profile { reset: ResetPolicy::Anytime, ..security_key() }
}

/// Two processes over one store, in which [`PIN`] is set and a passkey for [`SITE`] lies.
fn two_processes() -> (CutSim, CutSim) {
    let mut one = Sim::over(anytime(), Shared::default(), 1).unwrap();
    assert_eq!(set_pin(&mut one, PIN), 0x00);
    let token = token(&mut one, MC);
    assert_eq!(one.send(&token.proves(make_credential(SITE, b"user").option("rk", true))).status, 0x00);
    let two = Sim::over(anytime(), one.world.store.inner.clone(), 2).unwrap();
    (one, two)
}

fn token_for(sim: &mut CutSim, permissions: u64) -> Token {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&platform.token_for(PIN, permissions, None));
    platform.token(&reply).unwrap()
}

fn started(sim: &mut CutSim, request: &[u8]) -> Step {
    begin(request, &mut sim.world.context(), sim.requester)
}

fn finished(sim: &mut CutSim, mut step: Step) -> u8 {
    while !matches!(step, Step::Done(_)) {
        step = sim.answer(step);
    }
    let Step::Done(done) = step else { panic!("{step:?}") };
    done.result.map_or_else(|error| error.status().code(), |_| 0x00)
}

fn credentials(sim: &mut CutSim) -> Vec<RecordId> {
    let (mut found, mut cx) = (Vec::new(), sim.world.context());
    let _ = cx.vault().unwrap().credentials(None, &mut |listed| {
        if let Listed::Credential(entry) = listed {
            found.push(entry.record);
        }
        ControlFlow::Continue(())
    });
    found
}

/// A request of credentialManagement or authenticatorConfig, with what authorises it.
fn subcommand(command: u8, number: u8, parameters: &Value, token: &Token) -> Vec<u8> {
    let raw = encode(parameters);
    let prefix = if command == 0x0D { [[0xFF; 32].as_slice(), &[0x0D]].concat() } else { Vec::new() };
    let param = token.authenticate(&[prefix.as_slice(), &[number], &raw].concat());
    let request =
        map([(1, Value::from(number)), (2, parameters.clone()), (3, Value::from(2)), (4, bytes(&param))]);
    [[command].as_slice(), &encode(&request)].concat()
}

fn min_pin_length(length: u8, token: &Token) -> Vec<u8> {
    subcommand(0x0D, 0x03, &map([(1, length)]), token)
}

/// Covers: MC-17, GA-05
#[test]
fn a_token_that_another_process_voids_during_the_prompt_verifies_nobody() {
    for permission in [MC, GA] {
        let (mut one, mut two) = two_processes();
        let token = token(&mut one, permission);
        let request = if permission == MC {
            token.proves(make_credential(SITE, b"another").option("rk", true))
        } else {
            token.proves(get_assertion(SITE))
        };
        let step = started(&mut one, &request.encode());
        assert!(matches!(step, Step::NeedsUser(_)));
        assert_eq!(change_pin(&mut two, PIN, "4321"), 0x00);
        assert_eq!(finished(&mut one, step), 0x33);
        assert_eq!(credentials(&mut two).len(), 1);
    }
}

/// Covers: RST-05
#[test]
fn a_registration_that_was_allowed_before_a_reset_is_not_made_after_it() {
    let (mut one, mut two) = two_processes();
    let token = token(&mut one, MC);
    let step = started(&mut one, &token.proves(make_credential(SITE, b"another")).encode());
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(finished(&mut one, step), 0x7F);
    assert!(credentials(&mut two).is_empty());
}

/// Covers: RST-07
#[test]
fn a_reset_that_lost_a_race_leaves_alone_what_came_after_the_other() {
    let (mut one, mut two) = two_processes();
    let step = started(&mut one, &[0x07]);
    let step = one.answer(step);
    assert!(matches!(step, Step::NeedsCommit(_)));
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(two.send(&make_credential(SITE, b"new").option("rk", true)).status, 0x00);
    assert_eq!(finished(&mut one, step), 0x7F);
    assert_eq!(credentials(&mut two).len(), 1);
}

/// Covers: CFG-12, CFG-16
#[test]
fn a_minimum_that_lost_a_race_does_not_lower_the_other() {
    let (mut one, mut two) = two_processes();
    assert_eq!(change_pin(&mut one, PIN, "123456789012"), 0x00);
    let acfg = |sim: &mut CutSim| {
        let platform = Platform::connect(sim, 2);
        let reply = sim.send(&platform.token_for("123456789012", ACFG, None));
        platform.token(&reply).unwrap()
    };
    let (token_one, token_two) = (acfg(&mut one), acfg(&mut two));
    let step = started(&mut one, &min_pin_length(6, &token_one));
    assert!(matches!(step, Step::NeedsCommit(_)));
    assert_eq!(two.send_bytes(&min_pin_length(10, &token_two)).status, 0x00);
    assert_eq!(finished(&mut one, step), 0x37);
    let info = two.send_bytes(&[0x04]);
    assert_eq!(info.member(0x0D).and_then(|length| length.as_integer()), Some(10.into()));
}

/// Covers: CM-06
#[test]
fn a_deletion_whose_token_is_void_by_then_deletes_nothing() {
    for (number, extra) in [(0x06, None), (0x07, Some("another name"))] {
        let (mut one, mut two) = two_processes();
        let manager = token_for(&mut one, CM);
        let id = {
            let token = token(&mut two, GA);
            two.send(&token.proves(get_assertion(SITE))).credential_id().unwrap()
        };
        let mut parameters = vec![(2, descriptor(&id))];
        parameters.extend(extra.map(|name| (3, map([("id", bytes(b"user")), ("name", Value::from(name))]))));
        let step = started(&mut one, &subcommand(0x0A, number, &map(parameters), &manager));
        assert!(matches!(step, Step::NeedsCommit(_)), "{step:?}");
        assert_eq!(change_pin(&mut two, PIN, "4321"), 0x00);
        assert_eq!(finished(&mut one, step), 0x33);
        assert_eq!(credentials(&mut two).len(), 1);
    }
}

/// Covers: CM-12
#[test]
fn a_passkey_that_its_host_hides_meanwhile_is_not_a_clients_to_delete() {
    let (mut one, mut two) = two_processes();
    let manager = token_for(&mut one, CM);
    let site = token(&mut two, GA);
    let id = two.send(&site.proves(get_assertion(SITE))).credential_id().unwrap();
    let step = started(&mut one, &subcommand(0x0A, 0x06, &map([(2, descriptor(&id))]), &manager));
    let record = credentials(&mut two)[0];
    manage(&mut two.world, Manage::SetState(record, CredentialState::Hidden)).unwrap();
    assert_eq!(finished(&mut one, step), 0x2E);
    assert_eq!(credentials(&mut two), [record]);
}

/// Covers: CP-17
#[test]
fn two_processes_do_not_share_the_last_attempt_at_a_verification() {
    let mut one = Sim::over(biometric_key(), Shared::default(), 1).unwrap();
    let mut two = Sim::over(biometric_key(), one.world.store.inner.clone(), 2).unwrap();
    let request = make_credential(SITE, b"user").option("uv", true).encode();
    for _ in 0..4 {
        let step = started(&mut one, &request);
        let step = one.answer(step);
        assert!(matches!(step, Step::NeedsUser(_)), "an attempt is spent, and dropped");
    }
    let (first, second) = (started(&mut one, &request), started(&mut two, &request));
    assert!(matches!((&first, &second), (Step::NeedsCommit(_), Step::NeedsCommit(_))));
    let first = one.answer(first);
    assert!(matches!(first, Step::NeedsUser(_)));
    assert_eq!(finished(&mut two, second), 0x32, "nobody is asked for an attempt that is not there");
    assert!(two.user.seen.is_empty());
}
