//! Text of others made safe to look at: everything shown to a person goes through here.
//!
//! A site chooses its user names, and a terminal obeys escape sequences. So control characters, bidirectional
//! overrides and isolates, and characters that cannot be seen are written as `\u{202e}`; a character with more marks
//! on it than any script needs is written out the same way; and text that is too long ends in `…`, or begins with it
//! where it is a domain. JSON output does not go through here: it keeps the exact text.

use authenticator_provider::is_hidden;
use std::fmt::Write as _;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The widest a name is shown in a sentence, in columns.
pub(crate) const NAME: usize = 64;

/// `text` as a person may see it, at most `columns` wide.
pub(crate) fn display(text: &str, columns: usize) -> String {
    let mut shown = String::new();
    let mut used = 0_usize;
    // Where to cut if the whole turns out not to fit: before it there is room for the ellipsis.
    let mut cut = 0;
    for grapheme in text.graphemes(true) {
        let piece = visible(grapheme);
        used = used.saturating_add(piece.width());
        if used > columns {
            shown.truncate(cut);
            shown.push('…');
            return shown;
        }
        shown.push_str(&piece);
        if used < columns {
            cut = shown.len();
        }
    }
    shown
}

/// The longest domain name there is: shown in a sentence, none is cut.
pub(crate) const DOMAIN: usize = 253;

/// A site's domain as a person may see it, at most `columns` wide. Whose it is, its end says: if need be, the beginning
/// goes.
pub(crate) fn domain(text: &str, columns: usize) -> String {
    let pieces: Vec<String> = text.graphemes(true).map(visible).collect();
    if pieces.iter().map(|piece| piece.width()).sum::<usize>() <= columns {
        return pieces.concat();
    }
    let mut room = columns.saturating_sub(1);
    let fits = |piece: &&String| match room.checked_sub(piece.width()) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    };
    let kept = pieces.iter().rev().take_while(fits).count();
    let end = pieces.iter().skip(pieces.len().saturating_sub(kept));
    std::iter::once("…").chain(end.map(String::as_str)).collect()
}

/// `text` in exactly `columns` columns.
pub(crate) fn cell(text: &str, columns: usize) -> String {
    let mut shown = display(text, columns);
    let missing = columns.saturating_sub(shown.width());
    shown.extend(std::iter::repeat_n(' ', missing));
    shown
}

/// How wide `text` is when shown in full.
pub(crate) fn width(text: &str) -> usize {
    display(text, usize::MAX).width()
}

/// The most characters that make one visible character; the longest real ones are about seven.
const MAX_MARKS: usize = 8;

fn visible(grapheme: &str) -> String {
    // A mark with nothing under it would sit on whatever was printed before.
    let overloaded = grapheme.chars().count() > MAX_MARKS || grapheme.width() == 0;
    let mut shown = String::with_capacity(grapheme.len());
    for character in grapheme.chars() {
        let mark = overloaded && !character.is_ascii_graphic();
        if mark || is_hidden(character) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests;
