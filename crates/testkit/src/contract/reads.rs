//! Every query, after every commit, beside a store in memory that is known to be right.

use super::bench::{
    ELSEWHERE, HOST_RECORD, OTHER, Row, SITE, USER, found, keep_large_blobs, kinds, manage, meaning, prepare,
    register, registration, sim, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use super::writes::use_keystore;
use crate::request::{get_assertion, large_blob_array};
use crate::{Sim, device_key};
use authenticator_core::store::{
    BlindKey, ChangeSet, CommitError, CommitId, Index, Lookup, Query, RecordId, RecordKind, Store,
    StoreError, Visit,
};
use authenticator_core::{Command, Error, MakeCredential, Manage, Replacement, decode};
use authenticator_host::HashMapStore;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

pub(super) fn newest_first<F: Fixture>() -> Outcome {
    let mut place = F::new();
    let twin = Twin {
        store: place.open(),
        model: HashMapStore::default(),
        known: Known::default(),
        latest: None,
        broken: RefCell::new(None),
    };
    let opened = sim(twin, device_key(), 1);
    let mut sim = opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
    let told = tell(&mut sim);
    // What was seen first is what went wrong first.
    sim.world.store.inner.broken.take().map_or(told, |what| Err(Fail::Broken(what)))?;
    Ok(String::new())
}

/// A story with every kind of change in it, some of them twice.
fn tell<S: Store>(sim: &mut Sim<S>) -> Result<(), Fail> {
    prepare(sim)?;
    manage(sim, Manage::PutHost { record: HOST_RECORD, bytes: b"later" })?;
    manage(sim, Manage::PutHost { record: RecordId([0x78; 16]), bytes: b"another" })?;
    register(sim, SITE, USER)?;
    let bytes = registration(ELSEWHERE, USER).encode();
    if let Command::MakeCredential(request) = decode(&bytes, 7609).map_err(Error::from)? {
        let replacement = Replacement::Supersede;
        sim.run(Command::MakeCredential(MakeCredential { replacement, ..request })).result?;
    }
    let all = meaning(sim)?;
    let status = sim.send(&get_assertion(SITE).list([all.of(SITE, OTHER)?.id.as_slice()])).status;
    ensure!(status == 0x00, "a sign-in is answered {status:#04X}");
    manage(sim, Manage::SetHostData(all.record_of(SITE, OTHER)?, b"work laptop"))?;
    manage(sim, Manage::Delete(all.record_of(SITE, USER)?))?;
    sim.world.session.use_up(HOST_RECORD);
    register(sim, SITE, USER)?;
    manage(sim, Manage::RemoveHost(RecordId([0x78; 16])))?;
    works(sim)?;
    // Arrays of one piece and of several, each in the place of the one before: a piece gets a new number when it is written.
    for (length, seed) in [(4096, 1), (3000, 2), (100, 3), (2000, 4), (4096, 5)] {
        keep_large_blobs(sim, &large_blob_array(length, seed))?;
    }
    manage(sim, Manage::PutHost { record: HOST_RECORD, bytes: b"before the reset" })?;
    // A key in the host's keystore comes with an intent and goes with a tombstone; another's registration never ends.
    use_keystore(sim)?;
    register(sim, SITE, OTHER)?;
    let of_keystore = meaning(sim)?.record_of(SITE, OTHER)?;
    manage(sim, Manage::Delete(of_keystore))?;
    drop(sim.run_and_drop(&registration(SITE, OTHER).encode(), 2));
    let status = sim.send_bytes(&[0x07]).status;
    ensure!(status == 0x00, "a reset is answered {status:#04X}");
    prepare(sim)?;
    works(sim)
}

/// Two stores that must agree.
struct Twin<S> {
    store: S,
    model: HashMapStore,
    known: Known,
    /// What was committed last.
    latest: Option<ChangeSet>,
    /// The first disagreement.
    broken: RefCell<Option<String>>,
}

/// What can be asked for: all that was ever written, and what never was.
#[derive(Default)]
struct Known {
    ids: BTreeSet<(RecordKind, RecordId)>,
    keys: BTreeSet<(usize, [u8; 16])>,
    numbers: BTreeSet<u64>,
}

impl Known {
    fn learn(&mut self, row: Row) {
        self.ids.insert((row.kind, row.id));
        self.numbers.insert(row.number);
        let keys = row.keys.into_iter().enumerate();
        self.keys.extend(keys.filter_map(|(place, key)| Some((place, key?))));
    }

    fn queries(&self) -> Vec<Query> {
        let pages: Vec<_> =
            [None, Some(u64::MAX)].into_iter().chain(self.numbers.iter().copied().map(Some)).collect();
        let mut queries: Vec<_> = self.ids.iter().map(|&(kind, id)| Query::Record { kind, id }).collect();
        queries.push(Query::Record { kind: RecordKind::Credential, id: RecordId([0xEE; 16]) });
        for before in pages {
            queries.extend(kinds().map(|kind| Query::Kind { kind, before }));
            for (place, index) in Index::ALL.into_iter().enumerate() {
                let known = self.keys.iter().filter(|(of, _)| *of == place).map(|(_, key)| *key);
                let keys = known.chain([[0xEE; 16]]);
                queries.extend(keys.map(|key| Query::Index { index, key: BlindKey(key), before }));
            }
        }
        queries
    }
}

impl<S: Store> Twin<S> {
    fn note(&self, what: impl FnOnce() -> String) {
        let mut broken = self.broken.borrow_mut();
        if broken.is_none() {
            *broken = Some(what());
        }
    }

    fn compare(&self) {
        for query in self.known.queries() {
            let (seen, expected) = (found(&self.store, &query), found(&self.model, &query));
            if seen != expected {
                self.note(|| {
                    format!("{query:?} gives other records than were committed, or in another order")
                });
            }
            // Who has seen enough is not shown more.
            let mut shown = 0_usize;
            let flow = self.store.read(&query, &mut |_| {
                shown = shown.saturating_add(1);
                ControlFlow::Break(())
            });
            let some = expected_some(&self.model, &query);
            let right = if some { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            if flow != Ok(right) || shown != usize::from(some) {
                self.note(|| format!("{query:?} does not end when it is told to: {flow:?} after {shown}"));
            }
        }
        let (seen, expected) = (self.store.last_commit(), self.model.last_commit());
        if seen != expected {
            self.note(|| "it does not know its last commit".to_owned());
        }
    }
}

fn expected_some(model: &HashMapStore, query: &Query) -> bool {
    model.read(query, &mut |_| ControlFlow::Break(())).is_ok_and(|flow| flow.is_break())
}

impl<S: Store> Lookup for Twin<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        // The core goes on with what is right, so that the story ends and the disagreement is told.
        self.model.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.model.last_commit()
    }
}

impl<S: Store> Store for Twin<S> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        // What comes after the first disagreement says nothing more.
        if self.broken.borrow().is_some() {
            return Err(CommitError::Failed);
        }
        let (seen, expected) = (self.store.commit(changes), self.model.commit(changes));
        if seen != expected {
            self.note(|| format!("a commit is answered {seen:?}, not {expected:?}"));
        }
        let all = kinds().flat_map(|kind| found(&self.model, &Query::Kind { kind, before: None }));
        all.flatten().for_each(|row| self.known.learn(row));
        self.compare();
        // What these required holds no more: made again they change nothing, nor count as the last.
        let stale = self.latest.replace(changes.clone());
        for again in [Some(changes), stale.as_ref()].into_iter().flatten() {
            let seen = self.store.commit(again);
            if seen != Err(CommitError::Conflict) {
                self.note(|| format!("a commit made a second time is answered {seen:?}"));
            }
            self.compare();
        }
        expected
    }
}
