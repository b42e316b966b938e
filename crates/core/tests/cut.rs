//! Every command cut off at every step, and every commit and read of it failed.
//!
//! The rule: the store is exactly what it was before the command or exactly what the command makes of it; a success reply
//! means the latter. `docs/commits.md` is the table of commits, made from the same table of commands as these tests.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[path = "cut/commands.rs"]
mod commands;
#[path = "cut/credential_blob.rs"]
mod credential_blob;
#[path = "cut/keys.rs"]
mod keys;
#[path = "cut/large_blobs.rs"]
mod large_blobs;
#[path = "cut/management.rs"]
mod management;
#[path = "cut/meddle.rs"]
mod meddle;
#[path = "cut/page.rs"]
mod page;
mod pin;
#[path = "cut/pin.rs"]
mod pin_cases;
mod sign_in;
#[path = "cut/upkeep.rs"]
mod upkeep;
#[path = "cut/world.rs"]
mod world;

use authenticator_core::store::{CommitError, CommitKind, Store};
use authenticator_core::{Command, Done, Error, Manage, Step};
use authenticator_testkit::Fault;
use authenticator_testkit::cbor::{map, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{get_assertion, make_credential};
use commands::{Action, CASES, COMMIT, Case, assert_works, begin, cases, finish, name, reply};
use sign_in::{New, SITE, register};
use world::{CutSim, dump, meaning};

/// A store before a command. Where a guard has been committed, that stays, and only what the store means is as before.
enum Before {
    ToTheByte(world::Dump),
    Meaning(Vec<world::Meaning>),
}

impl Before {
    /// What must be there again once these steps have been taken and no effect.
    fn of(sim: &mut CutSim, steps: &[&str]) -> Self {
        if steps.contains(&COMMIT) { Self::Meaning(meaning(sim)) } else { Self::ToTheByte(dump(sim)) }
    }

    fn is_now(&self, sim: &mut CutSim) -> bool {
        match self {
            Self::ToTheByte(old) => dump(sim) == *old,
            Self::Meaning(old) => meaning(sim) == *old,
        }
    }
}

/// What an undisturbed run comes to.
fn undisturbed(case: &Case) -> (CutSim, Vec<&'static str>, Reply) {
    let mut sim = case.build();
    let step = case.begin(&mut sim);
    let (trace, reply) = finish(&mut sim, step);
    (sim, trace, reply)
}

/// Goes on to the command's effect, which is asked for and not answered. Its guards have been committed.
fn at_commit(case: &Case) -> (CutSim, authenticator_core::NeedsCommit) {
    let mut sim = case.build();
    let mut step = case.begin(&mut sim);
    loop {
        step = match step {
            Step::NeedsCommit(needs) if needs.kind() == CommitKind::Effect => return (sim, needs),
            Step::Done(_) => panic!("{} does not commit", case.name),
            step => sim.answer(step),
        };
    }
}

fn effects() -> impl Iterator<Item = Case> {
    cases().filter(Case::commits_effect)
}

#[test]
fn the_table_says_what_happens() {
    for case in cases() {
        let mut sim = case.build();
        let old = dump(&sim);
        let commits = sim.world.store.commits();
        let mut step = case.begin(&mut sim);
        let (mut trace, mut kinds) = (Vec::new(), Vec::new());
        let done = loop {
            if let Step::NeedsCommit(needs) = &step {
                assert_eq!(
                    needs.kind(),
                    needs.change_set(&sim.world.session).expect("its own set").kind(),
                    "{}",
                    case.name
                );
                kinds.push(needs.kind());
            }
            match step {
                Step::Done(done) => break done,
                other => {
                    trace.push(name(&other));
                    step = sim.answer(other);
                }
            }
        };
        kinds.extend(done.hint(&sim.world.session).map(|hint| hint.kind()));
        sim.world.write_hint(&done);
        assert_eq!(trace, case.steps, "{}", case.name);
        assert_eq!(kinds, case.commits.iter().map(|commit| commit.0).collect::<Vec<_>>(), "{}", case.name);
        assert_eq!(
            sim.world.store.commits() - commits,
            case.commits.len(),
            "{}: no commit beside these",
            case.name
        );
        assert_eq!(dump(&sim) != old, !case.commits.is_empty(), "{}: a commit changes the store", case.name);
        assert_eq!(reply(&sim, &done).status, case.status(), "{}", case.name);
        assert_eq!(dump(&sim), dump(&undisturbed(&case).0), "{}: the same seed, the same bytes", case.name);
        let reply = reply(&sim, &done);
        (case.check)(&mut sim, &reply);
        upkeep::audit_finds_nothing(case.name, &mut sim);
    }
}

/// Covers: RST-07
#[test]
fn a_step_that_is_dropped_leaves_the_store_as_it_was() {
    for case in cases() {
        for dropped in 0..case.steps.len() {
            let context = format!("{}, step {dropped}", case.name);
            let mut sim = case.build();
            let old = Before::of(&mut sim, &case.steps[..dropped]);
            let mut step = case.begin(&mut sim);
            for _ in 0..dropped {
                step = sim.answer(step);
            }
            assert_eq!(name(&step), case.steps[dropped], "{context}");
            drop(step);
            assert!(old.is_now(&mut sim), "{context}");
            assert_works(&mut sim, &context);
        }
    }
}

#[test]
fn power_lost_between_commit_and_reply_leaves_the_store_new() {
    for case in effects() {
        let (mut sim, needs) = at_commit(&case);
        sim.world
            .store
            .commit(needs.change_set(&sim.world.session).expect("its own set"))
            .expect("it takes effect");
        drop(needs);
        let (new, _, reply) = undisturbed(&case);
        assert!(dump(&sim) == dump(&new), "{}", case.name);
        sim.power_cycle(std::time::Duration::from_secs(1));
        (case.check)(&mut sim, &reply);
        assert_works(&mut sim, case.name);
    }
}

/// What a commit that fails comes to.
struct Outcome {
    status: u8,
    is_new: bool,
    /// How often the commit is asked for.
    tries: usize,
}

const MAX_TRIES: usize = 8;

/// `full` is the status where the store is full; where the commit `follows_proof`, a busy store is asked
/// again.
fn expected(full: u8, follows_proof: bool, fault: Fault, persistent: bool) -> Outcome {
    let old = |status, tries| Outcome { status, is_new: false, tries };
    let new = |tries| Outcome { status: 0x00, is_new: true, tries };
    match (fault, persistent) {
        (Fault::Before(CommitError::Conflict) | Fault::InDoubt, false) => new(2),
        (Fault::Before(CommitError::Conflict) | Fault::InDoubt, true) => old(0x7F, MAX_TRIES),
        (Fault::After, _) => new(1),
        (Fault::Before(CommitError::Busy), false) if follows_proof => new(2),
        (Fault::Before(CommitError::Busy), true) if follows_proof => old(0x7F, MAX_TRIES),
        (Fault::Before(CommitError::Full), _) => old(full, 1),
        (Fault::Before(_), _) => old(0x7F, 1),
    }
}

/// Covers: RST-07, MC-25
#[test]
fn an_effect_that_fails_leaves_the_store_old_or_new() {
    for case in effects() {
        let (mut new, _, new_reply) = undisturbed(&case);
        let (new_dump, new_meaning) = (dump(&new), meaning(&mut new));
        for (fault, persistent) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{}, {fault:?}, persistent {persistent}", case.name);
            let expected = expected(case.full(), case.follows_proof(case.guards()), fault, persistent);
            let mut sim = case.build();
            let old = Before::of(&mut sim, case.before_effect());
            fail(&mut sim, case.guards(), fault, persistent);
            let step = case.begin(&mut sim);
            let (trace, reply) = finish(&mut sim, step);
            sim.world.store.heal();

            assert_eq!(reply.status, expected.status, "{context}");
            // Nobody is asked again and no key used again: only the commit is repeated.
            let mut steps = case.steps.to_vec();
            steps.extend(std::iter::repeat_n(COMMIT, expected.tries - 1));
            assert_eq!(trace, steps, "{context}");
            if expected.is_new {
                assert_eq!(meaning(&mut sim), new_meaning, "{context}");
                assert!(expected.tries > 1 || dump(&sim) == new_dump, "{context}: to the byte");
                assert!(expected.tries > 1 || reply.raw == new_reply.raw, "{context}: the same reply");
                (case.check)(&mut sim, &reply);
            } else {
                assert!(old.is_now(&mut sim), "{context}");
                // Where it is no error that there is no room, the reply says so.
                let unwritten = reply.member(0x08).map(|outputs| named(&outputs, "largeBlob").cloned());
                assert_eq!(reply.raw.is_empty(), reply.status != 0x00, "{context}");
                assert!(unwritten.is_none_or(|said| said == Some(map([("written", false)]))), "{context}");
            }
            assert_works(&mut sim, &context);
        }
    }
}

fn fail(sim: &mut CutSim, place: usize, fault: Fault, persistent: bool) {
    if persistent {
        sim.world.store.fail_commits_from(place, fault);
    } else {
        sim.world.store.fail_commit(place, fault);
    }
}

/// What follows a guard happens only when the guard is there: no key is made whose intent is not.
#[test]
fn nothing_goes_on_past_a_guard_that_fails() {
    let guarded = || cases().filter(|case| case.guards() > 0);
    assert_eq!(guarded().count(), 13);
    for case in guarded() {
        for (fault, persistent) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{}, {fault:?}, persistent {persistent}", case.name);
            let mut sim = case.build();
            let (old, keys) = (dump(&sim), sim.keys.keystore.aliases());
            fail(&mut sim, 0, fault, persistent);
            let step = case.begin(&mut sim);
            let (_, reply) = finish(&mut sim, step);
            sim.world.store.heal();
            let expected = expected(case.full(), false, fault, persistent);
            if expected.status != 0x00 {
                assert_eq!(reply.status, expected.status, "{context}");
                assert_eq!(sim.keys.keystore.aliases(), keys, "{context}: no key");
                assert!(dump(&sim) == old, "{context}");
            } else if !persistent {
                (case.check)(&mut sim, &reply);
            }
            assert_works(&mut sim, &context);
        }
    }
}

#[test]
fn a_hint_that_fails_costs_nothing() {
    let hints = || cases().filter(|case| case.commits.iter().any(|(kind, _)| *kind == CommitKind::Hint));
    assert_eq!(hints().count(), 2);
    for case in hints() {
        let (mut new, _, new_reply) = undisturbed(&case);
        let new = Before::of(&mut new, case.steps);
        for (fault, persistent) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{}, {fault:?}, persistent {persistent}", case.name);
            let mut sim = case.build();
            let (old, commits) = (Before::of(&mut sim, case.steps), sim.world.store.commits());
            fail(&mut sim, case.guards(), fault, persistent);
            let step = case.begin(&mut sim);
            let (_, reply) = finish(&mut sim, step);
            sim.world.store.heal();
            assert_eq!((reply.status, &reply.raw), (0x00, &new_reply.raw), "{context}");
            assert_eq!(
                sim.world.store.commits() - commits,
                case.commits.len(),
                "{context}: it is not tried again"
            );
            let expected = if fault == Fault::After { &new } else { &old };
            assert!(expected.is_now(&mut sim), "{context}");
            assert_works(&mut sim, &context);
        }
    }
}

#[test]
fn a_commit_in_doubt_over_an_unreadable_store_is_an_error() {
    for case in effects() {
        for took_effect in [true, false] {
            let context = format!("{}, took effect: {took_effect}", case.name);
            let (mut sim, needs) = at_commit(&case);
            let old = dump(&sim);
            if took_effect {
                sim.world
                    .store
                    .commit(needs.change_set(&sim.world.session).expect("its own set"))
                    .expect("it takes effect");
            }
            sim.world.store.inner.set_unreadable(true);
            let step = needs.resume(&mut sim.world.context(), Err(CommitError::InDoubt));
            let (trace, reply) = finish(&mut sim, step);
            sim.world.store.inner.set_unreadable(false);
            assert_eq!((reply.status, trace.len()), (0x7F, 0), "{context}");
            let expected = if took_effect { dump(&undisturbed(&case).0) } else { old };
            assert!(dump(&sim) == expected, "{context}");
            assert_works(&mut sim, &context);
        }
    }
}

/// Another process commits before the doubt is settled: what this command was to do is neither lost nor done twice, and
/// the other's work stands.
#[test]
fn a_commit_in_doubt_is_settled_though_others_have_committed_since() {
    for case in effects() {
        for took_effect in [true, false] {
            let context = format!("{}, took effect: {took_effect}", case.name);
            let (mut sim, needs) = at_commit(&case);
            if took_effect {
                sim.world
                    .store
                    .commit(needs.change_set(&sim.world.session).expect("its own set"))
                    .expect("it takes effect");
            }
            let mut other = case.other_process(&sim, 2);
            register(&mut other, New::user(b"other process").at("other.example"));
            let step = needs.resume(&mut sim.world.context(), Err(CommitError::InDoubt));
            let (trace, reply) = finish(&mut sim, step);
            // That it was this command which removed the record nobody can tell: it is not claimed.
            let unclaimed = case.name == "Manage::RemoveHost" && took_effect;
            assert_eq!(reply.status, if unclaimed { 0x2E } else { 0x00 }, "{context}");
            assert_eq!(trace.len(), usize::from(!took_effect), "{context}");

            let all = meaning(&mut sim);
            let of_other = all.iter().filter(|credential| credential.rp_id == "other.example").count();
            // A reset that had not happened takes with it what came before it.
            let reset_after = case.name.starts_with("reset") && !took_effect;
            assert_eq!(of_other, usize::from(!reset_after), "{context}");
            let here = all.iter().filter(|credential| credential.rp_id == SITE).count();
            let (mut new, ..) = undisturbed(&case);
            assert_eq!(here, meaning(&mut new).len(), "{context}: done once");
            (case.check)(&mut sim, &reply);
        }
    }
}

/// The other process changes the very record this command is about.
#[test]
fn a_commit_in_doubt_is_not_taken_for_anothers() {
    for case in effects() {
        let context = case.name;
        let (mut sim, needs) = at_commit(&case);
        let mut other = case.other_process(&sim, 2);
        // For a registration another one of the same account, for the host's changes a sign-in that is noted.
        let theirs = if case.name.starts_with("makeCredential") {
            other.send(&make_credential(SITE, b"user").option("rk", true)).status
        } else {
            let record = meaning(&mut other).into_iter().find(|credential| credential.user == b"user");
            let id = record.expect("it is registered").id;
            other.send(&get_assertion(SITE).list([id.as_slice()])).status
        };
        assert_eq!(theirs, 0x00, "{context}");
        let step = needs.resume(&mut sim.world.context(), Err(CommitError::InDoubt));
        let (_, reply) = finish(&mut sim, step);
        assert_eq!(reply.status, 0x00, "{context}");
        (case.check)(&mut sim, &reply);
    }
}

/// Covers: RST-07
#[test]
fn a_read_that_fails_ends_the_command_and_changes_nothing() {
    let mut failed = 0;
    for case in cases() {
        failed += fail_each_read(&case, None);
    }
    assert!(failed > 50, "the reads of {failed} places were failed");
}

/// The reads that build a change set again, and those that settle a doubt.
#[test]
fn a_read_that_fails_after_a_commit_that_failed_changes_nothing() {
    for case in effects() {
        for fault in [Fault::Before(CommitError::Conflict), Fault::InDoubt] {
            let more = fail_each_read(&case, Some(fault));
            assert!(
                more > fail_each_read(&case, None),
                "{}: {fault:?} makes the command read again",
                case.name
            );
        }
    }
}

/// Fails every read of the command in turn, its first commit failing this way. How many of them failed the command.
fn fail_each_read(case: &Case, fault: Option<Fault>) -> usize {
    let build = || {
        let mut sim = case.build();
        if let Some(fault) = fault {
            sim.world.store.fail_commit(case.guards(), fault);
        }
        sim
    };
    let mut counting = build();
    let before = counting.world.store.reads();
    let step = case.begin(&mut counting);
    finish(&mut counting, step);
    let reads = counting.world.store.reads() - before;
    let new_meaning = meaning(&mut counting);
    let mut failed = 0;
    // Before these come the reads with which the test builds the request.
    for place in own_reads(case)..reads {
        let context = format!("{}, {fault:?}, read {place} of {reads}", case.name);
        let mut sim = build();
        let old = Before::of(&mut sim, case.before_effect());
        sim.world.store.fail_read(place);
        let step = case.begin(&mut sim);
        let (_, reply) = finish(&mut sim, step);
        sim.world.store.heal();
        if reply.status == 0x7F {
            failed += 1;
            assert!(old.is_now(&mut sim), "{context}");
            assert!(reply.raw.is_empty(), "{context}");
        } else {
            // What a prompt shows and a hint notes is not what the command rests on.
            assert_eq!(reply.status, 0x00, "{context}");
            assert!(case.name.starts_with("getAssertion of"), "{context}: a read that does not matter");
            assert!(old.is_now(&mut sim) || meaning(&mut sim) == new_meaning, "{context}");
        }
        assert_works(&mut sim, &context);
    }
    failed
}

/// How many reads the test makes to build the case's request.
fn own_reads(case: &Case) -> usize {
    let mut sim = case.build();
    let before = sim.world.store.reads();
    drop((case.action)(&mut sim));
    sim.world.store.reads() - before
}

/// Two processes register at the same time, their steps interleaved in every way.
#[test]
fn two_registrations_interleaved_in_every_way_both_succeed() {
    let case = CASES[0];
    let same_account = CASES[2];
    for (case, users) in [(case, [b"one", b"two"]), (same_account, [b"one", b"one"])] {
        let schedules: Vec<u8> = (0..=u8::MAX).filter(|schedule| schedule.count_ones() == 4).collect();
        assert_eq!(schedules.len(), 70);
        for schedule in schedules {
            let mut first = case.build();
            let mut second = case.other_process(&first, 2);
            let [mut one, mut two] = [(&mut first, users[0]), (&mut second, users[1])].map(|(sim, user)| {
                let request = make_credential(SITE, user).option("rk", true).encode();
                begin(sim, &Action::Request(request))
            });
            for turn in 0..8 {
                if schedule >> turn & 1 == 0 {
                    one = first.answer(one);
                } else {
                    two = second.answer(two);
                }
            }
            let replies = [finish(&mut first, one).1, finish(&mut second, two).1];
            assert_eq!([replies[0].status, replies[1].status], [0x00, 0x00], "{schedule:08b}");
            let left: Vec<_> = meaning(&mut first)
                .into_iter()
                .filter(|credential| users.iter().any(|user| credential.user == *user))
                .collect();
            let given =
                replies.iter().filter_map(|reply| reply.auth_data()?.credential_id).collect::<Vec<_>>();
            let expected = if users[0] == users[1] { 1 } else { 2 };
            assert_eq!(left.len(), expected, "{schedule:08b}");
            assert!(left.iter().all(|credential| given.contains(&credential.id)), "{schedule:08b}");
            for credential in &left {
                let reply = second.send(&get_assertion(SITE).list([credential.id.as_slice()]));
                assert_eq!(reply.status, 0x00, "{schedule:08b}");
            }
            assert_eq!(meaning(&mut first), meaning(&mut second), "{schedule:08b}");
        }
    }
}

/// ST-10 wants one command at a time, and the later one supersedes. A host that keeps two alive all the same commits neither
/// under the other's name.
#[test]
fn st10_two_commits_alive_in_one_session_do_not_mix() {
    let case = CASES[0];
    let mut sim = case.build();
    let register = |sim: &mut CutSim, user| {
        let request = make_credential(SITE, user).option("rk", true).encode();
        let step = begin(sim, &Action::Request(request));
        (0..3).fold(step, |step, _| sim.answer(step))
    };
    let first = register(&mut sim, b"one");
    let second = register(&mut sim, b"two");
    let Step::NeedsCommit(first) = first else { panic!("a commit is due") };
    assert_eq!(first.change_set(&sim.world.session).err(), Some(CommitError::Conflict));
    let ended = first.resume(&mut sim.world.context(), Err(CommitError::Conflict));
    assert!(matches!(ended, Step::Done(Done { result: Err(Error::CeremonyUsed), .. })), "{ended:?}");
    assert_eq!(finish(&mut sim, second).1.status, 0x00);
    let users: Vec<_> = meaning(&mut sim).into_iter().map(|credential| credential.user).collect();
    let stored = |user: &[u8]| users.iter().any(|stored| stored == user);
    assert!(stored(b"two") && !stored(b"one"));
}

/// What the host builds on must not be lost to a write that did not know of it.
#[test]
fn what_another_host_wrote_meanwhile_is_not_overwritten() {
    let case = CASES.into_iter().find(|case| case.name == "Manage::SetHostData").expect("it is a case");
    let (mut sim, needs) = at_commit(&case);
    let mut other = case.other_process(&sim, 2);
    let record = commands::record_of(&mut other, b"user");
    assert!(other.run(Command::Manage(Manage::SetHostData(record, b"of the other"))).result.is_ok());
    let step = needs.resume(&mut sim.world.context(), Err(CommitError::Conflict));
    let Step::Done(done) = step else { panic!("there is nothing to commit") };
    assert_eq!(done.result.err(), Some(Error::RecordChanged));
    let kept =
        other.world.context().vault().expect("a store").by_record(record, |entry| entry.host_data.0.to_vec());
    assert_eq!(kept, Ok(Some(b"of the other".to_vec())));
}
