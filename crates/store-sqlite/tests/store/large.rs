//! A large store is opened and used by looking at a little of it.

use crate::cost;
use crate::support::folder;
use authenticator_core::Profile;
use authenticator_core::store::{Lookup, Query, RecordKind};
use authenticator_host::HashMapStore;
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::{Sim, request};
use std::ops::ControlFlow;
use std::path::Path;

/// How many passkeys the store has; the script beside this crate asks for 100,000.
const CREDENTIALS: usize = 3000;

/// "A few dozen" pages of the file's own size, and the memory of it all, in KiB.
const MOST_PAGES: u64 = 60;
const MOST_MEMORY: u64 = 10 * 1024;

#[test]
fn opening_a_large_store_and_signing_in_reads_little_and_keeps_little() {
    if !cost::is_counted() {
        println!("SKIP: this kernel does not count what a process reads");
        return;
    }
    let credentials = std::env::var("CREDENTIALS").map_or(CREDENTIALS, |count| count.parse().unwrap());
    let folder = folder();
    let path = folder.path().join("passkeys.db");
    make(&path, credentials);
    let length = std::fs::metadata(&path).unwrap().len();
    let page = SqliteStore::open_read_only(&path).unwrap().check_file().unwrap().page_size;
    assert!(length > 500 * u64::try_from(credentials).unwrap());

    let nothing = cost::of_nothing();
    // A passkey alone on its site, and the newest of a site's eight.
    for site in ["site77.example", "shared.example"] {
        let cost = cost::of_signing_in(&path, site);
        let (pages, memory) = (cost.read.div_ceil(page), cost.peak.saturating_sub(nothing.peak));
        println!(
            "{credentials} passkeys, {site}: {pages} pages of {page} bytes read, {memory} KiB above an empty process"
        );
        assert!(cost.read > page, "the store was read, and that was seen");
        assert!(pages <= MOST_PAGES, "{site}: {pages} pages");
        assert!(memory < MOST_MEMORY, "{site}: {memory} KiB");
    }
}

/// Registers in memory and writes the sealed records down in one transaction: one commit each would take minutes.
fn make(path: &Path, credentials: usize) {
    let mut sim = Sim::over(Profile::security_key([0; 16]), HashMapStore::default(), 1).unwrap();
    for count in 0..credentials {
        let (site, user) = match count.checked_sub(credentials.saturating_sub(8)) {
            None => (format!("site{count}.example"), "user".to_owned()),
            Some(user) => ("shared.example".to_owned(), format!("user {user}")),
        };
        let request = request::make_credential(&site, user.as_bytes()).option("rk", true);
        assert_eq!(sim.send(&request).status, 0);
    }

    drop(SqliteStore::open(path).unwrap());
    let store = &sim.world.store.inner;
    let mut raw = rusqlite::Connection::open(path).unwrap();
    let transaction = raw.transaction().unwrap();
    {
        let mut insert =
            transaction.prepare("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").unwrap();
        for kind in [RecordKind::Header, RecordKind::Credential] {
            let flow = store.read(&Query::Kind { kind, before: None }, &mut |record| {
                let number = |number: u64| i64::try_from(number).unwrap();
                let keys = record.indexes;
                let [relying_party, credential_id, user] =
                    [keys.relying_party, keys.credential_id, keys.user].map(|key| key.map(|key| key.0));
                let row = (
                    record.kind.code(),
                    record.id.0,
                    number(record.version),
                    number(record.number),
                    relying_party,
                    credential_id,
                    user,
                    record.body,
                );
                insert.execute(row).unwrap();
                ControlFlow::Continue(())
            });
            assert_eq!(flow, Ok(ControlFlow::Continue(())));
        }
    }
    let last = store.last_commit().unwrap().unwrap();
    transaction.execute("UPDATE meta SET last_commit = ?1", (last.0,)).unwrap();
    transaction.commit().unwrap();
}
