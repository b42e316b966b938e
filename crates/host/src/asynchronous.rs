//! The driver that does not wait: prompts, keys and commits are futures. Dropping its future drops the command, and the
//! store stays at its last commit.
//!
//! No future borrows the world, so the driver's own future can be sent to another thread wherever its parts can.

use crate::blocking::{Swept, unless_gone};
use crate::clock::Clock;
use crate::world::World;
use authenticator_core::key::{Backend, KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::{ChangeSet, CommitError, Store, UnwantedKey};
use authenticator_core::{
    Command, Context, Done, Error, Gesture, Manage, NeedsUser, Refusal, Requester, Step,
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

/// Runs the command that `begin` begins to its end, awaiting each answer from `host`.
///
/// Send the reply, then call [`World::write_hint`], and [`sweep_keys`] where keys are with a backend of the host's.
pub async fn run<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
    begin: impl FnOnce(&mut Context<'_>) -> Step,
) -> Done {
    let mut step = begin(&mut world.context());
    loop {
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
            Step::Done(done) => return done,
        };
    }
}

/// Has `host` destroy every key that no passkey uses any more, as [`blocking::sweep_keys`](crate::blocking::sweep_keys)
/// does. Call it when the store has been opened, and after commands.
///
/// # Errors
/// [`Error`] when the store could not be read or written; what was destroyed by then is named once more.
pub async fn sweep_keys<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
) -> Result<Swept, Error> {
    let client = world.aside();
    let swept = sweep(world, host).await;
    world.session = client;
    swept
}

async fn sweep<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
) -> Result<Swept, Error> {
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
    let done = run(world, host, |cx| Command::Manage(change).begin(cx, Requester::default())).await;
    unless_gone(done.result.map(drop))
}
