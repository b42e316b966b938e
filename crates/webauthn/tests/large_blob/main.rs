//! `largeBlob` over a whole authenticator: what a site keeps through JSON and through a client of CTAP is the same, and no
//! cut and no failing store leaves less than the old or the new of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it does not expect is to fail"
)]

mod cut;
mod interop;
mod platform;
mod site;
