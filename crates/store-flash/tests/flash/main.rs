//! The store on simulated flash.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod basics;
mod cut;
mod model;
mod sim;
mod world;
