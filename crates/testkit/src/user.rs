//! A person who does as the test says.

use authenticator_core::credential::CredentialId;
use authenticator_core::store::RecordId;
use authenticator_core::{Ask, CandidateRef, Context, Gesture, NeedsUser, Prompt, Refusal};
use authenticator_host::blocking::User;
use std::collections::VecDeque;
use std::ops::ControlFlow;

/// One answer of the script.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Whatever the prompt asks for: a touch, a long one, or verification. Chooses nothing.
    Comply,
    /// What the prompt asks for, choosing the candidate at this place, 0 being the newest.
    Choose(usize),
    /// This, whatever was asked.
    Give(Gesture),
    /// No.
    Refuse(Refusal),
}

/// What a prompt asked and offered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What was shown.
    pub prompt: Prompt,
    /// What was asked for.
    pub ask: Ask,
    /// The candidates, newest first.
    pub candidates: Vec<Candidate>,
}

/// A candidate of a prompt.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its record.
    pub record: RecordId,
    /// Its id.
    pub credential_id: CredentialId,
    /// `user.name`.
    pub name: Option<String>,
}

/// Answers prompts from a script, then by habit, and remembers them.
#[derive(Clone, Debug)]
pub struct ScriptedUser {
    script: VecDeque<Answer>,
    /// The answer once the script has run out.
    pub habit: Answer,
    /// Every prompt so far.
    pub seen: Vec<Seen>,
}

impl Default for ScriptedUser {
    fn default() -> Self {
        Self { script: VecDeque::new(), habit: Answer::Comply, seen: Vec::new() }
    }
}

impl ScriptedUser {
    /// Queues an answer.
    pub fn will(&mut self, answer: Answer) -> &mut Self {
        self.script.push_back(answer);
        self
    }
}

impl User for ScriptedUser {
    fn ask(&mut self, step: &NeedsUser, cx: &mut Context<'_>) -> Result<Gesture, Refusal> {
        let candidates = candidates(step, cx);
        let comply = match step.ask() {
            Ask::Verification => Gesture::VERIFIED,
            Ask::LongTouch => Gesture::LONG_TOUCH,
            Ask::Presence | Ask::Confirmation => Gesture::TOUCH,
        };
        let answer = match self.script.pop_front().unwrap_or_else(|| self.habit.clone()) {
            Answer::Comply => Ok(comply),
            Answer::Choose(place) => {
                let record = candidates.get(place).map(|candidate| candidate.record);
                record.map(|record| comply.choosing(CandidateRef::Record(record))).ok_or(Refusal::Unavailable)
            }
            Answer::Give(gesture) => Ok(gesture),
            Answer::Refuse(refusal) => Err(refusal),
        };
        self.seen.push(Seen { prompt: step.prompt().clone(), ask: step.ask(), candidates });
        answer
    }
}

/// What a prompt offers; none when the store cannot be read.
fn candidates(step: &NeedsUser, cx: &mut Context<'_>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let read = step.candidates(cx, None, &mut |entry| {
        candidates.push(Candidate {
            record: entry.record,
            credential_id: entry.credential.id.clone(),
            name: entry.credential.user.name.as_ref().map(|name| name.as_str().to_owned()),
        });
        ControlFlow::Continue(())
    });
    read.map_or_else(|_| Vec::new(), |()| candidates)
}
