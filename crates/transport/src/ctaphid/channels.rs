//! Which channels there are, and whose they are.

use heapless::Vec;

/// The number of a channel: what one client of a device is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelId(pub u32);

impl ChannelId {
    /// Reserved (HID-04).
    pub(super) const NONE: Self = Self(0);
    /// Where a client without a channel asks for one.
    pub(super) const BROADCAST: Self = Self(u32::MAX);
}

/// A channel, and the link that its client is at the other end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channel<L> {
    pub(super) id: ChannelId,
    pub(super) link: L,
}

/// The channels that are allocated. There is room for `N`; a new one then takes the place of the one that was silent for
/// the longest time (HID-09).
#[derive(Debug)]
pub(super) struct Channels<L, const N: usize> {
    /// The one heard of last is the last.
    known: Vec<Channel<L>, N>,
    next: ChannelId,
}

impl<L: Copy + PartialEq, const N: usize> Channels<L, N> {
    pub(super) const fn new() -> Self {
        Self { known: Vec::new(), next: ChannelId(1) }
    }

    /// A new channel for the client on this link. The `busy` ones keep their place; `None` when all are.
    pub(super) fn allocate(&mut self, link: L, busy: impl Fn(ChannelId) -> bool) -> Option<Channel<L>> {
        if self.known.is_full() {
            let place = self.known.iter().position(|channel| !busy(channel.id))?;
            self.known.remove(place);
        }
        let channel = Channel { id: self.next_id(), link };
        self.known.push(channel).ok()?;
        Some(channel)
    }

    /// The number after the last one, but no reserved one, and none that is still in use four billion later.
    fn next_id(&mut self) -> ChannelId {
        loop {
            let id = self.next;
            self.next = ChannelId(id.0.wrapping_add(1));
            let is_reserved = id == ChannelId::NONE || id == ChannelId::BROADCAST;
            if !is_reserved && !self.has(id) {
                return id;
            }
        }
    }

    /// Whether there is a channel of this number, on whatever link.
    pub(super) fn has(&self, id: ChannelId) -> bool {
        self.known.iter().any(|channel| channel.id == id)
    }

    /// The channel of this number, if it belongs to this link: it has been heard of now.
    pub(super) fn hear(&mut self, id: ChannelId, link: L) -> Option<Channel<L>> {
        let channel = Channel { id, link };
        let place = self.known.iter().position(|known| *known == channel)?;
        let heard = self.known.remove(place);
        // It has just been taken out, so there is room.
        self.known.push(heard).ok()?;
        Some(channel)
    }

    /// The link is gone, and its channels with it.
    pub(super) fn forget(&mut self, link: L) {
        self.known.retain(|channel| channel.link != link);
    }
}
