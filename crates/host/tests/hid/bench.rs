//! A security key on a bench: its clients, its user, and the thread that commits are all the test.

use authenticator_core::store::Store as _;
use authenticator_core::{Ask, Context, Gesture, NeedsUser, Profile, Refusal, Transport};
use authenticator_host::hid::{Endpoint, Job, PromptId, User, Withdrawn};
use authenticator_host::{HashMapStore, SoftwareKeys, World};
use authenticator_testkit::{HandClock, SeededRng, device_key, request};
use authenticator_transport::ctaphid::{Report, Settings};
use std::time::Duration;

pub(crate) const PING: u8 = 0x81;
pub(crate) const INIT: u8 = 0x86;
pub(crate) const CBOR: u8 = 0x90;
pub(crate) const CANCEL: u8 = 0x91;
pub(crate) const KEEPALIVE: u8 = 0xBB;
pub(crate) const ERROR: u8 = 0xBF;

/// The person, who does nothing by themselves.
#[derive(Default)]
pub(crate) struct Person {
    /// What they answer at once.
    pub(crate) habit: Option<Result<Gesture, Refusal>>,
    pub(crate) shown: Vec<(PromptId, Ask)>,
    pub(crate) withdrawn: Vec<(PromptId, Withdrawn)>,
    pub(crate) winks: usize,
}

impl User for Person {
    fn ask(
        &mut self,
        prompt: PromptId,
        step: &NeedsUser,
        _: &mut Context<'_>,
    ) -> Option<Result<Gesture, Refusal>> {
        self.shown.push((prompt, step.ask()));
        self.habit
    }

    fn withdraw(&mut self, prompt: PromptId, why: Withdrawn) {
        self.withdrawn.push((prompt, why));
    }

    fn wink(&mut self) {
        self.winks += 1;
    }
}

pub(crate) type Key = Endpoint<u8, HashMapStore, SeededRng, HandClock, Person, SoftwareKeys>;

pub(crate) struct Bench {
    pub(crate) key: Key,
    pub(crate) clock: HandClock,
}

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A registration that asks its user and writes.
pub(crate) fn registration(user: &[u8]) -> Vec<u8> {
    request::make_credential("example.com", user).option("rk", true).encode()
}

pub(crate) const GET_INFO: &[u8] = &[0x04];

impl Bench {
    pub(crate) fn new() -> Self {
        let (store, clock) = (HashMapStore::default(), HandClock::default());
        let profile = Profile::security_key([0; 16]);
        let mut world = World::open(profile, &device_key(), store, SeededRng::new(1), clock.clone()).unwrap();
        world.session.over(Transport::Usb);
        let key = Endpoint::new(Settings::default(), world, Person::default(), SoftwareKeys);
        Self { key, clock }
    }

    /// Time passes, looked at as often as is asked for.
    pub(crate) fn wait(&mut self, time: Duration) -> Vec<(u8, u32, u8, Vec<u8>)> {
        let mut heard = Vec::new();
        let mut left = time;
        loop {
            let now = authenticator_host::Clock::now(&self.clock).since_boot;
            let due = self.key.poll_timeout().map(|at| at.saturating_sub(now)).filter(|due| *due <= left);
            self.clock.advance(due.unwrap_or(left));
            left -= due.unwrap_or(left);
            self.key.handle_timeout();
            heard.extend(self.receive());
            if due.is_none() {
                return heard;
            }
        }
    }

    pub(crate) fn send(&mut self, link: u8, channel: u32, command: u8, data: &[u8]) {
        let (first, rest) = data.split_at(data.len().min(57));
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let channel = channel.to_be_bytes();
        self.feed(link, &[&channel, [command].as_slice(), &length, first].concat());
        for (sequence, part) in rest.chunks(59).enumerate() {
            self.feed(link, &[&channel, [u8::try_from(sequence).unwrap()].as_slice(), part].concat());
        }
    }

    fn feed(&mut self, link: u8, bytes: &[u8]) {
        let mut report: Report = [0; 64];
        report[..bytes.len()].copy_from_slice(bytes);
        self.key.feed(link, &report);
    }

    /// Every message that comes out: link, channel, command, data.
    pub(crate) fn receive(&mut self) -> Vec<(u8, u32, u8, Vec<u8>)> {
        let mut messages: Vec<(u8, u32, u8, Vec<u8>)> = Vec::new();
        let mut missing = 0;
        while let Some((link, report)) = self.key.poll_transmit() {
            let channel = u32::from_be_bytes(report[..4].try_into().unwrap());
            let (head, room) = if report[4] & 0x80 == 0 { (5, 59) } else { (7, 57) };
            if head == 7 {
                assert_eq!(missing, 0, "the one before was complete");
                missing = usize::from(u16::from_be_bytes([report[5], report[6]]));
                messages.push((link, channel, report[4], Vec::new()));
            }
            let part = &report[head..head + missing.min(room)];
            messages.last_mut().unwrap().3.extend_from_slice(part);
            missing -= part.len();
        }
        assert_eq!(missing, 0, "everything is complete");
        messages
    }

    /// What the client on this channel hears: a command, and the first byte of its data.
    pub(crate) fn hears(&mut self, channel: u32) -> Vec<(u8, u8)> {
        let heard = self.receive();
        assert!(heard.iter().all(|(_, to, ..)| *to == channel), "{heard:?}");
        heard.iter().map(|(_, _, command, data)| (*command, data[0])).collect()
    }

    pub(crate) fn open(&mut self, link: u8) -> u32 {
        self.send(link, u32::MAX, INIT, b"a nonce.");
        let heard = self.receive();
        let [(_, _, INIT, data)] = heard.as_slice() else { panic!("a channel was to come: {heard:?}") };
        u32::from_be_bytes(data[8..12].try_into().unwrap())
    }

    /// The user answers what is shown.
    pub(crate) fn user(&mut self, answer: Result<Gesture, Refusal>) {
        let (prompt, _) = *self.key.user.shown.last().unwrap();
        self.key.answer(prompt, answer);
    }

    /// What the thread beside the transport is given to commit.
    pub(crate) fn fetch(&mut self) -> Job<HashMapStore> {
        self.key.poll_commit().expect("there is something to commit")
    }

    /// It has committed it.
    pub(crate) fn write(&mut self, mut job: Job<HashMapStore>) {
        let result = job.store.commit(&job.changes);
        self.key.committed(job.store, result);
    }

    /// Registers an account, in no time.
    pub(crate) fn register(&mut self, link: u8, channel: u32, user: &[u8]) {
        self.send(link, channel, CBOR, &registration(user));
        self.user(Ok(Gesture::TOUCH));
        let changes = self.fetch();
        self.write(changes);
        assert_eq!(self.hears(channel).last(), Some(&(CBOR, 0x00)));
    }

    /// It answers, on this channel.
    pub(crate) fn works(&mut self, link: u8, channel: u32) {
        self.send(link, channel, CBOR, GET_INFO);
        assert_eq!(self.hears(channel), [(CBOR, 0x00)]);
    }
}
