//! The words options are made of. A word that is not known here is left out, as WebAuthn L3 §2.1.1 asks.

use std::fmt;

use crate::base64url::Base64Url;

/// Whether the user must prove who they are (WebAuthn L3 §5.8.6). Complete by the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserVerification {
    /// Without it the ceremony fails.
    Required,
    /// If it can be done. The default.
    #[default]
    Preferred,
    /// Not for this ceremony.
    Discouraged,
}

impl UserVerification {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "required" => Some(Self::Required),
            "preferred" => Some(Self::Preferred),
            "discouraged" => Some(Self::Discouraged),
            _ => None,
        }
    }
}

/// Whether the credential must be discoverable (WebAuthn L3 §5.4.6). Complete by the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResidentKey {
    /// A credential that is not discoverable will do.
    Discouraged,
    /// Discoverable if possible.
    Preferred,
    /// Discoverable or nothing.
    Required,
}

impl ResidentKey {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "discouraged" => Some(Self::Discouraged),
            "preferred" => Some(Self::Preferred),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

/// Whether an authenticator is part of the client device (WebAuthn L3 §5.4.5). Complete by the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticatorAttachment {
    /// Part of the device.
    Platform,
    /// Reached from other devices.
    CrossPlatform,
}

impl AuthenticatorAttachment {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "platform" => Some(Self::Platform),
            "cross-platform" => Some(Self::CrossPlatform),
            _ => None,
        }
    }

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::CrossPlatform => "cross-platform",
        }
    }
}

/// How much the site wants to know about the authenticator (WebAuthn L3 §5.4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AttestationConveyance {
    /// Nothing. The default.
    #[default]
    None,
    /// Something, possibly made anonymous on the way.
    Indirect,
    /// What the authenticator says.
    Direct,
    /// A statement that may identify this very device.
    Enterprise,
}

impl AttestationConveyance {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "indirect" => Some(Self::Indirect),
            "direct" => Some(Self::Direct),
            "enterprise" => Some(Self::Enterprise),
            _ => None,
        }
    }
}

/// Where the site expects the user to find the credential (WebAuthn L3, `PublicKeyCredentialHint`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// On a security key.
    SecurityKey,
    /// On this device.
    ClientDevice,
    /// On a phone, over the hybrid transport.
    Hybrid,
}

impl Hint {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "security-key" => Some(Self::SecurityKey),
            "client-device" => Some(Self::ClientDevice),
            "hybrid" => Some(Self::Hybrid),
            _ => None,
        }
    }
}

/// A way to reach an authenticator (WebAuthn L3 §5.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// USB.
    Usb,
    /// NFC.
    Nfc,
    /// Bluetooth Smart.
    Ble,
    /// ISO/IEC 7816 with contacts.
    SmartCard,
    /// A phone, over the network with proof of nearness.
    Hybrid,
    /// Inside the client device.
    Internal,
}

impl Transport {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "usb" => Some(Self::Usb),
            "nfc" => Some(Self::Nfc),
            "ble" => Some(Self::Ble),
            "smart-card" => Some(Self::SmartCard),
            "hybrid" => Some(Self::Hybrid),
            "internal" => Some(Self::Internal),
            _ => None,
        }
    }

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Nfc => "nfc",
            Self::Ble => "ble",
            Self::SmartCard => "smart-card",
            Self::Hybrid => "hybrid",
            Self::Internal => "internal",
        }
    }
}

/// A COSE algorithm number. Any number may be asked for; what exists here is the core's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CoseAlgorithm(pub i32);

impl CoseAlgorithm {
    /// ECDSA over P-256 with SHA-256.
    pub const ES256: Self = Self(-7);
    /// EdDSA, in WebAuthn always over Ed25519.
    pub const EDDSA: Self = Self(-8);
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub const RS256: Self = Self(-257);
}

/// A credential the site names (WebAuthn L3 §5.8.3). `Debug` does not show its id.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialDescriptor {
    /// The credential id.
    pub id: Base64Url,
    /// How the site thinks its authenticator is reached.
    pub transports: Vec<Transport>,
}

impl CredentialDescriptor {
    pub(super) fn new(id: Base64Url, transports: Vec<Transport>) -> Self {
        Self { id, transports }
    }
}

impl fmt::Debug for CredentialDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialDescriptor").field("transports", &self.transports).finish_non_exhaustive()
    }
}
