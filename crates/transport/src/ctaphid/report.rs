//! Reports: what 64 bytes say.

use super::channels::ChannelId;

/// How long a report is, in both directions.
pub const REPORT_SIZE: usize = 64;

/// One report, padded with zeros (HID-02).
pub type Report = [u8; REPORT_SIZE];

/// What the first packet of a message has room for.
pub(super) const INITIAL_DATA: usize = REPORT_SIZE - 7;

/// What each packet after it has room for.
pub(super) const CONTINUATION_DATA: usize = REPORT_SIZE - 5;

/// The longest message: a first packet and 128 more (HID-03).
pub const MAX_MESSAGE: usize = INITIAL_DATA + 128 * CONTINUATION_DATA;

/// The HID report descriptor of a FIDO device: one input and one output report of 64 bytes, without report ids (HID-01).
pub const REPORT_DESCRIPTOR: [u8; 34] = [
    0x06, 0xD0, 0xF1, // usage page: FIDO alliance
    0x09, 0x01, // usage: CTAPHID
    0xA1, 0x01, // collection: application
    0x09, 0x20, // usage: data in
    0x15, 0x00, // logical minimum: 0
    0x26, 0xFF, 0x00, // logical maximum: 255
    0x75, 0x08, // report size: 8 bits
    0x95, 0x40, // report count: 64
    0x81, 0x02, // input: data, variable, absolute
    0x09, 0x21, // usage: data out
    0x15, 0x00, // logical minimum: 0
    0x26, 0xFF, 0x00, // logical maximum: 255
    0x75, 0x08, // report size: 8 bits
    0x95, 0x40, // report count: 64
    0x91, 0x02, // output: data, variable, absolute
    0xC0, // end of the collection
];

/// A report, taken apart. Any 64 bytes are one.
pub(super) struct Packet<'r> {
    pub(super) channel: ChannelId,
    pub(super) body: Body<'r>,
}

pub(super) enum Body<'r> {
    /// The first packet of a message.
    Initial { command: u8, length: u16, data: &'r [u8; INITIAL_DATA] },
    /// One more of it.
    Continuation { sequence: u8, data: &'r [u8; CONTINUATION_DATA] },
}

impl<'r> Packet<'r> {
    pub(super) fn parse(report: &'r Report) -> Self {
        // The patterns are as long as the array, so the compiler holds the lengths.
        let [c0, c1, c2, c3, kind, rest @ ..] = report;
        let channel = ChannelId(u32::from_be_bytes([*c0, *c1, *c2, *c3]));
        let body = if kind & 0x80 == 0 {
            Body::Continuation { sequence: *kind, data: rest }
        } else {
            let [high, low, data @ ..] = rest;
            Body::Initial { command: *kind, length: u16::from_be_bytes([*high, *low]), data }
        };
        Self { channel, body }
    }
}

/// The first packet of a message of `length` bytes, with as many of them as fit.
pub(super) fn initial(channel: ChannelId, command: u8, length: u16, data: &[u8]) -> Report {
    let [high, low] = length.to_be_bytes();
    let [c0, c1, c2, c3] = channel.0.to_be_bytes();
    fill(&[c0, c1, c2, c3, command, high, low], data)
}

/// Another packet of it.
pub(super) fn continuation(channel: ChannelId, sequence: u8, data: &[u8]) -> Report {
    let [c0, c1, c2, c3] = channel.0.to_be_bytes();
    fill(&[c0, c1, c2, c3, sequence], data)
}

fn fill(head: &[u8], data: &[u8]) -> Report {
    let mut report = [0; REPORT_SIZE];
    report.iter_mut().zip(head.iter().chain(data)).for_each(|(place, byte)| *place = *byte);
    report
}
