//! authenticatorConfig's request (CFG).

use super::RequestError;
use super::subcommand::Subcommand;
use crate::cbor::Value;
use crate::command::Config;
use crate::command::config::{MinPinLength, RpIds};
use crate::profile::ConfigCommand;

pub(super) fn read(bytes: &[u8]) -> Result<Config<'_>, RequestError> {
    let request = Subcommand::read(bytes)?;
    let sets_min_pin_length = request.number == Some(u64::from(ConfigCommand::SetMinPinLength.number()));
    let min_pin_length = match request.parameters {
        Some(parameters) if sets_min_pin_length => min_pin_length(parameters)?,
        Some(parameters) => {
            parameters.map()?; // CFG-10: what is in it is nothing to the other subcommands
            MinPinLength::default()
        }
        None => MinPinLength::default(),
    };
    let subcommand = request.number.ok_or(RequestError::Missing)?; // CFG-01
    let (raw_parameters, pin_uv_auth) = (request.raw_parameters(), request.pin_uv_auth);
    Ok(Config { subcommand, min_pin_length, raw_parameters, pin_uv_auth })
}

fn min_pin_length(parameters: Value<'_>) -> Result<MinPinLength<'_>, RequestError> {
    let mut wanted = MinPinLength::default();
    for (key, value) in parameters.map()? {
        match key.unsigned() {
            Ok(0x01) => wanted.length = Some(value.unsigned()?),
            Ok(0x02) => {
                for rp_id in value.array()? {
                    rp_id.text()?;
                }
                wanted.rp_ids = Some(RpIds::checked(value));
            }
            Ok(0x03) => wanted.force_change = value.boolean()?,
            Ok(0x04) => wanted.complexity = Some(value.boolean()?),
            _ => {} // GEN-10
        }
    }
    Ok(wanted)
}
