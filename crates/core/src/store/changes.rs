//! One command's writes: all of them or none.

use super::{Indexes, MAX_BODY, Record, RecordId, RecordKind, header::MAX_HEADER_BODY};
use core::fmt;
use core::num::NonZeroU64;
use heapless::Vec;

/// What a commit is for, and so what may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitKind {
    /// Stays whatever follows: a retry spent, a key intent. An error reply may follow it.
    Guard,
    /// The command's result. The last commit before a success reply, which cannot be built without it.
    Effect,
    /// Written after the reply and unsynced; may be lost, and never fails a command.
    Hint,
}

/// A random id of one change set, kept by the store as its last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CommitId(pub [u8; 16]);

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitId")
    }
}

/// What must still hold when the change set is committed. The header is among the preconditions of every set and is
/// written by every set, so that "this record is unchanged" also says that no other record has come or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// The record's kind.
    pub kind: RecordKind,
    /// The record's id.
    pub id: RecordId,
    /// The version it must have; `None`: it must not exist.
    pub version: Option<NonZeroU64>,
}

/// One change of a set.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Remove every record of every kind.
    Clear,
    /// Remove this record, if it is there.
    Remove {
        /// Its kind.
        kind: RecordKind,
        /// Its id.
        id: RecordId,
    },
    /// Write this record, in place of the one with its kind and id.
    Put(Record<'a>),
}

/// A record to be written; its body lies among the set's bodies, and its indexes, if it has any, beside the puts.
#[derive(Clone)]
struct Put {
    kind: RecordKind,
    id: RecordId,
    version: u64,
    number: u64,
    body: u16,
}

/// How many records one set can write: a credential, the header, and what goes with them.
pub(crate) const MAX_PUTS: usize = 5;

/// How many records one set can remove by name.
pub(crate) const MAX_REMOVALS: usize = 6;

/// A command's writes, with what must still hold for them. At most 2 KiB (held by a test).
#[derive(Clone)]
pub struct ChangeSet {
    kind: CommitKind,
    id: CommitId,
    preconditions: Vec<Precondition, 1, u8>,
    clear: bool,
    removals: Vec<(RecordKind, RecordId), MAX_REMOVALS, u8>,
    puts: Vec<Put, MAX_PUTS, u8>,
    /// The indexes of the one put that has any, a credential's.
    indexes: Option<(RecordId, Indexes)>,
    /// The bodies of the puts, one after the other.
    bodies: Vec<u8, { MAX_BODY + MAX_HEADER_BODY }>,
}

/// More was to be written at once than a change set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl ChangeSet {
    pub(crate) const fn empty() -> Self {
        Self {
            kind: CommitKind::Hint,
            id: CommitId([0; 16]),
            preconditions: Vec::new(),
            clear: false,
            removals: Vec::new(),
            puts: Vec::new(),
            indexes: None,
            bodies: Vec::new(),
        }
    }

    /// What the commit is for.
    #[must_use]
    pub const fn kind(&self) -> CommitKind {
        self.kind
    }

    /// The id the store keeps as its last when the set has taken effect.
    #[must_use]
    pub const fn id(&self) -> CommitId {
        self.id
    }

    /// The store's commit number once the set has taken effect. It rises with every commit.
    #[must_use]
    pub fn commit_number(&self) -> u64 {
        let header = self.puts.iter().find(|put| put.kind == RecordKind::Header);
        header.map_or(0, |header| header.version)
    }

    /// What must still hold.
    #[must_use]
    pub fn preconditions(&self) -> &[Precondition] {
        &self.preconditions
    }

    /// The changes, in the order in which they are to be made.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let clear = self.clear.then_some(Change::Clear);
        let removals = self.removals.iter().map(|(kind, id)| Change::Remove { kind: *kind, id: *id });
        clear.into_iter().chain(removals).chain(self.records().map(Change::Put))
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut bodies = self.bodies.as_slice();
        self.puts.iter().map(move |put| {
            let (body, rest) = bodies.split_at_checked(usize::from(put.body)).unwrap_or((bodies, &[]));
            bodies = rest;
            Record {
                kind: put.kind,
                id: put.id,
                version: put.version,
                number: put.number,
                indexes: self.indexes_of(put),
                body,
            }
        })
    }

    fn indexes_of(&self, put: &Put) -> Indexes {
        let indexed = self.indexes.filter(|(id, _)| put.kind == RecordKind::Credential && put.id == *id);
        indexed.map(|(_, indexes)| indexes).unwrap_or_default()
    }

    pub(crate) fn start(&mut self, kind: CommitKind, id: CommitId) {
        *self = Self { kind, id, ..Self::empty() };
    }

    pub(crate) fn require(&mut self, precondition: Precondition) -> Result<(), TooMany> {
        self.preconditions.push(precondition).map_err(|_| TooMany)
    }

    pub(crate) const fn clear(&mut self) {
        self.clear = true;
    }

    pub(crate) fn remove(&mut self, kind: RecordKind, id: RecordId) -> Result<(), TooMany> {
        self.removals.push((kind, id)).map_err(|_| TooMany)
    }

    pub(crate) fn put(&mut self, record: Record<'_>) -> Result<(), TooMany> {
        self.put_made(record, |room| {
            room.get_mut(..record.body.len())?.copy_from_slice(record.body);
            Some(record.body.len())
        })
    }

    /// Puts this record with another body, made where it is to lie, because a board's stack has no room for one more:
    /// `make` is given the room that is left and says how much of it the body takes.
    pub(crate) fn put_made(
        &mut self,
        record: Record<'_>,
        make: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<(), TooMany> {
        let start = self.bodies.len();
        self.bodies.resize(self.bodies.capacity(), 0).map_err(|_| TooMany)?;
        let length = self.bodies.get_mut(start..).and_then(make);
        self.bodies.truncate(start.saturating_add(length.unwrap_or(0)));
        let body = length.and_then(|length| u16::try_from(length).ok()).ok_or(TooMany)?;
        let Record { kind, id, version, number, indexes, .. } = record;
        if indexes != Indexes::default() {
            if self.indexes.is_some() {
                return Err(TooMany);
            }
            self.indexes = Some((id, indexes));
        }
        self.puts.push(Put { kind, id, version, number, body }).map_err(|_| TooMany)
    }
}

impl fmt::Debug for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeSet")
            .field("kind", &self.kind)
            .field("puts", &self.puts.len())
            .finish_non_exhaustive()
    }
}
