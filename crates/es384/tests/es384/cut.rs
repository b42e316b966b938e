//! Registration with an ES384 key, cut at every step and failed at every commit.

use crate::bench::{ES256, ES384, keys, registered, registration, security_key, send, sign_in};
use authenticator_core::store::{CommitError, Lookup, Query, RecordKind};
use authenticator_core::{Requester, Step, begin};
use authenticator_es384::Es384Keys;
use authenticator_host::blocking;
use authenticator_testkit::request::CLIENT_DATA_HASH;
use authenticator_testkit::{Fault, Sim};
use std::ops::ControlFlow;
use std::time::Duration;

const STEPS: [&str; 5] = ["NeedsUser", "NeedsCommit", "NeedsKeypair", "NeedsSignature", "NeedsCommit"];

fn name(step: &Step) -> &'static str {
    match step {
        Step::NeedsUser(_) => "NeedsUser",
        Step::NeedsKeypair(_) => "NeedsKeypair",
        Step::NeedsSignature(_) => "NeedsSignature",
        Step::NeedsCommit(_) => "NeedsCommit",
        Step::Done(_) => "Done",
    }
}

/// The site has a passkey from before, which the new one is to replace.
fn world() -> Sim {
    let mut sim = security_key();
    registered(&mut sim, &registration(&[ES256]));
    sim
}

/// After a reboot and a sweep there is one passkey, the old or the new, with a key that signs, and no trace of another.
fn assert_old_or_new(sim: &mut Sim, is_new: bool, context: &str) {
    sim.clock.reboot();
    sim.power_cycle(Duration::from_secs(601));
    let swept = blocking::sweep_keys(&mut sim.world, &mut Es384Keys).unwrap();
    assert_eq!(swept.left, 0, "{context}");
    for kind in [RecordKind::KeyIntent, RecordKind::KeyTombstone] {
        let flow = sim.world.store.read(&Query::Kind { kind, before: None }, &mut |_| ControlFlow::Break(()));
        assert_eq!(flow.unwrap(), ControlFlow::Continue(()), "{context}: {kind:?}");
    }
    let handles: Vec<_> = keys(sim).iter().map(|key| key.handle.as_slice().len()).collect();
    assert_eq!(handles, [if is_new { 93 } else { 64 }], "{context}");
    assert_eq!(send(sim, &sign_in()).status, 0x00, "{context}");
}

#[test]
fn a_registration_that_is_dropped_at_any_step_leaves_the_store_old() {
    let request = registration(&[ES384]).encode();
    for dropped in 0..=STEPS.len() {
        let mut sim = world();
        let mut step = begin(&request, &mut sim.world.context(), Requester::default());
        for expected in &STEPS[..dropped] {
            assert_eq!(name(&step), *expected);
            step = blocking::answer(&mut sim.world, &mut sim.user, &mut Es384Keys, step);
        }
        assert_eq!(name(&step), STEPS.get(dropped).copied().unwrap_or("Done"));
        drop(step);
        assert_old_or_new(&mut sim, dropped == STEPS.len(), &format!("dropped at step {dropped}"));
    }
}

#[test]
fn a_registration_whose_commits_fail_leaves_the_store_old_or_new() {
    for place in 0..2 {
        for (fault, lasts) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("commit {place}, {fault:?}, lasting {lasts}");
            let mut sim = world();
            if lasts {
                sim.world.store.fail_commits_from(place, fault);
            } else {
                sim.world.store.fail_commit(place, fault);
            }
            let reply = send(&mut sim, &registration(&[ES384]));
            sim.world.store.heal();
            let tried_again =
                matches!(fault, Fault::Before(CommitError::Conflict) | Fault::InDoubt) && !lasts;
            let is_new = fault == Fault::After || tried_again;
            assert_eq!(reply.status == 0x00, is_new, "{context}");
            if let Some(credential) = reply.auth_data().filter(|_| is_new) {
                assert!(send(&mut sim, &sign_in()).is_signed_by(&credential, &CLIENT_DATA_HASH), "{context}");
            }
            assert_old_or_new(&mut sim, is_new, &context);
        }
    }
}
