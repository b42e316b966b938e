//! The array of large blobs as it lies in the store: a head record and up to three more pieces.
//!
//! A change set holds one piece at most, so an array may take several commits. The pieces after the first go into one of two
//! slots, the one that the head does not name; the head, which has the first piece, names their slot and their numbers. No
//! number is given twice, so the commit of the head alone puts one array in the other's place, and whoever reads a piece with
//! another number knows that it is not of this array.

use super::vault::Vault;
use super::{RecordId, RecordKind, StoreError};
use crate::profile::MAX_LARGE_BLOB_ARRAY;

/// How much of an array one record holds.
const PIECE: u16 = 1024;

/// How many pieces there may be beside the first.
const LATER_PIECES: usize = 3;

const _: () = assert!(MAX_LARGE_BLOB_ARRAY == 4 * PIECE);

/// LB-01: what is read where nothing was ever written.
pub(crate) const INITIAL_ARRAY: [u8; 17] =
    [0x80, 0x76, 0xBE, 0x8B, 0x52, 0x8D, 0x00, 0x75, 0xF7, 0xAA, 0xE9, 0x8D, 0x6F, 0xA5, 0x7A, 0x6D, 0x3C];
pub(crate) const INITIAL_LENGTH: u16 = 17;

/// Where the pieces after the first lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    A,
    B,
}

impl Slot {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The records of its pieces, in their order.
    pub(crate) fn records(self) -> [RecordId; LATER_PIECES] {
        match self {
            Self::A => [1, 2, 3],
            Self::B => [4, 5, 6],
        }
        .map(record)
    }

    const fn code(self) -> u8 {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

const fn record(number: u8) -> RecordId {
    let mut id = [0; 16];
    id[15] = number;
    RecordId(id)
}

/// The numbers of the pieces after the first, in their order; 0 for those that an array does not have.
pub(crate) type PieceNumbers = [u64; LATER_PIECES];

/// What the head says beside the first piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrayHead {
    pub(crate) length: u16,
    pub(crate) slot: Slot,
    pub(crate) numbers: PieceNumbers,
}

/// The layout of the head that this version writes. One of another is not read.
const LAYOUT: u8 = 1;

impl ArrayHead {
    pub(crate) const RECORD: RecordId = record(0);

    /// What the record says before the first piece.
    pub(crate) fn write(&self) -> [u8; 28] {
        let mut content = [0; 28];
        let [first, second, third] = self.numbers.map(u64::to_be_bytes);
        let parts: [&[u8]; 5] =
            [&[LAYOUT, self.slot.code()], &self.length.to_be_bytes(), &first, &second, &third];
        content.iter_mut().zip(parts.into_iter().flatten()).for_each(|(place, byte)| *place = *byte);
        content
    }

    /// The head and the first piece.
    pub(crate) fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let ([LAYOUT, slot], rest) = content.split_first_chunk()? else { return None };
        let slot = [Slot::A, Slot::B].into_iter().find(|known| known.code() == *slot)?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u16::from_be_bytes(*length);
        let (first, rest) = rest.split_first_chunk()?;
        let (second, rest) = rest.split_first_chunk()?;
        let (third, piece) = rest.split_first_chunk()?;
        let numbers = [*first, *second, *third].map(u64::from_be_bytes);
        let fits = length <= MAX_LARGE_BLOB_ARRAY && piece.len() == usize::from(length.min(PIECE));
        fits.then_some((Self { length, slot, numbers }, piece))
    }

    /// The records of the pieces after the first, with their numbers.
    fn later(&self) -> impl Iterator<Item = (RecordId, u64)> {
        self.slot.records().into_iter().zip(self.numbers).take(later_pieces(self.length))
    }
}

/// How many pieces an array of this length has beside the first.
pub(crate) fn later_pieces(length: u16) -> usize {
    usize::from(length.div_ceil(PIECE).saturating_sub(1))
}

/// A piece of an array, the first being 0.
pub(crate) fn piece_of(array: &[u8], piece: usize) -> &[u8] {
    array.chunks(usize::from(PIECE)).nth(piece).unwrap_or_default()
}

/// What there is of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LargeBlobArray {
    /// Nothing.
    Absent,
    /// All of it, so long.
    Whole(u16),
    /// A head whose other pieces are not here.
    Torn,
    /// A head that cannot be opened.
    Unreadable,
}

impl Vault<'_> {
    /// Reads the array, whose pieces `take` is given with their places; whether it was all of one array shows at the end.
    /// A piece that `take` has no room for is as good as none.
    pub(crate) fn large_blobs(
        &self,
        take: &mut dyn FnMut(usize, &[u8]) -> Option<()>,
    ) -> Result<LargeBlobArray, StoreError> {
        let Some((_, opened)) = self.array_head(&mut |first| take(0, first))? else {
            return Ok(LargeBlobArray::Absent);
        };
        let Some(head) = opened else { return Ok(LargeBlobArray::Unreadable) };
        let mut start = usize::from(PIECE);
        for (record, number) in head.later() {
            let length = usize::from(head.length).saturating_sub(start).min(PIECE.into());
            let taken = self.array_piece(record, |found, piece| {
                (found == number && piece.len() == length).then(|| take(start, piece)).flatten()
            })?;
            if taken.flatten().is_none() {
                return Ok(LargeBlobArray::Torn);
            }
            start = start.saturating_add(length);
        }
        Ok(LargeBlobArray::Whole(head.length))
    }

    /// The version of the head's record, and what it says, if it can be opened; `take` is given the first piece.
    pub(crate) fn array_head(
        &self,
        take: &mut dyn FnMut(&[u8]) -> Option<()>,
    ) -> Result<Option<(u64, Option<ArrayHead>)>, StoreError> {
        let Some(version) = self.version(RecordKind::LargeBlob, ArrayHead::RECORD)? else { return Ok(None) };
        let head = self.one_numbered(RecordKind::LargeBlob, ArrayHead::RECORD, |_, content| {
            let (head, first) = ArrayHead::read(content)?;
            take(first).map(|()| head)
        })?;
        Ok(Some((version, head)))
    }

    /// What `read` makes of the number and the content of a later piece; `None`: it is not there, or cannot be opened.
    pub(crate) fn array_piece<T>(
        &self,
        record: RecordId,
        read: impl FnOnce(u64, &[u8]) -> T,
    ) -> Result<Option<T>, StoreError> {
        self.one_numbered(RecordKind::LargeBlob, record, |record, piece| Some(read(record.number, piece)))
    }
}
