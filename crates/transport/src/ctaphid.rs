//! CTAPHID (CTAP 2.3 §11.2): messages in reports of 64 bytes, over channels that several clients share.
//!
//! [`Device`] is the whole of it. Its owner
//! - gives it each report that comes in ([`Device::feed`]) and does what the [`Event`] says,
//! - sends what [`Device::poll_transmit`] has, until there is no more, after every other call,
//! - calls [`Device::handle_timeout`] when the moment of [`Device::poll_timeout`] has come.
//!
//! A message is for the owner to answer, in its own time: [`Device::reply`]. Meanwhile [`Device::activity`] says what the
//! client is to be told, and the device sees to the keepalives. Only CBOR messages reach the owner; the device answers the
//! rest itself.

mod channels;
mod command;
mod device;
mod message;
mod report;

pub use channels::ChannelId;
pub use device::{Device, Event, ReplyError, Settings, Transaction};
pub use report::{MAX_MESSAGE, REPORT_DESCRIPTOR, REPORT_SIZE, Report};

/// What a client that waits is told (HID-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// The authenticator is at work.
    Processing,
    /// It waits for its user.
    UserNeeded,
}

impl Activity {
    const fn status(self) -> u8 {
        match self {
            Self::Processing => 0x01,
            Self::UserNeeded => 0x02,
        }
    }
}
