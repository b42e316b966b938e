//! `cargo +nightly fuzz run operations --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::operations(data));
