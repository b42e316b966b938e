//! The place a store is kept in, and what can happen there.

use authenticator_core::store::{ChangeSet, Store};
use std::fmt;

/// Why a property cannot be shown for a store. It stands in the table where the others say that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason(pub &'static str);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Looks at a place after a cut; told where it was cut.
pub type Judge<'a, F> = &'a mut dyn FnMut(F, &str);

/// How many credentials a store has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// More than anybody has.
    Unbounded,
    /// This many, and why.
    Only(usize, Reason),
}

/// What is kept in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Every byte of it.
    Bytes(Vec<u8>),
    /// The records, and nothing else: they are in the memory of this process.
    RecordsAlone,
}

/// A place that a store is kept in: a folder, a chip, a piece of memory.
///
/// Every store can be made and opened. The rest has defaults that decline, and the table says so: implement what your
/// store can do.
pub trait Fixture: Sized + 'static {
    /// The store.
    type Store: Store;

    /// What the table calls the store.
    const NAME: &'static str;

    /// A place of its own, with nothing in it.
    fn new() -> Self;

    /// Opens the store kept here. While an earlier one is open this is another connection to it, or a second hand on it
    /// ([`Shared`](super::Shared)).
    fn open(&mut self) -> Self::Store;

    /// Kills the process that has this store, the only open one, with whatever it holds in memory.
    ///
    /// # Errors
    /// The [`Reason`] why it cannot be killed.
    fn kill(&mut self, store: Self::Store) -> Result<(), Reason> {
        let _ = store;
        Err(Reason("its fixture does not say how to kill it"))
    }

    /// Copies everything to another place. No store is open.
    ///
    /// # Errors
    /// The [`Reason`] why it cannot be copied.
    fn copy(&mut self) -> Result<Self, Reason> {
        Err(Reason("its fixture does not say how to copy it"))
    }

    /// Commits `changes` once for each write that the store makes for it, loses power in that write, and shows `judge` what
    /// is left, as it is when power is back. This place stays as it is. No store is open. Says at what it has cut.
    ///
    /// # Errors
    /// The [`Reason`] why it cannot be cut.
    fn cut(&mut self, changes: &ChangeSet, judge: Judge<'_, Self>) -> Result<&'static str, Reason> {
        let _ = (changes, judge);
        Err(Reason("its fixture does not say how to cut it"))
    }

    /// A place of its own that is soon full: with room for ten credentials or so.
    ///
    /// # Errors
    /// The [`Reason`] why it is never full.
    fn small() -> Result<Self, Reason> {
        Err(Reason("its fixture does not say how to fill it"))
    }

    /// A place of its own with as much room as there can be. What is written here need not survive anything.
    fn large() -> (Self, Room) {
        (Self::new(), Room::Unbounded)
    }

    /// Everything that is kept here. No store is open.
    ///
    /// # Errors
    /// The [`Reason`] why it cannot be looked at.
    fn kept(&mut self) -> Result<Kept, Reason> {
        Err(Reason("its fixture does not say how to look at what is kept"))
    }

    /// Whether what was just deleted is nowhere in a log any more. Asked while a store is open whose command waits for its
    /// user; a read that it had left open would be in the way. `None`: there is no log that anybody could hold up, or the
    /// fixture does not say.
    fn is_folded(&self) -> Option<bool> {
        None
    }
}
