//! What commits are made of: built against today's store, built again when something else came first.

use crate::command::make_credential::Registration;
use crate::context::Context;
use crate::credential::MAX_HOST_DATA;
use crate::error::Error;
use crate::reply::Reply;
use crate::store::{CommitId, CommitKind, Query, RecordId, RecordKind, Witness};
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use heapless::Vec;

/// The writes of one command, as intent.
pub(crate) enum Work {
    /// makeCredential: a new discoverable credential.
    Register(Registration),
    /// reset: everything goes.
    Reset,
    /// The host deletes a credential.
    Delete(RecordId),
    /// The host changes what it keeps with a credential.
    SetHostData { record: RecordId, host_data: Vec<u8, MAX_HOST_DATA> },
}

impl Work {
    /// Builds the change set in the session's buffer.
    pub(crate) fn build(&self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        match self {
            Self::Register(registration) => registration.build(cx, id),
            Self::Reset => {
                let header = cx.open()?;
                let device = &cx.authenticator.device;
                let mut draft = cx.draft(CommitKind::Effect, id, header)?;
                draft.clear();
                draft.finish(device)
            }
            Self::Delete(record) => {
                let header = cx.open()?;
                let version = cx.opened_vault(header.generation)?.version(*record)?.ok_or(Error::NoSuchRecord)?;
                let device = &cx.authenticator.device;
                let mut draft = cx.draft(CommitKind::Effect, id, header)?;
                draft.remove(RecordKind::Credential, *record, version)?;
                draft.finish(device)
            }
            Self::SetHostData { record, host_data } => {
                let header = cx.open()?;
                let vault = cx.opened_vault(header.generation)?;
                let (version, credential) = vault
                    .by_record(*record, |entry| (NonZeroU64::new(entry.version), entry.credential.clone()))?
                    .ok_or(Error::NoSuchRecord)?;
                let device = &cx.authenticator.device;
                let mut draft = cx.draft(CommitKind::Effect, id, header)?;
                draft.put_credential(*record, version, &credential, host_data)?;
                draft.finish(device)
            }
        }
    }

    /// The set has taken effect: the reply that only now may be given.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Reply {
        match self {
            Self::Register(registration) => registration.committed(),
            Self::Reset => {
                cx.session.remember(None);
                Reply::Empty
            }
            Self::Delete(_) | Self::SetHostData { .. } => Reply::Empty,
        }
    }
}

/// What became of a commit in doubt.
pub(crate) enum Settled {
    TookEffect,
    DidNot,
}

/// Asks the store whether the session's change set took effect: it is the store's last, or what it did can be seen.
pub(crate) fn settle(cx: &Context<'_>, id: CommitId) -> Result<Settled, Error> {
    if cx.store.last_commit()? == Some(id) {
        return Ok(Settled::TookEffect);
    }
    // Another process may have committed since. Ids of records are random and versions only rise, so the sight of what
    // this set was to do proves it.
    let seen = match cx.session.changes().witness() {
        Some(Witness::Gone { kind, id }) => version_of(cx, kind, id)?.is_none(),
        Some(Witness::There { kind, id, version }) => version_of(cx, kind, id)?.is_some_and(|now| now >= version),
        None => false,
    };
    Ok(if seen { Settled::TookEffect } else { Settled::DidNot })
}

fn version_of(cx: &Context<'_>, kind: RecordKind, id: RecordId) -> Result<Option<u64>, Error> {
    let mut version = None;
    let _ = cx.store.read(&Query::Record { kind, id }, &mut |record| {
        version = Some(record.version);
        ControlFlow::Break(())
    })?;
    Ok(version)
}
