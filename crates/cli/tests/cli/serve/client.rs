//! A served key and clients of it. What they share with the key is nothing.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const PING: u8 = 0x81;
pub(crate) const INIT: u8 = 0x86;
pub(crate) const CBOR: u8 = 0x90;

/// Long enough for the slowest machine; nothing waits for it when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// `authenticator serve`, until it is dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) addresses: Value,
}

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
        command.arg("serve").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Self::read(child, stdout)
    }

    /// The key that this process is, or runs, once it says on `stdout` where.
    pub(crate) fn read(child: Child, stdout: impl Read) -> Self {
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let addresses = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, addresses }
    }

    /// With this state, on a UDP port.
    pub(crate) fn with_state(state: &Path) -> Self {
        Self::start(&["--udp", "127.0.0.1:0", "--user", "approve", "--state", state.to_str().unwrap()])
    }

    pub(crate) fn address(&self, kind: &str) -> &str {
        self.addresses[kind].as_str().unwrap()
    }

    pub(crate) fn udp(&self) -> Client<UdpSocket> {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(self.address("udp")).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Client::open(socket)
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        Self::connect(self.address("tcp"))
    }

    pub(crate) fn connect(address: &str) -> TcpStream {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Takes the power away.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What carries reports.
pub(crate) trait Carrier {
    fn send(&mut self, report: &[u8; 64]);
    fn receive(&mut self) -> [u8; 64];
}

impl Carrier for UdpSocket {
    fn send(&mut self, report: &[u8; 64]) {
        UdpSocket::send(self, report).unwrap();
    }

    fn receive(&mut self) -> [u8; 64] {
        let mut datagram = [0; 100];
        // A wait that has an end is interrupted by what else goes on in the test's process.
        let length = loop {
            match self.recv(&mut datagram) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                received => break received.unwrap(),
            }
        };
        assert_eq!(length, 64, "one report a datagram");
        datagram[..64].try_into().unwrap()
    }
}

/// A stream, whichever it is.
pub(crate) struct Stream<T>(pub(crate) T);

impl<T: Read + Write> Carrier for Stream<T> {
    fn send(&mut self, report: &[u8; 64]) {
        self.0.write_all(report).unwrap();
    }

    fn receive(&mut self) -> [u8; 64] {
        let mut report = [0; 64];
        self.0.read_exact(&mut report).unwrap();
        report
    }
}

/// A client with a channel.
pub(crate) struct Client<T> {
    pub(crate) carrier: T,
    pub(crate) channel: [u8; 4],
}

pub(crate) fn init() -> [u8; 64] {
    let mut report = [0; 64];
    report[..15].copy_from_slice(b"\xFF\xFF\xFF\xFF\x86\x00\x08a nonce.");
    report
}

impl<T: Carrier> Client<T> {
    pub(crate) fn open(mut carrier: T) -> Self {
        carrier.send(&init());
        let opened = carrier.receive();
        assert_eq!(opened[..15], *b"\xFF\xFF\xFF\xFF\x86\x00\x11a nonce.");
        Self { carrier, channel: opened[15..19].try_into().unwrap() }
    }

    /// Speaks on the channel of another from now on.
    pub(crate) fn adopt<U>(&mut self, other: &Client<U>) {
        self.channel = other.channel;
    }

    pub(crate) fn send(&mut self, command: u8, data: &[u8]) {
        let (first, rest) = data.split_at(data.len().min(57));
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        self.report(&[&self.channel, [command].as_slice(), &length, first].concat());
        for (sequence, part) in rest.chunks(59).enumerate() {
            self.report(&[&self.channel, [u8::try_from(sequence).unwrap()].as_slice(), part].concat());
        }
    }

    fn report(&mut self, bytes: &[u8]) {
        let mut report = [0; 64];
        report[..bytes.len()].copy_from_slice(bytes);
        self.carrier.send(&report);
    }

    /// The answer, after the keepalives.
    pub(crate) fn receive(&mut self) -> (u8, Vec<u8>) {
        loop {
            let report = self.carrier.receive();
            assert_eq!(report[..4], self.channel);
            if report[4] == 0xBB {
                continue;
            }
            let length = usize::from(u16::from_be_bytes([report[5], report[6]]));
            let mut data = report[7..].to_vec();
            let mut sequence = 0;
            while data.len() < length {
                let more = self.carrier.receive();
                assert_eq!((&more[..4], more[4]), (self.channel.as_slice(), sequence));
                data.extend_from_slice(&more[5..]);
                sequence += 1;
            }
            data.truncate(length);
            return (report[4], data);
        }
    }

    /// A request of CTAP2: its status and what follows.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (u8, Vec<u8>) {
        self.send(CBOR, request);
        let (command, data) = self.receive();
        assert_eq!(command, CBOR, "{data:?}");
        (data[0], data[1..].to_vec())
    }

    pub(crate) fn pings(&mut self) {
        self.send(PING, &[7; 200]);
        assert_eq!(self.receive(), (PING, vec![7; 200]));
    }
}
