//! Attempts at the PIN: what they cost, who sees it, and what gives them back (CTAP 2.3 §6.5.3).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;
#[allow(dead_code, reason = "it is the cut tests' store")]
#[path = "cut/world.rs"]
mod world;

use authenticator_core::store::CommitError;
use authenticator_core::{Command, ConfigCommand, Manage, Profile, ResetPolicy, Step, begin};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::bytes;
use authenticator_testkit::pin::{Platform, subcommand};
use authenticator_testkit::request::{Request, client_pin, get_assertion, make_credential};
use pin::*;
use std::time::Duration;
use world::{CutSim, Shared};

const WRONG: &str = "0000";

/// Two processes over one store, in which [`PIN`] is set.
fn two_processes() -> (CutSim, CutSim) {
    let mut one = Sim::over(security_key(), Shared::default(), 1).unwrap();
    assert_eq!(set_pin(&mut one, PIN), 0x00);
    let two = another_process(&one);
    (one, two)
}

fn another_process(of: &CutSim) -> CutSim {
    Sim::over(security_key(), of.world.store.inner.clone(), 2).unwrap()
}

fn started(sim: &mut CutSim, request: &Request) -> Step {
    begin(&request.encode(), &mut sim.world.context(), sim.requester)
}

fn status(step: Step) -> u8 {
    let Step::Done(done) = step else { panic!("{step:?}") };
    done.result.map_or_else(|error| error.status().code(), |_| 0x00)
}

fn finished(sim: &mut CutSim, mut step: Step) -> u8 {
    while !matches!(step, Step::Done(_)) {
        step = sim.answer(step);
    }
    status(step)
}

#[test]
fn cp15_cp12_cp13_cp14_the_sequence_of_wrong_pins() {
    let mut sim = key_with_pin();
    let mut left = 8;
    for statuses in [[0x31, 0x31, 0x34].as_slice(), &[0x31, 0x31, 0x34], &[0x31, 0x32]] {
        for status in statuses {
            assert_eq!(retries(&mut sim), (left, false));
            assert_eq!(try_pin(&mut sim, WRONG), *status, "{left} were left");
            left -= 1;
        }
        // From here on the power has to be off first, whatever is tried, and nothing more is spent.
        let blocked = if left == 0 { 0x32 } else { 0x34 };
        for pin in [WRONG, PIN] {
            let platform = Platform::connect(&mut sim, 1);
            for request in [
                platform.pin_token(pin),
                platform.token_for(pin, MC, Some(SITE)),
                platform.change_pin(pin, "5678"),
            ] {
                assert_eq!(sim.send(&request).status, blocked);
            }
        }
        assert_eq!(retries(&mut sim).0, left);
        unplug(&mut sim);
    }
    for _ in 0..3 {
        assert_eq!(try_pin(&mut sim, PIN), 0x32, "only a reset recovers");
        unplug(&mut sim);
    }
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(retries(&mut sim), (8, false));
    assert_eq!(set_pin(&mut sim, PIN), 0x00);
    assert_eq!(try_pin(&mut sim, PIN), 0x00);
}

#[test]
fn cp13_the_right_pin_clears_both_counts() {
    let mut sim = key_with_pin();
    for _ in 0..5 {
        assert_eq!([try_pin(&mut sim, WRONG), try_pin(&mut sim, WRONG)], [0x31, 0x31]);
        assert_eq!(retries(&mut sim), (6, false));
        assert_eq!(try_pin(&mut sim, PIN), 0x00);
        assert_eq!(retries(&mut sim), (8, false));
    }
}

#[test]
fn cp12_the_power_cycle_state_says_when_the_power_must_be_off() {
    let mut sim = key_with_pin();
    for expected in [(7, false), (6, false), (5, true)] {
        try_pin(&mut sim, WRONG);
        assert_eq!(retries(&mut sim), expected);
    }
    unplug(&mut sim);
    assert_eq!(retries(&mut sim), (5, false));
}

/// A host that starts its process anew has not taken the power away.
/// Where clients cannot reset, the host can, whom it cannot verify any more included.
#[test]
fn cp14_the_hosts_reset_recovers_from_a_blocked_pin() {
    let reset = ResetPolicy::Disabled;
    let config = &[ConfigCommand::ToggleAlwaysUv, ConfigCommand::SetMinPinLength];
    let mut sim = with_pin(Profile { reset, config, ..biometric_key() });
    for _ in 0..8 {
        assert_ne!(try_pin(&mut sim, WRONG), 0x00);
        unplug(&mut sim);
    }
    assert_eq!(try_pin(&mut sim, PIN), 0x32);
    assert!(sim.run(Command::Manage(Manage::Reset)).result.is_ok());
    assert_eq!(set_pin(&mut sim, PIN), 0x00);
}

#[test]
fn cp12_starting_a_process_is_no_power_cycle() {
    let mut sim = key_with_pin();
    for _ in 0..3 {
        try_pin(&mut sim, WRONG);
    }
    sim.power_cycle(Duration::from_secs(60)); // a new session in the same boot
    assert_eq!(retries(&mut sim), (5, true));
    assert_eq!(try_pin(&mut sim, PIN), 0x34);
}

#[test]
fn cp12_pp01_a_wrong_pin_renews_the_key_of_its_protocol_only() {
    for (protocol, other) in [(1, 2), (2, 1)] {
        let mut sim = key_with_pin();
        let (platform, bystander) =
            (Platform::connect(&mut sim, protocol), Platform::connect(&mut sim, other));
        assert_eq!(sim.send(&platform.pin_token(WRONG)).status, 0x31);
        // The secret is another now: what is sent under the old one is no PIN, and not authentic.
        assert_eq!(sim.send(&platform.change_pin(PIN, "5678")).status, 0x33);
        assert_eq!(sim.send(&bystander.pin_token(PIN)).status, 0x00);
        assert_eq!(sim.send(&platform.pin_token(PIN)).status, 0x31);
        let platform = Platform::connect(&mut sim, protocol);
        assert_eq!(sim.send(&platform.pin_token(PIN)).status, 0x00);
    }
}

#[test]
fn pp01_a_right_pin_and_a_forged_request_renew_no_key() {
    let mut sim = key_with_pin();
    let platform = Platform::connect(&mut sim, 2);
    assert_eq!(sim.send(&platform.pin_token(PIN)).status, 0x00);
    let forged = platform.change_pin(PIN, "5678").with(0x04, bytes(&[0; 32]));
    assert_eq!(sim.send(&forged).status, 0x33);
    assert_eq!(sim.send(&platform.change_pin(PIN, "5678")).status, 0x00);
    assert_eq!(sim.send(&platform.pin_token("5678")).status, 0x00);
}

#[test]
fn cp08_a_forged_request_costs_no_attempt() {
    let mut sim = key_with_pin();
    let platform = Platform::connect(&mut sim, 2);
    for _ in 0..10 {
        let forged = platform.change_pin(WRONG, "5678").with(0x04, bytes(&[7; 32]));
        assert_eq!(sim.send(&forged).status, 0x33);
    }
    assert_eq!(retries(&mut sim), (8, false));
}

#[test]
fn cp08_changing_with_a_wrong_pin_costs_an_attempt() {
    let mut sim = key_with_pin();
    assert_eq!(change_pin(&mut sim, WRONG, "5678"), 0x31);
    // What is wrong with the new PIN is not said to one who does not know the old one.
    assert_eq!(change_pin(&mut sim, WRONG, "1"), 0x31);
    assert_eq!(retries(&mut sim), (6, false));
    assert_eq!(change_pin(&mut sim, WRONG, "5678"), 0x34);
}

/// Covers: CP-13
#[test]
fn cp12_a_hash_that_is_none_costs_an_attempt() {
    for (protocol, length) in [(1, 0), (1, 15), (1, 32), (1, 64), (2, 0), (2, 15), (2, 16), (2, 31), (2, 48)]
    {
        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, protocol);
        let request = platform.pin_token(PIN).with(0x06, bytes(&vec![1; length]));
        assert_eq!(sim.send(&request).status, 0x31, "{protocol}, {length} bytes");
        assert_eq!(retries(&mut sim), (7, false));
        // The whole hash instead of its half.
        let platform = Platform::connect(&mut sim, protocol);
        let whole =
            platform.encrypt(&[platform.decrypt(&platform.pin_hash(PIN)).unwrap(), vec![0; 16]].concat());
        assert_eq!(sim.send(&platform.pin_token(PIN).with(0x06, bytes(&whole))).status, 0x31);
    }
}

/// Covers: CP-13
#[test]
fn an_attempt_spent_in_one_process_is_seen_in_the_other() {
    let (mut one, mut two) = two_processes();
    assert_eq!([try_pin(&mut one, WRONG), try_pin(&mut two, WRONG)], [0x31, 0x31]);
    assert_eq!([retries(&mut one), retries(&mut two)], [(6, false); 2]);
    assert_eq!(try_pin(&mut one, WRONG), 0x34);
    assert_eq!([try_pin(&mut one, PIN), try_pin(&mut two, PIN)], [0x34, 0x34]);
    assert_eq!(retries(&mut two), (5, true));
    unplug(&mut two);
    assert_eq!(try_pin(&mut two, PIN), 0x00);
    assert_eq!(retries(&mut one), (8, false));
}

/// Covers: CP-08, TOK-05
#[test]
fn a_pin_that_one_process_changes_ends_the_tokens_of_the_other() {
    let (mut one, mut two) = two_processes();
    let (of_one, of_two) = (token(&mut one, MC), token(&mut two, MC));
    assert_eq!(change_pin(&mut two, PIN, "5678"), 0x00);
    for (sim, token) in [(&mut one, of_one), (&mut two, of_two)] {
        assert_eq!(sim.send(&token.proves(make_credential(SITE, b"user"))).status, 0x33);
    }
}

/// A token that the host's verification gave before there was a PIN.
/// Covers: CP-06
#[test]
fn a_pin_that_one_process_sets_ends_the_tokens_of_the_other() {
    let mut one = Sim::over(biometric_key(), Shared::default(), 1).unwrap();
    let mut two = Sim::over(biometric_key(), one.world.store.inner.clone(), 2).unwrap();
    let platform = Platform::connect(&mut one, 2);
    let reply = one.send(&token_by_verification(&platform, MC, Some(SITE)));
    let token = platform.token(&reply).unwrap();
    assert_eq!(set_pin(&mut two, PIN), 0x00);
    assert_eq!(one.send(&token.proves(make_credential(SITE, b"user"))).status, 0x33);
}

/// Covers: ST-08
#[test]
fn a_pin_that_one_process_changes_ends_the_sign_in_of_the_other() {
    let (mut one, mut two) = two_processes();
    for user in [b"one", b"two"] {
        let token = token(&mut one, MC);
        assert_eq!(one.send(&token.proves(make_credential(SITE, user).option("rk", true))).status, 0x00);
    }
    assert_eq!(one.send(&get_assertion(SITE)).status, 0x00);
    assert_eq!(change_pin(&mut two, PIN, "5678"), 0x00);
    assert_eq!(one.send_bytes(&[0x08]).status, 0x30);
}

/// Two processes try at the same time, their steps interleaved in every way: each attempt is spent.
/// Covers: CP-13
#[test]
fn attempts_of_two_processes_are_all_spent() {
    for schedule in (0..16_u8).filter(|schedule| schedule.count_ones() == 2) {
        let (mut one, mut two) = two_processes();
        let [first, second] = [&mut one, &mut two].map(|sim| Platform::connect(sim, 2).pin_token(WRONG));
        let mut steps = (started(&mut one, &first), started(&mut two, &second));
        for turn in 0..4 {
            if schedule >> turn & 1 == 0 {
                steps.0 = one.answer(steps.0);
            } else {
                steps.1 = two.answer(steps.1);
            }
        }
        let statuses = (finished(&mut one, steps.0), finished(&mut two, steps.1));
        assert_eq!(statuses, (0x31, 0x31), "{schedule:04b}");
        assert_eq!(retries(&mut one), (6, false), "{schedule:04b}");
    }
}

/// The last attempt is spent once.
/// Covers: CP-12, CP-14
#[test]
fn two_processes_do_not_share_the_last_attempt() {
    let (mut one, mut two) = two_processes();
    for _ in 0..2 {
        try_pin(&mut one, WRONG);
    }
    let [first, second] = [&mut one, &mut two].map(|sim| Platform::connect(sim, 2).pin_token(PIN));
    let (first, second) = (started(&mut one, &first), started(&mut two, &second));
    let first = one.answer(first);
    // The other's set was built on what is no longer so: it finds none left for this boot, and says so.
    assert_eq!(finished(&mut two, second), 0x34);
    assert_eq!(finished(&mut one, first), 0x00);
    assert_eq!(retries(&mut two), (8, false));
}

/// Between the attempt and what it was for, another process changes the PIN.
/// Covers: CP-08
#[test]
fn a_pin_that_is_no_longer_the_pin_is_good_for_nothing() {
    let persistent = |platform: &Platform| platform.token_for(PIN, PCMR, None);
    let requests: [fn(&Platform) -> Request; 3] =
        [|platform| platform.pin_token(PIN), |platform| platform.change_pin(PIN, "9999"), persistent];
    for request in requests {
        let (mut one, mut two) = two_processes();
        let request = request(&Platform::connect(&mut one, 2));
        let step = started(&mut one, &request);
        let step = one.answer(step); // it was right, and the effect is to be committed
        assert!(matches!(step, Step::NeedsCommit(_)));
        assert_eq!(change_pin(&mut two, PIN, "5678"), 0x00);
        assert_eq!(finished(&mut one, step), 0x31);
        assert_eq!([try_pin(&mut one, "5678"), try_pin(&mut two, "5678")], [0x00, 0x00]);
    }
}

/// That the PIN is what it was to become does not say that it was changed.
/// Covers: CP-08
#[test]
fn a_change_to_the_same_pin_in_doubt_is_made_again() {
    let (mut one, _) = two_processes();
    let request = Platform::connect(&mut one, 2).change_pin(PIN, PIN);
    let step = started(&mut one, &request);
    let Step::NeedsCommit(needs) = one.answer(step) else { panic!("the change is to be committed") };
    let step = needs.resume(&mut one.world.context(), Err(CommitError::InDoubt));
    assert!(matches!(step, Step::NeedsCommit(_)));
    assert_eq!(finished(&mut one, step), 0x00);
    assert_eq!(retries(&mut one), (8, false));
}

/// Covers: RST-05
#[test]
fn pp01_a_reset_in_one_process_renews_the_keys_of_the_other() {
    for protocol in PROTOCOLS {
        let (mut one, mut two) = two_processes();
        let request = client_pin(subcommand::KEY_AGREEMENT).with(0x01, protocol);
        let before = one.send(&request).raw;
        assert_eq!(one.send(&request).raw, before);
        assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
        assert_ne!(one.send(&request).raw, before);
    }
}

/// Between the right PIN and the attempts that it gives back, another process changes it: those are the new one's now.
/// Covers: CP-09
#[test]
fn an_old_pin_gives_no_attempts_back() {
    let (mut one, mut two) = two_processes();
    let request = Platform::connect(&mut one, 2).change_pin(PIN, "12");
    let step = started(&mut one, &request);
    let step = one.answer(step); // it was right, but what it is to become is too short
    assert_eq!(change_pin(&mut two, PIN, "5678"), 0x00);
    assert_eq!(try_pin(&mut two, WRONG), 0x31);
    assert_eq!(finished(&mut one, step), 0x37);
    assert_eq!(retries(&mut one), (7, false));
}

/// Between the attempt and the token, another process forces a change.
/// Covers: CP-10, CP-11
#[test]
fn a_pin_that_must_be_changed_meanwhile_gives_no_token() {
    for (number, status) in [(subcommand::PIN_TOKEN, 0x31), (subcommand::TOKEN_USING_PIN, 0x37)] {
        let (mut one, mut two) = two_processes();
        let platform = Platform::connect(&mut one, 2);
        let request = match number {
            subcommand::PIN_TOKEN => platform.pin_token(PIN),
            _ => platform.token_for(PIN, MC, Some(SITE)),
        };
        let step = started(&mut one, &request);
        let step = one.answer(step);
        force_change(&mut two);
        assert_eq!(finished(&mut one, step), status);
    }
}

/// Between the check and the commit, another process sets a PIN, or resets the store.
/// Covers: CP-06
#[test]
fn a_pin_is_not_set_over_another_processes_nor_for_a_store_that_was_reset() {
    for (reset, expected) in [(false, 0x33), (true, 0x7F)] {
        let mut one = Sim::over(security_key(), Shared::default(), 1).unwrap();
        let mut two = another_process(&one);
        let request = Platform::connect(&mut one, 2).set_pin(PIN);
        let step = started(&mut one, &request);
        if reset {
            assert_eq!(two.send_bytes(&[0x07]).status, 0x00);
        } else {
            assert_eq!(set_pin(&mut two, "5678"), 0x00);
        }
        assert_eq!(finished(&mut one, step), expected);
        assert_eq!(try_pin(&mut one, "5678"), if reset { 0x35 } else { 0x00 });
    }
}

/// What was answered to whoever asked without one is not gone on with.
#[test]
fn a_first_pin_ends_what_other_processes_remember() {
    for (is_set, expected) in [(false, 0x00), (true, 0x30)] {
        let mut one = Sim::over(security_key(), Shared::default(), 1).unwrap();
        for user in [b"one", b"two"] {
            assert_eq!(one.send(&make_credential(SITE, user).option("rk", true)).status, 0x00);
        }
        let mut two = another_process(&one);
        assert_eq!(one.send(&get_assertion(SITE)).status, 0x00);
        if is_set {
            assert_eq!(set_pin(&mut two, PIN), 0x00);
        }
        assert_eq!(one.send_bytes(&[0x08]).status, expected);
    }
}

/// A host that keeps two commands alive in one session gets a token for neither the wrong platform nor a wiped secret.
/// Covers: PP-25
#[test]
fn st10_a_token_is_not_given_to_another_exchange() {
    for second in [Some(1), Some(2), None] {
        let (mut one, _) = two_processes();
        let first = Platform::connect(&mut one, 2).pin_token(PIN);
        let step = started(&mut one, &first);
        let step = one.answer(step);
        if let Some(protocol) = second {
            let platform = Platform::connect(&mut one, protocol);
            drop(started(&mut one, &platform.pin_token(PIN)));
        } else {
            retries(&mut one);
        }
        assert_eq!(finished(&mut one, step), 0x33);
    }
}

#[test]
fn cp13_an_attempt_that_is_dropped_is_spent_once_it_was_committed() {
    for (steps, left) in [(0, 8), (1, 7), (2, 8)] {
        let (mut one, _) = two_processes();
        let request = Platform::connect(&mut one, 2).pin_token(PIN);
        let mut step = started(&mut one, &request);
        for _ in 0..steps {
            step = one.answer(step);
        }
        drop(step);
        assert_eq!(retries(&mut one), (left, false), "dropped after {steps} steps");
    }
}
