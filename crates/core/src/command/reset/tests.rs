//! Reset where settings, transports, tokens and the host decide. What it does to credentials `tests/lifecycle.rs` says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate std;

use crate::command::bench::{Bench, ConfigRequest, pin_of};
use crate::command::{Command, Manage, begin};
use crate::error::Error;
use crate::pin::{Permissions, Protocol};
use crate::profile::{BuiltInVerification, Profile, ResetPolicy, Transport, VerificationCount};
use crate::session::Session;
use crate::step::{Done, Step};
use crate::store::{Lookup, Query, RecordId, RecordKind, UV_RETRIES};
use crate::user::{Ask, Gesture, Presence, Refusal};
use authenticator_testkit::request::make_credential;
use core::ops::ControlFlow;
use core::time::Duration;
use std::{vec, vec::Vec};

const RESET: &[u8] = &[0x07];

fn key() -> Profile {
    Profile::security_key([0x5A; 16])
}

/// The status of a reset over this transport.
fn over(profile: &Profile, transport: Option<Transport>) -> u8 {
    let mut bench = Bench::new(profile.clone());
    if let Some(transport) = transport {
        bench.session.over(transport);
    }
    bench.send(RESET).0
}

#[test]
fn rst03_only_the_transports_named_may_reset() {
    let anything = key();
    let usb = Profile { transports_for_reset: &[Transport::Usb], ..key() };
    let contact = Profile { transports_for_reset: &[Transport::Usb, Transport::SmartCard], ..key() };
    for (transport, expected) in [
        (None, [0x00, 0x27, 0x27]),
        (Some(Transport::Usb), [0x00, 0x00, 0x00]),
        (Some(Transport::SmartCard), [0x00, 0x27, 0x00]),
        (Some(Transport::Nfc), [0x00, 0x27, 0x27]),
        (Some(Transport::Hybrid), [0x00, 0x27, 0x27]),
    ] {
        let statuses = [&anything, &usb, &contact].map(|profile| over(profile, transport));
        assert_eq!(statuses, expected, "{transport:?}");
    }
}

#[test]
fn rst01_rst03_disabled_then_the_window_then_the_transport_and_nobody_is_asked() {
    let elsewhere: &[Transport] = &[Transport::Nfc];
    for (profile, late, status) in [
        (Profile { reset: ResetPolicy::Disabled, transports_for_reset: elsewhere, ..key() }, true, 0x27),
        (Profile { transports_for_reset: elsewhere, ..key() }, true, 0x30),
        (Profile { transports_for_reset: elsewhere, ..key() }, false, 0x27),
    ] {
        let mut bench = Bench::new(profile);
        bench.session.over(Transport::Usb);
        if late {
            bench.now.since_boot = Duration::from_secs(11);
        }
        assert_eq!(bench.send(RESET), (status, vec![]));
        assert!(bench.asked.is_empty());
    }
}

#[test]
fn rst01_a_process_that_starts_again_does_not_open_the_window_again() {
    let mut bench = Bench::new(key());
    bench.now.since_boot = Duration::from_secs(10);
    bench.new_endpoint();
    assert_eq!(bench.send(RESET).0, 0x00, "at ten seconds it is open, and to every endpoint");
    bench.now.since_boot += Duration::from_nanos(1);
    bench.new_endpoint();
    assert_eq!(bench.send(RESET).0, 0x30);
    bench.power_cycle();
    assert_eq!(bench.send(RESET).0, 0x00);
}

#[test]
fn rst04_a_long_touch_is_asked_for_and_a_short_one_is_not_enough() {
    let mut bench = Bench::new(key());
    assert_eq!(bench.send(&ConfigRequest::new(0x04).encode()).0, 0x00);
    for (answer, status) in [
        (Ok(Gesture::TOUCH), 0x27),
        (Ok(Gesture::VERIFIED), 0x27),
        (Ok(Gesture { presence: Presence::No, ..Gesture::TOUCH }), 0x27),
        (Err(Refusal::Declined), 0x27),
        (Err(Refusal::Unavailable), 0x27),
        (Err(Refusal::TimedOut), 0x2F),
        (Err(Refusal::Cancelled), 0x2D),
        (Ok(Gesture::LONG_TOUCH), 0x00),
    ] {
        assert!(bench.settings().long_touch_for_reset, "as long as no reset has succeeded");
        bench.answer = answer;
        assert_eq!(bench.send(RESET), (status, vec![]), "{answer:?}");
        assert_eq!(bench.asked.last(), Some(&Ask::LongTouch));
    }
    assert!(!bench.settings().long_touch_for_reset);
    bench.answer = Ok(Gesture::TOUCH);
    assert_eq!(bench.send(RESET).0, 0x00, "a reset takes it back");
    assert_eq!(bench.asked.last(), Some(&Ask::Confirmation));
    bench.answer = Ok(Gesture::LONG_TOUCH);
    assert_eq!(bench.send(RESET).0, 0x00, "a long touch is a touch");
}

#[test]
fn rst05_every_setting_is_as_it_was_at_first() {
    let mut bench = Bench::new(key());
    let boot = bench.now.boot;
    bench.change_settings(|settings| {
        settings.pin = Some(pin_of(6));
        (0..3).for_each(|_| settings.spend_pin_retry(boot));
        settings.uv_retries = 0;
        settings.min_pin_length = 9;
        settings.force_pin_change = true;
        settings.always_uv = true;
        settings.enterprise_attestation = true;
        settings.pin_complexity = true;
        settings.persistent_token = Some(4);
        settings.min_pin_length_rp_ids.push(crate::credential::RpIdHash::of("example.com")).unwrap();
    });
    assert_eq!(bench.send(RESET).0, 0x00);
    for power in ["on", "cycled"] {
        let settings = bench.settings();
        assert!(settings.pin.is_none(), "{power}");
        assert_eq!((settings.pin_retries, settings.uv_retries), (8, UV_RETRIES), "{power}");
        assert!(!settings.awaits_power_cycle(boot), "{power}");
        assert_eq!(settings.min_pin_length, 0, "{power}");
        let switches = [
            settings.force_pin_change,
            settings.always_uv,
            settings.enterprise_attestation,
            settings.pin_complexity,
            settings.long_touch_for_reset,
        ];
        assert_eq!(switches, [false; 5], "{power}");
        assert_eq!(settings.persistent_token, None, "{power}");
        assert!(settings.min_pin_length_rp_ids.is_empty(), "{power}");
        bench.power_cycle();
    }
    assert_eq!(settings_records(&bench), 0, "no record is left of them");
}

fn settings_records(bench: &Bench) -> usize {
    let mut found = 0;
    let query = Query::Record { kind: RecordKind::Settings, id: RecordId::SETTINGS };
    let _ = bench
        .store
        .read(&query, &mut |_| {
            found += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

/// Covers: RST-07
#[test]
fn rst05_tokens_and_what_derives_from_the_generation_are_dead() {
    let mut bench = Bench::new(key());
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    bench.change_settings(|settings| settings.pin = Some(pin_of(6)));
    let derived = |bench: &mut Bench| {
        let (header, _) = bench.standing();
        let (changed, epoch) = (header.credentials_changed, header.auth_epoch);
        let keys = bench.session.keys().unwrap();
        let mut persistent = crate::Secret::new([0; 32]);
        keys.persistent_token(1, &mut persistent);
        let ids = (keys.device_identifier(), keys.credential_store_state(changed));
        (ids.0, ids.1, keys.pin_verifier(b"a PIN's hash"), *persistent.expose(), epoch)
    };
    let before = derived(&mut bench);
    // A reset that is refused changes nothing of it.
    bench.answer = Err(Refusal::Declined);
    assert_eq!(bench.send(RESET).0, 0x27);
    assert_eq!(derived(&mut bench), before);
    assert!(bench.session.pin.token.is_in_use(1, bench.now));

    bench.answer = Ok(Gesture::TOUCH);
    assert_eq!(bench.send(RESET).0, 0x00);
    let (now, after) = (bench.now, derived(&mut bench));
    assert!(!bench.session.pin.token.is_in_use(1, now), "the token");
    assert_ne!(after.0, before.0, "the device identifier");
    assert_ne!(after.1, before.1, "the state of the credentials");
    assert_ne!(after.2, before.2, "what is kept of a PIN");
    assert_ne!(after.3, before.3, "the persistent token");
    assert_ne!(after.4, before.4, "what other endpoints' tokens are of");
    // The next owner sets a PIN: the token of the one before is none of it.
    bench.change_settings(|settings| settings.pin = Some(pin_of(6)));
    assert_eq!(bench.send(&ConfigRequest::new(0x04).by(2, &token).encode()).0, 0x33);
}

/// Another endpoint has a token, and learns of the reset by what it reads next.
#[test]
fn rst05_another_endpoint_s_token_is_dead_as_well() {
    let mut bench = Bench::new(key());
    bench.change_settings(|settings| settings.pin = Some(pin_of(6)));
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    let theirs = core::mem::replace(&mut bench.session, Session::new(bench.now));
    assert_eq!(bench.send(RESET).0, 0x00);
    bench.change_settings(|settings| settings.pin = Some(pin_of(6)));
    bench.session = theirs;
    assert_eq!(bench.send(&ConfigRequest::new(0x04).by(2, &token).encode()).0, 0x33);
    let now = bench.now;
    assert!(!bench.session.pin.token.is_in_use(1, now));
}

/// Who was asked about the old passkeys has not agreed to lose those that came after another's reset.
#[test]
fn rst07_what_came_after_the_question_is_not_lost() {
    let mut bench = Bench::new(key());
    let requester = bench.requester;
    let Step::NeedsUser(asked) = begin(RESET, &mut bench.context(), requester) else { unreachable!() };
    let mut other = Session::new(bench.now);
    bench.as_endpoint(&mut other, |bench| {
        assert_eq!(bench.send(RESET).0, 0x00);
        let passkey = make_credential("example.com", b"user").option("rk", true);
        assert_eq!(bench.send(&passkey.encode()).0, 0x00);
    });
    let step = asked.resume(&mut bench.context(), Ok(Gesture::TOUCH));
    assert!(matches!(step, Step::Done(Done { result: Err(Error::StoreReset), .. })), "{step:?}");
    let query = Query::Kind { kind: RecordKind::Credential, before: None };
    let found = bench.store.read(&query, &mut |_| ControlFlow::Break(()));
    assert_eq!(found, Ok(ControlFlow::Break(())), "it is still there");
}

#[test]
fn rst03_a_phone_is_reset_by_its_host_and_by_no_client() {
    let mut bench = Bench::new(Profile::phone([0; 16]));
    bench.change_settings(|settings| settings.always_uv = true);
    for transport in [Transport::Internal, Transport::Hybrid] {
        bench.session.over(transport);
        assert_eq!(bench.send(RESET).0, 0x27, "{transport:?}");
    }
    assert!(bench.asked.is_empty());
    bench.answer = Ok(Gesture::VERIFIED);
    assert_eq!(bench.run(Command::Manage(Manage::Reset)).0, 0x00);
    assert_eq!(bench.asked, [Ask::Verification]);
    assert!(!bench.settings().always_uv);
}

#[test]
fn the_host_s_reset_asks_for_as_much_as_its_host_can_prove() {
    let absent = Gesture { presence: Presence::No, ..Gesture::VERIFIED };
    for (verification, ask, answers) in [
        (
            BuiltInVerification::Configured,
            Ask::Verification,
            vec![
                (Ok(Gesture::TOUCH), 0x27),
                (Ok(absent), 0x27),
                (Err(Refusal::VerificationFailed { left: 1 }), 0x27),
                (Err(Refusal::VerificationFailed { left: 0 }), 0x32),
                (Err(Refusal::TimedOut), 0x2F),
                (Err(Refusal::Cancelled), 0x2D),
                (Ok(Gesture::VERIFIED), 0x00),
            ],
        ),
        (
            BuiltInVerification::NotConfigured,
            Ask::Confirmation,
            vec![(Err(Refusal::Declined), 0x27), (Ok(absent), 0x27), (Ok(Gesture::TOUCH), 0x00)],
        ),
    ] {
        // Neither a window nor a long touch is for the host's own, and a PIN does not help it.
        let mut bench = Bench::new(Profile { verification, ..key() });
        bench.now.since_boot = Duration::from_secs(100);
        bench.change_settings(|settings| {
            settings.pin = Some(pin_of(6));
            settings.long_touch_for_reset = true;
        });
        for (answer, status) in answers {
            bench.answer = answer;
            assert!(bench.settings().pin.is_some(), "as long as no reset has succeeded");
            assert_eq!(bench.run(Command::Manage(Manage::Reset)), (status, vec![]), "{answer:?}");
            assert_eq!(bench.asked.last(), Some(&ask));
        }
        assert!(bench.settings().pin.is_none());
    }
}

#[test]
fn the_host_s_reset_is_the_way_out_of_a_verification_that_is_blocked() {
    let counting = Profile { verification_count: VerificationCount::ByCore, ..Profile::phone([0; 16]) };
    let mut bench = Bench::new(counting);
    bench.answer = Err(Refusal::VerificationFailed { left: 9 });
    let statuses: Vec<u8> = (0..UV_RETRIES).map(|_| bench.run(Command::Manage(Manage::Reset)).0).collect();
    assert_eq!(statuses, [0x27, 0x27, 0x27, 0x27, 0x32]);
    assert_eq!(bench.asked, [Ask::Verification; 5]);
    bench.answer = Ok(Gesture::TOUCH);
    assert_eq!(bench.run(Command::Manage(Manage::Reset)).0, 0x00);
    assert_eq!(bench.asked.last(), Some(&Ask::Confirmation));
    assert_eq!(bench.settings().uv_retries, UV_RETRIES);
}
