//! authenticatorLargeBlobs, and what the host does with the same array, cut.

use crate::commands::{Action, COMMIT, Case, begin, finish, two_accounts};
use crate::world::CutSim;
use authenticator_core::Profile;
use authenticator_core::store::CommitKind;
use authenticator_testkit::cbor::{Value, bytes};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, large_blob_array, large_blob_fragments, read_large_blobs};

/// What a fragment holds at most, at 1200 bytes a message.
const LONGEST: usize = 1136;

pub(crate) const LARGE_BLOB_CASES: [Case; 6] = [
    Case {
        name: "largeBlobs, get",
        profile: Profile::security_key,
        prepare: with_large_blobs,
        action: |_| Action::Request(read_large_blobs(1000, 1500).encode()),
        steps: &[],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x01), Some(bytes(&stored()[1500..2500]))),
    },
    Case {
        name: "largeBlobs, set, a fragment that is not the last",
        profile: Profile::security_key,
        prepare: with_large_blobs,
        action: |sim| up_to(sim, &large_blob_array(4096, 2), 3),
        steps: &[],
        commits: &[],
        check: |sim, reply| is_there(sim, reply, &stored()),
    },
    Case {
        name: "largeBlobs, set, an array of 1024 bytes at most",
        profile: Profile::security_key,
        prepare: with_large_blobs,
        action: |sim| up_to(sim, &large_blob_array(1024, 2), 1),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the array; the pieces of the one before are gone")],
        check: |sim, reply| is_there(sim, reply, &large_blob_array(1024, 2)),
    },
    Case {
        name: "largeBlobs, set, an array of 4096 bytes",
        profile: Profile::security_key,
        prepare: with_large_blobs,
        action: |sim| up_to(sim, &large_blob_array(4096, 2), 4),
        steps: &[COMMIT, COMMIT, COMMIT, COMMIT],
        commits: &[
            (CommitKind::Guard, "the second piece, in the slot that is not read"),
            (CommitKind::Guard, "the third"),
            (CommitKind::Guard, "the fourth"),
            (CommitKind::Effect, "the head and the first piece; those of the array before are gone"),
        ],
        check: |sim, reply| is_there(sim, reply, &large_blob_array(4096, 2)),
    },
    Case {
        name: "Manage::ReplaceLargeBlobs, an array of 1024 bytes at most",
        profile: Profile::phone,
        prepare: with_large_blobs_of_the_host,
        action: |sim| in_place_of_what_is_there(sim, large_blob_array(1024, 2)),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the array; the pieces of the one before are gone")],
        check: |sim, reply| is_there(sim, reply, &large_blob_array(1024, 2)),
    },
    Case {
        name: "Manage::ReplaceLargeBlobs, an array of 3000 bytes",
        profile: Profile::phone,
        prepare: with_large_blobs_of_the_host,
        action: |sim| in_place_of_what_is_there(sim, large_blob_array(3000, 2)),
        steps: &[COMMIT, COMMIT, COMMIT],
        commits: &[
            (CommitKind::Guard, "the second piece, in the slot that is not read"),
            (CommitKind::Guard, "the third"),
            (CommitKind::Effect, "the head and the first piece; those of the array before are gone"),
        ],
        check: |sim, reply| is_there(sim, reply, &large_blob_array(3000, 2)),
    },
];

fn stored() -> Vec<u8> {
    large_blob_array(4096, 1)
}

/// Passkeys, and an array of large blobs.
fn with_large_blobs(sim: &mut CutSim) {
    two_accounts(sim);
    for fragment in large_blob_fragments(&stored(), LONGEST) {
        assert_eq!(sim.send(&fragment).status, 0x00);
    }
}

/// The same, where the host writes the array.
fn with_large_blobs_of_the_host(sim: &mut CutSim) {
    two_accounts(sim);
    let action = in_place_of_what_is_there(sim, stored());
    let step = begin(sim, &action);
    assert_eq!(finish(sim, step).1.status, 0x00);
}

fn in_place_of_what_is_there(sim: &mut CutSim, array: Vec<u8>) -> Action {
    let (_, read) = sim.world.context().large_blob_array().expect("the store can be read");
    Action::ReplaceLargeBlobs(read, array)
}

/// Sends an array up to this fragment, which is what is begun.
fn up_to(sim: &mut CutSim, array: &[u8], fragment: usize) -> Action {
    let mut fragments = large_blob_fragments(array, LONGEST);
    fragments.truncate(fragment);
    let last = fragments.pop().expect("an array has a fragment");
    fragments.iter().for_each(|fragment| assert_eq!(sim.send(fragment).status, 0x00));
    Action::Request(Request::encode(&last))
}

fn is_there(sim: &mut CutSim, reply: &Reply, array: &[u8]) {
    assert!(reply.raw.is_empty());
    assert_eq!(read(sim), array);
}

/// The array, as a client reads it.
pub(crate) fn read(sim: &mut CutSim) -> Vec<u8> {
    let mut array = Vec::new();
    loop {
        let count = u64::try_from(LONGEST).expect("a short one");
        let offset = u64::try_from(array.len()).expect("a short one");
        let reply = sim.send(&read_large_blobs(count, offset));
        let fragment = reply.member(0x01).as_ref().and_then(Value::as_bytes).cloned().expect("a fragment");
        array.extend_from_slice(&fragment);
        if fragment.len() < LONGEST {
            return array;
        }
    }
}
