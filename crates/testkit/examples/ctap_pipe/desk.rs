//! The authenticator on the desk: its store, its clock, and the processes that share them.

use authenticator_core::store::MemoryStore;
use authenticator_core::{Ask, Profile};
use authenticator_host::{OpenError, World};
use authenticator_testkit::contract::Shared;
use authenticator_testkit::{
    Answer, FakeKeys, FaultStore, HandClock, ScriptedUser, SeededRng, Sim, device_key,
};
use std::time::Duration;

/// A store that a client can fill.
type Store = Shared<MemoryStore<16>>;

/// An authenticator, and the processes it runs in.
pub(crate) struct Desk {
    profile: Profile,
    store: Store,
    clock: HandClock,
    /// The process that requests go to.
    used: Process,
    /// The others, each under its number.
    idle: Vec<(usize, Process)>,
    /// The number of the one in use.
    number: usize,
}

/// A process with one session.
type Process = Sim<Store>;

impl Desk {
    /// An authenticator of this profile, with an empty store, in one process.
    pub(crate) fn new(profile: Profile) -> Result<Self, OpenError> {
        let (store, clock) = (Shared::default(), HandClock::default());
        let used = process(&profile, &store, &clock, 0)?;
        Ok(Self { profile, store, clock, used, idle: Vec::new(), number: 0 })
    }

    /// The reply's bytes.
    pub(crate) fn send(&mut self, request: &[u8]) -> Vec<u8> {
        let reply = self.used.send_bytes(request);
        [&[reply.status], reply.raw.as_slice()].concat()
    }

    /// Starts one more process, uses it from now on, and says its number.
    pub(crate) fn start(&mut self) -> Result<usize, OpenError> {
        let number = self.idle.len().saturating_add(1);
        let started = process(&self.profile, &self.store, &self.clock, number)?;
        self.idle.push((self.number, std::mem::replace(&mut self.used, started)));
        self.number = number;
        Ok(number)
    }

    /// Uses the process of this number; false when there is none.
    pub(crate) fn switch(&mut self, number: usize) -> bool {
        if let Some((idle_number, idle)) = self.idle.iter_mut().find(|(idle, _)| *idle == number) {
            std::mem::swap(idle_number, &mut self.number);
            std::mem::swap(idle, &mut self.used);
        }
        self.number == number
    }

    /// Ends the process in use and starts it again. The power stays.
    pub(crate) fn restart(&mut self) {
        self.used.world.power_cycle();
    }

    /// Takes the power from all processes for this long.
    pub(crate) fn unplug(&mut self, time: Duration) {
        self.clock.advance(time);
        self.clock.reboot();
        self.used.world.power_cycle();
        self.idle.iter_mut().for_each(|(_, idle)| idle.world.power_cycle());
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.clock.advance(time);
    }

    /// What the user of the process in use does at the next prompt that has no answer yet.
    pub(crate) fn user_will(&mut self, answer: Answer) {
        self.used.user.will(answer);
    }

    /// What the user of the process in use was asked for since the last time.
    pub(crate) fn asked(&mut self) -> Vec<&'static str> {
        let seen = std::mem::take(&mut self.used.user.seen);
        let word = |ask| match ask {
            Ask::Presence => "presence",
            Ask::Verification => "verification",
            Ask::Confirmation => "confirmation",
            Ask::LongTouch => "long-touch",
        };
        seen.into_iter().map(|seen| word(seen.ask)).collect()
    }
}

/// A process over this store, with randomness of its own.
fn process(profile: &Profile, store: &Store, clock: &HandClock, number: usize) -> Result<Process, OpenError> {
    let seed = u64::try_from(number).unwrap_or(u64::MAX);
    let world = World::open(
        profile.clone(),
        &device_key(),
        FaultStore::new(store.clone()),
        SeededRng::new(seed),
        clock.clone(),
    )?;
    let (user, keys) = (ScriptedUser::default(), FakeKeys::new(clock.clone()));
    Ok(Sim { world, user, keys, clock: clock.clone(), requester: Default::default() })
}
