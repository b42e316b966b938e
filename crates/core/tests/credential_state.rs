//! What becomes of a credential: confirmed, hidden, superseded, without its key.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod sign_in;

use authenticator_core::credential::CredentialState;
use authenticator_core::key::{Backend, KeyError};
use authenticator_core::store::{AccountMark, Listed, Lookup, RecordId};
use authenticator_core::{Command, Error, MakeCredential, Manage, Profile, Replacement, decode};
use authenticator_host::HashMapStore;
use authenticator_host::blocking::{Swept, manage, sweep_keys};
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::request::{get_assertion, make_credential};
use authenticator_testkit::{Mood, Sim, with_keystore};
use sign_in::{New, SITE, id, register};
use std::ops::ControlFlow;

fn security_key() -> Sim {
    Sim::new(Profile::security_key([0; 16]))
}

fn keystore_sim() -> Sim {
    Sim::new(with_keystore(Profile::security_key([0; 16])))
}

/// Record and state of each credential, newest first.
fn states(sim: &mut Sim) -> Vec<(RecordId, CredentialState)> {
    let mut states = Vec::new();
    let mut context = sim.world.context();
    let flow = context.vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("an unreadable record") };
        states.push((entry.record, entry.credential.state));
        ControlFlow::Continue(())
    });
    flow.map(drop).unwrap();
    states
}

fn supersede(sim: &mut Sim, user: &[u8]) {
    let bytes = make_credential(SITE, user).option("rk", true).encode();
    let Ok(Command::MakeCredential(request)) = decode(&bytes, 1200) else { panic!("a registration") };
    let request = MakeCredential { replacement: Replacement::Supersede, ..request };
    assert!(sim.run(Command::MakeCredential(request)).result.is_ok());
}

fn set(sim: &mut Sim, record: RecordId, state: CredentialState) {
    manage(&mut sim.world, Manage::SetState(record, state)).unwrap();
}

#[test]
fn s39_unconfirmed_is_noted_and_changes_no_answer() {
    let mut sim = security_key();
    let credential = register(&mut sim, New::user(b"user"));
    let record = states(&mut sim)[0].0;
    set(&mut sim, record, CredentialState::Unconfirmed);
    assert_eq!(states(&mut sim), [(record, CredentialState::Unconfirmed)]);
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    assert_eq!(sim.send(&make_credential(SITE, b"else").list([id(&credential)])).status, 0x19);
    manage(&mut sim.world, Manage::Confirm(record)).unwrap();
    assert_eq!(states(&mut sim), [(record, CredentialState::Active)]);
}

/// S-36: deleted on the server, still on the phone. Absent from every answer alike, and back when it is shown again.
#[test]
fn s36_a_hidden_passkey_is_absent_from_every_answer() {
    let mut sim = security_key();
    let credential = register(&mut sim, New::user(b"user"));
    let record = states(&mut sim)[0].0;
    let answers = |sim: &mut Sim| {
        [
            sim.send(&get_assertion(SITE)).status,
            sim.send(&get_assertion(SITE).option("up", false)).status,
            sim.send(&get_assertion(SITE).list([id(&credential)])).status,
            sim.send(&make_credential(SITE, b"else").option("rk", false).list([id(&credential)])).status,
        ]
    };
    assert_eq!(answers(&mut sim), [0x00, 0x00, 0x00, 0x19]);
    set(&mut sim, record, CredentialState::Hidden);
    assert_eq!(answers(&mut sim), [0x2E, 0x2E, 0x2E, 0x00]);
    set(&mut sim, record, CredentialState::Active);
    assert_eq!(answers(&mut sim), [0x00, 0x00, 0x00, 0x19]);
}

/// Only where nothing was replaced at once is there something to wait for.
#[test]
fn s38_a_passkey_that_supersedes_is_unconfirmed_and_one_that_overwrites_is_not() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    supersede(&mut sim, b"first of its account");
    let states_of = |sim: &mut Sim| states(sim).into_iter().map(|(_, state)| state).collect::<Vec<_>>();
    let (active, unconfirmed) = (CredentialState::Active, CredentialState::Unconfirmed);
    assert_eq!(states_of(&mut sim), [unconfirmed, unconfirmed, active]);
    register(&mut sim, New::user(b"user"));
    assert_eq!(states_of(&mut sim), [active, unconfirmed]);
}

#[test]
fn s38_accepting_a_passkey_ends_the_doubt_and_deletes_nothing() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let [newest, oldest] = [0, 1].map(|place| states(&mut sim)[place].0);
    let accept = |sim: &mut Sim, record| manage(&mut sim.world, Manage::Accept(record));
    let active = CredentialState::Active;
    assert_eq!(accept(&mut sim, newest), Ok(()));
    assert_eq!(states(&mut sim), [(newest, active), (oldest, active)]);
    // What has been learnt of it otherwise stands.
    for state in [active, CredentialState::Hidden, CredentialState::KeyInvalidated] {
        set(&mut sim, newest, state);
        assert_eq!(accept(&mut sim, newest), Err(Error::RecordChanged), "{state:?}");
        assert_eq!(states(&mut sim)[0], (newest, state));
    }
    manage(&mut sim.world, Manage::Delete(newest)).unwrap();
    assert_eq!(accept(&mut sim, newest), Err(Error::NoSuchRecord));
}

#[test]
fn s38_what_is_deleted_as_unconfirmed_still_is_when_it_goes() {
    let mut sim = keystore_sim();
    supersede(&mut sim, b"user");
    supersede(&mut sim, b"user");
    let [newest, oldest] = [0, 1].map(|place| states(&mut sim)[place].0);
    let delete = |sim: &mut Sim, record| manage(&mut sim.world, Manage::DeleteUnconfirmed(record));
    for state in [CredentialState::Active, CredentialState::Hidden] {
        set(&mut sim, newest, state);
        assert_eq!(delete(&mut sim, newest), Err(Error::RecordChanged), "{state:?}");
    }
    set(&mut sim, newest, CredentialState::Unconfirmed);
    assert_eq!(delete(&mut sim, newest), Ok(()));
    assert_eq!(delete(&mut sim, newest), Err(Error::NoSuchRecord));
    assert_eq!(states(&mut sim), [(oldest, CredentialState::Unconfirmed)], "the older one is left");
    assert_eq!(sweep_keys(&mut sim.world, &mut sim.keys), Ok(Swept { destroyed: 1, left: 0 }));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
}

#[test]
fn s38_confirming_the_new_passkey_deletes_the_ones_it_superseded() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"other"));
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    supersede(&mut sim, b"user");
    let all = states(&mut sim);
    assert_eq!(all.len(), 4);
    manage(&mut sim.world, Manage::Confirm(all[0].0)).unwrap();
    let left: Vec<_> = states(&mut sim).into_iter().map(|(record, _)| record).collect();
    assert_eq!(left, [all[0].0, all[3].0]);
    assert_eq!(manage(&mut sim.world, Manage::Confirm(all[1].0)), Err(Error::NoSuchRecord));
}

fn account_mark(sim: &mut Sim, record: RecordId) -> AccountMark {
    let mut context = sim.world.context();
    let vault = context.vault().unwrap();
    vault.by_record(record, |entry| vault.account_mark(entry.credential)).unwrap().unwrap().unwrap()
}

/// What becomes of the newest and of the oldest passkey of an account after the look.
type Meddling = fn(&mut Sim, [RecordId; 2]);

/// What was judged by a look at the account is done while the account is as it was, and not otherwise.
#[test]
fn s38_confirming_what_was_seen_does_nothing_where_the_account_has_changed() {
    let changes: [(&str, Meddling); 6] = [
        ("the new one is hidden", |sim, [newest, _]| set(sim, newest, CredentialState::Hidden)),
        ("it is accepted", |sim, [newest, _]| manage(&mut sim.world, Manage::Accept(newest)).unwrap()),
        ("the older one is hidden", |sim, [_, oldest]| set(sim, oldest, CredentialState::Hidden)),
        ("the older one is gone", |sim, [_, oldest]| {
            manage(&mut sim.world, Manage::Delete(oldest)).unwrap();
        }),
        ("the older one was written", |sim, [_, oldest]| {
            manage(&mut sim.world, Manage::SetHostData(oldest, b"x")).unwrap();
        }),
        ("there is a newer one", |sim, _| supersede(sim, b"user")),
    ];
    for (name, change) in changes {
        let mut sim = security_key();
        register(&mut sim, New::user(b"user"));
        supersede(&mut sim, b"user");
        let records = [0, 1].map(|place| states(&mut sim)[place].0);
        let seen = account_mark(&mut sim, records[0]);
        change(&mut sim, records);
        let dump = sim.world.store.inner.clone();
        let result = manage(&mut sim.world, Manage::ConfirmSeen(records[0], seen));
        assert_eq!(result, Err(Error::RecordChanged), "{name}");
        assert_eq!(sim.world.store.inner.last_commit(), dump.last_commit(), "{name}");
    }
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let newest = states(&mut sim)[0].0;
    let seen = account_mark(&mut sim, newest);
    supersede(&mut sim, b"another");
    assert_eq!(format!("{seen:?}"), "AccountMark { .. }");
    assert_eq!(manage(&mut sim.world, Manage::ConfirmSeen(newest, seen)), Ok(()));
    assert_eq!(states(&mut sim)[1..], [(newest, CredentialState::Active)]);
}

/// One that cannot be used is in no place to take another's, however the look at it came out.
#[test]
fn s38_confirming_what_was_seen_does_not_bring_a_hidden_passkey_back() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let newest = states(&mut sim)[0].0;
    set(&mut sim, newest, CredentialState::Hidden);
    let seen = account_mark(&mut sim, newest);
    assert_eq!(manage(&mut sim.world, Manage::ConfirmSeen(newest, seen)), Err(Error::RecordChanged));
    assert_eq!((states(&mut sim).len(), states(&mut sim)[0].1), (2, CredentialState::Hidden));
}

/// The older one is confirmed: the newer one may be the site's next, and stays.
#[test]
fn s38_confirming_an_older_passkey_deletes_nothing_newer() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let all = states(&mut sim);
    manage(&mut sim.world, Manage::Confirm(all[1].0)).unwrap();
    assert_eq!(states(&mut sim).len(), 2);
}

#[test]
fn s38_confirming_destroys_the_keys_of_what_it_deletes() {
    let mut sim = keystore_sim();
    for _ in 0..6 {
        supersede(&mut sim, b"user");
    }
    let newest = states(&mut sim)[0].0;
    // Three keys at a time: a change set has no room for more tombstones.
    for (left, destroyed) in [(3, 3), (1, 2), (1, 0)] {
        manage(&mut sim.world, Manage::Confirm(newest)).unwrap();
        assert_eq!(states(&mut sim).len(), left);
        assert_eq!(sweep_keys(&mut sim.world, &mut sim.keys), Ok(Swept { destroyed, left: 0 }));
        assert_eq!(sim.keys.keystore.aliases().len(), left);
    }
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
}

/// Without the key backend credentials are listed, never offered, and still deletable; with it they are back.
#[test]
fn without_the_key_backend_credentials_are_never_offered_and_still_deletable() {
    let mut sim = keystore_sim();
    let credential = register(&mut sim, New::user(b"user"));
    let keystore = sim.keys.keystore.clone();
    let over = |store: HashMapStore, profile: Profile, seed| {
        let mut sim = Sim::over(profile, store, seed).unwrap();
        sim.keys.keystore = keystore.clone();
        sim
    };
    let without = Profile::security_key([0; 16]);
    let mut bare = over(sim.world.store.inner.clone(), without.clone(), 2);
    let named = get_assertion(SITE).list([id(&credential)]);
    assert_eq!([bare.send(&get_assertion(SITE)).status, bare.send(&named).status], [0x2E, 0x2E]);
    let (record, state) = states(&mut bare)[0];
    assert_eq!(state, CredentialState::Active, "nothing was written");
    let mut context = bare.world.context();
    let vault = context.vault().unwrap();
    assert_eq!(vault.by_record(record, |entry| vault.lacks_key(entry.credential)), Ok(Some(true)));
    // A new one can be made beside it: it is not excluded by a passkey that cannot be used, nor does it stand in its way.
    assert_eq!(
        bare.send(&make_credential(SITE, b"user").option("rk", true).list([id(&credential)])).status,
        0x00
    );

    let mut back = over(sim.world.store.inner.clone(), with_keystore(without.clone()), 3);
    assert_eq!(back.send(&named).status, 0x00);
    let other_backend = Profile {
        keys: authenticator_core::key::KeyCapabilities {
            backend: Backend(2),
            ..with_keystore(without.clone()).keys
        },
        ..without.clone()
    };
    assert_eq!(over(sim.world.store.inner.clone(), other_backend, 4).send(&named).status, 0x2E);

    let mut bare = over(sim.world.store.inner.clone(), without.clone(), 5);
    manage(&mut bare.world, Manage::Delete(record)).unwrap();
    assert!(states(&mut bare).is_empty());
    assert_eq!(keystore.aliases().len(), 1);
    // Its key is not forgotten: the backend destroys it when it is there again.
    let mut back = over(bare.world.store.inner.clone(), with_keystore(without), 6);
    assert_eq!(sweep_keys(&mut back.world, &mut back.keys), Ok(Swept { destroyed: 1, left: 0 }));
    assert!(keystore.aliases().is_empty());
}

/// A passkey whose key is missing does not supersede the one that works.
#[test]
fn s38_only_a_passkey_that_can_be_used_supersedes_another() {
    let mut sim = security_key();
    let old = register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let newest = states(&mut sim)[0].0;
    for state in [CredentialState::Hidden, CredentialState::KeyInvalidated] {
        set(&mut sim, newest, state);
        let reply = sim.send(&get_assertion(SITE));
        assert_eq!((reply.status, reply.credential_id()), (0x00, old.credential_id.clone()), "{state:?}");
    }
}

#[test]
fn an_invalidated_key_is_noted_after_the_reply_and_never_offered_again() {
    let mut sim = keystore_sim();
    register(&mut sim, New::user(b"one"));
    register(&mut sim, New::user(b"two"));
    let [newest, oldest] = [0, 1].map(|place| states(&mut sim)[place].0);
    sim.keys.will(Mood::Fails(KeyError::Invalidated));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x2E);
    assert_eq!(
        states(&mut sim),
        [(newest, CredentialState::KeyInvalidated), (oldest, CredentialState::Active)]
    );
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!((reply.status, reply.member(0x05)), (0x00, None), "one is left");
    // Nothing that the host learns of its site brings the key back.
    let gone = Err(Error::Key(KeyError::Invalidated));
    assert_eq!(manage(&mut sim.world, Manage::SetState(newest, CredentialState::Active)), gone);
    assert_eq!(manage(&mut sim.world, Manage::Confirm(newest)), gone);
    manage(&mut sim.world, Manage::Delete(newest)).unwrap();
    assert_eq!(states(&mut sim).len(), 1);
}

#[test]
fn s38_what_is_deleted_as_superseded_still_is_when_it_goes() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    supersede(&mut sim, b"user");
    let [newest, oldest] = [0, 1].map(|place| states(&mut sim)[place].0);
    let delete = |sim: &mut Sim, record| manage(&mut sim.world, Manage::DeleteSuperseded(record));
    assert_eq!(delete(&mut sim, newest), Err(Error::RecordChanged));
    assert_eq!(delete(&mut sim, oldest), Err(Error::RecordChanged), "the newer one is in doubt");
    set(&mut sim, newest, CredentialState::Hidden);
    assert_eq!(delete(&mut sim, oldest), Err(Error::RecordChanged), "it is the account's only one in use");
    set(&mut sim, newest, CredentialState::Active);
    assert_eq!(delete(&mut sim, oldest), Ok(()));
    assert_eq!(delete(&mut sim, oldest), Err(Error::NoSuchRecord));
    assert_eq!(states(&mut sim).len(), 1);
}

/// Whoever is first: of the newest in doubt and the one before, the account keeps one.
#[test]
fn s38_the_newest_in_doubt_and_the_one_before_do_not_both_go() {
    for newest_first in [false, true] {
        let mut sim = security_key();
        register(&mut sim, New::user(b"user"));
        supersede(&mut sim, b"user");
        let [newest, oldest] = [0, 1].map(|place| states(&mut sim)[place].0);
        let mut deletions = [Manage::DeleteSuperseded(oldest), Manage::DeleteUnconfirmed(newest)];
        if newest_first {
            deletions.reverse();
        }
        let results = deletions.map(|deletion| manage(&mut sim.world, deletion));
        let mut expected = [Err(Error::RecordChanged), Ok(())];
        if newest_first {
            expected.reverse();
        }
        assert_eq!(results, expected);
        assert_eq!(states(&mut sim), [(oldest, CredentialState::Active)]);
        assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    }
}

/// A record as long as any, and handles as long as any: not all tombstones fit beside it, and fewer go at a time.
#[test]
fn s38_a_long_passkey_with_long_handles_is_confirmed_all_the_same() {
    let mut sim = keystore_sim();
    sim.keys.keystore.pad_handles(96);
    let site = "s".repeat(253);
    let long = make_credential(&site, &[7; 64])
        .with(0x03, map([("id", bytes(&[7; 64])), ("name", Value::from("n".repeat(64)))]))
        .option("rk", true);
    for _ in 0..4 {
        let bytes = long.encode();
        let Ok(Command::MakeCredential(request)) = decode(&bytes, 1200) else { panic!("a registration") };
        let request = MakeCredential { replacement: Replacement::Supersede, ..request };
        assert!(sim.run(Command::MakeCredential(request)).result.is_ok());
    }
    let newest = states(&mut sim)[0].0;
    manage(&mut sim.world, Manage::SetHostData(newest, &[1; 512])).unwrap();
    let mut left = 4;
    while left > 1 {
        manage(&mut sim.world, Manage::Confirm(newest)).unwrap();
        let now = states(&mut sim).len();
        assert!(now < left, "{now} are left");
        left = now;
    }
}

/// With another device key nothing can be read, and nothing is offered; the owner may start over.
#[test]
fn with_another_device_key_the_store_is_refused_and_can_be_started_over() {
    use authenticator_core::store::{Lookup, Query, RecordKind, Store, StoreError};
    use authenticator_core::{Authenticator, DeviceKey, Opened};
    use authenticator_testkit::{FaultStore, SeededRng};
    let mut sim = security_key();
    register(&mut sim, New::user(b"user"));
    let mut store = sim.world.store.inner.clone();
    let stranger = Authenticator::new(Profile::security_key([0; 16]), &DeviceKey::new([0xEE; 32])).unwrap();
    let open = |store: &HashMapStore| stranger.open(store, &mut SeededRng::new(8));
    assert_eq!(open(&store).err(), Some(Error::StoreUnreadable));

    let own =
        Authenticator::new(Profile::security_key([0; 16]), &authenticator_testkit::device_key()).unwrap();
    let refused = own.start_over(&store, &mut SeededRng::new(9)).err();
    assert_eq!(refused, Some(Error::StoreReadable), "its own key has reset for that");
    let mut faulty = FaultStore::new(store.clone());
    faulty.fail_read(0);
    let refused = own.start_over(&faulty, &mut SeededRng::new(9)).err();
    assert_eq!(refused, Some(Error::Store(StoreError::Failed)), "it may be its own key's");
    let changes = stranger.start_over(&store, &mut SeededRng::new(9)).unwrap();
    let mut changed_meanwhile = store.clone();
    store.commit(&changes).unwrap();
    assert!(matches!(open(&store), Ok(Opened::Ready)));
    let flow = store
        .read(&Query::Kind { kind: RecordKind::Credential, before: None }, &mut |_| ControlFlow::Break(()));
    assert_eq!(flow, Ok(ControlFlow::Continue(())), "nothing is left");

    // Whoever has the other key and commits first keeps everything.
    std::mem::swap(&mut sim.world.store.inner, &mut changed_meanwhile);
    register(&mut sim, New::user(b"more"));
    let failed = sim.world.store.inner.commit(&changes);
    assert_eq!(failed, Err(authenticator_core::store::CommitError::Conflict));
    assert_eq!(states(&mut sim).len(), 2);
}
