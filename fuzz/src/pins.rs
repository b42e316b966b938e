//! The PIN of a model: what is tried is counted, and only the right PIN gives attempts back.

use authenticator_core::{Done, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::client_pin;

/// Short and long ones, and one that is too short.
const PINS: [&str; 4] = ["1357", "2468 and more of it", "😀😀😀😀", "123"];

/// A commit that failed, and an answer that was no: nothing else may keep the right PIN from its effect.
const DISTURBED: [u8; 5] = [0x7F, 0x28, 0x2D, 0x27, 0x2F];

/// What is known of the PIN from outside.
pub(crate) struct Pins {
    set: Option<u8>,
    left: u8,
    /// How many were wrong since the power came on.
    wrong: u8,
}

impl Default for Pins {
    fn default() -> Self {
        Self { set: None, left: 8, wrong: 0 }
    }
}

impl Pins {
    /// The power was off.
    pub(crate) const fn rebooted(&mut self) {
        self.wrong = 0;
    }

    /// setPIN.
    pub(crate) fn set(&mut self, sim: &mut Sim, how: u8) {
        let Some(platform) = connect(sim, how) else { return };
        let status = sim.send(&platform.set_pin(pin(how))).status;
        sim.world.store.heal();
        let expected = match (self.set, is_too_short(how)) {
            (Some(_), _) => 0x33,
            (None, true) => 0x37,
            (None, false) => 0x00,
        };
        assert!(status == expected || DISTURBED.contains(&status), "setPIN: {status:#04x}");
        if status == 0x00 {
            *self = Self { set: Some(how % 4), left: 8, wrong: 0 };
        }
    }

    /// changePIN.
    pub(crate) fn change(&mut self, sim: &mut Sim, how: u8) {
        let Some(platform) = connect(sim, how) else { return };
        let (old, new) = (how, how / 4);
        let status = sim.send(&platform.change_pin(pin(old), pin(new))).status;
        sim.world.store.heal();
        let good = if is_too_short(new) { 0x37 } else { 0x00 };
        self.tried(old, status, good);
        if status == 0x00 {
            self.set = Some(new % 4);
        }
    }

    /// A token for registering at this site.
    pub(crate) fn token(&mut self, sim: &mut Sim, how: u8, site: &str) -> Option<Token> {
        let platform = connect(sim, how)?;
        let reply = sim.send(&platform.token_for(pin(how), 0x01, Some(site)));
        sim.world.store.heal();
        self.tried(how, reply.status, 0x00);
        (reply.status == 0x00).then(|| platform.token(&reply)).flatten()
    }

    /// An attempt that is dropped after so many steps.
    pub(crate) fn drop(&mut self, sim: &mut Sim, how: u8) {
        let Some(platform) = connect(sim, how) else { return };
        let request = platform.pin_token(pin(how)).encode();
        let ended = sim.run_and_drop(&request, usize::from(how / 4 % 4));
        sim.world.store.heal();
        match ended {
            Ok(done) => self.tried(how, status(sim, &done), 0x00),
            Err(_) => {
                let spent = self.left.saturating_sub(retries(sim).map_or(0, |(left, _)| left));
                assert!(spent <= 1, "one attempt costs one at the most");
                self.left -= spent;
                self.wrong += spent;
            }
        }
    }

    /// What an attempt with this PIN has come to; `good` is what the right one comes to.
    fn tried(&mut self, how: u8, status: u8, good: u8) {
        let right = self.set == Some(how % 4);
        let expected = match (self.set, self.left, self.wrong) {
            (None, ..) => 0x35,
            (_, 0, _) => 0x32,
            (_, _, 3..) => 0x34,
            _ if right => good,
            (_, 1, _) => 0x32,
            (_, _, 2) => 0x34,
            _ => 0x31,
        };
        assert!(status == expected || DISTURBED.contains(&status), "{status:#04x} for {expected:#04x}");
        let may_be_tried = self.set.is_some() && self.left > 0 && self.wrong < 3;
        if status == expected && may_be_tried {
            (self.left, self.wrong) = if right { (8, 0) } else { (self.left - 1, self.wrong + 1) };
        }
    }

    /// The authenticator says what the model says.
    pub(crate) fn agrees(&self, sim: &mut Sim) {
        if let Some(counts) = retries(sim) {
            assert_eq!(
                counts,
                (self.left, self.wrong >= 3),
                "attempts left, and whether the power must be off"
            );
        }
    }
}

fn pin(how: u8) -> &'static str {
    PINS.get(usize::from(how % 4)).copied().unwrap_or_default()
}

fn is_too_short(how: u8) -> bool {
    pin(how).chars().count() < 4
}

/// `None`: there are no PINs here.
fn connect(sim: &mut Sim, how: u8) -> Option<Platform> {
    has_pins(sim.world.authenticator.profile()).then(|| Platform::connect(sim, u64::from(how / 128) + 1))
}

const fn has_pins(profile: &Profile) -> bool {
    profile.client_pin.is_some()
}

fn retries(sim: &mut Sim) -> Option<(u8, bool)> {
    if !has_pins(sim.world.authenticator.profile()) {
        return None;
    }
    let reply = sim.send(&client_pin(subcommand::PIN_RETRIES));
    let left = reply.member(0x03)?.as_integer()?.try_into().ok()?;
    Some((left, reply.member(0x04)?.as_bool()?))
}

fn status(sim: &Sim, done: &Done) -> u8 {
    let mut bytes = [0; 128];
    let length = done.encode(&sim.world.session, &mut bytes);
    bytes.get(..length).and_then(Reply::new).map_or(0x7F, |reply| reply.status)
}
