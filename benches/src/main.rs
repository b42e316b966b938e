//! Runs one operation once, warmed up, inside the function [`measured`], for `instructions.sh` to count with callgrind.

use authenticator_benches::measured;
use authenticator_core::{Profile, Requester, store::MemoryStore};
use authenticator_host::{SoftwareKeys, blocking};
use authenticator_testkit::{Sim, cbor, request};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use std::hint::black_box;
use std::process::ExitCode;

/// Twice outside: tables are built at their first use. Once inside.
fn warm_then_measure(mut operation: impl FnMut()) {
    operation();
    operation();
    measured(&mut operation);
}

/// A command from request bytes to reply bytes, over the store in memory and software keys.
fn command(request: &[u8]) {
    let mut sim = Sim::over(Profile::phone([0; 16]), MemoryStore::<16>::new(), 1).ok();
    let Some(sim) = sim.as_mut() else { return };
    let registered =
        sim.send(&request::make_credential("example.com", b"user").option("rk", true).option("uv", true));
    assert_eq!(registered.status, 0x00, "the credential to sign in with is there");
    warm_then_measure(|| {
        let mut reply = [0; 1024];
        let mut keys = SoftwareKeys;
        let (_, length) = blocking::handle(
            &mut sim.world,
            &mut sim.user,
            &mut keys,
            Requester::default(),
            request,
            &mut reply,
        );
        assert_eq!(reply.first(), Some(&0x00), "the command succeeds");
        black_box((reply, length));
    });
}

fn main() -> ExitCode {
    let registration = request::make_credential("example.com", b"user").option("rk", true).option("uv", true);
    let message = [0xA5; 69];
    match std::env::args().nth(1).as_deref() {
        Some("make-credential-packed") => command(&registration.encode()),
        Some("make-credential-none") => command(&registration.with(0x0B, cbor::array(["none"])).encode()),
        Some("get-assertion") => command(&request::get_assertion("example.com").option("uv", true).encode()),
        Some("get-info") => command(&[0x04]),
        Some("sign-key-ready") => {
            let Ok(key) = SigningKey::from_slice(&[7; 32]) else { return ExitCode::FAILURE };
            warm_then_measure(|| {
                black_box::<DerSignature>(key.sign(&message));
            });
        }
        Some("sign-from-bytes") => warm_then_measure(|| {
            if let Ok(key) = SigningKey::from_slice(&[7; 32]) {
                black_box::<DerSignature>(key.sign(&message));
            }
        }),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}
