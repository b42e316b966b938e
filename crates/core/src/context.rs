//! What every transition is given: nothing is remembered anywhere else.

use crate::authenticator::Authenticator;
use crate::commit::ArrayMark;
use crate::error::{Error, RequestError, SealedError};
use crate::session::{LargeBlobBuffer, Session, Turn};
use crate::standing::Standing;
use crate::store::{
    Audit, Binding, CommitId, CommitKind, Draft, Finding, GENERATION_TAG, Header, INITIAL_ARRAY,
    INITIAL_LENGTH, LargeBlobArray, Lookup, OVERHEAD, RecordId, RecordKind, Settings, StoreError, Vault,
};
use crate::time::Now;
use core::fmt;
use rand_core::CryptoRng;

/// The world as one transition sees it. The same context and the same answers give the same bytes.
pub struct Context<'a> {
    /// What the authenticator is.
    pub authenticator: &'a Authenticator,
    /// The endpoint's RAM state.
    pub session: &'a mut Session,
    /// The store, to read.
    pub store: &'a dyn Lookup,
    /// Randomness.
    pub rng: &'a mut dyn CryptoRng,
    /// The clocks.
    pub now: Now,
}

/// How often the settings are read again because another process has written them between two reads.
const MAX_READS: u8 = 8;

/// By how much [`Context::seal_for_host`] makes bytes longer.
pub const HOST_SEAL_OVERHEAD: usize = GENERATION_TAG + OVERHEAD;

impl<'a> Context<'a> {
    /// A view of the store's credentials.
    ///
    /// # Errors
    /// [`Error::StoreEmpty`], [`Error::StoreUnreadable`], [`Error::StoreNewer`] or [`Error::Store`].
    pub fn vault(&mut self) -> Result<Vault<'_>, Error> {
        let header = self.open()?;
        self.opened_vault(header.generation)
    }

    /// Checks the whole store and reports what is wrong with it. It opens every record, so that it takes as long as there
    /// are credentials; nothing else in this library does, but for a client that counts them. It reads in several goes: a
    /// commit of another process in between looks like [`Finding::Mixed`], so look at
    /// [`last_commit`](Lookup::last_commit) before and after.
    ///
    /// # Errors
    /// As [`vault`](Self::vault).
    pub fn audit(&mut self, report: &mut dyn FnMut(Finding)) -> Result<Audit, Error> {
        let header = self.open()?;
        Ok(self.opened_vault(header.generation)?.audit(&header, report)?)
    }

    /// Whether some form of user verification protects the authenticator: a PIN that is set, or the host's own.
    ///
    /// # Errors
    /// As [`vault`](Self::vault).
    pub fn is_protected(&mut self) -> Result<bool, Error> {
        Ok(self.standing()?.1.is_protected())
    }

    /// The array of large blobs, as its clients have laid it out, with its checksum; and what says which it is, for
    /// [`Manage::ReplaceLargeBlobs`](crate::Manage::ReplaceLargeBlobs). It lies in the session, where the next use of large
    /// blobs takes its place. One that is damaged is the initial one.
    ///
    /// # Errors
    /// [`Error::Request`] where the profile has no such array; else as [`vault`](Self::vault).
    pub fn large_blob_array(&mut self) -> Result<(&[u8], ArrayMark), Error> {
        if !self.authenticator.profile().has_large_blob_array() {
            return Err(RequestError::UnknownCommand.into());
        }
        // First: in a store that is reset in between, nothing is replaced for it.
        let generation = self.open()?.generation;
        let (turn, length) = self.read_large_blobs()?;
        let array = self.session.large_blobs().array(turn, length).ok_or(Error::Capacity)?;
        Ok((array, ArrayMark::of(generation, array)))
    }

    /// Seals bytes of any length that the host keeps outside the store, bound to `purpose` and to this generation of the
    /// store: a reset makes them worthless. Says how long the result in `out` is, which is [`HOST_SEAL_OVERHEAD`] more
    /// than `content`. Whether it is the latest that was sealed for the purpose nothing here can tell.
    ///
    /// # Errors
    /// [`SealedError::BufferTooShort`], or what [`vault`](Self::vault) fails with.
    pub fn seal_for_host(
        &mut self,
        purpose: RecordId,
        content: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let generation = self.open()?.generation;
        let keys = self.session.keys().ok_or(Error::StoreReset)?;
        let too_short = Error::Sealed(SealedError::BufferTooShort);
        let (tag, body) = out.split_first_chunk_mut::<GENERATION_TAG>().ok_or(too_short)?;
        *tag = keys.generation_tag();
        let mut nonce = [0; 12];
        self.rng.fill_bytes(&mut nonce);
        let sealed = keys.seal(host_binding(purpose, generation), content, nonce, body);
        let length = sealed.map_err(SealedError::from)?;
        Ok(length.saturating_add(GENERATION_TAG))
    }

    /// Opens into `out` what [`seal_for_host`](Self::seal_for_host) has sealed for the same purpose. `out` needs no more
    /// room than `sealed` has.
    ///
    /// # Errors
    /// [`Error::Sealed`] says why it cannot be opened; or what [`vault`](Self::vault) fails with.
    pub fn open_for_host<'b>(
        &mut self,
        purpose: RecordId,
        sealed: &[u8],
        out: &'b mut [u8],
    ) -> Result<&'b [u8], Error> {
        let generation = self.open()?.generation;
        let keys = self.session.keys().ok_or(Error::StoreReset)?;
        let (tag, body) = sealed.split_first_chunk::<GENERATION_TAG>().ok_or(SealedError::Broken)?;
        // It only says which store it is; what it is worth the seal decides.
        if *tag != keys.generation_tag() {
            return Err(SealedError::OtherStore.into());
        }
        Ok(keys.open(host_binding(purpose, generation), body, out).map_err(SealedError::from)?)
    }

    /// Reads the header and makes sure that the session's keys are those of today's generation.
    pub(crate) fn open(&mut self) -> Result<Header, Error> {
        let header = self.authenticator.header(self.store)?;
        self.session.adopt(&self.authenticator.device, &header);
        Ok(header)
    }

    /// Refuses an older copy of the store, which may have been put in its place since it was opened.
    pub(crate) fn refuse_rolled_back(&mut self) -> Result<(), Error> {
        // Read before the header: another process may commit and raise it in between.
        let least = self.store.anchored().unwrap_or(0);
        if self.open()?.commits < least { Err(Error::StoreRolledBack) } else { Ok(()) }
    }

    /// What holds today, and the header that says so.
    pub(crate) fn standing(&mut self) -> Result<(Header, Standing<'a>), Error> {
        let profile = self.authenticator.profile();
        let mut header = self.open()?;
        for _ in 0..MAX_READS {
            let known = self.opened_vault(header.generation)?.known_settings(&header)?;
            if let Some(settings) = known {
                return Ok((header, Standing { profile, settings }));
            }
            // Another process may have written others between the two reads. If none has, they are lost.
            let today = self.open()?;
            if today.commits == header.commits {
                return Ok((header, Standing { profile, settings: Settings::lost() }));
            }
            header = today;
        }
        Err(StoreError::Busy.into())
    }

    /// A view of the generation that [`Self::open`] has just found.
    pub(crate) fn opened_vault(&self, generation: u64) -> Result<Vault<'_>, Error> {
        let keys = self.session.keys().ok_or(Error::StoreReset)?;
        let backend = self.authenticator.profile().keys.backend;
        Ok(Vault::new(self.store, keys, generation, backend, self.session.damage()))
    }

    /// Drafts a change set on `header` in the session's buffer.
    pub(crate) fn draft(
        &mut self,
        kind: CommitKind,
        id: CommitId,
        header: Header,
    ) -> Result<Draft<'_>, Error> {
        let (keys, changes) = self.session.keys_and_changes().ok_or(Error::StoreReset)?;
        Draft::begin(kind, id, header, self.now.boot, keys, self.rng, changes)
    }

    /// The same with the large blobs of which the set has some.
    pub(crate) fn draft_large_blobs(
        &mut self,
        kind: CommitKind,
        id: CommitId,
        header: Header,
    ) -> Result<(Draft<'_>, &LargeBlobBuffer), Error> {
        let (keys, changes, buffer) = self.session.drafting_large_blobs().ok_or(Error::StoreReset)?;
        Ok((Draft::begin(kind, id, header, self.now.boot, keys, self.rng, changes)?, buffer))
    }

    /// Reads the array of large blobs into the session's buffer and says how long it is. One that is damaged is the initial
    /// one, to every fragment alike: clients would throw away the pieces of it all the same (LB-01, LBA-03).
    pub(crate) fn read_large_blobs(&mut self) -> Result<(Turn, u16), Error> {
        let backend = self.authenticator.profile().keys.backend;
        let mut header = self.open()?;
        for _ in 0..MAX_READS {
            let (keys, damage, buffer) = self.session.reading_large_blobs().ok_or(Error::StoreReset)?;
            let turn = buffer.take();
            let vault = Vault::new(self.store, keys, header.generation, backend, damage);
            let found = vault.large_blobs(&mut |start, piece| buffer.write(turn, start, piece))?;
            if let LargeBlobArray::Whole(length) = found {
                return Ok((turn, length));
            }
            // Another process may have written another array between the reads. If none has, there is none here.
            let today = self.open()?;
            if found == LargeBlobArray::Absent || today.commits == header.commits {
                let buffer = self.session.large_blobs_mut();
                buffer.write(turn, 0, &INITIAL_ARRAY).ok_or(Error::Capacity)?;
                return Ok((turn, INITIAL_LENGTH));
            }
            header = today;
        }
        Err(StoreError::Busy.into())
    }

    /// Reads the large blob of the credential in this record into the session's buffer. `None`: it has none, or one that
    /// cannot be opened.
    pub(crate) fn read_credential_blob(&mut self, credential: RecordId) -> Result<Option<Turn>, Error> {
        let generation = self.open()?.generation;
        let backend = self.authenticator.profile().keys.backend;
        let (keys, damage, buffer) = self.session.reading_large_blobs().ok_or(Error::StoreReset)?;
        let vault = Vault::new(self.store, keys, generation, backend, damage);
        Ok(vault.credential_blob(credential, |blob| buffer.take_blob(blob.bytes, blob.original_size))?)
    }

    /// The alias of a new key: nobody else's, and of this generation.
    pub(crate) fn new_alias(&mut self) -> Result<[u8; 16], Error> {
        let suffix = self.session.keys().ok_or(Error::StoreReset)?.alias_suffix();
        let mut alias = self.random_id();
        alias.iter_mut().rev().zip(suffix.iter().rev()).for_each(|(place, byte)| *place = *byte);
        Ok(alias)
    }

    /// Sixteen random bytes, for ids.
    pub(crate) fn random_id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        id
    }
}

/// Records have versions from 1, so that nothing sealed for the host passes for a record, nor the other way round.
const fn host_binding(purpose: RecordId, generation: u64) -> Binding {
    Binding { kind: RecordKind::Host, id: purpose, version: 0, generation }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("now", &self.now).finish_non_exhaustive()
    }
}
