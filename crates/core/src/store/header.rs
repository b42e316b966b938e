//! The sealed header: the one record every commit reads and writes.
//!
//! Because every change set requires the header it read and writes the next one, commits are serial: whatever was read
//! together still holds together when it is written (see `docs/adr/0003-serial-commits.md`).

use super::seal::{DeviceKeys, OVERHEAD, SealError, StoreKeys};
use super::{Indexes, Lookup, Precondition, Query, Record, RecordId, RecordKind, StoreError};
use crate::cbor::{BufferFull, Writer, check};
use crate::secret::Secret;
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use rand_core::CryptoRng;

/// The version of the store's format. A store of a later one is refused.
const FORMAT_VERSION: u64 = 1;
const MAX_HEADER: usize = 128;

/// The longest sealed header.
pub(super) const MAX_HEADER_BODY: usize = MAX_HEADER + OVERHEAD;

/// The header's content.
pub(crate) struct Header {
    /// How often the header has been written: its version as a record, and the store's commit number.
    pub(crate) commits: u64,
    /// Counts resets.
    pub(crate) generation: u64,
    /// Random, replaced by each reset.
    pub(crate) generation_secret: Secret<32>,
    /// The number the next record gets.
    pub(crate) next_number: u64,
    /// The sum, modulo 2^256, of every record's share: says whether old and new records have been mixed.
    multiset: [u8; 32],
}

/// Why there is no header to work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    /// A store that was never written.
    Absent,
    /// Written by a later version of this library.
    Newer,
    /// Sealed with another device key, or damaged.
    Unreadable,
    Store(StoreError),
}

mod field {
    pub(super) const FORMAT_VERSION: u64 = 1;
    pub(super) const GENERATION: u64 = 2;
    pub(super) const GENERATION_SECRET: u64 = 3;
    pub(super) const NEXT_NUMBER: u64 = 4;
    pub(super) const MULTISET: u64 = 5;
}

impl Header {
    /// The header of a new generation, not yet written. `commits` goes on counting over resets.
    pub(crate) fn new_generation(previous: Option<&Self>, rng: &mut dyn CryptoRng) -> Self {
        Self {
            commits: previous.map_or(0, |header| header.commits),
            generation: previous.map_or(1, |header| header.generation.saturating_add(1)),
            generation_secret: Secret::random(rng),
            next_number: previous.map_or(1, |header| header.next_number),
            multiset: [0; 32],
        }
    }

    /// Reads and opens the header.
    pub(crate) fn load(store: &dyn Lookup, keys: &DeviceKeys) -> Result<Self, HeaderError> {
        let mut found = Err(HeaderError::Absent);
        let query = Query::Record { kind: RecordKind::Header, id: RecordId::HEADER };
        let _ = store
            .read(&query, &mut |record| {
                found = Self::open(&record, keys);
                ControlFlow::Break(())
            })
            .map_err(HeaderError::Store)?;
        found
    }

    fn open(record: &Record<'_>, keys: &DeviceKeys) -> Result<Self, HeaderError> {
        let mut plaintext = [0; MAX_HEADER];
        let content =
            keys.open_header(record.version, record.body, &mut plaintext).map_err(|error| match error {
                SealError::Newer => HeaderError::Newer,
                SealError::Broken | SealError::TooLong => HeaderError::Unreadable,
            })?;
        let header = Self::read(record.version, content);
        zeroize::Zeroize::zeroize(&mut plaintext);
        header
    }

    fn read(commits: u64, content: &[u8]) -> Result<Self, HeaderError> {
        let (mut version, mut generation, mut secret, mut next, mut multiset) =
            (None, None, None, None, None);
        let map = check(content).ok().and_then(|value| value.map().ok()).ok_or(HeaderError::Unreadable)?;
        for (key, value) in map {
            match key.unsigned() {
                Ok(field::FORMAT_VERSION) => version = value.unsigned().ok(),
                Ok(field::GENERATION) => generation = value.unsigned().ok(),
                Ok(field::GENERATION_SECRET) => secret = value.bytes().ok().and_then(Secret::copied),
                Ok(field::NEXT_NUMBER) => next = value.unsigned().ok(),
                Ok(field::MULTISET) => multiset = value.bytes().ok().and_then(|bytes| bytes.try_into().ok()),
                _ => {}
            }
        }
        match (version, generation, secret, next, multiset) {
            (Some(version), ..) if version > FORMAT_VERSION => Err(HeaderError::Newer),
            (Some(_), Some(generation), Some(generation_secret), Some(next_number), Some(multiset)) => {
                Ok(Self { commits, generation, generation_secret, next_number, multiset })
            }
            _ => Err(HeaderError::Unreadable),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        writer.map(5)?;
        writer.unsigned(field::FORMAT_VERSION)?;
        writer.unsigned(FORMAT_VERSION)?;
        writer.unsigned(field::GENERATION)?;
        writer.unsigned(self.generation)?;
        writer.unsigned(field::GENERATION_SECRET)?;
        writer.bytes(self.generation_secret.expose())?;
        writer.unsigned(field::NEXT_NUMBER)?;
        writer.unsigned(self.next_number)?;
        writer.unsigned(field::MULTISET)?;
        writer.bytes(&self.multiset)
    }

    /// Seals the header and hands it to `put` as a record of version `commits`.
    pub(crate) fn seal<T>(
        &self,
        keys: &DeviceKeys,
        rng: &mut dyn CryptoRng,
        put: impl FnOnce(Record<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut plaintext = [0; MAX_HEADER];
        let mut writer = Writer::new(&mut plaintext);
        self.write(&mut writer).ok()?;
        let length = writer.written();
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let mut body = [0; MAX_HEADER_BODY];
        let sealed = keys.seal_header(self.commits, plaintext.get(..length)?, nonce, &mut body);
        zeroize::Zeroize::zeroize(&mut plaintext);
        put(Record {
            kind: RecordKind::Header,
            id: RecordId::HEADER,
            version: self.commits,
            number: 0,
            indexes: Indexes::default(),
            body: body.get(..sealed.ok()?)?,
        })
    }

    /// What a change set built on this header requires.
    pub(crate) const fn precondition(&self) -> Precondition {
        Precondition {
            kind: RecordKind::Header,
            id: RecordId::HEADER,
            version: NonZeroU64::new(self.commits),
        }
    }

    /// Accounts for a record that comes.
    pub(crate) fn add(&mut self, keys: &StoreKeys, kind: RecordKind, id: RecordId, version: u64) {
        self.multiset = add(self.multiset, keys.share(kind, id, version));
    }

    /// Accounts for a record that goes.
    pub(crate) fn subtract(&mut self, keys: &StoreKeys, kind: RecordKind, id: RecordId, version: u64) {
        self.multiset = add(self.multiset, negate(keys.share(kind, id, version)));
    }
}

/// Addition of big-endian numbers modulo 2^256.
fn add(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0;
    for (place, (left, right)) in sum.iter_mut().zip(left.iter().zip(&right)).rev() {
        let [high, low] = u16::from(*left).wrapping_add(u16::from(*right)).wrapping_add(carry).to_be_bytes();
        *place = low;
        carry = u16::from(high);
    }
    sum
}

fn negate(value: [u8; 32]) -> [u8; 32] {
    let mut one = [0; 32];
    one[31] = 1;
    add(value.map(|byte| !byte), one)
}
