//! What is looked for.

use crate::frame::{self, COUNT};
use crate::process::Process;
use sha2::{Digest, Sha256, Sha512};

/// Secrets, and in how many places each may be.
#[derive(Default)]
pub(crate) struct Needles(Vec<Needle>);

#[derive(Clone)]
struct Needle {
    name: String,
    bytes: Vec<u8>,
    allowed: u32,
}

impl Needles {
    /// In one piece.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) {
        self.allow(name, bytes, 0);
    }

    /// A PIN, and what is made of it.
    pub(crate) fn add_pin(&mut self, pin: &str) {
        self.add("PIN", pin.as_bytes());
        self.add_halves("PIN hash", &Sha256::digest(pin));
    }

    /// 32 bytes, of which half is as bad as all; also from back to front, as numbers lie in memory.
    pub(crate) fn add_halves(&mut self, name: &str, bytes: &[u8]) {
        self.allow_halves(name, bytes, 0);
    }

    /// 32 random bytes, whatever they were drawn for: as they are, and as the private key that Ed25519 makes of them.
    pub(crate) fn add_random(&mut self, name: &str, bytes: &[u8]) {
        self.add_halves(name, bytes);
        let mut expanded = Sha512::digest(bytes).to_vec();
        self.add_halves(&format!("{name}, expanded"), &expanded[..32]);
        self.add_halves(&format!("{name}, expanded, prefix"), &expanded[32..]);
        expanded[0] &= 0xF8;
        expanded[31] = expanded[31] & 0x7F | 0x40;
        self.add_halves(&format!("{name}, expanded, clamped"), &expanded[..32]);
    }

    /// The session still needs it, in one place.
    pub(crate) fn in_use(&mut self, name: &str, bytes: &[u8]) {
        // Its other names are gone: it is looked for once.
        for half in halves(bytes) {
            self.0.retain(|needle| needle.bytes != half);
        }
        self.allow_halves(name, bytes, 1);
    }

    fn allow_halves(&mut self, name: &str, bytes: &[u8], allowed: u32) {
        let [first, second, last, before] = halves(bytes);
        self.allow(name, &first, allowed);
        self.allow(name, &second, allowed);
        self.allow(&format!("{name}, little-endian"), &last, 0);
        self.allow(&format!("{name}, little-endian"), &before, 0);
    }

    fn allow(&mut self, name: &str, bytes: &[u8], allowed: u32) {
        if !self.0.iter().any(|needle| needle.bytes == bytes) {
            self.0.push(Needle { name: name.to_owned(), bytes: bytes.to_vec(), allowed });
        }
    }

    /// What is in more or fewer places of the process than it may be in.
    pub(crate) fn misplaced(&self, process: &mut Process) -> Vec<String> {
        let mut payload = Vec::new();
        for needle in &self.0 {
            payload.push(u8::try_from(needle.bytes.len()).unwrap());
            payload.extend(needle.bytes.iter().map(|byte| frame::masked(*byte)));
        }
        let counts = process.call(COUNT, &payload);
        let counts = counts.chunks(4).map(|count| u32::from_le_bytes(count.try_into().unwrap()));
        let misplaced = self.0.iter().zip(counts).filter(|(needle, count)| *count != needle.allowed);
        misplaced.map(|(needle, count)| format!("{} in {count} places", needle.name)).collect()
    }
}

fn halves(bytes: &[u8]) -> [Vec<u8>; 4] {
    let reversed: Vec<_> = bytes.iter().rev().copied().collect();
    let (first, second) = bytes.split_at(16);
    let (last, before) = reversed.split_at(16);
    [first.to_vec(), second.to_vec(), last.to_vec(), before.to_vec()]
}
