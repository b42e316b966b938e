//! Published vectors: one case a file, named for the case, in JSON.

use serde::de::{DeserializeOwned, Deserializer, Error};
use std::fmt;
use std::path::Path;

/// The cases in a folder, in the order of their names. Have `T` deny unknown fields, so that nothing in a file is passed over.
///
/// # Panics
/// When there is none, or one is not what `T` says: a test without its vectors cannot go on.
#[must_use]
#[allow(clippy::expect_used, clippy::panic, reason = "a test without its vectors cannot go on")]
pub fn cases<T: DeserializeOwned>(folder: impl AsRef<Path>) -> Vec<(String, T)> {
    let folder = folder.as_ref();
    let entries = std::fs::read_dir(folder).expect("the vectors are in the repository");
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    let cases = files.iter().map(|file| {
        let text = std::fs::read_to_string(file).expect("a vector is text");
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), case)
    });
    cases.collect()
}

/// Bytes that a vector has in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl Hex {
    /// As many bytes as a key has, say.
    ///
    /// # Panics
    /// When there are more or fewer.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a vector of another length is another vector")]
    pub fn array<const N: usize>(&self) -> [u8; N] {
        self.0.as_slice().try_into().expect("a vector of this length")
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<'de> serde::Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> =
            text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let (pairs, rest) = digits.as_deref().map(<[u8]>::as_chunks::<2>).unwrap_or_default();
        if digits.is_none() || !rest.is_empty() {
            return Err(D::Error::custom("not hexadecimal"));
        }
        Ok(Self(pairs.iter().map(|[high, low]| high << 4 | low).collect()))
    }
}
