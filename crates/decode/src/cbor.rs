//! CBOR as it comes: whatever can be read of it, and where and why it ends.
//!
//! The core's own reader refuses what is not canonical. This one is for those who want to know what was refused.

use crate::note::Note;
use std::cmp::Ordering;

/// CTAP 2.3 §8: at most four levels of maps and arrays.
const LEVELS: usize = 4;

/// Deeper than this nothing is read.
const DEEPEST: usize = 24;

/// Behind so many items nothing is read: an item of one byte takes hundreds in the tree, and no transport of CTAP carries a
/// message of more than some thousand bytes.
const MOST_ITEMS: usize = 16_384;

/// One item.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) content: Content,
    pub(crate) notes: Vec<Note>,
}

#[derive(Debug)]
pub(crate) enum Content {
    Integer(i128),
    /// The bytes, and where in the input they begin.
    Bytes(Vec<u8>, usize),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Tag(u64, Box<Item>),
    Boolean(bool),
    Float(f64),
    Simple(String),
    /// It was announced, and is not there.
    Absent,
}

/// Reads one item after the other.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Where `bytes` begin in the input.
    base: usize,
    at: usize,
    /// How many items were begun.
    items: usize,
    /// How many tags are around what is read: they are no levels.
    tags: usize,
    broken: bool,
    /// Whether that is because there is no more.
    cut: bool,
}

/// The first bytes of an item.
struct Head {
    major: u8,
    low: u8,
    argument: u64,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], base: usize) -> Self {
        Self { bytes, base, at: 0, items: 0, tags: 0, broken: false, cut: false }
    }

    /// Whether something was wrong that nothing can be read behind.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether more bytes could mend that.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// What is behind the items that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Where that begins in the input.
    pub(crate) const fn offset(&self) -> usize {
        self.base.saturating_add(self.at)
    }

    pub(crate) fn item(&mut self) -> Item {
        self.item_at(0)
    }

    fn item_at(&mut self, depth: usize) -> Item {
        let mut item = Item { offset: self.offset(), length: 0, content: Content::Absent, notes: Vec::new() };
        self.items = self.items.saturating_add(1);
        if self.items > MOST_ITEMS {
            self.end(&mut item.notes, item.offset, format!("more than {MOST_ITEMS} items are not looked at"));
        } else if let Some(head) = self.head(&mut item.notes) {
            item.content = self.content(&head, depth, &mut item.notes);
        }
        item.length = self.offset().saturating_sub(item.offset);
        item
    }

    fn end(&mut self, notes: &mut Vec<Note>, offset: usize, why: impl Into<String>) {
        self.broken = true;
        notes.push(Note::Ends { offset, why: why.into() });
    }

    fn end_of_input(&mut self, notes: &mut Vec<Note>, offset: usize, why: impl Into<String>) {
        self.cut = true;
        self.end(notes, offset, why);
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.rest().get(..count)?;
        self.at = self.at.saturating_add(count);
        Some(taken)
    }

    fn head(&mut self, notes: &mut Vec<Note>) -> Option<Head> {
        let start = self.offset();
        let Some(&[first]) = self.take(1) else {
            self.end_of_input(notes, start, "an item is missing");
            return None;
        };
        let (major, low) = (first >> 5, first & 0x1F);
        let width = match low {
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            28..=30 => {
                self.end(notes, start, format!("0x{first:02x} begins no item (reserved)"));
                return None;
            }
            _ => 0,
        };
        if width == 0 {
            return Some(Head { major, low, argument: low.into() });
        }
        let Some(wide) = self.take(width) else {
            let left = self.rest().len();
            self.end_of_input(
                notes,
                self.offset(),
                format!("the head of an item takes {width} bytes more, of which there are {left}"),
            );
            return None;
        };
        let argument = wide.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
        let least = match (major, low) {
            (7, 24) => 32,
            (7, _) => 0, // a fraction
            (_, 24) => 24,
            (_, 25) => 0x100,
            (_, 26) => 0x1_0000,
            _ => 0x1_0000_0000,
        };
        if argument < least {
            notes.push(Note::NotCanonical("a number or length is not in its shortest form"));
        }
        Some(Head { major, low, argument })
    }

    fn content(&mut self, head: &Head, depth: usize, notes: &mut Vec<Note>) -> Content {
        let indefinite = head.low == 31;
        if indefinite && matches!(head.major, 2..=5) {
            notes.push(Note::NotCanonical("its length is indefinite"));
        }
        match head.major {
            0 | 1 if indefinite => {
                self.end(notes, self.offset().saturating_sub(1), "a number has no length");
                Content::Absent
            }
            0 => Content::Integer(head.argument.into()),
            1 => Content::Integer(-1 - i128::from(head.argument)),
            2 | 3 => self.string(head, notes),
            4 | 5 if depth >= DEEPEST => {
                self.end(notes, self.offset(), format!("more than {DEEPEST} levels are not looked at"));
                Content::Absent
            }
            4 => {
                self.check_levels(depth, notes);
                self.array(head, depth, notes)
            }
            5 => {
                self.check_levels(depth, notes);
                self.map(head, depth, notes)
            }
            6 if depth >= DEEPEST || indefinite => {
                self.end(notes, self.offset(), "a tag that is not looked at");
                Content::Absent
            }
            6 => {
                notes.push(Note::NotCanonical("tags are not used"));
                self.tags = self.tags.saturating_add(1);
                let tagged = self.item_at(depth.saturating_add(1));
                self.tags = self.tags.saturating_sub(1);
                Content::Tag(head.argument, Box::new(tagged))
            }
            _ => self.simple(head, notes),
        }
    }

    fn check_levels(&self, depth: usize, notes: &mut Vec<Note>) {
        if depth.saturating_sub(self.tags) == LEVELS {
            notes.push(Note::NotCanonical("more than four levels of maps and arrays"));
        }
    }

    fn string(&mut self, head: &Head, notes: &mut Vec<Note>) -> Content {
        let mut start = self.offset();
        let bytes = if head.low == 31 {
            let mut bytes = Vec::new();
            while !self.is_over(None, 0, notes) {
                let Some(chunk) = self.head(notes) else { break };
                if chunk.major != head.major || chunk.low == 31 {
                    self.end(notes, self.offset().saturating_sub(1), "a string's part is of another type");
                    break;
                }
                if bytes.is_empty() {
                    start = self.offset();
                }
                bytes.extend_from_slice(self.announced(chunk.argument, notes));
            }
            bytes
        } else {
            self.announced(head.argument, notes).to_vec()
        };
        if head.major == 2 {
            return Content::Bytes(bytes, start);
        }
        Content::Text(String::from_utf8(bytes).unwrap_or_else(|error| {
            // What was cut off in the middle of a character is said to end already.
            if !self.broken {
                notes.push(Note::NotCanonical("the text is not UTF-8"));
            }
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }))
    }

    /// As many bytes as were announced, or as there are.
    fn announced(&mut self, count: u64, notes: &mut Vec<Note>) -> &'a [u8] {
        let start = self.offset();
        let found = usize::try_from(count).ok().and_then(|count| self.take(count));
        found.unwrap_or_else(|| {
            let rest = self.rest();
            self.at = self.bytes.len();
            self.end_of_input(
                notes,
                start,
                format!("{count} bytes are announced, and {} are there", rest.len()),
            );
            rest
        })
    }

    /// Whether a list of so many, or one up to a break, has no more to come. It is bounded by the input: each item has a byte.
    fn is_over(&mut self, count: Option<u64>, read: usize, notes: &mut Vec<Note>) -> bool {
        let read_so_far = u64::try_from(read).unwrap_or(u64::MAX);
        if self.broken || count == Some(read_so_far) {
            return true;
        }
        match (count, self.rest().first()) {
            (None, Some(0xFF)) => {
                self.at = self.at.saturating_add(1);
                true
            }
            (_, None) => {
                let announced = count.map_or("no end".to_owned(), |count| format!("{count}"));
                self.end_of_input(
                    notes,
                    self.offset(),
                    format!("{announced} announced, and {read} are there"),
                );
                true
            }
            _ => false,
        }
    }

    fn array(&mut self, head: &Head, depth: usize, notes: &mut Vec<Note>) -> Content {
        let count = (head.low != 31).then_some(head.argument);
        let mut items = Vec::new();
        while !self.is_over(count, items.len(), notes) {
            items.push(self.item_at(depth.saturating_add(1)));
        }
        Content::Array(items)
    }

    fn map(&mut self, head: &Head, depth: usize, notes: &mut Vec<Note>) -> Content {
        let count = (head.low != 31).then_some(head.argument);
        let mut pairs: Vec<(Item, Item)> = Vec::new();
        while !self.is_over(count, pairs.len(), notes) {
            let mut key = self.item_at(depth.saturating_add(1));
            let previous = pairs.last().map(|(previous, _)| self.raw(previous));
            match previous.map(|previous| key_order(previous, self.raw(&key))) {
                Some(Ordering::Greater) => key.notes.push(Note::NotCanonical("the key is out of order")),
                Some(Ordering::Equal) => key.notes.push(Note::NotCanonical("the key is there twice")),
                Some(Ordering::Less) | None => {}
            }
            let value = if self.broken {
                Item { offset: self.offset(), length: 0, content: Content::Absent, notes: Vec::new() }
            } else {
                self.item_at(depth.saturating_add(1))
            };
            pairs.push((key, value));
        }
        Content::Map(pairs)
    }

    fn raw(&self, item: &Item) -> &'a [u8] {
        let start = item.offset.saturating_sub(self.base);
        self.bytes.get(start..start.saturating_add(item.length)).unwrap_or_default()
    }

    fn simple(&mut self, head: &Head, notes: &mut Vec<Note>) -> Content {
        let bits = head.argument;
        match head.low {
            20 => Content::Boolean(false),
            21 => Content::Boolean(true),
            22 => Content::Simple("null".to_owned()),
            23 => Content::Simple("undefined".to_owned()),
            25 => Content::Float(half(u16::try_from(bits).unwrap_or_default())),
            26 => Content::Float(f32::from_bits(u32::try_from(bits).unwrap_or_default()).into()),
            27 => Content::Float(f64::from_bits(bits)),
            31 => {
                self.end(notes, self.offset().saturating_sub(1), "there is nothing to end here");
                Content::Absent
            }
            _ => Content::Simple(format!("simple value {bits}")),
        }
    }
}

/// A fraction in two bytes.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let size = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// CTAP 2.3 §8: lower major type first, then the shorter encoding, then bytewise.
fn key_order(left: &[u8], right: &[u8]) -> Ordering {
    let major = |key: &[u8]| key.first().map(|first| first >> 5);
    major(left).cmp(&major(right)).then(left.len().cmp(&right.len())).then(left.cmp(right))
}

impl Item {
    /// The member of a map under this number.
    pub(crate) fn at(&self, key: i128) -> Option<&Self> {
        self.find(|candidate| matches!(candidate, Content::Integer(number) if *number == key))
    }

    /// The member of a map under this text.
    pub(crate) fn named(&self, key: &str) -> Option<&Self> {
        self.find(|candidate| matches!(candidate, Content::Text(text) if text == key))
    }

    fn find(&self, is_it: impl Fn(&Content) -> bool) -> Option<&Self> {
        let Content::Map(pairs) = &self.content else { return None };
        pairs.iter().find(|(key, _)| is_it(&key.content)).map(|(_, value)| value)
    }

    pub(crate) const fn integer(&self) -> Option<i128> {
        match &self.content {
            Content::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) const fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    pub(crate) const fn is_array(&self) -> bool {
        matches!(self.content, Content::Array(_))
    }

    pub(crate) const fn is_bytes(&self) -> bool {
        matches!(self.content, Content::Bytes(..))
    }

    /// The remarks on it and on everything in it: a key that is no number and no text is told on one line.
    pub(crate) fn all_notes(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        match &self.content {
            Content::Array(items) => notes.extend(items.iter().flat_map(Self::all_notes)),
            Content::Map(pairs) => {
                notes.extend(
                    pairs.iter().flat_map(|(key, value)| [key.all_notes(), value.all_notes()].concat()),
                );
            }
            Content::Tag(_, tagged) => notes.extend(tagged.all_notes()),
            _ => {}
        }
        notes
    }

    /// The keys of a map that are numbers.
    pub(crate) fn numbers(&self) -> Vec<i128> {
        let Content::Map(pairs) = &self.content else { return Vec::new() };
        pairs.iter().filter_map(|(key, _)| key.integer()).collect()
    }
}

#[cfg(test)]
mod tests;
