//! deleteCredential and updateUserInformation.

use super::{CredentialManagement, DELETE_CREDENTIAL, UPDATE_USER_INFORMATION};
use crate::bounded::Text;
use crate::command::authorise::{authorise_with, required_param};
use crate::commit::{Which, Work};
use crate::context::Context;
use crate::credential::UserEntity;
use crate::error::{Error, PinUvAuthError};
use crate::pin::Permissions;
use crate::step::{NeedsCommit, Step};
use crate::store::RecordId;

/// deleteCredential (CM-10).
pub(super) fn delete(cx: &mut Context<'_>, request: &CredentialManagement<'_>) -> Result<Step, Error> {
    let (record, _) = named(cx, request, DELETE_CREDENTIAL, true)?;
    let auth_epoch = cx.session.auth_epoch();
    NeedsCommit::begin(cx, Work::Delete(record, Which::Managed { auth_epoch }))
}

/// updateUserInformation (CM-11).
pub(super) fn update_user(cx: &mut Context<'_>, request: &CredentialManagement<'_>) -> Result<Step, Error> {
    let (record, stored) = named(cx, request, UPDATE_USER_INFORMATION, request.user.is_some())?;
    let user = request.user.filter(|user| user.id == stored.id.as_slice()).ok_or(Error::InvalidParameter)?;
    let kept = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Text::truncated);
    let user = UserEntity { id: stored.id, name: kept(user.name), display_name: kept(user.display_name) };
    let auth_epoch = cx.session.auth_epoch();
    NeedsCommit::begin(cx, Work::UpdateUser { record, user, auth_epoch })
}

/// CM-02, CM-06: the credential the request names, once a token has authorised it. A token that is bound to a relying party
/// does not tell which credentials there are of others.
fn named(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    subcommand: u8,
    complete: bool,
) -> Result<(RecordId, UserEntity), Error> {
    let (header, standing) = cx.standing()?;
    let complete = complete && request.credential_id.is_some();
    let param = required_param(&standing, &request.pin_uv_auth, complete)?;
    let message: [&[u8]; 2] = [&[subcommand], request.raw_parameters];
    let bound = authorise_with(cx, param, &message, Permissions::CREDENTIAL_MANAGEMENT)?;
    let id = request.credential_id.ok_or(Error::MissingParameter)?;
    let found = cx.opened_vault(header.generation)?.managed_by_id(id, |entry| {
        let credential = entry.credential;
        (credential.rp_id_hash, entry.record, credential.user.clone())
    })?;
    match (found, bound) {
        (Some((rp_id_hash, record, user)), bound) if bound.is_none_or(|bound| bound == rp_id_hash) => {
            Ok((record, user))
        }
        (_, Some(_)) => Err(PinUvAuthError::Invalid.into()),
        (_, None) => Err(Error::NoCredentials),
    }
}
