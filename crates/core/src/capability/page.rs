//! The page `docs/capabilities.md`.

extern crate std;

use super::extension::EXTENSIONS;
use super::member::MEMBERS;
use super::option::OPTIONS;
use super::version::VERSIONS;
use super::{Prose, extensions, versions};
use crate::command::Info;
use crate::cose::Algorithm;
use crate::profile::Profile;
use crate::standing::Standing;
use crate::store::Settings;
use std::fmt::Write;
use std::string::{String, ToString};
use std::{format, vec::Vec};

/// `UPDATE_CAPABILITIES=1 cargo test -p authenticator-core --lib capability` rewrites the page.
#[test]
#[cfg_attr(miri, ignore = "reads a page of the tree")]
fn the_page_of_capabilities_is_the_one_in_docs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/capabilities.md");
    let page = page();
    if std::env::var_os("UPDATE_CAPABILITIES").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "docs/capabilities.md is not what the table says; run with UPDATE_CAPABILITIES=1"
    );
}

#[test]
#[cfg_attr(miri, ignore = "reads a page of the tree")]
fn every_row_says_its_line_and_what_it_promises() {
    let (_, rows) = rows(&[]);
    assert_eq!(rows.len(), VERSIONS.len() + EXTENSIONS.len() + OPTIONS.len() + MEMBERS.len());
    for row in rows {
        assert!(row.iter().all(|cell| !cell.is_empty() && !cell.contains('|')), "{row:?}");
        assert!(row[1].split_once('-').is_some_and(|(group, number)| {
            group.bytes().all(|byte| byte.is_ascii_uppercase()) && number.len() >= 2
        }));
    }
}

/// How each named profile is when it is new.
fn fresh() -> Vec<(&'static str, Info)> {
    let info = |profile: &Profile| Info::new(&Standing { profile, settings: Settings::new() });
    Profile::NAMED.into_iter().map(|(name, profile)| (name, info(&profile([0; 16])))).collect()
}

/// All rows, and where each table begins.
fn rows(fresh: &[(&str, Info)]) -> ([usize; 4], Vec<Vec<String>>) {
    let mut rows = Vec::new();
    let mut add = |name: String, prose: &Prose, cells: &mut dyn Iterator<Item = String>| {
        let start = [name, prose.line.into(), prose.follows.into(), prose.promises.into()];
        rows.push(start.into_iter().chain(cells).collect::<Vec<_>>());
        rows.len()
    };
    let yes = |there: bool| if there { "yes" } else { "no" }.to_string();
    let mut starts = [0; 4];
    for row in &VERSIONS {
        let there = |(_, info): &(_, Info)| yes(versions(info).any(|name| name == row.name));
        starts[1] = add(format!("`{}`", row.name), &row.prose, &mut fresh.iter().map(there));
    }
    for row in &EXTENSIONS {
        let there = |(_, info): &(_, Info)| yes(extensions(info).any(|name| name == row.name));
        starts[2] = add(format!("`{}`", row.name), &row.prose, &mut fresh.iter().map(there));
    }
    for row in &OPTIONS {
        let value =
            |(_, info): &(_, Info)| (row.value)(info).map_or("absent".into(), |value| value.to_string());
        starts[3] = add(format!("`{}`", row.name), &row.prose, &mut fresh.iter().map(value));
    }
    for row in &MEMBERS {
        let there = |(_, info): &(_, Info)| yes((row.value)(info).is_some());
        add(format!("`{:02X}` {}", row.key, row.name), &row.prose, &mut fresh.iter().map(there));
    }
    (starts, rows)
}

fn page() -> String {
    let fresh = fresh();
    let ([versions, extensions, options, members], rows) = rows(&fresh);
    let mut page = String::from(
        "# Capabilities\n\n\
         What getInfo answers, from what it follows, and what it promises: the table in `crates/core/src/capability/`, from\n\
         which the reply is written. The last columns are the named profiles when they are new. Made by a test; do not edit.\n\
         To rewrite it: `UPDATE_CAPABILITIES=1 cargo test -p authenticator-core --lib capability`\n\n\
         A version is claimed as soon as everything that it demands is there, and not before. `Profile::check` refuses a\n\
         profile that contradicts itself, and names the line that it breaks.\n",
    );
    let names: Vec<_> = fresh.iter().map(|(name, _)| *name).collect();
    for (title, range) in [
        ("Versions", versions..extensions),
        ("Extensions", extensions..options),
        ("Options", options..members),
        ("Members of the reply", members..rows.len()),
    ] {
        write!(
            page,
            "\n## {title}\n\n| name | line | follows from | promises | {} |\n{}\n",
            names.join(" | "),
            "|---".repeat(4 + names.len()) + "|"
        )
        .expect("text can be written");
        for row in &rows[range] {
            writeln!(page, "| {} |", row.join(" | ")).expect("text can be written");
        }
    }
    page.push_str(&algorithms(&fresh));
    page
}

/// Taken and advertised are two columns: some clients stumble over numbers they do not know (CK-05).
fn algorithms(fresh: &[(&str, Info)]) -> String {
    let mut table = String::from(
        "\n## Algorithms\n\n\
         What makeCredential takes is the key backend's business; what getInfo lists of it, the profile's, because some\n\
         clients stumble over numbers they do not know (CK-05).\n\n\
         | algorithm | number | profile | taken | advertised |\n|---|---|---|---|---|\n",
    );
    for algorithm in Algorithm::ALL {
        for (name, info) in fresh {
            let says = |list: &[Algorithm]| if list.contains(&algorithm) { "yes" } else { "no" };
            let taken = says(info.profile.keys.algorithms.as_slice());
            let advertised = says(info.profile.advertised_algorithms().as_slice());
            let number = algorithm.cose_id();
            writeln!(table, "| {algorithm:?} | {number} | {name} | {taken} | {advertised} |")
                .expect("text can be written");
        }
    }
    table
}
