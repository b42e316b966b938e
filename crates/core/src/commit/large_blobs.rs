//! Writing large blobs: the pieces after the first in commits of their own, then the head, which puts the new array in the old
//! one's place (see the store's `large_blobs`).

use super::Work;
use crate::context::Context;
use crate::error::{Error, PinUvAuthError};
use crate::reply::Reply;
use crate::session::Turn;
use crate::step::{NeedsCommit, Step};
use crate::store::{
    ArrayHead, CommitError, CommitId, CommitKind, Header, INITIAL_ARRAY, LargeBlobArray, PieceNumbers,
    RecordId, RecordKind, Slot, StoreError, Vault, later_pieces, piece_of,
};
use core::fmt;
use core::num::NonZeroU64;
use sha2::{Digest, Sha256};

/// How often an array is written from its first piece on because another process writes one at the same time.
const MAX_BEGINNINGS: u8 = 8;

/// An array that lies in the session's buffer, on its way into the store.
pub(crate) struct ArrayWrite {
    turn: Turn,
    length: u16,
    authority: Authority,
    slot: Slot,
    /// How many pieces after the first there are.
    later: usize,
    /// How many of them have been committed.
    written: usize,
    /// Their numbers, and that of the one which is committed next: no other piece has them.
    numbers: PieceNumbers,
    beginnings: u8,
}

/// On what the right to write an array rests until it is written.
pub(crate) enum Authority {
    /// On what a client was allowed in this epoch.
    Epoch(u64),
    /// On the host's word, for as long as the array is the one that it has read.
    Unchanged(ArrayMark),
}

impl Authority {
    fn check(&self, vault: &Vault<'_>, header: &Header) -> Result<(), Error> {
        match self {
            Self::Epoch(epoch) if *epoch == header.auth_epoch => Ok(()),
            Self::Epoch(_) => Err(PinUvAuthError::Invalid.into()),
            // What has come since is nobody's who has read the one before.
            Self::Unchanged(read) if read.generation != header.generation => Err(Error::StoreReset),
            Self::Unchanged(read) if *read == ArrayMark::of_stored(vault, header.generation)? => Ok(()),
            Self::Unchanged(_) => Err(Error::RecordChanged),
        }
    }
}

/// Which array of large blobs the host has read ([`Context::large_blob_array`]): only in its place does another come
/// ([`Manage::ReplaceLargeBlobs`](crate::Manage::ReplaceLargeBlobs)).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ArrayMark {
    generation: u64,
    digest: [u8; 32],
}

impl ArrayMark {
    /// That of these bytes, read in this generation.
    pub(crate) fn of(generation: u64, array: &[u8]) -> Self {
        Self { generation, digest: Sha256::digest(array).into() }
    }

    /// That of the array in the store. One that is damaged is the initial one, as to whoever reads it.
    fn of_stored(vault: &Vault<'_>, generation: u64) -> Result<Self, StoreError> {
        let mut digest = Sha256::new();
        let found = vault.large_blobs(&mut |_, piece| {
            digest.update(piece);
            Some(())
        })?;
        Ok(match found {
            LargeBlobArray::Whole(_) => Self { generation, digest: digest.finalize().into() },
            LargeBlobArray::Absent | LargeBlobArray::Torn | LargeBlobArray::Unreadable => {
                Self::of(generation, &INITIAL_ARRAY)
            }
        })
    }
}

impl fmt::Debug for ArrayMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayMark").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// What the store has in the way of the array.
struct Place {
    /// The version of the head's record.
    head: Option<NonZeroU64>,
    /// The slot that it does not name.
    free: Slot,
}

impl Place {
    fn look(vault: &Vault<'_>) -> Result<Self, Error> {
        let found = vault.array_head(&mut |_| Some(()))?;
        let named = found.and_then(|(_, head)| head).map(|head| head.slot);
        Ok(Self {
            head: found.and_then(|(version, _)| NonZeroU64::new(version)),
            // A head that cannot be opened names nothing that anyone could read.
            free: named.map_or(Slot::A, Slot::other),
        })
    }
}

impl ArrayWrite {
    pub(crate) fn new(turn: Turn, length: u16, authority: Authority) -> Self {
        let (slot, later, numbers) = (Slot::A, later_pieces(length), [0; 3]);
        Self { turn, length, authority, slot, later, written: 0, numbers, beginnings: 0 }
    }

    /// The head alone is the effect: what was written before it nobody reads.
    pub(super) const fn kind(&self) -> CommitKind {
        if self.is_ready() { CommitKind::Effect } else { CommitKind::Guard }
    }

    /// Whether all that is left is the head.
    const fn is_ready(&self) -> bool {
        self.written >= self.later
    }

    /// The record of the piece that is written next, unless that is the head.
    fn next(&self) -> Option<(usize, RecordId)> {
        let piece = self.written.checked_add(1).filter(|_| !self.is_ready())?;
        Some((piece, self.slot.records().into_iter().nth(self.written)?))
    }

    /// Builds the next piece. Whoever authorised the array must not have lost the right to since.
    pub(super) fn build(&mut self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        let header = cx.open()?;
        let vault = cx.opened_vault(header.generation)?;
        self.authority.check(&vault, &header)?;
        let place = Place::look(&vault)?;
        if self.beginnings == 0 || place.free != self.slot || !self.is_there(&vault)? {
            self.begin_in(place.free)?;
        }
        match self.next() {
            Some((piece, record)) => self.build_piece(cx, id, header, piece, record),
            None => self.build_head(cx, id, header, &place),
        }
    }

    /// Begins with the first of the later pieces, in the slot that is free now. Two that write at the same time spoil each
    /// other's pieces; the one that gives up first lets the other end.
    fn begin_in(&mut self, slot: Slot) -> Result<(), Error> {
        if self.beginnings == MAX_BEGINNINGS {
            return Err(CommitError::Conflict.into());
        }
        self.beginnings = self.beginnings.saturating_add(1);
        (self.slot, self.written, self.numbers) = (slot, 0, [0; 3]);
        Ok(())
    }

    /// Whether every piece that was committed is the one that lies there.
    fn is_there(&self, vault: &Vault<'_>) -> Result<bool, Error> {
        for (record, number) in self.slot.records().into_iter().zip(self.numbers).take(self.written) {
            if vault.place(RecordKind::LargeBlob, record)?.is_none_or(|(_, found)| found != number) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn build_piece(
        &mut self,
        cx: &mut Context<'_>,
        id: CommitId,
        header: Header,
        piece: usize,
        record: RecordId,
    ) -> Result<(), Error> {
        let previous = cx.opened_vault(header.generation)?.version(RecordKind::LargeBlob, record)?;
        if let Some(number) = self.numbers.get_mut(self.written) {
            *number = header.next_number;
        }
        let device = &cx.authenticator.device;
        let (mut draft, buffer) = cx.draft_large_blobs(CommitKind::Guard, id, header)?;
        let array = buffer.array(self.turn, self.length).ok_or(Error::RecordChanged)?;
        draft.put_array_piece(record, previous.and_then(NonZeroU64::new), piece_of(array, piece))?;
        draft.finish(device)
    }

    /// The head; and what it does not name goes.
    fn build_head(
        &self,
        cx: &mut Context<'_>,
        id: CommitId,
        header: Header,
        place: &Place,
    ) -> Result<(), Error> {
        let vault = cx.opened_vault(header.generation)?;
        let [unnamed, named] = [self.slot.other(), self.slot].map(Slot::records);
        let mut unwanted = [None; 6];
        let records = unnamed.into_iter().chain(named.into_iter().skip(self.written));
        for (place, record) in unwanted.iter_mut().zip(records) {
            *place = vault.version(RecordKind::LargeBlob, record)?.map(|version| (record, version));
        }
        let device = &cx.authenticator.device;
        let (mut draft, buffer) = cx.draft_large_blobs(CommitKind::Effect, id, header)?;
        let array = buffer.array(self.turn, self.length).ok_or(Error::RecordChanged)?;
        for (record, version) in unwanted.into_iter().flatten() {
            draft.remove(RecordKind::LargeBlob, record, version)?;
        }
        draft.put_array_head(place.head, &self.head(), piece_of(array, 0))?;
        draft.finish(device)
    }

    const fn head(&self) -> ArrayHead {
        ArrayHead { length: self.length, slot: self.slot, numbers: self.numbers }
    }

    /// Whether the piece that was to be committed lies there.
    pub(super) fn is_seen(&self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let generation = cx.open()?.generation;
        let vault = cx.opened_vault(generation)?;
        let array = cx.session.large_blobs().array(self.turn, self.length).ok_or(Error::RecordChanged)?;
        let Some((piece, record)) = self.next() else {
            let mut is_first = false;
            let found = vault.array_head(&mut |first| {
                is_first = first == piece_of(array, 0);
                Some(())
            })?;
            return Ok(is_first && found.and_then(|(_, head)| head) == Some(self.head()));
        };
        let number = self.numbers.get(self.written).copied();
        let is_this = |found, bytes: &[u8]| Some(found) == number && bytes == piece_of(array, piece);
        Ok(vault.array_piece(record, is_this)? == Some(true))
    }

    /// A piece is there, and the next can come; or the array is.
    pub(super) fn committed(mut self, cx: &mut Context<'_>) -> Result<Step, Error> {
        if self.is_ready() {
            return Ok(Step::success(Reply::Empty));
        }
        self.written = self.written.saturating_add(1);
        NeedsCommit::begin(cx, Work::WriteArray(self))
    }
}
