//! authenticatorConfig (CTAP 2.3 §6.11).

use super::PinUvAuth;
use super::authorise::{authorise_with, required_param};
use crate::cbor::Value;
use crate::commit::{Configuration, PinDemands, Setting, Work};
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::error::{Error, PinError, RequestError};
use crate::pin::Permissions;
use crate::profile::{ConfigCommand, Profile};
use crate::reply::Reply;
use crate::standing::Standing;
use crate::step::{NeedsCommit, Step};
use crate::store::MAX_MIN_PIN_LENGTH_RP_IDS;
use core::fmt;
use heapless::Vec;

/// A request to change a setting.
#[derive(Clone, Copy)]
pub struct Config<'a> {
    /// `subCommand`.
    pub subcommand: u64,
    /// `subCommandParams`, where the subcommand is setMinPINLength: no other has any.
    pub(crate) min_pin_length: MinPinLength<'a>,
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

/// The parameters of setMinPINLength (CFG-12).
#[derive(Clone, Copy, Default)]
pub(crate) struct MinPinLength<'a> {
    pub(crate) length: Option<u64>,
    pub(crate) rp_ids: Option<RpIds<'a>>,
    pub(crate) force_change: bool,
    pub(crate) complexity: Option<bool>,
}

/// `minPinLengthRPIDs`: an array of text, as was checked.
#[derive(Clone, Copy)]
pub(crate) struct RpIds<'a>(Value<'a>);

impl<'a> RpIds<'a> {
    pub(crate) const fn checked(array: Value<'a>) -> Self {
        Self(array)
    }

    /// They themselves.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.array().ok().into_iter().flatten().filter_map(|rp_id| rp_id.text().ok())
    }

    /// Their hashes, each once; `None` when there are more than `max`.
    fn hashes(self, max: u8) -> Option<RpIdHashes> {
        let mut hashes = RpIdHashes::new();
        for rp_id in self.iter() {
            let hash = RpIdHash::of(rp_id);
            if !hashes.contains(&hash) {
                hashes.push(hash).ok()?;
            }
        }
        (hashes.len() <= usize::from(max)).then_some(hashes)
    }
}

/// Who may be told the minimum PIN length.
type RpIdHashes = Vec<RpIdHash, MAX_MIN_PIN_LENGTH_RP_IDS, u8>;

/// What the message that pinUvAuthParam authenticates begins with (CFG-03).
const MESSAGE_HEAD: [u8; 33] = {
    let mut head = [0xFF; 33];
    head[32] = 0x0D;
    head
};

pub(super) fn begin(cx: &mut Context<'_>, request: &Config<'_>) -> Result<Step, Error> {
    let (header, standing) = cx.standing()?;
    if standing.profile.config.is_empty() {
        return Err(RequestError::UnknownCommand.into()); // GEN-03
    }
    let command = offered(standing.profile, request.subcommand).ok_or(Error::UnknownSubcommand)?; // CFG-01
    let guarded = standing.is_protected() || standing.always_uv();
    // CFG-02: where nobody can be verified, alwaysUv must not lock its owner out.
    let freely = command == ConfigCommand::ToggleAlwaysUv && !standing.is_protected();
    if guarded && !freely {
        let param = required_param(&standing, &request.pin_uv_auth, true)?;
        let message: [&[u8]; 3] = [&MESSAGE_HEAD, &[command.number()], request.raw_parameters];
        authorise_with(cx, param, &message, Permissions::CONFIGURATION)?; // CFG-03
    }
    let setting = match command {
        ConfigCommand::EnableEnterpriseAttestation => Setting::EnterpriseAttestation,
        ConfigCommand::ToggleAlwaysUv if standing.profile.always_uv => return Err(Error::AlwaysUvIsFixed),
        ConfigCommand::ToggleAlwaysUv => Setting::AlwaysUv(!standing.always_uv()),
        ConfigCommand::SetMinPinLength => {
            let max_rp_ids = standing.profile.max_rp_ids_for_min_pin_length;
            Setting::PinDemands(pin_demands(&standing, &request.min_pin_length, max_rp_ids)?)
        }
        ConfigCommand::EnableLongTouchForReset => Setting::LongTouchForReset,
    };
    let configuration = Configuration::new(setting, header.auth_epoch);
    if configuration.changes_nothing(&standing.settings) {
        return Ok(Step::success(Reply::Empty)); // asking again wears out no flash
    }
    NeedsCommit::begin(cx, Work::Configure(configuration))
}

/// The subcommand of this number, if there is such a thing here.
fn offered(profile: &Profile, number: u64) -> Option<ConfigCommand> {
    let command = profile.config.iter().copied().find(|command| u64::from(command.number()) == number)?;
    let capable = match command {
        ConfigCommand::EnableEnterpriseAttestation => profile.enterprise_attestation.is_some(), // CFG-10
        ConfigCommand::SetMinPinLength => profile.client_pin.is_some(),
        ConfigCommand::ToggleAlwaysUv | ConfigCommand::EnableLongTouchForReset => true,
    };
    capable.then_some(command)
}

/// setMinPINLength, in the specification's order (CFG-12).
fn pin_demands(
    standing: &Standing<'_>,
    wanted: &MinPinLength<'_>,
    max_rp_ids: u8,
) -> Result<PinDemands, Error> {
    let Some(rules) = &standing.profile.client_pin else { return Err(Error::UnknownSubcommand) };
    if wanted.rp_ids.is_some() && max_rp_ids == 0 {
        return Err(Error::InvalidParameter); // nobody can be told
    }
    if wanted.complexity.is_some() && !rules.complexity_policy {
        return Err(Error::InvalidParameter); // CFG-13
    }
    let current = standing.min_pin_length();
    let wanted_length = wanted.length.unwrap_or_else(|| current.into());
    let length = u8::try_from(wanted_length).map_err(|_| PinError::Policy)?;
    // CFG-16: it only grows. A length that no PIN could have would lock its owner out.
    if length < current || length > rules.max_length.max(current) {
        return Err(PinError::Policy.into());
    }
    let pin = standing.settings.pin.as_ref();
    if wanted.force_change && pin.is_none() {
        return Err(PinError::NotSet.into());
    }
    // Neither does what is asked of a PIN get any less.
    if wanted.complexity == Some(false) && standing.settings.pin_complexity {
        return Err(PinError::Policy.into());
    }
    let complexity = wanted.complexity == Some(true) || standing.settings.pin_complexity;
    // Of a PIN that is set nobody knows whether it is too simple.
    let unknown = complexity && !standing.settings.pin_complexity;
    let must_change = wanted.force_change || pin.is_some_and(|pin| pin.length < length || unknown);
    let rp_ids = match wanted.rp_ids {
        None => RpIdHashes::new(),
        Some(rp_ids) => rp_ids.hashes(max_rp_ids).ok_or(Error::TooManyRpIds)?,
    };
    Ok(PinDemands { raised_to: (length > current).then_some(length), complexity, must_change, rp_ids })
}

#[cfg(test)]
mod tests;
