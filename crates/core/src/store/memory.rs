//! A store in memory, of fixed size: for tests, for hosts that persist elsewhere, and to show how small a store is.

use super::{
    Change, ChangeSet, CommitError, CommitId, Index, Indexes, Lookup, MAX_BODY, Query, Record, RecordId,
    RecordKind, Store, StoreError, Visit,
};
use core::fmt;
use core::ops::ControlFlow;
use heapless::Vec;

/// At most `N` records in memory, the header included. Lookups walk all of them.
///
/// A record takes the room of a body of `BODY` bytes, however long its own is. By default every record fits; a host that
/// counts its bytes takes a smaller `BODY`, and a record that does not fit is [`CommitError::Full`].
#[derive(Clone, Default)]
pub struct MemoryStore<const N: usize, const BODY: usize = MAX_BODY> {
    /// Newest first: by falling number.
    records: Vec<Stored<BODY>, N>,
    last_commit: Option<CommitId>,
}

#[derive(Clone)]
struct Stored<const BODY: usize> {
    kind: RecordKind,
    id: RecordId,
    version: u64,
    number: u64,
    indexes: Indexes,
    body: Vec<u8, BODY>,
}

impl<const BODY: usize> Stored<BODY> {
    fn record(&self) -> Record<'_> {
        let Self { kind, id, version, number, indexes, ref body } = *self;
        Record { kind, id, version, number, indexes, body }
    }

    fn is(&self, kind: RecordKind, id: RecordId) -> bool {
        self.kind == kind && self.id == id
    }

    fn found_by(&self, query: &Query) -> bool {
        let earlier = |before: &Option<u64>| before.is_none_or(|before| self.number < before);
        match query {
            Query::Record { kind, id } => self.is(*kind, *id),
            Query::Index { index, key, before } => self.indexed(*index) == Some(*key) && earlier(before),
            Query::Kind { kind, before } => self.kind == *kind && earlier(before),
        }
    }

    const fn indexed(&self, index: Index) -> Option<super::BlindKey> {
        self.indexes.value(index)
    }
}

impl<const N: usize> MemoryStore<N> {
    /// An empty store in which every record fits.
    #[must_use]
    pub const fn new() -> Self {
        Self::sized()
    }
}

impl<const N: usize, const BODY: usize> MemoryStore<N, BODY> {
    /// An empty store for bodies of at most `BODY` bytes.
    #[must_use]
    pub const fn sized() -> Self {
        Self { records: Vec::new(), last_commit: None }
    }

    fn version(&self, kind: RecordKind, id: RecordId) -> Option<u64> {
        self.records.iter().find(|stored| stored.is(kind, id)).map(|stored| stored.version)
    }

    fn remove(&mut self, kind: RecordKind, id: RecordId) {
        if let Some(index) = self.records.iter().position(|stored| stored.is(kind, id)) {
            self.records.remove(index);
        }
    }

    fn put(&mut self, record: &Record<'_>) -> Result<(), CommitError> {
        self.remove(record.kind, record.id);
        let body = Vec::from_slice(record.body).map_err(|_| CommitError::Full)?;
        let Record { kind, id, version, number, indexes, .. } = *record;
        let place =
            self.records.iter().position(|stored| stored.number <= number).unwrap_or(self.records.len());
        self.records
            .insert(place, Stored { kind, id, version, number, indexes, body })
            .map_err(|_| CommitError::Full)
    }

    /// Whether the records there will be after `changes` fit: nothing may be touched before that is known.
    fn has_room(&self, changes: &ChangeSet) -> bool {
        let (mut count, mut cleared) = (self.records.len(), false);
        for change in changes.changes() {
            match change {
                Change::Put(record) if record.body.len() > BODY => return false,
                Change::Clear => (count, cleared) = (0, true),
                Change::Remove { kind, id } if !cleared && self.version(kind, id).is_some() => {
                    count = count.saturating_sub(1);
                }
                Change::Put(record) if cleared || self.version(record.kind, record.id).is_none() => {
                    count = count.saturating_add(1);
                }
                Change::Remove { .. } | Change::Put(_) => {}
            }
        }
        count <= N
    }
}

impl<const N: usize, const BODY: usize> Lookup for MemoryStore<N, BODY> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        Ok(self
            .records
            .iter()
            .filter(|stored| stored.found_by(query))
            .try_for_each(|stored| visit(stored.record())))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        Ok(self.last_commit)
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        Ok(Some(u32::try_from(N.saturating_sub(self.records.len())).unwrap_or(u32::MAX)))
    }
}

impl<const N: usize, const BODY: usize> Store for MemoryStore<N, BODY> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        for required in changes.preconditions() {
            if self.version(required.kind, required.id) != required.version.map(core::num::NonZeroU64::get) {
                return Err(CommitError::Conflict);
            }
        }
        if !self.has_room(changes) {
            return Err(CommitError::Full);
        }
        for change in changes.changes() {
            match change {
                Change::Clear => self.records.clear(),
                Change::Remove { kind, id } => self.remove(kind, id),
                Change::Put(record) => self.put(&record)?,
            }
        }
        self.last_commit = Some(changes.id());
        Ok(())
    }
}

impl<const N: usize, const BODY: usize> fmt::Debug for MemoryStore<N, BODY> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
