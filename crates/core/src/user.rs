//! What a person is asked, what they answer, and the proofs that come of it.

use crate::credential::{RpId, UserEntity};
use crate::pin::TokenUse;
use crate::store::RecordId;
use core::time::Duration;

/// What a prompt wants of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A sign of being there: a touch, a tap, a yes.
    Presence,
    /// Verification by the host: biometrics, the device's passcode. It counts as presence too.
    Verification,
    /// A confirmation that belongs to no site: reset or selection.
    Confirmation,
    /// A touch held for [`LONG_TOUCH`], before a reset whose owner has asked for that (RST-04). Only
    /// [`Presence::Held`] will do.
    LongTouch,
}

/// How long a long touch is, at the least (RST-04).
pub const LONG_TOUCH: Duration = Duration::from_secs(5);

/// What to show.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Prompt {
    /// A passkey is about to be made for this site and account.
    Register {
        /// The relying party identifier.
        rp_id: RpId,
        /// The account.
        user: UserEntity,
    },
    /// The site excludes a credential the user has here: nothing will be made, whatever the answer (MC-20).
    Excluded {
        /// The relying party identifier.
        rp_id: RpId,
    },
    /// Someone wants to sign in to this site. The candidates are in the step that holds the prompt.
    SignIn {
        /// The relying party identifier.
        rp_id: RpId,
    },
    /// A client wants a token, with which it may do these things without asking again.
    Token {
        /// The relying party it is for, if it is for one.
        rp_id: Option<RpId>,
        /// What it may do, as `permissions` of clientPIN says it (TOK-01).
        permissions: u8,
    },
    /// Everything is about to be deleted.
    Reset,
    /// A client asks which authenticator the user means.
    Selection,
}

/// Names one of a prompt's candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateRef {
    /// A discoverable credential, by its record.
    Record(RecordId),
    /// The non-discoverable credential named by the request.
    Sealed,
}

/// What the person gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gesture {
    /// Whether they were there. Verification alone, as some platforms have it, can come without.
    pub presence: Presence,
    /// Whether the host verified them.
    pub verification: Verification,
    /// Which of the candidates they chose, if they were asked.
    pub chosen: Option<CandidateRef>,
}

impl Gesture {
    /// A touch, without verification.
    pub const TOUCH: Self = Self { presence: Presence::Given, verification: Verification::No, chosen: None };
    /// A long one.
    pub const LONG_TOUCH: Self = Self { presence: Presence::Held, ..Self::TOUCH };
    /// A verification by the host, which counted its own failures.
    pub const VERIFIED: Self = Self { verification: Verification::ByHost, ..Self::TOUCH };

    /// The same gesture with a choice.
    #[must_use]
    pub const fn choosing(self, chosen: CandidateRef) -> Self {
        Self { chosen: Some(chosen), ..self }
    }
}

/// Whether a person was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They were.
    Given,
    /// They were, and touched for [`LONG_TOUCH`] at the least.
    Held,
    /// Nothing says so.
    No,
}

/// Whether a person was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// By the host, just now, for this prompt. Who counts its failures the profile says
    /// ([`VerificationCount`](crate::VerificationCount)): how many are left must be known before anyone is asked.
    ByHost,
    /// They were not.
    No,
}

/// Why a prompt was not answered with a gesture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The client cancelled the command.
    Cancelled,
    /// The person said no.
    Declined,
    /// Nobody answered in time.
    TimedOut,
    /// The person was not recognised.
    VerificationFailed {
        /// How many tries are left.
        left: u8,
    },
    /// Verification is locked.
    LockedOut {
        /// Until then, on the clock since boot, if the host knows.
        until: Option<Duration>,
    },
    /// The host has nobody to ask, or cannot verify now.
    Unavailable,
}

impl Refusal {
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "the request was cancelled",
            Self::Declined => "the request was declined",
            Self::TimedOut => "nobody answered in time; try again",
            Self::VerificationFailed { .. } => "you were not recognised; try again",
            Self::LockedOut { .. } => "verification is locked after failed tries; unlock the device first",
            Self::Unavailable => "there is nobody to ask here",
        }
    }
}

/// Proof that a person was there for this command. Only an answered prompt makes one, its own or that of
/// a pinUvAuthToken; it cannot be copied.
#[derive(Debug)]
pub struct Consent(());

/// Proof that a person was verified for this command. Only an answered prompt or a pinUvAuthToken makes
/// one; it cannot be copied.
#[derive(Debug)]
pub struct Verified(());

/// What an answer to a prompt proves.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) consent: Option<Consent>,
    pub(crate) verified: Option<Verified>,
}

impl Proof {
    /// What a command that asks nobody has: nothing.
    pub(crate) const NONE: Self = Self { consent: None, verified: None };

    pub(crate) fn of(gesture: &Gesture) -> Self {
        Self {
            consent: (gesture.presence != Presence::No).then_some(Consent(())),
            verified: (gesture.verification == Verification::ByHost).then_some(Verified(())),
        }
    }

    /// What a pinUvAuthToken proves (MC-17, MC-23): its user was verified when it was issued, and there if that was not long
    /// ago.
    pub(crate) fn by_token(token: &TokenUse) -> Self {
        Self { consent: token.user_present().then_some(Consent(())), verified: Some(Verified(())) }
    }

    /// What a gesture proves beside what a token has proven.
    pub(crate) fn beside(self, token: Option<&TokenUse>) -> Self {
        Self { verified: self.verified.or_else(|| token.map(|_| Verified(()))), ..self }
    }
}

/// An opaque id of the channel a command came in on. Stateful commands go on only where they began (ST-07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requester(pub u64);
