//! Asking a person on a terminal.

use crate::exit::Failure;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// A terminal with, we take it, a person before it.
pub(crate) struct Terminal {
    /// `None` once a question had no answer: a late one must not answer the next question.
    input: Option<Input>,
    output: Box<dyn Write + Send>,
}

/// Where the person types.
struct Input {
    typed: Box<dyn Read + Send>,
    forget: Forget,
}

/// Forgets what was typed and not read yet.
pub(crate) type Forget = Box<dyn FnMut() -> std::io::Result<()> + Send>;

/// What a terminal is made of.
pub(crate) struct Parts {
    pub(crate) typed: Box<dyn Read + Send>,
    pub(crate) forget: Forget,
    pub(crate) output: Box<dyn Write + Send>,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Nobody typed one in time.
    TimedOut,
    /// The terminal has gone, or its user closed the input.
    Closed,
}

impl Terminal {
    /// The terminal of this process; `None` when it has none. A redirected stdin or stdout does not matter where the
    /// system can say which terminal it is.
    pub(crate) fn of_this_process() -> Option<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let three = terminal.and_then(|output| Ok((output.try_clone()?, output.try_clone()?, output)));
        if let Ok((input, queue, output)) = three {
            return Some(Self::new(input, move || forget_typed(&queue), output));
        }
        let both = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        both.then(|| Self::new(std::io::stdin(), || forget_typed(std::io::stdin()), std::io::stderr()))
    }

    fn new(
        typed: impl Read + Send + 'static,
        forget: impl FnMut() -> std::io::Result<()> + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> Self {
        let input = Input { typed: Box::new(typed), forget: Box::new(forget) };
        Self { input: Some(input), output: Box::new(output) }
    }

    /// What is typed, what forgets it, and the screen: for a program that asks more than one question at its own pace.
    pub(crate) fn into_parts(self) -> Result<Parts, NoAnswer> {
        let Input { typed, forget } = self.input.ok_or(NoAnswer::Closed)?;
        Ok(Parts { typed, forget, output: self.output })
    }

    /// Shows `question` and returns the line typed after it; what was typed before it is forgotten, because nobody agrees
    /// to what they have not seen. What goes into the question has been through [`display`](crate::display::display).
    pub(crate) fn ask(&mut self, question: &str, timeout: Duration) -> Result<String, NoAnswer> {
        let mut input = self.input.take().ok_or(NoAnswer::Closed)?;
        (input.forget)().map_err(|_| NoAnswer::Closed)?;
        let shown = self.output.write_all(question.as_bytes()).and_then(|()| self.output.flush());
        shown.map_err(|_| NoAnswer::Closed)?;
        let answer = match read_line(input).recv_timeout(timeout) {
            Ok((input, line)) => {
                self.input = Some(input);
                Ok(line.trim().to_owned())
            }
            Err(RecvTimeoutError::Timeout) => Err(NoAnswer::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(NoAnswer::Closed),
        };
        if answer.is_err() {
            // The question's line has no end yet. If even that fails, there is nobody to see it.
            let _ = self.output.write_all(b"\n");
        }
        answer
    }

    /// Asks a question whose answer is yes or no; anything but a clear yes is a no.
    pub(crate) fn confirm(&mut self, question: &str, timeout: Duration) -> Result<bool, NoAnswer> {
        let answer = self.ask(&format!("{question} [y/N] "), timeout)?;
        Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
    }
}

/// Waits for one line. It comes with the input it was typed on; nothing comes when there is no more.
fn read_line(mut input: Input) -> Receiver<(Input, String)> {
    let (sender, line) = channel();
    // A read cannot be given up portably. The thread that waits in one ends with the process.
    std::thread::spawn(move || {
        let mut line = String::new();
        // A reader for this line only: what it took in beyond the line's end is forgotten with it.
        if BufReader::new(&mut input.typed).read_line(&mut line).is_ok_and(|length| length > 0) {
            // It may be that nobody waits any more.
            let _ = sender.send((input, line));
        }
    });
    line
}

#[cfg(unix)]
fn forget_typed(terminal: impl std::os::fd::AsFd) -> std::io::Result<()> {
    Ok(rustix::termios::tcflush(terminal, rustix::termios::QueueSelector::IFlush)?)
}

/// Elsewhere neither `std` nor `rustix` can do it; what was typed early shows on the screen and counts.
#[cfg(not(unix))]
fn forget_typed<T>(_: T) -> std::io::Result<()> {
    Ok(())
}

/// How long a command that no site waits for waits for its user, and as long as WebAuthn recommends (L3 §15.1).
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// The terminal, or the advice to use `flag` instead.
pub(crate) fn terminal_or(flag: &str) -> Result<Terminal, Failure> {
    let advice = || Failure::Usage(format!("there is no terminal to ask on; use {flag} if you are sure"));
    Terminal::of_this_process().ok_or_else(advice)
}

impl From<NoAnswer> for Failure {
    fn from(reason: NoAnswer) -> Self {
        Self::Other(match reason {
            NoAnswer::TimedOut => "nobody answered in time; nothing was changed".to_owned(),
            NoAnswer::Closed => "the terminal was closed; nothing was changed".to_owned(),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
