//! The array of large blobs as platforms lay it out (CTAP 2.3 §6.10.3): an entry of each credential that has one, sealed with
//! the credential's key, so that nobody can tell without it whose an entry is.

use std::fmt;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce, Tag};
use authenticator_core::{Secret, leaving_no_trace};
use ciborium::Value;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cbor::{array_head, item_length, read_array_head};
use crate::deflate::{compress, inflate};

const CHECKSUM: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;

/// The entries of an array, in their order. Whatever is none of ours, known or not, stays as it is to the byte.
/// `Debug` shows how many there are.
#[derive(Clone, PartialEq, Eq)]
pub struct LargeBlobArray<'a> {
    entries: Vec<&'a [u8]>,
}

impl<'a> LargeBlobArray<'a> {
    /// Reads an array with its checksum. One whose checksum is wrong is an empty one (LBA-03).
    ///
    /// # Errors
    /// [`UnknownLayout`] where the checksum is right and what it is of is no array of definite length. Somebody has put it
    /// there, and it is not to be written over.
    pub fn parse(serialized: &'a [u8]) -> Result<Self, UnknownLayout> {
        let checked = serialized.split_last_chunk::<CHECKSUM>();
        let entries = match checked.filter(|(array, found)| **found == checksum(array)) {
            Some((array, _)) => entries(array).ok_or(UnknownLayout)?,
            None => Vec::new(),
        };
        Ok(Self { entries })
    }

    /// The blob that was put in with this key. `None`: there is none, or what was put in is no blob.
    #[must_use]
    pub fn blob(&self, key: &Secret<32>) -> Option<Zeroizing<Vec<u8>>> {
        self.entries.iter().find_map(|entry| {
            let (compressed, original_size) = open(entry, key)?;
            inflate(&compressed, original_size)
        })
    }

    /// The array with this blob in the place of whatever was put in with the same key, and its checksum. `None`: the blob is
    /// longer than anybody reads again.
    #[must_use]
    pub fn put(&self, blob: &[u8], key: &Secret<32>, rng: &mut dyn CryptoRng) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        Some(self.with(&seal(blob, key, nonce)?, key))
    }

    /// With an entry that was sealed with this key.
    fn with(&self, entry: &[u8], key: &Secret<32>) -> Vec<u8> {
        let others: Vec<&[u8]> =
            self.entries.iter().copied().filter(|entry| open(entry, key).is_none()).collect();
        let mut array = array_head(others.len().saturating_add(1));
        others.into_iter().chain([entry]).for_each(|entry| array.extend_from_slice(entry));
        let checksum = checksum(&array);
        array.extend_from_slice(&checksum);
        array
    }
}

impl fmt::Debug for LargeBlobArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LargeBlobArray").field("entries", &self.entries.len()).finish()
    }
}

/// What lies where large blobs do is whole, and no array of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLayout;

impl fmt::Display for UnknownLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the large blobs are laid out in a way that is not known here")
    }
}

impl std::error::Error for UnknownLayout {}

/// An entry (LBA-02). No key may seal two with the same nonce.
fn seal(blob: &[u8], key: &Secret<32>, nonce: [u8; NONCE]) -> Option<Vec<u8>> {
    let original_size = u64::try_from(blob.len()).ok()?;
    let mut sealed = compress(blob)?;
    let bound = associated_data(original_size);
    let text = sealed.as_mut_slice().into();
    let seal = || cipher(key).encrypt_inout_detached(&Nonce::from(nonce), &bound, text);
    let tag = leaving_no_trace(seal).ok()?;
    let ciphertext = [sealed.as_slice(), tag.as_slice()].concat();
    let entry = Value::Map(vec![
        (1.into(), ciphertext.into()),
        (2.into(), nonce.as_slice().into()),
        (3.into(), original_size.into()),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&entry, &mut bytes).ok()?;
    Some(bytes)
}

fn entries(array: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = read_array_head(array)?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let (entry, after) = rest.split_at_checked(item_length(rest)?)?;
        entries.push(entry);
        rest = after;
    }
    rest.is_empty().then_some(entries)
}

/// LBA-01.
fn checksum(array: &[u8]) -> [u8; CHECKSUM] {
    let mut checksum = [0; CHECKSUM];
    checksum.iter_mut().zip(Sha256::digest(array)).for_each(|(place, byte)| *place = byte);
    checksum
}

/// What the entry holds, still compressed, and how long it was before. `None`: it is not of this key, or not what we know.
fn open(entry: &[u8], key: &Secret<32>) -> Option<(Zeroizing<Vec<u8>>, u64)> {
    let members = ciborium::from_reader::<Value, _>(entry).ok()?.into_map().ok()?;
    let member =
        |number: u8| members.iter().find(|(name, _)| *name == Value::from(number)).map(|(_, value)| value);
    let (text, tag) = member(1)?.as_bytes()?.split_last_chunk::<TAG>()?;
    let nonce: [u8; NONCE] = member(2)?.as_bytes()?.as_slice().try_into().ok()?;
    let original_size = u64::try_from(member(3)?.as_integer()?).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let bound = associated_data(original_size);
    let (nonce, tag) = (Nonce::from(nonce), Tag::from(*tag));
    let place = text.as_mut_slice().into();
    leaving_no_trace(|| cipher(key).decrypt_inout_detached(&nonce, &bound, place, &tag)).ok()?;
    Some((text, original_size))
}

fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

fn associated_data(original_size: u64) -> [u8; 12] {
    let mut bound = [0; 12];
    let parts = b"blob".iter().copied().chain(original_size.to_le_bytes());
    bound.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
    bound
}

#[cfg(test)]
mod tests;
