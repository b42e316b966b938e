//! The large blob of a credential, cut.

use crate::commands::{Action, COMMIT, Case, SIGNATURE, USER, record_of, two_accounts};
use crate::world::{CutSim, meaning};
use authenticator_core::store::CommitKind;
use authenticator_core::{LargeBlobStorage, Now, Profile};
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion, make_credential};

use crate::sign_in::SITE;

const OLD: [u8; 512] = [0x0B; 512];
const NEW: [u8; 512] = [0xB1; 512];

pub(crate) const CREDENTIAL_BLOB_CASES: [Case; 4] = [
    Case {
        name: "getAssertion of one, largeBlob, write",
        profile: key,
        prepare: with_blob,
        action: |sim| Action::Request(writing(sim, &NEW).encode()),
        steps: &[USER, SIGNATURE, COMMIT],
        commits: &[(
            CommitKind::Effect,
            "the credential's large blob, in place of the one before; where the time is known a hint follows",
        )],
        check: |sim, reply| {
            assert_eq!(reply.member(0x08), Some(output([("written", true)])));
            assert_eq!(read(sim), Some(blob(&NEW)));
        },
    },
    Case {
        name: "getAssertion of one, largeBlob, read",
        profile: key,
        prepare: with_blob,
        action: |sim| Action::Request(reading(sim).encode()),
        steps: &[USER, SIGNATURE],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x08), Some(blob(&OLD))),
    },
    Case {
        name: "makeCredential, rk, overwriting one with a large blob",
        profile: key,
        prepare: with_blob,
        action: |_| Action::Request(make_credential(SITE, b"user").option("rk", true).encode()),
        steps: &[USER, "NeedsKeypair", SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential, without the older one and its large blob")],
        check: |sim, _| assert_eq!(read(sim), None),
    },
    Case {
        name: "Manage::Delete, a credential with a large blob",
        profile: key,
        prepare: with_blob,
        action: |sim| Action::Delete(record_of(sim, b"user")),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential is gone, and its large blob")],
        check: |sim, _| {
            let context = &mut sim.world.context();
            let audit = context.audit(&mut |finding| panic!("{finding:?}")).expect("the store can be read");
            assert_eq!(audit.large_blobs, 0);
        },
    },
];

fn key(aaguid: [u8; 16]) -> Profile {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    Profile { large_blobs, max_message_size: 7609, ..Profile::security_key(aaguid) }
}

/// Two passkeys, one with a large blob. Nobody knows the time, so that no use is noted: the hint has cases of its own.
fn with_blob(sim: &mut CutSim) {
    two_accounts(sim);
    let now = sim.world.context().now;
    sim.clock.set(Now { unix: None, ..now });
    let request = writing(sim, &OLD);
    assert_eq!(sim.send(&request).status, 0x00);
}

fn named(sim: &mut CutSim) -> Request {
    let all = meaning(sim);
    let id = all.into_iter().find(|one| one.user == b"user").expect("a passkey").id;
    get_assertion(SITE).list([id.as_slice()])
}

fn writing(sim: &mut CutSim, blob: &[u8]) -> Request {
    let input = map([("write", bytes(blob)), ("originalSize", Value::from(4000))]);
    named(sim).extension("largeBlob", input)
}

fn reading(sim: &mut CutSim) -> Request {
    named(sim).extension("largeBlob", map([("read", true)]))
}

fn output<V: Into<Value>, const N: usize>(members: [(&str, V); N]) -> Value {
    map([("largeBlob", map(members))])
}

fn blob(content: &[u8]) -> Value {
    output([("blob", bytes(content)), ("originalSize", Value::from(4000))])
}

/// What a client reads.
fn read(sim: &mut CutSim) -> Option<Value> {
    let request = reading(sim);
    let reply: Reply = sim.send(&request);
    assert_eq!(reply.status, 0x00);
    reply.member(0x08)
}
