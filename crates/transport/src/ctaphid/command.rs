//! The numbers of CTAPHID.

/// What a message is for, as the host may say it (HID-05). Its number has the highest bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ping,
    Lock,
    Init,
    Wink,
    Cbor,
    Cancel,
}

impl Command {
    /// `None` for everything a device does not take: unknown commands, vendors' own, and those that only a device sends
    /// (HID-17). MSG is one of them, because there is no CTAP1 here (HID-08).
    pub(super) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x81 => Self::Ping,
            0x84 => Self::Lock,
            0x86 => Self::Init,
            0x88 => Self::Wink,
            0x90 => Self::Cbor,
            0x91 => Self::Cancel,
            _ => return None,
        })
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Ping => 0x81,
            Self::Lock => 0x84,
            Self::Init => 0x86,
            Self::Wink => 0x88,
            Self::Cbor => 0x90,
            Self::Cancel => 0x91,
        }
    }
}

/// KEEPALIVE, which only the device sends.
pub(super) const KEEPALIVE: u8 = 0xBB;

/// ERROR, which only the device sends.
pub(super) const ERROR: u8 = 0xBF;

/// The version of the protocol.
pub(super) const PROTOCOL: u8 = 2;

/// WINK, CBOR, and no MSG (HID-08).
pub(super) const CAPABILITIES: u8 = 0x01 | 0x04 | 0x08;

/// What is wrong with a message (HID-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    InvalidCommand,
    InvalidParameter,
    InvalidLength,
    InvalidSequence,
    Timeout,
    ChannelBusy,
    InvalidChannel,
}

impl Fault {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::InvalidCommand => 0x01,
            Self::InvalidParameter => 0x02,
            Self::InvalidLength => 0x03,
            Self::InvalidSequence => 0x04,
            Self::Timeout => 0x05,
            Self::ChannelBusy => 0x06,
            Self::InvalidChannel => 0x0B,
        }
    }
}
