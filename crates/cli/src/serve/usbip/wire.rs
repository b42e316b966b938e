//! The bytes of USB/IP (the kernel's `usb/usbip_protocol.rst`): all numbers are big-endian.

use std::io::{self, Read};

/// Version 1.1.1.
const VERSION: u16 = 0x0111;
const OP_REQ_DEVLIST: u16 = 0x8005;
const OP_REP_DEVLIST: u16 = 0x0005;
const OP_REQ_IMPORT: u16 = 0x8003;
const OP_REP_IMPORT: u16 = 0x0003;
const CMD_SUBMIT: u32 = 1;
const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;

/// The name under which a client asks for the device.
pub(super) const BUS_ID: &str = "1-1";
const BUS_ID_LENGTH: usize = 32;
const BUS: u32 = 1;
const DEVICE: u32 = 2;
/// 12 Mbit/s.
const FULL_SPEED: u32 = 2;

/// The most that may come in one transfer: no client has reason to send more. What it has room for is its own business.
const LONGEST_TRANSFER: u32 = 4_096;

/// What a client asks for before it has the device.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Import { is_ours: bool },
}

impl Operation {
    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 8];
        input.read_exact(&mut head)?;
        let [_, _, high, low, ..] = head;
        match u16::from_be_bytes([high, low]) {
            OP_REQ_DEVLIST => Ok(Self::List),
            OP_REQ_IMPORT => {
                let mut bus_id = [0; BUS_ID_LENGTH];
                input.read_exact(&mut bus_id)?;
                Ok(Self::Import { is_ours: bus_id == padded::<BUS_ID_LENGTH>(BUS_ID) })
            }
            _ => Err(unreadable()),
        }
    }

    /// The whole reply.
    pub(super) fn reply(&self, vendor: u16, product: u16) -> Vec<u8> {
        match self {
            Self::List => {
                let interface = [0x03, 0x00, 0x00, 0x00];
                let device = describe(vendor, product);
                [operation(OP_REP_DEVLIST, 0).as_slice(), &1_u32.to_be_bytes(), &device, &interface].concat()
            }
            Self::Import { is_ours: true } => {
                [operation(OP_REP_IMPORT, 0).as_slice(), &describe(vendor, product)].concat()
            }
            Self::Import { is_ours: false } => operation(OP_REP_IMPORT, 1),
        }
    }
}

fn operation(code: u16, status: u32) -> Vec<u8> {
    [VERSION.to_be_bytes().as_slice(), &code.to_be_bytes(), &status.to_be_bytes()].concat()
}

/// The device, with one configuration and one interface.
fn describe(vendor: u16, product: u16) -> Vec<u8> {
    let mut device = padded::<256>("/sys/devices/authenticator/usb1/1-1").to_vec();
    device.extend(padded::<BUS_ID_LENGTH>(BUS_ID));
    for number in [BUS, DEVICE, FULL_SPEED] {
        device.extend(number.to_be_bytes());
    }
    for number in [vendor, product, super::RELEASE] {
        device.extend(number.to_be_bytes());
    }
    // Class, subclass and protocol are the interface's; configuration 1 of 1, with 1 interface.
    device.extend([0, 0, 0, 1, 1, 1]);
    device
}

fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    bytes
}

/// What a client does with the device.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Urb {
    Submit(Submit),
    /// A submission is to be forgotten.
    Unlink {
        sequence: u32,
        forgotten: u32,
    },
}

/// A transfer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Submit {
    pub(super) sequence: u32,
    pub(super) endpoint: u32,
    pub(super) direction: Direction,
    pub(super) setup: [u8; 8],
    /// How long the client's buffer is. One that gets more takes it for an attack.
    pub(super) length: usize,
    /// What goes out to the device.
    pub(super) data: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Out,
    In,
}

impl Urb {
    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        let [command, sequence, _device, direction, endpoint] = numbers::<5>(input)?;
        let [flags_or_forgotten, length, _start, packets, _interval] = numbers::<5>(input)?;
        let mut setup = [0; 8];
        input.read_exact(&mut setup)?;
        match command {
            CMD_UNLINK => Ok(Self::Unlink { sequence, forgotten: flags_or_forgotten }),
            // What has packets is isochronous, and has descriptions of them behind its data.
            CMD_SUBMIT if matches!(packets, 0 | u32::MAX) => {
                let direction = if direction == 0 { Direction::Out } else { Direction::In };
                if direction == Direction::Out && length > LONGEST_TRANSFER {
                    return Err(unreadable());
                }
                let length = usize::try_from(length).map_err(|_| unreadable())?;
                let mut data = Vec::new();
                if direction == Direction::Out {
                    data.resize(length, 0);
                    input.read_exact(&mut data)?;
                }
                Ok(Self::Submit(Submit { sequence, endpoint, direction, setup, length, data }))
            }
            _ => Err(unreadable()),
        }
    }
}

fn numbers<const N: usize>(input: &mut impl Read) -> io::Result<[u32; N]> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        let mut bytes = [0; 4];
        input.read_exact(&mut bytes)?;
        *number = u32::from_be_bytes(bytes);
    }
    Ok(numbers)
}

fn unreadable() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// How a transfer has ended, as Linux numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Done,
    /// The request is not known.
    Stalled,
    /// There was more than it has room for.
    Overflow,
    /// It was forgotten in time.
    Unlinked,
}

impl Status {
    const fn number(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Stalled => -32,
            Self::Overflow => -75,
            Self::Unlinked => -104,
        }
    }
}

/// The end of a transfer: `length` bytes were moved, those of `data` towards the client.
pub(super) fn submitted(sequence: u32, status: Status, length: usize, data: &[u8]) -> Vec<u8> {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let head = returned(RET_SUBMIT, sequence, [status.number(), length, 0, 0, 0]);
    [head.as_slice(), data].concat()
}

pub(super) fn unlinked(sequence: u32, status: Status) -> Vec<u8> {
    returned(RET_UNLINK, sequence, [status.number(), 0, 0, 0, 0])
}

fn returned(command: u32, sequence: u32, about: [i32; 5]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [command, sequence, 0, 0, 0] {
        bytes.extend(number.to_be_bytes());
    }
    for number in about {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend([0; 8]);
    bytes
}
