//! A security key at the end of a bus, with a hand clock: what a client hears, and when.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod bench;
mod cancelled;
mod clients;
mod threads;
mod waiting;
mod watched;
