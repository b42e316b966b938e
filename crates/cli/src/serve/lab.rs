//! `serve --lab`: a security key whose user, clocks and randomness do as they are told.
//!
//! [`mod@bench`] runs the device and does what is wanted, [`control`] is who wants it and [`message`] how they say so, [`desk`]
//! answers prompts, [`forks`] are further devices beside this one.

mod bench;
mod control;
mod desk;
mod forks;
mod message;

use super::links::Input;
use super::profile::Description;
use super::state::{State, Storage};
use super::{BACKLOG, announce, signals};
use crate::args::{self, Answerer, Attestation, ClockMode};
use crate::attestation::certify;
use crate::display::display;
use crate::exit::Failure;
use crate::lab::answer::{Answer, Policy, What};
use crate::lab::clock::{Clocks, FIRST_DATE, Shown};
use crate::lab::device::Parts;
use crate::lab::randomness::{Place, Randomness};
use crate::log::Log;
use authenticator_core::store::Lookup;
use authenticator_core::{BootId, DeviceKey, Gesture, Profile, Refusal};
use authenticator_host::{Clock, SystemClock, World};
use bench::Bench;
use control::{Command, Commands, Token};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

/// What happens on a bench.
enum LabInput {
    Key(Input),
    Control(Command),
    /// The bench is to be cleared.
    End,
}

/// How a bench is set up.
struct Setup {
    args: args::Serve,
    profile: Profile,
    parts: Parts<Storage>,
    /// The machine's clock, by which the lab's run. It is one for all of them: elsewhere than on Linux each that is made
    /// begins at nothing.
    machine: SystemClock,
    clocks: Clocks,
    policy: Policy,
    token: Option<Token>,
    on_disk: bool,
}

pub(super) fn serve(args: &args::Serve, log: Log) -> Result<(), Failure> {
    let policy = policy(args)?;
    let description = Description::of(args)?;
    let mut profile = description.profile()?;
    if let (Some(Attestation::Certified(_)), Some(_)) = (&args.attestation, &args.record) {
        let advice = "a recording does not have the key of --attestation in it; record with none or self";
        return Err(Failure::Usage(advice.to_owned()));
    }
    let keys = certify(args.attestation.as_ref(), &mut profile)?;
    let token = token(args)?;
    let on_disk = args.state != Path::new(super::state::MEMORY);
    let seed = args.seed.map_or_else(random, |args::Seed(seed)| Ok(seed))?;
    let (storage, device_key, place, _held) = if on_disk {
        let State { storage, key, lock } = State::open(&args.state, log)?;
        let last_commit = storage.last_commit().map_err(|error| Failure::Store(error.to_string()))?;
        (storage, *key.expose(), Place::of(seed, last_commit), lock)
    } else {
        let randomness = Randomness::new(Place::of(seed, None));
        let device_key = randomness.bytes();
        (Storage::Memory(Box::default()), device_key, randomness.place(), None)
    };
    let machine = SystemClock::default();
    let clocks = clocks(args.clock, machine)?;
    let now = clocks.now(machine.now().since_boot);
    let mut parts =
        Parts { profile: profile.clone(), device_key, now, randomness: place, store: storage, keys };
    if let Some(file) = &args.pin_file {
        parts = with_pin(parts, file)?;
    }
    let setup = Setup { args: args.clone(), profile, parts, machine, clocks, policy, token, on_disk };
    let (inputs, input) = sync_channel::<LabInput>(BACKLOG);
    let record = args.record.as_deref().map(|file| (file, &description));
    let bench = Bench::open(setup, &inputs, record)?;
    signals::listen(&key_inputs(&inputs))?;
    let mut addresses = bench.addresses().clone();
    if let Some(token) = bench.token() {
        addresses.insert("control_token".to_owned(), token.into());
    }
    announce(&addresses)?;
    log.note("serving in the lab");
    bench.run(input)
}

/// Where a link or a signal puts its input, in front of a bench.
fn key_inputs(inputs: &SyncSender<LabInput>) -> SyncSender<Input> {
    let (keys, key) = sync_channel(BACKLOG);
    let inputs = inputs.clone();
    std::thread::spawn(move || {
        while let Ok(input) = key.recv() {
            if inputs.send(LabInput::Key(input)).is_err() {
                return;
            }
        }
    });
    keys
}

impl Commands for SyncSender<LabInput> {
    fn send(&self, command: Command) -> Result<(), ()> {
        Self::send(self, LabInput::Control(command)).map_err(|_| ())
    }
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut random = [0; N];
    getrandom::fill(&mut random)
        .map_err(|_| Failure::Other("the operating system gives no randomness".to_owned()))?;
    Ok(random)
}

/// No two boots have the same name, whatever the seed: a store remembers since which it was written.
fn new_boot() -> Result<BootId, Failure> {
    random().map(BootId)
}

fn clocks(mode: ClockMode, machine: SystemClock) -> Result<Clocks, Failure> {
    let boot = new_boot()?;
    Ok(match mode {
        ClockMode::Held => Clocks::new(boot, Duration::from_secs(FIRST_DATE), None),
        ClockMode::Running => {
            let now = machine.now();
            Clocks::new(boot, Duration::from_secs(now.unix.unwrap_or(FIRST_DATE)), Some(now.since_boot))
        }
    })
}

/// What the user does when nobody has told them.
fn policy(args: &args::Serve) -> Result<Policy, Failure> {
    let habit = match args.user {
        None => Answer::HOLD,
        Some(Answerer::Verify) => Answer::new(What::Comply),
        Some(Answerer::Approve) => Answer::new(What::Give(Gesture::TOUCH)),
        Some(Answerer::Deny) => Answer::new(What::Refuse(Refusal::Declined)),
        Some(Answerer::Ask | Answerer::Gated) => {
            let advice = "in the lab prompts are answered by --control and --policy; leave --user away, or take verify, \
                          approve or deny for what is asked beside those";
            return Err(Failure::Usage(advice.to_owned()));
        }
    };
    let Some(file) = &args.policy else { return Ok(Policy::always(habit)) };
    let unusable = |problem: String| {
        let name = display(&file.to_string_lossy(), 200);
        Failure::Usage(format!("--policy {name}: {problem}"))
    };
    let content = std::fs::read(file).map_err(|error| unusable(error.kind().to_string()))?;
    let policy: Policy = serde_json::from_slice(&content).map_err(|error| unusable(error.to_string()))?;
    if args.user.is_some() {
        let advice = "a policy says itself what is answered otherwise; leave --user away";
        return Err(Failure::Usage(advice.to_owned()));
    }
    Ok(policy)
}

/// The same with the PIN in this file, if it had none.
fn with_pin(parts: Parts<Storage>, file: &Path) -> Result<Parts<Storage>, Failure> {
    let Parts { profile, device_key, now, randomness, store, keys } = parts;
    let randomness = Randomness::new(randomness);
    let (key, clock) = (DeviceKey::new(device_key), Shown::new(now));
    let mut world = World::open(profile.clone(), &key, store, randomness.clone(), clock)
        .map_err(|error| Failure::Store(error.to_string()))?;
    super::pin_file::set(&mut world, file)?;
    Ok(Parts { profile, device_key, now, randomness: randomness.place(), store: world.store, keys })
}

/// A control over TCP has one.
fn token(args: &args::Serve) -> Result<Option<Token>, Failure> {
    let file = args.control_token_file.as_deref();
    match args.control.as_deref() {
        Some(place) if bench::is_internet(place) => Token::of(file).map(Some),
        Some(place) if place.contains(':') && !place.contains('/') => {
            let advice =
                "--control: an address in digits with its port, or a path; a path with a colon has a / in it";
            Err(Failure::Usage(advice.to_owned()))
        }
        Some(_) if file.is_some() => {
            Err(Failure::Usage("a control at a path needs no token: its mode keeps others out".to_owned()))
        }
        _ => Ok(None),
    }
}
