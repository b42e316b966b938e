//! One store in several hands.

use authenticator_core::store::{ChangeSet, CommitError, CommitId, Lookup, Query, Store, StoreError, Visit};
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

/// A store that several sessions of one process share. Clones are the same store.
#[derive(Debug, Default)]
pub struct Shared<S>(Rc<RefCell<S>>);

impl<S> Shared<S> {
    /// This store, to be shared.
    pub fn new(store: S) -> Self {
        Self(Rc::new(RefCell::new(store)))
    }

    /// Whether this is the last hand on the store: a place that keeps one can close it then.
    #[must_use]
    pub fn is_the_last(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S: Clone> Shared<S> {
    /// The store as it is now, which changes no more with this one.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self::new(self.0.borrow().clone())
    }
}

impl<S: Lookup> Lookup for Shared<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.0.borrow().read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.0.borrow().last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.0.borrow().anchored()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.0.borrow().room()
    }
}

impl<S: Store> Store for Shared<S> {
    /// Within a visitor nothing can be committed: [`CommitError::Busy`].
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.0.try_borrow_mut().map_err(|_| CommitError::Busy)?.commit(changes)
    }
}
