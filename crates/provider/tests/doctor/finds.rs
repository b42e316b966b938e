//! What is found, and that looking changes nothing.

use crate::scene::{
    HANDLE, diagnoses, ills, patient, patient_with_keystore, register, register_unconfirmed, signs_in,
    troubles, very_ill,
};
use authenticator_core::store::StoreError;
use authenticator_core::{Error as CoreError, Now};
use authenticator_host::Clock;
use authenticator_provider::{Ceremony, Error, Severity, Trouble, doctor};
use authenticator_testkit::request;
use authenticator_webauthn::{Caller, ClientDataSource, Origin};
use std::time::Duration;

#[test]
fn a_store_that_nobody_touched_is_healthy() {
    let mut sim = patient();
    register(&mut sim, "one.example");
    register(&mut sim, "two.example");
    let report = doctor(&mut sim.world).unwrap();
    assert_eq!((report.diagnoses.as_slice(), report.is_healthy()), ([].as_slice(), true));
    assert_eq!((report.checked.credentials, report.checked.generation), (2, 1));
}

/// One store with all there is to find: each is found once, and nothing else.
#[test]
fn everything_there_is_to_find_is_found_once() {
    let mut sim = very_ill();
    let mut found = troubles(&mut sim);
    let all: Vec<Trouble> = ills().collect();
    found.sort_by_key(|what| Trouble::ALL.iter().position(|known| known == what));
    assert_eq!(found, all);
    assert!(!doctor(&mut sim.world).unwrap().is_healthy());
}

#[test]
fn looking_changes_nothing() {
    let mut sim = very_ill();
    let (before, commits) = (sim.world.store.inner.dump(), sim.world.store.commits());
    for _ in 0..3 {
        doctor(&mut sim.world).unwrap();
    }
    assert_eq!((sim.world.store.inner.dump(), sim.world.store.commits()), (before, commits));
}

/// A notice is no illness: an account with two passkeys is as it should be.
#[test]
fn a_superseded_passkey_is_noticed_and_no_illness() {
    let mut sim = patient();
    let earlier = register(&mut sim, "twice.example");
    register(&mut sim, "twice.example");
    let report = doctor(&mut sim.world).unwrap();
    assert!(report.is_healthy());
    let [diagnosis] = report.diagnoses.as_slice() else { panic!("{report:?}") };
    assert_eq!((diagnosis.what, diagnosis.record), (Trouble::SupersededPasskey, Some(earlier)));
    assert_eq!(diagnosis.severity(), Severity::Notice);
}

/// One that is new is as it should be, and one that its site has not kept looks the same from here.
#[test]
fn s38_an_unconfirmed_passkey_is_noticed_and_no_illness() {
    let mut sim = patient();
    let earlier = register_unconfirmed(&mut sim, "twice.example");
    let newer = register_unconfirmed(&mut sim, "twice.example");
    let report = doctor(&mut sim.world).unwrap();
    assert!(report.is_healthy());
    let found: Vec<_> = report.diagnoses.iter().map(|found| (found.what, found.record.unwrap())).collect();
    assert_eq!(found, [(Trouble::UnconfirmedPasskey, newer), (Trouble::SupersededPasskey, earlier)]);
    assert!(report.diagnoses.iter().all(|found| found.severity() == Severity::Notice));
}

/// A passkey that only its site names stays in use beside a newer one that the person can pick.
#[test]
fn a_passkey_that_is_named_anyway_is_not_superseded() {
    let mut sim = patient_with_keystore();
    let named = request::make_credential("both.example", HANDLE).option("uv", true);
    assert_eq!(sim.send(&named).status, 0x00);
    register(&mut sim, "both.example");
    assert_eq!(doctor(&mut sim.world).unwrap().checked.credentials, 3);
    assert!(!troubles(&mut sim).contains(&Trouble::SupersededPasskey));
}

/// A registration under way is no leftover, nor is one that another process began, until its time is over.
#[test]
fn a_key_is_abandoned_when_its_time_is_over_in_any_boot() {
    let mut sim = patient_with_keystore();
    assert_eq!(troubles(&mut sim), [Trouble::UnusedKey]);
    sim.clock.advance(Duration::from_secs(601));
    assert_eq!(troubles(&mut sim), [Trouble::AbandonedKey, Trouble::UnusedKey]);
    let mut sim = patient_with_keystore();
    sim.clock.reboot();
    assert_eq!(troubles(&mut sim), [Trouble::UnusedKey]);
    sim.clock.advance(Duration::from_secs(601));
    assert_eq!(troubles(&mut sim), [Trouble::AbandonedKey, Trouble::UnusedKey]);
}

#[test]
fn a_saved_ceremony_is_a_leftover_once_its_time_is_over() {
    let mut sim = patient();
    let origin = Origin::parse("https://one.example").unwrap();
    let caller = Caller::Web { origin, top_origin: None, cross_origin: false };
    let options = r#"{"rpId": "one.example", "challenge": "AAECAwQFBgcICQoLDA0ODw"}"#;
    register(&mut sim, "one.example");
    let mut ceremony = Ceremony::get(&mut sim.world, options, caller, ClientDataSource::Build).unwrap();
    ceremony.save(&mut sim.world).unwrap();
    assert_eq!(troubles(&mut sim), []);

    sim.clock.advance(ceremony.timeout() + Duration::from_secs(1));
    assert_eq!(troubles(&mut sim), [Trouble::ExpiredCeremony]);
    // Without a date nobody can say so.
    sim.clock.set(Now { unix: None, ..sim.clock.now() });
    assert_eq!(troubles(&mut sim), []);
}

/// What another process commits while the doctor reads would look like a mix of records.
#[test]
fn the_doctor_looks_again_when_others_commit_meanwhile() {
    let mut sim = patient();
    register(&mut sim, "one.example");
    sim.world.store.inner.commits_of_others.set(3);
    assert_eq!(diagnoses(&mut sim), []);
    assert_eq!(sim.world.store.inner.commits_of_others.get(), 0);

    sim.world.store.inner.commits_of_others.set(u8::MAX);
    assert_eq!(doctor(&mut sim.world), Err(Error::Core(CoreError::Store(StoreError::Busy))));
}

#[test]
fn a_store_that_cannot_be_read_is_an_error_wherever_it_fails() {
    let mut sim = very_ill();
    let before = sim.world.store.reads();
    let report = doctor(&mut sim.world);
    let reads = sim.world.store.reads() - before;
    for place in 0..reads {
        sim.world.store.fail_read(place);
        let failed = doctor(&mut sim.world);
        assert_eq!(failed, Err(Error::Core(CoreError::Store(StoreError::Failed))), "read {place} of {reads}");
    }
    assert_eq!(doctor(&mut sim.world), report);
    assert!(signs_in(&mut sim, "well.example"));
}
