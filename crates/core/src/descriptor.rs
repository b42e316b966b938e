//! Lists of credential descriptors, borrowed from the request and walked without being copied.

use crate::cbor::{Value, count};
use core::fmt;

/// The exclude or allow list of a request. Descriptors of another type than `public-key` are in the count, but name nothing.
#[derive(Clone, Copy)]
pub struct CredentialList<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Cbor(Value<'a>),
    Ids(&'a [&'a [u8]]),
}

impl<'a> CredentialList<'a> {
    /// A list of credential ids, for callers that have no CBOR.
    #[must_use]
    pub const fn new(ids: &'a [&'a [u8]]) -> Self {
        Self(Source::Ids(ids))
    }

    /// An array of descriptors that the decoder has checked.
    pub(crate) const fn checked(value: Value<'a>) -> Self {
        Self(Source::Cbor(value))
    }

    /// How many descriptors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Cbor(value) => value.array().map_or(0, count),
            Source::Ids(ids) => ids.len(),
        }
    }

    /// Whether there are none: then the list counts as absent (MC-02, GA-08).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of the descriptors of type `public-key`, in order.
    pub fn ids(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (array, slice) = match self.0 {
            Source::Cbor(value) => (value.array().ok(), [].as_slice()),
            Source::Ids(ids) => (None, ids),
        };
        array.into_iter().flatten().filter_map(public_key_id).chain(slice.iter().copied())
    }
}

impl Default for CredentialList<'_> {
    fn default() -> Self {
        Self::new(&[])
    }
}

fn public_key_id(descriptor: Value<'_>) -> Option<&[u8]> {
    let (mut id, mut is_public_key) = (None, false);
    for (key, value) in descriptor.map().ok()? {
        match key.text() {
            Ok("id") => id = value.bytes().ok(),
            Ok("type") => is_public_key = value.text() == Ok("public-key"),
            _ => {}
        }
    }
    id.filter(|_| is_public_key)
}

impl fmt::Debug for CredentialList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} descriptors>", self.len())
    }
}
