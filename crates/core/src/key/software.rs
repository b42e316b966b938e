//! The software backend: private keys wrapped by the store's keys, and nothing of them anywhere else.
//!
//! A wrapped key is `1 ‖ nonce ‖ AES-256-GCM-SIV(algorithm ‖ flags ‖ credProtect ‖ private key)`, bound to its relying
//! party: 64 bytes for ES256, 96 for EdDSA, whose public key is kept beside the seed because signing needs it. The same
//! bytes are the credential id of a non-discoverable credential (CI-01), told apart from a record's key by a flag.
//! Signing uses the scalar as it was unwrapped and derives no public key; ECDSA nonces are RFC 6979 hedged with fresh
//! randomness (CK-04).

use super::{
    Backend, KeyCapabilities, KeyError, KeyRef, KeyRequest, KeyUse, NewKey, Signature, SignatureRequest,
};
use crate::bounded::Bytes;
use crate::context::Context;
use crate::cose::{Algorithm, Algorithms, PublicKey};
use crate::credential::{CredProtect, RpIdHash};
use crate::secret::Secret;
use crate::store::StoreKeys;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, Tag, aead::AeadInOut};
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_byupdate};
use p256::{NistP256, NonZeroScalar};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};

/// What this backend can do.
#[must_use]
pub fn capabilities() -> KeyCapabilities {
    KeyCapabilities { backend: Backend::SOFTWARE, algorithms: Algorithms::new(Algorithm::ALL) }
}

/// Makes the key pair asked for and wraps its private half.
///
/// # Errors
/// [`KeyError::Failed`] when the store cannot be read.
pub fn generate(cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
    // Keys of a generation that has ended meanwhile seal nothing that is kept: what follows reads the header again.
    if cx.session.keys().is_none() {
        cx.open().map_err(|_| KeyError::Failed)?;
    }
    let (public, private) = match request.algorithm {
        Algorithm::Es256 => generate_p256(cx.rng),
        Algorithm::EdDsa => generate_ed25519(cx.rng),
    };
    let (flags, cred_protect) = match request.key_use {
        KeyUse::Record => (RECORD_KEY, CredProtect::Optional),
        KeyUse::CredentialId(cred_protect) => (CREDENTIAL_ID, cred_protect),
    };
    let unwrapped = Unwrapped { algorithm: request.algorithm, flags, cred_protect, private };
    let mut nonce = [0; NONCE];
    cx.rng.fill_bytes(&mut nonce);
    let keys = cx.session.keys().ok_or(KeyError::Failed)?;
    let handle = wrap(keys, &request.rp_id_hash, &unwrapped, nonce).ok_or(KeyError::Failed)?;
    Ok(NewKey { public, key: KeyRef { backend: Backend::SOFTWARE, handle } })
}

/// Signs with the key named, in constant time with respect to it.
///
/// # Errors
/// [`KeyError::Missing`] when the key cannot be unwrapped: not this backend's, of another relying party, of another
/// device, or from before a reset. [`KeyError::Failed`] when the store cannot be read.
pub fn sign(cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
    cx.open().map_err(|_| KeyError::Failed)?;
    if request.key.backend != Backend::SOFTWARE {
        return Err(KeyError::Missing);
    }
    let keys = cx.session.keys().ok_or(KeyError::Failed)?;
    let unwrapped =
        unwrap(keys, &request.rp_id_hash, request.key.handle.as_slice()).ok_or(KeyError::Missing)?;
    if unwrapped.algorithm != request.algorithm {
        return Err(KeyError::Missing);
    }
    match unwrapped.algorithm {
        Algorithm::Es256 => sign_p256(&unwrapped.private, request.message(), cx.rng),
        Algorithm::EdDsa => sign_ed25519(&unwrapped.private, request.message()),
    }
}

/// What a credential id says to those who can open it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) algorithm: Algorithm,
    pub(crate) cred_protect: CredProtect,
}

/// Opens a non-discoverable credential's id. `None`: not one of ours for this relying party, whatever the reason (CI-01).
pub(crate) fn open_credential_id(keys: &StoreKeys, rp_id_hash: &RpIdHash, id: &[u8]) -> Option<Sealed> {
    let unwrapped = unwrap(keys, rp_id_hash, id)?;
    let Unwrapped { algorithm, cred_protect, flags, .. } = unwrapped;
    (flags == CREDENTIAL_ID).then_some(Sealed { algorithm, cred_protect })
}

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const RECORD_KEY: u8 = 1;
const CREDENTIAL_ID: u8 = 0;
/// Algorithm, flags and credProtect.
const HEAD: usize = 3;
/// An Ed25519 seed and its public key; a P-256 scalar takes half of it.
const MAX_PRIVATE: usize = 64;

struct Unwrapped {
    algorithm: Algorithm,
    flags: u8,
    cred_protect: CredProtect,
    private: Secret<MAX_PRIVATE>,
}

const fn private_length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Es256 => 32,
        Algorithm::EdDsa => 64,
    }
}

const fn algorithm_code(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Es256 => 1,
        Algorithm::EdDsa => 2,
    }
}

fn associated_data(rp_id_hash: &RpIdHash) -> [u8; 33] {
    let mut data = [VERSION; 33];
    data.iter_mut().skip(1).zip(rp_id_hash.0).for_each(|(place, byte)| *place = byte);
    data
}

fn wrap(
    keys: &StoreKeys,
    rp_id_hash: &RpIdHash,
    unwrapped: &Unwrapped,
    nonce: [u8; NONCE],
) -> Option<Bytes<{ crate::credential::MAX_CREDENTIAL_ID }>> {
    let Unwrapped { algorithm, flags, cred_protect, private } = unwrapped;
    let mut plaintext = Secret::filled(|text: &mut [u8; HEAD + MAX_PRIVATE]| {
        let head = [algorithm_code(*algorithm), *flags, cred_protect.level()];
        text.iter_mut().zip(head.iter().chain(private.expose())).for_each(|(place, byte)| *place = *byte);
    });
    let text = plaintext.expose_mut().get_mut(..HEAD.saturating_add(private_length(*algorithm)))?;
    let tag = Aes256GcmSiv::new(keys.software_keys.expose().into())
        .encrypt_inout_detached(&Nonce::from(nonce), &associated_data(rp_id_hash), (&mut *text).into())
        .ok()?;
    let mut wrapped = Bytes::new(&[VERSION])?;
    wrapped.extend(&nonce)?;
    wrapped.extend(text)?;
    wrapped.extend(&tag)?;
    Some(wrapped)
}

fn unwrap(keys: &StoreKeys, rp_id_hash: &RpIdHash, wrapped: &[u8]) -> Option<Unwrapped> {
    let (&version, rest) = wrapped.split_first()?;
    if version != VERSION {
        return None;
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
    let (text, tag) = rest.split_last_chunk::<TAG>()?;
    let mut plaintext = Secret::new([0; HEAD + MAX_PRIVATE]);
    let place = plaintext.expose_mut().get_mut(..text.len())?;
    place.copy_from_slice(text);
    Aes256GcmSiv::new(keys.software_keys.expose().into())
        .decrypt_inout_detached(
            &Nonce::from(*nonce),
            &associated_data(rp_id_hash),
            place.into(),
            &Tag::from(*tag),
        )
        .ok()?;
    let (&[algorithm, flags, cred_protect], private) = plaintext.expose().split_first_chunk::<HEAD>()?;
    let algorithm = Algorithm::ALL.into_iter().find(|known| algorithm_code(*known) == algorithm)?;
    (text.len() == HEAD.saturating_add(private_length(algorithm))).then_some(())?;
    Some(Unwrapped {
        algorithm,
        flags,
        cred_protect: CredProtect::from_level(u64::from(cred_protect))?,
        private: Secret::filled(|place: &mut [u8; MAX_PRIVATE]| place.copy_from_slice(private)),
    })
}

fn generate_p256(rng: &mut dyn CryptoRng) -> (PublicKey, Secret<MAX_PRIVATE>) {
    loop {
        let candidate = Secret::<32>::random(rng);
        // One draw in 2^32 is not below the group's order; the next is taken.
        let Some(scalar) = scalar(candidate.expose()) else { continue };
        let public = p256::PublicKey::from_secret_scalar(&scalar);
        let (x, y) = (public.as_affine().x().0, public.as_affine().y().0);
        return (PublicKey::P256 { x, y }, padded(candidate.expose(), &[]));
    }
}

fn generate_ed25519(rng: &mut dyn CryptoRng) -> (PublicKey, Secret<MAX_PRIVATE>) {
    let seed = Secret::<32>::random(rng);
    let public = ed25519_dalek::SigningKey::from_bytes(seed.expose()).verifying_key().to_bytes();
    (PublicKey::Ed25519(public), padded(seed.expose(), &public))
}

fn padded(first: &[u8], second: &[u8]) -> Secret<MAX_PRIVATE> {
    Secret::filled(|private| {
        private.iter_mut().zip(first.iter().chain(second)).for_each(|(place, byte)| *place = *byte);
    })
}

fn scalar(bytes: &[u8; 32]) -> Option<NonZeroScalar> {
    NonZeroScalar::from_repr((*bytes).into()).into_option()
}

fn sign_p256(
    private: &Secret<MAX_PRIVATE>,
    message: [&[u8]; 2],
    rng: &mut dyn CryptoRng,
) -> Result<Signature, KeyError> {
    let (bytes, _) = private.expose().split_first_chunk::<32>().ok_or(KeyError::Failed)?;
    let mut scalar = scalar(bytes).ok_or(KeyError::Missing)?;
    let digest = message.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    let hedge = Secret::<32>::random(rng);
    let (signature, _) =
        ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(&scalar, &digest, hedge.expose());
    zeroize::Zeroize::zeroize(&mut scalar);
    Bytes::new(signature.to_der().as_bytes()).ok_or(KeyError::Failed)
}

fn sign_ed25519(private: &Secret<MAX_PRIVATE>, message: [&[u8]; 2]) -> Result<Signature, KeyError> {
    let (seed, public) = private.expose().split_first_chunk::<32>().ok_or(KeyError::Failed)?;
    let public = public.first_chunk::<32>().ok_or(KeyError::Failed)?;
    let public = ed25519_dalek::VerifyingKey::from_bytes(public).map_err(|_| KeyError::Missing)?;
    let expanded = ExpandedSecretKey::from(seed);
    let signature = raw_sign_byupdate::<Sha512, _>(
        &expanded,
        |hash| {
            message.iter().for_each(|part| hash.update(part));
            Ok(())
        },
        &public,
    );
    Bytes::new(&signature.map_err(|_| KeyError::Failed)?.to_bytes()).ok_or(KeyError::Failed)
}
