//! What is to be said of a place beside its value.

use std::fmt;

/// A remark at a place of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// No text of CTAP or WebAuthn that is known here gives it a meaning.
    Unknown,
    /// It breaks CTAP's canonical form (CTAP 2.3 §8), or is no CBOR a client may send.
    NotCanonical(&'static str),
    /// It has another type or length than it should.
    Wrong(String),
    /// A required member is not there.
    Missing(String),
    /// Reading ended here.
    Ends {
        /// How many bytes into the input.
        offset: usize,
        /// Why.
        why: String,
    },
}

impl Note {
    /// What kind of remark it is, for programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotCanonical(_) => "not-canonical",
            Self::Wrong(_) => "wrong",
            Self::Missing(_) => "missing",
            Self::Ends { .. } => "ends",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::NotCanonical(what) => write!(f, "not canonical: {what}"),
            Self::Wrong(what) => f.write_str(what),
            Self::Missing(what) => write!(f, "missing: {what}"),
            Self::Ends { offset, why } => write!(f, "ends at byte {offset}: {why}"),
        }
    }
}
