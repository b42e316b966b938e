//! Prompts for a program: said on stdout as JSON, one a line, and answered on stdin, one word a line.
//!
//! A word answers the prompt that stands there. One that comes while nothing is asked answers the next.

use super::links::Input;
use crate::person::Candidate;
use authenticator_core::{Ask, Gesture, NeedsUser, Prompt, Refusal};
use authenticator_host::hid::{PromptId, Withdrawn};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many words may come before they are asked for.
const MOST_WORDS: usize = 64;

/// The gate that prompts wait at.
#[derive(Clone)]
pub(super) struct Gate(Arc<Mutex<Waiting>>);

struct Waiting {
    output: Box<dyn Write + Send>,
    asked: Option<Asked>,
    words: VecDeque<Word>,
}

struct Asked {
    prompt: PromptId,
    ask: Ask,
    candidates: Vec<Candidate>,
}

/// What a program may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Approve,
    Verify,
    Deny,
}

impl Gate {
    /// A gate that says its prompts on `output`, and hears words on `input` until that ends.
    pub(super) fn open(
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
        inputs: &SyncSender<Input>,
    ) -> Self {
        let waiting = Waiting { output: Box::new(output), asked: None, words: VecDeque::new() };
        let gate = Self(Arc::new(Mutex::new(waiting)));
        let (heard, inputs) = (gate.clone(), inputs.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(input).lines().map_while(Result::ok) {
                let answer = heard.hear(line.trim());
                if answer.is_some_and(|answer| inputs.send(answer).is_err()) {
                    return;
                }
            }
        });
        gate
    }

    /// Says the prompt. `None`: the answer is still to come.
    pub(super) fn ask(
        &self,
        prompt: PromptId,
        step: &NeedsUser,
        candidates: Vec<Candidate>,
    ) -> Option<Result<Gesture, Refusal>> {
        let mut waiting = self.lock();
        waiting.say(&about(prompt, step));
        let asked = Asked { prompt, ask: step.ask(), candidates };
        let Some(word) = waiting.words.pop_front() else {
            waiting.asked = Some(asked);
            return None;
        };
        Some(asked.answered(word))
    }

    pub(super) fn withdraw(&self, prompt: PromptId, why: Withdrawn) {
        let mut waiting = self.lock();
        if waiting.asked.take_if(|asked| asked.prompt == prompt).is_some() {
            let why = match why {
                Withdrawn::Cancelled => "cancelled",
                Withdrawn::TimedOut => "timed out",
                Withdrawn::Unplugged => "unplugged",
            };
            waiting.say(&json!({ "withdrawn": prompt.0, "why": why }));
        }
    }

    /// A line was said.
    fn hear(&self, line: &str) -> Option<Input> {
        let mut waiting = self.lock();
        let Some(word) = Word::of(line) else {
            waiting.say(&json!({ "unknown": line }));
            return None;
        };
        let Some(asked) = waiting.asked.take() else {
            if waiting.words.len() < MOST_WORDS {
                waiting.words.push_back(word);
            }
            return None;
        };
        Some(Input::Answer(asked.prompt, asked.answered(word)))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Whoever does not listen is not waited for.
    fn say(&mut self, what: &Value) {
        let _ = writeln!(self.output, "{what}").and_then(|()| self.output.flush());
    }
}

impl Word {
    fn of(line: &str) -> Option<Self> {
        Some(match line {
            "approve" => Self::Approve,
            "verify" => Self::Verify,
            "deny" => Self::Deny,
            _ => return None,
        })
    }
}

impl Asked {
    /// Of several accounts it is the newest.
    fn answered(&self, word: Word) -> Result<Gesture, Refusal> {
        let gesture = match (word, self.ask) {
            (Word::Deny, _) => return Err(Refusal::Declined),
            (Word::Verify, Ask::Verification) => Gesture::VERIFIED,
            (_, Ask::LongTouch) => Gesture::LONG_TOUCH,
            _ => Gesture::TOUCH,
        };
        Ok(self.candidates.first().map_or(gesture, |newest| gesture.choosing(newest.reference)))
    }
}

fn about(prompt: PromptId, step: &NeedsUser) -> Value {
    let ask = match step.ask() {
        Ask::Presence => "presence",
        Ask::Verification => "verification",
        Ask::Confirmation => "confirmation",
        Ask::LongTouch => "long touch",
    };
    let (what, rp_id) = match step.prompt() {
        Prompt::Register { rp_id, .. } => ("register", Some(rp_id)),
        Prompt::Excluded { rp_id } => ("excluded", Some(rp_id)),
        Prompt::SignIn { rp_id } => ("sign in", Some(rp_id)),
        Prompt::Token { rp_id, .. } => ("token", rp_id.as_ref()),
        Prompt::Reset => ("reset", None),
        Prompt::Selection => ("selection", None),
        _ => ("other", None),
    };
    json!({
        "prompt": prompt.0,
        "ask": ask,
        "for": what,
        "rpId": rp_id.map(|rp_id| rp_id.as_str()),
        "seconds": step.timeout().as_secs(),
    })
}
