//! A store in a vector.

use authenticator_core::store::{
    Change, ChangeSet, CommitError, CommitId, Indexes, Lookup, Query, Record, RecordId, RecordKind, Store,
    StoreError, Visit,
};
use std::num::NonZeroU64;
use std::ops::ControlFlow;

/// Records, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnStore {
    pub(crate) records: Vec<Owned>,
    pub(crate) last_commit: Option<CommitId>,
    /// How many records there may be; as many as you like when not said.
    pub(crate) most: Option<usize>,
}

/// Kind, id, version, number, indexes, body.
pub(crate) type Owned = (RecordKind, RecordId, u64, u64, Indexes, Vec<u8>);

impl Lookup for OwnStore {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        Ok(self.records.iter().filter(|record| finds(query, record)).try_for_each(
            |&(kind, id, version, number, indexes, ref body)| {
                visit(Record { kind, id, version, number, indexes, body })
            },
        ))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        Ok(self.last_commit)
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        let left = self.most.map(|most| most.saturating_sub(self.records.len()));
        Ok(left.and_then(|left| u32::try_from(left).ok()))
    }
}

pub(crate) fn finds(query: &Query, record: &Owned) -> bool {
    let is_before = |before: Option<u64>| before.is_none_or(|before| record.3 < before);
    match *query {
        Query::Record { kind, id } => (record.0, record.1) == (kind, id),
        Query::Kind { kind, before } => record.0 == kind && is_before(before),
        Query::Index { index, key, before } => record.4.value(index) == Some(key) && is_before(before),
    }
}

impl Store for OwnStore {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        let version = |required: (RecordKind, RecordId)| {
            self.records.iter().find(|record| (record.0, record.1) == required).map(|record| record.2)
        };
        let mut required = changes.preconditions().iter();
        if !required.all(|this| version((this.kind, this.id)) == this.version.map(NonZeroU64::get)) {
            return Err(CommitError::Conflict);
        }
        // All or nothing: the change is made to a copy, which takes the place of the records when it is complete.
        let mut records = self.records.clone();
        for change in changes.changes() {
            match change {
                Change::Clear => records.clear(),
                Change::Remove { kind, id } => records.retain(|record| (record.0, record.1) != (kind, id)),
                Change::Put(Record { kind, id, version, number, indexes, body }) => {
                    records.retain(|record| (record.0, record.1) != (kind, id));
                    let place = records.partition_point(|record| record.3 > number);
                    records.insert(place, (kind, id, version, number, indexes, body.to_vec()));
                }
            }
        }
        if self.most.is_some_and(|most| records.len() > most) {
            return Err(CommitError::Full);
        }
        (self.records, self.last_commit) = (records, Some(changes.id()));
        Ok(())
    }
}
