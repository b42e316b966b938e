//! A tree of each kind, as it is in `test-vectors/decode`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use authenticator_decode::{Command, Kind, Node, decode, detect, recording};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The input: hexadecimal, or the place of it in another vector.
fn input(line: &str) -> Vec<u8> {
    let Some((file, pointer)) = line.split_once(' ').filter(|(file, _)| file.ends_with(".json")) else {
        return recording::unhex(line).unwrap();
    };
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
    recording::unhex(vector.pointer(pointer).unwrap().as_str().unwrap()).unwrap()
}

/// What the first line says that it is.
fn tree(kind: &str, lines: &str) -> Node {
    if kind == "recording" {
        assert_eq!(recording::likeness(lines), recording::Likeness::Recording);
        return recording::decode(lines);
    }
    let input = input(lines.trim());
    if let Some(expected) = kind.strip_prefix("found: ") {
        let found = detect(&input);
        let name = found.as_ref().map_or_else(ToString::to_string, |kind| kind.name().to_owned());
        assert_eq!(name, expected);
        return decode(&input, found.unwrap());
    }
    if let Some(command) = kind.strip_prefix("reply to ") {
        return decode(&input, Kind::Reply(Some(Command::named(command).unwrap())));
    }
    let (_, kind) = Kind::NAMED.into_iter().find(|(name, _)| *name == kind).unwrap();
    decode(&input, kind)
}

/// `UPDATE_DECODED=1 cargo test -p authenticator-decode --test golden` writes the trees anew.
#[test]
fn every_vector_is_told_as_it_was() {
    let mut files: Vec<_> = std::fs::read_dir(root().join("test-vectors/decode"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    assert!(files.len() >= 20, "{} vectors", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (kind, rest) = text.split_once('\n').unwrap();
        let (lines, expected) = rest.split_once("\n----\n").unwrap_or_else(|| panic!("{}", file.display()));
        let told = tree(kind, lines).to_text();
        if std::env::var_os("UPDATE_DECODED").is_some() {
            std::fs::write(&file, format!("{kind}\n{lines}\n----\n{told}")).unwrap();
        } else {
            assert_eq!(told, expected, "{}; after a change run with UPDATE_DECODED=1", file.display());
        }
    }
}
