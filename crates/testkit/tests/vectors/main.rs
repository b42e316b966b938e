//! Published vectors, as far as they are about what leaves the authenticator. Where they come from, and which others there
//! are, is in `test-vectors/README.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod certificate;
mod webauthn_l3;
mod wycheproof_signatures;
