//! What tests of settings run in: an authenticator whose settings they can look into.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

extern crate std;

use crate::authenticator::{Authenticator, DeviceKey, Opened};
use crate::command::{Command, begin};
use crate::context::Context;
use crate::key::software;
use crate::pin::{Grant, Permissions, Protocol};
use crate::profile::Profile;
use crate::session::Session;
use crate::standing::Standing;
use crate::step::Step;
use crate::store::{CommitId, CommitKind, DeviceKeys, Draft, Header, MemoryStore, Pin, Settings, Store};
use crate::time::{BootId, Now};
use crate::user::{Ask, Gesture, Refusal, Requester};
use authenticator_testkit::SeededRng;
use authenticator_testkit::cbor::{Value, bytes, encode, map};
use core::time::Duration;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::vec::Vec;

/// A PIN of this many code points. Nobody can enter it.
pub(crate) const fn pin_of(length: u8) -> Pin {
    Pin { verifier: [0x1F; 16], length }
}

pub(crate) struct Bench {
    authenticator: Authenticator,
    pub(crate) session: Session,
    pub(crate) store: MemoryStore<16>,
    rng: SeededRng,
    pub(crate) now: Now,
    /// Who asks.
    pub(crate) requester: Requester,
    /// What the user says to every prompt.
    pub(crate) answer: Result<Gesture, Refusal>,
    /// What was asked.
    pub(crate) asked: Vec<Ask>,
    /// How many change sets were committed.
    pub(crate) commits: usize,
}

impl Bench {
    /// One second after power-up.
    pub(crate) fn new(profile: Profile) -> Self {
        let now = Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(1), unix: None };
        let authenticator = Authenticator { profile, device: DeviceKeys::new(&DeviceKey::new([0xD0; 32])) };
        let (mut store, mut rng) = (MemoryStore::new(), SeededRng::new(1));
        let Ok(Opened::Empty(changes)) = authenticator.open(&store, &mut rng) else { panic!("a new store") };
        store.commit(&changes).unwrap();
        let answer = Ok(Gesture::TOUCH);
        let session = Session::new(now);
        let requester = Requester::default();
        Self { authenticator, session, store, rng, now, requester, answer, asked: Vec::new(), commits: 0 }
    }

    pub(crate) fn context(&mut self) -> Context<'_> {
        let Self { authenticator, session, store, rng, now, .. } = self;
        Context { authenticator, session, store, rng, now: *now }
    }

    /// Unplugs and plugs in.
    pub(crate) fn power_cycle(&mut self) {
        let BootId([first, ..]) = self.now.boot;
        self.now.boot = BootId([first.wrapping_add(1); 16]);
        self.now.since_boot = Duration::from_secs(1);
        self.session = Session::new(self.now);
    }

    /// Another endpoint of the same power-up: RAM that knows nothing.
    pub(crate) fn new_endpoint(&mut self) {
        self.session = Session::new(self.now);
    }

    /// Another endpoint of the same power-up, for as long as `act` runs.
    pub(crate) fn as_endpoint<T>(&mut self, session: &mut Session, act: impl FnOnce(&mut Self) -> T) -> T {
        core::mem::swap(session, &mut self.session);
        let result = act(self);
        core::mem::swap(session, &mut self.session);
        result
    }

    /// Commits what `draft` adds to a set of its own.
    pub(crate) fn commit_draft(&mut self, draft: impl FnOnce(&mut Draft<'_>)) {
        let mut cx = self.context();
        let header = cx.open().unwrap();
        let device = &cx.authenticator.device;
        let mut drafted = cx.draft(CommitKind::Effect, CommitId([8; 16]), header).unwrap();
        draft(&mut drafted);
        drafted.finish(device).unwrap();
        let changes = self.session.changes_mut().clone();
        self.store.commit(&changes).unwrap();
    }

    /// Ends whatever anyone was authenticated for, as a change of the PIN does.
    pub(crate) fn begin_epoch(&mut self) {
        self.commit_draft(|draft| draft.header.auth_epoch += 1);
    }

    pub(crate) fn standing(&mut self) -> (Header, Standing<'_>) {
        self.context().standing().unwrap()
    }

    pub(crate) fn settings(&mut self) -> Settings {
        self.standing().1.settings
    }

    pub(crate) fn auth_epoch(&mut self) -> u64 {
        self.standing().0.auth_epoch
    }

    /// Sets what no command of this test's can.
    pub(crate) fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut cx = self.context();
        let (header, standing) = cx.standing().unwrap();
        let mut settings = standing.settings;
        change(&mut settings);
        let device = &cx.authenticator.device;
        let mut draft = cx.draft(CommitKind::Effect, CommitId([7; 16]), header).unwrap();
        draft.put_settings(&settings).unwrap();
        draft.finish(device).unwrap();
        let changes = self.session.changes_mut().clone();
        self.store.commit(&changes).unwrap();
    }

    /// The key of a new token, as the platform would have it from the PIN's exchange.
    pub(crate) fn token(&mut self, protocol: Protocol, permissions: Permissions) -> [u8; 32] {
        self.context().open().unwrap(); // a session that has read nothing yet forgets its token when it does
        let grant = Grant { protocol, permissions, rp_id_hash: None, user_present: false };
        let Self { session, rng, now, .. } = self;
        *session.pin.token.issue(grant, rng, *now).expose()
    }

    /// Runs a request to its end; its status, and what the reply's body is.
    pub(crate) fn send(&mut self, request: &[u8]) -> (u8, Vec<u8>) {
        let requester = self.requester;
        let step = begin(request, &mut self.context(), requester);
        self.finish(step)
    }

    pub(crate) fn run(&mut self, command: Command<'_>) -> (u8, Vec<u8>) {
        let requester = self.requester;
        let step = command.begin(&mut self.context(), requester);
        self.finish(step)
    }

    pub(crate) fn finish(&mut self, mut step: Step) -> (u8, Vec<u8>) {
        loop {
            step = match step {
                Step::NeedsUser(needs) => {
                    self.asked.push(needs.ask());
                    let answer = self.answer;
                    needs.resume(&mut self.context(), answer)
                }
                Step::NeedsKeypair(needs) => {
                    let mut cx = self.context();
                    let key = software::generate(&mut cx, needs.request());
                    needs.resume(&mut cx, key)
                }
                Step::NeedsSignature(needs) => {
                    let mut cx = self.context();
                    let signature = software::sign(&mut cx, needs.request());
                    needs.resume(&mut cx, signature)
                }
                Step::NeedsCommit(needs) => {
                    let answer =
                        needs.change_set(&self.session).and_then(|changes| self.store.commit(changes));
                    self.commits += 1;
                    needs.resume(&mut self.context(), answer)
                }
                Step::Done(done) => {
                    let mut reply = [0; 8192];
                    let length = done.encode(&self.session, &mut reply);
                    let (status, body) = reply.get(..length).and_then(<[u8]>::split_first).unwrap();
                    return (*status, body.to_vec());
                }
            };
        }
    }
}

/// An authenticatorConfig request under construction.
#[derive(Clone)]
pub(crate) struct ConfigRequest {
    members: Vec<(i64, Value)>,
}

impl ConfigRequest {
    pub(crate) fn new(subcommand: impl Into<Value>) -> Self {
        Self { members: [(1, subcommand.into())].into() }
    }

    pub(crate) fn with(mut self, key: i64, value: impl Into<Value>) -> Self {
        self.members.retain(|(present, _)| *present != key);
        self.members.push((key, value.into()));
        self
    }

    /// With this member, or without it.
    pub(crate) fn maybe(mut self, key: i64, value: Option<Value>) -> Self {
        self.members.retain(|(present, _)| *present != key);
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(crate) fn parameters<const N: usize>(self, parameters: [(i64, Value); N]) -> Self {
        self.with(2, map(parameters))
    }

    fn raw_parameters(&self) -> Vec<u8> {
        self.members.iter().find(|(key, _)| *key == 2).map_or(Vec::new(), |(_, value)| encode(value))
    }

    /// Authorised by this token: the specification's message, put together by hand.
    pub(crate) fn by(self, protocol: u8, token: &[u8; 32]) -> Self {
        let subcommand = self
            .members
            .iter()
            .find_map(|(key, value)| (*key == 1).then(|| u8::try_from(value.as_integer().unwrap()).unwrap()));
        let message = [&[0xFF; 32][..], &[0x0D, subcommand.unwrap()], &self.raw_parameters()].concat();
        self.over(protocol, token, &message)
    }

    /// With a pinUvAuthParam over another message.
    pub(crate) fn over(self, protocol: u8, token: &[u8; 32], message: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(token).unwrap();
        mac.update(message);
        let mac = mac.finalize().into_bytes();
        let length = if protocol == 1 { 16 } else { 32 };
        self.with(3, u64::from(protocol)).with(4, bytes(mac.get(..length).unwrap()))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut request = std::vec![0x0D];
        request.extend(encode(&map(self.members.iter().cloned())));
        request
    }
}
