//! What is particular to protocol one.

use crate::secret::Secret;
use sha2::{Digest, Sha256};

/// The initialisation vector is all zeros and not sent (PP-11).
pub(super) const IV_LENGTH: usize = 0;

/// The first half of the HMAC (PP-12).
pub(super) const SIGNATURE_LENGTH: usize = 16;

/// PP-10: one key serves both purposes.
#[inline(never)]
pub(super) fn derive(z: &Secret<32>, hmac_key: &mut Secret<32>, cipher_key: &mut Secret<32>) {
    Sha256::new_with_prefix(z.expose()).finalize_into(hmac_key.expose_mut().into());
    cipher_key.expose_mut().copy_from_slice(hmac_key.expose());
}
