//! Frames: the log's unit of writing, either read as a whole or not at all.
//!
//! ```text
//! start │ kind, 0, length of payload │ payload │ zeros │ zeros, CRC-32 │ done
//! unit  │ 4 bytes                    │         │       │ unit          │ unit
//! ```
//! - *start* is the same everywhere. A start whose writing was cut and that reads as erased is written again with the very
//!   same bits, the only case in which a unit is written twice. If the flash refuses it, the log moves to the other bank.
//! - *done* is written when the rest is: if any bit of it is set, no unit before it can have been torn, however it reads
//!   itself. A last frame without it is believed if its checksum holds, but never built upon: the log moves to the other
//!   bank first, because a torn unit may read differently the next time.

use crate::crc::Crc;
use crate::geometry::{Medium, WINDOW, length_of, usize_of};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

const START: [u8; WINDOW] = [0x5A; WINDOW];
const DONE: [u8; WINDOW] = [0xA5; WINDOW];
const HEADER: u32 = 4;
const CHECKSUM: u32 = 4;

/// What a frame holds. The discriminants are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FrameKind {
    /// Opens a bank: format, measures and generation.
    Bank = 1,
    /// A record moved from the other bank.
    Copy = 2,
    /// Ends the records moved: what else is known of the state.
    Snapshot = 3,
    /// Says that the snapshot was written in full.
    Mark = 4,
    /// A change set.
    Commit = 5,
    /// Says that the bank counts, and not the other one.
    Claim = 6,
}

impl FrameKind {
    fn from_code(code: u8) -> Option<Self> {
        [Self::Bank, Self::Copy, Self::Snapshot, Self::Mark, Self::Commit, Self::Claim]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    #[allow(
        clippy::as_conversions,
        reason = "reading the discriminant of a repr(u8) enum is what `as` is for"
    )]
    const fn code(self) -> u8 {
        self as u8
    }
}

/// A frame whose checksum holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    /// Where its payload lies.
    pub(crate) payload: u32,
    pub(crate) length: u32,
    /// Where the next frame begins.
    pub(crate) next: u32,
    /// Whether it was written to its end, beyond doubt.
    pub(crate) done: bool,
}

/// What stands where a frame may begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    Frame(Frame),
    /// Nothing, from here to the end of the bank.
    Blank,
    /// Something that is not a frame: torn, partly erased, or foreign.
    Torn,
}

impl<F: NorFlash> Medium<F> {
    /// How much room a frame takes.
    pub(crate) const fn frame_size(&self, payload: u32) -> u32 {
        // No part of the payload shares the checksum's unit: what is torn there and reads as right once, while it is
        // checked, may read as something else when it is used.
        self.unit + self.whole_units(HEADER + payload) + self.unit + self.unit
    }

    /// Reads what stands at `offset` of a bank that ends at `end`.
    pub(crate) fn frame_at(&mut self, offset: u32, end: u32) -> Result<Found, NorFlashErrorKind> {
        let unit = self.unit;
        if self.is_blank(offset, (offset + unit).min(end))? {
            return Ok(if self.is_blank(offset, end)? { Found::Blank } else { Found::Torn });
        }
        if offset + self.frame_size(0) > end {
            return Ok(Found::Torn);
        }
        let body = offset + unit;
        let mut start = [0; WINDOW];
        let start = start.get_mut(..usize_of(unit)).ok_or(NorFlashErrorKind::OutOfBounds)?;
        self.read(offset, start)?;
        if !START.starts_with(start) {
            return Ok(Found::Torn);
        }
        let mut header = [0; 4];
        self.read(body, &mut header)?;
        let [kind, zero, length @ ..] = header;
        let length = u32::from(u16::from_le_bytes(length));
        let Some(kind) = FrameKind::from_code(kind).filter(|_| zero == 0) else { return Ok(Found::Torn) };
        let next = offset + self.frame_size(length);
        if next > end || !self.checksum_holds(body, next - unit)? {
            return Ok(Found::Torn);
        }
        let done = !self.is_blank(next - unit, next)?;
        Ok(Found::Frame(Frame { kind, payload: body + HEADER, length, next, done }))
    }

    fn checksum_holds(&mut self, mut offset: u32, end: u32) -> Result<bool, NorFlashErrorKind> {
        let mut crc = Crc::new();
        while offset < end - CHECKSUM {
            let mut window = [0; WINDOW];
            let length = WINDOW.min(usize_of(end - CHECKSUM - offset));
            let part = window.get_mut(..length).ok_or(NorFlashErrorKind::OutOfBounds)?;
            self.read(offset, part)?;
            crc.update(part);
            offset += length_of(length);
        }
        let mut checksum = [0; 4];
        self.read(offset, &mut checksum)?;
        Ok(u32::from_le_bytes(checksum) == crc.value())
    }
}

/// A frame being written.
pub(crate) struct FrameWriter<'a, F> {
    medium: &'a mut Medium<F>,
    /// Where the buffer goes.
    offset: u32,
    /// Where the checksum goes.
    checksum: u32,
    buffer: [u8; WINDOW],
    filled: usize,
    crc: Crc,
}

impl<'a, F: NorFlash> FrameWriter<'a, F> {
    /// Begins a frame at `offset`, where there is room for all of it.
    pub(crate) fn begin(
        medium: &'a mut Medium<F>,
        offset: u32,
        kind: FrameKind,
        payload: u32,
    ) -> Result<Self, NorFlashErrorKind> {
        let length = u16::try_from(payload).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
        let unit = medium.unit;
        medium.write(offset, START.get(..usize_of(unit)).unwrap_or_default())?;
        let checksum = offset + medium.frame_size(payload) - unit - CHECKSUM;
        let mut writer =
            Self { medium, offset: offset + unit, checksum, buffer: [0; WINDOW], filled: 0, crc: Crc::new() };
        let [low, high] = length.to_le_bytes();
        writer.put(&[kind.code(), 0, low, high])?;
        Ok(writer)
    }

    /// Where the next byte of the payload goes.
    pub(crate) fn position(&self) -> u32 {
        self.offset + length_of(self.filled)
    }

    /// The flash, to copy from.
    pub(crate) fn read(&mut self, offset: u32, into: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        self.medium.read(offset, into)
    }

    /// Appends to the payload.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.crc.update(bytes);
        self.append(bytes)
    }

    /// Writes what is left, and the end. Returns where the next frame begins.
    pub(crate) fn finish(mut self) -> Result<u32, NorFlashErrorKind> {
        while self.position() < self.checksum {
            self.put(&[0])?;
        }
        // The unit with the checksum is written by itself, after all others: a cut tears one unit only.
        let last = self.checksum + CHECKSUM - self.medium.unit;
        let checksum = self.crc.value().to_le_bytes();
        self.append(&checksum)?;
        if self.offset < last {
            self.flush(usize_of(last - self.offset))?;
        }
        self.flush(self.filled)?;
        let unit = self.medium.unit;
        self.medium.write(self.offset, DONE.get(..usize_of(unit)).unwrap_or_default())?;
        Ok(self.offset + unit)
    }

    fn append(&mut self, mut bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        while !bytes.is_empty() {
            // Never everything at once: the last unit is left for `finish`.
            if self.filled == WINDOW {
                self.flush(WINDOW)?;
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            let length = room.len().min(bytes.len());
            let (now, later) = bytes.split_at_checked(length).ok_or(NorFlashErrorKind::OutOfBounds)?;
            room.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            self.filled += length;
            bytes = later;
        }
        Ok(())
    }

    /// Writes the first `length` bytes of the buffer, whole units, and moves the others up.
    fn flush(&mut self, length: usize) -> Result<(), NorFlashErrorKind> {
        let part = self.buffer.get(..length).ok_or(NorFlashErrorKind::OutOfBounds)?;
        self.medium.write(self.offset, part)?;
        self.offset += length_of(length);
        self.buffer.copy_within(length..self.filled, 0);
        self.filled -= length;
        Ok(())
    }
}
