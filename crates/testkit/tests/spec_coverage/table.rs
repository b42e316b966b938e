//! Writes `docs/spec-coverage.md`.

use std::fmt::Write;

use crate::lines::Line;
use crate::survey::Covered;

const INTRODUCTION: &str = "# Spec coverage

Which line of the requirements is held by which test. The levels are M (must), S (should), O (optional) and
UNSURE; a `?` marks a line about a part of which our sources disagree. *Covered* means that at least one test
which runs carries the id; *waiting* lines have none, and say what they wait for or why there is none; *missing*
lines have neither, and fail the test that makes this page. A covered line of which a part waits says *in part*.

Made from `docs/spec-lines.tsv` and the names of the tests; do not edit. To rewrite it:
`UPDATE_SPEC_COVERAGE=1 cargo test -p authenticator-testkit --test spec_coverage`
";

/// How many tests a row shows before it only counts.
const SHOWN: usize = 3;

const TITLES: [(&str, &str); 31] = [
    ("GEN", "Messages and CBOR"),
    ("ST", "User interaction, timers, stateful commands"),
    ("TOK", "pinUvAuthToken"),
    ("PP", "PIN/UV auth protocols"),
    ("MC", "authenticatorMakeCredential"),
    ("GA", "authenticatorGetAssertion"),
    ("GN", "authenticatorGetNextAssertion"),
    ("CP", "authenticatorClientPIN"),
    ("CM", "authenticatorCredentialManagement"),
    ("LB", "authenticatorLargeBlobs"),
    ("CFG", "authenticatorConfig"),
    ("SEL", "authenticatorSelection"),
    ("RST", "authenticatorReset"),
    ("GI", "authenticatorGetInfo"),
    ("AD", "Authenticator data"),
    ("CK", "COSE keys and signatures"),
    ("CPR", "credProtect"),
    ("AT", "Attestation"),
    ("HID", "CTAPHID"),
    ("EXT", "Extensions"),
    ("HS", "hmac-secret"),
    ("HM", "hmac-secret-mc"),
    ("CB", "credBlob"),
    ("LBK", "largeBlobKey"),
    ("LBA", "The array of large blobs, as platforms lay it out"),
    ("LBX", "largeBlob"),
    ("MPL", "minPinLength"),
    ("PCP", "pinComplexityPolicy"),
    ("TPP", "thirdPartyPayment"),
    ("PRF", "prf, which a client makes of hmac-secret"),
    ("MAP", "Extensions between JSON and CTAP"),
];

/// The ids that have neither a test nor a note.
pub(crate) fn missing(lines: &[Line], covered: &Covered) -> Vec<String> {
    let forgotten = lines.iter().filter(|line| status(line, covered) == Status::Missing);
    forgotten.map(|line| line.id.clone()).collect()
}

/// The ids of lines that a test holds and whose note waits all the same, without saying that it is a part that waits.
pub(crate) fn stale(lines: &[Line], covered: &Covered) -> Vec<String> {
    let waits = |note: &str| note.split(' ').any(|word| matches!(word, "wait" | "waits" | "waiting"));
    let held = lines.iter().filter(|line| covered.contains_key(&line.id));
    let waiting = held.filter(|line| waits(&line.note) && !line.note.starts_with("in part: "));
    waiting.map(|line| line.id.clone()).collect()
}

/// The whole page.
pub(crate) fn render(lines: &[Line], covered: &Covered) -> String {
    let mut page = format!("{INTRODUCTION}\nAll lines: {}.\n", counts(lines, covered));
    for section in lines.chunk_by(|a, b| a.group() == b.group()) {
        let group = section.first().map(Line::group).unwrap_or_default();
        let title = TITLES.iter().find(|(known, _)| *known == group).map_or("", |(_, title)| title);
        push(&mut page, format_args!("\n## {group}: {title}\n\n{}.\n\n", counts(section, covered)));
        page.push_str("| id | level | line | covered by | note |\n|---|---|---|---|---|\n");
        for line in section {
            let Line { id, level, summary, note } = line;
            let held = match status(line, covered) {
                Status::Covered => holders(line, covered),
                Status::Waiting => "waiting".to_owned(),
                Status::Missing => "**missing**".to_owned(),
            };
            push(&mut page, format_args!("| {id} | {level} | {summary} | {held} | {note} |\n"));
        }
    }
    page
}

fn push(page: &mut String, text: std::fmt::Arguments) {
    // Writing to a String cannot fail.
    let _ = page.write_fmt(text);
}

fn holders(line: &Line, covered: &Covered) -> String {
    let Some(holders) = covered.get(&line.id) else {
        return String::new();
    };
    let mut cell: Vec<String> = holders.iter().take(SHOWN).map(|holder| format!("`{holder}`")).collect();
    let more = holders.len().saturating_sub(SHOWN);
    if more > 0 {
        cell.push(format!("+{more}"));
    }
    cell.join("<br>")
}

#[derive(PartialEq)]
enum Status {
    Covered,
    Waiting,
    Missing,
}

fn status(line: &Line, covered: &Covered) -> Status {
    if covered.contains_key(&line.id) {
        Status::Covered
    } else if line.note.is_empty() {
        Status::Missing
    } else {
        Status::Waiting
    }
}

fn counts(lines: &[Line], covered: &Covered) -> String {
    let count = |wanted| lines.iter().filter(|line| status(line, covered) == wanted).count();
    let (held, waiting, missing) = (count(Status::Covered), count(Status::Waiting), count(Status::Missing));
    format!("{held} covered, {waiting} waiting, {missing} missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let rows = "MC-01\tM\theld\t\nMC-02\tM\tlater\twaits for PIN\nCK-01\tS\tforgotten\t\n";
        crate::lines::parse(&format!("id\tlevel\tsummary\tnote\n{rows}")).unwrap()
    }

    fn held_by(count: usize) -> Covered {
        Covered::from([("MC-01".into(), (0..count).map(|n| format!("x.rs: t{n}")).collect())])
    }

    #[test]
    fn sections_count_and_rows_say_who_holds_them() {
        let page = render(&lines(), &held_by(1));
        assert!(page.contains("All lines: 1 covered, 1 waiting, 1 missing."));
        assert!(page.contains("## MC: authenticatorMakeCredential\n\n1 covered, 1 waiting, 0 missing."));
        assert!(page.contains("| MC-01 | M | held | `x.rs: t0` |  |"));
        assert!(page.contains("| MC-02 | M | later | waiting | waits for PIN |"));
        assert!(page.contains("| CK-01 | S | forgotten | **missing** |  |"));
    }

    #[test]
    fn the_fourth_test_is_only_counted() {
        assert!(render(&lines(), &held_by(3)).contains("`x.rs: t1`<br>`x.rs: t2` |"));
        assert!(render(&lines(), &held_by(5)).contains("`x.rs: t2`<br>+2 |"));
    }

    #[test]
    fn a_line_that_is_held_waits_in_part_at_most() {
        assert_eq!(stale(&lines(), &held_by(1)), Vec::<String>::new());
        let held = Covered::from([("MC-02".into(), ["x.rs: t".into()].into())]);
        assert_eq!(stale(&lines(), &held), ["MC-02"]);
        let mut lines = lines();
        lines[1].note = "in part: names wait for PIN".into();
        assert_eq!(stale(&lines, &held), Vec::<String>::new());
        lines[1].note = "a prompt awaits its user".into();
        assert_eq!(stale(&lines, &held), Vec::<String>::new());
    }

    #[test]
    fn a_line_without_test_and_note_is_missing() {
        assert_eq!(missing(&lines(), &held_by(1)), ["CK-01"]);
        assert_eq!(missing(&lines(), &Covered::new()), ["MC-01", "CK-01"]);
    }
}
