//! Authenticators over simulated flash, and what is to be seen of a store.

use crate::sim::{Chip, SimFlash};
use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Indexes, Lookup, Query, RecordId, RecordKind, Store, StoreError, Visit,
};
use authenticator_core::{Profile, ResetPolicy};
use authenticator_store_flash::{FlashStore, OpenError};
use authenticator_testkit::{Sim, request};
use std::ops::ControlFlow;

pub(crate) type Flash<const WORD: usize> = FlashStore<SimFlash<WORD>, 12>;

/// A store that remembers the change sets it was given.
pub(crate) struct Recorder<const WORD: usize> {
    pub(crate) flash: SimFlash<WORD>,
    pub(crate) store: Flash<WORD>,
    pub(crate) sets: Vec<ChangeSet>,
}

pub(crate) type RecordedSim<const WORD: usize> = Sim<Recorder<WORD>>;

/// A device that verifies its user, and that its clients may reset.
pub(crate) fn profile() -> Profile {
    Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) }
}

/// An authenticator on this chip.
pub(crate) fn sim_on<const WORD: usize>(chip: Chip<WORD>, seed: u64) -> RecordedSim<WORD> {
    sim_with(profile(), chip, seed)
}

pub(crate) fn sim_with<const WORD: usize>(
    profile: Profile,
    chip: Chip<WORD>,
    seed: u64,
) -> RecordedSim<WORD> {
    let flash = SimFlash::of(chip);
    let store = Flash::open(flash.clone()).unwrap();
    Sim::over(profile, Recorder { flash, store, sets: Vec::new() }, seed).unwrap()
}

pub(crate) fn registration(user: &[u8]) -> request::Request {
    request::make_credential("example.com", user).option("rk", true).option("uv", true)
}

impl<const WORD: usize> Lookup for Recorder<WORD> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.last_commit()
    }
}

impl<const WORD: usize> Store for Recorder<WORD> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.sets.push(changes.clone());
        self.store.commit(changes)
    }
}

/// Everything a store can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) records: Vec<Seen>,
    pub(crate) last_commit: Option<CommitId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: RecordKind,
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) number: u64,
    pub(crate) indexes: Indexes,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn found(store: &impl Lookup, query: &Query) -> Result<Vec<Seen>, StoreError> {
    let mut records = Vec::new();
    let _ = store.read(query, &mut |record| {
        records.push(Seen {
            kind: record.kind,
            id: record.id,
            version: record.version,
            number: record.number,
            indexes: record.indexes,
            body: record.body.to_vec(),
        });
        ControlFlow::Continue(())
    })?;
    Ok(records)
}

pub(crate) fn dump(store: &impl Lookup) -> Dump {
    let kinds = (0..=u8::MAX).filter_map(RecordKind::from_code);
    let records = kinds.flat_map(|kind| found(store, &Query::Kind { kind, before: None }).unwrap()).collect();
    Dump { records, last_commit: store.last_commit().unwrap() }
}

pub(crate) fn open<const WORD: usize>(flash: &SimFlash<WORD>) -> Result<Flash<WORD>, OpenError> {
    flash.0.borrow_mut().power_on();
    Flash::open(flash.clone())
}
