//! The page of commits in the documentation.

use crate::commands::cases;
use crate::upkeep::{UPKEEP, Upkeep};
use std::fmt::Write;

/// `UPDATE_COMMITS=1 cargo test -p authenticator-core --test cut` rewrites the page.
#[test]
fn the_table_of_commits_is_the_one_in_docs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commits.md");
    let page = page();
    if std::env::var_os("UPDATE_COMMITS").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/commits.md is not what the table says; run with UPDATE_COMMITS=1");
}

fn page() -> String {
    let mut page = String::from(
        "# Commits\n\n\
         Every commit of every command. Made from the table in `crates/core/tests/cut/commands.rs`, which the cut tests hold\n\
         the commands to; do not edit. To rewrite it: `UPDATE_COMMITS=1 cargo test -p authenticator-core --test cut`\n\n\
         - **Effect**: the command's result. The last commit before a success reply, which cannot be built without it.\n\
         - **Hint**: written after the reply and unsynced; it may be lost, and never fails a command.\n\
         - **Guard**: stays whatever follows, and an error reply may follow it.\n\n\
         | command | steps | commit | what it writes |\n|---|---|---|---|\n",
    );
    for case in cases() {
        let steps = if case.steps.is_empty() { "none".to_owned() } else { case.steps.join(", ") };
        if case.commits.is_empty() {
            writeln!(page, "| {} | {steps} | none | nothing |", case.name).expect("text can be written");
        }
        for (kind, what) in case.commits {
            writeln!(page, "| {} | {steps} | {kind:?} | {what} |", case.name).expect("text can be written");
        }
    }
    for Upkeep { name, what, .. } in UPKEEP {
        writeln!(page, "| {name} | NeedsCommit | Effect | {what} |").expect("text can be written");
    }
    // Only a record that was damaged can be discarded, and a key be too late: `tests/audit.rs` and `keys.rs` have them.
    page.push_str("| Manage::Discard | NeedsCommit | Effect | a record that cannot be opened is gone |\n");
    page.push_str(
        "| makeCredential, key given up meanwhile | NeedsUser, NeedsCommit, NeedsKeypair, NeedsCommit | Guard | \
         a tombstone of the key that came too late |\n",
    );
    page
}
