//! What of a profile can be set by name: `--set KEY=VALUE` and the lines of a profile's file.
//!
//! The names are those of getInfo's options, extensions and members (`docs/capabilities.md`), and a few of what it does not
//! show. Whether all of it goes together is for the profile's own check.

mod value;

use authenticator_core::key::software;
use authenticator_core::{
    Algorithm, Algorithms, BuiltInVerification, Chooser, ConfigCommand, Format, HmacSecret, LargeBlobStorage,
    MAX_LARGE_BLOB, MAX_LARGE_BLOB_ARRAY, Management, PinRules, Profile, SignCount, Transport,
};
use std::num::NonZeroU32;
use std::time::Duration;
use toml::Value;
use value::{boolean, leaked, list, named, number, text};

/// One of them.
pub(super) struct Setting {
    pub(super) key: &'static str,
    apply: fn(&mut Profile, &Value) -> Result<(), String>,
}

/// Sets what is called `key`.
pub(super) fn set(profile: &mut Profile, key: &str, value: &Value) -> Result<(), String> {
    let setting = SETTINGS.iter().find(|setting| setting.key == key).ok_or_else(|| {
        let keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        format!("nothing is called {key:?} that can be set; there are {}", keys.join(", "))
    })?;
    (setting.apply)(profile, value).map_err(|problem| format!("{key}: {problem}"))
}

/// Makes a setting of a field that is read from a value by a function.
macro_rules! field {
    ($key:literal, $field:ident, $read:expr) => {
        Setting {
            key: $key,
            apply: |profile, value| {
                profile.$field = $read(value)?;
                Ok(())
            },
        }
    };
}

/// In the order of `docs/capabilities.md`.
pub(super) const SETTINGS: &[Setting] = &[
    field!("credBlob", cred_blob, boolean),
    Setting {
        key: "largeBlob",
        apply: |profile, value| {
            let each = LargeBlobStorage::PerCredential { max: MAX_LARGE_BLOB };
            profile.large_blobs = if boolean(value)? { each } else { LargeBlobStorage::None };
            Ok(())
        },
    },
    Setting {
        key: "hmac-secret",
        apply: |profile, value| {
            profile.hmac_secret = match (boolean(value)?, profile.hmac_secret) {
                (false, _) => HmacSecret::Unsupported,
                (true, HmacSecret::Unsupported) => HmacSecret::AtSignIn,
                (true, there) => there,
            };
            Ok(())
        },
    },
    Setting {
        key: "hmac-secret-mc",
        apply: |profile, value| {
            let secret = if boolean(value)? { HmacSecret::AtRegistrationToo } else { HmacSecret::AtSignIn };
            profile.hmac_secret = secret;
            Ok(())
        },
    },
    field!("thirdPartyPayment", third_party_payment, boolean),
    field!("rk", discoverable, boolean),
    Setting {
        key: "uv",
        apply: |profile, value| {
            profile.verification = match value {
                Value::Boolean(true) => BuiltInVerification::Configured,
                Value::Boolean(false) => BuiltInVerification::NotConfigured,
                Value::String(text) if text == "absent" => BuiltInVerification::Unsupported,
                _ => return Err("true, false or \"absent\"".to_owned()),
            };
            Ok(())
        },
    },
    field!("plat", platform, boolean),
    field!("uvAcfg", config_by_verification, boolean),
    field!("alwaysUv", always_uv, boolean),
    Setting {
        key: "credMgmt",
        apply: |profile, value| {
            profile.management = match (boolean(value)?, profile.management) {
                (false, _) => Management::OnDisplay,
                (true, Management::OnDisplay) => Management::ByClients { preview: false, read_only: false },
                (true, there) => there,
            };
            Ok(())
        },
    },
    Setting { key: "authnrCfg", apply: no_config },
    Setting {
        key: "clientPin",
        apply: |profile, value| {
            let there = profile.client_pin.take();
            profile.client_pin = boolean(value)?.then(|| there.unwrap_or_default());
            Ok(())
        },
    },
    Setting {
        key: "largeBlobs",
        apply: |profile, value| {
            let array = LargeBlobStorage::Array { max: MAX_LARGE_BLOB_ARRAY };
            profile.large_blobs = if boolean(value)? { array } else { LargeBlobStorage::None };
            Ok(())
        },
    },
    Setting {
        key: "perCredMgmtRO",
        apply: |profile, value| managed(profile).and_then(|(_, read_only)| store(read_only, boolean(value))),
    },
    field!("pinUvAuthToken", pin_uv_auth_token, boolean),
    Setting {
        key: "setMinPINLength",
        apply: |profile, value| configure(profile, ConfigCommand::SetMinPinLength, boolean(value)?),
    },
    field!("makeCredUvNotRqd", make_cred_uv_not_rqd, boolean),
    Setting {
        key: "credentialMgmtPreview",
        apply: |profile, value| managed(profile).and_then(|(preview, _)| store(preview, boolean(value))),
    },
    Setting {
        key: "noMcGaPermissionsWithClientPin",
        apply: |profile, value| store(&mut pins(profile)?.no_mc_ga_permissions, boolean(value)),
    },
    field!("aaguid", aaguid, value::aaguid),
    field!("maxMsgSize", max_message_size, number),
    field!("maxCredentialCountInList", max_credentials_in_list, number),
    field!("transports", transports, transports),
    Setting {
        key: "algorithms",
        apply: |profile, value| {
            let taken = software::capabilities().algorithms;
            let numbers = list(value, number::<i64>)?;
            let known = numbers.iter().map(|id| {
                let known = taken.as_slice().iter().find(|algorithm| algorithm.cose_id() == *id);
                known.copied().ok_or_else(|| format!("there are no keys for the algorithm {id}"))
            });
            profile.keys.algorithms = Algorithms::new(known.collect::<Result<Vec<Algorithm>, _>>()?);
            Ok(())
        },
    },
    Setting {
        key: "maxSerializedLargeBlobArray",
        apply: |profile, value| {
            profile.large_blobs = LargeBlobStorage::Array { max: number(value)? };
            Ok(())
        },
    },
    Setting {
        key: "minPINLength",
        apply: |profile, value| store(&mut pins(profile)?.min_length, number(value)),
    },
    Setting {
        key: "firmwareVersion",
        apply: |profile, value| {
            profile.firmware_version = NonZeroU32::new(number(value)?);
            Ok(())
        },
    },
    field!("maxRPIDsForSetMinPINLength", max_rp_ids_for_min_pin_length, number),
    field!("preferredPlatformUvAttempts", preferred_uv_attempts, number),
    field!("uvModality", uv_modality, number),
    Setting {
        key: "attestationFormats",
        apply: |profile, value| {
            // All are there in any case; the first is the one that is given where the request does not say.
            let formats =
                list(value, |one| named(one, &Format::ALL.map(|format| (format.identifier(), format))))?;
            profile.attestation = *formats.first().ok_or_else(|| "at least one".to_owned())?;
            Ok(())
        },
    },
    Setting {
        key: "longTouchForReset",
        apply: |profile, value| configure(profile, ConfigCommand::EnableLongTouchForReset, boolean(value)?),
    },
    field!("transportsForReset", transports_for_reset, transports),
    Setting {
        key: "pinComplexityPolicy",
        apply: |profile, value| store(&mut pins(profile)?.complexity_policy, boolean(value)),
    },
    Setting {
        key: "maxPINLength",
        apply: |profile, value| store(&mut pins(profile)?.max_length, number(value)),
    },
    Setting {
        key: "authenticatorConfigCommands",
        apply: |profile, value| {
            let known = CONFIG_COMMANDS.map(|command| (command.number(), command));
            let commands = list(value, |one| {
                let wanted: u8 = number(one)?;
                let found = known.iter().find(|(number, _)| *number == wanted);
                found.map(|(_, command)| *command).ok_or_else(|| format!("there is no subcommand {wanted}"))
            })?;
            profile.config = leaked(commands);
            Ok(())
        },
    },
    // Not in getInfo.
    Setting {
        key: "chooser",
        apply: |profile, value| {
            profile.chooser = named(value, &[("host", Chooser::Host), ("client", Chooser::Client)])?;
            Ok(())
        },
    },
    Setting {
        key: "signCount",
        apply: |profile, value| {
            let counts = [("zero", SignCount::Zero), ("per-credential", SignCount::PerCredential)];
            profile.sign_count = named(value, &counts)?;
            Ok(())
        },
    },
    Setting {
        key: "userActionTimeout",
        apply: |profile, value| {
            profile.user_action_timeout = Duration::from_secs(number(value)?);
            Ok(())
        },
    },
];

const CONFIG_COMMANDS: [ConfigCommand; 4] = [
    ConfigCommand::EnableEnterpriseAttestation,
    ConfigCommand::ToggleAlwaysUv,
    ConfigCommand::SetMinPinLength,
    ConfigCommand::EnableLongTouchForReset,
];

fn store<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

fn pins(profile: &mut Profile) -> Result<&mut PinRules, String> {
    profile.client_pin.as_mut().ok_or_else(|| "there are no PINs; set clientPin first".to_owned())
}

/// The preview of the command, and the permission to read.
fn managed(profile: &mut Profile) -> Result<(&mut bool, &mut bool), String> {
    match &mut profile.management {
        Management::ByClients { preview, read_only } => Ok((preview, read_only)),
        Management::OnDisplay => Err("clients do not manage credentials; set credMgmt first".to_owned()),
    }
}

/// authenticatorConfig goes with its last subcommand.
fn no_config(profile: &mut Profile, value: &Value) -> Result<(), String> {
    if boolean(value)? && profile.config.is_empty() {
        return Err("say which with authenticatorConfigCommands".to_owned());
    }
    if !boolean(value)? {
        profile.config = &[];
    }
    Ok(())
}

fn configure(profile: &mut Profile, command: ConfigCommand, is_there: bool) -> Result<(), String> {
    let mut commands: Vec<ConfigCommand> =
        profile.config.iter().copied().filter(|there| *there != command).collect();
    if is_there {
        commands.push(command);
        commands.sort_by_key(|command| command.number());
    }
    profile.config = leaked(commands);
    Ok(())
}

fn transports(value: &Value) -> Result<&'static [Transport], String> {
    let known =
        [Transport::Usb, Transport::Nfc, Transport::SmartCard, Transport::Hybrid, Transport::Internal];
    let known = known.map(|transport| (transport.identifier(), transport));
    list(value, |one| named(one, &known)).map(leaked)
}

/// What `--set` says.
pub(super) fn parse(argument: &str) -> Result<(String, Value), String> {
    let (key, value) = argument.split_once('=').ok_or_else(|| "KEY=VALUE".to_owned())?;
    let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
    let parsed = parsed.ok().and_then(|mut table| table.remove("value"));
    // A word needs no quotes here.
    Ok((key.trim().to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

/// The profile's name and settings in a file.
pub(super) fn read_file(content: &str) -> Result<(Option<String>, toml::Table), String> {
    let mut table: toml::Table = toml::from_str(content).map_err(|error| error.message().to_owned())?;
    let name = table.remove("profile").map(|name| text(&name).map(str::to_owned)).transpose()?;
    Ok((name, table))
}

#[cfg(test)]
mod tests;
