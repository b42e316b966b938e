//! The process that is killed: one operation after the other, each announced before and acknowledged after.

use crate::line::{Line, Operation};
use crate::support::{TestSim, cose, listed, open, proves};
use authenticator_core::store::{CommitError, Lookup, Query, RecordId, RecordKind};
use authenticator_core::{Command, Error, Manage, Reply as CoreReply};
use authenticator_host::blocking;
use authenticator_testkit::SeededRng;
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{self, Request};
use rand_core::Rng;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What a child is told, by its environment.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) store: PathBuf,
    pub(crate) seed: u64,
    /// Its accounts begin with this: two children have none in common.
    pub(crate) name: String,
    pub(crate) operations: u64,
    pub(crate) work: Work,
}

/// What a child is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Anything: no other child has the store.
    Alone,
    /// Anything but a reset.
    BesideAnother,
    /// Register, an account after the other.
    Register,
}

impl Work {
    const ALL: [(Self, &str); 3] =
        [(Self::Alone, "alone"), (Self::BesideAnother, "beside-another"), (Self::Register, "register")];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(work, _)| work)
    }

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(work, _)| *work == self).map(|(_, name)| name).unwrap()
    }
}

impl Orders {
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("KILL_STORE", self.store.to_str().unwrap().to_owned()),
            ("KILL_SEED", self.seed.to_string()),
            ("KILL_NAME", self.name.clone()),
            ("KILL_OPERATIONS", self.operations.to_string()),
            ("KILL_WORK", self.work.name().to_owned()),
        ]
    }

    /// The orders this process was given, if it is a child.
    pub(crate) fn given() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        Some(Self {
            store: variable("KILL_STORE")?.into(),
            seed: variable("KILL_SEED")?.parse().ok()?,
            name: variable("KILL_NAME")?,
            operations: variable("KILL_OPERATIONS")?.parse().ok()?,
            work: Work::named(&variable("KILL_WORK")?)?,
        })
    }

    /// The registration of an account of its own.
    fn register(&self, count: u64) -> Operation {
        Operation::Register {
            site: format!("{}{}.example", self.name, count % SITES),
            user: format!("user{count}"),
        }
    }
}

/// Failures in a row after which a child gives up.
const PATIENCE: u32 = 5;
const SITES: u64 = 3;
const USERS: u64 = 8;

pub(crate) fn run(orders: &Orders) {
    let mut sim = match open(&orders.store, orders.seed) {
        Ok(sim) => sim,
        Err(refused) => return say(&Line::Refused(format!("{refused:?}"))),
    };
    say(&Line::Open);
    let mut rng = SeededRng::new(!orders.seed);
    let mut failures = 0;
    for count in 0..orders.operations {
        let chosen = match orders.work {
            Work::Register => Some((orders.register(count), None)),
            Work::Alone | Work::BesideAnother => choose(&mut sim, orders, &mut rng),
        };
        let Some((operation, record)) = chosen else { break };
        say(&Line::Begin(operation.clone()));
        match perform(&mut sim, &operation, record) {
            Ok(line) => {
                failures = 0;
                say(&line);
            }
            // What holds now only another opening tells.
            Err(Error::Commit(CommitError::InDoubt)) => return say(&Line::Doubt),
            Err(error) => {
                failures += 1;
                say(&Line::Failed(format!("{error:?}")));
            }
        }
        if failures == PATIENCE {
            break;
        }
    }
    say(&Line::End);
}

/// A line leaves the process at once and in one piece: what was said counts, whatever happens next.
fn say(line: &Line) {
    println!("{}", line.write());
}

/// What to do next, with the record it is about. `None`: the store cannot be read.
fn choose(sim: &mut TestSim, orders: &Orders, rng: &mut SeededRng) -> Option<(Operation, Option<RecordId>)> {
    let (mut mine, _) = listed(sim).ok()?;
    mine.retain(|(_, passkey)| passkey.site.starts_with(&orders.name));
    let chance = rng.next_u64() % 400;
    if chance == 0 && orders.work == Work::Alone {
        let header = body(sim, RecordKind::Header, RecordId::HEADER)?;
        return Some((Operation::Reset { header }, None));
    }
    let some = usize::try_from(rng.next_u64()).ok()?.checked_rem(mine.len()).map(|at| mine.swap_remove(at));
    Some(match (chance % 8, some) {
        (0 | 1, Some((record, passkey))) => {
            let body = body(sim, RecordKind::Credential, record)?;
            (Operation::Delete { id: passkey.id, body }, Some(record))
        }
        (2 | 3, Some((record, passkey))) => (Operation::SignIn(passkey.id), Some(record)),
        _ => {
            let site = format!("{}{}.example", orders.name, rng.next_u64() % SITES);
            (Operation::Register { site, user: format!("user{}", rng.next_u64() % USERS) }, None)
        }
    })
}

/// What is sealed in a record. `None`: it is gone, or the store cannot be read.
fn body(sim: &TestSim, kind: RecordKind, id: RecordId) -> Option<Vec<u8>> {
    let mut body = None;
    let read = sim.world.store.read(&Query::Record { kind, id }, &mut |record| {
        body = Some(record.body.to_vec());
        ControlFlow::Continue(())
    });
    body.filter(|_| read.is_ok())
}

fn perform(sim: &mut TestSim, operation: &Operation, record: Option<RecordId>) -> Result<Line, Error> {
    match operation {
        Operation::Register { site, user } => {
            let request = request::make_credential(site, user.as_bytes()).option("rk", true);
            let (reply, registered) = send(sim, &request)?;
            let made = reply.auth_data().unwrap();
            let CoreReply::Registered(registered) = registered else { panic!("not a registration") };
            let key = cose(&registered.public_key().unwrap());
            assert_eq!(made.public_key.as_ref(), Some(&key));
            Ok(Line::Registered(crate::support::Passkey {
                site: site.clone(),
                user: user.as_bytes().to_vec(),
                id: made.credential_id.unwrap(),
                key,
            }))
        }
        Operation::SignIn(id) => {
            let (passkeys, _) = listed(sim)?;
            let (_, passkey) = passkeys.into_iter().find(|(_, passkey)| passkey.id == *id).unwrap();
            let request = request::get_assertion(&passkey.site).list([id.as_slice()]);
            let (reply, _) = send(sim, &request)?;
            assert!(proves(&reply, &passkey));
            Ok(Line::Done)
        }
        Operation::Delete { .. } => {
            sim.run(Command::Manage(Manage::Delete(record.unwrap()))).result.map(|_| Line::Done)
        }
        Operation::Reset { .. } => sim.run(Command::Reset).result.map(|_| Line::Done),
    }
}

/// As [`TestSim::send`] does, but a failure comes with its cause.
fn send(sim: &mut TestSim, request: &Request) -> Result<(Reply, CoreReply), Error> {
    let mut bytes = [0; 1024];
    let (done, length) = blocking::handle(
        &mut sim.world,
        &mut sim.user,
        &mut sim.keys,
        sim.requester,
        &request.encode(),
        &mut bytes,
    );
    sim.world.write_hint(&done);
    done.result.map(|reply| (Reply::new(&bytes[..length]).unwrap(), reply))
}
