//! What the tests over whole files share: passkeys as a site knows them, and the verbs to make, use and list them.

use authenticator_core::credential::Credential;
use authenticator_core::store::{Listed, RecordId};
use authenticator_core::{Error, Profile, PublicKey};
use authenticator_host::OpenError;
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::reply::{Reply, verifies};
use authenticator_testkit::{Sim, request};
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;

pub(crate) type TestSim = Sim<SqliteStore>;

/// A folder for a store, gone with the value. In memory where there is such a place: to a process, even one that is killed,
/// a disk is no different but for the waiting.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// What a site remembers of a passkey.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Passkey {
    pub(crate) site: String,
    pub(crate) user: Vec<u8>,
    pub(crate) id: Vec<u8>,
    /// A COSE_Key.
    pub(crate) key: Value,
}

impl Passkey {
    pub(crate) fn of(credential: &Credential) -> Self {
        Self {
            site: credential.rp_id.as_str().to_owned(),
            user: credential.user.id.as_slice().to_vec(),
            id: credential.id.as_slice().to_vec(),
            key: cose(&credential.public_key),
        }
    }
}

/// Why a file came to no authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOpened {
    Store(authenticator_store_sqlite::OpenError),
    Core(OpenError),
}

/// The authenticator over the file at `path`, made if there is none.
pub(crate) fn open(path: &Path, seed: u64) -> Result<TestSim, NotOpened> {
    over(SqliteStore::open(path).map_err(NotOpened::Store)?, seed)
}

pub(crate) fn over(store: SqliteStore, seed: u64) -> Result<TestSim, NotOpened> {
    Sim::over(Profile::security_key([0; 16]), store, seed).map_err(NotOpened::Core)
}

/// Asks for an assertion by this passkey; its status, or that the right key has signed.
pub(crate) fn sign_in(sim: &mut TestSim, passkey: &Passkey) -> Result<(), u8> {
    let reply = sim.send(&request::get_assertion(&passkey.site).list([passkey.id.as_slice()]));
    if reply.status != 0 {
        return Err(reply.status);
    }
    assert!(proves(&reply, passkey), "an assertion by another key");
    Ok(())
}

/// Whether this assertion is the passkey's.
pub(crate) fn proves(reply: &Reply, passkey: &Passkey) -> bool {
    let verified = || {
        let data = reply.member(0x02)?.as_bytes()?.clone();
        let signature = reply.member(0x03)?.as_bytes()?.clone();
        let message = [data, request::CLIENT_DATA_HASH.to_vec()].concat();
        Some(verifies(&passkey.key, &message, &signature))
    };
    reply.credential_id().as_ref() == Some(&passkey.id) && verified().unwrap_or(false)
}

/// Every passkey in the store with the record that holds it, newest first, and how many records cannot be opened.
pub(crate) fn listed(sim: &mut TestSim) -> Result<(Vec<(RecordId, Passkey)>, usize), Error> {
    let (mut passkeys, mut unreadable) = (Vec::new(), 0);
    let mut cx = sim.world.context();
    let flow = cx.vault()?.credentials(None, &mut |listed| {
        match listed {
            Listed::Credential(entry) => {
                let credential = entry.credential;
                let passkey = Passkey::of(credential);
                passkeys.push((entry.record, passkey));
            }
            Listed::Unreadable { .. } => unreadable += 1,
        }
        ControlFlow::Continue(())
    });
    let _ = flow.map_err(Error::Store)?;
    Ok((passkeys, unreadable))
}

/// The key as the site was given it.
pub(crate) fn cose(key: &PublicKey) -> Value {
    let pair = |name: i64, value: Value| (Value::from(name), value);
    let number = |name: i64, value: i64| pair(name, Value::from(value));
    match key {
        PublicKey::P256 { x, y } => {
            map([number(1, 2), number(3, -7), number(-1, 1), pair(-2, bytes(x)), pair(-3, bytes(y))])
        }
        PublicKey::Ed25519(key) => map([number(1, 1), number(3, -8), number(-1, 6), pair(-2, bytes(key))]),
        other => panic!("a key of another kind: {other:?}"),
    }
}
