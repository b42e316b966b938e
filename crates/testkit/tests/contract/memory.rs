//! The two stores in memory.

use authenticator_core::store::{ChangeSet, MemoryStore};
use authenticator_host::HashMapStore;
use authenticator_testkit::contract::{Fixture, Judge, Kept, Reason, Room, Shared};

const NO_LIFE: Reason = Reason("it lives in its process's memory, and dies with it");
const NO_WRITES: Reason =
    Reason("a change is a change of memory; there is no later time at which half of it is seen");

/// The core's store of a fixed size.
pub(crate) struct Slots(Shared<MemoryStore<SLOTS>>);

const SLOTS: usize = 16;

impl Fixture for Slots {
    type Store = Shared<MemoryStore<SLOTS>>;
    const NAME: &'static str = "memory";

    fn new() -> Self {
        Self(Shared::new(MemoryStore::new()))
    }

    fn open(&mut self) -> Self::Store {
        self.0.clone()
    }

    fn kill(&mut self, _: Self::Store) -> Result<(), Reason> {
        Err(NO_LIFE)
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        Ok(Self(self.0.snapshot()))
    }

    fn cut(&mut self, _: &ChangeSet, _: Judge<'_, Self>) -> Result<&'static str, Reason> {
        Err(NO_WRITES)
    }

    fn small() -> Result<Self, Reason> {
        Ok(Self::new())
    }

    fn large() -> (Self, Room) {
        (Self::new(), Room::Only(SLOTS - 1, Reason("it is made for no more")))
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        Ok(Kept::RecordsAlone)
    }
}

/// The host's store of any size.
pub(crate) struct Maps(Shared<HashMapStore>);

impl Fixture for Maps {
    type Store = Shared<HashMapStore>;
    const NAME: &'static str = "hash map";

    fn new() -> Self {
        Self(Shared::new(HashMapStore::default()))
    }

    fn open(&mut self) -> Self::Store {
        self.0.clone()
    }

    fn kill(&mut self, _: Self::Store) -> Result<(), Reason> {
        Err(NO_LIFE)
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        Ok(Self(self.0.snapshot()))
    }

    fn cut(&mut self, _: &ChangeSet, _: Judge<'_, Self>) -> Result<&'static str, Reason> {
        Err(NO_WRITES)
    }

    fn small() -> Result<Self, Reason> {
        Err(Reason("it has room as long as its process has memory; without that the process ends"))
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        Ok(Kept::RecordsAlone)
    }
}
