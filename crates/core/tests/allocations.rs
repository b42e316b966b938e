//! From request bytes to reply bytes nothing is allocated, with the store in memory and software keys.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use allocation_counter::measure;
use authenticator_core::store::{MemoryStore, Store};
use authenticator_core::{Context, DeviceKey, Gesture, NeedsUser, Profile, Refusal, Requester, ResetPolicy};
use authenticator_host::{SoftwareKeys, World, blocking};
use authenticator_testkit::{HandClock, SeededRng, request};

fn world() -> World<MemoryStore<8>, SeededRng, HandClock> {
    let profile = Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) };
    let (rng, clock) = (SeededRng::new(1), HandClock::default());
    World::open(profile, DeviceKey::new([7; 32]), MemoryStore::new(), rng, clock).unwrap()
}

/// Answers one request and says its status and how often the heap was asked meanwhile.
fn allocations(world: &mut World<impl Store, SeededRng, HandClock>, request: &[u8]) -> (u8, u64) {
    let mut reply = [0; 1024];
    let counted = measure(|| {
        let mut verify = |_: &NeedsUser, _: &mut Context<'_>| -> Result<_, Refusal> { Ok(Gesture::VERIFIED) };
        let requester = Requester::default();
        let (done, _) =
            blocking::handle(world, &mut verify, &mut SoftwareKeys, requester, request, &mut reply);
        world.write_hint(&done);
    });
    (reply[0], counted.count_total)
}

#[test]
fn no_command_allocates() {
    let mut world = world();
    let registration = request::make_credential("example.com", b"user").option("uv", true);
    let discoverable = registration.clone().option("rk", true);
    let eddsa = discoverable.clone().with(0x04, authenticator_testkit::cbor::array([request::algorithm(-8)]));
    let requests = [
        ("getInfo", vec![0x04]),
        ("makeCredential, non-discoverable", registration.encode()),
        ("makeCredential, discoverable", discoverable.encode()),
        ("makeCredential, discoverable, EdDSA", eddsa.encode()),
        ("getAssertion", request::get_assertion("example.com").option("uv", true).encode()),
        ("selection", vec![0x0B]),
        ("reset", vec![0x07]),
    ];
    // The elliptic curve's tables are built once per process, by the library that owns them, at their first use.
    for (_, request) in &requests {
        let _ = allocations(&mut world, request);
    }
    for (command, request) in &requests {
        assert_eq!(allocations(&mut world, request), (0x00, 0), "{command}");
    }
}

/// The counter counts: a test that cannot fail proves nothing.
#[test]
fn an_allocation_is_seen() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 16]))).count_total, 1);
}
