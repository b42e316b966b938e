//! An anchor in memory.

use authenticator_host::Anchor;
use std::cell::Cell;
use std::io;
use std::rc::Rc;

/// A number that only rises and can be made to fail. Clones are the same anchor.
#[derive(Clone, Debug, Default)]
pub struct FakeAnchor {
    number: Rc<Cell<u64>>,
    fails: Rc<Cell<bool>>,
}

impl FakeAnchor {
    /// From now on it fails, or works again.
    pub fn fail(&self, fails: bool) {
        self.fails.set(fails);
    }

    fn check(&self) -> io::Result<()> {
        if self.fails.get() { Err(io::Error::other("the anchor does not answer")) } else { Ok(()) }
    }
}

impl Anchor for FakeAnchor {
    fn read(&self) -> io::Result<u64> {
        self.check().map(|()| self.number.get())
    }

    fn advance(&mut self, to: u64) -> io::Result<()> {
        self.check()?;
        self.number.set(self.number.get().max(to));
        Ok(())
    }
}
