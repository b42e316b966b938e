//! An attempt at the PIN: spent first, judged then (CP-12, CP-13).

use super::new_pin::NewPin;
use super::set::Changed;
use super::token::Issue;
use crate::commit::Work;
use crate::context::Context;
use crate::error::{Error, PinError, PinUvAuthError};
use crate::pin::{Exchange, Protocol, SharedSecret};
use crate::secret::{Secret, leaving_no_trace};
use crate::step::{NeedsCommit, Step};
use crate::store::{Settings, StoreKeys};
use subtle::ConstantTimeEq;

/// An attempt at the PIN, to be spent.
pub(crate) struct Attempt {
    protocol: Protocol,
    /// What the PIN that was sent would be recognised by; `None`: it is none.
    offered: Option<[u8; 16]>,
    /// Set when the attempt is drafted.
    against: Option<Against>,
    wanted: AttemptFor,
}

/// What is to follow when the PIN is right.
pub(super) enum AttemptFor {
    Change(Result<NewPin, Error>),
    Token(Issue),
}

/// The settings that the attempt was spent from.
struct Against {
    verifier: [u8; 16],
    /// What a wrong PIN comes to.
    failure: PinError,
}

impl Attempt {
    /// Reads what was sent under this exchange's secret.
    pub(super) fn read(
        cx: &Context<'_>,
        exchange: Exchange,
        encrypted: &[u8],
        wanted: AttemptFor,
    ) -> Result<Self, Error> {
        let keys = cx.session.keys().ok_or(Error::StoreReset)?;
        let shared = cx.session.pin.shared(exchange).ok_or(PinUvAuthError::Invalid)?;
        let protocol = shared.protocol().ok_or(PinUvAuthError::Invalid)?;
        Ok(Self {
            protocol,
            offered: leaving_no_trace(|| offered(keys, shared, encrypted)),
            against: None,
            wanted,
        })
    }

    /// Spends the attempt from these settings, and notes which PIN it is at.
    pub(crate) fn spend(&mut self, cx: &Context<'_>, settings: &mut Settings) -> Result<(), Error> {
        let pin = settings.pin.ok_or(PinError::NotSet)?;
        settings.spend_pin_retry(cx.now.boot);
        let failure = match (settings.pin_retries, settings.awaits_power_cycle(cx.now.boot)) {
            (0, _) => PinError::Blocked,
            (_, true) => PinError::AwaitsPowerCycle,
            _ => PinError::Wrong,
        };
        self.against = Some(Against { verifier: pin.verifier, failure });
        Ok(())
    }

    /// The attempt is spent: now the PIN is looked at.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Result<Step, Error> {
        let Self { protocol, offered, against, wanted } = self;
        let Against { verifier, failure } = against.ok_or(PinError::NotSet)?;
        if !is_right(offered, &verifier) {
            cx.session.pin.renew_key(protocol); // PP-01
            cx.session.pin.end_exchange();
            return Err(failure.into());
        }
        let (_, standing) = cx.standing()?;
        let refused = match wanted {
            AttemptFor::Change(new) => {
                let change = new.map(|new| Changed { old: verifier, new });
                match change.and_then(|change| Ok(change.accepted(&standing).map(|_| change)?)) {
                    Ok(change) => return NeedsCommit::begin(cx, Work::ChangePin(change)),
                    Err(error) => error,
                }
            }
            AttemptFor::Token(issue) => match issue.check_pin_use(&standing.settings) {
                Ok(()) => return NeedsCommit::begin(cx, Work::IssueToken(issue.proven_by(verifier))),
                Err(error) => {
                    cx.session.pin.end_exchange();
                    error.into()
                }
            },
        };
        // CP-09: the PIN was right, whatever else was not.
        NeedsCommit::begin(cx, Work::GiveAttemptsBack(GivenBack { verifier, refused }))
    }
}

/// The attempts are to be given back, though what was asked for is refused.
pub(crate) struct GivenBack {
    /// By what the PIN that was right is recognised.
    pub(crate) verifier: [u8; 16],
    pub(crate) refused: Error,
}

/// By what the PIN that was sent would be recognised. A hash of another length is one of no PIN (CP-12).
pub(crate) fn offered(keys: &StoreKeys, shared: &SharedSecret, encrypted: &[u8]) -> Option<[u8; 16]> {
    let mut hash = Secret::<16>::new([0; 16]);
    let length = shared.decrypt(encrypted, hash.expose_mut()).ok()?;
    (length == hash.expose().len()).then(|| keys.pin_verifier(hash.expose()))
}

pub(crate) fn is_right(offered: Option<[u8; 16]>, verifier: &[u8; 16]) -> bool {
    offered.is_some_and(|offered| offered.ct_eq(verifier).into())
}
