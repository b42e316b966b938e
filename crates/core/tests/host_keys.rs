//! A key backend of the host's own, as a phone's keystore is: the core knows aliases, never keys.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_core::key::{
    Backend, KeyCapabilities, KeyError, KeyRef, KeyRequest, NewKey, Signature, SignatureRequest,
};
use authenticator_core::{Algorithm, Algorithms, Bytes, Context, Profile, PublicKey};
use authenticator_host::{Keys, blocking};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, get_assertion, make_credential};
use authenticator_testkit::{SeededRng, Sim};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use rand_core::Rng;
use std::collections::HashMap;

const KEYSTORE: Backend = Backend(1);

/// Keys by alias. Nothing of them leaves.
#[derive(Default)]
struct Keystore(HashMap<Vec<u8>, SigningKey>);

impl Keys for Keystore {
    fn generate(&mut self, _: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        let mut scalar = [0; 32];
        SeededRng::new(u64::from(request.alias[0])).fill_bytes(&mut scalar);
        let key = SigningKey::from_slice(&scalar).map_err(|_| KeyError::Failed)?;
        let point = key.verifying_key().to_sec1_point(false);
        let coordinate =
            |bytes: Option<&[u8]>| bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(KeyError::Failed);
        let public = PublicKey::P256 {
            x: coordinate(point.x().map(|x| x.as_slice()))?,
            y: coordinate(point.y().map(|y| y.as_slice()))?,
        };
        self.0.insert(request.alias.to_vec(), key);
        let handle = Bytes::new(&request.alias).ok_or(KeyError::Failed)?;
        Ok(NewKey { public, key: KeyRef { backend: KEYSTORE, handle } })
    }

    fn sign(&mut self, _: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        let key = self.0.get(request.key.handle.as_slice()).ok_or(KeyError::Missing)?;
        let signature: DerSignature = key.sign(&request.message().concat());
        Bytes::new(signature.as_bytes()).ok_or(KeyError::Failed)
    }
}

struct Phone {
    sim: Sim,
    keystore: Keystore,
}

impl Phone {
    fn new() -> Self {
        let keys = KeyCapabilities { backend: KEYSTORE, algorithms: Algorithms::new([Algorithm::Es256]) };
        Self { sim: Sim::new(Profile { keys, ..Profile::phone([0; 16]) }), keystore: Keystore::default() }
    }

    fn send(&mut self, request: &Request) -> Reply {
        let mut reply = [0; 1024];
        let Sim { world, user, requester, .. } = &mut self.sim;
        let (_, length) =
            blocking::handle(world, user, &mut self.keystore, *requester, &request.encode(), &mut reply);
        Reply::new(&reply[..length]).expect("a reply has a status")
    }
}

#[test]
fn mc05_a_passkey_whose_key_stays_in_the_keystore_registers_and_signs_in() {
    let mut phone = Phone::new();
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
    let mut phone = Phone::new();
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
    let mut phone = Phone::new();
    assert_eq!(
        phone.send(&make_credential("example.com", b"user").option("rk", true).option("uv", true)).status,
        0x00
    );
    phone.keystore.0.clear();
    assert_eq!(phone.send(&get_assertion("example.com").option("uv", true)).status, 0x2E);
}
