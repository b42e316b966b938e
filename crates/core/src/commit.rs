//! What commits are made of: built against today's store, built again when something else came first.

use crate::command::make_credential::Registration;
use crate::context::Context;
use crate::credential::MAX_HOST_DATA;
use crate::error::Error;
use crate::reply::Reply;
use crate::store::{CommitId, CommitKind, Query, RecordId, RecordKind};
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use heapless::Vec;

/// The writes of one command, as intent.
pub(crate) enum Work {
    /// makeCredential: a new discoverable credential.
    Register(Registration),
    /// reset: everything of this generation goes.
    Reset { generation: u64 },
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
            Self::Reset { .. } => {
                let header = cx.open()?;
                let device = &cx.authenticator.device;
                let mut draft = cx.draft(CommitKind::Effect, id, header)?;
                draft.clear();
                draft.finish(device)
            }
            Self::Delete(record) => {
                let header = cx.open()?;
                let version =
                    cx.opened_vault(header.generation)?.version(*record)?.ok_or(Error::NoSuchRecord)?;
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

    /// Whether what this work was to do can be seen in the store. Others may have committed since, so no version says it:
    /// only what this work alone brings about.
    fn is_seen(&self, cx: &mut Context<'_>) -> Result<bool, Error> {
        match self {
            Self::Register(registration) => Ok(is_there(cx, registration.record())?),
            Self::Reset { generation } => Ok(cx.open()?.generation > *generation),
            Self::Delete(record) => Ok(!is_there(cx, *record)?),
            // Written again it is the same.
            Self::SetHostData { .. } => Ok(false),
        }
    }

    /// The set has taken effect: the reply that only now may be given.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Reply {
        match self {
            Self::Register(registration) => registration.committed(),
            Self::Reset { .. } => {
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

/// Asks the store whether the change set of `work` took effect: it is the store's last, or what it did can be seen.
pub(crate) fn settle(cx: &mut Context<'_>, id: CommitId, work: &Work) -> Result<Settled, Error> {
    let took_effect = cx.store.last_commit()? == Some(id) || work.is_seen(cx)?;
    Ok(if took_effect { Settled::TookEffect } else { Settled::DidNot })
}

fn is_there(cx: &Context<'_>, id: RecordId) -> Result<bool, Error> {
    let query = Query::Record { kind: RecordKind::Credential, id };
    Ok(cx.store.read(&query, &mut |_| ControlFlow::Break(()))?.is_break())
}
