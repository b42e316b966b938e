//! `cargo +nightly fuzz run large-blobs --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::large_blobs(data));
