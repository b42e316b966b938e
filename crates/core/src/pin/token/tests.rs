//! The token's life on the hand-fed clock.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::{Grant, Permissions, Token, Unauthorised};
use crate::credential::RpIdHash;
use crate::pin::Protocol;
use crate::time::{BootId, Now};
use authenticator_testkit::SeededRng;
use core::time::Duration;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SITE: RpIdHash = RpIdHash([1; 32]);
const OTHER: RpIdHash = RpIdHash([2; 32]);
const MESSAGE: &[&[u8]] = &[b"one", b"two"];

fn at(millis: u64) -> Now {
    Now { boot: BootId([0; 16]), since_boot: Duration::from_millis(millis), unix: None }
}

fn grant(permissions: Permissions) -> Grant {
    Grant { protocol: Protocol::Two, permissions, rp_id_hash: None, user_present: true }
}

const ALL: Permissions = Permissions(0x7F);

/// A token issued at power-up, and what its platform computes over [`MESSAGE`].
fn issued(grant: Grant) -> (Token, [u8; 32]) {
    let mut token = Token::new();
    let mut mac =
        Hmac::<Sha256>::new_from_slice(token.issue(grant, &mut SeededRng::new(7), at(0)).expose()).unwrap();
    MESSAGE.iter().for_each(|part| mac.update(part));
    (token, mac.finalize().into_bytes().into())
}

/// Whether the token is good for a command that needs no site.
fn serves(token: &mut Token, param: &[u8], now: Now) -> bool {
    token.authorise((Protocol::Two, param), MESSAGE, ALL, now).is_ok()
}

#[test]
fn tok01_undefined_permission_bits_are_dropped() {
    assert_eq!(Permissions::from_bits(0x80), Permissions::NONE);
    assert_eq!(Permissions::from_bits(0xFFFF_FF00), Permissions::NONE);
    assert_eq!(Permissions::from_bits(0xFF), ALL);
    let each = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40].map(Permissions::from_bits);
    let named = [
        Permissions::MAKE_CREDENTIAL,
        Permissions::GET_ASSERTION,
        Permissions::CREDENTIAL_MANAGEMENT,
        Permissions::BIO_ENROLLMENT,
        Permissions::LARGE_BLOB_WRITE,
        Permissions::CONFIGURATION,
        Permissions::READ_ONLY_MANAGEMENT,
    ];
    assert_eq!(each, named);
}

#[test]
fn tok03_at_power_up_no_token_verifies_anything() {
    let (_, param) = issued(grant(ALL));
    let mut fresh = Token::new();
    assert!(!serves(&mut fresh, &param, at(0)));
    let mut of_zeros = Hmac::<Sha256>::new_from_slice(&[0; 32]).unwrap();
    MESSAGE.iter().for_each(|part| of_zeros.update(part));
    let param: [u8; 32] = of_zeros.finalize().into_bytes().into();
    assert!(!serves(&mut fresh, &param, at(0)), "its bytes are worth nothing before it is in use");
}

#[test]
fn tok05_a_new_token_ends_the_one_before_whatever_its_protocol() {
    let (mut token, param) = issued(grant(ALL));
    assert!(serves(&mut token, &param, at(1)));
    let serial = token.serial;
    token.issue(Grant { protocol: Protocol::One, ..grant(ALL) }, &mut SeededRng::new(8), at(2));
    assert!(!serves(&mut token, &param, at(3)));
    assert!(!token.is_in_use(serial, at(3)));
}

#[test]
fn tok08_a_token_that_nobody_uses_lasts_thirty_seconds() {
    let (mut token, param) = issued(grant(ALL));
    assert!(serves(&mut token, &param, at(30_000)));
    let (mut token, param) = issued(grant(ALL));
    assert!(!serves(&mut token, &param, at(30_001)));
    assert!(!serves(&mut token, &param, at(1)), "a clock that steps back does not bring it back");
}

/// Covers: TOK-18
#[test]
fn tok08_a_param_that_fails_is_no_use() {
    let (mut token, param) = issued(grant(ALL));
    assert!(!serves(&mut token, &[0; 32], at(10_000)));
    assert!(!serves(&mut token, &param, at(30_001)));
}

/// Covers: TOK-07, TOK-09
#[test]
fn tok11_a_token_in_use_lasts_ten_minutes() {
    let (mut token, param) = issued(grant(ALL));
    assert!(serves(&mut token, &param, at(30_000)));
    assert!(serves(&mut token, &param, at(600_000)), "idle for more than nine minutes");
    assert!(!serves(&mut token, &param, at(600_001)));
    assert_eq!(token.secret.expose(), &[0; 32], "and it is wiped");
}

#[test]
fn tok10_presence_lasts_thirty_seconds_and_verification_longer() {
    let use_at = |token: &mut Token, param: &[u8], millis| {
        let mc = Permissions::MAKE_CREDENTIAL;
        token.authorise_for((Protocol::Two, param), MESSAGE, mc, &SITE, at(millis)).unwrap()
    };
    let (mut token, param) = issued(grant(ALL));
    assert!(use_at(&mut token, &param, 30_000).user_present());
    assert!(!use_at(&mut token, &param, 30_001).user_present());
    let (mut token, param) = issued(Grant { user_present: false, ..grant(ALL) });
    assert!(!use_at(&mut token, &param, 1).user_present(), "TOK-06: it is what was said when it was issued");
}

#[test]
fn tok12_only_its_own_protocol_and_param_verify() {
    let (mut token, param) = issued(grant(ALL));
    assert_eq!(token.authorise((Protocol::One, &param), MESSAGE, ALL, at(1)), Err(Unauthorised));
    assert_eq!(token.authorise((Protocol::One, &param[..16]), MESSAGE, ALL, at(1)), Err(Unauthorised));
    assert_eq!(token.authorise((Protocol::Two, &param[..16]), MESSAGE, ALL, at(1)), Err(Unauthorised));
    assert_eq!(token.authorise((Protocol::Two, &param), &[b"onetw"], ALL, at(1)), Err(Unauthorised));
    for bit in 0..256 {
        let mut changed = param;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(token.authorise((Protocol::Two, &changed), MESSAGE, ALL, at(1)), Err(Unauthorised));
    }
    assert_eq!(token.authorise((Protocol::Two, &param), &[b"onetwo"], ALL, at(1)), Ok(None));
}

#[test]
fn tok13_a_stopped_token_says_nothing_of_its_user() {
    let (mut token, param) = issued(grant(ALL));
    let serial = token.serial;
    assert!(token.is_in_use(serial, at(1)));
    token.stop();
    assert!(!token.is_in_use(serial, at(1)));
    assert!(!serves(&mut token, &param, at(1)));
    assert_eq!(token.secret.expose(), &[0; 32]);
}

/// Covers: TOK-15
#[test]
fn tok14_presence_that_was_collected_uses_a_token_up_but_for_large_blobs() {
    let (mut token, param) = issued(grant(ALL));
    let param = (Protocol::Two, param.as_slice());
    assert!(token.authorise(param, MESSAGE, Permissions::CREDENTIAL_MANAGEMENT, at(1)).is_ok());
    assert!(
        token.authorise(param, MESSAGE, Permissions::CONFIGURATION, at(1)).is_ok(),
        "TOK-15: nothing is used up"
    );
    token.consume();
    for permission in [0x01, 0x02, 0x04, 0x08, 0x20, 0x40].map(Permissions::from_bits) {
        assert_eq!(token.authorise(param, MESSAGE, permission, at(2)), Err(Unauthorised));
    }
    assert!(token.authorise(param, MESSAGE, Permissions::LARGE_BLOB_WRITE, at(2)).is_ok());
    let blobs = Permissions::LARGE_BLOB_WRITE;
    assert!(
        token.authorise_for(param, MESSAGE, blobs, &SITE, at(2)).is_err(),
        "its user is not verified any more"
    );
}

#[test]
fn tok17_the_first_site_that_uses_a_token_is_its_only_one() {
    let (mut token, param) = issued(grant(ALL));
    let param = (Protocol::Two, param.as_slice());
    let ga = Permissions::GET_ASSERTION;
    assert!(token.authorise_for(param, MESSAGE, Permissions::NONE, &OTHER, at(1)).is_err());
    assert!(
        token.authorise_for(param, MESSAGE, ga, &SITE, at(1)).is_ok(),
        "what was refused has bound it to nobody"
    );
    assert!(token.authorise_for(param, MESSAGE, ga, &OTHER, at(1)).is_err());
    assert!(token.authorise_for(param, MESSAGE, ga, &SITE, at(1)).is_ok());
    assert_eq!(token.authorise(param, MESSAGE, ALL, at(1)), Ok(Some(SITE)));

    let (mut token, param) = issued(Grant { rp_id_hash: Some(OTHER), ..grant(ALL) });
    let param = (Protocol::Two, param.as_slice());
    assert!(token.authorise_for(param, MESSAGE, ga, &SITE, at(1)).is_err());
}
