//! Public keys as SubjectPublicKeyInfo, for sites that do not read COSE.

use std::fmt;

/// A credential's public key. `Debug` shows its kind only.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// A point on P-256.
    Es256 {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
    /// An Ed25519 key.
    Ed25519([u8; 32]),
    /// A point on P-384.
    Es384 {
        /// The x coordinate.
        x: [u8; 48],
        /// The y coordinate.
        y: [u8; 48],
    },
}

impl PublicKey {
    /// The DER form (RFC 5480 for P-256 and P-384, uncompressed; RFC 8410 for Ed25519).
    pub fn to_spki_der(&self) -> Vec<u8> {
        match self {
            Self::Es256 { x, y } => [P256_PREFIX, x, y].concat(),
            Self::Ed25519(key) => [ED25519_PREFIX, key.as_slice()].concat(),
            Self::Es384 { x, y } => [P384_PREFIX, x, y].concat(),
        }
    }

    /// Reads what [`to_spki_der`](Self::to_spki_der) writes. `None` for everything else: other curves, compressed points,
    /// bytes too few or too many. Whether the point lies on its curve is not looked at.
    pub fn from_spki_der(der: &[u8]) -> Option<Self> {
        // The DER is the same for every key of a kind, up to the key itself.
        if let Some(point) = der.strip_prefix(P256_PREFIX) {
            let (x, y) = point.split_at_checked(32)?;
            return Some(Self::Es256 { x: x.try_into().ok()?, y: y.try_into().ok()? });
        }
        if let Some(point) = der.strip_prefix(P384_PREFIX) {
            let (x, y) = point.split_at_checked(48)?;
            return Some(Self::Es384 { x: x.try_into().ok()?, y: y.try_into().ok()? });
        }
        let key = der.strip_prefix(ED25519_PREFIX)?;
        Some(Self::Ed25519(key.try_into().ok()?))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Es256 { .. } => "Es256(..)",
            Self::Ed25519(_) => "Ed25519(..)",
            Self::Es384 { .. } => "Es384(..)",
        })
    }
}

/// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 ‖
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// SEQUENCE { SEQUENCE { id-ecPublicKey, secp384r1 }, BIT STRING { 04 ‖
const P384_PREFIX: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
];

/// SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING {
const ED25519_PREFIX: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
