//! The three ways to a pinUvAuthToken: getPinToken, and by PIN or by the host's verification with permissions.

use super::super::selection::confirmed;
use super::attempt::{Attempt, AttemptFor};
use super::{ClientPin, exchange, protocol, reply, required};
use crate::bounded::Text;
use crate::commit::Work;
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::error::{Error, PinError, PinUvAuthError};
use crate::pin::{Exchange, Grant, Permissions, PlatformKey, Protocol};
use crate::profile::{Chooser, Management};
use crate::reply::PinReply;
use crate::secret::Secret;
use crate::standing::Standing;
use crate::step::{AfterUser, NeedsCommit, NeedsUser, Step};
use crate::store::Settings;
use crate::user::{Ask, Gesture, Presence, Prompt, Refusal, Verification};
use core::fmt;

/// What makeCredential and getAssertion take.
const CREDENTIAL_USE: Permissions = Permissions::MAKE_CREDENTIAL.and(Permissions::GET_ASSERTION);

/// CP-10.
pub(super) fn without_permissions(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let number = required(request.protocol)?;
    let platform = required(request.key_agreement)?;
    let hash = required(request.pin_hash)?;
    let protocol = protocol(standing, number)?;
    if request.permissions.is_some() || request.rp_id.is_some() {
        return Err(Error::InvalidParameter);
    }
    let permissions = if standing.pins_allow_credential_use() { CREDENTIAL_USE } else { Permissions::NONE };
    let wanted = Wanted { protocol, permissions, rp_id: None };
    by_pin(cx, standing, &platform, hash, wanted, PinError::MustChange)
}

/// CP-11.
pub(super) fn using_pin(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let number = required(request.protocol)?;
    let platform = required(request.key_agreement)?;
    let hash = required(request.pin_hash)?;
    let bits = required(request.permissions)?;
    let protocol = protocol(standing, number)?;
    let wanted = Wanted::new(protocol, bits, request.rp_id)?;
    let mut denied = denied(standing);
    if !standing.pins_allow_credential_use() {
        denied = denied.and(CREDENTIAL_USE);
    }
    wanted.check(denied)?;
    by_pin(cx, standing, &platform, hash, wanted, PinError::MustChangeFirst)
}

/// CP-16.
pub(super) fn using_verification(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    request: &ClientPin<'_>,
) -> Result<Step, Error> {
    let number = required(request.protocol)?;
    let platform = required(request.key_agreement)?;
    let bits = required(request.permissions)?;
    let protocol = protocol(standing, number)?;
    let wanted = Wanted::new(protocol, bits, request.rp_id)?;
    let mut denied = denied(standing);
    if !standing.profile.config_by_verification {
        denied = denied.and(Permissions::CONFIGURATION);
    }
    wanted.check(denied)?;
    if !standing.verifies() {
        return Err(PinError::VerificationNotSetUp.into());
    }
    if standing.is_verification_blocked() {
        return Err(PinError::VerificationBlocked.into());
    }
    let exchange = exchange(cx, protocol, &platform)?;
    let issue = Issue { exchange, what: wanted.what(), proof: None };
    wanted.ask(cx, standing, Ask::Verification, AwaitUser::Verification(issue))
}

/// The PIN is tried. Where there is a display, its owner is asked first.
fn by_pin(
    cx: &mut Context<'_>,
    standing: &Standing<'_>,
    platform: &PlatformKey<'_>,
    hash: &[u8],
    wanted: Wanted<'_>,
    must_change: PinError,
) -> Result<Step, Error> {
    standing.check_pin(cx.now)?;
    let exchange = exchange(cx, wanted.protocol, platform)?;
    let proof = Some(PinProof { verifier: [0; 16], must_change });
    let issue = Issue { exchange, what: wanted.what(), proof };
    let attempt = Attempt::read(cx, exchange, hash, AttemptFor::Token(issue))?;
    match standing.profile.chooser {
        Chooser::Client => NeedsCommit::begin(cx, Work::SpendPinRetry(attempt)),
        Chooser::Host => wanted.ask(cx, standing, Ask::Confirmation, AwaitUser::Consent(attempt)),
    }
}

/// The permissions that nobody gets here: what they are for is not supported.
fn denied(standing: &Standing<'_>) -> Permissions {
    let mut denied = Permissions::BIO_ENROLLMENT;
    if !standing.profile.has_large_blob_array() {
        denied = denied.and(Permissions::LARGE_BLOB_WRITE);
    }
    let read_only = match standing.profile.management {
        Management::OnDisplay => {
            denied = denied.and(Permissions::CREDENTIAL_MANAGEMENT);
            false
        }
        Management::ByClients { read_only, .. } => read_only,
    };
    if !read_only {
        denied = denied.and(Permissions::READ_ONLY_MANAGEMENT);
    }
    if standing.profile.config.is_empty() {
        denied = denied.and(Permissions::CONFIGURATION);
    }
    denied
}

/// A token as the platform wants it.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    protocol: Protocol,
    permissions: Permissions,
    rp_id: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn new(protocol: Protocol, bits: u64, rp_id: Option<&'a str>) -> Result<Self, Error> {
        if bits == 0 {
            return Err(Error::InvalidParameter);
        }
        let permissions = Permissions::from_bits(bits);
        if permissions.has_any(CREDENTIAL_USE) && rp_id.is_none() {
            return Err(Error::MissingParameter); // CP-11a
        }
        Ok(Self { protocol, permissions, rp_id })
    }

    /// Whether it may have these permissions. The persistent one stands alone.
    fn check(&self, denied: Permissions) -> Result<(), Error> {
        let persistent = self.is_persistent() && self.permissions != Permissions::READ_ONLY_MANAGEMENT;
        if persistent || self.permissions.has_any(denied) { Err(Error::PermissionDenied) } else { Ok(()) }
    }

    const fn is_persistent(&self) -> bool {
        self.permissions.has_any(Permissions::READ_ONLY_MANAGEMENT)
    }

    fn what(&self) -> What {
        let Self { protocol, permissions, rp_id } = *self;
        if self.is_persistent() {
            return What::Persistent { number: 0 };
        }
        let rp_id_hash = rp_id.map(RpIdHash::of);
        What::Token(Grant { protocol, permissions, rp_id_hash, user_present: false })
    }

    fn ask(
        &self,
        cx: &mut Context<'_>,
        standing: &Standing<'_>,
        ask: Ask,
        then: AwaitUser,
    ) -> Result<Step, Error> {
        let prompt =
            Prompt::Token { rp_id: self.rp_id.map(Text::truncated), permissions: self.permissions.bits() };
        let timeout = standing.profile.user_action_timeout;
        NeedsUser { prompt, ask, timeout, then: AfterUser::Token(then) }.begin(cx, standing)
    }
}

/// Waits for the user.
pub(crate) enum AwaitUser {
    /// To agree; then the PIN is tried.
    Consent(Attempt),
    /// To be verified.
    Verification(Issue),
}

impl AwaitUser {
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        ask: Ask,
        answer: Result<Gesture, Refusal>,
    ) -> Result<Step, Error> {
        let step = match self {
            Self::Consent(attempt) => {
                confirmed(ask, answer).and_then(|()| NeedsCommit::begin(cx, Work::SpendPinRetry(attempt)))
            }
            Self::Verification(issue) => answer
                .map_err(|refusal| unverified(refusal, ask))
                .and_then(|gesture| issue.verified(cx, ask, gesture)),
        };
        if step.is_err() {
            cx.session.pin.end_exchange();
        }
        step
    }
}

impl fmt::Debug for AwaitUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consent(_) => "Consent",
            Self::Verification(_) => "Verification",
        })
    }
}

/// CP-16: what a verification that failed comes to.
pub(crate) const fn unverified(refusal: Refusal, ask: Ask) -> Error {
    match refusal {
        Refusal::VerificationFailed { left: 0 } | Refusal::LockedOut { .. } => {
            Error::Pin(PinError::VerificationBlocked)
        }
        Refusal::VerificationFailed { .. } => Error::Pin(PinError::VerificationFailed),
        refusal => Error::Refused(refusal, ask),
    }
}

/// A token is to be issued.
pub(crate) struct Issue {
    exchange: Exchange,
    what: What,
    /// The PIN that it is issued for; `None`: the host has verified the user.
    proof: Option<PinProof>,
}

#[derive(Clone, Copy)]
enum What {
    Token(Grant),
    /// The persistent one (TOK-19).
    Persistent {
        /// Which one of its generation; set when its record is drafted.
        number: u64,
    },
}

#[derive(Clone, Copy)]
struct PinProof {
    /// By what the PIN that was right is recognised.
    verifier: [u8; 16],
    /// What is said of a PIN that must be changed.
    must_change: PinError,
}

impl Issue {
    /// The PIN was right, and is recognised by this.
    pub(super) fn proven_by(mut self, verifier: [u8; 16]) -> Self {
        if let Some(proof) = &mut self.proof {
            proof.verifier = verifier;
        }
        self
    }

    /// Whether a PIN that is right is good for a token.
    pub(super) fn check_pin_use(&self, settings: &Settings) -> Result<(), PinError> {
        match self.proof {
            Some(proof) if settings.force_pin_change => Err(proof.must_change),
            _ => Ok(()),
        }
    }

    /// The host has answered: the token stands for its user's presence if that was shown.
    fn verified(mut self, cx: &mut Context<'_>, ask: Ask, gesture: Gesture) -> Result<Step, Error> {
        if gesture.verification == Verification::No {
            return Err(Error::Unproven(ask));
        }
        match &mut self.what {
            What::Persistent { .. } => NeedsCommit::begin(cx, Work::IssueToken(self)),
            What::Token(grant) => {
                grant.user_present = gesture.presence != Presence::No;
                self.committed(cx)
            }
        }
    }

    /// What goes into the settings before the token is given out. `commit` is the number of the commit that does.
    pub(crate) fn note(&mut self, settings: &mut Settings, commit: u64) -> Result<(), Error> {
        if let Some(proof) = self.proof {
            if !settings.has_pin(proof.verifier) {
                return Err(PinError::Wrong.into()); // another process has changed it since it was right
            }
            self.check_pin_use(settings)?;
            settings.restore_retries();
        }
        if let What::Persistent { number } = &mut self.what {
            *number = *settings.persistent_token.get_or_insert(commit);
        }
        Ok(())
    }

    /// Whether the settings are as [`note`](Self::note) leaves them.
    pub(crate) fn is_noted(&self, settings: &Settings) -> bool {
        let by_pin = self.proof.is_none_or(|proof| {
            settings.has_pin(proof.verifier) && settings.has_all_retries() && !settings.force_pin_change
        });
        let kept = match self.what {
            What::Token(_) => true,
            What::Persistent { number } => settings.persistent_token == Some(number),
        };
        by_pin && kept
    }

    /// The token is given out.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Result<Step, Error> {
        let encrypted = match self.what {
            What::Token(grant) => cx.session.pin.issue(self.exchange, grant, cx.rng, cx.now),
            What::Persistent { number } => {
                let mut token = Secret::new([0; 32]);
                cx.session.keys().ok_or(Error::StoreReset)?.persistent_token(number, &mut token);
                cx.session.pin.encrypt(self.exchange, &token, cx.rng)
            }
        };
        cx.session.pin.end_exchange();
        // Without the secret another command has come in between: this one has ended.
        let encrypted = encrypted.map_err(|_| PinUvAuthError::Invalid)?;
        Ok(reply(PinReply::Token(encrypted)))
    }
}
