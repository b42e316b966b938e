//! Randomness that is the same every time: a stream of ChaCha20, and a place in it.

use super::hex::Hex;
use authenticator_core::store::CommitId;
use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;

/// A stream that all clones draw from.
#[derive(Clone)]
pub(crate) struct Randomness(Rc<RefCell<ChaCha20Rng>>);

/// A place in a stream, by which it can be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// ChaCha20's key.
    pub(crate) seed: Hex<32>,
    /// How many words of four bytes have been drawn.
    pub(crate) words: u64,
}

impl Place {
    /// Where the stream of this seed begins, over a store whose last commit was this one. The same seed over the same store
    /// gives the same; what a store has seen once does not come again for it.
    pub(crate) fn of(seed: [u8; 32], last_commit: Option<CommitId>) -> Self {
        let Some(CommitId(id)) = last_commit else { return Self { seed: Hex(seed), words: 0 } };
        Self { seed: Hex(Sha256::new().chain_update(seed).chain_update(id).finalize().into()), words: 0 }
    }
}

impl Randomness {
    pub(crate) fn new(place: Place) -> Self {
        Self(Rc::new(RefCell::new(stream(place))))
    }

    /// All clones go on from here.
    pub(crate) fn go_to(&self, place: Place) {
        *self.0.borrow_mut() = stream(place);
    }

    pub(crate) fn place(&self) -> Place {
        let stream = self.0.borrow();
        let words = u64::try_from(stream.get_word_pos()).unwrap_or(u64::MAX);
        Place { seed: Hex(stream.get_seed()), words }
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.borrow_mut().fill_bytes(&mut bytes);
        bytes
    }
}

fn stream(Place { seed: Hex(seed), words }: Place) -> ChaCha20Rng {
    let mut stream = ChaCha20Rng::from_seed(seed);
    stream.set_word_pos(words.into());
    stream
}

impl TryRng for Randomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.borrow_mut().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.borrow_mut().next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.borrow_mut().fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Randomness {}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_from_any_place_in_it() {
        let randomness = Randomness::new(Place::of([7; 32], None));
        let clone = randomness.clone();
        let _: [u8; 33] = clone.bytes();
        let place = randomness.place();
        let next: [u8; 100] = randomness.bytes();
        assert_eq!(Randomness::new(place).bytes(), next);
        clone.go_to(place);
        assert_eq!(randomness.bytes(), next);
    }

    /// The first block of ChaCha20 with a key and a nonce of zeros (RFC 8439, A.1, test vector 1): it is that on every machine.
    #[test]
    fn it_is_the_published_stream() {
        let zeros = Randomness::new(Place { seed: Hex([0; 32]), words: 0 });
        assert_eq!(zeros.bytes(), [0x76, 0xB8, 0xE0, 0xAD, 0xA0, 0xF1, 0x3D, 0x90]);
    }

    #[test]
    fn the_same_seed_over_another_store_is_another_stream() {
        let places =
            [None, Some(CommitId([1; 16])), Some(CommitId([2; 16]))].map(|id| Place::of([7; 32], id));
        assert_ne!(places[0], places[1]);
        assert_ne!(places[1], places[2]);
    }
}
