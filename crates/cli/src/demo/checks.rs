//! What was expected, what came, and how often they agreed.

use crate::exit::Failure;
use std::fmt::Debug;
use std::io::Write;
use std::time::Duration;

/// Checks, written down as they pass. The first that fails ends the demo.
pub(super) struct Checks<W> {
    output: W,
    passed: usize,
}

impl<W: Write> Checks<W> {
    pub(super) const fn new(output: W) -> Self {
        Self { output, passed: 0 }
    }

    /// A heading or a remark, which is no check.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.output, "{text}")?)
    }

    /// Checks that what came is what was expected.
    pub(super) fn equal<T: PartialEq + Debug>(
        &mut self,
        what: &str,
        came: &T,
        expected: &T,
    ) -> Result<(), Failure> {
        if came == expected {
            self.passed = self.passed.saturating_add(1);
            return self.say(&format!("  ✓ {what}"));
        }
        self.say(&format!("  ✗ {what}"))?;
        Err(Failure::Check(format!("check failed: {what}: expected {expected:?}, got {came:?}")))
    }

    /// Checks that something holds.
    pub(super) fn holds(&mut self, what: &str, holds: bool) -> Result<(), Failure> {
        self.equal(what, &holds, &true)
    }

    /// How many passed, and how long they took.
    pub(super) fn summary(&mut self, took: Duration) -> Result<(), Failure> {
        let (passed, milliseconds) = (self.passed, took.as_millis());
        self.say(&format!("{passed} checks passed in {milliseconds} ms"))?;
        Ok(self.output.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_ends_the_demo_and_says_what_was_expected() {
        let mut output = Vec::new();
        let mut checks = Checks::new(&mut output);
        checks.equal("one", &1, &1).unwrap();
        let failure = checks.equal("two", &1, &2).unwrap_err();
        assert_eq!(failure.to_string(), "check failed: two: expected 2, got 1");
        checks.holds("three", false).unwrap_err();
        checks.summary(Duration::from_millis(5)).unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "  ✓ one\n  ✗ two\n  ✗ three\n1 checks passed in 5 ms\n"
        );
    }
}
