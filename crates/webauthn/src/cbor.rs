//! How long an item of CBOR is (RFC 8949), for what is carried along and not understood.

/// The length of the item at the head of `bytes`. `None`: it is cut short, or no CBOR of CTAP's, which has no items of
/// indefinite length. It may be nested as deeply as it likes.
pub(crate) fn item_length(bytes: &[u8]) -> Option<usize> {
    let (mut rest, mut items) = (bytes, 1_u64);
    while let Some(left) = items.checked_sub(1) {
        let head = Head::read(rest)?;
        rest = head.rest;
        items = left.checked_add(match head.major {
            ARRAY => head.argument,
            MAP => head.argument.checked_mul(2)?,
            TAG => 1,
            _ => 0,
        })?;
        if matches!(head.major, BYTES | TEXT) {
            rest = rest.get(usize::try_from(head.argument).ok()?..)?;
        }
    }
    bytes.len().checked_sub(rest.len())
}

/// How many items an array has, and what comes after its head.
pub(crate) fn read_array_head(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let head = Head::read(bytes).filter(|head| head.major == ARRAY)?;
    Some((head.argument, head.rest))
}

/// The head of an array of so many items.
pub(crate) fn array_head(items: usize) -> Vec<u8> {
    const OF_ARRAYS: u8 = ARRAY << 5;
    if let Ok(few) = u8::try_from(items) {
        return if few < ONE_BYTE { vec![OF_ARRAYS | few] } else { vec![OF_ARRAYS | ONE_BYTE, few] };
    }
    // More than a u32 counts no memory holds.
    let many = u32::try_from(items).unwrap_or(u32::MAX).to_be_bytes();
    match many {
        [0, 0, high, low] => vec![OF_ARRAYS | 25, high, low],
        [a, b, c, d] => vec![OF_ARRAYS | 26, a, b, c, d],
    }
}

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
/// From here on the argument stands in bytes of its own.
const ONE_BYTE: u8 = 24;

struct Head<'a> {
    major: u8,
    argument: u64,
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let additional = first & 0x1F;
        let length = match additional {
            ..ONE_BYTE => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(length)?;
        let argument = match argument {
            [] => additional.into(),
            bytes => bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)),
        };
        Some(Self { major: first >> 5, argument, rest })
    }
}

#[cfg(test)]
mod tests;
