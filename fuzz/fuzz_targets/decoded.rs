//! `cargo +nightly fuzz run decoded --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::decoded(data));
