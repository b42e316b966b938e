//! Which line of the CTAP 2.3 and WebAuthn L3 requirements is held by which test.
//!
//! The lines are in `docs/spec-lines.tsv`. A test carries the ids of the lines it holds at the front of
//! its name (`mc05_ck01_first_supported_algorithm_wins`) or in a doc comment directly above it
//! (`/// Covers: MC-05, CK-01`); a vector file carries them at the front of its file name. Ignored tests
//! hold nothing. From this the table `docs/spec-coverage.md` is made, and these tests fail when
//!
//! - the table in the tree is not the one the tests give;
//! - a line has neither a test nor a note that says what it waits for;
//! - a line has a test, and its note waits all the same and not "in part";
//! - a status that a line names does not stand as a literal in a test of it;
//! - a test names an id that does not exist.
//!
//! Where the sources disagree `docs/unsure.tsv` says what we chose; `docs/unsure.md` is made of it.
//!
//! `UPDATE_SPEC_COVERAGE=1 cargo test -p authenticator-testkit --test spec_coverage` rewrites both.

use std::path::{Path, PathBuf};

#[path = "spec_coverage/graph.rs"]
mod graph;
#[path = "spec_coverage/ids.rs"]
mod ids;
#[path = "spec_coverage/lines.rs"]
mod lines;
#[path = "spec_coverage/scan.rs"]
mod scan;
#[path = "spec_coverage/statuses.rs"]
mod statuses;
#[path = "spec_coverage/survey.rs"]
mod survey;
#[path = "spec_coverage/table.rs"]
mod table;
#[path = "spec_coverage/unsure.rs"]
mod unsure;

use lines::Line;
use survey::Survey;

const UPDATE: &str = "UPDATE_SPEC_COVERAGE=1 cargo test -p authenticator-testkit --test spec_coverage";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read_tree() -> Result<(Vec<Line>, Survey), String> {
    let path = root().join("docs/spec-lines.tsv");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = lines::parse(&text)?;
    let survey = survey::of_tree(&root(), &ids::Known::new(&lines))?;
    Ok((lines, survey))
}

#[test]
fn the_table_in_the_tree_is_fresh() {
    let (lines, survey) = read_tree().unwrap();
    let fresh = table::render(&lines, &survey.covered);
    let path = root().join("docs/spec-coverage.md");
    if std::env::var_os("UPDATE_SPEC_COVERAGE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    // A missing file is a stale file.
    let in_tree = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        in_tree == fresh,
        "docs/spec-coverage.md is not what the tests give. Rewrite it with\n  {UPDATE}"
    );
}

fn read_choices() -> Result<Vec<unsure::Choice>, String> {
    let path = root().join("docs/unsure.tsv");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    unsure::parse(&text)
}

#[test]
fn the_page_of_choices_in_the_tree_is_fresh() {
    let (lines, survey) = read_tree().unwrap();
    let fresh = unsure::render(&lines, &survey.covered, &read_choices().unwrap());
    let path = root().join("docs/unsure.md");
    if std::env::var_os("UPDATE_SPEC_COVERAGE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let in_tree = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(in_tree == fresh, "docs/unsure.md is not what its table says. Rewrite it with\n  {UPDATE}");
}

#[test]
fn every_unsure_line_has_a_choice_and_the_place_where_it_was_made() {
    let (lines, _) = read_tree().unwrap();
    let choices = read_choices().unwrap();
    assert_eq!(unsure::mismatches(&lines, &choices), Vec::<String>::new(), "docs/unsure.tsv");
    for unsure::Choice { id, file, place, .. } in &choices {
        let source = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(source.contains(place), "docs/unsure.tsv, {id}: there is no {place:?} in {file}");
    }
}

#[test]
fn every_line_has_a_test_or_says_what_it_waits_for() {
    let (lines, survey) = read_tree().unwrap();
    let missing = table::missing(&lines, &survey.covered);
    assert!(
        missing.is_empty(),
        "neither a test nor a note in docs/spec-lines.tsv: {}\nGive the line a test, or a note that says what it waits for.",
        missing.join(", ")
    );
}

#[test]
fn no_line_waits_for_what_a_test_holds() {
    let (lines, survey) = read_tree().unwrap();
    let stale = table::stale(&lines, &survey.covered);
    assert!(
        stale.is_empty(),
        "a test holds what the note in docs/spec-lines.tsv says to wait: {}\nClear the note, or begin it with \"in part: \".",
        stale.join(", ")
    );
}

/// A test that compares with the name of a status would follow a wrong table of codes.
#[test]
fn every_status_of_a_line_stands_as_a_literal_in_a_test_of_it() {
    let (lines, survey) = read_tree().unwrap();
    let missing = statuses::without_literal(&lines, &survey.sources);
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn tests_name_only_ids_that_exist() {
    let (_, survey) = read_tree().unwrap();
    assert!(survey.problems.is_empty(), "\n{}", survey.problems.join("\n"));
}

/// Every `test_name` that a page rests a claim on.
fn tests_named_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| {
        code.contains('_')
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

#[test]
fn the_threat_model_names_tests_that_exist() {
    let (_, survey) = read_tree().unwrap();
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let missing: Vec<_> = tests_named_in(&text).filter(|name| !survey.tests.contains(*name)).collect();
    assert!(tests_named_in(&text).count() >= 20, "the table rests on tests");
    assert!(missing.is_empty(), "SECURITY.md names tests that do not exist: {}", missing.join(", "));
    let still_to_come = text.split(|c: char| !c.is_alphabetic()).any(|word| word == "yet");
    assert!(!still_to_come, "SECURITY.md says of something that it is not there yet: is that still so?");
}

/// What is asked of the store, a line each: words of its line in the page, and what that line is about.
const ASKED_OF_A_STORE: &str = "\
Sealed AES-256-GCM-SIV kind id version generation: sealing
blind indexes file site person: what the file names
device key generation secret reset dead: keys and what kills them
512 sealed host change set: the host's own bytes
holds made last used state: what is kept of a credential
`provider` no store own: the provider
changed swapped skipped counted reported bricks: a record changed
mix old new full check: records of two times
sum number every commit: the sum of the records
Roll-back whole anchor: roll-back
another device key nothing harmed: another device key
Without key backend missing deletable invalidated: a backend that is not there
BE BS 0: the backup flags
epoch dies every process: the authentication epoch
epoch set changed forced reset: what raises the epoch
wrong_since_power_up boot process: wrong PINs
Hardware leak swept commit open idempotently unknown: hardware keys
note before the key is made, tombstone: notes about hardware keys
hardware backend always record: records of hardware keys
sealed credential id 64 96 version nonce tag: sealed credential ids
hmac-secret derived: secrets of sealed credentials
signCount 0 durable: the counter
reserved 16 256 `up: false`: counters that are on
100,000 relying party credential id user handle: lookups
short read outlives: short reads
racing two processes: two processes
SQLite careful refuses deleted: how SQLite is used
waits Busy: a store that is held
Suspended resumed: suspending
earlier version: migrations
change set full not at all: all or nothing
survives doubt: commits in doubt
full deletion room: a store that is full
start over: starting over
superseded chooser confirmed: superseded passkeys
large blobs replaced: large blobs
hint sign-in: hints
Flash cut word: flash";

#[test]
fn the_page_about_stores_names_tests_that_exist() {
    let (_, survey) = read_tree().unwrap();
    let text = std::fs::read_to_string(root().join("docs/store.md")).unwrap();
    let (promises, rest) = text.split_once("## A store of your own").unwrap();
    let sentences: Vec<_> = promises.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for (words, what) in ASKED_OF_A_STORE.lines().map(|line| line.rsplit_once(": ").unwrap()) {
        let has_them = |line: &&str| {
            let sentence = line.split(" | ").next().unwrap();
            words.split(' ').all(|word| sentence.contains(word))
        };
        assert!(sentences.iter().any(has_them), "no line of docs/store.md is about {what}");
    }
    for sentence in sentences {
        assert!(tests_named_in(sentence).count() > 0, "no test holds this: {sentence}");
    }
    // Of the rest the table is the stores' own, and its tests are the contract's.
    let (_, table) = rest.split_once("## How ours do").unwrap();
    let named = tests_named_in(promises).chain(tests_named_in(table));
    let missing: Vec<_> = named.filter(|name| !survey.tests.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/store.md names tests that do not exist: {}", missing.join(", "));
}

#[test]
fn the_page_about_the_architecture_has_the_dependencies_there_are() {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    assert_eq!(
        graph::of_page(&text),
        graph::of_manifests(&root()).unwrap(),
        "docs/ARCHITECTURE.md, the table of crates"
    );
}

#[test]
fn names_of_tests_are_told_from_other_code() {
    let text = "see `a_seal_holds`, `SECURITY.md`, `cargo test`, not `s38` but `s38_it_is_kept`";
    assert_eq!(tests_named_in(text).collect::<Vec<_>>(), ["a_seal_holds", "s38_it_is_kept"]);
}
