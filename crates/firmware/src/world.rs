//! What the firmware's commands run in.

use crate::rng::SeededRng;
use authenticator_core::store::{ChangeSet, CommitError, MemoryStore, Store};
use authenticator_core::{
    Authenticator, BootId, BuiltInVerification, Chooser, Context, DeviceKey, LargeBlobStorage, Now, Opened,
    Profile, Session,
};
use core::fmt;
use core::time::Duration;

/// How many discoverable credentials there is room for.
pub const CREDENTIALS: usize = 16;

/// The credentials, and the header.
const RECORDS: usize = CREDENTIALS + 1;

/// The longest sealed record: any credential of the software backend fits, whatever the length of its names, as long as
/// the host keeps nothing beside it.
const BODY: usize = 724;

/// The longest request taken.
pub(crate) const MAX_REQUEST: usize = 1200;

/// The state in static memory, apart from the session: all zeros at power-up, so that it takes no flash. A product's store
/// is in flash instead; this one is empty after a loss of power.
pub struct Memory {
    store: MemoryStore<RECORDS, BODY>,
    /// One byte longer than any request: a longer one is cut there, and refused by the core for its length. The reply is
    /// written over the request, which no step borrows.
    pub(crate) buffer: [u8; MAX_REQUEST + 1],
}

impl Memory {
    /// As it is at power-up.
    #[must_use]
    pub const fn new() -> Self {
        Self { store: MemoryStore::sized(), buffer: [0; MAX_REQUEST + 1] }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The first boot. A product draws each at random; here each is the one after the last.
pub const BOOT: BootId = BootId([0; 16]);

/// The session as it is at power-up.
#[must_use]
pub const fn powered_up() -> Session {
    Session::new(Now { boot: BOOT, since_boot: Duration::ZERO, unix: None })
}

/// A security key with a small display and a fingerprint reader: it lets its user choose, and verifies them. Its records have
/// no room for a piece of large blobs.
#[must_use]
pub fn profile() -> Profile {
    Profile {
        verification: BuiltInVerification::Configured,
        chooser: Chooser::Host,
        large_blobs: LargeBlobStorage::None,
        ..Profile::security_key(*b"firmware example")
    }
}

/// An authenticator over the static memory, its randomness and its clock.
pub(crate) struct World<'m> {
    authenticator: Authenticator,
    store: &'m mut MemoryStore<RECORDS, BODY>,
    session: &'m mut Session,
    rng: SeededRng,
    boot: BootId,
    since_boot: Duration,
}

/// The profile contradicts itself, or the store is not one of this device.
pub(crate) struct Unusable;

impl<'m> World<'m> {
    /// Starts with randomness of this seed, and makes an empty store this device's own. Gives the buffer back beside it.
    pub(crate) fn open(
        memory: &'m mut Memory,
        session: &'m mut Session,
        seed: u64,
    ) -> Result<(Self, &'m mut [u8]), Unusable> {
        // A product unwraps this key with what its hardware keeps.
        let authenticator =
            Authenticator::new(profile(), &DeviceKey::new([0xD0; 32])).map_err(|_| Unusable)?;
        let Memory { store, buffer } = memory;
        let mut rng = SeededRng::new(seed);
        if let Opened::Empty(changes) = authenticator.open(store, &mut rng).map_err(|_| Unusable)? {
            store.commit(&changes).map_err(|_| Unusable)?;
        }
        Ok((Self { authenticator, store, session, rng, boot: BOOT, since_boot: Duration::ZERO }, buffer))
    }

    /// The world as one transition sees it.
    pub(crate) fn context(&mut self) -> Context<'_> {
        let now = self.now();
        let Self { authenticator, session, store, rng, .. } = self;
        Context { authenticator, session, store: *store, rng, now }
    }

    pub(crate) const fn session(&self) -> &Session {
        self.session
    }

    /// Commits the change set that lies in the session.
    pub(crate) fn commit(
        &mut self,
        changes: impl FnOnce(&Session) -> Result<&ChangeSet, CommitError>,
    ) -> Result<(), CommitError> {
        changes(self.session).and_then(|changes| self.store.commit(changes))
    }

    /// The time since boot.
    pub(crate) const fn since_boot(&self) -> Duration {
        self.since_boot
    }

    /// Lets time pass.
    pub(crate) const fn advance(&mut self, time: Duration) {
        self.since_boot = self.since_boot.saturating_add(time);
    }

    /// Unplugs and plugs in: the session's state is gone. The store stays, as one in flash would.
    pub(crate) fn power_cycle(&mut self) {
        let BootId(last) = self.boot;
        self.boot = BootId(u128::from_be_bytes(last).wrapping_add(1).to_be_bytes());
        self.since_boot = Duration::ZERO;
        *self.session = Session::new(self.now());
    }

    const fn now(&self) -> Now {
        Now { boot: self.boot, since_boot: self.since_boot, unix: None }
    }
}
