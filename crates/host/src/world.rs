//! What a command runs in.

use crate::clock::Clock;
use authenticator_core::key::Backend;
use authenticator_core::store::{
    ChangeSet, CommitError, Lookup, Query, RecordId, RecordKind, Store, UnwantedKey,
};
use authenticator_core::{
    Authenticator, Context, DeviceKey, Done, Error, Opened, Profile, ProfileError, Session, leaving_no_trace,
};
use rand_core::CryptoRng;
use std::fmt;
use std::ops::ControlFlow;

/// An authenticator, one session with it, and what both need of the host.
pub struct World<S, R, C> {
    /// What the authenticator is. It holds the device key, and so stays where it is when a world is moved.
    pub authenticator: Box<Authenticator>,
    /// The endpoint's RAM state.
    pub session: Session,
    /// The store.
    pub store: S,
    /// Randomness.
    pub rng: R,
    /// The clocks.
    pub clock: C,
}

/// Makes an authenticator where it is to stay, and leaves no other copy of its key.
fn made(profile: Profile, device_key: &DeviceKey) -> Result<Box<Authenticator>, OpenError> {
    leaving_no_trace(|| Authenticator::new(profile, device_key).map(Box::new)).map_err(OpenError::Profile)
}

/// Why a store could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The profile contradicts itself.
    Profile(ProfileError),
    /// The store is not one this authenticator can use.
    Store(Error),
    /// The store is empty and could not be set up.
    Setup(CommitError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Setup(error) => write!(f, "the store could not be set up: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl<S: Store, R: CryptoRng, C: Clock> World<S, R, C> {
    /// Opens a store, setting up an empty one, and powers up a session.
    ///
    /// # Errors
    /// [`OpenError`] with a profile that contradicts itself, another device key, a store of a later version, or a store that
    /// fails.
    pub fn open(
        profile: Profile,
        device_key: &DeviceKey,
        store: S,
        rng: R,
        clock: C,
    ) -> Result<Self, OpenError> {
        let authenticator = made(profile, device_key)?;
        let mut world = Self { authenticator, session: Session::new(clock.now()), store, rng, clock };
        world.set_up()?;
        Ok(world)
    }

    /// Opens a store that [`open`](Self::open) refuses with [`Error::StoreRolledBack`], as it is
    /// ([`Authenticator::accept_roll_back`]). Only on its owner's word.
    ///
    /// # Errors
    /// [`OpenError`] as for [`open`](Self::open), and when the store could not be written.
    pub fn accept_roll_back(
        profile: Profile,
        device_key: &DeviceKey,
        store: S,
        rng: R,
        clock: C,
    ) -> Result<Self, OpenError> {
        Self::open_after(Authenticator::accept_roll_back, profile, device_key, store, rng, clock)
    }

    /// Opens a store of another device key by deleting everything in it ([`Authenticator::start_over`]). Only on its owner's
    /// word.
    ///
    /// # Errors
    /// [`OpenError`] when the store could not be read or written.
    pub fn start_over(
        profile: Profile,
        device_key: &DeviceKey,
        store: S,
        rng: R,
        clock: C,
    ) -> Result<Self, OpenError> {
        Self::open_after(Authenticator::start_over, profile, device_key, store, rng, clock)
    }

    /// Commits what `first` says, and opens the store.
    fn open_after(
        first: impl FnOnce(&Authenticator, &dyn Lookup, &mut dyn CryptoRng) -> Result<ChangeSet, Error>,
        profile: Profile,
        device_key: &DeviceKey,
        mut store: S,
        mut rng: R,
        clock: C,
    ) -> Result<Self, OpenError> {
        let authenticator = made(profile, device_key)?;
        let changes = first(&authenticator, &store, &mut rng).map_err(OpenError::Store)?;
        store.commit(&changes).map_err(OpenError::Setup)?;
        let mut world = Self { authenticator, session: Session::new(clock.now()), store, rng, clock };
        world.set_up()?;
        Ok(world)
    }

    /// Sets the store up if it is empty. Another process may do so at the same moment: then its header is as good.
    fn set_up(&mut self) -> Result<(), OpenError> {
        let Opened::Empty(changes) =
            self.authenticator.open(&self.store, &mut self.rng).map_err(OpenError::Store)?
        else {
            return Ok(());
        };
        let written = match self.store.commit(&changes) {
            Ok(()) | Err(CommitError::Conflict | CommitError::InDoubt) => Ok(()),
            Err(error) => Err(OpenError::Setup(error)),
        };
        written?;
        match self.authenticator.open(&self.store, &mut self.rng).map_err(OpenError::Store)? {
            Opened::Ready => Ok(()),
            Opened::Empty(_) => Err(OpenError::Setup(CommitError::InDoubt)),
        }
    }
}

impl<S: Store, R: CryptoRng, C: Clock> World<S, R, C> {
    /// The world as one transition sees it.
    pub fn context(&mut self) -> Context<'_> {
        Context {
            authenticator: &self.authenticator,
            session: &mut self.session,
            store: &self.store,
            rng: &mut self.rng,
            now: self.clock.now(),
        }
    }

    /// Whether new keys are made outside of the core.
    pub(crate) fn has_host_backend(&self) -> bool {
        self.authenticator.profile().keys.backend != Backend::SOFTWARE
    }

    /// The keys of the host's backends that no passkey uses any more, with the records to be settled once they are destroyed.
    ///
    /// # Errors
    /// [`Error`] when the store could not be read.
    pub fn unwanted_keys(&mut self) -> Result<Vec<(RecordId, UnwantedKey)>, Error> {
        let mut found = Vec::new();
        let _ = self.context().vault()?.unwanted_keys(&mut |record, key| {
            found.push((record, key.clone()));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Of the keys that a backend of the host's has, given by the aliases they were asked for under, those that nothing in the
    /// store names: no passkey, no registration under way, nothing that is to be destroyed. They are only reported: whether
    /// they are another store's, another app's, or what a store that was rolled back has left the store cannot know.
    ///
    /// # Errors
    /// [`Error`] when the store could not be read.
    pub fn unknown_keys(
        &mut self,
        aliases: impl IntoIterator<Item = [u8; 16]>,
    ) -> Result<Vec<[u8; 16]>, Error> {
        let unwanted = self.unwanted_keys()?;
        let is_unwanted = |alias: &[u8; 16]| {
            unwanted.iter().any(|(_, key)| match key {
                UnwantedKey::Alias { alias: unwanted, .. } => unwanted == alias,
                UnwantedKey::Handle(key) => key.handle.as_slice() == alias,
                UnwantedKey::AliasSuffix(suffix) => alias.ends_with(suffix),
            })
        };
        let mut unknown = Vec::new();
        for alias in aliases {
            // The record of a passkey has its key's alias for an id, and one that cannot be opened still has it.
            let mut is_named = is_unwanted(&alias);
            for kind in [RecordKind::Credential, RecordKind::KeyIntent, RecordKind::KeyTombstone] {
                let query = Query::Record { kind, id: RecordId(alias) };
                is_named |= self.store.read(&query, &mut |_| ControlFlow::Break(()))?.is_break();
            }
            if !is_named {
                unknown.push(alias);
            }
        }
        Ok(unknown)
    }

    /// The aliases of keys whose registrations never ended.
    ///
    /// # Errors
    /// [`Error`] when the store could not be read.
    pub fn abandoned_keys(&mut self) -> Result<Vec<RecordId>, Error> {
        let mut found = Vec::new();
        let mut cx = self.context();
        let now = cx.now;
        let _ = cx.vault()?.abandoned_keys(now, &mut |alias| {
            found.push(alias);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The world with a session of its own for the host's upkeep: what the client's remembers, and a hint that lies in it,
    /// are not the host's to lose.
    pub(crate) fn aside(&mut self) -> Aside<'_, S, R, C> {
        let client = std::mem::replace(&mut self.session, Session::new(self.clock.now()));
        Aside { world: self, client }
    }

    /// Unplugs and plugs in: the session's RAM state is gone. That it was a boot too, which alone allows a security key's
    /// reset again, is its clock's to say.
    pub fn power_cycle(&mut self) {
        let transport = self.session.transport();
        self.session = Session::new(self.clock.now());
        if let Some(transport) = transport {
            self.session.over(transport);
        }
    }

    /// Writes what `done` only hints at. Call it once the reply has gone out; whatever happens to it does not matter.
    pub fn write_hint(&mut self, done: &Done) {
        if let Some(changes) = done.hint(&self.session) {
            // A hint that is lost costs a label "last used" and nothing else.
            let _ = self.store.commit(changes);
        }
    }
}

/// What [`World::aside`] has put in the client's place, until it is dropped.
pub(crate) struct Aside<'w, S, R, C> {
    pub(crate) world: &'w mut World<S, R, C>,
    client: Session,
}

impl<S, R, C> Drop for Aside<'_, S, R, C> {
    fn drop(&mut self) {
        std::mem::swap(&mut self.world.session, &mut self.client);
    }
}

impl<S, R, C> fmt::Debug for World<S, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("session", &self.session).finish_non_exhaustive()
    }
}
