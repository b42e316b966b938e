//! Room for large blobs: for the array that arrives in fragments (ST-03), for the one of which a fragment goes out, or for the
//! blob of one credential on its way in or out.

use super::Basis;
use crate::error::Error;
use crate::profile::MAX_LARGE_BLOB_ARRAY;
use crate::store::Header;
use crate::time::Now;

#[allow(clippy::as_conversions, reason = "no `From` is const, and a usize holds every u16")]
const ROOM: usize = MAX_LARGE_BLOB_ARRAY as usize;

/// The bytes. They lie here because no step has room for them.
pub(crate) struct LargeBlobBuffer {
    bytes: [u8; ROOM],
    turn: Turn,
    /// How long the blob of a credential is that lies here.
    length: u16,
    /// How many bytes it was before the platform compressed it.
    original_size: u64,
}

/// A credential's large blob.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CredentialBlob<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) original_size: u64,
}

/// One use of the buffer. What belongs to an earlier one is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn(u32);

impl LargeBlobBuffer {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], turn: Turn(0), length: 0, original_size: 0 }
    }

    /// Takes the buffer for something new.
    pub(crate) const fn take(&mut self) -> Turn {
        self.turn = Turn(self.turn.0.wrapping_add(1));
        self.turn
    }

    /// The array of so many bytes, unless the buffer has been used for something else since.
    pub(crate) fn array(&self, turn: Turn, length: u16) -> Option<&[u8]> {
        self.bytes.get(..usize::from(length)).filter(|_| self.turn == turn)
    }

    /// Takes the buffer for a credential's blob. `None`: it does not fit.
    pub(crate) fn take_blob(&mut self, blob: &[u8], original_size: u64) -> Option<Turn> {
        let turn = self.take();
        self.write(turn, 0, blob)?;
        self.length = u16::try_from(blob.len()).ok()?;
        self.original_size = original_size;
        Some(turn)
    }

    /// That blob, unless the buffer has been used for something else since.
    pub(crate) fn blob(&self, turn: Turn) -> Option<CredentialBlob<'_>> {
        let bytes = self.array(turn, self.length)?;
        Some(CredentialBlob { bytes, original_size: self.original_size })
    }

    /// Writes at this place. `None`: it does not fit, or the buffer is used for something else.
    pub(crate) fn write(&mut self, turn: Turn, start: usize, bytes: &[u8]) -> Option<()> {
        let end = start.checked_add(bytes.len())?;
        let room = self.bytes.get_mut(start..end).filter(|_| self.turn == turn)?;
        room.copy_from_slice(bytes);
        Some(())
    }
}

/// An array of which some fragments have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staged {
    pub(crate) turn: Turn,
    /// How long it will be.
    pub(crate) length: u16,
    /// Where the next fragment begins.
    next: u16,
    pub(super) basis: Basis,
}

impl Staged {
    pub(crate) const fn begun(turn: Turn, length: u16, basis: Basis) -> Self {
        Self { turn, length, next: 0, basis }
    }

    /// Whether what it rests on has not ended since.
    pub(crate) const fn is_of(&self, header: &Header) -> bool {
        self.basis.is_of(header)
    }

    /// Whether the fragments that came are still there.
    pub(crate) fn lies_in(&self, buffer: &LargeBlobBuffer) -> bool {
        buffer.array(self.turn, self.next).is_some()
    }

    /// Whether the fragment that begins here is the next.
    pub(crate) fn awaits(&self, offset: u64) -> bool {
        u64::from(self.next) == offset
    }

    /// With one more fragment, which fits, as was checked.
    pub(crate) fn extended(
        self,
        buffer: &mut LargeBlobBuffer,
        fragment: &[u8],
        now: Now,
    ) -> Result<Self, Error> {
        buffer.write(self.turn, self.next.into(), fragment).ok_or(Error::Capacity)?;
        let length = u16::try_from(fragment.len()).map_err(|_| Error::Capacity)?;
        Ok(Self { next: self.next.saturating_add(length), basis: self.basis.extended(now), ..self })
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.next == self.length
    }
}
