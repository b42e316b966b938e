//! A store in memory for any number of records, whose lookups cost the same however many there are.

use authenticator_core::store::{
    BlindKey, Change, ChangeSet, CommitError, CommitId, Index, Indexes, Lookup, Query, Record, RecordId,
    RecordKind, Store, StoreError, Visit,
};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZeroU64;
use std::ops::ControlFlow;

/// Records in hash maps; each index value keeps its records in order of creation.
#[derive(Clone, Default)]
pub struct HashMapStore {
    records: HashMap<(RecordKind, RecordId), Stored>,
    indexes: HashMap<(Index, BlindKey), Ordered>,
    kinds: HashMap<RecordKind, Ordered>,
    last_commit: Option<CommitId>,
}

/// Records by number, the newest last.
type Ordered = BTreeMap<(u64, RecordId), RecordKind>;

#[derive(Clone)]
struct Stored {
    version: u64,
    number: u64,
    indexes: Indexes,
    body: Vec<u8>,
}

impl HashMapStore {
    /// A store of these records, whose last commit was this one. They are taken as they are: what they are worth, those who
    /// open it find out.
    pub fn from_records<'a>(
        records: impl IntoIterator<Item = Record<'a>>,
        last_commit: Option<CommitId>,
    ) -> Self {
        let mut store = Self { last_commit, ..Self::default() };
        records.into_iter().for_each(|record| store.put(&record));
        store
    }

    /// A copy of whatever store it is, as it is now. Nobody may write it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be read.
    pub fn copy_of(store: &dyn Lookup) -> Result<Self, StoreError> {
        let mut copy = Self { last_commit: store.last_commit()?, ..Self::default() };
        for kind in [RecordKind::Header].into_iter().chain(RecordKind::BESIDE_THE_HEADER) {
            let _ = store.read(&Query::Kind { kind, before: None }, &mut |record| {
                copy.put(&record);
                ControlFlow::Continue(())
            })?;
        }
        Ok(copy)
    }

    fn visit(&self, kind: RecordKind, id: RecordId, visit: Visit<'_>) -> ControlFlow<()> {
        match self.records.get(&(kind, id)) {
            Some(Stored { version, number, indexes, body }) => {
                visit(Record { kind, id, version: *version, number: *number, indexes: *indexes, body })
            }
            None => ControlFlow::Continue(()),
        }
    }

    fn visit_all(&self, ordered: Option<&Ordered>, before: Option<u64>, visit: Visit<'_>) -> ControlFlow<()> {
        let end = (before.unwrap_or(u64::MAX), RecordId([0; 16]));
        let older = ordered.map(|ordered| ordered.range(..end)).into_iter().flatten();
        older.rev().try_for_each(|((_, id), kind)| self.visit(*kind, *id, visit))
    }

    fn remove(&mut self, kind: RecordKind, id: RecordId) {
        let Some(stored) = self.records.remove(&(kind, id)) else { return };
        let place = (stored.number, id);
        if let Some(ordered) = self.kinds.get_mut(&kind) {
            ordered.remove(&place);
        }
        for index in Index::ALL {
            let Some(key) = stored.indexes.value(index) else { continue };
            let emptied = self.indexes.get_mut(&(index, key)).is_some_and(|ordered| {
                ordered.remove(&place);
                ordered.is_empty()
            });
            if emptied {
                self.indexes.remove(&(index, key));
            }
        }
    }

    fn put(&mut self, record: &Record<'_>) {
        let Record { kind, id, version, number, indexes, body } = *record;
        self.remove(kind, id);
        self.kinds.entry(kind).or_default().insert((number, id), kind);
        for index in Index::ALL {
            if let Some(key) = indexes.value(index) {
                self.indexes.entry((index, key)).or_default().insert((number, id), kind);
            }
        }
        self.records.insert((kind, id), Stored { version, number, indexes, body: body.to_vec() });
    }
}

impl Lookup for HashMapStore {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        Ok(match *query {
            Query::Record { kind, id } => self.visit(kind, id, visit),
            Query::Index { index, key, before } => {
                self.visit_all(self.indexes.get(&(index, key)), before, visit)
            }
            Query::Kind { kind, before } => self.visit_all(self.kinds.get(&kind), before, visit),
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        Ok(self.last_commit)
    }
}

impl Store for HashMapStore {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        let holds = changes.preconditions().iter().all(|required| {
            let version = self.records.get(&(required.kind, required.id)).map(|stored| stored.version);
            version == required.version.map(NonZeroU64::get)
        });
        if !holds {
            return Err(CommitError::Conflict);
        }
        for change in changes.changes() {
            match change {
                Change::Clear => *self = Self::default(),
                Change::Remove { kind, id } => self.remove(kind, id),
                Change::Put(record) => self.put(&record),
            }
        }
        self.last_commit = Some(changes.id());
        Ok(())
    }
}

impl fmt::Debug for HashMapStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMapStore").field("records", &self.records.len()).finish_non_exhaustive()
    }
}
