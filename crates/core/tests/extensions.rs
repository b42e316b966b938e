//! The extensions, as a platform meets them (CTAP 2.3 §12).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "extensions/large_blob.rs"]
mod large_blob;
#[path = "extensions/matrix.rs"]
mod matrix;
#[path = "extensions/payment.rs"]
mod payment;
mod pin;
#[path = "extensions/secrets.rs"]
mod secrets;
#[path = "extensions/secrets_at_registration.rs"]
mod secrets_at_registration;
#[path = "extensions/stored.rs"]
mod stored;

use authenticator_core::store::Store;
use authenticator_core::{BuiltInVerification, LargeBlobStorage, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use pin::SITE;

/// The named profiles, with large blobs.
fn profiles() -> [Profile; 2] {
    [Profile::security_key([0x22; 16]), Profile::phone([0x11; 16])]
        .map(|profile| Profile { large_blobs: LargeBlobStorage::Array { max: 1024 }, ..profile })
}

/// A security key with large blobs.
fn key() -> Sim {
    let [key, _] = profiles();
    Sim::new(key)
}

/// Registers and says which credential was made.
fn registered<S: Store>(sim: &mut Sim<S>, request: &Request) -> Vec<u8> {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00);
    reply.auth_data().unwrap().credential_id.unwrap()
}

fn sign_in(id: &[u8]) -> Request {
    get_assertion(SITE).list([id])
}

fn registration(rk: bool) -> Request {
    make_credential(SITE, b"user").option("rk", rk)
}

/// The same as this authenticator wants it: with verification, if it has one.
fn registration_with(sim: &Sim, rk: bool) -> Request {
    let verifies = sim.world.authenticator.profile().verification == BuiltInVerification::Configured;
    if verifies { registration(rk).option("uv", true) } else { registration(rk) }
}

/// The output of an extension.
fn output(reply: &Reply, name: &str) -> Option<Value> {
    assert_eq!(reply.status, 0x00);
    let data = reply.auth_data().unwrap();
    assert_eq!(data.flags & 0x80 != 0, data.extensions.is_some(), "the flag ED");
    named(&data.extensions?, name).cloned()
}
