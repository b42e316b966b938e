//! The store: sealed records behind a read trait ([`Lookup`]) and atomic writes ([`ChangeSet`]).
//!
//! A store keeps bytes it cannot read. Each [`Record`] has a kind, an id, a version that rises with every write, a number
//! in order of creation, up to three blind index keys and a sealed body; nothing in it names a site or a person. The
//! core seals and opens the bodies. To bring a store of your own, implement [`Lookup`] and [`Store`]; `authenticator-testkit`
//! has the tests it must pass.

mod account;
mod audit;
mod changes;
mod credential_blob;
mod draft;
mod header;
mod large_blobs;
mod managed;
mod memory;
mod removed;
mod seal;
mod settings;
mod unwanted;
mod vault;

pub use account::AccountMark;
pub use audit::{Audit, Finding};
pub use changes::{Change, ChangeSet, CommitId, CommitKind, Precondition};
pub(crate) use changes::{MAX_PUTS, MAX_REMOVALS, TooMany};
pub(crate) use draft::{Draft, format, raise, take_over};
pub use memory::MemoryStore;
pub(crate) use removed::{MAX_TOMBSTONES, Removed};
pub use unwanted::UnwantedKey;
pub(crate) use unwanted::{ALIAS_SUFFIX, Intent};
pub use vault::{Entry, HostData, Listed, Vault};

pub(crate) use header::{Header, HeaderError};
pub(crate) use large_blobs::{
    ArrayHead, INITIAL_ARRAY, INITIAL_LENGTH, LargeBlobArray, PieceNumbers, Slot, later_pieces, piece_of,
};
pub(crate) use seal::{Binding, DeviceKeys, GENERATION_TAG, OVERHEAD, StoreKeys};
pub(crate) use settings::{MAX_MIN_PIN_LENGTH_RP_IDS, Pin, Settings, UV_RETRIES};

use core::fmt;
use core::ops::ControlFlow;

/// What a record is. The discriminants are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum RecordKind {
    /// The one record that ties the others together: generation, commit number, multiset hash.
    Header = 0,
    /// A discoverable credential.
    Credential = 1,
    /// Something the host keeps beside the credentials (accounts, ceremonies, linked devices).
    Host = 2,
    /// A key of a host's backend is about to be made.
    KeyIntent = 3,
    /// A key of a host's backend is to be destroyed.
    KeyTombstone = 4,
    /// What the user has set: the PIN, and what authenticatorConfig changes. There is at most one.
    Settings = 5,
    /// A piece of the array of large blobs, of which there are at most seven; or the large blob of one credential, under the
    /// id of its record.
    LargeBlob = 6,
}

impl RecordKind {
    /// Every kind but the header.
    pub const BESIDE_THE_HEADER: [Self; 6] =
        [Self::Credential, Self::Host, Self::KeyIntent, Self::KeyTombstone, Self::Settings, Self::LargeBlob];

    /// The kind's number in the format.
    #[must_use]
    #[allow(
        clippy::as_conversions,
        reason = "reading the discriminant of a repr(u8) enum is what `as` is for"
    )]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind of a number in the format.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Header].into_iter().chain(Self::BESIDE_THE_HEADER).find(|kind| kind.code() == code)
    }
}

/// A record's id: random, and unrelated to the credential's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub [u8; 16]);

impl RecordId {
    /// The header's id.
    pub const HEADER: Self = Self([0; 16]);
    /// The settings' id.
    pub(crate) const SETTINGS: Self = Self([0; 16]);
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordId")
    }
}

/// By what records are found, without saying by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// The relying party: a keyed hash of the RP ID hash.
    RelyingParty,
    /// The credential: a keyed hash of its id.
    CredentialId,
    /// The account: a keyed hash of the RP ID hash and the user handle.
    User,
}

impl Index {
    /// All of them, in the order of [`Record::indexes`].
    pub const ALL: [Self; 3] = [Self::RelyingParty, Self::CredentialId, Self::User];
}

/// A value of an index: sixteen bytes of a keyed hash that means nothing without the device key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlindKey(pub [u8; 16]);

impl fmt::Debug for BlindKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindKey")
    }
}

/// The values under which a record is found; `None` leaves it out of that index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indexes {
    /// Value in [`Index::RelyingParty`].
    pub relying_party: Option<BlindKey>,
    /// Value in [`Index::CredentialId`].
    pub credential_id: Option<BlindKey>,
    /// Value in [`Index::User`].
    pub user: Option<BlindKey>,
}

impl Indexes {
    /// The value in one index.
    #[must_use]
    pub const fn value(&self, index: Index) -> Option<BlindKey> {
        match index {
            Index::RelyingParty => self.relying_party,
            Index::CredentialId => self.credential_id,
            Index::User => self.user,
        }
    }
}

/// A record as the store keeps it.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// What it is.
    pub kind: RecordKind,
    /// Which one it is.
    pub id: RecordId,
    /// How often it has been written: 1 at first.
    pub version: u64,
    /// Its place in the order of creation, unique among records of one kind; not so once an older header was put back, which
    /// the full check finds.
    pub number: u64,
    /// Under what it is found.
    pub indexes: Indexes,
    /// The sealed content, at most [`MAX_BODY`] bytes.
    pub body: &'a [u8],
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({:?}, version {}, {} sealed bytes)", self.kind, self.version, self.body.len())
    }
}

/// The longest sealed body of a record, in bytes.
pub const MAX_BODY: usize = crate::credential::MAX_CREDENTIAL_BODY + seal::OVERHEAD;

/// What to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// One record by kind and id.
    Record {
        /// Its kind.
        kind: RecordKind,
        /// Its id.
        id: RecordId,
    },
    /// The records of one index value, newest first: those with a number below `before`, or all.
    Index {
        /// The index.
        index: Index,
        /// The value.
        key: BlindKey,
        /// Where an earlier page ended: only records with a lower number.
        before: Option<u64>,
    },
    /// The records of one kind, newest first: those with a number below `before`, or all.
    Kind {
        /// The kind.
        kind: RecordKind,
        /// Where an earlier page ended: only records with a lower number.
        before: Option<u64>,
    },
}

/// What a visitor is called with for each record found; `Break` ends the read.
pub type Visit<'a> = &'a mut dyn FnMut(Record<'_>) -> ControlFlow<()>;

/// The read side of a store: synchronous and fallible. A read begins and ends within the call: no transaction,
/// statement or lock outlives it.
pub trait Lookup {
    /// Calls `visit` with each record that `query` finds. `Ok(Break)` when the visitor ended the read.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read; the visitor may have seen some records by then.
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError>;

    /// The id of the change set that took effect last; it settles [`CommitError::InDoubt`].
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    fn last_commit(&self) -> Result<Option<CommitId>, StoreError>;

    /// The commit number that this store is known to have reached, where something outside of it remembers that: a store
    /// that has fewer was rolled back ([`Error::StoreRolledBack`](crate::Error)). 0 where nothing does.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be read.
    fn anchored(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// How many more credentials there is room for, each as long as the store takes one; clients are told. At 0 the next
    /// may be [`CommitError::Full`]. `None` where no limit is known, such as on a disk shared with others.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    fn room(&self) -> Result<Option<u32>, StoreError> {
        Ok(None)
    }
}

/// A store that can be read and written.
pub trait Store: Lookup {
    /// Checks every precondition and makes every change, or none of them. When it returns `Ok` for a set that is not a
    /// [`CommitKind::Hint`], the changes survive a loss of power.
    ///
    /// # Errors
    /// [`CommitError`]; nothing has changed unless it is [`CommitError::InDoubt`].
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError>;
}

/// A read that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process holds the store; try again.
    Busy,
    /// The store could not be read.
    Failed,
}

/// A write that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommitError {
    /// A precondition does not hold any more: its record has another version, exists, or is gone. Nothing says which one.
    Conflict,
    /// There is no room.
    Full,
    /// The store may not be written.
    ReadOnly,
    /// Another process holds the store; try again.
    Busy,
    /// The write failed and nothing has changed.
    Failed,
    /// Nobody knows whether the changes took effect: the store says so by [`Lookup::last_commit`] when it can be read again.
    InDoubt,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the store is held by another process; try again",
            Self::Failed => "the store could not be read; check the disk and the permissions of its folder",
        })
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "something else changed the store meanwhile; try again",
            Self::Full => "the store is full; free some space where it is kept, or delete a passkey",
            Self::ReadOnly => "the store is read-only; make it writable",
            Self::Busy => "the store is held by another process; try again",
            Self::Failed => "the store could not be written; nothing was changed",
            Self::InDoubt => "the store did not say whether the change took effect; look before trying again",
        })
    }
}

impl core::error::Error for StoreError {}
impl core::error::Error for CommitError {}

#[cfg(test)]
mod tests;
