//! The store as a file: in hostile hands, from older versions, stolen, and large.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[cfg(target_os = "linux")]
mod cost;
mod hostile;
#[cfg(target_os = "linux")]
mod large;
mod register;
mod rich;
mod stolen;
mod stored;
#[path = "../support/mod.rs"]
mod support;
