//! authenticatorConfig: what it changes, what it refuses, and in which order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate std;

mod order;
mod pin_length;

use crate::capability::tests::enterprise;
use crate::command::bench::{Bench, ConfigRequest, pin_of};
use crate::credential::RpIdHash;
use crate::pin::{Permissions, Protocol};
use crate::profile::{BuiltInVerification, ConfigCommand, PinRules, Profile};
use authenticator_testkit::cbor::Value;
use core::time::Duration;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{vec, vec::Vec};

const OK: (u8, Vec<u8>) = (0x00, Vec::new());

pub(super) fn refused(status: u8) -> (u8, Vec<u8>) {
    (status, Vec::new())
}

/// A security key that has every subcommand.
pub(super) fn everything() -> Profile {
    Profile {
        client_pin: Some(PinRules { complexity_policy: true, ..PinRules::default() }),
        config: &[
            ConfigCommand::EnableEnterpriseAttestation,
            ConfigCommand::ToggleAlwaysUv,
            ConfigCommand::SetMinPinLength,
            ConfigCommand::EnableLongTouchForReset,
        ],
        enterprise_attestation: Some(enterprise()),
        ..Profile::security_key([0x5A; 16])
    }
}

pub(super) fn with_pin() -> Bench {
    let mut bench = Bench::new(everything());
    bench.change_settings(|settings| settings.pin = Some(pin_of(8)));
    bench
}

/// The four subcommands, each as a client sends it first.
fn requests() -> [ConfigRequest; 4] {
    [
        ConfigRequest::new(0x01),
        ConfigRequest::new(0x02),
        ConfigRequest::new(0x03).parameters([(1, Value::from(8))]),
        ConfigRequest::new(0x04),
    ]
}

/// What of the settings they have changed.
fn changed(bench: &mut Bench) -> [bool; 4] {
    let settings = bench.settings();
    [
        settings.enterprise_attestation,
        settings.always_uv,
        settings.min_pin_length == 8,
        settings.long_touch_for_reset,
    ]
}

#[test]
fn cfg03_a_token_authorises_each_subcommand_under_either_protocol() {
    for (number, protocol) in [(1, Protocol::One), (2, Protocol::Two)] {
        for (place, request) in requests().into_iter().enumerate() {
            let mut bench = with_pin();
            let token = bench.token(protocol, Permissions::CONFIGURATION);
            assert_eq!(bench.send(&request.by(number, &token).encode()), OK, "{number}, {place}");
            let expected: Vec<_> = (0..4).map(|other| other == place).collect();
            assert_eq!(changed(&mut bench).as_slice(), expected, "{number}, {place}");
        }
    }
}

#[test]
fn cfg03_where_nothing_protects_it_nothing_is_asked_and_a_param_is_ignored() {
    for (place, request) in requests().into_iter().enumerate() {
        for request in [request.clone(), request.with(3, 9).with(4, Value::Bytes(vec![0; 5]))] {
            let mut bench = Bench::new(everything());
            assert_eq!(bench.send(&request.encode()), OK, "{place}");
            assert!(changed(&mut bench).get(place).unwrap(), "{place}");
        }
    }
}

#[test]
fn cfg03_verification_by_the_host_protects_as_a_pin_does() {
    let profile = Profile { verification: BuiltInVerification::Configured, ..everything() };
    for request in requests() {
        assert_eq!(Bench::new(profile.clone()).send(&request.encode()), refused(0x36));
        let mut bench = Bench::new(profile.clone());
        let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
        assert_eq!(bench.send(&request.by(2, &token).encode()), OK);
    }
}

/// Every byte of the message counts, and nothing but the message does.
#[test]
fn cfg03_the_message_is_32_ff_the_command_the_subcommand_and_the_parameters_as_received() {
    let request = ConfigRequest::new(0x03).parameters([(1, Value::from(8))]);
    let good = [&[0xFF; 32][..], &[0x0D, 0x03, 0xA1, 0x01, 0x08]].concat();
    let mut bench = with_pin();
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    let mut wrong: Vec<_> = (0..good.len())
        .map(|place| {
            let mut message = good.clone();
            *message.get_mut(place).unwrap() ^= 1;
            message
        })
        .collect();
    wrong.extend([good.get(32..).unwrap().to_vec(), good.get(..34).unwrap().to_vec(), vec![]]);
    for message in wrong {
        assert_eq!(bench.send(&request.clone().over(2, &token, &message).encode()), refused(0x33));
    }
    assert_eq!(bench.commits, 0);
    assert_eq!(bench.send(&request.over(2, &token, &good).encode()), OK);
    // Without parameters the message ends with the subcommand.
    let message = [&[0xFF; 32][..], &[0x0D, 0x04]].concat();
    assert_eq!(bench.send(&ConfigRequest::new(0x04).over(2, &token, &message).encode()), OK);
}

#[test]
fn cfg03_the_token_needs_the_permission_and_must_be_in_use() {
    for permissions in [
        Permissions::NONE,
        Permissions::MAKE_CREDENTIAL.and(Permissions::GET_ASSERTION),
        Permissions::CREDENTIAL_MANAGEMENT.and(Permissions::LARGE_BLOB_WRITE),
        Permissions::READ_ONLY_MANAGEMENT,
    ] {
        let mut bench = with_pin();
        let token = bench.token(Protocol::Two, permissions);
        assert_eq!(bench.send(&ConfigRequest::new(0x04).by(2, &token).encode()), refused(0x33));
    }
    let mut bench = with_pin();
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    assert_eq!(
        bench.send(&ConfigRequest::new(0x04).by(1, &token).encode()),
        refused(0x33),
        "another protocol"
    );
    bench.now.since_boot += Duration::from_secs(31);
    assert_eq!(
        bench.send(&ConfigRequest::new(0x04).by(2, &token).encode()),
        refused(0x33),
        "never used in time"
    );
    assert_eq!(
        bench.send(&ConfigRequest::new(0x04).by(2, &[0; 32]).encode()),
        refused(0x33),
        "no token at all"
    );
}

#[test]
fn cfg17_the_token_keeps_what_it_is_good_for() {
    let mut bench = with_pin();
    let all = Permissions::CONFIGURATION.and(Permissions::MAKE_CREDENTIAL);
    let token = bench.token(Protocol::Two, all);
    for request in requests() {
        assert_eq!(bench.send(&request.by(2, &token).encode()), OK, "one token for all of them");
    }
    let (protocol, now) = (Protocol::Two, bench.now);
    let mut mac = Hmac::<Sha256>::new_from_slice(&token).unwrap();
    mac.update(b"message");
    let param = mac.finalize().into_bytes();
    let verified = bench.session.pin.token.authorise_for(
        (protocol, param.as_slice()),
        &[b"message"],
        Permissions::MAKE_CREDENTIAL,
        &RpIdHash::of("example.com"),
        now,
    );
    assert!(verified.is_ok(), "and it is as good for a registration as before");
}

#[test]
fn cfg10_enterprise_attestation_is_switched_on_once_and_for_all() {
    let mut bench = Bench::new(everything());
    assert!(!bench.settings().enterprise_attestation, "it is off at first");
    // Parameters are nothing to it, whatever they are.
    let odd = ConfigRequest::new(0x01).parameters([(1, Value::from("text")), (2, Value::from(7))]);
    assert_eq!(bench.send(&odd.encode()), OK);
    assert!(bench.settings().enterprise_attestation);
    assert_eq!(bench.commits, 1);
    assert_eq!(bench.send(&ConfigRequest::new(0x01).encode()), OK, "it stays on");
    assert_eq!(bench.commits, 1, "and is not written again");
}

#[test]
fn cfg10_without_the_capability_there_is_no_such_subcommand() {
    for profile in [
        Profile { enterprise_attestation: None, ..everything() },
        Profile { config: &[ConfigCommand::ToggleAlwaysUv], ..everything() },
    ] {
        assert_eq!(Bench::new(profile).send(&ConfigRequest::new(0x01).encode()), refused(0x3E));
    }
}

#[test]
fn cfg11_always_uv_is_switched_on_and_off_and_overrules_make_cred_uv_not_rqd() {
    let mut bench = with_pin();
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    let toggle = ConfigRequest::new(0x02).by(2, &token).encode();
    let standing = |bench: &mut Bench| {
        let standing = bench.standing().1;
        (standing.always_uv(), standing.makes_credentials_unverified())
    };
    assert_eq!(standing(&mut bench), (false, true));
    assert_eq!(bench.send(&toggle), OK);
    assert_eq!(standing(&mut bench), (true, false));
    assert_eq!(bench.send(&toggle), OK);
    assert_eq!(standing(&mut bench), (false, true));
}

#[test]
fn cfg02_without_a_pin_always_uv_is_switched_off_freely_and_nothing_else_is_changed() {
    let mut bench = Bench::new(everything());
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), OK);
    assert!(bench.settings().always_uv);
    for subcommand in [0x01, 0x03, 0x04] {
        assert_eq!(bench.send(&ConfigRequest::new(subcommand).encode()), refused(0x36), "{subcommand}");
    }
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), OK);
    assert!(!bench.settings().always_uv);
    // With a PIN it takes a token, in both directions.
    let mut bench = with_pin();
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), refused(0x36));
    bench.change_settings(|settings| settings.always_uv = true);
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), refused(0x36));
}

#[test]
fn cfg11_what_always_verifies_cannot_be_told_not_to() {
    let mut bench = Bench::new(Profile { always_uv: true, ..everything() });
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), refused(0x27));
    assert_eq!(bench.commits, 0);
}

#[test]
fn cfg14_a_long_touch_for_reset_is_switched_on_and_stays_so() {
    let mut bench = Bench::new(everything());
    for _ in 0..2 {
        assert_eq!(bench.send(&ConfigRequest::new(0x04).encode()), OK);
        assert!(bench.settings().long_touch_for_reset);
    }
    assert_eq!(bench.commits, 1);
    let without = Profile { config: &[ConfigCommand::SetMinPinLength], ..everything() };
    assert_eq!(Bench::new(without).send(&ConfigRequest::new(0x04).encode()), refused(0x3E));
}

#[test]
fn cfg01_cfg15_other_subcommands_are_unknown() {
    for subcommand in [0_u64, 5, 6, 0x7F, 0xFE, 0xFF, 0x101, u64::MAX] {
        let mut bench = Bench::new(everything());
        let request = ConfigRequest::new(subcommand).parameters([(1, Value::from(1))]);
        assert_eq!(bench.send(&request.encode()), refused(0x3E), "{subcommand:#x}");
    }
}

#[test]
fn gen03_an_authenticator_without_settings_has_no_such_command() {
    for request in [ConfigRequest::new(0x02).encode(), vec![0x0D], vec![0x0D, 0xFF], vec![0x0D, 0xA0]] {
        let mut bench = Bench::new(Profile { config: &[], ..everything() });
        assert_eq!(bench.send(&request), refused(0x01), "{request:?}");
    }
}

#[test]
fn cfg16_every_setting_outlives_a_power_cycle() {
    let mut bench = Bench::new(everything());
    for request in requests().into_iter().rev() {
        // alwaysUv last but one: what follows it would want a token.
        if request.encode() != ConfigRequest::new(0x02).encode() {
            assert_eq!(bench.send(&request.encode()), OK);
        }
    }
    assert_eq!(bench.send(&ConfigRequest::new(0x02).encode()), OK);
    bench.power_cycle();
    assert_eq!(changed(&mut bench), [true; 4]);
}

/// What the settings are nothing to: a command in between, and one that fails.
#[test]
fn a_refused_request_changes_nothing() {
    let mut bench = with_pin();
    for request in requests() {
        assert_eq!(bench.send(&request.encode()), refused(0x36));
        assert_eq!(bench.send(&request.over(2, &[9; 32], b"no").encode()), refused(0x33));
    }
    assert_eq!((changed(&mut bench), bench.commits), ([false; 4], 0));
}
