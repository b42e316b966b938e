//! Drafting a change set: every set reads the header first and writes the next one last.

use super::audit::indexes;
use super::header::Header;
use super::seal::{Binding, CONTENT_START, StoreKeys};
use super::settings::MAX_SETTINGS;
use super::{
    ArrayHead, ChangeSet, CommitId, CommitKind, DeviceKeys, HostData, Indexes, Intent, Record, RecordId,
    RecordKind, Settings, UnwantedKey,
};
use crate::cbor::{BufferFull, Writer};
use crate::credential::Credential;
use crate::error::Error;
use crate::session::CredentialBlob;
use crate::time::BootId;
use core::num::NonZeroU64;
use rand_core::CryptoRng;

/// A change set under way.
pub(crate) struct Draft<'a> {
    pub(crate) header: Header,
    keys: &'a StoreKeys,
    rng: &'a mut dyn CryptoRng,
    changes: &'a mut ChangeSet,
}

impl<'a> Draft<'a> {
    /// Begins a set that will only be committed if nothing has been committed since `header` was read. It is made in
    /// this boot.
    pub(crate) fn begin(
        kind: CommitKind,
        id: CommitId,
        mut header: Header,
        boot: BootId,
        keys: &'a StoreKeys,
        rng: &'a mut dyn CryptoRng,
        changes: &'a mut ChangeSet,
    ) -> Result<Self, Error> {
        changes.start(kind, id);
        changes.require(header.precondition())?;
        header.boot = boot;
        Ok(Self { header, keys, rng, changes })
    }

    /// Begins a set that removes everything `previous` accounts for and begins the generation of `header`, whose keys are
    /// `keys`.
    pub(crate) fn anew(
        id: CommitId,
        previous: &Header,
        header: Header,
        keys: &'a StoreKeys,
        rng: &'a mut dyn CryptoRng,
        changes: &'a mut ChangeSet,
    ) -> Result<Self, Error> {
        changes.start(CommitKind::Effect, id);
        changes.require(previous.precondition())?;
        changes.clear();
        Ok(Self { header, keys, rng, changes })
    }

    /// Takes the number of a new record.
    pub(crate) fn next_number(&mut self) -> u64 {
        let number = self.header.next_number;
        self.header.next_number = number.saturating_add(1);
        number
    }

    /// Writes a credential into its record; `previous` is the version it replaces.
    pub(crate) fn put_credential(
        &mut self,
        record: RecordId,
        previous: Option<NonZeroU64>,
        credential: &Credential,
        host_data: &[u8],
    ) -> Result<(), Error> {
        let indexes = indexes(self.keys, credential);
        self.put(RecordKind::Credential, record, previous, credential.number, indexes, |writer| {
            credential.write(host_data, writer)
        })
    }

    /// Writes a record of the host's own; `previous` is the version it replaces. No index finds it.
    pub(crate) fn put_host(
        &mut self,
        record: RecordId,
        previous: Option<NonZeroU64>,
        number: u64,
        bytes: HostData<'_>,
    ) -> Result<(), Error> {
        self.put_numbered(RecordKind::Host, record, previous, number, &[bytes.0])
    }

    /// Writes that a key is about to be made under this alias.
    pub(crate) fn put_intent(&mut self, alias: [u8; 16], intent: Intent) -> Result<(), Error> {
        self.header.has_host_keys = true;
        let number = self.next_number();
        let content = intent.write().ok_or(Error::Capacity)?;
        let kind = RecordKind::KeyIntent;
        self.put_numbered(kind, RecordId(alias), None, number, &[&content])
    }

    /// Writes that a key is to be destroyed.
    pub(crate) fn put_tombstone(&mut self, record: RecordId, key: &UnwantedKey) -> Result<(), Error> {
        let number = self.next_number();
        let content = key.write().ok_or(Error::Capacity)?;
        self.put_numbered(RecordKind::KeyTombstone, record, None, number, &[&content])
    }

    /// Writes the settings, in place of those the header knows of.
    pub(crate) fn put_settings(&mut self, settings: &Settings) -> Result<(), Error> {
        let previous = NonZeroU64::new(self.header.settings);
        self.header.settings = self.version_after(previous);
        let mut content = [0; MAX_SETTINGS];
        let mut writer = Writer::new(&mut content);
        settings.write(&mut writer).map_err(|BufferFull| Error::Capacity)?;
        let length = writer.written();
        let content = content.get(..length).ok_or(Error::Capacity)?;
        self.put_numbered(RecordKind::Settings, RecordId::SETTINGS, previous, 0, &[content])
    }

    /// Writes the head of an array of large blobs and its first piece; `previous` is the version that it replaces.
    pub(crate) fn put_array_head(
        &mut self,
        previous: Option<NonZeroU64>,
        head: &ArrayHead,
        first: &[u8],
    ) -> Result<(), Error> {
        self.put_numbered(RecordKind::LargeBlob, ArrayHead::RECORD, previous, 0, &[&head.write(), first])
    }

    /// Writes another piece of it, under the next number; `previous` is the version that it replaces.
    pub(crate) fn put_array_piece(
        &mut self,
        record: RecordId,
        previous: Option<NonZeroU64>,
        piece: &[u8],
    ) -> Result<(), Error> {
        let number = self.next_number();
        self.put_numbered(RecordKind::LargeBlob, record, previous, number, &[piece])
    }

    /// Writes the large blob of the credential in this record; `previous` is the version that it replaces.
    pub(crate) fn put_credential_blob(
        &mut self,
        credential: RecordId,
        previous: Option<NonZeroU64>,
        blob: &CredentialBlob<'_>,
    ) -> Result<(), Error> {
        let number = self.next_number();
        let parts: [&[u8]; 2] = [&blob.head(), blob.bytes];
        self.put_numbered(RecordKind::LargeBlob, credential, previous, number, &parts)
    }

    /// Removes a credential of this version, and its large blob, if it has one of that version.
    pub(crate) fn remove_credential(
        &mut self,
        record: RecordId,
        version: u64,
        blob: Option<u64>,
    ) -> Result<(), Error> {
        self.remove(RecordKind::Credential, record, version)?;
        blob.map_or(Ok(()), |blob| self.remove(RecordKind::LargeBlob, record, blob))
    }

    /// Notes that the discoverable credentials, or their users, are others from this commit on (GI-21).
    pub(crate) const fn credentials_change(&mut self) {
        self.header.credentials_changed = self.header.commits.saturating_add(1);
    }

    /// Writes a record that no index finds, and seals its number with it: a store that moved it is found out.
    fn put_numbered(
        &mut self,
        kind: RecordKind,
        record: RecordId,
        previous: Option<NonZeroU64>,
        number: u64,
        parts: &[&[u8]],
    ) -> Result<(), Error> {
        self.put(kind, record, previous, number, Indexes::default(), |writer| {
            writer.raw(&number.to_be_bytes())?;
            parts.iter().try_for_each(|part| writer.raw(part))
        })
    }

    /// The version of a record that replaces this one. A record that was removed and is written again never has the version
    /// of an earlier one: the header tells them apart.
    fn version_after(&self, previous: Option<NonZeroU64>) -> u64 {
        previous.map_or(self.header.commits, NonZeroU64::get).saturating_add(1)
    }

    /// Seals what `write` writes into a record.
    fn put(
        &mut self,
        kind: RecordKind,
        record: RecordId,
        previous: Option<NonZeroU64>,
        number: u64,
        indexes: Indexes,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), BufferFull>,
    ) -> Result<(), Error> {
        if let Some(previous) = previous {
            self.header.records.subtract(self.keys, kind, record, previous.get());
        }
        let version = self.version_after(previous);
        self.header.records.add(self.keys, kind, record, version);

        let binding = Binding { kind, id: record, version, generation: self.header.generation };
        let mut nonce = [0; 12];
        self.rng.fill_bytes(&mut nonce);
        let keys = self.keys;
        let unsealed = Record { kind, id: record, version, number, indexes, body: &[] };
        Ok(self.changes.put_made(unsealed, |body| {
            let mut writer = Writer::new(body.get_mut(CONTENT_START..)?);
            write(&mut writer).ok()?;
            let content = writer.written();
            keys.seal_in_place(binding, content, nonce, body).ok()
        })?)
    }

    /// Removes a record of this version.
    pub(crate) fn remove(&mut self, kind: RecordKind, id: RecordId, version: u64) -> Result<(), Error> {
        self.header.records.subtract(self.keys, kind, id, version);
        Ok(self.changes.remove(kind, id)?)
    }

    /// Seals the next header into the set, which is complete then.
    pub(crate) fn finish(self, device: &DeviceKeys) -> Result<(), Error> {
        finish(self.header, device, self.rng, self.changes)
    }
}

/// The change set that makes an empty store ours: a header, required to be the first.
pub(crate) fn format(
    id: CommitId,
    lab: bool,
    device: &DeviceKeys,
    rng: &mut dyn CryptoRng,
    changes: &mut ChangeSet,
) -> Result<(), Error> {
    let header = Header { lab, ..Header::new_generation(None, BootId::default(), rng) };
    changes.start(CommitKind::Effect, id);
    changes.require(header.precondition())?;
    finish(header, device, rng, changes)
}

/// The change set that clears a store whose header nobody here can open, and makes it ours. The header has this version, 0
/// when there is none; the commit number goes on above it and above `least`.
pub(crate) fn take_over(
    id: CommitId,
    version: u64,
    least: u64,
    lab: bool,
    device: &DeviceKeys,
    rng: &mut dyn CryptoRng,
    changes: &mut ChangeSet,
) -> Result<(), Error> {
    let header = Header { commits: version, lab, ..Header::new_generation(None, BootId::default(), rng) };
    changes.start(CommitKind::Effect, id);
    changes.require(header.precondition())?;
    changes.clear();
    finish(Header { commits: version.max(least), ..header }, device, rng, changes)
}

/// The change set that only raises the commit number, above `least`.
pub(crate) fn raise(
    id: CommitId,
    mut header: Header,
    least: u64,
    device: &DeviceKeys,
    rng: &mut dyn CryptoRng,
    changes: &mut ChangeSet,
) -> Result<(), Error> {
    changes.start(CommitKind::Effect, id);
    changes.require(header.precondition())?;
    header.commits = header.commits.max(least);
    header.forget_the_past();
    finish(header, device, rng, changes)
}

fn finish(
    mut header: Header,
    device: &DeviceKeys,
    rng: &mut dyn CryptoRng,
    changes: &mut ChangeSet,
) -> Result<(), Error> {
    header.commits = header.commits.saturating_add(1);
    header.seal(device, rng, |record| changes.put(record).ok()).ok_or(Error::Capacity)
}
