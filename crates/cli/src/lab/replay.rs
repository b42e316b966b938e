//! `replay`: does what a recording says once more, and looks whether the same comes of it.

use super::device::{Device, Happening, Parts};
use super::hex::Hex;
use super::recording::{Header, In, Line, Out, VERSION};
use super::snapshot::{LONGEST_LINE, Snapshot};
use crate::args;
use crate::attestation::AttestingKeys;
use crate::display::display;
use crate::exit::Failure;
use authenticator_core::store::Store;
use authenticator_core::{BootId, Now, Profile};
use authenticator_host::HashMapStore;
use authenticator_host::hid::{Job, PromptId};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

pub(crate) fn replay(args: &args::Replay) -> Result<(), Failure> {
    let name = display(&args.file.to_string_lossy(), 200);
    let file = File::open(&args.file)
        .map_err(|error| Failure::Usage(format!("{name} cannot be read: {}", error.kind())))?;
    let counted = run(BufReader::new(file)).map_err(|(line, trouble)| match trouble {
        Trouble::Unusable(what) => Failure::Usage(format!("{name}, line {line}: {what}")),
        Trouble::Different(what) => Failure::Check(format!("{name}, line {line}: {what}")),
    })?;
    let Counted { happened, came } = counted;
    writeln!(std::io::stdout(), "the same: {happened} things happened, and {came} came of them")?;
    Ok(())
}

/// What can be wrong, and at which line.
#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    /// It is no recording, or not of this version.
    Unusable(String),
    /// Something else came.
    Different(String),
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    happened: u64,
    came: u64,
}

fn run(mut from: impl BufRead) -> Result<Counted, (u64, Trouble)> {
    let mut number = 1;
    let first = read_line(&mut from).map_err(|trouble| (number, trouble))?;
    let mut stage = Stage::open(first.as_deref()).map_err(|trouble| (number, trouble))?;
    loop {
        number += 1;
        let line = read_line(&mut from).map_err(|trouble| (number, trouble))?;
        let Some(line) = line else { break };
        stage.take(&line).map_err(|trouble| (number, trouble))?;
    }
    stage.nothing_more().map_err(|trouble| (number, trouble))?;
    Ok(stage.counted)
}

/// A line; `None` at the end.
fn read_line(from: &mut impl BufRead) -> Result<Option<String>, Trouble> {
    let mut line = String::new();
    let read = from.take(LONGEST_LINE).read_line(&mut line);
    match read.map_err(|error| Trouble::Unusable(error.kind().to_string()))? {
        0 => Ok(None),
        _ if line.ends_with('\n') => Ok(Some(line)),
        _ => Err(Trouble::Unusable("the line is cut off, or too long".to_owned())),
    }
}

/// Where it is played.
struct Stage {
    profile: Profile,
    device: Option<Device<u64, HashMapStore>>,
    boot: BootId,
    /// What the device waits for.
    job: Option<Job<HashMapStore>>,
    /// What came of what happened last, and has not been looked for yet.
    came: VecDeque<Out>,
    counted: Counted,
}

impl Stage {
    fn open(first: Option<&str>) -> Result<Self, Trouble> {
        let header: Header = serde_json::from_str(first.unwrap_or_default()).map_err(unusable)?;
        if header.authenticator_recording != VERSION {
            let version = header.authenticator_recording;
            return Err(Trouble::Unusable(format!("a recording of version {version}; this is {VERSION}")));
        }
        let profile = header.profile.profile().map_err(unusable)?;
        let (device, job, came) = (None, None, VecDeque::new());
        Ok(Self { profile, device, boot: BootId::default(), job, came, counted: Counted::default() })
    }

    fn take(&mut self, line: &str) -> Result<(), Trouble> {
        let line: Line = serde_json::from_str(line).map_err(unusable)?;
        match line {
            Line { t: Some(t), date, r#in: Some(happened), out: None } => {
                self.nothing_more()?;
                self.counted.happened += 1;
                self.happens(t, date, happened)
            }
            Line { t: None, date: None, r#in: None, out: Some(recorded) } => self.came(&recorded),
            _ => {
                Err(Trouble::Unusable("neither what happened, with its time, nor what came of it".to_owned()))
            }
        }
    }

    /// Everything that came was recorded.
    fn nothing_more(&self) -> Result<(), Trouble> {
        let Some(came) = self.came.front() else { return Ok(()) };
        Err(Trouble::Different(format!("here came, and there did not\n  {}", shown(came))))
    }

    fn came(&mut self, recorded: &Out) -> Result<(), Trouble> {
        let Some(came) = self.came.pop_front() else {
            return Err(Trouble::Different(format!("there came, and here did not\n  {}", shown(recorded))));
        };
        self.counted.came += 1;
        if came == *recorded {
            return Ok(());
        }
        let place =
            first_difference(recorded, &came).map(|place| format!("; they differ from byte {place} on"));
        let (there, here, place) = (shown(recorded), shown(&came), place.unwrap_or_default());
        Err(Trouble::Different(format!("there came\n  {there}\nand here\n  {here}{place}")))
    }

    fn happens(&mut self, t: u64, date: Option<u64>, happened: In) -> Result<(), Trouble> {
        let happening = match happened {
            In::Start(written) => {
                let snapshot = Snapshot::read(&written).map_err(Trouble::Unusable)?;
                if self.job.is_some() {
                    return Err(Trouble::Unusable("a commit is still under way".to_owned()));
                }
                self.boot = snapshot.now.boot;
                let parts = Parts::of(self.profile.clone(), AttestingKeys::default(), snapshot);
                self.device = Some(Device::plug_in(parts).map_err(unusable)?);
                return Ok(());
            }
            In::Tick => Happening::Tick,
            In::Report { link, data: Hex(report) } => Happening::Report(link, report),
            In::Unlinked(link) => Happening::Unlinked(link),
            In::Answer { prompt, answer } => {
                let answer = answer.answer().map_err(unusable)?;
                Happening::Answer(PromptId(prompt), answer)
            }
            In::Committed(recorded) => {
                let job = self.job.take();
                let Job { mut store, changes } =
                    job.ok_or_else(|| Trouble::Different("here nothing is being committed".to_owned()))?;
                if recorded.is_made() {
                    store.commit(&changes).map_err(|error| {
                        Trouble::Different(format!("this commit was made there, and here: {error}"))
                    })?;
                }
                Happening::Committed(store, recorded.result())
            }
            In::PowerCycle(Hex(boot)) => {
                self.boot = BootId(boot);
                Happening::PowerCycle
            }
            In::Seed(place) => Happening::Seed(place),
        };
        let device = self.device.as_mut();
        let device = device.ok_or_else(|| Trouble::Unusable("before any start".to_owned()))?;
        let now = Now { boot: self.boot, since_boot: Duration::from_millis(t), unix: date };
        let (effects, job) = device.happens(now, happening);
        self.came.extend(effects.iter().map(|effect| Out::of(effect, |link| link)));
        self.job = job.or_else(|| self.job.take());
        Ok(())
    }
}

fn unusable(problem: impl std::fmt::Display) -> Trouble {
    Trouble::Unusable(problem.to_string())
}

fn shown(out: &Out) -> String {
    serde_json::to_string(out).unwrap_or_default()
}

/// Where two reports on one link part.
fn first_difference(there: &Out, here: &Out) -> Option<usize> {
    let (Out::Report { link: one, data: there }, Out::Report { link: other, data: here }) = (there, here)
    else {
        return None;
    };
    let place = there.0.iter().zip(&here.0).position(|(there, here)| there != here);
    place.filter(|_| one == other)
}

#[cfg(test)]
mod tests;
