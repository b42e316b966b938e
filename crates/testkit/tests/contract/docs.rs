//! The page about stores: its table is the one the contract gives, and the tests it names exist.

use crate::{flash_chip, memory_cells, sqlite_folder};
use authenticator_testkit::contract::{Column, Property, Reason, Verdict, table};
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- The table is made by the tests: UPDATE_STORE=1 cargo test -p authenticator-testkit --test contract -->\n";
const END: &str = "<!-- end of the table -->\n";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/store.md")
}

fn columns() -> [Column; 4] {
    [
        Column::of::<memory_cells::Slots>(),
        Column::of::<memory_cells::Maps>(),
        Column::of::<sqlite_folder::Folder>(),
        Column::of::<flash_chip::Board>(),
    ]
}

#[test]
fn the_table_in_the_tree_is_the_one_the_stores_give() {
    let columns = columns();
    let fresh = table(&columns);
    println!("{fresh}");
    for column in &columns {
        assert_eq!(column.broken().count(), 0, "{}", column.store);
    }
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the page has a place for the table");
    let (written, after) = rest.split_once(END).expect("the table ends");
    if std::env::var_os("UPDATE_STORE").is_some() {
        std::fs::write(page(), [before, BEGIN, &fresh, END, after].concat()).unwrap();
        return;
    }
    assert!(written == fresh, "docs/store.md is not what the stores give; run with UPDATE_STORE=1");
}

#[test]
fn what_cannot_be_shown_says_why() {
    for column in columns() {
        assert_eq!(column.verdicts.len(), Property::ALL.len(), "{}", column.store);
        for verdict in &column.verdicts {
            let Verdict::Excused(Reason(reason)) = verdict else { continue };
            assert!(reason.split(' ').count() > 4, "{}: {reason}", column.store);
            assert!(!reason.contains("does not say how"), "{} has a fixture that says how", column.store);
        }
    }
}

/// It is the core's store that its records are in.
#[test]
fn the_provider_has_no_store_of_its_own() {
    let manifest =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/Cargo.toml"))
            .unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (dependencies, _) = rest.split_once("\n[dev-dependencies]\n").unwrap();
    assert!(dependencies.contains("authenticator-core"), "{dependencies}");
    for word in ["store", "rusqlite", "sled", "redb"] {
        assert!(!dependencies.contains(word), "{word} in {dependencies}");
    }
}
