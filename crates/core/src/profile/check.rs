//! What a profile must not be: getInfo would contradict itself, or promise what cannot be used.

use super::{ConfigCommand, Management, PinRules, Profile};
use core::fmt;
use core::time::Duration;

/// A profile contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The line of the requirements that it breaks, or the member of getInfo that it would make wrong.
    pub line: &'static str,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authenticator's profile is inconsistent: {} ({})", self.what, self.line)
    }
}

impl core::error::Error for ProfileError {}

/// The longest PIN there can be, in code points (CP-05).
const LONGEST_PIN: u8 = 63;

impl Profile {
    /// Whether everything in it goes together.
    ///
    /// # Errors
    /// [`ProfileError`] with the first line that it breaks.
    pub fn check(&self) -> Result<(), ProfileError> {
        self.rules()
            .into_iter()
            .find(|(_, _, kept)| !kept)
            .map_or(Ok(()), |(line, what, _)| Err(ProfileError { line, what }))
    }

    /// The rules, in the order of their lines, and whether each is kept.
    fn rules(&self) -> [(&'static str, &'static str, bool); 18] {
        let pin = self.client_pin.as_ref();
        let obeys = |rule: fn(&PinRules) -> bool| pin.is_none_or(rule);
        let by_clients = matches!(self.management, Management::ByClients { .. });
        let can_verify = pin.is_some() || self.has_verification();
        let tokens = self.pin_uv_auth_token && can_verify;
        let sets_length = self.configures(ConfigCommand::SetMinPinLength);
        let tells_length = self.max_rp_ids_for_min_pin_length > 0;
        let attests = self.configures(ConfigCommand::EnableEnterpriseAttestation);
        [
            ("GI-05", "setMinPINLength without PINs", !sets_length || pin.is_some()),
            ("GI-05", "relying parties to be told the minimum PIN length, which cannot be set", {
                !tells_length || sets_length
            }),
            ("GI-05", "more than 8 relying parties to be told the minimum PIN length", {
                self.max_rp_ids_for_min_pin_length <= 8
            }),
            ("GI-06", "enterprise attestation that nothing can switch on, or a switch without it", {
                self.enterprise_attestation.is_some() == attests
            }),
            (
                "GI-06",
                "a configuration by the host's verification, of which there is none, or no configuration",
                {
                    !self.config_by_verification
                        || (self.has_verification() && tokens && !self.config.is_empty())
                },
            ),
            ("GI-07", "clients may manage discoverable credentials, of which there are none", {
                !by_clients || self.discoverable
            }),
            ("GI-07", "clients may manage credentials, and there are no tokens to let them", {
                !by_clients || tokens
            }),
            ("GI-26", "no transports, or not in canonical order", self.transports_are_canonical()),
            ("GI 07", "a list of no credentials", self.max_credentials_in_list > 0),
            ("GI 0A", "no algorithm is advertised", !self.advertised_algorithms().as_slice().is_empty()),
            ("GI 0A", "an algorithm is held back that is not there", {
                self.unadvertised.iter().all(|held| self.keys.algorithms.as_slice().contains(held))
            }),
            ("GI 11", "verification by the host is preferred, or described, and there is none", {
                self.has_verification() || (self.preferred_uv_attempts == 0 && self.uv_modality == 0)
            }),
            ("GI 1D", "the longest PIN is not of 8 to 63 code points", {
                obeys(|rules| (8..=LONGEST_PIN).contains(&rules.max_length))
            }),
            ("GI 0D", "the shortest PIN is shorter than 4 code points", obeys(|rules| rules.min_length >= 4)),
            ("CP-05", "the shortest PIN is longer than the longest", {
                obeys(|rules| rules.min_length <= rules.max_length)
            }),
            ("GI 1F", "the subcommands of authenticatorConfig are not ascending", {
                self.config.is_sorted_by(|a, b| a.number() < b.number())
            }),
            ("GEN-14", "requests of 1024 bytes must be taken", self.max_message_size >= 1024),
            ("ST-01", "a prompt must wait for 10 s", self.user_action_timeout >= Duration::from_secs(10)),
        ]
    }

    fn transports_are_canonical(&self) -> bool {
        let mut names = self.transports.iter().map(|transport| transport.identifier());
        let order = |name: &&'static str| (name.len(), *name);
        !self.transports.is_empty() && names.by_ref().is_sorted_by(|a, b| order(a) < order(b))
    }
}
