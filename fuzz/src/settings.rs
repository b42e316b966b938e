//! Lists of changes of the settings against a model: what getInfo tells is what was answered with success, and nothing else.

use crate::operations::fault;
use authenticator_core::key::Backend;
use authenticator_core::{
    Algorithm, Ask, Bytes, ConfigCommand, EnterpriseAttestation, Profile, Prompt, key::KeyRef,
};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, bytes, named};
use authenticator_testkit::pin::Platform;
use authenticator_testkit::request;
use std::time::Duration;

/// The permission to configure.
const CONFIGURE: u64 = 0x20;

/// What the owner of a security key has set, as the model knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Settings {
    /// How long the PIN is.
    pin: Option<u8>,
    min_length: Option<u8>,
    must_change: bool,
    always_uv: bool,
    enterprise: bool,
    long_touch: bool,
}

struct Model {
    sim: Sim,
    settings: Settings,
}

/// Each pair of bytes is an operation: what to do, and how much of it.
///
/// # Panics
/// When the authenticator and the model disagree.
pub fn settings(data: &[u8]) {
    let Some(profile) = profile() else { return };
    let mut model = Model { sim: Sim::new(profile), settings: Settings::default() };
    for pair in data.chunks_exact(2).take(64) {
        let (what, how) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
        model.step(what, how);
        model.agrees();
    }
}

/// A security key that has every subcommand.
pub(crate) fn profile() -> Option<Profile> {
    let enterprise = EnterpriseAttestation {
        rp_ids: &["example.com"],
        platform_managed: false,
        certificates: &[&[0x30, 0x00]],
        key: KeyRef { backend: Backend(1), handle: Bytes::new(b"vendor")? },
        algorithm: Algorithm::Es256,
    };
    Some(Profile {
        config: &[
            ConfigCommand::EnableEnterpriseAttestation,
            ConfigCommand::ToggleAlwaysUv,
            ConfigCommand::SetMinPinLength,
            ConfigCommand::EnableLongTouchForReset,
        ],
        enterprise_attestation: Some(enterprise),
        ..Profile::security_key([0; 16])
    })
}

impl Model {
    fn step(&mut self, what: u8, how: u8) {
        let before = self.settings.clone();
        match what % 8 {
            0 => self.toggle_always_uv(),
            1 => self.settings.enterprise |= self.configure(1, &[]),
            2 => self.set_min_length(how % 80, how >= 0x80),
            3 => self.settings.long_touch |= self.configure(4, &[]),
            4 => self.set_pin(4 + how % 16),
            5 => self.reset(how),
            6 => self.sim.world.store.fail_commit(0, fault(how)),
            _ => self.sim.power_cycle(Duration::from_secs(u64::from(how))),
        }
        if what % 8 < 6 {
            self.sim.world.store.heal();
        }
        // Without a PIN and with alwaysUv nothing but alwaysUv can be changed, nor where the PIN must be changed first.
        if before.pin.map_or(before.always_uv, |_| before.must_change) && matches!(what % 8, 1..=3) {
            assert_eq!(self.settings, before, "nobody can have authorised it");
        }
    }

    fn min_length(&self) -> u8 {
        self.settings.min_length.unwrap_or(4)
    }

    fn toggle_always_uv(&mut self) {
        self.settings.always_uv ^= self.configure(2, &[]);
    }

    fn set_min_length(&mut self, length: u8, force: bool) {
        let mut parameters = vec![(1, Value::from(length))];
        if force {
            parameters.push((3, Value::from(true)));
        }
        if self.configure(3, &parameters) {
            assert!(length >= self.min_length() && length <= 63, "it only grows");
            assert!(!force || self.settings.pin.is_some(), "there is a PIN to be changed");
            self.settings.min_length = Some(length);
            self.settings.must_change |= force || self.settings.pin.is_some_and(|pin| pin < length);
        }
    }

    fn set_pin(&mut self, length: u8) {
        let platform = Platform::connect(&mut self.sim, 2);
        // Not the PIN that was: one that must be changed must not be set again.
        let request = match self.settings.pin {
            None => platform.set_pin(&pin(length)),
            Some(old) if old != length => platform.change_pin(&pin(old), &pin(length)),
            Some(_) => return,
        };
        if self.sim.send(&request).status == 0x00 {
            assert!(length >= self.min_length(), "no PIN is shorter than the shortest");
            self.settings = Settings { pin: Some(length), must_change: false, ..self.settings.clone() };
        }
    }

    /// In time, or too late.
    fn reset(&mut self, how: u8) {
        self.sim.clock.reboot();
        self.sim.power_cycle(Duration::ZERO);
        self.sim.clock.advance(Duration::from_secs(u64::from(how % 16)));
        self.sim.user.seen.clear();
        let status = self.sim.send_bytes(&[0x07]).status;
        let late = how % 16 > 9;
        assert_eq!(status == 0x30, late, "the window is ten seconds long");
        let expected = if self.settings.long_touch { Ask::LongTouch } else { Ask::Confirmation };
        for seen in &self.sim.user.seen {
            assert!(matches!(seen.prompt, Prompt::Reset) && seen.ask == expected, "{seen:?}");
        }
        if status == 0x00 {
            self.settings = Settings::default();
        }
    }

    /// Whether a subcommand succeeded, with a token where there is a PIN.
    fn configure(&mut self, subcommand: u8, parameters: &[(i64, Value)]) -> bool {
        let mut request = request::config(subcommand);
        if !parameters.is_empty() {
            request = request.parameters(parameters.iter().cloned());
        }
        if let Some(length) = self.settings.pin {
            let platform = Platform::connect(&mut self.sim, 2);
            let reply = self.sim.send(&platform.token_for(&pin(length), CONFIGURE, None));
            let Some(token) = platform.token(&reply) else { return false };
            let message = [&[0xFF; 32], [0x0D].as_slice(), &request.subcommand_message()].concat();
            request = request.with(3, 2).with(4, bytes(&token.authenticate(&message)));
        }
        self.sim.send(&request).status == 0x00
    }

    /// getInfo says what the model holds.
    fn agrees(&mut self) {
        let info = self.sim.send_bytes(&[0x04]);
        let options = info.member(0x04);
        let option =
            |name| options.as_ref().and_then(|options| named(options, name)).and_then(Value::as_bool);
        let flag = |key| info.member(key).and_then(|value| value.as_bool());
        let Settings { pin, must_change, always_uv, enterprise, long_touch, .. } = self.settings;
        assert_eq!(option("clientPin"), Some(pin.is_some()));
        assert_eq!(option("alwaysUv"), Some(always_uv));
        assert_eq!(option("makeCredUvNotRqd"), Some(!always_uv));
        assert_eq!(option("ep"), Some(enterprise));
        assert_eq!(flag(0x0C), Some(must_change));
        assert_eq!(info.member(0x0D), Some(Value::from(self.min_length())));
        assert_eq!(flag(0x18), Some(long_touch));
    }
}

/// A PIN of this many digits.
fn pin(length: u8) -> String {
    "1357".chars().cycle().take(length.into()).collect()
}
