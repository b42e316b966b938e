//! USB/IP: the device at the end of a network, for kernels that attach it as if it were on a bus of theirs. One of them has it
//! at a time.

mod device;
mod wire;

use super::beginners::{Beginner, Beginners};
use super::links::{Input, Link};
use super::listening::{Listening, listen_tcp};
use super::{PRODUCT, VENDOR};
use crate::exit::Failure;
use authenticator_transport::ctaphid::Report;
use device::{Device, Outcome};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use wire::{Operation, Urb};

/// The release of the device, in binary-coded decimal.
const RELEASE: u16 = 0x0100;

/// How many replies may wait for a client to read them.
const UNREAD: usize = 512;

/// The device, the client that has it, and those that have not asked for it yet.
#[derive(Clone)]
pub(super) struct Usbip {
    name: &'static str,
    beginners: Beginners,
    socket: Arc<Mutex<Socket>>,
}

#[derive(Default)]
struct Socket {
    /// How many clients have had it.
    clients: u64,
    attached: Option<Attached>,
}

struct Attached {
    client: u64,
    device: Device,
    replies: SyncSender<Vec<u8>>,
    stream: TcpStream,
}

/// Has a device of this name at `address`; what it is bound to has a port in any case.
pub(super) fn listen(
    address: SocketAddr,
    name: &'static str,
    inputs: &SyncSender<Input>,
) -> Result<(Usbip, Listening, SocketAddr), Failure> {
    let usbip = Usbip { name, beginners: Beginners::default(), socket: Arc::default() };
    let (served, inputs) = (usbip.clone(), inputs.clone());
    let (listening, bound) = listen_tcp(address, move |stream| {
        let (serving, inputs) = (served.clone(), inputs.clone());
        // A client that says what it should not, or nothing, is gone.
        served.beginners.take(stream, move |mut client| drop(serving.serve(&mut client, &inputs)));
    })?;
    Ok((usbip, listening, bound))
}

impl Usbip {
    /// Answers what the client asks until it has the device, and then as the device.
    fn serve(&self, client: &mut Beginner<TcpStream>, inputs: &SyncSender<Input>) -> io::Result<()> {
        client.stream().set_nodelay(true)?;
        loop {
            let asked = match Operation::read(client)? {
                // It is one's only, and nobody else's while it has it.
                Operation::Import { is_ours: true } => self.attach(client)?,
                other => Err(other),
            };
            match asked {
                Err(operation) => client.stream().write_all(&operation.reply(VENDOR, PRODUCT))?,
                Ok(number) => {
                    let ended = self.be_the_device(client, number, inputs);
                    self.let_go(number);
                    let _ = inputs.send(Input::Unlinked(Link::Usb(number)));
                    return ended;
                }
            }
        }
    }

    /// Gives the device to this client, under a number, or refuses.
    fn attach(&self, client: &mut Beginner<TcpStream>) -> io::Result<Result<u64, Operation>> {
        let mut socket = self.lock();
        if socket.attached.is_some() {
            return Ok(Err(Operation::Import { is_ours: false }));
        }
        let (replies, unsent) = sync_channel(UNREAD);
        let (writer, stream) = (client.stream().try_clone()?, client.stream().try_clone()?);
        Builder::new().spawn(move || write(writer, &unsent))?;
        client.begun()?;
        // The first of them, so that nothing comes before it.
        let accepted = Operation::Import { is_ours: true }.reply(VENDOR, PRODUCT);
        replies.try_send(accepted).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        socket.clients = socket.clients.wrapping_add(1);
        let client = socket.clients;
        socket.attached = Some(Attached { client, device: Device::new(self.name), replies, stream });
        Ok(Ok(client))
    }

    fn be_the_device(
        &self,
        stream: &mut impl Read,
        client: u64,
        inputs: &SyncSender<Input>,
    ) -> io::Result<()> {
        loop {
            let urb = Urb::read(stream)?;
            let mut socket = self.lock();
            let Some(attached) = socket.attached.as_mut().filter(|attached| attached.client == client) else {
                return Ok(());
            };
            let outcome = match urb {
                Urb::Submit(transfer) => attached.device.submit(&transfer),
                Urb::Unlink { sequence, forgotten } => {
                    Outcome::Reply(attached.device.unlink(sequence, forgotten))
                }
            };
            let (reply, report) = match outcome {
                Outcome::Waits => continue,
                Outcome::Reply(reply) => (reply, None),
                Outcome::Report(reply, report) => (reply, Some(report)),
            };
            if attached.replies.try_send(reply).is_err() {
                return Ok(());
            }
            drop(socket);
            if let Some(report) = report
                && inputs.send(Input::Report(Link::Usb(client), report)).is_err()
            {
                return Ok(());
            }
        }
    }

    /// A report for this client. One that does not read what it is sent loses the device.
    pub(super) fn send(&self, client: u64, report: &Report) {
        let mut socket = self.lock();
        let Some(attached) = socket.attached.as_mut().filter(|attached| attached.client == client) else {
            return;
        };
        let reply = attached.device.send(report);
        if reply.is_some_and(|reply| attached.replies.try_send(reply).is_err()) {
            drop(socket);
            self.let_go(client);
        }
    }

    /// The power is cut: whoever has it has it no more, and may attach it again.
    pub(super) fn replug(&self) {
        let client = self.lock().attached.as_ref().map(|attached| attached.client);
        if let Some(client) = client {
            self.let_go(client);
        }
    }

    /// Nobody has it any more.
    pub(super) fn close(&self) {
        self.beginners.close();
        self.replug();
    }

    fn let_go(&self, client: u64) {
        if let Some(attached) = self.lock().attached.take_if(|attached| attached.client == client) {
            // It may be closed already.
            let _ = attached.stream.shutdown(Shutdown::Both);
        }
    }

    /// What is in it holds whatever has panicked.
    fn lock(&self) -> MutexGuard<'_, Socket> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until there is nothing more to come.
fn write(mut stream: TcpStream, unsent: &Receiver<Vec<u8>>) {
    while let Ok(reply) = unsent.recv() {
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}
