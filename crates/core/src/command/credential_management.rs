//! authenticatorCredentialManagement (CTAP 2.3 §6.8).

use super::PinUvAuth;
use crate::context::Context;
use crate::error::Error;
use crate::step::Step;
use crate::user::Requester;
use core::fmt;

/// A request to list or change discoverable credentials.
#[derive(Clone, Copy)]
pub struct CredentialManagement<'a> {
    /// `subCommand`.
    pub subcommand: u64,
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

pub(super) fn begin(_: &mut Context<'_>, _: &CredentialManagement<'_>, _: Requester) -> Result<Step, Error> {
    Err(Error::UnknownSubcommand)
}
