//! The built command, run as its users run it: what goes in, what comes out, and with which exit code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "all of it is test code, helpers included"
)]

mod attestation;
mod bad_input;
mod ceremonies;
mod decode;
mod demo;
mod doctor;
mod doctor_bundle;
mod doctor_files;
mod doctor_hostile;
mod doctor_support;
mod large_blob;
mod manage;
mod prf;
mod serve;
mod support;
mod terminal;
