//! hmac-secret and hmac-secret-mc (CTAP 2.3 §12.7): secrets that a credential makes from salts, the same every time.
//!
//! A client of CTAP sends salts sealed with what it has agreed on with the authenticator, and gets secrets sealed likewise. The
//! host that is its own client, as a provider of passkeys is, gives and gets them as they are.

use super::{AssertionExtensions, Derivation, RegistrationExtensions};
use crate::bounded::Bytes;
use crate::context::Context;
use crate::error::{Error, PinUvAuthError, RequestError};
use crate::pin::{Exchange, PlatformKey, Protocol, SharedSecret};
use crate::profile::{HmacSecret, Profile};
use crate::secret::{Secret, leaving_no_trace};
use crate::standing::Standing;
use crate::store::StoreKeys;
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

pub(super) const NAME: &str = "hmac-secret";
pub(super) const AT_REGISTRATION: &str = "hmac-secret-mc";

/// The length of a salt, and of the secret made from it.
const SALT: usize = 32;

/// What secrets are wanted for.
#[derive(Clone, Copy)]
pub enum Salts<'a> {
    /// One or two salts, sealed by a client of CTAP: the secrets go into the authenticator data, sealed for it.
    Sealed(SealedSalts<'a>),
    /// The host's own: the secrets are in the reply, and the authenticator data say nothing of them.
    Plain(PlainSalts<'a>),
}

/// Salts as a client of CTAP sends them (HS-03).
#[derive(Clone, Copy)]
pub struct SealedSalts<'a> {
    pub(crate) key_agreement: PlatformKey<'a>,
    pub(crate) salt_enc: &'a [u8],
    pub(crate) salt_auth: &'a [u8],
    pub(crate) protocol: Option<u64>,
}

/// One salt or two.
#[derive(Clone, Copy)]
pub struct PlainSalts<'a> {
    /// The first.
    pub first: &'a [u8; SALT],
    /// The second.
    pub second: Option<&'a [u8; SALT]>,
}

impl fmt::Debug for Salts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salts")
    }
}

/// The secrets made from the host's own salts: as many as there were.
pub struct HmacSecrets {
    secrets: Secret<{ 2 * SALT }>,
    both: bool,
}

impl HmacSecrets {
    /// The one made from the first salt.
    #[must_use]
    pub fn first(&self) -> &[u8; SALT] {
        self.secrets.expose().first_chunk().unwrap_or(&[0; SALT])
    }

    /// The one made from the second.
    #[must_use]
    pub fn second(&self) -> Option<&[u8; SALT]> {
        self.secrets.expose().last_chunk().filter(|_| self.both)
    }
}

impl fmt::Debug for HmacSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacSecrets").field("both", &self.both).finish_non_exhaustive()
    }
}

/// Secrets as they are sealed for a client; none: there is nothing to put out.
pub(crate) type SealedSecrets = Bytes<80>;

/// The salts of the command under way, which an assertion's continuations use again (HS-10). They lie in the session.
pub(crate) struct HeldSalts {
    salts: Secret<{ 2 * SALT }>,
    /// How many bytes of them there are.
    length: usize,
    /// Counts them, so that a step of an earlier command does not go on with those of a later.
    serial: u32,
}

impl HeldSalts {
    pub(crate) const fn none() -> Self {
        Self { salts: Secret::new([0; 2 * SALT]), length: 0, serial: 0 }
    }

    /// Wipes them.
    pub(crate) fn clear(&mut self) {
        self.salts.zeroize();
        self.length = 0;
    }

    /// Takes the salts that `fill` leaves behind, if it says that they are one or two.
    fn take(&mut self, fill: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<u32> {
        self.clear();
        self.length = fill(self.salts.expose_mut()).filter(|length| matches!(*length, 32 | 64))?;
        self.serial = self.serial.wrapping_add(1);
        Some(self.serial)
    }

    /// One salt after the other; none, once others have taken their place.
    fn each(&self, serial: u32) -> impl Iterator<Item = &[u8]> {
        let length = if serial == self.serial { self.length } else { 0 };
        self.salts.expose().get(..length).unwrap_or_default().chunks_exact(SALT)
    }
}

/// Salts that are in order: which, and with what the secrets are to be sealed. `None`: for the host itself, not at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    serial: u32,
    exchange: Option<Exchange>,
}

/// What secrets are wanted for, or what is wrong with it, which is only said once the user has agreed (EXT-04, HS-05).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted(Option<Result<Agreed, Error>>);

impl Wanted {
    /// Nothing.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self(None);

    /// What is wrong.
    pub(crate) fn check(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), |salts| salts.map(drop))
    }

    fn agreed(self) -> Option<Agreed> {
        self.0.and_then(Result::ok)
    }

    /// The secrets, sealed for the client (HS-07); each time anew.
    #[inline(never)]
    pub(crate) fn sealed(
        self,
        cx: &mut Context<'_>,
        of: Derivation<'_>,
        verified: bool,
    ) -> Result<SealedSecrets, Error> {
        let Some(Agreed { serial, exchange: Some(exchange) }) = self.agreed() else {
            return Ok(SealedSecrets::default());
        };
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        let shared = cx.session.pin.shared(exchange).ok_or(PinUvAuthError::Invalid)?;
        let mut out = [0; 80];
        let length = leaving_no_trace(|| {
            let mut secrets = Secret::new([0; 2 * SALT]);
            let made = make(&cx.session.salts, serial, keys, of, verified, &mut secrets)?;
            shared.encrypt(cx.rng, secrets.expose().get(..made)?, &mut out).ok()
        });
        length.and_then(|length| out.get(..length)).and_then(Bytes::new).ok_or(PinUvAuthError::Invalid.into())
    }

    /// The secrets as they are, where the host itself asked. Once another command has taken the salts away there are none to
    /// answer with, which must not look as if none had been asked for.
    pub(crate) fn plain(
        self,
        salts: &HeldSalts,
        keys: &StoreKeys,
        of: Derivation<'_>,
        verified: bool,
    ) -> Result<Option<HmacSecrets>, Error> {
        let Some(Agreed { serial, exchange: None }) = self.agreed() else { return Ok(None) };
        let mut secrets = Secret::new([0; 2 * SALT]);
        let made = leaving_no_trace(|| make(salts, serial, keys, of, verified, &mut secrets));
        let made = made.ok_or(Error::CeremonyUsed)?;
        Ok(Some(HmacSecrets { secrets, both: made > SALT }))
    }
}

/// HS-06: each salt under the one of the credential's two keys that its user's verification gives.
fn make(
    salts: &HeldSalts,
    serial: u32,
    keys: &StoreKeys,
    of: Derivation<'_>,
    verified: bool,
    secrets: &mut Secret<{ 2 * SALT }>,
) -> Option<usize> {
    let purpose: &[u8] =
        if verified { b"secrets with verification" } else { b"secrets without verification" };
    let mut key = Secret::new([0; 32]);
    keys.credential_secret(purpose, of.seed.as_slice(), of.credential_id, &mut key);
    under(&key, salts.each(serial), secrets)
}

/// HMAC-SHA-256 of one salt or two under this key. Says how long that is; `None`: there is no salt.
pub(crate) fn under<'a>(
    key: &Secret<32>,
    salts: impl Iterator<Item = &'a [u8]>,
    secrets: &mut Secret<{ 2 * SALT }>,
) -> Option<usize> {
    let mut length = 0_usize;
    for (salt, place) in salts.zip(secrets.expose_mut().chunks_exact_mut(SALT)) {
        // HMAC takes a key of any length, so the error type is never made.
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
        mac.update(salt);
        place.copy_from_slice(&mac.finalize().into_bytes());
        length = length.saturating_add(SALT);
    }
    (length > 0).then_some(length)
}

/// HS-01: whether the registration is to say that there are secrets. hmac-secret-mc goes with hmac-secret alone (HM-01).
pub(super) fn registration(profile: &Profile, asked: &RegistrationExtensions<'_>) -> Result<bool, Error> {
    let at_once = asked.hmac_secret_mc.is_some() && profile.hmac_secret == HmacSecret::AtRegistrationToo;
    if at_once && !asked.hmac_secret {
        return Err(RequestError::Missing.into());
    }
    Ok(asked.hmac_secret && profile.hmac_secret != HmacSecret::Unsupported)
}

/// HM-02: what the new credential's secrets are wanted for.
pub(super) fn at_registration(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    asked: &RegistrationExtensions<'_>,
) -> Wanted {
    let offered = standing.profile.hmac_secret == HmacSecret::AtRegistrationToo;
    Wanted(asked.hmac_secret_mc.filter(|_| offered).map(|salts| agree(cx, standing, &salts)))
}

/// What the credential's secrets are wanted for. Nobody gets any unless its user is there (HS-05).
pub(super) fn at_sign_in(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    asked: &AssertionExtensions<'_>,
    up: bool,
) -> Wanted {
    let offered = standing.profile.hmac_secret != HmacSecret::Unsupported;
    Wanted(
        asked
            .hmac_secret
            .filter(|_| offered)
            .map(|salts| if up { agree(cx, standing, &salts) } else { Err(Error::SecretsWithoutPresence) }),
    )
}

/// Takes the salts, in the order of HS-04 and HS-05.
fn agree(cx: &mut Context<'_>, standing: &Standing<'_>, salts: &Salts<'_>) -> Result<Agreed, Error> {
    match salts {
        Salts::Sealed(sealed) => {
            let number = sealed.protocol.unwrap_or(Protocol::One.number());
            let protocol = standing.protocol(number).ok_or(PinUvAuthError::UnsupportedProtocol)?;
            let pin = &mut cx.session.pin;
            let exchange = pin.begin_exchange(protocol, &sealed.key_agreement, cx.rng);
            let exchange = exchange.map_err(|_| Error::InvalidParameter)?;
            let shared = pin.shared(exchange).ok_or(Error::InvalidParameter)?;
            if !shared.verify(&[sealed.salt_enc], sealed.salt_auth) {
                return Err(PinUvAuthError::Invalid.into());
            }
            let serial = cx.session.salts.take(|place| open(shared, sealed.salt_enc, place));
            Ok(Agreed { serial: serial.ok_or(Error::InvalidParameter)?, exchange: Some(exchange) })
        }
        Salts::Plain(plain) => {
            let both = [Some(plain.first), plain.second];
            let serial = cx.session.salts.take(|place| {
                let places = place.chunks_exact_mut(SALT);
                let given = both.into_iter().flatten().zip(places);
                Some(given.map(|(salt, place)| place.copy_from_slice(salt)).count().saturating_mul(SALT))
            });
            Ok(Agreed { serial: serial.ok_or(Error::InvalidParameter)?, exchange: None })
        }
    }
}

fn open(shared: &SharedSecret, sealed: &[u8], place: &mut [u8]) -> Option<usize> {
    leaving_no_trace(|| shared.decrypt(sealed, place)).ok()
}

#[cfg(test)]
mod tests;
