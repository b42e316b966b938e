//! What C is given: `include/authenticator.h` has every function and every type, and the C program calls every function.
//!
//! `test.sh` compares the header with what cbindgen writes; this is what shows that cbindgen was shown everything.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files in a folder that end so, one after the other.
fn all(under: &str, extension: &str) -> String {
    let files = fs::read_dir(folder().join(under)).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    files.filter(wanted).map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The words of `text` that follow `before` and end before `after`.
fn names<'a>(text: &'a str, before: &'a str, after: char) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

fn exported() -> Vec<String> {
    let source = all("src/c", "rs");
    let functions = names(&source, "extern \"C\" fn ", '(');
    assert_eq!(functions.len(), source.matches("#[unsafe(no_mangle)]\n").count(), "each is found");
    functions.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_header_has_every_function() {
    let header = fs::read_to_string(folder().join("include/authenticator.h")).unwrap();
    let functions = exported();
    assert!(functions.contains(&"authn_open".to_owned()));
    for function in functions {
        assert!(header.contains(&format!("{function}(")), "{function}");
    }
}

#[test]
fn the_header_has_every_type() {
    let header = fs::read_to_string(folder().join("include/authenticator.h")).unwrap();
    let source = fs::read_to_string(folder().join("src/c/types.rs")).unwrap();
    let types = [names(&source, "pub enum ", ' '), names(&source, "pub struct ", ' ')].concat();
    assert!(types.contains(&"AuthnKeyNameKind") && types.contains(&"AuthnBytes"));
    for name in types {
        let name = name.split('(').next().unwrap();
        // The end of its typedef.
        assert!(header.contains(&format!(" {name};")), "{name}");
    }
}

#[test]
fn the_c_program_calls_every_function() {
    let program = all("c", "c");
    for function in exported() {
        assert!(program.contains(&format!("{function}(")), "{function}");
    }
}
