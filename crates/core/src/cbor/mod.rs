//! CTAP2 canonical CBOR (CTAP 2.3 §8): a strict reader for requests, a writer for what ctap-types cannot express.
//!
//! A request is checked whole first ([`check`]), so that bytes which are no canonical CBOR are told apart from members of
//! the wrong type and from members that are missing (GEN-18).

mod reader;
mod writer;

pub(crate) use reader::{Map, Value, WrongType, check};
pub(crate) use writer::{BufferFull, Writer};

#[cfg(test)]
mod tests;
