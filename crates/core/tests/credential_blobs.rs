//! The large blobs of credentials over a store that others hold as well, that is full, or that somebody was at.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[allow(dead_code, reason = "it is the cut tests' store")]
#[path = "cut/world.rs"]
mod world;

use authenticator_core::store::{CommitError, CommitKind, MemoryStore, RecordId, Store};
use authenticator_core::{
    Command, LargeBlobStorage, MakeCredential, Manage, Profile, Replacement, ResetPolicy, Step, begin, decode,
};
use authenticator_host::blocking::manage;
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_testkit::{Fault, Sim};
use world::{CutSim, Shared, meaning};

const SITE: &str = "example.com";

fn key() -> Profile {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    let (reset, max_message_size) = (ResetPolicy::Anytime, 7609);
    Profile { large_blobs, reset, max_message_size, ..Profile::security_key([0x44; 16]) }
}

/// Two processes over one store.
fn two_processes() -> (CutSim, CutSim) {
    let one = Sim::over(key(), Shared::default(), 1).expect("an empty store");
    let two = Sim::over(key(), one.world.store.inner.clone(), 2).expect("the same store");
    (one, two)
}

fn register<S: Store>(sim: &mut Sim<S>, user: &[u8]) -> Vec<u8> {
    let reply = sim.send(&make_credential(SITE, user).option("rk", true));
    assert_eq!(reply.status, 0x00);
    reply.auth_data().and_then(|data| data.credential_id).expect("a credential")
}

/// A registration that keeps the account's older credential.
fn supersede(sim: &mut CutSim, user: &[u8]) -> Vec<u8> {
    let bytes = make_credential(SITE, user).option("rk", true).encode();
    let Ok(Command::MakeCredential(request)) = decode(&bytes, 7609) else { panic!("a registration") };
    let request = MakeCredential { replacement: Replacement::Supersede, ..request };
    assert!(sim.run(Command::MakeCredential(request)).result.is_ok());
    meaning(sim).remove(0).id
}

fn writing(id: &[u8], blob: &[u8]) -> Request {
    let input = map([("write", bytes(blob)), ("originalSize", Value::from(9))]);
    get_assertion(SITE).list([id]).extension("largeBlob", input)
}

fn output<V: Into<Value>, const N: usize>(members: [(&str, V); N]) -> Option<Value> {
    Some(map([("largeBlob", map(members))]))
}

fn write<S: Store>(sim: &mut Sim<S>, id: &[u8], blob: &[u8]) {
    let reply = sim.send(&writing(id, blob));
    assert_eq!((reply.status, reply.member(0x08)), (0x00, output([("written", true)])));
}

fn read<S: Store>(sim: &mut Sim<S>, id: &[u8]) -> Option<Value> {
    let request = get_assertion(SITE).list([id]).extension("largeBlob", map([("read", true)]));
    let reply = sim.send(&request);
    assert_eq!(reply.status, 0x00);
    reply.member(0x08)
}

fn stored(blob: &[u8]) -> Option<Value> {
    output([("blob", bytes(blob)), ("originalSize", Value::from(9))])
}

/// How many credentials and blobs there are, where nothing is wrong.
fn counted<S: Store>(sim: &mut Sim<S>) -> (u64, u64) {
    let mut findings = Vec::new();
    let audit = sim.world.context().audit(&mut |finding| findings.push(finding)).expect("a store");
    assert_eq!(findings, []);
    (audit.credentials, audit.large_blobs)
}

/// Goes on up to the commit of the blob, which is not answered.
fn at_commit(sim: &mut CutSim, request: &Request) -> Step {
    let mut step = begin(&request.encode(), &mut sim.world.context(), sim.requester);
    loop {
        match step {
            Step::NeedsCommit(needs) => {
                assert_eq!(needs.kind(), CommitKind::Effect);
                return Step::NeedsCommit(needs);
            }
            Step::Done(_) => panic!("the blob is to be committed"),
            pending => step = sim.answer(pending),
        }
    }
}

fn finish(sim: &mut CutSim, mut step: Step) -> Reply {
    loop {
        step = match step {
            Step::Done(done) => {
                let mut buffer = vec![0; 7609];
                let length = done.encode(&sim.world.session, &mut buffer);
                return Reply::new(&buffer[..length]).expect("a reply");
            }
            pending => sim.answer(pending),
        }
    }
}

fn record_of(sim: &mut CutSim, id: &[u8]) -> RecordId {
    let mut found = None;
    let mut cx = sim.world.context();
    let vault = cx.vault().expect("a store");
    let flow = vault.credentials(None, &mut |listed| {
        if let authenticator_core::store::Listed::Credential(entry) = listed
            && entry.credential.id.as_slice() == id
        {
            found = Some(entry.record);
        }
        std::ops::ControlFlow::Continue(())
    });
    flow.map(drop).expect("a store");
    found.expect("a credential")
}

#[test]
fn lbx04_of_two_that_write_at_once_the_later_stays() {
    let (mut one, mut two) = two_processes();
    let id = register(&mut one, b"user");
    let step = at_commit(&mut one, &writing(&id, b"of one"));
    write(&mut two, &id, b"of two");
    let reply = finish(&mut one, step);
    assert_eq!((reply.status, reply.member(0x08)), (0x00, output([("written", true)])));
    assert_eq!(read(&mut two, &id), stored(b"of one"));
    assert_eq!(counted(&mut two), (1, 1));
}

#[test]
fn lbx04_a_credential_that_goes_meanwhile_takes_no_blob() {
    let (mut one, mut two) = two_processes();
    let ids = [b"user".as_slice(), b"hide"].map(|user| register(&mut one, user));
    let record = record_of(&mut two, &ids[0]);
    let step = at_commit(&mut one, &writing(&ids[0], b"blob"));
    manage(&mut two.world, Manage::Delete(record)).expect("it is there");
    assert_eq!(finish(&mut one, step).status, 0x2E);
    assert_eq!(counted(&mut two), (1, 0));

    let record = record_of(&mut two, &ids[1]);
    let step = at_commit(&mut one, &writing(&ids[1], b"blob"));
    let hidden = authenticator_core::credential::CredentialState::Hidden;
    manage(&mut two.world, Manage::SetState(record, hidden)).expect("it is there");
    assert_eq!(finish(&mut one, step).status, 0x2E, "nor one that its host has hidden");
    assert_eq!(counted(&mut two), (1, 0));
}

#[test]
fn lbx04_who_has_lost_the_right_meanwhile_writes_nothing() {
    let (mut one, mut two) = two_processes();
    let id = register(&mut one, b"user");
    let step = at_commit(&mut one, &writing(&id, b"blob"));
    assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(finish(&mut one, step).status, 0x33);
    assert_eq!(counted(&mut two), (0, 0));
}

/// The bytes lie in the session: a host that keeps an old step alive does not get another command's.
#[test]
fn lbx04_a_write_whose_bytes_are_gone_is_an_error() {
    let (mut one, _) = two_processes();
    let ids = [b"user".as_slice(), b"next"].map(|user| register(&mut one, user));
    let mut late = begin(&writing(&ids[0], b"late").encode(), &mut one.world.context(), one.requester);
    late = one.answer(late);
    write(&mut one, &ids[1], b"next");
    assert_eq!(finish(&mut one, late).status, 0x7F);
    assert_eq!(read(&mut one, &ids[0]), None);
    assert_eq!(read(&mut one, &ids[1]), stored(b"next"));
}

/// Covers: LBX-03
#[test]
fn lbx04_where_there_is_no_room_the_sign_in_succeeds_and_says_so() {
    // The header and two credentials; then not one record more.
    let mut sim = Sim::over(key(), MemoryStore::<4>::new(), 1).expect("an empty store");
    let ids = [b"user".as_slice(), b"more"].map(|user| register(&mut sim, user));
    write(&mut sim, &ids[0], b"blob");
    let reply = sim.send(&writing(&ids[1], b"blob"));
    assert_eq!((reply.status, reply.member(0x08)), (0x00, output([("written", false)])));
    assert_eq!(read(&mut sim, &ids[1]), None);
    write(&mut sim, &ids[0], &[7; 1024]);
    assert_eq!(read(&mut sim, &ids[0]), stored(&[7; 1024]), "what is there can be replaced");
    assert_eq!(counted(&mut sim), (2, 1));
}

#[test]
fn lbx04_a_store_that_fails_is_an_error() {
    let (mut one, _) = two_processes();
    let id = register(&mut one, b"user");
    write(&mut one, &id, b"blob");
    for fault in [CommitError::Failed, CommitError::ReadOnly, CommitError::Busy] {
        one.world.store.fail_commit(0, Fault::Before(fault));
        assert_eq!(one.send(&writing(&id, b"other")).status, 0x7F, "{fault:?}");
        one.world.store.heal();
        assert_eq!(read(&mut one, &id), stored(b"blob"));
    }
}

#[test]
fn a_write_notes_the_use_like_any_sign_in() {
    let (mut one, _) = two_processes();
    let id = register(&mut one, b"user");
    let before = one.world.store.commits();
    write(&mut one, &id, b"blob");
    assert_eq!(one.world.store.commits() - before, 2, "the blob, and then the hint");
    assert_eq!(counted(&mut one), (1, 1));
}

/// A change set removes six records: those credentials go whose blobs can go with them, and the rest stay whole.
#[test]
fn no_credential_goes_without_its_blob_however_many_there_are() {
    let (mut one, _) = two_processes();
    let mut id = register(&mut one, b"user");
    for left in 1..8 {
        write(&mut one, &id, b"blob");
        assert_eq!(counted(&mut one), (left, left));
        id = supersede(&mut one, b"user");
    }
    assert_eq!(counted(&mut one), (8, 7));
    let newest = register(&mut one, b"user");
    // Of the eight the newest has no blob: it takes one place, two others two each.
    assert_eq!(counted(&mut one), (6, 5));
    let record = record_of(&mut one, &newest);
    for (credentials, blobs) in [(3, 2), (1, 0)] {
        manage(&mut one.world, Manage::Confirm(record)).expect("it is there");
        assert_eq!(counted(&mut one), (credentials, blobs));
    }
}
