//! setMinPINLength (CFG-12, CFG-13, CFG-16).

extern crate std;

use super::super::{MinPinLength, RpIds, pin_demands};
use super::{OK, everything, refused, with_pin};
use crate::cbor::check;
use crate::command::bench::{Bench, ConfigRequest, pin_of};
use crate::commit::{Configuration, Setting, Work};
use crate::credential::RpIdHash;
use crate::error::Error;
use crate::pin::{Permissions, Protocol};
use crate::profile::{PinRules, Profile};
use crate::step::{NeedsCommit, Step};
use crate::store::Store;
use authenticator_testkit::cbor::{Value, array, encode, map};
use std::{format, string::String, vec::Vec};

fn set(parameters: &[(i64, Value)]) -> ConfigRequest {
    ConfigRequest::new(3).with(2, map(parameters.to_vec()))
}

fn length(length: u64) -> ConfigRequest {
    set(&[(1, Value::from(length))])
}

/// As an owner who has just entered the PIN.
fn authorised(bench: &mut Bench, request: ConfigRequest) -> (u8, Vec<u8>) {
    let token = bench.token(Protocol::Two, Permissions::CONFIGURATION);
    bench.send(&request.by(2, &token).encode())
}

#[test]
fn cfg16_the_length_only_grows() {
    let mut bench = Bench::new(everything());
    for (wanted, status, then) in [
        (3, 0x37, 4),
        (0, 0x37, 4),
        (4, 0x00, 4),
        (6, 0x00, 6),
        (6, 0x00, 6),
        (5, 0x37, 6),
        (63, 0x00, 63),
        (64, 0x37, 63),
        (255, 0x37, 63),
        (256, 0x37, 63),
        (u64::MAX, 0x37, 63),
    ] {
        assert_eq!(bench.send(&length(wanted).encode()), refused(status), "{wanted}");
        assert_eq!(bench.standing().1.min_pin_length(), then, "{wanted}");
    }
    assert_eq!(bench.commits, 2, "what is so already is not written");
    bench.power_cycle();
    assert_eq!(bench.standing().1.min_pin_length(), 63);
}

#[test]
fn cfg12_no_length_longer_than_a_pin_may_be() {
    let rules = Some(PinRules { min_length: 6, max_length: 12, ..PinRules::default() });
    for (wanted, status) in [(5, 0x37), (6, 0x00), (12, 0x00), (13, 0x37)] {
        let mut bench = Bench::new(Profile { client_pin: rules.clone(), ..everything() });
        assert_eq!(bench.send(&length(wanted).encode()), refused(status), "{wanted}");
    }
}

#[test]
fn cfg12_a_pin_that_is_too_short_now_must_be_changed() {
    for (wanted, must_change) in [(7, false), (8, false), (9, true)] {
        let mut bench = with_pin();
        assert_eq!(authorised(&mut bench, length(wanted)), OK);
        assert_eq!(bench.settings().force_pin_change, must_change, "{wanted}");
    }
    // Where there is none there is nothing to change, and one of just the length will do.
    let mut bench = Bench::new(everything());
    assert_eq!(bench.send(&length(7).encode()), OK);
    assert!(!bench.settings().force_pin_change);
    bench.change_settings(|settings| settings.pin = Some(pin_of(8)));
    assert_eq!(authorised(&mut bench, length(8)), OK);
    assert!(!bench.settings().force_pin_change);
}

#[test]
fn cfg12_force_change_pin() {
    let force = set(&[(3, Value::from(true))]);
    assert_eq!(Bench::new(everything()).send(&force.encode()), refused(0x35), "no PIN is set");
    let mut bench = with_pin();
    assert_eq!(authorised(&mut bench, set(&[(3, Value::from(false))])), OK);
    assert_eq!((bench.settings().force_pin_change, bench.commits), (false, 0));
    assert_eq!(authorised(&mut bench, force), OK);
    assert!(bench.settings().force_pin_change);
    bench.power_cycle();
    assert!(bench.settings().force_pin_change);
}

/// Covers: TOK-19
#[test]
fn cfg12_where_the_pin_must_be_changed_every_token_of_every_endpoint_ends() {
    for (forced_before, parameter, ends) in [
        (false, (3, Value::from(true)), true),
        (false, (1, Value::from(9)), true),
        (false, (1, Value::from(5)), false),
        (true, (1, Value::from(5)), true),
        (true, (3, Value::from(true)), true),
    ] {
        let mut bench = with_pin();
        bench.change_settings(|settings| {
            settings.force_pin_change = forced_before;
            settings.persistent_token = Some(1);
        });
        let epoch = bench.auth_epoch();
        assert_eq!(authorised(&mut bench, set(core::slice::from_ref(&parameter))), OK);
        assert_eq!(bench.auth_epoch() != epoch, ends, "{parameter:?}: what other endpoints go by");
        assert_eq!(bench.settings().persistent_token.is_none(), ends, "{parameter:?}");
        let now = bench.now;
        assert_eq!(bench.session.pin.token.is_in_use(1, now), !ends, "{parameter:?}");
    }
}

#[test]
fn cfg13_complexity_is_switched_on_for_good() {
    let (on, off) = (set(&[(4, Value::from(true))]), set(&[(4, Value::from(false))]));
    let mut bench = Bench::new(everything());
    assert_eq!(bench.send(&off.encode()), OK, "it is off");
    assert_eq!((bench.settings().pin_complexity, bench.commits), (false, 0));
    assert_eq!(bench.send(&on.encode()), OK);
    assert_eq!(bench.send(&on.encode()), OK);
    assert_eq!((bench.settings().pin_complexity, bench.commits), (true, 1));
    assert_eq!(bench.send(&off.encode()), refused(0x37));
    bench.power_cycle();
    assert!(bench.settings().pin_complexity);
    assert!(!bench.settings().force_pin_change, "there is no PIN");
}

/// Of a PIN nothing is kept that says how simple it is.
#[test]
fn cfg13_a_pin_that_is_set_must_be_changed_when_complexity_comes() {
    let mut bench = with_pin();
    assert_eq!(authorised(&mut bench, set(&[(4, Value::from(true))])), OK);
    assert!(bench.settings().force_pin_change);
    bench.change_settings(|settings| settings.force_pin_change = false);
    assert_eq!(authorised(&mut bench, set(&[(4, Value::from(true))])), OK, "it is on already");
    assert!(!bench.settings().force_pin_change);
}

/// Where nobody can be told what is given is refused rather than kept in vain.
#[test]
fn cfg12_rp_ids_are_refused_where_no_extension_tells_them() {
    for rp_ids in [array(["example.com"]), array::<Value>([])] {
        let mut bench = Bench::new(Profile { max_rp_ids_for_min_pin_length: 0, ..everything() });
        assert_eq!(bench.send(&set(&[(2, rp_ids)]).encode()), refused(0x02));
        assert_eq!(bench.commits, 0);
    }
}

/// Where somebody can be told: how the list is kept.
#[test]
fn cfg12_a_list_of_rp_ids_replaces_the_one_before_and_an_empty_one_does_not() {
    let mut bench = Bench::new(everything());
    let names = |count: u8| -> Vec<String> { (0..count).map(|n| format!("site{n}.example")).collect() };
    let kept = |bench: &mut Bench| bench.settings().min_pin_length_rp_ids.as_slice().to_vec();
    let hashes = |names: &[String]| -> Vec<_> { names.iter().map(|name| RpIdHash::of(name)).collect() };
    let other: [String; 1] = ["other.example".into()];

    assert!(tell(&mut bench, &names(2), 3).is_ok());
    assert_eq!(kept(&mut bench), hashes(&names(2)));
    assert!(tell(&mut bench, &[], 3).is_ok());
    assert_eq!(kept(&mut bench), hashes(&names(2)));
    assert!(tell(&mut bench, &[other.clone(), other.clone()].concat(), 1).is_ok(), "one, named twice");
    assert_eq!(kept(&mut bench), hashes(&other));
    assert_eq!(tell(&mut bench, &names(4), 3).err(), Some(Error::TooManyRpIds));
    assert_eq!(Error::TooManyRpIds.status().code(), 0x28);
    assert_eq!(tell(&mut bench, &names(9), 255).err(), Some(Error::TooManyRpIds));
    assert_eq!(kept(&mut bench), hashes(&other));
    assert!(tell(&mut bench, &names(8), 8).is_ok(), "as many as there is room for");
    bench.power_cycle();
    assert_eq!(kept(&mut bench), hashes(&names(8)));
}

fn tell(bench: &mut Bench, rp_ids: &[String], max: u8) -> Result<(), Error> {
    let encoded = encode(&array(rp_ids.iter().map(String::as_str)));
    let rp_ids = Some(RpIds::checked(check(&encoded).unwrap()));
    let (header, standing) = bench.context().standing()?;
    let demands = pin_demands(&standing, &MinPinLength { rp_ids, ..MinPinLength::default() }, max)?;
    let configuration = Configuration::new(Setting::PinDemands(demands), header.auth_epoch);
    let step = NeedsCommit::begin(&mut bench.context(), Work::Configure(configuration))?;
    let Step::NeedsCommit(needs) = step else { return Err(Error::Capacity) };
    bench.store.commit(needs.change_set(&bench.session).unwrap()).unwrap();
    Ok(())
}

/// Another process has changed the PIN, or reset the store, before the change was written: its token was void by then.
#[test]
fn a_change_is_not_written_once_its_authorisation_has_ended() {
    let mut bench = with_pin();
    let epoch = bench.auth_epoch();
    let late = Work::Configure(Configuration::new(Setting::LongTouchForReset, epoch));
    assert_eq!(authorised(&mut bench, set(&[(3, Value::from(true))])), OK);
    assert_ne!(bench.auth_epoch(), epoch);
    let refused = NeedsCommit::begin(&mut bench.context(), late).err();
    assert_eq!(refused.map(|error| error.status().code()), Some(0x33));
    assert!(!bench.settings().long_touch_for_reset);
    assert_eq!(bench.commits, 1);
}
