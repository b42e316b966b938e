//! Which crate depends on which: as the manifests say it, and as `docs/ARCHITECTURE.md` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// What each of our crates depends on, of our crates. Names are those of their folders.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Reads every manifest under `crates`, and those of the benches and the fuzzer.
pub(crate) fn of_manifests(root: &Path) -> io::Result<Graph> {
    let mut members = vec![root.join("benches"), root.join("fuzz")];
    for entry in fs::read_dir(root.join("crates"))? {
        members.push(entry?.path());
    }
    let mut graph = Graph::new();
    for member in members {
        let name = member.file_name().unwrap_or_default().to_string_lossy().into_owned();
        graph.insert(name, dependencies(&fs::read_to_string(member.join("Cargo.toml"))?));
    }
    Ok(graph)
}

/// Those of the section `[dependencies]`, and of no platform or test alone.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    let ours = section.filter_map(|line| line.strip_prefix("authenticator-"));
    ours.map(|line| line.split(['.', ' ']).next().unwrap_or_default().to_owned()).collect()
}

/// Reads the table behind the heading of its first column: crates on the left, what they depend on on the right.
pub(crate) fn of_page(page: &str) -> Graph {
    let rows = page.lines().skip_while(|line| *line != "| crate | on |").skip(2);
    let mut graph = Graph::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let (crates, on) = row.trim_matches('|').split_once('|').unwrap_or_default();
        for name in names(crates) {
            graph.insert(name, names(on).filter(|name| name != "none").collect());
        }
    }
    graph
}

/// `core, host (by its feature)`: `core` and `host`.
fn names(cell: &str) -> impl Iterator<Item = String> {
    cell.split(',').filter_map(|name| name.split_whitespace().next()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_tests_are_none() {
        let manifest = "[dependencies]\nauthenticator-core.workspace = true\nauthenticator-host = { path = \"x\" }\nserde = \"1\"\n\n\
                        [dev-dependencies]\nauthenticator-testkit.workspace = true\n";
        assert_eq!(dependencies(manifest), ["core", "host"].map(str::to_owned).into());
    }

    #[test]
    fn a_row_may_have_several_crates_and_remarks() {
        let page = "| crate | on |\n|---|---|\n| a, b | none |\n| c | a, b (by its feature) |\n\nprose";
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let expected = [("a", of(&[])), ("b", of(&[])), ("c", of(&["a", "b"]))];
        assert_eq!(of_page(page), expected.map(|(name, on)| (name.to_owned(), on)).into());
    }
}
