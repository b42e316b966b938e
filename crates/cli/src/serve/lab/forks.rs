//! Forks: devices that begin as a snapshot of another, each on a bench of its own in this process.
//!
//! A fork listens wherever its origin does, at ports of its own and at paths with its number behind them, and has the same
//! token. It is in memory, is not recorded, and ends with its origin at the latest.

use super::bench::Bench;
use super::control::Token;
use super::message::{Complaint, Kind};
use super::{LabInput, Setup};
use crate::args;
use crate::lab::answer::Policy;
use crate::lab::clock::Clocks;
use crate::lab::device::Parts;
use crate::serve::BACKLOG;
use crate::serve::state::Storage;
use authenticator_host::{HashMapStore, SystemClock};
use serde_json::{Map, Value};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// How many there may be at a time.
const MOST_FORKS: usize = 64;

#[derive(Default)]
pub(super) struct Forks {
    running: Vec<Running>,
    last: u64,
}

struct Running {
    inputs: SyncSender<LabInput>,
    thread: JoinHandle<()>,
}

impl Forks {
    pub(super) fn running(&self) -> usize {
        self.running.iter().filter(|fork| !fork.thread.is_finished()).count()
    }

    /// Begins one, and says where it is.
    pub(super) fn fork(
        &mut self,
        args: &args::Serve,
        parts: Parts<HashMapStore>,
        machine: SystemClock,
        clocks: Clocks,
        policy: Policy,
        token: Option<Token>,
    ) -> Result<Map<String, Value>, Complaint> {
        self.running.retain(|fork| !fork.thread.is_finished());
        if self.running.len() >= MOST_FORKS {
            return Err(Kind::TooMany.because("too many forks; end some"));
        }
        self.last = self.last.wrapping_add(1);
        let args = beside(args, self.last);
        let profile = parts.profile.clone();
        let (inputs, input) = sync_channel::<LabInput>(BACKLOG);
        let (opened, is_open) = channel();
        let own_inputs = inputs.clone();
        let thread = std::thread::spawn(move || {
            let parts = parts.over(|store| Storage::Memory(Box::new(store)));
            let setup = Setup { args, profile, parts, machine, clocks, policy, token, on_disk: false };
            let bench = match Bench::open(setup, &own_inputs, None) {
                Ok(bench) => bench,
                Err(failure) => {
                    let _ = opened.send(Err(Kind::Failed.because(failure.to_string())));
                    return;
                }
            };
            let _ = opened.send(Ok(bench.addresses().clone()));
            // Nobody waits for how it ends.
            let _ = bench.run(input);
        });
        let addresses = is_open.recv().map_err(|_| Kind::Failed.because("the fork has ended"))??;
        self.running.push(Running { inputs, thread });
        Ok(addresses)
    }

    /// All of them end.
    pub(super) fn end(&mut self) {
        for Running { inputs, thread } in self.running.drain(..) {
            let _ = inputs.send(LabInput::End);
            let _ = thread.join();
        }
    }
}

/// Where the fork of this number listens.
fn beside(args: &args::Serve, number: u64) -> args::Serve {
    let any_port = |address: SocketAddr| SocketAddr::new(address.ip(), 0);
    let mut beside = args.clone();
    beside.udp = args.udp.map(any_port);
    beside.tcp = args.tcp.map(any_port);
    beside.usbip = args.usbip.map(any_port);
    beside.unix = args.unix.as_deref().map(|path| numbered(path, number).into());
    #[cfg(target_os = "linux")]
    {
        beside.uhid = false;
    }
    beside.control = args.control.as_ref().map(|place| match place.parse() {
        Ok(address) => any_port(address).to_string(),
        Err(_) => numbered(Path::new(place), number),
    });
    beside.record = None;
    beside.log = args::Traffic::None;
    beside
}

fn numbered(path: &Path, number: u64) -> String {
    format!("{}.{number}", path.to_string_lossy())
}
