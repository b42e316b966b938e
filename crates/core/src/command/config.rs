//! authenticatorConfig (CTAP 2.3 §6.11).

use super::PinUvAuth;
use crate::context::Context;
use crate::error::Error;
use crate::step::Step;
use core::fmt;

/// A request to change a setting.
#[derive(Clone, Copy)]
pub struct Config<'a> {
    /// `subCommand`.
    pub subcommand: u64,
    /// `subCommandParams` as they were received, which `pinUvAuthParam` authenticates.
    pub(crate) raw_parameters: &'a [u8],
    /// The PIN/UV auth members.
    pub pin_uv_auth: PinUvAuth<'a>,
}

impl fmt::Debug for Config<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("subcommand", &self.subcommand).finish_non_exhaustive()
    }
}

pub(super) fn begin(_: &mut Context<'_>, _: &Config<'_>) -> Result<Step, Error> {
    Err(Error::UnknownSubcommand)
}
