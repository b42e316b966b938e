//! Who is connected, and how reports get to them.

use super::listening::Listening;
use super::state::Storage;
use super::streams::Streams;
use crate::exit::Failure;
use authenticator_host::hid;
use authenticator_transport::ctaphid::Report;
use std::net::{SocketAddr, UdpSocket};

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

/// Everything that reports go out by. With it ends all of it.
#[derive(Default)]
pub(super) struct Links {
    pub(super) listening: Vec<Listening>,
    /// The socket's file goes with it.
    #[cfg(unix)]
    pub(super) path: Option<super::listening::AtPath>,
    pub(super) udp: Option<UdpSocket>,
    pub(super) streams: Streams,
    pub(super) usbip: Option<super::usbip::Usbip>,
    #[cfg(target_os = "linux")]
    pub(super) bus: Option<super::uhid::Uhid>,
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
    pub(super) fn send(&self, link: Link, report: &Report) {
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

/// Nobody is listened to, or heard, any more.
impl Drop for Links {
    fn drop(&mut self) {
        self.listening.clear();
        #[cfg(unix)]
        drop(self.path.take());
        self.streams.clear();
        if let Some(usbip) = &self.usbip {
            usbip.close();
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
