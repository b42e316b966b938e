//! Reading credentials: records found by blind index, opened, and checked against what they claim to be.

use super::audit::{self, Audit, Finding};
use super::credential_blob::is_of_array;
use super::header::{Found, Header};
use super::seal::{Binding, SealError, StoreKeys};
use super::{
    ALIAS_SUFFIX, ArrayHead, BlindKey, Index, Intent, LargeBlobArray, Lookup, MAX_BODY, Query, Record,
    RecordId, RecordKind, Settings, StoreError, UnwantedKey, Visit,
};
use crate::credential::{Credential, CredentialState, RpIdHash};
use crate::key::{Backend, software};
use crate::time::Now;
use core::cell::Cell;
use core::fmt;
use core::ops::ControlFlow;

/// A discoverable credential with what its record says beside it.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The record that holds it.
    pub record: RecordId,
    /// The record's version.
    pub version: u64,
    /// The credential.
    pub credential: &'a Credential,
    /// What the host keeps with it; empty when it keeps nothing.
    pub host_data: HostData<'a>,
}

/// Bytes a host keeps in a credential's record. Their `Debug` says their length only.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct HostData<'a>(pub &'a [u8]);

impl fmt::Debug for HostData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// What a walk over all credentials meets.
#[derive(Debug)]
pub enum Listed<'a> {
    /// A credential.
    Credential(Entry<'a>),
    /// A record that cannot be opened: changed, swapped, or sealed with another key. It can still be deleted.
    Unreadable {
        /// The record.
        record: RecordId,
        /// Its version, which deletes it.
        version: u64,
        /// Its place in the order of creation, as far as the store says.
        number: u64,
    },
}

/// Reads the content of a record whose number is sealed before it; `None`: it is not what it should be.
type ReadNumbered<'a> = &'a mut dyn FnMut(&Record<'_>, &[u8]) -> Option<ControlFlow<()>>;

/// A view of the store's credentials for the length of one transition.
///
/// A record that was changed or swapped is passed over and counted ([`Vault::damaged`]); it never hides another.
pub struct Vault<'a> {
    store: &'a dyn Lookup,
    keys: &'a StoreKeys,
    generation: u64,
    /// The backend of the host's that is there, beside the software backend.
    backend: Backend,
    damaged: &'a Cell<u32>,
}

impl<'a> Vault<'a> {
    pub(crate) const fn new(
        store: &'a dyn Lookup,
        keys: &'a StoreKeys,
        generation: u64,
        backend: Backend,
        damaged: &'a Cell<u32>,
    ) -> Self {
        Self { store, keys, generation, backend, damaged }
    }

    /// Whether a credential's key is with a backend that is not there. It is not offered then, and comes back with its
    /// backend.
    #[must_use]
    pub fn lacks_key(&self, credential: &Credential) -> bool {
        let backend = credential.key.backend;
        backend != Backend::SOFTWARE && backend != self.backend
    }

    /// Whether a credential can be used at all. One that cannot is absent from every answer to a client.
    pub(crate) fn is_usable(&self, credential: &Credential) -> bool {
        match credential.state {
            CredentialState::Active | CredentialState::Unconfirmed => !self.lacks_key(credential),
            CredentialState::Hidden | CredentialState::KeyInvalidated => false,
        }
    }

    /// How often this session has met a record that it could not open. One record met twice counts twice.
    #[must_use]
    pub const fn damaged(&self) -> u32 {
        self.damaged.get()
    }

    /// Visits every credential, newest first: those with a number below `before`, or all.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn credentials(
        &self,
        before: Option<u64>,
        visit: &mut dyn FnMut(Listed<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let query = Query::Kind { kind: RecordKind::Credential, before };
        self.store.read(&query, &mut |record| {
            let (id, version, number) = (record.id, record.version, record.number);
            let mut flow = ControlFlow::Continue(());
            let opened = self.open(&record, |entry| flow = visit(Listed::Credential(entry)));
            if opened.is_none() {
                flow = visit(Listed::Unreadable { record: id, version, number });
            }
            flow
        })
    }

    /// Visits the credentials of a relying party that may be offered, newest first: those with a number below `before`,
    /// or all. Superseded ones are left out, and those that cannot be used: hidden ones, and those without their key.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn offered(
        &self,
        rp_id_hash: &RpIdHash,
        before: Option<u64>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut failure = None;
        let flow =
            self.matching(Index::RelyingParty, self.keys.relying_party(rp_id_hash), before, &mut |entry| {
                if entry.credential.rp_id_hash != *rp_id_hash || !self.is_usable(entry.credential) {
                    return ControlFlow::Continue(());
                }
                match self.is_superseded(entry.credential) {
                    Ok(true) => ControlFlow::Continue(()),
                    Ok(false) => visit(entry),
                    Err(error) => {
                        failure = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })?;
        failure.map_or(Ok(flow), Err)
    }

    /// Whether a newer credential for the same account has taken this one's place (S-38).
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn is_superseded(&self, credential: &Credential) -> Result<bool, StoreError> {
        self.superseded_by(credential).map(|newest| newest.is_some())
    }

    /// The state of the credential that has taken this one's place, if one has (S-38): of the account's usable ones the
    /// newest.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn superseded_by(&self, credential: &Credential) -> Result<Option<CredentialState>, StoreError> {
        if !credential.discoverable {
            return Ok(None); // it has no place that another could take
        }
        let mut newest = None;
        let _ = self.of_user(&credential.rp_id_hash, credential.user.id.as_slice(), &mut |other| {
            // Newest first: the first one that can be used decides.
            if !self.is_usable(other.credential) {
                return ControlFlow::Continue(());
            }
            newest = (other.credential.number > credential.number).then_some(other.credential.state);
            ControlFlow::Break(())
        })?;
        Ok(newest)
    }

    /// Visits the discoverable credentials of one account, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn of_user(
        &self,
        rp_id_hash: &RpIdHash,
        user_handle: &[u8],
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.matching(Index::User, self.keys.user(rp_id_hash, user_handle), None, &mut |entry| {
            let same = entry.credential.rp_id_hash == *rp_id_hash
                && entry.credential.user.id.as_slice() == user_handle;
            if same { visit(entry) } else { ControlFlow::Continue(()) }
        })
    }

    /// The credential with this id, of this relying party. One that cannot be used is absent here as everywhere.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn by_credential_id<T>(
        &self,
        rp_id_hash: &RpIdHash,
        id: &[u8],
        found: impl FnOnce(&Entry<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut found = Some(found);
        let mut result = None;
        let _ = self.matching(Index::CredentialId, self.keys.credential_id(id), None, &mut |entry| {
            let credential = entry.credential;
            let named = credential.id.as_slice() == id && credential.rp_id_hash == *rp_id_hash;
            if named && self.is_usable(credential) {
                result = found.take().map(|found| found(entry));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(result)
    }

    /// The credential in this record. `Ok(None)`: there is none, or it cannot be opened.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn by_record<T>(
        &self,
        record: RecordId,
        found: impl FnOnce(&Entry<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut found = Some(found);
        let mut result = None;
        let query = Query::Record { kind: RecordKind::Credential, id: record };
        let _ = self.store.read(&query, &mut |record| {
            result = self.open(&record, |entry| found.take().map(|found| found(&entry))).flatten();
            ControlFlow::Break(())
        })?;
        Ok(result)
    }

    /// The version of a record, readable or not.
    pub(crate) fn version(&self, kind: RecordKind, id: RecordId) -> Result<Option<u64>, StoreError> {
        self.place(kind, id).map(|place| place.map(|(version, _)| version))
    }

    /// The version and the number of a record, readable or not.
    pub(crate) fn place(&self, kind: RecordKind, id: RecordId) -> Result<Option<(u64, u64)>, StoreError> {
        let mut place = None;
        let _ = self.store.read(&Query::Record { kind, id }, &mut |record| {
            place = Some((record.version, record.number));
            ControlFlow::Break(())
        })?;
        Ok(place)
    }

    /// What the host keeps in a record of its own. `Ok(None)`: there is no such record, or it cannot be opened.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn host_record<T>(
        &self,
        record: RecordId,
        found: impl FnOnce(HostData<'_>) -> T,
    ) -> Result<Option<T>, StoreError> {
        self.one_numbered(RecordKind::Host, record, |_, content| Some(found(HostData(content))))
    }

    /// Visits the records of the host's own, newest first. One that cannot be opened is passed over and counted.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn host_records(
        &self,
        visit: &mut dyn FnMut(RecordId, HostData<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.numbered(RecordKind::Host, &mut |record, content| Some(visit(record.id, HostData(content))))
    }

    /// What the aliases of this generation's keys end with.
    pub(crate) fn alias_suffix(&self) -> [u8; ALIAS_SUFFIX] {
        self.keys.alias_suffix()
    }

    /// Visits the keys of the host's backends that are to be destroyed, with the record to be removed once they are
    /// ([`Manage::KeyDestroyed`](crate::Manage)).
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn unwanted_keys(
        &self,
        visit: &mut dyn FnMut(RecordId, &UnwantedKey) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.numbered(RecordKind::KeyTombstone, &mut |record, content| {
            UnwantedKey::read(content).map(|key| visit(record.id, &key))
        })
    }

    /// Visits the intents of keys that were never stored, to be given up by [`Manage::GiveUpKey`](crate::Manage).
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn abandoned_keys(
        &self,
        now: Now,
        visit: &mut dyn FnMut(RecordId) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.numbered(RecordKind::KeyIntent, &mut |record, content| {
            let expired = Intent::read(content)?.has_expired(now);
            Some(if expired { visit(record.id) } else { ControlFlow::Continue(()) })
        })
    }

    /// The intent of the key with this alias, and its record's version.
    pub(crate) fn intent(&self, alias: RecordId) -> Result<Option<(u64, Intent)>, StoreError> {
        self.one_numbered(RecordKind::KeyIntent, alias, |record, content| {
            Intent::read(content).map(|intent| (record.version, intent))
        })
    }

    /// What the user has set. Nothing but the record that the header knows of counts: `None` where that is not here, or another
    /// is.
    pub(crate) fn known_settings(&self, header: &Header) -> Result<Option<Settings>, StoreError> {
        let mut known = (header.settings == 0).then(Settings::new);
        let query = Query::Record { kind: RecordKind::Settings, id: RecordId::SETTINGS };
        let _ = self.store.read(&query, &mut |record| {
            let content = self.open_numbered(&record, Settings::read);
            known = content.filter(|_| record.version == header.settings);
            ControlFlow::Break(())
        })?;
        Ok(known)
    }

    /// Whether `id` names a credential of ours for this relying party, discoverable or not. Callers that take lists of
    /// any length drop foreign entries with it before they build a command.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub fn knows(&self, rp_id_hash: &RpIdHash, id: &[u8]) -> Result<bool, StoreError> {
        if self.opens(rp_id_hash, id).is_some() {
            return Ok(true);
        }
        self.by_credential_id(rp_id_hash, id, |_| ()).map(|found| found.is_some())
    }

    /// What the id of a non-discoverable credential says, when it is one of ours for this relying party.
    pub(crate) fn opens(&self, rp_id_hash: &RpIdHash, id: &[u8]) -> Option<software::Sealed> {
        software::open_credential_id(self.keys, rp_id_hash, id)
    }

    /// Checks every record, its indexes, and all of them together against `header`, and reports what is wrong.
    pub(crate) fn audit(
        &self,
        header: &Header,
        report: &mut dyn FnMut(Finding),
    ) -> Result<Audit, StoreError> {
        let mut audit = Audit {
            commits: header.commits,
            generation: header.generation,
            boot: header.boot,
            ..Audit::default()
        };
        let found = audit::check_records(self, &mut audit, report)?;
        if self.known_settings(header)?.is_none() {
            report(Finding::Unreadable { kind: RecordKind::Settings, record: RecordId::SETTINGS });
        }
        if self.large_blobs(&mut |_, _| Some(()))? == LargeBlobArray::Torn {
            report(Finding::Unreadable { kind: RecordKind::LargeBlob, record: ArrayHead::RECORD });
        }
        if found.records != header.records {
            report(Finding::Mixed);
        }
        Ok(audit)
    }

    /// What the records there are add up to, readable or not.
    pub(crate) fn add_up(&self) -> Result<Found, StoreError> {
        audit::check_records(self, &mut Audit::default(), &mut |_| ())
    }

    pub(super) const fn store_keys(&self) -> &StoreKeys {
        self.keys
    }

    pub(super) fn each_record(
        &self,
        kind: RecordKind,
        visit: Visit<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(&Query::Kind { kind, before: None }, visit)
    }

    /// The version of the record of this kind and id, and whether it can be opened; `None`: there is none.
    pub(crate) fn readable(&self, kind: RecordKind, id: RecordId) -> Result<Option<(u64, bool)>, StoreError> {
        let mut readable = None;
        let _ = self.store.read(&Query::Record { kind, id }, &mut |record| {
            readable = Some((record.version, self.opens_record(&record)));
            ControlFlow::Break(())
        })?;
        // The head of an array that is not whole is as good as one that cannot be opened.
        if (kind, id) == (RecordKind::LargeBlob, ArrayHead::RECORD) {
            let torn = self.large_blobs(&mut |_, _| Some(()))? == LargeBlobArray::Torn;
            return Ok(readable.map(|(version, opens)| (version, opens && !torn)));
        }
        if self.is_stray(kind, id)? {
            return Ok(readable.map(|(version, _)| (version, false)));
        }
        Ok(readable)
    }

    /// Whether a record can be opened and is what its kind says.
    pub(super) fn opens_record(&self, record: &Record<'_>) -> bool {
        match record.kind {
            RecordKind::Credential => self.open(record, |_| ()).is_some(),
            RecordKind::Host => self.open_numbered(record, |_| Some(())).is_some(),
            RecordKind::KeyIntent => self.open_numbered(record, Intent::read).is_some(),
            RecordKind::KeyTombstone => self.open_numbered(record, UnwantedKey::read).is_some(),
            RecordKind::Settings => self.open_numbered(record, Settings::read).is_some(),
            RecordKind::LargeBlob if record.id == ArrayHead::RECORD => {
                self.open_numbered(record, |content| ArrayHead::read(content).map(|_| ())).is_some()
            }
            RecordKind::LargeBlob if is_of_array(record.id) => {
                self.open_numbered(record, |_| Some(())).is_some()
            }
            RecordKind::LargeBlob => self.opens_credential_blob(record),
            RecordKind::Header => false,
        }
    }

    /// About how many more credentials the store takes, where it knows (GI-12).
    pub(crate) fn room(&self) -> Result<Option<u32>, StoreError> {
        self.store.room()
    }

    pub(super) fn matching(
        &self,
        index: Index,
        key: BlindKey,
        before: Option<u64>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(&Query::Index { index, key, before }, &mut |record| {
            let mut flow = ControlFlow::Continue(());
            // An unreadable record is passed over; `open` has counted it.
            let _ = self.open(&record, |entry| flow = visit(&entry));
            flow
        })
    }

    /// Opens a record and gives its content to `then`. `None`: it cannot be opened, or is not what the store says it is.
    pub(super) fn open<T>(&self, record: &Record<'_>, then: impl FnOnce(Entry<'_>) -> T) -> Option<T> {
        let mut plaintext = [0; MAX_BODY];
        let opened = self.unseal(record, &mut plaintext).ok().and_then(Credential::read);
        match &opened {
            // The number orders and pages; a store that moved it is as wrong as one that changed the body.
            Some((credential, host_data)) if credential.number == record.number => Some(then(Entry {
                record: record.id,
                version: record.version,
                credential,
                host_data: HostData(host_data),
            })),
            _ => {
                self.count_damaged();
                None
            }
        }
    }

    /// The record of this kind and id, opened and read. `Ok(None)`: there is none, or it cannot be.
    pub(crate) fn one_numbered<T>(
        &self,
        kind: RecordKind,
        id: RecordId,
        read: impl FnOnce(&Record<'_>, &[u8]) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let (mut read, mut result) = (Some(read), None);
        let _ = self.store.read(&Query::Record { kind, id }, &mut |record| {
            result =
                self.open_numbered(&record, |content| read.take().and_then(|read| read(&record, content)));
            ControlFlow::Break(())
        })?;
        Ok(result)
    }

    /// Visits the records of a kind that no index finds, newest first. What cannot be opened or read is passed over and
    /// counted.
    fn numbered(&self, kind: RecordKind, read: ReadNumbered<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.store.read(&Query::Kind { kind, before: None }, &mut |record| {
            self.open_numbered(&record, |content| read(&record, content)).unwrap_or(ControlFlow::Continue(()))
        })
    }

    /// Opens a record whose number is sealed before its content, and reads the content.
    pub(super) fn open_numbered<T>(
        &self,
        record: &Record<'_>,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let mut plaintext = [0; MAX_BODY];
        let opened = self.unseal(record, &mut plaintext).ok().and_then(<[u8]>::split_first_chunk);
        let read = opened
            .filter(|(number, _)| u64::from_be_bytes(**number) == record.number)
            .and_then(|(_, content)| read(content));
        if read.is_none() {
            self.count_damaged();
        }
        read
    }

    fn unseal<'b>(&self, record: &Record<'_>, out: &'b mut [u8]) -> Result<&'b [u8], SealError> {
        let Record { kind, id, version, .. } = *record;
        self.keys.open(Binding { kind, id, version, generation: self.generation }, record.body, out)
    }

    fn count_damaged(&self) {
        self.damaged.set(self.damaged.get().saturating_add(1));
    }
}

impl fmt::Debug for Vault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("damaged", &self.damaged.get()).finish_non_exhaustive()
    }
}
