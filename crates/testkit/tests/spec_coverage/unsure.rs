//! Reads `docs/unsure.tsv` and writes `docs/unsure.md`.

use std::fmt::Write;

use crate::lines::Line;
use crate::survey::Covered;

const HEADER: &str = "id\tchoice\tothers\tfile\tplace\tflip";

const INTRODUCTION: &str = "# Where the sources disagree

Lines of the requirements that are UNSURE, or unsure in a part (`?` in `docs/spec-coverage.md`): what we chose, what
known clients and authenticators do, and where to change it. A line without a test waits for what its note says.

Made from `docs/unsure.tsv`, `docs/spec-lines.tsv` and the names of the tests; do not edit. To rewrite it:
`UPDATE_SPEC_COVERAGE=1 cargo test -p authenticator-testkit --test spec_coverage`

| id | our choice | others | to flip it | held by |
|---|---|---|---|---|
";

/// A choice.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) id: String,
    choice: String,
    others: String,
    /// Where to flip it: a file, and words that stand in it.
    pub(crate) file: String,
    pub(crate) place: String,
    flip: String,
}

/// Reads the whole file; says which line is wrong.
pub(crate) fn parse(text: &str) -> Result<Vec<Choice>, String> {
    let mut rows = text.lines();
    if rows.next() != Some(HEADER) {
        return Err(format!("unsure.tsv: the first line must be {HEADER:?}"));
    }
    rows.map(|row| {
        let fields: Vec<_> = row.split('\t').map(str::to_owned).collect();
        let fields: Result<[String; 6], _> = fields.try_into();
        let [id, choice, others, file, place, flip] =
            fields.map_err(|_| format!("not six fields: {row:?}"))?;
        let all = [&id, &choice, &others, &file, &place, &flip];
        if all.iter().any(|field| field.is_empty()) {
            return Err(format!("unsure.tsv: an empty field: {row:?}"));
        }
        Ok(Choice { id, choice, others, file, place, flip })
    })
    .collect()
}

/// The lines that are unsure and have no choice, and the choices whose line is sure or is not there.
pub(crate) fn mismatches(lines: &[Line], choices: &[Choice]) -> Vec<String> {
    let is_unsure = |line: &&Line| line.level == "UNSURE" || line.level.ends_with('?');
    let unsure: Vec<&str> = lines.iter().filter(is_unsure).map(|line| line.id.as_str()).collect();
    let chosen: Vec<&str> = choices.iter().map(|choice| choice.id.as_str()).collect();
    let without = unsure.iter().filter(|id| !chosen.contains(id));
    let beside = chosen.iter().filter(|id| !unsure.contains(id));
    without.chain(beside).map(|id| (*id).to_owned()).collect()
}

/// The whole page, in the order of the lines.
pub(crate) fn render(lines: &[Line], covered: &Covered, choices: &[Choice]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for line in lines {
        let Some(Choice { id, choice, others, file, place, flip }) =
            choices.iter().find(|choice| choice.id == line.id)
        else {
            continue;
        };
        let held: Vec<String> = match covered.get(id) {
            Some(holders) => holders.iter().map(|holder| format!("`{holder}`")).collect(),
            None => vec![line.note.clone()],
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| {id} | {choice} | {others} | `{place}` in `{file}`: {flip} | {} |",
            held.join("<br>")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(ids: &[&str]) -> Vec<Choice> {
        let rows: Vec<_> = ids.iter().map(|id| format!("{id}\tours\ttheirs\ta.rs\tfn a\tso")).collect();
        parse(&format!("{HEADER}\n{}", rows.join("\n"))).unwrap()
    }

    fn lines() -> Vec<Line> {
        let rows = "MC-01\tM?\tpartly\t\nMC-02\tM\tsure\t\nGI-23\tUNSURE\twhole\twaits\n";
        crate::lines::parse(&format!("id\tlevel\tsummary\tnote\n{rows}")).unwrap()
    }

    #[test]
    fn every_unsure_line_wants_a_choice_and_no_other() {
        assert!(mismatches(&lines(), &choices(&["MC-01", "GI-23"])).is_empty());
        assert_eq!(mismatches(&lines(), &choices(&["MC-01"])), ["GI-23"]);
        assert_eq!(mismatches(&lines(), &choices(&["MC-01", "MC-02", "GI-23", "XX-01"])), ["MC-02", "XX-01"]);
    }

    #[test]
    fn a_row_says_who_holds_the_choice_or_what_it_waits_for() {
        let covered = Covered::from([("MC-01".into(), ["x.rs: t1".to_owned()].into())]);
        let page = render(&lines(), &covered, &choices(&["GI-23", "MC-01"]));
        let rows = "| MC-01 | ours | theirs | `fn a` in `a.rs`: so | `x.rs: t1` |\n\
                    | GI-23 | ours | theirs | `fn a` in `a.rs`: so | waits |\n";
        assert!(page.ends_with(rows), "{page}");
    }

    #[test]
    fn a_bad_file_is_refused() {
        assert!(parse("").is_err());
        assert!(parse(&format!("{HEADER}\nMC-01\tfew")).is_err());
        assert!(parse(&format!("{HEADER}\nMC-01\ta\tb\tc\td\t")).is_err());
    }
}
