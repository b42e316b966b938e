//! What the user has set: the PIN and its retries, and what authenticatorConfig changes.
//!
//! The record is sealed like any other. The header names its version, so that an older one that was put back, a damaged or
//! a missing one is not taken for it: then the PIN is blocked and verification demanded, and a reset recovers.

use crate::cbor::{BufferFull, Value, Writer, check, count};
use crate::credential::RpIdHash;
use crate::time::BootId;
use heapless::Vec;
use subtle::ConstantTimeEq;

/// How many relying parties may be told the minimum PIN length.
pub(crate) const MAX_MIN_PIN_LENGTH_RP_IDS: usize = 8;

/// How often a wrong PIN may be tried (CP-13).
pub(crate) const PIN_RETRIES: u8 = 8;

/// How often in one boot (CP-12).
const WRONG_PER_BOOT: u8 = 3;

/// How often a wrong biometric may be tried, where the platform does not count (CP-17).
pub(crate) const UV_RETRIES: u8 = 5;

/// The longest content.
pub(super) const MAX_SETTINGS: usize = 352;

/// A PIN that is set: enough to recognise it, and its length (CP-20).
#[derive(Clone, Copy)]
pub(crate) struct Pin {
    /// From [`StoreKeys::pin_verifier`](super::StoreKeys::pin_verifier).
    pub(crate) verifier: [u8; 16],
    /// In code points.
    pub(crate) length: u8,
}

impl Pin {
    /// Whether it is recognised by this.
    pub(crate) fn is(&self, verifier: &[u8; 16]) -> bool {
        self.verifier.ct_eq(verifier).into()
    }
}

/// The settings' record.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) pin: Option<Pin>,
    pub(crate) pin_retries: u8,
    /// Wrong PINs in a row since power-up, and in which boot.
    wrong: (u8, BootId),
    pub(crate) uv_retries: u8,
    /// 0: the profile's.
    pub(crate) min_pin_length: u8,
    pub(crate) force_pin_change: bool,
    pub(crate) always_uv: bool,
    pub(crate) enterprise_attestation: bool,
    pub(crate) pin_complexity: bool,
    pub(crate) long_touch_for_reset: bool,
    /// Which one of its generation the persistent token is, if there is one (TOK-19).
    pub(crate) persistent_token: Option<u64>,
    /// Who may be told the minimum PIN length.
    pub(crate) min_pin_length_rp_ids: Vec<RpIdHash, MAX_MIN_PIN_LENGTH_RP_IDS, u8>,
}

mod field {
    pub(super) const VERIFIER: u64 = 1;
    pub(super) const PIN_LENGTH: u64 = 2;
    pub(super) const PIN_RETRIES: u64 = 3;
    pub(super) const WRONG: u64 = 4;
    pub(super) const BOOT: u64 = 5;
    pub(super) const UV_RETRIES: u64 = 6;
    pub(super) const MIN_PIN_LENGTH: u64 = 7;
    pub(super) const FORCE_PIN_CHANGE: u64 = 8;
    pub(super) const ALWAYS_UV: u64 = 9;
    pub(super) const ENTERPRISE_ATTESTATION: u64 = 10;
    pub(super) const PIN_COMPLEXITY: u64 = 11;
    pub(super) const LONG_TOUCH_FOR_RESET: u64 = 12;
    pub(super) const PERSISTENT_TOKEN: u64 = 13;
    pub(super) const MIN_PIN_LENGTH_RP_IDS: u64 = 14;
}

impl Settings {
    /// Those of a new store, and after a reset.
    pub(crate) const fn new() -> Self {
        Self {
            pin: None,
            pin_retries: PIN_RETRIES,
            wrong: (0, BootId([0; 16])),
            uv_retries: UV_RETRIES,
            min_pin_length: 0,
            force_pin_change: false,
            always_uv: false,
            enterprise_attestation: false,
            pin_complexity: false,
            long_touch_for_reset: false,
            persistent_token: None,
            min_pin_length_rp_ids: Vec::new(),
        }
    }

    /// The record cannot be read: nobody knows the PIN, and nothing may be easier than it was.
    pub(crate) fn lost() -> Self {
        let nobody_knows = Pin { verifier: [0; 16], length: u8::MAX };
        Self {
            pin: Some(nobody_knows),
            pin_retries: 0,
            uv_retries: 0,
            always_uv: true,
            pin_complexity: true,
            long_touch_for_reset: true,
            ..Self::new()
        }
    }

    /// Whether the PIN waits for a power cycle (CP-12).
    pub(crate) fn awaits_power_cycle(&self, boot: BootId) -> bool {
        self.wrong.0 >= WRONG_PER_BOOT && self.wrong.1 == boot
    }

    /// An attempt at the PIN is spent (CP-13).
    pub(crate) fn spend_pin_retry(&mut self, boot: BootId) {
        self.pin_retries = self.pin_retries.saturating_sub(1);
        let so_far = if self.wrong.1 == boot { self.wrong.0 } else { 0 };
        self.wrong = (so_far.saturating_add(1), boot);
    }

    /// Whether the PIN that is set is recognised by this.
    pub(crate) fn has_pin(&self, verifier: [u8; 16]) -> bool {
        self.pin.is_some_and(|pin| pin.is(&verifier))
    }

    /// Whether no attempt at the PIN is spent.
    pub(crate) const fn has_all_retries(&self) -> bool {
        self.pin_retries == PIN_RETRIES && self.wrong.0 == 0
    }

    /// The PIN was right (CP-09).
    pub(crate) fn restore_retries(&mut self) {
        self.pin_retries = PIN_RETRIES;
        self.uv_retries = UV_RETRIES;
        self.wrong = (0, BootId::default());
    }

    /// Reads the record's content.
    pub(super) fn read(content: &[u8]) -> Option<Self> {
        Self::read_map(check(content).ok()?)
    }

    fn read_map(value: Value<'_>) -> Option<Self> {
        let mut settings = Self::new();
        let (mut verifier, mut length) = (None, 0);
        for (key, value) in value.map().ok()? {
            match key.unsigned().ok()? {
                field::VERIFIER => verifier = Some(value.bytes().ok()?.try_into().ok()?),
                field::PIN_LENGTH => length = small(value)?,
                field::PIN_RETRIES => settings.pin_retries = small(value)?.min(PIN_RETRIES),
                field::WRONG => settings.wrong.0 = small(value)?,
                field::BOOT => settings.wrong.1 = BootId(value.bytes().ok()?.try_into().ok()?),
                field::UV_RETRIES => settings.uv_retries = small(value)?,
                field::MIN_PIN_LENGTH => settings.min_pin_length = small(value)?,
                field::FORCE_PIN_CHANGE => settings.force_pin_change = value.boolean().ok()?,
                field::ALWAYS_UV => settings.always_uv = value.boolean().ok()?,
                field::ENTERPRISE_ATTESTATION => settings.enterprise_attestation = value.boolean().ok()?,
                field::PIN_COMPLEXITY => settings.pin_complexity = value.boolean().ok()?,
                field::LONG_TOUCH_FOR_RESET => settings.long_touch_for_reset = value.boolean().ok()?,
                field::PERSISTENT_TOKEN => settings.persistent_token = Some(value.unsigned().ok()?),
                field::MIN_PIN_LENGTH_RP_IDS => {
                    for hash in value.array().ok()? {
                        let hash = RpIdHash(hash.bytes().ok()?.try_into().ok()?);
                        settings.min_pin_length_rp_ids.push(hash).ok()?;
                    }
                }
                _ => {}
            }
        }
        settings.pin = verifier.map(|verifier| Pin { verifier, length });
        Some(settings)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        let optional = [self.pin.is_some(), self.pin.is_some(), self.persistent_token.is_some()];
        writer.map(count(optional.iter().filter(|there| **there)).saturating_add(11))?;
        if let Some(pin) = &self.pin {
            writer.unsigned(field::VERIFIER)?;
            writer.bytes(&pin.verifier)?;
            writer.unsigned(field::PIN_LENGTH)?;
            writer.unsigned(u64::from(pin.length))?;
        }
        writer.unsigned(field::PIN_RETRIES)?;
        writer.unsigned(u64::from(self.pin_retries))?;
        writer.unsigned(field::WRONG)?;
        writer.unsigned(u64::from(self.wrong.0))?;
        writer.unsigned(field::BOOT)?;
        writer.bytes(&self.wrong.1.0)?;
        writer.unsigned(field::UV_RETRIES)?;
        writer.unsigned(u64::from(self.uv_retries))?;
        writer.unsigned(field::MIN_PIN_LENGTH)?;
        writer.unsigned(u64::from(self.min_pin_length))?;
        for (field, value) in [
            (field::FORCE_PIN_CHANGE, self.force_pin_change),
            (field::ALWAYS_UV, self.always_uv),
            (field::ENTERPRISE_ATTESTATION, self.enterprise_attestation),
            (field::PIN_COMPLEXITY, self.pin_complexity),
            (field::LONG_TOUCH_FOR_RESET, self.long_touch_for_reset),
        ] {
            writer.unsigned(field)?;
            writer.boolean(value)?;
        }
        if let Some(number) = self.persistent_token {
            writer.unsigned(field::PERSISTENT_TOKEN)?;
            writer.unsigned(number)?;
        }
        writer.unsigned(field::MIN_PIN_LENGTH_RP_IDS)?;
        writer.array(self.min_pin_length_rp_ids.len())?;
        for hash in &self.min_pin_length_rp_ids {
            writer.bytes(&hash.0)?;
        }
        Ok(())
    }
}

fn small(value: Value<'_>) -> Option<u8> {
    u8::try_from(value.unsigned().ok()?).ok()
}

#[cfg(test)]
mod tests;
