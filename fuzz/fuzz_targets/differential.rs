//! `cargo +nightly fuzz run differential --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::differential(data));
