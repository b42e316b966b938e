//! Panics stop here: whatever goes wrong inside, the app on the other side of the boundary goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic was caught. Its message has gone to the process's panic hook.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Runs `work` and catches what it throws.
///
/// Unwind safety is asserted because nothing that `work` had in its hands is used again: a ceremony that panics has ended,
/// and the store rolls back what it had not committed.
pub(crate) fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// A panic that a test plants in the next transition of its own thread.
#[cfg(test)]
pub(crate) mod planted {
    use std::cell::Cell;

    thread_local! {
        static PLANTED: Cell<bool> = const { Cell::new(false) };
    }

    pub(crate) fn plant() {
        PLANTED.set(true);
    }

    pub(crate) fn go_off() {
        assert!(!PLANTED.replace(false), "planted by a test");
    }
}
