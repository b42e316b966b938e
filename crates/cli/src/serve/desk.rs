//! Who answers the prompts: a person at the terminal, a program at stdin, or nobody but `--user`.

use super::gate::Gate;
use super::links::Input;
use super::terminal::AtTerminal;
use crate::args::Answerer;
use crate::exit::Failure;
use crate::person::Candidate;
use authenticator_core::{Ask, Chooser, Context, Gesture, NeedsUser, Refusal};
use authenticator_host::hid::{PromptId, User, Withdrawn};
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::mpsc::SyncSender;

/// The one who answers.
pub(super) enum Desk {
    Terminal(AtTerminal),
    Gate(Gate),
    /// Always the same, at once.
    Habit(Habit),
}

/// An answer that needs no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Whatever is asked for.
    Verify,
    /// Presence.
    Approve,
    /// No.
    Deny,
}

impl Desk {
    pub(super) fn open(user: Answerer, inputs: &SyncSender<Input>) -> Result<Self, Failure> {
        Ok(Self::Habit(match user {
            Answerer::Ask => return AtTerminal::open(inputs).map(Self::Terminal),
            Answerer::Gated => {
                return Ok(Self::Gate(Gate::open(std::io::stdin(), std::io::stdout(), inputs)));
            }
            Answerer::Verify => Habit::Verify,
            Answerer::Approve => {
                let warning =
                    "authenticator: every request is approved without asking anyone; this is for tests\n";
                // Whoever cannot see it cannot be warned.
                let _ = std::io::stderr().write_all(warning.as_bytes());
                Habit::Approve
            }
            Answerer::Deny => Habit::Deny,
        }))
    }

    /// Nothing is asked any more.
    pub(super) fn close(&mut self) {
        if let Self::Terminal(terminal) = self {
            terminal.close();
        }
    }
}

impl User for Desk {
    fn ask(
        &mut self,
        prompt: PromptId,
        step: &NeedsUser,
        cx: &mut Context<'_>,
    ) -> Option<Result<Gesture, Refusal>> {
        let candidates = match candidates(step, cx) {
            Ok(candidates) => candidates,
            Err(refusal) => return Some(Err(refusal)),
        };
        match self {
            Self::Terminal(terminal) => terminal.ask(prompt, step, candidates),
            Self::Gate(gate) => gate.ask(prompt, step, candidates),
            Self::Habit(habit) => Some(habit.answer(step.ask(), &candidates)),
        }
    }

    fn withdraw(&mut self, prompt: PromptId, why: Withdrawn) {
        match self {
            Self::Terminal(terminal) => terminal.withdraw(prompt, why),
            Self::Gate(gate) => gate.withdraw(prompt, why),
            Self::Habit(_) => {}
        }
    }

    fn wink(&mut self) {
        // Only a person can see it, and without a terminal there is none.
        let _ = std::io::stderr().write_all(b"authenticator: a client asks which device this is: this one\n");
    }
}

impl Habit {
    /// Of several accounts it is the newest.
    fn answer(self, ask: Ask, candidates: &[Candidate]) -> Result<Gesture, Refusal> {
        if self == Self::Deny {
            return Err(Refusal::Declined);
        }
        let gesture = match ask {
            Ask::Verification if self == Self::Verify => Gesture::VERIFIED,
            Ask::LongTouch => Gesture::LONG_TOUCH,
            _ => Gesture::TOUCH,
        };
        Ok(candidates.first().map_or(gesture, |newest| gesture.choosing(newest.reference)))
    }
}

/// What there is to choose from here. A key without a display leaves that to its client, who is told of every account.
fn candidates(step: &NeedsUser, cx: &mut Context<'_>) -> Result<Vec<Candidate>, Refusal> {
    let mut candidates = Vec::new();
    if cx.authenticator.profile().chooser == Chooser::Client {
        return Ok(candidates);
    }
    let visited = step.candidates(cx, None, &mut |entry| {
        candidates.push(Candidate::of(entry));
        ControlFlow::Continue(())
    });
    // Who cannot be shown what there is to choose cannot be asked.
    visited.map(|()| candidates).map_err(|_| Refusal::Unavailable)
}

#[cfg(test)]
mod tests;
