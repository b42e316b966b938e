//! What the holder of the persistent token reads in getInfo, from one change to the next.

use crate::lines::open;
use crate::owner::{CM, Owner, SITE};
use authenticator_core::{Profile, ResetPolicy};
use authenticator_testkit::cbor;
use authenticator_testkit::request::{credential_management, descriptor, get_assertion, make_credential};

/// Identifier of the device, and state of its credentials.
type Read = ([u8; 16], [u8; 16]);

/// A key whose owner has set a PIN, and given a reader the persistent token.
fn watched() -> Owner {
    let profile = Profile { reset: ResetPolicy::Anytime, ..Profile::security_key([0x5A; 16]) };
    let mut owner = Owner::new(profile);
    assert!(owner.sets_a_pin() && owner.is_given_a_persistent_token());
    owner
}

fn read(owner: &mut Owner) -> Read {
    let token = owner.persistent.clone().expect("a persistent token");
    let info = owner.info();
    let member = |key, label: &[u8]| {
        let sealed = info.member(key).expect("an identifier");
        open(&token, label, sealed.as_bytes().expect("bytes"))
    };
    (member(0x19, b"encIdentifier"), member(0x1E, b"encCredStoreState"))
}

/// Registers and gives the credential id.
fn register(owner: &mut Owner, user: &[u8], rk: bool) -> Vec<u8> {
    let token = owner.token_by_pin(0x01, Some(SITE)).expect("a PIN").expect("a token");
    let made = owner.sim.send(&token.proves(make_credential(SITE, user).option("rk", rk)));
    made.auth_data().expect("a registration").credential_id.expect("an id")
}

#[test]
fn gi20_gi22_the_device_is_known_again_until_it_is_reset() {
    let mut owner = watched();
    let (device, _) = read(&mut owner);
    register(&mut owner, b"user", true);
    assert_eq!(read(&mut owner).0, device);
    owner.unplugs();
    assert_eq!(read(&mut owner).0, device, "after a power cycle");
    assert!(owner.resets());
    assert!(owner.info().member(0x19).is_none() && owner.info().member(0x1E).is_none());
    assert!(owner.sets_a_pin() && owner.is_given_a_persistent_token());
    assert_ne!(read(&mut owner).0, device, "it is another one now");
}

/// Covers: GI-22
#[test]
fn gi20_gi22_a_token_that_has_ended_reads_nothing_any_more() {
    let mut owner = watched();
    let (old, before) = (owner.persistent.clone().expect("a token"), read(&mut owner));
    assert!(owner.changes_the_pin());
    assert!(owner.info().member(0x19).is_none(), "there is no token");
    assert!(owner.is_given_a_persistent_token());
    assert_eq!(read(&mut owner), before, "the same device, for the new token");
    let sealed = owner.info().member(0x19).expect("an identifier");
    assert_ne!(open(&old, b"encIdentifier", sealed.as_bytes().expect("bytes")), before.0);
}

#[test]
fn gi21_the_state_changes_with_the_passkeys_and_their_users_and_with_nothing_else() {
    let mut owner = watched();
    let mut last = read(&mut owner).1;
    let mut changed = |owner: &mut Owner| {
        let now = read(owner).1;
        std::mem::replace(&mut last, now) != now
    };
    let id = register(&mut owner, b"user", true);
    assert!(changed(&mut owner), "a registration");
    register(&mut owner, b"user 2", false);
    assert!(!changed(&mut owner), "a credential that is not discoverable");
    owner.sim.send(&get_assertion(SITE).list([id.as_slice()]));
    assert!(!changed(&mut owner), "a sign-in");
    owner.unplugs();
    assert!(!changed(&mut owner), "a power cycle");
    assert!(owner.wants_long_touches());
    assert!(!changed(&mut owner), "a setting");
    let user = cbor::map([("id", cbor::bytes(b"user")), ("name", "another name".into())]);
    assert_eq!(manage(&mut owner, 0x07, [(2, descriptor(&id)), (3, user)]), 0x00);
    assert!(changed(&mut owner), "a new name");
    let id = register(&mut owner, b"user", true);
    assert!(changed(&mut owner), "one that takes the place of another");
    assert_eq!(manage(&mut owner, 0x06, [(2, descriptor(&id))]), 0x00);
    assert!(changed(&mut owner), "a deletion");
}

/// A subcommand of credential management, authorised by the PIN.
fn manage(owner: &mut Owner, subcommand: u8, parameters: impl IntoIterator<Item = (i64, cbor::Value)>) -> u8 {
    let token = owner.token_by_pin(CM, None).expect("a PIN").expect("a token");
    let request = credential_management(subcommand).parameters(parameters);
    let param = token.authenticate(&request.subcommand_message());
    owner.sim.send(&request.with(3, 2).with(4, cbor::bytes(&param))).status
}
