use super::*;
use crate::test_support::{
    DEVICE, TestWorld, content, place, register, run, sign_in, up_to_commit, world, world_of,
};
use authenticator_core::{Command, Error};
use rusqlite::Connection;
use std::fs;

#[test]
fn another_device_key_finds_the_store_unreadable() {
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    let error = world_of(SqliteStore::open(&path).unwrap(), [8; 32], 2).err();
    assert_eq!(error, Some(authenticator_host::OpenError::Store(Error::StoreUnreadable)));
    assert_eq!(sign_in(&mut world(&path, 3), "a.example"), Ok(id));
}

#[test]
fn a_changed_record_is_passed_over_and_hides_no_other() {
    let (_folder, path) = place();
    let mut before = world(&path, 1);
    for site in ["a.example", "b.example", "c.example"] {
        register(&mut before, site, "user").unwrap();
    }
    drop(before);
    // The last byte of the newest body: a bit of the seal's tag.
    let raw = Connection::open(&path).unwrap();
    let (id, mut body): (Vec<u8>, Vec<u8>) = raw
        .query_row("SELECT id, body FROM record WHERE kind = 1 ORDER BY number DESC LIMIT 1", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    *body.last_mut().unwrap() ^= 1;
    raw.execute("UPDATE record SET body = ?1 WHERE id = ?2", (body, id)).unwrap();
    drop(raw);

    let mut world = world(&path, 2);
    assert_eq!(sign_in(&mut world, "c.example"), Err(Error::NoCredentials));
    assert!(world.context().vault().unwrap().damaged() > 0);
    assert!(sign_in(&mut world, "a.example").is_ok());
    assert!(sign_in(&mut world, "b.example").is_ok());
    assert!(register(&mut world, "c.example", "other").is_ok());
    assert!(sign_in(&mut world, "c.example").is_ok());
}

#[test]
fn nothing_on_disk_names_a_site_a_person_or_a_passkey() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    let id = register(&mut world, "secret-site.example", "alice-in-clear").unwrap();
    sign_in(&mut world, "secret-site.example").unwrap();
    let rp_id_hash = authenticator_core::credential::RpIdHash::of("secret-site.example").0;
    let needles: [&[u8]; 6] = [b"secret-site", b"alice", b"in-clear", &id, &rp_id_hash, &DEVICE];
    // With the log beside the file, and after it has been folded in.
    let look = |files: usize| {
        let files_there: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files_there.len(), files);
        for file in files_there {
            let bytes = fs::read(file.path()).unwrap();
            for needle in needles {
                assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{:?}", file.path());
            }
        }
    };
    look(3);
    drop(world);
    look(1);
}

#[test]
fn debug_says_nothing_of_the_content() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(format!("{store:?}"), "SqliteStore { access: Some(Write), .. }");
}

#[test]
fn a_suspended_store_is_busy_and_changes_nothing() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    let id = register(&mut world, "a.example", "user").unwrap();
    let before = content(&world.store);
    world.store.suspend();
    world.store.suspend();
    assert_eq!(sign_in(&mut world, "a.example"), Err(Error::Store(StoreError::Busy)));
    assert_eq!(register(&mut world, "b.example", "user"), Err(Error::Store(StoreError::Busy)));
    assert_eq!(world.store.last_commit(), Err(StoreError::Busy));
    assert_eq!(world.store.check_file(), Err(StoreError::Busy));
    assert_eq!(world.store.resume(), Ok(()));
    assert_eq!(world.store.resume(), Ok(()));
    assert_eq!(content(&world.store), before);
    assert_eq!(sign_in(&mut world, "a.example"), Ok(id));
    assert!(register(&mut world, "b.example", "user").is_ok());
}

#[test]
fn a_commit_met_by_a_suspension_takes_effect_after_it() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    let needs = up_to_commit(&mut world, "a.example");
    let before = content(&world.store);
    world.store.suspend();
    let answer = world.store.commit(needs.change_set(&world.session).unwrap());
    assert_eq!(answer, Err(CommitError::Busy));
    world.store.resume().unwrap();
    assert_eq!(content(&world.store), before);
    assert_eq!(world.store.commit(needs.change_set(&world.session).unwrap()), Ok(()));
    assert!(sign_in(&mut world, "a.example").is_ok());
}

#[test]
fn a_suspended_store_has_let_go_of_its_file() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    if cfg!(target_os = "linux") {
        assert!(open_files(folder.path()) >= 3, "the file, its log and the log's index");
    }
    world.store.suspend();
    if cfg!(target_os = "linux") {
        assert_eq!(open_files(folder.path()), 0);
    }
    // The log has been folded in, and whoever wants the file for itself gets it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").unwrap();
    other.query_row("PRAGMA journal_mode = DELETE", (), |row| row.get::<_, String>(0)).unwrap();
    drop(other);
    assert_eq!(world.store.resume(), Ok(()));
    assert!(sign_in(&mut world, "a.example").is_ok());
}

/// How many descriptors of this process lead to a file in this folder, deleted ones too.
fn open_files(folder: &Path) -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap);
    descriptors
        .filter(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|file| file.starts_with(folder)))
        .count()
}

#[test]
fn a_log_that_is_in_use_is_cut_after_the_suspension() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    world.store.connection().busy_timeout(Duration::ZERO).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM meta;").unwrap();
    assert!(run(&mut world, Command::Reset).is_ok());
    world.store.suspend();
    assert!(world.store.owes_checkpoint);
    world.store.resume().unwrap();
    assert!(world.store.owes_checkpoint);
    reader.execute_batch("ROLLBACK").unwrap();
    world.store.suspend();
    assert!(!world.store.owes_checkpoint);
}

const CHILD: &str = "STORE_SQLITE_TEST_SUSPENDED";

/// The part of the next test that runs in another process.
#[test]
fn child_registers_while_another_is_suspended() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let id = register(&mut world(Path::new(&path), 2), "b.example", "user").unwrap();
    println!("registered {id:?}");
}

#[test]
fn what_another_process_commits_meanwhile_is_found() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    let mine = register(&mut world, "a.example", "user").unwrap();
    world.store.suspend();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::child_registers_while_another_is_suspended", "--nocapture"])
        .env(CHILD, &path)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    world.store.resume().unwrap();
    let theirs = sign_in(&mut world, "b.example").unwrap();
    assert!(said.contains(&format!("registered {theirs:?}")), "{said}");
    assert_eq!(sign_in(&mut world, "a.example"), Ok(mine));
    assert!(register(&mut world, "c.example", "user").is_ok());
}

/// A store with a passkey for a.example, suspended, and its file moved away to be put back.
fn suspended(path: &Path) -> (TestWorld, PathBuf) {
    let mut world = world(path, 1);
    register(&mut world, "a.example", "user").unwrap();
    world.store.suspend();
    let away = path.with_extension("away");
    fs::rename(path, &away).unwrap();
    (world, away)
}

#[test]
fn a_file_swapped_meanwhile_is_refused_untouched() {
    let (_folder, path) = place();
    let (mut world, away) = suspended(&path);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    let foreign = fs::read(&path).unwrap();
    for _ in 0..2 {
        assert_eq!(world.store.resume(), Err(OpenError::Foreign { application_id: 0 }));
        assert_eq!(sign_in(&mut world, "a.example"), Err(Error::Store(StoreError::Busy)));
    }
    assert_eq!(fs::read(&path).unwrap(), foreign);
    fs::rename(away, &path).unwrap();
    assert_eq!(world.store.resume(), Ok(()));
    assert!(sign_in(&mut world, "a.example").is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_put_in_place_meanwhile_is_refused() {
    let (_folder, path) = place();
    let (mut world, away) = suspended(&path);
    std::os::unix::fs::symlink(away, &path).unwrap();
    assert_eq!(world.store.resume(), Err(OpenError::SymbolicLink));
}

#[test]
fn a_file_deleted_meanwhile_is_missing_and_not_made_again() {
    let (_folder, path) = place();
    let (mut world, _away) = suspended(&path);
    assert_eq!(world.store.resume(), Err(OpenError::Missing));
    assert!(!path.exists());
}

#[test]
fn a_store_of_another_device_put_in_place_meanwhile_is_unreadable() {
    let (_folder, path) = place();
    let (mut mine, _away) = suspended(&path);
    let mut theirs = world_of(SqliteStore::open(&path).unwrap(), [8; 32], 2).unwrap();
    register(&mut theirs, "a.example", "user").unwrap();
    let before = content(&theirs.store);
    drop(theirs);
    assert_eq!(mine.store.resume(), Ok(()));
    assert_eq!(sign_in(&mut mine, "a.example"), Err(Error::StoreUnreadable));
    assert_eq!(register(&mut mine, "a.example", "user"), Err(Error::StoreUnreadable));
    assert_eq!(content(&mine.store), before);
}

#[test]
fn a_store_opened_for_reading_stays_so() {
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    let mut world = world_of(SqliteStore::open_read_only(&path).unwrap(), DEVICE, 2).unwrap();
    world.store.suspend();
    world.store.resume().unwrap();
    assert_eq!(sign_in(&mut world, "a.example"), Ok(id));
    assert_eq!(register(&mut world, "b.example", "user"), Err(Error::Commit(CommitError::ReadOnly)));
}
