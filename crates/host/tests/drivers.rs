//! The two drivers, over the same steps: the same bytes come out, and a dropped future is a dropped command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::{ChangeSet, CommitError, Lookup, Query, RecordKind, Store};
use authenticator_core::{Ask, Context, Done, Gesture, NeedsUser, Profile, Refusal, Requester, begin};
use authenticator_host::{HashMapStore, SoftwareKeys, World, asynchronous, blocking};
use authenticator_testkit::{HandClock, SeededRng, device_key, request};
use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

type TestWorld = World<HashMapStore, SeededRng, HandClock>;

fn world() -> TestWorld {
    let profile = Profile::phone([0; 16]);
    World::open(profile, device_key(), HashMapStore::default(), SeededRng::new(9), HandClock::default())
        .unwrap()
}

fn comply(step: &NeedsUser) -> Gesture {
    if step.ask() == Ask::Verification { Gesture::VERIFIED } else { Gesture::TOUCH }
}

/// A host that is never ready at once.
struct Patient;

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
    async fn ask(&mut self, step: &NeedsUser, _: Context<'_>) -> Result<Gesture, Refusal> {
        once_more_round().await;
        Ok(comply(step))
    }

    async fn generate(&mut self, request: &KeyRequest, mut cx: Context<'_>) -> Result<NewKey, KeyError> {
        once_more_round().await;
        software::generate(&mut cx, request)
    }

    async fn sign(&mut self, request: &SignatureRequest, mut cx: Context<'_>) -> Result<Signature, KeyError> {
        once_more_round().await;
        software::sign(&mut cx, request)
    }

    async fn commit(&mut self, store: &mut HashMapStore, changes: &ChangeSet) -> Result<(), CommitError> {
        once_more_round().await;
        store.commit(changes)
    }
}

/// Polls the command at most `polls` times and drops it if it is not done by then.
fn run_for(world: &mut TestWorld, request: &[u8], polls: usize) -> Option<Done> {
    let mut host = Patient;
    let mut command =
        pin!(asynchronous::run(world, &mut host, |cx| begin(request, cx, Requester::default())));
    let mut task = TaskContext::from_waker(Waker::noop());
    (0..polls).find_map(|_| match command.as_mut().poll(&mut task) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    })
}

fn registration() -> Vec<u8> {
    request::make_credential("example.com", b"user").option("rk", true).option("uv", true).encode()
}

fn encoded(done: &Done) -> Vec<u8> {
    let mut reply = [0; 1024];
    let length = done.encode(&mut reply);
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
        assert_eq!(encoded(&blocking), encoded(&asynchronous));
    }
}

#[test]
fn a_dropped_future_leaves_the_store_and_the_next_command_works() {
    // User, key, signature and commit are awaited once each: the fifth poll is the last.
    for polls in 0..=4 {
        let mut world = world();
        assert!(run_for(&mut world, &registration(), polls).is_none(), "not done after {polls} polls");
        assert_eq!(credentials(&world), 0, "nothing is stored after {polls} polls");
        assert!(run_for(&mut world, &registration(), 5).is_some_and(|done| done.result.is_ok()));
        assert_eq!(credentials(&world), 1);
    }
}
