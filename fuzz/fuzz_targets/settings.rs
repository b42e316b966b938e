//! `cargo +nightly fuzz run settings --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::settings(data));
