use super::*;
use crate::scenes::{NOON, register, sign_in, world};

#[test]
fn s37_all_passkeys_are_listed_newest_first_with_what_is_known_of_them() {
    let mut world = world();
    register(&mut world, "example.com", b"alice-handle", "alice");
    register(&mut world, "example.org", b"bob-handle", "bob");
    sign_in(&mut world, "example.com").unwrap();

    let items = catalogue(&mut world).unwrap();
    let names: Vec<_> =
        items.iter().filter_map(Item::passkey).map(|passkey| passkey.rp_id.as_str()).collect();
    assert_eq!(names, ["example.org", "example.com"]);

    let alice = items[1].passkey().unwrap();
    assert_eq!(alice.user.id.as_slice(), b"alice-handle");
    assert_eq!(alice.user.name.as_ref().unwrap().as_str(), "alice");
    assert_eq!(alice.user.display_name.as_ref().unwrap().as_str(), "Display");
    assert_eq!(alice.credential_id.as_slice().len(), 32);
    assert_eq!((alice.created, alice.last_used), (Some(NOON), Some(NOON)));
    assert_eq!(items[0].passkey().unwrap().last_used, None);
    assert_eq!((alice.algorithm, alice.cred_protect), (Algorithm::Es256, CredProtect::Optional));
    assert_eq!(alice.protection, Protection::Software);
    assert_eq!((alice.state, alice.label()), (State::Active, None));
    assert_eq!(items[1].id().len(), 32);
}

#[test]
fn s37_a_passkey_with_a_successor_is_listed_as_superseded() {
    let mut world = world();
    let old = register(&mut world, "example.com", b"alice-handle", "alice");
    register(&mut world, "example.com", b"alice-handle", "alice");
    register(&mut world, "example.org", b"alice-handle", "alice");

    let states: Vec<_> = catalogue(&mut world).unwrap().iter().map(Item::state).collect();
    assert_eq!(states, [State::Active, State::Active, State::Superseded]);
    assert_eq!(old.state(), State::Active);
}

#[test]
fn s36_s37_s39_the_list_says_what_has_become_of_each() {
    let mut world = world();
    let old = register(&mut world, "example.com", b"alice-handle", "alice");
    let new = register(&mut world, "example.com", b"alice-handle", "alice");
    let states = |world: &mut _| -> Vec<_> { catalogue(world).unwrap().iter().map(Item::state).collect() };
    crate::mark(&mut world, new.record(), crate::Mark::Unconfirmed).unwrap();
    assert_eq!(states(&mut world), [State::Unconfirmed, State::Superseded]);
    crate::mark(&mut world, new.record(), crate::Mark::Hidden).unwrap();
    assert_eq!(states(&mut world), [State::Hidden, State::Active], "the old one is restored");
    assert_eq!(
        sign_in(&mut world, "example.com").unwrap().credential_id,
        old.passkey().unwrap().credential_id
    );
    crate::mark(&mut world, new.record(), crate::Mark::Shown).unwrap();
    assert_eq!(states(&mut world), [State::Active, State::Superseded]);
    crate::confirm(&mut world, new.record()).unwrap();
    assert_eq!(states(&mut world), [State::Active]);
    assert_eq!(crate::confirm(&mut world, old.record()), Err(Error::NoSuchPasskey));
    assert_eq!(crate::mark(&mut world, old.record(), crate::Mark::Shown), Err(Error::NoSuchPasskey));
}

/// Covers: S-37
#[test]
fn s37_a_passkey_whose_key_backend_is_not_there_is_listed_as_key_missing() {
    use authenticator_core::Profile;
    use authenticator_testkit::request::{get_assertion, make_credential};
    use authenticator_testkit::{Mood, Sim, with_keystore};
    let profile = Profile::security_key([0; 16]);
    let mut sim = Sim::new(with_keystore(profile.clone()));
    for user in [b"one", b"two"] {
        assert_eq!(sim.send(&make_credential("example.com", user).option("rk", true)).status, 0x00);
    }
    let store = sim.world.store.inner.clone();
    let states = |sim: &mut Sim| -> Vec<_> {
        catalogue(&mut sim.world).unwrap().iter().map(|item| item.state().as_str()).collect()
    };
    assert_eq!(states(&mut Sim::over(profile, store, 2).unwrap()), ["key missing", "key missing"]);
    sim.keys.will(Mood::Fails(authenticator_core::key::KeyError::Invalidated));
    assert_eq!(sim.send(&get_assertion("example.com")).status, 0x2E);
    assert_eq!(states(&mut sim), ["key invalidated", "active"]);
}

#[test]
fn s37_an_unreadable_record_is_listed_and_hides_no_other() {
    let mut world = world();
    register(&mut world, "example.com", b"a", "alice");
    let spoiled = register(&mut world, "example.com", b"b", "bob");
    register(&mut world, "example.com", b"c", "carol");
    world.store.spoiled = Some(spoiled.record());

    let items = catalogue(&mut world).unwrap();
    let states: Vec<_> = items.iter().map(Item::state).collect();
    assert_eq!(states, [State::Active, State::Unreadable, State::Active]);
    assert_eq!(items[1].id(), spoiled.id());
    assert!(items[1].passkey().is_none());
}

#[test]
fn debug_names_nobody() {
    let mut world = world();
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    crate::rename(&mut world, item.record(), &crate::Label::new("my laptop").unwrap()).unwrap();
    let printed = format!("{:?}", catalogue(&mut world).unwrap());
    for secret in ["example", "alice", "laptop"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
