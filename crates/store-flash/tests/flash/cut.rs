//! Power lost at every word and every page, for every command that writes: old or new, never neither, never both.

use crate::sim::{Bits, Chip, SimFlash, Tear};
use crate::world::{Dump, RecordedSim, dump, open, registration, sim_on};
use authenticator_core::store::{ChangeSet, Query, RecordId, RecordKind, Store};
use authenticator_core::{Command, Manage};
use authenticator_testkit::Answer;
use authenticator_testkit::request::get_assertion;
use std::collections::BTreeSet;

mod flipping;

/// A command over a prepared chip, as the change sets it comes to.
struct Case<const WORD: usize> {
    name: &'static str,
    chip: Chip<WORD>,
    old: Dump,
    /// What the command commits.
    command: ChangeSet,
    new: Dump,
    /// What the command after it commits.
    next: ChangeSet,
    end: Dump,
    /// How many words and pages the command writes and erases.
    operations: usize,
}

const COMMANDS: [&str; 6] =
    ["makeCredential", "overwrite", "delete", "set host data", "reset", "getAssertion"];

fn newest<const WORD: usize>(sim: &RecordedSim<WORD>) -> RecordId {
    let all =
        crate::world::found(&sim.world.store, &Query::Kind { kind: RecordKind::Credential, before: None });
    all.unwrap()[0].id
}

fn run<const WORD: usize>(sim: &mut RecordedSim<WORD>, name: &str) {
    let record = newest(sim);
    match name {
        "makeCredential" => assert_eq!(sim.send(&registration(b"new")).status, 0),
        "overwrite" => assert_eq!(sim.send(&registration(b"one")).status, 0),
        "delete" => assert!(sim.run(Command::Manage(Manage::Delete(record))).result.is_ok()),
        "set host data" => {
            assert!(sim.run(Command::Manage(Manage::SetHostData(record, &[7; 100]))).result.is_ok())
        }
        "reset" => assert_eq!(sim.send_bytes(&[0x07]).status, 0),
        "getAssertion" => {
            sim.user.will(Answer::Choose(0));
            assert_eq!(sim.send(&get_assertion("example.com").option("uv", true)).status, 0);
        }
        other => unreachable!("{other}"),
    }
}

fn case<const WORD: usize>(name: &'static str, padding: usize) -> Case<WORD> {
    padded_case(name, padding, 128)
}

/// The command after `padding` commits of so many bytes of the host's, which bring the log nearer to the end of its bank.
fn padded_case<const WORD: usize>(name: &'static str, padding: usize, bytes: usize) -> Case<WORD> {
    let mut sim = sim_on(Chip::<WORD>::new(4), 1);
    for user in [b"one", b"two"] {
        assert_eq!(sim.send(&registration(user)).status, 0);
    }
    for count in 0..padding {
        let bytes = vec![u8::try_from(count).unwrap(); bytes];
        let record = newest(&sim);
        assert!(sim.run(Command::Manage(Manage::SetHostData(record, &bytes))).result.is_ok());
    }
    let chip = sim.world.store.inner.flash.0.borrow().clone();
    let old = dump(&sim.world.store);
    sim.world.store.inner.sets.clear();
    run(&mut sim, name);
    let operations = sim.world.store.inner.flash.0.borrow().operations - chip.operations;
    let new = dump(&sim.world.store);
    assert_eq!(sim.send(&registration(b"next")).status, 0);
    let end = dump(&sim.world.store);
    let [command, next] = sim.world.store.inner.sets.as_slice() else { panic!("{name}: one commit each") };
    Case { name, old, command: command.clone(), new, next: next.clone(), end, operations, chip }
}

/// The case in which the command has to move the log to the other bank.
fn case_that_moves<const WORD: usize>(name: &'static str) -> Case<WORD> {
    // A reset moves the log in any case.
    let moves = |case: &Case<WORD>| case.erasures(&case.command) > if name == "reset" { 4 } else { 0 };
    let mut cases = paddings().map(|(count, bytes)| padded_case(name, count, bytes));
    cases.find(moves).expect("the bank is full at some point")
}

/// How many commits of how many bytes: what one length steps over, with records of some size, another one meets.
fn paddings() -> impl Iterator<Item = (usize, usize)> {
    [128, 96, 64, 32, 0].into_iter().flat_map(|bytes| (0..60).map(move |count| (count, bytes)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Old,
    New,
}

impl<const WORD: usize> Case<WORD> {
    /// How many pages are erased when this is committed.
    fn erasures(&self, changes: &ChangeSet) -> u32 {
        let flash = SimFlash::of(self.chip.clone());
        open(&flash).unwrap().commit(changes).unwrap();
        let erased: u32 = flash.0.borrow().wear.iter().sum();
        erased - self.chip.wear.iter().sum::<u32>()
    }

    /// The chip after a cut in the command.
    fn cut(&self, place: usize, tear: Tear) -> SimFlash<WORD> {
        let flash = SimFlash::of(self.chip.clone());
        let mut store = open(&flash).unwrap();
        assert_eq!(
            flash.0.borrow().operations,
            self.chip.operations,
            "a clean store is opened without a write"
        );
        flash.0.borrow_mut().cut_at(place, tear, u64::try_from(place).unwrap());
        assert!(store.commit(&self.command).is_err(), "{}: power is lost", self.name);
        assert!(!flash.0.borrow().has_power());
        flash
    }

    /// Opens after a cut: old or new, and the same from then on; the command can be repeated, and the next one works.
    fn judge(&self, flash: &SimFlash<WORD>, context: &str) -> Outcome {
        let mut store = open(flash).unwrap_or_else(|error| panic!("{context}: {error}"));
        let seen = dump(&store);
        let outcome = if seen == self.new { Outcome::New } else { Outcome::Old };
        assert!(outcome == Outcome::New || seen == self.old, "{context}: neither old nor new");

        if self.name == "reset" && outcome == Outcome::New {
            let bytes = flash.0.borrow_mut().bytes();
            let lies_there = |body: &[u8]| bytes.windows(16).any(|window| window == &body[..16]);
            let left = self.old.records.iter().filter(|record| lies_there(&record.body));
            assert_eq!(left.count(), 0, "{context}: a reset leaves nothing behind");
        }

        let (before, changing) = (flash.0.borrow().operations, flash.0.borrow().is_changing());
        store = open(flash).unwrap_or_else(|error| panic!("{context}, again: {error}"));
        assert!(dump(&store) == seen, "{context}: the same when it is opened again");
        // A word that changes may be taken for a sign of another cut, and the log moved once more.
        let repaired = flash.0.borrow().operations != before;
        assert!(!repaired || changing, "{context}: nothing is left to be repaired");

        if outcome == Outcome::Old {
            store.commit(&self.command).unwrap_or_else(|error| panic!("{context}, repeated: {error}"));
            assert!(dump(&store) == self.new, "{context}: repeated");
        }
        store.commit(&self.next).unwrap_or_else(|error| panic!("{context}, next: {error}"));
        for _ in 0..2 {
            assert!(dump(&open(flash).unwrap()) == self.end, "{context}: the next command");
        }
        outcome
    }

    /// Cuts everywhere, in every way at the ends, and once more while the cut is being recovered from.
    fn cut_everywhere(&self) {
        let mut outcomes = BTreeSet::new();
        for (place, tear) in (0..self.operations).flat_map(|place| Tear::ALL.map(|tear| (place, tear))) {
            // One word copied is like another: there the tears take turns. All of them happen at both ends.
            let at_an_end = place < 16 || place + 300 > self.operations;
            if !at_an_end && tear != Tear::ALL[place % Tear::ALL.len()] {
                continue;
            }
            let context = format!("{}, {tear:?} at {place} of {}", self.name, self.operations);
            let flash = self.cut(place, tear);
            let chip = flash.0.borrow().clone();
            outcomes.insert(self.judge(&flash, &context) == Outcome::New);
            if tear == Tear::ALL[place % Tear::ALL.len()] {
                self.cut_again(&chip, &mut Bits::new(u64::try_from(place).unwrap() + 1), &context);
            }
        }
        assert_eq!(outcomes.len(), 2, "{}: both are seen", self.name);
    }

    /// Opens a chip that was cut, cutting that too, and that again, until it is left alone.
    fn cut_again(&self, chip: &Chip<WORD>, bits: &mut Bits, context: &str) {
        let recovery = |chip: &Chip<WORD>| {
            let flash = SimFlash::of(chip.clone());
            open(&flash).unwrap_or_else(|error| panic!("{context}: {error}"));
            let operations = flash.0.borrow().operations;
            operations - chip.operations
        };
        let mut chip = chip.clone();
        let mut context = context.to_owned();
        for _ in 0..3 {
            chip.power_on();
            let operations = recovery(&chip);
            if operations == 0 {
                break;
            }
            // At the ends and anywhere between: that is where the erasure and the mark are.
            let place = match bits.below(3) {
                0 => bits.below(operations.min(6)),
                1 => operations - 1 - bits.below(operations.min(12)),
                _ => bits.below(operations),
            };
            let tear = Tear::ALL[bits.below(Tear::ALL.len())];
            context.push_str(&format!(", then {tear:?} at {place} of {operations}"));
            chip.cut_at(place, tear, bits.next());
            let flash = SimFlash::of(chip);
            // With words that change from one reading to the next it may have less to do than it had before.
            let opened = authenticator_store_flash::FlashStore::<_, 12>::open(flash.clone());
            if let Ok(opened) = opened {
                let seen = dump(&opened);
                assert!(seen == self.old || seen == self.new, "{context}");
                return;
            }
            chip = flash.0.borrow().clone();
            assert!(!chip.has_power(), "{context}: {opened:?}");
        }
        self.judge(&SimFlash::of(chip), &context);
    }
}

#[test]
fn every_command_cut_everywhere_leaves_old_or_new() {
    for name in COMMANDS {
        case::<4>(name, 0).cut_everywhere();
    }
}

#[test]
fn a_command_that_moves_the_log_cut_everywhere_leaves_old_or_new() {
    for name in COMMANDS {
        case_that_moves::<4>(name).cut_everywhere();
    }
}

#[test]
fn words_of_other_sizes_are_as_safe() {
    for name in ["makeCredential", "reset"] {
        case::<1>(name, 0).cut_everywhere();
        case_that_moves::<8>(name).cut_everywhere();
        case_that_moves::<32>(name).cut_everywhere();
    }
}

/// Covers: RST-07
#[test]
fn after_a_cut_an_authenticator_registers_and_signs_in() {
    for name in COMMANDS {
        let case = case_that_moves::<4>(name);
        for place in (0..case.operations).step_by(101) {
            let flash = case.cut(place, Tear::Changing);
            flash.0.borrow_mut().power_on();
            let mut sim = sim_on(flash.0.borrow().clone(), 9);
            assert_eq!(sim.send(&registration(b"later")).status, 0, "{name} at {place}");
            sim.user.will(Answer::Choose(0));
            let reply = sim.send(&get_assertion("example.com").option("uv", true));
            assert_eq!(reply.status, 0, "{name} at {place}");
        }
    }
}

#[test]
fn a_first_opening_cut_everywhere_leaves_an_empty_store() {
    let flash = SimFlash::<4>::new(4);
    let _ = open(&flash).unwrap();
    let operations = flash.0.borrow().operations;
    for (place, tear) in (0..operations).flat_map(|place| Tear::ALL.map(|tear| (place, tear))) {
        let flash = SimFlash::<4>::new(4);
        flash.0.borrow_mut().cut_at(place, tear, 3);
        assert!(crate::world::Flash::open(flash.clone()).is_err());
        let store = open(&flash).unwrap_or_else(|error| panic!("{tear:?} at {place}: {error}"));
        assert_eq!(dump(&store), Dump { records: Vec::new(), last_commit: None }, "{tear:?} at {place}");
    }
}
