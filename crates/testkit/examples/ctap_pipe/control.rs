//! The lines that move the world.

#[cfg(test)]
mod tests;

use authenticator_core::{Gesture, Profile, Refusal};
use authenticator_testkit::Answer;
use std::fmt;
use std::num::ParseIntError;
use std::str::SplitAsciiWhitespace;
use std::time::Duration;

/// What a line says.
#[derive(Clone, Debug)]
pub(crate) enum Control {
    /// `open security-key`, `open phone`: a new authenticator of this profile, with an empty store.
    Open(Box<Profile>),
    /// `start`: one more process over the same store, which requests go to from then on. Says its number, 0 being the first.
    Start,
    /// `use NUMBER`: requests go to this process.
    Use(usize),
    /// `restart`: the process that requests go to ends and starts again. The power stays.
    Restart,
    /// `unplug SECONDS`: all processes lose their power for so long.
    Unplug(Duration),
    /// `wait SECONDS`: time passes.
    Wait(Duration),
    /// What the user does at the next prompt that has no answer yet: `user comply`, `touch` (not for long), `verify`, `deny`,
    /// `timeout`, `cancel`, `fail LEFT` (was not recognised, with so many tries left) or `choose PLACE` (0 is the newest).
    /// Who is not told anything complies.
    User(Answer),
    /// `asked`: what the user was asked for since the last time, a word each.
    Asked,
}

/// Why a line could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadLine {
    /// It is not UTF-8.
    NotText,
    /// A word is missing at its end.
    TooShort,
    /// It goes on after its last word.
    TooLong,
    /// No line has this word here.
    UnknownWord(String),
    /// A number that is none.
    Number(ParseIntError),
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("the line is not text"),
            Self::TooShort => f.write_str("the line lacks a word"),
            Self::TooLong => f.write_str("the line has a word too many"),
            Self::UnknownWord(word) => write!(f, "the line has the unknown word {word:?}"),
            Self::Number(error) => write!(f, "the line has a bad number: {error}"),
        }
    }
}

impl Control {
    pub(crate) fn parse(line: &[u8]) -> Result<Self, BadLine> {
        let mut words = str::from_utf8(line).map_err(|_| BadLine::NotText)?.split_ascii_whitespace();
        let control = match word(&mut words)? {
            "open" => Self::Open(profile(&mut words)?.into()),
            "start" => Self::Start,
            "use" => Self::Use(number(&mut words)?),
            "restart" => Self::Restart,
            "unplug" => Self::Unplug(seconds(&mut words)?),
            "wait" => Self::Wait(seconds(&mut words)?),
            "user" => Self::User(answer(&mut words)?),
            "asked" => Self::Asked,
            other => return Err(unknown(other)),
        };
        if words.next().is_some() { Err(BadLine::TooLong) } else { Ok(control) }
    }
}

fn profile(words: &mut SplitAsciiWhitespace<'_>) -> Result<Profile, BadLine> {
    let name = word(words)?;
    Profile::named(name, [0; 16]).ok_or_else(|| unknown(name))
}

fn answer(words: &mut SplitAsciiWhitespace<'_>) -> Result<Answer, BadLine> {
    Ok(match word(words)? {
        "comply" => Answer::Comply,
        "touch" => Answer::Give(Gesture::TOUCH),
        "verify" => Answer::Give(Gesture::VERIFIED),
        "deny" => Answer::Refuse(Refusal::Declined),
        "timeout" => Answer::Refuse(Refusal::TimedOut),
        "cancel" => Answer::Refuse(Refusal::Cancelled),
        "fail" => Answer::Refuse(Refusal::VerificationFailed { left: number(words)? }),
        "choose" => Answer::Choose(number(words)?),
        other => return Err(unknown(other)),
    })
}

fn seconds(words: &mut SplitAsciiWhitespace<'_>) -> Result<Duration, BadLine> {
    number(words).map(|seconds: u32| Duration::from_secs(seconds.into()))
}

fn number<N: std::str::FromStr<Err = ParseIntError>>(
    words: &mut SplitAsciiWhitespace<'_>,
) -> Result<N, BadLine> {
    word(words)?.parse().map_err(BadLine::Number)
}

fn word<'line>(words: &mut SplitAsciiWhitespace<'line>) -> Result<&'line str, BadLine> {
    words.next().ok_or(BadLine::TooShort)
}

fn unknown(word: &str) -> BadLine {
    BadLine::UnknownWord(word.to_owned())
}
