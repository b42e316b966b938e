//! What extensions put out beside what is signed (`unsignedExtensionOutputs`): the last member of a reply.
//!
//! It is added behind the members that ctap-types have written: they have no outputs of their own there.

use crate::cbor::{BufferFull, Writer};
use crate::session::{CredentialBlob, Session, Turn};

/// What largeBlob has to say to a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeBlobOutput {
    /// The credential's blob (LBX-03).
    Read(StoredLargeBlob),
    /// Whether what came along was stored (LBX-04).
    Written(bool),
}

/// A credential's large blob, as it was stored. Its bytes lie in the session: no step has room for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredLargeBlob {
    turn: Turn,
}

impl StoredLargeBlob {
    pub(crate) const fn new(turn: Turn) -> Self {
        Self { turn }
    }

    /// Its bytes, and how many they were before the platform compressed them. `None`: large blobs were read or written in
    /// this session since.
    #[must_use]
    pub fn read<'s>(&self, session: &'s Session) -> Option<(&'s [u8], u64)> {
        let CredentialBlob { bytes, original_size } = session.large_blobs().blob(self.turn)?;
        Some((bytes, original_size))
    }
}

/// What is put out.
pub(super) enum Output<'a> {
    /// LBX-01.
    Supported(bool),
    /// LBX-03.
    Blob(&'a [u8], u64),
    /// LBX-04.
    Written(bool),
}

/// Adds `output` under `key`, which is higher than those of the `length` bytes of a map that are in `body` already.
pub(super) fn add(body: &mut [u8], length: usize, key: u8, output: &Output<'_>) -> Result<usize, BufferFull> {
    let (map, rest) = body.split_at_mut_checked(length).ok_or(BufferFull)?;
    // A map of fewer than 23 members says in its first byte how many there are.
    let head = map.first_mut().ok_or(BufferFull)?;
    *head = head.saturating_add(1);
    let mut writer = Writer::new(rest);
    writer.unsigned(key.into())?;
    writer.map(1)?;
    writer.text("largeBlob")?;
    match output {
        Output::Supported(supported) => {
            writer.map(1)?;
            writer.text("supported")?;
            writer.boolean(*supported)?;
        }
        Output::Blob(blob, original_size) => {
            writer.map(2)?;
            writer.text("blob")?;
            writer.bytes(blob)?;
            writer.text("originalSize")?;
            writer.unsigned(*original_size)?;
        }
        Output::Written(written) => {
            writer.map(1)?;
            writer.text("written")?;
            writer.boolean(*written)?;
        }
    }
    Ok(length.saturating_add(writer.written()))
}
