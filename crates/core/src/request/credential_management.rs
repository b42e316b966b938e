//! authenticatorCredentialManagement's request (CM).

use super::RequestError;
use super::subcommand::Subcommand;
use crate::command::CredentialManagement;

pub(super) fn read(bytes: &[u8]) -> Result<CredentialManagement<'_>, RequestError> {
    let request = Subcommand::read(bytes)?;
    let subcommand = request.number.ok_or(RequestError::Missing)?;
    Ok(CredentialManagement {
        subcommand,
        raw_parameters: request.raw_parameters(),
        pin_uv_auth: request.pin_uv_auth,
    })
}
