//! Bytes and text of bounded length that never print their content.
//!
//! Everything a site, an account or a key is named by passes through these two types, so that a `{:?}` anywhere in the
//! crate, or in a host's log of it, says lengths only.

use core::fmt;
use heapless::{String, Vec};

/// At most `N` bytes (`N` ≤ 65,535), stored in place.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bytes<const N: usize>(Vec<u8, N, u16>);

impl<const N: usize> Bytes<N> {
    /// Copies `bytes`, or `None` when they are longer than `N`.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Vec::from_slice(bytes).ok().map(Self)
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Appends `bytes`, or changes nothing and says `None` when they do not fit.
    pub(crate) fn extend(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.extend_from_slice(bytes).ok()
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// At most `N` bytes (`N` ≤ 255) of UTF-8, stored in place.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text<const N: usize>(String<N, u8>);

impl<const N: usize> Text<N> {
    /// Copies `text`, cut at the last character that fits (MC-27).
    #[must_use]
    pub fn truncated(text: &str) -> Self {
        let mut kept = String::new();
        for character in text.chars() {
            if kept.push(character).is_err() {
                break;
            }
        }
        Self(kept)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes of text>", self.0.len())
    }
}
