//! Secrets: wiped when dropped, compared in constant time, never printed.

use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes. Not `Copy`, not comparable with `==`, and its `Debug` says only its length.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes the bytes in; the caller's copy is the caller's to wipe.
    #[must_use]
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Copies the bytes, or `None` when there are not `N` of them.
    pub(crate) fn copied(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; N] = bytes.try_into().ok()?;
        Some(Self::filled(|place| place.copy_from_slice(bytes)))
    }

    /// Bytes drawn from `rng`.
    pub fn random(rng: &mut dyn rand_core::CryptoRng) -> Self {
        let mut secret = Self([0; N]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    /// A secret filled in place by `fill`, so that no copy is left behind on the stack.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self([0; N]);
        fill(&mut secret.0);
        secret
    }

    /// The bytes themselves. Every call is a place to look at when asking where a secret goes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, to be transformed in place.
    pub(crate) const fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether `other` holds the same bytes, in time that does not depend on where they differ.
    #[must_use]
    pub fn equals(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>")
    }
}

/// How much of the stack beneath it an operation on a secret may have used: on a host, whose frames are larger, twice what
/// it is on a microcontroller.
const TRACE: usize = 1024;

/// Carries out an operation on a secret and overwrites the stack it has used: what the compiler and the libraries have copied
/// there is in no variable that could be wiped. For key backends that work in this process, as the core's own does.
pub fn leaving_no_trace<T>(operation: impl FnOnce() -> T) -> T {
    let result = beneath(operation);
    overwrite_stack();
    result
}

/// A frame of its own, so that what `operation` uses begins where [`overwrite_stack`]'s frame will.
#[inline(never)]
fn beneath<T>(operation: impl FnOnce() -> T) -> T {
    operation()
}

#[inline(never)]
fn overwrite_stack() {
    // Wiping is written to memory whatever the optimiser thinks of it.
    [0_usize; TRACE].zeroize();
}
