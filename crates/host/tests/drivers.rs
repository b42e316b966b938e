//! The two drivers, over the same steps: the same bytes come out, and a dropped future is a dropped command.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::{
    ChangeSet, CommitError, Listed, Lookup, Query, RecordId, RecordKind, Store, UnwantedKey,
};
use authenticator_core::{
    Ask, Authenticator, Context, Done, Gesture, Manage, NeedsUser, Profile, Refusal, Requester, ResetPolicy,
    begin,
};
use authenticator_host::{HashMapStore, SoftwareKeys, SystemClock, World, asynchronous, blocking};
use authenticator_testkit::{
    FaultStore, HandClock, Mood, SeededRng, Sim, device_key, request, with_keystore,
};
use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

type TestWorld = World<HashMapStore, SeededRng, HandClock>;

fn world() -> TestWorld {
    let profile = Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) };
    World::open(profile, &device_key(), HashMapStore::default(), SeededRng::new(9), HandClock::default())
        .unwrap()
}

fn comply(step: &NeedsUser) -> Gesture {
    if step.ask() == Ask::Verification { Gesture::VERIFIED } else { Gesture::TOUCH }
}

/// A host that is never ready at once.
#[derive(Default)]
struct Patient {
    gesture: Option<Gesture>,
    destroyed: Vec<UnwantedKey>,
}

async fn once_more_round() {
    let mut waited = false;
    poll_fn(|task| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl asynchronous::Host<HashMapStore> for Patient {
    fn show(&mut self, step: &NeedsUser, _: &mut Context<'_>) {
        self.gesture = Some(comply(step));
    }

    async fn answer(&mut self) -> Result<Gesture, Refusal> {
        once_more_round().await;
        self.gesture.take().ok_or(Refusal::Unavailable)
    }

    async fn generate(&mut self, _: &KeyRequest) -> Result<NewKey, KeyError> {
        Err(KeyError::Unsupported)
    }

    async fn sign(&mut self, _: &SignatureRequest) -> Result<Signature, KeyError> {
        Err(KeyError::Unsupported)
    }

    async fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        once_more_round().await;
        self.destroyed.push(key.clone());
        Ok(())
    }

    async fn commit(&mut self, store: &mut HashMapStore, changes: &ChangeSet) -> Result<(), CommitError> {
        once_more_round().await;
        store.commit(changes)
    }
}

/// What the future comes to within so many polls; it is dropped if it is not done by then.
fn within<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut task = TaskContext::from_waker(Waker::noop());
    (0..polls).find_map(|_| match future.as_mut().poll(&mut task) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

fn run_for(world: &mut TestWorld, request: &[u8], polls: usize) -> Option<Done> {
    let mut host = Patient::default();
    within(polls, asynchronous::run(world, &mut host, |cx| begin(request, cx, Requester::default())))
}

/// The record of the newest passkey, and the handle of its key.
fn newest<S: Store>(sim: &mut Sim<S>) -> (RecordId, Vec<u8>) {
    let mut newest = None;
    let mut context = sim.world.context();
    let _ = context
        .vault()
        .unwrap()
        .credentials(None, &mut |listed| {
            if let Listed::Credential(entry) = listed {
                newest = Some((entry.record, entry.credential.key.handle.as_slice().to_vec()));
            }
            ControlFlow::Break(())
        })
        .unwrap();
    newest.unwrap()
}

fn registration() -> Vec<u8> {
    request::make_credential("example.com", b"user").option("rk", true).option("uv", true).encode()
}

fn encoded(world: &TestWorld, done: &Done) -> Vec<u8> {
    let mut reply = [0; 1024];
    let length = done.encode(&world.session, &mut reply);
    reply[..length].to_vec()
}

fn credentials(world: &TestWorld) -> usize {
    let mut count = 0;
    let query = Query::Kind { kind: RecordKind::Credential, before: None };
    let _ = world.store.read(&query, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    count
}

#[test]
fn both_drivers_give_the_same_bytes() {
    let sign_in = request::get_assertion("example.com").option("uv", true).encode();
    let (mut waiting, mut awaiting) = (world(), world());
    let mut user = |step: &NeedsUser, _: &mut Context<'_>| -> Result<Gesture, Refusal> { Ok(comply(step)) };
    for request in [registration(), sign_in, vec![0x04], vec![0x0B], vec![0x07]] {
        let blocking = blocking::run(&mut waiting, &mut user, &mut SoftwareKeys, |cx| {
            begin(&request, cx, Requester::default())
        });
        let asynchronous = run_for(&mut awaiting, &request, 100).unwrap();
        assert!(blocking.result.is_ok());
        assert_eq!(encoded(&waiting, &blocking), encoded(&awaiting, &asynchronous));
    }
}

#[test]
fn a_dropped_future_leaves_the_store_and_the_next_command_works() {
    // The user and the commit are awaited once each: the third poll is the last.
    for polls in 0..=2 {
        let mut world = world();
        assert!(run_for(&mut world, &registration(), polls).is_none(), "not done after {polls} polls");
        assert_eq!(credentials(&world), 0, "nothing is stored after {polls} polls");
        assert!(run_for(&mut world, &registration(), 3).is_some_and(|done| done.result.is_ok()));
        assert_eq!(credentials(&world), 1);
    }
}

#[test]
fn a_command_can_be_sent_to_another_thread() {
    let profile = Profile::phone([0; 16]);
    let (store, clock) = (HashMapStore::default(), SystemClock::default());
    let mut world = World::open(profile, &device_key(), store, SeededRng::new(9), clock).unwrap();
    let (request, mut host) = (registration(), Patient::default());
    let done = std::thread::scope(|scope| {
        let command =
            asynchronous::run(&mut world, &mut host, |cx| begin(&request, cx, Requester::default()));
        scope.spawn(move || within(3, command).map(|done| done.result.is_ok())).join()
    });
    assert_eq!(done.unwrap(), Some(true));
}

/// What the blocking driver leaves of a deleted passkey's key, the other one sweeps; what a client's session remembers
/// stays.
#[test]
fn the_sweep_can_be_awaited_and_leaves_the_clients_session_alone() {
    let mut sim = Sim::new(with_keystore(Profile::security_key([0; 16])));
    for user in [b"one", b"two", b"off"] {
        let registered = sim.send(&request::make_credential("example.com", user).option("rk", true));
        assert_eq!(registered.status, 0x00);
    }
    let (record, handle) = newest(&mut sim);
    blocking::manage(&mut sim.world, Manage::Delete(record)).unwrap();
    assert_eq!(sim.send(&request::get_assertion("example.com")).member(0x05), Some(2.into()));

    // Over the same store, clock and session.
    let FaultStore { inner, .. } = sim.world.store.clone();
    let mut world = World {
        authenticator: Box::new(
            Authenticator::new(sim.world.authenticator.profile().clone(), &device_key()).unwrap(),
        ),
        session: sim.world.session,
        store: inner,
        rng: SeededRng::new(3),
        clock: sim.clock.clone(),
    };
    let mut host = Patient::default();
    // Dropped half way, it gives the client its session back too.
    assert!(within(1, asynchronous::sweep_keys(&mut world, &mut host)).is_none());
    let swept = within(100, asynchronous::sweep_keys(&mut world, &mut host));
    assert_eq!(swept, Some(Ok(blocking::Swept { destroyed: 1, left: 0 })));
    let [UnwantedKey::Handle(destroyed)] = host.destroyed.as_slice() else { panic!("{:?}", host.destroyed) };
    assert_eq!(destroyed.handle.as_slice(), handle);
    let mut nobody = |_: &NeedsUser, _: &mut Context<'_>| Err(Refusal::Unavailable);
    let next =
        blocking::run(&mut world, &mut nobody, &mut sim.keys, |cx| begin(&[0x08], cx, Requester::default()));
    assert!(next.result.is_ok(), "the client's getNextAssertion goes on: {next:?}");
}

/// The key of a passkey that was deleted just before its process died.
#[test]
fn the_driver_destroys_keys_at_open_and_is_asked_again_for_what_it_could_not() {
    let profile = || with_keystore(Profile::security_key([0; 16]));
    let mut sim = Sim::new(profile());
    let register = request::make_credential("example.com", b"user").option("rk", true);
    assert_eq!(sim.send(&register).status, 0x00);
    let (record, _) = newest(&mut sim);
    blocking::manage(&mut sim.world, Manage::Delete(record)).unwrap();
    let FaultStore { inner: left, .. } = sim.world.store.clone();
    assert_eq!(sim.keys.keystore.aliases().len(), 1);
    let open = |keys: &mut _| {
        let (rng, clock) = (SeededRng::new(3), sim.clock.clone());
        blocking::open(profile(), &device_key(), left.clone(), rng, clock, keys).unwrap()
    };
    sim.keys.will(Mood::Fails(KeyError::LockedOut));
    assert_eq!(open(&mut sim.keys).unwanted_keys().unwrap().len(), 1);
    assert_eq!(open(&mut sim.keys).unwanted_keys().unwrap(), []);
    assert!(sim.keys.keystore.aliases().is_empty());

    let mut host = Patient::default();
    let (rng, clock) = (SeededRng::new(3), sim.clock.clone());
    let device_key = device_key();
    let opening = asynchronous::open(profile(), &device_key, left, rng, clock, &mut host);
    let mut world = within(10, opening).unwrap().unwrap();
    assert_eq!(world.unwanted_keys().unwrap(), []);
    assert_eq!(host.destroyed.len(), 1);
}

/// A copy has what its original had then, and goes its own way.
#[test]
fn a_copy_of_a_store_is_a_store_of_its_own() {
    let mut world = world();
    let register = |world: &mut TestWorld, user: &[u8]| {
        let request = request::make_credential("example.com", user).option("rk", true).option("uv", true);
        let request = request.encode();
        let mut user = |step: &NeedsUser, _: &mut Context<'_>| Ok(comply(step));
        let done = blocking::run(world, &mut user, &mut SoftwareKeys, |cx| {
            begin(&request, cx, Requester::default())
        });
        assert!(done.result.is_ok(), "{done:?}");
    };
    let credentials = |store: &HashMapStore| {
        let (mut found, query) = (Vec::new(), Query::Kind { kind: RecordKind::Credential, before: None });
        let _ = store.read(&query, &mut |record| {
            found.push((record.id, record.version, record.indexes, record.body.to_vec()));
            ControlFlow::Continue(())
        });
        found
    };
    register(&mut world, b"ada");
    let copy = HashMapStore::copy_of(&world.store).unwrap();
    assert_eq!(credentials(&copy), credentials(&world.store));
    assert_eq!(copy.last_commit(), world.store.last_commit());
    register(&mut world, b"bob");
    assert_eq!((credentials(&copy).len(), credentials(&world.store).len()), (1, 2));
    world.store = copy;
    register(&mut world, b"eve");
    assert_eq!(credentials(&world.store).len(), 2, "it can be gone on with");
}
