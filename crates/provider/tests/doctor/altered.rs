//! A store in which somebody has been at the records.

use authenticator_core::store::{
    Change, ChangeSet, CommitError, CommitId, Indexes, Lookup, Query, Record, RecordId, RecordKind, Store,
    StoreError, Visit,
};
use authenticator_host::HashMapStore;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A record out of the store's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) version: u64,
    pub(crate) number: u64,
    pub(crate) indexes: Indexes,
    pub(crate) body: Vec<u8>,
}

/// What is in `instead` takes the place of what was committed, until a commit touches it.
#[derive(Clone, Default)]
pub(crate) struct Altered {
    store: HashMapStore,
    pub(crate) instead: HashMap<(RecordKind, RecordId), Kept>,
    /// How often others seem to have committed each time somebody asks; goes down with every question.
    pub(crate) commits_of_others: Cell<u8>,
}

pub(crate) const KINDS: [RecordKind; 7] = [
    RecordKind::Header,
    RecordKind::Credential,
    RecordKind::Host,
    RecordKind::KeyIntent,
    RecordKind::KeyTombstone,
    RecordKind::Settings,
    RecordKind::LargeBlob,
];

impl Altered {
    /// Everything the store has, as it is read.
    pub(crate) fn dump(&self) -> Vec<(RecordKind, RecordId, Kept)> {
        let mut dump = Vec::new();
        for kind in KINDS {
            let _ = self
                .read(&Query::Kind { kind, before: None }, &mut |record| {
                    let Record { version, number, indexes, body, .. } = record;
                    dump.push((kind, record.id, Kept { version, number, indexes, body: body.to_vec() }));
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
        dump
    }

    pub(crate) fn kept(&self, kind: RecordKind, id: RecordId) -> Kept {
        let mut dump = self.dump().into_iter();
        dump.find(|(of, found, _)| (*of, *found) == (kind, id)).unwrap().2
    }

    /// Changes one bit of a record.
    pub(crate) fn spoil(&mut self, kind: RecordKind, id: RecordId) {
        let mut kept = self.kept(kind, id);
        *kept.body.last_mut().unwrap() ^= 1;
        self.instead.insert((kind, id), kept);
    }
}

impl Lookup for Altered {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, &mut |record| match self.instead.get(&(record.kind, record.id)) {
            None => visit(record),
            Some(Kept { version, number, indexes, body }) => {
                visit(Record { version: *version, number: *number, indexes: *indexes, body, ..record })
            }
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        match self.commits_of_others.get() {
            0 => self.store.last_commit(),
            left => {
                self.commits_of_others.set(left - 1);
                Ok(Some(CommitId([left; 16])))
            }
        }
    }
}

impl Store for Altered {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.store.commit(changes)?;
        for change in changes.changes() {
            match change {
                Change::Clear => self.instead.clear(),
                Change::Remove { kind, id } => drop(self.instead.remove(&(kind, id))),
                Change::Put(record) => drop(self.instead.remove(&(record.kind, record.id))),
            }
        }
        Ok(())
    }
}
