//! The full check of a store: every record opened, every index compared, and all of them together held against the
//! header.

use super::header::Found;
use super::seal::StoreKeys;
use super::vault::{Listed, Vault};
use super::{Indexes, Record, RecordId, RecordKind, StoreError};
use crate::credential::Credential;
use crate::key::Backend;
use crate::time::BootId;
use core::ops::ControlFlow;

/// Something that is not as the library left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The record cannot be opened: it was changed or swapped, or is of another time or store. Or it is the head of an array
    /// of large blobs whose other pieces are not here, or the large blob of a credential that is not. It is passed over everywhere;
    /// [`Manage::Discard`](crate::Manage) removes it, but for the settings: the PIN is blocked then, and a reset recovers.
    Unreadable {
        /// Its kind.
        kind: RecordKind,
        /// Its id.
        record: RecordId,
    },
    /// The credential is whole, but not found by its site, id or account; or it has the number of another, so that one of the
    /// two is left out where a list is read in pages. [`Manage::Rewrite`](crate::Manage) mends it.
    Misindexed {
        /// Its record.
        record: RecordId,
    },
    /// The records are not those of the last commit: some are missing, or older or newer than the header. Nothing says which.
    /// [`Manage::AcceptRecords`](crate::Manage) takes them as they are.
    Mixed,
}

impl Finding {
    const fn is_of_whole_record(self) -> bool {
        !matches!(self, Self::Unreadable { .. })
    }
}

/// What a full check has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// The store's commit number.
    pub commits: u64,
    /// How often it was reset, and once more.
    pub generation: u64,
    /// In which boot the last commit was made.
    pub boot: BootId,
    /// Credentials, readable or not.
    pub credentials: u64,
    /// Records of the host's own, readable or not.
    pub host_records: u64,
    /// Keys about to be made.
    pub key_intents: u64,
    /// Keys to be destroyed.
    pub key_tombstones: u64,
    /// 1 once the user has set a PIN or changed a setting.
    pub settings: u64,
    /// Large blobs of credentials, and pieces of the array of large blobs; those of one that was not written to its end count
    /// too, and harm nothing.
    pub large_blobs: u64,
}

impl Audit {
    const fn count(&mut self, kind: RecordKind) {
        let counter = match kind {
            RecordKind::Header => return,
            RecordKind::Credential => &mut self.credentials,
            RecordKind::Host => &mut self.host_records,
            RecordKind::KeyIntent => &mut self.key_intents,
            RecordKind::KeyTombstone => &mut self.key_tombstones,
            RecordKind::Settings => &mut self.settings,
            RecordKind::LargeBlob => &mut self.large_blobs,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Reads every record once and reports what is wrong with it.
pub(super) fn check_records(
    vault: &Vault<'_>,
    audit: &mut Audit,
    report: &mut dyn FnMut(Finding),
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for kind in RecordKind::BESIDE_THE_HEADER {
        let mut failed = None;
        // Of the whole credential before this one: those with the same number follow each other.
        let mut before = None;
        let _ = vault.each_record(kind, &mut |record| {
            audit.count(kind);
            found.records.add(vault.store_keys(), record.kind, record.id, record.version);
            let (mut finding, host_key) = check_record(vault, &record);
            if kind == RecordKind::Credential && finding.is_none_or(Finding::is_of_whole_record) {
                let before = before.replace((record.number, record.id));
                let twin = before.filter(|(number, _)| finding.is_none() && *number == record.number);
                match twin.map(|(_, twin)| vault.to_renumber([record.id, twin])).transpose() {
                    Ok(renumber) => {
                        finding = finding.or(renumber.flatten().map(|record| Finding::Misindexed { record }));
                    }
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            // A record that does not open may say any number, and one near the end would be the last; settings have none.
            if kind != RecordKind::Settings && finding.is_none_or(Finding::is_of_whole_record) {
                found.newest = found.newest.max(record.number);
            }
            match vault.is_stray(kind, record.id) {
                Ok(false) => {}
                Ok(true) => finding = Some(Finding::Unreadable { kind, record: record.id }),
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            found.has_host_keys |= host_key;
            if let Some(finding) = finding {
                report(finding);
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(()), Err)?;
    }
    Ok(found)
}

impl Vault<'_> {
    /// Whether another credential has this number, as happens after a header was put back.
    pub(crate) fn has_twin(&self, record: RecordId, number: u64) -> Result<bool, StoreError> {
        let mut found = false;
        let _ = self.credentials(number.checked_add(1), &mut |listed| match listed {
            Listed::Credential(entry) if entry.credential.number == number => {
                found |= entry.record != record;
                ControlFlow::Continue(())
            }
            Listed::Unreadable { number: other, .. } if other == number => ControlFlow::Continue(()),
            Listed::Credential(_) | Listed::Unreadable { .. } => ControlFlow::Break(()),
        })?;
        Ok(found)
    }

    /// Which of two credentials with one number is to get another, above all there are. Not one that was superseded: it would
    /// take its place back. Two of those are in no chooser, and stay as they are until they go. Of two of one account it is the
    /// later one, which has superseded the other.
    fn to_renumber(&self, twins: [RecordId; 2]) -> Result<Option<RecordId>, StoreError> {
        let mut latest = None;
        for twin in twins {
            let seen = self
                .by_record(twin, |entry| (entry.credential.created, self.is_superseded(entry.credential)))?;
            let Some((created, is_superseded)) = seen else { continue };
            if !is_superseded? && latest.is_none_or(|(latest, _)| created > latest) {
                latest = Some((created, twin));
            }
        }
        Ok(latest.map(|(_, twin)| twin))
    }
}

/// What is wrong with a record, and whether it tells of a key with a backend of the host's.
fn check_record(vault: &Vault<'_>, record: &Record<'_>) -> (Option<Finding>, bool) {
    let unreadable = Some(Finding::Unreadable { kind: record.kind, record: record.id });
    if record.kind == RecordKind::Settings {
        return (None, false); // whether it is the one that counts only the header says
    }
    if record.kind == RecordKind::Credential {
        let opened = vault.open(record, |entry| {
            let host_key = entry.credential.key.backend != Backend::SOFTWARE;
            (indexes(vault.store_keys(), entry.credential), host_key)
        });
        let Some((expected, host_key)) = opened else { return (unreadable, false) };
        let misindexed = Finding::Misindexed { record: record.id };
        return ((expected != record.indexes).then_some(misindexed), host_key);
    }
    // Nobody looks for another kind by an index.
    let finding = if vault.opens_record(record) { None } else { unreadable };
    (finding, record.kind == RecordKind::KeyIntent)
}

/// Under what a credential is to be found.
pub(super) fn indexes(keys: &StoreKeys, credential: &Credential) -> Indexes {
    let discoverable = credential.discoverable;
    Indexes {
        relying_party: discoverable.then(|| keys.relying_party(&credential.rp_id_hash)),
        credential_id: Some(keys.credential_id(credential.id.as_slice())),
        user: discoverable.then(|| keys.user(&credential.rp_id_hash, credential.user.id.as_slice())),
    }
}
