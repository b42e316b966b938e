//! A third reader of CBOR, which forgives: it says what is not canonical rather than where to stop.

use std::collections::BTreeSet;

/// CTAP 2.3 §8: at most four levels of maps and arrays.
const MAX_DEPTH: usize = 4;

/// No deeper than this is looked at all.
const GIVE_UP: usize = 200;

/// What is not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flaw {
    /// It ends too early, or begins with what begins nothing.
    IllFormed,
    /// There are bytes behind it.
    Trailing,
    /// Keys of a map are out of order, or come twice.
    KeyOrder,
    /// A number, a length or a simple value is not in its shortest form.
    NotShortest,
    /// There is a tag.
    Tag,
    /// A text is not UTF-8.
    Utf8,
    /// There are more than four levels.
    Deep,
}

/// An item, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Unsigned(u64),
    /// −1 − n.
    Negative(u64),
    Bytes(&'a [u8]),
    /// UTF-8, but for a flaw.
    Text(&'a [u8]),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Flag(bool),
    Null,
    /// A tag, a float or another simple value.
    Other,
}

impl<'a> Item<'a> {
    pub(crate) fn array(&self) -> &[Self] {
        if let Self::Array(items) = self { items } else { &[] }
    }

    pub(crate) fn map(&self) -> &[(Self, Self)] {
        if let Self::Map(pairs) = self { pairs } else { &[] }
    }

    pub(crate) const fn text(&self) -> Option<&'a [u8]> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The member of a map under this number.
    pub(crate) fn at(&self, key: u64) -> Option<&Self> {
        self.map().iter().find(|(found, _)| *found == Self::Unsigned(key)).map(|(_, value)| value)
    }

    /// The member of a map under this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Self> {
        self.map().iter().find(|(key, _)| key.text() == Some(name.as_bytes())).map(|(_, value)| value)
    }
}

/// The first item of `bytes`, if there is one, and everything that is not canonical.
pub(crate) fn read(bytes: &[u8]) -> (Option<Item<'_>>, BTreeSet<Flaw>) {
    let mut reader = Reader { rest: bytes, flaws: BTreeSet::new() };
    let item = reader.item(0);
    if item.is_none() {
        reader.flaws.insert(Flaw::IllFormed);
    } else if !reader.rest.is_empty() {
        reader.flaws.insert(Flaw::Trailing);
    }
    (item, reader.flaws)
}

/// The first item of `bytes`, and what is behind it.
pub(crate) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader { rest: bytes, flaws: BTreeSet::new() };
    reader.item(0)?;
    bytes.split_at_checked(bytes.len().checked_sub(reader.rest.len())?)
}

struct Reader<'a> {
    rest: &'a [u8],
    flaws: BTreeSet<Flaw>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    /// Major type, additional information and argument.
    fn head(&mut self) -> Option<(u8, u8, u64)> {
        let first = self.take(1)?.first().copied()?;
        let (major, additional) = (first >> 5, first & 0x1F);
        let width = match additional {
            0..=23 => return Some((major, additional, u64::from(additional))),
            24..=27 => 1_u64 << (additional - 24),
            _ => return None,
        };
        let argument = self.take(width)?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        let floor = match (major, additional) {
            (7, 24) => 32,
            (7, _) => 0, // floats
            (_, 24) => 24,
            (_, 25) => 1 << 8,
            (_, 26) => 1 << 16,
            _ => 1 << 32,
        };
        if argument < floor {
            self.flaws.insert(Flaw::NotShortest);
        }
        Some((major, additional, argument))
    }

    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        let (major, additional, argument) = self.head()?;
        if depth >= MAX_DEPTH && matches!(major, 4 | 5) {
            self.flaws.insert(Flaw::Deep);
        }
        if depth >= GIVE_UP {
            return None;
        }
        Some(match (major, additional) {
            (0, _) => Item::Unsigned(argument),
            (1, _) => Item::Negative(argument),
            (2, _) => Item::Bytes(self.take(argument)?),
            (3, _) => {
                let text = self.take(argument)?;
                if str::from_utf8(text).is_err() {
                    self.flaws.insert(Flaw::Utf8);
                }
                Item::Text(text)
            }
            (4, _) => Item::Array((0..argument).map(|_| self.item(depth + 1)).collect::<Option<_>>()?),
            (5, _) => Item::Map(self.pairs(argument, depth + 1)?),
            (6, _) => {
                self.flaws.insert(Flaw::Tag);
                self.item(depth + 1)?;
                Item::Other
            }
            (_, 20) => Item::Flag(false),
            (_, 21) => Item::Flag(true),
            (_, 22) => Item::Null,
            _ => Item::Other,
        })
    }

    fn pairs(&mut self, count: u64, depth: usize) -> Option<Vec<(Item<'a>, Item<'a>)>> {
        let order = |key: &'a [u8]| (key.first().map(|first| first >> 5), key.len(), key);
        let mut pairs = Vec::new();
        let mut previous = None;
        for _ in 0..count {
            let before = self.rest;
            let key = self.item(depth)?;
            let raw = order(before.get(..before.len().saturating_sub(self.rest.len()))?);
            if previous.is_some_and(|previous| previous >= raw) {
                self.flaws.insert(Flaw::KeyOrder);
            }
            previous = Some(raw);
            pairs.push((key, self.item(depth)?));
        }
        Some(pairs)
    }
}
