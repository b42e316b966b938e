//! What the two processes say to each other: a tag, a length, and bytes.

use std::io::{Read, Result, Write};

/// To the authenticator, first: open an empty store.
pub(crate) const OPEN: u8 = b'O';
/// To the authenticator: a request; answered with [`REPLY`].
pub(crate) const REQUEST: u8 = b'Q';
/// To the authenticator: set this PIN with the host's authority; under the mask.
pub(crate) const SET_PIN: u8 = b'N';
/// To the authenticator: count these needles in your memory.
pub(crate) const COUNT: u8 = b'C';
/// To the authenticator: leave a copy of this on the heap.
pub(crate) const PLANT_ON_HEAP: u8 = b'H';
/// To the authenticator: leave a copy of this in a stack frame that has ended.
pub(crate) const PLANT_ON_STACK: u8 = b'S';
/// To the authenticator: time passes, in seconds.
pub(crate) const WAIT: u8 = b'W';
/// To the authenticator: unplugged and plugged in.
pub(crate) const POWER_CYCLE: u8 = b'P';
/// From the authenticator: so many random bytes, please; answered under the mask.
pub(crate) const DRAW: u8 = b'D';
/// From the authenticator: done, with this result.
pub(crate) const REPLY: u8 = b'R';

/// What is secret is told apart from these bytes by this in each of them, so that to say it is not to have it.
const MASK: u8 = 0xA7;

/// Puts the mask on, or takes it off.
pub(crate) fn mask(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte ^= MASK);
}

pub(crate) const fn masked(byte: u8) -> u8 {
    byte ^ MASK
}

pub(crate) fn send(to: &mut impl Write, tag: u8, payload: &[u8]) -> Result<()> {
    to.write_all(&[tag])?;
    to.write_all(&u32::try_from(payload.len()).unwrap().to_le_bytes())?;
    to.write_all(payload)?;
    to.flush()
}

/// The tag of the next frame and the length of its bytes, which are still to be read.
pub(crate) fn head(from: &mut impl Read) -> Result<(u8, usize)> {
    let (mut tag, mut length) = ([0], [0; 4]);
    from.read_exact(&mut tag)?;
    from.read_exact(&mut length)?;
    Ok((tag[0], usize::try_from(u32::from_le_bytes(length)).unwrap()))
}

pub(crate) fn receive(from: &mut impl Read) -> Result<(u8, Vec<u8>)> {
    let (tag, length) = head(from)?;
    let mut payload = vec![0; length];
    from.read_exact(&mut payload)?;
    Ok((tag, payload))
}
