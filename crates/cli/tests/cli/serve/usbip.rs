//! A small client of USB/IP, which does what a kernel does with a device it attaches.

use super::client::{PATIENCE, Served, init};
use std::io::{Read, Write};
use std::net::TcpStream;

pub(super) struct Kernel {
    pub(super) stream: TcpStream,
    sequence: u32,
}

impl Kernel {
    fn connect(served: &Served) -> Self {
        let stream = TcpStream::connect(served.address("usbip")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, sequence: 0 }
    }

    fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Whether the device is given away.
    fn import(&mut self, bus_id: &str) -> bool {
        let mut request = b"\x01\x11\x80\x03\0\0\0\0".to_vec();
        request.extend(bus_id.as_bytes());
        request.resize(40, 0);
        self.stream.write_all(&request).unwrap();
        let head = self.read(8);
        assert_eq!(head[..4], *b"\x01\x11\x00\x03");
        let given = head[4..] == [0, 0, 0, 0];
        if given {
            let device = self.read(312);
            assert_eq!(device[256..259], *b"1-1");
            assert_eq!(device[300..304], [0x12, 0x09, 0x00, 0x01]);
        }
        given
    }

    pub(super) fn attached(served: &Served) -> Self {
        let mut kernel = Self::connect(served);
        assert!(kernel.import("1-1"));
        kernel
    }

    /// Once the server has noticed that another has let go.
    pub(super) fn attached_when_free(served: &Served) -> Self {
        loop {
            let mut kernel = Self::connect(served);
            if kernel.import("1-1") {
                return kernel;
            }
            std::thread::yield_now();
        }
    }

    /// Submits a transfer and says its number.
    fn submit(&mut self, is_in: bool, endpoint: u32, length: usize, setup: &[u8; 8], data: &[u8]) -> u32 {
        self.submit_packets(0, is_in, endpoint, length, setup, data)
    }

    fn submit_packets(
        &mut self,
        packets: u32,
        is_in: bool,
        endpoint: u32,
        length: usize,
        setup: &[u8; 8],
        data: &[u8],
    ) -> u32 {
        self.sequence += 1;
        let length = u32::try_from(length).unwrap();
        let numbers = [1, self.sequence, 0x0001_0002, u32::from(is_in), endpoint, 0, length, 0, packets, 0];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        bytes.extend(setup);
        bytes.extend(data);
        self.stream.write_all(&bytes).unwrap();
        self.sequence
    }

    /// What has ended: the kind of reply, its number, its status, and how many bytes were moved.
    fn ended(&mut self) -> (u32, u32, i32, usize) {
        let head = self.read(48);
        let number = |place: usize| u32::from_be_bytes(head[place..place + 4].try_into().unwrap());
        let status = i32::from_be_bytes(head[20..24].try_into().unwrap());
        (number(0), number(4), status, usize::try_from(number(24)).unwrap())
    }

    /// A control transfer that reads: `None` when it is stalled.
    fn control(&mut self, setup: &[u8; 8]) -> Option<Vec<u8>> {
        let wanted = usize::from(u16::from_le_bytes([setup[6], setup[7]]));
        let sequence = self.submit(true, 0, wanted, setup, &[]);
        let (kind, ended, status, length) = self.ended();
        assert_eq!((kind, ended), (3, sequence));
        (status == 0).then(|| self.read(length))
    }

    fn asks_for_report(&mut self) -> u32 {
        self.submit(true, 1, 64, &[0; 8], &[])
    }

    fn sends(&mut self, report: &[u8; 64]) {
        let sequence = self.submit(false, 1, 64, &[0; 8], report);
        assert_eq!(self.ended(), (3, sequence, 0, 64));
    }

    fn hears(&mut self, asked: u32) -> Vec<u8> {
        assert_eq!(self.ended(), (3, asked, 0, 64));
        self.read(64)
    }
}

fn served() -> Served {
    Served::start(&["--usbip", "127.0.0.1:0", "--user", "approve"])
}

#[test]
fn the_device_is_listed() {
    let served = served();
    let mut kernel = Kernel::connect(&served);
    kernel.stream.write_all(b"\x01\x11\x80\x05\0\0\0\0").unwrap();
    assert_eq!(kernel.read(12), b"\x01\x11\x00\x05\0\0\0\0\0\0\0\x01");
    assert_eq!(kernel.read(312)[256..259], *b"1-1");
    assert_eq!(kernel.read(4), [3, 0, 0, 0], "a HID interface");
}

#[test]
fn hid01_an_attached_device_tells_what_it_is() {
    let served = served();
    let mut kernel = Kernel::attached(&served);
    let device = kernel.control(b"\x80\x06\x00\x01\0\0\x12\x00").unwrap();
    assert_eq!((device.len(), device[..2].to_vec()), (18, vec![18, 1]));
    assert_eq!(
        kernel.control(b"\x80\x06\x00\x01\0\0\x08\x00").unwrap(),
        device[..8],
        "as much as is asked for"
    );
    let configuration = kernel.control(b"\x80\x06\x00\x02\0\0\xFF\x00").unwrap();
    assert_eq!(usize::from(configuration[2]), configuration.len());
    // Descriptor by descriptor: the interface, HID, an endpoint in each direction.
    let mut kinds = Vec::new();
    let mut rest = configuration.as_slice();
    while let [length, kind, ..] = rest {
        kinds.push(*kind);
        rest = &rest[usize::from(*length)..];
    }
    assert_eq!(kinds, [2, 4, 0x21, 5, 5]);
    let report = kernel.control(b"\x81\x06\x00\x22\0\0\x22\x00").unwrap();
    assert_eq!((report.len(), &report[..3]), (34, [0x06, 0xD0, 0xF1].as_slice()));
    let name = kernel.control(b"\x80\x06\x01\x03\x09\x04\xFF\x00").unwrap();
    assert_eq!(name[..4], [28, 3, b'A', 0]);
    for setup in [b"\x00\x09\x01\0\0\0\0\0", b"\x21\x0A\0\0\0\0\0\0"] {
        let sequence = kernel.submit(false, 0, 0, setup, &[]);
        assert_eq!(kernel.ended(), (3, sequence, 0, 0));
    }
    assert_eq!(kernel.control(b"\x80\x06\x07\x03\x09\x04\xFF\x00"), None, "there is no such string");
    assert_eq!(kernel.control(b"\xC0\x01\0\0\0\0\x02\x00"), None, "nor any vendor's own request");
}

#[test]
fn a_labs_device_says_that_it_is_one() {
    let lab = Served::start(&["--lab", "--usbip", "127.0.0.1:0"]);
    let name = Kernel::attached(&lab).control(b"\x80\x06\x02\x03\x09\x04\xFF\x00").unwrap();
    let text: Vec<u16> = name[2..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    assert_eq!(String::from_utf16(&text).unwrap(), "Authenticator (lab)");
}

#[test]
fn reports_and_transfers_find_each_other_whichever_comes_first() {
    let served = served();
    let mut kernel = Kernel::attached(&served);
    kernel.sends(&init());
    let asked = kernel.asks_for_report();
    let opened = kernel.hears(asked);
    assert_eq!(opened[..15], *b"\xFF\xFF\xFF\xFF\x86\x00\x11a nonce.");
    // The other way round; the transfer's end and the report's come in either order.
    let asked = kernel.asks_for_report();
    let mut ping = [0; 64];
    ping[..4].copy_from_slice(&opened[15..19]);
    ping[4..8].copy_from_slice(&[0x81, 0, 1, 0x77]);
    let sent = kernel.submit(false, 1, 64, &[0; 8], &ping);
    for _ in 0..2 {
        let (kind, ended, status, length) = kernel.ended();
        assert_eq!((kind, status, length), (3, 0, 64));
        if ended == asked {
            assert_eq!(kernel.read(64), ping);
        } else {
            assert_eq!(ended, sent);
        }
    }
}

#[test]
fn nobody_gets_more_than_there_is_room_for() {
    let served = served();
    let mut kernel = Kernel::attached(&served);
    // The device's descriptor, into less than it is, and into far more.
    for (room, moved) in [(8, 8), (0, 0), (18, 18), (1 << 20, 18)] {
        let sequence = kernel.submit(true, 0, room, b"\x80\x06\x00\x01\0\0\x12\x00", &[]);
        assert_eq!(kernel.ended(), (3, sequence, 0, moved));
        assert_eq!(kernel.read(moved).first(), [18].get(..moved.min(1)).unwrap().first());
    }
    // A report does not come in parts.
    let cut = kernel.submit(true, 1, 8, &[0; 8], &[]);
    let whole = kernel.submit(true, 1, 1 << 20, &[0; 8], &[]);
    kernel.submit(false, 1, 64, &[0; 8], &init());
    kernel.submit(false, 1, 64, &[0; 8], &init());
    let mut ended = Vec::new();
    while ended.len() < 4 {
        let (_, sequence, status, length) = kernel.ended();
        if [cut, whole].contains(&sequence) {
            assert_eq!(kernel.read(length)[..5], [0xFF, 0xFF, 0xFF, 0xFF, 0x86]);
        }
        ended.push((sequence, status, length));
    }
    assert!(ended.contains(&(cut, -75, 8)), "{ended:?}");
    assert!(ended.contains(&(whole, 0, 64)), "{ended:?}");
}

#[test]
fn there_is_one_configuration_and_one_form_of_the_interface() {
    let served = served();
    let mut kernel = Kernel::attached(&served);
    let mut set = |setup| {
        let sequence = kernel.submit(false, 0, 0, setup, &[]);
        let (_, ended, status, _) = kernel.ended();
        assert_eq!(ended, sequence);
        status
    };
    assert_eq!(set(b"\x00\x09\x02\0\0\0\0\0"), -32, "another configuration");
    assert_eq!(set(b"\x00\x09\x01\x01\0\0\0\0"), -32, "another configuration");
    assert_eq!(set(b"\x01\x0B\x01\0\0\0\0\0"), -32, "another form");
    assert_eq!(set(b"\x01\x0B\0\0\x01\0\0\0"), -32, "another interface");
    assert_eq!(set(b"\x01\x0B\0\0\0\0\0\0"), 0);
    for configuration in [0, 1] {
        let sequence = kernel.submit(false, 0, 0, &[0, 9, configuration, 0, 0, 0, 0, 0], &[]);
        assert_eq!(kernel.ended(), (3, sequence, 0, 0));
        assert_eq!(kernel.control(b"\x80\x08\0\0\0\0\x01\0").unwrap(), [configuration]);
    }
}

#[test]
fn isochronous_transfers_are_closed_on() {
    let served = served();
    for (packets, is_taken) in [(0, true), (u32::MAX, true), (1, false)] {
        let mut kernel = Kernel::attached_when_free(&served);
        kernel.submit_packets(packets, true, 0, 1, b"\x80\x08\0\0\0\0\x01\0", &[]);
        let mut answer = [0; 49];
        assert_eq!(kernel.stream.read_exact(&mut answer).is_ok(), is_taken, "{packets} packets");
    }
}

#[test]
fn where_there_is_no_room_the_oldest_who_has_not_attached_it_goes() {
    const MOST: usize = 64;
    let served = served();
    let list = |kernel: &mut Kernel| {
        // It may be closed before it has asked.
        let _ = kernel.stream.write_all(b"\x01\x11\x80\x05\0\0\0\0");
        kernel.stream.read_exact(&mut [0; 328]).is_ok()
    };
    let mut attached = Kernel::attached(&served);
    let mut clients: Vec<Kernel> = (0..MOST).map(|_| Kernel::connect(&served)).collect();
    assert!(clients.iter_mut().all(list));
    assert!(list(&mut Kernel::connect(&served)), "one more is heard");
    assert!(!list(&mut clients[0]), "and the first is not any more");
    assert!(list(&mut clients[MOST - 1]));
    attached.sends(&init());
    let asked = attached.asks_for_report();
    assert_eq!(attached.hears(asked)[4], 0x86, "whoever has it keeps it");
}

#[test]
fn a_transfer_can_be_forgotten() {
    let served = served();
    let mut kernel = Kernel::attached(&served);
    let asked = kernel.asks_for_report();
    for (forgotten, status) in [(asked, -104), (asked, 0)] {
        kernel.sequence += 1;
        let numbers = [2, kernel.sequence, 0x0001_0002, 0, 0, forgotten, 0, 0, 0, 0, 0, 0];
        let bytes: Vec<u8> = numbers.iter().flat_map(|number: &u32| number.to_be_bytes()).collect();
        kernel.stream.write_all(&bytes).unwrap();
        assert_eq!(kernel.ended(), (4, kernel.sequence, status, 0));
    }
    kernel.sends(&init());
    let asked = kernel.asks_for_report();
    assert_eq!(kernel.hears(asked)[4], 0x86);
}

#[test]
fn one_kernel_has_the_device_at_a_time() {
    let served = served();
    let mut first = Kernel::attached(&served);
    let mut second = Kernel::connect(&served);
    assert!(!second.import("1-1"));
    assert!(!second.import("2-1"), "there is no other");
    first.sends(&init());
    drop(first);
    // It is free once the server has noticed.
    while !second.import("1-1") {
        std::thread::yield_now();
    }
    second.sends(&init());
    let asked = second.asks_for_report();
    assert_eq!(second.hears(asked)[4], 0x86);
}

#[test]
fn what_is_no_usbip_is_closed_unanswered() {
    let served = served();
    for attempt in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &[0xFF; 64]] {
        let mut kernel = Kernel::connect(&served);
        kernel.stream.write_all(attempt).unwrap();
        let mut answer = Vec::new();
        let _ = kernel.stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }
}
