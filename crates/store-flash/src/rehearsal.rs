//! A first format that is only rehearsed, to tell flash on which it was begun from flash that holds something else.

use crate::geometry::Medium;
use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash};

/// Flash that is compared with what would be written to it.
pub(crate) struct Rehearsal<'a, F> {
    medium: &'a mut Medium<F>,
    /// Whether every bit that is programmed would have been programmed. Words that were torn, and pages whose erasure was cut,
    /// have fewer.
    agrees: bool,
}

impl<'a, F> Rehearsal<'a, F> {
    pub(crate) const fn of(medium: &'a mut Medium<F>) -> Self {
        Self { medium, agrees: true }
    }

    pub(crate) const fn agrees(&self) -> bool {
        self.agrees
    }
}

impl<F> ErrorType for Rehearsal<'_, F> {
    type Error = NorFlashErrorKind;
}

impl<F: NorFlash> ReadNorFlash for Rehearsal<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        self.medium.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        crate::geometry::usize_of(self.medium.bank_size).saturating_mul(2)
    }
}

impl<F: NorFlash> NorFlash for Rehearsal<'_, F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, _from: u32, _to: u32) -> Result<(), NorFlashErrorKind> {
        Ok(())
    }

    fn write(&mut self, mut offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        for would_be in bytes {
            let mut is = [0];
            self.medium.read(offset, &mut is)?;
            self.agrees &= is.iter().all(|is| is & would_be == *would_be);
            offset += 1;
        }
        Ok(())
    }
}
