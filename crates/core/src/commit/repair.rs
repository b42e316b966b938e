//! What mends the findings of a full check.

use super::own;
use crate::context::Context;
use crate::error::Error;
use crate::store::{CommitId, CommitKind, RecordId, RecordKind};

/// Only what cannot be opened: anything else has commands of its own, which know what goes with it.
pub(super) fn discard(
    cx: &mut Context<'_>,
    id: CommitId,
    kind: RecordKind,
    record: RecordId,
) -> Result<(), Error> {
    let header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let found = vault.readable(kind, record)?;
    let (version, readable) = found.ok_or(Error::NoSuchRecord)?;
    if readable {
        return Err(Error::RecordChanged);
    }
    let blob = match kind {
        RecordKind::Credential => vault.credential_blob_version(record)?,
        _ => None,
    };
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    if kind == RecordKind::Credential {
        draft.remove_credential(record, version, blob)?;
        draft.credentials_change();
    } else {
        draft.remove(kind, record, version)?;
    }
    draft.finish(device)
}

/// A credential that has another's number gets a new one, above all there are. Not one that was superseded: it would take its
/// place back.
pub(super) fn rewrite(cx: &mut Context<'_>, id: CommitId, record: RecordId) -> Result<(), Error> {
    let mut header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let (version, mut credential, host_data) = own(&vault, record)?;
    let renumber = vault.has_twin(record, credential.number)? && !vault.is_superseded(&credential)?;
    if renumber {
        header.count_from(&vault.add_up()?);
    }
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.credentials_change();
    if renumber {
        credential.number = draft.next_number();
    }
    draft.put_credential(record, version, &credential, &host_data)?;
    draft.finish(device)
}

/// The header may be older than the records, so what only rises in it rises above whatever they may have known.
pub(super) fn accept_records(cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
    let mut header = cx.open()?;
    let found = cx.opened_vault(header.generation)?.add_up()?;
    header.accept(&found);
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.credentials_change();
    draft.finish(device)
}
