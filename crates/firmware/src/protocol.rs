//! Frames between the host and the device: a kind, a length of two bytes (big-endian), and as many bytes.
//!
//! Beside CTAP's requests and replies there is a control channel. It stands for what a board has: a button, a fingerprint
//! reader, a power line, a clock, a source of randomness.

use core::time::Duration;

/// How long a frame's head is.
pub const HEAD: usize = 3;

/// What the person at the device does, as the device polls for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Button {
    /// Nothing, for this long (up to 65 s).
    Nothing(Duration),
    /// They touch.
    Touch,
    /// Their fingerprint is recognised.
    Verified,
    /// They choose the candidate at this place, 0 being the newest, and give what was asked for.
    Choose(u8),
    /// They say no.
    Decline,
    /// Not the person but the client: it cancels the command.
    Cancel,
    /// They touch, and hold for as long as a long touch takes.
    Hold,
}

/// What the host sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToDevice<'a> {
    /// A CTAP request. Answered with keepalives and prompts while it runs, and then with its reply.
    Request(&'a [u8]),
    /// The answer to a keepalive.
    Button(Button),
    /// Unplug and plug in.
    PowerCycle,
    /// Time passes (up to 65 s).
    Advance(Duration),
    /// The seed of the randomness, and the first frame of all.
    Seed(u64),
    /// Ask for [`FromDevice::Figures`].
    Figures,
    /// Ends the emulation.
    Exit,
}

/// What the device sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromDevice<'a> {
    /// The CTAP reply.
    Reply(&'a [u8]),
    /// A prompt has begun: what is asked, and among how many candidates.
    Prompt {
        /// What is asked for.
        ask: Asked,
        /// How many discoverable credentials there are to choose among.
        candidates: u8,
    },
    /// The device waits for its user, and for a [`ToDevice::Button`].
    Keepalive,
    /// What has been measured.
    Figures {
        /// The most of the stack ever in use, in bytes.
        stack: u32,
        /// The instructions of the latest request.
        instructions: u64,
    },
    /// The control frame has taken effect.
    Done,
    /// The frame was none of those, or came at the wrong moment.
    Misplaced,
}

/// What a prompt asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A touch.
    Presence,
    /// A fingerprint.
    Verification,
    /// A touch for what belongs to no site.
    Confirmation,
    /// The same, held for long.
    LongTouch,
}

impl Button {
    fn encode(self) -> [u8; 3] {
        match self {
            Self::Nothing(time) => {
                let [high, low] = milliseconds(time);
                [0, high, low]
            }
            Self::Touch => [1, 0, 0],
            Self::Verified => [2, 0, 0],
            Self::Choose(place) => [3, 0, place],
            Self::Decline => [4, 0, 0],
            Self::Cancel => [5, 0, 0],
            Self::Hold => [6, 0, 0],
        }
    }

    fn decode(bytes: [u8; 3]) -> Option<Self> {
        match bytes {
            [0, high, low] => Some(Self::Nothing(time([high, low]))),
            [1, 0, 0] => Some(Self::Touch),
            [2, 0, 0] => Some(Self::Verified),
            [3, 0, place] => Some(Self::Choose(place)),
            [4, 0, 0] => Some(Self::Decline),
            [5, 0, 0] => Some(Self::Cancel),
            [6, 0, 0] => Some(Self::Hold),
            _ => None,
        }
    }
}

impl<'a> ToDevice<'a> {
    /// Writes the frame and says how long it is; `None` when `out` is too short.
    #[must_use]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        match self {
            Self::Request(request) => frame(out, 0x01, &[request]),
            Self::Button(button) => frame(out, 0x02, &[&button.encode()]),
            Self::PowerCycle => frame(out, 0x03, &[]),
            Self::Advance(time) => frame(out, 0x04, &[&milliseconds(*time)]),
            Self::Seed(seed) => frame(out, 0x05, &[&seed.to_be_bytes()]),
            Self::Figures => frame(out, 0x06, &[]),
            Self::Exit => frame(out, 0x07, &[]),
        }
    }

    /// Reads a frame of this kind; `None` when it is no such frame.
    #[must_use]
    pub fn decode(kind: u8, payload: &'a [u8]) -> Option<Self> {
        match (kind, payload) {
            (0x01, request) => Some(Self::Request(request)),
            (0x02, button) => Some(Self::Button(Button::decode(button.try_into().ok()?)?)),
            (0x03, []) => Some(Self::PowerCycle),
            (0x04, &[high, low]) => Some(Self::Advance(time([high, low]))),
            (0x05, seed) => Some(Self::Seed(u64::from_be_bytes(seed.try_into().ok()?))),
            (0x06, []) => Some(Self::Figures),
            (0x07, []) => Some(Self::Exit),
            _ => None,
        }
    }
}

impl<'a> FromDevice<'a> {
    /// Writes the frame and says how long it is; `None` when `out` is too short.
    #[must_use]
    pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
        match self {
            Self::Reply(reply) => frame(out, REPLY, &[reply]),
            Self::Prompt { ask, candidates } => {
                let ask = match ask {
                    Asked::Presence => 0,
                    Asked::Verification => 1,
                    Asked::Confirmation => 2,
                    Asked::LongTouch => 3,
                };
                frame(out, 0x82, &[&[ask, *candidates]])
            }
            Self::Keepalive => frame(out, 0x83, &[]),
            Self::Figures { stack, instructions } => {
                frame(out, 0x84, &[&stack.to_be_bytes(), &instructions.to_be_bytes()])
            }
            Self::Done => frame(out, 0x85, &[]),
            Self::Misplaced => frame(out, 0x86, &[]),
        }
    }

    /// Reads a frame of this kind; `None` when it is no such frame.
    #[must_use]
    pub fn decode(kind: u8, payload: &'a [u8]) -> Option<Self> {
        match (kind, payload) {
            (REPLY, reply) => Some(Self::Reply(reply)),
            (0x82, &[ask, candidates]) => {
                let ask = match ask {
                    0 => Asked::Presence,
                    1 => Asked::Verification,
                    2 => Asked::Confirmation,
                    3 => Asked::LongTouch,
                    _ => return None,
                };
                Some(Self::Prompt { ask, candidates })
            }
            (0x83, []) => Some(Self::Keepalive),
            (0x84, figures) => {
                let (stack, instructions) = figures.split_first_chunk()?;
                let (stack, instructions) = (u32::from_be_bytes(*stack), instructions.try_into().ok()?);
                Some(Self::Figures { stack, instructions: u64::from_be_bytes(instructions) })
            }
            (0x85, []) => Some(Self::Done),
            (0x86, []) => Some(Self::Misplaced),
            _ => None,
        }
    }
}

/// The kind of [`FromDevice::Reply`].
pub const REPLY: u8 = 0x81;

/// The head of a frame.
#[must_use]
pub fn head(kind: u8, length: u16) -> [u8; HEAD] {
    let [high, low] = length.to_be_bytes();
    [kind, high, low]
}

fn frame(out: &mut [u8], kind: u8, parts: &[&[u8]]) -> Option<usize> {
    let length = u16::try_from(parts.iter().map(|part| part.len()).fold(0, usize::saturating_add)).ok()?;
    let whole = out.get_mut(..HEAD.checked_add(usize::from(length))?)?;
    let head = head(kind, length);
    let bytes = head.iter().chain(parts.iter().copied().flatten());
    whole.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    Some(whole.len())
}

fn milliseconds(time: Duration) -> [u8; 2] {
    u16::try_from(time.as_millis()).unwrap_or(u16::MAX).to_be_bytes()
}

fn time(milliseconds: [u8; 2]) -> Duration {
    Duration::from_millis(u16::from_be_bytes(milliseconds).into())
}

#[cfg(test)]
mod tests;
