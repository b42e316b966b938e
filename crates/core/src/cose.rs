//! Algorithms and public keys in COSE's terms (CK).

use crate::bounded::Bytes;
use crate::cbor::{BufferFull, Writer, check};
use heapless::Vec;

/// A signature algorithm a credential can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256; signatures in DER, at most 72 bytes.
    Es256,
    /// Ed25519; signatures of 64 bytes.
    EdDsa,
    /// ECDSA over P-384 with SHA-384; signatures in DER, at most 104 bytes. The core's own software has no such keys.
    Es384,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Es384];

    /// The COSE algorithm identifier.
    #[must_use]
    pub const fn cose_id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
        }
    }

    /// The algorithm of a COSE identifier, when it is one we know.
    #[must_use]
    pub fn from_cose_id(id: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose_id() == id)
    }
}

/// Algorithms in order of preference, each at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm, { Algorithm::ALL.len() }, u8>);

impl Algorithms {
    /// Collects algorithms in their order; one named again counts where it stood first.
    #[must_use]
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut list = Self::default();
        algorithms.into_iter().for_each(|algorithm| list.add(algorithm));
        list
    }

    pub(crate) fn add(&mut self, algorithm: Algorithm) {
        if !self.0.contains(&algorithm) {
            // There is room: the list holds each algorithm once and is as long as there are algorithms.
            let _ = self.0.push(algorithm);
        }
    }

    /// The algorithms in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Algorithm] {
        &self.0
    }
}

/// A credential's public key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// A point of P-256, both coordinates big-endian with their leading zeros (CK-01).
    P256 {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
    /// An Ed25519 public key.
    Ed25519([u8; 32]),
    /// A point of P-384, likewise.
    P384 {
        /// The x coordinate.
        x: [u8; 48],
        /// The y coordinate.
        y: [u8; 48],
    },
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm())
    }
}

/// The longest stored form of a public key.
pub(crate) const MAX_PUBLIC_KEY: usize = 96;

impl PublicKey {
    /// The algorithm the key is for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256 { .. } => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P384 { .. } => Algorithm::Es384,
        }
    }

    /// Writes the COSE_Key map in canonical order: 1, 3, -1, -2, -3 (CK).
    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        let (key_type, curve, first, second): (_, _, &[u8], Option<&[u8]>) = match self {
            Self::P256 { x, y } => (2, 1, x, Some(y)),
            Self::Ed25519(key) => (1, 6, key, None),
            Self::P384 { x, y } => (2, 2, x, Some(y)),
        };
        writer.map(if second.is_some() { 5 } else { 4 })?;
        writer.integer(1)?;
        writer.integer(key_type)?;
        writer.integer(3)?;
        writer.integer(self.algorithm().cose_id())?;
        writer.integer(-1)?;
        writer.integer(curve)?;
        writer.integer(-2)?;
        writer.bytes(first)?;
        if let Some(second) = second {
            writer.integer(-3)?;
            writer.bytes(second)?;
        }
        Ok(())
    }

    /// Reads what [`write`](Self::write) has written at the head of these bytes.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        // A map of five is a key of two coordinates, whose algorithm tells how long they are; with each byte of its head
        // known, so is its length.
        let length = match bytes {
            [0xA5, 0x01, 0x02, 0x03, 0x26, ..] => 77,
            [0xA5, ..] => 110,
            _ => 42,
        };
        let (mut first, mut second) = (None, None);
        for (label, value) in check(bytes.get(..length)?).ok()?.map().ok()? {
            match label.integer().ok()? {
                -2 => first = value.bytes().ok(),
                -3 => second = value.bytes().ok(),
                _ => {}
            }
        }
        match (first?, second) {
            (x, Some(y)) if x.len() == 48 => {
                Some(Self::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            }
            (x, Some(y)) => Some(Self::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? }),
            (key, None) => Some(Self::Ed25519(key.try_into().ok()?)),
        }
    }

    /// The key's bytes as a record keeps them: x ‖ y, or the Ed25519 key.
    pub(crate) fn stored(&self) -> Bytes<MAX_PUBLIC_KEY> {
        let mut stored = Bytes::default();
        // All fit: 64, 32 and 96 bytes into 96.
        let _ = match self {
            Self::P256 { x, y } => stored.extend(x).and_then(|()| stored.extend(y)),
            Self::Ed25519(key) => stored.extend(key),
            Self::P384 { x, y } => stored.extend(x).and_then(|()| stored.extend(y)),
        };
        stored
    }

    pub(crate) fn from_stored(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Es256 => {
                let (x, y) = bytes.split_at_checked(32)?;
                Some(Self::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            }
            Algorithm::EdDsa => Some(Self::Ed25519(bytes.try_into().ok()?)),
            Algorithm::Es384 => {
                let (x, y) = bytes.split_at_checked(48)?;
                Some(Self::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? })
            }
        }
    }
}

#[cfg(test)]
mod tests;
