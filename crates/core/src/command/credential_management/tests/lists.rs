//! What clients are shown: counts, relying parties, credentials, and when a list ends.

extern crate std;

use super::bench::{Bench, PLACES, credential_id, deletion, inner, number, of, of_user, update, user};
use crate::command::Manage;
use crate::credential::{CredentialState, RpIdHash};
use crate::pin::{Permissions, Protocol};
use crate::user::Requester;
use authenticator_testkit::cbor::{bytes, named};
use authenticator_testkit::request::{credential_management, get_assertion, make_credential};
use core::time::Duration;
use std::format;
use std::string::String;
use std::vec::Vec;

const SITE: &str = "example.com";

#[test]
fn cm07_gi12_an_empty_store_has_none_and_each_registration_takes_one_of_what_remains() {
    for protocol in Protocol::ALL {
        let mut bench = Bench::new();
        bench.protocol = protocol;
        bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
        let room = u64::try_from(PLACES).unwrap() - 1; // the header has its place
        let reply = bench.manage(credential_management(0x01));
        assert_eq!(
            (reply.status, reply.raw.as_slice()),
            (0x00, [0xA2, 0x01, 0x00, 0x02, 0x19, 0x01, 0x03].as_slice())
        );
        for count in 1..=3 {
            bench.register(SITE, &[count]);
            assert_eq!(bench.metadata(), (count.into(), room - u64::from(count)));
            assert_eq!(number(&bench.send_bytes(&[0x04]), 0x14), room - u64::from(count));
        }
        let preview = bench.signed(credential_management(0x01)).as_preview();
        assert_eq!(number(&bench.send(&preview), 0x01), 3);
    }
}

#[test]
fn gi12_a_store_that_says_it_is_full_takes_no_more() {
    let mut bench = Bench::new();
    let mut user = 0_u16;
    while bench.metadata().1 > 0 {
        user += 1;
        bench.register(SITE, &user.to_be_bytes());
    }
    let one_more = make_credential(SITE, b"one more").option("rk", true);
    assert_eq!(bench.send(&one_more).status, 0x28);
    assert_eq!(usize::from(user), PLACES - 1);
}

#[test]
fn cm08_cm12_lists_of_an_empty_store_are_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.manage(credential_management(0x02)).status, 0x2E);
    assert_eq!(bench.manage(of(SITE)).status, 0x2E);
    let unlisted = make_credential(SITE, b"user").option("rk", false);
    assert_eq!(bench.send(&unlisted).status, 0x00);
    bench.renew();
    assert_eq!(bench.manage(credential_management(0x02)).status, 0x2E);
    bench.register("example.org", b"user");
    assert_eq!(bench.manage(of(SITE)).status, 0x2E, "another's are not its own");
}

#[test]
fn cm08_cm14_relying_parties_come_by_their_newest_credentials() {
    let mut bench = Bench::new();
    for (rp_id, user) in
        [("a.example", 1), ("b.example", 2), ("a.example", 3), ("c.example", 4), ("b.example", 5)]
    {
        bench.register(rp_id, &[user]);
    }
    let first = bench.manage(credential_management(0x02));
    assert_eq!(number(&first, 0x05), 3);
    let next = bench.send(&credential_management(0x03));
    for (reply, rp_id) in [(&first, "b.example"), (&next, "c.example")] {
        let rp = reply.member(0x03).unwrap();
        assert_eq!(named(&rp, "id").unwrap().as_text(), Some(rp_id));
        assert_eq!(rp.as_map().unwrap().len(), 1);
        assert_eq!(reply.member(0x04), Some(bytes(&RpIdHash::of(rp_id).0)));
    }
    assert_eq!(bench.relying_parties(), ["b.example", "c.example", "a.example"]);
}

#[test]
fn cm08_an_identifier_that_was_cut_is_listed_cut_and_found_by_its_whole_hash() {
    let (mut bench, long) = (Bench::new(), "a".repeat(300));
    bench.register(&long, b"user");
    assert_eq!(bench.relying_parties(), [&long[..253]]);
    assert_eq!(bench.credentials(&long).len(), 1);
    assert!(bench.credentials(&long[..253]).is_empty());
}

#[test]
fn cm09_cm14_credentials_come_newest_first_with_all_that_is_kept() {
    let mut bench = Bench::new();
    let named_user = make_credential(SITE, b"first").extension("credProtect", 3);
    let first = bench.register_with(named_user);
    bench.register("example.org", b"elsewhere");
    let nameless = make_credential(SITE, b"second").with(0x03, user(b"second", &[]));
    let second = bench.register_with(nameless);
    let listed = bench.credentials(SITE);
    assert_eq!(listed.iter().map(credential_id).collect::<Vec<_>>(), [second, first.clone()]);
    assert_eq!(number(&listed[0], 0x09), 2);
    assert_eq!((number(&listed[0], 0x0A), number(&listed[1], 0x0A)), (1, 3));
    assert_eq!((of_user(&listed[0], "name"), of_user(&listed[0], "displayName")), (None, None));
    assert_eq!(of_user(&listed[1], "name").as_deref(), Some("alice"));
    assert_eq!(of_user(&listed[1], "displayName").as_deref(), Some("Alice"));
    for reply in &listed {
        assert_eq!((reply.member(0x0B), reply.member(0x0C)), (None, Some(false.into())));
        assert_eq!(inner(reply, 0x08, 3), (-7).into());
    }
    assert_eq!(bench.sign_in(SITE, &first), 0x2E, "credProtect wants verification");
    let descriptor = listed[1].member(0x07).unwrap();
    assert_eq!(named(&descriptor, "type").unwrap().as_text(), Some("public-key"));
}

/// Covers: CM-12
#[test]
fn cm12_hidden_ones_and_ones_without_a_key_are_absent_from_every_answer() {
    for state in [CredentialState::Hidden, CredentialState::KeyInvalidated] {
        let mut bench = Bench::new();
        let (shown, hidden) = (bench.register(SITE, b"shown"), bench.register(SITE, b"hidden"));
        let alone = bench.register("alone.example", b"hidden");
        for id in [&hidden, &alone] {
            let record = bench.record(id);
            assert_eq!(bench.host(Manage::SetState(record, state)), 0x00);
        }
        assert_eq!(bench.metadata().0, 1, "{state:?}");
        assert_eq!(bench.relying_parties(), [SITE], "{state:?}");
        assert_eq!(bench.ids(SITE), [shown], "{state:?}");
        assert!(bench.credentials("alone.example").is_empty(), "{state:?}");
        assert_eq!(bench.manage(deletion(&hidden)).status, 0x2E, "{state:?}");
        assert_eq!(bench.manage(update(&hidden, user(b"hidden", &[]))).status, 0x2E, "{state:?}");
    }
}

#[test]
fn cm12_a_superseded_one_is_listed_and_can_be_deleted() {
    let mut bench = Bench::new();
    let old = bench.register(SITE, b"user");
    let new = bench.supersede(SITE, b"user");
    assert_eq!(bench.metadata().0, 2);
    assert_eq!(bench.ids(SITE), [new.clone(), old.clone()]);
    assert_eq!(bench.manage(deletion(&old)).status, 0x00);
    assert_eq!(bench.ids(SITE), [new]);
}

#[test]
fn cm01_st09_continuations_want_a_list_that_has_begun_and_do_not_begin_it_again() {
    let mut bench = Bench::new();
    for count in 0..3 {
        bench.register(SITE, &[count]);
        bench.register("example.org", &[count]);
    }
    for next in [0x03, 0x05] {
        assert_eq!(bench.send(&credential_management(next)).status, 0x30);
        assert_eq!(bench.manage(credential_management(next)).status, 0x30, "no token makes up for it");
    }
    for (begins, next, total) in [(credential_management(0x02), 0x03, 2), (of(SITE), 0x05, 3)] {
        assert_eq!(bench.manage(begins.clone()).status, 0x00);
        for place in 1..total + 3 {
            let expected = if place < total { 0x00 } else { 0x30 };
            assert_eq!(bench.send(&credential_management(next)).status, expected, "{next}, {place}");
        }
        // That of the other list does not continue this one, and discards it.
        assert_eq!(bench.manage(begins).status, 0x00);
        assert_eq!(bench.send(&credential_management(next ^ 0x06)).status, 0x30);
        assert_eq!(bench.send(&credential_management(next)).status, 0x30);
    }
}

#[test]
fn cm01_continuations_come_by_the_preview_too() {
    let mut bench = Bench::new();
    for user in 0..3 {
        bench.register(SITE, &[user]);
    }
    let begins = bench.signed(of(SITE)).as_preview();
    assert_eq!(bench.send(&begins).status, 0x00);
    assert_eq!(bench.send(&credential_management(0x05).as_preview()).status, 0x00);
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x00);
}

#[test]
fn st07_every_other_command_discards_a_list() {
    let mut bench = Bench::new();
    for user in 0..3 {
        bench.register(SITE, &[user]);
    }
    let between: [(&str, Vec<u8>); 9] = [
        ("getInfo", [0x04].into()),
        ("getNextAssertion", [0x08].into()),
        ("selection", [0x0B].into()),
        ("an unknown command", [0x03].into()),
        ("nothing at all", [].into()),
        ("malformed", [0x0A, 0xFF].into()),
        ("unauthorised metadata", credential_management(0x01).encode()),
        ("metadata", bench.signed(credential_management(0x01)).encode()),
        ("an unknown subcommand", credential_management(0x08).encode()),
    ];
    for (name, request) in between {
        assert_eq!(bench.manage(of(SITE)).status, 0x00);
        assert_eq!(bench.send(&credential_management(0x05)).status, 0x00);
        let _ = bench.send_bytes(&request);
        assert_eq!(bench.send(&credential_management(0x05)).status, 0x30, "{name}");
    }
    // A list discards what getNextAssertion would have continued.
    assert_eq!(bench.send(&get_assertion(SITE)).status, 0x00);
    bench.renew();
    assert_eq!(bench.manage(of(SITE)).status, 0x00);
    assert_eq!(bench.send_bytes(&[0x08]).status, 0x30);
}

#[test]
fn st07_a_list_goes_on_only_for_whom_it_began() {
    let mut bench = Bench::new();
    for user in 0..3 {
        bench.register(SITE, &[user]);
    }
    assert_eq!(bench.manage(of(SITE)).status, 0x00);
    bench.requester = Requester(7);
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x30);
    bench.requester = Requester::default();
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x30, "the attempt has discarded it");
    // Nor in another session over the same store.
    assert_eq!(bench.manage(of(SITE)).status, 0x00);
    let first = bench.other_session();
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x30);
    bench.session = first;
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x00, "which does not concern this one");
}

/// Covers: ST-04
#[test]
fn st06_a_list_waits_thirty_seconds_for_each_next() {
    for (wait, expected) in [(30_000, 0x00), (30_001, 0x30)] {
        let mut bench = Bench::new();
        for user in 0..3 {
            bench.register(SITE, &[user]);
        }
        assert_eq!(bench.manage(of(SITE)).status, 0x00);
        bench.now.since_boot += Duration::from_millis(30_000);
        assert_eq!(bench.send(&credential_management(0x05)).status, 0x00);
        bench.now.since_boot += Duration::from_millis(wait);
        assert_eq!(bench.send(&credential_management(0x05)).status, expected, "{wait} ms");
    }
}

#[test]
fn st08_a_list_ends_with_its_token() {
    type End = fn(&mut Bench);
    let ends: [(&str, End); 3] = [
        ("replaced", |bench| bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None)),
        ("stopped", |bench| bench.session.pin.token.stop()),
        ("expired", |bench| bench.now.since_boot += Duration::from_secs(11)),
    ];
    for (name, end) in ends {
        let mut bench = Bench::new();
        for user in 0..3 {
            bench.register(SITE, &[user]);
        }
        assert_eq!(bench.metadata().0, 3); // used, the token lives ten minutes
        bench.now.since_boot += Duration::from_secs(590);
        assert_eq!(bench.manage(of(SITE)).status, 0x00);
        end(&mut bench);
        assert_eq!(bench.send(&credential_management(0x05)).status, 0x30, "{name}");
    }
}

#[test]
fn st08_a_list_ends_with_what_it_lists() {
    type Meanwhile = fn(&mut Bench, &[Vec<u8>]);
    let cases: [(&str, u8, Meanwhile); 7] = [
        ("one is registered", 0x30, |bench, _| drop(bench.register("new.example", b"new"))),
        ("one is registered again", 0x30, |bench, _| drop(bench.register(SITE, &[0]))),
        ("the host deletes one", 0x30, |bench, ids| {
            let record = bench.record(&ids[0]);
            assert_eq!(bench.host(Manage::Delete(record)), 0x00);
        }),
        ("the host hides one", 0x30, |bench, ids| {
            let record = bench.record(&ids[0]);
            assert_eq!(bench.host(Manage::SetState(record, CredentialState::Hidden)), 0x00);
        }),
        ("one is renamed", 0x30, |bench, ids| {
            bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
            assert_eq!(bench.manage(update(&ids[1], user(&[1], &[("name", "bob")]))).status, 0x00);
        }),
        ("the host notes something", 0x00, |bench, ids| {
            let record = bench.record(&ids[0]);
            assert_eq!(bench.host(Manage::SetHostData(record, b"work")), 0x00);
        }),
        ("one signs in", 0x00, |bench, ids| {
            bench.now.unix = Some(1_000_000);
            assert_eq!(bench.sign_in(SITE, &ids[0]), 0x00);
        }),
    ];
    for (name, expected, meanwhile) in cases {
        for begins in [credential_management(0x02), of(SITE)] {
            let mut bench = Bench::new();
            let ids: Vec<_> = (0..3).map(|user| bench.register(SITE, &[user])).collect();
            bench.register("example.org", b"user");
            bench.register("example.net", b"user");
            let next = if begins.encode() == of(SITE).encode() { 0x05 } else { 0x03 };
            assert_eq!(bench.manage(begins).status, 0x00);
            // In another session, so that it is the store which says it.
            let mut other = bench.other_session();
            meanwhile(&mut bench, &ids);
            core::mem::swap(&mut bench.session, &mut other);
            assert_eq!(bench.send(&credential_management(next)).status, expected, "{name}, {next}");
        }
    }
}

#[test]
fn a_damaged_record_is_passed_over_and_hides_no_other() {
    let mut bench = Bench::new();
    let ids: Vec<_> = (0..5).map(|user| bench.register(SITE, &[user])).collect();
    bench.register("example.org", b"user");
    // The newest of its relying party, one in the middle, and the oldest.
    for damaged in [4, 2, 0] {
        bench.store.spoilt = None;
        let record = bench.record(&ids[damaged]);
        bench.store.spoilt = Some(record);
        assert_eq!(bench.metadata().0, 5);
        assert_eq!(bench.relying_parties(), ["example.org", SITE]);
        let left: Vec<_> = ids.iter().rev().filter(|id| **id != ids[damaged]).cloned().collect();
        assert_eq!(bench.ids(SITE), left);
        assert_eq!(bench.manage(deletion(&ids[damaged])).status, 0x2E);
    }
    assert!(bench.session.damaged() > 0);
    // Damaged while it is being listed, it is missing at the end.
    bench.store.spoilt = None;
    let third = bench.record(&ids[2]);
    assert_eq!(number(&bench.manage(of(SITE)), 0x09), 5);
    bench.store.spoilt = Some(third);
    let mut listed = Vec::new();
    for _ in 0..3 {
        listed.push(credential_id(&bench.send(&credential_management(0x05))));
    }
    assert_eq!(listed, [ids[3].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x30);
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of credentials")]
fn cm08_cm09_hundreds_of_credentials_are_listed_once_each() {
    let mut bench = Bench::new();
    let site = |place: u16| {
        format!("{}.example", ["a", "b", "c", "d", "e", "f", "g"][usize::from(place * place % 7)])
    };
    let mut expected: Vec<(String, Vec<u8>)> = Vec::new();
    for place in 0..240_u16 {
        expected.push((site(place), bench.register(&site(place), &place.to_be_bytes())));
    }
    assert_eq!(bench.metadata().0, 240);
    // Every third goes again.
    for place in (0..240).rev().step_by(3) {
        let (_, id) = expected.remove(place);
        assert_eq!(bench.manage(deletion(&id)).status, 0x00);
    }
    assert_eq!(bench.metadata().0, 160);
    let mut sites = Vec::new();
    for (rp_id, _) in expected.iter().rev() {
        if !sites.contains(rp_id) {
            sites.push(rp_id.clone());
        }
    }
    assert_eq!(bench.relying_parties(), sites);
    for rp_id in sites {
        let own = expected.iter().rev().filter(|(of, _)| *of == rp_id).map(|(_, id)| id.clone());
        assert_eq!(bench.ids(&rp_id), own.collect::<Vec<_>>());
    }
}
