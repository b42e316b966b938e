//! CTAPHID, played between two peers in memory: a small client that shares no code with the device, and a hand clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test that cannot go on fails"
)]

mod busy;
mod channels;
mod client;
mod faults;
mod injected;
mod interleaved;
mod messages;
mod waiting;
