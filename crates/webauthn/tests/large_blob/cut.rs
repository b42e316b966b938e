//! Sign-ins that write, cut at every step, with every commit and every read failing: what a site keeps is the old or the new,
//! whole, and the answer says which; the assertion stands; everybody else's is untouched.

use crate::site::{answer, go_through, kept, read, register, sign_in, write, writing, written};
use authenticator_core::store::CommitError;
use authenticator_core::{Command, LargeBlobStorage, Profile, Requester, Step};
use authenticator_host::HashMapStore;
use authenticator_testkit::{Fault, Sim};
use authenticator_webauthn::{Ending, Get};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PLACES: [LargeBlobStorage; 2] =
    [LargeBlobStorage::Array { max: 4096 }, LargeBlobStorage::PerCredential { max: 1024 }];

const OLD: &[u8] = b"what the site had";
const NEW: &[u8] = b"what it has from now on";

/// The same bytes every time: a passkey with a blob, and others' blobs, so that an array takes several commits.
struct Bench {
    sim: Sim,
    id: Vec<u8>,
    others: Vec<(Vec<u8>, Vec<u8>)>,
}

fn noise(seed: u8) -> Vec<u8> {
    let blocks = (0_u8..32).flat_map(|number| Sha256::digest([seed, number]).to_vec());
    blocks.take(900).collect()
}

impl Bench {
    fn new(large_blobs: LargeBlobStorage) -> Self {
        let profile = Profile { large_blobs, ..Profile::phone([0x33; 16]) };
        let mut sim = Sim::over(profile, HashMapStore::default(), 1).unwrap();
        let (id, _) = register(&mut sim, "ada");
        let others =
            [1, 2].map(|seed| (register(&mut sim, &format!("other {seed}")).0, noise(seed))).to_vec();
        for (other, blob) in &others {
            assert_eq!(write(&mut sim, other, blob), written(true));
        }
        assert_eq!(write(&mut sim, &id, OLD), written(true));
        Self { sim, id, others }
    }

    fn writing(&mut self) -> Get {
        sign_in(&mut self.sim, &self.id, &writing(NEW)).unwrap()
    }

    /// What there is now, after whatever happened: everything else is as it was, and works.
    fn holds(&mut self, blob: &[u8], context: &str) {
        self.sim.world.store.heal();
        self.sim.world.power_cycle();
        assert_eq!(read(&mut self.sim, &self.id), kept(blob), "{context}");
        for (other, blob) in self.others.clone() {
            assert_eq!(read(&mut self.sim, &other), kept(&blob), "{context}");
        }
        let mut findings = Vec::new();
        self.sim.world.context().audit(&mut |finding| findings.push(finding)).unwrap();
        assert_eq!(findings, [], "{context}");
        assert_eq!(write(&mut self.sim, &self.id, b"the next"), written(true), "{context}");
        assert_eq!(read(&mut self.sim, &self.id), kept(b"the next"), "{context}");
    }
}

/// Where a walk through a ceremony stops.
enum Stopped {
    /// Dropped before the step with this number was answered, so many commits having been made.
    At { commits: usize },
    /// It came to its end.
    Ended(Value),
}

/// Answers steps of the ceremony, both its commands', and drops it once `steps` are answered.
fn walk(bench: &mut Bench, mut steps: usize) -> Stopped {
    let get = bench.writing();
    let commits = bench.sim.world.store.commits();
    let mut step = get.begin(&mut bench.sim.world.context(), Requester::default());
    let mut get = Some(get);
    let mut waiting = None;
    loop {
        step = match step {
            Step::Done(done) => {
                bench.sim.world.write_hint(&done);
                let cx = &mut bench.sim.world.context();
                let ending = match (get.take(), waiting.take()) {
                    (Some(get), _) => get.finish(cx, &done.result).unwrap(),
                    (None, Some(write)) => {
                        let write: Box<authenticator_webauthn::LargeBlobWrite> = write;
                        write.resume(cx, done.result.map(drop))
                    }
                    (None, None) => panic!("nothing goes on"),
                };
                match ending {
                    Ending::Response(response) => return Stopped::Ended(answer(&response)),
                    Ending::NeedsWrite(write) => {
                        let step = Command::Manage(write.change()).begin(cx, Requester::default());
                        waiting = Some(write);
                        step
                    }
                }
            }
            step if steps == 0 => {
                drop(step);
                return Stopped::At { commits: bench.sim.world.store.commits() - commits };
            }
            step => {
                steps -= 1;
                bench.sim.answer(step)
            }
        };
    }
}

#[test]
fn dropped_at_any_step_it_leaves_the_old_and_what_follows_works() {
    for (place, expected) in PLACES.into_iter().zip([4, 3]) {
        let mut dropped = 0;
        loop {
            let mut bench = Bench::new(place);
            match walk(&mut bench, dropped) {
                Stopped::At { commits } => {
                    bench.holds(OLD, &format!("{place:?}, step {dropped}, after {commits} commits"));
                    dropped += 1;
                }
                Stopped::Ended(answer) => {
                    assert_eq!(answer, written(true));
                    bench.holds(NEW, "not cut");
                    break;
                }
            }
        }
        // A person and a key; then the pieces of an array of two, or the one record.
        assert_eq!(dropped, expected, "{place:?}");
    }
}

/// Whether a commit that fails like this comes to its effect in the end.
fn recovers(fault: Fault, persistent: bool) -> bool {
    match fault {
        Fault::After => true,
        Fault::InDoubt | Fault::Before(CommitError::Conflict) => !persistent,
        Fault::Before(_) => false,
    }
}

#[test]
fn a_commit_that_fails_costs_no_more_than_the_write() {
    for place in PLACES {
        let shared = place == PLACES[0];
        // The array's: the note of the use, which may be lost, then two pieces.
        let commits = if shared { 0..3 } else { 0..1 };
        let faults = Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]);
        for (number, (fault, persistent)) in
            commits.flat_map(|number| faults.clone().map(move |fault| (number, fault)))
        {
            let context = format!("{place:?}, commit {number}, {fault:?}, persistent {persistent}");
            let mut bench = Bench::new(place);
            let get = bench.writing();
            if persistent {
                bench.sim.world.store.fail_commits_from(number, fault);
            } else {
                bench.sim.world.store.fail_commit(number, fault);
            }
            let is_note = shared && number == 0;
            let new = recovers(fault, persistent) || is_note && !persistent;
            match go_through(&mut bench.sim, get) {
                Ok(answer) => assert_eq!(answer, written(new), "{context}"),
                // The blob of a credential is written by the sign-in itself; only that there is no room is no error.
                Err(error) => assert!(
                    !shared && !new && fault != Fault::Before(CommitError::Full),
                    "{context}: {error}"
                ),
            }
            bench.holds(if new { NEW } else { OLD }, &context);
        }
    }
}

#[test]
fn a_read_that_fails_costs_no_more_than_the_sign_in() {
    for place in PLACES {
        let mut answers = [0_u32; 3];
        for number in 0.. {
            let context = format!("{place:?}, read {number}");
            let mut bench = Bench::new(place);
            let reads = bench.sim.world.store.reads();
            bench.sim.world.store.fail_read(number);
            let result = sign_in(&mut bench.sim, &bench.id, &writing(NEW))
                .and_then(|get| go_through(&mut bench.sim, get));
            let reads = bench.sim.world.store.reads() - reads;
            let new = match &result {
                Err(_) => None,
                Ok(answer) => Some(*answer == written(true)),
            };
            answers[match new {
                None => 0,
                Some(false) => 1,
                Some(true) => 2,
            }] += 1;
            bench.holds(if new == Some(true) { NEW } else { OLD }, &context);
            if reads <= number {
                assert_eq!(new, Some(true), "no read failed");
                break;
            }
        }
        let [failed, unwritten, written] = answers;
        assert!(failed > 5 && written > 0, "{place:?}: {answers:?}");
        assert!(unwritten > 5 || place == PLACES[1], "{place:?}: {answers:?}");
    }
}

#[test]
fn a_read_that_fails_while_a_blob_is_read_invents_none() {
    for place in PLACES {
        for number in 0.. {
            let mut bench = Bench::new(place);
            let reads = bench.sim.world.store.reads();
            bench.sim.world.store.fail_read(number);
            let result = sign_in(&mut bench.sim, &bench.id, &json!({"read": true}))
                .and_then(|get| go_through(&mut bench.sim, get));
            if let Ok(answer) = result {
                assert!(answer == kept(OLD) || answer == json!({}), "{place:?}, read {number}: {answer}");
            }
            if bench.sim.world.store.reads() - reads <= number {
                break;
            }
        }
    }
}
