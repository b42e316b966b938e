use super::*;
use crate::SqliteStore;
use crate::test_support::{DEVICE, content, place, register, sign_in, world, world_of};
use std::fs;

fn refusal(path: &Path) -> OpenError {
    let readers = SqliteStore::open_read_only(path).unwrap_err();
    let error = SqliteStore::open(path).unwrap_err();
    assert!(error == readers || matches!(readers, OpenError::Missing | OpenError::NeedsWriting));
    assert!(!error.to_string().is_empty());
    error
}

/// The names and bytes of everything in a folder.
fn snapshot(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap_or_default()))
        .collect();
    files.sort();
    files
}

#[test]
fn what_was_registered_signs_in_after_reopening() {
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    assert_eq!(sign_in(&mut world(&path, 2), "a.example"), Ok(id));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let modes = || {
        let mut modes = Vec::new();
        for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            modes.push((entry.file_name().into_string().unwrap(), mode));
        }
        modes.sort();
        modes
    };
    let expected =
        ["passkeys.db", "passkeys.db-shm", "passkeys.db-wal"].map(|name| (name.to_owned(), 0o600)).to_vec();
    let mut first = world(&path, 1);
    register(&mut first, "a.example", "user").unwrap();
    assert_eq!(modes(), expected);

    // A file somebody loosened is tightened, and those beside it with it.
    for (name, _) in &expected {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let _second = world(&path, 2);
    assert_eq!(modes(), expected);
}

#[test]
fn an_empty_file_becomes_a_store() {
    let (_folder, path) = place();
    fs::write(&path, b"").unwrap();
    assert_eq!(SqliteStore::open_read_only(&path).unwrap_err(), OpenError::NeedsWriting);
    assert!(register(&mut world(&path, 1), "a.example", "user").is_ok());
}

#[test]
fn odd_names_are_names() {
    let (folder, _) = place();
    for name in ["a b.db", "a%20b.db", "a?immutable=0.db", "a#b&c.db", "\u{fc}\u{4e2d}.db", "file:x"] {
        let path = folder.path().join(name);
        let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
        assert!(path.is_file());
        assert_eq!(sign_in(&mut world(&path, 2), "a.example"), Ok(id), "{name}");
    }
}

#[test]
fn a_missing_store_or_folder_is_said_to_be_missing() {
    let (folder, path) = place();
    assert_eq!(SqliteStore::open_read_only(&path).unwrap_err(), OpenError::Missing);
    assert_eq!(snapshot(folder.path()), []);
    assert_eq!(refusal(&folder.path().join("no/passkeys.db")), OpenError::NoFolder);
    assert_eq!(refusal(Path::new("/")), OpenError::NotAFile);
    assert_eq!(refusal(folder.path()), OpenError::NotAFile);
}

#[test]
fn databases_of_others_are_refused_untouched() {
    for set_up in [
        "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x');",
        "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT);",
        "PRAGMA application_id = 7; PRAGMA user_version = 1;",
        "PRAGMA user_version = 3;",
    ] {
        let (folder, path) = place();
        Connection::open(&path).unwrap().execute_batch(set_up).unwrap();
        let before = snapshot(folder.path());
        assert!(matches!(refusal(&path), OpenError::Foreign { .. }), "{set_up}");
        assert_eq!(snapshot(folder.path()), before, "{set_up}");
    }
}

#[test]
fn files_that_are_no_database_are_refused_untouched() {
    let mut nearly = b"SQLite format 3\0".to_vec();
    nearly.extend([0xFF; 5000]);
    for bytes in [b"x".to_vec(), b"not a database".repeat(1000), vec![0; 4096], nearly] {
        let (folder, path) = place();
        fs::write(&path, &bytes).unwrap();
        let before = snapshot(folder.path());
        assert_eq!(refusal(&path), OpenError::NotADatabase);
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn a_later_version_is_refused_untouched() {
    let (folder, path) = place();
    drop(world(&path, 1));
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    let before = snapshot(folder.path());
    assert_eq!(refusal(&path), OpenError::Newer { version: 2 });
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_version_that_never_was_is_refused() {
    for version in [0, -1] {
        let (_folder, path) = place();
        drop(world(&path, 1));
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
        drop(raw);
        assert_eq!(refusal(&path), OpenError::ForeignSchema);
    }
}

#[test]
fn changed_tables_are_refused() {
    for change in [
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",
        "CREATE TABLE more (x)",
        "CREATE VIEW v AS SELECT * FROM record",
        "DROP INDEX record_by_user",
        "ALTER TABLE record ADD COLUMN more BLOB",
    ] {
        let (_folder, path) = place();
        drop(world(&path, 1));
        Connection::open(&path).unwrap().execute_batch(change).unwrap();
        assert_eq!(refusal(&path), OpenError::ForeignSchema, "{change}");
    }
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_refused() {
    use std::os::unix::fs::symlink;
    let (folder, path) = place();
    drop(world(&path, 1));
    let link = folder.path().join("link.db");
    symlink(&path, &link).unwrap();
    assert_eq!(refusal(&link), OpenError::SymbolicLink);
    let dangling = folder.path().join("dangling.db");
    symlink(folder.path().join("nothing"), &dangling).unwrap();
    assert_eq!(refusal(&dangling), OpenError::SymbolicLink);
    assert!(!folder.path().join("nothing").exists());

    // A log that leads elsewhere would have us write there.
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, b"precious").unwrap();
    symlink(&elsewhere, folder.path().join("passkeys.db-wal")).unwrap();
    assert_eq!(refusal(&path), OpenError::SymbolicLink);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"precious");
}

#[cfg(unix)]
#[test]
fn a_folder_may_be_a_symbolic_link() {
    let (folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    let link = folder.path().join("folder");
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    assert_eq!(sign_in(&mut world(&link.join("passkeys.db"), 2), "a.example"), Ok(id));
}

/// The head of a journal of a file that had this many pages.
fn journal(pages: u32) -> Vec<u8> {
    let mut journal = vec![0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];
    for number in [0, 7, pages, 512, 4096] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(512, 0);
    journal
}

#[test]
fn a_store_half_made_when_the_power_went_is_made_again() {
    for half_made in [vec![0; 4096], vec![0; 3], vec![0xA5; 8192]] {
        let (_folder, path) = place();
        fs::write(&path, &half_made).unwrap();
        fs::write(path.with_file_name("passkeys.db-journal"), journal(0)).unwrap();
        assert!(register(&mut world(&path, 1), "a.example", "user").is_ok());
        assert!(sign_in(&mut world(&path, 2), "a.example").is_ok());
    }
}

#[test]
fn a_journal_that_is_no_excuse_is_none() {
    for journal in [journal(1), vec![0; 512], Vec::new()] {
        let (folder, path) = place();
        fs::write(&path, [0; 4096]).unwrap();
        fs::write(path.with_file_name("passkeys.db-journal"), journal).unwrap();
        let before = snapshot(folder.path());
        assert_eq!(refusal(&path), OpenError::NotADatabase);
        assert_eq!(snapshot(folder.path()), before);
    }
}

const FIRST_PAGE: usize = 1024;

/// A process that dies while it folds the log in may have written the first page, which says how many there are, and not
/// yet those that make the file longer.
#[test]
fn a_log_half_folded_in_is_folded_in() {
    let (_folder, path) = place();
    let mut before = world(&path, 1);
    for site in 0..20 {
        register(&mut before, &format!("site{site}.example"), "user").unwrap();
    }
    let log = path.with_file_name("passkeys.db-wal");
    let (short, unfolded) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    drop(before);
    let folded = fs::read(&path).unwrap();
    assert!(folded.len() > short.len());
    for access in [Access::Read, Access::Write] {
        fs::write(&path, [&folded[..FIRST_PAGE], &short[FIRST_PAGE..]].concat()).unwrap();
        fs::write(&log, &unfolded).unwrap();
        let store = match access {
            Access::Read => SqliteStore::open_read_only(&path),
            Access::Write => SqliteStore::open(&path),
        };
        let mut world = world_of(store.unwrap(), DEVICE, 2).unwrap();
        for site in 0..20 {
            assert!(sign_in(&mut world, &format!("site{site}.example")).is_ok(), "{access:?}");
        }
    }
    // Without the log it is what it looks like.
    fs::write(&path, [&folded[..FIRST_PAGE], &short[FIRST_PAGE..]].concat()).unwrap();
    let _ = fs::remove_file(&log);
    assert_eq!(refusal(&path), OpenError::Damaged);
}

const CHILD: &str = "STORE_SQLITE_TEST_TAKEN";

/// The part of the next test that runs in another process: it tries to have the file for itself.
#[test]
fn child_tries_to_take_the_file() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let raw = Connection::open(path).unwrap();
    raw.busy_timeout(Duration::ZERO).unwrap();
    let taken = raw.query_row("PRAGMA journal_mode = DELETE", (), |row| row.get::<_, String>(0));
    println!("it says {}", taken.unwrap_or_else(|error| format!("{:?}", OpenError::from(error))));
}

#[test]
fn opening_a_store_twice_keeps_the_locks_of_the_first() {
    let (_folder, path) = place();
    let first = world(&path, 1);
    drop(SqliteStore::open(&path).unwrap());
    drop(SqliteStore::open_read_only(&path).unwrap());
    let said = || {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "open::tests::child_tries_to_take_the_file", "--nocapture"])
            .env(CHILD, &path)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let answer = said();
    assert!(answer.contains("it says Busy"), "{answer}");
    drop(first);
    let answer = said();
    assert!(answer.contains("it says delete"), "{answer}");
    // A store that somebody changed to another journal is changed back.
    assert!(register(&mut world(&path, 2), "a.example", "user").is_ok());
}

/// The superuser may write any file, so the test has nothing to see there.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_opened_for_reading() {
    use authenticator_core::Error;
    use authenticator_core::store::CommitError;
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        return;
    }
    let mut world = world(&path, 2);
    assert_eq!(sign_in(&mut world, "a.example"), Ok(id));
    assert_eq!(register(&mut world, "b.example", "user"), Err(Error::Commit(CommitError::ReadOnly)));
}

#[test]
fn stores_made_at_the_same_moment_are_one_store() {
    let (_folder, path) = place();
    let sites: Vec<String> = (0..4).map(|thread| format!("site{thread}.example")).collect();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let open = |_| scope.spawn(|| SqliteStore::open(&path).unwrap());
        let threads: Vec<_> = sites.iter().map(open).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut worlds: Vec<_> =
        opened.into_iter().zip(1..).map(|(store, seed)| world_of(store, DEVICE, seed).unwrap()).collect();
    for (world, site) in worlds.iter_mut().zip(&sites) {
        register(world, site, "user").unwrap();
    }
    let last = worlds.pop().unwrap();
    assert_eq!(content(&last.store), content(&SqliteStore::open(&path).unwrap()));
    assert_eq!(content(&last.store).0.len(), 1 + sites.len());
}
