//! What the firmware needs of the board it runs on.

/// The other side has gone: nothing more can be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// What the firmware has needed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The most of the stack ever in use, in bytes.
    pub stack: u32,
    /// The instructions of the latest request, without the waiting for the host.
    pub instructions: u64,
}

/// A board: bytes from and to the host, and what it can measure.
pub trait Board {
    /// Waits until `bytes` is full.
    ///
    /// # Errors
    /// [`Closed`]
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Closed>;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// [`Closed`]
    fn write(&mut self, bytes: &[u8]) -> Result<(), Closed>;

    /// A request begins: counting starts again.
    fn start_work(&mut self);

    /// What has been measured.
    fn figures(&self) -> Figures;
}
