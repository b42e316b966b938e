//! Frame by frame, to the end of the input.

#[cfg(test)]
mod tests;

use crate::control::{BadLine, Control};
use crate::desk::Desk;
use crate::frame::{FrameError, Incoming, Outgoing};
use authenticator_host::OpenError;
use std::fmt;
use std::io::{Read, Write};

/// Why a frame was not obeyed. The next one may be.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// There is no such kind of frame.
    UnknownKind(u8),
    /// The line could not be read.
    Line(BadLine),
    /// No authenticator has been opened.
    NotOpen,
    /// No process has this number.
    NoSuchProcess(usize),
    /// The store could not be opened.
    Store(OpenError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind(kind) => write!(f, "there is no frame of the kind {kind:#04x}"),
            Self::Line(error) => error.fmt(f),
            Self::NotOpen => f.write_str("no authenticator is open"),
            Self::NoSuchProcess(number) => write!(f, "there is no process {number}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// Answers each frame of `input` with one frame on `output`.
pub(crate) fn serve(input: &mut impl Read, output: &mut impl Write) -> Result<(), FrameError> {
    let mut desk = None;
    while let Some(frame) = Incoming::read(input)? {
        let answer = obey(&mut desk, frame).unwrap_or_else(|why| Outgoing::Refused(why.to_string()));
        answer.write(output)?;
    }
    Ok(())
}

fn obey(desk: &mut Option<Desk>, frame: Incoming) -> Result<Outgoing, Refused> {
    match frame {
        Incoming::Message(request) => {
            let desk = desk.as_mut().ok_or(Refused::NotOpen)?;
            Ok(Outgoing::Reply(desk.send(&request)))
        }
        Incoming::Control(line) => {
            let control = Control::parse(&line).map_err(Refused::Line)?;
            move_world(desk, control).map(Outgoing::Done)
        }
        Incoming::Unknown(kind) => Err(Refused::UnknownKind(kind)),
    }
}

fn move_world(desk: &mut Option<Desk>, control: Control) -> Result<String, Refused> {
    let opened = desk.as_mut().ok_or(Refused::NotOpen);
    match control {
        Control::Open(profile) => *desk = Some(Desk::new(*profile).map_err(Refused::Store)?),
        Control::Start => return opened?.start().map(|number| number.to_string()).map_err(Refused::Store),
        Control::Use(number) => {
            if !opened?.switch(number) {
                return Err(Refused::NoSuchProcess(number));
            }
        }
        Control::Restart => opened?.restart(),
        Control::Unplug(time) => opened?.unplug(time),
        Control::Wait(time) => opened?.wait(time),
        Control::User(answer) => opened?.user_will(answer),
        Control::Asked => return Ok(opened?.asked().join(" ")),
    }
    Ok(String::new())
}
