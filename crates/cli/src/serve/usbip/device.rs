//! The USB device: its descriptors, and transfers that wait for reports.

use super::wire::{Direction, Status, Submit, submitted, unlinked};
use super::{PRODUCT, RELEASE, VENDOR};
use authenticator_transport::ctaphid::{REPORT_DESCRIPTOR, REPORT_SIZE, Report};
use std::collections::VecDeque;

/// How many reports, or transfers, may wait for the other: the longest message is 129 reports.
const MOST_WAITING: usize = 512;

/// The one interface's endpoint for reports, in each direction.
const REPORTS: u32 = 1;

const DEVICE_DESCRIPTOR: u8 = 1;
const CONFIGURATION_DESCRIPTOR: u8 = 2;
const STRING_DESCRIPTOR: u8 = 3;
const HID_DESCRIPTOR: u8 = 0x21;
const REPORT_DESCRIPTOR_TYPE: u8 = 0x22;

/// Transfers that ask for reports, and reports that nobody has asked for yet.
pub(super) struct Device {
    name: &'static str,
    /// Their numbers, and how long their buffers are.
    asking: VecDeque<(u32, usize)>,
    reports: VecDeque<Report>,
    /// 0 until the client chooses the one there is.
    configuration: u8,
}

/// What comes of a transfer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has ended.
    Reply(Vec<u8>),
    /// It has ended, and has brought a report.
    Report(Vec<u8>, Report),
    /// It waits.
    Waits,
}

impl Device {
    /// One that has just been attached.
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, asking: VecDeque::new(), reports: VecDeque::new(), configuration: 0 }
    }

    pub(super) fn submit(&mut self, transfer: &Submit) -> Outcome {
        let sequence = transfer.sequence;
        match (transfer.endpoint, transfer.direction) {
            (0, direction) => Outcome::Reply(match self.control(&transfer.setup) {
                Some(answer) if direction == Direction::In => {
                    let [.., low, high] = transfer.setup;
                    let wanted = usize::from(u16::from_le_bytes([low, high])).min(transfer.length);
                    let data = answer.get(..wanted).unwrap_or(&answer);
                    submitted(sequence, Status::Done, data.len(), data)
                }
                Some(_) => submitted(sequence, Status::Done, transfer.data.len(), &[]),
                None => submitted(sequence, Status::Stalled, 0, &[]),
            }),
            (REPORTS, Direction::Out) => match Report::try_from(transfer.data.as_slice()) {
                Ok(report) => Outcome::Report(submitted(sequence, Status::Done, REPORT_SIZE, &[]), report),
                Err(_) => Outcome::Reply(submitted(sequence, Status::Stalled, 0, &[])),
            },
            (REPORTS, Direction::In) if self.asking.len() < MOST_WAITING => {
                self.asking.push_back((sequence, transfer.length));
                self.next().map_or(Outcome::Waits, Outcome::Reply)
            }
            _ => Outcome::Reply(submitted(sequence, Status::Stalled, 0, &[])),
        }
    }

    /// A report for the client, and the end of the transfer that has waited for it. One too many is lost.
    pub(super) fn send(&mut self, report: &Report) -> Option<Vec<u8>> {
        if self.reports.len() < MOST_WAITING {
            self.reports.push_back(*report);
        }
        self.next()
    }

    /// Forgets a transfer, if it still waits.
    pub(super) fn unlink(&mut self, sequence: u32, forgotten: u32) -> Vec<u8> {
        let waiting = self.asking.len();
        self.asking.retain(|(asking, _)| *asking != forgotten);
        let status = if self.asking.len() < waiting { Status::Unlinked } else { Status::Done };
        unlinked(sequence, status)
    }

    /// A transfer and a report that have found each other.
    fn next(&mut self) -> Option<Vec<u8>> {
        if self.asking.is_empty() || self.reports.is_empty() {
            return None;
        }
        let ((sequence, length), report) = (self.asking.pop_front()?, self.reports.pop_front()?);
        Some(match report.get(..length) {
            Some(cut) if length < REPORT_SIZE => submitted(sequence, Status::Overflow, length, cut),
            _ => submitted(sequence, Status::Done, REPORT_SIZE, &report),
        })
    }

    /// The answer to a request on the control endpoint; `None`: there is no such request.
    fn control(&mut self, setup: &[u8; 8]) -> Option<Vec<u8>> {
        let [kind, request, low, high, index, ..] = *setup;
        match (kind, request, [low, high]) {
            // SET_CONFIGURATION, of which there is one, or none.
            (0x00, 0x09, [0 | 1, 0]) => {
                self.configuration = low;
                Some(Vec::new())
            }
            // GET_CONFIGURATION.
            (0x80, 0x08, _) => Some(vec![self.configuration]),
            // SET_INTERFACE, of which there is one, in one form.
            (0x01, 0x0B, [0, 0]) if index == 0 => Some(Vec::new()),
            _ => always(setup, self.name),
        }
    }
}

/// The answer to a request that asks for the same at all times.
fn always(setup: &[u8; 8], name: &str) -> Option<Vec<u8>> {
    let [kind, request, index, descriptor, ..] = *setup;
    Some(match (kind, request) {
        // GET_DESCRIPTOR of the device, and of the interface.
        (0x80, 0x06) => match descriptor {
            DEVICE_DESCRIPTOR => device(),
            CONFIGURATION_DESCRIPTOR => configuration(),
            STRING_DESCRIPTOR => string(index, name)?,
            _ => return None,
        },
        (0x81, 0x06) => match descriptor {
            HID_DESCRIPTOR => hid(),
            REPORT_DESCRIPTOR_TYPE => REPORT_DESCRIPTOR.to_vec(),
            _ => return None,
        },
        // GET_STATUS of anything; GET_INTERFACE.
        (0x80..=0x82, 0x00) => vec![0, 0],
        (0x81, 0x0A) => vec![0],
        // CLEAR_FEATURE of an endpoint, SET_IDLE: there is nothing to choose.
        (0x02, 0x01) | (0x21, 0x0A) => Vec::new(),
        _ => return None,
    })
}

fn device() -> Vec<u8> {
    let [[v0, v1], [p0, p1], [r0, r1]] = [VENDOR, PRODUCT, RELEASE].map(u16::to_le_bytes);
    // USB 2.0, class by interface, packets of 64 bytes, strings 1 and 2, one configuration.
    vec![18, DEVICE_DESCRIPTOR, 0x00, 0x02, 0, 0, 0, 64, v0, v1, p0, p1, r0, r1, 1, 2, 0, 1]
}

fn configuration() -> Vec<u8> {
    // An endpoint: interrupt, 64 bytes, each 5 ms.
    let endpoint = |address: u8| [7, 5, address, 0x03, 64, 0, 5];
    let interface: [u8; 9] = [9, 4, 0, 0, 2, 0x03, 0, 0, 0];
    let parts = [interface.as_slice(), &hid(), &endpoint(0x81), &endpoint(0x01)].concat();
    let length = u16::try_from(parts.len()).unwrap_or(u16::MAX).saturating_add(9).to_le_bytes();
    let [low, high] = length;
    // One interface, configuration 1, powered by the bus with 100 mA.
    [[9, CONFIGURATION_DESCRIPTOR, low, high, 1, 1, 0, 0x80, 50].as_slice(), &parts].concat()
}

fn hid() -> Vec<u8> {
    let [low, high] = u16::try_from(REPORT_DESCRIPTOR.len()).unwrap_or(u16::MAX).to_le_bytes();
    vec![9, HID_DESCRIPTOR, 0x11, 0x01, 0, 1, REPORT_DESCRIPTOR_TYPE, low, high]
}

fn string(index: u8, name: &str) -> Option<Vec<u8>> {
    let data: Vec<u8> = match index {
        // English, as it has to be some language.
        0 => vec![0x09, 0x04],
        1 | 2 => name.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => return None,
    };
    let length = u8::try_from(data.len()).ok()?.checked_add(2)?;
    Some([[length, STRING_DESCRIPTOR].as_slice(), &data].concat())
}
