//! authenticatorClientPIN's request (CP).

use super::{RequestError, parameters};
use crate::cbor::Value;
use crate::command::ClientPin;
use crate::pin::PlatformKey;

pub(super) fn read(bytes: &[u8]) -> Result<ClientPin<'_>, RequestError> {
    let mut subcommand = None;
    let mut request = ClientPin::default();
    for (key, value) in parameters(bytes)? {
        match key.unsigned() {
            Ok(0x01) => request.protocol = Some(value.unsigned()?),
            Ok(0x02) => subcommand = Some(value.unsigned()?),
            Ok(0x03) => request.key_agreement = Some(key_agreement(value)?),
            Ok(0x04) => request.param = Some(value.bytes()?),
            Ok(0x05) => request.new_pin = Some(value.bytes()?),
            Ok(0x06) => request.pin_hash = Some(value.bytes()?),
            Ok(0x09) => request.permissions = Some(value.unsigned()?),
            Ok(0x0A) => request.rp_id = Some(value.text()?),
            _ => {} // GEN-10
        }
    }
    request.subcommand = subcommand.ok_or(RequestError::Missing)?; // CP-01
    Ok(request)
}

/// A COSE key. Whether it is a point of P-256 is judged where it is used. Platforms name an algorithm that nobody uses, so
/// that what else it says of itself is not looked at (PP-02).
pub(super) fn key_agreement(value: Value<'_>) -> Result<PlatformKey<'_>, RequestError> {
    let mut key = PlatformKey { x: &[], y: &[] };
    for (label, value) in value.map()? {
        match label.integer() {
            Ok(1 | 3 | -1) => {
                value.integer()?;
            }
            Ok(-2) => key.x = value.bytes()?,
            Ok(-3) => key.y = value.bytes()?,
            _ => {}
        }
    }
    Ok(key)
}
