//! From request bytes to reply bytes nothing is allocated, with the store in memory and software keys.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use allocation_counter::measure;
use authenticator_core::store::{MemoryStore, Store};
use authenticator_core::{
    BuiltInVerification, Context, DeviceKey, Done, Gesture, NeedsUser, Profile, Refusal, Requester,
    ResetPolicy,
};
use authenticator_host::{SoftwareKeys, World, blocking};
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::credential_management;
use authenticator_testkit::{HandClock, SeededRng, Sim, cbor, request};
use sha2::{Digest, Sha256};

fn world() -> World<MemoryStore<8>, SeededRng, HandClock> {
    let profile = Profile { reset: ResetPolicy::Anytime, ..Profile::phone([0; 16]) };
    let (rng, clock) = (SeededRng::new(1), HandClock::default());
    World::open(profile, &DeviceKey::new([7; 32]), MemoryStore::new(), rng, clock).unwrap()
}

/// Answers one request and says its status and how often the heap was asked meanwhile.
fn allocations(world: &mut World<impl Store, SeededRng, HandClock>, request: &[u8]) -> (u8, u64) {
    let mut reply = [0; 1024];
    let counted = measure(|| {
        let (done, _) = answer(world, request, &mut reply);
        world.write_hint(&done);
    });
    (reply[0], counted.count_total)
}

fn answer(
    world: &mut World<impl Store, SeededRng, HandClock>,
    request: &[u8],
    reply: &mut [u8],
) -> (Done, usize) {
    let mut verify = |_: &NeedsUser, _: &mut Context<'_>| -> Result<_, Refusal> { Ok(Gesture::VERIFIED) };
    blocking::handle(world, &mut verify, &mut SoftwareKeys, Requester::default(), request, reply)
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

#[test]
fn no_pin_command_allocates() {
    let profile = Profile::security_key([0; 16]);
    let (rng, clock) = (SeededRng::new(1), HandClock::default());
    let mut world =
        World::open(profile, &DeviceKey::new([7; 32]), MemoryStore::<8>::new(), rng, clock).unwrap();
    let mut reply = [0; 1024];
    for protocol in [1, 2] {
        let asked = request::client_pin(subcommand::KEY_AGREEMENT).with(0x01, protocol).encode();
        assert_eq!(allocations(&mut world, &asked), (0x00, 0), "getKeyAgreement");
        let (_, length) = answer(&mut world, &asked, &mut reply);
        let key = Reply::new(&reply[..length]).unwrap().member(0x01).unwrap();
        let platform = Platform::agree(protocol, &key, b"platform").unwrap();
        let first =
            if protocol == 1 { platform.set_pin("1234") } else { platform.change_pin("1234", "5678") };
        let pin = if protocol == 1 { "1234" } else { "5678" };
        for (command, request, status) in [
            ("setPIN or changePIN", first, 0x00),
            ("getPINRetries", request::client_pin(subcommand::PIN_RETRIES), 0x00),
            ("getPinToken", platform.pin_token(pin), 0x00),
            ("the persistent token", platform.token_for(pin, 0x40, None), 0x00),
            ("changePIN, too short", platform.change_pin(pin, "12"), 0x37),
            ("a wrong PIN", platform.token_for("0000", 0x03, Some("example.com")), 0x31),
        ] {
            assert_eq!(allocations(&mut world, &request.encode()), (status, 0), "{command}");
        }
    }
}

#[test]
fn credential_management_does_not_allocate() {
    let verification = BuiltInVerification::Configured;
    let profile = Profile { verification, ..Profile::security_key([0; 16]) };
    let mut sim = Sim::over(profile, MemoryStore::<8>::new(), 1).unwrap();
    let registration = |user: &[u8]| request::make_credential("example.com", user).option("rk", true);
    let [id, _] = [b"1", b"2"].map(|user| {
        let reply = sim.send(&registration(user).option("uv", true));
        reply.auth_data().and_then(|made| made.credential_id).unwrap()
    });
    let platform = Platform::connect(&mut sim, 2);
    let by_pin = platform.token_for("", 0x04, None);
    let reply = sim.send(&by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV));
    let token = platform.token(&reply).unwrap();

    let of_site = [(0x01, cbor::bytes(&Sha256::digest("example.com")))];
    let user = cbor::map([("id", cbor::bytes(b"1")), ("name", "bob".into())]);
    let named = (0x02, request::descriptor(&id));
    let requests = [
        token.manages(credential_management(0x01)),
        token.manages(credential_management(0x02)),
        token.manages(credential_management(0x04).parameters(of_site)),
        credential_management(0x05),
        token.manages(credential_management(0x07).parameters([named.clone(), (0x03, user)])),
        token.manages(credential_management(0x06).parameters([named])),
    ];
    for request in requests {
        assert_eq!(allocations(&mut sim.world, &request.encode()), (0x00, 0), "{request:?}");
    }
}

/// The counter counts: a test that cannot fail proves nothing.
#[test]
fn an_allocation_is_seen() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 16]))).count_total, 1);
}
