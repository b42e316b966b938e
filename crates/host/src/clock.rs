//! The host's clocks.

use authenticator_core::Now;
use std::time::{Instant, SystemTime};

/// Says what time it is.
pub trait Clock {
    /// Both clocks, now.
    fn now(&self) -> Now;
}

/// The operating system's clocks. "Since boot" counts from the moment this value was made, which is when the
/// authenticator is powered up.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Now { since_boot: self.started.elapsed(), unix: unix.ok().map(|since| since.as_secs()) }
    }
}
