//! The tree.

use crate::note::Note;

/// A place in the input: what it is called, what it says, and what is in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// What a reader calls it: its key, if any, and the specification's term.
    pub label: String,
    /// The specification's term alone; `None`: there is none, or it is not known.
    pub name: Option<&'static str>,
    /// Its key in a map.
    pub key: Option<Key>,
    /// What it says.
    pub value: Value,
    /// What that means, where a number stands for something.
    pub meaning: Option<String>,
    /// Where it begins in the input. In an indefinite string, or in a recording, the place is that of the message.
    pub offset: usize,
    /// How many bytes it takes.
    pub length: usize,
    /// Remarks.
    pub notes: Vec<Note>,
    /// What is in it.
    pub members: Vec<Node>,
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// A number.
    Integer(i128),
    /// A text.
    Text(String),
    /// Anything else, which CTAP has nowhere.
    Other(String),
}

/// What a place says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// It has members, or nothing could be read.
    None,
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// A number.
    Integer(i128),
    /// True or false.
    Boolean(bool),
    /// A fraction.
    Float(f64),
    /// Null, undefined, or a simple value.
    Simple(String),
    /// An array of so many items.
    Array(usize),
    /// A map of so many pairs.
    Map(usize),
}

impl Node {
    /// A place without remarks or members.
    pub(crate) fn new(label: impl Into<String>, value: Value, offset: usize, length: usize) -> Self {
        Self {
            label: label.into(),
            name: None,
            key: None,
            value,
            meaning: None,
            offset,
            length,
            notes: Vec::new(),
            members: Vec::new(),
        }
    }

    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub(crate) fn meaning(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = Some(meaning.into());
        self
    }

    pub(crate) fn noted(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// All remarks, of the places in it too.
    #[must_use]
    pub fn all_notes(&self) -> Vec<&Note> {
        let mut notes: Vec<&Note> = self.notes.iter().collect();
        notes.extend(self.members.iter().flat_map(Self::all_notes));
        notes
    }

    /// Whether reading ended before the input did what it announced, here or in a place within.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Ends { .. }))
            || self.members.iter().any(Self::is_broken)
    }
}
