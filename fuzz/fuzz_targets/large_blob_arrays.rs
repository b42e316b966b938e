//! `cargo +nightly fuzz run large-blob-arrays --features libfuzzer`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| authenticator_fuzz::large_blob_arrays(data));
