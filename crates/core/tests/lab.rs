//! The store of a lab, and everybody else's.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use authenticator_core::store::Store;
use authenticator_core::{Authenticator, DeviceKey, Error, Opened, Profile, ResetPolicy};
use authenticator_host::{HashMapStore, OpenError};
use authenticator_testkit::request::make_credential;
use authenticator_testkit::{SeededRng, Sim};
use std::fmt::Write as _;

fn key() -> Profile {
    Profile { reset: ResetPolicy::Anytime, ..Profile::security_key([0x5A; 16]) }
}

/// The store of a device of this profile, which has a passkey.
fn used(profile: Profile) -> HashMapStore {
    let mut sim = Sim::new(profile);
    assert_eq!(sim.send(&make_credential("example.com", b"user").option("rk", true)).status, 0x00);
    sim.world.store.inner
}

fn refused(profile: Profile, store: HashMapStore) -> Option<OpenError> {
    Sim::over(profile, store, 2).err()
}

#[test]
fn the_store_of_a_lab_is_for_labs_and_others_are_not() {
    let (lab, other) = (used(key().in_lab()), used(key()));
    assert_eq!(refused(key().in_lab(), lab.clone()), None);
    assert_eq!(refused(key(), lab), Some(OpenError::Store(Error::StoreOfLab)));
    assert_eq!(refused(key(), other.clone()), None);
    assert_eq!(refused(key().in_lab(), other), Some(OpenError::Store(Error::StoreNotOfLab)));
}

#[test]
fn a_reset_does_not_take_the_mark_away() {
    let mut sim = Sim::new(key().in_lab());
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    let store = sim.world.store.inner;
    assert_eq!(refused(key(), store), Some(OpenError::Store(Error::StoreOfLab)));
}

#[test]
fn starting_over_makes_it_what_the_profile_is() {
    let mut store = used(key());
    let stranger = DeviceKey::new([0xEE; 32]);
    let lab = Authenticator::new(key().in_lab(), &stranger).expect("a profile that holds together");
    let changes = lab.start_over(&store, &mut SeededRng::new(3)).expect("another key's store");
    store.commit(&changes).expect("there is room");
    assert!(matches!(lab.open(&store, &mut SeededRng::new(4)), Ok(Opened::Ready)));
    let other = Authenticator::new(key(), &stranger).expect("a profile that holds together");
    assert_eq!(other.open(&store, &mut SeededRng::new(4)).err(), Some(Error::StoreOfLab));
}

/// A lab that began over an empty store is one from its first commit, and everything that reads the header later asks again.
#[test]
fn a_store_that_becomes_a_labs_meanwhile_answers_nobody_else() {
    let mut sim = Sim::new(key());
    sim.world.store.inner = Sim::new(key().in_lab()).world.store.inner;
    assert_eq!(sim.send(&make_credential("example.com", b"user")).status, 0x7F);
}

#[test]
fn the_aaguid_of_labs_is_its_own() {
    assert_eq!(key().in_lab().aaguid, Profile::LAB_AAGUID);
    assert_eq!(uuid(Profile::LAB_AAGUID), "c65591c6-e53f-40d0-8e1a-b304e5d2500f");
}

fn uuid(aaguid: [u8; 16]) -> String {
    let mut text = String::new();
    for (place, byte) in aaguid.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
