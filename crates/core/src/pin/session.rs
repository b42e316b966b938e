//! What an endpoint keeps in RAM for the PIN/UV auth protocols.

use super::agreement::{InvalidPoint, KeyAgreement, PlatformKey, Point};
use super::cipher::BadLength;
use super::protocol::Protocol;
use super::shared::SharedSecret;
use super::token::{Grant, Token};
use crate::bounded::Bytes;
use crate::secret::{Secret, leaving_no_trace};
use crate::time::Now;
use rand_core::CryptoRng;

/// In place from power-up on, and never moved: it holds secrets.
pub(crate) struct PinSession {
    one: KeyAgreement,
    two: KeyAgreement,
    shared: SharedSecret,
    /// Counts exchanges, so that a step of an earlier one does not go on with the secret of the next.
    exchanges: u32,
    pub(crate) token: Token,
    /// How many attempts at its verification the host has said are left, when it said so last.
    pub(crate) verification_left: Option<u8>,
}

/// Ties a command's steps to the secret that it shares with its platform, and to no later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exchange(u32);

/// A token as it is sent: 32 bytes, and under protocol two an initialisation vector before them (PP-23).
pub(crate) type EncryptedToken = Bytes<48>;

impl PinSession {
    pub(crate) const fn new() -> Self {
        Self {
            one: KeyAgreement::empty(),
            two: KeyAgreement::empty(),
            shared: SharedSecret::empty(),
            exchanges: 0,
            token: Token::new(),
            verification_left: None,
        }
    }

    /// Everything as at power-up, for a store that was reset (PP-01, TOK-03).
    pub(crate) fn restart(&mut self) {
        self.one.renew();
        self.two.renew();
        self.end_exchange();
        self.forget();
        self.verification_left = None;
    }

    /// What anyone was authenticated for has ended.
    pub(crate) fn forget(&mut self) {
        self.token.stop();
    }

    /// The public key of this protocol.
    pub(crate) fn public_key(&mut self, protocol: Protocol, rng: &mut dyn CryptoRng) -> &Point {
        leaving_no_trace(|| self.agreement(protocol).public_key(rng))
    }

    /// The key of this protocol has served a wrong PIN (PP-01).
    pub(crate) fn renew_key(&mut self, protocol: Protocol) {
        self.agreement(protocol).renew();
    }

    /// Agrees on a secret with a platform, in place of any other.
    pub(crate) fn begin_exchange(
        &mut self,
        protocol: Protocol,
        platform: &PlatformKey<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Exchange, InvalidPoint> {
        let Self { one, two, shared, exchanges, .. } = self;
        let agreement = match protocol {
            Protocol::One => one,
            Protocol::Two => two,
        };
        leaving_no_trace(|| agreement.decapsulate(rng, protocol, platform, shared))?;
        *exchanges = exchanges.wrapping_add(1);
        Ok(Exchange(*exchanges))
    }

    /// The secret agreed on in this exchange; an empty one once that has ended.
    pub(crate) fn shared(&self, exchange: Exchange) -> Option<&SharedSecret> {
        Some(&self.shared).filter(|_| exchange.0 == self.exchanges)
    }

    /// Wipes the secret that was agreed on.
    pub(crate) fn end_exchange(&mut self) {
        self.shared.clear();
    }

    /// Issues a token and encrypts it for the platform of this exchange.
    pub(crate) fn issue(
        &mut self,
        exchange: Exchange,
        grant: Grant,
        rng: &mut dyn CryptoRng,
        now: Now,
    ) -> Result<EncryptedToken, BadLength> {
        let Self { shared, exchanges, token, .. } = self;
        if exchange.0 != *exchanges || shared.protocol() != Some(grant.protocol) {
            return Err(BadLength);
        }
        let secret = token.issue(grant, rng, now);
        encrypt(shared, secret, rng)
    }

    /// Encrypts the persistent token for the platform of this exchange.
    pub(crate) fn encrypt(
        &self,
        exchange: Exchange,
        token: &Secret<32>,
        rng: &mut dyn CryptoRng,
    ) -> Result<EncryptedToken, BadLength> {
        encrypt(self.shared(exchange).ok_or(BadLength)?, token, rng)
    }

    const fn agreement(&mut self, protocol: Protocol) -> &mut KeyAgreement {
        match protocol {
            Protocol::One => &mut self.one,
            Protocol::Two => &mut self.two,
        }
    }
}

fn encrypt(
    shared: &SharedSecret,
    token: &Secret<32>,
    rng: &mut dyn CryptoRng,
) -> Result<EncryptedToken, BadLength> {
    let mut out = [0; 48];
    let length = leaving_no_trace(|| shared.encrypt(rng, token.expose(), &mut out))?;
    out.get(..length).and_then(Bytes::new).ok_or(BadLength)
}
