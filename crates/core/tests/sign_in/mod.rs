//! What the stories about signing in have in common.
#![allow(dead_code, clippy::expect_used, reason = "tests, each of which uses a part of it")]

use authenticator_core::store::{Listed, RecordId, Store};
use authenticator_core::{BuiltInVerification, Profile};
use authenticator_testkit::cbor::{Value, bytes, map, named};
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::{Sim, request};
use std::ops::ControlFlow;

pub(crate) const SITE: &str = "example.com";

/// A device with a display, which verifies its user.
pub(crate) fn phone() -> Sim {
    Sim::new(Profile::phone([0x11; 16]))
}

/// Neither display nor verification.
pub(crate) fn security_key() -> Sim {
    Sim::new(Profile::security_key([0x22; 16]))
}

/// A security key with a fingerprint reader.
pub(crate) fn biometric_key() -> Sim {
    let verification = BuiltInVerification::Configured;
    Sim::new(Profile { verification, ..Profile::security_key([0x22; 16]) })
}

/// A credential to be registered.
#[derive(Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) site: &'a str,
    pub(crate) handle: &'a [u8],
    pub(crate) name: Option<&'a str>,
    pub(crate) level: Option<u64>,
    pub(crate) discoverable: bool,
    pub(crate) algorithm: i64,
}

impl<'a> New<'a> {
    /// A discoverable credential for this user handle at [`SITE`].
    pub(crate) const fn user(handle: &'a [u8]) -> Self {
        Self { site: SITE, handle, name: Some("alice"), level: None, discoverable: true, algorithm: -7 }
    }

    pub(crate) const fn at(self, site: &'a str) -> Self {
        Self { site, ..self }
    }

    pub(crate) const fn named(self, name: Option<&'a str>) -> Self {
        Self { name, ..self }
    }

    pub(crate) const fn level(self, level: u64) -> Self {
        Self { level: Some(level), ..self }
    }

    pub(crate) const fn non_discoverable(self) -> Self {
        Self { discoverable: false, ..self }
    }
}

/// Registers, with verification where there is any. The prompt is not among those the user has seen afterwards.
pub(crate) fn register<S: Store>(sim: &mut Sim<S>, new: New<'_>) -> AuthData {
    let verifies = sim.world.authenticator.profile().verification == BuiltInVerification::Configured;
    let mut user = vec![("id", bytes(new.handle))];
    user.extend(new.name.map(|name| ("name", Value::from(name))));
    user.extend(new.name.map(|name| ("displayName", Value::from(name))));
    let mut request = request::make_credential(new.site, new.handle)
        .with(0x03, map(user))
        .with(0x04, Value::Array(vec![request::algorithm(new.algorithm)]))
        .option("rk", new.discoverable);
    if verifies {
        request = request.option("uv", true);
    }
    if let Some(level) = new.level {
        request = request.extension("credProtect", level);
    }
    let reply = sim.send(&request);
    assert_eq!(reply.status, 0x00, "registration");
    sim.user.seen.clear();
    reply.auth_data().expect("a registration has authenticator data")
}

/// The id that a registration gave out.
pub(crate) fn id(credential: &AuthData) -> &[u8] {
    credential.credential_id.as_deref().expect("a registration has a credential id")
}

/// The user member's id of an assertion.
pub(crate) fn user_id(reply: &Reply) -> Option<Vec<u8>> {
    named(&reply.member(0x04)?, "id")?.as_bytes().cloned()
}

/// numberOfCredentials.
pub(crate) fn count(reply: &Reply) -> Option<i128> {
    reply.member(0x05)?.as_integer().map(i128::from)
}

/// The record of the credential with this id.
pub(crate) fn record_of<S: Store>(sim: &mut Sim<S>, id: &[u8]) -> RecordId {
    find(sim, id).expect("it is registered").0
}

/// A credential's record, and when it last signed in.
pub(crate) fn stored<S: Store>(sim: &mut Sim<S>, credential: &AuthData) -> Option<(RecordId, Option<u64>)> {
    find(sim, id(credential))
}

fn find<S: Store>(sim: &mut Sim<S>, id: &[u8]) -> Option<(RecordId, Option<u64>)> {
    let mut found = None;
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    let _ = vault
        .credentials(None, &mut |listed| {
            if let Listed::Credential(entry) = listed
                && entry.credential.id.as_slice() == id
            {
                found = Some((entry.record, entry.credential.last_used));
            }
            ControlFlow::Continue(())
        })
        .expect("the store can be read");
    found
}
