//! `cargo +nightly fuzz run reports --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::reports(data));
