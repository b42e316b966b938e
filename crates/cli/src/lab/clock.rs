//! The lab's clocks: the machine's, moved, or standing still.

use authenticator_core::{BootId, Now};
use authenticator_host::Clock;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Where clocks begin that stand still and were not set: at power-up, and on 2026-01-01.
pub(crate) const FIRST_DATE: u64 = 1_767_225_600;

/// What a device sees of its clocks: one moment, until it is shown the next. So whatever happens to it happens at a moment
/// that can be written down.
#[derive(Clone, Debug)]
pub(crate) struct Shown(Rc<Cell<Now>>);

impl Shown {
    pub(crate) fn new(now: Now) -> Self {
        Self(Rc::new(Cell::new(now)))
    }

    pub(crate) fn show(&self, now: Now) {
        self.0.set(now);
    }
}

impl Clock for Shown {
    fn now(&self) -> Now {
        self.0.get()
    }
}

/// Both clocks. The machine's time is an argument.
#[derive(Clone, Debug)]
pub(crate) struct Clocks {
    boot: BootId,
    /// What they said when they were last set.
    since_boot: Duration,
    date: Duration,
    /// The machine's time at that moment; `None`: they stand still.
    running_since: Option<Duration>,
}

/// What can be done to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Move {
    /// To set the time since power-up.
    pub(crate) since_boot: Option<Duration>,
    /// To set the date, in seconds since 1970.
    pub(crate) date: Option<u64>,
    /// Then to let so much time pass on both.
    pub(crate) advance: Duration,
    /// To stop them or let them run.
    pub(crate) running: Option<bool>,
}

impl Clocks {
    pub(crate) const fn new(boot: BootId, date: Duration, running_since: Option<Duration>) -> Self {
        Self { boot, since_boot: Duration::ZERO, date, running_since }
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.running_since.is_some()
    }

    /// What they say, in whole milliseconds: what is written down says the same.
    pub(crate) fn now(&self, machine: Duration) -> Now {
        let passed = self.passed(machine);
        let since_boot = self.since_boot.saturating_add(passed);
        let millis = u64::try_from(since_boot.as_millis()).unwrap_or(u64::MAX);
        Now {
            boot: self.boot,
            since_boot: Duration::from_millis(millis),
            unix: Some(self.date.saturating_add(passed).as_secs()),
        }
    }

    fn passed(&self, machine: Duration) -> Duration {
        self.running_since.map_or(Duration::ZERO, |since| machine.saturating_sub(since))
    }

    /// Takes what they say for what they were set to.
    fn settle(&mut self, machine: Duration) {
        let passed = self.passed(machine);
        self.since_boot = self.since_boot.saturating_add(passed);
        self.date = self.date.saturating_add(passed);
        self.running_since = self.running_since.map(|_| machine);
    }

    pub(crate) fn change(&mut self, by: Move, machine: Duration) {
        self.settle(machine);
        self.since_boot = by.since_boot.unwrap_or(self.since_boot).saturating_add(by.advance);
        self.date = by.date.map_or(self.date, Duration::from_secs).saturating_add(by.advance);
        if let Some(running) = by.running {
            self.running_since = running.then_some(machine);
        }
    }

    /// Another boot begins, after so long without power.
    pub(crate) fn reboot(&mut self, boot: BootId, off: Duration, machine: Duration) {
        self.change(Move { advance: off, ..Move::default() }, machine);
        (self.boot, self.since_boot) = (boot, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn they_run_stand_still_and_go_on_from_there() {
        let mut clocks = Clocks::new(BootId([1; 16]), Duration::from_secs(100), Some(ms(5_000)));
        assert_eq!(clocks.now(ms(6_500)).since_boot, ms(1_500));
        assert_eq!(clocks.now(ms(6_500)).unix, Some(101));
        clocks.change(Move { running: Some(false), ..Move::default() }, ms(6_500));
        assert_eq!(clocks.now(ms(60_000)).since_boot, ms(1_500));
        clocks.change(Move { advance: ms(600_000), ..Move::default() }, ms(60_000));
        assert_eq!(clocks.now(ms(60_000)).since_boot, ms(601_500));
        assert_eq!(clocks.now(ms(60_000)).unix, Some(701));
        clocks.change(Move { running: Some(true), ..Move::default() }, ms(70_000));
        assert_eq!(clocks.now(ms(70_250)).since_boot, ms(601_750));
    }

    #[test]
    fn each_is_set_by_itself_and_a_boot_keeps_the_date() {
        let mut clocks = Clocks::new(BootId([1; 16]), Duration::from_secs(100), None);
        clocks.change(Move { since_boot: Some(ms(10_001)), ..Move::default() }, ms(0));
        clocks.change(Move { date: Some(7), ..Move::default() }, ms(0));
        assert_eq!((clocks.now(ms(0)).since_boot, clocks.now(ms(0)).unix), (ms(10_001), Some(7)));
        clocks.reboot(BootId([2; 16]), Duration::from_secs(60), ms(0));
        let now = clocks.now(ms(0));
        assert_eq!((now.boot, now.since_boot, now.unix), (BootId([2; 16]), Duration::ZERO, Some(67)));
    }

    #[test]
    fn what_they_say_is_in_whole_milliseconds() {
        let clocks = Clocks::new(BootId([1; 16]), Duration::ZERO, Some(Duration::ZERO));
        assert_eq!(clocks.now(Duration::from_micros(1_999)).since_boot, ms(1));
    }
}
