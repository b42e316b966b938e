//! When the page's figures count as current.

use super::{is_current, row};

#[test]
fn a_row_has_a_name_and_a_number() {
    assert_eq!(row("| flash | 147.1 KiB |"), Some(("flash", 147.1)));
    assert_eq!(row("| what | how much |"), None);
    assert_eq!(row("|---|---|"), None);
}

#[test]
fn figures_are_current_within_a_twentieth() {
    let table =
        "| what | how much |\n|---|---|\n| flash | 100.0 KiB |\n| reset | 0.4 million instructions |\n";
    let with = |flash| format!("| flash | {flash} KiB |\n| reset | 0.5 million instructions |\n");
    assert!(is_current(&with("104.9"), table));
    assert!(is_current(&with("95.1"), table));
    assert!(!is_current(&with("105.2"), table));
    assert!(!is_current("| flash | 100.0 KiB |\n", table), "a row is missing");
    assert!(!is_current("", table));
}
