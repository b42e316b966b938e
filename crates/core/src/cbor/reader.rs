//! The strict reader. It borrows, never allocates, and never trusts a declared length.

use core::cmp::Ordering;

/// CTAP 2.3 §8: at most four levels of maps and arrays; the request map is the first (GEN-09).
const MAX_DEPTH: u8 = 4;

/// The bytes are not canonical CTAP2 CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A value has another CBOR type than its member wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongType;

/// Checks that `bytes` are one canonical CBOR item and nothing else, and gives it back as a [`Value`].
///
/// Refused are: truncated items, trailing bytes, integers and lengths not in shortest form, indefinite lengths, tags,
/// reserved additional information, text that is not UTF-8, map keys out of order or twice, and more than four levels.
pub(crate) fn check(bytes: &[u8]) -> Result<Value<'_>, Malformed> {
    let mut scanner = Scanner { rest: bytes };
    scanner.item(0)?;
    if scanner.rest.is_empty() { Ok(Value { raw: bytes }) } else { Err(Malformed) }
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;

/// The first bytes of an item: its major type and its argument.
struct Head {
    major: u8,
    argument: u64,
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Malformed> {
        let count = usize::try_from(count).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed)?;
        self.rest = rest;
        Ok(first)
    }

    fn head(&mut self) -> Result<Head, Malformed> {
        let first = self.byte()?;
        let major = first >> 5;
        let (argument, floor) = match first & 0x1F {
            small @ 0..=23 => (u64::from(small), 0),
            24 => (self.big_endian(1)?, 24),
            25 => (self.big_endian(2)?, 0x100),
            26 => (self.big_endian(4)?, 0x1_0000),
            27 => (self.big_endian(8)?, 0x1_0000_0000),
            _ => return Err(Malformed), // 28..30 are reserved, 31 is an indefinite length
        };
        // Floats carry bits, not a number: only their width is fixed. A simple value in two bytes starts at 32.
        let floor = match (major, first & 0x1F) {
            (7, 24) => 32,
            (7, _) => 0,
            _ => floor,
        };
        if argument < floor { Err(Malformed) } else { Ok(Head { major, argument }) }
    }

    fn big_endian(&mut self, width: u64) -> Result<u64, Malformed> {
        Ok(self.take(width)?.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    fn item(&mut self, depth: u8) -> Result<(), Malformed> {
        let head = self.head()?;
        match head.major {
            UNSIGNED | NEGATIVE => Ok(()),
            BYTES => self.take(head.argument).map(|_| ()),
            TEXT => core::str::from_utf8(self.take(head.argument)?).map(|_| ()).map_err(|_| Malformed),
            ARRAY => self.items(head.argument, Self::deeper(depth)?),
            MAP => self.pairs(head.argument, Self::deeper(depth)?),
            TAG => Err(Malformed),
            _ => Ok(()), // simple values and floats: the head is all there is
        }
    }

    fn deeper(depth: u8) -> Result<u8, Malformed> {
        if depth < MAX_DEPTH { Ok(depth.saturating_add(1)) } else { Err(Malformed) }
    }

    fn items(&mut self, count: u64, depth: u8) -> Result<(), Malformed> {
        // Every item is at least one byte long, so a greater count cannot be honest; the loop is bounded by the input.
        for _ in 0..self.bounded(count)? {
            self.item(depth)?;
        }
        Ok(())
    }

    fn pairs(&mut self, count: u64, depth: u8) -> Result<(), Malformed> {
        let mut previous: Option<&[u8]> = None;
        for _ in 0..self.bounded(count)? {
            let key = self.spanned(depth)?;
            if previous.is_some_and(|previous| key_order(previous, key) != Ordering::Less) {
                return Err(Malformed);
            }
            previous = Some(key);
            self.item(depth)?;
        }
        Ok(())
    }

    fn bounded(&self, count: u64) -> Result<usize, Malformed> {
        usize::try_from(count).ok().filter(|count| *count <= self.rest.len()).ok_or(Malformed)
    }

    /// Scans one item and returns its bytes.
    fn spanned(&mut self, depth: u8) -> Result<&'a [u8], Malformed> {
        let start = self.rest;
        self.item(depth)?;
        start.get(..start.len().saturating_sub(self.rest.len())).ok_or(Malformed)
    }
}

/// CTAP 2.3 §8: lower major type first, then the shorter encoding, then bytewise (GEN-06).
fn key_order(left: &[u8], right: &[u8]) -> Ordering {
    let major = |key: &[u8]| key.first().map(|first| first >> 5);
    major(left).cmp(&major(right)).then(left.len().cmp(&right.len())).then(left.cmp(right))
}

/// One item of CBOR that [`check`] has accepted.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    raw: &'a [u8],
}

impl<'a> Value<'a> {
    fn open(self, major: u8) -> Result<(Head, Scanner<'a>), WrongType> {
        let mut scanner = Scanner { rest: self.raw };
        let head = scanner.head().map_err(|_| WrongType)?;
        if head.major == major { Ok((head, scanner)) } else { Err(WrongType) }
    }

    /// The item as it was received.
    pub(crate) const fn raw(self) -> &'a [u8] {
        self.raw
    }

    pub(crate) fn unsigned(self) -> Result<u64, WrongType> {
        self.open(UNSIGNED).map(|(head, _)| head.argument)
    }

    /// A signed integer. CBOR's range is wider than `i64`; what lies outside names nothing we know and becomes the limit.
    pub(crate) fn integer(self) -> Result<i64, WrongType> {
        match self.open(NEGATIVE) {
            Ok((head, _)) => Ok(i64::try_from(head.argument).map_or(i64::MIN, |argument| !argument)),
            Err(WrongType) => self.unsigned().map(|value| i64::try_from(value).unwrap_or(i64::MAX)),
        }
    }

    pub(crate) fn bytes(self) -> Result<&'a [u8], WrongType> {
        self.open(BYTES).map(|(_, content)| content.rest)
    }

    pub(crate) fn text(self) -> Result<&'a str, WrongType> {
        let (_, content) = self.open(TEXT)?;
        core::str::from_utf8(content.rest).map_err(|_| WrongType)
    }

    pub(crate) fn boolean(self) -> Result<bool, WrongType> {
        match self.raw {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(WrongType),
        }
    }

    pub(crate) fn array(self) -> Result<Array<'a>, WrongType> {
        let (head, content) = self.open(ARRAY)?;
        Ok(Array { left: head.argument, content })
    }

    pub(crate) fn map(self) -> Result<Map<'a>, WrongType> {
        let (head, content) = self.open(MAP)?;
        Ok(Map { left: head.argument, content })
    }
}

/// The items of an array.
pub(crate) struct Array<'a> {
    left: u64,
    content: Scanner<'a>,
}

impl<'a> Iterator for Array<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.content.spanned(0).ok().map(|raw| Value { raw })
    }
}

/// The pairs of a map, in the order of their keys.
pub(crate) struct Map<'a> {
    left: u64,
    content: Scanner<'a>,
}

impl<'a> Iterator for Map<'a> {
    type Item = (Value<'a>, Value<'a>);

    fn next(&mut self) -> Option<(Value<'a>, Value<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let key = self.content.spanned(0).ok()?;
        let value = self.content.spanned(0).ok()?;
        Some((Value { raw: key }, Value { raw: value }))
    }
}
