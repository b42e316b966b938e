//! A store in which somebody has been at the records.

use super::bench::{Row, found, kinds};
use authenticator_core::store::{
    BlindKey, Change, ChangeSet, CommitError, CommitId, Index, Indexes, Lookup, Query, Record, RecordId,
    RecordKind, Store, StoreError, Visit,
};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// Wraps a store; what is said here of a record takes the place of what was committed, until a commit touches it.
pub(super) struct Altered<S> {
    inner: S,
    /// `None`: it is not there.
    instead: HashMap<(RecordKind, RecordId), Option<Row>>,
}

impl<S> Altered<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, instead: HashMap::new() }
    }

    /// There is this record now, in place of one of its kind and id.
    pub(super) fn put(&mut self, row: Row) {
        self.instead.insert((row.kind, row.id), Some(row));
    }

    /// There is no such record any more.
    pub(super) fn take_away(&mut self, kind: RecordKind, id: RecordId) {
        self.instead.insert((kind, id), None);
    }
}

impl<S: Lookup> Lookup for Altered<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        if self.instead.is_empty() {
            return self.inner.read(query, visit);
        }
        let mut rows: Vec<_> = self.instead.values().flatten().cloned().collect();
        for kind in kinds() {
            let committed = found(&self.inner, &Query::Kind { kind, before: None })?;
            rows.extend(committed.into_iter().filter(|row| !self.instead.contains_key(&(row.kind, row.id))));
        }
        rows.retain(|row| finds(query, row));
        rows.sort_by_key(|row| std::cmp::Reverse(row.number));
        Ok(rows.iter().try_for_each(|Row { kind, id, version, number, keys, body }| {
            let [relying_party, credential_id, user] = keys.map(|key| key.map(BlindKey));
            let indexes = Indexes { relying_party, credential_id, user };
            visit(Record { kind: *kind, id: *id, version: *version, number: *number, indexes, body })
        }))
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

fn finds(query: &Query, row: &Row) -> bool {
    let is_before = |before: Option<u64>| before.is_none_or(|before| row.number < before);
    let [relying_party, credential_id, user] = row.keys;
    match *query {
        Query::Record { kind, id } => (row.kind, row.id) == (kind, id),
        Query::Kind { kind, before } => row.kind == kind && is_before(before),
        Query::Index { index, key, before } => {
            let value = match index {
                Index::RelyingParty => relying_party,
                Index::CredentialId => credential_id,
                Index::User => user,
            };
            value == Some(key.0) && is_before(before)
        }
    }
}

impl<S: Store> Store for Altered<S> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.inner.commit(changes)?;
        for change in changes.changes() {
            match change {
                Change::Clear => self.instead.clear(),
                Change::Remove { kind, id } | Change::Put(Record { kind, id, .. }) => {
                    self.instead.remove(&(kind, id));
                }
            }
        }
        Ok(())
    }
}
