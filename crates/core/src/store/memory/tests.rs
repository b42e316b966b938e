//! A store whose records have less room than the longest record takes.

use super::MemoryStore;
use crate::store::{
    ChangeSet, CommitError, CommitId, CommitKind, Indexes, Lookup, Query, Record, RecordId, RecordKind, Store,
};
use core::ops::ControlFlow;

fn putting(bodies: &[&[u8]]) -> ChangeSet {
    let mut changes = ChangeSet::empty();
    changes.start(CommitKind::Effect, CommitId([1; 16]));
    for (number, body) in (1..).zip(bodies) {
        let (kind, id, indexes) = (RecordKind::Credential, RecordId([number; 16]), Indexes::default());
        let number = number.into();
        changes.put(Record { kind, id, version: 1, number, indexes, body }).unwrap();
    }
    changes
}

fn count(store: &dyn Lookup) -> usize {
    let mut count = 0;
    let query = Query::Kind { kind: RecordKind::Credential, before: None };
    let _ = store.read(&query, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    count
}

#[test]
fn rst07_a_body_that_does_not_fit_leaves_the_whole_set_out() {
    let mut store = MemoryStore::<4, 8>::sized();
    assert_eq!(store.commit(&putting(&[&[0; 8], &[0; 9]])), Err(CommitError::Full));
    assert_eq!((count(&store), store.last_commit()), (0, Ok(None)));
    assert_eq!(store.commit(&putting(&[&[0; 8], &[0; 8]])), Ok(()));
    assert_eq!(count(&store), 2);
}

#[test]
fn gi12_room_is_what_is_not_taken() {
    let mut store = MemoryStore::<2, 8>::sized();
    assert_eq!(store.room(), Ok(Some(2)));
    store.commit(&putting(&[&[0; 8]])).unwrap();
    assert_eq!(store.room(), Ok(Some(1)));
    store.commit(&putting(&[&[0; 8], &[0; 8]])).unwrap();
    assert_eq!(store.room(), Ok(Some(0)));
}
