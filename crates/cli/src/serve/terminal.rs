//! Prompts on the terminal, with the seconds that are left.
//!
//! A thread reads what is typed, line by line, as long as the program runs; a line answers the question that stands there at
//! that moment, and is forgotten if there is none. Another thread counts down.

use super::links::Input;
use crate::exit::Failure;
use crate::person::{Candidate, pick, question};
use crate::prompt::{Forget, Parts, terminal_or};
use authenticator_core::{Ask, Gesture, NeedsUser, Refusal};
use authenticator_host::hid::{PromptId, Withdrawn};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The person at the terminal.
pub(super) struct AtTerminal {
    screen: Screen,
    forget: Forget,
    /// Lets the thread that counts know of a question.
    count: SyncSender<()>,
}

/// What is on the screen, which all threads write to.
#[derive(Clone)]
struct Screen(Arc<Mutex<Shown>>);

struct Shown {
    output: Box<dyn Write + Send>,
    asked: Option<Asked>,
}

/// The question that stands there.
struct Asked {
    prompt: PromptId,
    ask: Ask,
    candidates: Vec<Candidate>,
    until: Instant,
}

impl AtTerminal {
    pub(super) fn open(inputs: &SyncSender<Input>) -> Result<Self, Failure> {
        let Parts { typed, forget, output } = terminal_or("--user")?.into_parts()?;
        let screen = Screen(Arc::new(Mutex::new(Shown { output, asked: None })));
        let (shown, inputs) = (screen.clone(), inputs.clone());
        std::thread::spawn(move || read(typed, &shown, &inputs));
        let (count, counts) = sync_channel(1);
        let shown = screen.clone();
        std::thread::spawn(move || shown.count_down(&counts));
        Ok(Self { screen, forget, count })
    }

    /// Shows the question. `None`: the answer comes when it is typed.
    pub(super) fn ask(
        &mut self,
        prompt: PromptId,
        step: &NeedsUser,
        candidates: Vec<Candidate>,
    ) -> Option<Result<Gesture, Refusal>> {
        let chosen = if candidates.len() > 1 { None } else { candidates.first() };
        let text = question(step.prompt(), &candidates, chosen, step.timeout());
        let seconds = step.timeout().as_secs();
        let until = Instant::now().checked_add(step.timeout())?;
        let yes = if candidates.len() > 1 { "" } else { "[y/N] " };
        let mut shown = self.screen.lock();
        // What was typed before the question is no answer to it.
        let asked = (self.forget)().and_then(|()| {
            write!(shown.output, "{text}\n{seconds:>4} s {yes}")?;
            shown.output.flush()
        });
        if asked.is_err() {
            return Some(Err(Refusal::Unavailable));
        }
        shown.asked = Some(Asked { prompt, ask: step.ask(), candidates, until });
        drop(shown);
        // If it knows of another one already, it counts this one from then on.
        let _ = self.count.try_send(());
        None
    }

    /// Takes the question away.
    pub(super) fn withdraw(&mut self, prompt: PromptId, why: Withdrawn) {
        let mut shown = self.screen.lock();
        if shown.asked.take_if(|asked| asked.prompt == prompt).is_some() {
            shown.say(match why {
                Withdrawn::Cancelled => "\nIt was cancelled.\n",
                Withdrawn::TimedOut => "\nNobody answered in time.\n",
                Withdrawn::Unplugged => "\nThe power was cut.\n",
            });
        }
    }

    /// The program ends.
    pub(super) fn close(&mut self) {
        let mut shown = self.screen.lock();
        if shown.asked.take().is_some() {
            shown.say("\n");
        }
    }
}

impl Screen {
    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Each second while a question stands there, until nobody asks any more.
    fn count_down(&self, counts: &Receiver<()>) {
        while counts.recv().is_ok() {
            loop {
                match counts.recv_timeout(Duration::from_secs(1)) {
                    Err(RecvTimeoutError::Timeout) => {}
                    // Another question, whose seconds begin now.
                    Ok(()) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                let mut shown = self.lock();
                let Some(asked) = &shown.asked else { break };
                let left = asked.until.saturating_duration_since(Instant::now()).as_secs();
                // Where the cursor was, it is afterwards: what is being typed stays whole.
                shown.say(&format!("\x1b7\r{left:>4} s\x1b8"));
            }
        }
    }
}

impl Shown {
    /// A terminal that is gone shows nothing, and nothing is lost by that.
    fn say(&mut self, text: &str) {
        let _ = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
    }
}

/// Every line that is typed, until the terminal closes: then nobody can be asked, and each question ends by its time.
fn read(typed: Box<dyn Read + Send>, screen: &Screen, inputs: &SyncSender<Input>) {
    for line in BufReader::new(typed).lines() {
        let Ok(line) = line else { return };
        let Some(asked) = screen.lock().asked.take() else { continue };
        let answer = asked.answered(line.trim());
        if inputs.send(Input::Answer(asked.prompt, answer)).is_err() {
            return;
        }
    }
}

impl Asked {
    /// Presence, never verification: a terminal proves no more.
    fn answered(&self, line: &str) -> Result<Gesture, Refusal> {
        let gesture = if self.ask == Ask::LongTouch { Gesture::LONG_TOUCH } else { Gesture::TOUCH };
        if let [_, _, ..] = self.candidates.as_slice() {
            let chosen = pick(&self.candidates, line).ok_or(Refusal::Declined)?;
            return Ok(gesture.choosing(chosen.reference));
        }
        let is_yes = line.eq_ignore_ascii_case("y") || line.eq_ignore_ascii_case("yes");
        let chosen = self.candidates.first();
        is_yes
            .then(|| chosen.map_or(gesture, |chosen| gesture.choosing(chosen.reference)))
            .ok_or(Refusal::Declined)
    }
}

#[cfg(test)]
mod tests;
