//! Holds the statuses that a line names against the tests that hold the line.

use std::collections::BTreeMap;

use crate::lines::Line;

/// The statuses' names in the lines, and how tests write them.
const STATUSES: [(&str, &str); 37] = [
    ("INVALID_COMMAND", "0x01"),
    ("INVALID_PARAMETER", "0x02"),
    ("INVALID_LENGTH", "0x03"),
    ("INVALID_SEQ", "0x04"),
    ("CBOR_UNEXPECTED_TYPE", "0x11"),
    ("INVALID_CBOR", "0x12"),
    ("MISSING_PARAMETER", "0x14"),
    ("LIMIT_EXCEEDED", "0x15"),
    ("FP_DATABASE_FULL", "0x17"),
    ("LARGE_BLOB_STORAGE_FULL", "0x18"),
    ("CREDENTIAL_EXCLUDED", "0x19"),
    ("INVALID_CREDENTIAL", "0x22"),
    ("UNSUPPORTED_ALGORITHM", "0x26"),
    ("OPERATION_DENIED", "0x27"),
    ("KEY_STORE_FULL", "0x28"),
    ("UNSUPPORTED_OPTION", "0x2B"),
    ("INVALID_OPTION", "0x2C"),
    ("KEEPALIVE_CANCEL", "0x2D"),
    ("NO_CREDENTIALS", "0x2E"),
    ("USER_ACTION_TIMEOUT", "0x2F"),
    ("NOT_ALLOWED", "0x30"),
    ("PIN_INVALID", "0x31"),
    ("PIN_BLOCKED", "0x32"),
    ("PIN_AUTH_INVALID", "0x33"),
    ("PIN_AUTH_BLOCKED", "0x34"),
    ("PIN_NOT_SET", "0x35"),
    ("PUAT_REQUIRED", "0x36"),
    ("PIN_POLICY_VIOLATION", "0x37"),
    ("REQUEST_TOO_LARGE", "0x39"),
    ("ACTION_TIMEOUT", "0x3A"),
    ("UP_REQUIRED", "0x3B"),
    ("UV_BLOCKED", "0x3C"),
    ("INTEGRITY_FAILURE", "0x3D"),
    ("INVALID_SUBCOMMAND", "0x3E"),
    ("UV_INVALID", "0x3F"),
    ("UNAUTHORIZED_PERMISSION", "0x40"),
    ("CTAP1_ERR_OTHER", "0x7F"),
];

/// The words of a line that are written like a status.
fn named(summary: &str) -> impl Iterator<Item = &str> {
    let words = summary.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| {
        let version = word.starts_with("FIDO_") || word.starts_with("U2F_");
        word.contains('_') && !version && !word.bytes().any(|byte| byte.is_ascii_lowercase())
    })
}

/// Every status that stands in a line and not, as a literal, in a test that holds the line.
pub(crate) fn without_literal(lines: &[Line], sources: &BTreeMap<String, String>) -> Vec<String> {
    let mut missing = Vec::new();
    for line in lines {
        let Some(source) = sources.get(&line.id) else { continue };
        for name in named(&line.summary) {
            match STATUSES.iter().find(|(known, _)| *known == name) {
                None => missing.push(format!("{}: {name} is no status", line.id)),
                Some((_, code)) if source.contains(code) => {}
                Some((_, code)) => missing.push(format!("{}: {name} ({code})", line.id)),
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(source: &str) -> Vec<String> {
        let line = "MC-05\tM\tno PIN: PIN_NOT_SET, FIDO_2_1 only; wrong PIN_BLOCKED\t";
        let lines = crate::lines::parse(&format!("id\tlevel\tsummary\tnote\n{line}\n")).unwrap();
        without_literal(&lines, &BTreeMap::from([("MC-05".to_owned(), source.to_owned())]))
    }

    #[test]
    fn each_status_of_a_line_is_looked_for() {
        assert!(missing("assert_eq!(status, 0x35); 0x32").is_empty());
        assert_eq!(missing("assert_eq!(status, 0x35)"), ["MC-05: PIN_BLOCKED (0x32)"]);
        assert_eq!(missing("").len(), 2);
    }
}
