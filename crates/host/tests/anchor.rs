//! Roll-back of a whole store, with and without a memory outside of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::store::{ChangeSet, RecordId, StoreError};
use authenticator_core::{Context, DeviceKey, Error, Gesture, Manage, NeedsUser, Profile, Requester};
use authenticator_host::blocking::{handle, manage};
use authenticator_host::{Anchor, Anchored, FileAnchor, HashMapStore, OpenError, SoftwareKeys, World};
use authenticator_testkit::request::{get_assertion, make_credential};
use authenticator_testkit::{FakeAnchor, HandClock, SeededRng};

type AnchoredWorld = World<Anchored<HashMapStore, FakeAnchor>, SeededRng, HandClock>;

fn open(store: HashMapStore, anchor: &FakeAnchor) -> Result<AnchoredWorld, OpenError> {
    let store = Anchored { store, anchor: anchor.clone() };
    let profile = Profile::phone([0; 16]);
    World::open(profile, &DeviceKey::new([7; 32]), store, SeededRng::new(1), HandClock::default())
}

fn write(world: &mut AnchoredWorld, bytes: &[u8]) {
    manage(world, Manage::PutHost { record: RecordId([1; 16]), bytes }).unwrap();
}

#[test]
fn whole_store_roll_back_is_detected_with_an_anchor() {
    let anchor = FakeAnchor::default();
    let mut world = open(HashMapStore::default(), &anchor).unwrap();
    write(&mut world, b"old");
    let old = world.store.store.clone();
    write(&mut world, b"new");
    let new = world.store.store.clone();
    assert_eq!(anchor.read().unwrap(), 3, "the header, and two writes");

    assert_eq!(open(old.clone(), &anchor).err(), Some(OpenError::Store(Error::StoreRolledBack)));
    assert!(open(new, &anchor).is_ok());
    assert_eq!(anchor.read().unwrap(), 3, "opening raises nothing");
    assert!(open(old, &FakeAnchor::default()).is_ok(), "without its anchor it is as good as new");
}

#[test]
fn an_older_copy_that_is_put_in_place_while_the_store_is_open_takes_no_commit() {
    let anchor = FakeAnchor::default();
    let mut world = open(HashMapStore::default(), &anchor).unwrap();
    write(&mut world, b"old");
    let old = world.store.store.clone();
    write(&mut world, b"new");
    let newest = std::mem::replace(&mut world.store.store, old);
    let change = Manage::PutHost { record: RecordId([1; 16]), bytes: b"other" };
    assert_eq!(manage(&mut world, change), Err(Error::StoreRolledBack));
    assert_eq!(anchor.read().unwrap(), 3);
    world.store.store = newest;
    write(&mut world, b"on");
    assert_eq!(anchor.read().unwrap(), 4);
}

#[test]
fn a_store_that_is_gone_is_an_older_copy_too_and_nothing_is_written() {
    let anchor = FakeAnchor::default();
    drop(open(HashMapStore::default(), &anchor).unwrap());
    assert_eq!(open(HashMapStore::default(), &anchor).err(), Some(OpenError::Store(Error::StoreRolledBack)));
    assert_eq!(anchor.read().unwrap(), 1);
}

#[test]
fn an_anchor_that_cannot_be_raised_is_refused_where_it_is_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = FileAnchor::new(&folder.path().join("no such folder").join("anchor"));
    assert!(Anchored::new(HashMapStore::default(), nowhere).is_err());
    let place = folder.path().join("anchor");
    assert!(Anchored::new(HashMapStore::default(), FileAnchor::new(&place)).is_ok());
    assert!(place.exists());
}

#[test]
fn an_older_copy_can_be_accepted_and_is_the_newest_from_then_on() {
    let anchor = FakeAnchor::default();
    let mut world = open(HashMapStore::default(), &anchor).unwrap();
    write(&mut world, b"old");
    let old = world.store.store.clone();
    write(&mut world, b"new");
    let newest = world.store.store.clone();
    let store = Anchored { store: old, anchor: anchor.clone() };
    let profile = Profile::phone([0; 16]);
    let key = DeviceKey::new([7; 32]);
    let mut world =
        World::accept_roll_back(profile, &key, store, SeededRng::new(2), HandClock::default()).unwrap();
    assert_eq!(anchor.read().unwrap(), 4);
    let mut findings = 0;
    world.context().audit(&mut |_| findings += 1).unwrap();
    assert_eq!(findings, 0, "the older copy is whole");
    write(&mut world, b"on");
    assert_eq!(open(newest, &anchor).err(), Some(OpenError::Store(Error::StoreRolledBack)));
    assert!(open(world.store.store, &anchor).is_ok());
}

#[test]
fn a_crash_between_commit_and_anchor_is_no_roll_back() {
    let anchor = FakeAnchor::default();
    let mut world = open(HashMapStore::default(), &anchor).unwrap();
    anchor.fail(true);
    write(&mut world, b"one");
    let after_crash = world.store.store.clone();
    anchor.fail(false);
    assert_eq!(anchor.read().unwrap(), 1);
    let mut world = open(after_crash, &anchor).unwrap();
    write(&mut world, b"two");
    assert_eq!(anchor.read().unwrap(), 3, "the next commit raises it over both");
}

#[test]
fn an_anchor_that_cannot_be_read_opens_nothing() {
    let anchor = FakeAnchor::default();
    let store = open(HashMapStore::default(), &anchor).unwrap().store.store;
    anchor.fail(true);
    assert_eq!(open(store, &anchor).err(), Some(OpenError::Store(Error::Store(StoreError::Failed))));
}

/// A hint may be lost with the power, so no anchor may rest on it.
#[test]
fn a_hint_raises_no_anchor() {
    let anchor = FakeAnchor::default();
    let mut world = open(HashMapStore::default(), &anchor).unwrap();
    let mut verified = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::VERIFIED);
    let mut send = |world: &mut AnchoredWorld, request: &[u8]| {
        let requester = Requester::default();
        let mut reply = [0; 1024];
        let (done, _) = handle(world, &mut verified, &mut SoftwareKeys, requester, request, &mut reply);
        assert_eq!(reply[0], 0x00);
        world.write_hint(&done);
        done.hint(&world.session).map(ChangeSet::commit_number)
    };
    send(&mut world, &make_credential("example.com", b"user").option("rk", true).option("uv", true).encode());
    let registered = anchor.read().unwrap();
    let hint = send(&mut world, &get_assertion("example.com").encode());
    assert_eq!(hint, Some(registered + 1), "the hint is a commit");
    assert_eq!(anchor.read().unwrap(), registered);
}

#[test]
fn a_file_keeps_the_highest_number_through_a_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anchor");
    let mut anchor = FileAnchor::new(&path);
    assert_eq!(anchor.read().unwrap(), 0);
    for (to, number) in [(5, 5), (3, 5), (6, 6), (9, 9)] {
        anchor.advance(to).unwrap();
        assert_eq!(FileAnchor::new(&path).read().unwrap(), number);
    }
    let before = std::fs::read(&path).unwrap();
    anchor.advance(0x0102_0304_0506_0708).unwrap();
    let after = std::fs::read(&path).unwrap();
    // Cut at every byte: it is the old number or the new one.
    for cut in 0..=after.len() {
        let torn = [&after[..cut], &before[cut..]].concat();
        std::fs::write(&path, &torn).unwrap();
        let number = FileAnchor::new(&path).read().unwrap();
        assert!(number == 9 || number == 0x0102_0304_0506_0708, "cut at {cut}: {number}");
        let mut again = FileAnchor::new(&path);
        again.advance(u64::MAX).unwrap();
        assert_eq!(again.read().unwrap(), u64::MAX, "cut at {cut}");
    }
    std::fs::write(&path, b"this is a letter to somebody else").unwrap();
    assert_eq!(anchor.read().err().map(|error| error.kind()), Some(std::io::ErrorKind::InvalidData));
    assert!(anchor.advance(1).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"this is a letter to somebody else");
}

/// The first write of all, cut.
#[test]
fn a_file_that_was_cut_at_its_first_number_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anchor");
    for length in 0..16 {
        std::fs::write(&path, &[1; 16][..length]).unwrap();
        let mut anchor = FileAnchor::new(&path);
        assert_eq!(anchor.read().unwrap(), 0);
        anchor.advance(2).unwrap();
        assert_eq!(anchor.read().unwrap(), 2);
    }
}
