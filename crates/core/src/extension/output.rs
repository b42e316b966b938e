//! What extensions put into the authenticator data.

use crate::cbor::{BufferFull, Writer};
use heapless::Vec;

/// One extension's output.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Output<'a> {
    Flag(bool),
    Number(u8),
    Bytes(&'a [u8]),
}

impl<'a> Output<'a> {
    /// Bytes, if there are any.
    pub(super) fn of_bytes(bytes: &'a [u8]) -> Option<Self> {
        (!bytes.is_empty()).then_some(Self::Bytes(bytes))
    }
}

/// As many as a registration can have.
const MAX_OUTPUTS: usize = 6;

/// The outputs of one request, in canonical order: shorter names first (EXT-02).
pub(crate) struct Outputs<'a>(Vec<(&'static str, Output<'a>), MAX_OUTPUTS, u8>);

impl<'a> Outputs<'a> {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds an output, if there is one. To keep the order is the caller's.
    pub(crate) fn add(&mut self, name: &'static str, output: Option<Output<'a>>) {
        if let Some(output) = output {
            // There is room: no request has more.
            let _ = self.0.push((name, output));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the map, or nothing where there is no output (EXT-01).
    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        if self.is_empty() {
            return Ok(());
        }
        writer.map(self.0.len())?;
        self.0.iter().try_for_each(|(name, output)| {
            writer.text(name)?;
            match output {
                Output::Flag(flag) => writer.boolean(*flag),
                Output::Number(number) => writer.unsigned(u64::from(*number)),
                Output::Bytes(bytes) => writer.bytes(bytes),
            }
        })
    }
}
