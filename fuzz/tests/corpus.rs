//! Replays the corpus: everything a fuzzer has ever found interesting, on every test run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 8, "{} holds a corpus", folder.display());
    for file in files {
        run(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn requests() {
    replay("requests", authenticator_fuzz::requests);
}

#[test]
fn differential() {
    replay("differential", authenticator_fuzz::differential);
}

#[test]
fn operations() {
    replay("operations", authenticator_fuzz::operations);
}

#[test]
fn options() {
    replay("options", authenticator_fuzz::options);
}

#[test]
fn reports() {
    replay("reports", authenticator_fuzz::reports);
}

#[test]
fn settings() {
    replay("settings", authenticator_fuzz::settings);
}

#[test]
fn large_blob_arrays() {
    replay("large-blob-arrays", authenticator_fuzz::large_blob_arrays);
}

#[test]
fn large_blobs() {
    replay("large-blobs", authenticator_fuzz::large_blobs);
}

#[test]
fn decoded() {
    replay("decoded", authenticator_fuzz::decoded);
    replay("requests", authenticator_fuzz::decoded);
    replay("differential", authenticator_fuzz::decoded);
}

/// Seeded lists of operations, as a fuzzer without coverage would make them.
fn random(seed: u64, run: fn(&[u8])) {
    use authenticator_testkit::SeededRng;
    let mut rng = SeededRng::new(seed);
    for _ in 0..150 {
        let mut list = [0; 48];
        rand_core::Rng::fill_bytes(&mut rng, &mut list);
        run(&list);
    }
}

#[test]
fn random_operations() {
    random(7, authenticator_fuzz::operations);
}

#[test]
fn random_large_blobs() {
    random(9, authenticator_fuzz::large_blobs);
}

#[test]
fn random_reports() {
    random(10, authenticator_fuzz::reports);
}

#[test]
fn random_decoded() {
    random(11, authenticator_fuzz::decoded);
}

#[test]
fn random_settings() {
    random(8, authenticator_fuzz::settings);
}
