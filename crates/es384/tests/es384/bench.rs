//! An authenticator with this backend, and the requests of a site that likes ES384.

use authenticator_core::key::KeyRef;
use authenticator_core::store::Listed;
use authenticator_core::{Profile, Requester, ResetPolicy};
use authenticator_es384::{Es384Keys, capabilities};
use authenticator_host::blocking;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, at};
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::request::{Request, algorithm, get_assertion, make_credential};
use std::ops::ControlFlow;

pub(crate) const SITE: &str = "example.com";
pub(crate) const ES256: i64 = -7;
pub(crate) const ED_DSA: i64 = -8;
pub(crate) const ES384: i64 = -35;

pub(crate) fn with_es384(profile: Profile) -> Profile {
    Profile { keys: capabilities(), reset: ResetPolicy::Anytime, ..profile }
}

pub(crate) fn security_key() -> Sim {
    Sim::new(with_es384(Profile::security_key([0; 16])))
}

/// makeCredential for a passkey with these algorithms, most wanted first.
pub(crate) fn registration(algorithms: &[i64]) -> Request {
    wanting(algorithms).option("rk", true)
}

/// The same, without a word about whether it is to be discoverable.
pub(crate) fn wanting(algorithms: &[i64]) -> Request {
    make_credential(SITE, b"user 1").with(0x04, array(algorithms.iter().map(|id| algorithm(*id))))
}

pub(crate) fn sign_in() -> Request {
    get_assertion(SITE)
}

/// Sends a request to an authenticator whose keys are this backend's.
pub(crate) fn send(sim: &mut Sim, request: &Request) -> Reply {
    send_bytes(sim, &request.encode())
}

pub(crate) fn send_bytes(sim: &mut Sim, request: &[u8]) -> Reply {
    let mut reply = [0; 1024];
    let Sim { world, user, .. } = sim;
    let (_, length) =
        blocking::handle(world, user, &mut Es384Keys, Requester::default(), request, &mut reply);
    reply.get(..length).and_then(Reply::new).expect("every reply has a status byte")
}

/// Registers and gives back what a site keeps.
pub(crate) fn registered(sim: &mut Sim, request: &Request) -> AuthData {
    let reply = send(sim, request);
    assert_eq!(reply.status, 0x00);
    reply.auth_data().expect("authenticator data")
}

/// A number in a credential's COSE key.
pub(crate) fn in_key(credential: &AuthData, label: i64) -> Option<Value> {
    credential.public_key.as_ref().and_then(|key| at(key, label)).cloned()
}

/// The passkeys there are: backend and handle of each.
pub(crate) fn keys(sim: &mut Sim) -> Vec<KeyRef> {
    let mut keys = Vec::new();
    let mut context = sim.world.context();
    let flow = context.vault().expect("the store can be read").credentials(None, &mut |listed| {
        if let Listed::Credential(entry) = listed {
            keys.push(entry.credential.key.clone());
        }
        ControlFlow::Continue(())
    });
    flow.map(drop).expect("the store can be read");
    keys
}
