//! The lab's desk: who answers a prompt, and when.
//!
//! The answers that were queued come first, one a prompt; then the policy decides. A prompt for which neither has anything
//! stands until its answer comes: one by name, or the next that is queued.

use crate::lab::answer::{Answer, NoSuchAccount, Policy, What};
use crate::lab::asked::{About, Asked};
use authenticator_core::{Gesture, Refusal};
use authenticator_host::hid::PromptId;
use std::collections::VecDeque;
use std::time::Duration;

/// How many answers may wait.
const MOST_ANSWERS: usize = 4_096;

pub(super) struct Desk {
    standing: Option<Standing>,
    queue: VecDeque<Answer>,
    policy: Policy,
}

/// The prompt that stands there.
struct Standing {
    asked: Asked,
    state: State,
}

enum State {
    /// Nobody has said anything.
    Open,
    /// Somebody has said that it is to stand.
    Held,
    /// It will be answered at this moment, on the clock since boot.
    Due(Duration, Result<Gesture, Refusal>),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    NothingAsked,
    NoSuchAccount,
    TooMany,
}

impl From<NoSuchAccount> for Wrong {
    fn from(_: NoSuchAccount) -> Self {
        Self::NoSuchAccount
    }
}

impl Desk {
    pub(super) const fn new(policy: Policy) -> Self {
        Self { standing: None, queue: VecDeque::new(), policy }
    }

    /// A prompt, at this moment.
    ///
    /// # Errors
    /// [`Wrong::NoSuchAccount`] when the answer that waits for it names an account that is not there: the prompt stands.
    pub(super) fn ask(&mut self, asked: Asked, now: Duration) -> Result<(), Wrong> {
        let standing = self.standing.insert(Standing { asked, state: State::Open });
        let policy = &self.policy;
        let queued = self.queue.pop_front();
        let answer = queued.as_ref().unwrap_or_else(|| policy.answer(&standing.asked));
        // A policy that has nothing to say leaves the prompt to what is queued next.
        let is_open = queued.is_none() && answer.what == What::Hold;
        if is_open { Ok(()) } else { standing.take(answer, now) }
    }

    /// The prompt that stands there.
    pub(super) fn asked(&self) -> Option<&About> {
        self.standing.as_ref().map(|standing| &standing.asked.about)
    }

    /// The device's prompt is not asked any more. Says which number it had here.
    pub(super) fn withdraw(&mut self, prompt: PromptId) -> Option<u64> {
        let withdrawn = self.standing.take_if(|standing| standing.asked.prompt == prompt)?;
        Some(withdrawn.asked.about.prompt)
    }

    /// Nothing is asked any more. Says which number had what was.
    pub(super) fn unplug(&mut self) -> Option<u64> {
        self.standing.take().map(|standing| standing.asked.about.prompt)
    }

    /// Answers what is asked, or the prompt of this number if that is it.
    ///
    /// # Errors
    /// [`Wrong`]; then the prompt stands as before.
    pub(super) fn answer(
        &mut self,
        answer: &Answer,
        prompt: Option<u64>,
        now: Duration,
    ) -> Result<(), Wrong> {
        let is_meant =
            |standing: &&mut Standing| prompt.is_none_or(|meant| meant == standing.asked.about.prompt);
        self.standing.as_mut().filter(is_meant).ok_or(Wrong::NothingAsked)?.take(answer, now)
    }

    /// Queues answers, behind the others or in their place. The first answers what is asked already, if nothing else will.
    /// Says how many are waiting.
    ///
    /// # Errors
    /// [`Wrong`]; what was queued before is queued, and nothing more.
    pub(super) fn queue(
        &mut self,
        answers: Vec<Answer>,
        replace: bool,
        now: Duration,
    ) -> Result<usize, Wrong> {
        let mut queue = if replace { VecDeque::new() } else { self.queue.clone() };
        queue.extend(answers);
        if queue.len() > MOST_ANSWERS {
            return Err(Wrong::TooMany);
        }
        let waits = |standing: &&mut Standing| matches!(standing.state, State::Open);
        if let Some(standing) = self.standing.as_mut().filter(waits)
            && let Some(first) = queue.pop_front()
        {
            standing.take(&first, now)?;
        }
        self.queue = queue;
        Ok(self.queue.len())
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// From the next prompt on.
    pub(super) fn obey(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// When it will answer, on the clock since boot.
    pub(super) fn due(&self) -> Option<Duration> {
        match &self.standing.as_ref()?.state {
            State::Due(due, _) => Some(*due),
            State::Open | State::Held => None,
        }
    }

    /// The answer that is due.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(Asked, Result<Gesture, Refusal>)> {
        let is_due = |standing: &mut Standing| matches!(&standing.state, State::Due(due, _) if *due <= now);
        let Standing { asked, state } = self.standing.take_if(is_due)?;
        match state {
            State::Due(_, answer) => Some((asked, answer)),
            State::Open | State::Held => None,
        }
    }
}

impl Standing {
    fn take(&mut self, answer: &Answer, now: Duration) -> Result<(), Wrong> {
        self.state = match answer.to(&self.asked)? {
            Some(given) => State::Due(now.saturating_add(answer.after), given),
            None => State::Held,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
