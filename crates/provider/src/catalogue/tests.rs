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
