//! What makeCredential and getAssertion have in common: how their user is verified, by a pinUvAuthToken or by the host.

use super::PinUvAuth;
use crate::context::Context;
use crate::credential::{ClientDataHash, RpIdHash};
use crate::error::{Error, PinError, PinUvAuthError};
use crate::pin::{Permissions, Protocol, TokenUse};
use crate::standing::Standing;
use crate::step::{AfterUser, NeedsUser, Step};
use crate::user::{Ask, Gesture, Presence, Prompt, Refusal};

/// Step 1: an empty pinUvAuthParam asks for nothing but a touch, by which the user shows which authenticator is meant
/// (MC-03).
pub(super) fn is_touch_wanted(standing: &Standing<'_>, auth: &PinUvAuth<'_>) -> bool {
    standing.profile.has_pin_uv_auth_protocols() && auth.param.is_some_and(<[u8]>::is_empty)
}

/// Waits for that touch.
pub(super) fn wait_for_touch(standing: &Standing<'_>) -> Step {
    let timeout = standing.profile.user_action_timeout;
    let then = AfterUser::TouchOnly { pin_is_set: standing.pin_is_set() };
    Step::NeedsUser(NeedsUser { prompt: Prompt::Selection, ask: Ask::Presence, timeout, then })
}

/// The touch says that the authenticator is the right one; the status, whether it has a PIN.
pub(crate) fn touched(pin_is_set: bool, ask: Ask, answer: Result<Gesture, Refusal>) -> Error {
    match answer.map(|gesture| gesture.presence) {
        Err(refusal) => Error::Refused(refusal, ask),
        Ok(Presence::No) => Error::Unproven(ask),
        Ok(Presence::Given | Presence::Held) => {
            Error::Pin(if pin_is_set { PinError::Wrong } else { PinError::NotSet })
        }
    }
}

/// A pinUvAuthParam and its protocol.
pub(super) type Param<'a> = (Protocol, &'a [u8]);

/// Step 2: the protocol, where there is a pinUvAuthParam (MC-04).
pub(super) fn param<'a>(
    standing: &Standing<'_>,
    auth: &PinUvAuth<'a>,
) -> Result<Option<Param<'a>>, PinUvAuthError> {
    let Some(param) = auth.param else { return Ok(None) };
    let number = auth.protocol.ok_or(PinUvAuthError::NoProtocol)?;
    let protocol = standing.protocol(number).ok_or(PinUvAuthError::UnsupportedProtocol)?;
    Ok(Some((protocol, param)))
}

/// MC-08, GA-03: `uv: true` wants a built-in verification that is set up.
pub(super) fn check_uv(standing: &Standing<'_>, uv: bool) -> Result<(), Error> {
    if uv && !standing.verifies() { Err(Error::VerificationUnavailable) } else { Ok(()) }
}

/// MC-12, GA-04: with alwaysUv a request that brings no token and does not ask for verification asks for it all the same.
pub(super) fn effective_uv(standing: &Standing<'_>, uv: bool, has_param: bool) -> Result<bool, Error> {
    if !standing.always_uv() || uv || (has_param && standing.is_protected()) {
        return Ok(uv);
    }
    if standing.verifies() { Ok(true) } else { Err(standing.demand_verification()) }
}

/// MC-17, GA-05: what the token proves. Nothing protects the authenticator: the param is ignored (MC-18, GA-06).
pub(super) fn authorise(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    param: Option<Param<'_>>,
    client_data_hash: &ClientDataHash,
    permission: Permissions,
    rp_id_hash: &RpIdHash,
) -> Result<Option<TokenUse>, PinUvAuthError> {
    let Some(param) = param.filter(|_| standing.is_protected()) else { return Ok(None) };
    let auth_epoch = cx.session.auth_epoch();
    let (token, now) = (&mut cx.session.pin.token, cx.now);
    token
        .authorise_for(param, &[&client_data_hash.0], permission, rp_id_hash, now)
        .map(|token| Some(token.in_epoch(auth_epoch)))
        .map_err(|_| PinUvAuthError::Invalid)
}

/// A command that must be authorised, and names the protocol by which it is (CM-02, CFG-03). Members of the subcommand that
/// are missing are to be found in between: `complete` says whether they are there.
pub(super) fn required_param<'a>(
    standing: &Standing<'_>,
    auth: &PinUvAuth<'a>,
    complete: bool,
) -> Result<Param<'a>, Error> {
    if auth.param.is_none() {
        return Err(Error::TokenDemanded);
    }
    if !complete {
        return Err(Error::MissingParameter);
    }
    param(standing, auth)?.ok_or(Error::TokenDemanded)
}

/// Verifies a token that may do this; gives the relying party to which it is bound.
pub(super) fn authorise_with(
    cx: &mut Context<'_>,
    param: Param<'_>,
    message: &[&[u8]],
    permission: Permissions,
) -> Result<Option<RpIdHash>, PinUvAuthError> {
    let (token, now) = (&mut cx.session.pin.token, cx.now);
    token.authorise(param, message, permission, now).map_err(|_| PinUvAuthError::Invalid)
}
