//! The driver that waits.

use crate::clock::Clock;
use crate::keys::{Keys, SoftwareKeys};
use crate::world::{OpenError, World};
use authenticator_core::store::{RecordId, Store, UnwantedKey};
use authenticator_core::{
    Command, Context, DeviceKey, Done, Error, Gesture, Manage, NeedsUser, Profile, Refusal, Requester, Step,
    begin,
};
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

/// Opens a store as [`World::open`] does, and has `keys` destroy what was left to be destroyed when the last process ended
/// ([`sweep_keys`]); what it cannot destroy now the next sweep names again.
///
/// # Errors
/// As [`World::open`].
pub fn open<S: Store, R: CryptoRng, C: Clock>(
    profile: Profile,
    device_key: &DeviceKey,
    store: S,
    rng: R,
    clock: C,
    keys: &mut impl Keys,
) -> Result<World<S, R, C>, OpenError> {
    let mut world = World::open(profile, device_key, store, rng, clock)?;
    if world.has_host_backend() {
        let _ = sweep_keys(&mut world, keys);
    }
    Ok(world)
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

/// Runs the command that `begin` begins to its end. What it leaves to a key backend of the host's to destroy is destroyed
/// ([`sweep_keys`]); whether that succeeds changes nothing for the command.
///
/// Send the reply, then call [`World::write_hint`].
pub fn run<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl User,
    keys: &mut impl Keys,
    begin: impl FnOnce(&mut Context<'_>) -> Step,
) -> Done {
    let mut step = begin(&mut world.context());
    let mut committed = false;
    loop {
        committed |= matches!(step, Step::NeedsCommit(_));
        match step {
            Step::Done(done) => {
                if committed && world.has_host_backend() {
                    // Whatever is left is found by the next sweep.
                    let _ = sweep_keys(world, keys);
                }
                return done;
            }
            pending => step = answer(world, user, keys, pending),
        }
    }
}

/// What a sweep came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many tombstones were settled.
    pub destroyed: usize,
    /// How many keys the backend could not destroy; the next sweep names them again.
    pub left: usize,
}

/// Has `keys` destroy every key that no passkey uses any more, those of registrations that never ended among them.
/// [`open`] calls it, and [`run`] after a commit.
///
/// # Errors
/// [`Error`] when the store could not be read or written; what was destroyed by then is named once more.
pub fn sweep_keys<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    keys: &mut impl Keys,
) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    for (record, key) in unwanted_keys(world)? {
        if keys.destroy(&key).is_ok() {
            key_destroyed(world, record)?;
            swept.destroyed = swept.destroyed.saturating_add(1);
        } else {
            swept.left = swept.left.saturating_add(1);
        }
    }
    Ok(swept)
}

/// The keys of the host's backends that no passkey uses any more, each with the record to be settled by [`key_destroyed`].
/// Keys whose registrations never ended in time are given up for it. For hosts that cannot be called back; others have
/// [`sweep_keys`].
///
/// # Errors
/// [`Error`] when the store could not be read or written.
pub fn unwanted_keys<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
) -> Result<Vec<(RecordId, UnwantedKey)>, Error> {
    let aside = world.aside();
    give_up_abandoned(aside.world)?;
    aside.world.unwanted_keys()
}

fn give_up_abandoned<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>) -> Result<(), Error> {
    let abandoned = world.abandoned_keys()?;
    abandoned.into_iter().try_for_each(|alias| unless_gone(manage(world, Manage::GiveUpKey(alias))))
}

/// The key that [`unwanted_keys`] named with this record is destroyed, or was never there. Saying so twice does no harm.
///
/// # Errors
/// [`Error`] when the store could not be read or written.
pub fn key_destroyed<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
) -> Result<(), Error> {
    let aside = world.aside();
    unless_gone(manage(aside.world, Manage::KeyDestroyed(record)))
}

/// Another sweep may have been faster.
pub(crate) fn unless_gone(result: Result<(), Error>) -> Result<(), Error> {
    result.or_else(|error| if error == Error::NoSuchRecord { Ok(()) } else { Err(error) })
}

/// Makes a change of the host's own, which asks neither its user nor a key; one that does, [`Manage::Reset`], is for
/// [`run`]. Keys that are not wanted any more by then are left to [`sweep_keys`].
///
/// # Errors
/// [`Error`] says why nothing was changed.
pub fn manage<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    change: Manage<'_>,
) -> Result<(), Error> {
    let mut nobody = |_: &NeedsUser, _: &mut Context<'_>| Err::<Gesture, _>(Refusal::Unavailable);
    let mut step = Command::Manage(change).begin(&mut world.context(), Requester::default());
    loop {
        match step {
            Step::Done(done) => return done.result.map(drop),
            pending => step = answer(world, &mut nobody, &mut SoftwareKeys, pending),
        }
    }
}

/// Answers one CTAP request: bytes in, bytes out. Returns how many bytes of `reply` are the reply; how long they are
/// [`Done::encode`] says.
pub fn handle<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl User,
    keys: &mut impl Keys,
    requester: Requester,
    request: &[u8],
    reply: &mut [u8],
) -> (Done, usize) {
    let done = run(world, user, keys, |cx| begin(request, cx, requester));
    let length = done.encode(&world.session, reply);
    (done, length)
}
