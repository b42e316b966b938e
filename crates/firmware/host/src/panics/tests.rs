//! The parts of the search, on lines as the disassembler writes them.

use super::{Call, OURS, STANDARD, Site, calls, package, panicking, search, without_types};
use std::collections::BTreeSet;

#[test]
fn branches_to_panicking_functions_are_found_and_nothing_else() {
    let disassembly = "\
00000100 <ours::f>:
     100: \tbl\t0x200 <core::panicking::panic_fmt> @ imm = #0x100
     104: \tb.w\t0x300 <core::slice::index::slice_index_fail>
     108: \tbl\t0x400 <sha2::compress>
     10c: \tbne\t0x100 <ours::f+0x2>

00000200 <core::panicking::panic_fmt>:
     200: \tbl\t0x500 <core::panicking::panic>
";
    let call = |address, panic| Call { address, within: "ours::f", panic };
    let expected =
        [call(0x100, "core::panicking::panic_fmt"), call(0x104, "core::slice::index::slice_index_fail")];
    assert_eq!(calls(disassembly, &BTreeSet::new()), expected);
}

#[test]
fn a_function_of_the_standard_library_that_panics_does_not_hide_its_caller() {
    let disassembly = "\
00000100 <ours::f>:
     100: \tbl\t0x200 <core::slice::index<u8>>
00000200 <core::slice::index<u8>>:
     200: \tbl\t0x500 <core::slice::index::slice_index_fail>
";
    let ask = |address, panic: &str| {
        let package = if address == 0x100 { OURS } else { STANDARD }.to_owned();
        Ok((Site { package, function: "f".to_owned(), panic: panic.to_owned() }, "a place".to_owned()))
    };
    let found: Vec<_> = search(disassembly, ask).unwrap().into_keys().collect();
    let panic = "core::slice::index<u8>".to_owned();
    assert!(found == [Site { package: OURS.to_owned(), function: "f".to_owned(), panic }]);
}

#[test]
fn a_function_is_named_without_its_types() {
    assert_eq!(without_types("from_usize<u8>"), "from_usize");
    assert_eq!(without_types("ours::f::h0123456789abcdef"), "ours::f");
}

#[test]
fn a_panicking_function_is_known_by_its_name() {
    assert_eq!(
        panicking("core::option::unwrap_failed::h0123456789abcdef"),
        Some("core::option::unwrap_failed")
    );
    assert_eq!(panicking("core::result::unwrap_failed"), Some("core::result::unwrap_failed"));
    assert_eq!(panicking("__rustc::rust_begin_unwind"), Some("__rustc::rust_begin_unwind"));
    assert_eq!(panicking("core::fmt::Formatter::pad"), None);
    assert_eq!(panicking("ours::panicking::panic"), None);
}

#[test]
fn a_file_belongs_to_a_package() {
    let registry = "/somewhere/registry/src/index.crates.io-1949cf8c6b5b557f";
    assert_eq!(package(&format!("{registry}/curve25519-dalek-5.0.0/src/scalar.rs")), "curve25519-dalek");
    assert_eq!(package(&format!("{registry}/ctap-types-0.6.0-rc.5/src/lib.rs")), "ctap-types");
    assert_eq!(package("/rustc/59807616e/library/core/src/option.rs"), STANDARD);
    assert_eq!(package("crates/core/src/step.rs"), "ours");
}
