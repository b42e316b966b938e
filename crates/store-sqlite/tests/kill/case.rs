//! The cases: what happens to the child, how often, and what is said of it at the end.

use crate::child::{self, Orders, Work};
use crate::line::Line;
use crate::model::{Ending, Model};
use crate::places::{self, Place};
use authenticator_testkit::SeededRng;
use rand_core::Rng;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// What ends, or hinders, the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// SIGKILL.
    Kill,
    /// Files that may not grow beyond a random size (RLIMIT_FSIZE).
    Limit,
    /// A disk with little room left.
    Full,
    /// A disk whose writes and syncs, or reads, fail from a random one on, for once or for good.
    Failing,
    /// A loss of power: what was written and not synced is there in part.
    Power,
    /// Nothing but another child: every registration of both succeeds.
    Pair,
}

impl Case {
    const ALL: [(Self, &str, u64); 6] = [
        (Self::Kill, "kill", 40),
        (Self::Limit, "limit", 10),
        (Self::Full, "full", 10),
        (Self::Failing, "eio", 20),
        (Self::Power, "power", 20),
        (Self::Pair, "pair", 1),
    ];

    /// How many operations a child has.
    const fn operations(self) -> u64 {
        match self {
            Self::Kill => 1000,
            Self::Pair => 200,
            _ => 150,
        }
    }

    /// Whether a round has met what the case is about. Where nothing was in the way, nothing was tested.
    fn is_met(self, said: &[Said]) -> bool {
        match self {
            Self::Kill => said.iter().all(|child| child.end == End::Killed),
            Self::Power => said.iter().all(|child| child.end == End::PowerCut),
            Self::Limit | Self::Full | Self::Failing => said.iter().any(Said::was_refused),
            Self::Pair => said.iter().all(|child| child.end == End::ByItself),
        }
    }

    /// Of how many rounds in a hundred that is asked at least. It hangs on chance where a disk fails: when a fold of the log
    /// does, or a read that SQLite has no need of, nobody is told. Where room is short, a child may be killed before it meets
    /// that: three rounds in four do, and of ten two at least but once in ten thousand runs.
    const fn share(self) -> u64 {
        match self {
            Self::Kill | Self::Pair => 100,
            Self::Power => 80,
            Self::Limit | Self::Full | Self::Failing => 20,
        }
    }
}

pub(crate) fn main() -> ExitCode {
    if let Some(orders) = Orders::given() {
        child::run(&orders);
        return ExitCode::SUCCESS;
    }
    // Flags are for the usual harness; what is left are names.
    let names: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let seed = number("SEED").unwrap_or(1);
    for (case, name, count) in Case::ALL {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let count = number("KILLS").unwrap_or(count);
        // Said first, so that it is known when the run dies.
        eprintln!("{name}: {count} times, seed {seed}");
        match places::of(case, name) {
            Ok(Place::Here(place)) => println!("{}", run(case, &place, name, count, seed)),
            Ok(Place::Elsewhere { passed: true }) => {}
            Ok(Place::Elsewhere { passed: false }) => return ExitCode::FAILURE,
            Err(reason) => println!("| {name} | 0 | {seed} | SKIP: {reason} |"),
        }
    }
    ExitCode::SUCCESS
}

/// Runs a case and says what it came to.
fn run(case: Case, place: &places::Folder, name: &str, count: u64, seed: u64) -> String {
    let path = place.store();
    let mut rng = SeededRng::new(seed);
    let mut model = Model::default();
    if case == Case::Full {
        place.delete_and_reset_when_full();
    }
    let (mut killed, mut cut, mut met) = (0_u64, 0_u64, 0_u64);
    for round in 0..count {
        // Two at once in every other round.
        let pair = case == Case::Pair || case == Case::Kill && round % 2 == 1;
        let names: &[&str] = if pair { &["a", "b"] } else { &["a"] };
        let orders = names.iter().map(|name| Orders {
            store: path.clone(),
            seed: rng.next_u64(),
            name: (*name).to_owned(),
            operations: case.operations(),
            work: match case {
                Case::Pair => Work::Register,
                _ if pair => Work::BesideAnother,
                _ => Work::Alone,
            },
        });
        let orders: Vec<_> = orders.collect();
        // Now and then a store that is yet to be made.
        if rng.next_u64().is_multiple_of(10) {
            place.renew();
            model.forget();
        }
        let hindrance = place.hinder(case, &mut rng);
        let moment = Moment::of(case, &mut rng);
        let said = observe(&orders, |child| place.command(&hindrance, child), &moment, &mut rng);
        let ended = |end: End| said.iter().map(|child| u64::from(child.end == end)).sum::<u64>();
        killed += ended(End::Killed);
        cut += ended(End::PowerCut);
        met += u64::from(case.is_met(&said));
        let endings: Vec<Ending> = said.iter().map(|child| model.hear(&child.lines)).collect();
        if case == Case::Full {
            place.look(rng.next_u64());
        }
        place.free();
        model.check(&path, &endings, &mut rng);
    }
    let Model { acknowledged, failed, there, not_there, doubts, searched_for, .. } = model;
    assert!(acknowledged > 0, "nothing was acknowledged: nothing was tested");
    assert!(met >= count * case.share() / 100, "{name}: {met} rounds of {count} were hindered: {failed:?}");
    if case == Case::Kill {
        // Nothing is in the way of an open store but the other child.
        let excuses =
            |why: &String| ["Commit(Busy)", "Commit(Conflict)"].iter().any(|excuse| why.starts_with(excuse));
        assert!(failed.keys().all(excuses), "{failed:?}");
    }
    if case == Case::Pair {
        assert_eq!((acknowledged, doubts, failed.len()), (count * 2 * case.operations(), 0, 0), "{failed:?}");
    }
    let mut failures: Vec<_> = failed.iter().map(|(why, times)| format!("{times} x {why}")).collect();
    if failures.is_empty() {
        failures.push("no failures".to_owned());
    }
    format!(
        "| {name} | {count} | {seed} | ok: {acknowledged} acknowledged and none lost; {there} unacknowledged there, \
         {not_there} not; {searched_for} deleted and none found; met in {met} rounds: {killed} killed, {cut} without \
         power, {doubts} in doubt, {} |",
        failures.join(", ")
    )
}

/// When a child is killed.
#[derive(Debug)]
enum Moment {
    /// So long after it was started: while it opens the store, as a rule.
    Early(Duration),
    /// So long after so many acknowledgements.
    Later(u64, Duration),
    /// When it ends by itself.
    Never,
}

impl Moment {
    fn of(case: Case, rng: &mut dyn Rng) -> Self {
        let mut below = |end: u64| rng.next_u64() % end;
        match (case, below(4)) {
            (Case::Kill, 0) => Self::Early(Duration::from_micros(below(15_000))),
            (Case::Kill, _) | (Case::Limit | Case::Full, 0) => {
                Self::Later(below(14), Duration::from_micros(below(3000)))
            }
            _ => Self::Never,
        }
    }
}

/// What a child has said, and how it ended.
struct Said {
    lines: Vec<Line>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    ByItself,
    Killed,
    PowerCut,
}

impl Said {
    /// Whether the store did not do what it was asked to.
    fn was_refused(&self) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Refused(_) | Line::Failed(_) | Line::Doubt))
    }
}

/// Starts the children, kills the first at the moment and the others a little later.
fn observe(
    orders: &[Orders],
    command: impl Fn(&Orders) -> Command,
    moment: &Moment,
    rng: &mut dyn Rng,
) -> Vec<Said> {
    let mut children: Vec<Child> =
        orders.iter().map(|orders| command(orders).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let heard: Vec<Receiver<Line>> = children.iter_mut().map(listen).collect();
    let mut said: Vec<Vec<Line>> = vec![Vec::new(); children.len()];
    for (index, child) in children.iter_mut().enumerate() {
        match moment {
            Moment::Early(delay) => thread::sleep(*delay),
            Moment::Later(count, delay) => {
                let count = if index == 0 { *count } else { rng.next_u64() % 6 };
                hear_some(&heard[index], &mut said[index], count);
                thread::sleep(*delay);
            }
            Moment::Never => {}
        }
        if !matches!(moment, Moment::Never) {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }
    let ended = children.into_iter().zip(heard).zip(said).map(|((mut child, heard), mut lines)| {
        lines.extend(heard);
        let status = child.wait().unwrap();
        let end = match (status.code(), status.signal()) {
            (Some(0), _) => End::ByItself,
            (Some(places::POWER_CUT), _) => End::PowerCut,
            (_, Some(9)) => End::Killed,
            _ => panic!("the child failed: {status}"),
        };
        Said { lines, end }
    });
    ended.collect()
}

/// Waits for so many acknowledgements, or for the child's end.
fn hear_some(heard: &Receiver<Line>, said: &mut Vec<Line>, mut count: u64) {
    while count > 0 {
        let Ok(line) = heard.recv() else { return };
        if matches!(line, Line::Registered(_) | Line::Done) {
            count -= 1;
        }
        said.push(line);
    }
}

/// The child's lines as they come, until it has ended.
fn listen(child: &mut Child) -> Receiver<Line> {
    let (sender, receiver) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in output.lines() {
            // Nobody is left to hear it when a test has failed.
            let _ = sender.send(Line::read(&line.unwrap()));
        }
    });
    receiver
}
