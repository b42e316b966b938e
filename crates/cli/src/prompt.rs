//! Asking a person on a terminal.

use crate::exit::Failure;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// A terminal with, we take it, a person before it.
pub(crate) struct Terminal {
    lines: Receiver<String>,
    output: Box<dyn Write>,
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
        if let Ok((input, output)) = terminal.and_then(|output| Ok((output.try_clone()?, output))) {
            return Some(Self::new(input, output));
        }
        let both = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        both.then(|| Self::new(std::io::stdin(), std::io::stderr()))
    }

    fn new(input: impl Read + Send + 'static, output: impl Write + 'static) -> Self {
        let (sender, lines) = channel();
        // A read cannot be given up portably. The thread that waits in one ends with the process.
        std::thread::spawn(move || {
            for line in BufReader::new(input).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, output: Box::new(output) }
    }

    /// Shows `question` and returns the line typed after it. What goes into the question has been through
    /// [`display`](crate::display::display).
    pub(crate) fn ask(&mut self, question: &str, timeout: Duration) -> Result<String, NoAnswer> {
        let shown = self.output.write_all(question.as_bytes()).and_then(|()| self.output.flush());
        shown.map_err(|_| NoAnswer::Closed)?;
        let answer = self.lines.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => NoAnswer::TimedOut,
            RecvTimeoutError::Disconnected => NoAnswer::Closed,
        });
        if answer.is_err() {
            // The question's line has no end yet. If even that fails, there is nobody to see it.
            let _ = self.output.write_all(b"\n");
        }
        answer.map(|line| line.trim().to_owned())
    }

    /// Asks a question whose answer is yes or no; anything but a clear yes is a no.
    pub(crate) fn confirm(&mut self, question: &str, timeout: Duration) -> Result<bool, NoAnswer> {
        let answer = self.ask(&format!("{question} [y/N] "), timeout)?;
        Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
    }
}

/// How long a command that nobody waits for waits for its user.
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
