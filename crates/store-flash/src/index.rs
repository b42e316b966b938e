//! Where each record lies: the only part of the store that is kept in memory.

use crate::entry::HEADER_ENTRY;
use authenticator_core::store::{RecordId, RecordKind};
use heapless::Vec;

/// A record and where it lies: 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: RecordKind,
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) number: u64,
    /// Where its entry begins on flash.
    pub(crate) offset: u32,
    /// How long its entry is.
    pub(crate) length: u16,
}

impl Place {
    fn is(&self, kind: RecordKind, id: RecordId) -> bool {
        self.kind == kind && self.id == id
    }

    /// The payload it takes in a snapshot; the header's may grow.
    pub(crate) fn reserved(&self) -> u32 {
        let length = u32::from(self.length);
        if self.kind == RecordKind::Header { length.max(HEADER_ENTRY) } else { length }
    }
}

/// All records, newest first.
#[derive(Clone, Debug)]
pub(crate) struct RecordIndex<const N: usize>(Vec<Place, N>);

/// There are more records than the index has places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl<const N: usize> RecordIndex<N> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.0.iter_mut()
    }

    pub(crate) fn find(&self, kind: RecordKind, id: RecordId) -> Option<&Place> {
        self.0.iter().find(|place| place.is(kind, id))
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn remove(&mut self, kind: RecordKind, id: RecordId) {
        self.0.retain(|place| !place.is(kind, id));
    }

    /// Puts a record in place of the one with its kind and id.
    pub(crate) fn put(&mut self, place: Place) -> Result<(), TooMany> {
        self.remove(place.kind, place.id);
        let age = |place: &Place| (place.number, place.id);
        let at = self.0.iter().position(|other| age(other) < age(&place)).unwrap_or(self.0.len());
        self.0.insert(at, place).map_err(|_| TooMany)
    }
}

#[cfg(test)]
mod tests;
