//! UDP: one report a datagram, answered to its sender.

use super::links::{Input, Link, cannot_listen};
use crate::exit::Failure;
use authenticator_transport::ctaphid::{REPORT_SIZE, Report};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::SyncSender;

/// Listens at `address`; what it is bound to has a port in any case.
pub(super) fn listen(
    address: SocketAddr,
    inputs: &SyncSender<Input>,
) -> Result<(UdpSocket, SocketAddr), Failure> {
    let cannot = |error| cannot_listen(&address.to_string(), &error);
    let socket = UdpSocket::bind(address).map_err(cannot)?;
    let (reader, bound) = (socket.try_clone().map_err(cannot)?, socket.local_addr().map_err(cannot)?);
    let inputs = inputs.clone();
    std::thread::spawn(move || read(&reader, &inputs));
    Ok((socket, bound))
}

/// Reads until nobody wants to know any more.
fn read(socket: &UdpSocket, inputs: &SyncSender<Input>) {
    // One byte more than a report, so that a longer datagram is not taken for one.
    let mut datagram = [0; REPORT_SIZE + 1];
    loop {
        let (length, sender) = match socket.recv_from(&mut datagram) {
            Ok(received) => received,
            // An earlier answer has reached nobody.
            Err(error) if is_passing(error.kind()) => continue,
            Err(_) => return,
        };
        let Some(report) = datagram.get(..length).and_then(|bytes| Report::try_from(bytes).ok()) else {
            continue;
        };
        if inputs.send(Input::Report(Link::Datagram(sender), report)).is_err() {
            return;
        }
    }
}

const fn is_passing(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
