//! How long a ceremony lives, and the host record that says so.
//!
//! The record is what makes a saved ceremony single-use: it is there until the ceremony ends. It says when it may be
//! swept, and nothing else, so that records of ceremonies that nobody ends do not pile up.

use super::error::CeremonyError;
use authenticator_core::store::{HostData, RecordId, Store};
use authenticator_core::{BootId, Manage, Now};
use authenticator_host::{Clock, World, blocking};
use rand_core::CryptoRng;
use std::ops::ControlFlow;
use std::time::Duration;

/// How long a ceremony lives. Both clocks have a say: the one a person may set, and the one that runs from boot to reboot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    pub(super) dates: Dates,
    /// The boot it was prepared in.
    pub(super) boot: BootId,
    /// How many seconds that boot had lasted by then.
    pub(super) uptime: u64,
}

/// A span on the unix clock, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) created: u64,
    pub(super) expires: u64,
}

/// What a ceremony's record begins with; other host records begin otherwise. Its last byte is the format's version.
const MARK: [u8; 9] = *b"ceremony\x01";

/// What a ceremony's record of any version begins with.
const ANY_MARK: &[u8] = b"ceremony";

/// How many records one sweep removes at most, so that saving does not take long.
const MAX_SWEPT: usize = 16;

impl Lifetime {
    /// `None` where the date is not known.
    pub(super) fn new(now: Now, length: Duration) -> Option<Self> {
        let created = now.unix?;
        let dates = Dates { created, expires: created.saturating_add(length.as_secs()) };
        Some(Self { dates, boot: now.boot, uptime: now.since_boot.as_secs() })
    }

    /// Whether the ceremony still lives. Of another boot only the dates say anything.
    pub(super) fn check(&self, now: Now) -> Result<(), CeremonyError> {
        let date = now.unix.ok_or(CeremonyError::NoClock)?;
        let lives = self.dates.contains(date) && (now.boot != self.boot || self.has_uptime(now));
        if lives { Ok(()) } else { Err(CeremonyError::Expired) }
    }

    fn has_uptime(&self, now: Now) -> bool {
        // One second more than by the date: of both clocks' readings the fractions were cut off.
        let length = self.dates.expires.saturating_sub(self.dates.created).saturating_add(1);
        (self.uptime..=self.uptime.saturating_add(length)).contains(&now.since_boot.as_secs())
    }
}

impl Dates {
    /// A clock that stepped back behind the beginning does not give the ceremony another life.
    fn contains(&self, now: u64) -> bool {
        (self.created..=self.expires).contains(&now)
    }

    /// The content of the ceremony's record.
    pub(super) fn to_record(self) -> Vec<u8> {
        [MARK.as_slice(), &self.created.to_be_bytes(), &self.expires.to_be_bytes()].concat()
    }

    fn of_record(HostData(bytes): HostData<'_>) -> Option<Self> {
        let (created, expires) = bytes.strip_prefix(&MARK)?.split_first_chunk()?;
        let expires = expires.try_into().ok()?;
        Some(Self { created: u64::from_be_bytes(*created), expires: u64::from_be_bytes(expires) })
    }
}

/// A ceremony's record that does nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// Its time is over.
    Expired,
    /// It is of a version not known here.
    Unknown,
}

impl Leftover {
    /// Whether a host record is one; without a date none has expired.
    pub(crate) fn of_record(bytes: HostData<'_>, now: Option<u64>) -> Option<Self> {
        match Dates::of_record(bytes) {
            Some(dates) => now.is_some_and(|now| !dates.contains(now)).then_some(Self::Expired),
            None => bytes.0.starts_with(ANY_MARK).then_some(Self::Unknown),
        }
    }
}

/// Removes records of ceremonies that can no longer be restored. Whatever it fails to remove the next sweep finds.
pub(super) fn sweep<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>, now: Now) {
    for record in now.unix.map(|date| expired(world, date)).unwrap_or_default() {
        let _ = blocking::manage(world, Manage::RemoveHost(record));
    }
}

fn expired<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>, now: u64) -> Vec<RecordId> {
    let mut expired = Vec::new();
    let mut cx = world.context();
    let Ok(vault) = cx.vault() else { return expired };
    // A read that fails has found some of them or none.
    let _ = vault.host_records(&mut |record, bytes| {
        if Dates::of_record(bytes).is_some_and(|dates| !dates.contains(now)) {
            expired.push(record);
        }
        if expired.len() < MAX_SWEPT { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    expired
}
