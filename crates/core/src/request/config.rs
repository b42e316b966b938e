//! authenticatorConfig's request (CFG).

use super::RequestError;
use super::subcommand::Subcommand;
use crate::command::Config;

pub(super) fn read(bytes: &[u8]) -> Result<Config<'_>, RequestError> {
    let request = Subcommand::read(bytes)?;
    let subcommand = request.number.ok_or(RequestError::Missing)?; // CFG-01
    Ok(Config { subcommand, raw_parameters: request.raw_parameters(), pin_uv_auth: request.pin_uv_auth })
}
