//! The part of an authenticator that outlives its sessions: what it is, and the device key.

use crate::error::Error;
use crate::profile::{Profile, ProfileError};
use crate::secret::Secret;
use crate::store::{
    ChangeSet, CommitId, DeviceKeys, Header, HeaderError, Lookup, Query, RecordId, RecordKind, format, raise,
    take_over,
};
use core::ops::ControlFlow;
use rand_core::CryptoRng;

/// The 32 bytes that bind a store to a device. Where they come from (a keychain, a keystore, a file) is the host's
/// business; whoever has them and the store has the software keys in it.
pub type DeviceKey = Secret<32>;

/// A profile and a device key. Sessions share it; it never changes.
#[derive(Debug)]
pub struct Authenticator {
    pub(crate) profile: Profile,
    pub(crate) device: DeviceKeys,
}

/// What [`Authenticator::open`] found.
#[derive(Debug)]
pub enum Opened {
    /// The store belongs to this device key.
    Ready,
    /// The store was never written. Commit this set, then open it again.
    Empty(ChangeSet),
}

impl Authenticator {
    /// An authenticator of this profile whose stores are bound to `device_key`, of which it has a copy. Make it where it is
    /// to stay, and wrap that in [`leaving_no_trace`](crate::leaving_no_trace): a key that was moved is left behind where it was.
    ///
    /// # Errors
    /// [`ProfileError`] for a profile that contradicts itself: nothing that it advertised could be relied upon.
    pub fn new(profile: Profile, device_key: &DeviceKey) -> Result<Self, ProfileError> {
        profile.check()?;
        Ok(Self { profile, device: DeviceKeys::new(device_key) })
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Checks that `store` belongs to this device key and to a profile for the same purpose, or says how to make an empty one its own.
    ///
    /// # Errors
    /// [`Error::StoreUnreadable`] with another device key, a damaged header, or records without a header;
    /// [`Error::StoreNewer`] for a format of a later version; [`Error::StoreOfLab`] and [`Error::StoreNotOfLab`] for a store
    /// that was made for another purpose; [`Error::StoreRolledBack`] for an older copy of the store than
    /// is anchored; [`Error::Store`] when it cannot be read.
    pub fn open(&self, store: &dyn Lookup, rng: &mut dyn CryptoRng) -> Result<Opened, Error> {
        // Read before the header: another process may commit and raise it in between.
        let least = store.anchored()?;
        let mut header = self.header(store);
        if matches!(header, Err(HeaderError::Absent)) && has_records(store)? {
            // Unless another process has set the store up since, they are records without a header.
            header = self.header(store);
            if matches!(header, Err(HeaderError::Absent)) {
                return Err(Error::StoreUnreadable);
            }
        }
        match header {
            Ok(header) if header.commits < least => Err(Error::StoreRolledBack),
            Ok(_) => Ok(Opened::Ready),
            Err(HeaderError::Absent) if least > 0 => Err(Error::StoreRolledBack),
            Err(HeaderError::Absent) => {
                let mut changes = ChangeSet::empty();
                format(random_commit_id(rng), self.profile.lab, &self.device, rng, &mut changes)?;
                Ok(Opened::Empty(changes))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The header of a store for this profile's purpose.
    pub(crate) fn header(&self, store: &dyn Lookup) -> Result<Header, HeaderError> {
        let header = Header::load(store, &self.device)?;
        match (header.lab, self.profile.lab) {
            (true, false) => Err(HeaderError::OfLab),
            (false, true) => Err(HeaderError::NotOfLab),
            _ => Ok(header),
        }
    }
}

impl Authenticator {
    /// What to commit so that a store that was rolled back is taken as it is: its commit number rises above what is
    /// anchored. Passkeys that were made since are lost, and their keys in backends of the host's are named by nothing; ones that
    /// were deleted since are back. Counters of credentials may fall behind what sites have seen.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for the roll-back.
    pub fn accept_roll_back(&self, store: &dyn Lookup, rng: &mut dyn CryptoRng) -> Result<ChangeSet, Error> {
        let header = self.header(store)?;
        let mut changes = ChangeSet::empty();
        let least = store.anchored()?;
        raise(random_commit_id(rng), header, least, &self.device, rng, &mut changes)?;
        Ok(changes)
    }
}

impl Authenticator {
    /// What to commit so that a store of another device key becomes an empty one of this key: everything in it goes, and
    /// whatever its passkeys were, they are lost. Only on its owner's word. Keys that backends of the host's hold for it stay
    /// there: only the other device key could name them.
    ///
    /// # Errors
    /// [`Error::StoreReadable`] when it is this key's own, which has reset for that; [`Error::StoreNewer`] when it may be, in a
    /// later version's format; [`Error::Store`] when it cannot be read.
    pub fn start_over(&self, store: &dyn Lookup, rng: &mut dyn CryptoRng) -> Result<ChangeSet, Error> {
        match Header::load(store, &self.device) {
            Ok(_) => return Err(Error::StoreReadable),
            Err(HeaderError::Absent | HeaderError::Unreadable) => {}
            Err(unknown) => return Err(unknown.into()),
        }
        let mut version = 0;
        let query = Query::Record { kind: RecordKind::Header, id: RecordId::HEADER };
        let _ = store.read(&query, &mut |record| {
            version = record.version;
            ControlFlow::Break(())
        })?;
        let least = store.anchored()?;
        let mut changes = ChangeSet::empty();
        take_over(random_commit_id(rng), version, least, self.profile.lab, &self.device, rng, &mut changes)?;
        Ok(changes)
    }
}

/// A header that was taken away must not make its store look new: formatting it would orphan every record.
fn has_records(store: &dyn Lookup) -> Result<bool, Error> {
    for kind in RecordKind::BESIDE_THE_HEADER {
        let query = Query::Kind { kind, before: None };
        if store.read(&query, &mut |_| ControlFlow::Break(()))?.is_break() {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn random_commit_id(rng: &mut dyn CryptoRng) -> CommitId {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    CommitId(id)
}
