//! The owner of an authenticator, who sets what can be set, and knows what is set.

use authenticator_core::{
    BuiltInVerification, ConfigCommand, LargeBlobStorage, Management, Profile, ResetPolicy,
};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{self, Value, map};
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::client_pin;
use std::time::Duration;

/// The site that everything is tried with.
pub(crate) const SITE: &str = "example.com";

/// The permissions of a token.
pub(crate) const MC: u64 = 0x01;
pub(crate) const GA: u64 = 0x02;
pub(crate) const CM: u64 = 0x04;
pub(crate) const ACFG: u64 = 0x20;
pub(crate) const PCMR: u64 = 0x40;
pub(crate) const LBW: u64 = 0x10;

/// Whether the profile's host can verify its user.
pub(crate) fn has_uv(profile: &Profile) -> bool {
    profile.verification != BuiltInVerification::Unsupported
}

/// How long the array of large blobs may be.
pub(crate) fn array(profile: &Profile) -> Option<u16> {
    match profile.large_blobs {
        LargeBlobStorage::Array { max } => Some(max),
        LargeBlobStorage::None | LargeBlobStorage::PerCredential { .. } => None,
    }
}

/// How long the large blob of each credential may be.
pub(crate) fn per_credential(profile: &Profile) -> Option<u16> {
    match profile.large_blobs {
        LargeBlobStorage::PerCredential { max } => Some(max),
        LargeBlobStorage::None | LargeBlobStorage::Array { .. } => None,
    }
}

/// Whether clients may store large blobs in an array.
pub(crate) fn has_large_blobs(profile: &Profile) -> bool {
    array(profile).is_some()
}

/// How clients manage credentials: by preview too, and read-only.
pub(crate) fn manages(profile: &Profile) -> Option<(bool, bool)> {
    match profile.management {
        Management::OnDisplay => None,
        Management::ByClients { preview, read_only } => Some((preview, read_only)),
    }
}

/// An authenticator, and what its owner has set.
pub(crate) struct Owner {
    pub(crate) sim: Sim,
    pub(crate) profile: Profile,
    /// Digits, as many as are needed.
    pub(crate) pin: Option<String>,
    pub(crate) always_uv: bool,
    pub(crate) enterprise: bool,
    pub(crate) long_touch: bool,
    pub(crate) min_pin_length: u8,
    pub(crate) force_change: bool,
    /// Simple PINs are forbidden.
    pub(crate) complexity: bool,
    /// [`SITE`] is told the minimum PIN length.
    pub(crate) told: bool,
    pub(crate) persistent: Option<Vec<u8>>,
}

/// Everything that can be set, one after the other. Each says whether anything has changed.
pub(crate) const LIFE: [fn(&mut Owner) -> bool; 11] = [
    Owner::enables_enterprise_attestation,
    Owner::sets_a_pin,
    Owner::is_given_a_persistent_token,
    Owner::toggles_always_uv,
    Owner::wants_long_touches,
    Owner::raises_the_minimum,
    Owner::changes_the_pin,
    Owner::is_given_a_persistent_token,
    Owner::toggles_always_uv,
    Owner::unplugs,
    Owner::resets,
];

const DIGITS: &str = "271828182845904523536028747135266249775724709369995957496696762772";

impl Owner {
    pub(crate) fn new(profile: Profile) -> Self {
        let min_pin_length = profile.client_pin.as_ref().map_or(0, |rules| rules.min_length);
        Self {
            sim: Sim::new(profile.clone()),
            always_uv: profile.always_uv,
            profile,
            pin: None,
            enterprise: false,
            long_touch: false,
            min_pin_length,
            force_change: false,
            complexity: false,
            told: false,
            persistent: None,
        }
    }

    /// How many relying parties can be told the minimum PIN length.
    pub(crate) fn most_told(&self) -> u8 {
        self.profile.max_rp_ids_for_min_pin_length
    }

    pub(crate) fn info(&mut self) -> Reply {
        let reply = self.sim.send_bytes(&[0x04]);
        assert_eq!(reply.status, 0x00, "{:?}", self.profile);
        reply
    }

    pub(crate) fn verifies(&self) -> bool {
        self.profile.verification == BuiltInVerification::Configured
    }

    pub(crate) fn is_protected(&self) -> bool {
        self.pin.is_some() || self.verifies()
    }

    pub(crate) fn configures(&self, command: ConfigCommand) -> bool {
        self.profile.config.contains(&command)
    }

    /// A token by the PIN, or the status instead; `None`: there is no PIN that could give one.
    pub(crate) fn token_by_pin(
        &mut self,
        permissions: u64,
        rp_id: Option<&str>,
    ) -> Option<Result<Token, u8>> {
        let pin = self.pin.clone().filter(|_| self.profile.pin_uv_auth_token)?;
        let platform = Platform::connect(&mut self.sim, 2);
        let reply = self.sim.send(&platform.token_for(&pin, permissions, rp_id));
        Some(token(&platform, &reply))
    }

    /// The same by the host's verification.
    pub(crate) fn token_by_verification(
        &mut self,
        permissions: u64,
        rp_id: Option<&str>,
    ) -> Option<Result<Token, u8>> {
        if !self.verifies() || !self.profile.pin_uv_auth_token {
            return None;
        }
        let platform = Platform::connect(&mut self.sim, 2);
        let by_pin = platform.token_for("", permissions, rp_id);
        let reply = self.sim.send(&by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV));
        Some(token(&platform, &reply))
    }

    /// authenticatorConfig, authorised as it has to be. `None`: nobody can authorise it now.
    pub(crate) fn config(&mut self, number: u8, parameters: Option<&Value>) -> Option<u8> {
        let raw = parameters.map(cbor::encode).unwrap_or_default();
        let mut members = vec![(1, Value::from(number))];
        members.extend(parameters.map(|parameters| (2, parameters.clone())));
        if self.is_protected() || (self.always_uv && number != 0x02) {
            let by_pin = self.token_by_pin(ACFG, None).and_then(Result::ok);
            let token = by_pin.or_else(|| self.token_by_verification(ACFG, None).and_then(Result::ok))?;
            let message = [[0xFF; 32].as_slice(), &[0x0D, number], &raw].concat();
            members.push((3, Value::from(2)));
            members.push((4, cbor::bytes(&token.authenticate(&message))));
        }
        Some(self.sim.send_bytes(&[[0x0D].as_slice(), &cbor::encode(&map(members))].concat()).status)
    }

    /// A subcommand that must work, if it is there and can be authorised.
    fn configure(&mut self, command: ConfigCommand, parameters: Option<&Value>) -> bool {
        if !self.configures(command) {
            return false;
        }
        match self.config(command.number(), parameters) {
            None => false,
            Some(status) => {
                assert_eq!(status, 0x00, "{command:?} with {parameters:?}: {:?}", self.profile);
                true
            }
        }
    }

    fn enables_enterprise_attestation(&mut self) -> bool {
        let done = self.configure(ConfigCommand::EnableEnterpriseAttestation, None);
        self.enterprise |= done;
        done
    }

    pub(crate) fn sets_a_pin(&mut self) -> bool {
        if self.profile.client_pin.is_none() {
            return false;
        }
        let pin = &DIGITS[..self.min_pin_length.into()];
        let platform = Platform::connect(&mut self.sim, 1);
        assert_eq!(self.sim.send(&platform.set_pin(pin)).status, 0x00, "{:?}", self.profile);
        self.pin = Some(pin.to_owned());
        true
    }

    pub(crate) fn is_given_a_persistent_token(&mut self) -> bool {
        if self.persistent.is_some() || manages(&self.profile).is_none_or(|(_, read_only)| !read_only) {
            return false;
        }
        let platform = Platform::connect(&mut self.sim, 2);
        let request = match &self.pin {
            Some(pin) => platform.token_for(pin, PCMR, None),
            None if self.verifies() => {
                let by_pin = platform.token_for("", PCMR, None);
                by_pin.without(0x06).with(0x02, subcommand::TOKEN_USING_UV)
            }
            None => return false,
        };
        let reply = self.sim.send(&request);
        assert_eq!(reply.status, 0x00, "{:?}", self.profile);
        self.persistent = platform.decrypt(reply.member(2).expect("a token").as_bytes().expect("bytes"));
        true
    }

    fn toggles_always_uv(&mut self) -> bool {
        if self.profile.always_uv {
            return false;
        }
        let done = self.configure(ConfigCommand::ToggleAlwaysUv, None);
        self.always_uv ^= done;
        done
    }

    pub(crate) fn wants_long_touches(&mut self) -> bool {
        let done = self.configure(ConfigCommand::EnableLongTouchForReset, None);
        self.long_touch |= done;
        done
    }

    fn raises_the_minimum(&mut self) -> bool {
        let longest = self.profile.client_pin.as_ref().map_or(0, |rules| rules.max_length);
        if self.min_pin_length >= longest {
            return false;
        }
        let length = self.min_pin_length + 1;
        let complexity = self.profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
        let mut parameters = vec![(1, Value::from(length))];
        if self.most_told() > 0 {
            parameters.push((2, cbor::array([SITE])));
        }
        if complexity {
            parameters.push((4, Value::from(true)));
        }
        let done = self.configure(ConfigCommand::SetMinPinLength, Some(&map(parameters)));
        if done {
            (self.complexity, self.told) = (complexity, self.most_told() > 0);
            self.min_pin_length = length;
            // The PIN that was set is as short as it could be.
            self.force_change = self.pin.is_some();
            self.persistent = None;
        }
        done
    }

    pub(crate) fn changes_the_pin(&mut self) -> bool {
        let Some(old) = self.pin.clone() else { return false };
        let new: String = DIGITS[..self.min_pin_length.into()].chars().rev().collect();
        let platform = Platform::connect(&mut self.sim, 2);
        assert_eq!(self.sim.send(&platform.change_pin(&old, &new)).status, 0x00, "{:?}", self.profile);
        (self.pin, self.force_change, self.persistent) = (Some(new), false, None);
        true
    }

    pub(crate) fn unplugs(&mut self) -> bool {
        self.sim.clock.reboot();
        self.sim.power_cycle(Duration::ZERO);
        true
    }

    pub(crate) fn resets(&mut self) -> bool {
        if let Some(elsewhere) = self.profile.transports_for_reset.first() {
            assert_eq!(self.sim.send_bytes(&[0x07]).status, 0x27, "over none of its transports");
            self.sim.world.session.over(*elsewhere);
        }
        let status = self.sim.send_bytes(&[0x07]).status;
        if self.profile.reset == ResetPolicy::Disabled {
            assert_eq!(status, 0x27, "{:?}", self.profile);
            return false;
        }
        assert_eq!(status, 0x00, "{:?}", self.profile);
        let fresh = Self::new(self.profile.clone());
        let sim = std::mem::replace(self, fresh).sim;
        self.sim = sim;
        true
    }
}

fn token(platform: &Platform, reply: &Reply) -> Result<Token, u8> {
    if reply.status != 0x00 {
        return Err(reply.status);
    }
    Ok(platform.token(reply).expect("a token has 32 bytes"))
}

/// A subcommand of clientPIN with nothing beside it.
pub(crate) fn bare_client_pin(owner: &mut Owner, number: u64) -> u8 {
    owner.sim.send(&client_pin(number)).status
}
