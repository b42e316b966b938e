//! What the stories about the PIN have in common.
#![allow(dead_code, clippy::expect_used, reason = "tests, each of which uses a part of it")]

use authenticator_core::store::Store;
use authenticator_core::{BuiltInVerification, Management, Profile, VerificationCount};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::Value;
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::request::{Request, client_pin, config};
use std::time::Duration;

pub(crate) const SITE: &str = "example.com";
pub(crate) const PIN: &str = "1234";
pub(crate) const PROTOCOLS: [u64; 2] = [1, 2];

/// The permissions of a token.
pub(crate) const MC: u64 = 0x01;
pub(crate) const GA: u64 = 0x02;
pub(crate) const CM: u64 = 0x04;
pub(crate) const BE: u64 = 0x08;
pub(crate) const LBW: u64 = 0x10;
pub(crate) const ACFG: u64 = 0x20;
pub(crate) const PCMR: u64 = 0x40;

pub(crate) fn security_key() -> Profile {
    Profile::security_key([0x22; 16])
}

/// A security key with nothing that wants a token: its passkeys are managed on it, and it has no settings.
pub(crate) fn without_settings() -> Profile {
    let management = Management::OnDisplay;
    Profile { management, config: &[], max_rp_ids_for_min_pin_length: 0, ..security_key() }
}

/// A security key with a fingerprint reader, whose failures are counted here.
pub(crate) fn biometric_key() -> Profile {
    let verification = BuiltInVerification::Configured;
    Profile { verification, verification_count: VerificationCount::ByCore, ..security_key() }
}

/// A device with a display that knows a PIN.
pub(crate) fn with_display() -> Profile {
    let Profile { client_pin, config, reset, .. } = security_key();
    Profile { client_pin, config, reset, ..Profile::phone([0x11; 16]) }
}

pub(crate) fn key() -> Sim {
    Sim::new(security_key())
}

/// A security key with [`PIN`] set.
pub(crate) fn key_with_pin() -> Sim {
    with_pin(security_key())
}

pub(crate) fn with_pin(profile: Profile) -> Sim {
    let mut sim = Sim::new(profile);
    assert_eq!(set_pin(&mut sim, PIN), 0x00);
    sim
}

pub(crate) fn set_pin<S: Store>(sim: &mut Sim<S>, pin: &str) -> u8 {
    let platform = Platform::connect(sim, 2);
    sim.send(&platform.set_pin(pin)).status
}

pub(crate) fn change_pin<S: Store>(sim: &mut Sim<S>, old: &str, new: &str) -> u8 {
    let platform = Platform::connect(sim, 2);
    sim.send(&platform.change_pin(old, new)).status
}

/// What comes of trying this PIN, with a key agreement of its own.
pub(crate) fn try_pin<S: Store>(sim: &mut Sim<S>, pin: &str) -> u8 {
    let platform = Platform::connect(sim, 2);
    sim.send(&platform.pin_token(pin)).status
}

/// A token for these permissions at [`SITE`], by the PIN.
pub(crate) fn token<S: Store>(sim: &mut Sim<S>, permissions: u64) -> Token {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&platform.token_for(PIN, permissions, Some(SITE)));
    assert_eq!(reply.status, 0x00, "a token");
    platform.token(&reply).expect("a token has 32 bytes")
}

/// How often a wrong PIN may be tried, and whether the power has to be off before.
pub(crate) fn retries<S: Store>(sim: &mut Sim<S>) -> (u64, bool) {
    let reply = sim.send(&client_pin(subcommand::PIN_RETRIES));
    assert_eq!(reply.status, 0x00, "getPINRetries");
    let left = reply.member(0x03).and_then(|left| left.as_integer()).expect("pinRetries");
    let power_cycle = reply.member(0x04).and_then(|state| state.as_bool()).expect("powerCycleState");
    (left.try_into().expect("a number"), power_cycle)
}

/// How often the host's verification may fail.
pub(crate) fn verification_retries<S: Store>(sim: &mut Sim<S>) -> u64 {
    let reply = sim.send(&client_pin(subcommand::UV_RETRIES));
    let left = reply.member(0x05).and_then(|left| left.as_integer()).expect("uvRetries");
    left.try_into().expect("a number")
}

/// setMinPINLength with these parameters, authorised by [`PIN`].
pub(crate) fn set_min_pin_length<S: Store>(
    sim: &mut Sim<S>,
    parameters: impl IntoIterator<Item = (i64, Value)>,
) {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&platform.token_for(PIN, ACFG, None));
    let token = platform.token(&reply).expect("a token");
    let request = token.authorises(config(0x03).parameters(parameters));
    assert_eq!(sim.send(&request).status, 0x00, "setMinPINLength");
}

/// The PIN must be changed before it can be used.
pub(crate) fn force_change<S: Store>(sim: &mut Sim<S>) {
    set_min_pin_length(sim, [(0x03, Value::from(true))]);
}

/// Off and on again.
pub(crate) fn unplug<S: Store>(sim: &mut Sim<S>) {
    sim.clock.reboot();
    sim.power_cycle(Duration::ZERO);
}

/// getPinUvAuthTokenUsingUvWithPermissions.
pub(crate) fn token_by_verification(platform: &Platform, permissions: u64, rp_id: Option<&str>) -> Request {
    let by_pin = platform.token_for(PIN, permissions, rp_id);
    by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV)
}
