//! What getInfo says to the holder of the persistent token alone (GI-20, GI-21).

use crate::secret::Secret;
use aes::Aes128;
use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use hkdf::Hkdf;
use sha2::Sha256;

const BLOCK: usize = 16;

/// The initialisation vector, which is to be fresh, and the identifier under AES-128-CBC with a key of the token's.
#[inline(never)]
pub(crate) fn seal_identifier(
    token: &Secret<32>,
    info: &[u8],
    identifier: &[u8; BLOCK],
    iv: [u8; BLOCK],
) -> [u8; 2 * BLOCK] {
    let hkdf = Hkdf::<Sha256>::new(Some(&[0; 32]), token.expose());
    // 16 bytes are far below HKDF's limit, the only error there is.
    let key = Secret::<BLOCK>::filled(|key| {
        let _ = hkdf.expand(info, key);
    });
    let mut block = (*identifier).into();
    cbc::Encryptor::<Aes128>::new(key.expose().into(), (&iv).into()).encrypt_block(&mut block);
    let mut sealed = [0; 2 * BLOCK];
    sealed.iter_mut().zip(iv.iter().chain(&block)).for_each(|(place, byte)| *place = *byte);
    sealed
}

#[cfg(test)]
mod tests;
