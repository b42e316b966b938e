//! getInfo's reply, from the [table](crate::capability): in ctap-types' terms where they can express it, in ours elsewhere.
//!
//! They have neither ES384 nor the cross-device and internal transports, nor perCredMgmtRO, and take the encrypted identifiers for
//! texts. Among the transports for reset they have no room for a smart card.

use crate::capability::{Value, members, options};
use crate::cbor::{BufferFull, Writer, count};
use crate::command::Info;
use crate::cose::{Algorithm, Algorithms};
use ctap_types::Vec;
use ctap_types::ctap2::config::Subcommand;
use ctap_types::ctap2::get_info::{CtapOptions, Response};
use ctap_types::webauthn::{FilteredPublicKeyCredentialParameters, KnownPublicKeyCredentialParameters};

/// Writes it: keys ascending, as the table has them.
pub(super) fn write(info: &Info, body: &mut [u8]) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    writer.map(count(members(info)))?;
    for (key, value) in members(info) {
        writer.unsigned(u64::from(key))?;
        write_value(&value, info, &mut writer)?;
    }
    Ok(writer.written())
}

fn write_value(value: &Value<'_>, info: &Info, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
    match value {
        Value::Flag(flag) => writer.boolean(*flag),
        Value::Number(number) => writer.unsigned(*number),
        Value::Bytes(bytes) => writer.bytes(bytes),
        Value::Names(names) => {
            writer.array(names.len())?;
            names.iter().try_for_each(|name| writer.text(name))
        }
        Value::Numbers(numbers) => {
            writer.array(numbers.len())?;
            numbers.iter().try_for_each(|number| writer.unsigned(u64::from(*number)))
        }
        Value::Algorithms(algorithms) => {
            writer.array(algorithms.as_slice().len())?;
            algorithms.as_slice().iter().try_for_each(|algorithm| write_algorithm(*algorithm, writer))
        }
        Value::Options => {
            writer.map(count(options(info)))?;
            options(info).try_for_each(|(name, value)| {
                writer.text(name)?;
                writer.boolean(value)
            })
        }
    }
}

fn write_algorithm(algorithm: Algorithm, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
    writer.map(2)?;
    writer.text("alg")?;
    writer.integer(algorithm.cose_id())?;
    writer.text("type")?;
    writer.text("public-key")
}

/// The same in ctap-types' terms. `None`: there is something that they do not have.
pub(super) fn in_ctap_types(info: &Info) -> Option<Response> {
    let mut response = Response::default();
    for (key, value) in members(info) {
        set(&mut response, key, &value, info)?;
    }
    Some(response)
}

fn set(response: &mut Response, key: u8, value: &Value<'_>, info: &Info) -> Option<()> {
    match (key, value) {
        (0x01, Value::Names(all)) => response.versions = names(all)?,
        (0x02, Value::Names(all)) => response.extensions = Some(names(all)?),
        (0x03, Value::Bytes(aaguid)) => response.aaguid = <[u8; 16]>::try_from(*aaguid).ok()?.into(),
        (0x04, Value::Options) => response.options = Some(ctap_types_options(info)?),
        (0x05, Value::Number(number)) => response.max_msg_size = Some(size(*number)?),
        (0x06, Value::Numbers(all)) => response.pin_protocols = Some(Vec::from_slice(all).ok()?),
        (0x07, Value::Number(number)) => response.max_creds_in_list = Some(size(*number)?),
        (0x08, Value::Number(number)) => response.max_cred_id_length = Some(size(*number)?),
        (0x09, Value::Names(all)) => response.transports = Some(names(all)?),
        (0x0A, Value::Algorithms(all)) => response.algorithms = Some(ctap_types_algorithms(all)?),
        (0x0B, Value::Number(number)) => response.max_serialized_large_blob_array = Some(size(*number)?),
        (0x0C, Value::Flag(flag)) => response.force_pin_change = Some(*flag),
        (0x0D, Value::Number(number)) => response.min_pin_length = Some(u8::try_from(*number).ok()?),
        (0x0E, Value::Number(number)) => response.firmware_version = Some(size(*number)?),
        (0x0F, Value::Number(number)) => response.max_cred_blob_length = Some(size(*number)?),
        (0x10, Value::Number(number)) => response.max_rpids_for_set_min_pin_length = Some(size(*number)?),
        (0x11, Value::Number(number)) => response.preferred_platform_uv_attempts = Some(size(*number)?),
        (0x12, Value::Number(number)) => response.uv_modality = Some(size(*number)?),
        (0x14, Value::Number(number)) => response.remaining_discoverable_credentials = Some(size(*number)?),
        (0x16, Value::Names(all)) => response.attestation_formats = Some(names(all)?),
        (0x18, Value::Flag(flag)) => response.long_touch_for_reset = Some(*flag),
        (0x1A, Value::Names(all)) => response.transports_for_reset = Some(names(all)?),
        (0x1B, Value::Flag(flag)) => response.pin_complexity_policy = Some(*flag),
        (0x1D, Value::Number(number)) => response.max_pin_length = Some(u8::try_from(*number).ok()?),
        (0x1F, Value::Numbers(all)) => response.authenticator_config_commands = Some(config_commands(all)?),
        _ => return None,
    }
    Some(())
}

fn size(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}

fn names<T: for<'a> TryFrom<&'a str>, const N: usize>(names: &[&'static str]) -> Option<Vec<T, N>> {
    let mut all = Vec::new();
    for name in names {
        all.push(T::try_from(name).ok()?).ok()?;
    }
    Some(all)
}

fn ctap_types_options(info: &Info) -> Option<CtapOptions> {
    let mut all = CtapOptions::default();
    for (name, value) in options(info) {
        match name {
            "ep" => all.ep = Some(value),
            "rk" => all.rk = value,
            "up" => all.up = value,
            "uv" => all.uv = Some(value),
            "plat" => all.plat = Some(value),
            "uvAcfg" => all.uv_acfg = Some(value),
            "alwaysUv" => all.always_uv = Some(value),
            "credMgmt" => all.cred_mgmt = Some(value),
            "authnrCfg" => all.authnr_cfg = Some(value),
            "largeBlobs" => all.large_blobs = Some(value),
            "clientPin" => all.client_pin = Some(value),
            "pinUvAuthToken" => all.pin_uv_auth_token = Some(value),
            "setMinPINLength" => all.set_min_pin_length = Some(value),
            "makeCredUvNotRqd" => all.make_cred_uv_not_rqd = Some(value),
            "credentialMgmtPreview" => all.credential_mgmt_preview = Some(value),
            "noMcGaPermissionsWithClientPin" => all.no_mc_ga_permissions_with_client_pin = Some(value),
            _ => return None,
        }
    }
    Some(all)
}

fn ctap_types_algorithms(algorithms: &Algorithms) -> Option<FilteredPublicKeyCredentialParameters> {
    let mut all = Vec::new();
    for algorithm in algorithms.as_slice() {
        let known = match algorithm {
            Algorithm::Es256 => KnownPublicKeyCredentialParameters::ES256,
            Algorithm::EdDsa => KnownPublicKeyCredentialParameters::EdDSA,
            Algorithm::Es384 => return None,
        };
        all.push(known).ok()?;
    }
    Some(FilteredPublicKeyCredentialParameters(all))
}

fn config_commands(numbers: &[u8]) -> Option<Vec<Subcommand, 4>> {
    let mut all = Vec::new();
    for number in numbers {
        let command = match number {
            0x01 => Subcommand::EnableEnterpriseAttestation,
            0x02 => Subcommand::ToggleAlwaysUv,
            0x03 => Subcommand::SetMinPINLength,
            0x04 => Subcommand::EnableLongTouchForReset,
            _ => return None,
        };
        all.push(command).ok()?;
    }
    Some(all)
}

#[cfg(test)]
pub(super) mod tests;
