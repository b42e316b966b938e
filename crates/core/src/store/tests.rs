//! The memory store, the seal, the header's multiset hash, and the sizes of what a command carries.

extern crate std;

use super::draft::Draft;
use super::seal::{Binding, SealError};
use super::{
    BlindKey, Change, ChangeSet, CommitError, CommitId, CommitKind, DeviceKeys, Header, HeaderError, Index,
    Indexes, Lookup, MAX_BODY, MemoryStore, Precondition, Query, Record, RecordId, RecordKind, Store,
    TooMany, format,
};
use crate::secret::Secret;
use crate::step::Step;
use crate::time::BootId;
use authenticator_testkit::SeededRng;
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use std::{vec, vec::Vec};

fn device() -> DeviceKeys {
    DeviceKeys::new(&Secret::new([0xD0; 32]))
}

fn record(name: u8, version: u64, number: u64, body: &[u8]) -> Record<'_> {
    let (kind, indexes) = (RecordKind::Credential, Indexes::default());
    Record { kind, id: RecordId([name; 16]), version, number, indexes, body }
}

fn set(id: u8) -> ChangeSet {
    let mut changes = ChangeSet::empty();
    changes.start(CommitKind::Effect, CommitId([id; 16]));
    changes
}

fn putting(id: u8, records: &[Record<'_>]) -> ChangeSet {
    let mut changes = set(id);
    records.iter().for_each(|record| changes.put(*record).unwrap());
    changes
}

fn found(store: &dyn Lookup, query: Query) -> Vec<(u8, u64, Vec<u8>)> {
    let mut found = Vec::new();
    let _ = store
        .read(&query, &mut |record| {
            found.push((record.id.0[0], record.version, record.body.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn all(store: &dyn Lookup) -> Vec<u8> {
    let query = Query::Kind { kind: RecordKind::Credential, before: None };
    found(store, query).into_iter().map(|(name, ..)| name).collect()
}

#[test]
fn a_step_is_at_most_one_kibibyte_and_a_change_set_two() {
    let (step, changes) = (size_of::<Step>(), size_of::<ChangeSet>());
    std::eprintln!("a Step is {step} bytes, a ChangeSet {changes}");
    assert!(step <= 1024, "a Step is {step} bytes");
    assert!(changes <= 2048, "a ChangeSet is {changes} bytes");
}

#[test]
fn records_are_found_newest_first_and_by_pages() {
    let mut store = MemoryStore::<8>::new();
    let indexes = Indexes { relying_party: Some(BlindKey([0; 16])), ..Indexes::default() };
    for record in [record(2, 1, 20, b"b"), record(1, 1, 10, b"a"), record(3, 1, 30, b"c")] {
        store.commit(&putting(1, &[Record { indexes, ..record }])).unwrap();
    }
    assert_eq!(all(&store), [3, 2, 1]);
    let page = |before| found(&store, Query::Kind { kind: RecordKind::Credential, before: Some(before) });
    assert_eq!(page(30).len(), 2);
    assert_eq!(page(20), [(1, 1, b"a".to_vec())]);
    assert!(page(10).is_empty());
    let even =
        |before| found(&store, Query::Index { index: Index::RelyingParty, key: BlindKey([0; 16]), before });
    assert_eq!(even(None).len(), 3);
    assert_eq!(even(Some(20)).len(), 1);
    assert!(
        found(&store, Query::Index { index: Index::User, key: BlindKey([0; 16]), before: None }).is_empty()
    );
    let one = |name| found(&store, Query::Record { kind: RecordKind::Credential, id: RecordId([name; 16]) });
    assert_eq!(one(2), [(2, 1, b"b".to_vec())]);
    assert!(one(9).is_empty());
    let mut visits = 0;
    let flow = store.read(&Query::Kind { kind: RecordKind::Credential, before: None }, &mut |_| {
        visits += 1;
        ControlFlow::Break(())
    });
    assert_eq!((flow, visits), (Ok(ControlFlow::Break(())), 1));
}

#[test]
fn a_put_replaces_and_a_removal_removes() {
    let mut store = MemoryStore::<4>::new();
    store.commit(&putting(1, &[record(1, 1, 10, b"old"), record(2, 1, 20, b"other")])).unwrap();
    store.commit(&putting(2, &[record(1, 2, 10, b"new")])).unwrap();
    let query = Query::Record { kind: RecordKind::Credential, id: RecordId([1; 16]) };
    assert_eq!(found(&store, query), [(1, 2, b"new".to_vec())]);
    let mut removal = set(3);
    removal.remove(RecordKind::Credential, RecordId([2; 16])).unwrap();
    removal.remove(RecordKind::Credential, RecordId([9; 16])).unwrap();
    store.commit(&removal).unwrap();
    assert_eq!(all(&store), [1]);
    assert_eq!(store.last_commit(), Ok(Some(CommitId([3; 16]))));
}

/// A set has room for the indexes of one credential, which is all that any command writes.
#[test]
fn a_set_indexes_one_record() {
    let indexes = Indexes { user: Some(BlindKey([9; 16])), ..Indexes::default() };
    let mut changes =
        putting(1, &[record(1, 1, 10, b"plain"), Record { indexes, ..record(2, 1, 20, b"found") }]);
    assert_eq!(changes.put(Record { indexes, ..record(3, 1, 30, b"too") }), Err(TooMany));
    let written: Vec<_> = changes
        .changes()
        .filter_map(|change| match change {
            Change::Put(record) => Some((record.id.0[0], record.indexes)),
            Change::Clear | Change::Remove { .. } => None,
        })
        .collect();
    assert_eq!(written, [(1, Indexes::default()), (2, indexes)]);
}

#[test]
fn rst07_a_set_takes_effect_whole_or_not_at_all() {
    let mut store = MemoryStore::<2>::new();
    store.commit(&putting(1, &[record(1, 1, 10, b"a")])).unwrap();
    let requiring = |version| {
        let mut changes = putting(2, &[record(1, 2, 10, b"changed")]);
        let (kind, id) = (RecordKind::Credential, RecordId([1; 16]));
        changes.require(Precondition { kind, id, version: NonZeroU64::new(version) }).unwrap();
        changes
    };
    assert_eq!(store.commit(&requiring(2)), Err(CommitError::Conflict));
    assert_eq!(store.commit(&requiring(0)), Err(CommitError::Conflict), "it exists");
    let too_many =
        putting(3, &[record(1, 2, 10, b"changed"), record(2, 1, 20, b"b"), record(3, 1, 30, b"c")]);
    assert_eq!(store.commit(&too_many), Err(CommitError::Full));
    let query = Query::Record { kind: RecordKind::Credential, id: RecordId([1; 16]) };
    assert_eq!(found(&store, query), [(1, 1, b"a".to_vec())]);
    assert_eq!(store.last_commit(), Ok(Some(CommitId([1; 16]))), "a set that failed is not the last");
    store.commit(&requiring(1)).unwrap();
    assert_eq!(found(&store, query), [(1, 2, b"changed".to_vec())]);
}

#[test]
fn a_full_store_takes_what_makes_its_own_room() {
    let mut store = MemoryStore::<2>::new();
    store.commit(&putting(1, &[record(1, 1, 10, b"a"), record(2, 1, 20, b"b")])).unwrap();
    assert_eq!(store.commit(&putting(2, &[record(3, 1, 30, b"c")])), Err(CommitError::Full));
    let mut exchange = putting(3, &[record(3, 1, 30, b"c")]);
    exchange.remove(RecordKind::Credential, RecordId([1; 16])).unwrap();
    store.commit(&exchange).unwrap();
    assert_eq!(all(&store), [3, 2]);
    let mut anew = putting(4, &[record(4, 1, 40, b"d"), record(5, 1, 50, b"e")]);
    anew.clear();
    store.commit(&anew).unwrap();
    assert_eq!(all(&store), [5, 4]);
}

#[test]
fn a_store_of_small_bodies_refuses_a_longer_one_and_keeps_what_it_has() {
    let mut store = MemoryStore::<4, 8>::sized();
    store.commit(&putting(1, &[record(1, 1, 10, b"8 bytes!")])).unwrap();
    let mut longer = putting(2, &[record(2, 1, 20, b"b"), record(3, 1, 30, b"9 bytes!!")]);
    longer.remove(RecordKind::Credential, RecordId([1; 16])).unwrap();
    assert_eq!(store.commit(&longer), Err(CommitError::Full));
    assert_eq!(all(&store), [1]);
}

/// Covers: RST-05
#[test]
fn rst07_a_set_that_clears_does_so_before_anything_else() {
    let mut changes = putting(1, &[record(1, 1, 10, b"new")]);
    changes.remove(RecordKind::Credential, RecordId([2; 16])).unwrap();
    changes.clear();
    let order: Vec<_> = changes.changes().map(|change| std::mem::discriminant(&change)).collect();
    assert_eq!(order.len(), 3);
    assert_eq!(order[0], std::mem::discriminant(&Change::Clear));
    assert_eq!(order[2], std::mem::discriminant(&Change::Put(record(1, 1, 10, b""))));
}

#[test]
fn a_change_set_takes_no_more_than_it_holds() {
    let mut changes = set(1);
    let body = vec![0; MAX_BODY];
    assert!(changes.put(record(1, 1, 1, &body)).is_ok());
    assert!(changes.put(record(2, 1, 2, &body)).is_err());
    let mut changes = set(2);
    let removals =
        (0..=u8::MAX).take_while(|id| changes.remove(RecordKind::Host, RecordId([*id; 16])).is_ok());
    assert_eq!(removals.count(), super::MAX_REMOVALS);
}

#[test]
fn a_body_made_in_place_lies_among_the_others_and_one_that_is_not_made_is_not_there() {
    let mut changes = putting(1, &[record(1, 1, 1, b"first")]);
    let make = |room: &mut [u8]| {
        room[..4].copy_from_slice(b"made");
        Some(4)
    };
    assert_eq!(changes.put_made(record(2, 1, 2, b""), |_| None), Err(TooMany));
    assert_eq!(changes.put_made(record(3, 1, 3, b""), make), Ok(()));
    assert_eq!(changes.put(record(4, 1, 4, b"last")), Ok(()));
    let mut store = MemoryStore::<4>::new();
    store.commit(&changes).unwrap();
    assert_eq!(all(&store), [4, 3, 1]);
    for (name, body) in [(1, b"first".as_slice()), (3, b"made"), (4, b"last")] {
        let query = Query::Record { kind: RecordKind::Credential, id: RecordId([name; 16]) };
        assert_eq!(found(&store, query)[0].2, body, "record {name}");
    }
}

#[test]
fn a_seal_is_bound_to_kind_id_version_and_generation() {
    let keys = device().keys_of(&Secret::new([1; 32]));
    let binding = Binding { kind: RecordKind::Credential, id: RecordId([7; 16]), version: 3, generation: 5 };
    let mut body = [0; 64];
    let length = keys.seal(binding, b"content", [9; 12], &mut body).unwrap();
    let body = &body[..length];
    let open = |binding, body: &[u8]| keys.open(binding, body, &mut [0; 64]).map(<[u8]>::to_vec);
    assert_eq!(open(binding, body).unwrap(), b"content");
    assert!(!body.windows(7).any(|window| window == b"content"), "the content is not readable");
    for (name, other) in [
        ("kind", Binding { kind: RecordKind::Host, ..binding }),
        ("id", Binding { id: RecordId([8; 16]), ..binding }),
        ("version", Binding { version: 2, ..binding }),
        ("generation", Binding { generation: 4, ..binding }),
    ] {
        assert_eq!(open(other, body), Err(SealError::Broken), "another {name}");
    }
    let other_generation = device().keys_of(&Secret::new([2; 32]));
    assert_eq!(other_generation.open(binding, body, &mut [0; 64]), Err(SealError::Broken));
    let other_device = DeviceKeys::new(&Secret::new([0xD1; 32])).keys_of(&Secret::new([1; 32]));
    assert_eq!(other_device.open(binding, body, &mut [0; 64]), Err(SealError::Broken));
}

#[test]
#[cfg_attr(miri, ignore = "heavy arithmetic: hundreds of seals")]
fn a_sealed_body_changed_or_cut_anywhere_does_not_open() {
    let keys = device().keys_of(&Secret::new([1; 32]));
    let binding = Binding { kind: RecordKind::Credential, id: RecordId([7; 16]), version: 3, generation: 5 };
    let mut body = [0; 40];
    let length = keys.seal(binding, b"content", [9; 12], &mut body).unwrap();
    // From the nonce on; the format byte before it has its own verdict below.
    for place in 1..length {
        for bit in 0..8 {
            let mut changed = body[..length].to_vec();
            changed[place] ^= 1 << bit;
            assert!(keys.open(binding, &changed, &mut [0; 64]).is_err(), "byte {place}, bit {bit}");
        }
        assert!(keys.open(binding, &body[..place], &mut [0; 64]).is_err(), "cut to {place} bytes");
    }
    let later = [&[2], &body[1..length]].concat();
    assert_eq!(keys.open(binding, &later, &mut [0; 64]), Err(SealError::Newer));
    assert_eq!(keys.open(binding, &body[..length], &mut [0; 6]), Err(SealError::TooLong));
    assert_eq!(keys.seal(binding, b"content", [9; 12], &mut [0; 35]), Err(SealError::TooLong));
}

#[test]
fn blind_indexes_tell_sites_and_accounts_apart_and_say_nothing_without_the_key() {
    let keys = device().keys_of(&Secret::new([1; 32]));
    let site = |name| crate::credential::RpIdHash::of(name);
    let (one, two) = (site("one.example"), site("two.example"));
    assert_eq!(keys.relying_party(&one).0, keys.relying_party(&one).0);
    let different = [
        keys.relying_party(&one).0,
        keys.relying_party(&two).0,
        keys.user(&one, b"user").0,
        keys.user(&two, b"user").0,
        keys.user(&one, b"resu").0,
        keys.user(&one, b"").0,
        keys.credential_id(&one.0).0,
        device().keys_of(&Secret::new([2; 32])).relying_party(&one).0,
    ];
    for (place, key) in different.iter().enumerate() {
        assert!(!different[..place].contains(key), "index value {place} is there twice");
    }
}

/// A store with a header, and the header.
fn formatted() -> (MemoryStore<8>, Header) {
    let (mut store, mut rng, mut changes) = (MemoryStore::new(), SeededRng::new(1), ChangeSet::empty());
    format(CommitId([1; 16]), false, &device(), &mut rng, &mut changes).unwrap();
    store.commit(&changes).unwrap();
    let header = Header::load(&store, &device()).unwrap();
    (store, header)
}

/// Writes the header by the path every commit takes, and reads it again.
fn stored(store: &mut MemoryStore<8>, header: Header) -> Header {
    let keys = device().keys_of(&header.generation_secret);
    let (mut rng, mut changes) = (SeededRng::new(2), ChangeSet::empty());
    let draft = Draft::begin(
        CommitKind::Effect,
        CommitId([2; 16]),
        header,
        BootId::default(),
        &keys,
        &mut rng,
        &mut changes,
    )
    .unwrap();
    draft.finish(&device()).unwrap();
    store.commit(&changes).unwrap();
    Header::load(store, &device()).unwrap()
}

/// The header's content, its multiset hash included: sealed with the same nonce, the same content gives the same bytes.
fn fingerprint(header: &Header) -> Vec<u8> {
    header.seal(&device(), &mut SeededRng::new(5), |record| Some(record.body.to_vec())).unwrap()
}

#[test]
fn the_multiset_hash_forgets_order_and_what_is_taken_away() {
    let (mut store, mut header) = formatted();
    let keys = device().keys_of(&header.generation_secret);
    let (kind, ids) = (RecordKind::Credential, [RecordId([1; 16]), RecordId([2; 16]), RecordId([3; 16])]);
    let empty = fingerprint(&header);
    for id in ids {
        header.records.add(&keys, kind, id, 1);
    }
    let three = fingerprint(&header);
    assert_ne!(three, empty);
    for id in ids {
        header.records.subtract(&keys, kind, id, 1);
    }
    assert_eq!(fingerprint(&header), empty);
    for id in ids.into_iter().rev() {
        header.records.add(&keys, kind, id, 1);
    }
    assert_eq!(fingerprint(&header), three, "another order, the same sum");
    header.records.subtract(&keys, kind, ids[0], 1);
    header.records.add(&keys, kind, ids[0], 2);
    assert_ne!(fingerprint(&header), three, "another version is another record");
    header.records.subtract(&keys, kind, ids[0], 2);
    header.records.add(&keys, RecordKind::Host, ids[0], 1);
    assert_ne!(fingerprint(&header), three, "another kind is another record");
    let (expected, commits) = (fingerprint(&header), header.commits);
    let mut reread = stored(&mut store, header);
    reread.commits = commits;
    assert_eq!(fingerprint(&reread), expected, "it is in the sealed header");
}

#[test]
fn every_commit_raises_the_header_and_requires_the_one_it_read() {
    let (mut store, header) = formatted();
    assert_eq!((header.commits, header.generation, header.next_number), (1, 1, 1));
    let stale = Header::load(&store, &device()).unwrap();
    let header = stored(&mut store, header);
    assert_eq!((header.commits, header.generation), (2, 1));
    let keys = device().keys_of(&stale.generation_secret);
    let (mut rng, mut changes) = (SeededRng::new(3), ChangeSet::empty());
    let draft = Draft::begin(
        CommitKind::Effect,
        CommitId([3; 16]),
        stale,
        BootId::default(),
        &keys,
        &mut rng,
        &mut changes,
    )
    .unwrap();
    draft.finish(&device()).unwrap();
    assert_eq!(store.commit(&changes), Err(CommitError::Conflict));
}

#[test]
fn rst05_a_new_generation_has_another_secret_and_counts_on() {
    let (_, header) = formatted();
    let next = Header::new_generation(Some(&header), BootId([2; 16]), &mut SeededRng::new(9));
    assert_eq!((next.commits, next.generation, next.next_number), (1, 2, 1));
    assert_eq!((next.auth_epoch, next.boot), (header.auth_epoch + 1, BootId([2; 16])));
    assert!(!next.generation_secret.equals(header.generation_secret.expose()));
}

#[test]
fn a_header_opens_with_its_device_key_at_its_version_only() {
    let (store, _) = formatted();
    let other = DeviceKeys::new(&Secret::new([0xD1; 32]));
    assert!(matches!(Header::load(&store, &other), Err(HeaderError::Unreadable)));
    assert!(matches!(Header::load(&MemoryStore::<1>::new(), &device()), Err(HeaderError::Absent)));
    let mut body = Vec::new();
    let query = Query::Record { kind: RecordKind::Header, id: RecordId::HEADER };
    let _ = store.read(&query, &mut |record| {
        body = record.body.to_vec();
        ControlFlow::Break(())
    });
    let put = |version, body: &[u8]| {
        let mut store = MemoryStore::<1>::new();
        let (kind, id, indexes) = (RecordKind::Header, RecordId::HEADER, Indexes::default());
        store.commit(&putting(1, &[Record { kind, id, version, number: 0, indexes, body }])).unwrap();
        Header::load(&store, &device()).err()
    };
    assert_eq!(put(1, &body), None);
    assert_eq!(put(2, &body), Some(HeaderError::Unreadable), "an old header under a new version");
    let later = [&[2], &body[1..]].concat();
    assert_eq!(put(1, &later), Some(HeaderError::Newer));
    assert_eq!(put(1, &body[..body.len() - 1]), Some(HeaderError::Unreadable));
    assert_eq!(put(1, &[]), Some(HeaderError::Unreadable));
}

#[test]
fn the_mark_of_a_lab_is_two_bytes_in_its_own_headers_and_none_in_others() {
    let (mut store, header) = formatted();
    assert!(!header.lab);
    let length = |store: &MemoryStore<8>| {
        let mut length = 0;
        let query = Query::Record { kind: RecordKind::Header, id: RecordId::HEADER };
        let _ = store.read(&query, &mut |record| {
            length = record.body.len();
            ControlFlow::Break(())
        });
        length
    };
    let without = length(&store);
    let marked = stored(&mut store, Header { lab: true, ..header });
    assert!(marked.lab);
    assert_eq!(length(&store), without + 2);
    assert!(Header::new_generation(Some(&marked), BootId::default(), &mut SeededRng::new(3)).lab);
}

/// ST-08: another process has ended what anyone was authenticated for; the generation is the same.
#[test]
fn an_epoch_that_rises_ends_what_other_sessions_remember() {
    use crate::session::{Basis, Continuation, Remembered, Series, Session};
    use crate::time::Now;
    use crate::user::{Proof, Requester};
    let (_, mut header) = formatted();
    let now = Now { boot: BootId([1; 16]), since_boot: core::time::Duration::from_secs(5), unix: None };
    let mut session = Session::new(now);
    session.adopt(&device(), &header);
    let (rp, hash) = (crate::credential::RpIdHash([1; 32]), crate::credential::ClientDataHash([2; 32]));
    let series = |auth_epoch| Series {
        proof: Proof::NONE,
        extensions: crate::extension::Asserting::NONE,
        cursor: 9,
        left: 2,
        basis: Basis::new(Requester::default(), now).in_epoch(auth_epoch),
    };
    assert!(!series(0).is_of(&header), "no epoch is that of none");
    let held_by_a_step = series(session.auth_epoch());
    assert!(held_by_a_step.is_of(&header));
    let series = series(session.auth_epoch());
    let remembered = Remembered { rp_id_hash: rp, client_data_hash: hash, series };
    session.leave(Some(Continuation::Assertions(remembered)));
    header.auth_epoch += 1;
    assert!(!held_by_a_step.is_of(&header), "what a step holds");
    session.adopt(&device(), &header);
    assert!(session.take_continuation(Requester::default(), now).is_none(), "what the session holds");
}

/// A header of format version 1 has neither epoch nor boot nor counters: it opens, as of a new store.
#[test]
fn a_header_of_the_first_format_opens() {
    use crate::cbor::Writer;
    let mut content = [0; 128];
    let mut writer = Writer::new(&mut content);
    writer.map(5).unwrap();
    for (key, value) in [(1, 1_u64), (2, 3)] {
        writer.unsigned(key).unwrap();
        writer.unsigned(value).unwrap();
    }
    writer.unsigned(3).unwrap();
    writer.bytes(&[7; 32]).unwrap();
    writer.unsigned(4).unwrap();
    writer.unsigned(20).unwrap();
    writer.unsigned(5).unwrap();
    writer.bytes(&[8; 32]).unwrap();
    let length = writer.written();
    let mut body = [0; 160];
    let sealed = device().seal_header(5, &content[..length], [1; 12], &mut body).unwrap();
    let mut store = MemoryStore::<1>::new();
    let (kind, id, indexes) = (RecordKind::Header, RecordId::HEADER, Indexes::default());
    let record = Record { kind, id, version: 5, number: 0, indexes, body: &body[..sealed] };
    store.commit(&putting(1, &[record])).unwrap();
    let header = Header::load(&store, &device()).unwrap();
    assert_eq!((header.commits, header.generation, header.next_number), (5, 3, 20));
    assert_eq!((header.auth_epoch, header.boot, header.shared_counter), (1, BootId::default(), 0));
    assert!(!header.has_host_keys);
}
