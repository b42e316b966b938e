//! The driver that waits.

use crate::clock::Clock;
use crate::keys::Keys;
use crate::world::World;
use authenticator_core::store::Store;
use authenticator_core::{Context, Done, Gesture, NeedsUser, Refusal, Requester, Step, begin};
use rand_core::CryptoRng;

/// Whoever answers prompts. Closures of this shape do.
pub trait User {
    /// Shows the step's prompt and returns the answer. The context is for [`NeedsUser::candidates`].
    ///
    /// # Errors
    /// A [`Refusal`] is an answer too.
    fn ask(&mut self, step: &NeedsUser, cx: &mut Context<'_>) -> Result<Gesture, Refusal>;
}

impl<F: FnMut(&NeedsUser, &mut Context<'_>) -> Result<Gesture, Refusal>> User for F {
    fn ask(&mut self, step: &NeedsUser, cx: &mut Context<'_>) -> Result<Gesture, Refusal> {
        self(step, cx)
    }
}

/// Answers one step from `user`, `keys` and the world's store; a command that is done stays done.
pub fn answer<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl User,
    keys: &mut impl Keys,
    step: Step,
) -> Step {
    match step {
        Step::NeedsUser(needs) => {
            let answer = user.ask(&needs, &mut world.context());
            needs.resume(&mut world.context(), answer)
        }
        Step::NeedsKeypair(needs) => {
            let answer = keys.generate(&mut world.context(), needs.request());
            needs.resume(&mut world.context(), answer)
        }
        Step::NeedsSignature(needs) => {
            let answer = keys.sign(&mut world.context(), needs.request());
            needs.resume(&mut world.context(), answer)
        }
        Step::NeedsCommit(needs) => {
            let answer = needs.change_set(&world.session).and_then(|changes| world.store.commit(changes));
            needs.resume(&mut world.context(), answer)
        }
        Step::Done(done) => Step::Done(done),
    }
}

/// Runs the command that `begin` begins to its end.
///
/// Send the reply, then call [`World::write_hint`].
pub fn run<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl User,
    keys: &mut impl Keys,
    begin: impl FnOnce(&mut Context<'_>) -> Step,
) -> Done {
    let mut step = begin(&mut world.context());
    loop {
        match step {
            Step::Done(done) => return done,
            pending => step = answer(world, user, keys, pending),
        }
    }
}

/// Answers one CTAP request: bytes in, bytes out. Returns how many bytes of `reply` are the reply; 1 KiB holds any.
pub fn handle<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl User,
    keys: &mut impl Keys,
    requester: Requester,
    request: &[u8],
    reply: &mut [u8],
) -> (Done, usize) {
    let done = run(world, user, keys, |cx| begin(request, cx, requester));
    let length = done.encode(reply);
    (done, length)
}
