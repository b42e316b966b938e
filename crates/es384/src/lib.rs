//! ES384 in software: ECDSA over P-384 with SHA-384, for an authenticator whose sites ask for it.
//!
//! # What it is
//! A key backend for `authenticator-core`, with the number [`Backend::ES384`]. It has ES384, and beside it ES256 and EdDSA,
//! which the core's own software makes and uses on its behalf: so a profile with this backend has all three, and the site's
//! order decides among them. A private key lies in its passkey's record, wrapped by the store's keys, and nowhere else. It
//! is bound to its relying party and to this generation of the store: a reset makes it worthless. It is used in constant
//! time, wiped after each use, and ECDSA's nonces are those of RFC 6979, hedged with fresh randomness.
//!
//! Passkeys of the core's own backend stay usable under a profile with this one.
//!
//! # What it is not
//! Part of the core: whoever does not ask for ES384 does not build P-384. A keystore: the keys are worth as much as the
//! device key that wraps them. Nor does it hide behind another backend, or another behind it: a profile names one, and a
//! passkey keeps the one it was made with. To the core it is a host's backend like any other, so that every passkey has a
//! record, the non-discoverable ones too, and a registration commits an intent first (`docs/adr/0007`). Without this
//! backend its passkeys are kept and not offered.
//!
//! # Example
//! A site that prefers ES384 gets it (feature `host`):
//! ```
//! use authenticator_core::{Profile, Requester};
//! use authenticator_es384::{Es384Keys, capabilities};
//! use authenticator_host::blocking;
//! use authenticator_testkit::{Sim, cbor::{array, at}, reply::Reply, request};
//!
//! let profile = Profile { keys: capabilities(), ..Profile::security_key([0; 16]) };
//! let mut sim = Sim::new(profile);
//! let wanted = array([request::algorithm(-35), request::algorithm(-7)]);
//! let request = request::make_credential("example.com", b"user 1").with(0x04, wanted).encode();
//!
//! let mut reply = [0; 1024];
//! let (_, length) =
//!     blocking::handle(&mut sim.world, &mut sim.user, &mut Es384Keys, Requester::default(), &request, &mut reply);
//! let registered = Reply::new(&reply[..length]).unwrap();
//! assert_eq!(registered.status, 0x00);
//! assert!(registered.is_self_attested(&request::CLIENT_DATA_HASH));
//! assert_eq!(at(&registered.auth_data().unwrap().public_key.unwrap(), 3), Some(&(-35).into()));
//! ```
#![no_std]

#[cfg(feature = "host")]
mod host;
mod p384_key;

#[cfg(feature = "host")]
pub use host::Es384Keys;

use authenticator_core::key::{
    Backend, KeyCapabilities, KeyError, KeyRef, KeyRequest, NewKey, Signature, SignatureRequest, software,
};
use authenticator_core::{Algorithm, Algorithms, Context};

/// What this backend can do: what the core's own can, and ES384.
#[must_use]
pub fn capabilities() -> KeyCapabilities {
    let software = software::capabilities().algorithms;
    let algorithms = software.as_slice().iter().copied().chain([Algorithm::Es384]);
    KeyCapabilities { backend: Backend::ES384, algorithms: Algorithms::new(algorithms) }
}

/// Makes the key pair asked for and wraps its private half.
///
/// # Errors
/// [`KeyError::Failed`] when the store cannot be read.
pub fn generate(cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
    let (public, handle) = match request.algorithm {
        Algorithm::Es384 => p384_key::generate(cx, &request.rp_id_hash)?,
        _ => {
            let NewKey { public, key } = software::generate(cx, request)?;
            (public, key.handle)
        }
    };
    Ok(NewKey { public, key: KeyRef { backend: Backend::ES384, handle } })
}

/// Signs with the key named, be it of this backend or the core's own, in constant time with respect to it.
///
/// # Errors
/// [`KeyError::Missing`] when the key cannot be unwrapped: of another backend, of another relying party, of another
/// store, or from before a reset. [`KeyError::Failed`] when the store cannot be read.
pub fn sign(cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
    match (request.key.backend, request.algorithm) {
        (Backend::ES384, Algorithm::Es384) => p384_key::sign(cx, request),
        (Backend::ES384, _) => {
            let mut request = request.clone();
            request.key.backend = Backend::SOFTWARE;
            software::sign(cx, &request)
        }
        (Backend::SOFTWARE, _) => software::sign(cx, request),
        _ => Err(KeyError::Missing),
    }
}
