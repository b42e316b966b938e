use super::*;
use crate::scenes::{register, sign_in, world};
use crate::{Notes, catalogue};
use authenticator_core::{Context, Gesture, NeedsUser, Refusal};

#[test]
fn s21_a_label_does_not_alter_the_sites_names() {
    let mut world = world();
    let before = register(&mut world, "example.com", b"alice-handle", "alice");
    rename(&mut world, before.record(), &Label::new("Κλειδί 🔑").unwrap()).unwrap();

    let after = find(&mut world, before.record()).unwrap();
    let (before, after) = (before.passkey().unwrap(), after.passkey().unwrap());
    assert_eq!(after.label(), Some("Κλειδί 🔑"));
    assert_eq!((&after.user, &after.credential_id), (&before.user, &before.credential_id));
    // The label is there after a sign-in as well, which rewrites the record, and a second one replaces it.
    sign_in(&mut world, "example.com").unwrap();
    assert_eq!(find(&mut world, before.record).unwrap().passkey().unwrap().label(), Some("Κλειδί 🔑"));
    rename(&mut world, before.record, &Label::new("b").unwrap()).unwrap();
    assert_eq!(find(&mut world, before.record).unwrap().passkey().unwrap().label(), Some("b"));
}

#[test]
fn s21_notes_of_a_later_version_are_kept_and_reported() {
    let mut world = world();
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    let later = [0xa1, 0x00, 0x02]; // {0: 2}
    blocking::manage(&mut world, Manage::SetHostData(item.record(), &later)).unwrap();

    assert_eq!(find(&mut world, item.record()).unwrap().passkey().unwrap().notes, Notes::Foreign);
    let renamed = rename(&mut world, item.record(), &Label::new("x").unwrap());
    assert_eq!(renamed, Err(Error::NewerNotes));
    let kept = world.context().vault().unwrap().by_record(item.record(), |entry| entry.host_data.0.to_vec());
    assert_eq!(kept, Ok(Some(later.to_vec())));
}

#[test]
fn renaming_what_is_not_there_or_cannot_be_read_fails() {
    let mut world = world();
    let label = Label::new("x").unwrap();
    assert_eq!(rename(&mut world, RecordId([9; 16]), &label), Err(Error::NoSuchPasskey));
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    world.store.spoiled = Some(item.record());
    assert_eq!(rename(&mut world, item.record(), &label), Err(Error::Unreadable));
}

#[test]
fn s35_a_deletion_says_what_will_go_and_waits_to_be_confirmed() {
    let mut world = world();
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    let passkey = item.passkey().unwrap();

    let token = prepare_delete(&mut world, item.record()).unwrap();
    let removes = token.removes().unwrap();
    assert_eq!(removes.rp_id.as_str(), "example.com");
    assert_eq!(removes.user.name.as_ref().unwrap().as_str(), "alice");
    drop(token);
    assert!(sign_in(&mut world, "example.com").is_ok());

    let removed = prepare_delete(&mut world, item.record()).unwrap().confirm(&mut world).unwrap().unwrap();
    assert_eq!(
        (removed.rp_id.as_str(), removed.credential_id),
        ("example.com", passkey.credential_id.clone())
    );
    assert!(catalogue(&mut world).unwrap().is_empty());
    let failed = sign_in(&mut world, "example.com").unwrap_err();
    assert_eq!(failed, authenticator_core::Error::NoCredentials);
}

#[test]
fn s35_a_passkey_is_deleted_once() {
    let mut world = world();
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    let token = prepare_delete(&mut world, item.record()).unwrap();
    prepare_delete(&mut world, item.record()).unwrap().confirm(&mut world).unwrap();
    assert_eq!(token.confirm(&mut world).unwrap_err(), Error::NoSuchPasskey);
    assert_eq!(prepare_delete(&mut world, item.record()).unwrap_err(), Error::NoSuchPasskey);
}

#[test]
fn s35_an_unreadable_record_can_be_deleted() {
    let mut world = world();
    let item = register(&mut world, "example.com", b"alice-handle", "alice");
    world.store.spoiled = Some(item.record());
    let token = prepare_delete(&mut world, item.record()).unwrap();
    assert!(token.removes().is_none());
    assert!(token.confirm(&mut world).unwrap().is_none());
    assert!(catalogue(&mut world).unwrap().is_empty());
}

#[test]
fn reset_deletes_everything_when_the_user_confirms() {
    let mut world = world();
    register(&mut world, "example.com", b"alice-handle", "alice");
    let mut no = |_: &NeedsUser, _: &mut Context<'_>| Err::<Gesture, _>(Refusal::Declined);
    assert!(reset(&mut world, &mut no).is_err());
    assert_eq!(catalogue(&mut world).unwrap().len(), 1);

    // A phone verifies its user: a yes alone is anybody's.
    let mut touch = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::TOUCH);
    assert!(reset(&mut world, &mut touch).is_err());
    assert_eq!(catalogue(&mut world).unwrap().len(), 1);

    let mut verified = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::VERIFIED);
    reset(&mut world, &mut verified).unwrap();
    assert!(catalogue(&mut world).unwrap().is_empty());
    register(&mut world, "example.com", b"alice-handle", "alice");
}
