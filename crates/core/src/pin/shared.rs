//! The secret that one exchange with a platform shares.

use super::cipher::{self, BLOCK, BadLength};
use super::protocol::{self, Protocol};
use super::{one, two};
use crate::secret::Secret;
use rand_core::CryptoRng;
use zeroize::Zeroize;

/// A shared secret, or none yet. It lies in one place, where
/// [`KeyAgreement::decapsulate`](super::agreement::KeyAgreement::decapsulate) puts it and [`clear`](Self::clear) or a drop wipes it.
pub(crate) struct SharedSecret {
    /// The protocol it belongs to; `None`: there is no secret, and nothing can be done with it.
    protocol: Option<Protocol>,
    pub(super) hmac_key: Secret<32>,
    pub(super) cipher_key: Secret<32>,
}

impl SharedSecret {
    pub(crate) const fn empty() -> Self {
        Self { protocol: None, hmac_key: Secret::new([0; 32]), cipher_key: Secret::new([0; 32]) }
    }

    /// Wipes it.
    pub(crate) fn clear(&mut self) {
        self.protocol = None;
        self.hmac_key.zeroize();
        self.cipher_key.zeroize();
    }

    /// The protocol it was agreed on under.
    pub(crate) const fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// Whether `signature` authenticates `parts`, one after the other (PP-12, PP-22).
    pub(crate) fn verify(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
        self.protocol
            .is_some_and(|protocol| protocol::verify(protocol, self.hmac_key.expose(), parts, signature))
    }

    /// Encrypts `plaintext` into `out` and says how long the ciphertext is (PP-11, PP-21).
    pub(crate) fn encrypt(
        &self,
        rng: &mut dyn CryptoRng,
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, BadLength> {
        let iv_length = self.protocol.ok_or(BadLength)?.iv_length();
        let (head, rest) = out.split_at_mut_checked(iv_length).ok_or(BadLength)?;
        let text = rest.get_mut(..plaintext.len()).ok_or(BadLength)?;
        rng.fill_bytes(head);
        text.copy_from_slice(plaintext);
        cipher::encrypt(self.cipher_key.expose(), &iv(head), text)?;
        Ok(iv_length.saturating_add(plaintext.len()))
    }

    /// Decrypts `ciphertext` into `out` and says how long the plaintext is (PP-11, PP-21). To wipe `out` is the caller's.
    pub(crate) fn decrypt(&self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize, BadLength> {
        let iv_length = self.protocol.ok_or(BadLength)?.iv_length();
        let (head, sent) = ciphertext.split_at_checked(iv_length).ok_or(BadLength)?;
        let text = out.get_mut(..sent.len()).ok_or(BadLength)?;
        text.copy_from_slice(sent);
        cipher::decrypt(self.cipher_key.expose(), &iv(head), text)?;
        Ok(sent.len())
    }

    /// Makes the keys of `protocol` from the coordinate agreed on.
    pub(super) fn derive(&mut self, protocol: Protocol, z: &Secret<32>) {
        self.protocol = Some(protocol);
        match protocol {
            Protocol::One => one::derive(z, &mut self.hmac_key, &mut self.cipher_key),
            Protocol::Two => two::derive(z, &mut self.hmac_key, &mut self.cipher_key),
        }
    }
}

/// What the cipher starts from: that which was sent, or zeros where none is sent.
fn iv(sent: &[u8]) -> [u8; BLOCK] {
    sent.try_into().unwrap_or([0; BLOCK])
}
