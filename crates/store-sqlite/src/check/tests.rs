use crate::SqliteStore;
use crate::error::OpenError;
use crate::schema::PAGE_SIZE;
use crate::test_support::{place, register, sign_in, spoil, world};
use authenticator_core::store::{CommitError, Lookup, StoreError};

#[test]
fn a_file_that_nobody_touched_is_whole() {
    let (_folder, path) = place();
    let mut device = world(&path, 1);
    register(&mut device, "example.com", "alice").unwrap();
    let open = device.store.check_file().unwrap();
    assert_eq!((open.faults, open.format, open.page_size), (0, 1, u64::try_from(PAGE_SIZE).unwrap()));
    assert!(open.pages > 0 && open.log_bytes > 0, "{open:?}");
    drop(device);

    let bytes = std::fs::read(&path).unwrap();
    let closed = SqliteStore::open_read_only(&path).unwrap().check_file().unwrap();
    assert_eq!((closed.faults, closed.pages * closed.page_size), (0, u64::try_from(bytes.len()).unwrap()));
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "nothing was written");
}

/// Every page but the first in turn, overwritten: the first one says whose file it is, and without it nothing opens. Without
/// those that hold the definitions nothing does either.
#[test]
fn a_page_that_was_overwritten_is_found() {
    let (_folder, path) = place();
    let mut device = world(&path, 1);
    for user in ["alice", "bob", "carol"] {
        register(&mut device, "example.com", user).unwrap();
    }
    let check = device.store.check_file().unwrap();
    drop(device);
    let whole = std::fs::read(&path).unwrap();
    let mut unopened = 0;
    for page in 1..check.pages {
        let start = usize::try_from(page * check.page_size).unwrap();
        let mut bytes = whole.clone();
        bytes[start..start + 64].fill(0xA5);
        std::fs::write(&path, &bytes).unwrap();
        match SqliteStore::open_read_only(&path) {
            Ok(store) => assert!(store.check_file().unwrap().faults > 0, "page {page}"),
            Err(error) => {
                assert_eq!(error, OpenError::Damaged, "page {page}");
                unopened += 1;
            }
        }
    }
    assert_eq!(unopened, 2, "the definitions take two pages more");
    std::fs::write(&path, &whole).unwrap();
    assert!(sign_in(&mut world(&path, 2), "example.com").is_ok());
}

/// What only somebody with the file in hand makes of it. Before, the check was content with the first of these, and the last
/// ones kept it from being made.
#[test]
fn rows_that_are_none_of_ours_are_counted_and_removed() {
    let long = "UPDATE record SET id = zeroblob(100000) WHERE number = 2";
    for (spoiling, faults) in [
        ("UPDATE record SET kind = 77 WHERE number = 2", 0),
        ("UPDATE record SET kind = 0 WHERE number = 2", 0),
        ("UPDATE record SET id = x'00' WHERE number = 2", 1),
        ("UPDATE record SET number = -2 WHERE number = 2", 1),
        ("UPDATE meta SET last_commit = zeroblob(100000)", 1),
        ("INSERT INTO meta (one) VALUES (2)", 1),
        (long, 1),
    ] {
        let (_folder, path) = place();
        let mut device = world(&path, 1);
        for user in ["alice", "bob", "carol"] {
            register(&mut device, "example.com", user).unwrap();
        }
        drop(device);
        spoil(&path, spoiling);
        let mut store = SqliteStore::open(&path).unwrap();
        let check = store.check_file().unwrap();
        assert_eq!((check.strays, check.faults), (1, faults), "{spoiling}");
        assert_eq!(SqliteStore::open_read_only(&path).unwrap().remove_strays(), Err(CommitError::ReadOnly));

        assert_eq!(store.remove_strays(), Ok(1), "{spoiling}");
        assert_eq!(store.remove_strays(), Ok(0), "{spoiling}");
        let check = store.check_file().unwrap();
        assert_eq!((check.strays, check.faults), (0, 0), "{spoiling}");
        assert!(store.last_commit().is_ok(), "{spoiling}");
        assert_eq!(store.check_file().unwrap().log_bytes, 0, "what was removed is not in the log");
        drop(store);
        assert!(sign_in(&mut world(&path, 2), "example.com").is_ok(), "{spoiling}");
    }
    let (_folder, path) = place();
    drop(world(&path, 1));
    spoil(&path, "UPDATE meta SET last_commit = zeroblob(100000)");
    assert_eq!(SqliteStore::open(&path).unwrap().last_commit(), Err(StoreError::Failed));
}

/// Where the tables themselves are broken, what looks like a row may be a part of something else.
#[test]
fn a_file_that_is_not_whole_without_its_strays_is_left_as_it_is() {
    let (_folder, path) = place();
    let mut device = world(&path, 1);
    register(&mut device, "example.com", "alice").unwrap();
    drop(device);
    spoil(&path, "UPDATE record SET kind = 77 WHERE kind = 0; UPDATE record SET version = -1 WHERE kind = 1");
    let before = std::fs::read(&path).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.check_file().map(|check| (check.strays, check.faults)), Ok((1, 1)));
    assert_eq!(store.remove_strays(), Err(CommitError::Failed));
    drop(store);
    assert!(std::fs::read(&path).unwrap() == before);
}
