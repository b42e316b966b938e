//! Keys are held by a *backend*: the core asks for a key pair or a signature and is resumed with it.
//!
//! The core never sees a credential's private key. [`software`] is the backend that is always there; a phone's keystore,
//! a secure element or a test fake answer the same two requests.

pub mod software;

use crate::auth_data::AuthData;
use crate::bounded::Bytes;
use crate::cose::{Algorithm, Algorithms, PublicKey};
use crate::credential::{ClientDataHash, CredProtect, MAX_CREDENTIAL_ID, RpIdHash};
use core::fmt;

/// Which backend holds a key. 0 is the software backend; hosts number their own from 1, and this project counts those in
/// other crates of its own down from 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(pub u8);

impl Backend {
    /// Private keys wrapped by the store's own keys.
    pub const SOFTWARE: Self = Self(0);
    /// Private keys wrapped likewise, by the crate `authenticator-es384`.
    pub const ES384: Self = Self(255);
}

/// Names a private key to its backend; opaque to everyone else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Whose key it is.
    pub backend: Backend,
    /// The backend's own name for it: an alias, or a wrapped key.
    pub handle: Bytes<MAX_CREDENTIAL_ID>,
}

/// What a backend can do: given to the core in the [`Profile`](crate::Profile).
#[derive(Clone, Debug)]
pub struct KeyCapabilities {
    /// Which backend.
    pub backend: Backend,
    /// The algorithms it has keys for. The site's order decides among them (MC-05).
    pub algorithms: Algorithms,
}

/// What a new key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// A discoverable credential, whose record will hold the key's [`KeyRef`].
    Record,
    /// A non-discoverable credential: the handle is to be the credential id, and must carry what follows.
    CredentialId {
        /// Its level of protection.
        cred_protect: CredProtect,
        /// Whether other sites may use it to pay.
        third_party_payment: bool,
    },
}

/// Make a key pair.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// For this algorithm.
    pub algorithm: Algorithm,
    /// A random name for the key, for backends that name their keys.
    pub alias: [u8; 16],
    /// The relying party the key is bound to.
    pub rp_id_hash: RpIdHash,
    /// What it is for.
    pub key_use: KeyUse,
    /// What a platform key attestation is to vouch for.
    pub challenge: ClientDataHash,
}

/// A key pair that was made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The public half; its algorithm must be the one asked for.
    pub public: PublicKey,
    /// Where the private half is.
    pub key: KeyRef,
}

/// Sign authenticator data and client data hash.
#[derive(Clone, Debug)]
pub struct SignatureRequest {
    /// With this key.
    pub key: KeyRef,
    /// By this algorithm.
    pub algorithm: Algorithm,
    /// The relying party the key is bound to.
    pub rp_id_hash: RpIdHash,
    pub(crate) auth_data: AuthData,
    pub(crate) client_data_hash: ClientDataHash,
}

impl SignatureRequest {
    /// The message, in two pieces to be signed one after the other: authenticator data ‖ client data hash (GA-20).
    #[must_use]
    pub fn message(&self) -> [&[u8]; 2] {
        [self.auth_data.as_slice(), &self.client_data_hash.0]
    }
}

/// The longest signature: ECDSA in DER takes 72 bytes over P-256 and 104 over P-384, Ed25519 64.
pub const MAX_SIGNATURE: usize = 104;

/// A signature as CTAP carries it: DER for ECDSA, raw for EdDSA.
pub type Signature = Bytes<MAX_SIGNATURE>;

/// Why a backend did not make or use a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no such key, or it cannot be read: it was made with other device keys or before a reset.
    Missing,
    /// The platform has invalidated the key for good, for example because new fingerprints were enrolled.
    Invalidated,
    /// The key may be used again later: too many failed verifications.
    LockedOut,
    /// The backend will not: a policy, or the person's no.
    Refused,
    /// The backend has no key of this algorithm.
    Unsupported,
    /// The backend broke.
    Failed,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => {
                "this passkey's key is not on this device; delete the passkey and register again"
            }
            Self::Invalidated => {
                "the device has invalidated this passkey's key; delete the passkey and register again"
            }
            Self::LockedOut => {
                "the key is locked after failed verifications; unlock the device and try again later"
            }
            Self::Refused => "the key store refused; try again and confirm",
            Self::Unsupported => "the key store has no key of this kind",
            Self::Failed => "the key store failed; try again",
        })
    }
}

impl core::error::Error for KeyError {}
