use super::*;
use crate::scenes::{NOON, register, sign_in, world};
use authenticator_core::Manage;
use authenticator_host::blocking;

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
    assert_eq!((alice.state, alice.label()), (State::Unconfirmed, None));
    assert_eq!(items[1].id().len(), 32);
}

#[test]
fn s37_a_passkey_with_a_successor_is_listed_as_superseded() {
    let mut world = world();
    let old = register(&mut world, "example.com", b"alice-handle", "alice");
    register(&mut world, "example.com", b"alice-handle", "alice");
    register(&mut world, "example.org", b"alice-handle", "alice");

    let states: Vec<_> = catalogue(&mut world).unwrap().iter().map(Item::state).collect();
    assert_eq!(states, [State::Unconfirmed, State::Unconfirmed, State::Superseded]);
    assert_eq!(old.state(), State::Unconfirmed);
}

#[test]
fn s36_s37_s39_the_list_says_what_has_become_of_each() {
    let mut world = world();
    let old = register(&mut world, "example.com", b"alice-handle", "alice");
    let new = register(&mut world, "example.com", b"alice-handle", "alice");
    let states = |world: &mut _| -> Vec<_> { catalogue(world).unwrap().iter().map(Item::state).collect() };
    assert_eq!(states(&mut world), [State::Unconfirmed, State::Superseded]);
    crate::mark(&mut world, new.record(), crate::Mark::Hidden).unwrap();
    assert_eq!(states(&mut world), [State::Hidden, State::Unconfirmed], "the old one is restored");
    assert_eq!(
        sign_in(&mut world, "example.com").unwrap().credential_id,
        old.passkey().unwrap().credential_id
    );
    crate::mark(&mut world, new.record(), crate::Mark::Shown).unwrap();
    assert_eq!(states(&mut world), [State::Active, State::Superseded]);
    crate::mark(&mut world, new.record(), crate::Mark::Unconfirmed).unwrap();
    assert_eq!(states(&mut world), [State::Unconfirmed, State::Superseded]);
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
    assert_eq!(states, [State::Unconfirmed, State::Unreadable, State::Unconfirmed]);
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

#[test]
fn s37_page_by_page_each_passkey_is_listed_once() {
    let mut world = world();
    let mut made: Vec<_> =
        (0..5u8).map(|user| register(&mut world, "example.com", &[user], "somebody").record()).collect();
    made.reverse();
    // Read or not, a record has its place.
    world.store.spoiled = made.get(2).copied();
    for length in [0, 1, 2, 4, 5, 6] {
        let (mut listed, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = catalogue_page(&mut world, before, length).unwrap();
            assert!(page.items.len() <= length.max(1));
            listed.extend(page.items.iter().map(Item::record));
            pages += 1;
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(
            (listed.as_slice(), pages),
            (made.as_slice(), 5_usize.div_ceil(length.max(1))),
            "{length}"
        );
    }
}

#[test]
fn a_page_goes_on_after_its_last_passkey_was_deleted() {
    let mut world = world();
    for user in 0..4u8 {
        register(&mut world, "example.com", &[user], "somebody");
    }
    let first = catalogue_page(&mut world, None, 2).unwrap();
    blocking::manage(&mut world, Manage::Delete(first.items[1].record())).unwrap();
    let second = catalogue_page(&mut world, first.next, 2).unwrap();
    assert_eq!((second.items.len(), second.next), (2, None));
    assert!(
        catalogue_page(&mut world, Some(0), 2).unwrap().items.is_empty(),
        "nothing is older than the first"
    );
    assert_eq!(catalogue_page(&mut world, Some(u64::MAX), 9).unwrap().items.len(), 3);
}
