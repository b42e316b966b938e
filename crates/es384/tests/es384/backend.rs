//! Register and sign in with this backend, and what becomes of its keys.

use crate::bench::{
    ED_DSA, ES256, ES384, SITE, in_key, keys, registered, registration, security_key, send, send_bytes,
    sign_in, wanting, with_es384,
};
use authenticator_core::key::{Backend, KeyError, KeyRef, SignatureRequest, software};
use authenticator_core::store::{Listed, Lookup, Query, RecordId, RecordKind, UnwantedKey};
use authenticator_core::{Algorithm, Bytes, Gesture, Manage, Profile, Requester, Step, begin};
use authenticator_es384::{Es384Keys, capabilities, sign};
use authenticator_host::{HashMapStore, Keys, SoftwareKeys, blocking};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, bytes, map, named};
use authenticator_testkit::request::{CLIENT_DATA_HASH, algorithm, make_credential};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Covers: CK-01, CK-03, AT-01
#[test]
fn ck01_es384_registers_and_signs_in() {
    for (rk, format) in [(true, "packed"), (true, "none"), (false, "packed"), (false, "none")] {
        let mut sim = security_key();
        let formats = Value::Array(vec![format.into()]);
        let reply = send(&mut sim, &wanting(&[ES384]).option("rk", rk).with(0x0B, formats));
        assert_eq!(reply.status, 0x00);
        assert_eq!(reply.is_self_attested(&CLIENT_DATA_HASH), format == "packed");
        let credential = reply.auth_data().unwrap();
        assert_eq!(in_key(&credential, 1), Some(2.into()));
        assert_eq!(in_key(&credential, -1), Some(2.into()));
        for coordinate in [-2, -3] {
            assert_eq!(in_key(&credential, coordinate).unwrap().as_bytes().unwrap().len(), 48);
        }
        let id = credential.credential_id.clone().unwrap();
        let named = send(&mut sim, &sign_in().list([id.as_slice()]));
        assert!(named.is_signed_by(&credential, &CLIENT_DATA_HASH), "rk {rk}, {format}");
        let nameless = send(&mut sim, &sign_in());
        assert_eq!(nameless.is_signed_by(&credential, &CLIENT_DATA_HASH), rk, "rk {rk}, {format}");
    }
}

/// Signatures are DER of at most 104 bytes, and no two of one message are the same.
#[test]
fn ck02_ck04_signatures_are_der_and_hedged() {
    let mut sim = security_key();
    let credential = registered(&mut sim, &registration(&[ES384]));
    let mut signatures = BTreeSet::new();
    for _ in 0..24 {
        let reply = send(&mut sim, &sign_in());
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
        assert!(!reply.is_signed_by(&credential, &[0; 32]));
        let signature = reply.member(0x03).unwrap().into_bytes().unwrap();
        assert!((90..=104).contains(&signature.len()), "{}", signature.len());
        signatures.insert(signature);
    }
    assert_eq!(signatures.len(), 24);
}

#[test]
fn mc05_the_order_of_the_site_decides() {
    let orders: [&[i64]; 6] = [
        &[ES384, ES256],
        &[ES256, ES384],
        &[ED_DSA, ES384],
        &[-257, ES384, ED_DSA],
        &[-999, ED_DSA],
        &[ES384],
    ];
    for (order, expected) in orders.into_iter().zip([ES384, ES256, ED_DSA, ES384, ED_DSA, ES384]) {
        let mut sim = security_key();
        let credential = registered(&mut sim, &registration(order));
        assert_eq!(in_key(&credential, 3), Some(expected.into()), "{order:?}");
        assert!(send(&mut sim, &sign_in()).is_signed_by(&credential, &CLIENT_DATA_HASH), "{order:?}");
        assert!(keys(&mut sim).iter().all(|key| key.backend == Backend::ES384));
    }
}

#[test]
fn mc05_a_backend_without_es384_passes_it_over() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let credential = sim.send(&registration(&[ES384, ES256])).auth_data().unwrap();
    assert_eq!(in_key(&credential, 3), Some(ES256.into()));
    assert_eq!(sim.send(&registration(&[ES384])).status, 0x26);
}

/// Covers: CK-05
#[test]
fn mc05_what_is_advertised_and_what_is_taken_are_two_things() {
    assert_eq!(
        capabilities().algorithms.as_slice(),
        [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384],
        "in the order of getInfo"
    );
    let advertised = |sim: &mut Sim| -> Vec<Value> {
        let listed = send_bytes(sim, &[0x04]).member(0x0A).unwrap();
        let algorithms = listed.as_array().unwrap().iter();
        algorithms.map(|one| named(one, "alg").unwrap().clone()).collect()
    };
    assert_eq!(advertised(&mut security_key()), [ES256, ED_DSA, ES384].map(Value::from));
    let held_back = Profile { unadvertised: &[Algorithm::Es384], ..with_es384(Profile::phone([0; 16])) };
    let mut sim = Sim::new(held_back);
    assert_eq!(advertised(&mut sim), [ES256, ED_DSA].map(Value::from));
    let credential = registered(&mut sim, &registration(&[ES384]).option("uv", true));
    assert_eq!(in_key(&credential, 3), Some(ES384.into()));
}

/// Every record of these kinds there is.
fn records(sim: &Sim, kinds: &[RecordKind]) -> usize {
    let mut count = 0;
    for kind in kinds {
        let query = Query::Kind { kind: *kind, before: None };
        let flow = sim.world.store.read(&query, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        flow.map(drop).unwrap();
    }
    count
}

const OF_KEYS: [RecordKind; 3] = [RecordKind::Credential, RecordKind::KeyIntent, RecordKind::KeyTombstone];

/// The handle is all there is of a key; a deletion ends it and the tombstone that names it.
#[test]
fn a_deleted_passkey_leaves_no_key() {
    let mut sim = security_key();
    registered(&mut sim, &registration(&[ES384]));
    assert_eq!(records(&sim, &OF_KEYS), 1, "the intent went with the registration");
    let mut record = None;
    let mut context = sim.world.context();
    let flow = context.vault().unwrap().credentials(None, &mut |listed| {
        if let Listed::Credential(entry) = listed {
            record = Some(entry.record);
        }
        ControlFlow::Break(())
    });
    flow.map(drop).unwrap();
    blocking::manage(&mut sim.world, Manage::Delete(record.unwrap())).unwrap();
    assert_eq!(records(&sim, &OF_KEYS), 1, "its tombstone");
    let swept = blocking::sweep_keys(&mut sim.world, &mut Es384Keys).unwrap();
    assert_eq!((swept.destroyed, swept.left), (1, 0));
    assert_eq!(records(&sim, &OF_KEYS), 0);
    assert_eq!(send(&mut sim, &sign_in()).status, 0x2E);
}

/// Signs with this key as if a credential still named it.
fn sign_with(sim: &mut Sim, key: &KeyRef, site: &str) -> Result<usize, KeyError> {
    let mut request = signature_request(site);
    request.key = key.clone();
    sign(&mut sim.world.context(), &request).map(|signature| signature.as_slice().len())
}

/// A request for a signature by an ES384 key for this site, whatever the key.
fn signature_request(site: &str) -> SignatureRequest {
    let mut sim = security_key();
    let wanted = array([algorithm(ES384)]);
    let request = make_credential(site, b"user").with(0x04, wanted).encode();
    let mut step = begin(&request, &mut sim.world.context(), Requester::default());
    loop {
        step = match step {
            Step::NeedsSignature(needs) => return needs.request().clone(),
            Step::Done(done) => panic!("{done:?}"),
            Step::NeedsUser(needs) => needs.resume(&mut sim.world.context(), Ok(Gesture::TOUCH)),
            step => blocking::answer(&mut sim.world, &mut sim.user, &mut Es384Keys, step),
        };
    }
}

#[test]
fn a_reset_makes_every_key_worthless() {
    let mut sim = security_key();
    for algorithms in [[ES384], [ES256], [ED_DSA]] {
        registered(&mut sim, &registration(&algorithms));
        let key = keys(&mut sim).remove(0);
        let usable = algorithms == [ES384];
        assert_eq!(sign_with(&mut sim, &key, SITE).is_ok(), usable, "it is asked to sign as ES384");
        assert_eq!(send_bytes(&mut sim, &[0x07]).status, 0x00);
        assert_eq!(sign_with(&mut sim, &key, SITE), Err(KeyError::Missing));
        assert_eq!(records(&sim, &OF_KEYS), 0, "nor is a tombstone left");
    }
}

/// A handle of another store, of another site, changed, cut or of another backend is no key.
#[test]
fn a_handle_that_is_not_ours_is_refused() {
    let mut sim = security_key();
    registered(&mut sim, &registration(&[ES384]));
    let key = keys(&mut sim).remove(0);
    assert_eq!(key.handle.as_slice().len(), 93);
    assert!(sign_with(&mut sim, &key, SITE).is_ok());
    assert_eq!(sign_with(&mut sim, &key, "example.org"), Err(KeyError::Missing));

    let profile = with_es384(Profile::security_key([0; 16]));
    let mut other = Sim::over(profile, HashMapStore::default(), 2).unwrap();
    assert_eq!(sign_with(&mut other, &key, SITE), Err(KeyError::Missing), "the same device, another store");
    for backend in [Backend::SOFTWARE, Backend(1)] {
        let moved = KeyRef { backend, ..key.clone() };
        assert_eq!(sign_with(&mut sim, &moved, SITE), Err(KeyError::Missing), "{backend:?}");
    }
    let handle = key.handle.as_slice();
    let refused = |sim: &mut Sim, handle: &[u8]| {
        let key = KeyRef { handle: Bytes::new(handle).unwrap(), ..key.clone() };
        assert_eq!(sign_with(sim, &key, SITE), Err(KeyError::Missing), "{handle:02x?}");
    };
    for place in 0..handle.len() {
        refused(&mut sim, &handle[..place]);
        let mut changed = handle.to_vec();
        changed[place] ^= 1;
        refused(&mut sim, &changed);
    }
    refused(&mut sim, &[handle, &[0]].concat());
    assert!(sign_with(&mut sim, &key, SITE).is_ok());
}

/// What the host has sealed for itself is no key, even if it is as long as one.
#[test]
fn what_the_host_has_sealed_is_no_key() {
    let mut sim = security_key();
    let mut handle = [0; 93];
    let purpose = RecordId([1; 16]);
    let length = sim.world.context().seal_for_host(purpose, &[7; 48], &mut handle).unwrap();
    assert_eq!(length, handle.len());
    let key = KeyRef { backend: Backend::ES384, handle: Bytes::new(&handle).unwrap() };
    assert_eq!(sign_with(&mut sim, &key, SITE), Err(KeyError::Missing));
}

/// Both drivers of keys take a store that has passkeys of the other: this one uses the core's own, which do not change
/// their backend; without this one its passkeys are not offered, and are back with it.
#[test]
fn a_change_of_backend_is_never_silent() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let old = sim.send(&registration(&[ES256])).auth_data().unwrap();
    let store: HashMapStore = sim.world.store.inner;
    let mut sim = Sim::over(with_es384(Profile::security_key([0; 16])), store, 3).unwrap();
    assert!(send(&mut sim, &sign_in()).is_signed_by(&old, &CLIENT_DATA_HASH));
    assert_eq!(keys(&mut sim)[0].backend, Backend::SOFTWARE);

    let new = registered(&mut sim, &registration(&[ES384]).with(0x03, other_user()));
    let mut sim = Sim::over(Profile::security_key([0; 16]), sim.world.store.inner, 4).unwrap();
    let found = sim.send(&sign_in());
    assert!(found.is_signed_by(&old, &CLIENT_DATA_HASH) && found.member(0x05).is_none());
    let mut sim = Sim::over(with_es384(Profile::security_key([0; 16])), sim.world.store.inner, 5).unwrap();
    assert!(send(&mut sim, &sign_in()).is_signed_by(&new, &CLIENT_DATA_HASH));
}

fn other_user() -> Value {
    map([("id", bytes(b"user 2")), ("name", Value::from("bob")), ("displayName", Value::from("Bob"))])
}

/// Where the profile names the core's own backend, this one does not step in.
#[test]
fn it_answers_for_its_own_number_only() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    assert_eq!(send(&mut sim, &registration(&[ES256])).status, 0x7F);
    assert_eq!(keys(&mut sim), []);

    let alias = [1; 16];
    let handle = |backend| UnwantedKey::Handle(KeyRef { backend, handle: Bytes::new(&[1; 93]).unwrap() });
    for (key, ended) in [
        (UnwantedKey::Alias { backend: Backend::ES384, alias }, Ok(())),
        (UnwantedKey::Alias { backend: Backend(1), alias }, Err(KeyError::Unsupported)),
        (handle(Backend::ES384), Ok(())),
        (handle(Backend(1)), Err(KeyError::Unsupported)),
        (UnwantedKey::AliasSuffix([2; 8]), Ok(())),
    ] {
        assert_eq!(Es384Keys.destroy(&key), ended, "{key:?}");
    }
}

/// The core's own software has none of these keys, and says so.
#[test]
fn the_software_of_the_core_makes_no_es384() {
    let mut sim = security_key();
    let request = registration(&[ES384]).encode();
    let mut step = begin(&request, &mut sim.world.context(), Requester::default());
    let needs = loop {
        step = match step {
            Step::NeedsKeypair(needs) => break needs,
            Step::Done(done) => panic!("{done:?}"),
            step => blocking::answer(&mut sim.world, &mut sim.user, &mut SoftwareKeys, step),
        };
    };
    let made = software::generate(&mut sim.world.context(), needs.request());
    assert_eq!(made.err(), Some(KeyError::Unsupported));
}

/// The same story twice gives the same bytes, and other randomness other keys.
#[test]
fn the_same_inputs_give_the_same_keys() {
    let story = |seed| {
        let profile = with_es384(Profile::security_key([0; 16]));
        let mut sim = Sim::over(profile, HashMapStore::default(), seed).unwrap();
        send(&mut sim, &registration(&[ES384])).raw
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
}

/// A store that cannot be read is no missing key: nobody is to be told to register again.
#[test]
fn a_store_that_fails_is_no_missing_key() {
    let mut sim = security_key();
    registered(&mut sim, &registration(&[ES384]));
    let key = keys(&mut sim).remove(0);
    sim.world.store.fail_read(0);
    assert_eq!(sign_with(&mut sim, &key, SITE), Err(KeyError::Failed));
    assert!(sign_with(&mut sim, &key, SITE).is_ok());
}
