//! Bytes in messages: two hexadecimal digits each.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hex<const N: usize>(pub(crate) [u8; N]);

/// Any number of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0F)]).collect()
}

/// `None` for anything but pairs of digits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect()
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let HexBytes(bytes) = HexBytes::deserialize(deserializer)?;
        let bytes = bytes.try_into().map_err(|_| D::Error::custom(format!("{N} bytes in hexadecimal")))?;
        Ok(Self(bytes))
    }
}

impl Serialize for HexBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode(&text).map(Self).ok_or_else(|| D::Error::custom("pairs of hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs_of_digits_and_nothing_else_is() {
        assert_eq!(encode(&[0x00, 0x5A, 0xFF]), "005aff");
        assert_eq!(decode("005aFF"), Some(vec![0x00, 0x5A, 0xFF]));
        assert_eq!(decode(""), Some(Vec::new()));
        for wrong in ["0", "0g", " 00", "+1", "é"] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
        assert!(serde_json::from_str::<Hex<2>>("\"0102\"").is_ok_and(|hex| hex.0 == [1, 2]));
        assert!(serde_json::from_str::<Hex<2>>("\"010203\"").is_err());
    }
}
