//! How long a ceremony lives, and the host record that says so.
//!
//! The record is what makes a saved ceremony single-use: it is there until the ceremony ends. It says when it may be
//! swept, and nothing else, so that records of ceremonies that nobody ends do not pile up.

use authenticator_core::Manage;
use authenticator_core::store::{HostData, RecordId, Store};
use authenticator_host::{Clock, World, blocking};
use rand_core::CryptoRng;
use std::ops::ControlFlow;
use std::time::Duration;

/// A span on the unix clock, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
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
    pub(super) const fn new(created: u64, length: Duration) -> Self {
        Self { created, expires: created.saturating_add(length.as_secs()) }
    }

    /// A clock that stepped back behind the beginning does not give the ceremony another life.
    pub(super) fn contains(&self, now: u64) -> bool {
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
        match Lifetime::of_record(bytes) {
            Some(lifetime) => now.is_some_and(|now| !lifetime.contains(now)).then_some(Self::Expired),
            None => bytes.0.starts_with(ANY_MARK).then_some(Self::Unknown),
        }
    }
}

/// Removes records of ceremonies that can no longer be restored. Whatever it fails to remove the next sweep finds.
pub(super) fn sweep<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>, now: u64) {
    for record in expired(world, now) {
        let _ = blocking::manage(world, Manage::RemoveHost(record));
    }
}

fn expired<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>, now: u64) -> Vec<RecordId> {
    let mut expired = Vec::new();
    let mut cx = world.context();
    let Ok(vault) = cx.vault() else { return expired };
    // A read that fails has found some of them or none.
    let _ = vault.host_records(&mut |record, bytes| {
        if Lifetime::of_record(bytes).is_some_and(|lifetime| !lifetime.contains(now)) {
            expired.push(record);
        }
        if expired.len() < MAX_SWEPT { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    expired
}
