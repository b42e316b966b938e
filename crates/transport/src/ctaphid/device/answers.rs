//! What the device answers by itself.

use super::{Device, Event, State, Transaction};
use crate::ctaphid::Activity;
use crate::ctaphid::channels::{Channel, ChannelId};
use crate::ctaphid::command::{CAPABILITIES, Command, ERROR, Fault, PROTOCOL};
use crate::ctaphid::message::{Outgoing, Progress};
use crate::ctaphid::report::{INITIAL_DATA, initial};
use core::time::Duration;

/// How long the nonce of an INIT is.
pub(super) const NONCE: usize = 8;

/// The longest lock, in seconds (HID-13).
const LONGEST_LOCK: u8 = 10;

impl<L: Copy + PartialEq, const MESSAGE: usize, const CHANNELS: usize> Device<L, MESSAGE, CHANNELS> {
    /// A packet of a message has come: the message is complete, or more is to come, or it has failed.
    pub(super) fn received(
        &mut self,
        from: Channel<L>,
        command: Command,
        progress: Progress,
        now: Duration,
    ) -> Option<Event> {
        match progress {
            Progress::Incomplete => return None,
            Progress::OutOfSequence => {
                self.state = State::Idle;
                self.fault(from, Fault::InvalidSequence);
                return None;
            }
            Progress::Complete => self.state = State::Idle,
        }
        match command {
            Command::Cbor if self.buffer.is_empty() => self.fault(from, Fault::InvalidLength),
            Command::Cbor => return Some(self.hand_over(from, now)),
            Command::Ping => {
                self.state = State::Replying { to: from, outgoing: Outgoing::new(command.number()) };
            }
            Command::Wink if self.buffer.is_empty() => {
                self.answer(from, command.number(), &[]);
                return Some(Event::Wink);
            }
            Command::Wink => self.fault(from, Fault::InvalidLength),
            Command::Lock => self.lock(from, now),
            // They are one packet and were dealt with when it came.
            Command::Init | Command::Cancel => {}
        }
        None
    }

    fn hand_over(&mut self, from: Channel<L>, now: Duration) -> Event {
        self.transactions = self.transactions.wrapping_add(1);
        let transaction = Transaction(self.transactions);
        let keepalive = now.saturating_add(self.settings.keepalive_interval);
        self.state = State::Handling { from, transaction, activity: Activity::Processing, keepalive };
        Event::Request { transaction, channel: from.id }
    }

    fn lock(&mut self, from: Channel<L>, now: Duration) {
        match self.buffer.as_slice() {
            [0] => self.lock = self.lock.filter(|(owner, _)| *owner != from.id),
            [seconds @ 1..=LONGEST_LOCK] => {
                let until = now.saturating_add(Duration::from_secs((*seconds).into()));
                self.lock = Some((from.id, until));
            }
            [_] => return self.fault(from, Fault::InvalidParameter),
            _ => return self.fault(from, Fault::InvalidLength),
        }
        self.answer(from, Command::Lock.number(), &[]);
    }

    /// INIT on the broadcast channel: a new channel, whatever else is under way (HID-09).
    pub(super) fn open_channel(&mut self, broadcast: Channel<L>, data: &[u8; INITIAL_DATA]) {
        let served = self.state.channel().map(|channel| channel.id);
        let locked = self.lock.map(|(owner, _)| owner);
        let is_busy = |id| served == Some(id) || locked == Some(id);
        match self.channels.allocate(broadcast.link, is_busy) {
            Some(opened) => self.tell_channel(broadcast, opened.id, data),
            None => self.fault(broadcast, Fault::ChannelBusy),
        }
    }

    /// The answer to INIT, which begins with its nonce.
    pub(super) fn tell_channel(&mut self, to: Channel<L>, channel: ChannelId, data: &[u8; INITIAL_DATA]) {
        let mut answer = [0; NONCE + 9];
        let [c0, c1, c2, c3] = channel.0.to_be_bytes();
        let [major, minor, build] = self.settings.version;
        let about = [c0, c1, c2, c3, PROTOCOL, major, minor, build, CAPABILITIES];
        let bytes = data.iter().take(NONCE).chain(&about);
        answer.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        self.answer(to, Command::Init.number(), &answer);
    }

    pub(super) fn fault(&mut self, to: Channel<L>, fault: Fault) {
        self.answer(to, ERROR, &[fault.code()]);
    }

    /// An answer of one packet. Where nobody has taken the ones before, there is no room for it, and none is needed.
    pub(super) fn answer(&mut self, to: Channel<L>, command: u8, data: &[u8]) {
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let _ = self.outbox.push_back((to.link, initial(to.id, command, length, data)));
    }
}
