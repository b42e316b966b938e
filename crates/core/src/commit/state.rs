//! What has become of a credential, as its host has learnt.

use super::own;
use crate::context::Context;
use crate::credential::CredentialState;
use crate::error::Error;
use crate::key::KeyError;
use crate::store::{AccountMark, CommitId, CommitKind, Header, MAX_TOMBSTONES, RecordId, Removed};

pub(super) fn set(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    state: CredentialState,
) -> Result<(), Error> {
    let header = cx.open()?;
    write(cx, id, header, record, state, &Removed::with_tombstones(0))
}

/// The credential is the account's: the older ones go, as many as the change set has room for. If that was judged by what
/// the account had, it must have nothing else now.
pub(super) fn confirm(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    seen: Option<AccountMark>,
) -> Result<(), Error> {
    let mut tombstones = MAX_TOMBSTONES;
    loop {
        match confirm_with(cx, id, record, seen, tombstones) {
            // Long handles beside a long credential: fewer go at a time.
            Err(Error::Capacity) if tombstones > 0 => tombstones = tombstones.saturating_sub(1),
            result => return result,
        }
    }
}

fn confirm_with(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    seen: Option<AccountMark>,
    tombstones: usize,
) -> Result<(), Error> {
    // Opened once: what is read here and what is written must rest on one header.
    let header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let mut removed = Removed::with_tombstones(tombstones);
    if let Some(seen) = seen {
        let (_, credential, _) = own(&vault, record)?;
        if !vault.is_usable(&credential) || vault.account_mark(&credential)? != seen {
            return Err(Error::RecordChanged);
        }
    }
    let account = vault
        .by_record(record, |entry| {
            let credential = entry.credential;
            let account = (credential.rp_id_hash, credential.user.id.clone(), credential.number);
            credential.discoverable.then_some(account)
        })?
        .ok_or(Error::NoSuchRecord)?;
    if let Some((rp_id_hash, user, number)) = account {
        removed.add_of_user(&vault, &rp_id_hash, user.as_slice(), number)?;
    }
    write(cx, id, header, record, CredentialState::Active, &removed)
}

/// The credential is no longer in doubt. What else the host has learnt of it meanwhile stands.
pub(super) fn accept(cx: &mut Context<'_>, id: CommitId, record: RecordId) -> Result<(), Error> {
    let header = cx.open()?;
    let (_, credential, _) = own(&cx.opened_vault(header.generation)?, record)?;
    if credential.state != CredentialState::Unconfirmed {
        return Err(Error::RecordChanged);
    }
    write(cx, id, header, record, CredentialState::Active, &Removed::with_tombstones(0))
}

/// Writes the state, and removes other records in the same set. A key that was invalidated for good stays so.
fn write(
    cx: &mut Context<'_>,
    id: CommitId,
    header: Header,
    record: RecordId,
    state: CredentialState,
    removed: &Removed,
) -> Result<(), Error> {
    let vault = cx.opened_vault(header.generation)?;
    let (version, mut credential, host_data) = own(&vault, record)?;
    if credential.state == CredentialState::KeyInvalidated {
        return Err(KeyError::Invalidated.into());
    }
    let was_managed = vault.is_managed(&credential);
    credential.state = state;
    let shows = was_managed != vault.is_managed(&credential);
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    removed.draft(&mut draft)?;
    if shows {
        draft.credentials_change();
    }
    draft.put_credential(record, version, &credential, &host_data)?;
    draft.finish(device)
}
