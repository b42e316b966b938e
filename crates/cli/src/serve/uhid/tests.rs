//! The kernel's part, played with a socket of datagrams: as with `/dev/uhid`, one write is one event.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use super::{Input, Link, REPORT_DESCRIPTOR, Uhid};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, sync_channel};

/// The kernel, which has seen the device come.
struct Kernel {
    socket: UnixDatagram,
    inputs: Receiver<Input>,
}

impl Kernel {
    fn new() -> (Self, Uhid) {
        let (socket, ours) = UnixDatagram::pair().unwrap();
        let (sender, inputs) = sync_channel(8);
        let device = Uhid::over(File::from(OwnedFd::from(ours)), "Authenticator (lab)", &sender).unwrap();
        let kernel = Self { socket, inputs };
        kernel.sees_the_device();
        (kernel, device)
    }

    fn hears(&self) -> (u32, Vec<u8>) {
        let mut event = [0; 5_000];
        let length = self.socket.recv(&mut event).unwrap();
        (u32::from_ne_bytes(event[..4].try_into().unwrap()), event[4..length].to_vec())
    }

    fn says(&self, kind: u32, rest: &[u8]) {
        // The kernel's events all have the length of the longest.
        let mut event = [&kind.to_ne_bytes(), rest].concat();
        event.resize(4_376, 0);
        self.socket.send(&event).unwrap();
    }

    fn sees_the_device(&self) {
        let (kind, event) = self.hears();
        assert_eq!((kind, event.len()), (11, 4_372));
        assert_eq!(event[..20], *b"Authenticator (lab)\0");
        assert_eq!(event[256..260], [[34, 0], [3, 0]].concat().map_ne());
        assert_eq!(event[260..268], [0x1209_u32.to_ne_bytes(), 1_u32.to_ne_bytes()].concat());
        assert_eq!(event[276..310], REPORT_DESCRIPTOR);
    }
}

/// Two numbers of two bytes each, written as little-endian, in the machine's order.
trait Numbers {
    fn map_ne(self) -> Vec<u8>;
}

impl Numbers for Vec<u8> {
    fn map_ne(self) -> Vec<u8> {
        self.chunks(2).flat_map(|two| u16::from_le_bytes([two[0], two[1]]).to_ne_bytes()).collect()
    }
}

#[test]
fn hid01_the_kernel_is_told_what_the_device_is_and_when_it_goes() {
    let (kernel, device) = Kernel::new();
    device.replug();
    assert_eq!(kernel.hears().0, 1);
    kernel.sees_the_device();
    drop(device);
    assert_eq!(kernel.hears().0, 1);
}

#[test]
fn reports_go_both_ways() {
    let (kernel, device) = Kernel::new();
    device.send(&[7; 64]);
    assert_eq!(kernel.hears(), (12, [64_u16.to_ne_bytes().as_slice(), &[7; 64]].concat()));
    // With the number 0 before it, as hidraw has it, and without.
    for (data, size) in [([[0].as_slice(), &[5; 64]].concat(), 65_u16), (vec![5; 64], 64)] {
        let mut event = data;
        event.resize(4_096, 0);
        event.extend(size.to_ne_bytes());
        kernel.says(6, &event);
        let input = kernel.inputs.recv().unwrap();
        assert!(matches!(input, Input::Report(Link::Bus, report) if report == [5; 64]));
    }
}

#[test]
fn what_is_no_report_is_ignored_and_the_last_to_close_has_gone() {
    let (kernel, _device) = Kernel::new();
    let mut short = vec![5; 4_096];
    short.extend(63_u16.to_ne_bytes());
    kernel.says(6, &short);
    kernel.says(2, &[]);
    kernel.says(4, &[]);
    kernel.says(5, &[]);
    assert!(matches!(kernel.inputs.recv().unwrap(), Input::Unlinked(Link::Bus)));
}

#[test]
fn a_report_that_is_asked_for_is_not_there() {
    let (kernel, _device) = Kernel::new();
    let (number, error) = (0x0102_0304_u32.to_ne_bytes(), 5_u16.to_ne_bytes());
    kernel.says(9, &number);
    assert_eq!(kernel.hears(), (10, [number.as_slice(), &error, &[0, 0]].concat()));
    kernel.says(13, &number);
    assert_eq!(kernel.hears(), (14, [number.as_slice(), &error].concat()));
}
