//! The full check: what it finds when records were changed, moved, removed or brought back, and what mends it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod sign_in;

use authenticator_core::store::{
    Audit, BlindKey, Change, ChangeSet, CommitError, CommitId, Finding, Indexes, Lookup, Query, Record,
    RecordId, RecordKind, Store, StoreError, Visit,
};
use authenticator_core::{
    Command, Error, LargeBlobStorage, MakeCredential, Manage, Profile, Replacement, decode,
};
use authenticator_host::blocking::manage;
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::request::get_assertion;
use authenticator_testkit::{Sim, with_keystore};
use sign_in::{New, SITE, register};
use std::ops::ControlFlow;

/// A record out of the store's hands.
#[derive(Clone)]
struct Kept {
    kind: RecordKind,
    id: RecordId,
    version: u64,
    number: u64,
    indexes: Indexes,
    body: Vec<u8>,
}

impl Kept {
    fn of(record: &Record<'_>) -> Self {
        let Record { kind, id, version, number, indexes, body } = *record;
        Self { kind, id, version, number, indexes, body: body.to_vec() }
    }

    fn is_found_by(&self, query: &Query) -> bool {
        let older = |before: &Option<u64>| before.is_none_or(|before| self.number < before);
        match query {
            Query::Record { kind, id } => (self.kind, self.id) == (*kind, *id),
            Query::Index { index, key, before } => self.indexes.value(*index) == Some(*key) && older(before),
            Query::Kind { kind, before } => self.kind == *kind && older(before),
        }
    }
}

/// A store whose records anybody may be at.
#[derive(Default)]
struct Altered {
    records: Vec<Kept>,
    last: Option<CommitId>,
}

impl Altered {
    fn kept(&self, kind: RecordKind, id: RecordId) -> Kept {
        self.records.iter().find(|kept| kept.kind == kind && kept.id == id).expect("it is there").clone()
    }

    fn take(&mut self, kind: RecordKind, id: RecordId) {
        self.records.retain(|kept| (kept.kind, kept.id) != (kind, id));
    }

    /// Puts a record in place of the one with its kind and id.
    fn put(&mut self, kept: Kept) {
        self.take(kept.kind, kept.id);
        self.records.push(kept);
        self.records.sort_by_key(|kept| std::cmp::Reverse(kept.number));
    }
}

impl Lookup for Altered {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        Ok(self.records.iter().filter(|kept| kept.is_found_by(query)).try_for_each(|kept| {
            let Kept { kind, id, version, number, indexes, ref body } = *kept;
            visit(Record { kind, id, version, number, indexes, body })
        }))
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        Ok(self.last)
    }
}

impl Store for Altered {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        for required in changes.preconditions() {
            let found = self.records.iter().find(|kept| (kept.kind, kept.id) == (required.kind, required.id));
            if found.map(|kept| kept.version) != required.version.map(std::num::NonZeroU64::get) {
                return Err(CommitError::Conflict);
            }
        }
        for change in changes.changes() {
            match change {
                Change::Clear => self.records.clear(),
                Change::Remove { kind, id } => self.take(kind, id),
                Change::Put(record) => self.put(Kept::of(&record)),
            }
        }
        self.last = Some(changes.id());
        Ok(())
    }
}

type TamperedSim = Sim<Altered>;

/// Two passkeys, a record of the host's own, an intent and a tombstone.
fn lived_in() -> TamperedSim {
    let profile = with_keystore(Profile::security_key([0; 16]));
    let mut sim = Sim::over(profile, Altered::default(), 1).unwrap();
    for user in [b"one", b"two", b"off"] {
        register(&mut sim, New::user(user));
    }
    manage(&mut sim.world, Manage::PutHost { record: RecordId([9; 16]), bytes: b"linked device" }).unwrap();
    let newest = records(&mut sim, RecordKind::Credential)[0];
    manage(&mut sim.world, Manage::Delete(newest)).unwrap();
    let request = authenticator_testkit::request::make_credential(SITE, b"cut").option("rk", true).encode();
    assert_eq!(sim.run_and_drop(&request, 2).err(), Some("NeedsKeypair"));
    sim
}

fn records(sim: &mut TamperedSim, kind: RecordKind) -> Vec<RecordId> {
    let mut found = Vec::new();
    let _ = sim
        .world
        .store
        .read(&Query::Kind { kind, before: None }, &mut |record| {
            found.push(record.id);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn audit(sim: &mut TamperedSim) -> (Audit, Vec<Finding>) {
    let mut findings = Vec::new();
    let audit = sim.world.context().audit(&mut |finding| findings.push(finding)).unwrap();
    (audit, findings)
}

fn alter(sim: &mut TamperedSim, kind: RecordKind, id: RecordId, kept: Option<Kept>) {
    let store = &mut sim.world.store.inner;
    match kept {
        Some(kept) => store.put(kept),
        None => store.take(kind, id),
    }
}

#[test]
fn a_store_that_nobody_touched_has_nothing_to_report() {
    let mut sim = lived_in();
    let (audit, findings) = audit(&mut sim);
    assert_eq!(findings, []);
    let counts = (audit.credentials, audit.host_records, audit.key_intents, audit.key_tombstones);
    assert_eq!(counts, (2, 1, 1, 1));
    assert_eq!((audit.generation, sim.world.session.damaged()), (1, 0));
}

/// Every record of every kind in turn, changed by one bit.
#[test]
fn a_changed_record_is_found_and_can_be_discarded() {
    for kind in [RecordKind::Credential, RecordKind::Host, RecordKind::KeyIntent, RecordKind::KeyTombstone] {
        let mut sim = lived_in();
        let record = records(&mut sim, kind)[0];
        let mut kept = sim.world.store.inner.kept(kind, record);
        *kept.body.last_mut().unwrap() ^= 1;
        alter(&mut sim, kind, record, Some(kept));
        assert_eq!(audit(&mut sim).1, [Finding::Unreadable { kind, record }], "{kind:?}");

        manage(&mut sim.world, Manage::Discard(kind, record)).unwrap();
        assert_eq!(audit(&mut sim).1, [], "{kind:?}");
        assert_eq!(manage(&mut sim.world, Manage::Discard(kind, record)), Err(Error::NoSuchRecord));
    }
}

#[test]
fn what_can_be_opened_is_not_discarded() {
    let mut sim = lived_in();
    for kind in [RecordKind::Credential, RecordKind::Host, RecordKind::KeyIntent, RecordKind::KeyTombstone] {
        let record = records(&mut sim, kind)[0];
        assert_eq!(
            manage(&mut sim.world, Manage::Discard(kind, record)),
            Err(Error::RecordChanged),
            "{kind:?}"
        );
    }
    let header = Manage::Discard(RecordKind::Header, RecordId::HEADER);
    assert_eq!(manage(&mut sim.world, header), Err(Error::NoSuchRecord));
    assert_eq!(audit(&mut sim).1, []);
}

/// An old copy of one record opens: it is whole. Only all of them together say that it is of another time.
#[test]
fn a_mix_of_old_and_new_records_is_found_by_the_full_check() {
    let mut sim = lived_in();
    let record = records(&mut sim, RecordKind::Credential)[0];
    let old = sim.world.store.inner.kept(RecordKind::Credential, record);
    manage(&mut sim.world, Manage::SetHostData(record, b"label")).unwrap();
    assert_eq!(audit(&mut sim).1, []);
    alter(&mut sim, RecordKind::Credential, record, Some(old));
    assert_eq!(audit(&mut sim).1, [Finding::Mixed]);

    manage(&mut sim.world, Manage::AcceptRecords).unwrap();
    assert_eq!(audit(&mut sim).1, []);
}

/// Nor does a record that is written again pass for the one that was removed.
#[test]
fn a_removed_record_does_not_come_back_in_place_of_its_successor() {
    let mut sim = lived_in();
    let record = RecordId([9; 16]);
    let removed = sim.world.store.inner.kept(RecordKind::Host, record);
    manage(&mut sim.world, Manage::RemoveHost(record)).unwrap();
    manage(&mut sim.world, Manage::PutHost { record, bytes: b"another" }).unwrap();
    assert_eq!(audit(&mut sim).1, []);
    alter(&mut sim, RecordKind::Host, record, Some(removed));
    assert_eq!(audit(&mut sim).1, [Finding::Mixed]);
}

/// The header alone is put back, and with it what it knew of numbers and keys.
#[test]
fn accepting_records_under_an_older_header_mends_what_the_header_had_forgotten() {
    let profile = with_keystore(Profile::security_key([0; 16]));
    let mut sim = Sim::over(profile, Altered::default(), 1).unwrap();
    let header = sim.world.store.inner.kept(RecordKind::Header, RecordId::HEADER);
    for user in [b"one", b"two"] {
        register(&mut sim, New::user(user));
    }
    alter(&mut sim, RecordKind::Header, RecordId::HEADER, Some(header));
    assert_eq!(audit(&mut sim).1, [Finding::Mixed]);
    manage(&mut sim.world, Manage::AcceptRecords).unwrap();
    assert_eq!(audit(&mut sim).1, []);
    // Whatever comes now is newer than what was there, and takes its place.
    register(&mut sim, New::user(b"one"));
    assert_eq!(records(&mut sim, RecordKind::Credential).len(), 2);
    assert_eq!(audit(&mut sim).1, []);
    // And a reset still knows that there are keys to be destroyed.
    sim.clock.reboot();
    sim.power_cycle(std::time::Duration::ZERO);
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert!(sim.keys.keystore.aliases().is_empty());
}

/// Under an older header numbers are given a second time, and a list that is read in pages leaves one of the two out.
#[test]
fn credentials_that_have_one_number_are_found_and_get_two() {
    let mut sim = lived_in();
    let header = sim.world.store.inner.kept(RecordKind::Header, RecordId::HEADER);
    register(&mut sim, New::user(b"before"));
    alter(&mut sim, RecordKind::Header, RecordId::HEADER, Some(header));
    for user in [b"after", b"later"] {
        register(&mut sim, New::user(user));
    }
    let numbers = |sim: &TamperedSim| -> Vec<u64> {
        let records = sim.world.store.inner.records.iter();
        let credentials = records.filter(|kept| kept.kind == RecordKind::Credential);
        credentials.map(|kept| kept.number).collect()
    };
    let is_unique = |numbers: &[u64]| numbers.is_sorted_by(|newer, older| newer > older);
    assert!(!is_unique(&numbers(&sim)), "{:?}", numbers(&sim));
    let found = audit(&mut sim).1;
    let [Finding::Misindexed { record }, Finding::Mixed] = found[..] else { panic!("{found:?}") };

    // In either order: the header itself knows too low a number yet.
    manage(&mut sim.world, Manage::Rewrite(record)).unwrap();
    assert!(is_unique(&numbers(&sim)), "{:?}", numbers(&sim));
    assert_eq!(audit(&mut sim).1, [Finding::Mixed]);
    manage(&mut sim.world, Manage::AcceptRecords).unwrap();
    assert_eq!(audit(&mut sim).1, []);
    assert_eq!(records(&mut sim, RecordKind::Credential)[0], record, "it is the newest now");
}

/// Registers as a provider does, which deletes nothing.
fn register_again(sim: &mut TamperedSim, user: &[u8]) {
    let request = authenticator_testkit::request::make_credential(SITE, user).option("rk", true).encode();
    let Ok(Command::MakeCredential(request)) = decode(&request, 1200) else { panic!("a registration") };
    let request = MakeCredential { replacement: Replacement::Supersede, ..request };
    assert!(sim.run(Command::MakeCredential(request)).result.is_ok());
}

/// The later one has superseded the other, and with a number above it does so again.
#[test]
fn of_two_of_one_account_with_one_number_the_later_is_the_newer() {
    let mut sim = lived_in();
    let header = sim.world.store.inner.kept(RecordKind::Header, RecordId::HEADER);
    let mut twins = Vec::new();
    for _ in 0..2 {
        let before = records(&mut sim, RecordKind::Credential);
        alter(&mut sim, RecordKind::Header, RecordId::HEADER, Some(header.clone()));
        sim.clock.advance(std::time::Duration::from_secs(60));
        register_again(&mut sim, b"alice");
        let after = records(&mut sim, RecordKind::Credential);
        twins.extend(after.into_iter().filter(|record| !before.contains(record)));
    }
    let [earlier, later] = twins[..] else { panic!("{twins:?}") };
    for first in [earlier, later] {
        // Whichever the store shows first.
        let kept = sim.world.store.inner.kept(RecordKind::Credential, first);
        alter(&mut sim, RecordKind::Credential, first, Some(kept));
        assert_eq!(audit(&mut sim).1, [Finding::Misindexed { record: later }, Finding::Mixed]);
    }
    manage(&mut sim.world, Manage::Rewrite(later)).unwrap();
    assert_eq!(audit(&mut sim).1, [Finding::Mixed]);
    let mut context = sim.world.context();
    let vault = context.vault().unwrap();
    let is_superseded = [earlier, later].map(|twin| {
        vault.by_record(twin, |entry| vault.is_superseded(entry.credential)).unwrap().unwrap().unwrap()
    });
    assert_eq!(is_superseded, [true, false]);
}

/// With a number above all others, a passkey that was superseded would take its place back from the one the site knows.
#[test]
fn of_two_with_one_number_the_superseded_one_stays_in_its_place() {
    const USERS: [&[u8]; 2] = [b"alice", b"bob"];
    for superseded in [0, 1] {
        let mut sim = lived_in();
        let header = sim.world.store.inner.kept(RecordKind::Header, RecordId::HEADER);
        let twins = USERS.map(|user| {
            alter(&mut sim, RecordKind::Header, RecordId::HEADER, Some(header.clone()));
            register(&mut sim, New::user(user));
            let kept = &sim.world.store.inner.records;
            let credentials = kept.iter().filter(|kept| kept.kind == RecordKind::Credential);
            // Of two with one number it is the second, which came last.
            credentials.max_by_key(|kept| kept.number).unwrap().id
        });
        register_again(&mut sim, USERS[superseded]);

        let found = audit(&mut sim).1;
        assert_eq!(found, [Finding::Misindexed { record: twins[1 - superseded] }, Finding::Mixed]);
        // Nor does it move when it is written again for another reason.
        manage(&mut sim.world, Manage::Rewrite(twins[superseded])).unwrap();
        assert_eq!(audit(&mut sim).1, found);
        manage(&mut sim.world, Manage::Rewrite(twins[1 - superseded])).unwrap();
        assert_eq!(audit(&mut sim).1, [Finding::Mixed]);
        let mut context = sim.world.context();
        let vault = context.vault().unwrap();
        let is_superseded = twins.map(|twin| {
            vault.by_record(twin, |entry| vault.is_superseded(entry.credential)).unwrap().unwrap().unwrap()
        });
        assert_eq!(is_superseded, [superseded == 0, superseded == 1]);
    }
}

/// The number of a record that does not open is anybody's: taken for true, it would leave none for the records to come.
#[test]
fn accepting_records_believes_no_number_of_one_that_does_not_open() {
    for kind in [RecordKind::Credential, RecordKind::Host, RecordKind::Settings] {
        let mut sim = lived_in();
        manage(&mut sim.world, Manage::SetPin("1234")).unwrap();
        let record = records(&mut sim, kind)[0];
        let last = Kept { number: u64::MAX >> 1, ..sim.world.store.inner.kept(kind, record) };
        alter(&mut sim, kind, record, Some(last));
        let gone = records(&mut sim, RecordKind::KeyIntent)[0];
        alter(&mut sim, RecordKind::KeyIntent, gone, None);
        manage(&mut sim.world, Manage::AcceptRecords).unwrap();
        manage(&mut sim.world, Manage::PutHost { record: RecordId([8; 16]), bytes: b"another" }).unwrap();
        let numbers =
            sim.world.store.inner.records.iter().filter(|kept| (kept.kind, kept.id) != (kind, record));
        assert!(numbers.map(|kept| kept.number).max() < Some(100), "{kind:?}");
    }
}

/// Nor does a host record that is written in its place.
#[test]
fn writing_a_host_record_believes_no_number_of_one_that_does_not_open() {
    let mut sim = lived_in();
    let record = RecordId([9; 16]);
    let kept = sim.world.store.inner.kept(RecordKind::Host, record);
    alter(&mut sim, RecordKind::Host, record, Some(Kept { number: u64::MAX >> 1, ..kept.clone() }));
    manage(&mut sim.world, Manage::PutHost { record, bytes: b"another" }).unwrap();
    let number = sim.world.store.inner.kept(RecordKind::Host, record).number;
    assert!(kept.number < number && number < 100, "{number}");
    assert_eq!(audit(&mut sim).1, []);
}

#[test]
fn a_record_that_was_taken_away_is_missed() {
    for kind in [RecordKind::Credential, RecordKind::Host, RecordKind::KeyIntent, RecordKind::KeyTombstone] {
        let mut sim = lived_in();
        let record = records(&mut sim, kind)[0];
        alter(&mut sim, kind, record, None);
        assert_eq!(audit(&mut sim).1, [Finding::Mixed], "{kind:?}");
        manage(&mut sim.world, Manage::AcceptRecords).unwrap();
        assert_eq!(audit(&mut sim).1, [], "{kind:?}");
    }
}

/// The store's own indexes are not sealed: a record they do not lead to is as good as gone for its site.
#[test]
fn a_credential_that_its_indexes_do_not_find_is_found_and_mended() {
    let wrong = Some(BlindKey([7; 16]));
    let changes: [fn(&mut Indexes, Option<BlindKey>); 3] = [
        |indexes, key| indexes.relying_party = key,
        |indexes, key| indexes.credential_id = key,
        |indexes, key| indexes.user = key,
    ];
    for change in changes {
        for key in [wrong, None] {
            let mut sim = lived_in();
            let record = records(&mut sim, RecordKind::Credential)[0];
            let mut kept = sim.world.store.inner.kept(RecordKind::Credential, record);
            change(&mut kept.indexes, key);
            alter(&mut sim, RecordKind::Credential, record, Some(kept));
            assert_eq!(audit(&mut sim).1, [Finding::Misindexed { record }]);

            manage(&mut sim.world, Manage::Rewrite(record)).unwrap();
            assert_eq!(audit(&mut sim).1, []);
            assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
        }
    }
}

#[test]
fn a_repair_that_has_nothing_to_mend_changes_nothing_of_meaning() {
    let mut sim = lived_in();
    let record = records(&mut sim, RecordKind::Credential)[0];
    manage(&mut sim.world, Manage::Rewrite(record)).unwrap();
    manage(&mut sim.world, Manage::AcceptRecords).unwrap();
    assert_eq!(audit(&mut sim).1, []);
    assert_eq!(manage(&mut sim.world, Manage::Rewrite(RecordId([0xEE; 16]))), Err(Error::NoSuchRecord));
}

/// Every commit of a long life keeps the sum right.
#[test]
fn the_sum_of_the_records_is_kept_up_by_every_command() {
    let mut sim = lived_in();
    let record = records(&mut sim, RecordKind::Credential)[0];
    register(&mut sim, New::user(b"one"));
    assert_eq!(audit(&mut sim).1, [], "overwriting");
    let other = records(&mut sim, RecordKind::Credential).into_iter().find(|other| *other != record).unwrap();
    manage(&mut sim.world, Manage::SetHostData(other, b"a label")).unwrap();
    manage(&mut sim.world, Manage::RemoveHost(RecordId([9; 16]))).unwrap();
    assert_eq!(audit(&mut sim).1, [], "the host's own");
    sim.clock.reboot();
    sim.clock.advance(std::time::Duration::from_secs(601));
    authenticator_host::blocking::sweep_keys(&mut sim.world, &mut sim.keys).unwrap();
    let (swept, findings) = audit(&mut sim);
    assert_eq!((findings, swept.key_intents, swept.key_tombstones), (vec![], 0, 0));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    assert_eq!(audit(&mut sim).1, [], "a hint");
    sim.clock.reboot();
    sim.power_cycle(std::time::Duration::ZERO);
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    let (reset, findings) = audit(&mut sim);
    assert_eq!((findings, reset.credentials, reset.generation), (vec![], 0, 2));
}

/// A passkey with a large blob of its own, and how a client asks for that.
fn with_large_blob() -> (TamperedSim, authenticator_testkit::request::Request, RecordId) {
    let large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    let profile = Profile { large_blobs, ..Profile::security_key([0; 16]) };
    let mut sim = Sim::over(profile, Altered::default(), 1).unwrap();
    let id = register(&mut sim, New::user(b"one")).credential_id.unwrap();
    let input = map([("write", bytes(b"blob")), ("originalSize", Value::from(4))]);
    let sign_in = get_assertion(SITE).list([id.as_slice()]);
    assert_eq!(sim.send(&sign_in.clone().extension("largeBlob", input)).status, 0x00);
    assert_eq!(audit(&mut sim).1, []);
    let record = records(&mut sim, RecordKind::LargeBlob)[0];
    assert_eq!(records(&mut sim, RecordKind::Credential), [record], "it has its credential's name");
    (sim, sign_in.extension("largeBlob", map([("read", true)])), record)
}

/// Covers: LBX-03
#[test]
fn a_large_blob_that_was_changed_reads_as_none_and_can_be_discarded() {
    let (mut sim, reading, record) = with_large_blob();
    let mut kept = sim.world.store.inner.kept(RecordKind::LargeBlob, record);
    *kept.body.last_mut().unwrap() ^= 1;
    alter(&mut sim, RecordKind::LargeBlob, record, Some(kept));
    let reply = sim.send(&reading);
    assert_eq!((reply.status, reply.member(0x08)), (0x00, None));
    assert_eq!(audit(&mut sim).1, [Finding::Unreadable { kind: RecordKind::LargeBlob, record }]);
    manage(&mut sim.world, Manage::Discard(RecordKind::LargeBlob, record)).unwrap();
    assert_eq!(audit(&mut sim).1, []);
}

#[test]
fn a_large_blob_that_can_be_read_is_not_discarded() {
    let (mut sim, reading, record) = with_large_blob();
    let discard = Manage::Discard(RecordKind::LargeBlob, record);
    assert_eq!(manage(&mut sim.world, discard), Err(Error::RecordChanged));
    assert!(sim.send(&reading).member(0x08).is_some());
}

/// Only who is at the records can part the two: nobody could read the blob, and no command would remove it.
#[test]
fn a_large_blob_whose_credential_was_taken_away_is_found_and_can_be_discarded() {
    let (mut sim, _, record) = with_large_blob();
    alter(&mut sim, RecordKind::Credential, record, None);
    let stray = Finding::Unreadable { kind: RecordKind::LargeBlob, record };
    assert_eq!(audit(&mut sim).1, [stray, Finding::Mixed]);
    manage(&mut sim.world, Manage::AcceptRecords).unwrap();
    assert_eq!(audit(&mut sim).1, [stray]);
    manage(&mut sim.world, Manage::Discard(RecordKind::LargeBlob, record)).unwrap();
    assert_eq!(audit(&mut sim).1, []);
}

#[test]
fn a_credential_that_is_discarded_takes_its_large_blob_along() {
    let (mut sim, _, record) = with_large_blob();
    let mut kept = sim.world.store.inner.kept(RecordKind::Credential, record);
    *kept.body.last_mut().unwrap() ^= 1;
    alter(&mut sim, RecordKind::Credential, record, Some(kept));
    assert_eq!(audit(&mut sim).1, [Finding::Unreadable { kind: RecordKind::Credential, record }]);
    manage(&mut sim.world, Manage::Discard(RecordKind::Credential, record)).unwrap();
    let (counts, findings) = audit(&mut sim);
    assert_eq!((findings, counts.credentials, counts.large_blobs), (vec![], 0, 0));
}
