//! What the host keeps for itself: records in the store, sealed bytes outside it, and a record that a registration uses up.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use authenticator_core::store::{CommitId, Lookup, Query, Record, RecordId, RecordKind, StoreError, Visit};
use authenticator_core::{
    Command, Context, Error, HOST_SEAL_OVERHEAD, Manage, Profile, SealedError, Session, Status, Step,
};
use authenticator_host::Clock;
use authenticator_testkit::{Sim, SimWorld, request::make_credential};
use std::ops::ControlFlow;

const ONE: RecordId = RecordId([1; 16]);
const TWO: RecordId = RecordId([2; 16]);

fn sim() -> Sim {
    Sim::new(Profile::phone([0; 16]))
}

fn put(sim: &mut Sim, record: RecordId, bytes: &[u8]) -> Result<(), Error> {
    sim.run(Command::Manage(Manage::PutHost { record, bytes })).result.map(drop)
}

fn remove(sim: &mut Sim, record: RecordId) -> Result<(), Error> {
    sim.run(Command::Manage(Manage::RemoveHost(record))).result.map(drop)
}

fn read(sim: &mut Sim, record: RecordId) -> Option<Vec<u8>> {
    sim.world.context().vault().unwrap().host_record(record, |bytes| bytes.0.to_vec()).unwrap()
}

fn listed(cx: &mut Context<'_>) -> Vec<RecordId> {
    let mut found = Vec::new();
    let flow = cx.vault().unwrap().host_records(&mut |record, _| {
        found.push(record);
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    found
}

/// Version and number of a record.
fn place<S: Lookup>(world: &SimWorld<S>, kind: RecordKind, id: RecordId) -> Option<(u64, u64)> {
    let mut place = None;
    let query = Query::Record { kind, id };
    let _ = world
        .store
        .read(&query, &mut |record| {
            place = Some((record.version, record.number));
            ControlFlow::Break(())
        })
        .unwrap();
    place
}

fn credentials(sim: &Sim) -> usize {
    let mut count = 0;
    let query = Query::Kind { kind: RecordKind::Credential, before: None };
    let _ = sim
        .world
        .store
        .read(&query, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    count
}

fn registration(user: &[u8]) -> Vec<u8> {
    make_credential("example.com", user).option("rk", true).option("uv", true).encode()
}

#[test]
fn a_record_is_written_replaced_and_removed() {
    let mut sim = sim();
    assert_eq!(read(&mut sim, ONE), None);
    put(&mut sim, ONE, b"first").unwrap();
    put(&mut sim, TWO, b"").unwrap();
    assert_eq!((read(&mut sim, ONE), read(&mut sim, TWO)), (Some(b"first".to_vec()), Some(Vec::new())));
    assert_eq!(listed(&mut sim.world.context()), [TWO, ONE], "newest first");
    let (version, number) = place(&sim.world, RecordKind::Host, ONE).unwrap();
    put(&mut sim, ONE, b"second").unwrap();
    assert_eq!(place(&sim.world, RecordKind::Host, ONE), Some((version + 1, number)));
    assert_eq!(read(&mut sim, ONE), Some(b"second".to_vec()));
    remove(&mut sim, ONE).unwrap();
    assert_eq!(remove(&mut sim, ONE), Err(Error::NoSuchRecord));
    assert_eq!(listed(&mut sim.world.context()), [TWO]);
    assert_eq!(sim.world.session.damaged(), 0);
}

#[test]
fn a_record_holds_512_bytes() {
    let mut sim = sim();
    put(&mut sim, ONE, &[7; 512]).unwrap();
    assert_eq!(read(&mut sim, ONE), Some(vec![7; 512]));
    assert_eq!(put(&mut sim, ONE, &[7; 513]), Err(Error::Capacity));
}

#[test]
fn records_and_credentials_are_not_taken_for_each_other() {
    let mut sim = sim();
    assert_eq!(sim.send_bytes(&registration(b"user")).status, 0x00);
    put(&mut sim, ONE, b"host").unwrap();
    let vault_finds = sim.world.context().vault().unwrap().by_record(ONE, |_| ()).unwrap();
    assert_eq!((vault_finds, credentials(&sim)), (None, 1));
    assert_eq!(sim.run(Command::Manage(Manage::Delete(ONE))).result.err(), Some(Error::NoSuchRecord));
    assert!(sim.run(Command::Manage(Manage::Reset)).result.is_ok());
    assert_eq!((read(&mut sim, ONE), listed(&mut sim.world.context()).len()), (None, 0));
}

/// A store that says something else about its host records than what was written.
struct Lying<'a>(&'a dyn Lookup, fn(&mut Vec<u8>, &mut u64));

impl Lookup for Lying<'_> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.0.read(query, &mut |record| {
            let (mut body, mut number) = (record.body.to_vec(), record.number);
            if record.kind == RecordKind::Host && record.id == ONE {
                (self.1)(&mut body, &mut number);
            }
            visit(Record { body: &body, number, ..record })
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.0.last_commit()
    }
}

#[test]
fn a_record_that_was_changed_or_moved_is_passed_over_and_counted() {
    let lies: [fn(&mut Vec<u8>, &mut u64); 4] = [
        |body, _| body[20] ^= 1,
        |body, _| body.truncate(30),
        |body, _| body.clear(),
        |_, number| *number += 1,
    ];
    for lie in lies {
        let mut sim = sim();
        put(&mut sim, ONE, b"one").unwrap();
        put(&mut sim, TWO, b"two").unwrap();
        let world = &mut sim.world;
        let store = Lying(&world.store, lie);
        let now = world.clock.now();
        let mut session = Session::new(now);
        let mut cx = Context {
            authenticator: &world.authenticator,
            session: &mut session,
            store: &store,
            rng: &mut world.rng,
            now,
        };
        assert_eq!(listed(&mut cx), [TWO]);
        assert_eq!(cx.vault().unwrap().host_record(ONE, |_| ()), Ok(None));
        assert_eq!(cx.session.damaged(), 2);
        // It can still be removed.
        remove(&mut sim, ONE).unwrap();
    }
}

#[test]
fn bytes_of_any_length_are_sealed_for_one_purpose() {
    let mut sim = sim();
    let mut cx = sim.world.context();
    for length in [0, 1, 5000] {
        let content = vec![7; length];
        let mut sealed = vec![0; length + HOST_SEAL_OVERHEAD];
        assert_eq!(cx.seal_for_host(ONE, &content, &mut sealed), Ok(sealed.len()));
        let mut out = vec![0; sealed.len()];
        assert_eq!(cx.open_for_host(ONE, &sealed, &mut out), Ok(content.as_slice()));
        let broken = Err(Error::Sealed(SealedError::Broken));
        assert_eq!(cx.open_for_host(TWO, &sealed, &mut out), broken, "another purpose");
        assert_eq!(cx.open_for_host(ONE, &sealed[..sealed.len() - 1], &mut out), broken);
        let too_short = Error::Sealed(SealedError::BufferTooShort);
        assert_eq!(cx.seal_for_host(ONE, &content, &mut vec![0; sealed.len() - 1]), Err(too_short));
        if length > 0 {
            assert_eq!(cx.open_for_host(ONE, &sealed, &mut vec![0; length - 1]), Err(too_short));
        }
    }
}

#[test]
fn a_record_does_not_pass_for_bytes_sealed_outside_the_store() {
    let mut sim = sim();
    put(&mut sim, ONE, b"host").unwrap();
    let mut record_body = Vec::new();
    let query = Query::Record { kind: RecordKind::Host, id: ONE };
    let _ = sim
        .world
        .store
        .read(&query, &mut |record| {
            record_body = record.body.to_vec();
            ControlFlow::Break(())
        })
        .unwrap();
    let mut cx = sim.world.context();
    let mut sealed = [0; HOST_SEAL_OVERHEAD];
    cx.seal_for_host(ONE, b"", &mut sealed).unwrap();
    let forged = [&sealed[..16], &record_body].concat();
    let mut out = [0; 200];
    assert_eq!(cx.open_for_host(ONE, &forged, &mut out), Err(Error::Sealed(SealedError::Broken)));
}

#[test]
fn a_reset_makes_sealed_bytes_worthless() {
    let mut sim = sim();
    let mut sealed = [0; 4 + HOST_SEAL_OVERHEAD];
    sim.world.context().seal_for_host(ONE, b"host", &mut sealed).unwrap();
    assert!(sim.run(Command::Manage(Manage::Reset)).result.is_ok());
    let opened = sim.world.context().open_for_host(ONE, &sealed, &mut [0; 64]).map(<[u8]>::to_vec);
    assert_eq!(opened, Err(Error::Sealed(SealedError::OtherStore)));
}

#[test]
fn a_registration_uses_the_staged_record_up() {
    let mut sim = sim();
    put(&mut sim, ONE, b"ceremony").unwrap();
    put(&mut sim, TWO, b"another").unwrap();
    sim.world.session.use_up(ONE);
    assert_eq!(sim.send_bytes(&registration(b"one")).status, 0x00);
    assert_eq!(listed(&mut sim.world.context()), [TWO]);

    // The next one is not concerned.
    assert_eq!(sim.send_bytes(&registration(b"two")).status, 0x00);
    assert_eq!((credentials(&sim), listed(&mut sim.world.context()).len()), (2, 1));
}

#[test]
fn a_registration_whose_staged_record_is_gone_makes_nothing() {
    let mut sim = sim();
    sim.world.session.use_up(ONE);
    assert_eq!(sim.send_bytes(&registration(b"user")).status, Status::Other.code());
    assert_eq!(credentials(&sim), 0);
}

#[test]
fn every_command_but_the_hosts_own_forgets_the_staged_record() {
    let requests: [&[u8]; 4] = [&[0x04], &[0x08], &[0xFF], &[]];
    for request in requests {
        let mut sim = sim();
        sim.world.session.use_up(ONE);
        sim.send_bytes(request);
        assert_eq!(sim.send_bytes(&registration(b"user")).status, 0x00, "{request:?}");
    }
    let mut sim = sim();
    sim.world.session.use_up(ONE);
    put(&mut sim, ONE, b"ceremony").unwrap();
    assert_eq!(sim.send_bytes(&registration(b"user")).status, 0x00);
    assert_eq!(listed(&mut sim.world.context()).len(), 0);
}

#[test]
fn a_record_written_under_way_is_used_up_and_one_never_written_is_not_asked_for() {
    for written in [true, false] {
        let mut sim = sim();
        put(&mut sim, ONE, b"ceremony").unwrap();
        sim.world.session.use_up_once_written(ONE);
        let request = registration(b"user");
        let mut step = authenticator_core::begin(&request, &mut sim.world.context(), sim.requester);
        if written {
            sim.world.session.host_record_written(ONE);
        } else {
            sim.world.session.host_record_written(TWO);
        }
        while !matches!(step, Step::Done(_)) {
            step = sim.answer(step);
        }
        assert_eq!((credentials(&sim), listed(&mut sim.world.context()).is_empty()), (1, written));
    }
}

#[test]
fn a_registration_that_overwrites_uses_the_staged_record_up_too() {
    let mut sim = sim();
    for _ in 0..2 {
        put(&mut sim, ONE, b"ceremony").unwrap();
        sim.world.session.use_up(ONE);
        assert_eq!(sim.send_bytes(&registration(b"user")).status, 0x00);
        assert_eq!((credentials(&sim), listed(&mut sim.world.context()).len()), (1, 0));
    }
}

#[test]
fn a_registration_that_another_one_has_overtaken_leaves_the_others_record_alone() {
    let mut sim = sim();
    put(&mut sim, ONE, b"first").unwrap();
    put(&mut sim, TWO, b"second").unwrap();
    let [overtaken, latest] = [ONE, TWO].map(|record| {
        sim.world.session.use_up(record);
        authenticator_core::begin(&registration(&record.0), &mut sim.world.context(), sim.requester)
    });
    let finish = |sim: &mut Sim, mut step: Step| loop {
        match step {
            Step::Done(done) => break done.result.err(),
            _ => step = sim.answer(step),
        }
    };
    assert_eq!(finish(&mut sim, overtaken), Some(Error::CeremonyUsed));
    assert_eq!((credentials(&sim), listed(&mut sim.world.context())), (0, vec![TWO, ONE]));
    assert_eq!(finish(&mut sim, latest), None);
    assert_eq!((credentials(&sim), listed(&mut sim.world.context())), (1, vec![ONE]));
}
