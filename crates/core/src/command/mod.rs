//! The commands, one file each.

pub(crate) mod get_assertion;
mod get_info;
mod get_next_assertion;
pub(crate) mod make_credential;
mod manage;
pub(crate) mod registration;
pub(crate) mod reset;
pub(crate) mod selection;
pub(crate) mod sign_count;

pub use get_assertion::GetAssertion;
pub use get_info::Info;
pub use make_credential::{MakeCredential, Replacement, User};
pub use manage::Manage;

use crate::context::Context;
use crate::error::{Error, PinUvAuthError};
use crate::profile::{BuiltInVerification, Profile};
use crate::reply::Reply;
use crate::request::decode;
use crate::step::Step;
use crate::user::Requester;

/// A command, its request decoded. It borrows the request's bytes; no step does.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command<'a> {
    /// authenticatorMakeCredential (CTAP 2.3 §6.1).
    MakeCredential(MakeCredential<'a>),
    /// authenticatorGetAssertion (§6.2).
    GetAssertion(GetAssertion<'a>),
    /// authenticatorGetNextAssertion (§6.3).
    GetNextAssertion,
    /// authenticatorGetInfo (§6.4).
    GetInfo,
    /// authenticatorReset (§6.6).
    Reset,
    /// authenticatorSelection (§6.9).
    Selection,
    /// The host's own change of a credential; no client can ask for it.
    Manage(Manage<'a>),
}

impl Command<'_> {
    /// Begins the command for this requester. Whatever the session remembers for getNextAssertion is discarded by every
    /// command but its continuation, even by one that fails (ST-07).
    pub fn begin(self, cx: &mut Context<'_>, requester: Requester) -> Step {
        // The host's own changes may come while a registration waits for its user, or between two assertions of a client.
        let (remembered, ceremony) = match self {
            Self::Manage(_) => (None, None),
            _ => (cx.session.take_remembered(requester, cx.now), cx.session.take_staged()),
        };
        Step::from_result(match self {
            Self::MakeCredential(request) => make_credential::begin(cx, &request, ceremony),
            Self::GetAssertion(request) => get_assertion::begin(cx, &request, requester),
            Self::GetNextAssertion => get_next_assertion::begin(cx, remembered),
            Self::GetInfo => Ok(Step::success(Reply::Info(get_info::info(cx.authenticator.profile())))),
            Self::Reset => reset::begin(cx),
            Self::Selection => Ok(selection::begin(cx)),
            Self::Manage(change) => manage::begin(cx, &change),
        })
    }
}

/// Decodes a request and begins its command: CTAP's way in. A request that cannot be decoded is done at once, and discards
/// what the session remembers like any other (ST-07).
pub fn begin(request: &[u8], cx: &mut Context<'_>, requester: Requester) -> Step {
    match decode(request, cx.authenticator.profile().max_message_size) {
        Ok(command) => command.begin(cx, requester),
        Err(error) => {
            cx.session.remember(None);
            let _ = cx.session.take_staged();
            Step::from_result(Err(error.into()))
        }
    }
}

/// `pinUvAuthParam` and `pinUvAuthProtocol` as the request has them.
#[derive(Clone, Copy, Default)]
pub struct PinUvAuth<'a> {
    /// `pinUvAuthParam`; may be empty.
    pub param: Option<&'a [u8]>,
    /// `pinUvAuthProtocol`.
    pub protocol: Option<u64>,
}

impl core::fmt::Debug for PinUvAuth<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PinUvAuth")
            .field("param", &self.param.is_some())
            .field("protocol", &self.protocol)
            .finish()
    }
}

impl PinUvAuth<'_> {
    /// The seam for pinUvAuthToken: steps 1 and 2 of both commands (MC-03, MC-04, GA-02). This authenticator has no
    /// PIN/UV auth protocol, so a request that relies on one names an unsupported one.
    fn check(&self) -> Result<(), Error> {
        match (self.param, self.protocol) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Error::PinUvAuth(PinUvAuthError::NoProtocol)),
            (Some(_), Some(_)) => Err(Error::PinUvAuth(PinUvAuthError::UnsupportedProtocol)),
        }
    }
}

/// MC-08, GA-03: `uv: true` wants a built-in verification that is set up.
fn check_uv(profile: &Profile, uv: bool) -> Result<(), Error> {
    if uv && profile.verification != BuiltInVerification::Configured {
        return Err(Error::VerificationUnavailable);
    }
    Ok(())
}

/// MC-12, GA-04: with alwaysUv a request that does not ask for verification asks for it all the same, if it can be had.
fn effective_uv(profile: &Profile, uv: bool) -> Result<bool, Error> {
    match (profile.always_uv, profile.is_protected()) {
        (true, true) => Ok(true),
        (true, false) => Err(Error::VerificationDemanded),
        (false, _) => Ok(uv),
    }
}

/// Refuses a list longer than `maxCredentialCountInList` (MC-11, GA-11).
fn check_list_length(profile: &Profile, length: usize) -> Result<(), Error> {
    if length > usize::from(profile.max_credentials_in_list) { Err(Error::ListTooLong) } else { Ok(()) }
}
