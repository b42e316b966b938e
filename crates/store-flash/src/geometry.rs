//! The flash as two banks of whole pages, read at any place and written in whole units.

use core::fmt;
use embedded_storage::nor_flash::{NorFlash, NorFlashError, NorFlashErrorKind};

/// The longest run read or written in one call; a multiple of every unit.
pub(crate) const WINDOW: usize = 64;
/// What erased flash reads as.
pub(crate) const ERASED: u8 = 0xFF;

/// One half of the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bank {
    First,
    Second,
}

impl Bank {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// The flash and its measures.
pub(crate) struct Medium<F> {
    flash: F,
    /// The size of a bank.
    pub(crate) bank_size: u32,
    /// What frames are measured in: the word of the flash, or four bytes when its word is shorter.
    pub(crate) unit: u32,
}

/// The flash cannot hold a store: too small, or its words or pages have sizes this crate does not work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsuitable;

impl<F: NorFlash> Medium<F> {
    pub(crate) fn new(flash: F) -> Result<Self, Unsuitable> {
        let fits = |size: usize| size > 0 && WINDOW.is_multiple_of(size);
        if !fits(F::READ_SIZE) || !fits(F::WRITE_SIZE) || !F::ERASE_SIZE.is_multiple_of(WINDOW) {
            return Err(Unsuitable);
        }
        let pages = flash.capacity().checked_div(F::ERASE_SIZE).ok_or(Unsuitable)? / 2;
        let bank_size = pages.checked_mul(F::ERASE_SIZE).and_then(|size| u32::try_from(size).ok());
        let bank_size = bank_size.filter(|size| *size <= u32::MAX / 2).ok_or(Unsuitable)?;
        let unit = u32::try_from(F::WRITE_SIZE.max(4)).map_err(|_| Unsuitable)?;
        Ok(Self { flash, bank_size, unit })
    }

    pub(crate) fn into_flash(self) -> F {
        self.flash
    }

    pub(crate) const fn start(&self, bank: Bank) -> u32 {
        match bank {
            Bank::First => 0,
            Bank::Second => self.bank_size,
        }
    }

    pub(crate) const fn end(&self, bank: Bank) -> u32 {
        self.start(bank) + self.bank_size
    }

    /// Rounded up to whole units.
    pub(crate) const fn whole_units(&self, length: u32) -> u32 {
        length.next_multiple_of(self.unit)
    }

    /// Reads from any place, although the flash is only read in units of its own.
    pub(crate) fn read(&mut self, mut offset: u32, mut into: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        while !into.is_empty() {
            let within = usize_of(offset) % F::READ_SIZE;
            let mut window = [0; WINDOW];
            let length = into.len().min(WINDOW - within);
            let whole = window.get_mut(..(within + length).next_multiple_of(F::READ_SIZE));
            let whole = whole.ok_or(NorFlashErrorKind::OutOfBounds)?;
            self.flash.read(offset - length_of(within), whole).map_err(|error| error.kind())?;
            let (now, later) = into.split_at_mut_checked(length).ok_or(NorFlashErrorKind::OutOfBounds)?;
            now.copy_from_slice(whole.get(within..within + length).ok_or(NorFlashErrorKind::OutOfBounds)?);
            into = later;
            offset += length_of(length);
        }
        Ok(())
    }

    /// Writes whole units.
    pub(crate) fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.flash.write(offset, bytes).map_err(|error| error.kind())
    }

    pub(crate) fn erase(&mut self, bank: Bank) -> Result<(), NorFlashErrorKind> {
        self.flash.erase(self.start(bank), self.end(bank)).map_err(|error| error.kind())
    }

    /// Whether everything from here to there reads as erased.
    pub(crate) fn is_blank(&mut self, from: u32, to: u32) -> Result<bool, NorFlashErrorKind> {
        let mut offset = from;
        while offset < to {
            let mut window = [0; WINDOW];
            let length = WINDOW.min(usize_of(to - offset));
            let part = window.get_mut(..length).ok_or(NorFlashErrorKind::OutOfBounds)?;
            self.read(offset, part)?;
            if part.iter().any(|byte| *byte != ERASED) {
                return Ok(false);
            }
            offset += length_of(length);
        }
        Ok(true)
    }
}

impl<F> fmt::Debug for Medium<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Medium")
            .field("bank_size", &self.bank_size)
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}

/// A length in memory; every target of ours has at least 32 bits.
pub(crate) fn usize_of(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// A length on flash; what does not fit is larger than any flash, and refused by the bounds that follow.
pub(crate) fn length_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
