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
use crate::secret::{Secret, leaving_no_trace};
use crate::store::StoreKeys;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, Tag, aead::AeadInOut};
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_byupdate};
use p256::{NistP256, NonZeroScalar};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroize;

/// What this backend can do.
#[must_use]
pub fn capabilities() -> KeyCapabilities {
    KeyCapabilities {
        backend: Backend::SOFTWARE,
        algorithms: Algorithms::new(Curve::ALL.map(Curve::algorithm)),
    }
}

/// Makes the key pair asked for and wraps its private half.
///
/// # Errors
/// [`KeyError::Unsupported`] for an algorithm that is not among its [`capabilities`], [`KeyError::Failed`] when the store
/// cannot be read.
pub fn generate(cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
    generate_with(cx, request, &p256_public_key)
}

/// Finds the public key of a P-256 private key: the scalar's 32 bytes, big-endian and below the group's order, to x ‖ y.
/// `None` when it cannot. It is given a secret: it runs in constant time and keeps nothing.
pub type P256PublicKey<'a> = &'a dyn Fn(&[u8; 32]) -> Option<[u8; 64]>;

/// As [`generate`], by somebody else's arithmetic on P-256: the most of what a registration costs a processor. The keys are
/// the same ones.
///
/// # Errors
/// Those of [`generate`], and [`KeyError::Failed`] when `p256` finds no public key.
pub fn generate_with(
    cx: &mut Context<'_>,
    request: &KeyRequest,
    p256: P256PublicKey<'_>,
) -> Result<NewKey, KeyError> {
    let curve = Curve::of(request.algorithm).ok_or(KeyError::Unsupported)?;
    // Keys of a generation that has ended meanwhile seal nothing that is kept: what follows reads the header again.
    if cx.session.keys().is_none() {
        cx.open().map_err(|_| KeyError::Failed)?;
    }
    let keys = cx.session.keys().ok_or(KeyError::Failed)?;
    let made = leaving_no_trace(|| make(keys, curve, request, p256, cx.rng));
    let (public, handle) = made.ok_or(KeyError::Failed)?;
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
    leaving_no_trace(|| {
        let mut unwrapped = Unwrapped::empty();
        let head = unwrap(keys, &request.rp_id_hash, request.key.handle.as_slice(), &mut unwrapped)
            .filter(|head| head.curve.algorithm() == request.algorithm)
            .ok_or(KeyError::Missing)?;
        match head.curve {
            Curve::P256 => {
                let signature = sign_p256(unwrapped.scalar()?, request.message(), cx.rng)?;
                Bytes::new(signature.to_der().as_bytes()).ok_or(KeyError::Failed)
            }
            Curve::Ed25519 => {
                let (seed, public) = unwrapped.seed_and_public()?;
                let signature = sign_ed25519(seed, public, request.message())?;
                Bytes::new(&signature.to_bytes()).ok_or(KeyError::Failed)
            }
        }
    })
}

/// What a credential id says to those who can open it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) algorithm: Algorithm,
    pub(crate) cred_protect: CredProtect,
    pub(crate) third_party_payment: bool,
}

/// Opens a non-discoverable credential's id. `None`: not one of ours for this relying party, whatever the reason (CI-01).
pub(crate) fn open_credential_id(keys: &StoreKeys, rp_id_hash: &RpIdHash, id: &[u8]) -> Option<Sealed> {
    let head = leaving_no_trace(|| unwrap(keys, rp_id_hash, id, &mut Unwrapped::empty()))?;
    let Head { curve, cred_protect, flags } = head;
    let third_party_payment = flags & THIRD_PARTY_PAYMENT != 0;
    let is_id = flags & !THIRD_PARTY_PAYMENT == CREDENTIAL_ID;
    is_id.then_some(Sealed { algorithm: curve.algorithm(), cred_protect, third_party_payment })
}

const VERSION: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const RECORD_KEY: u8 = 1;
const CREDENTIAL_ID: u8 = 0;
/// Beside [`CREDENTIAL_ID`].
const THIRD_PARTY_PAYMENT: u8 = 2;
/// Algorithm, flags and credProtect.
pub(crate) const HEAD: usize = 3;
/// An Ed25519 seed and its public key; a P-256 scalar takes half of it.
const MAX_PRIVATE: usize = 64;

/// What is wrapped: the head, then the private key. It lies in one place, and is made, wrapped, unwrapped and used there.
pub(crate) struct Unwrapped(Secret<{ HEAD + MAX_PRIVATE }>);

/// The kinds of keys there are here: the core has algorithms beside theirs, for other backends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    Ed25519,
}

impl Curve {
    const ALL: [Self; 2] = [Self::P256, Self::Ed25519];

    const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::Ed25519 => Algorithm::EdDsa,
        }
    }

    fn of(algorithm: Algorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.algorithm() == algorithm)
    }

    const fn code(self) -> u8 {
        match self {
            Self::P256 => 1,
            Self::Ed25519 => 2,
        }
    }

    const fn text_length(self) -> usize {
        match self {
            Self::P256 => HEAD + 32,
            Self::Ed25519 => HEAD + 64,
        }
    }
}

/// What is wrapped beside a private key; no secret.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) curve: Curve,
    pub(crate) flags: u8,
    pub(crate) cred_protect: CredProtect,
}

impl Unwrapped {
    pub(crate) const fn empty() -> Self {
        Self(Secret::new([0; HEAD + MAX_PRIVATE]))
    }

    /// The head, if it is one that goes with a plaintext of this length.
    pub(crate) fn head(&self, length: usize) -> Option<Head> {
        let (&[code, flags, cred_protect], _) = self.0.expose().split_first_chunk::<HEAD>()?;
        let curve = Curve::ALL.into_iter().find(|known| known.code() == code)?;
        (length == curve.text_length()).then_some(())?;
        Some(Head { curve, flags, cred_protect: CredProtect::from_level(u64::from(cred_protect))? })
    }

    /// As much of it as is wrapped for a key of this kind.
    fn text(&mut self, curve: Curve) -> Option<&mut [u8]> {
        self.0.expose_mut().get_mut(..curve.text_length())
    }

    /// Where the head lies, the scalar or the seed, and the public key that is kept beside a seed.
    pub(crate) fn parts_mut(&mut self) -> Option<(&mut [u8; HEAD], &mut [u8; 32], &mut [u8; 32])> {
        let (head, private) = self.0.expose_mut().split_first_chunk_mut::<HEAD>()?;
        let (first, second) = private.split_first_chunk_mut::<32>()?;
        Some((head, first, second.first_chunk_mut::<32>()?))
    }

    pub(crate) fn scalar(&self) -> Result<&[u8; 32], KeyError> {
        Ok(self.seed_and_public()?.0)
    }

    pub(crate) fn seed_and_public(&self) -> Result<(&[u8; 32], &[u8; 32]), KeyError> {
        let private = self.0.expose().get(HEAD..).and_then(|private| private.split_first_chunk::<32>());
        let (seed, public) = private.ok_or(KeyError::Failed)?;
        Ok((seed, public.first_chunk::<32>().ok_or(KeyError::Failed)?))
    }
}

fn associated_data(rp_id_hash: &RpIdHash) -> [u8; 33] {
    let mut data = [VERSION; 33];
    data.iter_mut().skip(1).zip(rp_id_hash.0).for_each(|(place, byte)| *place = byte);
    data
}

type Wrapped = Bytes<{ crate::credential::MAX_CREDENTIAL_ID }>;

/// Makes a key pair and wraps its private half.
#[inline(never)]
fn make(
    keys: &StoreKeys,
    curve: Curve,
    request: &KeyRequest,
    p256: P256PublicKey<'_>,
    rng: &mut dyn CryptoRng,
) -> Option<(PublicKey, Wrapped)> {
    let mut unwrapped = Unwrapped::empty();
    let (_, private, beside) = unwrapped.parts_mut()?;
    let public = match curve {
        Curve::P256 => generate_p256(private, p256, rng)?,
        Curve::Ed25519 => {
            let public = generate_ed25519(private, rng);
            *beside = public;
            PublicKey::Ed25519(public)
        }
    };
    let (flags, cred_protect) = match request.key_use {
        KeyUse::Record => (RECORD_KEY, CredProtect::Optional),
        KeyUse::CredentialId { cred_protect, third_party_payment } => {
            let payment = if third_party_payment { THIRD_PARTY_PAYMENT } else { 0 };
            (CREDENTIAL_ID | payment, cred_protect)
        }
    };
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let head = Head { curve, flags, cred_protect };
    Some((public, wrap(&keys.software_keys, &request.rp_id_hash, head, &mut unwrapped, nonce)?))
}

/// Wraps the private key that lies in `unwrapped`, which is a ciphertext afterwards.
pub(crate) fn wrap(
    key: &Secret<32>,
    rp_id_hash: &RpIdHash,
    head: Head,
    unwrapped: &mut Unwrapped,
    nonce: [u8; NONCE],
) -> Option<Wrapped> {
    let (place, ..) = unwrapped.parts_mut()?;
    *place = [head.curve.code(), head.flags, head.cred_protect.level()];
    let text = unwrapped.text(head.curve)?;
    let tag = Aes256GcmSiv::new(key.expose().into())
        .encrypt_inout_detached(&Nonce::from(nonce), &associated_data(rp_id_hash), (&mut *text).into())
        .ok()?;
    let mut wrapped = Bytes::new(&[VERSION])?;
    wrapped.extend(&nonce)?;
    wrapped.extend(text)?;
    wrapped.extend(&tag)?;
    Some(wrapped)
}

/// Opens a wrapped key into `unwrapped`.
fn unwrap(
    keys: &StoreKeys,
    rp_id_hash: &RpIdHash,
    wrapped: &[u8],
    unwrapped: &mut Unwrapped,
) -> Option<Head> {
    let length = decrypt(&keys.software_keys, rp_id_hash, wrapped, unwrapped)?;
    unwrapped.head(length)
}

/// Decrypts a wrapped key into `unwrapped`, and says how long what it had wrapped is.
#[inline(never)]
pub(crate) fn decrypt(
    key: &Secret<32>,
    rp_id_hash: &RpIdHash,
    wrapped: &[u8],
    unwrapped: &mut Unwrapped,
) -> Option<usize> {
    let (&version, rest) = wrapped.split_first()?;
    if version != VERSION {
        return None;
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
    let (text, tag) = rest.split_last_chunk::<TAG>()?;
    let place = unwrapped.0.expose_mut().get_mut(..text.len())?;
    place.copy_from_slice(text);
    Aes256GcmSiv::new(key.expose().into())
        .decrypt_inout_detached(
            &Nonce::from(*nonce),
            &associated_data(rp_id_hash),
            place.into(),
            &Tag::from(*tag),
        )
        .ok()?;
    Some(text.len())
}

/// Draws a key pair, its private half right where it stays.
#[inline(never)]
pub(crate) fn generate_p256(
    private: &mut [u8; 32],
    p256: P256PublicKey<'_>,
    rng: &mut dyn CryptoRng,
) -> Option<PublicKey> {
    loop {
        rng.fill_bytes(private);
        // One draw in 2^32 is not below the group's order; the next is taken.
        if let Some(mut scalar) = scalar(private) {
            scalar.zeroize();
            break;
        }
    }
    let public = p256(private)?;
    let (&x, y) = public.split_first_chunk::<32>()?;
    Some(PublicKey::P256 { x, y: *y.first_chunk()? })
}

/// The core's own arithmetic.
pub(crate) fn p256_public_key(private: &[u8; 32]) -> Option<[u8; 64]> {
    let mut scalar = scalar(private)?;
    let public = p256::PublicKey::from_secret_scalar(&scalar);
    scalar.zeroize();
    let point = public.as_affine();
    let mut bytes = [0; 64];
    let coordinates = point.x().0.into_iter().chain(point.y().0);
    bytes.iter_mut().zip(coordinates).for_each(|(place, byte)| *place = byte);
    Some(bytes)
}

#[inline(never)]
pub(crate) fn generate_ed25519(seed: &mut [u8; 32], rng: &mut dyn CryptoRng) -> [u8; 32] {
    rng.fill_bytes(seed);
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

fn scalar(bytes: &[u8; 32]) -> Option<NonZeroScalar> {
    NonZeroScalar::from_repr((*bytes).into()).into_option()
}

#[inline(never)]
pub(crate) fn sign_p256(
    private: &[u8; 32],
    message: [&[u8]; 2],
    rng: &mut dyn CryptoRng,
) -> Result<ecdsa::Signature<NistP256>, KeyError> {
    let mut hedge = Secret::new([0; 32]);
    rng.fill_bytes(hedge.expose_mut());
    sign_p256_hedged(private, message, hedge.expose())
}

/// Signs with the nonce that RFC 6979 §3.6 derives from key, message and `hedge`; with an empty one, that of §3.2.
fn sign_p256_hedged(
    private: &[u8; 32],
    message: [&[u8]; 2],
    hedge: &[u8],
) -> Result<ecdsa::Signature<NistP256>, KeyError> {
    let mut scalar = scalar(private).ok_or(KeyError::Missing)?;
    let digest = message.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(&scalar, &digest, hedge);
    scalar.zeroize();
    Ok(signature)
}

#[inline(never)]
pub(crate) fn sign_ed25519(
    seed: &[u8; 32],
    public: &[u8; 32],
    message: [&[u8]; 2],
) -> Result<ed25519_dalek::Signature, KeyError> {
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
    signature.map_err(|_| KeyError::Failed)
}

#[cfg(test)]
mod tests;
