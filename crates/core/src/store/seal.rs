//! Keys of the store, and the seal on its records.
//!
//! Everything derives from the 32-byte device key and the random generation secret in the sealed header, by HKDF-SHA-256.
//! Records are sealed with AES-256-GCM-SIV, which gives away no more than equality should a nonce ever repeat; the
//! associated data binds a body to its kind, id, version and generation. See `docs/adr/0001-record-seal.md`.

use super::{ALIAS_SUFFIX, BlindKey, Index, RecordId, RecordKind};
use crate::credential::RpIdHash;
use crate::error::SealedError;
use crate::secret::{Secret, leaving_no_trace};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, Tag, aead::AeadInOut};
use core::cmp::Ordering;
use core::fmt;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The format of sealed bodies; the first byte of each.
const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// The length of the tag that names a generation of a store.
pub(crate) const GENERATION_TAG: usize = 16;

/// Where the content lies in a sealed body.
pub(super) const CONTENT_START: usize = 1 + NONCE;

/// By how much a sealed body is longer than its content.
pub(crate) const OVERHEAD: usize = CONTENT_START + TAG;

/// Why a body could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealError {
    /// The format byte is of a later version of this library.
    Newer,
    /// The body was changed, swapped, cut, or sealed with another key.
    Broken,
    /// The buffer given is too short.
    TooLong,
}

impl From<SealError> for SealedError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Newer => Self::Newer,
            SealError::Broken => Self::Broken,
            SealError::TooLong => Self::BufferTooShort,
        }
    }
}

/// What a body is bound to.
#[derive(Clone, Copy)]
pub(crate) struct Binding {
    pub(crate) kind: RecordKind,
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) generation: u64,
}

impl Binding {
    fn associated_data(&self) -> [u8; 34] {
        let mut data = [0; 34];
        let parts: [&[u8]; 5] = [
            &[FORMAT],
            &[self.kind.code()],
            &self.id.0,
            &self.version.to_be_bytes(),
            &self.generation.to_be_bytes(),
        ];
        let bytes = parts.into_iter().flatten();
        data.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        data
    }
}

/// Seals `content` into `out` as format ‖ nonce ‖ ciphertext ‖ tag and says how long that is.
fn seal(
    key: &Secret<32>,
    associated_data: &[u8],
    content: &[u8],
    nonce: [u8; NONCE],
    out: &mut [u8],
) -> Result<usize, SealError> {
    let place = out.get_mut(CONTENT_START..).and_then(|rest| rest.get_mut(..content.len()));
    place.ok_or(SealError::TooLong)?.copy_from_slice(content);
    seal_in_place(key, associated_data, content.len(), nonce, out)
}

/// The same for content of this length that lies in `body` already, from [`CONTENT_START`] on.
fn seal_in_place(
    key: &Secret<32>,
    associated_data: &[u8],
    content: usize,
    nonce: [u8; NONCE],
    body: &mut [u8],
) -> Result<usize, SealError> {
    let length = content.checked_add(OVERHEAD).ok_or(SealError::TooLong)?;
    let body = body.get_mut(..length).ok_or(SealError::TooLong)?;
    let (head, rest) = body.split_at_mut_checked(CONTENT_START).ok_or(SealError::TooLong)?;
    let (text, tag_place) = rest.split_at_mut_checked(content).ok_or(SealError::TooLong)?;
    head.iter_mut().zip([FORMAT].iter().chain(&nonce)).for_each(|(place, byte)| *place = *byte);
    let cipher = Aes256GcmSiv::new(key.expose().into());
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(nonce), associated_data, text.into())
        .map_err(|_| SealError::TooLong)?;
    tag_place.copy_from_slice(&tag);
    Ok(length)
}

/// Opens a body into `out` and returns its content.
fn open<'b>(
    key: &Secret<32>,
    associated_data: &[u8],
    body: &[u8],
    out: &'b mut [u8],
) -> Result<&'b [u8], SealError> {
    let (&format, sealed) = body.split_first().ok_or(SealError::Broken)?;
    match format.cmp(&FORMAT) {
        Ordering::Greater => return Err(SealError::Newer),
        Ordering::Less => return Err(SealError::Broken),
        Ordering::Equal => {}
    }
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(SealError::Broken)?;
    let (text, tag) = sealed.split_last_chunk::<TAG>().ok_or(SealError::Broken)?;
    let out = out.get_mut(..text.len()).ok_or(SealError::TooLong)?;
    out.copy_from_slice(text);
    let cipher = Aes256GcmSiv::new(key.expose().into());
    cipher
        .decrypt_inout_detached(&Nonce::from(*nonce), associated_data, (&mut *out).into(), &Tag::from(*tag))
        .map_err(|_| SealError::Broken)?;
    Ok(out)
}

fn derive(hkdf: &Hkdf<Sha256>, purpose: &[u8], key: &mut Secret<32>) {
    // 32 bytes are far below HKDF's limit of 255 hash lengths, the only error there is.
    let _ = hkdf.expand(purpose, key.expose_mut());
}

fn mac(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length, so the error type is never made.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose()) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// What derives from the device key alone: enough to open the header.
pub(crate) struct DeviceKeys {
    root: Secret<32>,
    header: Secret<32>,
}

impl DeviceKeys {
    pub(crate) fn new(device_key: &Secret<32>) -> Self {
        let mut keys = Self { root: Secret::new([0; 32]), header: Secret::new([0; 32]) };
        keys.root.expose_mut().copy_from_slice(device_key.expose());
        leaving_no_trace(|| {
            let hkdf = Hkdf::<Sha256>::new(Some(b"authenticator store 1"), keys.root.expose());
            derive(&hkdf, b"header", &mut keys.header);
        });
        keys
    }

    pub(super) fn seal_header(
        &self,
        version: u64,
        content: &[u8],
        nonce: [u8; NONCE],
        out: &mut [u8],
    ) -> Result<usize, SealError> {
        seal(&self.header, &Self::header_binding(version).associated_data(), content, nonce, out)
    }

    pub(super) fn open_header<'b>(
        &self,
        version: u64,
        body: &[u8],
        out: &'b mut [u8],
    ) -> Result<&'b [u8], SealError> {
        open(&self.header, &Self::header_binding(version).associated_data(), body, out)
    }

    /// The header names the generation, so it cannot be bound to it.
    const fn header_binding(version: u64) -> Binding {
        Binding { kind: RecordKind::Header, id: RecordId::HEADER, version, generation: 0 }
    }

    /// Puts the keys of one generation of the store where they are to stay.
    pub(crate) fn store_keys(&self, generation_secret: &Secret<32>, keys: &mut StoreKeys) {
        leaving_no_trace(|| {
            let hkdf = Hkdf::<Sha256>::new(Some(generation_secret.expose()), self.root.expose());
            derive(&hkdf, b"records", &mut keys.records);
            derive(&hkdf, b"index", &mut keys.index);
            derive(&hkdf, b"multiset", &mut keys.multiset);
            derive(&hkdf, b"software keys", &mut keys.software_keys);
            derive(&hkdf, b"PIN", &mut keys.pin);
            derive(&hkdf, b"extensions", &mut keys.extensions);
        });
    }
}

#[cfg(test)]
impl DeviceKeys {
    /// For tests, which may move keys about.
    pub(super) fn keys_of(&self, generation_secret: &Secret<32>) -> StoreKeys {
        let mut keys = StoreKeys::empty();
        self.store_keys(generation_secret, &mut keys);
        keys
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys")
    }
}

/// The keys of one generation: dead once a reset has replaced the generation secret.
pub(crate) struct StoreKeys {
    records: Secret<32>,
    index: Secret<32>,
    multiset: Secret<32>,
    /// Wraps the private keys of the software backend.
    pub(crate) software_keys: Secret<32>,
    /// What the PIN's verifier, the persistent token and the identifiers of getInfo derive from.
    pin: Secret<32>,
    /// What credentials have secrets of.
    extensions: Secret<32>,
}

impl StoreKeys {
    /// No keys yet.
    pub(crate) const fn empty() -> Self {
        const NONE: Secret<32> = Secret::new([0; 32]);
        Self { records: NONE, index: NONE, multiset: NONE, software_keys: NONE, pin: NONE, extensions: NONE }
    }

    pub(crate) fn seal(
        &self,
        binding: Binding,
        content: &[u8],
        nonce: [u8; NONCE],
        out: &mut [u8],
    ) -> Result<usize, SealError> {
        seal(&self.records, &binding.associated_data(), content, nonce, out)
    }

    /// Seals content of this length that lies in `body` already, from [`CONTENT_START`] on: a board has no stack for two.
    pub(super) fn seal_in_place(
        &self,
        binding: Binding,
        content: usize,
        nonce: [u8; NONCE],
        body: &mut [u8],
    ) -> Result<usize, SealError> {
        seal_in_place(&self.records, &binding.associated_data(), content, nonce, body)
    }

    pub(crate) fn open<'b>(
        &self,
        binding: Binding,
        body: &[u8],
        out: &'b mut [u8],
    ) -> Result<&'b [u8], SealError> {
        open(&self.records, &binding.associated_data(), body, out)
    }

    fn blind(&self, index: Index, parts: [&[u8]; 2]) -> BlindKey {
        let label: &[u8] = match index {
            Index::RelyingParty => b"relying party",
            Index::CredentialId => b"credential id",
            Index::User => b"user",
        };
        let [first, second] = parts;
        let hash = mac(&self.index, &[label, first, second]);
        let (key, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        BlindKey(*key)
    }

    /// Says whether something was sealed by this generation of the store, without a word about the store.
    pub(crate) fn generation_tag(&self) -> [u8; GENERATION_TAG] {
        let hash = mac(&self.index, &[b"generation"]);
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// What the aliases of this generation's keys in backends of the host's end with.
    pub(crate) fn alias_suffix(&self) -> [u8; ALIAS_SUFFIX] {
        let hash = mac(&self.index, &[b"aliases"]);
        hash.first_chunk().copied().unwrap_or_default()
    }

    pub(crate) fn relying_party(&self, rp_id_hash: &RpIdHash) -> BlindKey {
        self.blind(Index::RelyingParty, [&rp_id_hash.0, &[]])
    }

    pub(crate) fn credential_id(&self, id: &[u8]) -> BlindKey {
        self.blind(Index::CredentialId, [id, &[]])
    }

    pub(crate) fn user(&self, rp_id_hash: &RpIdHash, user_handle: &[u8]) -> BlindKey {
        self.blind(Index::User, [&rp_id_hash.0, user_handle])
    }

    /// What of a PIN hash is kept, so that what is compared and moved about is not the hash.
    pub(crate) fn pin_verifier(&self, pin_hash: &[u8]) -> [u8; 16] {
        self.of_pin(b"verifier", pin_hash)
    }

    /// The persistent pinUvAuthToken that was made as this one of this generation (TOK-19). It is nowhere but here.
    pub(crate) fn persistent_token(&self, number: u64, token: &mut Secret<32>) {
        *token.expose_mut() = mac(&self.pin, &[b"persistent token", &number.to_be_bytes()]);
    }

    /// The device identifier of this generation (GI-20): random to whoever does not have the device key.
    pub(crate) fn device_identifier(&self) -> [u8; 16] {
        self.of_pin(b"device identifier", &[])
    }

    /// The state of the discoverable credentials as of the commit that changed them last (GI-21).
    pub(crate) fn credential_store_state(&self, changed: u64) -> [u8; 16] {
        self.of_pin(b"credential store state", &changed.to_be_bytes())
    }

    fn of_pin(&self, label: &[u8], rest: &[u8]) -> [u8; 16] {
        mac(&self.pin, &[label, rest]).first_chunk().copied().unwrap_or_default()
    }

    /// A secret of the credential with this id and seed, for this purpose.
    pub(crate) fn credential_secret(&self, purpose: &[u8], seed: &[u8], id: &[u8], secret: &mut Secret<32>) {
        // A seed has 16 bytes, or is missing: with its length before it nothing runs into anything else.
        let [length, ..] = seed.len().to_le_bytes();
        *secret.expose_mut() = mac(&self.extensions, &[purpose, &[0, length], seed, id]);
    }

    /// One record's share of the header's multiset hash.
    pub(super) fn share(&self, kind: RecordKind, id: RecordId, version: u64) -> [u8; 32] {
        mac(&self.multiset, &[&[kind.code()], &id.0, &version.to_be_bytes()])
    }
}

impl fmt::Debug for StoreKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKeys")
    }
}
