//! UDP: one report a datagram, answered to its sender.

use super::links::{Input, Link, cannot_listen};
use super::listening::{Listening, from_here};
use crate::exit::Failure;
use authenticator_transport::ctaphid::Report;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::SyncSender;

/// No datagram is longer. Where there is no room for one, some systems say that it is an error, and others cut it.
const LONGEST: usize = 1 << 16;

/// Listens at `address`; what it is bound to has a port in any case.
pub(super) fn listen(
    address: SocketAddr,
    inputs: &SyncSender<Input>,
) -> Result<(UdpSocket, Listening, SocketAddr), Failure> {
    let cannot = |error| cannot_listen(&address.to_string(), &error);
    let socket = UdpSocket::bind(address).map_err(cannot)?;
    let bound = socket.local_addr().map_err(cannot)?;
    let (reader, writer) = (socket.try_clone().map_err(cannot)?, socket.try_clone().map_err(cannot)?);
    let wake = move || writer.send_to(&[], from_here(bound)).map(drop);
    let mut datagram = vec![0; LONGEST];
    let next = move || {
        let (length, sender) = reader.recv_from(&mut datagram)?;
        let report = datagram.get(..length).and_then(|bytes| Report::try_from(bytes).ok());
        Ok(report.map(|report| Input::Report(Link::Datagram(sender), report)))
    };
    let inputs = inputs.clone();
    let take = move |input: Option<Input>| {
        // Whoever does not want to know any more ends this soon.
        let _ = input.map(|input| inputs.send(input));
    };
    Ok((socket, Listening::new(wake, next, take).map_err(cannot)?, bound))
}
