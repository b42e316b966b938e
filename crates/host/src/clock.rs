//! The host's clocks.

use authenticator_core::{BootId, Now};
use getrandom::SysRng;
use getrandom::rand_core::{Rng, UnwrapErr};
use std::time::{Duration, SystemTime};

/// Says what time it is.
pub trait Clock {
    /// Both clocks, now.
    fn now(&self) -> Now;
}

/// The operating system's clocks. The one since boot goes on in sleep on Linux and Android, and all processes share the
/// boot. Elsewhere (iOS, macOS, Windows) each value of this type is a boot of its own: its clock counts from the moment it was
/// made and may stand still in sleep. Power-cycle the session on resume there. An Android that hides its boot's name from apps
/// lies between: the clock is the system's, and the name each value's own.
///
/// Where boots are not shared, what is promised within one boot holds within one process. A saved ceremony that is restored in
/// another goes by the date alone, and a process started anew has three more tries of those that the PIN has left. Where the
/// clock begins with the process, so does the window of [`ResetPolicy::Within`](authenticator_core::ResetPolicy::Within).
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    boot: BootId,
    started: boot::Started,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { boot: boot::id().unwrap_or_else(random), started: boot::Started::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Now {
            boot: self.boot,
            since_boot: self.started.elapsed(),
            unix: unix.ok().map(|since| since.as_secs()),
        }
    }
}

/// The clocks of a security key made of software: its power comes on when this is made, and is its own boot. Time passes as
/// [`SystemClock`] has it.
#[derive(Clone, Copy, Debug)]
pub struct PluggedClock {
    system: SystemClock,
    boot: BootId,
    /// On the system's clock.
    plugged_in: Duration,
}

impl PluggedClock {
    /// Unplugs and plugs in: another boot begins.
    pub fn replug(&mut self) {
        *self = Self::default();
    }
}

impl Default for PluggedClock {
    fn default() -> Self {
        let system = SystemClock::default();
        Self { system, boot: random(), plugged_in: system.now().since_boot }
    }
}

impl Clock for PluggedClock {
    fn now(&self) -> Now {
        let now = self.system.now();
        let since_boot = now.since_boot.saturating_sub(self.plugged_in);
        Now { boot: self.boot, since_boot, ..now }
    }
}

/// Nobody else's boot, where the system does not name its own.
fn random() -> BootId {
    let mut id = [0; 16];
    UnwrapErr(SysRng).fill_bytes(&mut id);
    BootId(id)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod boot {
    use authenticator_core::BootId;
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    /// The kernel's own name for its boot; some Androids do not let an app read it.
    pub(super) fn id() -> Option<BootId> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits: String = text.trim().chars().filter(|digit| *digit != '-').collect();
        u128::from_str_radix(&digits, 16).ok().map(|id| BootId(id.to_be_bytes()))
    }

    #[derive(Clone, Copy, Debug)]
    pub(super) struct Started;

    impl Started {
        /// The kernel knows when it was.
        pub(super) const fn now() -> Self {
            Self
        }

        pub(super) fn elapsed(self) -> Duration {
            let time = clock_gettime(ClockId::Boottime);
            let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
            Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod boot {
    use authenticator_core::BootId;
    use std::time::{Duration, Instant};

    pub(super) const fn id() -> Option<BootId> {
        None
    }

    #[derive(Clone, Copy, Debug)]
    pub(super) struct Started(Instant);

    impl Started {
        pub(super) fn now() -> Self {
            Self(Instant::now())
        }

        pub(super) fn elapsed(self) -> Duration {
            self.0.elapsed()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_systems_clock_goes_on_with_it() {
        let clock = SystemClock::default();
        let (first, copy) = (clock.now(), clock);
        assert_eq!(copy.now().boot, first.boot);
        // Where time counts from when a clock was made, that is when the first one was.
        while copy.now().since_boot <= first.since_boot {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_key_that_is_plugged_in_again_is_another_boot() {
        let mut clock = PluggedClock::default();
        let boot = clock.now().boot;
        assert_ne!(boot, clock.system.now().boot, "it is not the machine's own");
        clock.replug();
        assert_ne!(clock.now().boot, boot);
    }

    #[test]
    fn its_time_counts_from_when_it_was_plugged_in() {
        let mut clock = PluggedClock::default();
        let before = clock.system.now().since_boot;
        clock.plugged_in = before.saturating_add(Duration::from_secs(3_600));
        assert_eq!(clock.now().since_boot, Duration::ZERO, "that is yet to come");
        clock.plugged_in = Duration::ZERO;
        assert!(clock.now().since_boot >= before);
    }
}
