//! Walks the tree and collects what holds which line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::ids::Known;
use crate::scan;

/// What holds each line, by id: `crates/core/src/x/tests.rs: mc05_first`, in order.
pub(crate) type Covered = BTreeMap<String, BTreeSet<String>>;

/// What the tree holds, and what is wrong with the ids in it.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) covered: Covered,
    /// The source of all that holds each line.
    pub(crate) sources: BTreeMap<String, String>,
    /// The name of every test.
    pub(crate) tests: BTreeSet<String>,
    pub(crate) problems: Vec<String>,
}

impl Survey {
    fn add(&mut self, holder: &str, source: &str, ids: Result<Vec<String>, String>) {
        match ids {
            Ok(ids) => {
                for id in ids {
                    self.sources.entry(id.clone()).or_default().push_str(source);
                    self.covered.entry(id).or_default().insert(holder.to_owned());
                }
            }
            Err(problem) => self.problems.push(format!("{holder}: {problem}")),
        }
    }

    fn add_source(&mut self, file: &str, source: &str, known: &Known) {
        match scan::tests_in(source) {
            Err(problem) => self.problems.push(format!("{file}: {problem}")),
            Ok(tests) => {
                for test in tests {
                    let holder = format!("{file}: {}", test.name);
                    self.tests.insert(test.name.clone());
                    self.add(&holder, &test.source, known.in_test_name(&test.name));
                    for comment in &test.covers {
                        self.add(&holder, &test.source, known.in_comment(comment));
                    }
                }
            }
        }
    }
}

/// Reads every Rust file under `crates/*/src` and `crates/*/tests`, and the file names under `test-vectors`.
pub(crate) fn of_tree(root: &Path, known: &Known) -> Result<Survey, String> {
    let mut survey = Survey::default();
    for member in entries(&root.join("crates"))? {
        for folder in ["src", "tests"] {
            for file in files_under(&member.join(folder))? {
                let shown = shown(root, &file);
                // The tests of this table hold no requirement, and their literals look like tests.
                if shown.ends_with(".rs") && !shown.starts_with("crates/testkit/tests/spec_coverage") {
                    let source = fs::read_to_string(&file).map_err(|error| format!("{shown}: {error}"))?;
                    survey.add_source(&shown, &source, known);
                }
            }
        }
    }
    for file in files_under(&root.join("test-vectors"))? {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        survey.add(&shown(root, &file), "", known.in_file_name(&stem));
    }
    Ok(survey)
}

/// The path as it stands in the table, the same on every system.
fn shown(root: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(root).unwrap_or(file);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn files_under(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Sorted, without hidden and downloaded things; nothing when the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{}: {error}", folder.display());
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && name != "target" && name != "node_modules" {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let lines = "id\tlevel\tsummary\tnote\nMC-05\tM\ta\t\nCK-01\tM\tb\t\n";
        Known::new(&crate::lines::parse(lines).unwrap())
    }

    #[test]
    fn a_test_is_booked_under_all_its_ids() {
        let mut survey = Survey::default();
        survey.add_source("x.rs", "/// Covers: CK-01\n#[test]\nfn mc05_wins() {}\n", &known());
        let holder = BTreeSet::from(["x.rs: mc05_wins".to_owned()]);
        assert_eq!(survey.covered.get("MC-05"), Some(&holder));
        assert_eq!(survey.covered.get("CK-01"), Some(&holder));
        assert!(survey.problems.is_empty());
    }

    #[test]
    fn a_wrong_id_is_a_problem_with_its_place() {
        let mut survey = Survey::default();
        survey.add_source("x.rs", "#[test]\nfn mc99_typo() {}\n", &known());
        survey.add_source("y.rs", "/// Covers: MC-98\n#[test]\nfn fine() {}\n", &known());
        survey.add_source("z.rs", "/// Covers: MC-05\nfn helper() {}\n", &known());
        assert_eq!(survey.problems.len(), 3);
        assert!(survey.problems[0].starts_with("x.rs: mc99_typo: MC-99"));
        assert!(survey.problems[1].starts_with("y.rs: fine: MC-98"));
        assert!(survey.problems[2].starts_with("z.rs: "));
        assert!(survey.covered.is_empty());
    }
}
