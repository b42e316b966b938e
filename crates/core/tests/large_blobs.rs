//! Large blobs over a store that others hold as well: whoever reads, reads one whole array.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[allow(dead_code, reason = "it is the cut tests' store")]
#[path = "cut/world.rs"]
mod world;

use authenticator_core::store::{ChangeSet, CommitKind, Store};
use authenticator_core::{Profile, Step, begin};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{self, Value};
use authenticator_testkit::request::{large_blob_array, large_blob_fragments, read_large_blobs};
use world::{CutSim, Shared};

fn key() -> Profile {
    Profile { max_message_size: 7609, ..Profile::security_key([0x44; 16]) }
}

/// Two processes over one store.
fn two_processes() -> (CutSim, CutSim) {
    let one = Sim::over(key(), Shared::default(), 1).expect("an empty store");
    let two = Sim::over(key(), one.world.store.inner.clone(), 2).expect("the same store");
    (one, two)
}

fn write(sim: &mut CutSim, array: &[u8]) {
    for fragment in large_blob_fragments(array, 4096) {
        assert_eq!(sim.send(&fragment).status, 0x00);
    }
}

/// All of it in one message.
fn read(sim: &mut CutSim) -> Vec<u8> {
    let reply = sim.send(&read_large_blobs(4096, 0));
    assert_eq!(reply.status, 0x00);
    reply.member(1).as_ref().and_then(Value::as_bytes).cloned().expect("a fragment")
}

/// Writes this array but for the commit of its head, which is given back.
fn all_but_the_head(sim: &mut CutSim, array: &[u8]) -> ChangeSet {
    let request = large_blob_fragments(array, 4096).remove(0).encode();
    let mut step = begin(&request, &mut sim.world.context(), sim.requester);
    loop {
        step = match step {
            Step::NeedsCommit(needs) if needs.kind() == CommitKind::Effect => {
                return needs.change_set(&sim.world.session).expect("its own set").clone();
            }
            Step::Done(_) => panic!("the head is to be committed"),
            step => sim.answer(step),
        };
    }
}

/// Between any two reads of the one that reads.
#[test]
fn lb07_an_array_that_is_replaced_while_it_is_read_is_read_whole() {
    for (old, new) in [(4096, 4096), (4096, 1000), (1000, 4096), (3000, 2000)] {
        let [old, new] = [(old, 1), (new, 2)].map(|(length, seed)| large_blob_array(length, seed));
        let (mut seen_old, mut seen_new) = (0, 0);
        for place in 0.. {
            let (mut one, mut two) = two_processes();
            write(&mut one, &old);
            let changes = all_but_the_head(&mut two, &new);
            one.world.store.inner.meddle(place, changes);
            let read_now = read(&mut one);
            let quiet = one.world.store.inner.is_quiet();
            seen_old += usize::from(read_now == old);
            seen_new += usize::from(read_now == new);
            assert!(read_now == old || read_now == new, "replaced before read {place}: a mixed array");
            if quiet {
                break;
            }
            assert_eq!(read(&mut one), new);
        }
        // Until its head is read the array can be another.
        assert!(seen_new > 2 && seen_old > 0, "{seen_new} times the new one, {seen_old} times the old one");
    }
}

/// Between any two reads of the one that writes.
#[test]
fn lb07_who_is_overtaken_while_writing_writes_all_of_its_own_array() {
    let [old, mine, theirs] = [1, 2, 3].map(|seed| large_blob_array(4096, seed));
    for place in 0.. {
        let (mut one, mut two) = two_processes();
        write(&mut one, &old);
        let changes = all_but_the_head(&mut two, &theirs);
        one.world.store.inner.meddle(place, changes);
        write(&mut one, &mine);
        let quiet = one.world.store.inner.is_quiet();
        assert_eq!(read(&mut two), mine, "overtaken before read {place}");
        let mut findings = Vec::new();
        one.world.context().audit(&mut |finding| findings.push(finding)).expect("the store can be read");
        assert_eq!(findings, []);
        if quiet {
            assert!(place > 20, "{place} reads");
            break;
        }
    }
}

/// Two endpoints of one process, as a key that is plugged in and tapped at the same time.
#[test]
fn st07_what_one_endpoint_stages_is_nothing_to_the_other() {
    let (mut one, mut two) = two_processes();
    let arrays = [1, 2].map(|seed| large_blob_array(4096, seed));
    let [ones, twos] = arrays.each_ref().map(|array| large_blob_fragments(array, 1500));
    for (first, second) in ones.iter().zip(&twos) {
        assert_eq!(one.send(first).status, 0x00);
        assert_eq!(two.send(second).status, 0x00);
    }
    assert_eq!(read(&mut one), arrays[1]);
    assert_eq!(read(&mut two), arrays[1]);
}

/// Nothing is left of what was staged, or built, before the reset.
#[test]
fn lb05_a_reset_by_another_process_ends_a_write() {
    let (mut one, mut two) = two_processes();
    write(&mut one, &large_blob_array(4096, 1));
    let late = all_but_the_head(&mut one, &large_blob_array(4096, 2));
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert!(one.world.store.commit(&late).is_err(), "it was built before the reset");
    let fragments = large_blob_fragments(&large_blob_array(4096, 3), 4000);
    assert_eq!(one.send(&fragments[0]).status, 0x00);
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(one.send(&fragments[1]).status, 0x04);
    let initial = cbor::bytes(&[
        0x80, 0x76, 0xBE, 0x8B, 0x52, 0x8D, 0x00, 0x75, 0xF7, 0xAA, 0xE9, 0x8D, 0x6F, 0xA5, 0x7A, 0x6D, 0x3C,
    ]);
    assert_eq!(one.send(&read_large_blobs(4096, 0)).member(1), Some(initial));
}
