//! What the relying party asks for.

use webauthn_rp::request::UserVerificationRequirement;
use webauthn_rp::request::register::{CoseAlgorithmIdentifier, CoseAlgorithmIdentifiers};

/// What the relying party asks for in its options, beyond a discoverable credential (always required).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// `userVerification` of both ceremonies. `Required` is also enforced on the answer.
    pub user_verification: UserVerification,
    /// `pubKeyCredParams`, most wanted first. A key of another algorithm is refused.
    pub algorithms: Vec<Algorithm>,
    /// `attestation`.
    pub attestation: Attestation,
}

impl Default for Settings {
    /// Verification preferred, ES256 before EdDSA, no attestation.
    fn default() -> Self {
        Self {
            user_verification: UserVerification::Preferred,
            algorithms: vec![Algorithm::Es256, Algorithm::EdDsa],
            attestation: Attestation::None,
        }
    }
}

impl Settings {
    /// The set that the library checks answers against. It knows no order; [`crate::options`] writes the order.
    pub(crate) fn allowed_algorithms(&self) -> CoseAlgorithmIdentifiers {
        let mut allowed = CoseAlgorithmIdentifiers::ALL.remove(CoseAlgorithmIdentifier::Rs256);
        for known in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384] {
            if !self.algorithms.contains(&known) {
                allowed = allowed.remove(known.identifier());
            }
        }
        allowed
    }
}

/// How much the relying party wants the user verified (WebAuthn L3 §5.8.6). Complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UserVerification {
    /// An answer without verification is refused.
    Required,
    /// Wanted, and not insisted upon.
    Preferred,
    /// Not wanted.
    Discouraged,
}

impl UserVerification {
    pub(crate) fn requirement(self) -> UserVerificationRequirement {
        match self {
            Self::Required => UserVerificationRequirement::Required,
            Self::Preferred => UserVerificationRequirement::Preferred,
            Self::Discouraged => UserVerificationRequirement::Discouraged,
        }
    }
}

/// A signature algorithm that the demo asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (COSE -7).
    Es256,
    /// Ed25519 (COSE -8).
    EdDsa,
    /// ECDSA on P-384 with SHA-384 (COSE -35).
    Es384,
}

impl Algorithm {
    /// The COSE algorithm number.
    #[must_use]
    pub fn cose(self) -> i32 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
        }
    }

    fn identifier(self) -> CoseAlgorithmIdentifier {
        match self {
            Self::Es256 => CoseAlgorithmIdentifier::Es256,
            Self::EdDsa => CoseAlgorithmIdentifier::Eddsa,
            Self::Es384 => CoseAlgorithmIdentifier::Es384,
        }
    }
}

/// Which attestation conveyance is asked for (WebAuthn L3 §5.4.7). Whatever is asked for, an answer with `none`
/// or packed self attestation is accepted and anything else refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Attestation {
    /// `none`: the client may replace the statement.
    None,
    /// `direct`: the authenticator's own statement is wanted, packed if possible.
    Direct,
}
