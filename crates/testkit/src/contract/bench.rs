//! The stage of the stories: an authenticator on a store, what is registered there, and what is to be seen.

use super::fixture::Fixture;
use super::verdict::{Fail, ensure};
use crate::cbor::bytes;
use crate::pin::{Platform, Token, subcommand};
use crate::reply::{AuthData, Reply};
use crate::request::{self, CLIENT_DATA_HASH, make_credential};
use crate::{FakeKeys, HandClock, ScriptedUser, SeededRng, Sim, device_key};
use crate::{FaultStore, sim::SimWorld};
use authenticator_core::store::{
    CommitId, Finding, Indexes, Listed, Lookup, Query, RecordId, RecordKind, Store, StoreError,
};
use authenticator_core::{Command, DeviceKey, Done, Manage, Profile, Requester, ResetPolicy, Session, Step};
use authenticator_host::{OpenError, World};
use std::ops::ControlFlow;

pub(super) const SITE: &str = "story.example";
pub(super) const ELSEWHERE: &str = "elsewhere.example";
/// The permission lbw.
const LARGE_BLOB_WRITE: u64 = 0x10;
/// Short enough for every profile.
const MAX_FRAGMENT: usize = 960;
pub(super) const USER: &[u8] = b"handle-of-a-person";
pub(super) const OTHER: &[u8] = b"handle-of-another";
pub(super) const HOST_RECORD: RecordId = RecordId([0x77; 16]);

/// A place with an authenticator on the store that is kept there.
pub(super) struct Bench<F: Fixture> {
    pub(super) place: F,
    pub(super) sim: Sim<F::Store>,
}

impl<F: Fixture> Bench<F> {
    /// An authenticator on the store kept at this place, with randomness of this seed.
    pub(super) fn at(mut place: F, seed: u64) -> Result<Self, Fail> {
        let sim = sim(place.open(), device_key(), seed)
            .map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
        Ok(Self { place, sim })
    }

    /// The store of every story: two people at one site, one of them at another, and a record of the host's own. The
    /// same bytes every time.
    pub(super) fn prepared() -> Result<Self, Fail> {
        let mut bench = Self::at(F::new(), 1)?;
        prepare(&mut bench.sim)?;
        Ok(bench)
    }

    /// Another process over the same store, with other randomness.
    pub(super) fn other_process(&mut self, seed: u64) -> Result<Sim<F::Store>, Fail> {
        sim(self.place.open(), device_key(), seed)
            .map_err(|error| Fail::broken(format!("it cannot be opened twice: {error}")))
    }

    /// The place, with the store closed.
    pub(super) fn close(self) -> F {
        self.place
    }
}

/// An authenticator over this store.
pub(super) fn sim<S: Store>(store: S, device_key: DeviceKey, seed: u64) -> Result<Sim<S>, OpenError> {
    let clock = HandClock::default();
    let store = FaultStore::new(store);
    let world = World::open(profile(), &device_key, store, SeededRng::new(seed), clock.clone())?;
    Ok(stage(world, clock))
}

/// A device that verifies its user, and that its clients may reset.
pub(super) fn profile() -> Profile {
    Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0x33; 16]) }
}

/// This world, with somebody in it.
pub(super) fn stage<S: Store>(world: SimWorld<S>, clock: HandClock) -> Sim<S> {
    let keys = FakeKeys::new(clock.clone());
    Sim { world, user: ScriptedUser::default(), keys, clock, requester: Requester::default() }
}

pub(super) fn prepare<S: Store>(sim: &mut Sim<S>) -> Result<(), Fail> {
    for (site, user) in [(SITE, USER), (SITE, OTHER), (ELSEWHERE, USER)] {
        register(sim, site, user)?;
    }
    manage(sim, Manage::PutHost { record: HOST_RECORD, bytes: b"a ceremony" })
}

pub(super) fn registration(site: &str, user: &[u8]) -> request::Request {
    make_credential(site, user).option("rk", true).option("uv", true)
}

/// Registers a passkey.
pub(super) fn register<S: Store>(sim: &mut Sim<S>, site: &str, user: &[u8]) -> Result<AuthData, Fail> {
    let reply = sim.send(&registration(site, user));
    ensure!(reply.status == 0x00, "a registration is answered {:#04X}", reply.status);
    credential(&reply)
}

/// The credential of a registration's reply.
pub(super) fn credential(reply: &Reply) -> Result<AuthData, Fail> {
    reply.auth_data().ok_or_else(|| Fail::broken("a registration has no authenticator data"))
}

/// Signs in with this credential.
pub(super) fn sign_in<S: Store>(sim: &mut Sim<S>, site: &str, credential: &AuthData) -> Result<(), Fail> {
    let id = credential.credential_id.as_deref().unwrap_or_default();
    let reply = sim.send(&request::get_assertion(site).list([id]));
    ensure!(reply.status == 0x00, "a sign-in is answered {:#04X}", reply.status);
    ensure!(reply.is_signed_by(credential, &CLIENT_DATA_HASH), "another key has signed");
    Ok(())
}

/// A token for writing large blobs, by the host's verification: it writes nothing.
pub(super) fn large_blob_token<S: Store>(sim: &mut Sim<S>) -> Result<Token, Fail> {
    let platform = Platform::connect(sim, 2);
    let by_pin = platform.token_for("", LARGE_BLOB_WRITE, None);
    let reply = sim.send(&by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV));
    platform.token(&reply).ok_or_else(|| Fail::broken(format!("a token is answered {:#04X}", reply.status)))
}

/// Writes this array of large blobs, and reads it back.
pub(super) fn keep_large_blobs<S: Store>(sim: &mut Sim<S>, array: &[u8]) -> Result<(), Fail> {
    let token = large_blob_token(sim)?;
    for fragment in request::large_blob_fragments(array, MAX_FRAGMENT) {
        let status = sim.send(&token.writes(fragment)).status;
        ensure!(status == 0x00, "large blobs are answered {status:#04X}");
    }
    let read = sim.send(&request::read_large_blobs(4096, 0)).member(0x01);
    ensure!(read == Some(bytes(array)), "the large blobs that are read are not those that were written");
    Ok(())
}

/// Runs one of the host's own changes.
pub(super) fn manage<S: Store>(sim: &mut Sim<S>, change: Manage<'_>) -> Result<(), Fail> {
    let what = format!("{change:?}");
    sim.run(Command::Manage(change)).result.map(drop).map_err(|error| Fail::from(error).during(what))
}

/// What the full check finds.
pub(super) fn findings<S: Store>(sim: &mut Sim<S>) -> Result<Vec<Finding>, Fail> {
    let mut findings = Vec::new();
    sim.world.context().audit(&mut |finding| findings.push(finding))?;
    Ok(findings)
}

/// Whatever has happened, the store is whole, and the next registration and the next sign-in work.
pub(super) fn works<S: Store>(sim: &mut Sim<S>) -> Result<(), Fail> {
    let found = findings(sim)?;
    ensure!(found.is_empty(), "the full check finds {found:?}");
    goes_on(sim)
}

/// The next registration and the next sign-in work.
pub(super) fn goes_on<S: Store>(sim: &mut Sim<S>) -> Result<(), Fail> {
    let credential = register(sim, "next.example", b"next").map_err(|fail| fail.during("afterwards"))?;
    sign_in(sim, "next.example", &credential).map_err(|fail| fail.during("afterwards"))
}

/// What a run of a command came to.
pub(super) struct Ran {
    pub(super) reply: Reply,
    /// How often a commit was asked for, hints aside.
    pub(super) commits: usize,
}

/// Answers steps to the end, the hint included.
pub(super) fn finish<S: Store>(sim: &mut Sim<S>, mut step: Step) -> Result<Ran, Fail> {
    let mut commits = 0_usize;
    for _ in 0..100 {
        match step {
            Step::Done(done) => {
                sim.world.write_hint(&done);
                return Ok(Ran { reply: reply(&sim.world.session, &done)?, commits });
            }
            step_now => {
                commits = commits.saturating_add(usize::from(matches!(step_now, Step::NeedsCommit(_))));
                step = sim.answer(step_now);
            }
        }
    }
    Err(Fail::broken("a command never ends"))
}

pub(super) fn reply(session: &Session, done: &Done) -> Result<Reply, Fail> {
    let mut bytes = [0; 1024];
    let length = done.encode(session, &mut bytes);
    bytes.get(..length).and_then(Reply::new).ok_or_else(|| Fail::broken("a reply has no status"))
}

/// A record, every byte of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) kind: RecordKind,
    pub(super) id: RecordId,
    pub(super) version: u64,
    pub(super) number: u64,
    pub(super) keys: [Option<[u8; 16]>; 3],
    pub(super) body: Vec<u8>,
}

/// Everything a query finds, in the order in which it is found.
pub(super) fn found(store: &impl Lookup, query: &Query) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    let _ = store.read(query, &mut |record| {
        let Indexes { relying_party, credential_id, user } = record.indexes;
        rows.push(Row {
            kind: record.kind,
            id: record.id,
            version: record.version,
            number: record.number,
            keys: [relying_party, credential_id, user].map(|key| key.map(|key| key.0)),
            body: record.body.to_vec(),
        });
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// Every kind of record there is.
pub(super) fn kinds() -> impl Iterator<Item = RecordKind> {
    (0..=u8::MAX).filter_map(RecordKind::from_code)
}

/// Every byte of a store, as its readers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dump {
    pub(super) rows: Vec<Row>,
    pub(super) last_commit: Option<CommitId>,
}

pub(super) fn dump(store: &impl Lookup) -> Result<Dump, Fail> {
    let mut rows = Vec::new();
    for kind in kinds() {
        rows.extend(found(store, &Query::Kind { kind, before: None })?);
    }
    rows.sort();
    Ok(Dump { rows, last_commit: store.last_commit()? })
}

/// What a credential's record says, without what differs each time it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passkey {
    pub(super) record: RecordId,
    pub(super) id: Vec<u8>,
    pub(super) site: String,
    pub(super) user: Vec<u8>,
    pub(super) last_used: Option<u64>,
    pub(super) host_data: Vec<u8>,
}

/// What a store means to the core: its credentials, newest first, and the host's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) passkeys: Vec<Passkey>,
    /// Those that cannot be opened.
    pub(super) unreadable: Vec<RecordId>,
    pub(super) host_records: Vec<(RecordId, Vec<u8>)>,
}

impl Meaning {
    pub(super) fn record_of(&self, site: &str, user: &[u8]) -> Result<RecordId, Fail> {
        self.of(site, user).map(|passkey| passkey.record)
    }

    pub(super) fn of(&self, site: &str, user: &[u8]) -> Result<&Passkey, Fail> {
        let found = self.passkeys.iter().find(|passkey| passkey.site == site && passkey.user == user);
        found.ok_or_else(|| Fail::broken(format!("a passkey of {site} is lost")))
    }
}

pub(super) fn meaning<S: Store>(sim: &mut Sim<S>) -> Result<Meaning, Fail> {
    let mut all = Meaning::default();
    let mut context = sim.world.context();
    let vault = context.vault()?;
    let _ = vault.credentials(None, &mut |listed| {
        match listed {
            Listed::Credential(entry) => all.passkeys.push(Passkey {
                record: entry.record,
                id: entry.credential.id.as_slice().to_vec(),
                site: entry.credential.rp_id.as_str().to_owned(),
                user: entry.credential.user.id.as_slice().to_vec(),
                last_used: entry.credential.last_used,
                host_data: entry.host_data.0.to_vec(),
            }),
            Listed::Unreadable { record, .. } => all.unreadable.push(record),
        }
        ControlFlow::Continue(())
    })?;
    let _ = vault.host_records(&mut |record, bytes| {
        all.host_records.push((record, bytes.0.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}
