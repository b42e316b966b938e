//! Storing a new credential: makeCredential's steps 16 to 18 (CTAP 2.3 §6.1.2).

use super::make_credential::Replacement;
use crate::bounded::Bytes;
use crate::commit::Work;
use crate::context::Context;
use crate::credential::{CredProtect, Credential, CredentialState, RpId, RpIdHash, UserEntity};
use crate::error::Error;
use crate::key::{Backend, KeyRef};
use crate::reply::{Registered, Reply};
use crate::session::{Session, Ticket};
use crate::step::{NeedsCommit, Step};
use crate::store::{CommitId, CommitKind, MAX_PUTS, MAX_REMOVALS, RecordId, RecordKind, UnwantedKey, Vault};
use core::ops::ControlFlow;
use heapless::Vec;

/// What is needed beside the reply to store a credential.
#[derive(Debug)]
pub(super) struct NewRecord {
    /// Its record, which has the name of the key's alias and so of its intent.
    pub(super) record: RecordId,
    pub(super) rp_id: RpId,
    pub(super) user: UserEntity,
    pub(super) discoverable: bool,
    pub(super) cred_protect: CredProtect,
    pub(super) replacement: Replacement,
    pub(super) ceremony: Option<Ticket>,
    pub(super) generation: u64,
}

/// Steps 16 to 18: a credential that has a record replies once it is stored, another at once.
pub(super) fn finish(
    cx: &mut Context<'_>,
    registered: Registered,
    key: KeyRef,
    store: Option<NewRecord>,
) -> Result<Step, Error> {
    match store {
        None => Ok(Step::success(Reply::Registered(registered))),
        Some(new) => NeedsCommit::begin(cx, Work::Register(Registration { registered, key, new })),
    }
}

/// Records of known versions that one change set removes.
type Removals = Vec<(RecordKind, RecordId, u64), MAX_REMOVALS>;

/// Keys of backends of the host's whose credentials one change set removes, beside which it writes a credential and the
/// header.
type Unwanted = Vec<(RecordId, KeyRef), { MAX_PUTS - 2 }>;

/// A credential that is to be stored, and the reply that says so.
#[derive(Debug)]
pub(crate) struct Registration {
    registered: Registered,
    key: KeyRef,
    new: NewRecord,
}

impl Registration {
    /// The credential's record, without the older ones that it replaces and the host record that it uses up.
    pub(crate) fn build(&self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        let header = cx.open()?;
        if header.generation != self.new.generation {
            return Err(Error::StoreReset); // the key was made for a generation that is gone
        }
        let rp_id_hash = self.registered.rp_id_hash().ok_or(Error::Capacity)?;
        let vault = cx.opened_vault(header.generation)?;
        let mut removed = self.used_up(cx.session, &vault)?;
        if self.key.backend != Backend::SOFTWARE {
            let (version, _) = vault.intent(self.new.record)?.ok_or(Error::KeyGivenUp)?;
            removed.push((RecordKind::KeyIntent, self.new.record, version)).map_err(|_| Error::Capacity)?;
        }
        let mut unwanted = Unwanted::new();
        // MC-26: a non-discoverable credential takes nobody's place.
        if self.new.discoverable && self.new.replacement == Replacement::Overwrite {
            self.add_older(&vault, &rp_id_hash, &mut removed, &mut unwanted)?;
        }
        let (device, created) = (&cx.authenticator.device, cx.now.unix);
        let mut draft = cx.draft(CommitKind::Effect, id, header)?;
        for (kind, record, version) in removed {
            draft.remove(kind, record, version)?;
        }
        for (record, key) in unwanted {
            draft.put_tombstone(record, &UnwantedKey::Handle(key))?;
        }
        let credential = Credential {
            id: Bytes::new(self.registered.credential_id()).ok_or(Error::Capacity)?,
            rp_id_hash,
            rp_id: self.new.rp_id.clone(),
            user: self.new.user.clone(),
            public_key: self.registered.public_key.clone(),
            key: self.key.clone(),
            cred_protect: self.new.cred_protect,
            state: CredentialState::Active,
            discoverable: self.new.discoverable,
            newer: false,
            number: draft.next_number(),
            created,
            last_used: None,
            sign_count_reserved: 0,
        };
        draft.put_credential(self.new.record, None, &credential, &[])?;
        draft.finish(device)
    }

    /// The account's older credentials, newest first, as many as one change set removes, and those of their keys that are
    /// to be destroyed. There is one at most unless superseded ones were kept; any that are left stay superseded.
    fn add_older(
        &self,
        vault: &Vault<'_>,
        rp_id_hash: &RpIdHash,
        removed: &mut Removals,
        unwanted: &mut Unwanted,
    ) -> Result<(), Error> {
        let _ = vault.of_user(rp_id_hash, self.new.user.id.as_slice(), &mut |entry| {
            let key = &entry.credential.key;
            let is_host_key = key.backend != Backend::SOFTWARE;
            if removed.is_full() || (is_host_key && unwanted.push((entry.record, key.clone())).is_err()) {
                return ControlFlow::Break(());
            }
            let _ = removed.push((RecordKind::Credential, entry.record, entry.version));
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// The host record that was staged for this registration. It must be there: whoever has removed it has ended the
    /// ceremony.
    fn used_up(&self, session: &Session, vault: &Vault<'_>) -> Result<Removals, Error> {
        let Some(ticket) = self.new.ceremony else { return Ok(Removals::new()) };
        let Some(record) = session.to_use_up(ticket)? else { return Ok(Removals::new()) };
        let version = vault.version(RecordKind::Host, record)?.ok_or(Error::CeremonyUsed)?;
        Removals::from_slice(&[(RecordKind::Host, record, version)]).map_err(|_| Error::Capacity)
    }

    /// The record the credential is to have; its id is random, so that it is nobody else's.
    pub(crate) const fn record(&self) -> RecordId {
        self.new.record
    }

    pub(crate) fn committed(self) -> Reply {
        Reply::Registered(self.registered)
    }
}
