//! Time is an argument of every transition: the core owns no clock.

use core::time::Duration;

/// Which start of the device it is: the operating system's boot id, or random at each power-up. Starting a process is not
/// a boot; two boots never have the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BootId(pub [u8; 16]);

/// What the host's two clocks say at the start of a transition.
///
/// Timers and windows read [`since_boot`](Self::since_boot), which never steps; only labels such as "created" read
/// [`unix`](Self::unix), which a person may set. A `since_boot` that steps back all the same expires what it times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since which boot [`since_boot`](Self::since_boot) counts.
    pub boot: BootId,
    /// Time since the device started, monotonic. A security key starts when it is plugged in.
    pub since_boot: Duration,
    /// Seconds since 1970-01-01T00:00:00Z, when the host knows the date.
    pub unix: Option<u64>,
}

/// A span that began at a known moment: passed at most when both clocks agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    opened: Duration,
    length: Duration,
}

impl Window {
    pub(crate) const fn open(now: Now, length: Duration) -> Self {
        Self { opened: now.since_boot, length }
    }

    /// Whether `now` still lies in the window, its last instant included. A clock that stepped back does not extend it.
    pub(crate) fn contains(&self, now: Now) -> bool {
        // Without a subtraction, which the compiler cannot see to end in a valid duration.
        (self.opened..=self.opened.saturating_add(self.length)).contains(&now.since_boot)
    }
}
