//! Bytes in JSON: unpadded base64url going out, whatever sites really send coming in.

use std::fmt;

/// Bytes that travel as a base64url string. `Debug` shows their number only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Base64Url(Vec<u8>);

impl Base64Url {
    /// Reads base64url or base64, see [`decode`].
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        decode(text).map(Self)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The unpadded base64url form.
    pub fn encode(&self) -> String {
        encode(&self.0)
    }
}

impl From<Vec<u8>> for Base64Url {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Base64Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64Url({} bytes)", self.0.len())
    }
}

/// Why a string is not base64url. Positions are byte offsets into the string; the string itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A character of neither alphabet.
    Character {
        /// Where it stands.
        position: usize,
    },
    /// A character after the padding began.
    AfterPadding {
        /// Where it stands.
        position: usize,
    },
    /// There is padding, but not as much as the length asks for.
    Padding,
    /// One character is left over: no number of bytes encodes to this length, so the string was cut.
    Length,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { position } => write!(f, "unexpected character at position {position}"),
            Self::AfterPadding { position } => write!(f, "text after the padding at position {position}"),
            Self::Padding => f.write_str("wrong padding"),
            Self::Length => f.write_str("the text is cut short"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads base64url or base64, with full padding or none. White space is skipped wherever it stands, because encoders
/// of some sites end or wrap their lines. Bits left over after the last byte are dropped, as WHATWG's
/// forgiving-base64 does.
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut pending: u32 = 0;
    let mut pending_bits: u32 = 0;
    let mut symbols: usize = 0;
    let mut padding: usize = 0;

    for (position, character) in text.bytes().enumerate() {
        if character.is_ascii_whitespace() {
            continue;
        }
        if character == b'=' {
            padding += 1;
            continue;
        }
        let value = sextet(character).ok_or(DecodeError::Character { position })?;
        if padding > 0 {
            return Err(DecodeError::AfterPadding { position });
        }
        symbols += 1;
        pending = (pending << 6) | u32::from(value);
        pending_bits += 6;
        if pending_bits >= 8 {
            pending_bits -= 8;
            let [.., byte] = (pending >> pending_bits).to_be_bytes();
            bytes.push(byte);
        }
    }

    let full_padding = match symbols % 4 {
        0 => 0,
        2 => 2,
        3 => 1,
        _ => return Err(DecodeError::Length),
    };
    if padding != 0 && padding != full_padding {
        return Err(DecodeError::Padding);
    }
    Ok(bytes)
}

/// Writes unpadded base64url (RFC 4648 §5), the only form WebAuthn JSON knows.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        match *chunk {
            [a, b, c] => {
                text.push(symbol(a >> 2));
                text.push(symbol(a << 4 | b >> 4));
                text.push(symbol(b << 2 | c >> 6));
                text.push(symbol(c));
            }
            [a, b] => {
                text.push(symbol(a >> 2));
                text.push(symbol(a << 4 | b >> 4));
                text.push(symbol(b << 2));
            }
            [a] => {
                text.push(symbol(a >> 2));
                text.push(symbol(a << 4));
            }
            _ => {}
        }
    }
    text
}

fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'-' | b'+' => Some(62),
        b'_' | b'/' => Some(63),
        _ => None,
    }
}

/// The symbol of the low six bits.
fn symbol(bits: u8) -> char {
    let value = bits & 0x3f;
    match value {
        0..=25 => char::from(b'A' + value),
        26..=51 => char::from(b'a' + (value - 26)),
        52..=61 => char::from(b'0' + (value - 52)),
        62 => '-',
        _ => '_',
    }
}

#[cfg(test)]
mod tests;
