//! What one change set removes, and the keys that are to be destroyed for it.

use super::{Draft, MAX_PUTS, MAX_REMOVALS, RecordId, RecordKind, UnwantedKey, Vault};
use crate::credential::RpIdHash;
use crate::error::Error;
use crate::key::{Backend, KeyRef};
use core::ops::ControlFlow;
use heapless::Vec;

/// How many tombstones one change set writes at most, beside a credential and the header.
pub(crate) const MAX_TOMBSTONES: usize = MAX_PUTS - 2;

/// Records of known versions that one change set removes.
pub(crate) struct Removed {
    records: Vec<(RecordKind, RecordId, u64), MAX_REMOVALS>,
    /// Keys of backends of the host's whose credentials are among them.
    keys: Vec<(RecordId, KeyRef), MAX_TOMBSTONES>,
    /// How many of these there may be.
    tombstones: usize,
}

impl Removed {
    /// Nothing yet, and room for this many tombstones.
    pub(crate) const fn with_tombstones(tombstones: usize) -> Self {
        Self { records: Vec::new(), keys: Vec::new(), tombstones }
    }

    pub(crate) fn add(&mut self, kind: RecordKind, record: RecordId, version: u64) -> Result<(), Error> {
        self.records.push((kind, record, version)).map_err(|_| Error::Capacity)
    }

    /// The account's credentials older than the one with this number, newest first, as many as one change set removes. There
    /// is one at most unless superseded ones were kept; any that are left stay superseded. Each goes with its large blob.
    pub(crate) fn add_of_user(
        &mut self,
        vault: &Vault<'_>,
        rp_id_hash: &RpIdHash,
        user_handle: &[u8],
        older_than: u64,
    ) -> Result<(), Error> {
        let mut failed = None;
        let _ = vault.of_user(rp_id_hash, user_handle, &mut |entry| {
            if entry.credential.number >= older_than {
                return ControlFlow::Continue(());
            }
            let key = &entry.credential.key;
            let is_host_key = key.backend != Backend::SOFTWARE;
            let blob = match vault.credential_blob_version(entry.record) {
                Ok(blob) => blob,
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            };
            let records = 1 + usize::from(blob.is_some());
            let has_room = self.records.len().saturating_add(records) <= MAX_REMOVALS;
            if !has_room || (is_host_key && self.keys.len() >= self.tombstones) {
                return ControlFlow::Break(());
            }
            if is_host_key {
                let _ = self.keys.push((entry.record, key.clone()));
            }
            let _ = self.records.push((RecordKind::Credential, entry.record, entry.version));
            if let Some(version) = blob {
                let _ = self.records.push((RecordKind::LargeBlob, entry.record, version));
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Writes the removals and the tombstones into a change set.
    pub(crate) fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        for (kind, record, version) in &self.records {
            draft.remove(*kind, *record, *version)?;
            if *kind == RecordKind::Credential {
                draft.credentials_change();
            }
        }
        for (record, key) in &self.keys {
            draft.put_tombstone(*record, &UnwantedKey::Handle(key.clone()))?;
        }
        Ok(())
    }
}
