//! The driver that does not wait: prompts, keys and commits are futures. Dropping its future drops the command, and the
//! store stays at its last commit.
//!
//! No future borrows the world, so the driver's own future can be sent to another thread wherever its parts can.

use crate::clock::Clock;
use crate::world::World;
use authenticator_core::key::{Backend, KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::{ChangeSet, CommitError, Store};
use authenticator_core::{Context, Done, Gesture, NeedsUser, Refusal, Step};
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

    /// Persists a change set, all of it or nothing.
    fn commit(
        &mut self,
        store: &mut S,
        changes: &ChangeSet,
    ) -> impl Future<Output = Result<(), CommitError>> + Send;
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
