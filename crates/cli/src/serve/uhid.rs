//! `/dev/uhid`: the kernel makes a HID device of us, which `/dev/hidraw` shows to libfido2, OpenSSH and browsers.
//!
//! The kernel's events (`linux/uhid.h`) are a number and a packed structure, in the machine's byte order.

use super::links::{Input, Link};
use super::{PRODUCT, VENDOR};
use crate::exit::Failure;
use authenticator_transport::ctaphid::{REPORT_DESCRIPTOR, REPORT_SIZE, Report};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// Where the kernel has it.
const DEVICE: &str = "/dev/uhid";

const DESTROY: u32 = 1;
const CLOSE: u32 = 5;
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;

/// The longest event: the number, and the structure that creates a device.
const LONGEST_EVENT: usize = 4_376;

/// How much data an event has room for.
const DATA: usize = 4_096;

const BUS_USB: u16 = 3;

/// What a report that cannot be had is answered with: EIO.
const NO_SUCH_REPORT: u16 = 5;

/// The device, until it is dropped.
pub(super) struct Uhid {
    file: Arc<File>,
    name: &'static str,
}

impl Uhid {
    /// Makes the device of this name, and reads what its clients send.
    pub(super) fn open(name: &'static str, inputs: &SyncSender<Input>) -> Result<Self, Failure> {
        let cannot = |error: io::Error| {
            let advice = "the kernel's module uhid must be loaded, and its device writable";
            Failure::Other(format!("cannot use {DEVICE}: {}; {advice}", error.kind()))
        };
        let file = File::options().read(true).write(true).open(Path::new(DEVICE)).map_err(cannot)?;
        Self::over(file, name, inputs).map_err(cannot)
    }

    fn over(file: File, name: &'static str, inputs: &SyncSender<Input>) -> io::Result<Self> {
        let device = Self { file: Arc::new(file), name };
        device.plug_in()?;
        let (file, inputs) = (Arc::clone(&device.file), inputs.clone());
        std::thread::spawn(move || read(&file, &inputs));
        Ok(device)
    }

    fn plug_in(&self) -> io::Result<()> {
        self.write(&[&CREATE2.to_ne_bytes(), &create(self.name)])
    }

    /// The clients see it go and come back.
    pub(super) fn replug(&self) {
        // The kernel takes both, or there is nothing left that could be told.
        let _ = self.write(&[&DESTROY.to_ne_bytes()]).and_then(|()| self.plug_in());
    }

    /// A report for the clients. One that the kernel does not take is lost, as on a bus.
    pub(super) fn send(&self, report: &Report) {
        let size = u16::try_from(REPORT_SIZE).unwrap_or(u16::MAX).to_ne_bytes();
        let _ = self.write(&[&INPUT2.to_ne_bytes(), &size, report]);
    }

    fn write(&self, parts: &[&[u8]]) -> io::Result<()> {
        // One event is one write.
        (&*self.file).write_all(&parts.concat())
    }
}

/// Without it the kernel would keep the device as long as the file is open anywhere.
impl Drop for Uhid {
    fn drop(&mut self) {
        let _ = self.write(&[&DESTROY.to_ne_bytes()]);
    }
}

/// What the device is.
fn create(name: &str) -> Vec<u8> {
    let mut event = Vec::new();
    for (text, room) in [(name, 128), ("authenticator", 64), ("", 64)] {
        let end = event.len() + room;
        event.extend_from_slice(text.as_bytes());
        event.resize(end, 0);
    }
    let size = u16::try_from(REPORT_DESCRIPTOR.len()).unwrap_or(u16::MAX);
    event.extend(size.to_ne_bytes());
    event.extend(BUS_USB.to_ne_bytes());
    for number in [u32::from(VENDOR), u32::from(PRODUCT), 0, 0] {
        event.extend(number.to_ne_bytes());
    }
    let end = event.len() + DATA;
    event.extend(REPORT_DESCRIPTOR);
    event.resize(end, 0);
    event
}

/// Reads until the device is gone or nobody wants to know any more.
fn read(file: &File, inputs: &SyncSender<Input>) {
    let mut event = [0; LONGEST_EVENT];
    let mut file_reader = file;
    while let Ok(length @ 1..) = file_reader.read(&mut event) {
        let input = match event.get(..length).map(Event::parse) {
            Some(Event::Report(report)) => Input::Report(Link::Bus, report),
            // The last client has closed it: nobody waits for anything.
            Some(Event::Closed) => Input::Unlinked(Link::Bus),
            Some(Event::Asks(reply)) => {
                let mut writer = file;
                if writer.write_all(&reply).is_err() {
                    return;
                }
                continue;
            }
            Some(Event::Other) | None => continue,
        };
        if inputs.send(input).is_err() {
            return;
        }
    }
}

/// What the kernel says.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Report(Report),
    Closed,
    /// It wants a report that there is not, and this is what it is to be told.
    Asks(Vec<u8>),
    Other,
}

impl Event {
    fn parse(event: &[u8]) -> Self {
        let Some((kind, rest)) = event.split_first_chunk() else { return Self::Other };
        match u32::from_ne_bytes(*kind) {
            CLOSE => Self::Closed,
            OUTPUT => output(rest).map_or(Self::Other, Self::Report),
            GET_REPORT => refuse(GET_REPORT_REPLY, rest, 2),
            SET_REPORT => refuse(SET_REPORT_REPLY, rest, 0),
            _ => Self::Other,
        }
    }
}

/// A report that goes out to the device, behind the number 0 that says that it has none.
fn output(event: &[u8]) -> Option<Report> {
    let (data, rest) = event.split_at_checked(DATA)?;
    let size = u16::from_ne_bytes(*rest.first_chunk()?);
    match data.get(..usize::from(size))? {
        [0, report @ ..] if report.len() == REPORT_SIZE => report.try_into().ok(),
        report => report.try_into().ok(),
    }
}

/// The reply begins with the number of the question; `more` bytes of it say that it has no data.
fn refuse(reply: u32, question: &[u8], more: usize) -> Event {
    let Some(number) = question.first_chunk::<4>() else { return Event::Other };
    let mut bytes = [reply.to_ne_bytes().as_slice(), number, &NO_SUCH_REPORT.to_ne_bytes()].concat();
    bytes.resize(bytes.len() + more, 0);
    Event::Asks(bytes)
}

#[cfg(test)]
mod tests;
