//! A key backend of the host's own, as a phone's keystore is: the core knows aliases, never keys.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::Profile;
use authenticator_testkit::request::{CLIENT_DATA_HASH, get_assertion, make_credential};
use authenticator_testkit::{Sim, with_keystore};

fn phone() -> Sim {
    Sim::new(with_keystore(Profile::phone([0; 16])))
}

#[test]
fn mc05_a_passkey_whose_key_stays_in_the_keystore_registers_and_signs_in() {
    let mut phone = phone();
    let registered =
        phone.send(&make_credential("example.com", b"user").option("rk", true).option("uv", true));
    assert_eq!(registered.status, 0x00);
    assert!(registered.is_self_attested(&CLIENT_DATA_HASH));
    let credential = registered.auth_data().expect("authenticator data");
    let signed_in = phone.send(&get_assertion("example.com").option("uv", true));
    assert_eq!(signed_in.status, 0x00);
    assert!(signed_in.is_signed_by(&credential, &CLIENT_DATA_HASH));
}

/// A keystore cannot put its key into an id, so there is a record; but it is found by name only.
#[test]
fn mc26_ga08_ga17_a_keystores_credential_without_rk_is_found_by_name_only() {
    let mut phone = phone();
    let request = make_credential("example.com", b"user").option("uv", true);
    let named_only = phone.send(&request);
    assert_eq!(named_only.status, 0x00);
    let credential = named_only.auth_data().expect("authenticator data");
    let id = credential.credential_id.clone().expect("an id");

    assert_eq!(phone.send(&get_assertion("example.com").option("uv", true)).status, 0x2E);
    let signed_in = phone.send(&get_assertion("example.com").option("uv", true).list([id.as_slice()]));
    assert_eq!(signed_in.status, 0x00);
    assert!(signed_in.is_signed_by(&credential, &CLIENT_DATA_HASH));
    assert_eq!(signed_in.member(0x04), None, "no user for a credential that is not discoverable");

    // It takes nobody's place, and nobody takes its.
    let discoverable = phone.send(&request.clone().option("rk", true));
    assert_eq!(discoverable.status, 0x00);
    assert_eq!(phone.send(&request).status, 0x00);
    assert_eq!(
        phone.send(&get_assertion("example.com").option("uv", true).list([id.as_slice()])).status,
        0x00
    );
    let newest = phone.send(&get_assertion("example.com").option("uv", true));
    assert!(newest.is_signed_by(&discoverable.auth_data().expect("authenticator data"), &CLIENT_DATA_HASH));
    assert_eq!(phone.send(&request.list([id.as_slice()])).status, 0x19, "and it can be excluded");
}

#[test]
fn ga10_a_key_that_the_keystore_has_lost_is_no_credential() {
    let mut phone = phone();
    assert_eq!(
        phone.send(&make_credential("example.com", b"user").option("rk", true).option("uv", true)).status,
        0x00
    );
    phone.keys.keystore.lose_all();
    assert_eq!(phone.send(&get_assertion("example.com").option("uv", true)).status, 0x2E);
}
