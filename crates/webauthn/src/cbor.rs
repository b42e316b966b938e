//! How long an item of CBOR is (RFC 8949), for what is carried along and not understood.

/// The length of the item at the head of `bytes`. `None`: it is cut short, or no CBOR. It may be nested as deeply as it
/// likes, and of indefinite length, which CTAP has not.
pub(crate) fn item_length(bytes: &[u8]) -> Option<usize> {
    let (mut rest, mut open) = (bytes, vec![Open::Items(1)]);
    while let Some(innermost) = open.pop() {
        let head = Head::read(rest)?;
        rest = head.rest;
        if head.is_break() {
            if matches!(innermost, Open::Items(_) | Open::Pairs { odd: true }) {
                return None;
            }
            continue;
        }
        open.extend(innermost.after(&head)?);
        match (head.major, head.argument) {
            (BYTES | TEXT, Some(length)) => rest = rest.get(usize::try_from(length).ok()?..)?,
            (BYTES | TEXT, None) => open.push(Open::Chunks(head.major)),
            (ARRAY, Some(items)) => open.extend(Open::items(items)),
            (ARRAY, None) => open.push(Open::Any),
            (MAP, Some(pairs)) => open.extend(Open::items(pairs.checked_mul(2)?)),
            (MAP, None) => open.push(Open::Pairs { odd: false }),
            (TAG, _) => open.push(Open::Items(1)),
            _ => {}
        }
    }
    bytes.len().checked_sub(rest.len())
}

/// What is still to come of an item that has begun.
enum Open {
    /// So many items, one at least.
    Items(u64),
    /// Items up to a break.
    Any,
    /// An even number of them up to a break; `odd`: it is not even so far.
    Pairs { odd: bool },
    /// Pieces of a string of this kind up to a break.
    Chunks(u8),
}

impl Open {
    fn items(count: u64) -> Option<Self> {
        (count > 0).then_some(Self::Items(count))
    }

    /// What is still to come once an item with this head has come. `None`: it may not come here.
    fn after(self, head: &Head<'_>) -> Option<Option<Self>> {
        match self {
            Self::Items(count) => count.checked_sub(1).map(Self::items),
            Self::Any => Some(Some(Self::Any)),
            Self::Pairs { odd } => Some(Some(Self::Pairs { odd: !odd })),
            Self::Chunks(major) => (head.major == major).then_some(Some(Self::Chunks(major))),
        }
    }
}

/// How many items an array has, and what comes after its head. `None`: it is no array, or none of definite length.
pub(crate) fn read_array_head(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let head = Head::read(bytes).filter(|head| head.major == ARRAY)?;
    Some((head.argument?, head.rest))
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
const OTHER: u8 = 7;
/// From here on the argument stands in bytes of its own.
const ONE_BYTE: u8 = 24;
/// The argument of what ends with a break, and of a break.
const INDEFINITE: u8 = 31;

struct Head<'a> {
    major: u8,
    /// `None`: of indefinite length, or a break.
    argument: Option<u64>,
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let additional = first & 0x1F;
        let major = first >> 5;
        if additional == INDEFINITE {
            let may_be = matches!(major, BYTES | TEXT | ARRAY | MAP | OTHER);
            return may_be.then_some(Self { major, argument: None, rest });
        }
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
        Some(Self { major, argument: Some(argument), rest })
    }

    fn is_break(&self) -> bool {
        self.major == OTHER && self.argument.is_none()
    }
}

#[cfg(test)]
mod tests;
