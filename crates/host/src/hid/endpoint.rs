//! The endpoint: one session, and the clients that take turns with it.

use super::lent::Lent;
use super::{Job, PromptId, User, Withdrawn, Witness};
use crate::clock::Clock;
use crate::keys::Keys;
use crate::world::World;
use authenticator_core::store::{ChangeSet, CommitError, Store};
use authenticator_core::{
    Activity, Done, Gesture, NeedsCommit, NeedsUser, Refusal, Requester, Status, Step, begin,
};
use authenticator_transport::ctaphid::{self, ChannelId, Device, Event, MAX_MESSAGE, Report, Transaction};
use rand_core::CryptoRng;
use std::fmt;
use std::time::Duration;

/// A security key: its transport, its world and its user.
///
/// After every call, send what [`poll_transmit`](Self::poll_transmit) has and commit what [`poll_commit`](Self::poll_commit)
/// has, beside it; call [`handle_timeout`](Self::handle_timeout) at the moment of [`poll_timeout`](Self::poll_timeout).
/// `L` names the links that reports come on, as in [`Device`]. A key backend that destroys keys is swept by the host, between
/// commands ([`sweep_keys`](crate::blocking::sweep_keys)).
pub struct Endpoint<L, S, R, C, U, K> {
    device: Device<L>,
    settings: ctaphid::Settings,
    pub(super) world: World<Lent<S>, R, C>,
    /// Who answers prompts.
    pub user: U,
    /// Who makes and uses keys.
    pub keys: K,
    operation: Option<Operation>,
    /// A request that has come while the store was still being written for an earlier one.
    waiting: Option<Request>,
    /// Whether a change set is out to be committed, and that set until it has been fetched.
    commit: Commit,
    prompts: u64,
    witness: Option<Box<dyn Witness + Send>>,
}

/// The command under way.
struct Operation {
    transaction: Transaction,
    channel: ChannelId,
    stage: Stage,
    cancelled: bool,
}

enum Stage {
    /// A step is being taken.
    Running,
    Asking {
        needs: NeedsUser,
        prompt: PromptId,
        until: Duration,
    },
    Committing(NeedsCommit),
}

struct Request {
    transaction: Transaction,
    channel: ChannelId,
    bytes: Vec<u8>,
}

enum Commit {
    None,
    Ready(Box<ChangeSet>),
    UnderWay,
}

impl<L, S, R, C, U, K> Endpoint<L, S, R, C, U, K>
where
    L: Copy + PartialEq,
    S: Store,
    R: CryptoRng,
    C: Clock,
    U: User,
    K: Keys,
{
    /// A security key that has just been plugged in.
    #[must_use]
    pub fn new(settings: ctaphid::Settings, world: World<S, R, C>, user: U, keys: K) -> Self {
        let World { authenticator, session, store, rng, clock } = world;
        Self {
            device: Device::new(settings),
            settings,
            world: World { authenticator, session, store: Lent::new(store), rng, clock },
            user,
            keys,
            operation: None,
            waiting: None,
            commit: Commit::None,
            prompts: 0,
            witness: None,
        }
    }

    /// From now on this one looks on.
    pub fn watched_by(&mut self, witness: Box<dyn Witness + Send>) {
        self.witness = Some(witness);
    }

    /// Takes a report from this link.
    pub fn feed(&mut self, link: L, report: &Report) {
        let event = self.device.feed(link, report, self.now());
        self.obey(event);
    }

    /// This link is gone.
    pub fn unlink(&mut self, link: L) {
        let event = self.device.unlink(link);
        self.obey(event);
    }

    fn obey(&mut self, event: Option<Event>) {
        match event {
            Some(Event::Request { transaction, channel }) => {
                let bytes = self.device.request().to_vec();
                if let Some(witness) = &mut self.witness {
                    witness.asked(channel, &bytes, self.world.clock.now());
                }
                self.waiting = Some(Request { transaction, channel, bytes });
                self.begin();
            }
            Some(Event::Cancelled(_)) => self.cancel(),
            Some(Event::Aborted(_)) => self.abort(Withdrawn::Cancelled),
            Some(Event::Wink) => self.user.wink(),
            _ => {}
        }
    }

    /// Begins what waits, once the store has been written.
    fn begin(&mut self) {
        if !matches!(self.commit, Commit::None) {
            return;
        }
        let Some(Request { transaction, channel, bytes }) = self.waiting.take() else { return };
        self.operation = Some(Operation { transaction, channel, stage: Stage::Running, cancelled: false });
        let step = begin(&bytes, &mut self.world.context(), Requester(channel.0.into()));
        self.go_on(step);
    }

    /// ST-02: a wait for a person ends at once. What is being committed is committed, and asks nobody any more.
    fn cancel(&mut self) {
        if let Some(request) = self.waiting.take() {
            self.send(request.transaction, request.channel, &[Status::KeepaliveCancel.code()]);
        } else if let Some((needs, prompt)) = self.take_prompt() {
            self.user.withdraw(prompt, Withdrawn::Cancelled);
            self.resume(needs, Err(Refusal::Cancelled));
        } else if let Some(operation) = &mut self.operation {
            operation.cancelled = true;
        }
    }

    /// Nobody wants to hear of it any more.
    fn abort(&mut self, why: Withdrawn) {
        if let Some((_, prompt)) = self.take_prompt() {
            self.user.withdraw(prompt, why);
        }
        let waiting = self.waiting.take().map(|request| request.channel);
        let under_way = self.operation.take().map(|operation| operation.channel);
        if let Some((witness, channel)) = self.witness.as_mut().zip(waiting.or(under_way)) {
            witness.abandoned(channel, self.world.clock.now());
        }
    }

    fn take_prompt(&mut self) -> Option<(NeedsUser, PromptId)> {
        let stage = &mut self.operation.as_mut()?.stage;
        match std::mem::replace(stage, Stage::Running) {
            Stage::Asking { needs, prompt, .. } => Some((needs, prompt)),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// The answer to a prompt. One that comes too late is of no matter.
    pub fn answer(&mut self, prompt: PromptId, answer: Result<Gesture, Refusal>) {
        let is_asked = matches!(&self.operation, Some(Operation { stage: Stage::Asking { prompt: asked, .. }, .. }) if *asked == prompt);
        if is_asked && let Some((needs, _)) = self.take_prompt() {
            self.resume(needs, answer);
        }
    }

    fn resume(&mut self, needs: NeedsUser, answer: Result<Gesture, Refusal>) {
        self.tell(Activity::Processing);
        let step = needs.resume(&mut self.world.context(), answer);
        self.go_on(step);
    }

    /// What has become of the [`Job`] of [`poll_commit`](Self::poll_commit), and the store back.
    pub fn committed(&mut self, store: S, result: Result<(), CommitError>) {
        self.world.store.take_back(store);
        self.commit = Commit::None;
        if let Some(operation) = &mut self.operation
            && let Stage::Committing(needs) = std::mem::replace(&mut operation.stage, Stage::Running)
        {
            let step = needs.resume(&mut self.world.context(), result);
            self.go_on(step);
        }
        self.begin();
    }

    /// Takes steps until one has to wait.
    fn go_on(&mut self, mut step: Step) {
        loop {
            step = match step {
                Step::NeedsUser(needs)
                    if self.operation.as_ref().is_some_and(|running| running.cancelled) =>
                {
                    needs.resume(&mut self.world.context(), Err(Refusal::Cancelled))
                }
                Step::NeedsUser(needs) => {
                    self.prompts = self.prompts.wrapping_add(1);
                    let prompt = PromptId(self.prompts);
                    match self.user.ask(prompt, &needs, &mut self.world.context()) {
                        Some(answer) => needs.resume(&mut self.world.context(), answer),
                        None => return self.wait_for_user(needs, prompt),
                    }
                }
                Step::NeedsKeypair(needs) => {
                    let answer = self.keys.generate(&mut self.world.context(), needs.request());
                    needs.resume(&mut self.world.context(), answer)
                }
                Step::NeedsSignature(needs) => {
                    let answer = self.keys.sign(&mut self.world.context(), needs.request());
                    needs.resume(&mut self.world.context(), answer)
                }
                Step::NeedsCommit(needs) => match needs.change_set(&self.world.session).cloned() {
                    Ok(changes) => return self.wait_for_store(needs, changes),
                    Err(error) => needs.resume(&mut self.world.context(), Err(error)),
                },
                Step::Done(done) => return self.finish(&done),
            };
        }
    }

    fn wait_for_user(&mut self, needs: NeedsUser, prompt: PromptId) {
        let until = self.now().saturating_add(needs.timeout());
        if let Some(operation) = &mut self.operation {
            operation.stage = Stage::Asking { needs, prompt, until };
        }
        self.tell(Activity::UserNeeded);
    }

    fn wait_for_store(&mut self, needs: NeedsCommit, changes: ChangeSet) {
        self.commit = Commit::Ready(Box::new(changes));
        if let Some(operation) = &mut self.operation {
            operation.stage = Stage::Committing(needs);
        }
    }

    fn finish(&mut self, done: &Done) {
        let Some(operation) = self.operation.take() else { return };
        let mut reply = vec![0; MAX_MESSAGE];
        let length = done.encode(&self.world.session, &mut reply);
        reply.truncate(length);
        self.send(operation.transaction, operation.channel, &reply);
        if let Some(hint) = done.hint(&self.world.session) {
            self.commit = Commit::Ready(Box::new(hint.clone()));
        }
    }

    /// A reply that nobody waits for any more is not sent, and none is longer than what it was encoded into.
    fn send(&mut self, transaction: Transaction, channel: ChannelId, reply: &[u8]) {
        let sent = self.device.reply(transaction, reply);
        if let Some(witness) = self.witness.as_mut().filter(|_| sent.is_ok()) {
            witness.answered(channel, reply, self.world.clock.now());
        }
    }

    fn tell(&mut self, activity: Activity) {
        let doing = match activity {
            Activity::Processing => ctaphid::Activity::Processing,
            Activity::UserNeeded => ctaphid::Activity::UserNeeded,
        };
        let now = self.now();
        if let Some(operation) = &self.operation {
            self.device.activity(operation.transaction, doing, now);
        }
    }

    fn now(&self) -> Duration {
        self.world.clock.now().since_boot
    }

    /// The next report to send, and on which link. Call it until there is none, after every call of another method.
    pub fn poll_transmit(&mut self) -> Option<(L, Report)> {
        self.device.poll_transmit()
    }

    /// What to commit next. Its result is for [`committed`](Self::committed), and commands wait for that; there is no other
    /// before. Call it after every call of another method.
    pub fn poll_commit(&mut self) -> Option<Job<S>> {
        if !matches!(self.commit, Commit::Ready(_)) {
            return None;
        }
        let store = self.world.store.lend()?;
        match std::mem::replace(&mut self.commit, Commit::UnderWay) {
            Commit::Ready(changes) => Some(Job { store, changes }),
            Commit::None | Commit::UnderWay => None,
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, on the world's clock since boot. Ask again after every
    /// call of another method.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let patience = match &self.operation {
            Some(Operation { stage: Stage::Asking { until, .. }, .. }) => Some(*until),
            _ => None,
        };
        [self.device.poll_timeout(), patience].into_iter().flatten().min()
    }

    /// Does what is due by now. Calling it early does nothing.
    pub fn handle_timeout(&mut self) {
        let now = self.now();
        self.device.handle_timeout(now);
        if let Some(Operation { stage: Stage::Asking { until, .. }, .. }) = &self.operation
            && now >= *until
            && let Some((needs, prompt)) = self.take_prompt()
        {
            self.user.withdraw(prompt, Withdrawn::TimedOut);
            self.resume(needs, Err(Refusal::TimedOut));
        }
    }

    /// The store, to look at; `None` while it is with a [`Job`].
    #[must_use]
    pub const fn store(&self) -> Option<&S> {
        self.world.store.here()
    }

    /// Unplugs and plugs in: what was under way is over, and nobody has a channel any more. That it was a boot is for the
    /// world's clock to say, before this. A commit that is under way goes on, and its result is awaited.
    pub fn power_cycle(&mut self) {
        self.abort(Withdrawn::Unplugged);
        self.device = Device::new(self.settings);
        self.world.power_cycle();
        if let Commit::Ready(_) = self.commit {
            self.commit = Commit::None;
        }
    }
}

impl<L, S, R, C, U, K> fmt::Debug for Endpoint<L, S, R, C, U, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("device", &self.device).finish_non_exhaustive()
    }
}
