//! Reads `docs/spec-lines.tsv`.

const HEADER: &str = "id\tlevel\tsummary\tnote";
const LEVELS: [&str; 5] = ["M", "S", "O", "X", "UNSURE"];

/// One requirement.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    /// `MC-05`
    pub(crate) id: String,
    /// M, S, O, X or UNSURE; a `?` behind it when sources disagree about a part.
    pub(crate) level: String,
    pub(crate) summary: String,
    /// What the line waits for; empty when a test has to hold it.
    pub(crate) note: String,
}

impl Line {
    /// `MC` of `MC-05`.
    pub(crate) fn group(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

/// Reads the whole file; says which line is wrong.
pub(crate) fn parse(text: &str) -> Result<Vec<Line>, String> {
    let mut rows = text.lines();
    if rows.next() != Some(HEADER) {
        return Err(format!("spec-lines.tsv: the first line must be {HEADER:?}"));
    }
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let line = parse_row(row).map_err(|why| format!("spec-lines.tsv: {why}: {row:?}"))?;
        if lines.iter().any(|earlier| earlier.id == line.id) {
            return Err(format!("spec-lines.tsv: {} is there twice", line.id));
        }
        lines.push(line);
    }
    Ok(lines)
}

fn parse_row(row: &str) -> Result<Line, &'static str> {
    let mut fields = row.split('\t').map(str::to_owned);
    let (Some(id), Some(level), Some(summary), Some(note), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("not four fields");
    };
    if !LEVELS.contains(&level.trim_end_matches('?')) {
        return Err("unknown level");
    }
    if summary.is_empty() {
        return Err("no summary");
    }
    Ok(Line { id, level, summary, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_line() {
        let lines = parse("id\tlevel\tsummary\tnote\nMC-05\tM?\tfirst wins\t\n").unwrap();
        let expected = Line {
            id: "MC-05".into(),
            level: "M?".into(),
            summary: "first wins".into(),
            note: String::new(),
        };
        assert_eq!(lines, [expected]);
        assert_eq!(lines[0].group(), "MC");
    }

    #[test]
    fn a_bad_file_is_refused() {
        let header = "id\tlevel\tsummary\tnote\n";
        assert!(parse("").unwrap_err().contains("first line"));
        assert!(parse(&format!("{header}MC-05\tM\tfew")).unwrap_err().contains("four fields"));
        assert!(parse(&format!("{header}MC-05\tM\ta\tb\tc")).unwrap_err().contains("four fields"));
        assert!(parse(&format!("{header}MC-05\tMUST\ta\t")).unwrap_err().contains("level"));
        assert!(parse(&format!("{header}MC-05\tM\t\t")).unwrap_err().contains("summary"));
        assert!(parse(&format!("{header}MC-05\tM\ta\t\nMC-05\tM\tb\t")).unwrap_err().contains("twice"));
    }
}
