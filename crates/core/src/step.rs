//! Commands yield steps: what is needed next, and the one way to go on with the answer.
//!
//! ```text
//! begin ─► NeedsUser ─► NeedsKeypair ─► NeedsSignature ─► NeedsCommit ─► Done
//! ```
//!
//! It is a graph, not a chain: `docs/ARCHITECTURE.md` draws it, and `docs/commits.md` lists every commit. Each step is
//! consumed by its `resume`, so that a wrong or a second answer does not compile. A step that is dropped leaves the
//! store at its last commit.

use crate::command::get_assertion::{self, AwaitAssertion};
use crate::command::make_credential::{self, AwaitAttestation, AwaitKeypair};
use crate::command::{authorise, client_pin, reset, selection};
use crate::commit::{Settled, Work};
use crate::context::Context;
use crate::error::Error;
use crate::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use crate::profile::VerificationCount;
use crate::reply::Reply;
use crate::session::Session;
use crate::standing::Standing;
use crate::store::{ChangeSet, CommitError, CommitId, CommitKind, Entry};
use crate::user::{Ask, Gesture, Prompt, Refusal, Verification};
use core::fmt;
use core::ops::ControlFlow;
use core::time::Duration;

/// What a command needs next. At most 1 KiB (held by a test).
///
/// Deliberately complete: a driver that does not know a step cannot go on, so a new one is to break its build.
#[derive(Debug)]
#[must_use = "a step that is dropped ends its command"]
pub enum Step {
    /// Ask a person.
    NeedsUser(NeedsUser),
    /// Make a key pair.
    NeedsKeypair(NeedsKeypair),
    /// Use a key.
    NeedsSignature(NeedsSignature),
    /// Persist a change set, all of it or nothing.
    NeedsCommit(NeedsCommit),
    /// The reply.
    Done(Done),
}

/// What a client is to be told while it waits (HID-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// The authenticator is at work.
    Processing,
    /// It waits for its user.
    UserNeeded,
}

impl Step {
    /// What to tell a client that waits.
    #[must_use]
    pub const fn activity(&self) -> Activity {
        match self {
            Self::NeedsUser(_) => Activity::UserNeeded,
            _ => Activity::Processing,
        }
    }

    pub(crate) fn from_result(result: Result<Self, Error>) -> Self {
        result.unwrap_or_else(|error| Self::Done(Done::failed(error)))
    }

    pub(crate) const fn success(reply: Reply) -> Self {
        Self::Done(Done { result: Ok(reply), hint: None })
    }

    /// The next step of a client's command. One that has failed leaves no secret of its platform's behind.
    pub(crate) fn of_client(cx: &mut Context<'_>, result: Result<Self, Error>) -> Self {
        let step = Self::from_result(result);
        if matches!(step, Self::Done(Done { result: Err(_), .. })) {
            cx.session.end_exchange();
        }
        step
    }
}

/// A person is to be asked.
#[derive(Debug)]
#[must_use = "a step that is dropped ends its command"]
pub struct NeedsUser {
    pub(crate) prompt: Prompt,
    pub(crate) ask: Ask,
    pub(crate) timeout: Duration,
    pub(crate) then: AfterUser,
}

#[derive(Debug)]
pub(crate) enum AfterUser {
    MakeCredential(make_credential::AwaitUser),
    GetAssertion(get_assertion::AwaitUser),
    Reset {
        generation: u64,
    },
    Selection,
    /// clientPIN, where a token is wanted.
    Token(client_pin::AwaitUser),
    /// makeCredential and getAssertion with an empty pinUvAuthParam.
    TouchOnly {
        pin_is_set: bool,
    },
}

impl NeedsUser {
    /// What to show.
    #[must_use]
    pub const fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// What to ask for.
    #[must_use]
    pub const fn ask(&self) -> Ask {
        self.ask
    }

    /// How long to wait for the answer; after that answer [`Refusal::TimedOut`].
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Visits the credentials to choose among, newest first, as if the verification asked for will succeed: those with a
    /// number below `before`, or all. Only a sign-in has any. A non-discoverable candidate has no entry.
    ///
    /// # Errors
    /// [`Error::Store`] and its kin when the store cannot be read.
    pub fn candidates(
        &self,
        cx: &mut Context<'_>,
        before: Option<u64>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match &self.then {
            AfterUser::GetAssertion(state) => state.candidates(cx, before, visit),
            _ => Ok(()),
        }
    }

    /// Goes on with the answer. Cancelling is the answer [`Refusal::Cancelled`].
    pub fn resume(self, cx: &mut Context<'_>, answer: Result<Gesture, Refusal>) -> Step {
        let result = match self.ask {
            Ask::Verification => self.verified(cx, answer),
            Ask::Presence | Ask::Confirmation | Ask::LongTouch => {
                self.go_on(cx, answer.map(|gesture| uncounted(cx, gesture)))
            }
        };
        Step::of_client(cx, result)
    }

    /// Asks. An attempt at a verification that is counted here is spent first.
    pub(crate) fn begin(self, cx: &mut Context<'_>, standing: &Standing<'_>) -> Result<Step, Error> {
        if self.ask != Ask::Verification || standing.profile.verification_count == VerificationCount::ByHost {
            return Ok(Step::NeedsUser(self));
        }
        if standing.is_verification_blocked() {
            return Err(self.blocked(standing));
        }
        NeedsCommit::begin(cx, Work::SpendVerification(self))
    }

    /// No attempt is left.
    pub(crate) fn blocked(&self, standing: &Standing<'_>) -> Error {
        self.refused(standing, Refusal::VerificationFailed { left: 0 })
    }

    /// What the host says of its verification is kept count of.
    fn verified(self, cx: &mut Context<'_>, answer: Result<Gesture, Refusal>) -> Result<Step, Error> {
        let counts = cx.authenticator.profile().verification_count == VerificationCount::ByCore;
        cx.session.pin.verification_left = match answer {
            Err(Refusal::VerificationFailed { left }) => Some(left),
            Err(Refusal::LockedOut { .. }) => Some(0),
            Err(_) => cx.session.pin.verification_left,
            Ok(_) => None,
        };
        match answer {
            Ok(gesture) if counts && gesture.verification != Verification::No => {
                NeedsCommit::begin(cx, Work::RestoreVerification(self, gesture))
            }
            Ok(_) => self.go_on(cx, answer),
            Err(refusal) => {
                let (_, standing) = cx.standing()?;
                let refusal = match refusal {
                    Refusal::VerificationFailed { .. } if counts => {
                        Refusal::VerificationFailed { left: standing.settings.uv_retries }
                    }
                    refusal => refusal,
                };
                let error = self.refused(&standing, refusal);
                let tried = matches!(refusal, Refusal::VerificationFailed { .. } | Refusal::LockedOut { .. });
                if counts && !tried {
                    return NeedsCommit::begin(cx, Work::RefundVerification(error));
                }
                Err(error)
            }
        }
    }

    /// MC-19, GA-07: a client whose user was not recognised may fall back on the PIN.
    fn refused(&self, standing: &Standing<'_>, refusal: Refusal) -> Error {
        if let AfterUser::Token(_) = self.then {
            return client_pin::unverified(refusal, self.ask);
        }
        let unrecognised = matches!(
            refusal,
            Refusal::VerificationFailed { .. } | Refusal::LockedOut { .. } | Refusal::Unavailable
        );
        // A reset has no token to fall back on.
        let takes_token = !matches!(self.then, AfterUser::Reset { .. });
        if unrecognised && takes_token && standing.falls_back_on_pin() {
            Error::TokenDemanded
        } else {
            Error::Refused(refusal, self.ask)
        }
    }

    pub(crate) fn go_on(self, cx: &mut Context<'_>, answer: Result<Gesture, Refusal>) -> Result<Step, Error> {
        let Self { prompt, ask, then, .. } = self;
        match then {
            AfterUser::MakeCredential(state) => state.resume(cx, prompt, ask, answer),
            AfterUser::GetAssertion(state) => state.resume(cx, ask, answer),
            AfterUser::Reset { generation } => reset::resume(cx, ask, answer, generation),
            AfterUser::Selection => selection::resume(ask, answer),
            AfterUser::Token(state) => state.resume(cx, ask, answer),
            AfterUser::TouchOnly { pin_is_set } => Err(authorise::touched(pin_is_set, ask, answer)),
        }
    }
}

/// Where verifications are counted here, one that nobody asked for, and for which no attempt was spent, is a touch.
fn uncounted(cx: &Context<'_>, gesture: Gesture) -> Gesture {
    match cx.authenticator.profile().verification_count {
        VerificationCount::ByCore => Gesture { verification: Verification::No, ..gesture },
        VerificationCount::ByHost => gesture,
    }
}

/// A key pair is to be made.
#[derive(Debug)]
#[must_use = "a step that is dropped ends its command"]
pub struct NeedsKeypair {
    pub(crate) request: KeyRequest,
    pub(crate) then: AwaitKeypair,
}

impl NeedsKeypair {
    /// Of what kind.
    #[must_use]
    pub const fn request(&self) -> &KeyRequest {
        &self.request
    }

    /// Goes on with the key, or with the reason why there is none.
    pub fn resume(self, cx: &mut Context<'_>, answer: Result<NewKey, KeyError>) -> Step {
        let Self { request, then } = self;
        let result = answer.map_err(Error::from).and_then(|key| then.resume(cx, &request, key));
        Step::of_client(cx, result)
    }
}

/// A key is to be used.
#[derive(Debug)]
#[must_use = "a step that is dropped ends its command"]
pub struct NeedsSignature {
    pub(crate) request: SignatureRequest,
    pub(crate) then: AfterSignature,
}

#[derive(Debug)]
pub(crate) enum AfterSignature {
    MakeCredential(AwaitAttestation),
    GetAssertion(AwaitAssertion),
}

impl NeedsSignature {
    /// Which key, over what.
    #[must_use]
    pub const fn request(&self) -> &SignatureRequest {
        &self.request
    }

    /// Goes on with the signature, or with the reason why there is none.
    pub fn resume(self, cx: &mut Context<'_>, answer: Result<Signature, KeyError>) -> Step {
        let Self { request, then } = self;
        let result = match (answer, then) {
            (Ok(signature), AfterSignature::MakeCredential(state)) => state.resume(cx, request, signature),
            (Ok(signature), AfterSignature::GetAssertion(state)) => state.resume(cx, request, signature),
            (Err(KeyError::Invalidated), AfterSignature::GetAssertion(state)) => Ok(state.invalidated(cx)),
            (Err(error), AfterSignature::MakeCredential(state)) => Err(state.unsigned(error).into()),
            (Err(error), AfterSignature::GetAssertion(_)) => Err(error.into()),
        };
        Step::of_client(cx, result)
    }
}

/// How often a change set is built anew because something else was committed first.
const MAX_ATTEMPTS: u8 = 8;

/// A change set is to be committed.
#[must_use = "a step that is dropped ends its command"]
pub struct NeedsCommit {
    id: CommitId,
    attempt: u8,
    work: Work,
}

impl NeedsCommit {
    /// Builds the change set of `work` against today's store.
    pub(crate) fn begin(cx: &mut Context<'_>, work: Work) -> Result<Step, Error> {
        Self::attempt(cx, work, 1)
    }

    fn attempt(cx: &mut Context<'_>, mut work: Work, attempt: u8) -> Result<Step, Error> {
        let id = CommitId(cx.random_id());
        work.build(cx, id)?;
        Ok(Step::NeedsCommit(Self { id, attempt, work }))
    }

    /// What the commit is for.
    #[must_use]
    pub const fn kind(&self) -> CommitKind {
        self.work.kind()
    }

    /// What to commit. It lies in the session's one buffer.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when another command of this session has used the buffer since: resume with that, and the
    /// set is built again.
    pub fn change_set<'s>(&self, session: &'s Session) -> Result<&'s ChangeSet, CommitError> {
        session.changes(self.id).ok_or(CommitError::Conflict)
    }

    /// Goes on with the store's answer. On a conflict the set is built anew and asked for again, at most eight times; what
    /// was signed and approved stands. So it is on [`CommitError::Busy`] where the user has proven something for it. A
    /// commit in doubt is settled by reading the store.
    pub fn resume(self, cx: &mut Context<'_>, answer: Result<(), CommitError>) -> Step {
        let is_of_client = self.work.is_of_client();
        let result = self.settle(cx, answer);
        if is_of_client { Step::of_client(cx, result) } else { Step::from_result(result) }
    }

    fn settle(self, cx: &mut Context<'_>, answer: Result<(), CommitError>) -> Result<Step, Error> {
        let Self { id, attempt, work } = self;
        let error = match answer {
            Ok(()) => return Ok(work.committed(cx)),
            Err(error) => error,
        };
        let again = match error {
            CommitError::Conflict => true,
            CommitError::Busy => work.follows_proof(),
            CommitError::InDoubt => match crate::commit::settle(cx, id, &work) {
                Ok(Settled::TookEffect) => return Ok(work.committed(cx)),
                Ok(Settled::DidNot) => true,
                Err(_) => false,
            },
            _ => false,
        };
        if again && attempt < MAX_ATTEMPTS {
            cx.refuse_rolled_back()?;
            Self::attempt(cx, work, attempt.saturating_add(1))
        } else {
            work.failed(cx, error)
        }
    }
}

impl fmt::Debug for NeedsCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeedsCommit").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// The command has ended.
#[derive(Debug)]
#[must_use = "the reply is in here"]
pub struct Done {
    /// What it came to.
    pub result: Result<Reply, Error>,
    pub(crate) hint: Option<CommitId>,
}

impl Done {
    pub(crate) const fn failed(error: Error) -> Self {
        Self { result: Err(error), hint: None }
    }

    /// A change set worth committing after the reply has gone out, without waiting for the disk. It may be lost, and a
    /// failure is to be ignored.
    #[must_use]
    pub fn hint<'s>(&self, session: &'s Session) -> Option<&'s ChangeSet> {
        self.hint.and_then(|id| session.changes(id))
    }

    /// Writes the reply as CTAP has it, status byte first, and says how long it is.
    ///
    /// A reply that does not fit becomes the one byte of [`Status::Other`](crate::Status::Other). A buffer of 1 KiB holds
    /// any reply but three: the certificates of a basic or enterprise attestation come on top, and so does a credential's own
    /// large blob; and a fragment of large blobs is as long as the client wants it, at most 58 bytes less than the profile's
    /// `max_message_size` and 6 more than its array of large blobs. Into an empty buffer nothing is written.
    ///
    /// `session` is the one in which the command ran. Once large blobs have been read or written in it by another command,
    /// a fragment of them becomes [`Status::Other`](crate::Status::Other).
    #[must_use]
    pub fn encode(&self, session: &Session, buffer: &mut [u8]) -> usize {
        crate::reply::encode(self.result.as_ref(), session, buffer)
    }
}
