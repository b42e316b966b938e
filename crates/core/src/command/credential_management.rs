//! authenticatorCredentialManagement (CTAP 2.3 §6.8): clients list, rename and delete the discoverable credentials.
//!
//! Listed is what can sign in. A hidden credential, and one whose key is gone or not there, is absent here as everywhere; one
//! that another of its account has superseded is listed, because it still signs in when its site names it, and here alone can
//! a client delete it.

mod change;
mod enumerate;

use super::authorise::{Param, authorise_with, required_param};
use super::{PinUvAuth, User};
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::error::{Error, PinUvAuthError, RequestError};
use crate::pin::{Permissions, verify};
use crate::profile::{Management, Profile};
use crate::reply::{CredentialsMetadata, Reply};
use crate::secret::Secret;
use crate::session::{Basis, Enumeration};
use crate::standing::Standing;
use crate::step::Step;
use crate::store::Header;
use crate::user::Requester;
use core::fmt;

/// A request to list or change discoverable credentials.
#[derive(Clone, Copy)]
pub struct CredentialManagement<'a> {
    /// It came under the preview's number, 0x41.
    pub preview: bool,
    /// `subCommand`.
    pub subcommand: u64,
    /// `rpIDHash`.
    pub rp_id_hash: Option<RpIdHash>,
    /// The id in `credentialID`; empty in one of another type than `public-key`, which names nothing.
    pub credential_id: Option<&'a [u8]>,
    /// `user`.
    pub user: Option<User<'a>>,
    /// `subCommandParams` as they were received, which `pinUvAuthParam` authenticates.
    pub(crate) raw_parameters: &'a [u8],
    /// The PIN/UV auth members.
    pub pin_uv_auth: PinUvAuth<'a>,
}

impl fmt::Debug for CredentialManagement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialManagement").field("subcommand", &self.subcommand).finish_non_exhaustive()
    }
}

const GET_CREDENTIALS_METADATA: u8 = 0x01;
const ENUMERATE_RPS_BEGIN: u8 = 0x02;
const ENUMERATE_RPS_GET_NEXT_RP: u8 = 0x03;
const ENUMERATE_CREDENTIALS_BEGIN: u8 = 0x04;
const ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL: u8 = 0x05;
const DELETE_CREDENTIAL: u8 = 0x06;
const UPDATE_USER_INFORMATION: u8 = 0x07;

/// `enumeration` is what the command before has left to continue.
pub(super) fn begin(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    requester: Requester,
    enumeration: Option<Enumeration>,
) -> Result<Step, Error> {
    if !is_offered(cx.authenticator.profile(), request.preview) {
        return Err(RequestError::UnknownCommand.into()); // GEN-03
    }
    match u8::try_from(request.subcommand).map_err(|_| Error::UnknownSubcommand)? {
        GET_CREDENTIALS_METADATA => metadata(cx, request, requester),
        ENUMERATE_RPS_BEGIN => enumerate::relying_parties(cx, request, requester),
        ENUMERATE_RPS_GET_NEXT_RP => enumerate::next_relying_party(cx, enumeration),
        ENUMERATE_CREDENTIALS_BEGIN => enumerate::credentials(cx, request, requester),
        ENUMERATE_CREDENTIALS_GET_NEXT_CREDENTIAL => enumerate::next_credential(cx, enumeration),
        DELETE_CREDENTIAL => change::delete(cx, request),
        UPDATE_USER_INFORMATION => change::update_user(cx, request),
        _ => Err(Error::UnknownSubcommand), // CM-13
    }
}

/// Whether the profile has the command under this number.
pub(super) const fn is_offered(profile: &Profile, by_preview: bool) -> bool {
    match profile.management {
        Management::OnDisplay => false,
        Management::ByClients { preview, .. } => preview || !by_preview,
    }
}

/// getCredsMetadata (CM-07). What remains is what getInfo says, where it says it (GI-12).
fn metadata(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    requester: Requester,
) -> Result<Step, Error> {
    let (header, _) = authorise_reading(cx, request, requester, &[&[GET_CREDENTIALS_METADATA]], Reads::All)?;
    let vault = cx.opened_vault(header.generation)?;
    let existing = vault.count_managed()?;
    // Where no limit is known, what is left of the numbers that can be told.
    let remaining = vault.room()?.unwrap_or(u32::MAX.saturating_sub(existing));
    Ok(Step::success(Reply::CredentialsMetadata(CredentialsMetadata { existing, remaining })))
}

/// What a subcommand reads.
#[derive(Clone, Copy)]
enum Reads {
    /// Something of every relying party.
    All,
    /// The credentials of the one that it names, if it names one.
    Of(Option<RpIdHash>),
}

/// CM-02 to CM-05: a persistent token may read, and is tried first; any other token must have the permission, and one that
/// is bound to a relying party reads nothing of another.
fn authorise_reading(
    cx: &mut Context<'_>,
    request: &CredentialManagement<'_>,
    requester: Requester,
    message: &[&[u8]],
    reads: Reads,
) -> Result<(Header, Basis), Error> {
    let (header, standing) = cx.standing()?;
    let complete = !matches!(reads, Reads::Of(None));
    let param = required_param(&standing, &request.pin_uv_auth, complete)?;
    let basis = Basis::new(requester, cx.now).in_epoch(header.auth_epoch);
    if is_of_persistent_token(cx, &standing, param, message) {
        return Ok((header, basis));
    }
    let bound = authorise_with(cx, param, message, Permissions::CREDENTIAL_MANAGEMENT)?;
    let admitted = match (bound, reads) {
        (None, _) => true,
        (Some(_), Reads::All) => false,
        (Some(bound), Reads::Of(named)) => named == Some(bound),
    };
    if !admitted {
        return Err(PinUvAuthError::Invalid.into());
    }
    Ok((header, basis.by_token(Some(cx.session.pin.token.serial()))))
}

/// CM-04. The token is made where it is looked at, and wiped there.
#[inline(never)]
fn is_of_persistent_token(
    cx: &Context<'_>,
    standing: &Standing<'_>,
    (protocol, param): Param<'_>,
    message: &[&[u8]],
) -> bool {
    let Management::ByClients { read_only: true, .. } = standing.profile.management else { return false };
    let (Some(number), Some(keys)) = (standing.settings.persistent_token, cx.session.keys()) else {
        return false;
    };
    let mut token = Secret::new([0; 32]);
    keys.persistent_token(number, &mut token);
    verify(protocol, token.expose(), message, param)
}

#[cfg(test)]
mod tests;
