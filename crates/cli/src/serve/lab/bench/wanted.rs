//! What clients of the control want done.

use super::{Bench, Trouble};
use crate::args;
use crate::exit::Failure;
use crate::lab::Happening;
use crate::lab::asked::millis;
use crate::lab::clock::{Clocks, Move};
use crate::lab::device::Parts;
use crate::lab::hex::Hex;
use crate::lab::randomness::{Place, Randomness};
use crate::lab::snapshot::{Snapshot, Written};
use crate::serve::lab::control::Command;
use crate::serve::lab::message::{Complaint, Do, Kind, Request, reply};
use crate::serve::lab::{LabInput, new_boot};
use authenticator_core::Now;
use authenticator_core::store::Lookup;
use authenticator_host::HashMapStore;
use serde_json::{Value, json};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// How many snapshots are kept.
const MOST_SNAPSHOTS: usize = 1_024;

impl Bench {
    pub(super) fn obey(&mut self, command: Command, inputs: &Receiver<LabInput>) -> Result<(), Failure> {
        let Command { client, request: Request { id, wanted } } = command;
        let done = match wanted.map_err(Trouble::Complaint).and_then(|wanted| self.does(wanted, inputs)) {
            Ok(value) => Ok(value),
            Err(Trouble::Complaint(complaint)) => Err(complaint),
            Err(Trouble::Failure(failure)) => return Err(failure),
        };
        self.clients.tell(client, &reply(&id, done));
        Ok(())
    }

    fn does(&mut self, wanted: Do, inputs: &Receiver<LabInput>) -> Result<Value, Trouble> {
        let now = self.now().since_boot;
        match wanted {
            Do::Asked {} => return Ok(json!({ "asked": self.desk.asked() })),
            Do::Answer { answer, prompt } => {
                self.desk.answer(&answer, prompt, now).map_err(Complaint::from)?;
                self.answer_what_is_due()?;
            }
            Do::Queue { answers, replace } => {
                let queued = self.desk.queue(answers, replace, now).map_err(Complaint::from)?;
                self.answer_what_is_due()?;
                return Ok(json!({ "queued": queued }));
            }
            Do::Policy { policy } => {
                self.policy = policy.clone();
                self.desk.obey(policy);
            }
            Do::Clock { since_boot_ms, date, advance_ms, running } => {
                let by = Move {
                    since_boot: since_boot_ms.map(Duration::from_millis),
                    date,
                    advance: Duration::from_millis(advance_ms.unwrap_or(0)),
                    running,
                };
                self.clocks.change(by, self.machine());
                self.time_passes()?;
                self.answer_what_is_due()?;
                return Ok(self.clock());
            }
            Do::Seed { seed } => {
                let args::Seed(seed) =
                    args::seed(&seed).map_err(|problem| Kind::BadRequest.because(problem))?;
                self.settle(inputs)?;
                let last_commit = self.device.store().map(Lookup::last_commit).transpose()?.flatten();
                self.happens(Happening::Seed(Place::of(seed, last_commit)))?;
            }
            Do::Replug { off_ms } => self.power_cycle(off_ms, true)?,
            Do::PowerCycle { off_ms } => self.power_cycle(off_ms, false)?,
            Do::Wipe {} => self.wipe(inputs)?,
            Do::Snapshot {} => {
                let snapshot = self.snapshot(inputs)?;
                return self.keep(snapshot);
            }
            Do::Restore { snapshot } => {
                let snapshot = self.kept(snapshot)?.clone();
                self.restore(snapshot, inputs)?;
            }
            Do::Drop { snapshot } => {
                self.kept(snapshot)?;
                self.snapshots.remove(&snapshot);
            }
            Do::Export { snapshot } => return Ok(json!({ "state": self.kept(snapshot)?.write()? })),
            Do::Import { state } => return self.import(&state),
            Do::Fork { snapshot } => {
                let snapshot = match snapshot {
                    Some(number) => self.kept(number)?.clone(),
                    None => self.snapshot(inputs)?,
                };
                return self.fork(snapshot);
            }
            Do::Info {} => return Ok(self.info()),
            Do::End {} => self.has_ended = true,
        }
        Ok(json!({}))
    }

    fn clock(&self) -> Value {
        let Now { since_boot, unix, .. } = self.now();
        json!({
            "since_boot_ms": millis(since_boot),
            "date": unix,
            "running": self.clocks.is_running(),
        })
    }

    fn info(&self) -> Value {
        let snapshots: Vec<u64> = self.snapshots.keys().copied().collect();
        json!({
            "addresses": self.addresses,
            "aaguid": Hex(self.profile.aaguid),
            "on_disk": self.on_disk,
            "recording": self.recording.is_some(),
            "clock": self.clock(),
            "randomness": self.device.randomness(),
            "queued": self.desk.queued(),
            "snapshots": snapshots,
            "forks": self.forks.running(),
        })
    }

    /// The power goes and comes back. Clients that are to see it lose their links too.
    pub(super) fn power_cycle(&mut self, off_ms: u64, is_seen: bool) -> Result<(), Failure> {
        self.clocks.reboot(new_boot()?, Duration::from_millis(off_ms), self.machine());
        self.happens(Happening::PowerCycle)?;
        if is_seen {
            self.links.replug();
        }
        Ok(())
    }

    fn snapshot(&mut self, inputs: &Receiver<LabInput>) -> Result<Snapshot, Trouble> {
        self.settle(inputs)?;
        let snapshot = self.device.snapshot(self.now())?;
        Ok(snapshot.ok_or_else(|| Kind::Failed.because("the store is being written"))?)
    }

    fn keep(&mut self, snapshot: Snapshot) -> Result<Value, Trouble> {
        if self.snapshots.len() >= MOST_SNAPSHOTS {
            return Err(Kind::TooMany.because("too many snapshots; drop some").into());
        }
        self.last_snapshot = self.last_snapshot.wrapping_add(1);
        self.snapshots.insert(self.last_snapshot, snapshot);
        Ok(json!({ "snapshot": self.last_snapshot }))
    }

    fn kept(&self, number: u64) -> Result<&Snapshot, Complaint> {
        let snapshot = self.snapshots.get(&number);
        snapshot.ok_or_else(|| Kind::NoSuchSnapshot.because("there is no such snapshot"))
    }

    /// A state from elsewhere, once it is known to be one of a device of this profile.
    fn import(&mut self, state: &Written) -> Result<Value, Trouble> {
        let snapshot = Snapshot::read(state).map_err(|problem| Kind::UnusableState.because(problem))?;
        let parts = Parts::of(self.profile.clone(), self.keys.clone(), snapshot.clone());
        let opened = crate::lab::Device::<u64, HashMapStore>::plug_in(parts);
        opened.map_err(|error| Kind::UnusableState.because(error.to_string()))?;
        self.keep(snapshot)
    }

    fn restore(&mut self, snapshot: Snapshot, inputs: &Receiver<LabInput>) -> Result<(), Trouble> {
        self.in_memory()?;
        self.settle(inputs)?;
        let (snapshot, clocks) = self.rebooted(snapshot)?;
        self.replace(Parts::of(self.profile.clone(), self.keys.clone(), snapshot), clocks)
    }

    /// As from the factory: another key, an empty store.
    fn wipe(&mut self, inputs: &Receiver<LabInput>) -> Result<(), Trouble> {
        self.in_memory()?;
        self.settle(inputs)?;
        let randomness = Randomness::new(self.device.randomness());
        let (mut clocks, machine) = (self.clocks.clone(), self.machine());
        clocks.reboot(new_boot()?, Duration::ZERO, machine);
        let parts = Parts {
            profile: self.profile.clone(),
            device_key: randomness.bytes(),
            now: clocks.now(machine),
            randomness: randomness.place(),
            store: HashMapStore::default(),
            keys: self.keys.clone(),
        };
        self.replace(parts, clocks)
    }

    /// The snapshot as it is after a boot that begins now, and the clocks of that boot.
    fn rebooted(&self, snapshot: Snapshot) -> Result<(Snapshot, Clocks), Failure> {
        let (mut clocks, machine) = (self.clocks.clone(), self.machine());
        clocks.change(Move { date: snapshot.now.unix, ..Move::default() }, machine);
        clocks.reboot(new_boot()?, Duration::ZERO, machine);
        Ok((Snapshot { now: clocks.now(machine), ..snapshot }, clocks))
    }

    fn in_memory(&self) -> Result<(), Complaint> {
        if self.on_disk {
            let advice = "the state is in a folder, which nothing puts back; leave --state away";
            return Err(Kind::OnDisk.because(advice));
        }
        Ok(())
    }

    /// Another device of the same state beside this one.
    fn fork(&mut self, snapshot: Snapshot) -> Result<Value, Trouble> {
        let (snapshot, clocks) = self.rebooted(snapshot)?;
        let parts = Parts::of(self.profile.clone(), self.keys.clone(), snapshot);
        let (policy, token) = (self.policy.clone(), self.token.clone());
        let addresses = self.forks.fork(&self.args, parts, self.machine, clocks, policy, token)?;
        Ok(json!({ "addresses": addresses }))
    }
}
