//! ES384 through the host's driver: what comes of it, wherever it is cut, and what a relying party says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod backend;
mod bench;
mod cut;
mod relying_party;
