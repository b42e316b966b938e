use super::*;
use crate::SqliteStore;
use crate::test_support::{ALL_CREDENTIALS, place, read, register, sign_in, spoil, world};
use authenticator_core::store::{Listed, Lookup, StoreError};

/// Five passkeys: three of a.example, two of b.example.
fn five(path: &std::path::Path) -> Vec<Vec<u8>> {
    let mut world = world(path, 1);
    let sites =
        [("a.example", "1"), ("b.example", "1"), ("a.example", "2"), ("b.example", "2"), ("a.example", "3")];
    sites.iter().map(|(site, user)| register(&mut world, site, user).unwrap()).collect()
}

#[test]
fn pages_come_newest_first() {
    let (_folder, path) = place();
    five(&path);
    let store = SqliteStore::open(&path).unwrap();
    let numbers = |query: &Query| read(&store, query, |record| record.number);
    let all = numbers(&ALL_CREDENTIALS);
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|newer, older| newer > older));
    let before = |before| Query::Kind { kind: RecordKind::Credential, before: Some(before) };
    assert_eq!(numbers(&before(all[1])), all[2..]);
    assert_eq!(numbers(&before(u64::MAX)), all);
    assert_eq!(numbers(&before(all[4])), []);
    assert_eq!(numbers(&before(0)), []);
}

#[test]
fn each_index_finds_its_own() {
    let (_folder, path) = place();
    five(&path);
    let store = SqliteStore::open(&path).unwrap();
    let all = read(&store, &ALL_CREDENTIALS, |record| (record.id, record.number, record.indexes));
    let (id, number, newest) = all[0];
    let found = |index: Index, before| {
        let key = newest.value(index).unwrap();
        read(&store, &Query::Index { index, key, before }, |record| record.number)
    };
    let of_site: Vec<u64> = all
        .iter()
        .filter(|(_, _, indexes)| indexes.relying_party == newest.relying_party)
        .map(|(_, number, _)| *number)
        .collect();
    assert_eq!(of_site.len(), 3);
    assert_eq!(found(Index::RelyingParty, None), of_site);
    assert_eq!(found(Index::RelyingParty, Some(number)), of_site[1..]);
    assert_eq!(found(Index::CredentialId, None), [number]);
    assert_eq!(found(Index::User, None), [number]);
    let by_id = Query::Record { kind: RecordKind::Credential, id };
    assert_eq!(read(&store, &by_id, |record| record.number), [number]);
    let other_kind = Query::Record { kind: RecordKind::Host, id };
    assert_eq!(read(&store, &other_kind, |record| record.number), []);
}

#[test]
fn a_visitor_may_read_the_same_store_again() {
    let (_folder, path) = place();
    five(&path);
    let store = SqliteStore::open(&path).unwrap();
    let mut seen = Vec::new();
    let flow = store.read(&ALL_CREDENTIALS, &mut |outer| {
        let body = outer.body.to_vec();
        // The same statement, another one, and one that is broken off: none disturbs the outer read.
        seen.push(read(&store, &ALL_CREDENTIALS, |record| record.number).len());
        assert!(store.last_commit().unwrap().is_some());
        let broken = store.read(&ALL_CREDENTIALS, &mut |_| ControlFlow::Break(()));
        assert_eq!(broken, Ok(ControlFlow::Break(())));
        assert_eq!(outer.body, body);
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    assert_eq!(seen, [5; 5]);
    assert!(!store.connection().is_busy());
}

#[test]
fn a_read_that_is_broken_off_holds_nothing() {
    let (_folder, path) = place();
    five(&path);
    let store = SqliteStore::open(&path).unwrap();
    let mut visits = 0;
    let flow = store.read(&ALL_CREDENTIALS, &mut |_| {
        visits += 1;
        ControlFlow::Break(())
    });
    assert_eq!((flow, visits), (Ok(ControlFlow::Break(())), 1));
    assert!(!store.connection().is_busy());
    // Another process gets the write lock and can cut the log: no read transaction is left.
    let other = Connection::open(&path).unwrap();
    let busy: i64 = other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
}

#[test]
fn lookups_use_their_indexes() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    for sql in [BY_ID, BY_KIND, BY_RELYING_PARTY, BY_CREDENTIAL_ID, BY_USER] {
        let mut statement = store.connection().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> =
            statement.query_map((0, 0, 0), |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(
            matches!(plan.as_slice(), [search] if search.starts_with("SEARCH record USING INDEX")),
            "{plan:?}"
        );
    }
}

#[test]
fn cells_that_cannot_be_ours_make_a_damaged_record_and_no_more() {
    let spoilings = [
        "UPDATE record SET body = zeroblob(3000) WHERE number = 2",
        "UPDATE record SET body = zeroblob(50000000) WHERE number = 2",
        "UPDATE record SET body = x'' WHERE number = 2",
        "UPDATE record SET body = 'text' WHERE number = 2",
        "UPDATE record SET body = 7 WHERE number = 2",
        "UPDATE record SET version = -1 WHERE number = 2",
        "UPDATE record SET version = 'one' WHERE number = 2",
        "UPDATE record SET version = 1.5 WHERE number = 2",
    ];
    for spoiling in spoilings {
        let (_folder, path) = place();
        let ids = five(&path);
        spoil(&path, spoiling);
        let mut world = world(&path, 2);
        assert_eq!(sign_in(&mut world, "a.example"), Ok(ids[4].clone()), "{spoiling}");
        let (mut credentials, mut unreadable) = (0, Vec::new());
        let mut cx = world.context();
        let flow = cx.vault().unwrap().credentials(None, &mut |listed| {
            match listed {
                Listed::Credential(_) => credentials += 1,
                Listed::Unreadable { number, .. } => unreadable.push(number),
            }
            ControlFlow::Continue(())
        });
        assert_eq!(flow, Ok(ControlFlow::Continue(())), "{spoiling}");
        assert_eq!((credentials, unreadable), (4, vec![2]), "{spoiling}");
    }
}

#[test]
fn rows_that_name_no_record_are_passed_over() {
    let spoilings = [
        "UPDATE record SET id = x'00' WHERE number = 2",
        "UPDATE record SET id = zeroblob(50000000) WHERE number = 2",
        "UPDATE record SET id = 'sixteen letters!' WHERE number = 2",
        "UPDATE record SET kind = 77 WHERE number = 2",
        "UPDATE record SET kind = -1 WHERE number = 2",
        "UPDATE record SET kind = 'one' WHERE number = 2",
        "UPDATE record SET number = -2 WHERE number = 2",
        "UPDATE record SET number = 'two' WHERE number = 2",
    ];
    for spoiling in spoilings {
        let (_folder, path) = place();
        five(&path);
        spoil(&path, spoiling);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(read(&store, &ALL_CREDENTIALS, |record| record.number), [5, 4, 3, 1], "{spoiling}");
    }
}

#[test]
fn a_last_commit_that_cannot_be_ours_is_an_error() {
    for spoiling in [
        "UPDATE meta SET last_commit = x'00'",
        "UPDATE meta SET last_commit = 'sixteen letters!'",
        "UPDATE meta SET last_commit = zeroblob(50000000)",
        "DELETE FROM meta",
    ] {
        let (_folder, path) = place();
        five(&path);
        spoil(&path, spoiling);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.last_commit(), Err(StoreError::Failed), "{spoiling}");
    }
}

#[test]
fn a_lookup_is_planned_once_whatever_it_looks_for() {
    use rusqlite::StatementStatus;
    let (_folder, path) = place();
    five(&path);
    let store = SqliteStore::open(&path).unwrap();
    for sql in [BY_ID, BY_KIND, BY_RELYING_PARTY, BY_CREDENTIAL_ID, BY_USER] {
        let mut statement = store.connection().prepare(sql).unwrap();
        for value in 0..5 {
            let mut rows = statement.query((value, value, 100)).unwrap();
            while rows.next().unwrap().is_some() {}
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}
