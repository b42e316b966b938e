//! What drivers and repairs commit: one commit each, and nobody is asked.

use super::{CutSim, Fault, begin, expected, fail, finish};
use crate::commands::Action;
use crate::sign_in::{New, SITE, register};
use crate::world::{Shared, dump};
use authenticator_core::credential::CredentialState;
use authenticator_core::store::{AccountMark, Listed, RecordId};
use authenticator_core::{Manage, Profile};
use authenticator_host::blocking::manage;
use authenticator_testkit::request::make_credential;
use authenticator_testkit::{Sim, with_keystore};
use std::ops::ControlFlow;
use std::time::Duration;

/// A command of the host's upkeep.
pub(crate) struct Upkeep {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// What it is done to.
    pub(crate) change: fn(&mut CutSim) -> Manage<'static>,
}

pub(crate) const UPKEEP: [Upkeep; 9] = [
    Upkeep {
        name: "Manage::SetState",
        what: "what has become of the credential",
        change: |sim| Manage::SetState(newest(sim), CredentialState::Hidden),
    },
    Upkeep {
        name: "Manage::Confirm",
        what: "the credential is active, without the account's older ones; tombstones of their keys",
        change: |sim| Manage::Confirm(newest(sim)),
    },
    Upkeep {
        name: "Manage::ConfirmSeen",
        what: "the same, while the account has what it had when it was looked at",
        change: |sim| {
            let record = newest(sim);
            Manage::ConfirmSeen(record, account_mark(sim, record))
        },
    },
    Upkeep {
        name: "Manage::Accept",
        what: "the credential is active; nothing else changes",
        change: |sim| Manage::Accept(newest(sim)),
    },
    Upkeep {
        name: "Manage::DeleteUnconfirmed",
        what: "the credential is gone; tombstone of its key",
        change: |sim| Manage::DeleteUnconfirmed(newest(sim)),
    },
    Upkeep {
        name: "Manage::GiveUpKey",
        what: "a tombstone in the place of the intent",
        change: |sim| {
            let alias = sim.world.abandoned_keys().expect("the store can be read");
            Manage::GiveUpKey(*alias.first().expect("an intent that has expired"))
        },
    },
    Upkeep {
        name: "Manage::KeyDestroyed",
        what: "the tombstone is gone",
        change: |sim| {
            let unwanted = sim.world.unwanted_keys().expect("the store can be read");
            Manage::KeyDestroyed(unwanted.first().expect("a tombstone").0)
        },
    },
    Upkeep {
        name: "Manage::Rewrite",
        what: "the credential, under its true indexes",
        change: |sim| Manage::Rewrite(newest(sim)),
    },
    Upkeep {
        name: "Manage::AcceptRecords",
        what: "the header, accounting for the records there are",
        change: |_| Manage::AcceptRecords,
    },
];

/// Two passkeys of an account, one superseding the other, a tombstone of another, and an intent that nobody followed up.
fn build() -> CutSim {
    let profile = with_keystore(Profile::security_key([0x33; 16]));
    let mut sim = Sim::over(profile, Shared::default(), 1).expect("an empty store");
    register(&mut sim, New::user(b"stays"));
    register(&mut sim, New::user(b"goes"));
    let goes = newest(&mut sim);
    manage(&mut sim.world, Manage::Delete(goes)).expect("it is there");
    let request = make_credential(SITE, b"cut").option("rk", true).encode();
    let step = begin(&mut sim, &Action::Request(request));
    drop((0..3).fold(step, |step, _| sim.answer(step)));
    sim.clock.advance(Duration::from_secs(601));
    let superseding = make_credential(SITE, b"stays").option("rk", true).encode();
    let step = begin(&mut sim, &Action::Supersede(superseding));
    finish(&mut sim, step);
    sim
}

/// The same, and another process over it.
pub(crate) fn lived_in() -> (CutSim, CutSim) {
    let sim = build();
    let profile = with_keystore(Profile::security_key([0x33; 16]));
    let mut other = Sim::over(profile, sim.world.store.inner.clone(), 2).expect("the same store");
    other.keys.keystore = sim.keys.keystore.clone();
    (sim, other)
}

fn account_mark(sim: &mut CutSim, record: RecordId) -> AccountMark {
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    let mark = vault.by_record(record, |entry| vault.account_mark(entry.credential));
    mark.expect("the store can be read").expect("it is there").expect("the store can be read")
}

fn newest(sim: &mut CutSim) -> RecordId {
    let mut newest = None;
    let mut context = sim.world.context();
    let flow = context.vault().expect("the store can be read").credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("an unreadable record") };
        newest = Some(entry.record);
        ControlFlow::Break(())
    });
    flow.map(drop).expect("the store can be read");
    newest.expect("a credential")
}

#[test]
fn upkeep_that_fails_leaves_the_store_old_or_new() {
    for upkeep in UPKEEP {
        for (fault, lasts) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{}, {fault:?}, lasting {lasts}", upkeep.name);
            let mut sim = build();
            let change = (upkeep.change)(&mut sim);
            let old = dump(&sim);
            fail(&mut sim, 0, fault, lasts);
            let result = manage(&mut sim.world, change);
            sim.world.store.heal();
            let succeeds = expected(0x28, false, fault, lasts).status == 0x00;
            assert_eq!(result.is_ok(), succeeds, "{context}");
            assert_eq!(dump(&sim) == old, !succeeds, "{context}");
            audit_finds_nothing(&context, &mut sim);
        }
    }
}

pub(crate) fn audit_finds_nothing(context: &str, sim: &mut CutSim) {
    let mut findings = Vec::new();
    sim.world.context().audit(&mut |finding| findings.push(finding)).expect("the store can be read");
    assert_eq!(findings, [], "{context}");
}
