//! hmac-secret-mc: the secrets of a credential while it is being made.

use super::secrets::secrets;
use super::{key, output, profiles, registration, registration_with, sign_in};
use crate::pin::{PROTOCOLS, token, with_pin};
use authenticator_core::{HmacSecret, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes};
use authenticator_testkit::pin::Platform;

const NAME: &str = "hmac-secret-mc";
const SALTS: [u8; 64] = [0x5C; 64];

/// Covers: HM-04
#[test]
fn hm02_they_are_those_of_the_first_sign_in() {
    for (profile, rk) in
        profiles().into_iter().flat_map(|profile| [(profile.clone(), true), (profile, false)])
    {
        for (protocol, length) in PROTOCOLS.into_iter().flat_map(|protocol| [(protocol, 32), (protocol, 64)])
        {
            let mut sim = Sim::new(profile.clone());
            let platform = Platform::connect(&mut sim, protocol);
            let request = registration_with(&sim, rk).extension("hmac-secret", true);
            let reply = sim.send(&request.extension(NAME, platform.salts(&SALTS[..length])));
            assert_eq!(output(&reply, "hmac-secret"), Some(Value::Bool(true)));
            let sealed = output(&reply, NAME).unwrap();
            let given = platform.decrypt(sealed.as_bytes().unwrap()).unwrap();
            assert_eq!(given.len(), length);
            let data = reply.auth_data().unwrap();
            let request = sign_in(data.credential_id.as_ref().unwrap()).option("uv", data.flags & 0x04 != 0);
            let request = if data.flags & 0x04 == 0 { request.without(0x05) } else { request };
            assert_eq!(secrets(&mut sim, 2, &request, &SALTS[..length]), given);
        }
    }
}

#[test]
fn hm02_verification_decides_which() {
    let [profile, _] = profiles();
    let mut sim = with_pin(profile);
    let by_token = token(&mut sim, 0x01);
    let platform = Platform::connect(&mut sim, 2);
    let request = registration(true).extension("hmac-secret", true).extension(NAME, platform.salts(&SALTS));
    let reply = sim.send(&by_token.proves(request));
    let given = platform.decrypt(output(&reply, NAME).unwrap().as_bytes().unwrap()).unwrap();
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    assert_ne!(secrets(&mut sim, 2, &sign_in(&id), &SALTS), given, "unverified");
    let by_token = token(&mut sim, 0x02);
    assert_eq!(secrets(&mut sim, 2, &by_token.proves(sign_in(&id)), &SALTS), given, "verified");
}

#[test]
fn hm01_it_goes_with_hmac_secret_alone() {
    let mut sim = key();
    let platform = Platform::connect(&mut sim, 2);
    let request = registration(true).extension(NAME, platform.salts(&SALTS));
    sim.user.seen.clear();
    assert_eq!(sim.send(&request).status, 0x14);
    assert_eq!(sim.send(&request.clone().extension("hmac-secret", false)).status, 0x14);
    assert!(sim.user.seen.is_empty(), "what is wrong with the request is said at once");
    assert_eq!(sim.send(&request.extension("hmac-secret", true)).status, 0x00);
}

/// Covers: HS-05
#[test]
fn hm03_with_salts_that_cannot_be_read_no_credential_is_made() {
    let mut sim = key();
    let platform = Platform::connect(&mut sim, 2);
    let request = |salts: Value| registration(true).extension("hmac-secret", true).extension(NAME, salts);
    let broken = |member: i64, value: Value| {
        let mut salts = platform.salts(&SALTS).into_map().unwrap();
        let place = salts.iter().position(|(key, _)| *key == member.into()).unwrap();
        salts[place].1 = value;
        Value::Map(salts)
    };
    let short = platform.encrypt(&[1; 16]);
    let too_short = || {
        let mut salts = broken(2, bytes(&short)).into_map().unwrap();
        salts[2].1 = bytes(&platform.authenticate(&short));
        Value::Map(salts)
    };
    let commits = sim.world.store.commits();
    for (salts, status) in
        [(broken(3, bytes(&[0; 32])), 0x33), (broken(4, 9.into()), 0x02), (too_short(), 0x02)]
    {
        sim.user.seen.clear();
        assert_eq!(sim.send(&request(salts)).status, status);
        assert_eq!((sim.user.seen.len(), sim.world.store.commits()), (1, commits));
    }
}

#[test]
fn hm04_an_authenticator_that_does_it_at_sign_in_alone_passes_it_over() {
    let [profile, _] = profiles();
    let mut sim = Sim::new(Profile { hmac_secret: HmacSecret::AtSignIn, ..profile });
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&registration(true).extension(NAME, platform.salts(&SALTS)));
    assert_eq!(output(&reply, NAME), None);
}
