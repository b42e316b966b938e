//! authenticatorClientPIN (CTAP 2.3 §6.5).
//!
//! A PIN is tried in three moves: everything the request can be refused for is looked at; the attempt is spent, durably;
//! then the PIN is compared (CP-13). Whatever is dropped or fails in between, an attempt is never given back unless the PIN
//! was right.

mod attempt;
mod new_pin;
mod set;
mod token;

pub(crate) use attempt::{Attempt, GivenBack};
#[cfg(feature = "constant-time-check")]
pub(crate) use attempt::{is_right, offered};
pub(crate) use set::{Changed, Set, committed, set_by_host};
pub(crate) use token::{AwaitUser, Issue, unverified};

use crate::context::Context;
use crate::error::{Error, PinUvAuthError, RequestError};
use crate::pin::{Exchange, PlatformKey, Protocol};
use crate::reply::{PinReply, Reply};
use crate::standing::Standing;
use crate::step::Step;
use core::fmt;

/// A request to set, change or use the PIN, or to have the host verify the user for a token.
#[derive(Clone, Copy, Default)]
pub struct ClientPin<'a> {
    /// `pinUvAuthProtocol`.
    pub protocol: Option<u64>,
    /// `subCommand`.
    pub subcommand: u64,
    pub(crate) key_agreement: Option<PlatformKey<'a>>,
    /// `pinUvAuthParam`.
    pub(crate) param: Option<&'a [u8]>,
    /// `newPinEnc`.
    pub(crate) new_pin: Option<&'a [u8]>,
    /// `pinHashEnc`.
    pub(crate) pin_hash: Option<&'a [u8]>,
    /// `permissions`.
    pub permissions: Option<u64>,
    /// `rpId`.
    pub rp_id: Option<&'a str>,
}

impl fmt::Debug for ClientPin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPin")
            .field("protocol", &self.protocol)
            .field("subcommand", &self.subcommand)
            .finish_non_exhaustive()
    }
}

const PIN_RETRIES: u64 = 0x01;
const KEY_AGREEMENT: u64 = 0x02;
const SET_PIN: u64 = 0x03;
const CHANGE_PIN: u64 = 0x04;
const PIN_TOKEN: u64 = 0x05;
const TOKEN_USING_VERIFICATION: u64 = 0x06;
const VERIFICATION_RETRIES: u64 = 0x07;
const TOKEN_USING_PIN: u64 = 0x09;

pub(super) fn begin(cx: &mut Context<'_>, request: &ClientPin<'_>) -> Result<Step, Error> {
    let profile = cx.authenticator.profile();
    if !profile.has_pin_uv_auth_protocols() {
        return Err(RequestError::UnknownCommand.into()); // GEN-03
    }
    let (has_pin, has_verification) = (profile.client_pin.is_some(), profile.has_verification());
    let has_token = profile.pin_uv_auth_token;
    // Before any key is shown: a store that was reset has made the old ones worthless.
    let (_, standing) = cx.standing()?;
    let step = match request.subcommand {
        PIN_RETRIES if has_pin => Ok(pin_retries(cx, &standing)),
        KEY_AGREEMENT => key_agreement(cx, &standing, request),
        SET_PIN if has_pin => set::set(cx, &standing, request),
        CHANGE_PIN if has_pin => set::change(cx, &standing, request),
        PIN_TOKEN if has_pin => token::without_permissions(cx, &standing, request),
        TOKEN_USING_VERIFICATION if has_verification && has_token => {
            token::using_verification(cx, &standing, request)
        }
        VERIFICATION_RETRIES if has_verification => Ok(verification_retries(cx, &standing)),
        TOKEN_USING_PIN if has_pin && has_token => token::using_pin(cx, &standing, request),
        _ => Err(Error::UnknownSubcommand), // CP-01, CP-18, CP-19
    };
    if step.is_err() {
        cx.session.pin.end_exchange();
    }
    step
}

/// CP-03: how often a wrong PIN may be tried, without asking for one.
fn pin_retries(cx: &Context<'_>, standing: &Standing<'_>) -> Step {
    let left = standing.settings.pin_retries;
    let power_cycle = standing.settings.awaits_power_cycle(cx.now.boot);
    reply(PinReply::Retries { left, power_cycle })
}

/// CP-18. The host's own count is passed on as far as it has said it.
fn verification_retries(cx: &Context<'_>, standing: &Standing<'_>) -> Step {
    let left = standing.verification_retries(cx.session.pin.verification_left);
    reply(PinReply::VerificationRetries(left))
}

/// CP-04.
fn key_agreement(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let protocol = protocol(standing, required(request.protocol)?)?;
    let public = *cx.session.pin.public_key(protocol, cx.rng);
    Ok(reply(PinReply::KeyAgreement { x: public.x, y: public.y }))
}

const fn reply(reply: PinReply) -> Step {
    Step::success(Reply::ClientPin(reply))
}

fn required<T>(member: Option<T>) -> Result<T, Error> {
    member.ok_or(Error::MissingParameter)
}

fn protocol(standing: &Standing<'_>, number: u64) -> Result<Protocol, Error> {
    standing.protocol(number).ok_or(Error::PinUvAuth(PinUvAuthError::UnsupportedProtocol))
}

/// Comes to share a secret with the platform, in the session (PP-02).
fn exchange(cx: &mut Context<'_>, protocol: Protocol, platform: &PlatformKey<'_>) -> Result<Exchange, Error> {
    cx.session.pin.begin_exchange(protocol, platform, cx.rng).map_err(|_| Error::InvalidParameter)
}

/// Verifies what was sent under the shared secret.
fn authenticate(cx: &Context<'_>, exchange: Exchange, message: &[&[u8]], param: &[u8]) -> Result<(), Error> {
    let verified = cx.session.pin.shared(exchange).is_some_and(|shared| shared.verify(message, param));
    if verified { Ok(()) } else { Err(PinUvAuthError::Invalid.into()) }
}
