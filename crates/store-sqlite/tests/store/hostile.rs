//! Files in the hands of somebody who has no device key: whatever they do, no panic and no passkey that never was.

use crate::register::register;
use crate::support::{NotOpened, Passkey, TestSim, folder, listed, open, over, sign_in};
use authenticator_core::Profile;
use authenticator_store_sqlite::{OpenError, SqliteStore};
use authenticator_testkit::SeededRng;
use rand_core::CryptoRng;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The page size of a new file.
const PAGE: usize = 1024;

fn place() -> (TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join("passkeys.db");
    (folder, path)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    path.with_file_name(format!("passkeys.db{suffix}"))
}

/// A store of this many passkeys, each of a site of its own.
fn store_of(path: &Path, passkeys: usize, seed: u64) -> Vec<Passkey> {
    let mut sim = open(path, seed).unwrap();
    (0..passkeys).map(|site| register(&mut sim, &format!("site{site}.example"), b"user").unwrap()).collect()
}

/// The file and its log as they lie there while the store is open.
fn copy_of_open_files(path: &Path) -> (Vec<u8>, Vec<u8>) {
    (fs::read(path).unwrap(), fs::read(beside(path, "-wal")).unwrap())
}

/// Puts a file and a log in place, and takes the log's index away.
fn put(path: &Path, file: &[u8], log: &[u8]) {
    fs::write(path, file).unwrap();
    fs::write(beside(path, "-wal"), log).unwrap();
    let _ = fs::remove_file(beside(path, "-shm"));
}

/// Whatever the store shows is among `known`, and signs with its own key or not at all. How many it shows.
fn shows_only(sim: &mut TestSim, known: &[Passkey]) -> usize {
    // A store that cannot be read shows nothing.
    let Ok((shown, _)) = listed(sim) else { return 0 };
    for (_, passkey) in &shown {
        assert!(known.contains(passkey), "a passkey that never was: {passkey:?}");
    }
    for passkey in known {
        // That an assertion is by the right key is checked in there.
        let _ = sign_in(sim, passkey);
    }
    shown.len()
}

fn below(rng: &mut impl CryptoRng, end: usize) -> usize {
    usize::try_from(rng.next_u64()).unwrap().checked_rem(end).unwrap()
}

#[test]
fn a_header_that_claims_millions_of_pages_is_damaged() {
    for pages in [u32::MAX, u32::MAX - 1, 0x7FFF_FFFF, 1_000_000] {
        let (_folder, path) = place();
        store_of(&path, 2, 1);
        let mut bytes = fs::read(&path).unwrap();
        bytes[28..32].copy_from_slice(&pages.to_be_bytes());
        fs::write(&path, &bytes).unwrap();
        let refused = SqliteStore::open(&path).unwrap_err();
        assert_eq!(refused, OpenError::Damaged, "{pages} pages");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_header_that_claims_fewer_pages_shows_no_passkey_that_never_was() {
    let (_folder, path) = place();
    let known = store_of(&path, 20, 1);
    let whole = fs::read(&path).unwrap();
    let pages = u32::try_from(whole.len() / PAGE).unwrap();
    for claimed in 0..pages {
        let mut bytes = whole.clone();
        bytes[28..32].copy_from_slice(&claimed.to_be_bytes());
        put(&path, &bytes, &[]);
        if let Ok(mut sim) = open(&path, 2) {
            shows_only(&mut sim, &known);
            // Writing to it is a registration or an error.
            let _ = register(&mut sim, "new.example", b"user");
        }
    }
}

/// A body whose head says 134 MB, in a file of 2 MB.
#[cfg(target_os = "linux")]
#[test]
fn a_cell_that_claims_to_be_longer_than_the_file_is_not_read() {
    use crate::cost;
    let (_folder, path) = place();
    store_of(&path, 3, 1);
    let (_sound_folder, sound) = place();
    fs::copy(&path, &sound).unwrap();

    let long = 2_200_000;
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute(&format!("UPDATE record SET body = zeroblob({long}) WHERE number = 2"), ()).unwrap();
    drop(raw);
    let mut bytes = fs::read(&path).unwrap();
    // A blob of n bytes has type 2n + 12 in the cell's head; the cell begins with the length of all of it.
    let blob_type = varint(2 * long + 12);
    let place = find(&bytes, &blob_type);
    let added = 132_000_000;
    let start = place - 16..place;
    let (at, length) = start
        .rev()
        .map(|at| (at, number(&bytes[at..at + 4])))
        .find(|(_, length)| (long..long + 300).contains(length))
        .unwrap();
    bytes[place..place + 4].copy_from_slice(&varint(2 * (long + added) + 12));
    bytes[at..at + 4].copy_from_slice(&varint(length + added));
    fs::write(&path, &bytes).unwrap();

    let mut sim = open(&path, 2).unwrap();
    let (shown, unreadable) = listed(&mut sim).unwrap();
    assert_eq!((shown.len(), unreadable), (2, 1));
    drop(sim);
    if !cost::is_counted() {
        println!("SKIP: this kernel does not count what a process reads");
        return;
    }
    // The page that the cell is on is read, and none of the pages it says it goes on to.
    let sound = cost::of_signing_in(&sound, "site2.example");
    let hostile = cost::of_signing_in(&path, "site2.example");
    assert!(hostile.read < sound.read + 64 * 1024, "{hostile:?} against {sound:?}");
    assert!(hostile.peak < sound.peak + 2048, "{hostile:?} against {sound:?}");
}

/// SQLite's number of four bytes.
#[cfg(target_os = "linux")]
fn varint(value: u64) -> [u8; 4] {
    assert!((1 << 21..1 << 28).contains(&value), "four bytes hold it and three do not");
    let seven = |shift: u32| u8::try_from((value >> shift) & 0x7F).unwrap();
    [seven(21) | 0x80, seven(14) | 0x80, seven(7) | 0x80, seven(0)]
}

#[cfg(target_os = "linux")]
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7F))
}

#[cfg(target_os = "linux")]
fn find(haystack: &[u8], needle: &[u8]) -> usize {
    let places: Vec<_> =
        haystack.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).collect();
    assert_eq!(places.len(), 1, "there is exactly one");
    places[0].0
}

#[test]
fn a_log_cut_anywhere_leaves_the_commits_before_the_cut() {
    let (_folder, path) = place();
    let mut known = store_of(&path, 3, 1);
    let mut sim = open(&path, 2).unwrap();
    for site in 3..7 {
        known.push(register(&mut sim, &format!("site{site}.example"), b"user").unwrap());
    }
    let (file, log) = copy_of_open_files(&path);
    drop(sim);
    let mut counts = Vec::new();
    for cut in (0..=log.len()).step_by(997).chain([31, 32, 33, log.len() - 1, log.len()]) {
        put(&path, &file, &log[..cut]);
        let mut sim = open(&path, 3).unwrap();
        let (mut shown, unreadable) = listed(&mut sim).unwrap();
        shown.reverse();
        let shown: Vec<_> = shown.into_iter().map(|(_, passkey)| passkey).collect();
        assert!(shown.len() >= 3 && unreadable == 0, "cut at {cut}");
        assert_eq!(shown, known[..shown.len()], "cut at {cut}");
        assert_eq!(sign_in(&mut sim, shown.last().unwrap()), Ok(()));
        assert!(register(&mut sim, "new.example", b"user").is_ok(), "cut at {cut}");
        counts.push(shown.len());
    }
    // Each of the four commits was the last one at some cut.
    counts.sort_unstable();
    counts.dedup();
    assert_eq!(counts, [3, 4, 5, 6, 7]);
}

#[test]
fn an_older_log_of_the_same_store_shows_no_passkey_that_never_was() {
    let (_folder, path) = place();
    let mut known = store_of(&path, 5, 1);
    let mut sim = open(&path, 2).unwrap();
    known.push(register(&mut sim, "old.example", b"user").unwrap());
    let (_, older) = copy_of_open_files(&path);
    for site in 0..20 {
        known.push(register(&mut sim, &format!("later{site}.example"), b"user").unwrap());
    }
    drop(sim);
    let newer = fs::read(&path).unwrap();
    put(&path, &newer, &older);
    if let Ok(mut sim) = open(&path, 3) {
        shows_only(&mut sim, &known);
        let _ = register(&mut sim, "new.example", b"user");
    }
}

#[test]
fn a_log_of_another_store_shows_no_passkey_that_never_was() {
    let (_folder, path) = place();
    let (_other_folder, other) = place();
    let mut known = store_of(&path, 12, 1);
    known.extend(store_of(&other, 4, 2));
    let mine = fs::read(&path).unwrap();
    let mut sim = open(&other, 3).unwrap();
    known.push(register(&mut sim, "theirs.example", b"user").unwrap());
    let (_, theirs) = copy_of_open_files(&other);
    drop(sim);
    put(&path, &mine, &theirs);
    if let Ok(mut sim) = open(&path, 4) {
        // Only one of the two generations has a header, so only passkeys of one are readable.
        shows_only(&mut sim, &known);
        let _ = register(&mut sim, "new.example", b"user");
    }
    // A whole log, from the first page on, makes the file theirs: with another device key that is unreadable.
    let (_third_folder, third) = place();
    let store = SqliteStore::open(&third).unwrap();
    let world = authenticator_host::World::open(
        Profile::security_key([0; 16]),
        &authenticator_core::DeviceKey::new([8; 32]),
        store,
        SeededRng::new(5),
        authenticator_testkit::HandClock::default(),
    );
    let (_, whole) = copy_of_open_files(&third);
    drop(world);
    put(&path, &mine, &whole);
    match open(&path, 6) {
        Ok(mut sim) => assert_eq!(shows_only(&mut sim, &known), 0),
        Err(NotOpened::Core(_) | NotOpened::Store(_)) => {}
    }
}

/// How many files the next test damages; the script beside this crate asks for more.
const FLIPS: usize = 300;

#[test]
fn bits_flipped_anywhere_show_no_passkey_that_never_was() {
    let rounds = std::env::var("FLIPS").map_or(FLIPS, |rounds| rounds.parse().unwrap());
    let seed = std::env::var("SEED").map_or(5, |seed| seed.parse().unwrap());
    let (_folder, path) = place();
    let mut known = store_of(&path, 8, 1);
    let mut sim = open(&path, 2).unwrap();
    known.push(register(&mut sim, "in-the-log.example", b"user").unwrap());
    let (file, log) = copy_of_open_files(&path);
    drop(sim);
    let mut rng = SeededRng::new(seed);
    let (mut whole, mut partly, mut refused) = (0, 0, 0);
    for round in 0..rounds {
        let (mut file, mut log) = (file.clone(), log.clone());
        for _ in 0..=below(&mut rng, 4) {
            // Now and then the log; half of the time the heads of the pages, where SQLite keeps its structure.
            let bytes = if below(&mut rng, 4) == 0 { &mut log } else { &mut file };
            let at = match below(&mut rng, 2) {
                0 => below(&mut rng, bytes.len()),
                _ => below(&mut rng, bytes.len() / PAGE) * PAGE + below(&mut rng, 120),
            };
            bytes[at] ^= 1 << below(&mut rng, 8);
        }
        put(&path, &file, &log);
        let opened = match round % 2 {
            0 => open(&path, 3),
            _ => {
                SqliteStore::open_read_only(&path).map_err(NotOpened::Store).and_then(|store| over(store, 3))
            }
        };
        let Ok(mut sim) = opened else {
            refused += 1;
            continue;
        };
        match shows_only(&mut sim, &known) {
            shown if shown == known.len() => whole += 1,
            _ => partly += 1,
        }
        // Writing to it is a registration or an error, and shows nothing that never was either.
        known.extend(register(&mut sim, "new.example", b"user"));
        shows_only(&mut sim, &known);
        known.truncate(9);
    }
    println!("{rounds} damaged files, seed {seed}: {whole} whole, {partly} in part, {refused} refused");
    assert!(whole > 0 && partly > 0 && refused > 0);
}
