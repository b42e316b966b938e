//! The persistent token: it reads, and nothing else.

use super::bench::{Bench, deletion, of, update, user};
use crate::command::Manage;
use crate::pin::{Permissions, Protocol};
use crate::profile::{Management, Profile};
use crate::session::Session;
use authenticator_testkit::request::credential_management;

const SITE: &str = "example.com";

fn bench() -> Bench {
    let mut bench = Bench::without_token(Profile::security_key([0; 16]));
    for user in 0..3 {
        bench.register(SITE, &[user]);
    }
    bench.issue_persistent(1);
    bench
}

/// Covers: TOK-19
#[test]
fn cm04_a_persistent_token_reads_under_both_protocols_and_after_power_cycles() {
    let mut bench = bench();
    for protocol in Protocol::ALL {
        bench.protocol = protocol;
        for _ in 0..2 {
            assert_eq!(bench.metadata().0, 3);
            assert_eq!(bench.relying_parties(), [SITE]);
            assert_eq!(bench.ids(SITE).len(), 3);
            bench.session = Session::new(bench.now);
        }
    }
}

#[test]
fn cm04_a_persistent_token_changes_nothing() {
    let mut bench = bench();
    let id = bench.ids(SITE).remove(0);
    assert_eq!(bench.manage(deletion(&id)).status, 0x33);
    assert_eq!(bench.manage(update(&id, user(&[2], &[]))).status, 0x33);
    assert_eq!(bench.metadata().0, 3);
}

#[test]
fn cm04_another_persistent_token_is_none() {
    let mut bench = bench();
    bench.issue_persistent(2);
    assert_eq!(bench.metadata().0, 3);
    let signed = bench.signed(credential_management(0x01));
    bench.issue_persistent(3);
    assert_eq!(bench.send(&signed).status, 0x33, "it has been replaced");
}

#[test]
fn cm04_a_profile_without_read_only_management_takes_no_persistent_token() {
    let mut bench = bench();
    let management = Management::ByClients { preview: true, read_only: false };
    bench.authenticator.profile.management = management;
    assert_eq!(bench.manage(credential_management(0x01)).status, 0x33);
    assert_eq!(bench.manage(of(SITE)).status, 0x33);
}

/// Which of the two it was can be told by what ends the list.
#[test]
fn cm04_st08_a_list_that_a_persistent_token_began_does_not_end_with_the_other() {
    let mut bench = bench();
    let persistent = bench.signed(of(SITE));
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    assert_eq!(bench.send(&persistent).status, 0x00);
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x00);
    bench.session.pin.token.stop();
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x00);
}

#[test]
fn cm04_a_token_reads_beside_a_persistent_one() {
    let mut bench = bench();
    bench.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
    assert_eq!(bench.metadata().0, 3);
    let id = bench.ids(SITE).remove(0);
    assert_eq!(bench.manage(deletion(&id)).status, 0x00);
}

#[test]
fn cm04_a_persistent_token_does_not_outlive_its_generation() {
    let mut bench = bench();
    let signed = bench.signed(credential_management(0x01));
    assert_eq!(bench.send(&signed).status, 0x00);
    assert_eq!(bench.send_bytes(&[0x07]).status, 0x00);
    assert_eq!(bench.send(&signed).status, 0x33);
    // Not even when the new generation has one of the same number.
    bench.issue_persistent(1);
    assert_eq!(bench.send(&signed).status, 0x33);
    assert_eq!(bench.metadata().0, 0);
}

#[test]
fn st08_a_list_ends_when_what_anyone_was_authenticated_for_has_ended() {
    let mut bench = bench();
    assert_eq!(bench.manage(of(SITE)).status, 0x00);
    // Taking the records as they are ends all authentication.
    let mut other = bench.other_session();
    assert_eq!(bench.host(Manage::AcceptRecords), 0x00);
    core::mem::swap(&mut bench.session, &mut other);
    assert_eq!(bench.send(&credential_management(0x05)).status, 0x30);
}
