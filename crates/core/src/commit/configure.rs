//! What authenticatorConfig makes of the settings.

use super::pin::write;
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::error::{Error, PinError, PinUvAuthError};
use crate::store::{CommitId, CommitKind, Header, MAX_MIN_PIN_LENGTH_RP_IDS, Settings};
use heapless::Vec;

/// A change of the settings, and when it was authorised.
pub(crate) struct Configuration {
    setting: Setting,
    auth_epoch: u64,
    /// Whether the change set that was built ends every token.
    ends_epoch: bool,
}

/// What is to be so from now on. It is never "the other way round", so that building it twice does no harm.
pub(crate) enum Setting {
    EnterpriseAttestation,
    AlwaysUv(bool),
    PinDemands(PinDemands),
    LongTouchForReset,
}

/// What is asked of a PIN.
pub(crate) struct PinDemands {
    /// The shortest, in code points, where it is longer than before.
    pub(crate) raised_to: Option<u8>,
    /// Simple ones are refused.
    pub(crate) complexity: bool,
    /// The one that is set must be changed before it is good for anything.
    pub(crate) must_change: bool,
    /// Who may be told the minimum length, in place of whoever might before; none: it stays as it is.
    pub(crate) rp_ids: Vec<RpIdHash, MAX_MIN_PIN_LENGTH_RP_IDS, u8>,
}

impl Configuration {
    pub(crate) const fn new(setting: Setting, auth_epoch: u64) -> Self {
        Self { setting, auth_epoch, ends_epoch: false }
    }

    /// Whether there is nothing to write.
    pub(crate) fn changes_nothing(&self, settings: &Settings) -> bool {
        self.is_made(settings) && !self.ends_tokens(settings)
    }

    /// Whether the settings are as it wants them.
    fn is_made(&self, settings: &Settings) -> bool {
        match &self.setting {
            Setting::EnterpriseAttestation => settings.enterprise_attestation,
            Setting::AlwaysUv(on) => settings.always_uv == *on,
            Setting::LongTouchForReset => settings.long_touch_for_reset,
            Setting::PinDemands(demands) => {
                demands.raised_to.is_none_or(|length| settings.min_pin_length >= length)
                    && settings.pin_complexity >= demands.complexity
                    && settings.force_pin_change >= demands.must_change
                    && (demands.rp_ids.is_empty() || demands.rp_ids == settings.min_pin_length_rp_ids)
            }
        }
    }

    /// CFG-12: where the PIN must be changed, whatever was got for it before is void, each time anew.
    const fn ends_tokens(&self, settings: &Settings) -> bool {
        match &self.setting {
            Setting::PinDemands(demands) => demands.must_change || settings.force_pin_change,
            _ => false,
        }
    }

    /// Whether a shorter PIN is asked for than there may be.
    fn lowers(&self, settings: &Settings) -> bool {
        match &self.setting {
            Setting::PinDemands(demands) => {
                demands.raised_to.is_some_and(|length| length < settings.min_pin_length)
            }
            _ => false,
        }
    }

    /// Whether every token is void once it is made.
    pub(super) const fn ends_epoch(&self) -> bool {
        self.ends_epoch
    }

    /// Whether it can be seen in the store. That tokens have ended the epoch says.
    pub(super) fn is_seen(&self, header: &Header, settings: &Settings) -> bool {
        self.is_made(settings) && (header.auth_epoch != self.auth_epoch || !self.ends_tokens(settings))
    }

    fn make(&self, settings: &mut Settings) {
        match &self.setting {
            Setting::EnterpriseAttestation => settings.enterprise_attestation = true,
            Setting::AlwaysUv(on) => settings.always_uv = *on,
            Setting::LongTouchForReset => settings.long_touch_for_reset = true,
            Setting::PinDemands(demands) => {
                if let Some(length) = demands.raised_to {
                    settings.min_pin_length = settings.min_pin_length.max(length);
                }
                settings.pin_complexity |= demands.complexity;
                settings.force_pin_change |= demands.must_change;
                if !demands.rp_ids.is_empty() {
                    settings.min_pin_length_rp_ids = demands.rp_ids.clone();
                }
                if settings.force_pin_change {
                    settings.persistent_token = None; // TOK-19
                }
            }
        }
    }

    /// Builds the change. Whoever authorised it must not have lost the right to since: the PIN may have been set or changed,
    /// or the store reset.
    pub(super) fn build(&mut self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        let (mut header, standing) = cx.standing()?;
        if header.auth_epoch != self.auth_epoch {
            return Err(PinUvAuthError::Invalid.into());
        }
        let mut settings = standing.settings;
        if self.lowers(&settings) {
            return Err(PinError::Policy.into()); // another process has raised it further since (CFG-16)
        }
        self.ends_epoch = self.ends_tokens(&settings);
        if self.ends_epoch {
            // Those of every endpoint and process: none has this epoch.
            header.auth_epoch = header.auth_epoch.saturating_add(1);
        }
        self.make(&mut settings);
        write(cx, CommitKind::Effect, id, header, &settings)
    }
}
