//! The PIN that the host sets for its user (`Manage::SetPin`): as good as a client's, and no better.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::{Command, Error, Manage, PinError, PinRules, Profile, Reply};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::Value;
use pin::*;

fn set(sim: &mut Sim, text: &str) -> Result<(), Error> {
    sim.run(Command::Manage(Manage::SetPin(text))).result.map(|reply| assert!(matches!(reply, Reply::Empty)))
}

const POLICY: Error = Error::Pin(PinError::Policy);

#[test]
fn a_client_recognises_the_pin_that_the_host_has_set() {
    for text in ["1234", "zwölf Füße", &"9".repeat(63)] {
        let mut sim = key();
        set(&mut sim, text).unwrap();
        assert_eq!(try_pin(&mut sim, "0000"), 0x31);
        assert_eq!(try_pin(&mut sim, text), 0x00);
        unplug(&mut sim);
        assert_eq!(try_pin(&mut sim, text), 0x00, "it lasts");
    }
}

#[test]
fn one_that_is_set_stays() {
    let mut sim = key_with_pin();
    assert_eq!(set(&mut sim, "567890"), Err(Error::Pin(PinError::AlreadySet)));
    assert_eq!(set(&mut sim, PIN), Err(Error::Pin(PinError::AlreadySet)), "not even the same");
    assert_eq!(try_pin(&mut sim, PIN), 0x00);
}

#[test]
fn cp05_it_is_as_long_as_a_client_s_must_be() {
    for text in ["", "123", "äöü", "1234\0", &"9".repeat(64), &"ä".repeat(32)] {
        let mut sim = key();
        assert_eq!(set(&mut sim, text), Err(POLICY), "{text:?}");
        assert_eq!(set_pin(&mut sim, PIN), 0x00, "none is set");
    }
    let rules = PinRules { min_length: 6, max_length: 8, ..PinRules::default() };
    let mut sim = Sim::new(Profile { client_pin: Some(rules), ..security_key() });
    assert_eq!(set(&mut sim, "12345"), Err(POLICY));
    assert_eq!(set(&mut sim, "123456789"), Err(POLICY));
    set(&mut sim, "12345678").unwrap();
}

#[test]
fn cfg13_it_is_not_simple_where_clients_may_not_set_a_simple_one() {
    let rules = PinRules { complexity_policy: true, ..PinRules::default() };
    let mut sim = Sim::new(Profile { client_pin: Some(rules), ..security_key() });
    let forbid = authenticator_testkit::request::config(0x03).parameters([(0x04, Value::from(true))]);
    assert_eq!(sim.send(&forbid).status, 0x00);
    assert_eq!(set(&mut sim, "12345"), Err(POLICY));
    set(&mut sim, "12354").unwrap();
}

#[test]
fn where_there_are_no_pins_none_is_set() {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    assert_eq!(set(&mut sim, PIN), Err(Error::UnknownSubcommand));
}
