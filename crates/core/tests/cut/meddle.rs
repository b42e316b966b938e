//! Another process commits between any two reads of a command: what was read together is not what stands there any more.

use super::{CutSim, Step, finish, reply};
use crate::commands::{Action, begin, cases};
use crate::sign_in::SITE;
use crate::upkeep::{UPKEEP, audit_finds_nothing, lived_in};
use crate::world::meaning;
use authenticator_core::store::{ChangeSet, CommitKind};
use authenticator_core::{BuiltInVerification, Error, Manage};
use authenticator_host::blocking::manage;
use authenticator_testkit::request::{get_assertion, make_credential};

/// What another process is about to commit.
#[derive(Clone, Copy, Debug)]
enum Meddling {
    /// A passkey of another site.
    Registers,
    /// When a passkey of the site was used last, which is a new version of its record.
    SignsIn,
    /// One of the site's passkeys goes.
    Deletes,
}

/// The change set that the other process has ready.
fn ready(other: &mut CutSim, meddling: Meddling) -> Option<ChangeSet> {
    let mut step = match meddling {
        Meddling::Registers => {
            let mut request = make_credential("meddler.example", b"m").option("rk", true);
            if other.world.authenticator.profile().verification == BuiltInVerification::Configured {
                request = request.option("uv", true);
            }
            begin(other, &Action::Request(request.encode()))
        }
        Meddling::SignsIn => {
            let id = meaning(other).into_iter().find(|credential| credential.rp_id == SITE)?.id;
            begin(other, &Action::Request(get_assertion(SITE).list([id.as_slice()]).encode()))
        }
        Meddling::Deletes => {
            let mut oldest = None;
            let mut context = other.world.context();
            let flow = context.vault().expect("a store").credentials(None, &mut |listed| {
                if let authenticator_core::store::Listed::Credential(entry) = listed {
                    oldest = Some(entry.record);
                }
                std::ops::ControlFlow::Continue(())
            });
            flow.map(drop).expect("the store can be read");
            begin(other, &Action::Delete(oldest?))
        }
    };
    loop {
        match step {
            Step::NeedsCommit(needs) if needs.kind() == CommitKind::Effect => {
                return needs.change_set(&other.world.session).ok().cloned();
            }
            Step::Done(done) => {
                assert_eq!(reply(other, &done).status, 0x00, "{meddling:?}");
                return done.hint(&other.world.session).cloned();
            }
            pending => step = other.answer(pending),
        }
    }
}

const MEDDLINGS: [Meddling; 3] = [Meddling::Registers, Meddling::SignsIn, Meddling::Deletes];

/// The records stay those that the header accounts for, and the command ends: with what it was to do, or with the word that
/// what it was about has gone or changed.
#[test]
fn what_another_process_commits_between_two_reads_mixes_nothing() {
    let mut meddled = 0;
    for case in cases() {
        for meddling in MEDDLINGS {
            for read in 0.. {
                let context = format!("{}, {meddling:?} before read {read}", case.name);
                let mut sim = case.build();
                let mut other = case.other_process(&sim, 7);
                let Some(changes) = ready(&mut other, meddling) else { break };
                let action = (case.action)(&mut sim);
                sim.world.store.inner.meddle(read, changes);
                let step = begin(&mut sim, &action);
                let (_, reply) = finish(&mut sim, step);
                let quiet = sim.world.store.inner.is_quiet();
                audit_finds_nothing(&context, &mut sim);
                let gone = matches!(meddling, Meddling::Deletes | Meddling::SignsIn);
                let typed = gone && [0x2E, 0x30, 0x7F, 0x00].contains(&reply.status);
                // A list ends when what it lists has changed.
                let ended = case.name.contains("GetNext") && reply.status == 0x30;
                let told = reply.status == case.status() || typed || ended;
                assert!(told, "{context}: {:02x}", reply.status);
                if quiet {
                    break;
                }
                meddled += 1;
            }
        }
    }
    assert!(meddled > 300, "{meddled} commits came between");
}

#[test]
fn what_another_process_commits_between_two_reads_of_upkeep_mixes_nothing() {
    let mut meddled = 0;
    for upkeep in UPKEEP {
        for meddling in MEDDLINGS {
            for read in 0.. {
                let context = format!("{}, {meddling:?} before read {read}", upkeep.name);
                let (mut sim, mut other) = lived_in();
                let change: Manage<'_> = (upkeep.change)(&mut sim);
                let Some(changes) = ready(&mut other, meddling) else { break };
                sim.world.store.inner.meddle(read, changes);
                let result = manage(&mut sim.world, change);
                let quiet = sim.world.store.inner.is_quiet();
                audit_finds_nothing(&context, &mut sim);
                let gone = matches!(meddling, Meddling::Deletes);
                // It rests on a look at the account, which is not what it was then.
                let stale = matches!(change, Manage::ConfirmSeen(..)) && result == Err(Error::RecordChanged);
                assert!(result.is_ok() || gone || stale, "{context}: {result:?}");
                if quiet {
                    break;
                }
                meddled += 1;
            }
        }
    }
    assert!(meddled > 30, "{meddled} commits came between");
}
