//! authenticatorClientPIN's request (CP).

use super::{RequestError, parameters};
use crate::command::ClientPin;

pub(super) fn read(bytes: &[u8]) -> Result<ClientPin, RequestError> {
    let (mut protocol, mut subcommand) = (None, None);
    for (key, value) in parameters(bytes)? {
        match key.unsigned() {
            Ok(0x01) => protocol = Some(value.unsigned()?),
            Ok(0x02) => subcommand = Some(value.unsigned()?),
            _ => {} // GEN-10
        }
    }
    let subcommand = subcommand.ok_or(RequestError::Missing)?; // CP-01
    Ok(ClientPin { protocol, subcommand })
}
