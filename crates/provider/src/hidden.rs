//! Characters by which a text that a person reads is not what it seems.

/// Whether a character cannot be seen, or changes how others are seen. Some have a good use inside a word or an emoji; none
/// can stand for itself.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    is_steering(character)
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' // zero-width
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators
            | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}') // tags and variation selectors
}

/// Whether a character begins another line, controls a terminal, or changes the direction of the text around it.
pub(crate) fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' // marks of direction
            | '\u{2028}'..='\u{202e}' // line separators, bidirectional embeddings and overrides
            | '\u{2066}'..='\u{2069}') // bidirectional isolates
}
