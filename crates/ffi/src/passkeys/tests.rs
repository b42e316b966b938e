//! An app's list of passkeys.

use super::*;
use crate::misuse::ArgumentProblem;
use crate::test_support::{
    APPROVED, Bench, create, failure, get, host_keys, made, response, settings, signed,
};
use crate::{Ceremony, FailureKind, KeyBackend, KeyName, Misuse, OpenError, SaveError, Settings, Step};
use crate::{UpkeepError, VerificationSetup};
use std::sync::Arc;
use std::thread;

mod suspended;

fn all(authenticator: &Authenticator) -> Vec<Passkey> {
    let (mut listed, mut before) = (Vec::new(), None);
    loop {
        let page = authenticator.passkeys(before).unwrap();
        listed.extend(page.passkeys);
        before = page.next;
        if before.is_none() {
            return listed;
        }
    }
}

fn register_with_host_key(bench: &Bench, user: &str) {
    let ceremony = bench.create(user);
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_key(made(user.as_bytes())).unwrap();
    ceremony.answer_signature(signed()).unwrap();
    response(&ceremony);
}

fn newest(bench: &Bench) -> Passkey {
    all(&bench.authenticator).into_iter().next().unwrap()
}

#[test]
fn each_passkey_is_listed_with_what_is_known_of_it() {
    let bench = Bench::new(KeyBackend::Software);
    assert!(all(&bench.authenticator).is_empty());
    let made = bench.register("ada");
    let passkey = newest(&bench);
    let details = passkey.details.unwrap();
    assert_eq!((passkey.record.len(), passkey.state), (16, PasskeyState::Unconfirmed));
    assert_eq!((details.rp_id.as_str(), details.algorithm), ("example.com", -7));
    assert_eq!((details.user.id.as_slice(), details.user.name.as_str()), (&b"ada"[..], "ada"));
    assert_eq!((details.label, details.last_used), (None, None));
    assert!(details.created.is_some() && !details.key_held_by_app);
    assert!(made.contains(&authenticator_webauthn::base64url::encode(&details.credential_id)));

    let host = Bench::new(host_keys());
    register_with_host_key(&host, "bob");
    assert!(newest(&host).details.unwrap().key_held_by_app);
    let elsewhere = all(&host.reopened(KeyBackend::Software));
    assert_eq!(elsewhere[0].state, PasskeyState::KeyMissing);
}

#[test]
fn a_long_list_comes_in_pages_and_each_passkey_once() {
    let bench = Bench::new(KeyBackend::Software);
    for number in 0..PAGE + 3 {
        bench.register(&format!("user-{number}"));
    }
    let first = bench.authenticator.passkeys(None).unwrap();
    let second = bench.authenticator.passkeys(first.next).unwrap();
    assert_eq!((first.passkeys.len(), second.passkeys.len(), second.next), (PAGE, 3, None));
    let users = first.passkeys.iter().chain(&second.passkeys);
    let users: Vec<_> = users.map(|one| one.details.as_ref().unwrap().user.id.clone()).collect();
    let expected: Vec<_> = (0..PAGE + 3).rev().map(|number| format!("user-{number}").into_bytes()).collect();
    assert_eq!(users, expected, "newest first");
    for strange in [0, 1 << 63, u64::MAX] {
        assert!(bench.authenticator.passkeys(Some(strange)).is_ok());
    }
}

#[test]
fn a_label_is_kept_and_shown_at_the_next_sign_in() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    let record = newest(&bench).record;
    bench.authenticator.rename_passkey(record.clone(), "  Work laptop 🔑 ".into()).unwrap();
    let details = newest(&bench).details.unwrap();
    assert_eq!((details.label.as_deref(), details.user.name.as_str()), (Some("Work laptop 🔑"), "ada"));
    let sign_in = bench.get();
    let Step::NeedsUser { request } = sign_in.step().unwrap() else { panic!("nobody is asked") };
    assert_eq!(request.candidates.candidates[0].label.as_deref(), Some("Work laptop 🔑"));

    for bad in ["", " \t ", "a\0b", "two\nlines", &"x".repeat(101)] {
        let refused = bench.authenticator.rename_passkey(record.clone(), bad.into());
        assert!(matches!(refused, Err(PasskeyError::Label { .. })), "{bad:?}: {refused:?}");
    }
    assert_eq!(newest(&bench).details.unwrap().label.as_deref(), Some("Work laptop 🔑"));
    bench.authenticator.rename_passkey(record, "é".repeat(100)).unwrap();
}

#[test]
fn records_of_the_wrong_length_or_of_another_store_are_refused() {
    let (bench, other) = (Bench::new(KeyBackend::Software), Bench::new(KeyBackend::Software));
    bench.register("ada");
    other.register("bob");
    let problem = ArgumentProblem::RecordLength;
    let foreign = newest(&other).record;
    let lengths = [0, 15, 17, 1000].map(|length| (vec![1; length], PasskeyError::Argument { problem }));
    let cases = lengths.into_iter().chain([(foreign, PasskeyError::NoSuchPasskey)]);
    for (record, error) in cases {
        let on = &bench.authenticator;
        assert_eq!(on.rename_passkey(record.clone(), "x".into()), Err(error.clone()));
        assert_eq!(on.delete_passkey(record.clone()), Err(error.clone()));
        assert_eq!(on.mark_passkey(record.clone(), PasskeyMark::Hidden), Err(error.clone()));
        assert_eq!(on.mark_passkey(record, PasskeyMark::Confirmed), Err(error));
    }
    assert_eq!((all(&bench.authenticator).len(), all(&other.authenticator).len()), (1, 1));
}

#[test]
fn a_deleted_passkey_is_gone_and_its_key_is_unwanted() {
    let bench = Bench::new(host_keys());
    register_with_host_key(&bench, "ada");
    register_with_host_key(&bench, "bob");
    let listed = all(&bench.authenticator);
    // A sign-in that was begun before, with the passkey that goes.
    let begun = bench.get();
    let gone = listed[0].record.clone();
    bench.authenticator.delete_passkey(gone.clone()).unwrap();
    assert_eq!(bench.authenticator.delete_passkey(gone.clone()), Err(PasskeyError::NoSuchPasskey));
    begun.answer_user(crate::UserAnswer::Approved { verified: true, chosen: Some(gone) }).unwrap();
    assert!(matches!(failure(&begun).0.kind, FailureKind::Unproven | FailureKind::NoPasskey));

    let left = all(&bench.authenticator);
    assert_eq!((left.len(), &left[0].record), (1, &listed[1].record));
    let unwanted = bench.authenticator.unwanted_keys().unwrap();
    assert_eq!(unwanted.len(), 1);
    assert_eq!(unwanted[0].key, KeyName::Handle { handle: b"bob".to_vec() });
}

#[test]
fn what_the_site_says_of_a_passkey_is_noted() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    bench.register("ada");
    let states = || all(&bench.authenticator).iter().map(|one| one.state).collect::<Vec<_>>();
    let (new, old) = (newest(&bench).record, all(&bench.authenticator)[1].record.clone());
    let mark = |record: &[u8], as_what| bench.authenticator.mark_passkey(record.to_vec(), as_what);
    assert_eq!(states(), [PasskeyState::Unconfirmed, PasskeyState::Superseded]);
    mark(&new, PasskeyMark::Hidden).unwrap();
    assert_eq!(states(), [PasskeyState::Hidden, PasskeyState::Unconfirmed], "the old one is offered again");
    mark(&new, PasskeyMark::Shown).unwrap();
    assert_eq!(states(), [PasskeyState::Active, PasskeyState::Superseded]);
    mark(&new, PasskeyMark::Unconfirmed).unwrap();
    assert_eq!(states(), [PasskeyState::Unconfirmed, PasskeyState::Superseded]);
    mark(&new, PasskeyMark::Confirmed).unwrap();
    assert_eq!(states(), [PasskeyState::Active]);
    assert_eq!(mark(&old, PasskeyMark::Shown), Err(PasskeyError::NoSuchPasskey));
}

#[test]
fn s38_a_registration_is_in_doubt_until_its_first_sign_in() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    assert_eq!(newest(&bench).state, PasskeyState::Unconfirmed);
    let begun = bench.get();
    begun.answer_user(APPROVED).unwrap();
    response(&begun);
    assert_eq!(newest(&bench).state, PasskeyState::Active);
}

#[test]
fn everything_is_deleted_only_for_an_owner_who_was_verified_where_that_can_be() {
    let bench = Bench::new(host_keys());
    register_with_host_key(&bench, "ada");
    let open = bench.create("eve");
    assert_eq!(bench.authenticator.delete_everything(false), Err(PasskeyError::Unproven));
    assert_eq!(all(&bench.authenticator).len(), 1);
    bench.authenticator.delete_everything(true).unwrap();
    assert!(all(&bench.authenticator).is_empty());
    let unwanted = bench.authenticator.unwanted_keys().unwrap();
    assert!(unwanted.iter().any(|key| matches!(key.key, KeyName::AliasSuffix { .. })), "{unwanted:?}");
    open.answer_user(APPROVED).unwrap();
    assert_eq!(failure(&open).0.kind, FailureKind::Store, "it was begun before");
    register_with_host_key(&bench, "eve");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db").to_string_lossy().into_owned();
    let unable = Settings { verification: VerificationSetup::Unsupported, ..settings(KeyBackend::Software) };
    let unable = Authenticator::open(path, vec![7; 32], unable).unwrap();
    unable.delete_everything(false).unwrap();
}

#[test]
fn threads_that_list_rename_and_delete_disturb_no_registration() {
    const EACH: usize = 12;
    let bench = Bench::new(KeyBackend::Software);
    let on = &bench.authenticator;
    (0..EACH).for_each(|number| drop(bench.register(&format!("old-{number}"))));
    let old = all(on);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..EACH {
                let ceremony = create(on, &format!("new-{number}"));
                ceremony.answer_user(APPROVED).unwrap();
                response(&ceremony);
            }
        });
        scope.spawn(|| old.iter().for_each(|one| on.delete_passkey(one.record.clone()).unwrap()));
        scope.spawn(|| {
            for one in &old {
                let renamed = on.rename_passkey(one.record.clone(), "x".into());
                assert!(matches!(renamed, Ok(()) | Err(PasskeyError::NoSuchPasskey)), "{renamed:?}");
            }
        });
        scope.spawn(|| (0..EACH).for_each(|_| assert!(all(on).len() <= 2 * EACH)));
    });
    let left = all(on);
    assert_eq!(left.len(), EACH);
    assert!(left.iter().all(|one| one.details.as_ref().unwrap().user.id.starts_with(b"new-")));
}

#[test]
fn client_capabilities_follow_from_the_settings() {
    let says = |bench: &Bench| bench.authenticator.client_capabilities().unwrap();
    let bench = Bench::new(KeyBackend::Software);
    assert!(says(&bench).contains(r#""userVerifyingPlatformAuthenticator":true"#));
    assert!(says(&bench).contains(r#""conditionalGet":false"#));
}

#[test]
fn nothing_that_is_printed_names_anyone() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    bench.authenticator.rename_passkey(newest(&bench).record, "laptop".into()).unwrap();
    let page = bench.authenticator.passkeys(None).unwrap();
    let printed = format!("{page:?} {:?} {:?}", page.passkeys, page.passkeys[0].details);
    for secret in ["ada", "Ada", "example", "laptop"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
