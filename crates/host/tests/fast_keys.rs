//! `FastKeys` makes the keys that `SoftwareKeys` makes, and nothing else of a registration changes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::UnwantedKey;
use authenticator_core::{Context, Profile};
use authenticator_host::{FastKeys, HashMapStore, Keys, SoftwareKeys, blocking};
use authenticator_testkit::{Sim, cbor, reply::Reply, request};

/// Makes keys with the one and signs with the other.
struct Both<A, B>(A, B);

impl<A: Keys, B: Keys> Keys for Both<A, B> {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        self.0.generate(cx, request)
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        self.1.sign(cx, request)
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        self.0.destroy(key)
    }
}

/// What a device of this seed says to a registration and a sign-in.
fn replies(mut keys: impl Keys, algorithm: i64, seed: u64) -> [Vec<u8>; 2] {
    let mut sim = Sim::over(Profile::security_key([0; 16]), HashMapStore::default(), seed).unwrap();
    let wanted = cbor::array([request::algorithm(algorithm)]);
    let registration =
        request::make_credential("example.com", b"user 1").option("rk", true).with(0x04, wanted);
    [registration, request::get_assertion("example.com")].map(|request| {
        let mut reply = [0; 1024];
        let Sim { world, user, requester, .. } = &mut sim;
        let (_, length) = blocking::handle(world, user, &mut keys, *requester, &request.encode(), &mut reply);
        reply[..length].to_vec()
    })
}

#[test]
fn the_keys_of_the_two_are_the_same() {
    let fast = FastKeys::detect();
    for (algorithm, seed) in
        [-7, -8].into_iter().flat_map(|algorithm| (0..50).map(move |seed| (algorithm, seed)))
    {
        let slow = replies(SoftwareKeys, algorithm, seed);
        assert!(slow.iter().all(|reply| reply[0] == 0x00));
        assert_eq!(slow, replies(fast, algorithm, seed));
        assert_eq!(slow, replies(Both(fast, SoftwareKeys), algorithm, seed));
        assert_eq!(slow, replies(Both(SoftwareKeys, fast), algorithm, seed));
    }
}

#[test]
fn a_processor_that_is_found_to_have_the_instructions_has_them() {
    if !FastKeys::detect().is_fast() {
        println!("SKIP: this processor lacks an instruction that graviola needs");
        return;
    }
    let [registered, _] = replies(FastKeys::detect(), -7, 1);
    assert!(Reply::new(&registered).unwrap().is_self_attested(&request::CLIENT_DATA_HASH));
}
