//! deleteCredential and updateUserInformation, and which commits tell clients that their lists are old.

extern crate std;

use super::bench::{Bench, credential_id, deletion, of_user, update, user};
use crate::command::{Manage, begin};
use crate::credential::CredentialState;
use crate::profile::Profile;
use crate::step::Step;
use crate::store::{CommitError, RecordId, RecordKind};
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::request::{credential_management, descriptor, get_assertion, make_credential};
use std::string::String;
use std::vec::Vec;

const SITE: &str = "example.com";

#[test]
fn cm10_a_deleted_credential_is_gone_and_its_place_free() {
    let mut bench = Bench::new();
    let (kept, gone) = (bench.register(SITE, b"kept"), bench.register(SITE, b"gone"));
    let (existing, remaining) = bench.metadata();
    let reply = bench.manage(deletion(&gone));
    assert_eq!((reply.status, reply.raw.len()), (0x00, 0));
    assert_eq!(bench.metadata(), (existing - 1, remaining + 1));
    assert_eq!(bench.ids(SITE), core::slice::from_ref(&kept));
    assert_eq!(bench.sign_in(SITE, &gone), 0x2E);
    assert_eq!(bench.sign_in(SITE, &kept), 0x00);
    assert_eq!(bench.manage(deletion(&gone)).status, 0x2E, "a second time");
    bench.register(SITE, b"gone");
    assert_eq!(bench.metadata(), (existing, remaining));
}

#[test]
fn cm06_what_a_descriptor_does_not_name_is_not_found() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let unlisted = bench.send(&make_credential(SITE, b"user").option("rk", false));
    bench.renew();
    let unlisted = unlisted.auth_data().unwrap().credential_id.unwrap();
    let foreign = map([("id", bytes(&id)), ("type", "foreign".into())]);
    let long = [id.as_slice(), &[0; 224]].concat();
    for named in [foreign, descriptor(&[]), descriptor(&id[..31]), descriptor(&long), descriptor(&unlisted)] {
        for (subcommand, user) in [(0x06, None), (0x07, Some((0x03, user(b"user", &[]))))] {
            let parameters = [(0x02, named.clone())].into_iter().chain(user);
            assert_eq!(bench.manage(credential_management(subcommand).parameters(parameters)).status, 0x2E);
        }
    }
    let travelled = map([("id", bytes(&id)), ("type", "public-key".into()), ("transports", array(["usb"]))]);
    assert_eq!(bench.manage(credential_management(0x06).parameters([(0x02, travelled)])).status, 0x00);
}

type Names = (Option<String>, Option<String>);

fn names(bench: &mut Bench) -> Names {
    let listed = bench.credentials(SITE);
    assert_eq!(listed.len(), 1);
    (of_user(&listed[0], "name"), of_user(&listed[0], "displayName"))
}

#[test]
fn cm11_names_are_replaced_or_removed() {
    let long = "é".repeat(40);
    type Case<'a> = (&'a [(&'a str, &'a str)], [Option<&'a str>; 2]);
    let cases: [Case<'_>; 7] = [
        (&[("name", "bob"), ("displayName", "Bob")], [Some("bob"), Some("Bob")]),
        (&[("name", "bob")], [Some("bob"), None]),
        (&[("displayName", "Bob")], [None, Some("Bob")]),
        (&[], [None, None]),
        (&[("name", ""), ("displayName", "Bob")], [None, Some("Bob")]),
        (&[("name", "bob"), ("displayName", "")], [Some("bob"), None]),
        (&[("name", &long), ("icon", "data:")], [Some(&long[..64]), None]),
    ];
    for (given, expected) in cases {
        let mut bench = Bench::new();
        let id = bench.register(SITE, b"user");
        let reply = bench.manage(update(&id, user(b"user", given)));
        assert_eq!((reply.status, reply.raw.len()), (0x00, 0), "{given:?}");
        let expected = expected.map(|name| name.map(String::from));
        assert_eq!(names(&mut bench), expected.into(), "{given:?}");
    }
}

#[test]
fn cm11_everything_but_the_names_stays() {
    let mut bench = Bench::new();
    let id = bench.register_with(make_credential(SITE, b"user").extension("credProtect", 2));
    let newer = bench.register(SITE, b"newer");
    let record = bench.record(&id);
    assert_eq!(bench.host(Manage::SetHostData(record, b"work laptop")), 0x00);
    let kept = |bench: &mut Bench| {
        let mut cx = bench.context();
        let vault = cx.vault().unwrap();
        let read = vault.by_record(record, |entry| {
            let mut credential = entry.credential.clone();
            credential.user.name = None;
            credential.user.display_name = None;
            (std::format!("{credential:?}"), entry.host_data.0.to_vec(), credential.key.handle.clone())
        });
        read.unwrap().unwrap()
    };
    let before = kept(&mut bench);
    assert_eq!(bench.manage(update(&id, user(b"user", &[("name", "bob")]))).status, 0x00);
    assert_eq!(kept(&mut bench), before);
    assert_eq!(before.1, b"work laptop");
    let listed = bench.credentials(SITE);
    assert_eq!(listed.iter().map(credential_id).collect::<Vec<_>>(), [newer, id.clone()], "in its old place");
    assert_eq!(of_user(&listed[1], "name").as_deref(), Some("bob"));
    assert_eq!(of_user(&listed[0], "name").as_deref(), Some("alice"), "nobody else is renamed");
    assert_eq!(bench.sign_in(SITE, &id), 0x00);
}

#[test]
fn cm11_a_user_of_another_id_changes_nothing() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    for other in [b"".as_slice(), b"use", b"user ", b"other", &[0; 65]] {
        assert_eq!(bench.manage(update(&id, user(other, &[("name", "bob")]))).status, 0x02);
    }
    assert_eq!(names(&mut bench), (Some("alice".into()), Some("Alice".into())));
}

#[test]
fn cm11_without_room_nothing_is_renamed() {
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let request = bench.signed(update(&id, user(b"user", &[("name", "bob")]))).encode();
    let requester = bench.requester;
    let step = begin(&request, &mut bench.context(), requester);
    let Step::NeedsCommit(needs) = step else { panic!("a commit is due") };
    let step = needs.resume(&mut bench.context(), Err(CommitError::Full));
    assert_eq!(bench.finish(step).status, 0x28);
    assert_eq!(names(&mut bench), (Some("alice".into()), Some("Alice".into())));
}

/// What the other one has done stands, and is told.
#[test]
fn a_credential_that_is_gone_meanwhile_is_not_renamed() {
    let meanwhile: [fn(RecordId) -> Manage<'static>; 2] =
        [Manage::Delete, |record| Manage::SetState(record, CredentialState::Hidden)];
    for change in meanwhile {
        let mut bench = Bench::new();
        let id = bench.register(SITE, b"user");
        let record = bench.record(&id);
        let request = bench.signed(update(&id, user(b"user", &[("name", "bob")]))).encode();
        let requester = bench.requester;
        let step = begin(&request, &mut bench.context(), requester);
        let Step::NeedsCommit(needs) = step else { panic!("a commit is due") };
        let first = bench.other_session();
        assert_eq!(bench.host(change(record)), 0x00);
        bench.session = first;
        let step = needs.resume(&mut bench.context(), Err(CommitError::Conflict));
        assert_eq!(bench.finish(step).status, 0x2E);
    }
}

/// Covers: GI-21
#[test]
fn cm10_commits_that_change_what_clients_see_say_so() {
    type Act = fn(&mut Bench, RecordId);
    let cases: [(&str, bool, Act); 14] = [
        ("a registration", true, |bench, _| drop(bench.register("new.example", b"new"))),
        ("an overwriting one", true, |bench, _| drop(bench.register(SITE, b"user"))),
        ("a deletion", true, |bench, record| done(bench, Manage::Delete(record))),
        ("by a client", true, |bench, _| {
            let id = bench.ids(SITE).remove(0);
            assert_eq!(bench.manage(deletion(&id)).status, 0x00);
        }),
        ("a new name", true, |bench, _| {
            let id = bench.ids(SITE).remove(0);
            assert_eq!(bench.manage(update(&id, user(b"user", &[]))).status, 0x00);
        }),
        ("hiding", true, |bench, record| done(bench, Manage::SetState(record, CredentialState::Hidden))),
        ("a lost key", true, |bench, record| {
            done(bench, Manage::SetState(record, CredentialState::KeyInvalidated));
        }),
        ("doubt", false, |bench, record| {
            done(bench, Manage::SetState(record, CredentialState::Unconfirmed));
        }),
        ("confirmation", false, |bench, record| done(bench, Manage::Confirm(record))),
        ("host data", false, |bench, record| done(bench, Manage::SetHostData(record, b"work"))),
        ("a host record", false, |bench, _| {
            done(bench, Manage::PutHost { record: RecordId([1; 16]), bytes: b"ceremony" });
        }),
        ("a sign-in", false, |bench, _| {
            bench.now.unix = Some(1_000_000);
            assert_eq!(bench.send(&get_assertion(SITE)).status, 0x00);
        }),
        ("a rewriting", true, |bench, record| done(bench, Manage::Rewrite(record))),
        ("records taken as they are", true, |bench, _| done(bench, Manage::AcceptRecords)),
    ];
    for (name, changes, act) in cases {
        let mut bench = Bench::new();
        let id = bench.register(SITE, b"user");
        let record = bench.record(&id);
        let (state, commits) = (state(&mut bench), commits(&mut bench));
        act(&mut bench, record);
        assert!(commits < self::commits(&mut bench), "{name}: something is committed");
        assert_eq!(state != self::state(&mut bench), changes, "{name}");
    }
}

#[test]
fn gi21_more_commits_that_change_what_clients_see() {
    // One that shows again what was hidden, and one of a credential that nobody saw.
    let mut bench = Bench::new();
    let id = bench.register(SITE, b"user");
    let record = bench.record(&id);
    done(&mut bench, Manage::SetState(record, CredentialState::Hidden));
    let hidden = state(&mut bench);
    done(&mut bench, Manage::SetState(record, CredentialState::Active));
    assert_ne!(hidden, state(&mut bench));
    done(&mut bench, Manage::SetState(record, CredentialState::Hidden));
    let hidden = state(&mut bench);
    done(&mut bench, Manage::Delete(record));
    assert_eq!(hidden, state(&mut bench));

    // An older one that goes with a confirmation.
    let mut bench = Bench::new();
    bench.register(SITE, b"user");
    let id = bench.supersede(SITE, b"user");
    let (record, before) = (bench.record(&id), state(&mut bench));
    done(&mut bench, Manage::Confirm(record));
    assert_ne!(before, state(&mut bench));

    // A reset, and the discarding of a record that cannot be opened.
    let before = state(&mut bench);
    assert_eq!(bench.send_bytes(&[0x07]).status, 0x00);
    assert_ne!(before, state(&mut bench));
    let id = bench.register(SITE, b"user");
    let record = bench.record(&id);
    let before = state(&mut bench);
    bench.store.spoilt = Some(record);
    done(&mut bench, Manage::Discard(RecordKind::Credential, record));
    assert_ne!(before, state(&mut bench));
}

fn done(bench: &mut Bench, change: Manage<'_>) {
    assert_eq!(bench.host(change), 0x00, "{change:?}");
}

/// What clients are told, once they may know it, so that they know whether their lists are old.
fn state(bench: &mut Bench) -> [u8; 16] {
    let header = bench.context().open().unwrap();
    bench.session.keys().unwrap().credential_store_state(header.credentials_changed)
}

fn commits(bench: &mut Bench) -> u64 {
    bench.context().open().unwrap().commits
}

#[test]
fn cm12_a_profile_that_makes_no_discoverable_credentials_lists_those_there_are() {
    let mut bench = Bench::new();
    bench.register(SITE, b"user");
    bench.authenticator.profile = Profile { discoverable: false, ..Profile::security_key([0; 16]) };
    assert_eq!(bench.metadata().0, 1);
    assert_eq!(bench.relying_parties(), [SITE]);
    assert_eq!(bench.manage(credential_management(0x04)).status, 0x14);
    let parameters = [(0x01, bytes(&[0; 32])), (0x20, Value::Null)];
    assert_eq!(bench.manage(credential_management(0x04).parameters(parameters)).status, 0x2E);
}
