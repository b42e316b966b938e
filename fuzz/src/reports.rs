//! Reports in any order, at any time, to a device whose owner answers or does not.

use authenticator_transport::ctaphid::{Activity, Device, Event, Report, Settings, Transaction};
use std::time::Duration;

/// Small enough that a fuzzer reaches the ends of it.
type Small = Device<u8, 200, 3>;

/// Each two bytes of the data are a move: what, and how. Everything that comes out is on a link that has spoken, and a
/// message is handed over once at a time. In the end a new client is served.
///
/// # Panics
/// When a promise is broken.
pub fn reports(data: &[u8]) {
    let mut play = Play {
        device: Small::new(Settings::default()),
        now: Duration::from_secs(1),
        awaited: None,
        channels: vec![0, u32::MAX],
    };
    for step in data.chunks(2) {
        if let [what, how] = *step {
            play.step(what, how);
            play.drain();
        }
    }
    play.settle();
}

struct Play {
    device: Small,
    now: Duration,
    /// What the owner has.
    awaited: Option<Transaction>,
    /// Those that clients have heard of.
    channels: Vec<u32>,
}

impl Play {
    fn step(&mut self, what: u8, how: u8) {
        let link = what >> 4 & 1;
        let place = usize::from(how >> 4) % self.channels.len();
        let channel = self.channels.get(place).copied().unwrap_or_default();
        match what % 16 {
            0 => self.feed(link, u32::MAX, &[0x86, 0, 8]),
            1 => self.feed(link, channel, &[0x86, 0, 8]),
            2 => self.feed(link, channel, &[0x81, 0, how]),
            3 => self.feed(link, channel, &[0x90, 0, how]),
            4 => self.feed(link, channel, &[0x91, 0, 0]),
            5 => self.feed(link, channel, &[0x84, 0, 1, how % 12]),
            6 => self.feed(link, channel, &[how | 0x80, how, how]),
            7..=10 => self.feed(link, channel, &[how % 4, how]),
            11 => self.pass(Duration::from_millis(u64::from(how) * 4)),
            12 => self.reply(usize::from(how)),
            13 => {
                if let Some(transaction) = self.awaited {
                    self.device.activity(transaction, Activity::UserNeeded, self.now);
                }
            }
            14 => {
                let event = self.device.unlink(link);
                self.obey(event);
            }
            _ => self.feed(link, channel, &[how; 60]),
        }
    }

    fn feed(&mut self, link: u8, channel: u32, bytes: &[u8]) {
        let mut report: Report = [0; 64];
        let filled = channel.to_be_bytes().into_iter().chain(bytes.iter().copied());
        report.iter_mut().zip(filled).for_each(|(place, byte)| *place = byte);
        let event = self.device.feed(link, &report, self.now);
        self.obey(event);
    }

    fn obey(&mut self, event: Option<Event>) {
        match event {
            Some(Event::Request { transaction, .. }) => {
                assert!(self.awaited.is_none(), "one message at a time");
                assert!(!self.device.request().is_empty(), "a message has a byte at the least");
                self.awaited = Some(transaction);
            }
            Some(Event::Cancelled(transaction)) => {
                assert_eq!(self.awaited, Some(transaction), "what is cancelled was asked for");
                self.reply(1);
            }
            Some(Event::Aborted(transaction)) => {
                assert_eq!(self.awaited.take(), Some(transaction), "what is aborted was asked for");
            }
            _ => {}
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.device.handle_timeout(self.now);
        assert!(self.device.poll_timeout().is_none_or(|next| next > self.now), "what was due is done");
    }

    fn reply(&mut self, length: usize) {
        if let Some(transaction) = self.awaited {
            if self.device.reply(transaction, &vec![0x2D; length]).is_ok() {
                self.awaited = None;
            } else {
                assert!(length > 200, "only what is too long is refused");
            }
        }
    }

    fn drain(&mut self) {
        while let Some((link, report)) = self.device.poll_transmit() {
            assert!(link < 2, "an answer is on a link that has asked");
            // The answer to a broadcast INIT tells a channel.
            if report.starts_with(&[0xFF, 0xFF, 0xFF, 0xFF, 0x86])
                && let Some(channel) = report.get(15..19).and_then(|bytes| bytes.try_into().ok())
            {
                self.channels.push(u32::from_be_bytes(channel));
            }
        }
    }

    /// When everything under way has ended and every lock is over, a client gets a channel and an answer.
    fn settle(mut self) {
        self.reply(1);
        self.drain();
        self.pass(Duration::from_secs(11));
        self.drain();
        self.channels.clear();
        self.feed(7, u32::MAX, &[0x86, 0, 8]);
        let told = self.device.poll_transmit().and_then(|(_, report)| report.get(15..19)?.try_into().ok());
        let channel = told.map(u32::from_be_bytes);
        assert!(channel.is_some(), "a channel is given out");
        self.feed(7, channel.unwrap_or_default(), &[0x81, 0, 1, 0x77]);
        let echo = self.device.poll_transmit();
        assert!(echo.is_some_and(|(link, report)| link == 7 && report.get(7) == Some(&0x77)), "and works");
    }
}
