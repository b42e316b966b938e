//! A passkey's label, and the bytes in which it lies in the passkey's record.
//!
//! The record's host data is a CBOR map with small integer keys: 0 is the format's version, 1 the label. A version this
//! code does not know is left alone; members of a known version that it does not know are kept when the label changes.

use crate::hidden::{is_hidden, is_steering};
use ciborium::Value;
use std::fmt;

/// The longest label, in characters (Unicode scalar values).
pub const MAX_LABEL: usize = 100;

/// A name that its owner gives a passkey (S-21). The site never learns of it. `Debug` says its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelError {
    /// Nothing but white space and characters that cannot be seen.
    Empty,
    /// More than [`MAX_LABEL`] characters.
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// A line break, another control character, or one that changes the direction of the text around it.
    ControlCharacter,
}

impl Label {
    /// Takes `text` without the white space around it.
    ///
    /// # Errors
    /// [`LabelError`] says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, LabelError> {
        let text = text.trim();
        if text.chars().any(is_steering) {
            return Err(LabelError::ControlCharacter);
        }
        let characters = text.chars().count();
        if text.chars().all(|character| character.is_whitespace() || is_hidden(character)) {
            return Err(LabelError::Empty);
        }
        if characters > MAX_LABEL {
            return Err(LabelError::TooLong { characters });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({} bytes)", self.0.len())
    }
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a label needs at least one character that can be seen"),
            Self::TooLong { characters } => {
                write!(f, "a label has at most {MAX_LABEL} characters, and this one has {characters}")
            }
            Self::ControlCharacter => {
                f.write_str("a label has no line breaks, marks of direction or other control characters")
            }
        }
    }
}

impl std::error::Error for LabelError {}

/// The version written here.
const VERSION: u64 = 1;

const VERSION_KEY: u64 = 0;
const LABEL_KEY: u64 = 1;

/// A record's host data, taken apart.
#[derive(Clone)]
pub(crate) enum HostData {
    /// Of a version known here.
    Known {
        /// The label, if there is one.
        label: Option<Label>,
        /// Members with keys that are not known here.
        others: Vec<(Value, Value)>,
    },
    /// Of another version, or none of ours at all.
    Foreign,
}

impl HostData {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Known { label: None, others: Vec::new() };
        }
        let mut rest = bytes;
        let map = match ciborium::from_reader(&mut rest) {
            Ok(Value::Map(map)) if rest.is_empty() => map,
            _ => return Self::Foreign,
        };
        Self::of_members(map).unwrap_or(Self::Foreign)
    }

    fn of_members(members: Vec<(Value, Value)>) -> Option<Self> {
        let (mut version, mut label, mut others) = (None, None, Vec::new());
        for (key, value) in members {
            match key.as_integer().and_then(|key| u64::try_from(key).ok()) {
                Some(VERSION_KEY) => version = u64::try_from(value.as_integer()?).ok(),
                // A text that was a label to an earlier version and is none any more makes room for another.
                Some(LABEL_KEY) => label = Label::new(value.as_text()?).ok(),
                _ => others.push((key, value)),
            }
        }
        (version == Some(VERSION)).then_some(Self::Known { label, others })
    }

    /// The bytes with `label` in place of the one before. `None`: they are not of a version known here.
    pub(crate) fn relabelled(self, label: &Label) -> Option<Vec<u8>> {
        let Self::Known { others, .. } = self else { return None };
        let ours = [
            (Value::from(VERSION_KEY), Value::from(VERSION)),
            (Value::from(LABEL_KEY), Value::from(label.as_str())),
        ];
        let map = Value::Map(ours.into_iter().chain(others).collect());
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        ciborium::into_writer(&map, &mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests;
