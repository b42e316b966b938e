//! What `--verbose` says. Fixed sentences and numbers only: never a name, an id, a handle or a key.

use std::io::Write;

/// Where notes go, if anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    verbose: bool,
}

impl Log {
    pub(crate) const fn new(verbose: bool) -> Self {
        Self { verbose }
    }

    /// Notes that something happened.
    pub(crate) fn note(self, what: &'static str) {
        if self.verbose {
            // A log that cannot be written must not stop what it tells of.
            let _ = writeln!(std::io::stderr(), "authenticator: {what}");
        }
    }

    /// Notes that something happened, and how much of it.
    pub(crate) fn count(self, what: &'static str, count: usize) {
        if self.verbose {
            let _ = writeln!(std::io::stderr(), "authenticator: {what}: {count}");
        }
    }
}
