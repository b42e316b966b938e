//! The sealed header: the one record every commit reads and writes.
//!
//! Because every change set requires the header it read and writes the next one, commits are serial: whatever was read
//! together still holds together when it is written (see `docs/adr/0003-serial-commits.md`).

use super::seal::{DeviceKeys, OVERHEAD, SealError, StoreKeys};
use super::{Indexes, Lookup, Precondition, Query, Record, RecordId, RecordKind, StoreError};
use crate::cbor::{BufferFull, Value, Writer, check};
use crate::secret::Secret;
use crate::time::BootId;
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use rand_core::CryptoRng;

/// The version of the store's format. A store of a later one is refused; one of an earlier one is written anew by its next
/// commit. Version 2 added the authentication epoch, the boot and the counters; version 3 the settings' version and when the
/// discoverable credentials changed last.
const FORMAT_VERSION: u64 = 3;

/// Every field, where no count has passed 2^32: one of them a second for a century.
const MAX_HEADER: usize = 144;

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
    /// Rises whenever what anyone was authenticated for must end everywhere: stateful commands and tokens of a lower epoch
    /// are dead, also in other processes.
    pub(crate) auth_epoch: u64,
    /// Since which boot the last commit was made.
    pub(crate) boot: BootId,
    /// How far the counter shared by all credentials without a record is reserved.
    pub(crate) shared_counter: u32,
    /// Whether a backend of the host's was ever asked for a key in this generation.
    pub(crate) has_host_keys: bool,
    /// The version of the settings' record, 0 before there is one: an older one that was put back is not taken for it.
    pub(crate) settings: u64,
    /// The commit that last changed which discoverable credentials there are, or their users.
    pub(crate) credentials_changed: u64,
    /// Whether it is the store of a lab ([`Profile::lab`](crate::Profile::lab)). Only such a header has the field, so others
    /// are what they were before there were labs.
    pub(crate) lab: bool,
    /// What the records add up to.
    pub(crate) records: Multiset,
}

/// What a walk over all records has found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) records: Multiset,
    /// The highest number of a record that opens.
    pub(crate) newest: u64,
    /// Whether one of them tells of a key with a backend of the host's.
    pub(crate) has_host_keys: bool,
}

/// How far counters are set ahead when nobody knows how far they had come.
const UNKNOWN_COUNTS: u32 = 1 << 16;

/// The sum, modulo 2^256, of every record's share: says whether old and new records have been mixed, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Multiset([u8; 32]);

impl Multiset {
    /// Accounts for a record that comes.
    pub(crate) fn add(&mut self, keys: &StoreKeys, kind: RecordKind, id: RecordId, version: u64) {
        self.0 = add(self.0, keys.share(kind, id, version));
    }

    /// Accounts for a record that goes.
    pub(crate) fn subtract(&mut self, keys: &StoreKeys, kind: RecordKind, id: RecordId, version: u64) {
        self.0 = add(self.0, negate(keys.share(kind, id, version)));
    }
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
    /// A lab's, and this is none.
    OfLab,
    /// Not a lab's, and this is one.
    NotOfLab,
    Store(StoreError),
}

mod field {
    pub(super) const FORMAT_VERSION: u64 = 1;
    pub(super) const GENERATION: u64 = 2;
    pub(super) const GENERATION_SECRET: u64 = 3;
    pub(super) const NEXT_NUMBER: u64 = 4;
    pub(super) const MULTISET: u64 = 5;
    pub(super) const AUTH_EPOCH: u64 = 6;
    pub(super) const BOOT: u64 = 7;
    pub(super) const SHARED_COUNTER: u64 = 8;
    pub(super) const HAS_HOST_KEYS: u64 = 9;
    pub(super) const SETTINGS: u64 = 10;
    pub(super) const CREDENTIALS_CHANGED: u64 = 11;
    pub(super) const LAB: u64 = 12;
}

impl Header {
    /// The header of a new generation, not yet written. `commits` goes on counting over resets.
    pub(crate) fn new_generation(previous: Option<&Self>, boot: BootId, rng: &mut dyn CryptoRng) -> Self {
        Self {
            commits: previous.map_or(0, |header| header.commits),
            generation: previous.map_or(1, |header| header.generation.saturating_add(1)),
            generation_secret: Secret::random(rng),
            next_number: previous.map_or(1, |header| header.next_number),
            auth_epoch: previous.map_or(1, |header| header.auth_epoch.saturating_add(1)),
            boot,
            // RST-06: sites may still know the old credentials, but no new one has an id of theirs.
            shared_counter: previous.map_or(0, |header| header.shared_counter),
            has_host_keys: false,
            settings: 0,
            credentials_changed: 0,
            lab: previous.is_some_and(|header| header.lab),
            records: Multiset::default(),
        }
    }

    /// Takes the records there are for its own. It may be older than they are.
    pub(crate) fn accept(&mut self, found: &Found) {
        self.records = found.records;
        self.count_from(found);
        self.has_host_keys |= found.has_host_keys;
        self.forget_the_past();
    }

    /// The next record gets a number above all of these.
    pub(crate) fn count_from(&mut self, found: &Found) {
        self.next_number = self.next_number.max(found.newest.saturating_add(1));
    }

    /// It may be older than what was done under it: whoever was authenticated is not any more, and no counter is used twice.
    pub(crate) const fn forget_the_past(&mut self) {
        self.auth_epoch = self.auth_epoch.saturating_add(1);
        self.shared_counter = self.shared_counter.saturating_add(UNKNOWN_COUNTS);
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
        let map = check(content).ok().and_then(|value| value.map().ok()).ok_or(HeaderError::Unreadable)?;
        let mut fields = Fields::default();
        for (key, value) in map {
            fields.take(key.unsigned().map_err(|_| HeaderError::Unreadable)?, value);
        }
        if fields.format_version.is_some_and(|version| version > FORMAT_VERSION) {
            return Err(HeaderError::Newer);
        }
        fields.finish(commits).ok_or(HeaderError::Unreadable)
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        writer.map(if self.lab { 12 } else { 11 })?;
        writer.unsigned(field::FORMAT_VERSION)?;
        writer.unsigned(FORMAT_VERSION)?;
        writer.unsigned(field::GENERATION)?;
        writer.unsigned(self.generation)?;
        writer.unsigned(field::GENERATION_SECRET)?;
        writer.bytes(self.generation_secret.expose())?;
        writer.unsigned(field::NEXT_NUMBER)?;
        writer.unsigned(self.next_number)?;
        writer.unsigned(field::MULTISET)?;
        writer.bytes(&self.records.0)?;
        writer.unsigned(field::AUTH_EPOCH)?;
        writer.unsigned(self.auth_epoch)?;
        writer.unsigned(field::BOOT)?;
        writer.bytes(&self.boot.0)?;
        writer.unsigned(field::SHARED_COUNTER)?;
        writer.unsigned(u64::from(self.shared_counter))?;
        writer.unsigned(field::HAS_HOST_KEYS)?;
        writer.boolean(self.has_host_keys)?;
        writer.unsigned(field::SETTINGS)?;
        writer.unsigned(self.settings)?;
        writer.unsigned(field::CREDENTIALS_CHANGED)?;
        writer.unsigned(self.credentials_changed)?;
        if self.lab {
            writer.unsigned(field::LAB)?;
            writer.boolean(true)?;
        }
        Ok(())
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
}

/// A header being read. What format version 1 did not have is as it is in a new store.
#[derive(Default)]
struct Fields {
    format_version: Option<u64>,
    generation: Option<u64>,
    generation_secret: Option<Secret<32>>,
    next_number: Option<u64>,
    multiset: Option<[u8; 32]>,
    auth_epoch: u64,
    boot: BootId,
    shared_counter: u32,
    has_host_keys: bool,
    settings: u64,
    credentials_changed: u64,
    lab: bool,
}

impl Fields {
    fn take(&mut self, key: u64, value: Value<'_>) {
        match key {
            field::FORMAT_VERSION => self.format_version = value.unsigned().ok(),
            field::GENERATION => self.generation = value.unsigned().ok(),
            field::GENERATION_SECRET => self.generation_secret = value.bytes().ok().and_then(Secret::copied),
            field::NEXT_NUMBER => self.next_number = value.unsigned().ok(),
            field::MULTISET => self.multiset = value.bytes().ok().and_then(|bytes| bytes.try_into().ok()),
            field::AUTH_EPOCH => self.auth_epoch = value.unsigned().unwrap_or_default(),
            field::BOOT => {
                let boot = value.bytes().ok().and_then(|bytes| bytes.try_into().ok());
                self.boot = boot.map(BootId).unwrap_or_default();
            }
            field::SHARED_COUNTER => {
                // A counter that does not fit is one that has ended.
                self.shared_counter = u32::try_from(value.unsigned().unwrap_or_default()).unwrap_or(u32::MAX);
            }
            field::HAS_HOST_KEYS => self.has_host_keys = value.boolean().unwrap_or_default(),
            field::SETTINGS => self.settings = value.unsigned().unwrap_or(u64::MAX),
            field::CREDENTIALS_CHANGED => self.credentials_changed = value.unsigned().unwrap_or_default(),
            // A mark that cannot be read is a mark.
            field::LAB => self.lab = value.boolean().unwrap_or(true),
            _ => {}
        }
    }

    fn finish(self, commits: u64) -> Option<Header> {
        let _ = self.format_version?;
        Some(Header {
            commits,
            generation: self.generation?,
            generation_secret: self.generation_secret?,
            next_number: self.next_number?,
            auth_epoch: self.auth_epoch.max(1),
            boot: self.boot,
            shared_counter: self.shared_counter,
            has_host_keys: self.has_host_keys,
            settings: self.settings,
            credentials_changed: self.credentials_changed,
            lab: self.lab,
            records: Multiset(self.multiset?),
        })
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
