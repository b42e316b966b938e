//! The store.

use crate::commit;
use crate::error::{self, OpenError};
use crate::file;
use crate::open::{self, Access, OpenFile};
use crate::read;
use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Sealed records in an SQLite file.
///
/// A visitor may read the same store again while it is being called. Dropping the store closes the file; the last process
/// to do so folds the log into it.
pub struct SqliteStore {
    /// Absolute, so that it is the same file after the program has changed its folder.
    path: PathBuf,
    /// What the file was to be opened for.
    wanted: Access,
    /// `None` while suspended.
    pub(crate) open: Option<OpenFile>,
    /// The log may still have what was deleted: it could not be cut, because another process was reading it, or it is of a
    /// process that was killed.
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
        Self::open_for(path, Access::Write)
    }

    /// Opens the store at `path` for reading; every commit is answered with [`CommitError::ReadOnly`].
    ///
    /// # Errors
    /// [`OpenError`], also when there is no store or it would have to be updated first.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        Self::open_for(path, Access::Read)
    }

    fn open_for(path: &Path, wanted: Access) -> Result<Self, OpenError> {
        let path = file::resolve(path)?;
        let open = open::open(&path, wanted)?;
        let owes_checkpoint = open.found_log;
        Ok(Self { path, wanted, open: Some(open), owes_checkpoint })
    }

    /// Lets go of the file: no lock and no descriptor is left, and the log is folded in unless another process is using
    /// it. Call it when the system is about to suspend the program; iOS ends an app that is suspended with a lock on a
    /// file. It does not wait for anybody.
    ///
    /// Until [`resume`](Self::resume), reads are answered with [`StoreError::Busy`] and commits with
    /// [`CommitError::Busy`]: trying again is right, later. Suspending once more does nothing.
    pub fn suspend(&mut self) {
        let Some(OpenFile { connection, access, .. }) = self.open.take() else { return };
        if access == Access::Write && connection.busy_timeout(Duration::ZERO).is_ok() {
            self.owes_checkpoint &= !commit::cut_log(&connection);
        }
        // Closes it. Should SQLite be unable to fold the log in, it stays beside the file and is found again.
        drop(connection);
    }

    /// Opens the file again after [`suspend`](Self::suspend), with every check that [`open`](Self::open) makes: it may be
    /// another file by now, or none. A store that is not suspended stays as it is.
    ///
    /// # Errors
    /// [`OpenError`]; the store is still suspended then, and resuming may be tried again. A store that has been deleted
    /// meanwhile is [`OpenError::Missing`], and no empty one is made in its place.
    pub fn resume(&mut self) -> Result<(), OpenError> {
        if self.open.is_none() {
            let open = open::reopen(&self.path, self.wanted)?;
            self.owes_checkpoint |= open.found_log;
            self.open = Some(open);
        }
        Ok(())
    }
}

impl Lookup for SqliteStore {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        let open = self.open.as_ref().ok_or(StoreError::Busy)?;
        read::read(&open.connection, query, visit).map_err(|error| error::reading(&error))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        let open = self.open.as_ref().ok_or(StoreError::Busy)?;
        read::last_commit(&open.connection).map_err(|error| error::reading(&error))
    }
}

impl Store for SqliteStore {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        let open = self.open.as_mut().ok_or(CommitError::Busy)?;
        commit::commit(open, &mut self.owes_checkpoint, changes)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = self.open.as_ref().map(|open| open.access);
        f.debug_struct("SqliteStore").field("access", &access).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
