//! authenticatorClientPIN (CTAP 2.3 §6.5).

use crate::context::Context;
use crate::error::Error;
use crate::step::Step;

/// A request to set, change or use the PIN.
#[derive(Clone, Copy, Debug)]
pub struct ClientPin {
    /// `pinUvAuthProtocol`.
    pub protocol: Option<u64>,
    /// `subCommand`.
    pub subcommand: u64,
}

pub(super) fn begin(_: &mut Context<'_>, _: &ClientPin) -> Result<Step, Error> {
    Err(Error::UnknownSubcommand)
}
