//! Frames: a kind, a length, and as many bytes.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

/// A frame that came in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A CTAP request.
    Message(Vec<u8>),
    /// A line that moves the world.
    Control(Vec<u8>),
    /// A kind that there is not.
    Unknown(u8),
}

/// A frame that goes out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// The reply to a CTAP request.
    Reply(Vec<u8>),
    /// A control line has been obeyed; what there is to say.
    Done(String),
    /// A frame has not been obeyed, and why.
    Refused(String),
}

/// Why no frame could be read or written.
#[derive(Debug)]
pub(crate) enum FrameError {
    /// The input ended in the middle of one.
    Cut,
    /// What goes out is longer than a frame.
    TooLong,
    /// The pipe failed.
    Pipe(io::Error),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("the input ends in the middle of a frame"),
            Self::TooLong => f.write_str("the answer is longer than a frame"),
            Self::Pipe(error) => write!(f, "the pipe failed: {error}"),
        }
    }
}

impl Incoming {
    /// The next frame; `None` when the input has ended before it.
    pub(crate) fn read(input: &mut impl Read) -> Result<Option<Self>, FrameError> {
        let mut kind = Vec::new();
        input.take(1).read_to_end(&mut kind).map_err(FrameError::Pipe)?;
        let Some(kind) = kind.first() else {
            return Ok(None);
        };
        let mut length = [0; 2];
        input.read_exact(&mut length).map_err(cut)?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        input.read_exact(&mut payload).map_err(cut)?;
        Ok(Some(match kind {
            0x01 => Self::Message(payload),
            0x02 => Self::Control(payload),
            other => Self::Unknown(*other),
        }))
    }
}

impl Outgoing {
    pub(crate) fn write(&self, output: &mut impl Write) -> Result<(), FrameError> {
        let (kind, payload) = match self {
            Self::Reply(reply) => (0x81, reply.as_slice()),
            Self::Done(said) => (0x82, said.as_bytes()),
            Self::Refused(why) => (0xFF, why.as_bytes()),
        };
        let length = u16::try_from(payload.len()).map_err(|_| FrameError::TooLong)?;
        let frame = [&[kind], length.to_be_bytes().as_slice(), payload].concat();
        output.write_all(&frame).and_then(|()| output.flush()).map_err(FrameError::Pipe)
    }
}

fn cut(error: io::Error) -> FrameError {
    if error.kind() == ErrorKind::UnexpectedEof { FrameError::Cut } else { FrameError::Pipe(error) }
}
