//! `cargo +nightly fuzz run options --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::options(data));
