//! Every subcommand over a real store, with tokens that no clientPIN has issued.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod bench;
mod changes;
mod lists;
mod order;
mod persistent;
