use crate::SqliteStore;
use crate::error::OpenError;
use crate::schema::PAGE_SIZE;
use crate::test_support::{place, register, sign_in, world};

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
