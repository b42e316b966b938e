//! Who is connected, and how reports get to them.

use super::state::Storage;
use crate::exit::Failure;
use authenticator_host::hid;
use authenticator_transport::ctaphid::Report;
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a report came from, and its answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The sender of a datagram.
    Datagram(SocketAddr),
    /// A stream, by the number it was given.
    Stream(u64),
    /// Whoever has attached it over USB/IP, by the number they were given.
    Usb(u64),
    /// The machine's own HID bus.
    #[cfg(target_os = "linux")]
    Bus,
}

/// What happens to the endpoint here.
pub(super) type Input = hid::Input<Link, Storage>;

/// How many streams there may be at a time.
const MOST_STREAMS: usize = 64;

/// The streams, and what each is still to send. A stream that is not here is closed.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    last: u64,
    open: HashMap<u64, SyncSender<Report>>,
}

impl Streams {
    /// A number for a new stream; `None` when there are too many.
    pub(super) fn add(&self, reports: SyncSender<Report>) -> Option<u64> {
        let mut streams = self.lock();
        if streams.open.len() >= MOST_STREAMS {
            return None;
        }
        streams.last = streams.last.wrapping_add(1);
        let number = streams.last;
        streams.open.insert(number, reports);
        Some(number)
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().open.remove(&number);
    }

    /// Hangs up on all of them.
    fn clear(&self) {
        self.lock().open.clear();
    }

    /// One that does not read what it is sent is closed.
    fn send(&self, number: u64, report: &Report) {
        let mut streams = self.lock();
        if streams.open.get(&number).is_some_and(|reports| reports.try_send(*report).is_err()) {
            streams.open.remove(&number);
        }
    }

    /// What is in it holds whatever has panicked.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that reports go out by.
#[derive(Default)]
pub(super) struct Links {
    pub(super) udp: Option<UdpSocket>,
    pub(super) streams: Streams,
    pub(super) usbip: Option<super::usbip::Usbip>,
    #[cfg(target_os = "linux")]
    pub(super) bus: Option<std::rc::Rc<super::uhid::Uhid>>,
    /// The socket's file, which goes when the program ends.
    #[cfg(unix)]
    pub(super) path: Option<super::streams::SocketFile>,
}

impl Links {
    /// It is pulled out and put back, and everybody sees it.
    pub(super) fn replug(&self) {
        self.streams.clear();
        if let Some(usbip) = &self.usbip {
            usbip.replug();
        }
        #[cfg(target_os = "linux")]
        if let Some(bus) = &self.bus {
            bus.replug();
        }
    }

    /// Sends a report, without waiting for anybody. A datagram may be lost, as everywhere.
    pub(super) fn send(&mut self, link: Link, report: &Report) {
        match link {
            Link::Stream(number) => self.streams.send(number, report),
            Link::Usb(client) => {
                if let Some(usbip) = &self.usbip {
                    usbip.send(client, report);
                }
            }
            #[cfg(target_os = "linux")]
            Link::Bus => {
                if let Some(bus) = &self.bus {
                    bus.send(report);
                }
            }
            Link::Datagram(address) => {
                let _ = self.udp.as_ref().map(|socket| socket.send_to(report, address));
            }
        }
    }
}

/// A security key that anyone on the network can use is nobody's wish by accident.
pub(super) fn check_loopback(address: SocketAddr, anyone: bool) -> Result<(), Failure> {
    if anyone || address.ip().is_loopback() {
        return Ok(());
    }
    let advice =
        format!("{address} can be reached from other machines; add --listen-anyone if that is meant");
    Err(Failure::Usage(advice))
}

pub(super) fn cannot_listen(place: &str, error: &std::io::Error) -> Failure {
    Failure::Other(format!("cannot listen at {place}: {}", error.kind()))
}
