//! What stands in the payload of a frame: the entries of a change set, one after the other.

use crate::frame::FrameWriter;
use crate::geometry::{Medium, length_of};
use crate::index::Place;
use authenticator_core::store::{
    BlindKey, Change, ChangeSet, Indexes, MAX_BODY, Record, RecordId, RecordKind,
};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

const CLEAR: u8 = 1;
const REMOVE: u8 = 2;
const PUT: u8 = 3;

const REMOVE_SIZE: u32 = 1 + 1 + 16;
/// Without its indexes and body.
const PUT_SIZE: u32 = 1 + 1 + 16 + 8 + 8 + 1 + 2;
const KEY_SIZE: u32 = 16;
/// The id before the entries of a commit.
pub(crate) const COMMIT_ID_SIZE: u32 = 16;

/// More than any header's body. It is reserved for the header, so that a header that grows by a byte never makes a
/// deletion fail for want of room.
const HEADER_BODY: usize = 192;
/// The most removals and puts in one set: a credential, the header, and three small records without indexes. The bodies of all
/// but the header's share the room of the longest one.
const MAX_REMOVALS: u32 = 6;
const MAX_PUTS: u32 = 5;

/// The room to reserve for a header's entry.
pub(crate) const HEADER_ENTRY: u32 = put_size(0, HEADER_BODY);
/// The longest entry.
pub(crate) const MAX_ENTRY: u32 = put_size(3, MAX_BODY);
/// The longest payload of a commit.
pub(crate) const MAX_COMMIT: u32 = COMMIT_ID_SIZE
    + 1
    + MAX_REMOVALS * REMOVE_SIZE
    + (MAX_PUTS - 2) * put_size(0, 0)
    + MAX_ENTRY
    + HEADER_ENTRY;

#[allow(
    clippy::as_conversions,
    reason = "the lengths of this crate's constants fit in 16 bits; TryFrom is not const"
)]
const fn put_size(keys: u32, body: usize) -> u32 {
    PUT_SIZE + keys * KEY_SIZE + body as u32
}

/// An entry as read back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    Clear,
    Remove { kind: RecordKind, id: RecordId },
    Put(StoredPut),
}

/// A record on flash, without its indexes and body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredPut {
    pub(crate) place: Place,
    keys: u8,
    body: usize,
}

/// Why an entry could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryError {
    Flash(NorFlashErrorKind),
    /// Not an entry as this crate writes them.
    Malformed,
}

impl From<NorFlashErrorKind> for EntryError {
    fn from(error: NorFlashErrorKind) -> Self {
        Self::Flash(error)
    }
}

/// How long the payload of this change set is.
pub(crate) fn payload_length(changes: &ChangeSet) -> u32 {
    changes.changes().map(|change| length(&change)).fold(COMMIT_ID_SIZE, u32::saturating_add)
}

/// How long the entry of this change is.
pub(crate) fn length(change: &Change<'_>) -> u32 {
    match change {
        Change::Clear => 1,
        Change::Remove { .. } => REMOVE_SIZE,
        Change::Put(record) => {
            let keys = u32::from(keys(&record.indexes));
            let keys = keys.count_ones().saturating_mul(KEY_SIZE);
            PUT_SIZE.saturating_add(keys).saturating_add(length_of(record.body.len()))
        }
    }
}

/// Which keys a record has, a bit each.
fn keys(indexes: &Indexes) -> u8 {
    let bit = |key: Option<BlindKey>, bit: u8| if key.is_some() { bit } else { 0 };
    bit(indexes.relying_party, 1) | bit(indexes.credential_id, 2) | bit(indexes.user, 4)
}

/// Writes the entry of a change.
pub(crate) fn write<F: NorFlash>(
    writer: &mut FrameWriter<'_, F>,
    change: &Change<'_>,
) -> Result<(), NorFlashErrorKind> {
    match change {
        Change::Clear => writer.put(&[CLEAR]),
        Change::Remove { kind, id } => {
            writer.put(&[REMOVE, kind.code()])?;
            writer.put(&id.0)
        }
        Change::Put(record) => write_put(writer, record),
    }
}

fn write_put<F: NorFlash>(
    writer: &mut FrameWriter<'_, F>,
    record: &Record<'_>,
) -> Result<(), NorFlashErrorKind> {
    let body = u16::try_from(record.body.len()).map_err(|_| NorFlashErrorKind::OutOfBounds)?;
    writer.put(&[PUT, record.kind.code()])?;
    writer.put(&record.id.0)?;
    writer.put(&record.version.to_le_bytes())?;
    writer.put(&record.number.to_le_bytes())?;
    writer.put(&[keys(&record.indexes)])?;
    writer.put(&body.to_le_bytes())?;
    let Indexes { relying_party, credential_id, user } = record.indexes;
    for BlindKey(key) in [relying_party, credential_id, user].into_iter().flatten() {
        writer.put(&key)?;
    }
    writer.put(record.body)
}

/// Reads the entry at `offset` of a payload that ends at `end`, and says where the next one begins.
pub(crate) fn read<F: NorFlash>(
    medium: &mut Medium<F>,
    offset: u32,
    end: u32,
) -> Result<(Entry, u32), EntryError> {
    let mut code = [0];
    medium.read(offset, &mut code)?;
    let (entry, length) = match code {
        [CLEAR] => (Entry::Clear, 1),
        [REMOVE] if offset + REMOVE_SIZE <= end => {
            let (mut kind, mut id) = ([0], [0; 16]);
            medium.read(offset + 1, &mut kind)?;
            medium.read(offset + 2, &mut id)?;
            (Entry::Remove { kind: record_kind(kind)?, id: RecordId(id) }, REMOVE_SIZE)
        }
        [PUT] if offset + PUT_SIZE <= end => {
            let put = read_put(medium, offset)?;
            (Entry::Put(put), u32::from(put.place.length))
        }
        _ => return Err(EntryError::Malformed),
    };
    let next = offset + length;
    if next > end { Err(EntryError::Malformed) } else { Ok((entry, next)) }
}

fn record_kind([code]: [u8; 1]) -> Result<RecordKind, EntryError> {
    RecordKind::from_code(code).ok_or(EntryError::Malformed)
}

/// Reads the entry of a record, known to be one.
pub(crate) fn read_put<F: NorFlash>(medium: &mut Medium<F>, offset: u32) -> Result<StoredPut, EntryError> {
    let (mut codes, mut id, mut version, mut number) = ([0; 2], [0; 16], [0; 8], [0; 8]);
    let (mut keys, mut body) = ([0], [0; 2]);
    medium.read(offset, &mut codes)?;
    medium.read(offset + 2, &mut id)?;
    medium.read(offset + 18, &mut version)?;
    medium.read(offset + 26, &mut number)?;
    medium.read(offset + 34, &mut keys)?;
    medium.read(offset + 35, &mut body)?;
    let ([code, kind], [keys], body) = (codes, keys, u16::from_le_bytes(body));
    if code != PUT || keys > 0b111 || usize::from(body) > MAX_BODY {
        return Err(EntryError::Malformed);
    }
    let length = PUT_SIZE + keys.count_ones() * KEY_SIZE + u32::from(body);
    let place = Place {
        kind: record_kind([kind])?,
        id: RecordId(id),
        version: u64::from_le_bytes(version),
        number: u64::from_le_bytes(number),
        offset,
        length: u16::try_from(length).map_err(|_| EntryError::Malformed)?,
    };
    Ok(StoredPut { place, keys, body: usize::from(body) })
}

impl StoredPut {
    /// Reads the keys under which the record is found.
    pub(crate) fn indexes<F: NorFlash>(&self, medium: &mut Medium<F>) -> Result<Indexes, NorFlashErrorKind> {
        let mut offset = self.place.offset + PUT_SIZE;
        let mut key = |bit: u8| {
            if self.keys & bit == 0 {
                return Ok(None);
            }
            let mut key = [0; 16];
            medium.read(offset, &mut key)?;
            offset += KEY_SIZE;
            Ok(Some(BlindKey(key)))
        };
        Ok(Indexes { relying_party: key(1)?, credential_id: key(2)?, user: key(4)? })
    }

    /// Reads the body into the buffer, and returns that part of it.
    pub(crate) fn body<'b, F: NorFlash>(
        &self,
        medium: &mut Medium<F>,
        buffer: &'b mut [u8; MAX_BODY],
    ) -> Result<&'b [u8], NorFlashErrorKind> {
        let body = buffer.get_mut(..self.body).ok_or(NorFlashErrorKind::OutOfBounds)?;
        let offset = self.place.offset + u32::from(self.place.length) - length_of(self.body);
        medium.read(offset, body)?;
        Ok(body)
    }
}
