//! The pinUvAuthToken of one endpoint (CTAP 2.3 §6.5.2.1, TOK).
//!
//! There is at most one in use: issuing one ends all others, whatever their protocol (TOK-05). It lies in its session from
//! power-up on and is never moved.

use super::protocol::{Protocol, verify};
use crate::credential::RpIdHash;
use crate::secret::Secret;
use crate::time::{Now, Window};
use core::time::Duration;
use rand_core::CryptoRng;

/// How long a token waits for its first use (TOK-07).
const INITIAL_USAGE: Duration = Duration::from_secs(30);

/// How long it stands for its user's presence (TOK-07, TOK-10).
const USER_PRESENT: Duration = Duration::from_secs(30);

/// How long it lives (TOK-07).
const MAX_USAGE: Duration = Duration::from_secs(600);

/// What a token may be used for (TOK-01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Permissions(u8);

impl Permissions {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const MAKE_CREDENTIAL: Self = Self(0x01);
    pub(crate) const GET_ASSERTION: Self = Self(0x02);
    pub(crate) const CREDENTIAL_MANAGEMENT: Self = Self(0x04);
    pub(crate) const BIO_ENROLLMENT: Self = Self(0x08);
    pub(crate) const LARGE_BLOB_WRITE: Self = Self(0x10);
    pub(crate) const CONFIGURATION: Self = Self(0x20);
    pub(crate) const READ_ONLY_MANAGEMENT: Self = Self(0x40);
    const DEFINED: u8 = 0x7F;

    /// The permissions of a request's number; bits that mean nothing are dropped (TOK-01).
    pub(crate) fn from_bits(bits: u64) -> Self {
        let [.., low] = bits.to_be_bytes();
        Self(low & Self::DEFINED)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Whether any of `others` is among them.
    pub(crate) const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// What a new token is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    pub(crate) protocol: Protocol,
    pub(crate) permissions: Permissions,
    /// The one relying party it is good for; `None` until it is used for one (TOK-17).
    pub(crate) rp_id_hash: Option<RpIdHash>,
    /// Whether the verification that it was issued for was a sign of presence as well.
    pub(crate) user_present: bool,
}

struct InUse {
    grant: Grant,
    user_verified: bool,
    issued: Now,
    used: bool,
}

/// The token. Its bytes are worth something only while it is in use.
pub(crate) struct Token {
    secret: Secret<32>,
    in_use: Option<InUse>,
    /// Counts tokens, so that what was begun with one does not go on with the next (ST-08).
    serial: u32,
}

/// A pinUvAuthParam does not authorise what it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unauthorised;

/// A token has verified a request that wants its user's verification. Nothing else makes one.
#[derive(Debug)]
pub(crate) struct TokenUse {
    user_present: bool,
    serial: u32,
    auth_epoch: u64,
}

impl TokenUse {
    /// Good while the header has this epoch: what follows a prompt must ask again (`auth_epoch` ends the tokens of all).
    pub(crate) const fn in_epoch(self, auth_epoch: u64) -> Self {
        Self { auth_epoch, ..self }
    }

    /// Whether it is still good.
    pub(crate) const fn holds(&self, auth_epoch: u64) -> bool {
        self.auth_epoch == auth_epoch
    }

    /// Whether the user was there when the token was issued, not long ago (TOK-10).
    pub(crate) const fn user_present(&self) -> bool {
        self.user_present
    }

    pub(crate) const fn serial(&self) -> u32 {
        self.serial
    }
}

impl Token {
    /// The state at power-up (TOK-03): not in use, so that its bytes do not matter yet.
    pub(crate) const fn new() -> Self {
        Self { secret: Secret::new([0; 32]), in_use: None, serial: 0 }
    }

    /// A fresh token comes into use in place of any other (TOK-04..06).
    pub(crate) fn issue(&mut self, grant: Grant, rng: &mut dyn CryptoRng, now: Now) -> &Secret<32> {
        rng.fill_bytes(self.secret.expose_mut());
        self.serial = self.serial.wrapping_add(1);
        self.in_use = Some(InUse { grant, user_verified: true, issued: now, used: false });
        &self.secret
    }

    /// TOK-11: everything back to how it was at power-up.
    pub(crate) fn stop(&mut self) {
        self.in_use = None;
        self.secret.expose_mut().fill(0);
    }

    /// The serial number of the token issued last.
    pub(crate) const fn serial(&self) -> u32 {
        self.serial
    }

    /// Whether the token with this serial number is still in use (ST-08).
    pub(crate) fn is_in_use(&mut self, serial: u32, now: Now) -> bool {
        self.current(now).is_some() && self.serial == serial
    }

    /// Verifies `param` over the message, for something that any of these permissions allows (TOK-12, TOK-18).
    ///
    /// Gives the relying party that the token is bound to.
    pub(crate) fn authorise(
        &mut self,
        (protocol, param): (Protocol, &[u8]),
        message: &[&[u8]],
        permission: Permissions,
        now: Now,
    ) -> Result<Option<RpIdHash>, Unauthorised> {
        let state = self.verify(protocol, param, message, now)?;
        if !state.grant.permissions.has_any(permission) {
            return Err(Unauthorised);
        }
        Ok(state.grant.rp_id_hash)
    }

    /// Verifies `param` for makeCredential or getAssertion with this relying party, and binds the token to it (MC-17,
    /// GA-05, TOK-17).
    pub(crate) fn authorise_for(
        &mut self,
        (protocol, param): (Protocol, &[u8]),
        message: &[&[u8]],
        permission: Permissions,
        rp_id_hash: &RpIdHash,
        now: Now,
    ) -> Result<TokenUse, Unauthorised> {
        let serial = self.serial;
        let state = self.verify(protocol, param, message, now)?;
        let of_this_site = state.grant.rp_id_hash.is_none_or(|bound| bound == *rp_id_hash);
        if !state.grant.permissions.has_any(permission) || !of_this_site || !state.user_verified {
            return Err(Unauthorised);
        }
        state.grant.rp_id_hash = Some(*rp_id_hash);
        Ok(TokenUse { user_present: state.grant.user_present, serial, auth_epoch: 0 })
    }

    /// The user's presence has been collected for a command: what the token stood for is used up, but for writing large
    /// blobs (TOK-14).
    pub(crate) fn consume(&mut self) {
        if let Some(state) = &mut self.in_use {
            state.user_verified = false;
            state.grant.user_present = false;
            state.grant.permissions =
                Permissions(state.grant.permissions.0 & Permissions::LARGE_BLOB_WRITE.0);
        }
    }

    fn verify(
        &mut self,
        protocol: Protocol,
        param: &[u8],
        message: &[&[u8]],
        now: Now,
    ) -> Result<&mut InUse, Unauthorised> {
        self.current(now);
        let Self { secret, in_use, .. } = self;
        let state = in_use.as_mut().filter(|state| state.grant.protocol == protocol).ok_or(Unauthorised)?;
        if !verify(protocol, secret.expose(), message, param) {
            return Err(Unauthorised);
        }
        state.used = true;
        Ok(state)
    }

    /// The token's state, once its timers have been looked at (TOK-08, TOK-10, TOK-11).
    fn current(&mut self, now: Now) -> Option<&mut InUse> {
        let state = self.in_use.as_mut()?;
        let within = |length| Window::open(state.issued, length).contains(now);
        if !within(MAX_USAGE) || !(state.used || within(INITIAL_USAGE)) {
            self.stop();
            return None;
        }
        if !within(USER_PRESENT) {
            state.grant.user_present = false;
        }
        self.in_use.as_mut()
    }
}

#[cfg(test)]
mod tests;
