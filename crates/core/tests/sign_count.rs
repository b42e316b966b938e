//! Signature counters: none by default, or reserved ahead and never signed twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod sign_in;

use authenticator_core::store::{CommitKind, Listed};
use authenticator_core::{Manage, Profile, ResetPolicy, SignCount, Step};
use authenticator_host::blocking::manage;
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion};
use authenticator_testkit::{Fault, Sim};
use sign_in::{New, SITE, id, register};
use std::ops::ControlFlow;
use std::time::Duration;

fn counting() -> Sim {
    let profile = Profile::security_key([0; 16]);
    Sim::new(Profile { sign_count: SignCount::PerCredential, reset: ResetPolicy::Anytime, ..profile })
}

fn count(reply: &Reply) -> u32 {
    assert_eq!(reply.status, 0x00);
    reply.auth_data().expect("authenticator data").sign_count
}

fn sign(sim: &mut Sim, request: &Request) -> u32 {
    count(&sim.send(request))
}

/// How many commits a request makes, hints aside.
fn guards(sim: &mut Sim, request: &Request) -> usize {
    let mut step = authenticator_core::begin(&request.encode(), &mut sim.world.context(), sim.requester);
    let mut guards = 0;
    loop {
        if let Step::NeedsCommit(needs) = &step {
            assert_eq!(needs.kind(), CommitKind::Guard);
            guards += 1;
        }
        match step {
            Step::Done(done) => {
                assert!(done.result.is_ok(), "{done:?}");
                return guards;
            }
            step_now => step = sim.answer(step_now),
        }
    }
}

#[test]
fn ad07_by_default_the_counter_is_0_and_signing_in_writes_nothing_durable() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    assert_eq!(register(&mut sim, New::user(b"user")).sign_count, 0);
    for _ in 0..3 {
        assert_eq!(guards(&mut sim, &get_assertion(SITE)), 0);
        assert_eq!(sign(&mut sim, &get_assertion(SITE)), 0);
    }
}

#[test]
fn ad07_ga21_each_assertion_counts_one_and_sixteen_are_reserved_at_a_time() {
    let mut sim = counting();
    let credential = register(&mut sim, New::user(b"user"));
    assert_eq!(credential.sign_count, 0);
    let request = get_assertion(SITE).list([id(&credential)]);
    let commits: Vec<_> = (0..33).map(|_| guards(&mut sim, &request)).collect();
    assert_eq!(commits.iter().sum::<usize>(), 3);
    assert_eq!([commits[0], commits[16], commits[32]], [1, 1, 1]);
    assert_eq!(sign(&mut sim, &request), 34);
}

#[test]
fn ad07_after_a_loss_of_power_what_was_reserved_is_skipped() {
    let mut sim = counting();
    register(&mut sim, New::user(b"user"));
    let mut last = 0;
    for _ in 0..5 {
        let signed = sign(&mut sim, &get_assertion(SITE));
        assert!(signed > last);
        last = signed;
        sim.power_cycle(Duration::from_secs(1));
    }
    assert_eq!(last, 65);
}

/// GA-21 would have it counted; a silent look is nobody's sign-in, and writes nothing (S-28).
#[test]
fn ga21_s28_an_assertion_without_presence_never_counts() {
    let mut sim = counting();
    let credential = register(&mut sim, New::user(b"user"));
    let silent = get_assertion(SITE).option("up", false).list([id(&credential)]);
    assert_eq!((guards(&mut sim, &silent), sign(&mut sim, &silent)), (0, 0));
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 1);
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 2);
    assert_eq!(sign(&mut sim, &silent), 0);
    sim.power_cycle(Duration::from_secs(1));
    let before = sim.world.store.commits();
    assert_eq!(sign(&mut sim, &silent), 0);
    assert_eq!(sim.world.store.commits(), before);
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 17);
}

#[test]
fn ad07_credentials_without_a_record_share_one_counter() {
    let mut sim = counting();
    let sealed: Vec<_> = [b"one", b"two"]
        .map(|user| register(&mut sim, New { discoverable: false, ..New::user(user) }))
        .to_vec();
    let requests: Vec<_> = sealed.iter().map(|one| get_assertion(SITE).list([id(one)])).collect();
    assert_eq!(guards(&mut sim, &requests[0]), 1);
    for expected in 2..=256 {
        assert_eq!(sign(&mut sim, &requests[usize::from(expected % 2 == 0)]), expected);
    }
    assert_eq!(guards(&mut sim, &requests[0]), 1, "the 257th");
    // Those with a record count for themselves.
    register(&mut sim, New::user(b"three"));
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 1);
    assert_eq!(sign(&mut sim, &requests[1]), 258);
}

#[test]
fn rst06_the_shared_counter_outlives_a_reset() {
    let mut sim = counting();
    let sign_in = |sim: &mut Sim| {
        let credential = register(sim, New { discoverable: false, ..New::user(b"user") });
        sign(sim, &get_assertion(SITE).list([id(&credential)]))
    };
    assert_eq!(sign_in(&mut sim), 1);
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(sign_in(&mut sim), 2, "this session still has what it reserved");
    sim.power_cycle(Duration::from_secs(1));
    assert_eq!(sign_in(&mut sim), 257);
}

#[test]
fn gn05_every_continuation_counts_for_its_own_credential() {
    let mut sim = counting();
    for user in [b"one", b"two"] {
        register(&mut sim, New::user(user));
    }
    for round in 0..3_u32 {
        let first = sim.send(&get_assertion(SITE));
        let second = sim.send_bytes(&[0x08]);
        // One slot is kept: the other credential's reserve has been given up each time.
        assert_eq!([count(&first), count(&second)], [1 + 16 * round; 2]);
    }
}

/// Another session of the same store: whoever signs later has the higher value.
#[test]
fn ad07_two_sessions_by_turns_never_go_back() {
    let mut first = counting();
    register(&mut first, New::user(b"user"));
    let sealed = register(&mut first, New { discoverable: false, ..New::user(b"sealed") });
    for request in [get_assertion(SITE), get_assertion(SITE).list([id(&sealed)])] {
        let mut second = authenticator_core::Session::new(authenticator_host::Clock::now(&first.clock));
        let mut last = 0;
        for turn in 0..12 {
            let signed = sign(&mut first, &request);
            assert!(signed > last, "turn {turn}");
            last = signed;
            if turn % 3 != 0 {
                std::mem::swap(&mut first.world.session, &mut second);
            }
        }
    }
}

#[test]
fn ad07_a_guard_that_fails_signs_nothing() {
    for fault in Fault::ALL {
        let mut sim = counting();
        register(&mut sim, New::user(b"user"));
        assert_eq!(sign(&mut sim, &get_assertion(SITE)), 1);
        sim.power_cycle(Duration::from_secs(1));
        sim.world.store.fail_commits_from(0, fault);
        let reply = sim.send(&get_assertion(SITE));
        sim.world.store.heal();
        assert_eq!(reply.status == 0x00, fault == Fault::After, "{fault:?}");
        let next = sign(&mut sim, &get_assertion(SITE));
        assert!(next == 17 || (fault == Fault::After && next == 18), "{fault:?}: {next}");
    }
}

/// Values that were reserved when the command was dropped are skipped, not given out twice.
#[test]
fn ad07_a_command_dropped_after_its_guard_skips_what_it_reserved() {
    let mut sim = counting();
    register(&mut sim, New::user(b"user"));
    assert_eq!(sim.run_and_drop(&get_assertion(SITE).encode(), 2).err(), Some("NeedsSignature"));
    let first = sign(&mut sim, &get_assertion(SITE));
    assert_eq!(first, 2, "the first was about to be signed");
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 3);
}

#[test]
fn a_label_and_a_hint_keep_the_counter() {
    let mut sim = counting();
    register(&mut sim, New::user(b"user"));
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 1);
    let mut record = None;
    let mut context = sim.world.context();
    let flow = context.vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { return ControlFlow::Continue(()) };
        assert_eq!(entry.credential.sign_count_reserved, 16);
        record = Some(entry.record);
        ControlFlow::Break(())
    });
    flow.map(drop).unwrap();
    manage(&mut sim.world, Manage::SetHostData(record.unwrap(), b"label")).unwrap();
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 2);
    sim.power_cycle(Duration::from_secs(1));
    assert_eq!(sign(&mut sim, &get_assertion(SITE)), 17);
}
