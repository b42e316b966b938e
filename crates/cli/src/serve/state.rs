//! What persists: a folder with everything, or nothing at all.
//!
//! `DIR/store` has the store, `DIR/key` its device key and `DIR/lock` keeps a second process out: two of them would be one
//! security key in two places. Whoever has the folder has the passkeys; that is what a key for tests is for.

use crate::exit::Failure;
use crate::key_file::{self, MayMake};
use crate::log::Log;
use crate::paths::{self, Places};
use authenticator_core::DeviceKey;
use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use authenticator_host::HashMapStore;
use authenticator_store_sqlite::SqliteStore;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

/// A store of either kind.
#[derive(Debug)]
pub(super) enum Storage {
    Disk(Box<SqliteStore>),
    Memory(Box<HashMapStore>),
}

/// A store that can be used, with its key.
pub(super) struct State {
    pub(super) storage: Storage,
    pub(super) key: DeviceKey,
    /// Held as long as the process lives.
    pub(super) lock: Option<File>,
}

/// The folder's name for no folder.
pub(super) const MEMORY: &str = ":memory:";

impl State {
    /// Opens the state in `folder`, making what is not there.
    pub(super) fn open(folder: &Path, log: Log) -> Result<Self, Failure> {
        if folder == Path::new(MEMORY) {
            let mut key = [0; 32];
            getrandom::fill(&mut key)
                .map_err(|_| Failure::Other("the operating system gives no randomness".to_owned()))?;
            let storage = Storage::Memory(Box::default());
            return Ok(Self { storage, key: DeviceKey::new(key), lock: None });
        }
        paths::make_folder(folder)?;
        let lock = lock(folder)?;
        let places = Places::within(&folder.join("store"), &folder.join("key"), Some("device.key"))?;
        let may_make = if places.store.exists() { MayMake::No } else { MayMake::Yes };
        let key = key_file::load(&places.key, may_make, log)?;
        let store = SqliteStore::open(&places.store).map_err(|error| Failure::Store(error.to_string()))?;
        Ok(Self { storage: Storage::Disk(Box::new(store)), key, lock: Some(lock) })
    }
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let cannot =
        |error: std::io::Error| Failure::Store(format!("the state cannot be locked: {}", error.kind()));
    let file = File::options().write(true).create(true).truncate(false).open(folder.join("lock"));
    let file = file.map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Failure::Store("another process is serving this state".to_owned()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(cannot(error)),
    }
}

impl Storage {
    fn lookup(&self) -> &dyn Lookup {
        match self {
            Self::Disk(store) => store.as_ref(),
            Self::Memory(store) => store.as_ref(),
        }
    }
}

impl Lookup for Storage {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.lookup().read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.lookup().last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.lookup().anchored()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.lookup().room()
    }
}

impl Store for Storage {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        match self {
            Self::Disk(store) => store.commit(changes),
            Self::Memory(store) => store.commit(changes),
        }
    }
}
