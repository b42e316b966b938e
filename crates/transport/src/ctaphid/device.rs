//! The device: who may speak, what is under way, and what goes out.

mod answers;

use super::Activity;
use super::channels::{Channel, ChannelId, Channels};
use super::command::{Command, Fault, KEEPALIVE};
use super::message::{Incoming, Outgoing, room};
use super::report::{Body, CONTINUATION_DATA, INITIAL_DATA, MAX_MESSAGE, Packet, Report};
use core::fmt;
use core::time::Duration;
use heapless::{Deque, Vec};

/// What a device is set to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How long the next packet of a message may take (HID-12). Slow hosts need some hundred milliseconds; clients expect
    /// to hear of it within about three seconds.
    pub packet_timeout: Duration,
    /// How long a client that waits is left without a word; at most 100 ms (HID-15).
    pub keepalive_interval: Duration,
    /// Major, minor and build number, as INIT tells them.
    pub version: [u8; 3],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            packet_timeout: Duration::from_millis(500),
            keepalive_interval: Duration::from_millis(100),
            version: [0; 3],
        }
    }
}

/// Which message an answer is for. No two messages of a device have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction(u64);

/// What the owner is to do about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "somebody waits for the answer"]
#[non_exhaustive]
pub enum Event {
    /// A CBOR message is there: [`Device::request`] has it. Answer it with [`Device::reply`].
    Request {
        /// What to name in the answer.
        transaction: Transaction,
        /// Who asks. The next client on the same channel is the same client.
        channel: ChannelId,
    },
    /// The client has cancelled this message. It still waits for the answer, which is to come at once and to say so
    /// (HID-16). May come again.
    Cancelled(Transaction),
    /// The client does not want this message's answer any more, nor anything else of it.
    Aborted(Transaction),
    /// The user is to see which device this is.
    Wink,
}

/// Why a reply was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// Nobody waits for it: it was aborted, or is answered.
    NotAwaited,
    /// It is longer than messages are. It is still awaited.
    TooLong,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAwaited => "nobody waits for this reply any more",
            Self::TooLong => "the reply is longer than messages are",
        })
    }
}

impl core::error::Error for ReplyError {}

/// How many reports wait to be sent, beside a message. Whoever empties them after each report never sees more than two.
const OUTBOX: usize = 8;

/// The authenticator's side of CTAPHID, with a buffer for messages of `MESSAGE` bytes and room for `CHANNELS` channels.
///
/// `L` names a link: a client's socket, where each has one of its own. Reports are answered on the link they came on, and a
/// channel belongs to the link it was asked for on. A USB device has one link, `()`.
pub struct Device<L = (), const MESSAGE: usize = MAX_MESSAGE, const CHANNELS: usize = 64> {
    settings: Settings,
    channels: Channels<L, CHANNELS>,
    state: State<L>,
    /// The message under way, in either direction: there is one at a time (HID-10).
    buffer: Vec<u8, MESSAGE>,
    /// Who alone may speak, and until when.
    lock: Option<(ChannelId, Duration)>,
    outbox: Deque<(L, Report), OUTBOX>,
    transactions: u64,
}

/// What is under way.
#[derive(Clone, Copy, Debug)]
enum State<L> {
    Idle,
    /// A message comes in.
    Receiving {
        from: Channel<L>,
        command: Command,
        incoming: Incoming,
        deadline: Duration,
    },
    /// The owner has it.
    Handling {
        from: Channel<L>,
        transaction: Transaction,
        activity: Activity,
        keepalive: Duration,
    },
    /// A message goes out.
    Replying {
        to: Channel<L>,
        outgoing: Outgoing,
    },
}

impl<L: Copy + PartialEq> State<L> {
    const fn channel(&self) -> Option<Channel<L>> {
        match self {
            Self::Idle => None,
            Self::Receiving { from: channel, .. }
            | Self::Handling { from: channel, .. }
            | Self::Replying { to: channel, .. } => Some(*channel),
        }
    }

    const fn transaction(&self) -> Option<Transaction> {
        match self {
            Self::Handling { transaction, .. } => Some(*transaction),
            _ => None,
        }
    }
}

impl<L: Copy + PartialEq, const MESSAGE: usize, const CHANNELS: usize> Device<L, MESSAGE, CHANNELS> {
    /// A device that has just been plugged in: nobody has a channel.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            channels: Channels::new(),
            state: State::Idle,
            buffer: Vec::new(),
            lock: None,
            outbox: Deque::new(),
            transactions: 0,
        }
    }

    /// Takes a report that came in on `link`. Send what [`poll_transmit`](Self::poll_transmit) has afterwards.
    #[must_use = "somebody waits for what the event asks for"]
    pub fn feed(&mut self, link: L, report: &Report, now: Duration) -> Option<Event> {
        self.handle_timeout(now);
        self.lock = self.lock.filter(|(_, until)| now < *until);
        let packet = Packet::parse(report);
        let channel = Channel { id: packet.channel, link };
        match packet.body {
            Body::Continuation { sequence, data } => self.go_on(channel, sequence, data, now),
            Body::Initial { command, length, data } if channel.id == ChannelId::BROADCAST => {
                self.broadcast(channel, command, length, data);
                None
            }
            Body::Initial { command, length, data } => {
                let command = Command::from_number(command);
                if self.channels.hear(channel.id, link).is_none() {
                    // A CANCEL is never answered (HID-16).
                    if command != Some(Command::Cancel) {
                        self.fault(channel, Fault::InvalidChannel);
                    }
                    return None;
                }
                match command {
                    Some(Command::Cancel) => self.cancel(channel, length),
                    Some(Command::Init) => self.resync(channel, length, data),
                    _ => self.begin(channel, command, length, data, now),
                }
            }
        }
    }

    /// HID-04: nobody speaks there but to get a channel.
    fn broadcast(&mut self, channel: Channel<L>, command: u8, length: u16, data: &[u8; INITIAL_DATA]) {
        if Command::from_number(command) != Some(Command::Init) {
            self.fault(channel, Fault::InvalidChannel);
        } else if usize::from(length) != answers::NONCE {
            self.fault(channel, Fault::InvalidLength);
        } else {
            self.open_channel(channel, data);
        }
    }

    /// INIT on a channel: whatever it had under way is over (HID-07).
    fn resync(&mut self, channel: Channel<L>, length: u16, data: &[u8; INITIAL_DATA]) -> Option<Event> {
        if usize::from(length) != answers::NONCE {
            self.fault(channel, Fault::InvalidLength);
            return None;
        }
        if self.is_kept_out(channel) {
            self.fault(channel, Fault::ChannelBusy);
            return None;
        }
        let aborted = self.state.transaction();
        self.state = State::Idle;
        self.tell_channel(channel, channel.id, data);
        aborted.map(Event::Aborted)
    }

    fn cancel(&self, channel: Channel<L>, length: u16) -> Option<Event> {
        match self.state {
            State::Handling { from, transaction, .. } if from == channel && length == 0 => {
                Some(Event::Cancelled(transaction))
            }
            _ => None,
        }
    }

    /// The first packet of a message.
    fn begin(
        &mut self,
        channel: Channel<L>,
        command: Option<Command>,
        length: u16,
        data: &[u8; INITIAL_DATA],
        now: Duration,
    ) -> Option<Event> {
        let is_own = self.state.channel() == Some(channel);
        let fault = match (&self.state, command) {
            // HID-10: another message in the middle of one.
            (State::Receiving { .. }, _) if is_own => {
                self.state = State::Idle;
                Fault::InvalidSequence
            }
            (State::Handling { .. } | State::Replying { .. }, _) if is_own => Fault::ChannelBusy,
            _ if self.is_kept_out(channel) => Fault::ChannelBusy,
            (_, None) => Fault::InvalidCommand,
            (_, Some(command)) => {
                let begun = Incoming::begin(&mut self.buffer, length, data);
                let Some((incoming, progress)) = begun else {
                    self.fault(channel, Fault::InvalidLength);
                    return None;
                };
                let deadline = now.saturating_add(self.settings.packet_timeout);
                self.state = State::Receiving { from: channel, command, incoming, deadline };
                return self.received(channel, command, progress, now);
            }
        };
        self.fault(channel, fault);
        None
    }

    /// One more packet of a message. Without one under way on this channel it is nobody's (HID-11).
    fn go_on(
        &mut self,
        channel: Channel<L>,
        sequence: u8,
        data: &[u8; CONTINUATION_DATA],
        now: Duration,
    ) -> Option<Event> {
        let State::Receiving { from, command, incoming, deadline } = &mut self.state else { return None };
        if *from != channel {
            return None;
        }
        let (command, progress) = (*command, incoming.go_on(&mut self.buffer, sequence, data));
        *deadline = now.saturating_add(self.settings.packet_timeout);
        self.received(channel, command, progress, now)
    }

    /// Whether somebody else is being served, or has locked the device.
    fn is_kept_out(&self, channel: Channel<L>) -> bool {
        let is_served = self.state.channel().is_some_and(|served| served != channel);
        let is_locked = self.lock.is_some_and(|(owner, _)| owner != channel.id);
        is_served || is_locked
    }
}

impl<L: Copy + PartialEq, const MESSAGE: usize, const CHANNELS: usize> Device<L, MESSAGE, CHANNELS> {
    /// The message of the last [`Event::Request`]: a command byte of CTAP2 and what follows. Empty once it is answered.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        if let State::Handling { .. } = self.state { &self.buffer } else { &[] }
    }

    /// Says what is being done about a message. When that has changed, its client hears of it at once (HID-15). One that
    /// nobody waits for any more is of no matter.
    pub fn activity(&mut self, about: Transaction, doing: Activity, now: Duration) {
        let interval = self.settings.keepalive_interval;
        if let State::Handling { transaction, activity, keepalive, from } = &mut self.state
            && *transaction == about
            && *activity != doing
        {
            *activity = doing;
            *keepalive = now.saturating_add(interval);
            let to = *from;
            self.answer(to, KEEPALIVE, &[doing.status()]);
        }
    }

    /// Answers a message. Send what [`poll_transmit`](Self::poll_transmit) has afterwards.
    ///
    /// # Errors
    /// [`ReplyError`] says why it is not sent.
    pub fn reply(&mut self, about: Transaction, reply: &[u8]) -> Result<(), ReplyError> {
        let State::Handling { from: to, transaction, .. } = self.state else {
            return Err(ReplyError::NotAwaited);
        };
        if transaction != about {
            return Err(ReplyError::NotAwaited);
        }
        if reply.len() > room(&self.buffer) {
            return Err(ReplyError::TooLong);
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(reply).map_err(|_| ReplyError::TooLong)?;
        self.state = State::Replying { to, outgoing: Outgoing::new(Command::Cbor.number()) };
        Ok(())
    }

    /// The next report to send, and on which link. Call it until there is none, after every call of another method. A
    /// device whose bus takes one report at a time calls it whenever there is room for one.
    pub fn poll_transmit(&mut self) -> Option<(L, Report)> {
        // HID-18: nothing comes between the packets of a message.
        let is_between = !matches!(&self.state, State::Replying { outgoing, .. } if outgoing.is_under_way());
        if is_between && let Some(waiting) = self.outbox.pop_front() {
            return Some(waiting);
        }
        let State::Replying { to, outgoing } = &mut self.state else { return None };
        let report = (to.link, outgoing.next(to.id, &self.buffer));
        if outgoing.is_complete(&self.buffer) {
            self.state = State::Idle;
        }
        Some(report)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, on the clock of the other arguments. Ask again after
    /// every call of another method; `None`: nothing is awaited.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Receiving { deadline, .. } => Some(deadline),
            State::Handling { keepalive, .. } => Some(keepalive),
            State::Idle | State::Replying { .. } => None,
        }
    }

    /// Does what is due by now. Calling it early does nothing.
    pub fn handle_timeout(&mut self, now: Duration) {
        let interval = self.settings.keepalive_interval;
        match &mut self.state {
            State::Receiving { from, deadline, .. } if now >= *deadline => {
                let from = *from;
                self.state = State::Idle;
                self.fault(from, Fault::Timeout);
            }
            State::Handling { from, activity, keepalive, .. } if now >= *keepalive => {
                // On time next time, too; but one late call is not made up for by a burst.
                let next = keepalive.saturating_add(interval);
                *keepalive = if next > now { next } else { now.saturating_add(interval) };
                let (from, status) = (*from, activity.status());
                self.answer(from, KEEPALIVE, &[status]);
            }
            _ => {}
        }
    }

    /// The link is gone, and whoever was at its other end.
    pub fn unlink(&mut self, link: L) -> Option<Event> {
        self.channels.forget(link);
        self.outbox.retain(|(to, _)| *to != link);
        let channels = &self.channels;
        self.lock = self.lock.filter(|(owner, _)| channels.has(*owner));
        self.state.channel().filter(|channel| channel.link == link)?;
        let aborted = self.state.transaction();
        self.state = State::Idle;
        aborted.map(Event::Aborted)
    }
}

impl<L, const MESSAGE: usize, const CHANNELS: usize> fmt::Debug for Device<L, MESSAGE, CHANNELS> {
    /// Messages may hold secrets, so they are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("settings", &self.settings).finish_non_exhaustive()
    }
}
