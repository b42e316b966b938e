//! One ceremony as an object: its step is plain data, and it goes on only when it is answered.

use crate::authenticator::{Authenticator, Awake, Device, Suspended};
use crate::contain::contain;
use crate::convert;
use crate::data::{
    Ask, KeyAnswer, KeyRequest, Page, Prompt, SignatureAnswer, SignatureRequest, Step, StepKind, UserAnswer,
    UserRequest,
};
use crate::drive::{Paused, drive};
use crate::failure::Failure;
use crate::misuse::{Misuse, SaveError};
use authenticator_core::store::CommitError;
use authenticator_core::{Context, Done, Error, NeedsUser, Requester, Session, Step as CoreStep};
use authenticator_provider::{Ceremony as Engine, CeremonyError};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A registration or a sign-in under way.
///
/// Ask for its [`step`](Self::step), give the answer that the step wants, and go on until it is [`Step::Done`] or
/// [`Step::Failed`]. Nothing is locked in between. Any thread may call, one at a time; a second one is told
/// [`Misuse::Busy`]. A ceremony that is dropped before its end leaves the store as it was, but for a registration with keys
/// of the app's own that was approved: the intent to make its key has been committed by then and stays until it expires.
#[derive(uniffi::Object)]
pub struct Ceremony {
    authenticator: Arc<Authenticator>,
    /// `None` while a call is under way.
    state: Mutex<Option<State>>,
}

enum State {
    Waiting(Box<Waiting>),
    Ended(Step),
}

/// A ceremony that waits for the app.
struct Waiting {
    engine: Engine,
    /// One session for one ceremony, so that ceremonies of one authenticator do not disturb each other.
    session: Box<Session>,
    paused: Paused,
    shown: Step,
    /// The handle of the key that the app has made for this ceremony.
    made_key: Option<Vec<u8>>,
}

#[uniffi::export]
impl Ceremony {
    /// What the ceremony waits for, or what it came to. Asking again gives the same answer.
    ///
    /// # Errors
    /// [`Misuse::Busy`].
    pub fn step(&self) -> Result<Step, Misuse> {
        match self.lock().as_ref() {
            None => Err(Misuse::Busy),
            Some(State::Waiting(waiting)) => Ok(waiting.shown.clone()),
            Some(State::Ended(step)) => Ok(step.clone()),
        }
    }

    /// More passkeys to choose among: those after `before`, a page's `next`. A store that cannot be read has none.
    ///
    /// # Errors
    /// [`Misuse`]; the ceremony is as it was.
    pub fn candidates(&self, before: u64) -> Result<Page, Misuse> {
        self.look(Some(StepKind::User), |waiting, device| {
            let none = Page { candidates: Vec::new(), next: None };
            match waiting.paused {
                Paused::User(needs) => Page::read(needs, &mut device.context(), Some(before)).unwrap_or(none),
                Paused::Keypair(_) | Paused::Signature(_) => none,
            }
        })
    }

    /// Notes the passkey that was picked in the system's own list, so that a saved ceremony remembers it. It is not an
    /// answer: the person is asked all the same.
    ///
    /// Which passkeys the step offers may depend on it, where the site has sent `prf` inputs for single ones: ask for the
    /// step again. That begins the command anew; where it cannot begin, the ceremony has failed.
    ///
    /// # Errors
    /// [`Misuse`]; the ceremony is as it was.
    pub fn choose(&self, record: Vec<u8>) -> Result<(), Misuse> {
        let chosen = convert::record(&record)?;
        let (mut waiting, awake) = self.take(Some(StepKind::User))?;
        self.transition(|| {
            waiting.engine.choose(chosen);
            if !waiting.engine.depends_on_choice() {
                if let Step::NeedsUser { request } = &mut waiting.shown {
                    request.chosen_before = Some(record);
                }
                return State::Waiting(waiting);
            }
            // Nobody has answered yet, so nothing is lost. The old prompt is of no use from here on: its salts are gone.
            let Waiting { engine, mut session, made_key, .. } = *waiting;
            let advanced = awake.with(&mut session, |device| {
                let step = engine.begin(&mut device.context(), Requester::default());
                advance(device, engine, step, made_key)
            });
            State::of(session, advanced)
        })
    }

    /// Answers [`Step::NeedsUser`].
    ///
    /// # Errors
    /// [`Misuse`]; the ceremony is as it was.
    pub fn answer_user(&self, answer: UserAnswer) -> Result<(), Misuse> {
        let answer = answer.into_core()?;
        self.go_on(StepKind::User, None, |paused, cx| match paused {
            Paused::User(needs) => Some(needs.resume(cx, answer)),
            Paused::Keypair(_) | Paused::Signature(_) => None,
        })
    }

    /// Answers [`Step::NeedsKeypair`].
    ///
    /// # Errors
    /// [`Misuse`]; the ceremony is as it was.
    pub fn answer_key(&self, answer: KeyAnswer) -> Result<(), Misuse> {
        let answer = answer.into_core()?;
        let made = answer.as_ref().ok().map(|new| new.key.handle.as_slice().to_vec());
        self.go_on(StepKind::Keypair, made, |paused, cx| match paused {
            Paused::Keypair(needs) => Some(needs.resume(cx, answer)),
            Paused::User(_) | Paused::Signature(_) => None,
        })
    }

    /// Answers [`Step::NeedsSignature`].
    ///
    /// # Errors
    /// [`Misuse`]; the ceremony is as it was.
    pub fn answer_signature(&self, answer: SignatureAnswer) -> Result<(), Misuse> {
        let answer = answer.into_core()?;
        self.go_on(StepKind::Signature, None, |paused, cx| match paused {
            Paused::Signature(needs) => Some(needs.resume(cx, answer)),
            Paused::User(_) | Paused::Keypair(_) => None,
        })
    }

    /// Ends the ceremony, whatever it waits for. It has failed then, with an `AbortError`.
    ///
    /// # Errors
    /// [`Misuse::Ended`], [`Misuse::Busy`], [`Misuse::Suspended`].
    pub fn cancel(&self) -> Result<(), Misuse> {
        let (waiting, awake) = self.take(None)?;
        self.transition(|| {
            let Waiting { engine, mut session, made_key, .. } = *waiting;
            let cancelled = awake.with(&mut session, |device| engine.cancel(device));
            State::failed(cancelled.map_or_else(Failure::from, |()| Failure::cancelled()), made_key)
        })
    }

    /// The ceremony as bytes, sealed with this store, from which [`Authenticator::restore`] takes it up again, also in
    /// another process. It can be ended once, here or there. What the person has answered is not part of it.
    ///
    /// # Errors
    /// [`SaveError`]; the ceremony is as it was.
    pub fn save(&self) -> Result<Vec<u8>, SaveError> {
        let saved = self.look(None, |waiting, device| waiting.engine.save(device))?;
        saved.map_err(|error| SaveError::NotSaved { failure: error.into() })
    }
}

impl Ceremony {
    /// Prepares a ceremony and drives it to the first step that the app answers.
    pub(crate) fn start(
        authenticator: Arc<Authenticator>,
        prepare: impl FnOnce(&mut Device) -> Result<Engine, CeremonyError>,
    ) -> Result<Arc<Self>, Misuse> {
        let awake = authenticator.awake()?;
        let state = contain(|| {
            let mut session = awake.new_session();
            let advanced = awake.with(&mut session, |device| {
                let engine = prepare(device).map_err(|error| failed(error.into(), None))?;
                let step = engine.begin(&mut device.context(), Requester::default());
                advance(device, engine, step, None)
            });
            State::of(session, advanced)
        })
        .map_err(|_| Misuse::Panicked)?;
        Ok(Arc::new(Self { authenticator, state: Mutex::new(Some(state)) }))
    }

    /// Resumes the paused step and goes on to the next one that the app answers.
    fn go_on(
        &self,
        given: StepKind,
        made_key: Option<Vec<u8>>,
        resume: impl FnOnce(Paused, &mut Context<'_>) -> Option<CoreStep>,
    ) -> Result<(), Misuse> {
        let (waiting, awake) = self.take(Some(given))?;
        self.transition(|| {
            let Waiting { engine, mut session, paused, made_key: made_before, .. } = *waiting;
            let made_key = made_key.or(made_before);
            let advanced = awake.with(&mut session, |device| {
                match resume(paused, &mut device.context()) {
                    Some(step) => advance(device, engine, step, made_key),
                    // `take` has looked at the kind already.
                    None => Err(failed(Failure::internal(), made_key)),
                }
            });
            State::of(session, advanced)
        })
    }

    /// Lets `work` look at the ceremony where it stands, without going on.
    fn look<T>(
        &self,
        wanted: Option<StepKind>,
        work: impl FnOnce(Look<'_>, &mut Device) -> T,
    ) -> Result<T, Misuse> {
        let (mut waiting, awake) = self.take(wanted)?;
        let mut seen = None;
        self.transition(|| {
            let Waiting { engine, session, paused, .. } = &mut *waiting;
            seen = Some(awake.with(session, |device| work(Look { engine, paused }, device)));
            State::Waiting(waiting)
        })?;
        seen.ok_or(Misuse::Panicked)
    }

    /// Takes the ceremony out for one transition, so that no other call can have it meanwhile, and the device with it. While
    /// the store is suspended the ceremony stays where it is.
    fn take(&self, wanted: Option<StepKind>) -> Result<(Box<Waiting>, Awake<'_>), Misuse> {
        let waiting = self.take_waiting(wanted)?;
        match self.authenticator.awake() {
            Ok(awake) => Ok((waiting, awake)),
            Err(Suspended) => {
                *self.lock() = Some(State::Waiting(waiting));
                Err(Misuse::Suspended)
            }
        }
    }

    fn take_waiting(&self, wanted: Option<StepKind>) -> Result<Box<Waiting>, Misuse> {
        let mut place = self.lock();
        match place.take() {
            None => Err(Misuse::Busy),
            Some(State::Waiting(waiting)) => match (wanted, waiting.paused.kind()) {
                (Some(given), expected) if given != expected => {
                    *place = Some(State::Waiting(waiting));
                    Err(Misuse::WrongAnswer { expected, given })
                }
                _ => Ok(waiting),
            },
            ended => {
                *place = ended;
                Err(Misuse::Ended)
            }
        }
    }

    /// Puts back what `work` makes of the ceremony; a panic ends it.
    fn transition(&self, work: impl FnOnce() -> State) -> Result<(), Misuse> {
        let worked = contain(|| {
            #[cfg(test)]
            crate::contain::planted::go_off();
            work()
        });
        let (state, result) = match worked {
            Ok(state) => (state, Ok(())),
            Err(_) => (State::failed(Failure::internal(), None), Err(Misuse::Panicked)),
        };
        *self.lock() = Some(state);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        // Nothing that can panic runs while this is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a look at a waiting ceremony shows.
struct Look<'a> {
    engine: &'a mut Engine,
    paused: &'a Paused,
}

/// A ceremony that goes on waiting, yet without its session.
struct Advanced {
    engine: Engine,
    paused: Paused,
    shown: Step,
    made_key: Option<Vec<u8>>,
}

impl State {
    fn of(session: Box<Session>, advanced: Result<Advanced, Box<Step>>) -> Self {
        match advanced {
            Err(ended) => Self::Ended(*ended),
            Ok(Advanced { engine, paused, shown, made_key }) => {
                Self::Waiting(Box::new(Waiting { engine, session, paused, shown, made_key }))
            }
        }
    }

    const fn failed(failure: Failure, unused_key: Option<Vec<u8>>) -> Self {
        Self::Ended(Step::Failed { failure, unused_key })
    }
}

fn failed(failure: Failure, unused_key: Option<Vec<u8>>) -> Box<Step> {
    Box::new(Step::Failed { failure, unused_key })
}

/// Drives the ceremony on: to a step of the app's, or to its end.
fn advance(
    device: &mut Device,
    engine: Engine,
    step: CoreStep,
    made_key: Option<Vec<u8>>,
) -> Result<Advanced, Box<Step>> {
    let paused = match drive(device, step) {
        Ok(paused) => paused,
        Err(done) => return Err(Box::new(end(device, engine, &done, made_key))),
    };
    let shown = match &paused {
        Paused::User(needs) => show_user(device, &engine, needs),
        Paused::Keypair(needs) => Ok(Step::NeedsKeypair { request: KeyRequest::of(needs.request()) }),
        Paused::Signature(needs) => {
            Ok(Step::NeedsSignature { request: SignatureRequest::of(needs.request()) })
        }
    };
    match shown {
        Ok(shown) => Ok(Advanced { engine, paused, shown, made_key }),
        Err(error) => {
            let finished = engine.finish(device, &Err(error));
            let failure = finished.map_or_else(Failure::from, |_| Failure::internal());
            Err(failed(failure, made_key))
        }
    }
}

fn show_user(device: &mut Device, engine: &Engine, needs: &NeedsUser) -> Result<Step, Error> {
    // Ceremonies have no other prompts; the core's own are answered with `Capacity`, a fault of ours.
    let prompt = Prompt::of(needs.prompt()).ok_or(Error::Capacity)?;
    let candidates = Page::read(needs, &mut device.context(), None)?;
    // The site's patience. The profile's is for clients of CTAP, whose requests do not say how long they wait.
    let timeout = engine.timeout().as_secs();
    let request = UserRequest {
        prompt,
        ask: Ask::of(needs.ask()),
        timeout_seconds: u32::try_from(timeout).unwrap_or(u32::MAX),
        candidates,
        chosen_before: engine.chosen().map(|record| record.0.to_vec()),
    };
    Ok(Step::NeedsUser { request })
}

/// The command has ended: the response, or what went wrong.
fn end(device: &mut Device, engine: Engine, done: &Done, made_key: Option<Vec<u8>>) -> Step {
    // A commit in doubt may have stored the passkey, whose key must not be destroyed then.
    let stored = !matches!(&done.result, Err(error) if *error != Error::Commit(CommitError::InDoubt));
    // Before the end of the ceremony, whose own commit would take the hint's place. It is not synced, so it costs little.
    device.write_hint(done);
    match engine.finish(device, &done.result) {
        Ok(response) => Step::Done { response_json: response.expose_string() },
        Err(error) => Step::Failed { failure: error.into(), unused_key: made_key.filter(|_| !stored) },
    }
}

impl Drop for Ceremony {
    fn drop(&mut self) {
        if let Some(State::Ended(step)) = self.lock().as_mut() {
            step.wipe();
        }
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
