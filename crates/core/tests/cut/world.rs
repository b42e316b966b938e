//! The store of the cut tests, and what is read out of it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Indexes, Listed, Lookup, Query, RecordId, RecordKind, Store,
    StoreError, Visit,
};
use authenticator_host::HashMapStore;
use authenticator_testkit::Sim;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

/// An authenticator over a store that others may hold as well.
pub(crate) type CutSim = Sim<Shared>;

/// One store in several hands; it can be made unreadable, and change between two reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    store: Rc<RefCell<HashMapStore>>,
    unreadable: Rc<Cell<bool>>,
    /// What another process commits right before the read with this number, 0 being the next.
    meddler: Rc<RefCell<Option<(usize, ChangeSet)>>>,
}

impl Shared {
    /// Has another process commit `changes` right before the read with this number, 0 being the next.
    pub(crate) fn meddle(&self, read: usize, changes: ChangeSet) {
        *self.meddler.borrow_mut() = Some((read, changes));
    }

    /// Whether it has not come to that.
    pub(crate) fn is_quiet(&self) -> bool {
        self.meddler.borrow_mut().take().is_some()
    }

    fn meddle_now(&self) {
        let mut meddler = self.meddler.borrow_mut();
        if let Some((0, changes)) = &*meddler {
            // Not inside a read that is under way: a store shows one state to each.
            if let Ok(mut store) = self.store.try_borrow_mut() {
                // If something was committed before, this is too late, as it would be for the other process.
                let _ = store.commit(changes);
                *meddler = None;
            }
        } else if let Some((left, _)) = &mut *meddler {
            *left -= 1;
        }
    }

    pub(crate) fn set_unreadable(&self, unreadable: bool) {
        self.unreadable.set(unreadable);
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.unreadable.get() { Err(StoreError::Failed) } else { Ok(()) }
    }
}

impl Lookup for Shared {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.check()?;
        self.meddle_now();
        self.store.borrow().read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.check()?;
        self.store.borrow().last_commit()
    }
}

impl Store for Shared {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.store.borrow_mut().commit(changes)
    }
}

/// Every byte of a store.
#[derive(Debug, PartialEq)]
pub(crate) struct Dump {
    records: Vec<Row>,
    last_commit: Option<CommitId>,
}

type Row = (RecordKind, RecordId, u64, u64, Indexes, Vec<u8>);

/// Reads every record of every kind.
pub(crate) fn dump(sim: &CutSim) -> Dump {
    let store = &sim.world.store.inner;
    let mut records: Vec<Row> = Vec::new();
    for kind in (0..=u8::MAX).filter_map(RecordKind::from_code) {
        let flow = store.read(&Query::Kind { kind, before: None }, &mut |record| {
            let body = record.body.to_vec();
            records.push((record.kind, record.id, record.version, record.number, record.indexes, body));
            ControlFlow::Continue(())
        });
        flow.map(drop).expect("the store can be read");
    }
    records.sort_by_key(|row| (row.0, row.1));
    Dump { records, last_commit: store.last_commit().expect("the store can be read") }
}

/// What a credential's record says, without what differs each time it is sealed.
#[derive(Debug, PartialEq)]
pub(crate) struct Meaning {
    pub(crate) id: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) user: Vec<u8>,
    pub(crate) name: Option<String>,
    number: u64,
    last_used: Option<u64>,
    pub(crate) host_data: Vec<u8>,
}

/// Every credential, newest first.
pub(crate) fn meaning(sim: &mut CutSim) -> Vec<Meaning> {
    let mut all = Vec::new();
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    let flow = vault.credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("an unreadable record") };
        all.push(Meaning {
            id: entry.credential.id.as_slice().to_vec(),
            rp_id: entry.credential.rp_id.as_str().to_owned(),
            user: entry.credential.user.id.as_slice().to_vec(),
            name: entry.credential.user.name.as_ref().map(|name| name.as_str().to_owned()),
            number: entry.credential.number,
            last_used: entry.credential.last_used,
            host_data: entry.host_data.0.to_vec(),
        });
        ControlFlow::Continue(())
    });
    flow.map(drop).expect("the store can be read");
    all
}
