//! Large blobs of single credentials. Each lies in a record of the kind of large blobs, under the id of its credential's record,
//! and goes in the change set in which the credential goes.

use super::vault::Vault;
use super::{ArrayHead, Record, RecordId, RecordKind, Slot, StoreError};
use crate::profile::MAX_LARGE_BLOB;
use crate::session::CredentialBlob;

/// The layout that this version writes. One of another is not read.
const LAYOUT: u8 = 1;

impl CredentialBlob<'_> {
    /// What the record says before the bytes.
    pub(super) fn head(&self) -> [u8; 9] {
        let mut head = [LAYOUT; 9];
        let size = self.original_size.to_be_bytes();
        head.iter_mut().skip(1).zip(size).for_each(|(place, byte)| *place = byte);
        head
    }
}

fn read(content: &[u8]) -> Option<CredentialBlob<'_>> {
    let ([LAYOUT], rest) = content.split_first_chunk()? else { return None };
    let (size, bytes) = rest.split_first_chunk()?;
    let fits = bytes.len() <= usize::from(MAX_LARGE_BLOB);
    fits.then_some(CredentialBlob { bytes, original_size: u64::from_be_bytes(*size) })
}

/// Whether a record of large blobs is of the array that all clients share. The ids of credentials' records are random.
pub(super) fn is_of_array(id: RecordId) -> bool {
    let mut slots = [Slot::A, Slot::B].into_iter().flat_map(Slot::records);
    id == ArrayHead::RECORD || slots.any(|record| record == id)
}

impl Vault<'_> {
    /// What `found` makes of the blob of the credential in this record. `Ok(None)`: it has none, or one that cannot be opened.
    pub(crate) fn credential_blob<T>(
        &self,
        credential: RecordId,
        found: impl FnOnce(CredentialBlob<'_>) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.one_numbered(RecordKind::LargeBlob, credential, |_, content| read(content).and_then(found))
    }

    /// The version of its record, readable or not: whoever removes the credential removes that too.
    pub(crate) fn credential_blob_version(&self, credential: RecordId) -> Result<Option<u64>, StoreError> {
        self.version(RecordKind::LargeBlob, credential)
    }

    /// Whether this is a credential's blob and can be opened.
    pub(super) fn opens_credential_blob(&self, record: &Record<'_>) -> bool {
        self.open_numbered(record, |content| read(content).map(|_| ())).is_some()
    }

    /// Whether a record of large blobs belongs to a credential that is not here, so that nobody can read it.
    pub(super) fn is_stray(&self, kind: RecordKind, id: RecordId) -> Result<bool, StoreError> {
        if kind != RecordKind::LargeBlob || is_of_array(id) {
            return Ok(false);
        }
        Ok(self.version(RecordKind::Credential, id)?.is_none())
    }
}
