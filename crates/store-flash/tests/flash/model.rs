//! The store on flash beside one in memory: the same after every command, however often the log has gone round.

use crate::sim::{Bits, SimFlash, Tear};
use crate::world::{Flash, dump, found, open, profile};
use authenticator_core::store::{
    Change, ChangeSet, CommitError, CommitId, Lookup, Query, RecordKind, Store, StoreError, Visit,
};
use authenticator_core::{Command, Manage};
use authenticator_host::HashMapStore;
use authenticator_testkit::{Answer, Sim, request};
use std::ops::ControlFlow;
use std::time::Duration;

/// Two stores that must agree.
struct Twin {
    model: HashMapStore,
    flash: SimFlash<4>,
    store: Flash<4>,
    /// When there is one, power is lost now and then.
    cuts: Option<Bits>,
    full: usize,
    resets: usize,
    outcomes: [usize; 2],
}

impl Twin {
    fn new(cuts: Option<Bits>) -> Self {
        let flash = SimFlash::new(8);
        let store = open(&flash).unwrap();
        Self { model: HashMapStore::default(), flash, store, cuts, full: 0, resets: 0, outcomes: [0; 2] }
    }

    /// Loses power somewhere in this commit, and perhaps again while the store is opened.
    fn commit_cut(&mut self, changes: &ChangeSet, mut bits: Bits) -> Result<(), CommitError> {
        let old = dump(&self.model);
        let dry_run = SimFlash::of(self.flash.0.borrow().clone());
        let before = dry_run.0.borrow().operations;
        let _ = open(&dry_run).unwrap().commit(changes);
        let operations = dry_run.0.borrow().operations - before;
        let place = match bits.below(2) {
            // Among the last words, where old turns into new.
            0 => operations.saturating_sub(1 + bits.below(4)),
            _ => bits.below(operations.max(1)),
        };
        let tear = Tear::ALL[bits.below(Tear::ALL.len())];
        self.flash.0.borrow_mut().cut_at(place, tear, bits.next());
        let result = self.store.commit(changes);
        if self.flash.0.borrow().has_power() {
            self.flash.0.borrow_mut().power_on();
            return result;
        }
        assert_eq!(result, Err(CommitError::InDoubt));
        assert_eq!(
            self.store.last_commit(),
            Err(StoreError::Failed),
            "nobody knows until it is opened again"
        );
        for _ in 0..bits.below(3) {
            self.flash.0.borrow_mut().power_on();
            self.flash.0.borrow_mut().cut_at(
                bits.below(2500),
                Tear::ALL[bits.below(Tear::ALL.len())],
                bits.next(),
            );
            drop(Flash::open(self.flash.clone()));
        }
        self.store = open(&self.flash).unwrap();
        let mut new = self.model.clone();
        new.commit(changes).unwrap();
        let seen = dump(&self.store);
        let took_effect = seen == dump(&new);
        assert!(took_effect || seen == old, "old or new");
        self.outcomes[usize::from(took_effect)] += 1;
        if took_effect { Ok(()) } else { Err(CommitError::Failed) }
    }
}

impl Lookup for Twin {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        assert_eq!(found(&self.store, query), found(&self.model, query));
        self.store.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        assert_eq!(self.store.last_commit(), self.model.last_commit());
        self.store.last_commit()
    }
}

impl Store for Twin {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        let cut = self.cuts.as_mut().and_then(|bits| (bits.below(4) == 0).then(|| Bits::new(bits.next())));
        let was_cut = cut.is_some();
        let result = match cut {
            Some(bits) => self.commit_cut(changes, bits),
            None => self.store.commit(changes),
        };
        match result {
            Ok(()) => {
                assert_eq!(self.model.commit(changes), Ok(()));
                self.resets += usize::from(changes.changes().any(|change| matches!(change, Change::Clear)));
            }
            Err(CommitError::Full) => self.full += 1,
            Err(CommitError::Conflict) => assert_eq!(self.model.commit(changes), Err(CommitError::Conflict)),
            Err(error) => assert!(was_cut, "{error}"),
        }
        result
    }
}

/// Runs commands at random, all of them decided by the seed.
fn run(twin: Twin, commands: usize) -> Twin {
    let mut sim = Sim::over(profile(), twin, 5).unwrap();
    let mut bits = Bits::new(11);
    for count in 0..commands {
        sim.clock.advance(Duration::from_secs(1));
        let site = ["example.com", "example.org"][bits.below(2)];
        let user = [u8::try_from(bits.below(8)).unwrap(); 8];
        let all =
            found(&sim.world.store, &Query::Kind { kind: RecordKind::Credential, before: None }).unwrap();
        let record = (!all.is_empty()).then(|| all[bits.below(all.len())].id);
        match (bits.below(100), record) {
            (0..10, _) => {
                let register = request::make_credential(site, &user).option("rk", true).option("uv", true);
                drop(sim.send(&register));
            }
            (10..20, _) => {
                sim.user.habit = Answer::Choose(0);
                drop(sim.send(&request::get_assertion(site).option("uv", true)));
                sim.user.habit = Answer::Comply;
            }
            (20..26, Some(record)) => drop(sim.run(Command::Manage(Manage::Delete(record)))),
            (26..30, _) => {
                let twin = &mut sim.world.store.inner;
                twin.store = open(&twin.flash).unwrap();
            }
            (30, _) if bits.below(4) == 0 => drop(sim.send_bytes(&[0x07])),
            (_, Some(record)) => {
                let data = vec![0x5A; bits.below(400)];
                drop(sim.run(Command::Manage(Manage::SetHostData(record, &data))));
            }
            _ => {}
        }
        if count % 64 == 0 {
            let twin = &sim.world.store.inner;
            assert!(dump(&twin.store) == dump(&twin.model), "after {count}");
        }
    }
    let twin = sim.world.store.inner;
    assert!(dump(&twin.store) == dump(&twin.model));
    twin
}

#[test]
fn ten_thousand_commands_leave_the_same_as_in_memory() {
    let twin = run(Twin::new(None), 10_000);
    let wear = twin.flash.0.borrow().wear.clone();
    let (least, most) = (wear.iter().min().unwrap(), wear.iter().max().unwrap());
    assert!(*least > 100, "the log went round many times: {wear:?}");
    // A reset erases the bank it happened in once more.
    let uneven = usize::try_from(most - least).unwrap();
    assert!(uneven <= 1 + twin.resets, "every page is erased as often as every other: {wear:?}");
    assert!(most * 100 <= least * 105, "{wear:?}");
    assert!(twin.full > 10 && twin.resets > 3, "{} were refused, {} resets", twin.full, twin.resets);
}

#[test]
fn commands_cut_at_random_leave_old_or_new() {
    let twin = run(Twin::new(Some(Bits::new(21))), 2_000);
    assert!(twin.outcomes.iter().all(|count| *count > 20), "{:?}", twin.outcomes);
}
