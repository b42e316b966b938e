//! The host's clocks.

use authenticator_core::Now;
use std::time::SystemTime;

/// Says what time it is.
pub trait Clock {
    /// Both clocks, now.
    fn now(&self) -> Now;
}

/// The operating system's clocks. The one since boot goes on in sleep on Linux and Android. Elsewhere it counts from the
/// moment this value was made and may stand still in sleep: power-cycle the session on resume there.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock {
    boot: boot::Boot,
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Now { since_boot: self.boot.elapsed(), unix: unix.ok().map(|since| since.as_secs()) }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod boot {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    #[derive(Clone, Copy, Debug, Default)]
    pub(super) struct Boot;

    impl Boot {
        pub(super) fn elapsed(self) -> Duration {
            let time = clock_gettime(ClockId::Boottime);
            let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
            Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod boot {
    use std::time::{Duration, Instant};

    #[derive(Clone, Copy, Debug)]
    pub(super) struct Boot(Instant);

    impl Default for Boot {
        fn default() -> Self {
            Self(Instant::now())
        }
    }

    impl Boot {
        pub(super) fn elapsed(self) -> Duration {
            self.0.elapsed()
        }
    }
}
