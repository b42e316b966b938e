//! Everything that a device is made of between two moments: what survives a loss of power, its clocks and its randomness.

use super::hex::{Hex, HexBytes};
use super::randomness::Place;
use authenticator_core::store::{
    BlindKey, CommitId, Indexes, Lookup, MAX_BODY, Query, Record, RecordId, RecordKind, StoreError,
};
use authenticator_core::{BootId, Now};
use authenticator_host::HashMapStore;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

/// How many records one may have.
const MOST_RECORDS: usize = 100_000;

/// The longest line of the control or of a recording: what is written is never longer than what is read.
pub(crate) const LONGEST_LINE: u64 = 64 << 20;

/// How much of such a line may be beside what is written: the name of a verb, and an id.
const BESIDE: u64 = 4_096;

/// Why one cannot be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The store cannot be read.
    Store(StoreError),
    /// It would be longer than what can be read.
    TooLong,
}

impl From<StoreError> for Unwritable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::TooLong => write!(
                f,
                "the state is too large to be written: at most {MOST_RECORDS} records and {} MiB",
                LONGEST_LINE >> 20
            ),
        }
    }
}

/// One of them. Copies share nothing.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) device_key: [u8; 32],
    pub(crate) now: Now,
    pub(crate) randomness: Place,
    pub(crate) store: HashMapStore,
}

/// It holds keys.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("store", &self.store).finish_non_exhaustive()
    }
}

/// As it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    device_key: Hex<32>,
    clock: WrittenClock,
    randomness: Place,
    last_commit: Option<Hex<16>>,
    records: Vec<WrittenRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenClock {
    boot: Hex<16>,
    since_boot_ms: u64,
    date: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecord {
    kind: u8,
    id: Hex<16>,
    version: u64,
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relying_party: Option<Hex<16>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential_id: Option<Hex<16>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<Hex<16>>,
    body: HexBytes,
}

impl Snapshot {
    /// # Errors
    /// [`Unwritable`].
    pub(crate) fn write(&self) -> Result<Written, Unwritable> {
        let mut records = Vec::new();
        for kind in [RecordKind::Header].into_iter().chain(RecordKind::BESIDE_THE_HEADER) {
            let _ = self.store.read(&Query::Kind { kind, before: None }, &mut |record| {
                records.push(WrittenRecord::of(&record));
                ControlFlow::Continue(())
            })?;
        }
        let length: u64 = records.iter().map(WrittenRecord::longest).sum();
        if records.len() > MOST_RECORDS || length > LONGEST_LINE - BESIDE {
            return Err(Unwritable::TooLong);
        }
        Ok(Written {
            device_key: Hex(self.device_key),
            clock: WrittenClock {
                boot: Hex(self.now.boot.0),
                since_boot_ms: u64::try_from(self.now.since_boot.as_millis()).unwrap_or(u64::MAX),
                date: self.now.unix,
            },
            randomness: self.randomness,
            last_commit: self.store.last_commit()?.map(|CommitId(id)| Hex(id)),
            records,
        })
    }

    /// What is written there, if it can be one. Whether its store opens is seen when it is opened.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(written: &Written) -> Result<Self, String> {
        if written.records.len() > MOST_RECORDS {
            return Err(format!("more than {MOST_RECORDS} records"));
        }
        let mut seen = HashSet::new();
        let records = written.records.iter().map(|record| {
            let read = record.read()?;
            if !seen.insert((read.kind, read.id)) {
                return Err("a record is there twice".to_owned());
            }
            Ok(read)
        });
        let records = records.collect::<Result<Vec<_>, String>>()?;
        Ok(Self {
            device_key: written.device_key.0,
            now: Now {
                boot: BootId(written.clock.boot.0),
                since_boot: Duration::from_millis(written.clock.since_boot_ms),
                unix: written.clock.date,
            },
            randomness: written.randomness,
            store: HashMapStore::from_records(records, written.last_commit.map(|Hex(id)| CommitId(id))),
        })
    }
}

impl WrittenRecord {
    fn of(record: &Record<'_>) -> Self {
        let key = |key: Option<BlindKey>| key.map(|BlindKey(key)| Hex(key));
        Self {
            kind: record.kind.code(),
            id: Hex(record.id.0),
            version: record.version,
            number: record.number,
            relying_party: key(record.indexes.relying_party),
            credential_id: key(record.indexes.credential_id),
            user: key(record.indexes.user),
            body: HexBytes(record.body.to_vec()),
        }
    }

    /// How many bytes of a line it takes at most.
    fn longest(&self) -> u64 {
        // What is beside the body is at most 268.
        let digits = self.body.0.len().saturating_mul(2);
        u64::try_from(digits).unwrap_or(u64::MAX).saturating_add(320)
    }

    fn read(&self) -> Result<Record<'_>, String> {
        let key = |key: Option<Hex<16>>| key.map(|Hex(key)| BlindKey(key));
        let kind = RecordKind::from_code(self.kind);
        if self.body.0.len() > MAX_BODY {
            return Err(format!("a record of more than {MAX_BODY} bytes"));
        }
        Ok(Record {
            kind: kind.ok_or_else(|| format!("there are no records of kind {}", self.kind))?,
            id: RecordId(self.id.0),
            version: self.version,
            number: self.number,
            indexes: Indexes {
                relying_party: key(self.relying_party),
                credential_id: key(self.credential_id),
                user: key(self.user),
            },
            body: &self.body.0,
        })
    }
}

#[cfg(test)]
mod tests;
