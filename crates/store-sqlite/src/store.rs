//! The store.

use crate::commit::{self, Durability};
use crate::error::{self, OpenError};
use crate::open::{self, Access};
use crate::read;
use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use rusqlite::Connection;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

/// Sealed records in an SQLite file.
///
/// A visitor may read the same store again while it is being called. Dropping the store closes the file; the last process
/// to do so folds the log into it.
pub struct SqliteStore {
    pub(crate) connection: Connection,
    pub(crate) access: Access,
    /// How the connection commits at present.
    pub(crate) durability: Durability,
    /// Something was deleted and the log that still has it could not be cut, because another process was reading it.
    pub(crate) owes_checkpoint: bool,
}

impl SqliteStore {
    /// Opens the store at `path`, making it if there is none. Only its owner may read what is made (on Unix).
    ///
    /// A store whose file may not be written is opened all the same: it can be read, and a commit is answered with
    /// [`CommitError::ReadOnly`].
    ///
    /// # Errors
    /// [`OpenError`] says what stands at `path` instead of a store, or what kept us from it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open::open(path, Access::Write).map(Self::new)
    }

    /// Opens the store at `path` for reading; every commit is answered with [`CommitError::ReadOnly`].
    ///
    /// # Errors
    /// [`OpenError`], also when there is no store or it would have to be updated first.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        open::open(path, Access::Read).map(Self::new)
    }

    fn new((connection, access): (Connection, Access)) -> Self {
        Self { connection, access, durability: Durability::Synced, owes_checkpoint: false }
    }
}

impl Lookup for SqliteStore {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        read::read(&self.connection, query, visit).map_err(|error| error::reading(&error))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        read::last_commit(&self.connection).map_err(|error| error::reading(&error))
    }
}

impl Store for SqliteStore {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        commit::commit(self, changes)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("access", &self.access).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
