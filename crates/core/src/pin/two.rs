//! What is particular to protocol two.

use crate::secret::Secret;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize;

/// The initialisation vector is random and comes before the ciphertext (PP-21).
pub(super) const IV_LENGTH: usize = 16;

/// The whole HMAC (PP-22).
pub(super) const SIGNATURE_LENGTH: usize = 32;

/// PP-20: a key for each purpose.
#[inline(never)]
pub(super) fn derive(z: &Secret<32>, hmac_key: &mut Secret<32>, cipher_key: &mut Secret<32>) {
    let (mut pseudorandom_key, hkdf) = Hkdf::<Sha256>::extract(Some(&[0; 32]), z.expose());
    pseudorandom_key.as_mut_slice().zeroize();
    // 32 bytes are far below HKDF's limit of 255 hash lengths, the only error there is.
    let _ = hkdf.expand(b"CTAP2 HMAC key", hmac_key.expose_mut());
    let _ = hkdf.expand(b"CTAP2 AES key", cipher_key.expose_mut());
}
