//! Which protocols there are, and how a message is verified under each.

use super::{one, two};
use crate::secret::leaving_no_trace;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A PIN/UV auth protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    One,
    Two,
}

impl Protocol {
    /// All of them, preferred ones first (PP-24).
    pub(crate) const ALL: [Self; 2] = [Self::Two, Self::One];

    /// Its number in messages.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The protocol with this number, when it is one we have.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.number() == number)
    }

    /// How long a plaintext is that makes a ciphertext of this length; `None`: none does (PP-11, PP-21).
    pub(crate) fn plaintext_length(self, ciphertext: usize) -> Option<usize> {
        ciphertext.checked_sub(self.iv_length()).filter(|length| length.is_multiple_of(super::cipher::BLOCK))
    }

    /// How much of the ciphertext is its initialisation vector.
    pub(super) const fn iv_length(self) -> usize {
        match self {
            Self::One => one::IV_LENGTH,
            Self::Two => two::IV_LENGTH,
        }
    }

    const fn signature_length(self) -> usize {
        match self {
            Self::One => one::SIGNATURE_LENGTH,
            Self::Two => two::SIGNATURE_LENGTH,
        }
    }
}

/// Whether `signature` authenticates `parts`, one after the other, under `key`: that of a shared secret, or a token.
/// It has to have the protocol's length, and is compared in constant time (PP-12, PP-22, TOK-20).
pub(crate) fn verify(protocol: Protocol, key: &[u8; 32], parts: &[&[u8]], signature: &[u8]) -> bool {
    signature.len() == protocol.signature_length() && leaving_no_trace(|| is_authentic(key, parts, signature))
}

fn is_authentic(key: &[u8; 32], parts: &[&[u8]], signature: &[u8]) -> bool {
    // HMAC takes a key of any length, so the error type is never made.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_truncated_left(signature).is_ok()
}
