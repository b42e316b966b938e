//! Words that read as whole at one opening and as torn at the next: no later opening may undo what an earlier one decided.

use super::{Case, case_that_moves, newest, padded_case, paddings};
use crate::sim::{Chip, SimFlash, Tear};
use crate::world::{Flash, dump, open, sim_on};
use authenticator_core::store::{ChangeSet, Store};
use authenticator_core::{Command, Manage};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a torn word reads as is drawn anew each time power comes back: in so many draws it reads as old and as new.
const DRAWS: usize = 4;

/// Chips that lost power in a commit that moves the log, each with what its torn word reads as drawn several times.
fn torn_in_a_move(case: &Case<4>) -> impl Iterator<Item = (String, SimFlash<4>)> {
    (0..case.operations).flat_map(move |place| {
        (0..DRAWS).map(move |draw| {
            let flash = case.cut(place, Tear::Flipping);
            (0..draw).for_each(|_| flash.0.borrow_mut().power_on());
            (format!("cut at {place} of {}, draw {draw}", case.operations), flash)
        })
    })
}

/// A snapshot that was torn may read as whole once. If its bank were used then, the other one would be erased, and with
/// another cut nothing would be left once the snapshot reads as torn again.
#[test]
fn a_bank_without_a_mark_is_not_used_however_whole_it_looks() {
    let case = case_that_moves::<4>("makeCredential");
    let mut cut_again = 0;
    for (context, flash) in torn_in_a_move(&case) {
        // The first that an opening writes, if anything, is the erasure of a page.
        flash.0.borrow_mut().power_on();
        flash.0.borrow_mut().cut_at(0, Tear::Everything, 1);
        drop(Flash::open(flash.clone()));
        cut_again += usize::from(!flash.0.borrow().has_power());
        for draw in 0..DRAWS {
            let flash = SimFlash::of(flash.0.borrow().clone());
            (0..draw).for_each(|_| flash.0.borrow_mut().power_on());
            let store = open(&flash).unwrap_or_else(|error| panic!("{context}, then {draw}: {error}"));
            let seen = dump(&store);
            assert!(seen == case.old || seen == case.new, "{context}, then {draw}");
        }
    }
    assert!(cut_again > 0, "some openings have something to erase");
}

/// A mark may read as written once and as torn later. If each bank were believed in its turn, both would be erased, or begun
/// to be.
#[test]
fn a_mark_in_doubt_never_costs_both_banks() {
    mark_in_doubt::<4>(3);
    mark_in_doubt::<8>(2);
}

/// Cuts each word of a mark, and so often again what is done about it.
fn mark_in_doubt<const WORD: usize>(cuts: usize) {
    let case = case_that_moves::<WORD>("delete");
    let torn = (0..case.operations).map(|place| (place, case.cut(place, Tear::Flipping)));
    let mark = mark_of(&case);
    let in_mark = torn.filter(|(_, flash)| flash.0.borrow().torn().is_some_and(|at| mark.contains(&at)));
    let in_mark: Vec<_> = in_mark.collect();
    assert_eq!(in_mark.len(), mark.len() / WORD, "each word of the mark is cut");
    for (place, flash) in in_mark {
        let chip = flash.0.borrow().clone();
        cut_openings(&case, &chip, cuts - 1, &format!("words of {WORD}, cut at {place}"));
    }
}

/// Where the mark lies that the command writes when it moves the log.
fn mark_of<const WORD: usize>(case: &Case<WORD>) -> Range<usize> {
    let flash = SimFlash::of(case.chip.clone());
    let old = flash.0.borrow_mut().bytes();
    open(&flash).unwrap().commit(&case.command).unwrap();
    let new = flash.0.borrow_mut().bytes();
    let unit = WORD.max(4);
    let begin = [vec![0x5A; unit], vec![4, 0, 0, 0]].concat();
    let size = 4 * unit;
    let at =
        (0..new.len() - size).find(|at| new[*at..].starts_with(&begin) && !old[*at..].starts_with(&begin));
    at.map(|at| at..at + size).expect("the command moves the log")
}

/// Opens a chip that was cut, whatever its torn words read as; and cuts that opening where it begins, so often.
fn cut_openings<const WORD: usize>(case: &Case<WORD>, chip: &Chip<WORD>, cuts: usize, context: &str) {
    for (reading, chip) in readings(chip).enumerate() {
        let context = format!("{context}, reading {reading}");
        let flash = SimFlash::of(chip.clone());
        let store = Flash::open(flash.clone()).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(dump(&store) == case.old, "{context}: the commit was never begun");
        let operations = flash.0.borrow().operations - chip.operations;
        // A claim and the first erasures.
        for place in (0..operations.min(9)).take_while(|_| cuts > 0) {
            let mut chip = chip.clone();
            chip.cut_at(place, Tear::Flipping, 1);
            let flash = SimFlash::of(chip);
            assert!(Flash::open(flash.clone()).is_err(), "{context}: power is lost");
            let chip = flash.0.borrow().clone();
            cut_openings(case, &chip, cuts - 1, &format!("{context}, then at {place}"));
        }
    }
}

/// The chip with power again, once for each way in which its torn words may read together.
fn readings<const WORD: usize>(chip: &Chip<WORD>) -> impl Iterator<Item = Chip<WORD>> + use<WORD> {
    let (mut chip, mut seen) = (chip.clone(), BTreeSet::new());
    (0..40).filter_map(move |_| {
        chip.power_on();
        seen.insert(chip.bytes()).then(|| chip.clone())
    })
}

/// The mark of a bank that lost may read as whole later. If the bank were still there then, it would win, and what was
/// committed in between would be gone.
#[test]
fn a_bank_that_lost_does_not_come_back() {
    let (case, deletion) = case_with_room_for_a_deletion();
    let mut committed = 0;
    for (context, flash) in torn_in_a_move(&case) {
        let mut store = open(&flash).unwrap();
        if dump(&store) != case.old {
            continue;
        }
        store.commit(&deletion).unwrap();
        let end = dump(&store);
        committed += 1;
        for again in 0..2 * DRAWS {
            let seen = dump(&open(&flash).unwrap());
            assert!(seen == end, "{context}: the commit is gone after {again} more openings");
        }
    }
    assert!(committed > 0, "some cuts leave the old state");
}

/// A registration for which the log has to move, and a deletion for which it has room.
fn case_with_room_for_a_deletion() -> (Case<4>, ChangeSet) {
    paddings()
        .map(|(count, bytes)| padded_case("makeCredential", count, bytes))
        .filter(|case| case.erasures(&case.command) > 0)
        .map(|case| {
            let deletion = deletion(&case);
            (case, deletion)
        })
        .find(|(case, deletion)| case.erasures(deletion) == 0)
        .expect("some padding leaves as much room")
}

/// What deleting the newest credential commits.
fn deletion(case: &Case<4>) -> ChangeSet {
    let mut sim = sim_on(case.chip.clone(), 1);
    let record = newest(&sim);
    assert!(sim.run(Command::Manage(Manage::Delete(record))).result.is_ok());
    sim.world.store.inner.sets.pop().unwrap()
}
