//! `doctor` on files that are anything but a store: it says so, and never panics.

use crate::support::Tool;
use authenticator_testkit::SeededRng;
use rand_core::Rng;
use std::fs;

const FOREIGN: &str = "store-foreign";
const DAMAGED: &str = "store-damaged";

/// Runs the doctor on this content; it must end by itself, with this finding and no other.
fn examine(tool: &Tool, content: &[u8], finding: &str, what: &str) {
    fs::write(tool.database(), content).unwrap();
    let said = tool.doctor(&[]);
    assert!([6, 9].contains(&said.code), "{what}: {}", said.json);
    // What is left of a page may look like rows of nobody's.
    let kinds: Vec<_> = said.kinds().into_iter().filter(|kind| *kind != "stray-rows").collect();
    assert_eq!(kinds, [finding], "{what}");
}

/// The page size of a new store.
const PAGE: usize = 1024;

#[test]
fn random_bytes_are_no_store() {
    let tool = Tool::new();
    tool.register_used("alice");
    let whole = fs::read(tool.database()).unwrap();
    let mut rng = SeededRng::new(5);
    for length in [1, 16, 100, 511, 512, 4096, 20_000] {
        let mut garbage = vec![0; length];
        rng.fill_bytes(&mut garbage);
        examine(&tool, &garbage, FOREIGN, &format!("{length} random bytes"));
        // A database by its looks, and nothing after that.
        if length > 511 {
            garbage[..100].copy_from_slice(&whole[..100]);
            examine(&tool, &garbage, DAMAGED, &format!("{length} bytes after a true head"));
        }
    }
}

#[test]
fn a_store_that_was_cut_is_damaged() {
    let tool = Tool::new();
    tool.register_used("alice");
    let whole = fs::read(tool.database()).unwrap();
    for tenth in 1..10 {
        examine(&tool, &whole[..whole.len() * tenth / 10], DAMAGED, &format!("{tenth} tenths"));
    }
    for page in 1..whole.len() / PAGE {
        examine(&tool, &whole[..page * PAGE], DAMAGED, &format!("{page} pages"));
    }
}

/// A page at a time is overwritten; what is left of the store is looked at as far as it can be read.
#[test]
fn a_store_with_garbage_in_a_page_is_damaged() {
    let tool = Tool::new();
    tool.register_used("alice");
    let whole = fs::read(tool.database()).unwrap();
    let mut rng = SeededRng::new(6);
    for page in 0..whole.len() / PAGE {
        let mut damaged = whole.clone();
        rng.fill_bytes(&mut damaged[page * PAGE + 100..(page + 1) * PAGE]);
        examine(&tool, &damaged, DAMAGED, &format!("page {page}"));
    }
    fs::write(tool.database(), &whole).unwrap();
    assert_eq!(tool.doctor(&[]).code, 0);
}
