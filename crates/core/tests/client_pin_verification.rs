//! Tokens by the host's verification, and the consent of a device with a display (CTAP 2.3 §6.5.5.7).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::store::CommitError;
use authenticator_core::{
    Ask, BuiltInVerification, ConfigCommand, Gesture, LargeBlobStorage, Presence, Profile, Prompt, Refusal,
    VerificationCount,
};
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::request::{client_pin, get_assertion, make_credential};
use authenticator_testkit::{Answer, Fault, Sim};
use pin::*;

/// A fingerprint reader that counts by itself.
fn counted_by_host() -> Profile {
    Profile { verification_count: VerificationCount::ByHost, ..biometric_key() }
}

fn verified(sim: &mut Sim, permissions: u64) -> (u8, Option<Token>) {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&token_by_verification(&platform, permissions, Some(SITE)));
    (reply.status, platform.token(&reply))
}

#[test]
fn cp16_a_verified_user_gives_a_token() {
    for profile in [biometric_key(), counted_by_host(), Profile::phone([0; 16])] {
        for protocol in PROTOCOLS {
            let mut sim = Sim::new(profile.clone());
            let platform = Platform::connect(&mut sim, protocol);
            let reply = sim.send(&token_by_verification(&platform, MC, Some(SITE)));
            assert_eq!(reply.status, 0x00);
            let [seen] = sim.user.seen.as_slice() else { unreachable!("{:?}", sim.user.seen) };
            let Prompt::Token { rp_id, permissions } = &seen.prompt else { unreachable!("{seen:?}") };
            assert_eq!((rp_id.as_ref().unwrap().as_str(), *permissions), (SITE, 0x01));
            assert_eq!(seen.ask, Ask::Verification);

            let token = platform.token(&reply).unwrap();
            let registered = sim.send(&token.proves(make_credential(SITE, b"user")));
            assert_eq!(registered.status, 0x00);
            assert!(registered.auth_data().unwrap().uv());
        }
    }
}

/// Covers: TOK-06
#[test]
fn cp16_a_verification_that_shows_presence_needs_no_touch_afterwards() {
    for (presence, prompts) in [(Presence::Given, 1), (Presence::No, 2)] {
        let mut sim = Sim::new(counted_by_host());
        sim.user.will(Answer::Give(Gesture { presence, ..Gesture::VERIFIED }));
        let token = verified(&mut sim, MC).1.unwrap();
        let registered = sim.send(&token.proves(make_credential(SITE, b"user")));
        assert_eq!(registered.status, 0x00);
        assert!(registered.auth_data().unwrap().up());
        assert_eq!(sim.user.seen.len(), prompts);
    }
}

#[test]
fn cp16_what_is_answered_says_the_status() {
    let cases = [
        (Answer::Refuse(Refusal::Cancelled), 0x2D),
        (Answer::Refuse(Refusal::Declined), 0x27),
        (Answer::Refuse(Refusal::Unavailable), 0x27),
        (Answer::Refuse(Refusal::TimedOut), 0x2F),
        (Answer::Refuse(Refusal::VerificationFailed { left: 2 }), 0x3F),
        (Answer::Refuse(Refusal::VerificationFailed { left: 0 }), 0x3C),
        (Answer::Refuse(Refusal::LockedOut { until: None }), 0x3C),
        (Answer::Give(Gesture::TOUCH), 0x27),
    ];
    for (answer, status) in cases {
        let mut sim = Sim::new(counted_by_host());
        sim.user.will(answer.clone());
        assert_eq!(verified(&mut sim, MC), (status, None), "{answer:?}");
    }
}

#[test]
fn cp16_without_a_verification_that_is_set_up_there_is_no_token() {
    let profile = Profile { verification: BuiltInVerification::NotConfigured, ..biometric_key() };
    let mut sim = Sim::new(profile);
    assert_eq!(verified(&mut sim, MC), (0x30, None));
    assert!(sim.user.seen.is_empty());
}

#[test]
fn cp16_permissions_are_given_by_what_is_supported() {
    let by_verification = Profile { config_by_verification: true, ..biometric_key() };
    let unused = Profile { config: &[], max_rp_ids_for_min_pin_length: 0, ..biometric_key() };
    assert!(by_verification.config.contains(&ConfigCommand::SetMinPinLength));
    let cases = [
        (biometric_key(), MC | GA, 0x00),
        (biometric_key(), CM, 0x00),
        (biometric_key(), ACFG, 0x40),
        (by_verification, ACFG, 0x00),
        (unused, ACFG, 0x40),
        (biometric_key(), BE, 0x40),
        (biometric_key(), LBW, 0x00),
        (Profile { large_blobs: LargeBlobStorage::None, ..biometric_key() }, LBW, 0x40),
        (biometric_key(), PCMR, 0x00),
        (biometric_key(), PCMR | GA, 0x40),
        (Profile::phone([0; 16]), CM, 0x40),
        (biometric_key(), 0, 0x02),
    ];
    for (profile, permissions, status) in cases {
        assert_eq!(verified(&mut Sim::new(profile), permissions).0, status, "{permissions:#04x}");
    }
    // A PIN that gives no token for sites does not keep a finger from it.
    let mut profile = biometric_key();
    profile.client_pin.as_mut().unwrap().no_mc_ga_permissions = true;
    assert_eq!(verified(&mut Sim::new(profile), MC | GA).0, 0x00);
}

/// Covers: CP-11a
#[test]
fn cp16_a_token_for_sites_names_one() {
    let mut sim = Sim::new(biometric_key());
    let platform = Platform::connect(&mut sim, 2);
    assert_eq!(sim.send(&token_by_verification(&platform, MC, None)).status, 0x14);
    assert_eq!(sim.send(&token_by_verification(&platform, CM, None)).status, 0x00);
}

/// Covers: TOK-19
#[test]
fn cp16_the_persistent_token_is_the_same_by_finger_and_by_pin() {
    let mut sim = with_pin(biometric_key());
    let (status, by_finger) = verified(&mut sim, PCMR);
    assert_eq!(status, 0x00);
    assert_eq!(Some(token(&mut sim, PCMR)), by_finger);
    assert_eq!(verified(&mut sim, PCMR).1, by_finger);
}

#[test]
fn cp17_cp18_failures_are_counted_here_where_the_profile_says_so() {
    let mut sim = with_pin(biometric_key());
    for (left, status) in [(4, 0x3F), (3, 0x3F), (2, 0x3F), (1, 0x3F), (0, 0x3C)] {
        // What the host says is left does not matter.
        sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left: 9 }));
        assert_eq!(verified(&mut sim, MC).0, status);
        assert_eq!(verification_retries(&mut sim), left);
    }
    let asked = sim.user.seen.len();
    assert_eq!(verified(&mut sim, MC).0, 0x3C);
    assert_eq!(sim.user.seen.len(), asked, "nobody is asked any more");
    unplug(&mut sim);
    assert_eq!(verified(&mut sim, MC).0, 0x3C, "the power makes no difference");
    // CP-09: the PIN gives them back.
    assert_eq!(try_pin(&mut sim, PIN), 0x00);
    assert_eq!(verification_retries(&mut sim), 5);
    assert_eq!(verified(&mut sim, MC).0, 0x00);
}

#[test]
fn cp17_success_gives_the_attempts_back() {
    let mut sim = Sim::new(biometric_key());
    for _ in 0..3 {
        sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left: 0 }));
        assert_eq!(verified(&mut sim, MC).0, 0x3F);
        assert_eq!(verification_retries(&mut sim), 4);
        assert_eq!(verified(&mut sim, MC).0, 0x00);
        assert_eq!(verification_retries(&mut sim), 5);
    }
}

/// What an attempt at the verification comes to, when the commit that gives it back fails for once.
fn untried(fault: Fault) -> (u8, u64) {
    let mut sim = Sim::new(biometric_key());
    sim.user.will(Answer::Refuse(Refusal::Declined));
    sim.world.store.fail_commit(1, fault);
    let (status, _) = verified(&mut sim, MC);
    sim.world.store.heal();
    (status, verification_retries(&mut sim))
}

#[test]
fn cp17_an_attempt_that_was_not_made_is_given_back_once_at_most() {
    const DENIED: u8 = 0x27;
    for fault in Fault::ALL {
        let (status, left) = untried(fault);
        assert_eq!(status, DENIED, "{fault:?}: the user's answer stands");
        // Whether a commit in doubt took effect must not be guessed in favour of whoever tries.
        let is_back =
            matches!(fault, Fault::After | Fault::Before(CommitError::Conflict | CommitError::Busy));
        assert_eq!(left, if is_back { 5 } else { 4 }, "{fault:?}");
    }
}

#[test]
fn cp17_a_blocked_pin_blocks_verification_too() {
    let mut sim = with_pin(biometric_key());
    for round in 0..8 {
        assert_ne!(try_pin(&mut sim, "0000"), 0x00);
        if round % 3 == 2 {
            unplug(&mut sim);
        }
    }
    assert_eq!(retries(&mut sim).0, 0);
    assert_eq!(verification_retries(&mut sim), 0);
    assert_eq!(verified(&mut sim, MC).0, 0x3C);
    assert!(sim.user.seen.is_empty());
}

#[test]
fn cp18_the_hosts_own_count_is_passed_on() {
    let mut sim = Sim::new(counted_by_host());
    assert_eq!(verification_retries(&mut sim), 5);
    sim.user.will(Answer::Refuse(Refusal::VerificationFailed { left: 2 }));
    assert_eq!(verified(&mut sim, MC).0, 0x3F);
    assert_eq!(verification_retries(&mut sim), 2);
    sim.user.will(Answer::Refuse(Refusal::LockedOut { until: None }));
    assert_eq!(verified(&mut sim, MC).0, 0x3C);
    assert_eq!(verification_retries(&mut sim), 0);
    assert_eq!(verified(&mut sim, MC).0, 0x00);
    assert_eq!(verification_retries(&mut sim), 5);
    let reply = sim.send(&client_pin(subcommand::UV_RETRIES));
    assert_eq!(reply.raw, [0xA1, 0x05, 0x05]);
}

/// Covers: CP-11
#[test]
fn cp10_a_device_with_a_display_asks_before_the_pin_is_tried() {
    let mut sim = with_pin(with_display());
    let platform = Platform::connect(&mut sim, 2);
    let requests = [
        (platform.pin_token(PIN), None, 0x03),
        (platform.token_for(PIN, MC, Some(SITE)), Some(SITE), 0x01),
        (platform.token_for(PIN, GA, Some("example.org")), Some("example.org"), 0x02),
    ];
    for (request, site, bits) in requests {
        sim.user.seen.clear();
        assert_eq!(sim.send(&request).status, 0x00);
        let [seen] = sim.user.seen.as_slice() else { unreachable!("{:?}", sim.user.seen) };
        let Prompt::Token { rp_id, permissions } = &seen.prompt else { unreachable!("{seen:?}") };
        assert_eq!((rp_id.as_ref().map(|id| id.as_str()), *permissions), (site, bits));
        assert_eq!(seen.ask, Ask::Confirmation);
    }
}

/// Covers: CP-13
#[test]
fn cp10_a_user_who_declines_costs_no_attempt() {
    for (refusal, status) in
        [(Refusal::Declined, 0x27), (Refusal::TimedOut, 0x2F), (Refusal::Cancelled, 0x2D)]
    {
        let mut sim = with_pin(with_display());
        for pin in [PIN, "0000"] {
            sim.user.will(Answer::Refuse(refusal));
            assert_eq!(try_pin(&mut sim, pin), status);
        }
        assert_eq!(retries(&mut sim), (8, false));
        sim.user.will(Answer::Comply);
        assert_eq!(try_pin(&mut sim, "0000"), 0x31);
        assert_eq!(retries(&mut sim), (7, false));
    }
}

/// Setting and changing a PIN needs no consent: who does it knows the PIN, or there is none.
#[test]
fn cp06_cp08_no_one_is_asked_when_a_pin_is_set_or_changed() {
    let mut sim = with_pin(with_display());
    assert_eq!(change_pin(&mut sim, PIN, "5678"), 0x00);
    assert!(sim.user.seen.is_empty());
}

/// A sign-in with a token by PIN still asks for presence; one token serves one of them (TOK-14).
/// Covers: TOK-14, TOK-16
#[test]
fn cp10_a_token_by_pin_stands_for_no_presence() {
    let mut sim = key_with_pin();
    let by_pin = token(&mut sim, MC);
    assert_eq!(sim.send(&by_pin.proves(make_credential(SITE, b"user").option("rk", true))).status, 0x00);
    assert_eq!(sim.user.seen.len(), 1, "a touch");
    let by_pin = token(&mut sim, GA);
    for up in [false, false, true] {
        assert_eq!(sim.send(&by_pin.proves(get_assertion(SITE).option("up", up))).status, 0x00);
    }
    assert_eq!(sim.send(&by_pin.proves(get_assertion(SITE))).status, 0x33);
}
