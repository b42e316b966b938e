//! What an account is called, as a client changes it (CM-11).

use super::own;
use crate::context::Context;
use crate::credential::UserEntity;
use crate::error::{Error, PinUvAuthError};
use crate::store::{CommitId, CommitKind, RecordId};

pub(super) fn update(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    user: &UserEntity,
    auth_epoch: u64,
) -> Result<(), Error> {
    let header = cx.open()?;
    if header.auth_epoch != auth_epoch {
        return Err(PinUvAuthError::Invalid.into()); // the token that allowed it is void
    }
    let vault = cx.opened_vault(header.generation)?;
    let (version, mut credential, host_data) = own(&vault, record)?;
    if !vault.is_managed(&credential) {
        return Err(Error::NoSuchRecord); // its host has hidden it since
    }
    credential.user = user.clone();
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.credentials_change();
    draft.put_credential(record, version, &credential, &host_data)?;
    draft.finish(device)
}
