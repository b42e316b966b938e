//! What the store does when nothing is cut: nested reads, room, errors, other contents.

use crate::sim::{Bits, Chip, PAGE, SimFlash, Tear};
use crate::world::{Dump, Flash, dump, found, open, registration, sim_on, sim_with};
use authenticator_core::store::{
    Change, ChangeSet, CommitError, Lookup, Query, RecordKind, Store, StoreError,
};
use authenticator_core::{Command, MakeCredential, Manage, Profile, Replacement, decode};
use authenticator_store_flash::{FlashStore, OpenError};
use authenticator_testkit::with_keystore;
use std::ops::ControlFlow;

const CREDENTIALS: Query = Query::Kind { kind: RecordKind::Credential, before: None };
const EMPTY: Dump = Dump { records: Vec::new(), last_commit: None };

fn chip_with(credentials: u8) -> Chip<4> {
    let mut sim = sim_on(Chip::<4>::new(8), 1);
    for user in 0..credentials {
        assert_eq!(sim.send(&registration(&[user])).status, 0);
    }
    sim.world.store.inner.flash.0.borrow().clone()
}

#[test]
fn a_visitor_may_read() {
    let store = open(&SimFlash::of(chip_with(3))).unwrap();
    let mut seen = Vec::new();
    let flow = store.read(&CREDENTIALS, &mut |outer| {
        let query = Query::Kind { kind: RecordKind::Credential, before: Some(outer.number) };
        seen.push((outer.number, found(&store, &query).unwrap().len()));
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    let older: Vec<_> = seen.iter().map(|(_, older)| *older).collect();
    assert_eq!(older, [2, 1, 0], "newest first");
}

#[test]
fn a_full_store_refuses_before_it_writes_and_still_deletes() {
    // By the number of records: twelve, the header among them.
    let mut sim = sim_on(chip_with(11), 2);
    let flash = sim.world.store.inner.flash.clone();
    let (old, operations) = (dump(&sim.world.store), flash.0.borrow().operations);
    assert_eq!(sim.send(&registration(b"more")).status, 0x28);
    assert_eq!((dump(&sim.world.store), flash.0.borrow().operations), (old, operations));
    let record = found(&sim.world.store, &CREDENTIALS).unwrap()[0].id;
    assert!(sim.run(Command::Manage(Manage::Delete(record))).result.is_ok());
    assert_eq!(sim.send(&registration(b"more")).status, 0);

    // By room: banks of two pages.
    let mut sim = sim_on(Chip::<4>::new(4), 3);
    let mut users = 0..100;
    let refused = users.find(|user| {
        let record = (*user > 0).then(|| found(&sim.world.store, &CREDENTIALS).unwrap()[0].id);
        if let Some(record) = record {
            drop(sim.run(Command::Manage(Manage::SetHostData(record, &[1; 512]))));
        }
        sim.send(&registration(&[*user])).status == 0x28
    });
    assert!(refused.is_some_and(|count| (3..11).contains(&count)), "{refused:?}");
    let mut left = found(&sim.world.store, &CREDENTIALS).unwrap();
    while let Some(seen) = left.pop() {
        assert!(sim.run(Command::Manage(Manage::Delete(seen.id))).result.is_ok());
        assert_eq!(found(&sim.world.store, &CREDENTIALS).unwrap(), left);
    }
}

#[test]
fn gi12_while_room_is_told_there_is_some() {
    // Long ones run out of room before the twelve places are taken, short ones do not.
    for (pages, at_first) in [(8, 9..10), (4, 1..9)] {
        let mut sim = sim_on(Chip::<4>::new(pages), 11);
        let (mut told, mut made) = (sim.world.store.inner.store.room().unwrap().unwrap(), 0_u32);
        assert!(at_first.contains(&told), "{told} in {pages} pages");
        let first_told = told;
        while told > 0 {
            assert_eq!(sim.send(&registration(&made.to_be_bytes())).status, 0, "{told} more were told");
            made += 1;
            let left = sim.world.store.inner.store.room().unwrap().unwrap();
            assert!(left <= told, "{left} after {told}");
            told = left;
        }
        assert!(made >= first_told, "{first_told} were told, and {made} fit");
    }
}

/// A registration that takes superseded passkeys along, and writes down their keys, which are to be destroyed.
#[test]
fn the_set_with_the_most_records_fits() {
    let mut sim = sim_with(with_keystore(Profile::phone([0; 16])), Chip::<4>::new(8), 6);
    let bytes = registration(b"one").encode();
    for _ in 0..3 {
        let Ok(Command::MakeCredential(decoded)) = decode(&bytes, 1200) else { panic!("not decoded") };
        let superseding = MakeCredential { replacement: Replacement::Supersede, ..decoded };
        assert!(sim.run(Command::MakeCredential(superseding)).result.is_ok());
        let newest = found(&sim.world.store, &CREDENTIALS).unwrap()[0].id;
        assert!(sim.run(Command::Manage(Manage::SetHostData(newest, &[1; 512]))).result.is_ok());
    }
    sim.world.store.inner.sets.clear();
    assert_eq!(sim.send(&registration(b"one")).status, 0);
    assert_eq!(found(&sim.world.store, &CREDENTIALS).unwrap().len(), 1);
    let puts = |set: &ChangeSet| set.changes().filter(|change| matches!(change, Change::Put(_))).count();
    assert_eq!(sim.world.store.inner.sets.iter().map(puts).max(), Some(5));
}

#[test]
fn a_flash_that_fails_and_comes_back_is_read_again() {
    let mut sim = sim_on(chip_with(2), 4);
    sim.world.store.inner.sets.clear();
    assert_eq!(sim.send(&registration(b"new")).status, 0);
    let set = sim.world.store.inner.sets[0].clone();
    let new = dump(&sim.world.store);

    let flash = SimFlash::of(chip_with(2));
    let mut store = open(&flash).unwrap();
    flash.0.borrow_mut().cut_at(20, Tear::Some, 1);
    assert_eq!(store.commit(&set), Err(CommitError::InDoubt));
    assert_eq!(found(&store, &CREDENTIALS), Err(StoreError::Failed));
    assert_eq!(store.last_commit(), Err(StoreError::Failed));
    assert_eq!(store.commit(&set), Err(CommitError::Failed), "nothing is written before it can be read");
    flash.0.borrow_mut().power_on();
    assert_eq!(store.commit(&set), Ok(()));
    assert!(dump(&store) == new);
    assert_eq!(store.commit(&set), Err(CommitError::Conflict));
}

#[test]
fn flash_that_refuses_a_torn_word_refuses_one_commit() {
    let mut sim = sim_on(chip_with(2), 4);
    sim.world.store.inner.sets.clear();
    assert_eq!(sim.send(&registration(b"new")).status, 0);
    let set = sim.world.store.inner.sets[0].clone();
    let new = dump(&sim.world.store);

    let flash = SimFlash::of(chip_with(2));
    let mut store = open(&flash).unwrap();
    let old = dump(&store);
    // The first word of the commit is torn, and reads as erased.
    flash.0.borrow_mut().cut_at(0, Tear::Nothing, 1);
    assert_eq!(store.commit(&set), Err(CommitError::InDoubt));
    flash.0.borrow_mut().refuses_torn_words = true;
    let mut store = open(&flash).unwrap();
    assert_eq!(store.commit(&set), Err(CommitError::Failed));
    assert!(dump(&store) == old);
    assert_eq!(store.commit(&set), Ok(()));
    assert!(dump(&store) == new);
    assert!(dump(&open(&flash).unwrap()) == new);
}

/// Covers: RST-07
#[test]
fn a_reset_leaves_nothing_behind() {
    let mut sim = sim_on(chip_with(3), 5);
    let before = dump(&sim.world.store);
    assert_eq!(sim.send_bytes(&[0x07]).status, 0);
    let bytes = sim.world.store.inner.flash.0.borrow_mut().bytes();
    for seen in before.records {
        assert!(!bytes.windows(16).any(|window| window == &seen.body[..16]), "{:?}", seen.kind);
    }
}

#[test]
fn flash_that_does_not_fit_is_refused() {
    assert_eq!(Flash::open(SimFlash::<4>::new(0)).unwrap_err(), OpenError::Unsuitable);
    assert_eq!(Flash::open(SimFlash::<4>::new(3)).unwrap_err(), OpenError::Unsuitable);
    assert_eq!(Flash::open(SimFlash::<128>::new(8)).unwrap_err(), OpenError::Unsuitable);
    let few = FlashStore::<_, 3>::open(SimFlash::of(chip_with(3)));
    assert_eq!(few.unwrap_err(), OpenError::TooManyRecords);
    let mut larger = Chip::<4>::new(16);
    larger.fill(0, &chip_with(3).bytes());
    assert_eq!(Flash::open(SimFlash::of(larger)).unwrap_err(), OpenError::OtherFormat);
}

#[test]
fn foreign_contents_are_refused_and_left_alone_until_formatted() {
    for seed in 0..100 {
        let (mut bits, mut chip) = (Bits::new(seed), Chip::<4>::new(4));
        let from = bits.below(3) * PAGE;
        let bytes: Vec<u8> = (from..4 * PAGE).map(|_| bits.next().to_be_bytes()[1]).collect();
        chip.fill(from, &bytes);
        let flash = SimFlash::of(chip);
        assert_eq!(Flash::open(flash.clone()).unwrap_err(), OpenError::Foreign);
        assert_eq!(flash.0.borrow().operations, 0, "nothing is written");
        assert!(dump(&Flash::format(flash.clone()).unwrap()) == EMPTY);
        assert!(dump(&open(&flash).unwrap()) == EMPTY);
    }
}

/// What is so short that it lies where a first opening would have begun to write.
#[test]
fn short_foreign_contents_are_refused_too() {
    for contents in [b"{\"wifi\": \"home\"}    ".as_slice(), &[0; 4], &[0; 64], b"ZZZZconf", &[0x12; 8]] {
        let mut chip = Chip::<4>::new(4);
        chip.fill(0, contents);
        let flash = SimFlash::of(chip);
        assert_eq!(Flash::open(flash.clone()).unwrap_err(), OpenError::Foreign, "{contents:?}");
        assert_eq!(flash.0.borrow().operations, 0, "nothing is written");
    }
}

#[test]
fn damaged_stores_never_panic() {
    let mut good = chip_with(5);
    let good = good.bytes();
    let mut opened = 0;
    for seed in 0..300 {
        let (mut bits, mut bytes, mut chip) = (Bits::new(seed), good.clone(), Chip::<4>::new(8));
        for _ in 0..=bits.below(4) {
            // The first pages, where there is something to damage.
            let (at, length) = (bits.below(PAGE), 1 + bits.below(64));
            let mask = bits.next().to_be_bytes()[3];
            bytes[at..at + length].iter_mut().for_each(|byte| *byte ^= mask);
        }
        chip.fill(0, &bytes);
        if let Ok(store) = Flash::open(SimFlash::of(chip)) {
            opened += 1;
            let _ = dump(&store);
        }
    }
    assert!(opened > 0);
}
