//! A keystore as phones have one: keys by alias, and none of them ever leaves.

use crate::rng::SeededRng;
use authenticator_core::key::{Backend, KeyError, KeyRef, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::UnwantedKey;
use authenticator_core::{Algorithm, Bytes, Context, Profile, PublicKey};
use authenticator_core::{Algorithms, key::KeyCapabilities};
use authenticator_host::Keys;
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use rand_core::Rng;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// The keystore's number among backends.
pub const KEYSTORE: Backend = Backend(1);

/// A profile whose keys are in a [`Keystore`], for ES256 alone.
#[must_use]
pub fn with_keystore(profile: Profile) -> Profile {
    let keys = KeyCapabilities { backend: KEYSTORE, algorithms: Algorithms::new([Algorithm::Es256]) };
    Profile { keys, ..profile }
}

/// P-256 keys by alias. Clones are the same keystore.
#[derive(Clone, Default)]
pub struct Keystore {
    keys: Rc<RefCell<BTreeMap<Vec<u8>, SigningKey>>>,
    handle_length: usize,
}

impl Keystore {
    /// Makes the handles of new keys this long: the alias, and zeros. At most 96 bytes.
    pub const fn pad_handles(&mut self, length: usize) {
        self.handle_length = length;
    }

    /// The aliases of the keys there are.
    #[must_use]
    pub fn aliases(&self) -> Vec<Vec<u8>> {
        self.keys.borrow().keys().cloned().collect()
    }

    /// Puts a key in that nobody asked for: one that the vendor made. `None`: the scalar is none of P-256.
    #[must_use]
    pub fn put(&self, alias: [u8; 16], scalar: &[u8; 32]) -> Option<KeyRef> {
        let key = SigningKey::from_slice(scalar).ok()?;
        self.keys.borrow_mut().insert(alias.to_vec(), key);
        Some(KeyRef { backend: KEYSTORE, handle: Bytes::new(&alias)? })
    }

    /// Loses every key, as a device does whose owner removed the screen lock.
    pub fn lose_all(&self) {
        self.keys.borrow_mut().clear();
    }
}

impl Keys for Keystore {
    fn generate(&mut self, _: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        let mut scalar = [0; 32];
        let [first, ..] = request.alias;
        SeededRng::new(u64::from(first)).fill_bytes(&mut scalar);
        let key = SigningKey::from_slice(&scalar).map_err(|_| KeyError::Failed)?;
        let point = key.verifying_key().to_sec1_point(false);
        let coordinate =
            |bytes: Option<&[u8]>| bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(KeyError::Failed);
        let public = PublicKey::P256 {
            x: coordinate(point.x().map(|x| x.as_slice()))?,
            y: coordinate(point.y().map(|y| y.as_slice()))?,
        };
        self.keys.borrow_mut().insert(request.alias.to_vec(), key);
        let mut handle = request.alias.to_vec();
        handle.resize(handle.len().max(self.handle_length), 0);
        let handle = Bytes::new(&handle).ok_or(KeyError::Failed)?;
        Ok(NewKey { public, key: KeyRef { backend: KEYSTORE, handle } })
    }

    fn sign(&mut self, _: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        let keys = self.keys.borrow();
        let key = keys.get(alias_of(&request.key)).ok_or(KeyError::Missing)?;
        let signature: DerSignature = key.sign(&request.message().concat());
        Bytes::new(signature.as_bytes()).ok_or(KeyError::Failed)
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        let mut keys = self.keys.borrow_mut();
        match key {
            UnwantedKey::Alias { alias, .. } => drop(keys.remove(alias.as_slice())),
            UnwantedKey::Handle(key) => drop(keys.remove(alias_of(key))),
            UnwantedKey::AliasSuffix(suffix) => keys.retain(|alias, _| !alias.ends_with(suffix)),
        }
        Ok(())
    }
}

/// The alias at the head of a handle.
fn alias_of(key: &KeyRef) -> &[u8] {
    let handle = key.handle.as_slice();
    handle.get(..16).unwrap_or(handle)
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keystore of {}", self.keys.borrow().len())
    }
}
