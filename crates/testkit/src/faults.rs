//! A store that fails when it is told to.

use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use std::cell::Cell;
use std::ops::ControlFlow;

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// With this error, and nothing has changed.
    Before(CommitError),
    /// It takes effect, but the store says [`CommitError::InDoubt`].
    After,
    /// It does not take effect, and the store says [`CommitError::InDoubt`].
    InDoubt,
}

impl Fault {
    /// Every way in which a commit can fail.
    pub const ALL: [Self; 7] = [
        Self::Before(CommitError::Conflict),
        Self::Before(CommitError::Full),
        Self::Before(CommitError::ReadOnly),
        Self::Before(CommitError::Busy),
        Self::Before(CommitError::Failed),
        Self::After,
        Self::InDoubt,
    ];
}

/// Wraps a store; counts its reads and commits, and fails the ones it is told to.
#[derive(Clone, Debug, Default)]
pub struct FaultStore<S> {
    /// The store itself.
    pub inner: S,
    /// The commit that fails, counted from the next one as 0, and how.
    commit_fault: Option<(usize, Fault)>,
    /// Every commit from then on fails too.
    persistent: bool,
    /// The read that fails, counted from the next one as 0.
    read_fault: Cell<Option<usize>>,
    commits: usize,
    reads: Cell<usize>,
}

impl<S> FaultStore<S> {
    /// A store without faults so far.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            commit_fault: None,
            persistent: false,
            read_fault: Cell::new(None),
            commits: 0,
            reads: Cell::new(0),
        }
    }

    /// Fails the commit number `place` from now, 0 being the next.
    pub fn fail_commit(&mut self, place: usize, fault: Fault) {
        (self.commit_fault, self.persistent) = (Some((place, fault)), false);
    }

    /// Fails the commit number `place` from now, 0 being the next, and all that follow.
    pub fn fail_commits_from(&mut self, place: usize, fault: Fault) {
        (self.commit_fault, self.persistent) = (Some((place, fault)), true);
    }

    /// Fails the read number `place` from now, 0 being the next.
    pub fn fail_read(&mut self, place: usize) {
        self.read_fault.set(Some(place));
    }

    /// Forgets all faults that have not happened yet.
    pub fn heal(&mut self) {
        self.commit_fault = None;
        self.read_fault.set(None);
    }

    /// How many commits have been asked for.
    pub const fn commits(&self) -> usize {
        self.commits
    }

    /// How many reads have been asked for.
    pub const fn reads(&self) -> usize {
        self.reads.get()
    }

    fn fault_of_this_commit(&mut self) -> Option<Fault> {
        self.commits = self.commits.saturating_add(1);
        let (place, fault) = self.commit_fault?;
        if place == 0 {
            self.commit_fault = self.persistent.then_some((0, fault));
            return Some(fault);
        }
        self.commit_fault = Some((place.saturating_sub(1), fault));
        None
    }
}

impl<S: Lookup> Lookup for FaultStore<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.reads.set(self.reads.get().saturating_add(1));
        match self.read_fault.get() {
            Some(0) => {
                self.read_fault.set(None);
                return Err(StoreError::Failed);
            }
            Some(place) => self.read_fault.set(Some(place.saturating_sub(1))),
            None => {}
        }
        self.inner.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.inner.last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.inner.anchored()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.inner.room()
    }
}

impl<S: Store> Store for FaultStore<S> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        match self.fault_of_this_commit() {
            None => self.inner.commit(changes),
            Some(Fault::Before(error)) => Err(error),
            Some(Fault::InDoubt) => Err(CommitError::InDoubt),
            Some(Fault::After) => {
                self.inner.commit(changes)?;
                Err(CommitError::InDoubt)
            }
        }
    }
}
