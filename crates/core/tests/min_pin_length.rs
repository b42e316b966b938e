//! The extension minPinLength: chosen sites are told how long a PIN has to be (CTAP 2.3 §12.5).
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use authenticator_core::Profile;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{self, Value, array, map};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::make_credential;

const SITE: &str = "example.com";

fn key() -> Sim {
    Sim::new(Profile::security_key([0x22; 16]))
}

/// setMinPINLength; a key without a PIN lets anybody.
fn set(sim: &mut Sim, parameters: impl IntoIterator<Item = (i64, Value)>) -> u8 {
    let request = map([(1, Value::from(3)), (2, map(parameters))]);
    sim.send_bytes(&[[0x0D].as_slice(), &cbor::encode(&request)].concat()).status
}

fn tell(sim: &mut Sim, rp_ids: &[&str]) -> u8 {
    set(sim, [(2, array(rp_ids.iter().copied()))])
}

fn registration(sim: &mut Sim, rp_id: &str, asked: impl Into<Value>) -> Reply {
    sim.send(&make_credential(rp_id, b"user").extension("minPinLength", asked))
}

/// What a registration says of it: the whole output of extensions.
fn output(sim: &mut Sim, rp_id: &str) -> Option<Value> {
    let data = registration(sim, rp_id, true).auth_data().expect("a registration");
    assert_eq!(data.flags & 0x80 != 0, data.extensions.is_some());
    data.extensions
}

fn length(length: u8) -> Option<Value> {
    Some(map([("minPinLength", length)]))
}

#[test]
fn mpl01_a_site_of_the_list_is_told_todays_length_and_no_other_site() {
    let mut sim = key();
    assert_eq!(output(&mut sim, SITE), None, "nobody is on the list yet");
    assert_eq!(tell(&mut sim, &[SITE, "other.example"]), 0x00);
    assert_eq!(output(&mut sim, SITE), length(4));
    assert_eq!(output(&mut sim, "other.example"), length(4));
    assert_eq!(output(&mut sim, "example.org"), None);
    assert_eq!(output(&mut sim, "sub.example.com"), None, "a name of its own");
    assert_eq!(set(&mut sim, [(1, Value::from(6))]), 0x00);
    assert_eq!(output(&mut sim, SITE), length(6));
    assert_eq!(tell(&mut sim, &["third.example"]), 0x00);
    assert_eq!(output(&mut sim, SITE), None, "another list has taken the place of the first");
}

#[test]
fn mpl01_who_does_not_ask_is_not_told() {
    let mut sim = key();
    assert_eq!(tell(&mut sim, &[SITE]), 0x00);
    let data = registration(&mut sim, SITE, false).auth_data().expect("a registration");
    assert_eq!(data.extensions, None);
    let silent = sim.send(&make_credential(SITE, b"user")).auth_data().expect("a registration");
    assert_eq!(silent.extensions, None);
}

#[test]
fn ext03_what_is_asked_with_is_a_boolean() {
    let mut sim = key();
    for wrong in [Value::from(1), Value::from("true"), cbor::bytes(&[1]), Value::Null] {
        assert_eq!(registration(&mut sim, SITE, wrong).status, 0x11);
    }
    assert!(sim.user.seen.is_empty(), "nobody is asked before");
}

/// Covers: EXT-02
#[test]
fn ext02_mpl01_it_stands_behind_cred_protect() {
    let mut sim = key();
    assert_eq!(tell(&mut sim, &[SITE]), 0x00);
    for rk in [false, true] {
        let request = make_credential(SITE, b"user").option("rk", rk);
        let request = request.extension("credProtect", 2).extension("minPinLength", true);
        let data = sim.send(&request).auth_data().expect("a registration");
        assert_eq!(data.extensions, Some(map([("credProtect", 2), ("minPinLength", 4)])));
    }
}

/// Covers: GI-05
#[test]
fn mpl02_gi05_it_is_listed_where_somebody_can_be_told_and_nowhere_else() {
    let listed = |profile: Profile| {
        let mut sim = Sim::new(profile);
        let extensions = sim.send_bytes(&[0x04]).member(2).expect("extensions");
        let accepted = tell(&mut sim, &[SITE]) == 0x00;
        let listed = extensions.as_array().expect("an array").contains(&"minPinLength".into());
        assert_eq!(listed, accepted);
        listed
    };
    let key = || Profile::security_key([0; 16]);
    assert!(listed(key()));
    assert!(!listed(Profile { max_rp_ids_for_min_pin_length: 0, ..key() }));
    assert!(!listed(Profile::phone([0; 16])));
}
