//! A store that is lent to the thread that commits, and is not there to be read meanwhile.

use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use std::ops::ControlFlow;

/// The store, unless it is lent. Commands wait for it to come back, so that nothing of this is ever asked of an absent one;
/// if it were, it would be busy.
pub(super) struct Lent<S>(Option<S>);

impl<S> Lent<S> {
    pub(super) const fn new(store: S) -> Self {
        Self(Some(store))
    }

    pub(super) const fn here(&self) -> Option<&S> {
        self.0.as_ref()
    }

    pub(super) const fn lend(&mut self) -> Option<S> {
        self.0.take()
    }

    pub(super) fn take_back(&mut self, store: S) {
        self.0 = Some(store);
    }
}

impl<S: Lookup> Lookup for Lent<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.0.as_ref().ok_or(StoreError::Busy)?.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.0.as_ref().ok_or(StoreError::Busy)?.last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.0.as_ref().ok_or(StoreError::Busy)?.anchored()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.0.as_ref().ok_or(StoreError::Busy)?.room()
    }
}

impl<S: Store> Store for Lent<S> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.0.as_mut().ok_or(CommitError::Busy)?.commit(changes)
    }
}
