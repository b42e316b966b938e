//! A bank as a log: a snapshot of the records, a mark, and the commits since.
//!
//! ```text
//! Bank │ Copy … Copy │ Snapshot │ Mark │ Commit … Commit │ erased │ room for claims
//! ```

use crate::entry::{self, COMMIT_ID_SIZE, Entry, EntryError};
use crate::frame::{Found, Frame, FrameKind, FrameWriter};
use crate::geometry::{Bank, Medium, WINDOW, length_of, usize_of};
use crate::index::{RecordIndex, TooMany};
use authenticator_core::store::{Change, ChangeSet, CommitId};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

const MAGIC: [u8; 8] = *b"passkeys";
const FORMAT_VERSION: u16 = 1;
/// Magic, format version, size of the bank, generation.
const BANK_PAYLOAD: u32 = 8 + 2 + 4 + 8;
/// Number of commits, whether there is a last one, its id.
const SNAPSHOT_PAYLOAD: u32 = 8 + 1 + 16;

/// What the store holds, as read from one bank.
#[derive(Clone, Debug)]
pub(crate) struct State<const N: usize> {
    pub(crate) bank: Bank,
    /// Rises each time the log moves to the other bank.
    pub(crate) generation: u64,
    /// How many change sets have taken effect.
    pub(crate) commits: u64,
    pub(crate) last_commit: Option<CommitId>,
    pub(crate) index: RecordIndex<N>,
    /// Where the next frame goes.
    pub(crate) tail: u32,
}

impl<const N: usize> State<N> {
    /// What a first format writes.
    pub(crate) const fn empty() -> Self {
        Self {
            bank: Bank::First,
            generation: 1,
            commits: 0,
            last_commit: None,
            index: RecordIndex::new(),
            tail: 0,
        }
    }
}

/// Why a log could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogError {
    Flash(NorFlashErrorKind),
    /// Its frames are whole, but do not say what this crate writes.
    Malformed,
    TooMany,
}

impl From<NorFlashErrorKind> for LogError {
    fn from(error: NorFlashErrorKind) -> Self {
        Self::Flash(error)
    }
}

impl From<EntryError> for LogError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Flash(error) => Self::Flash(error),
            EntryError::Malformed => Self::Malformed,
        }
    }
}

impl From<TooMany> for LogError {
    fn from(TooMany: TooMany) -> Self {
        Self::TooMany
    }
}

/// The first frame of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    Ours {
        generation: u64,
    },
    /// Of a later format, or of a flash of another size.
    Other,
    /// None that can be read.
    None,
}

/// The frame that ends the copied records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    pub(crate) commits: u64,
    pub(crate) last_commit: Option<CommitId>,
}

impl<F: NorFlash> Medium<F> {
    /// The room a snapshot of these records takes.
    pub(crate) fn snapshot_size<const N: usize>(&self, index: &RecordIndex<N>) -> u32 {
        let records = index.iter().map(|place| self.frame_size(place.reserved()));
        let others = [BANK_PAYLOAD, SNAPSHOT_PAYLOAD, 0].map(|payload| self.frame_size(payload));
        records.chain(others).fold(0, u32::saturating_add)
    }

    /// Reads the heading of a bank.
    pub(crate) fn heading(&mut self, bank: Bank) -> Result<Heading, NorFlashErrorKind> {
        let Found::Frame(frame) = self.frame_at(self.start(bank), self.end(bank))? else {
            return Ok(Heading::None);
        };
        let (mut magic, mut version, mut size, mut generation) = ([0; 8], [0; 2], [0; 4], [0; 8]);
        self.read(frame.payload, &mut magic)?;
        self.read(frame.payload + 8, &mut version)?;
        self.read(frame.payload + 10, &mut size)?;
        self.read(frame.payload + 14, &mut generation)?;
        if frame.kind != FrameKind::Bank || magic != MAGIC {
            return Ok(Heading::None);
        }
        let ours = u16::from_le_bytes(version) == FORMAT_VERSION
            && u32::from_le_bytes(size) == self.bank_size
            && frame.length == BANK_PAYLOAD;
        Ok(if ours { Heading::Ours { generation: u64::from_le_bytes(generation) } } else { Heading::Other })
    }

    pub(crate) fn snapshot(&mut self, frame: &Frame) -> Result<Snapshot, LogError> {
        let (mut commits, mut known, mut id) = ([0; 8], [0], [0; 16]);
        if frame.length != SNAPSHOT_PAYLOAD {
            return Err(LogError::Malformed);
        }
        self.read(frame.payload, &mut commits)?;
        self.read(frame.payload + 8, &mut known)?;
        self.read(frame.payload + 9, &mut id)?;
        let last_commit = (known == [1]).then_some(CommitId(id));
        Ok(Snapshot { commits: u64::from_le_bytes(commits), last_commit })
    }

    /// Whether this commit began by removing everything.
    pub(crate) fn clears(&mut self, frame: &Frame) -> Result<bool, LogError> {
        let (offset, end) = (frame.payload + COMMIT_ID_SIZE, frame.payload + frame.length);
        Ok(matches!(entry::read(self, offset, end)?.0, Entry::Clear))
    }

    /// Writes a snapshot of a state into the other bank, which is erased first, and moves the state there.
    pub(crate) fn move_log<const N: usize>(&mut self, state: &mut State<N>) -> Result<(), NorFlashErrorKind> {
        let bank = state.bank.other();
        let generation = self.generation_after(state.bank, state.generation)?;
        self.erase(bank)?;
        (state.bank, state.generation) = (bank, generation);
        self.write_snapshot(state)
    }

    /// Writes a snapshot into the state's bank, which is erased. Records are copied from where they lie.
    pub(crate) fn write_snapshot<const N: usize>(
        &mut self,
        state: &mut State<N>,
    ) -> Result<(), NorFlashErrorKind> {
        let (size, start) = (self.bank_size, self.start(state.bank));
        let mut heading = FrameWriter::begin(self, start, FrameKind::Bank, BANK_PAYLOAD)?;
        heading.put(&MAGIC)?;
        heading.put(&FORMAT_VERSION.to_le_bytes())?;
        heading.put(&size.to_le_bytes())?;
        heading.put(&state.generation.to_le_bytes())?;
        let mut tail = heading.finish()?;

        for place in state.index.iter_mut() {
            let mut copy = FrameWriter::begin(self, tail, FrameKind::Copy, u32::from(place.length))?;
            let (mut from, to) = (place.offset, copy.position());
            let end = from + u32::from(place.length);
            while from < end {
                let mut window = [0; WINDOW];
                let length = WINDOW.min(usize_of(end - from));
                let part = window.get_mut(..length).ok_or(NorFlashErrorKind::OutOfBounds)?;
                copy.read(from, part)?;
                copy.put(part)?;
                from += length_of(length);
            }
            tail = copy.finish()?;
            place.offset = to;
        }

        let mut snapshot = FrameWriter::begin(self, tail, FrameKind::Snapshot, SNAPSHOT_PAYLOAD)?;
        snapshot.put(&state.commits.to_le_bytes())?;
        snapshot.put(&[u8::from(state.last_commit.is_some())])?;
        snapshot.put(&state.last_commit.map_or([0; 16], |CommitId(id)| id))?;
        tail = snapshot.finish()?;
        state.tail = FrameWriter::begin(self, tail, FrameKind::Mark, 0)?.finish()?;
        Ok(())
    }

    /// Appends a change set, for which there is room, and makes its changes in the state.
    pub(crate) fn append<const N: usize>(
        &mut self,
        state: &mut State<N>,
        changes: &ChangeSet,
    ) -> Result<(), LogError> {
        let mut writer =
            FrameWriter::begin(self, state.tail, FrameKind::Commit, entry::payload_length(changes))?;
        writer.put(&changes.id().0)?;
        let payload = writer.position() - COMMIT_ID_SIZE;
        for change in changes.changes() {
            entry::write(&mut writer, &change)?;
        }
        let end = writer.position();
        state.tail = writer.finish()?;
        self.replay(state, payload, end)
    }

    /// Makes the changes of a commit that lies here in the state.
    pub(crate) fn replay<const N: usize>(
        &mut self,
        state: &mut State<N>,
        payload: u32,
        end: u32,
    ) -> Result<(), LogError> {
        let mut id = [0; 16];
        self.read(payload, &mut id)?;
        let mut offset = payload + COMMIT_ID_SIZE;
        while offset < end {
            let (entry, next) = entry::read(self, offset, end)?;
            match entry {
                Entry::Clear => state.index.clear(),
                Entry::Remove { kind, id } => state.index.remove(kind, id),
                Entry::Put(put) => state.index.put(put.place)?,
            }
            offset = next;
        }
        state.commits = state.commits.saturating_add(1);
        state.last_commit = Some(CommitId(id));
        Ok(())
    }
}

/// The records there will be after these changes; where they will lie is left open.
pub(crate) fn foresee<const N: usize>(
    index: &RecordIndex<N>,
    changes: &ChangeSet,
) -> Result<RecordIndex<N>, TooMany> {
    let mut after = index.clone();
    for change in changes.changes() {
        match change {
            Change::Clear => after.clear(),
            Change::Remove { kind, id } => after.remove(kind, id),
            Change::Put(record) => after.put(crate::index::Place {
                kind: record.kind,
                id: record.id,
                version: record.version,
                number: record.number,
                offset: 0,
                length: u16::try_from(entry::length(&change)).map_err(|_| TooMany)?,
            })?,
        }
    }
    Ok(after)
}
