//! Escapes of half a character, which JSON lets a site write and no Rust string can hold.

use std::borrow::Cow;

/// The text with U+FFFD in place of every escape of a surrogate without its other half, as Web IDL turns strings into
/// Unicode. Everything else, and every position, stays as it is.
pub(super) fn repaired(json: &str) -> Cow<'_, str> {
    let mut out = String::new();
    // What is before it is in `out`.
    let mut done = 0;
    let mut at = 0;
    while let Some(backslash) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += backslash;
        match (unit(json, at), unit(json, at + ESCAPE)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(json.get(done..at).unwrap_or_default());
                out.push_str("\\ufffd");
                at += ESCAPE;
                done = at;
            }
            // Another escape: what is escaped may be a backslash.
            _ => at += 2,
        }
    }
    if done == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(json.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// The code unit of such an escape at this place.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
    // `from_str_radix` alone would take a sign.
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests;
