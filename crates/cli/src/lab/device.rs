//! The device: an endpoint whose clocks, randomness and user are told what they are.

use super::asked::Asked;
use super::clock::Shown;
use super::randomness::{Place, Randomness};
use super::snapshot::Snapshot;
use crate::attestation::AttestingKeys;
use authenticator_core::store::{CommitError, Store, StoreError};
use authenticator_core::{Context, DeviceKey, Gesture, NeedsUser, Now, Profile, Refusal, Transport};
use authenticator_host::hid::{Endpoint, Job, PromptId, User, Withdrawn, Witness};
use authenticator_host::{HashMapStore, OpenError, World};
use authenticator_transport::ctaphid::{Report, Settings};
use std::cell::RefCell;
use std::rc::Rc;

/// What happens to a device.
#[derive(Debug)]
pub(crate) enum Happening<L, S> {
    /// Time has passed.
    Tick,
    Report(L, Report),
    Unlinked(L),
    Answer(PromptId, Result<Gesture, Refusal>),
    Committed(S, Result<(), CommitError>),
    /// Its clock's boot is another one.
    PowerCycle,
    Seed(Place),
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect<L> {
    Report(L, Report),
    Asked(Asked),
    Withdrawn(PromptId, Withdrawn),
    Wink,
}

/// A device over a store.
pub(crate) struct Device<L, S> {
    endpoint: Endpoint<L, S, Randomness, Shown, Told, AttestingKeys>,
    clock: Shown,
    randomness: Randomness,
    device_key: [u8; 32],
    told: Told,
}

/// What a device's user is told. They answer in their own time.
#[derive(Clone)]
struct Told(Rc<RefCell<Vec<FromUser>>>);

enum FromUser {
    Asked(Asked),
    Withdrawn(PromptId, Withdrawn),
    Wink,
}

/// What a device is made of.
pub(crate) struct Parts<S> {
    pub(crate) profile: Profile,
    pub(crate) device_key: [u8; 32],
    pub(crate) now: Now,
    pub(crate) randomness: Place,
    pub(crate) store: S,
    pub(crate) keys: AttestingKeys,
}

impl Parts<HashMapStore> {
    pub(crate) fn of(profile: Profile, keys: AttestingKeys, snapshot: Snapshot) -> Self {
        let Snapshot { device_key, now, randomness, store } = snapshot;
        Self { profile, device_key, now, randomness, store, keys }
    }
}

impl<S> Parts<S> {
    /// The same over its store in another form.
    pub(crate) fn over<T>(self, form: impl FnOnce(S) -> T) -> Parts<T> {
        let Self { profile, device_key, now, randomness, store, keys } = self;
        Parts { profile, device_key, now, randomness, store: form(store), keys }
    }
}

impl<L: Copy + PartialEq, S: Store> Device<L, S> {
    /// Plugs it in. An empty store is set up.
    ///
    /// # Errors
    /// [`OpenError`] when the store is no lab's, or another device's, or fails.
    pub(crate) fn plug_in(parts: Parts<S>) -> Result<Self, OpenError> {
        let Parts { profile, device_key, now, randomness, store, keys } = parts;
        let (clock, randomness) = (Shown::new(now), Randomness::new(randomness));
        let key = DeviceKey::new(device_key);
        let mut world = World::open(profile, &key, store, randomness.clone(), clock.clone())?;
        world.session.over(Transport::Usb);
        let told = Told(Rc::default());
        let endpoint = Endpoint::new(Settings::default(), world, told.clone(), keys);
        Ok(Self { endpoint, clock, randomness, device_key, told })
    }

    /// Lets something happen now, and says what comes of it: first what its user hears, then what goes out. A job that there
    /// is then is to be done, and its result is to happen.
    pub(crate) fn happens(
        &mut self,
        now: Now,
        happening: Happening<L, S>,
    ) -> (Vec<Effect<L>>, Option<Job<S>>) {
        self.clock.show(now);
        if !matches!(happening, Happening::PowerCycle) {
            self.endpoint.handle_timeout();
        }
        match happening {
            Happening::Tick => {}
            Happening::Report(link, report) => self.endpoint.feed(link, &report),
            Happening::Unlinked(link) => self.endpoint.unlink(link),
            Happening::Answer(prompt, answer) => self.endpoint.answer(prompt, answer),
            Happening::Committed(store, result) => self.endpoint.committed(store, result),
            Happening::PowerCycle => self.endpoint.power_cycle(),
            Happening::Seed(place) => self.randomness.go_to(place),
        }
        let mut effects: Vec<Effect<L>> = self.told.0.take().into_iter().map(Effect::from).collect();
        while let Some((link, report)) = self.endpoint.poll_transmit() {
            effects.push(Effect::Report(link, report));
        }
        (effects, self.endpoint.poll_commit())
    }

    /// This one sees every request and every reply.
    pub(crate) fn watched_by(&mut self, witness: Box<dyn Witness + Send>) {
        self.endpoint.watched_by(witness);
    }

    /// When it is to be told that time has passed, on its clock since boot.
    pub(crate) fn timeout(&self) -> Option<std::time::Duration> {
        self.endpoint.poll_timeout()
    }

    /// Its store; `None` while it is being written.
    pub(crate) const fn store(&self) -> Option<&S> {
        self.endpoint.store()
    }

    pub(crate) fn randomness(&self) -> Place {
        self.randomness.place()
    }

    /// What it is made of now. `Ok(None)` while its store is being written.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub(crate) fn snapshot(&self, now: Now) -> Result<Option<Snapshot>, StoreError> {
        let Some(store) = self.store() else { return Ok(None) };
        let store = HashMapStore::copy_of(store)?;
        Ok(Some(Snapshot { device_key: self.device_key, now, randomness: self.randomness.place(), store }))
    }
}

impl User for Told {
    fn ask(
        &mut self,
        prompt: PromptId,
        step: &NeedsUser,
        cx: &mut Context<'_>,
    ) -> Option<Result<Gesture, Refusal>> {
        let Some(asked) = Asked::new(prompt, step, cx) else { return Some(Err(Refusal::Unavailable)) };
        self.0.borrow_mut().push(FromUser::Asked(asked));
        None
    }

    fn withdraw(&mut self, prompt: PromptId, why: Withdrawn) {
        self.0.borrow_mut().push(FromUser::Withdrawn(prompt, why));
    }

    fn wink(&mut self) {
        self.0.borrow_mut().push(FromUser::Wink);
    }
}

impl<L> From<FromUser> for Effect<L> {
    fn from(from: FromUser) -> Self {
        match from {
            FromUser::Asked(asked) => Self::Asked(asked),
            FromUser::Withdrawn(prompt, why) => Self::Withdrawn(prompt, why),
            FromUser::Wink => Self::Wink,
        }
    }
}
