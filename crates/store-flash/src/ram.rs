//! Flash in memory.

use core::fmt;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// NOR flash in memory, for examples and tests: words of four bytes, pages of 4096, erased at first. A word that is
/// written twice is an error, as on flash that guards its words with check bits.
#[derive(Clone)]
pub struct RamFlash<const SIZE: usize> {
    bytes: [u8; SIZE],
}

impl<const SIZE: usize> RamFlash<SIZE> {
    /// Erased flash.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0xFF; SIZE] }
    }

    fn part(&mut self, offset: u32, length: usize) -> Result<&mut [u8], NorFlashErrorKind> {
        let start = usize::try_from(offset).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        let end = start.checked_add(length).ok_or(NorFlashErrorKind::OutOfBounds)?;
        self.bytes.get_mut(start..end).ok_or(NorFlashErrorKind::OutOfBounds)
    }
}

impl<const SIZE: usize> Default for RamFlash<SIZE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const SIZE: usize> fmt::Debug for RamFlash<SIZE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RamFlash({SIZE} bytes)")
    }
}

impl<const SIZE: usize> ErrorType for RamFlash<SIZE> {
    type Error = NorFlashErrorKind;
}

impl<const SIZE: usize> ReadNorFlash for RamFlash<SIZE> {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(self.part(offset, bytes.len())?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl<const SIZE: usize> NorFlash for RamFlash<SIZE> {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let length = usize::try_from(to.saturating_sub(from)).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        self.part(from, length)?.fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let part = self.part(offset, bytes.len())?;
        if part.iter().any(|byte| *byte != 0xFF) {
            return Err(NorFlashErrorKind::Other);
        }
        part.copy_from_slice(bytes);
        Ok(())
    }
}
