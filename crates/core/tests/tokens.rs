//! makeCredential and getAssertion on an authenticator with a PIN: what a pinUvAuthToken proves, and what comes without one
//! (CTAP 2.3 §6.1.2, §6.2.2).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::store::Store;
use authenticator_core::{
    Ask, BuiltInVerification, Chooser, Gesture, HmacSecret, PinRules, Presence, Profile, Prompt, Refusal,
    Verification, VerificationCount,
};
use authenticator_testkit::cbor::bytes;
use authenticator_testkit::pin::{Platform, Token};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};
use pin::*;
use std::time::Duration;

const OTHER_SITE: &str = "example.org";

/// The flags of a reply: present, verified.
const UP: u8 = 0x01;
const UV: u8 = 0x04;

fn register() -> Request {
    make_credential(SITE, b"user")
}

fn sign_in() -> Request {
    get_assertion(SITE)
}

fn proof_of(reply: &Reply) -> u8 {
    assert_eq!(reply.status, 0x00);
    reply.auth_data().unwrap().flags & (UP | UV)
}

/// A security key with [`PIN`] and one passkey for [`SITE`].
fn key_in_use() -> Sim {
    let mut sim = key_with_pin();
    register_with_token(&mut sim, "user");
    sim
}

fn register_with_token<S: Store>(sim: &mut Sim<S>, user: &str) -> Vec<u8> {
    let token = token(sim, MC);
    let request = token.proves(make_credential(SITE, user.as_bytes()).option("rk", true));
    let reply = sim.send(&request);
    assert_eq!(reply.status, 0x00);
    reply.auth_data().unwrap().credential_id.unwrap()
}

fn prompts<S: Store>(sim: &mut Sim<S>) -> Vec<Ask> {
    sim.user.seen.drain(..).map(|seen| seen.ask).collect()
}

fn token_of(sim: &mut Sim, protocol: u64, permissions: u64, rp_id: Option<&str>) -> Token {
    let platform = Platform::connect(sim, protocol);
    let reply = sim.send(&platform.token_for(PIN, permissions, rp_id));
    platform.token(&reply).unwrap()
}

/// Covers: GA-02
#[test]
fn mc03_an_empty_param_asks_for_a_touch_and_says_whether_there_is_a_pin() {
    for (request, key) in [(register(), 0x08), (sign_in(), 0x06)] {
        // Nothing else of the request is looked at yet, not even the protocol.
        for request in
            [request.clone(), request.clone().with(key + 1, 99), request.clone().option("rk", true)]
        {
            let empty = request.with(key, bytes(&[]));
            for (mut sim, status) in [(security_key_with(false), 0x35), (security_key_with(true), 0x31)] {
                sim.user.seen.clear();
                assert_eq!(sim.send(&empty).status, status);
                let seen = sim.user.seen.pop().unwrap();
                assert!(matches!(seen.prompt, Prompt::Selection));
                assert_eq!(seen.ask, Ask::Presence);
                for (refusal, status) in [
                    (Refusal::Declined, 0x27),
                    (Refusal::TimedOut, 0x27),
                    (Refusal::Cancelled, 0x2D),
                    (Refusal::Unavailable, 0x27),
                ] {
                    sim.user.will(Answer::Refuse(refusal));
                    assert_eq!(sim.send(&empty).status, status, "{refusal:?}");
                }
                let absent = Gesture { presence: Presence::No, ..Gesture::TOUCH };
                sim.user.will(Answer::Give(absent));
                assert_eq!(sim.send(&empty).status, 0x27);
            }
        }
    }
}

fn security_key_with(pin: bool) -> Sim {
    if pin { key_with_pin() } else { key() }
}

#[test]
fn mc03_without_any_protocol_an_empty_param_asks_nobody() {
    let hmac_secret = HmacSecret::Unsupported;
    let profile = Profile { client_pin: None, hmac_secret, ..without_settings() };
    let mut sim = Sim::new(profile);
    assert_eq!(sim.send(&register().with(0x08, bytes(&[]))).status, 0x14);
    assert_eq!(sim.send(&register().with(0x08, bytes(&[])).with(0x09, 1)).status, 0x02);
    assert!(sim.user.seen.is_empty());
}

/// Covers: MC-32, AD-02
#[test]
fn mc17_a_token_verifies_the_user_of_a_registration() {
    for protocol in PROTOCOLS {
        let mut sim = key_with_pin();
        let token = token_of(&mut sim, protocol, MC, Some(SITE));
        sim.user.seen.clear();
        let reply = sim.send(&token.proves(register().option("rk", true)));
        assert_eq!(proof_of(&reply), UP | UV);
        assert_eq!(prompts(&mut sim), [Ask::Presence], "MC-23: the touch is still to come");
    }
}

#[test]
fn mc17_what_a_token_does_not_allow_is_refused_before_anyone_is_asked() {
    for protocol in PROTOCOLS {
        let mut sim = key_with_pin();
        let refused = |sim: &mut Sim, request: &Request| {
            sim.user.seen.clear();
            assert_eq!(sim.send(request).status, 0x33);
            assert!(sim.user.seen.is_empty());
        };
        let token = token_of(&mut sim, protocol, GA, Some(SITE));
        refused(&mut sim, &token.proves(register()));
        let token = token_of(&mut sim, protocol, MC, Some(OTHER_SITE));
        refused(&mut sim, &token.proves(register()));
        let token = token_of(&mut sim, protocol, MC, Some(SITE));
        let other_protocol = 3 - protocol;
        refused(&mut sim, &token.proves(register()).with(0x09, other_protocol));
        let param = token.authenticate(b"another message");
        refused(&mut sim, &register().with(0x08, bytes(&param)).with(0x09, protocol));
        for length in [1, 15, 17, 31, 33] {
            refused(&mut sim, &register().with(0x08, bytes(&vec![0; length])).with(0x09, protocol));
        }
        // None of it has used the token up.
        assert_eq!(proof_of(&sim.send(&token.proves(register()))), UP | UV);
        // And now it is.
        refused(&mut sim, &token.proves(register()));
    }
}

/// Covers: TOK-17
#[test]
fn mc17_a_token_of_the_old_kind_is_bound_to_the_first_site() {
    let mut sim = key_in_use();
    let platform = Platform::connect(&mut sim, 1);
    let reply = sim.send(&platform.pin_token(PIN));
    let token = platform.token(&reply).unwrap();
    assert_eq!(proof_of(&sim.send(&token.proves(sign_in()).option("up", false))), UV);
    assert_eq!(sim.send(&token.proves(make_credential(OTHER_SITE, b"1"))).status, 0x33);
    assert_eq!(proof_of(&sim.send(&token.proves(register()))), UP | UV);
}

/// Covers: GA-06
#[test]
fn mc18_where_nothing_protects_the_authenticator_a_param_is_ignored() {
    let mut sim = key();
    for protocol in PROTOCOLS {
        let request = register().option("rk", true).with(0x08, bytes(&[7; 16])).with(0x09, protocol);
        assert_eq!(proof_of(&sim.send(&request)), UP);
        let request = sign_in().with(0x06, bytes(&[7; 16])).with(0x07, protocol);
        assert_eq!(proof_of(&sim.send(&request)), UP);
    }
}

/// Covers: MC-16
#[test]
fn mc13_a_pin_is_demanded_for_passkeys_and_not_for_second_factors() {
    let mut sim = key_with_pin();
    sim.user.seen.clear();
    assert_eq!(sim.send(&register().option("rk", true)).status, 0x36);
    assert!(sim.user.seen.is_empty());
    assert_eq!(proof_of(&sim.send(&register())), UP);

    let rules = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let mut sim = with_pin(Profile { client_pin: Some(rules), ..security_key() });
    assert_eq!(sim.send(&register().option("rk", true)).status, 0x27);
    assert_eq!(proof_of(&sim.send(&register())), UP);
}

#[test]
fn mc14_without_make_cred_uv_not_rqd_a_pin_is_demanded_for_everything() {
    let mut sim = with_pin(Profile { make_cred_uv_not_rqd: false, ..security_key() });
    for rk in [false, true] {
        assert_eq!(sim.send(&register().option("rk", rk)).status, 0x36);
        let token = token(&mut sim, MC);
        assert_eq!(proof_of(&sim.send(&token.proves(register().option("rk", rk)))), UP | UV);
    }
    let mut sim = Sim::new(Profile { make_cred_uv_not_rqd: false, ..security_key() });
    assert_eq!(proof_of(&sim.send(&register().option("rk", true))), UP, "nothing protects it yet");

    let rules = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let profile = Profile { client_pin: Some(rules), make_cred_uv_not_rqd: false, ..security_key() };
    assert_eq!(with_pin(profile).send(&register()).status, 0x27);
}

/// A host that verifies, with a PIN that is not set: only a PIN that is set can be asked for (MC-13), but a device without any
/// protection is to get one (MC-12).
#[test]
fn mc13_a_pin_that_is_not_set_is_not_asked_for() {
    let mut sim = Sim::new(with_display());
    assert_eq!(sim.send(&register().option("rk", true)).status, 0x27);
    let mut sim = with_pin(with_display());
    assert_eq!(sim.send(&register().option("rk", true)).status, 0x36);
}

/// Covers: GA-04
#[test]
fn mc12_with_always_uv_only_a_token_or_the_host_will_do() {
    let always = Profile { always_uv: true, ..security_key() };
    let mut sim = Sim::new(always.clone());
    for request in [register(), sign_in()] {
        assert_eq!(sim.send(&request).status, 0x36, "a PIN is to be set");
    }
    let mut sim = with_pin(always.clone());
    let token = token_of(&mut sim, 2, MC, Some(SITE));
    assert_eq!(proof_of(&sim.send(&token.proves(register().option("rk", true)))), UP | UV);
    for request in [register(), sign_in()] {
        assert_eq!(sim.send(&request).status, 0x36);
    }
    assert_eq!(proof_of(&sim.send(&sign_in().option("up", false))), 0, "a silent look is exempt");
    let token = token_of(&mut sim, 2, GA, Some(SITE));
    assert_eq!(proof_of(&sim.send(&token.proves(sign_in()))), UP | UV);

    let rules = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let mut sim = with_pin(Profile { client_pin: Some(rules), ..always.clone() });
    for request in [register(), sign_in()] {
        assert_eq!(sim.send(&request).status, 0x27);
    }
    // The host verifies whoever brings no token.
    let mut sim = with_pin(Profile { verification: BuiltInVerification::Configured, ..always });
    sim.user.seen.clear();
    assert_eq!(proof_of(&sim.send(&register())), UP | UV);
    assert_eq!(prompts(&mut sim), [Ask::Verification]);
    let token = token_of(&mut sim, 2, MC, Some(SITE));
    sim.user.seen.clear();
    assert_eq!(proof_of(&sim.send(&token.proves(register()))), UP | UV);
    assert_eq!(prompts(&mut sim), [Ask::Presence]);
}

/// Covers: GA-07
#[test]
fn mc19_whoever_is_not_recognised_may_fall_back_on_the_pin() {
    let no_fallback = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let cases = [
        (Refusal::TimedOut, 0x2F, 0x2F),
        (Refusal::Cancelled, 0x2D, 0x2D),
        (Refusal::Declined, 0x27, 0x27),
        (Refusal::VerificationFailed { left: 2 }, 0x36, 0x27),
        (Refusal::VerificationFailed { left: 0 }, 0x36, 0x32),
        (Refusal::LockedOut { until: None }, 0x36, 0x32),
        (Refusal::Unavailable, 0x36, 0x27),
    ];
    for (refusal, with_pin_set, without) in cases {
        let mut set = with_pin(with_display());
        let mut not_set = Sim::new(with_display());
        let mut no_use = with_pin(Profile { client_pin: Some(no_fallback.clone()), ..with_display() });
        for (sim, status) in [(&mut set, with_pin_set), (&mut not_set, without), (&mut no_use, without)] {
            assert_eq!(proof_of(&sim.send(&register().option("rk", true).option("uv", true))), UP | UV);
            for request in [register(), sign_in()] {
                sim.user.will(Answer::Refuse(refusal));
                assert_eq!(sim.send(&request.option("uv", true)).status, status, "{refusal:?}");
            }
        }
    }
}

/// Covers: CP-17
#[test]
fn mc19_failed_verifications_that_are_counted_here_run_out() {
    let mut sim = with_pin(biometric_key());
    let fails = Answer::Refuse(Refusal::VerificationFailed { left: 200 });
    for left in (0..5).rev() {
        sim.user.will(fails.clone());
        assert_eq!(sim.send(&register().option("uv", true)).status, 0x36, "the PIN is still there");
        assert_eq!(verification_retries(&mut sim), left);
    }
    sim.user.seen.clear();
    assert_eq!(sim.send(&register().option("uv", true)).status, 0x36);
    assert!(sim.user.seen.is_empty(), "nobody is asked any more");
    let _ = token(&mut sim, MC);
    assert_eq!(verification_retries(&mut sim), 5, "CP-09: a PIN that is right gives all of them back");
    for _ in 0..2 {
        sim.user.will(fails.clone());
        assert_eq!(sim.send(&register().option("uv", true)).status, 0x36);
    }
    assert_eq!(proof_of(&sim.send(&register().option("uv", true))), UP | UV);
    assert_eq!(verification_retries(&mut sim), 5, "and so does being recognised");

    // Without a PIN there is nothing to fall back on.
    let mut sim = Sim::new(biometric_key());
    for status in [0x27, 0x27, 0x27, 0x27, 0x32, 0x32] {
        sim.user.will(fails.clone());
        assert_eq!(sim.send(&register().option("uv", true)).status, status);
    }
    unplug(&mut sim);
    assert_eq!(sim.send(&register().option("uv", true)).status, 0x32, "over a power cycle too");
}

/// Dropped at any step, or with the power gone, an attempt at a verification is never given back.
#[test]
fn mc19_an_attempt_at_a_verification_is_spent_before_anyone_is_asked() {
    let mut sim = with_pin(biometric_key());
    for left in (0..5).rev() {
        let dropped = sim.run_and_drop(&register().option("uv", true).encode(), 1);
        assert_eq!(dropped.err(), Some("NeedsUser"));
        unplug(&mut sim);
        assert_eq!(verification_retries(&mut sim), left);
    }
}

/// Nobody tried, so nothing is spent; a wrong finger, or a loss of power, costs an attempt.
///
/// Covers: CP-17
#[test]
fn mc19_a_prompt_that_nobody_answers_costs_no_attempt() {
    let refusals = [
        (Refusal::Cancelled, 0x2D),
        (Refusal::Declined, 0x27),
        (Refusal::TimedOut, 0x2F),
        (Refusal::Unavailable, 0x36),
    ];
    let mut sim = with_pin(biometric_key());
    for (refusal, status) in refusals {
        sim.user.will(Answer::Refuse(refusal));
        assert_eq!(sim.send(&register().option("uv", true)).status, status);
        assert_eq!(verification_retries(&mut sim), 5, "{refusal:?}");
    }
}

/// A finger that nobody asked for is a touch where attempts are counted: it could be tried without end.
///
/// Covers: MC-16
#[test]
fn mc19_a_verification_for_which_no_attempt_was_spent_is_a_touch() {
    let mut sim = with_pin(biometric_key());
    sim.user.will(Answer::Give(Gesture::VERIFIED));
    assert_eq!(proof_of(&sim.send(&register())), UP);
    let mut sim = with_pin(with_display());
    sim.user.will(Answer::Give(Gesture::VERIFIED));
    assert_eq!(proof_of(&sim.send(&register())), UP | UV, "the host that counts may verify whom it likes");
}

/// Blocked, nothing tells a credential that is there from one that is not.
///
/// Covers: GA-10
#[test]
fn ga07_a_blocked_verification_says_nothing_of_credentials() {
    let mut sim = Sim::new(biometric_key());
    let fails = Answer::Refuse(Refusal::VerificationFailed { left: 200 });
    let made = sim.send(&register().option("rk", true).option("uv", true));
    assert_eq!(made.status, 0x00);
    for _ in 0..5 {
        sim.user.will(fails.clone());
        let _ = sim.send(&register().option("uv", true));
    }
    for site in [SITE, OTHER_SITE] {
        assert_eq!(sim.send(&get_assertion(site).option("uv", true)).status, 0x32);
    }
}

/// What the host says is passed on, and asked again all the same: it is the host that locks.
#[test]
fn mc19_failed_verifications_that_the_host_counts_are_only_mirrored() {
    let mut sim = with_pin(Profile { verification_count: VerificationCount::ByHost, ..biometric_key() });
    for left in [4, 0] {
        sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left }));
        assert_eq!(sim.send(&register().option("uv", true)).status, 0x36);
        assert_eq!(verification_retries(&mut sim), u64::from(left));
    }
    assert_eq!(proof_of(&sim.send(&register().option("uv", true))), UP | UV);
    assert_eq!(verification_retries(&mut sim), 5);
}

/// Covers: MC-21
#[test]
fn mc20_a_token_shows_what_is_excluded_only_for_the_verified() {
    let mut sim = key_with_pin();
    let token = token_of(&mut sim, 2, MC, Some(SITE));
    let protected = register().option("rk", true).extension("credProtect", 3);
    let reply = sim.send(&token.proves(protected));
    let credential = reply.auth_data().unwrap().credential_id.unwrap();
    let again = make_credential(SITE, b"another").list([credential.as_slice()]);
    assert_eq!(proof_of(&sim.send(&again)), UP, "a stranger does not learn that it is there");
    let token = token_of(&mut sim, 2, MC, Some(SITE));
    sim.user.seen.clear();
    assert_eq!(sim.send(&token.proves(again)).status, 0x19);
    assert_eq!(prompts(&mut sim), [Ask::Presence]);
}

/// A token that came of a verification which was a touch as well stands for that touch, for a while and once.
///
/// Covers: TOK-06, TOK-10, MC-22
#[test]
fn mc23_a_token_whose_user_was_there_asks_for_no_second_touch() {
    for (waits, expected) in [(30_000, vec![]), (30_001, vec![Ask::Presence])] {
        let mut sim = Sim::new(biometric_key());
        let platform = Platform::connect(&mut sim, 2);
        let reply = sim.send(&token_by_verification(&platform, MC | GA, Some(SITE)));
        let token = platform.token(&reply).unwrap();
        // Used once, it lives on.
        assert_eq!(sim.send(&token.proves(sign_in())).status, 0x2E);
        sim.clock.advance(Duration::from_millis(waits));
        sim.user.seen.clear();
        assert_eq!(proof_of(&sim.send(&token.proves(register().option("rk", true)))), UP | UV);
        assert_eq!(prompts(&mut sim), expected);
        assert_eq!(sim.send(&token.proves(register())).status, 0x33, "TOK-14: once");
    }
}

/// Covers: MC-20
#[test]
fn mc23_a_token_whose_user_was_there_shows_what_is_excluded_at_once() {
    let mut sim = Sim::new(biometric_key());
    let reply = sim.send(&register().option("rk", true).option("uv", true));
    let credential = reply.auth_data().unwrap().credential_id.unwrap();
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&token_by_verification(&platform, MC, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    sim.user.seen.clear();
    assert_eq!(sim.send(&token.proves(register().list([credential.as_slice()]))).status, 0x19);
    assert!(sim.user.seen.is_empty());
}

/// A verification without presence gives a token that proves none.
#[test]
fn mc23_a_verification_without_presence_leaves_the_touch_to_come() {
    let mut sim = Sim::new(biometric_key());
    let absent = Gesture { presence: Presence::No, verification: Verification::ByHost, chosen: None };
    let platform = Platform::connect(&mut sim, 2);
    sim.user.will(Answer::Give(absent));
    let reply = sim.send(&token_by_verification(&platform, MC, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    sim.user.seen.clear();
    assert_eq!(proof_of(&sim.send(&token.proves(register()))), UP | UV);
    assert_eq!(prompts(&mut sim), [Ask::Presence]);
}

#[test]
fn ga05_a_token_verifies_the_user_of_a_sign_in() {
    for protocol in PROTOCOLS {
        let mut sim = key_in_use();
        let token = token_of(&mut sim, protocol, GA, Some(SITE));
        sim.user.seen.clear();
        let reply = sim.send(&token.proves(sign_in()));
        assert_eq!(proof_of(&reply), UP | UV);
        assert_eq!(prompts(&mut sim), [Ask::Presence]);
        assert_eq!(sim.send(&token.proves(sign_in())).status, 0x33, "TOK-14: once");
    }
}

#[test]
fn ga05_what_a_token_does_not_allow_is_refused_before_anyone_is_asked() {
    for protocol in PROTOCOLS {
        let mut sim = key_in_use();
        let refused = |sim: &mut Sim, request: &Request| {
            sim.user.seen.clear();
            assert_eq!(sim.send(request).status, 0x33);
            assert!(sim.user.seen.is_empty());
        };
        let token = token_of(&mut sim, protocol, MC, Some(SITE));
        refused(&mut sim, &token.proves(sign_in()));
        let token = token_of(&mut sim, protocol, GA, Some(OTHER_SITE));
        refused(&mut sim, &token.proves(sign_in()));
        let token = token_of(&mut sim, protocol, GA, Some(SITE));
        refused(&mut sim, &token.proves(sign_in()).with(0x07, 3 - protocol));
        let param = token.authenticate(b"another message");
        refused(&mut sim, &sign_in().with(0x06, bytes(&param)).with(0x07, protocol));
        assert_eq!(proof_of(&sim.send(&token.proves(sign_in()))), UP | UV);
    }
}

/// Covers: TOK-16, GA-12
#[test]
fn ga05_a_silent_look_uses_no_token_up() {
    let mut sim = key_in_use();
    let token = token_of(&mut sim, 2, GA, Some(SITE));
    sim.user.seen.clear();
    for _ in 0..3 {
        assert_eq!(proof_of(&sim.send(&token.proves(sign_in()).option("up", false))), UV);
    }
    assert!(sim.user.seen.is_empty());
    assert_eq!(proof_of(&sim.send(&token.proves(sign_in()))), UP | UV);
}

/// Covers: GA-17
#[test]
fn ga09_a_token_opens_what_is_protected() {
    let mut sim = key_with_pin();
    let token = token_of(&mut sim, 2, MC, Some(SITE));
    assert_eq!(
        sim.send(&token.proves(register().option("rk", true).extension("credProtect", 3))).status,
        0x00
    );
    assert_eq!(sim.send(&sign_in()).status, 0x2E);
    let token = token_of(&mut sim, 2, GA, Some(SITE));
    let reply = sim.send(&token.proves(sign_in()));
    assert_eq!(proof_of(&reply), UP | UV);
    let user = reply.member(0x04).unwrap();
    assert!(
        user.as_map().unwrap().iter().any(|(key, _)| key.as_text() == Some("name")),
        "names for the verified"
    );
}

/// A prompt offers what the token opens, and the choice is still the person's.
#[test]
fn ga16_a_token_whose_user_was_there_still_leaves_the_choice() {
    let profile = Profile { chooser: Chooser::Host, ..biometric_key() };
    let mut sim = Sim::new(profile);
    for user in [b"one", b"two"] {
        let request = make_credential(SITE, user).option("rk", true).option("uv", true);
        assert_eq!(sim.send(&request.extension("credProtect", 3)).status, 0x00);
    }
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&token_by_verification(&platform, GA, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    sim.user.seen.clear();
    sim.user.will(Answer::Choose(1));
    let reply = sim.send(&token.proves(sign_in()));
    assert_eq!(proof_of(&reply), UP | UV);
    let seen = sim.user.seen.pop().unwrap();
    assert_eq!((seen.ask, seen.candidates.len()), (Ask::Presence, 2));
    assert_eq!(reply.member(0x06).and_then(|selected| selected.as_bool()), Some(true));
}

/// Without presence, too: a verified user chooses.
///
/// Covers: GA-12, TOK-16
#[test]
fn ga16_a_silent_look_by_token_among_several_accounts_asks_which() {
    let mut sim = Sim::new(with_display());
    for user in [b"one", b"two"] {
        let request = make_credential(SITE, user).option("rk", true).option("uv", true);
        assert_eq!(sim.send(&request).status, 0x00);
    }
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&token_by_verification(&platform, GA, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    sim.user.will(Answer::Choose(1));
    let silent = sim.send(&token.proves(sign_in()).option("up", false));
    assert_eq!(proof_of(&silent), UV);
    assert_eq!(proof_of(&sim.send(&sign_in().option("up", false))), 0, "nobody is asked without a token");
}

/// One account, accounts that the site named, or a client that chooses: nobody has to be asked which.
///
/// Covers: GA-12
#[test]
fn ga16_a_silent_look_by_token_asks_nobody_when_the_host_has_nothing_to_choose() {
    for (profile, users, is_named) in [
        (with_display(), [b"one"].as_slice(), false),
        (with_display(), &[b"one", b"two"], true),
        (security_key(), &[b"one", b"two"], false),
    ] {
        let mut sim = with_pin(profile);
        let mut credentials = Vec::new();
        for user in users {
            let token = token(&mut sim, MC);
            let reply = sim.send(&token.proves(make_credential(SITE, *user).option("rk", true)));
            credentials.push(reply.auth_data().unwrap().credential_id.unwrap());
        }
        let token = token(&mut sim, GA);
        sim.user.seen.clear();
        let request = token.proves(sign_in()).option("up", false);
        let list = credentials.iter().map(Vec::as_slice);
        let request = if is_named { request.list(list) } else { request };
        assert_eq!(proof_of(&sim.send(&request)), UV);
        assert!(sim.user.seen.is_empty());
    }
}

/// Covers: GN-02
#[test]
fn gn06_st08_the_rest_of_a_sign_in_dies_with_its_token() {
    let begun = |sim: &mut Sim| {
        let token = token_of(sim, 2, GA, Some(SITE));
        let reply = sim.send(&token.proves(sign_in()));
        assert_eq!(reply.member(0x05).and_then(|count| count.as_integer()), Some(3.into()));
    };
    let mut sim = key_with_pin();
    for user in ["one", "two", "three"] {
        register_with_token(&mut sim, user);
    }
    begun(&mut sim);
    assert_eq!(proof_of(&sim.send_bytes(&[0x08])), UP | UV);

    begun(&mut sim);
    assert_eq!(change_pin(&mut sim, PIN, "4321"), 0x00);
    assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
}

/// The token's ten minutes end while the thirty seconds of getNextAssertion still run.
#[test]
fn gn06_st08_a_token_that_expires_in_between_ends_it() {
    let mut sim = key_with_pin();
    for user in ["one", "two", "three"] {
        register_with_token(&mut sim, user);
    }
    let token = token_of(&mut sim, 2, GA, Some(SITE));
    assert_eq!(sim.send(&token.proves(sign_in()).option("up", false)).status, 0x00);
    sim.clock.advance(Duration::from_secs(590));
    assert_eq!(sim.send(&token.proves(sign_in())).status, 0x00);
    sim.clock.advance(Duration::from_secs(10));
    assert_eq!(proof_of(&sim.send_bytes(&[0x08])), UP | UV, "exactly ten minutes");
    sim.clock.advance(Duration::from_millis(1));
    assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
}
