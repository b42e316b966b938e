//! The other peer: a client that builds and reads reports by itself, a device with an owner, and a clock.

use authenticator_transport::ctaphid::{Activity, Device, Event, Report, Settings, Transaction};
use std::time::Duration;

pub(crate) const PING: u8 = 0x81;
pub(crate) const MSG: u8 = 0x83;
pub(crate) const LOCK: u8 = 0x84;
pub(crate) const INIT: u8 = 0x86;
pub(crate) const WINK: u8 = 0x88;
pub(crate) const CBOR: u8 = 0x90;
pub(crate) const CANCEL: u8 = 0x91;
pub(crate) const KEEPALIVE: u8 = 0xBB;
pub(crate) const ERROR: u8 = 0xBF;
pub(crate) const BROADCAST: u32 = u32::MAX;

/// A link to a client, by number.
pub(crate) type Link = u8;

/// A message that came out of the device, put together again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) link: Link,
    pub(crate) channel: u32,
    pub(crate) command: u8,
    pub(crate) data: Vec<u8>,
}

/// A device on a bench.
pub(crate) struct Bench<const MESSAGE: usize = 7609, const CHANNELS: usize = 64> {
    pub(crate) device: Device<Link, MESSAGE, CHANNELS>,
    pub(crate) now: Duration,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::sized()
    }
}

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl<const MESSAGE: usize, const CHANNELS: usize> Bench<MESSAGE, CHANNELS> {
    pub(crate) fn sized() -> Self {
        Self { device: Device::new(Settings::default()), now: ms(5_000) }
    }

    /// Lets time pass in one go.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.device.handle_timeout(self.now);
    }

    /// One report, in.
    pub(crate) fn feed(&mut self, link: Link, report: &Report) -> Option<Event> {
        self.device.feed(link, report, self.now)
    }

    /// A whole message, in; the event is that of its last report.
    pub(crate) fn send(&mut self, link: Link, channel: u32, command: u8, data: &[u8]) -> Option<Event> {
        let mut event = None;
        for report in packets(channel, command, data) {
            event = self.feed(link, &report);
        }
        event
    }

    /// A request that the owner is given.
    pub(crate) fn ask(&mut self, link: Link, channel: u32, data: &[u8]) -> Transaction {
        match self.send(link, channel, CBOR, data) {
            Some(Event::Request { transaction, channel: asking }) => {
                assert_eq!(asking.0, channel);
                assert_eq!(self.device.request(), data);
                transaction
            }
            other => panic!("the owner was to get the message, and got {other:?}"),
        }
    }

    pub(crate) fn reply(&mut self, transaction: Transaction, reply: &[u8]) {
        self.device.reply(transaction, reply).unwrap();
    }

    pub(crate) fn doing(&mut self, transaction: Transaction, activity: Activity) {
        self.device.activity(transaction, activity, self.now);
    }

    /// Everything that comes out.
    pub(crate) fn receive(&mut self) -> Vec<Answer> {
        let mut answers: Vec<(Answer, usize, u8)> = Vec::new();
        while let Some((link, report)) = self.device.poll_transmit() {
            let channel = u32::from_be_bytes(report[..4].try_into().unwrap());
            if report[4] & 0x80 != 0 {
                let length = usize::from(u16::from_be_bytes([report[5], report[6]]));
                let data = report[7..].iter().copied().take(length).collect();
                assert!(report[7..].iter().skip(length).all(|byte| *byte == 0), "padded with zeros");
                answers.push((Answer { link, channel, command: report[4], data }, length, 0));
                continue;
            }
            let (answer, length, sequence) = answers.last_mut().expect("a message begins before it goes on");
            assert_eq!((answer.link, answer.channel, *sequence), (link, channel, report[4]), "contiguous");
            let missing = *length - answer.data.len();
            assert!(missing > 0, "nothing comes after the end");
            answer.data.extend(report[5..].iter().take(missing));
            assert!(report[5..].iter().skip(missing).all(|byte| *byte == 0), "padded with zeros");
            *sequence += 1;
        }
        for (answer, length, _) in &answers {
            assert_eq!(answer.data.len(), *length, "complete");
        }
        answers.into_iter().map(|(answer, ..)| answer).collect()
    }

    /// The one message that comes out: its channel, command and data.
    pub(crate) fn one(&mut self) -> (u32, u8, Vec<u8>) {
        let answers = self.receive();
        let [answer] = answers.as_slice() else { panic!("one answer was to come: {answers:?}") };
        (answer.channel, answer.command, answer.data.clone())
    }

    /// Nothing comes out.
    pub(crate) fn silence(&mut self) {
        assert_eq!(self.receive(), []);
    }

    /// An error on this channel, and nothing else.
    pub(crate) fn error(&mut self, channel: u32, code: u8) {
        assert_eq!(self.one(), (channel, ERROR, vec![code]));
    }

    /// A new channel for the client on this link.
    pub(crate) fn open(&mut self, link: Link) -> u32 {
        assert_eq!(self.send(link, BROADCAST, INIT, b"a nonce."), None);
        let answers = self.receive();
        let [answer] = answers.as_slice() else { panic!("one answer was to come: {answers:?}") };
        assert_eq!((answer.link, answer.channel, answer.command), (link, BROADCAST, INIT));
        assert_eq!((answer.data.len(), &answer.data[..8]), (17, b"a nonce.".as_slice()));
        u32::from_be_bytes(answer.data[8..12].try_into().unwrap())
    }

    /// The device does what it is asked on this channel.
    pub(crate) fn works(&mut self, link: Link, channel: u32) {
        assert_eq!(self.send(link, channel, PING, b"still there?"), None);
        assert_eq!(self.one(), (channel, PING, b"still there?".to_vec()));
    }
}

/// A message as reports.
pub(crate) fn packets(channel: u32, command: u8, data: &[u8]) -> Vec<Report> {
    let (first, rest) = data.split_at(data.len().min(57));
    let mut reports = vec![first_packet(channel, command, data.len(), first)];
    for (sequence, part) in rest.chunks(59).enumerate() {
        reports.push(next_packet(channel, u8::try_from(sequence).unwrap(), part));
    }
    reports
}

/// The first report of a message that says to be so long.
pub(crate) fn first_packet(channel: u32, command: u8, length: usize, data: &[u8]) -> Report {
    let length = u16::try_from(length).unwrap().to_be_bytes();
    report(&[channel.to_be_bytes().as_slice(), &[command], &length, data].concat())
}

/// One more report of a message.
pub(crate) fn next_packet(channel: u32, sequence: u8, data: &[u8]) -> Report {
    report(&[channel.to_be_bytes().as_slice(), &[sequence], data].concat())
}

fn report(bytes: &[u8]) -> Report {
    let mut report = [0; 64];
    report[..bytes.len()].copy_from_slice(bytes);
    report
}
