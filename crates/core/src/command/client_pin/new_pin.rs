//! A new PIN, from its ciphertext to what is kept of it (CP-05, CP-07).

use crate::cbor::count;
use crate::context::Context;
use crate::error::{Error, PinError, PinUvAuthError};
use crate::pin::{Exchange, SharedSecret};
use crate::secret::{Secret, leaving_no_trace};
use crate::standing::Standing;
use crate::store::{Pin, StoreKeys};
use sha2::{Digest, Sha256};

/// As what a PIN is sent, with zeros after it.
const PADDED: usize = 64;

/// A new PIN that is well made; whether it is good enough the settings of the day say.
#[derive(Clone, Copy)]
pub(crate) struct NewPin {
    pub(crate) pin: Pin,
    /// All its characters are the same, or follow one another.
    is_simple: bool,
}

impl NewPin {
    /// Reads what was sent under this exchange's secret.
    pub(super) fn read(cx: &Context<'_>, exchange: Exchange, encrypted: &[u8]) -> Result<Self, Error> {
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        let shared = cx.session.pin.shared(exchange).ok_or(PinUvAuthError::Invalid)?;
        leaving_no_trace(|| read(keys, shared, encrypted))
    }

    /// What the host's user has typed, in Unicode's normal form C.
    pub(super) fn typed(cx: &Context<'_>, text: &str) -> Result<Self, Error> {
        // No client could ever try it: it has no room for its padding, or ends with what is taken for that (CP-07).
        if text.len() >= PADDED || text.ends_with('\0') {
            return Err(PinError::Policy.into());
        }
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        leaving_no_trace(|| of_text(keys, text))
    }

    /// What is to be kept of it, if it is good enough today.
    pub(crate) fn accepted(&self, standing: &Standing<'_>) -> Result<Pin, PinError> {
        let fits = standing.accepts_pin_length(self.pin.length);
        let too_simple = self.is_simple && standing.settings.pin_complexity;
        if fits && !too_simple { Ok(self.pin) } else { Err(PinError::Policy) }
    }
}

fn read(keys: &StoreKeys, shared: &SharedSecret, encrypted: &[u8]) -> Result<NewPin, Error> {
    let length = shared.protocol().and_then(|protocol| protocol.plaintext_length(encrypted.len()));
    let length = length.ok_or(PinUvAuthError::Invalid)?;
    if length != PADDED {
        return Err(if length > PADDED { PinError::Policy.into() } else { Error::InvalidParameter }); // CP-07
    }
    let mut padded = Secret::<PADDED>::new([0; PADDED]);
    shared.decrypt(encrypted, padded.expose_mut()).map_err(|_| PinUvAuthError::Invalid)?;
    let end = padded.expose().iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let pin = padded.expose().get(..end).filter(|pin| pin.len() < PADDED).ok_or(PinError::Policy)?;
    of_text(keys, core::str::from_utf8(pin).map_err(|_| PinError::Policy)?)
}

fn of_text(keys: &StoreKeys, text: &str) -> Result<NewPin, Error> {
    let length = u8::try_from(count(text.chars())).map_err(|_| PinError::Policy)?;
    let verifier = verifier(keys, text.as_bytes());
    Ok(NewPin { pin: Pin { verifier, length }, is_simple: is_simple(text) })
}

/// What a PIN is recognised by (CP-20).
fn verifier(keys: &StoreKeys, pin: &[u8]) -> [u8; 16] {
    let mut hash = Secret::<32>::new([0; 32]);
    Sha256::new_with_prefix(pin).finalize_into(hash.expose_mut().into());
    let (half, _) = hash.expose().split_at(16);
    keys.pin_verifier(half)
}

/// Whether one character is all there is, or each follows on the one before, up or down: 0000, 1234, dcba.
fn is_simple(text: &str) -> bool {
    let mut characters = text.chars().map(u32::from);
    let Some(mut previous) = characters.next() else { return true };
    let mut step = None;
    characters.all(|next| {
        let found = next.wrapping_sub(previous);
        previous = next;
        matches!(found, 0 | 1 | u32::MAX) && *step.get_or_insert(found) == found
    })
}

#[cfg(test)]
mod tests;
