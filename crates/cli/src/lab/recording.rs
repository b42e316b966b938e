//! A recording: everything that happened to a device and everything that came of it, a line of JSON each.
//!
//! The first line says what the device is, the second what it was made of when the recording began. Every line after them is
//! something that happened (`in`), with what both clocks said, or something that came of the line before (`out`).

use super::answer::Given;
use super::asked::{About, millis};
use super::hex::Hex;
use super::randomness::Place;
use super::snapshot::Written;
use super::{Effect, Happening};
use crate::serve::Description;
use authenticator_core::Now;
use authenticator_core::store::{CommitError, CommitId, Lookup};
use authenticator_host::hid::{Job, Withdrawn};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) authenticator_recording: u32,
    /// Which version of the program wrote it.
    pub(crate) program: String,
    pub(crate) profile: Description,
}

/// Any line after it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// Milliseconds since power-up, where something happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) t: Option<u64>,
    /// Seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) r#in: Option<In>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<Out>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum In {
    /// It is made of this from now on.
    Start(Box<Written>),
    Tick,
    Report {
        link: u64,
        data: Hex<64>,
    },
    Unlinked(u64),
    Answer {
        prompt: u64,
        answer: Given,
    },
    Committed(CommitResult),
    /// Another boot, of this name.
    PowerCycle(Hex<16>),
    Seed(Place),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Out {
    Report { link: u64, data: Hex<64> },
    Asked(Box<About>),
    Withdrawn { prompt: u64, why: WithdrawnName },
    Wink,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WithdrawnName {
    Cancelled,
    TimedOut,
    Unplugged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CommitResult {
    Ok,
    Conflict,
    Full,
    ReadOnly,
    Busy,
    Failed,
    InDoubt,
    /// In doubt, and it has taken effect: the device finds it in its store.
    InDoubtMade,
}

impl WithdrawnName {
    pub(crate) const fn of(why: Withdrawn) -> Self {
        match why {
            Withdrawn::Cancelled => Self::Cancelled,
            Withdrawn::TimedOut => Self::TimedOut,
            Withdrawn::Unplugged => Self::Unplugged,
        }
    }
}

impl CommitResult {
    const ALL: [(Self, Result<(), CommitError>); 8] = [
        (Self::Ok, Ok(())),
        (Self::Conflict, Err(CommitError::Conflict)),
        (Self::Full, Err(CommitError::Full)),
        (Self::ReadOnly, Err(CommitError::ReadOnly)),
        (Self::Busy, Err(CommitError::Busy)),
        (Self::Failed, Err(CommitError::Failed)),
        (Self::InDoubt, Err(CommitError::InDoubt)),
        (Self::InDoubtMade, Err(CommitError::InDoubt)),
    ];

    fn of(result: Result<(), CommitError>, is_made: bool) -> Self {
        match Self::ALL.into_iter().find(|(_, known)| *known == result) {
            Some((Self::InDoubt, _)) if is_made => Self::InDoubtMade,
            Some((name, _)) => name,
            None => Self::InDoubt,
        }
    }

    /// Whether the commit has taken effect.
    pub(crate) const fn is_made(self) -> bool {
        matches!(self, Self::Ok | Self::InDoubtMade)
    }

    pub(crate) fn result(self) -> Result<(), CommitError> {
        Self::ALL.into_iter().find(|(name, _)| *name == self).map_or(Ok(()), |(_, result)| result)
    }
}

impl In {
    /// What happened, with links by their numbers, where this was being committed.
    fn of<L: Copy, S: Lookup>(
        happening: &Happening<L, S>,
        now: Now,
        committing: Option<CommitId>,
        mut number: impl FnMut(L) -> u64,
    ) -> Self {
        match happening {
            Happening::Tick => Self::Tick,
            Happening::Report(link, report) => Self::Report { link: number(*link), data: Hex(*report) },
            Happening::Unlinked(link) => Self::Unlinked(number(*link)),
            Happening::Answer(prompt, answer) => {
                Self::Answer { prompt: prompt.0, answer: Given::of(*answer) }
            }
            Happening::Committed(store, result) => {
                let last = store.last_commit().ok().flatten();
                Self::Committed(CommitResult::of(*result, last.is_some() && last == committing))
            }
            Happening::PowerCycle => Self::PowerCycle(Hex(now.boot.0)),
            Happening::Seed(place) => Self::Seed(*place),
        }
    }
}

impl Out {
    pub(crate) fn of<L: Copy>(effect: &Effect<L>, mut number: impl FnMut(L) -> u64) -> Self {
        match effect {
            Effect::Report(link, report) => Self::Report { link: number(*link), data: Hex(*report) },
            Effect::Asked(asked) => Self::Asked(Box::new(asked.about.clone())),
            Effect::Withdrawn(prompt, why) => {
                Self::Withdrawn { prompt: prompt.0, why: WithdrawnName::of(*why) }
            }
            Effect::Wink => Self::Wink,
        }
    }
}

/// Writes one.
pub(crate) struct Recorder<W, L> {
    to: W,
    /// The links, each at the place of its number.
    links: Vec<L>,
    /// What is being committed.
    committing: Option<CommitId>,
}

impl<W: Write, L: Copy + PartialEq> Recorder<W, L> {
    pub(crate) fn begin(mut to: W, profile: &Description) -> io::Result<Self> {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let header = Header { authenticator_recording: VERSION, program, profile: profile.clone() };
        write_line(&mut to, &header)?;
        Ok(Self { to, links: Vec::new(), committing: None })
    }

    /// It is made of this from now on.
    pub(crate) fn start(&mut self, now: Now, made_of: Written) -> io::Result<()> {
        self.happened(now, In::Start(Box::new(made_of)))?;
        self.to.flush()
    }

    pub(crate) fn happening<S: Lookup>(&mut self, now: Now, happening: &Happening<L, S>) -> io::Result<()> {
        let happened = In::of(happening, now, self.committing, |link| number(&mut self.links, link));
        self.happened(now, happened)
    }

    fn happened(&mut self, now: Now, happened: In) -> io::Result<()> {
        let line = Line { t: Some(millis(now.since_boot)), date: now.unix, r#in: Some(happened), out: None };
        write_line(&mut self.to, &line)
    }

    /// What came of it, and what is to be committed then. With that it is on its way to the disk.
    pub(crate) fn effects<S>(&mut self, effects: &[Effect<L>], job: Option<&Job<S>>) -> io::Result<()> {
        self.committing = job.map(|job| job.changes.id()).or(self.committing);
        for effect in effects {
            let out = Out::of(effect, |link| number(&mut self.links, link));
            write_line(&mut self.to, &Line { t: None, date: None, r#in: None, out: Some(out) })?;
        }
        self.to.flush()
    }
}

fn write_line(to: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

/// The link's number; a new one has the next.
fn number<L: Copy + PartialEq>(links: &mut Vec<L>, link: L) -> u64 {
    let place = links.iter().position(|known| *known == link).unwrap_or_else(|| {
        links.push(link);
        links.len().saturating_sub(1)
    });
    u64::try_from(place).unwrap_or(u64::MAX)
}
