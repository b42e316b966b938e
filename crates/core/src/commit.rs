//! What commits are made of: built against today's store, built again when something else came first.

use crate::command::registration::Registration;
use crate::context::Context;
use crate::credential::MAX_HOST_DATA;
use crate::error::Error;
use crate::reply::Reply;
use crate::store::{CommitId, CommitKind, HostData, Query, RecordId, RecordKind};
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use heapless::Vec;
use sha2::{Digest, Sha256};

/// The writes of one command, as intent.
pub(crate) enum Work {
    /// makeCredential: a new discoverable credential.
    Register(Registration),
    /// reset: everything of this generation goes.
    Reset { generation: u64 },
    /// The host deletes a credential.
    Delete(RecordId),
    /// The host changes what it keeps with a credential.
    SetHostData { record: RecordId, replaces: Fingerprint, host_data: Vec<u8, MAX_HOST_DATA> },
    /// The host writes a record of its own.
    PutHost { record: RecordId, bytes: Vec<u8, MAX_HOST_DATA> },
    /// The host removes a record of its own.
    RemoveHost(RecordId),
}

impl Work {
    /// Builds the change set in the session's buffer.
    pub(crate) fn build(&self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        match self {
            Self::Register(registration) => registration.build(cx, id),
            Self::Reset { .. } => reset(cx, id),
            Self::Delete(record) => remove(cx, id, RecordKind::Credential, *record),
            Self::SetHostData { record, replaces, host_data } => {
                set_host_data(cx, id, *record, replaces, host_data)
            }
            Self::PutHost { record, bytes } => put_host(cx, id, *record, bytes),
            Self::RemoveHost(record) => remove(cx, id, RecordKind::Host, *record),
        }
    }

    /// Whether what this work was to do can be seen in the store. Others may have committed since, so no version says it:
    /// only what this work alone brings about.
    fn is_seen(&self, cx: &mut Context<'_>) -> Result<bool, Error> {
        match self {
            Self::Register(registration) => Ok(is_there(cx, registration.record())?),
            Self::Reset { generation } => Ok(cx.open()?.generation > *generation),
            Self::Delete(record) => Ok(!is_there(cx, *record)?),
            Self::SetHostData { record, host_data, .. } => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                Ok(vault.by_record(*record, |entry| entry.host_data.0 == host_data.as_slice())? == Some(true))
            }
            Self::PutHost { record, bytes } => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                Ok(vault.host_record(*record, |found| found.0 == bytes.as_slice())? == Some(true))
            }
            // Another may have removed it: whoever relies on having been the one must not be told so on a guess.
            Self::RemoveHost(_) => Ok(false),
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
            Self::Delete(_) | Self::SetHostData { .. } | Self::PutHost { .. } | Self::RemoveHost(_) => {
                Reply::Empty
            }
        }
    }
}

fn reset(cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
    let header = cx.open()?;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.clear();
    draft.finish(device)
}

fn remove(cx: &mut Context<'_>, id: CommitId, kind: RecordKind, record: RecordId) -> Result<(), Error> {
    let header = cx.open()?;
    let version = cx.opened_vault(header.generation)?.version(kind, record)?.ok_or(Error::NoSuchRecord)?;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.remove(kind, record, version)?;
    draft.finish(device)
}

fn set_host_data(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    replaces: &Fingerprint,
    host_data: &[u8],
) -> Result<(), Error> {
    let header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let (version, credential, found) = vault
        .by_record(record, |entry| {
            let found = Fingerprint::of(entry.host_data);
            (NonZeroU64::new(entry.version), entry.credential.clone(), found)
        })?
        .ok_or(Error::NoSuchRecord)?;
    if credential.newer {
        return Err(Error::StoreNewer);
    }
    if found != *replaces {
        return Err(Error::RecordChanged);
    }
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.put_credential(record, version, &credential, host_data)?;
    draft.finish(device)
}

fn put_host(cx: &mut Context<'_>, id: CommitId, record: RecordId, bytes: &[u8]) -> Result<(), Error> {
    let header = cx.open()?;
    let place = cx.opened_vault(header.generation)?.place(RecordKind::Host, record)?;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    let (previous, number) = match place {
        Some((version, number)) => (NonZeroU64::new(version), number),
        None => (None, draft.next_number()),
    };
    draft.put_host(record, previous, number, HostData(bytes))?;
    draft.finish(device)
}

/// Tells whether what the host keeps with a credential is still what it was when the host's command began.
#[derive(PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(host_data: HostData<'_>) -> Self {
        Self(Sha256::digest(host_data.0).into())
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
