use super::*;
use crate::test_support::{
    DEVICE, TestWorld, content, place, register, run, sign_in, up_to_commit, world, world_of,
};
use authenticator_core::store::{CommitId, Lookup, Store};
use authenticator_core::{Command, Error as CoreError, Step};
use std::path::Path;
use std::time::Duration;

#[test]
fn the_last_commit_is_kept() {
    let (_folder, path) = place();
    assert_eq!(crate::SqliteStore::open(&path).unwrap().last_commit(), Ok(None));
    let mut world = world(&path, 1);
    let set_up = world.store.last_commit().unwrap();
    assert!(set_up.is_some());
    let needs = up_to_commit(&mut world, "a.example");
    let id: CommitId = needs.change_set(&world.session).unwrap().id();
    assert_eq!(world.store.last_commit(), Ok(set_up));
    assert_eq!(world.store.commit(needs.change_set(&world.session).unwrap()), Ok(()));
    assert_eq!(world.store.last_commit(), Ok(Some(id)));
    drop(world);
    assert_eq!(crate::SqliteStore::open(&path).unwrap().last_commit(), Ok(Some(id)));
}

#[test]
fn a_conflict_leaves_everything_as_it_was_and_is_built_anew() {
    let (_folder, path) = place();
    let (mut first, mut second) = (world(&path, 1), world(&path, 2));
    let needs = up_to_commit(&mut first, "a.example");
    let theirs = register(&mut second, "b.example", "user").unwrap();
    let before = content(&first.store);

    let answer = first.store.commit(needs.change_set(&first.session).unwrap());
    assert_eq!(answer, Err(CommitError::Conflict));
    assert_eq!(content(&first.store), before);
    assert!(first.store.connection().is_autocommit());

    let Step::NeedsCommit(again) = needs.resume(&mut first.context(), answer) else {
        panic!("not built anew")
    };
    assert_eq!(first.store.commit(again.change_set(&first.session).unwrap()), Ok(()));
    let Step::Done(done) = again.resume(&mut first.context(), Ok(())) else { panic!("not done") };
    assert!(done.result.is_ok());
    assert!(sign_in(&mut second, "a.example").is_ok());
    assert_eq!(sign_in(&mut first, "b.example"), Ok(theirs));
}

#[test]
fn two_worlds_register_in_turn() {
    let (_folder, path) = place();
    let (mut first, mut second) = (world(&path, 1), world(&path, 2));
    for round in 0..4 {
        register(&mut first, &format!("a{round}.example"), "user").unwrap();
        register(&mut second, &format!("b{round}.example"), "user").unwrap();
    }
    for round in 0..4 {
        assert!(sign_in(&mut second, &format!("a{round}.example")).is_ok());
        assert!(sign_in(&mut first, &format!("b{round}.example")).is_ok());
    }
}

#[test]
fn a_store_held_by_another_is_busy_and_readable() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    world.store.connection().busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(register(&mut world, "b.example", "user"), Err(CoreError::Commit(CommitError::Busy)));
    assert!(sign_in(&mut world, "a.example").is_ok());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(register(&mut world, "b.example", "user").is_ok());
}

#[test]
fn what_is_deleted_is_gone_from_file_and_log() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    let body = |world: &TestWorld| content(&world.store).0.pop().unwrap().4;
    let doomed = body(&world);
    assert!(on_disk(folder.path(), &doomed));
    assert!(run(&mut world, Command::Reset).is_ok());
    assert!(!on_disk(folder.path(), &doomed));
    assert_eq!(sign_in(&mut world, "a.example"), Err(CoreError::NoCredentials));
}

#[test]
fn a_log_that_a_reader_holds_is_cut_by_the_next_commit() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    let doomed = content(&world.store).0.pop().unwrap().4;
    world.store.connection().busy_timeout(Duration::ZERO).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM meta;").unwrap();
    assert!(run(&mut world, Command::Reset).is_ok());
    assert!(world.store.owes_checkpoint);
    assert!(on_disk(folder.path(), &doomed));
    reader.execute_batch("ROLLBACK").unwrap();
    register(&mut world, "b.example", "user").unwrap();
    assert!(!world.store.owes_checkpoint);
    assert!(!on_disk(folder.path(), &doomed));
}

/// What a process leaves that is killed between a deletion and the cutting of the log.
#[test]
fn the_log_of_a_process_that_was_killed_is_cut_by_the_next_commit() {
    let (_folder, path) = place();
    let mut killed = world(&path, 1);
    register(&mut killed, "a.example", "user").unwrap();
    let doomed: Vec<_> = content(&killed.store).0.into_iter().map(|record| record.4).collect();
    killed.store.connection().busy_timeout(Duration::ZERO).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM meta;").unwrap();
    assert!(run(&mut killed, Command::Reset).is_ok());

    let (left_folder, left) = place();
    for suffix in ["", "-wal"] {
        let of = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(of(&path), of(&left)).unwrap();
    }
    assert!(doomed.iter().all(|body| on_disk(left_folder.path(), body)));
    let mut next = world(&left, 2);
    assert!(next.store.owes_checkpoint);
    register(&mut next, "b.example", "user").unwrap();
    assert!(!next.store.owes_checkpoint);
    assert!(doomed.iter().all(|body| !on_disk(left_folder.path(), body)));

    // The same for a store that was suspended meanwhile.
    killed.store.suspend();
    assert!(killed.store.owes_checkpoint);
    killed.store.owes_checkpoint = false;
    killed.store.resume().unwrap();
    assert!(killed.store.owes_checkpoint);
}

fn on_disk(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

#[test]
fn hints_are_not_waited_for_and_everything_else_is() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    let level = |world: &TestWorld| -> i64 {
        world.store.connection().query_row("PRAGMA synchronous", (), |row| row.get(0)).unwrap()
    };
    let (normal, full) = (1, 2);
    register(&mut world, "a.example", "user").unwrap();
    assert_eq!(level(&world), full);
    sign_in(&mut world, "a.example").unwrap();
    assert_eq!(level(&world), normal);
    register(&mut world, "b.example", "user").unwrap();
    assert_eq!(level(&world), full);
}

#[test]
fn a_full_store_keeps_what_it_has_and_goes_on_when_there_is_room() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    let pages: i64 = world.store.connection().query_row("PRAGMA page_count", (), |row| row.get(0)).unwrap();
    let limit = |world: &TestWorld, pages: i64| {
        let set = format!("PRAGMA max_page_count = {pages}");
        world.store.connection().query_row(&set, (), |_| Ok(())).unwrap();
    };
    limit(&world, pages + 6);
    let mut kept = Vec::new();
    let failure = loop {
        let before = content(&world.store);
        let site = format!("site{}.example", kept.len());
        match register(&mut world, &site, "user") {
            Ok(id) => kept.push((site, id)),
            Err(error) => {
                assert_eq!(content(&world.store), before);
                break error;
            }
        }
    };
    assert_eq!(failure, CoreError::Commit(CommitError::Full));
    assert!(!kept.is_empty());
    for (site, id) in &kept {
        assert_eq!(sign_in(&mut world, site).as_ref(), Ok(id));
    }
    limit(&world, pages + 100);
    assert!(register(&mut world, "after.example", "user").is_ok());
}

const CHILD: &str = "STORE_SQLITE_TEST_PATH";

/// The part of the next test that runs in a process whose files may not grow. It says what it kept, line by line.
#[test]
fn child_registers_until_the_disk_is_full() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut world = world(Path::new(&path), 3);
    for count in 0..1000 {
        let site = format!("site{count}.example");
        let before = content(&world.store);
        match register(&mut world, &site, "user") {
            Ok(_) => println!("kept {site}"),
            Err(error) => {
                // The core has looked, found that nothing took effect, and tried seven times more.
                assert_eq!(error, CoreError::Commit(CommitError::InDoubt));
                // The store is as it was, and this connection still reads it.
                assert_eq!(content(&world.store), before);
                assert!(world.store.connection().is_autocommit());
                assert!(sign_in(&mut world, "site0.example").is_ok());
                println!("refused {site}");
                return;
            }
        }
    }
    panic!("the limit was never met");
}

/// A disk that fills up, as RLIMIT_FSIZE makes one: a write is cut short, and the next one fails.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let (_folder, path) = place();
    drop(world(&path, 1));
    let output = std::process::Command::new("sh")
        // Blocks of 512 bytes (POSIX); a shell that counts in kilobytes only takes longer to meet the limit.
        .args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "commit::tests::child_registers_until_the_disk_is_full", "--nocapture"])
        .env(CHILD, &path)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let after = |word: &str| -> Vec<String> {
        said.lines().filter_map(|line| line.split_once(word)).map(|(_, site)| site.to_owned()).collect()
    };
    let (kept, refused) = (after("kept "), after("refused "));
    assert!(kept.len() > 3 && refused.len() == 1, "{said}");

    let mut world = world(&path, 4);
    for site in &kept {
        assert!(sign_in(&mut world, site).is_ok(), "{site}");
    }
    assert_eq!(sign_in(&mut world, &refused[0]), Err(CoreError::NoCredentials));
    assert!(register(&mut world, &refused[0], "user").is_ok());
}

#[test]
fn a_read_only_store_signs_in_and_refuses_to_register() {
    let (_folder, path) = place();
    let id = register(&mut world(&path, 1), "a.example", "user").unwrap();
    let store = crate::SqliteStore::open_read_only(&path).unwrap();
    let before = content(&store);
    let mut world = world_of(store, DEVICE, 2).unwrap();
    assert_eq!(sign_in(&mut world, "a.example"), Ok(id));
    assert_eq!(register(&mut world, "b.example", "user"), Err(CoreError::Commit(CommitError::ReadOnly)));
    assert_eq!(content(&world.store), before);
}

#[test]
fn a_failure_in_the_middle_undoes_the_beginning() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    register(&mut world, "a.example", "user").unwrap();
    let before = content(&world.store);
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("DELETE FROM meta").unwrap();
    assert_eq!(register(&mut world, "b.example", "user"), Err(CoreError::Commit(CommitError::Failed)));
    raw.execute_batch("INSERT INTO meta (one) VALUES (1)").unwrap();
    assert_eq!(content(&world.store).0, before.0);
    assert!(register(&mut world, "b.example", "user").is_ok());
}

/// How many pages the log has.
fn logged(connection: &Connection) -> i64 {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get(1)).unwrap()
}

/// Each page more is one more to wait for: the record and its five indexes, the header, the id of the commit.
#[test]
fn a_registration_writes_eight_pages_unless_one_is_full() {
    let (_folder, path) = place();
    let mut world = world(&path, 1);
    world.store.connection().execute_batch("PRAGMA synchronous = OFF").unwrap();
    let mut fewest = i64::MAX;
    for site in 0..200 {
        assert!(cut_log(world.store.connection()));
        register(&mut world, &format!("site{site}.example"), "user").unwrap();
        if site >= 150 {
            fewest = fewest.min(logged(world.store.connection()));
        }
    }
    assert_eq!(fewest, 8);
}
