//! What lies in the store while an array is written, and what becomes of one that is damaged (LB-07).

extern crate std;

use super::{INITIAL, open};
use crate::command::bench::Bench;
use crate::command::{Command, Manage};
use crate::session::Session;
use crate::step::Step;
use crate::store::{
    Change, ChangeSet, CommitError, CommitId, CommitKind, Finding, Lookup, Query, Record, RecordId,
    RecordKind, Store,
};
use authenticator_testkit::request::{large_blob_array, large_blob_fragments};
use core::ops::ControlFlow;
use std::{vec, vec::Vec};

/// A record of a piece, every byte of it.
type Row = (RecordId, u64, u64, Vec<u8>);

fn pieces(bench: &Bench) -> Vec<Row> {
    let mut rows = vec![];
    let query = Query::Kind { kind: RecordKind::LargeBlob, before: None };
    let flow = bench.store.read(&query, &mut |record| {
        rows.push((record.id, record.version, record.number, record.body.to_vec()));
        ControlFlow::Continue(())
    });
    assert!(flow.is_ok_and(|flow| flow.is_continue()));
    rows.sort();
    rows
}

/// What whoever knows nothing of it finds.
fn read_elsewhere(bench: &mut Bench) -> Vec<u8> {
    let mut session = Session::new(bench.now);
    bench.as_endpoint(&mut session, Bench::array)
}

/// Sends an array up to its last fragment, and begins that.
fn begin(bench: &mut Bench, array: &[u8]) -> Step {
    let mut fragments = large_blob_fragments(array, 1136);
    let last = fragments.pop().unwrap();
    fragments.iter().for_each(|fragment| assert_eq!(bench.status(fragment), 0x00));
    let requester = bench.requester;
    crate::begin(&last.encode(), &mut bench.context(), requester)
}

/// Commits what is to be committed, if anything is, and says so with this answer.
fn commit_with(bench: &mut Bench, step: Step, answer: Result<(), CommitError>, really: bool) -> Step {
    let Step::NeedsCommit(needs) = step else { return step };
    let committed = match needs.change_set(&bench.session).cloned() {
        Ok(changes) if really => bench.store.commit(&changes),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    needs.resume(&mut bench.context(), committed.and(answer))
}

fn commit(bench: &mut Bench, step: Step) -> Step {
    commit_with(bench, step, Ok(()), true)
}

const fn is_done(step: &Step) -> bool {
    matches!(step, Step::Done(_))
}

/// One array of each number of pieces.
const LENGTHS: [usize; 5] = [17, 1024, 1025, 3000, 4096];

#[test]
fn lb07_one_commit_puts_one_array_in_the_others_place() {
    for (old, new) in LENGTHS.iter().flat_map(|old| LENGTHS.map(|new| (*old, new))) {
        let [old, new] = [(old, 1), (new, 2)].map(|(length, seed)| large_blob_array(length, seed));
        let mut bench = open();
        assert_eq!(bench.write(&old), 0x00);
        let mut step = begin(&mut bench, &new);
        let mut kinds = vec![];
        while let Step::NeedsCommit(needs) = &step {
            kinds.push(needs.kind());
            assert_eq!(needs.change_set(&bench.session).unwrap().kind(), needs.kind());
            assert_eq!(read_elsewhere(&mut bench), old);
            step = commit(&mut bench, step);
            assert!(pieces(&bench).len() <= 7);
        }
        assert_eq!(bench.finish(step), (0x00, vec![]));
        assert_eq!(read_elsewhere(&mut bench), new);
        let later = new.len().div_ceil(1024) - 1;
        assert_eq!(kinds.iter().filter(|kind| **kind == CommitKind::Guard).count(), later);
        assert_eq!(kinds.last(), Some(&CommitKind::Effect));
        assert_eq!((kinds.len(), pieces(&bench).len()), (later + 1, later + 1), "nothing else is left");
    }
}

#[test]
fn lb07_a_write_that_is_cut_leaves_the_old_array_and_is_in_nobodys_way() {
    let [old, new, last] = [1, 2, 3].map(|seed| large_blob_array(4096, seed));
    for cut in 0..4 {
        let mut bench = open();
        assert_eq!(bench.write(&old), 0x00);
        let mut step = begin(&mut bench, &new);
        for _ in 0..cut {
            step = commit(&mut bench, step);
        }
        drop(step);
        bench.power_cycle();
        assert_eq!(bench.array(), old, "{cut}");
        let (findings, counted) = audit(&mut bench);
        assert_eq!((findings, counted), (vec![], 4 + cut), "{cut}: pieces of no array are no finding");
        for (array, left) in [(&last, 4), (&large_blob_array(20, 4), 1)] {
            assert_eq!(bench.write(array), 0x00);
            assert_eq!(bench.array(), *array);
            assert_eq!(pieces(&bench).len(), left, "{cut}: they are gone with the next write");
        }
    }
}

fn audit(bench: &mut Bench) -> (Vec<Finding>, u64) {
    let mut findings = vec![];
    let audit = bench.context().audit(&mut |finding| findings.push(finding)).unwrap();
    (findings, audit.large_blobs)
}

/// Two processes write at the same time, their commits in every order. Whoever reads in between reads one whole array.
#[test]
#[cfg_attr(miri, ignore = "hundreds of arrays")]
fn lb07_two_that_write_at_once_never_mix_their_arrays() {
    let arrays = [0, 1, 2].map(|seed| large_blob_array(3000, seed));
    let [old, one, two] = &arrays;
    let mut both = 0;
    for schedule in 0..64_u8 {
        let mut bench = open();
        assert_eq!(bench.write(old), 0x00);
        let mut other = Session::new(bench.now);
        let mut first = begin(&mut bench, one);
        let mut second = bench.as_endpoint(&mut other, |bench| begin(bench, two));
        // After the schedule they take turns.
        let mut turns = (0..6).map(|place| schedule >> place & 1).chain([0, 1].into_iter().cycle());
        for _ in 0..200 {
            if is_done(&first) && is_done(&second) {
                break;
            }
            if turns.next() == Some(0) {
                first = commit(&mut bench, first);
            } else {
                second = bench.as_endpoint(&mut other, |bench| commit(bench, second));
            }
            let now = read_elsewhere(&mut bench);
            assert!(arrays.contains(&now), "{schedule:06b}: a mixed array");
        }
        let statuses = [bench.finish(first).0, bench.as_endpoint(&mut other, |bench| bench.finish(second)).0];
        let last = read_elsewhere(&mut bench);
        match statuses {
            [0x00, 0x00] => {
                both += 1;
                assert!(last == *one || last == *two, "{schedule:06b}");
            }
            [0x00, 0x7F] => assert_eq!(last, *one, "{schedule:06b}"),
            [0x7F, 0x00] => assert_eq!(last, *two, "{schedule:06b}"),
            _ => unreachable!("{schedule:06b}: {statuses:02x?}"),
        }
        assert_eq!(audit(&mut bench).0, []);
    }
    assert!(both > 8, "{both} of 64 orders let both write");
}

/// The slot that was free when the writing began is the one that is read by now.
#[test]
fn lb07_what_another_has_written_meanwhile_is_not_written_over() {
    let [mine, theirs] = [1, 2].map(|seed| large_blob_array(4096, seed));
    for place in 0..4 {
        let mut bench = open();
        let mut step = begin(&mut bench, &mine);
        for _ in 0..place {
            step = commit(&mut bench, step);
        }
        let mut other = Session::new(bench.now);
        assert_eq!(bench.as_endpoint(&mut other, |bench| bench.write(&theirs)), 0x00);
        while !is_done(&step) {
            assert_eq!(read_elsewhere(&mut bench), theirs, "{place}");
            step = commit(&mut bench, step);
        }
        assert_eq!(bench.finish(step).0, 0x00);
        assert_eq!(read_elsewhere(&mut bench), mine, "{place}");
        assert_eq!(pieces(&bench).len(), 4);
    }
}

/// Its own piece has gone, and a third's lies where it was.
#[test]
fn lb07_a_piece_in_the_same_place_is_not_taken_for_ones_own() {
    let [mine, theirs, third] = [1, 2, 3].map(|seed| large_blob_array(2048, seed));
    let mut bench = open();
    let mut step = begin(&mut bench, &mine);
    step = commit(&mut bench, step);
    let written = pieces(&bench).pop().unwrap();
    let mut other = Session::new(bench.now);
    bench.as_endpoint(&mut other, |bench| {
        assert_eq!(bench.write(&theirs), 0x00);
        assert_eq!(bench.write(&theirs), 0x00);
    });
    let mut another = Session::new(bench.now);
    let late = bench.as_endpoint(&mut another, |bench| {
        let late = begin(bench, &third);
        commit(bench, late)
    });
    let (id, ..) = written;
    assert!(pieces(&bench).iter().any(|piece| piece.0 == id), "the same record");
    while !is_done(&step) {
        step = commit(&mut bench, step);
        assert!([&mine, &theirs].contains(&&read_elsewhere(&mut bench)), "a mixed array");
    }
    assert_eq!(bench.finish(step).0, 0x00);
    assert_eq!(read_elsewhere(&mut bench), mine);
    let status = bench.as_endpoint(&mut another, |bench| bench.finish(late).0);
    assert_eq!((status, read_elsewhere(&mut bench)), (0x00, third));
}

/// Another array comes before each of its commits: it gives up, and nothing of it is to be seen.
#[test]
fn lb07_who_is_always_late_gives_up() {
    let mut bench = open();
    let mut step = begin(&mut bench, &large_blob_array(4096, 1));
    let mut other = Session::new(bench.now);
    let mut seed = 2;
    let mut last = vec![];
    while !is_done(&step) {
        last = large_blob_array(2000, seed);
        seed += 1;
        assert!(seed < 20, "it never ends");
        assert_eq!(bench.as_endpoint(&mut other, |bench| bench.write(&last)), 0x00);
        step = commit(&mut bench, step);
    }
    assert_eq!(bench.finish(step), (0x7F, vec![]));
    assert_eq!(bench.array(), last);
}

#[test]
fn lb07_a_commit_in_doubt_is_settled_wherever_it_is() {
    let [old, new] = [1, 2].map(|seed| large_blob_array(4096, seed));
    for place in 0..4 {
        for took_effect in [true, false] {
            for others_came in [true, false] {
                let mut bench = open();
                assert_eq!(bench.write(&old), 0x00);
                let mut step = begin(&mut bench, &new);
                for _ in 0..place {
                    step = commit(&mut bench, step);
                }
                let Step::NeedsCommit(needs) = step else { unreachable!("there are four") };
                if took_effect {
                    let changes = needs.change_set(&bench.session).unwrap().clone();
                    bench.store.commit(&changes).unwrap();
                }
                if others_came {
                    let mut other = Session::new(bench.now);
                    bench.as_endpoint(&mut other, |bench| bench.commit_draft(|_| ()));
                }
                let before = bench.commits;
                let step = needs.resume(&mut bench.context(), Err(CommitError::InDoubt));
                assert_eq!(bench.finish(step).0, 0x00);
                let left = 4 - place - usize::from(took_effect);
                assert_eq!(bench.commits - before, left, "none is made twice, and none forgotten");
                assert_eq!(bench.array(), new);
            }
        }
    }
}

#[test]
fn lb07_a_commit_that_fails_ends_the_command_and_keeps_the_old_array() {
    let [old, new] = [1, 2].map(|seed| large_blob_array(4096, seed));
    for place in 0..4 {
        for (error, status) in [
            (CommitError::Full, 0x18),
            (CommitError::ReadOnly, 0x7F),
            (CommitError::Busy, 0x7F),
            (CommitError::Failed, 0x7F),
        ] {
            let mut bench = open();
            assert_eq!(bench.write(&old), 0x00);
            let mut step = begin(&mut bench, &new);
            for _ in 0..place {
                step = commit(&mut bench, step);
            }
            let step = commit_with(&mut bench, step, Err(error), false);
            assert_eq!(bench.finish(step), (status, vec![]), "{place}, {error:?}");
            assert_eq!(bench.array(), old);
            assert_eq!(bench.write(&new), 0x00, "and the next write can do it");
            assert_eq!(bench.array(), new);
        }
        let mut bench = open();
        let mut step = begin(&mut bench, &new);
        for _ in 0..place {
            step = commit(&mut bench, step);
        }
        let step = commit_with(&mut bench, step, Err(CommitError::Conflict), false);
        assert_eq!(bench.finish(step).0, 0x00, "a conflict is built again");
        assert_eq!(bench.array(), new);
    }
}

/// Another command of the session has used the room in which the array lay.
#[test]
fn lb07_an_array_that_is_gone_from_memory_is_not_written() {
    let new = large_blob_array(4096, 2);
    for place in 0..3 {
        let mut bench = open();
        let mut step = begin(&mut bench, &new);
        for _ in 0..place {
            step = commit(&mut bench, step);
        }
        assert_eq!(bench.array(), INITIAL);
        assert_eq!(bench.finish(step), (0x7F, vec![]), "{place}");
        assert_eq!(bench.array(), INITIAL);
    }
}

#[test]
fn lb07_a_full_store_says_so_and_keeps_what_it_has() {
    let [old, new] = [1, 2].map(|seed| large_blob_array(4096, seed));
    // Header and head, three pieces twice, and one more: whatever is beside them takes the room.
    for beside in [8, 9, 11, 12, 14] {
        let mut bench = open();
        for number in 0..beside {
            let id = RecordId([number; 16]);
            let put = Command::Manage(Manage::PutHost { record: id, bytes: b"host" });
            assert_eq!(bench.run(put).0, 0x00);
        }
        let stored = bench.write(&old);
        let expected = if beside <= 11 { (0x00, &old[..]) } else { (0x18, &INITIAL[..]) };
        assert_eq!((stored, bench.array().as_slice()), expected, "{beside}");
        let replaced = bench.write(&new);
        let (status, array) = if beside <= 8 { (0x00, &new[..]) } else { (0x18, expected.1) };
        assert_eq!((replaced, bench.array().as_slice()), (status, array), "{beside}");
        assert_eq!(audit(&mut bench).0, [], "{beside}");
        if beside <= 14 {
            let short = large_blob_array(1024, 3);
            let status = bench.write(&short);
            assert!(status == 0x00 || (status == 0x18 && beside == 14), "{beside}: {status:02x}");
        }
    }
}

#[test]
fn rst05_a_reset_leaves_the_initial_array() {
    let mut bench = open();
    assert_eq!(bench.write(&large_blob_array(4096, 1)), 0x00);
    assert_eq!(bench.send(&[0x07]).0, 0x00);
    assert_eq!(bench.array(), INITIAL);
    assert_eq!(pieces(&bench), []);
    let array = large_blob_array(4096, 2);
    assert_eq!(bench.write(&array), 0x00);
    assert_eq!(bench.array(), array);
}

/// A change of the store behind the library's back.
fn tamper(bench: &mut Bench, change: &Change<'_>) {
    let mut changes = ChangeSet::empty();
    changes.start(CommitKind::Effect, CommitId([9; 16]));
    match change {
        Change::Put(record) => changes.put(*record).unwrap(),
        Change::Remove { kind, id } => changes.remove(*kind, *id).unwrap(),
        Change::Clear => unreachable!("nothing is to be cleared"),
    }
    bench.store.commit(&changes).unwrap();
}

fn put_back(bench: &mut Bench, (id, version, number, body): &Row) {
    let record = Record {
        kind: RecordKind::LargeBlob,
        id: *id,
        version: *version,
        number: *number,
        indexes: crate::store::Indexes::default(),
        body,
    };
    tamper(bench, &Change::Put(record));
}

fn discard(bench: &mut Bench, id: RecordId) -> u8 {
    bench.run(Command::Manage(Manage::Discard(RecordKind::LargeBlob, id))).0
}

/// Whatever is wrong with whichever piece: it is as if there were none, it is found, and can be mended.
#[test]
fn lb01_a_damaged_array_reads_as_the_initial_one_and_the_next_write_mends_it() {
    let [older, array, next] = [1, 2, 3].map(|seed| large_blob_array(4096, seed));
    for place in 0..4 {
        for damage in 0..4 {
            let context = std::format!("piece {place}, damage {damage}");
            let mut bench = open();
            assert_eq!(bench.write(&older), 0x00);
            assert_eq!(bench.write(&older), 0x00);
            let before = pieces(&bench);
            assert_eq!(bench.write(&array), 0x00);
            assert_eq!(bench.write(&array), 0x00);
            let row = pieces(&bench).get(place).unwrap().clone();
            let (id, version, number, mut body) = row;
            match damage {
                0 => tamper(&mut bench, &Change::Remove { kind: RecordKind::LargeBlob, id }),
                // What lay there when an older array was.
                1 => put_back(&mut bench, before.get(place).unwrap()),
                2 => put_back(&mut bench, &(id, version, number + 1, body)),
                _ => {
                    *body.last_mut().unwrap() ^= 1;
                    put_back(&mut bench, &(id, version, number, body));
                }
            }
            assert_eq!(bench.array(), INITIAL, "{context}");
            assert_eq!(bench.fragment(10, 5), INITIAL.get(5..15).unwrap(), "{context}: every fragment");
            let (findings, _) = audit(&mut bench);
            assert!(!findings.is_empty(), "{context}");
            // An owner who has it mended: what cannot be opened goes, and what is there is taken.
            let mut mended = open_copy(&bench);
            for finding in findings {
                let status = match finding {
                    Finding::Unreadable { kind: RecordKind::LargeBlob, record } => {
                        discard(&mut mended, record)
                    }
                    Finding::Mixed => mended.run(Command::Manage(Manage::AcceptRecords)).0,
                    other => unreachable!("{context}: {other:?}"),
                };
                assert_eq!(status, 0x00, "{context}");
            }
            for finding in audit(&mut mended).0 {
                let Finding::Unreadable { record, .. } = finding else { unreachable!("{context}") };
                assert_eq!(discard(&mut mended, record), 0x00, "{context}");
            }
            assert_eq!(audit(&mut mended).0, [], "{context}");
            assert_eq!(mended.array(), INITIAL, "{context}");
            for bench in [&mut mended, &mut bench] {
                assert_eq!(bench.write(&next), 0x00, "{context}");
                assert_eq!(bench.array(), next, "{context}");
            }
        }
    }
}

/// The same store in a bench of its own.
fn open_copy(bench: &Bench) -> Bench {
    let mut copy = open();
    copy.store = bench.store.clone();
    copy
}

#[test]
fn only_the_head_of_a_damaged_array_can_be_discarded() {
    let mut bench = open();
    let array = large_blob_array(4096, 1);
    assert_eq!(bench.write(&array), 0x00);
    for (id, ..) in pieces(&bench) {
        assert_eq!(discard(&mut bench, id), 0x7F, "there is nothing wrong with it");
    }
    assert_eq!(discard(&mut bench, RecordId([0x77; 16])), 0x2E);
    assert_eq!(bench.array(), array);
}
