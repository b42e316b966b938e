//! The store itself.

use crate::entry::{self, MAX_COMMIT, MAX_ENTRY};
use crate::error::OpenError;
use crate::geometry::Medium;
use crate::index::Place;
use crate::log::{LogError, State, foresee};
use authenticator_core::store::{
    Change, ChangeSet, CommitError, CommitId, Lookup, MAX_BODY, Query, Record, RecordKind, Store, StoreError,
    Visit,
};
use core::cell::RefCell;
use core::fmt;
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use embedded_storage::nor_flash::NorFlash;

/// At most `N` records in NOR flash, the header included.
///
/// Takes all of the flash it is given, which is a partition as a rule: two banks of whole pages, each with room for all
/// records and for the longest change set. In memory a record takes 40 bytes. On the stack a read takes [`MAX_BODY`] bytes, and a
/// commit 40 bytes a record.
pub struct FlashStore<F, const N: usize> {
    /// Borrowed to copy a record out, and released before the visitor is called: a visitor may read too.
    medium: RefCell<Medium<F>>,
    state: State<N>,
    /// A write failed, and the flash could not be read since: what it holds is not known.
    in_doubt: bool,
}

impl<F: NorFlash, const N: usize> FlashStore<F, N> {
    /// Opens the store on this flash, and finishes what a loss of power has interrupted. Flash that was never written, or
    /// on which the first opening was interrupted, becomes an empty store.
    ///
    /// # Errors
    /// [`OpenError`]; flash that holds something else is left as it was.
    pub fn open(flash: F) -> Result<Self, OpenError> {
        Self::with(flash, |medium| medium.open())
    }

    /// Erases the flash, whatever it holds, and begins an empty store. Until it has returned, the flash may hold the older
    /// store, or something that cannot be opened.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn format(flash: F) -> Result<Self, OpenError> {
        Self::with(flash, |medium| medium.format())
    }

    fn with(
        flash: F,
        open: impl FnOnce(&mut Medium<F>) -> Result<State<N>, OpenError>,
    ) -> Result<Self, OpenError> {
        let mut medium = Medium::new(flash)?;
        if !medium.is_large_enough() {
            return Err(OpenError::Unsuitable);
        }
        let state = open(&mut medium)?;
        Ok(Self { medium: RefCell::new(medium), state, in_doubt: false })
    }

    /// Gives the flash back.
    pub fn into_flash(self) -> F {
        self.medium.into_inner().into_flash()
    }

    /// Copies a record out of the flash and shows it, if it is what is looked for.
    fn show(&self, place: &Place, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        let mut buffer = [0; MAX_BODY];
        let (indexes, body) = {
            let mut medium = self.medium.try_borrow_mut().map_err(|_| StoreError::Busy)?;
            let put = entry::read_put(&mut medium, place.offset).map_err(|_| StoreError::Failed)?;
            let indexes = put.indexes(&mut medium).map_err(|_| StoreError::Failed)?;
            if let Query::Index { index, key, .. } = *query
                && indexes.value(index) != Some(key)
            {
                return Ok(ControlFlow::Continue(()));
            }
            let body = put.body(&mut medium, &mut buffer).map_err(|_| StoreError::Failed)?;
            (indexes, body)
        };
        let Place { kind, id, version, number, .. } = *place;
        Ok(visit(Record { kind, id, version, number, indexes, body }))
    }

    fn write(&mut self, changes: &ChangeSet) -> Result<(), LogError> {
        let medium = self.medium.get_mut();
        let size = medium.frame_size(entry::payload_length(changes));
        if self.state.tail + size > medium.log_end(self.state.bank) {
            medium.move_log(&mut self.state)?;
        }
        medium.append(&mut self.state, changes)?;
        // A reset leaves nothing behind.
        if changes.changes().any(|change| matches!(change, Change::Clear)) {
            let cleared = self.state.bank;
            medium.move_log(&mut self.state)?;
            medium.erase(cleared)?;
        }
        Ok(())
    }

    /// Reads the flash again after a write that failed.
    fn recover(&mut self) -> Result<(), OpenError> {
        self.in_doubt = true;
        self.state = self.medium.get_mut().open()?;
        self.in_doubt = false;
        Ok(())
    }
}

impl<F: NorFlash, const N: usize> Lookup for FlashStore<F, N> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        if self.in_doubt {
            return Err(StoreError::Failed);
        }
        for place in self.state.index.iter().filter(|place| may_be_found(place, query)) {
            if self.show(place, query, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        if self.in_doubt { Err(StoreError::Failed) } else { Ok(self.state.last_commit) }
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        if self.in_doubt {
            return Err(StoreError::Failed);
        }
        let medium = self.medium.try_borrow().map_err(|_| StoreError::Busy)?;
        let taken = medium.snapshot_size(&self.state.index).saturating_add(medium.frame_size(MAX_COMMIT));
        let free = medium.log_size().saturating_sub(taken);
        let by_size = free.checked_div(medium.frame_size(MAX_ENTRY)).unwrap_or(0);
        let places = N.saturating_sub(self.state.index.iter().count());
        Ok(Some(by_size.min(u32::try_from(places).unwrap_or(u32::MAX))))
    }
}

/// Whether a record is found by this query, as far as can be told without its keys.
fn may_be_found(place: &Place, query: &Query) -> bool {
    let earlier = |before: Option<u64>| before.is_none_or(|before| place.number < before);
    match *query {
        Query::Record { kind, id } => place.kind == kind && place.id == id,
        // Only credentials and what belongs to them have keys, the header never.
        Query::Index { before, .. } => place.kind != RecordKind::Header && earlier(before),
        Query::Kind { kind, before } => place.kind == kind && earlier(before),
    }
}

impl<F: NorFlash, const N: usize> Store for FlashStore<F, N> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        if self.in_doubt {
            self.recover().map_err(|_| CommitError::Failed)?;
        }
        let holds = changes.preconditions().iter().all(|required| {
            let version = self.state.index.find(required.kind, required.id).map(|place| place.version);
            version == required.version.map(NonZeroU64::get)
        });
        if !holds {
            return Err(CommitError::Conflict);
        }
        let after = foresee(&self.state.index, changes).map_err(|_| CommitError::Full)?;
        let medium = self.medium.get_mut();
        // Whatever is committed next, a deletion at least, must fit behind a snapshot of what there is then.
        let needed = medium.snapshot_size(&after).saturating_add(medium.frame_size(MAX_COMMIT));
        if needed > medium.log_size() || entry::payload_length(changes) > MAX_COMMIT {
            return Err(CommitError::Full);
        }
        if self.write(changes).is_ok() {
            return Ok(());
        }
        self.recover().map_err(|_| CommitError::InDoubt)?;
        if self.state.last_commit == Some(changes.id()) {
            return Ok(());
        }
        // Flash with check bits may refuse a torn word that reads as erased, each time again: the next commit goes elsewhere.
        self.in_doubt = self.medium.get_mut().move_log(&mut self.state).is_err();
        Err(CommitError::Failed)
    }
}

impl<F, const N: usize> fmt::Debug for FlashStore<F, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlashStore")
            .field("records", &self.state.index.iter().count())
            .field("generation", &self.state.generation)
            .finish_non_exhaustive()
    }
}
