//! Fuzz targets as plain functions: they panic when a promise is broken, and do nothing else.
//!
//! `cargo test` replays `corpus/` on stable; `cargo +nightly fuzz run TARGET --features libfuzzer` looks for more.

mod decoded;
mod large_blob_arrays;
mod large_blobs;
mod operations;
mod pins;
mod reports;
mod settings;

pub use decoded::decoded;
pub use large_blob_arrays::large_blob_arrays;
pub use large_blobs::large_blobs;
pub use operations::operations;
pub use reports::reports;
pub use settings::settings;

use authenticator_core::{Profile, Requester};
use authenticator_differential::{Verdict, judge, judge_auth_data, judge_reply};
use authenticator_testkit::cbor::Value;
use authenticator_testkit::request::make_credential;
use authenticator_testkit::{Sim, cbor};
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, Get, Origin, RequestOptions,
};

/// Any bytes are a request: they get a reply, one status byte at least, whose body is one CBOR map or nothing, and no body
/// without success (GEN-02).
///
/// # Panics
/// When they do not.
pub fn requests(data: &[u8]) {
    // What a phone does itself, a security key leaves to a PIN; it has settings besides.
    for profile in settings::profile().into_iter().chain([Profile::phone([0; 16])]) {
        let reply = Sim::new(profile).send_bytes(data);
        if reply.status == 0x00 {
            assert!(
                reply.raw.is_empty() || cbor::decode(&reply.raw).is_some_and(|body| body.is_map()),
                "a body is one map"
            );
        } else {
            assert!(reply.raw.is_empty(), "status {:#04x} comes without a body", reply.status);
        }
    }
}

/// Any bytes are read by ctap-types as well: they read the same, or the difference has a name. What is answered with success
/// they write in the same bytes, if they can hold it.
///
/// # Panics
/// When there is a difference without a name.
pub fn differential(data: &[u8]) {
    if judge(data) == Verdict::Refused {
        return;
    }
    let Some(command) = data.first() else { return };
    for profile in settings::profile().into_iter().chain([Profile::phone([0; 16])]) {
        let mut sim = Sim::new(profile);
        // A sign-in has something to sign in with.
        sim.send(&make_credential("example.com", b"user 1").option("rk", true));
        let reply = sim.send_bytes(data);
        if reply.status == 0x00 {
            judge_reply(*command, &[&[reply.status], reply.raw.as_slice()].concat());
            let is_ceremony = matches!(command, 0x01 | 0x02 | 0x08);
            if let Some(Value::Bytes(auth_data)) = reply.member(2).filter(|_| is_ceremony) {
                judge_auth_data(&auth_data);
            }
        }
    }
}

/// Any text is options JSON, for either ceremony: it is refused, or it begins one.
///
/// # Panics
/// Never, which is what this looks for.
pub fn options(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    let Ok(origin) = Origin::parse("https://login.example.com") else { return };
    let caller = Caller::Web { origin, top_origin: None, cross_origin: false };
    let mut sim = Sim::new(Profile::phone([0; 16]));
    if let Ok(options) = CreationOptions::from_json(json)
        && let Ok(ceremony) =
            Create::prepare(&options, &caller, ClientDataSource::Build, &mut sim.world.context())
    {
        drop(ceremony.begin(&mut sim.world.context(), Requester::default()));
    }
    if let Ok(options) = RequestOptions::from_json(json)
        && let Ok(ceremony) =
            Get::prepare(&options, &caller, ClientDataSource::Build, &mut sim.world.context())
    {
        drop(ceremony.begin(&mut sim.world.context(), Requester::default()));
    }
}
