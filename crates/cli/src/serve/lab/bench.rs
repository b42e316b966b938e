//! The bench: the device, and everything that happens to it, one after the other.

mod wanted;

use super::control::{self, Clients, Token};
use super::desk::Desk;
use super::forks::Forks;
use super::message::{Complaint, Kind};
use super::{LabInput, Setup, key_inputs};
use crate::args;
use crate::attestation::AttestingKeys;
use crate::display::display;
use crate::exit::Failure;
use crate::lab::answer::{Given, Policy};
use crate::lab::clock::Clocks;
use crate::lab::device::Parts;
use crate::lab::recording::{Recorder, WithdrawnName};
use crate::lab::snapshot::{Snapshot, Unwritable};
use crate::lab::{Device, Effect, Happening};
use crate::serve::links::{self, Link, Links};
use crate::serve::profile::Description;
use crate::serve::state::Storage;
use crate::serve::traffic;
use authenticator_core::store::StoreError;
use authenticator_core::{Now, Profile};
use authenticator_host::hid::{self, Job};
use authenticator_host::{Clock, HashMapStore, SystemClock};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::BufWriter;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

type Recording = Recorder<BufWriter<File>, Link>;

pub(super) struct Bench {
    device: Device<Link, Storage>,
    profile: Profile,
    keys: AttestingKeys,
    machine: SystemClock,
    clocks: Clocks,
    desk: Desk,
    /// How many prompts there have been, of all the devices that were here: the control's numbers for them. A recording has
    /// the device's own.
    prompts: u64,
    policy: Policy,
    links: Links,
    clients: Clients,
    addresses: Map<String, Value>,
    recording: Option<Recording>,
    snapshots: BTreeMap<u64, Snapshot>,
    last_snapshot: u64,
    on_disk: bool,
    forks: Forks,
    /// What has come in while something else was awaited.
    later: VecDeque<LabInput>,
    jobs: Option<Sender<Job<Storage>>>,
    writer: Option<JoinHandle<()>>,
    args: args::Serve,
    token: Option<Token>,
    #[cfg(unix)]
    control_path: Option<crate::serve::listening::AtPath>,
    has_ended: bool,
}

impl Bench {
    /// Plugs the device in, and listens.
    pub(super) fn open(
        setup: Setup,
        inputs: &SyncSender<LabInput>,
        record: Option<(&Path, &Description)>,
    ) -> Result<Self, Failure> {
        let Setup { args, profile, parts, machine, clocks, policy, token, on_disk } = setup;
        let mut recording =
            record.map(|(file, description)| begin_recording(file, description)).transpose()?;
        let keys = parts.keys.clone();
        let device = plug_in(parts, recording.as_mut(), args.log)?;
        let (mut links, mut addresses) = crate::serve::listen(&args, &key_inputs(inputs))?;
        let clients = Clients::default();
        #[cfg(unix)]
        let mut control_path = None;
        if let Some(place) = &args.control {
            let said = if let (Ok(address), Some(token)) = (place.parse(), &token) {
                let (listening, bound) =
                    control::listen_tcp(address, args.listen_anyone, token, &clients, inputs)?;
                links.listening.push(listening);
                bound.to_string()
            } else {
                #[cfg(unix)]
                {
                    control_path = Some(control::listen_unix(Path::new(place), &clients, inputs)?);
                    place.clone()
                }
                #[cfg(not(unix))]
                return Err(Failure::Usage("--control: an address and a port".to_owned()));
            };
            addresses.insert("control".to_owned(), said.into());
        }
        let (jobs, job) = channel::<Job<Storage>>();
        let results = key_inputs(inputs);
        let writer = std::thread::spawn(move || hid::write(&job, &results));
        Ok(Self {
            device,
            profile,
            keys,
            machine,
            clocks,
            desk: Desk::new(policy.clone()),
            prompts: 0,
            policy,
            links,
            clients,
            addresses,
            recording,
            snapshots: BTreeMap::new(),
            last_snapshot: 0,
            on_disk,
            forks: Forks::default(),
            later: VecDeque::new(),
            jobs: Some(jobs),
            writer: Some(writer),
            args,
            token,
            #[cfg(unix)]
            control_path,
            has_ended: false,
        })
    }

    pub(super) const fn addresses(&self) -> &Map<String, Value> {
        &self.addresses
    }

    /// The token that is to be said.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_ref()?.said()
    }

    /// Until it is cleared.
    pub(super) fn run(mut self, inputs: Receiver<LabInput>) -> Result<(), Failure> {
        let ended = self.serve(&inputs);
        // Whoever waits to put more in must not be waited for.
        drop(inputs);
        self.forks.end();
        // Whoever is hung up on by the control finds nobody there any more.
        drop(std::mem::take(&mut self.links));
        #[cfg(unix)]
        drop(self.control_path.take());
        self.clients.close();
        // What is being committed is committed; nobody waits for more.
        self.jobs = None;
        ended?;
        let written = self.writer.take().map(JoinHandle::join);
        if written.is_some_and(|written| written.is_err()) {
            return Err(Failure::Other("the thread that writes the store has ended".to_owned()));
        }
        Ok(())
    }

    fn serve(&mut self, inputs: &Receiver<LabInput>) -> Result<(), Failure> {
        while !self.has_ended {
            self.answer_what_is_due()?;
            let Some(input) = self.next(inputs)? else { continue };
            match input {
                LabInput::Key(input) => self.take(input)?,
                LabInput::Control(command) => self.obey(command, inputs)?,
                LabInput::End => self.has_ended = true,
            }
        }
        Ok(())
    }

    fn now(&self) -> Now {
        self.clocks.now(self.machine())
    }

    /// The machine's time.
    fn machine(&self) -> Duration {
        self.machine.now().since_boot
    }

    /// What comes next; `None` when time has passed first, and the device knows.
    fn next(&mut self, inputs: &Receiver<LabInput>) -> Result<Option<LabInput>, Failure> {
        if let Some(input) = self.later.pop_front() {
            return Ok(Some(input));
        }
        let due = [self.device.timeout(), self.desk.due()].into_iter().flatten().min();
        let now = self.now().since_boot;
        let received = match due.filter(|due| self.clocks.is_running() || *due <= now) {
            Some(due) => inputs.recv_timeout(due.saturating_sub(now)),
            None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(input) => Ok(Some(input)),
            Err(RecvTimeoutError::Timeout) => self.time_passes().map(|()| None),
            Err(RecvTimeoutError::Disconnected) => Ok(Some(LabInput::End)),
        }
    }

    /// Tells the device that time has passed, if that is what it waits for.
    fn time_passes(&mut self) -> Result<(), Failure> {
        let is_due = self.device.timeout().is_some_and(|due| due <= self.now().since_boot);
        if is_due { self.happens(Happening::Tick) } else { Ok(()) }
    }

    fn take(&mut self, input: links::Input) -> Result<(), Failure> {
        match input {
            hid::Input::Report(link, report) => self.happens(Happening::Report(link, report)),
            hid::Input::Unlinked(link) => self.happens(Happening::Unlinked(link)),
            hid::Input::Answer(prompt, answer) => self.happens(Happening::Answer(prompt, answer)),
            hid::Input::Committed(store, result) => self.happens(Happening::Committed(store, result)),
            hid::Input::Replug => self.power_cycle(0, true),
            _ => {
                self.has_ended = true;
                Ok(())
            }
        }
    }

    fn answer_what_is_due(&mut self) -> Result<(), Failure> {
        while let Some((asked, answer)) = self.desk.take_due(self.now().since_boot) {
            let (number, given) = (asked.about.prompt, Given::of(answer));
            self.clients.tell_all(&json!({ "event": "answered", "prompt": number, "answer": given }));
            self.happens(Happening::Answer(asked.prompt, answer))?;
        }
        Ok(())
    }

    /// Lets something happen, and sees to what comes of it.
    fn happens(&mut self, happening: Happening<Link, Storage>) -> Result<(), Failure> {
        let now = self.now();
        if let Some(recording) = &mut self.recording {
            recording.happening(now, &happening).map_err(|error| cannot_record(&error))?;
        }
        let (effects, job) = self.device.happens(now, happening);
        if let Some(recording) = &mut self.recording {
            recording.effects(&effects, job.as_ref()).map_err(|error| cannot_record(&error))?;
        }
        if let Some(job) = job
            && self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err())
        {
            return Err(Failure::Other("the thread that writes the store has ended".to_owned()));
        }
        for effect in effects {
            self.see_to(effect, now);
        }
        Ok(())
    }

    fn see_to(&mut self, effect: Effect<Link>, now: Now) {
        match effect {
            Effect::Report(link, report) => self.links.send(link, &report),
            Effect::Asked(mut asked) => {
                self.prompts = self.prompts.wrapping_add(1);
                let number = self.prompts;
                asked.about.prompt = number;
                self.clients.tell_all(&json!({ "event": "asked", "asked": asked.about }));
                if self.desk.ask(asked, now.since_boot).is_err() {
                    let event =
                        json!({ "event": "unanswerable", "prompt": number, "why": "no_such_account" });
                    self.clients.tell_all(&event);
                }
            }
            Effect::Withdrawn(prompt, why) => {
                let withdrawn = self.desk.withdraw(prompt);
                self.tell_withdrawn(withdrawn, WithdrawnName::of(why));
            }
            Effect::Wink => self.clients.tell_all(&json!({ "event": "wink" })),
        }
    }

    fn tell_withdrawn(&self, number: Option<u64>, why: WithdrawnName) {
        if let Some(number) = number {
            self.clients.tell_all(&json!({ "event": "withdrawn", "prompt": number, "why": why }));
        }
    }

    /// Waits until nothing is being committed, while what else comes in waits; but not the end.
    fn settle(&mut self, inputs: &Receiver<LabInput>) -> Result<(), Trouble> {
        while self.device.store().is_none() {
            match inputs.recv() {
                Ok(LabInput::Key(input @ hid::Input::Committed(..))) => self.take(input)?,
                Ok(LabInput::End | LabInput::Key(hid::Input::Unplug | hid::Input::Abandoned)) | Err(_) => {
                    self.has_ended = true;
                    return Err(Kind::Failed.because("the lab ends while its store is being written").into());
                }
                Ok(other) => self.later.push_back(other),
            }
        }
        Ok(())
    }

    /// Another device takes this one's place, by these clocks from now on.
    fn replace(&mut self, parts: Parts<HashMapStore>, clocks: Clocks) -> Result<(), Trouble> {
        let parts = parts.over(|store| Storage::Memory(Box::new(store)));
        // A state that cannot be plugged in is noticed before it is written down.
        self.device = plug_in(parts, self.recording.as_mut(), self.args.log)?;
        self.clocks = clocks;
        let withdrawn = self.desk.unplug();
        self.tell_withdrawn(withdrawn, WithdrawnName::Unplugged);
        Ok(())
    }
}

/// Whether a control there is one over TCP.
pub(super) fn is_internet(place: &str) -> bool {
    place.parse::<SocketAddr>().is_ok()
}

/// Why something was not done: whoever wanted it is told of one, and the bench ends by the other.
enum Trouble {
    Complaint(Complaint),
    Failure(Failure),
}

impl From<Complaint> for Trouble {
    fn from(complaint: Complaint) -> Self {
        Self::Complaint(complaint)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Complaint(Kind::Failed.because(error.to_string()))
    }
}

impl From<Unwritable> for Trouble {
    fn from(unwritable: Unwritable) -> Self {
        let kind = if unwritable == Unwritable::TooLong { Kind::TooLong } else { Kind::Failed };
        Self::Complaint(kind.because(unwritable.to_string()))
    }
}

/// To whoever has begun the bench there is nobody to complain.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Complaint(complaint) => Self::Store(complaint.message),
            Trouble::Failure(failure) => failure,
        }
    }
}

/// Plugs a device in, and writes down what it is made of.
fn plug_in(
    parts: Parts<Storage>,
    recording: Option<&mut Recording>,
    log: args::Traffic,
) -> Result<Device<Link, Storage>, Trouble> {
    let (now, device_key, randomness) = (parts.now, parts.device_key, parts.randomness);
    let made_of = match &recording {
        Some(_) => {
            let snapshot =
                Snapshot { device_key, now, randomness, store: HashMapStore::copy_of(&parts.store)? };
            Some(snapshot.write()?)
        }
        None => None,
    };
    let opened = Device::plug_in(parts);
    let mut device = opened.map_err(|error| Kind::UnusableState.because(error.to_string()))?;
    if log == args::Traffic::Pretty {
        device.watched_by(Box::new(traffic::Pretty::new(std::io::stderr())));
    }
    if let (Some(recording), Some(made_of)) = (recording, made_of) {
        recording.start(now, made_of).map_err(|error| cannot_record(&error))?;
    }
    Ok(device)
}

fn begin_recording(file: &Path, description: &Description) -> Result<Recording, Failure> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file).map_err(|error| {
        let name = display(&file.to_string_lossy(), 200);
        Failure::Usage(format!("--record {name}: {}", error.kind()))
    })?;
    Recorder::begin(BufWriter::new(opened), description).map_err(|error| cannot_record(&error))
}

fn cannot_record(error: &std::io::Error) -> Failure {
    Failure::Other(format!("the recording cannot be written: {}", error.kind()))
}
