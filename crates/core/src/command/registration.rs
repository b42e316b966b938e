//! Storing a new credential: makeCredential's steps 16 to 18 (CTAP 2.3 §6.1.2).

use super::make_credential::Replacement;
use crate::bounded::Bytes;
use crate::commit::Work;
use crate::context::Context;
use crate::credential::{CredProtect, Credential};
use crate::error::Error;
use crate::key::{Backend, KeyRef};
use crate::reply::{Registered, Reply};
use crate::session::{NewCredential, Session, Ticket};
use crate::step::{NeedsCommit, Step};
use crate::store::{CommitId, CommitKind, MAX_TOMBSTONES, RecordId, RecordKind, Removed, Vault};

/// What is needed beside the reply to store a credential.
#[derive(Debug)]
pub(super) struct NewRecord {
    /// Its record, which has the name of the key's alias and so of its intent.
    pub(super) record: RecordId,
    pub(super) discoverable: bool,
    pub(super) cred_protect: CredProtect,
    pub(super) replacement: Replacement,
    /// The rest lies with the command under way.
    pub(super) ticket: Ticket,
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
        let NewCredential { rp_id, user, extended } = cx.session.under_way.kept(self.new.ticket)?.clone();
        let rp_id_hash = self.registered.rp_id_hash().ok_or(Error::Capacity)?;
        let vault = cx.opened_vault(header.generation)?;
        let mut removed = Removed::with_tombstones(MAX_TOMBSTONES);
        if let Some((record, version)) = self.used_up(cx.session, &vault)? {
            removed.add(RecordKind::Host, record, version)?;
        }
        if self.key.backend != Backend::SOFTWARE {
            let (version, _) = vault.intent(self.new.record)?.ok_or(Error::KeyGivenUp)?;
            removed.add(RecordKind::KeyIntent, self.new.record, version)?;
        }
        // MC-26: a non-discoverable credential takes nobody's place.
        if self.new.discoverable && self.new.replacement == Replacement::Overwrite {
            removed.add_of_user(&vault, &rp_id_hash, user.id.as_slice(), header.next_number)?;
        }
        let (device, created) = (&cx.authenticator.device, cx.now.unix);
        let mut draft = cx.draft(CommitKind::Effect, id, header)?;
        removed.draft(&mut draft)?;
        if self.new.discoverable {
            draft.credentials_change();
        }
        let credential = Credential {
            id: Bytes::new(self.registered.credential_id()).ok_or(Error::Capacity)?,
            rp_id_hash,
            rp_id,
            user,
            public_key: self.registered.public_key().ok_or(Error::Capacity)?,
            key: self.key.clone(),
            cred_protect: self.new.cred_protect,
            state: self.new.replacement.first_state(),
            discoverable: self.new.discoverable,
            newer: false,
            number: draft.next_number(),
            created,
            last_used: None,
            sign_count_reserved: 0,
            extended,
        };
        draft.put_credential(self.new.record, None, &credential, &[])?;
        draft.finish(device)
    }

    /// The host record that was staged for this registration. It must be there: whoever has removed it has ended the
    /// ceremony.
    fn used_up(&self, session: &Session, vault: &Vault<'_>) -> Result<Option<(RecordId, u64)>, Error> {
        let Some(record) = session.under_way.to_use_up(self.new.ticket)? else { return Ok(None) };
        let version = vault.version(RecordKind::Host, record)?.ok_or(Error::CeremonyUsed)?;
        Ok(Some((record, version)))
    }

    /// The record the credential is to have; its id is random, so that it is nobody else's.
    pub(crate) const fn record(&self) -> RecordId {
        self.new.record
    }

    pub(crate) fn committed(self) -> Reply {
        Reply::Registered(Registered { stored: true, ..self.registered })
    }
}
