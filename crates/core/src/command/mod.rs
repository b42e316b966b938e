//! The commands, one file each.

pub(crate) mod authorise;
#[cfg(test)]
pub(crate) mod bench;
pub(crate) mod client_pin;
pub(crate) mod config;
pub(crate) mod credential_management;
pub(crate) mod get_assertion;
mod get_info;
mod get_next_assertion;
pub(crate) mod large_blobs;
pub(crate) mod make_credential;
mod manage;
pub(crate) mod registration;
pub(crate) mod reset;
pub(crate) mod selection;
pub(crate) mod sign_count;

pub use client_pin::ClientPin;
pub use config::Config;
pub use credential_management::CredentialManagement;
pub use get_assertion::{AmongNamed, GetAssertion};
#[cfg(test)]
pub(crate) use get_info::Identifiers;
pub use get_info::Info;
pub use large_blobs::LargeBlobs;
pub use make_credential::{MakeCredential, Replacement, User};
pub use manage::Manage;

use crate::context::Context;
use crate::error::{Error, RequestError};
use crate::profile::Profile;
use crate::request::decode;
use crate::session::Continuation;
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
    /// authenticatorClientPIN (§6.5).
    ClientPin(ClientPin<'a>),
    /// authenticatorReset (§6.6).
    Reset,
    /// authenticatorCredentialManagement (§6.8).
    CredentialManagement(CredentialManagement<'a>),
    /// authenticatorSelection (§6.9).
    Selection,
    /// authenticatorLargeBlobs (§6.10).
    LargeBlobs(LargeBlobs<'a>),
    /// authenticatorConfig (§6.11).
    Config(Config<'a>),
    /// The host's own change of a credential; no client can ask for it.
    Manage(Manage<'a>),
}

impl Command<'_> {
    /// Begins the command for this requester. Whatever an earlier one has left for its continuation is discarded by every
    /// other command, even by one that fails (ST-07).
    pub fn begin(self, cx: &mut Context<'_>, requester: Requester) -> Step {
        // The host's own changes may come while a registration waits for its user, or between two assertions of a client.
        let continuation = match self {
            Self::Manage(_) => None,
            _ => {
                let continuation = cx.session.take_continuation(requester, cx.now);
                // HS-10: the assertions of one request share their salts.
                let goes_on = matches!(
                    (&self, &continuation),
                    (Self::GetNextAssertion, Some(Continuation::Assertions(_)))
                );
                cx.session.begin_command(goes_on);
                continuation
            }
        };
        let result = match self {
            Self::MakeCredential(request) => make_credential::begin(cx, &request),
            Self::GetAssertion(request) => get_assertion::begin(cx, &request, requester),
            Self::GetNextAssertion => {
                get_next_assertion::begin(cx, continuation.and_then(Continuation::assertions))
            }
            Self::GetInfo => get_info::begin(cx),
            Self::ClientPin(request) => client_pin::begin(cx, &request),
            Self::Reset => reset::begin(cx),
            Self::CredentialManagement(request) => {
                let enumeration = continuation.and_then(Continuation::enumeration);
                credential_management::begin(cx, &request, requester, enumeration)
            }
            Self::Selection => Ok(selection::begin(cx)),
            Self::LargeBlobs(request) => {
                let staged = continuation.and_then(Continuation::large_blobs);
                large_blobs::begin(cx, &request, requester, staged)
            }
            Self::Config(request) => config::begin(cx, &request),
            Self::Manage(change) => return Step::from_result(manage::begin(cx, &change)),
        };
        Step::of_client(cx, result)
    }
}

/// Decodes a request and begins its command: CTAP's way in. A request that cannot be decoded is done at once, and discards
/// what the session has left to continue like any other (ST-07).
pub fn begin(request: &[u8], cx: &mut Context<'_>, requester: Requester) -> Step {
    let profile = cx.authenticator.profile();
    match decode(request, profile.max_message_size) {
        Ok(command) => command.begin(cx, requester),
        Err(error) => {
            let is_offered = request.first().is_none_or(|command| is_offered(profile, *command));
            let error = if is_offered { error } else { RequestError::UnknownCommand };
            cx.session.leave(None);
            cx.session.begin_command(false);
            Step::from_result(Err(error.into()))
        }
    }
}

/// Whether the profile has the command with this number, as far as that depends on the profile (GEN-03). The parameters of
/// one that it does not have are nobody's business.
const fn is_offered(profile: &Profile, command: u8) -> bool {
    match command {
        0x06 => profile.has_pin_uv_auth_protocols(),
        0x0A => credential_management::is_offered(profile, false),
        0x0C => profile.has_large_blob_array(),
        0x0D => !profile.config.is_empty(),
        0x41 => credential_management::is_offered(profile, true),
        _ => true,
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

/// Refuses a list longer than `maxCredentialCountInList` (MC-11, GA-11).
fn check_list_length(profile: &Profile, length: usize) -> Result<(), Error> {
    if length > usize::from(profile.max_credentials_in_list) { Err(Error::ListTooLong) } else { Ok(()) }
}
