//! The driver that does not wait: prompts, keys and commits are futures. Dropping its future drops the command, and the
//! store stays at its last commit.

use crate::clock::Clock;
use crate::world::World;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::{ChangeSet, CommitError, Store};
use authenticator_core::{Context, Done, Gesture, NeedsUser, Refusal, Step};
use rand_core::CryptoRng;
use std::future::Future;

/// What the driver awaits. Methods that need the store's keys are given the context and must not hold on to it.
pub trait Host<S> {
    /// Shows the step's prompt and returns the answer.
    fn ask(&mut self, step: &NeedsUser, cx: Context<'_>) -> impl Future<Output = Result<Gesture, Refusal>>;

    /// Makes a key pair.
    fn generate(
        &mut self,
        request: &KeyRequest,
        cx: Context<'_>,
    ) -> impl Future<Output = Result<NewKey, KeyError>>;

    /// Signs the request's message.
    fn sign(
        &mut self,
        request: &SignatureRequest,
        cx: Context<'_>,
    ) -> impl Future<Output = Result<Signature, KeyError>>;

    /// Persists a change set, all of it or nothing.
    fn commit(&mut self, store: &mut S, changes: &ChangeSet)
    -> impl Future<Output = Result<(), CommitError>>;
}

/// Runs the command that `begin` begins to its end, awaiting each answer from `host`.
///
/// Send the reply, then call [`World::write_hint`].
pub async fn run<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    host: &mut impl Host<S>,
    begin: impl FnOnce(&mut Context<'_>) -> Step,
) -> Done {
    let mut step = begin(&mut world.context());
    loop {
        step = match step {
            Step::NeedsUser(needs) => {
                let answer = host.ask(&needs, world.context()).await;
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsKeypair(needs) => {
                let answer = host.generate(needs.request(), world.context()).await;
                needs.resume(&mut world.context(), answer)
            }
            Step::NeedsSignature(needs) => {
                let answer = host.sign(needs.request(), world.context()).await;
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
