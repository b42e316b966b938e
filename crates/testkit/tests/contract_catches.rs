//! The contract is worth what it catches: each store here breaks its promise in one way, and is found out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../examples/own_store/store.rs"]
mod store;

use authenticator_core::store::{
    Change, ChangeSet, CommitError, CommitId, CommitKind, Lookup, Query, Record, RecordKind, Store,
    StoreError, Visit,
};
use authenticator_testkit::contract::{Fixture, Judge, Kept, Property, Reason, Room, Shared, Verdict};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;
use store::{OwnStore, finds};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    AsksNoPreconditions,
    WritesBeforeItAsks,
    LosesTheLastPut,
    LosesRemovals,
    KeepsSomethingInAReset,
    KeepsOldVersions,
    ForgetsIndexesOfWhatIsRewritten,
    GivesTheOldestFirst,
    IgnoresWhereAPageEnds,
    ShowsMoreThanIsAskedFor,
    DoesNotStop,
    ForgetsItsLastCommit,
    TakesAFailedCommitForItsLast,
    KeepsTheIdOfTheCommitBefore,
    KeepsALockWhileAPromptIsOpen,
    LeavesALogBehind,
    ShowsTheSecondHandWhatItSawFirst,
    LosesTheLastCommitWhenItIsKilled,
    LosesAGuardWhenItIsKilled,
    IsHalfWrittenWhenItIsCut,
    IsNothingWhenItIsCut,
    CopiesNothing,
    IsItsOwnCopy,
    IsFormattedByAnybody,
    LosesTheOldestWhenItIsFull,
    SaysThatItFailsWhenItIsFull,
    KeepsHalfWhenItIsFull,
    RefusesToDeleteWhenItIsFull,
    HasRoomWhenItIsFull,
    FindsTheNewestSixteen,
    WritesDownASite,
}

thread_local! {
    /// The flaw of every store made by this test.
    static FLAW: Cell<Flaw> = const { Cell::new(Flaw::None) };
}

fn flaw() -> Flaw {
    FLAW.get()
}

#[derive(Default)]
struct Inner {
    store: OwnStore,
    before: OwnStore,
    last_kind: Option<CommitKind>,
    /// The hands that have read since they committed last.
    readers: RefCell<BTreeSet<usize>>,
    hands: usize,
}

/// A place with a store.
struct Place(Rc<RefCell<Inner>>);

/// A hand on the store.
struct Hand {
    inner: Rc<RefCell<Inner>>,
    number: usize,
    first_seen: RefCell<Option<OwnStore>>,
}

impl Place {
    fn with(store: OwnStore) -> Self {
        Self(Rc::new(RefCell::new(Inner { store, ..Inner::default() })))
    }
}

impl Fixture for Place {
    type Store = Hand;
    const NAME: &'static str = "flawed";

    fn new() -> Self {
        Self::with(OwnStore::default())
    }

    fn open(&mut self) -> Hand {
        let mut inner = self.0.borrow_mut();
        inner.hands += 1;
        if flaw() == Flaw::IsFormattedByAnybody && inner.hands > 1 {
            inner.store = OwnStore::default();
        }
        Hand { inner: self.0.clone(), number: inner.hands, first_seen: RefCell::default() }
    }

    fn kill(&mut self, _: Hand) -> Result<(), Reason> {
        let mut inner = self.0.borrow_mut();
        let is_lost = match flaw() {
            Flaw::LosesTheLastCommitWhenItIsKilled => true,
            Flaw::LosesAGuardWhenItIsKilled => inner.last_kind == Some(CommitKind::Guard),
            _ => false,
        };
        if is_lost {
            inner.store = inner.before.clone();
        }
        Ok(())
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        match flaw() {
            Flaw::CopiesNothing => Ok(Self::new()),
            Flaw::IsItsOwnCopy => Ok(Self(self.0.clone())),
            _ => Ok(Self::with(self.0.borrow().store.clone())),
        }
    }

    fn cut(&mut self, changes: &ChangeSet, judge: Judge<'_, Self>) -> Result<&'static str, Reason> {
        let old = self.0.borrow().store.clone();
        let mut new = old.clone();
        new.commit(changes).unwrap();
        judge(Self::with(old.clone()), "before");
        match flaw() {
            Flaw::IsHalfWrittenWhenItIsCut => judge(Self::with(half(&old, changes)), "in the middle"),
            Flaw::IsNothingWhenItIsCut => judge(Self::new(), "in the middle"),
            _ => {}
        }
        judge(Self::with(new), "after");
        Ok("twice")
    }

    fn small() -> Result<Self, Reason> {
        Ok(Self::with(OwnStore { most: Some(8), ..OwnStore::default() }))
    }

    fn large() -> (Self, Room) {
        (Self::new(), Room::Only(100, Reason("a hundred show it")))
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        Ok(match flaw() {
            Flaw::WritesDownASite => Kept::Bytes(b"registered at story.example".to_vec()),
            _ => Kept::RecordsAlone,
        })
    }

    fn is_folded(&self) -> Option<bool> {
        Some(flaw() != Flaw::LeavesALogBehind)
    }
}

/// Everything but the last put.
fn half(old: &OwnStore, changes: &ChangeSet) -> OwnStore {
    let mut new = old.clone();
    let last = changes.changes().count() - 1;
    changes.changes().take(last).for_each(|change| apply(&mut new, &change));
    new
}

fn apply(store: &mut OwnStore, change: &Change<'_>) {
    match *change {
        Change::Clear => store.records.clear(),
        Change::Remove { kind, id } => store.records.retain(|record| (record.0, record.1) != (kind, id)),
        Change::Put(Record { kind, id, version, number, indexes, body }) => {
            store.records.retain(|record| (record.0, record.1) != (kind, id));
            let place = store.records.partition_point(|record| record.3 > number);
            store.records.insert(place, (kind, id, version, number, indexes, body.to_vec()));
        }
    }
}

impl Lookup for Hand {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        let inner = self.inner.borrow();
        inner.readers.borrow_mut().insert(self.number);
        let mut seen = inner.store.clone();
        match (flaw(), *query) {
            (Flaw::ShowsTheSecondHandWhatItSawFirst, _) if self.number == 2 => {
                seen = self.first_seen.borrow_mut().get_or_insert(seen).clone();
            }
            (Flaw::GivesTheOldestFirst, _) => seen.records.reverse(),
            (Flaw::IgnoresWhereAPageEnds, Query::Kind { kind, .. }) => {
                return seen.read(&Query::Kind { kind, before: None }, visit);
            }
            (Flaw::IgnoresWhereAPageEnds, Query::Index { index, key, .. }) => {
                return seen.read(&Query::Index { index, key, before: None }, visit);
            }
            (Flaw::ShowsMoreThanIsAskedFor, Query::Index { before, .. }) => {
                return seen.read(&Query::Kind { kind: RecordKind::Credential, before }, visit);
            }
            (Flaw::DoesNotStop, _) => {
                seen.records.iter().filter(|record| finds(query, record)).for_each(
                    |&(kind, id, version, number, indexes, ref body)| {
                        let _ = visit(Record { kind, id, version, number, indexes, body });
                    },
                );
                return Ok(ControlFlow::Continue(()));
            }
            (Flaw::FindsTheNewestSixteen, Query::Index { .. }) => seen.records.truncate(16),
            _ => {}
        }
        seen.read(query, visit)
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        Ok(self.inner.borrow().store.last_commit.filter(|_| flaw() != Flaw::ForgetsItsLastCommit))
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        let told = self.inner.borrow().store.room()?;
        Ok(told.map(|room| if flaw() == Flaw::HasRoomWhenItIsFull { room.saturating_add(1) } else { room }))
    }
}

impl Store for Hand {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        let mut inner = self.inner.borrow_mut();
        let mut store = inner.store.clone();
        inner.readers.get_mut().remove(&self.number);
        if flaw() == Flaw::KeepsALockWhileAPromptIsOpen && !inner.readers.get_mut().is_empty() {
            return Err(CommitError::Busy);
        }
        let answer = commit_with_flaw(&mut store, changes);
        inner.last_kind = Some(changes.kind());
        inner.before = std::mem::replace(&mut inner.store, store);
        answer
    }
}

fn commit_with_flaw(store: &mut OwnStore, changes: &ChangeSet) -> Result<(), CommitError> {
    let old = store.clone();
    let answer = store.commit(changes);
    match (flaw(), answer) {
        (Flaw::AsksNoPreconditions | Flaw::WritesBeforeItAsks, Err(CommitError::Conflict)) => {
            changes.changes().for_each(|change| apply(store, &change));
            store.last_commit = Some(changes.id());
            return if flaw() == Flaw::AsksNoPreconditions { Ok(()) } else { answer };
        }
        (Flaw::TakesAFailedCommitForItsLast, Err(_)) => store.last_commit = Some(changes.id()),
        (Flaw::LosesTheOldestWhenItIsFull, Err(CommitError::Full)) => {
            let oldest = store.records.iter().rposition(|record| record.0 == RecordKind::Credential);
            store.records.remove(oldest.unwrap());
            return store.commit(changes);
        }
        (Flaw::SaysThatItFailsWhenItIsFull, Err(CommitError::Full)) => return Err(CommitError::Failed),
        (Flaw::KeepsHalfWhenItIsFull, Err(CommitError::Full)) => *store = half(&old, changes),
        (Flaw::RefusesToDeleteWhenItIsFull, Ok(())) if old.most == Some(old.records.len()) => {
            *store = old;
            return Err(CommitError::Full);
        }
        (Flaw::LosesTheLastPut, Ok(())) if changes.changes().count() > 2 => {
            let Some(Change::Put(lost)) = changes.changes().find(|change| matches!(change, Change::Put(_)))
            else {
                return answer;
            };
            store.records.retain(|record| (record.0, record.1) != (lost.kind, lost.id));
        }
        (Flaw::LosesRemovals, Ok(())) => {
            for change in changes.changes() {
                let Change::Remove { kind, id } = change else { continue };
                let kept = old.records.iter().find(|record| (record.0, record.1) == (kind, id));
                store.records.extend(kept.cloned());
            }
            store.records.sort_by_key(|record| std::cmp::Reverse(record.3));
        }
        (Flaw::KeepsSomethingInAReset, Ok(()))
            if changes.changes().any(|change| matches!(change, Change::Clear)) =>
        {
            store.records.extend(old.records.into_iter().filter(|record| record.0 == RecordKind::Host));
        }
        (Flaw::KeepsOldVersions, Ok(())) => {
            let is_rewritten = |record: &store::Owned| {
                store.records.iter().any(|new| (new.0, new.1) == (record.0, record.1) && new.2 > record.2)
            };
            let old: Vec<_> = old.records.into_iter().filter(|record| is_rewritten(record)).collect();
            store.records.extend(old);
        }
        (Flaw::ForgetsIndexesOfWhatIsRewritten, Ok(())) => {
            store
                .records
                .iter_mut()
                .filter(|record| record.2 > 1)
                .for_each(|record| record.4 = Default::default());
        }
        (Flaw::KeepsTheIdOfTheCommitBefore, Ok(())) => store.last_commit = old.last_commit,
        _ => {}
    }
    answer
}

/// Whether the contract finds out, by this property.
fn catches(flaw: Flaw, property: Property) {
    FLAW.set(flaw);
    let verdict = property.judge::<Place>();
    assert!(matches!(verdict, Verdict::Broken(_)), "{flaw:?}, {}: {verdict}", property.name());
    println!("{flaw:?}: {verdict}");
}

#[test]
fn a_store_without_a_flaw_passes() {
    FLAW.set(Flaw::None);
    for property in Property::ALL {
        let verdict = property.judge::<Place>();
        assert!(matches!(verdict, Verdict::Holds(_)), "{}: {verdict}", property.name());
    }
}

#[test]
fn a_store_that_keeps_something_else_is_caught() {
    for flaw in [
        Flaw::WritesBeforeItAsks,
        Flaw::LosesTheLastPut,
        Flaw::LosesRemovals,
        Flaw::KeepsSomethingInAReset,
        Flaw::KeepsOldVersions,
        Flaw::ForgetsIndexesOfWhatIsRewritten,
    ] {
        catches(flaw, Property::Reads);
    }
}

#[test]
fn a_store_that_gives_something_else_is_caught() {
    for flaw in [
        Flaw::GivesTheOldestFirst,
        Flaw::IgnoresWhereAPageEnds,
        Flaw::ShowsMoreThanIsAskedFor,
        Flaw::DoesNotStop,
        Flaw::ForgetsItsLastCommit,
        Flaw::TakesAFailedCommitForItsLast,
    ] {
        catches(flaw, Property::Reads);
    }
}

#[test]
fn a_store_that_cannot_settle_a_doubt_is_caught() {
    catches(Flaw::ForgetsItsLastCommit, Property::Faults);
    catches(Flaw::KeepsTheIdOfTheCommitBefore, Property::Faults);
}

#[test]
fn a_store_that_two_cannot_use_is_caught() {
    catches(Flaw::AsksNoPreconditions, Property::Races);
    catches(Flaw::ShowsTheSecondHandWhatItSawFirst, Property::Races);
    catches(Flaw::KeepsALockWhileAPromptIsOpen, Property::Prompt);
    catches(Flaw::LeavesALogBehind, Property::Prompt);
}

#[test]
fn a_store_that_loses_what_it_promised_is_caught() {
    catches(Flaw::LosesTheLastCommitWhenItIsKilled, Property::Kill);
    catches(Flaw::LosesAGuardWhenItIsKilled, Property::Kill);
    catches(Flaw::IsHalfWrittenWhenItIsCut, Property::Cuts);
    catches(Flaw::IsNothingWhenItIsCut, Property::Cuts);
    catches(Flaw::IsFormattedByAnybody, Property::DeviceKey);
}

#[test]
fn a_copy_that_is_none_is_caught() {
    catches(Flaw::CopiesNothing, Property::Copy);
    catches(Flaw::IsItsOwnCopy, Property::Copy);
    catches(Flaw::IsItsOwnCopy, Property::RollBack);
    catches(Flaw::IsItsOwnCopy, Property::Anchor);
}

#[test]
fn a_store_that_takes_being_full_badly_is_caught() {
    for flaw in [
        Flaw::LosesTheOldestWhenItIsFull,
        Flaw::SaysThatItFailsWhenItIsFull,
        Flaw::KeepsHalfWhenItIsFull,
        Flaw::RefusesToDeleteWhenItIsFull,
        Flaw::HasRoomWhenItIsFull,
    ] {
        catches(flaw, Property::Full);
    }
}

#[test]
fn a_store_that_loses_its_way_in_a_crowd_is_caught() {
    catches(Flaw::FindsTheNewestSixteen, Property::Crowd);
    catches(Flaw::GivesTheOldestFirst, Property::Crowd);
    catches(Flaw::ShowsMoreThanIsAskedFor, Property::Crowd);
}

/// No more than it has to say.
struct Silent(Shared<OwnStore>);

impl Fixture for Silent {
    type Store = Shared<OwnStore>;
    const NAME: &'static str = "silent";

    fn new() -> Self {
        Self(Shared::default())
    }

    fn open(&mut self) -> Self::Store {
        self.0.clone()
    }
}

/// What nobody has looked at is not said to hold.
#[test]
fn a_fixture_that_says_nothing_of_what_is_kept_shows_nothing_of_it() {
    let verdict = Property::Names.judge::<Silent>();
    assert!(matches!(verdict, Verdict::Excused(_)), "{verdict}");
}

#[test]
fn a_store_that_says_too_much_is_caught() {
    catches(Flaw::WritesDownASite, Property::Names);
}
