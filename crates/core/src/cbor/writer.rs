//! The writer: canonical as long as its caller writes map keys in canonical order, which the tests check with `ciborium`.

/// The buffer given is too short for what is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BufferFull;

/// Writes CBOR into a buffer given by the caller.
pub(crate) struct Writer<'a> {
    buffer: &'a mut [u8],
    written: usize,
}

type Result = core::result::Result<(), BufferFull>;

impl<'a> Writer<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, written: 0 }
    }

    /// How many bytes have been written.
    pub(crate) const fn written(&self) -> usize {
        self.written
    }

    /// Writes bytes as they are, without a head.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result {
        let end = self.written.checked_add(bytes.len()).ok_or(BufferFull)?;
        self.buffer.get_mut(self.written..end).ok_or(BufferFull)?.copy_from_slice(bytes);
        self.written = end;
        Ok(())
    }

    fn head(&mut self, major: u8, argument: u64) -> Result {
        let major = major << 5;
        let [.., b3, b2, b1, b0] = argument.to_be_bytes();
        match argument {
            0..=23 => self.raw(&[major | b0]),
            24..=0xFF => self.raw(&[major | 24, b0]),
            0x100..=0xFFFF => self.raw(&[major | 25, b1, b0]),
            0x1_0000..=0xFFFF_FFFF => self.raw(&[major | 26, b3, b2, b1, b0]),
            _ => {
                self.raw(&[major | 27])?;
                self.raw(&argument.to_be_bytes())
            }
        }
    }

    fn length(&mut self, major: u8, length: usize) -> Result {
        self.head(major, u64::try_from(length).map_err(|_| BufferFull)?)
    }

    pub(crate) fn unsigned(&mut self, value: u64) -> Result {
        self.head(0, value)
    }

    pub(crate) fn integer(&mut self, value: i64) -> Result {
        match u64::try_from(value) {
            Ok(value) => self.head(0, value),
            // CBOR stores a negative n as -1 - n, which is the complement; it is never negative here.
            Err(_) => self.head(1, u64::try_from(!value).map_err(|_| BufferFull)?),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result {
        self.length(2, bytes.len())?;
        self.raw(bytes)
    }

    pub(crate) fn text(&mut self, text: &str) -> Result {
        self.length(3, text.len())?;
        self.raw(text.as_bytes())
    }

    pub(crate) fn boolean(&mut self, value: bool) -> Result {
        self.raw(&[if value { 0xF5 } else { 0xF4 }])
    }

    pub(crate) fn array(&mut self, items: usize) -> Result {
        self.length(4, items)
    }

    pub(crate) fn map(&mut self, pairs: usize) -> Result {
        self.length(5, pairs)
    }
}
