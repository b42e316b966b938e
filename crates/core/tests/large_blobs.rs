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
use authenticator_core::{
    ArrayMark, Command, Error, LargeBlobError, LargeBlobStorage, Manage, Profile, RequestError, Requester,
    Step, begin,
};
use authenticator_host::blocking;
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

/// What the host reads.
fn host_reads(sim: &mut CutSim) -> (Vec<u8>, ArrayMark) {
    let mut cx = sim.world.context();
    let (array, mark) = cx.large_blob_array().expect("the store can be read");
    (array.to_vec(), mark)
}

fn host_writes(sim: &mut CutSim, read: ArrayMark, array: &[u8]) -> Result<(), Error> {
    blocking::manage(&mut sim.world, Manage::ReplaceLargeBlobs { read, array })
}

/// Covers: LB-01
#[test]
fn what_the_host_writes_clients_read_and_the_other_way_round() {
    let (mut one, mut two) = two_processes();
    let (initial, mark) = host_reads(&mut one);
    assert_eq!(initial.len(), 17);
    for (length, seed) in [(17, 1), (1024, 2), (4096, 3), (20, 4)] {
        let array = large_blob_array(length, seed);
        let (_, now) = host_reads(&mut one);
        assert_eq!(host_writes(&mut one, now, &array), Ok(()), "{length}");
        assert_eq!(read(&mut two), array);
        let theirs = large_blob_array(length, seed + 100);
        write(&mut two, &theirs);
        assert_eq!(host_reads(&mut one).0, theirs);
    }
    assert_eq!(host_writes(&mut one, mark, &initial), Err(Error::RecordChanged), "long gone");
}

/// Between any two reads of the host that writes; and whatever is replaced, is replaced by who has read it.
#[test]
fn the_host_never_replaces_an_array_that_it_has_not_read() {
    for length in [500, 4096] {
        let [old, mine, theirs] = [1, 2, 3].map(|seed| large_blob_array(length, seed));
        let (mut overtaken, mut undisturbed) = (0, 0);
        for place in 0.. {
            let (mut one, mut two) = two_processes();
            write(&mut one, &old);
            let (found, mark) = host_reads(&mut one);
            assert_eq!(found, old);
            let changes = all_but_the_head(&mut two, &theirs);
            one.world.store.inner.meddle(place, changes);
            let written = host_writes(&mut one, mark, &mine);
            let quiet = one.world.store.inner.is_quiet();
            let expected = match written {
                Err(Error::RecordChanged) => {
                    overtaken += 1;
                    &theirs
                }
                Ok(()) => {
                    undisturbed += 1;
                    &mine
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(&read(&mut two), expected, "{length} bytes, overtaken before read {place}");
            let mut findings = Vec::new();
            one.world.context().audit(&mut |finding| findings.push(finding)).expect("the store can be read");
            assert_eq!(findings, []);
            if quiet {
                break;
            }
        }
        assert!(overtaken > 5 && undisturbed > 0, "{overtaken}, {undisturbed}");
    }
}

#[test]
fn the_host_replaces_nothing_after_a_reset() {
    let (mut one, mut two) = two_processes();
    let (_, initial) = host_reads(&mut one);
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(host_writes(&mut one, initial, &large_blob_array(100, 1)), Err(Error::StoreReset));
    let (_, now) = host_reads(&mut one);
    assert_ne!(now, initial, "the initial array of another generation");
    assert_eq!(host_writes(&mut one, now, &large_blob_array(100, 1)), Ok(()));
}

#[test]
fn what_the_host_may_not_write_is_refused_before_anything_is_committed() {
    let mut one = Sim::over(
        Profile { large_blobs: LargeBlobStorage::Array { max: 2000 }, ..key() },
        Shared::default(),
        1,
    )
    .expect("an empty store");
    let (before, mark) = host_reads(&mut one);
    let mut broken = large_blob_array(100, 1);
    broken[3] ^= 1;
    let checksum_of_nothing = &large_blob_array(17, 1)[..16];
    for (array, refused) in [
        (large_blob_array(2001, 1), LargeBlobError::Full),
        (vec![0; 70_000], LargeBlobError::Full),
        (broken, LargeBlobError::Broken),
        (checksum_of_nothing.to_vec(), LargeBlobError::Broken),
        (Vec::new(), LargeBlobError::Broken),
    ] {
        assert_eq!(host_writes(&mut one, mark, &array), Err(refused.into()), "{} bytes", array.len());
    }
    assert_eq!(host_reads(&mut one), (before, mark));
    assert_eq!(host_writes(&mut one, mark, &large_blob_array(2000, 1)), Ok(()));

    for large_blobs in [LargeBlobStorage::None, LargeBlobStorage::PerCredential { max: 1024 }] {
        let mut none =
            Sim::over(Profile { large_blobs, ..key() }, Shared::default(), 1).expect("an empty store");
        let unknown = Error::Request(RequestError::UnknownCommand);
        assert_eq!(none.world.context().large_blob_array().err(), Some(unknown));
        assert_eq!(host_writes(&mut none, mark, &large_blob_array(100, 1)), Err(unknown));
    }
}

/// A client and the host in one session.
#[test]
fn what_a_client_has_staged_ends_with_the_hosts_use_of_large_blobs() {
    let (mut one, _) = two_processes();
    let array = large_blob_array(2000, 1);
    let fragments = large_blob_fragments(&array, 1000);
    assert_eq!(one.send(&fragments[0]).status, 0x00);
    let (_, mark) = host_reads(&mut one);
    assert_eq!(one.send(&fragments[1]).status, 0x04);

    // And a host that was overtaken by a client of its own session has written nothing of the client's.
    let mine = large_blob_array(3000, 2);
    let replace = Command::Manage(Manage::ReplaceLargeBlobs { read: mark, array: &mine });
    let step = replace.begin(&mut one.world.context(), Requester::default());
    assert_eq!(one.send(&fragments[0]).status, 0x00);
    let Step::NeedsCommit(needs) = step else { panic!("a commit") };
    let step = needs.resume(&mut one.world.context(), Err(authenticator_core::store::CommitError::Conflict));
    let Step::Done(done) = step else { panic!("the end") };
    assert_eq!(done.result.err(), Some(Error::RecordChanged));
    assert_eq!(one.send(&fragments[1]).status, 0x00);
    assert_eq!(read(&mut one), array);
}
