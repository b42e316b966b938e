//! AES-256-CBC without padding, in place.

use aes::Aes256;
use aes::cipher::{self, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

/// What plaintexts and ciphertexts come in.
pub(super) const BLOCK: usize = 16;

/// A text is not made of whole blocks, or does not fit where it is to go. Cryptography says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadLength;

#[inline(never)]
pub(super) fn encrypt(key: &[u8; 32], iv: &[u8; BLOCK], text: &mut [u8]) -> Result<(), BadLength> {
    let text = blocks(text)?;
    cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(text);
    Ok(())
}

#[inline(never)]
pub(super) fn decrypt(key: &[u8; 32], iv: &[u8; BLOCK], text: &mut [u8]) -> Result<(), BadLength> {
    let text = blocks(text)?;
    cbc::Decryptor::<Aes256>::new(key.into(), iv.into()).decrypt_blocks(text);
    Ok(())
}

fn blocks(text: &mut [u8]) -> Result<&mut [cipher::Block<Aes256>], BadLength> {
    let (blocks, rest) = cipher::Block::<Aes256>::slice_as_chunks_mut(text);
    rest.is_empty().then_some(blocks).ok_or(BadLength)
}
