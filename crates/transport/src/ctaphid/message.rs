//! Messages: put together from packets, and taken apart into them.

use super::channels::ChannelId;
use super::report::{CONTINUATION_DATA, INITIAL_DATA, MAX_MESSAGE, Report, continuation, initial};
use heapless::Vec;

/// How putting a message together goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More packets are to come.
    Incomplete,
    /// That was the last one.
    Complete,
    /// That was not the next one.
    OutOfSequence,
}

/// A message that comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming {
    /// How long it will be.
    length: usize,
    /// The number of the packet to come.
    sequence: u8,
}

impl Incoming {
    /// A message of this length begins. `None` when `buffer` has no room for it (HID-03).
    pub(super) fn begin<const N: usize>(
        buffer: &mut Vec<u8, N>,
        length: u16,
        data: &[u8; INITIAL_DATA],
    ) -> Option<(Self, Progress)> {
        let incoming = Self { length: usize::from(length), sequence: 0 };
        buffer.clear();
        (incoming.length <= room(buffer)).then(|| (incoming, incoming.take(buffer, data)))
    }

    /// The next packet of it.
    pub(super) fn go_on<const N: usize>(
        &mut self,
        buffer: &mut Vec<u8, N>,
        sequence: u8,
        data: &[u8; CONTINUATION_DATA],
    ) -> Progress {
        if sequence != self.sequence {
            return Progress::OutOfSequence;
        }
        // It ends at 0x7F, as no message that fits a buffer is longer.
        self.sequence = self.sequence.saturating_add(1);
        self.take(buffer, data)
    }

    fn take<const N: usize>(self, buffer: &mut Vec<u8, N>, data: &[u8]) -> Progress {
        let missing = self.length.saturating_sub(buffer.len());
        let taken = data.get(..missing).unwrap_or(data);
        // `begin` has seen that the whole message fits.
        let _ = buffer.extend_from_slice(taken);
        if buffer.len() < self.length { Progress::Incomplete } else { Progress::Complete }
    }
}

/// How long a message in this buffer can be: a larger buffer makes none longer that packets can carry.
pub(super) fn room<const N: usize>(buffer: &Vec<u8, N>) -> usize {
    buffer.capacity().min(MAX_MESSAGE)
}

/// A message that goes out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outgoing {
    command: u8,
    /// How much of it has gone.
    sent: usize,
    /// The number of the packet to come; `None`: the first one, which has none.
    sequence: Option<u8>,
}

impl Outgoing {
    pub(super) const fn new(command: u8) -> Self {
        Self { command, sent: 0, sequence: None }
    }

    /// Whether its first packet has gone.
    pub(super) const fn is_under_way(&self) -> bool {
        self.sequence.is_some()
    }

    /// The next packet of `message`.
    pub(super) fn next(&mut self, channel: ChannelId, message: &[u8]) -> Report {
        let rest = message.get(self.sent..).unwrap_or_default();
        let (room, report, next) = match self.sequence {
            None => {
                let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
                (INITIAL_DATA, initial(channel, self.command, length, rest), 0)
            }
            Some(sequence) => {
                (CONTINUATION_DATA, continuation(channel, sequence, rest), sequence.saturating_add(1))
            }
        };
        self.sequence = Some(next);
        self.sent = self.sent.saturating_add(room);
        report
    }

    /// Whether all of it has gone.
    pub(super) const fn is_complete(&self, message: &[u8]) -> bool {
        self.is_under_way() && self.sent >= message.len()
    }
}
