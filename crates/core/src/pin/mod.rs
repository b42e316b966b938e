//! The PIN/UV auth protocols (PP): how a platform and the authenticator come to share a secret, and what they say under it.
//!
//! Secrets stay where they are made. A key agreement and a shared secret lie in the session for good, are filled in place
//! and wiped in place; nothing here returns one. Each operation on a secret is a function of its own that is not inlined:
//! what it leaves in dead stack frames can be overwritten by one call after it (PP-25).

mod agreement;
mod cipher;
mod identifier;
mod one;
mod protocol;
mod session;
mod shared;
mod token;
mod two;

#[cfg(feature = "constant-time-check")]
pub(crate) use agreement::KeyAgreement;
pub(crate) use agreement::PlatformKey;
pub(crate) use identifier::seal_identifier;
pub(crate) use protocol::{Protocol, verify};
pub(crate) use session::{Exchange, PinSession};
pub(crate) use shared::SharedSecret;
pub(crate) use token::{Grant, Permissions, Token, TokenUse};

#[cfg(test)]
mod tests;
