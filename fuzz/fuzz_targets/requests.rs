//! `cargo +nightly fuzz run requests --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::requests(data));
