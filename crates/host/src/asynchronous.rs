//! The driver that does not wait: prompts, keys and commits are futures. Dropping its future drops the command, and the
//! store stays at its last commit.
//!
//! No future borrows the world, so the driver's own future can be sent to another thread wherever its parts can.

use crate::blocking::{Swept, unless_gone};
use crate::clock::Clock;
use crate::world::{OpenError, World};
use authenticator_core::key::{Backend, KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::{ChangeSet, CommitError, Store, UnwantedKey};
use authenticator_core::{
    Command, Context, DeviceKey, Done, Error, Gesture, Manage, NeedsUser, Profile, Refusal, Requester, Step,
};
use rand_core::CryptoRng;
use std::future::Future;

/// What the driver awaits. The software backend's keys are not among it: they are the core's, and ready at once.
pub trait Host<S> {
    /// Shows the step's prompt. The context is for its candidates, and gone when this returns.
    fn show(&mut self, step: &NeedsUser, cx: &mut Context<'_>);

    /// The answer to what was shown last.
    fn answer(&mut self) -> impl Future<Output = Result<Gesture, Refusal>> + Send;

    /// A key pair of the host's own backend.
    fn generate(&mut self, request: &KeyRequest) -> impl Future<Output = Result<NewKey, KeyError>> + Send;

    /// A signature by a key of the host's own backend.
    fn sign(
        &mut self,
        request: &SignatureRequest,
    ) -> impl Future<Output = Result<Signature, KeyError>> + Send;

    /// Destroys a key of the host's own backend, or all that it stands for. One that is not there is `Ok`.
    fn destroy(&mut self, key: &UnwantedKey) -> impl Future<Output = Result<(), KeyError>> + Send;

    /// Persists a change set, all of it or nothing.
    fn commit(
        &mut self,
        store: &mut S,
        changes: &ChangeSet,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// Opens a store as [`World::open`] does, and has `host` destroy what was left to be destroyed when the last process ended
/// ([`sweep_keys`]); what it cannot destroy now the next sweep names again.
///
/// # Errors
/// As [`World::open`].
pub async fn open<S: Store, R: CryptoRng, C: Clock>(
    profile: Profile,
    device_key: &DeviceKey,
    store: S,
    rng: R,
    clock: C,
    host: &mut impl Host<S>,
) -> Result<World<S, R, C>, OpenError> {
    let mut world = World::open(profile, device_key, store, rng, clock)?;
    if world.has_host_backend() {
        let _ = sweep_keys(&mut world, host).await;
    }
    Ok(world)
}

/// Runs the command that `begin` begins to its end, awaiting each answer from `host`. What it leaves to a key backend of
/// the host's to destroy is destroyed ([`sweep_keys`]); whether that succeeds changes nothing for the command.
///
/// Send the reply, then call [`World::write_hint`].
pub async fn run<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
    begin: impl FnOnce(&mut Context<'_>) -> Step,
) -> Done {
    let step = begin(&mut world.context());
    let (done, committed) = finish(world, host, step).await;
    if committed && world.has_host_backend() {
        let _ = sweep_keys(world, host).await;
    }
    done
}

/// Awaits each answer from `step` on. Says whether anything was to be committed.
async fn finish<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
    mut step: Step,
) -> (Done, bool) {
    let mut committed = false;
    loop {
        committed |= matches!(step, Step::NeedsCommit(_));
        step = match step {
            Step::NeedsUser(needs) => {
                host.show(&needs, &mut world.context());
                let answer = host.answer().await;
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsKeypair(needs) => {
                let answer = match world.authenticator.profile().keys.backend {
                    Backend::SOFTWARE => software::generate(&mut world.context(), needs.request()),
                    _ => host.generate(needs.request()).await,
                };
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsSignature(needs) => {
                let answer = match needs.request().key.backend {
                    Backend::SOFTWARE => software::sign(&mut world.context(), needs.request()),
                    _ => host.sign(needs.request()).await,
                };
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsCommit(needs) => {
                let answer = match needs.change_set(&world.session) {
                    Ok(changes) => host.commit(&mut world.store, changes).await,
                    Err(error) => Err(error),
                };
                needs.resume(&mut world.context(), answer)
            }
            Step::Done(done) => return (done, committed),
        };
    }
}

/// Has `host` destroy every key that no passkey uses any more, as [`blocking::sweep_keys`](crate::blocking::sweep_keys)
/// does. [`open`] calls it, and [`run`] after a commit.
///
/// # Errors
/// [`Error`] when the store could not be read or written; what was destroyed by then is named once more.
pub async fn sweep_keys<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
) -> Result<Swept, Error> {
    let aside = world.aside();
    let world = &mut *aside.world;
    for alias in world.abandoned_keys()? {
        settle(world, host, Manage::GiveUpKey(alias)).await?;
    }
    let mut swept = Swept::default();
    for (record, key) in world.unwanted_keys()? {
        if host.destroy(&key).await.is_ok() {
            settle(world, host, Manage::KeyDestroyed(record)).await?;
            swept.destroyed = swept.destroyed.saturating_add(1);
        } else {
            swept.left = swept.left.saturating_add(1);
        }
    }
    Ok(swept)
}

/// Another sweep may have been faster.
async fn settle<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
    change: Manage<'_>,
) -> Result<(), Error> {
    let step = Command::Manage(change).begin(&mut world.context(), Requester::default());
    let (done, _) = finish(world, host, step).await;
    unless_gone(done.result.map(drop))
}
