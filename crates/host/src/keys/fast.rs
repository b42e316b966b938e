//! The software backend, with key pairs made by proven assembler where the processor has the instructions for it.

use super::{Keys, SoftwareKeys};
use authenticator_core::Context;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest, software};
use authenticator_core::store::UnwantedKey;

/// Makes the same keys as [`SoftwareKeys`], from the same randomness, and uses them as it does: either takes the other's.
/// Only finding the public key of an ES256 key pair is somebody else's work, when [`Self::detect`] has found that the
/// processor can do it.
#[derive(Clone, Copy, Debug)]
pub struct FastKeys {
    is_fast: bool,
}

impl FastKeys {
    /// Asks the processor what it has.
    #[must_use]
    pub fn detect() -> Self {
        Self { is_fast: arithmetic::is_there() }
    }

    /// Whether key pairs are made faster here than by [`SoftwareKeys`].
    #[must_use]
    pub const fn is_fast(self) -> bool {
        self.is_fast
    }
}

impl Keys for FastKeys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        if self.is_fast {
            software::generate_with(cx, request, &arithmetic::p256_public_key)
        } else {
            software::generate(cx, request)
        }
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        SoftwareKeys.sign(cx, request)
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        SoftwareKeys.destroy(key)
    }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod arithmetic {
    use graviola::key_agreement::p256::StaticPrivateKey;

    /// What graviola asserts on entering it: it has no way back where one of these is missing.
    pub(super) fn is_there() -> bool {
        #[cfg(target_arch = "x86_64")]
        let is_there = is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("adx")
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("avx2");
        #[cfg(target_arch = "aarch64")]
        let is_there = std::arch::is_aarch64_feature_detected!("neon")
            && std::arch::is_aarch64_feature_detected!("aes")
            && std::arch::is_aarch64_feature_detected!("pmull")
            && std::arch::is_aarch64_feature_detected!("sha2");
        is_there
    }

    pub(super) fn p256_public_key(private: &[u8; 32]) -> Option<[u8; 64]> {
        // A leading 4 says that x and y follow whole.
        let point = StaticPrivateKey::from_bytes(private).ok()?.public_key_uncompressed();
        point.get(1..)?.try_into().ok()
    }
}

/// Elsewhere the core's own is all there is.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod arithmetic {
    pub(super) const fn is_there() -> bool {
        false
    }

    pub(super) const fn p256_public_key(_: &[u8; 32]) -> Option<[u8; 64]> {
        None
    }
}
