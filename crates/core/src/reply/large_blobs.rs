//! largeBlobs' reply. The bytes stay in the session: no step has room for them.

use crate::cbor::{BufferFull, Writer};
use crate::session::{Session, Turn};

/// A part of the array of large blobs.
#[derive(Clone, Copy, Debug)]
pub struct LargeBlobFragment {
    turn: Turn,
    offset: u16,
    length: u16,
}

impl LargeBlobFragment {
    pub(crate) const fn new(turn: Turn, offset: u16, length: u16) -> Self {
        Self { turn, offset, length }
    }

    /// Its bytes. `None`: large blobs were read or written in this session since.
    #[must_use]
    pub fn bytes<'s>(&self, session: &'s Session) -> Option<&'s [u8]> {
        let end = self.offset.checked_add(self.length)?;
        session.large_blobs().array(self.turn, end)?.get(usize::from(self.offset)..)
    }
}

pub(super) fn write(fragment: &[u8], body: &mut [u8]) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    writer.map(1)?;
    writer.unsigned(0x01)?;
    writer.bytes(fragment)?;
    Ok(writer.written())
}
