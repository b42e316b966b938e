//! setPIN and changePIN.

use super::attempt::{Attempt, AttemptFor};
use super::new_pin::NewPin;
use super::{ClientPin, authenticate, exchange, protocol, required};
use crate::commit::Work;
use crate::context::Context;
use crate::error::{Error, PinError};
use crate::reply::Reply;
use crate::standing::Standing;
use crate::step::{NeedsCommit, Step};
use crate::store::Pin;

/// CP-06.
pub(super) fn set(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let number = required(request.protocol)?;
    let platform = required(request.key_agreement)?;
    let param = required(request.param)?;
    let encrypted = required(request.new_pin)?;
    let protocol = protocol(standing, number)?;
    if standing.pin_is_set() {
        return Err(PinError::AlreadySet.into());
    }
    let exchange = exchange(cx, protocol, &platform)?;
    authenticate(cx, exchange, &[encrypted], param)?;
    let new = NewPin::read(cx, exchange, encrypted)?;
    cx.session.pin.end_exchange();
    new.accepted(standing)?;
    let generation = cx.open()?.generation;
    NeedsCommit::begin(cx, Work::SetPin(Set { new, generation }))
}

/// The host's user has typed it: nothing is encrypted, and everything else is as for a client (CP-05, CP-06).
pub(crate) fn set_by_host(cx: &mut Context<'_>, text: &str) -> Result<Step, Error> {
    let (header, standing) = cx.standing()?;
    if standing.profile.client_pin.is_none() {
        return Err(Error::UnknownSubcommand);
    }
    if standing.pin_is_set() {
        return Err(PinError::AlreadySet.into());
    }
    let new = NewPin::typed(cx, text)?;
    new.accepted(&standing)?;
    NeedsCommit::begin(cx, Work::SetPin(Set { new, generation: header.generation }))
}

/// CP-08.
pub(super) fn change(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let number = required(request.protocol)?;
    let platform = required(request.key_agreement)?;
    let param = required(request.param)?;
    let encrypted = required(request.new_pin)?;
    let hash = required(request.pin_hash)?;
    let protocol = protocol(standing, number)?;
    standing.check_pin(cx.now)?;
    let exchange = exchange(cx, protocol, &platform)?;
    authenticate(cx, exchange, &[encrypted, hash], param)?;
    // Read now, while the secret is there; what is wrong with it is only said once the old PIN was right.
    let new = NewPin::read(cx, exchange, encrypted);
    let attempt = Attempt::read(cx, exchange, hash, AttemptFor::Change(new))?;
    cx.session.pin.end_exchange();
    NeedsCommit::begin(cx, Work::SpendPinRetry(attempt))
}

/// A PIN is to be set where there is none.
pub(crate) struct Set {
    pub(crate) new: NewPin,
    /// Whose keys the new PIN is recognised with.
    pub(crate) generation: u64,
}

/// The PIN is to become another.
pub(crate) struct Changed {
    /// By what the old one was recognised.
    pub(crate) old: [u8; 16],
    pub(crate) new: NewPin,
}

impl Changed {
    /// What is to be kept of the new PIN, if it is good enough today. One that must be changed must become another.
    pub(crate) fn accepted(&self, standing: &Standing<'_>) -> Result<Pin, PinError> {
        if standing.settings.force_pin_change && self.new.pin.is(&self.old) {
            return Err(PinError::Policy);
        }
        self.new.accepted(standing)
    }
}

/// What anyone was authenticated for has ended, here and elsewhere: every session sees that by the epoch in the header (CP-08,
/// ST-08). Here the token is wiped at once.
pub(crate) fn committed(cx: &mut Context<'_>) -> Step {
    cx.session.pin.forget();
    Step::success(Reply::Empty)
}
