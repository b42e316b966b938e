//! The page `docs/deviations.md`.

use authenticator_differential::{DEVIATIONS, Side};
use std::fmt::Write;

const UPDATE: &str = "UPDATE_DEVIATIONS=1 cargo test -p authenticator-differential --test requests";

/// `UPDATE_DEVIATIONS=1` before it rewrites the page.
#[test]
fn the_page_of_deviations_is_the_one_in_docs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/deviations.md");
    let page = page();
    if std::env::var_os("UPDATE_DEVIATIONS").is_some() {
        std::fs::write(path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/deviations.md is not what the table says; run\n  {UPDATE}");
}

fn page() -> String {
    let mut page = format!(
        "# Deviations from ctap-types\n\n\
         Two decoders read every request in the tests and in the fuzzer: ours, and the one of `ctap-types`. What both accept\n\
         has the same values for both. Where they part, the request's bytes have one of these {} deviations, and what we make\n\
         of it is CTAP's. *They* are `ctap-types`. The table is `crates/differential/src/deviation.rs`. Made by a test; do not edit.\n\
         To rewrite it: `{UPDATE}`\n\n\
         | deviation | accepted by | what is different |\n|---|---|---|\n",
        DEVIATIONS.len()
    );
    for deviation in DEVIATIONS {
        let sides: Vec<_> = deviation.sides.iter().map(|side| word(*side)).collect();
        writeln!(page, "| {} | {} | {} |", deviation.name, sides.join("; "), deviation.says)
            .expect("a string takes all");
    }
    page
}

const fn word(side: Side) -> &'static str {
    match side {
        Side::OnlyWe => "this core only",
        Side::OnlyThey => "ctap-types only",
        Side::Otherwise => "both, read otherwise",
    }
}
