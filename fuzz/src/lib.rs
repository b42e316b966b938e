//! Fuzz targets as plain functions: they panic when a promise is broken, and do nothing else.
//!
//! `cargo test` replays `corpus/` on stable; `cargo +nightly fuzz run TARGET --features libfuzzer` looks for more.

mod operations;

pub use operations::operations;

use authenticator_core::Profile;
use authenticator_testkit::{Sim, cbor};

/// Any bytes are a request: they get a reply, one status byte at least, whose body is one CBOR map or nothing, and no body
/// without success (GEN-02).
///
/// # Panics
/// When they do not.
pub fn requests(data: &[u8]) {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    let reply = sim.send_bytes(data);
    if reply.status == 0x00 {
        assert!(
            reply.raw.is_empty() || cbor::decode(&reply.raw).is_some_and(|body| body.is_map()),
            "a body is one map"
        );
    } else {
        assert!(reply.raw.is_empty(), "status {:#04x} comes without a body", reply.status);
    }
}
