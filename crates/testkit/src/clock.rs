//! Time that moves by hand.

use authenticator_core::{BootId, Now};
use authenticator_host::Clock;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Two clocks that stand still until they are moved. Clones show the same time, and the same boot.
#[derive(Clone, Debug)]
pub struct HandClock(Rc<Cell<Now>>);

impl Default for HandClock {
    /// One second after boot, on 2026-11-20.
    fn default() -> Self {
        Self(Rc::new(Cell::new(Now {
            boot: BootId([1; 16]),
            since_boot: Duration::from_secs(1),
            unix: Some(1_795_132_800),
        })))
    }
}

impl HandClock {
    /// Lets time pass on both clocks.
    pub fn advance(&self, time: Duration) {
        let Now { boot, since_boot, unix } = self.0.get();
        let unix = unix.map(|unix| unix.saturating_add(time.as_secs()));
        self.0.set(Now { boot, since_boot: since_boot.saturating_add(time), unix });
    }

    /// Starts another boot, one second ago.
    pub fn reboot(&self) {
        let Now { boot: BootId(id), unix, .. } = self.0.get();
        let boot = BootId(u128::from_be_bytes(id).wrapping_add(1).to_be_bytes());
        self.0.set(Now { boot, since_boot: Duration::from_secs(1), unix });
    }

    /// Sets both clocks, back as well as forth.
    pub fn set(&self, now: Now) {
        self.0.set(now);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Now {
        self.0.get()
    }
}
