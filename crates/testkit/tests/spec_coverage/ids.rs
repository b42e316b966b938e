//! Finds requirement ids in the names of tests and of vector files, and in `Covers:` comments.

use std::collections::BTreeSet;

use crate::lines::Line;

/// Groups of requirements that have no lines in `docs/spec-lines.tsv`. Their ids may stand in test names and
/// are not checked.
const OTHER_GROUPS: [&str; 7] = ["BIO", "BLE", "CI", "NFC", "S", "U2F", "VEN"];

/// Ids outside the table, of groups that have some lines inside it.
const OTHER_IDS: [&str; 7] = ["AT-03", "AT-04", "AT-06", "AT-07", "AT-08", "AT-09", "AT-10"];

/// Words that look like an id and are none.
const WORDS: [&str; 15] = [
    "base64", "ctap20", "ctap21", "ctap22", "ctap23", "i16", "i32", "i64", "u16", "u32", "u64", "utf16",
    "fido20", "fido21", "b64",
];

/// The ids a test may name.
pub(crate) struct Known {
    ids: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Known {
    /// The lines of the table, and the groups beside it.
    pub(crate) fn new(lines: &[Line]) -> Self {
        Self {
            ids: lines.iter().map(|line| line.id.clone()).collect(),
            groups: lines.iter().map(|line| line.group().to_owned()).collect(),
        }
    }

    /// The ids of the table at the front of a test's name: `mc05_ck01_words` names MC-05 and CK-01.
    pub(crate) fn in_test_name(&self, name: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for token in name.split('_') {
            match self.judge(token) {
                Token::Word => break,
                Token::Ours(id) => found.push(id),
                Token::Elsewhere => {}
                Token::Unknown(id) => return Err(unknown(&id)),
            }
        }
        Ok(found)
    }

    /// The same for a vector's file name, where words like `v01` belong to the file's own numbering.
    pub(crate) fn in_file_name(&self, stem: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for token in stem.split(['_', '-']) {
            match self.judge(token) {
                Token::Ours(id) => found.push(id),
                Token::Elsewhere => {}
                Token::Unknown(id) if self.has_group_of(&id) => return Err(unknown(&id)),
                Token::Word | Token::Unknown(_) => break,
            }
        }
        Ok(found)
    }

    /// The ids of a comment, written in full: `MC-05, CK-01`. Nothing else may stand there.
    pub(crate) fn in_comment(&self, text: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for written in text.split(',').map(str::trim) {
            match self.judge(&written.replacen('-', "", 1).to_lowercase()) {
                Token::Ours(id) if id.eq_ignore_ascii_case(written) => found.push(id),
                Token::Elsewhere if written.contains('-') => {}
                _ => return Err(unknown(written)),
            }
        }
        Ok(found)
    }

    fn has_group_of(&self, id: &str) -> bool {
        id.split('-').next().is_some_and(|group| self.groups.contains(group))
    }

    fn judge(&self, token: &str) -> Token {
        let Some((group, number)) = split(token) else {
            return Token::Word;
        };
        let id = format!("{group}-{number}");
        if self.ids.contains(&id) {
            Token::Ours(id)
        } else if OTHER_GROUPS.contains(&group.as_str()) || OTHER_IDS.contains(&id.as_str()) {
            Token::Elsewhere
        } else if self.groups.contains(&group) {
            Token::Unknown(id)
        } else if WORDS.contains(&token) || number.trim_end_matches(char::is_alphabetic).len() > 2 {
            // Every id has two digits; es256 and x25519 are words.
            Token::Word
        } else {
            Token::Unknown(id)
        }
    }
}

enum Token {
    Word,
    Ours(String),
    Elsewhere,
    Unknown(String),
}

fn unknown(id: &str) -> String {
    format!("{id} is no line of docs/spec-lines.tsv and of no other known group")
}

/// `mc05` is (`MC`, `05`), `cp11a` is (`CP`, `11a`); at least two digits.
fn split(token: &str) -> Option<(String, String)> {
    if !token.starts_with(|c: char| c.is_ascii_lowercase())
        || !token.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return None;
    }
    let digits_end = token.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let letter = token.strip_prefix(digits_end)?;
    let group = digits_end.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = digits_end.strip_prefix(group)?;
    (letter.len() < 2 && digits.len() >= 2 && !group.is_empty())
        .then(|| (group.to_uppercase(), format!("{digits}{letter}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let rows = ["MC-05", "CK-01", "AT-01", "GN-04a"].map(|id| format!("{id}\tM\twords\t")).join("\n");
        Known::new(&crate::lines::parse(&format!("id\tlevel\tsummary\tnote\n{rows}")).unwrap())
    }

    #[test]
    fn ids_are_read_from_the_front_of_a_name() {
        let ids = |name| known().in_test_name(name).unwrap();
        assert_eq!(ids("mc05_first_supported_algorithm_wins"), ["MC-05"]);
        assert_eq!(ids("mc05_ck01_both"), ["MC-05", "CK-01"]);
        assert_eq!(ids("gn04a_a_letter_behind"), ["GN-04a"]);
        assert_eq!(ids("s38_mc05_u2f01_scenario_first"), ["MC-05"]);
        assert!(ids("reads_mc05_in_the_middle").is_empty());
        assert!(ids("es256_signs").is_empty());
        assert!(ids("u2f_is_refused").is_empty());
        assert!(ids("base64_is_a_word").is_empty());
        assert!(ids("at10_outside_the_table").is_empty());
    }

    #[test]
    fn an_id_nobody_wrote_down_is_refused() {
        assert!(known().in_test_name("mc99_typo").unwrap_err().contains("MC-99"));
        assert!(known().in_test_name("mc05_mx01_typo").unwrap_err().contains("MX-01"));
        assert!(known().in_test_name("at99_typo").unwrap_err().contains("AT-99"));
        assert!(known().in_test_name("gn04b_typo").unwrap_err().contains("GN-04b"));
    }

    #[test]
    fn a_vector_carries_ids_in_its_file_name() {
        let ids = |name| known().in_file_name(name).unwrap();
        assert_eq!(ids("mc05-ck01-first"), ["MC-05", "CK-01"]);
        assert!(ids("v01_store").is_empty());
        assert!(known().in_file_name("mc99-first").is_err());
    }

    #[test]
    fn a_comment_holds_ids_in_full_and_nothing_else() {
        assert_eq!(known().in_comment(" MC-05, CK-01").unwrap(), ["MC-05", "CK-01"]);
        assert!(known().in_comment("S-38").unwrap().is_empty());
        for bad in ["", "MC-99", "MC05", "MC-05 and more", "MC-05,"] {
            assert!(known().in_comment(bad).is_err(), "{bad:?}");
        }
    }
}
