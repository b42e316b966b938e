//! Signs in at a few of many sites, for `lookups.sh` to count with callgrind:
//!
//! ```text
//! lookups hash-map ACCOUNTS       in a store in memory, filled first
//! lookups fill ACCOUNTS FILE      fills an SQLite store
//! lookups sqlite ACCOUNTS FILE    in that store
//! ```
//!
//! The first and the last go through [`measured`] four times: without and with an allow list, and both again with real
//! signatures.

use authenticator_benches::measured;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::{Store, UnwantedKey};
use authenticator_core::{Bytes, Context, Gesture, NeedsUser, Profile, Refusal, Requester};
use authenticator_host::{HashMapStore, Keys, SoftwareKeys, World, blocking};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::reply::Reply;
use authenticator_testkit::{HandClock, SeededRng, cbor, device_key, request};
use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;
type BenchWorld<S> = World<S, SeededRng, HandClock>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["hash-map", accounts] => {
            let accounts = accounts.parse()?;
            let mut world = open(HashMapStore::default())?;
            fill(&mut world, accounts)?;
            sign_in(world, accounts, Ok)
        }
        ["fill", accounts, file] => fill(&mut open_file(file)?, accounts.parse()?),
        ["sqlite", accounts, file] => sign_in(open_file(file)?, accounts.parse()?, |world| {
            drop(world);
            open_file(file)
        }),
        _ => Err("see the first lines of lookups.rs".into()),
    }
}

fn open_file(file: &str) -> Outcome<BenchWorld<SqliteStore>> {
    open(SqliteStore::open(Path::new(file))?)
}

fn open<S: Store>(store: S) -> Outcome<BenchWorld<S>> {
    Ok(World::open(Profile::phone([0; 16]), &device_key(), store, SeededRng::new(1), HandClock::default())?)
}

/// How many sites are signed in at.
const VISITED: usize = 10;

/// The sites signed in at, evenly spread over all there are. Only their accounts have keys of their own.
fn is_visited(site: usize, accounts: usize) -> bool {
    site.is_multiple_of(accounts / VISITED)
}

fn rp_id(site: usize) -> String {
    format!("site-{site}.example")
}

/// Registers one account at each of as many sites.
fn fill<S: Store>(world: &mut BenchWorld<S>, accounts: usize) -> Outcome {
    let mut keys = CopiedKeys::default();
    for site in 0..accounts {
        let registration = request::make_credential(&rp_id(site), &site.to_be_bytes())
            .option("rk", true)
            .option("uv", true)
            .with(0x0B, cbor::array(["none"]))
            .encode();
        if is_visited(site, accounts) {
            command(world, &mut SoftwareKeys, &registration)?;
        } else {
            command(world, &mut keys, &registration)?;
        }
    }
    Ok(())
}

/// Signs in at the visited sites in every way. `reopen` makes the store forget what it has read.
fn sign_in<S: Store>(
    mut world: BenchWorld<S>,
    accounts: usize,
    reopen: impl Fn(BenchWorld<S>) -> Outcome<BenchWorld<S>>,
) -> Outcome {
    let (mut without_list, mut with_list) = (Vec::new(), Vec::new());
    for site in (0..accounts).filter(|site| is_visited(*site, accounts)) {
        let request = request::get_assertion(&rp_id(site)).option("uv", true);
        let reply = command(&mut world, &mut SoftwareKeys, &request.encode())?;
        let id = reply.credential_id().ok_or("an assertion without a credential id")?;
        with_list.push(request.clone().list([id.as_slice()]).encode());
        without_list.push(request.encode());
    }
    for requests in [&without_list, &with_list] {
        world = reopen(world)?;
        count(&mut world, &mut NoSignature, requests)?;
    }
    for requests in [&without_list, &with_list] {
        world = reopen(world)?;
        count(&mut world, &mut SoftwareKeys, requests)?;
    }
    Ok(())
}

/// Measures a sign-in at every site but the first, which is signed in at before: that builds tables and plans statements,
/// as any sign-in would, and reads nothing of the other sites.
fn count<S: Store>(world: &mut BenchWorld<S>, keys: &mut impl Keys, requests: &[Vec<u8>]) -> Outcome {
    let (first, others) = requests.split_first().ok_or("there is nothing to sign in at")?;
    for _ in 0..2 {
        command(world, keys, first)?;
    }
    let mut outcome = Ok(());
    measured(&mut || {
        outcome = others.iter().try_for_each(|request| command(world, keys, request).map(drop));
    });
    outcome
}

/// A command from request bytes to reply bytes, with someone there who looks at the accounts offered and verifies.
fn command<S: Store>(world: &mut BenchWorld<S>, keys: &mut impl Keys, request: &[u8]) -> Outcome<Reply> {
    let mut user = |step: &NeedsUser, cx: &mut Context<'_>| {
        step.candidates(cx, None, &mut |_| ControlFlow::Continue(())).map_err(|_| Refusal::Unavailable)?;
        Ok(Gesture::VERIFIED)
    };
    let mut reply = [0; 1024];
    let (_, length) = blocking::handle(world, &mut user, keys, Requester::default(), request, &mut reply);
    let reply = reply.get(..length).and_then(Reply::new).ok_or("a reply without a status")?;
    if reply.status == 0 { Ok(reply) } else { Err(format!("status {:#04x}", reply.status).into()) }
}

/// Gives the first key it makes to everyone who asks: filling a store takes no longer than the store itself.
#[derive(Default)]
struct CopiedKeys(Option<NewKey>);

impl Keys for CopiedKeys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        let key = match self.0.take() {
            Some(key) => key,
            None => SoftwareKeys.generate(cx, request)?,
        };
        Ok(self.0.insert(key).clone())
    }

    fn sign(&mut self, _: &mut Context<'_>, _: &SignatureRequest) -> Result<Signature, KeyError> {
        Err(KeyError::Refused)
    }

    fn destroy(&mut self, _: &UnwantedKey) -> Result<(), KeyError> {
        Err(KeyError::Unsupported)
    }
}

/// Answers with bytes that are no signature, so that nothing is counted but what finds the credential.
struct NoSignature;

impl Keys for NoSignature {
    fn generate(&mut self, _: &mut Context<'_>, _: &KeyRequest) -> Result<NewKey, KeyError> {
        Err(KeyError::Unsupported)
    }

    fn sign(&mut self, _: &mut Context<'_>, _: &SignatureRequest) -> Result<Signature, KeyError> {
        Bytes::new(&[0; 70]).ok_or(KeyError::Failed)
    }

    fn destroy(&mut self, _: &UnwantedKey) -> Result<(), KeyError> {
        Err(KeyError::Unsupported)
    }
}
