//! Randomness that the host seeds, so that a test can say what comes out. A product asks its hardware.

use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// SHA-256 of a seed and a counter: the same stream as the testkit's `SeededRng`, whose replies these are compared with.
#[derive(Default)]
pub(crate) struct SeededRng {
    seed: u64,
    counter: u64,
    block: [u8; 32],
    /// How many bytes of the block are left.
    left: usize,
}

impl SeededRng {
    /// The stream of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    fn byte(&mut self) -> u8 {
        if self.left == 0 {
            let hash = Sha256::new().chain_update(self.seed.to_be_bytes());
            self.block = hash.chain_update(self.counter.to_be_bytes()).finalize().into();
            self.counter = self.counter.wrapping_add(1);
            self.left = self.block.len();
        }
        let used = self.block.len().saturating_sub(self.left);
        self.left = self.left.saturating_sub(1);
        self.block.get(used).copied().unwrap_or_default()
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(core::array::from_fn(|_| self.byte())))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(core::array::from_fn(|_| self.byte())))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.iter_mut().for_each(|byte| *byte = self.byte());
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}
