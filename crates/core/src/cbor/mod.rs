//! CTAP2 canonical CBOR (CTAP 2.3 §8): a strict reader for requests, a writer for what ctap-types cannot express.
//!
//! A request is checked whole first ([`check`]), so that bytes which are no canonical CBOR are told apart from members of
//! the wrong type and from members that are missing (GEN-18).

mod reader;
mod writer;

pub(crate) use reader::{Map, Value, WrongType, check};
pub(crate) use writer::{BufferFull, Writer};

/// How many items there are. `Iterator::count` checks for overflow and panics, as far as the compiler knows.
pub(crate) fn count(items: impl Iterator) -> usize {
    items.fold(0, |count: usize, _| count.saturating_add(1))
}

#[cfg(test)]
mod tests;
