//! Credential management as a platform does it, with tokens that clientPIN has issued (CTAP 2.3 §6.8).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;
#[allow(dead_code, reason = "it is the cut tests' store")]
#[path = "cut/world.rs"]
mod world;

use authenticator_core::store::Store;
use authenticator_core::{Manage, Profile};
use authenticator_host::blocking::manage;
use authenticator_testkit::cbor::{Value, bytes, map, named};
use authenticator_testkit::pin::{Platform, Token};
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::request::{
    CLIENT_DATA_HASH, Request, credential_management, descriptor, get_assertion, make_credential,
};
use authenticator_testkit::{Sim, with_keystore};
use pin::*;
use sha2::{Digest, Sha256};
use std::time::Duration;
use world::{CutSim, Shared};

const OTHER_SITE: &str = "example.org";

/// Registers a discoverable credential, authorised by PIN.
fn register<S: Store>(sim: &mut Sim<S>, rp_id: &str, user: &[u8]) -> AuthData {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&platform.token_for(PIN, MC, Some(rp_id)));
    let token = platform.token(&reply).unwrap();
    let reply = sim.send(&token.proves(make_credential(rp_id, user).option("rk", true)));
    assert_eq!(reply.status, 0x00);
    reply.auth_data().unwrap()
}

/// A token for all sites, or for one.
fn manager<S: Store>(sim: &mut Sim<S>, permissions: u64, rp_id: Option<&str>) -> Token {
    token_under(sim, 2, permissions, rp_id)
}

fn token_under<S: Store>(sim: &mut Sim<S>, protocol: u64, permissions: u64, rp_id: Option<&str>) -> Token {
    let platform = Platform::connect(sim, protocol);
    let reply = sim.send(&platform.token_for(PIN, permissions, rp_id));
    assert_eq!(reply.status, 0x00, "a token");
    platform.token(&reply).unwrap()
}

fn id(credential: &AuthData) -> &[u8] {
    credential.credential_id.as_deref().unwrap()
}

fn of(rp_id: &str) -> Request {
    credential_management(0x04).parameters([(0x01, bytes(&Sha256::digest(rp_id)))])
}

fn deletion(id: &[u8]) -> Request {
    credential_management(0x06).parameters([(0x02, descriptor(id))])
}

fn renaming(id: &[u8], user: &[u8], name: &str) -> Request {
    let user = map([("id", bytes(user)), ("name", Value::from(name))]);
    credential_management(0x07).parameters([(0x02, descriptor(id)), (0x03, user)])
}

fn name(listed: &Reply) -> Option<String> {
    Some(named(&listed.member(0x06)?, "name")?.as_text()?.to_owned())
}

fn listed_id(listed: &Reply) -> Vec<u8> {
    named(&listed.member(0x07).unwrap(), "id").unwrap().as_bytes().unwrap().clone()
}

/// Covers: CP-11
#[test]
fn cm03_cm08_cm09_cm10_cm11_a_client_lists_renames_and_deletes() {
    for protocol in PROTOCOLS {
        let mut sim = key_with_pin();
        let first = register(&mut sim, SITE, b"first");
        let second = register(&mut sim, SITE, b"second");
        register(&mut sim, OTHER_SITE, b"first");
        let token = token_under(&mut sim, protocol, CM, None);

        let sites = sim.send(&token.manages(credential_management(0x02)));
        assert_eq!((sites.status, sites.member(0x05)), (0x00, Some(2.into())));
        assert_eq!(sites.member(0x04), Some(bytes(&Sha256::digest(OTHER_SITE))));
        let next = sim.send(&credential_management(0x03));
        assert_eq!((next.status, next.member(0x04)), (0x00, Some(bytes(&Sha256::digest(SITE)))));

        let newest = sim.send(&token.manages(of(SITE)));
        assert_eq!((listed_id(&newest), newest.member(0x09)), (id(&second).to_vec(), Some(2.into())));
        // The key that is listed is the one that has been registered, and that signs.
        assert_eq!(newest.member(0x08), second.public_key);
        let older = sim.send(&credential_management(0x05));
        assert_eq!((listed_id(&older), older.member(0x08)), (id(&first).to_vec(), first.public_key.clone()));

        assert_eq!(sim.send(&token.manages(renaming(id(&first), b"first", "bob"))).status, 0x00);
        assert_eq!(sim.send(&token.manages(deletion(id(&second)))).status, 0x00);
        let left = sim.send(&token.manages(of(SITE)));
        assert_eq!((listed_id(&left), name(&left).as_deref()), (id(&first).to_vec(), Some("bob")));
        assert_eq!(left.member(0x09), Some(1.into()));
        // The token lives on through all of it (TOK-15), and the credential signs as before.
        assert_eq!(sim.send(&token.manages(credential_management(0x01)).as_preview()).status, 0x00);
        let token = token_under(&mut sim, protocol, GA, Some(SITE));
        let signed = sim.send(&token.proves(get_assertion(SITE)));
        assert!(signed.is_signed_by(&first, &CLIENT_DATA_HASH));
        assert_eq!(name(&left).as_deref(), Some("bob"));
    }
}

#[test]
fn cm02_without_a_pin_nothing_is_listed() {
    let mut sim = key();
    for subcommand in [0x01, 0x02, 0x04, 0x06, 0x07] {
        assert_eq!(sim.send(&credential_management(subcommand)).status, 0x36, "{subcommand:02x}");
    }
    let by_nothing = of(SITE).with(0x03, 2).with(0x04, bytes(&[0; 32]));
    assert_eq!(sim.send(&by_nothing).status, 0x33);
}

#[test]
fn gen03_a_phone_has_no_such_command() {
    let mut phone = Sim::new(Profile::phone([0; 16]));
    for request in [credential_management(0x01), of(SITE)] {
        assert_eq!(phone.send(&request).status, 0x01);
        assert_eq!(phone.send(&request.as_preview()).status, 0x01);
    }
    assert_eq!(phone.send_bytes(&[0x0A]).status, 0x01);
}

#[test]
fn cm05_a_token_of_one_site_lists_that_site() {
    let mut sim = key_with_pin();
    register(&mut sim, SITE, b"user");
    let others = register(&mut sim, OTHER_SITE, b"user");
    let token = manager(&mut sim, CM, Some(SITE));
    assert_eq!(sim.send(&token.manages(credential_management(0x01))).status, 0x33);
    assert_eq!(sim.send(&token.manages(credential_management(0x02))).status, 0x33);
    assert_eq!(sim.send(&token.manages(of(OTHER_SITE))).status, 0x33);
    assert_eq!(sim.send(&token.manages(deletion(id(&others)))).status, 0x33);
    assert_eq!(sim.send(&token.manages(of(SITE))).status, 0x00);
}

/// Covers: TOK-19
#[test]
fn cm04_the_persistent_token_reads_until_the_pin_is_changed() {
    let mut sim = key_with_pin();
    let registered = register(&mut sim, SITE, b"user");
    let token = manager(&mut sim, PCMR, None);
    for _ in 0..3 {
        assert_eq!(sim.send(&token.manages(credential_management(0x01))).status, 0x00);
        assert_eq!(sim.send(&token.manages(credential_management(0x02))).status, 0x00);
        assert_eq!(sim.send(&token.manages(of(SITE))).status, 0x00);
        assert_eq!(sim.send(&token.manages(deletion(id(&registered)))).status, 0x33);
        assert_eq!(sim.send(&token.manages(renaming(id(&registered), b"user", "bob"))).status, 0x33);
        sim.clock.advance(Duration::from_secs(100_000));
        unplug(&mut sim);
    }
    assert_eq!(change_pin(&mut sim, PIN, "4321"), 0x00);
    assert_eq!(sim.send(&token.manages(credential_management(0x01))).status, 0x33);
}

/// Two processes over one store, in which [`PIN`] is set and some credentials are.
fn two_processes() -> (CutSim, CutSim) {
    let mut one = Sim::over(security_key(), Shared::default(), 1).unwrap();
    assert_eq!(set_pin(&mut one, PIN), 0x00);
    for user in [b"1", b"2", b"3"] {
        register(&mut one, SITE, user);
    }
    let two = Sim::over(security_key(), one.world.store.inner.clone(), 2).unwrap();
    (one, two)
}

#[test]
fn cm02_a_token_is_good_in_its_own_process_only() {
    let (mut one, mut two) = two_processes();
    let token = manager(&mut one, CM, None);
    assert_eq!(two.send(&token.manages(credential_management(0x01))).status, 0x33);
    manager(&mut two, CM, None);
    assert_eq!(two.send(&token.manages(credential_management(0x01))).status, 0x33);
    assert_eq!(one.send(&token.manages(credential_management(0x01))).status, 0x00);
    // The persistent one is the store's.
    let token = manager(&mut one, PCMR, None);
    assert_eq!(two.send(&token.manages(credential_management(0x01))).status, 0x00);
}

#[test]
fn st08_a_list_ends_when_another_process_changes_the_pin_or_what_is_listed() {
    type Meanwhile = fn(&mut CutSim);
    let cases: [(&str, u8, Meanwhile); 4] = [
        ("nothing", 0x00, |_| ()),
        ("a changed PIN", 0x30, |two| assert_eq!(change_pin(two, PIN, "4321"), 0x00)),
        ("a registration", 0x30, |two| drop(register(two, OTHER_SITE, b"user"))),
        ("a deletion", 0x30, |two| {
            let token = manager(two, CM, None);
            let newest = two.send(&token.manages(of(SITE)));
            assert_eq!(two.send(&token.manages(deletion(&listed_id(&newest)))).status, 0x00);
        }),
    ];
    for (name, expected, meanwhile) in cases {
        for permission in [CM, PCMR] {
            let (mut one, mut two) = two_processes();
            let token = manager(&mut one, permission, None);
            assert_eq!(one.send(&token.manages(of(SITE))).status, 0x00);
            meanwhile(&mut two);
            assert_eq!(one.send(&credential_management(0x05)).status, expected, "{name}, {permission:02x}");
        }
    }
}

/// Covers: GI-12
#[test]
fn gi12_a_store_that_knows_no_limit_counts_down_all_the_same_and_get_info_says_nothing() {
    let mut sim = key_with_pin();
    for existing in 0..3_u8 {
        let token = manager(&mut sim, CM, None);
        let reply = sim.send(&token.manages(credential_management(0x01)));
        assert_eq!(reply.member(0x01), Some(existing.into()));
        assert_eq!(reply.member(0x02), Some((u32::MAX - u32::from(existing)).into()));
        assert_eq!(sim.send_bytes(&[0x04]).member(0x14), None);
        register(&mut sim, SITE, &[existing]);
    }
}

/// A credential whose key is not there cannot sign, and is not listed; it comes back with its key.
#[test]
fn cm12_a_credential_without_its_keystore_is_absent() {
    let with_store = with_keystore(security_key());
    let mut one = Sim::over(with_store.clone(), Shared::default(), 1).unwrap();
    assert_eq!(set_pin(&mut one, PIN), 0x00);
    let registered = register(&mut one, SITE, b"user");
    let mut without = Sim::over(security_key(), one.world.store.inner.clone(), 2).unwrap();
    let token = manager(&mut without, CM, None);
    let metadata = without.send(&token.manages(credential_management(0x01)));
    assert_eq!(metadata.member(0x01), Some(0.into()));
    assert_eq!(without.send(&token.manages(credential_management(0x02))).status, 0x2E);
    assert_eq!(without.send(&token.manages(deletion(id(&registered)))).status, 0x2E);
    let token = manager(&mut one, CM, None);
    assert_eq!(one.send(&token.manages(of(SITE))).status, 0x00);
}

/// A keystore cannot put its key into an id, so such a credential has a record; its site alone knows of it.
#[test]
fn cm12_a_keystores_credential_that_is_not_discoverable_is_absent() {
    let mut sim = with_pin(with_keystore(security_key()));
    let token = manager(&mut sim, MC, Some(SITE));
    let named_only = sim.send(&token.proves(make_credential(SITE, b"user")));
    let named_only = named_only.auth_data().unwrap();
    let token = manager(&mut sim, CM, None);
    let metadata = sim.send(&token.manages(credential_management(0x01)));
    assert_eq!(metadata.member(0x01), Some(0.into()));
    assert_eq!(sim.send(&token.manages(credential_management(0x02))).status, 0x2E);
    assert_eq!(sim.send(&token.manages(of(SITE))).status, 0x2E);
    assert_eq!(sim.send(&token.manages(deletion(id(&named_only)))).status, 0x2E);
    assert_eq!(sim.send(&token.manages(renaming(id(&named_only), b"user", "bob"))).status, 0x2E);
    let token = manager(&mut sim, GA, Some(SITE));
    let signed = sim.send(&token.proves(get_assertion(SITE).list([id(&named_only)])));
    assert!(signed.is_signed_by(&named_only, &CLIENT_DATA_HASH));
}

/// The host's own keep of a credential outlives what a client calls its account.
#[test]
fn cm11_what_the_host_keeps_stays_when_a_client_renames() {
    let mut sim = key_with_pin();
    let registered = register(&mut sim, SITE, b"user");
    let record = {
        let mut record = None;
        let mut cx = sim.world.context();
        let _ = cx.vault().unwrap().credentials(None, &mut |listed| {
            if let authenticator_core::store::Listed::Credential(entry) = listed {
                record = Some(entry.record);
            }
            std::ops::ControlFlow::Continue(())
        });
        record.unwrap()
    };
    assert!(manage(&mut sim.world, Manage::SetHostData(record, b"work laptop")).is_ok());
    let token = manager(&mut sim, CM, None);
    assert_eq!(sim.send(&token.manages(renaming(id(&registered), b"user", "bob"))).status, 0x00);
    let mut cx = sim.world.context();
    let kept = cx.vault().unwrap().by_record(record, |entry| {
        let name = entry.credential.user.name.as_ref().map(|name| name.as_str().to_owned());
        (entry.host_data.0.to_vec(), name)
    });
    assert_eq!(kept, Ok(Some((b"work laptop".to_vec(), Some("bob".into())))));
}
