//! One deterministic authenticator: everything a test touches in one value.

use crate::clock::HandClock;
use crate::faults::FaultStore;
use crate::keys::FakeKeys;
use crate::reply::Reply;
use crate::request::Request;
use crate::rng::SeededRng;
use crate::user::ScriptedUser;
use authenticator_core::store::Store;
use authenticator_core::{Command, DeviceKey, Done, Profile, Requester, Step};
use authenticator_host::{HashMapStore, OpenError, World, blocking};
use std::time::Duration;

/// The world a [`Sim`] runs in.
pub type SimWorld<S> = World<FaultStore<S>, SeededRng, HandClock>;

/// An authenticator whose user, clock, randomness, keys and store do as the test says.
#[derive(Debug)]
pub struct Sim<S = HashMapStore> {
    /// Authenticator, session, store, randomness and clock.
    pub world: SimWorld<S>,
    /// The person.
    pub user: ScriptedUser,
    /// The key backend.
    pub keys: FakeKeys,
    /// The clock, which the world and the keys see too.
    pub clock: HandClock,
    /// The channel that [`Sim::send`] comes in on.
    pub requester: Requester,
}

/// The device key of every [`Sim`].
#[must_use]
pub const fn device_key() -> DeviceKey {
    DeviceKey::new([0xD0; 32])
}

impl Sim {
    /// An authenticator with an empty store in memory.
    ///
    /// # Panics
    /// When the store cannot be set up, which a store in memory can.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test without an authenticator cannot go on")]
    pub fn new(profile: Profile) -> Self {
        Self::over(profile, HashMapStore::default(), 1).expect("an empty store in memory can be set up")
    }
}

impl<S: Store> Sim<S> {
    /// An authenticator over this store, with randomness of this seed.
    ///
    /// # Errors
    /// [`OpenError`] when the store is not one of [`device_key`] or fails.
    pub fn over(profile: Profile, store: S, seed: u64) -> Result<Self, OpenError> {
        let clock = HandClock::default();
        let world =
            World::open(profile, &device_key(), FaultStore::new(store), SeededRng::new(seed), clock.clone())?;
        let keys = FakeKeys::new(clock.clone());
        Ok(Self { world, user: ScriptedUser::default(), keys, clock, requester: Requester::default() })
    }

    /// Sends request bytes and takes the reply apart. A hint is written, as a host would.
    ///
    /// # Panics
    /// When the reply has no status byte.
    #[allow(clippy::expect_used, reason = "a reply without a status byte fails any test")]
    pub fn send_bytes(&mut self, request: &[u8]) -> Reply {
        let mut reply = [0; 7609]; // the longest there is over HID: chains of certificates are long
        let Self { world, user, keys, requester, .. } = self;
        let (done, length) = blocking::handle(world, user, keys, *requester, request, &mut reply);
        self.world.write_hint(&done);
        reply.get(..length).and_then(Reply::new).expect("every reply has a status byte")
    }

    /// Sends a request.
    pub fn send(&mut self, request: &Request) -> Reply {
        self.send_bytes(&request.encode())
    }

    /// Runs a command that has no bytes.
    pub fn run(&mut self, command: Command<'_>) -> Done {
        let Self { world, user, keys, requester, .. } = self;
        blocking::run(world, user, keys, |cx| command.begin(cx, *requester))
    }

    /// Begins a command and stops after `steps` answers: `Err` when it was dropped there, `Ok` when it was done before.
    ///
    /// # Errors
    /// How the dropped step was called.
    pub fn run_and_drop(&mut self, request: &[u8], steps: usize) -> Result<Done, &'static str> {
        let mut step = authenticator_core::begin(request, &mut self.world.context(), self.requester);
        for _ in 0..steps {
            step = match step {
                Step::Done(done) => return Ok(done),
                step => self.answer(step),
            };
        }
        match step {
            Step::Done(done) => Ok(done),
            Step::NeedsUser(_) => Err("NeedsUser"),
            Step::NeedsKeypair(_) => Err("NeedsKeypair"),
            Step::NeedsSignature(_) => Err("NeedsSignature"),
            Step::NeedsCommit(_) => Err("NeedsCommit"),
        }
    }

    /// Answers one step as [`blocking::run`] does.
    pub fn answer(&mut self, step: Step) -> Step {
        let Self { world, user, keys, .. } = self;
        blocking::answer(world, user, keys, step)
    }

    /// Unplugs, waits this long, and plugs in.
    pub fn power_cycle(&mut self, unplugged: Duration) {
        self.clock.advance(unplugged);
        self.world.power_cycle();
    }
}
