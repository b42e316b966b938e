//! The same tests for every store: the same seed and the same requests give the same bytes and the same records.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::store::{Lookup, MemoryStore, Query, RecordKind, Store};
use authenticator_core::{Command, Manage, Profile, ResetPolicy};
use authenticator_host::HashMapStore;
use authenticator_store_flash::{FlashStore, RamFlash};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::{Answer, Fault, Sim, request};
use std::ops::ControlFlow;
use std::time::Duration;

/// Everything that can be told from outside: each reply, and at last each record, newest first.
#[derive(Debug, PartialEq, Eq)]
struct Transcript {
    replies: Vec<(&'static str, u8, Vec<u8>)>,
    records: Vec<(u64, u64, Vec<u8>)>,
}

fn transcript(store: impl Store) -> Transcript {
    let profile = Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) };
    let mut sim = Sim::over(profile, store, 42).unwrap();
    let mut replies = Vec::new();
    let mut note =
        |what, reply: authenticator_testkit::reply::Reply| replies.push((what, reply.status, reply.raw));

    let register =
        |user: &[u8]| request::make_credential("example.com", user).option("rk", true).option("uv", true);
    let sign_in = request::get_assertion("example.com").option("uv", true);
    for user in [b"one", b"two", b"six"] {
        note("register", sim.send(&register(user)));
        sim.clock.advance(Duration::from_secs(60));
    }
    note("overwrite", sim.send(&register(b"one")));
    sim.user.will(Answer::Choose(2));
    note("choose the oldest", sim.send(&sign_in));
    sim.world.store.fail_commit(0, Fault::After);
    note("register, in doubt", sim.send(&register(b"ten")));
    sim.world.store.fail_commit(0, Fault::Before(authenticator_core::store::CommitError::Failed));
    note("register, failed", sim.send(&register(b"no!")));

    let newest = sim.user.seen.iter().rfind(|seen| !seen.candidates.is_empty()).unwrap().candidates[0].record;
    assert!(sim.run(Command::Manage(Manage::SetHostData(newest, b"label"))).result.is_ok());
    assert!(sim.run(Command::Manage(Manage::Delete(newest))).result.is_ok());
    sim.user.will(Answer::Choose(0));
    note("sign in after deletion", sim.send(&sign_in));
    let records = records(&sim.world.store);
    note("reset", sim.send_bytes(&[0x07]));
    note("sign in after reset", sim.send(&sign_in));
    Transcript { replies, records }
}

fn records(store: &impl Lookup) -> Vec<(u64, u64, Vec<u8>)> {
    let mut records = Vec::new();
    for kind in [RecordKind::Header, RecordKind::Credential] {
        let flow = store.read(&Query::Kind { kind, before: None }, &mut |record| {
            records.push((record.number, record.version, record.body.to_vec()));
            ControlFlow::Continue(())
        });
        assert_eq!(flow, Ok(ControlFlow::Continue(())));
    }
    records
}

#[test]
fn every_store_gives_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let in_memory = transcript(MemoryStore::<16>::new());
    let statuses: Vec<_> = in_memory.replies.iter().map(|(what, status, _)| (*what, *status)).collect();
    let expected = [
        ("register", 0x00),
        ("register", 0x00),
        ("register", 0x00),
        ("overwrite", 0x00),
        ("choose the oldest", 0x00),
        ("register, in doubt", 0x00),
        ("register, failed", 0x7F),
        ("sign in after deletion", 0x00),
        ("reset", 0x00),
        ("sign in after reset", 0x2E),
    ];
    assert_eq!(statuses, expected);
    assert_eq!(in_memory.records.len(), 4, "the header, and three credentials of four");

    assert_eq!(transcript(HashMapStore::default()), in_memory);
    assert_eq!(transcript(FlashStore::<_, 16>::open(RamFlash::<65_536>::new()).unwrap()), in_memory);
    assert_eq!(transcript(SqliteStore::open(&folder.path().join("passkeys.db")).unwrap()), in_memory);
}
