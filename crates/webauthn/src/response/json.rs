//! A response as text, of which nothing is left behind once it is dropped.

use std::fmt;
use std::io::{self, Write};
use std::ops::Deref;

use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

/// A response's JSON. It may hold the secrets that `prf` has made: `Debug` does not show it, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct ResponseJson(Zeroizing<String>);

impl ResponseJson {
    /// The text itself, which whoever takes it wipes.
    pub fn expose_string(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// Writes the value in one piece, so that no shorter piece is left where the text has grown out of it, and wipes the
    /// value.
    pub(super) fn write(mut value: Value) -> Self {
        let mut length = Length(0);
        // Neither writing to memory nor a value with text for names can fail.
        let _ = serde_json::to_writer(&mut length, &value);
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        let _ = serde_json::to_writer(&mut *bytes, &value);
        wipe(&mut value);
        let text = String::from_utf8(std::mem::take(&mut bytes)).unwrap_or_default();
        Self(Zeroizing::new(text))
    }
}

impl Deref for ResponseJson {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ResponseJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseJson(..)")
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
