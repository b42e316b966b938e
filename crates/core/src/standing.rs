//! What holds today: the profile, as its user has set it.

use crate::attestation::Enterprise;
use crate::credential::RpIdHash;
use crate::error::{Error, PinError};
use crate::pin::Protocol;
use crate::profile::{BuiltInVerification, Profile, VerificationCount};
use crate::store::{Settings, UV_RETRIES};
use crate::time::Now;
use crate::user::{Ask, Refusal};

/// What the rules of every command go by.
pub(crate) struct Standing<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) settings: Settings,
}

impl Standing<'_> {
    /// The option `clientPin`: absent, false or true.
    pub(crate) fn client_pin(&self) -> Option<bool> {
        self.profile.client_pin.as_ref().map(|_| self.settings.pin.is_some())
    }

    pub(crate) fn pin_is_set(&self) -> bool {
        self.client_pin() == Some(true)
    }

    /// The PIN/UV auth protocol with this number.
    pub(crate) fn protocol(&self, number: u64) -> Option<Protocol> {
        Protocol::from_number(number).filter(|_| self.profile.has_pin_uv_auth_protocols())
    }

    /// Whether the host's verification is set up.
    pub(crate) fn verifies(&self) -> bool {
        self.profile.verification == BuiltInVerification::Configured
    }

    /// Whether some form of user verification protects the authenticator.
    pub(crate) fn is_protected(&self) -> bool {
        self.pin_is_set() || self.verifies()
    }

    /// Whether nothing is signed without user verification.
    pub(crate) fn always_uv(&self) -> bool {
        self.profile.always_uv || self.settings.always_uv
    }

    /// MC-12: alwaysUv overrides it.
    pub(crate) fn makes_credentials_unverified(&self) -> bool {
        self.profile.make_cred_uv_not_rqd && !self.always_uv()
    }

    /// Whether a registration that asks for enterprise attestation gets it (MC-15). One that is kept for the vendor's relying
    /// parties takes the platform's word for nothing.
    pub(crate) fn enterprise_attestation(&self, kind: u64, rp_id: &str) -> Result<Enterprise, Error> {
        let enterprise = self.profile.enterprise_attestation.as_ref();
        let enabled = enterprise.filter(|_| self.settings.enterprise_attestation);
        let enterprise = enabled.ok_or(Error::EnterpriseAttestation)?;
        let facilitated = enterprise.rp_ids.contains(&rp_id);
        let granted = match kind {
            1 => facilitated,
            2 => facilitated || enterprise.platform_managed,
            _ => return Err(Error::EnterpriseAttestationValue),
        };
        Ok(if granted { Enterprise::Granted } else { Enterprise::No })
    }

    /// The shortest PIN that may be set, in code points.
    pub(crate) fn min_pin_length(&self) -> u8 {
        let of_profile = self.profile.client_pin.as_ref().map_or(0, |rules| rules.min_length);
        of_profile.max(self.settings.min_pin_length)
    }

    /// Whether a new PIN of so many code points may be set (CP-05).
    pub(crate) fn accepts_pin_length(&self, length: u8) -> bool {
        let longest = self.profile.client_pin.as_ref().map_or(0, |rules| rules.max_length);
        (self.min_pin_length()..=longest).contains(&length)
    }

    /// Whether the PIN may be tried (CP-08, CP-12, CP-14).
    pub(crate) fn check_pin(&self, now: Now) -> Result<(), PinError> {
        if !self.pin_is_set() {
            return Err(PinError::NotSet);
        }
        if self.settings.pin_retries == 0 {
            return Err(PinError::Blocked);
        }
        if self.settings.awaits_power_cycle(now.boot) {
            return Err(PinError::AwaitsPowerCycle);
        }
        Ok(())
    }

    /// How often a verification by the host may still fail, as far as anyone has said (CP-17, CP-18).
    pub(crate) fn verification_retries(&self, said_by_host: Option<u8>) -> u8 {
        match self.profile.verification_count {
            VerificationCount::ByHost => said_by_host.unwrap_or(UV_RETRIES),
            VerificationCount::ByCore if self.pin_is_set() && self.settings.pin_retries == 0 => 0,
            VerificationCount::ByCore => self.settings.uv_retries,
        }
    }

    /// Whether a verification that is counted here has failed too often. One that the host counts it refuses itself.
    pub(crate) fn is_verification_blocked(&self) -> bool {
        self.verification_retries(None) == 0
    }

    /// Whether a relying party may be told what PINs must be like (MPL-01, PCP-01).
    pub(crate) fn tells(&self, rp_id_hash: &RpIdHash) -> bool {
        self.settings.min_pin_length_rp_ids.contains(rp_id_hash)
    }

    /// What a command is refused with then, before anyone is asked (MC-19, GA-07).
    pub(crate) fn verification_blocked(&self) -> Error {
        if self.falls_back_on_pin() {
            Error::TokenDemanded
        } else {
            Error::Refused(Refusal::VerificationFailed { left: 0 }, Ask::Verification)
        }
    }

    /// Whether a PIN could verify the user for makeCredential and getAssertion (MC-12).
    pub(crate) fn pins_allow_credential_use(&self) -> bool {
        self.profile.client_pin.as_ref().is_some_and(|rules| !rules.no_mc_ga_permissions)
    }

    /// What a request is refused with that must come with verification and did not (MC-12..14, GA-04).
    pub(crate) fn demand_verification(&self) -> Error {
        if self.pins_allow_credential_use() { Error::TokenDemanded } else { Error::VerificationDemanded }
    }

    /// The same where only a PIN that is set will do (MC-13, MC-14).
    pub(crate) fn demand_verification_now(&self) -> Error {
        if self.falls_back_on_pin() { Error::TokenDemanded } else { Error::VerificationDemanded }
    }

    /// Whether a client whose user could not be verified by the host may fall back on the PIN (MC-19, GA-07).
    pub(crate) fn falls_back_on_pin(&self) -> bool {
        self.pin_is_set() && self.pins_allow_credential_use()
    }
}
