//! Repairs: each mends its finding and nothing else.

use crate::scene::{
    MISINDEXED, WELL, diagnoses, ills, newest, patient, patient_with_keystore, phone, register,
    register_unconfirmed, signs_in, troubles, very_ill,
};
use authenticator_core::credential::CredentialState;
use authenticator_core::key::KeyError;
use authenticator_core::store::{CommitError, RecordId, RecordKind};
use authenticator_core::{Error as CoreError, Manage};
use authenticator_host::SoftwareKeys;
use authenticator_host::blocking::manage;
use authenticator_provider::{Diagnosis, Error, Repair, Trouble};
use authenticator_testkit::{Fault, Mood, Sim};
use std::time::Duration;

/// What a repair leaves to be done by another: the key of what was given up is to be destroyed where it is.
const fn leaves(what: Trouble) -> Option<Trouble> {
    match what {
        Trouble::MissingKey | Trouble::AbandonedKey => Some(Trouble::UnusedKey),
        _ => None,
    }
}

#[test]
fn each_repair_mends_its_finding_and_leaves_the_others() {
    for what in ills() {
        let mut sim = very_ill();
        let before = diagnoses(&mut sim);
        let mended = *before.iter().find(|diagnosis| diagnosis.what == what).unwrap();
        let repair = mended.repair.unwrap();
        repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();

        let after = diagnoses(&mut sim);
        let (kept, new): (Vec<Diagnosis>, Vec<Diagnosis>) =
            after.iter().copied().partition(|diagnosis| before.contains(diagnosis));
        assert_eq!(kept.len(), before.len() - 1, "{what:?}: {after:?}");
        assert!(!after.contains(&mended), "{what:?}");
        let new: Vec<Trouble> = new.into_iter().map(|diagnosis| diagnosis.what).collect();
        assert_eq!(new, leaves(what).into_iter().collect::<Vec<_>>(), "{what:?}");

        for site in WELL.into_iter().chain([MISINDEXED]) {
            assert!(signs_in(&mut sim, site), "{site} after {what:?}");
        }
    }
}

#[test]
fn a_repair_done_again_changes_nothing() {
    for what in ills() {
        let mut sim = very_ill();
        let found = diagnoses(&mut sim);
        let repair = found.iter().find(|diagnosis| diagnosis.what == what).unwrap().repair.unwrap();
        let commits = sim.world.store.commits();
        repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
        assert_eq!(sim.world.store.commits(), commits + 1, "{what:?} is one commit");
        let dump = sim.world.store.inner.dump();
        repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
        assert_eq!(sim.world.store.inner.dump(), dump, "{what:?}");
    }
}

/// Whatever becomes of the commit: the finding is there or it is mended, and done again the repair is done.
#[test]
fn a_repair_whose_commit_fails_has_mended_or_changed_nothing() {
    for what in ills() {
        for fault in Fault::ALL {
            let mut sim = very_ill();
            let before = (diagnoses(&mut sim), sim.world.store.inner.dump());
            let mended = *before.0.iter().find(|diagnosis| diagnosis.what == what).unwrap();
            let repair = mended.repair.unwrap();
            sim.world.store.fail_commit(0, fault);
            let result = repair.apply(&mut sim.world, &mut SoftwareKeys);
            let after = (diagnoses(&mut sim), sim.world.store.inner.dump());
            match result {
                Ok(()) => assert!(!after.0.contains(&mended), "{what:?} {fault:?}"),
                Err(_) => assert_eq!(after, before, "{what:?} {fault:?}"),
            }
            repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
            assert!(!diagnoses(&mut sim).contains(&mended), "{what:?} {fault:?}");
        }
    }
}

#[test]
fn all_repairs_together_leave_a_healthy_store() {
    let mut sim = very_ill();
    while let Some(repair) = diagnoses(&mut sim).first().and_then(|diagnosis| diagnosis.repair) {
        repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    }
    assert_eq!(troubles(&mut sim), []);
    for site in WELL.into_iter().chain([MISINDEXED]) {
        assert!(signs_in(&mut sim, site), "{site}");
    }
}

#[test]
fn a_repair_that_was_not_found_to_be_needed_does_nothing() {
    let mut sim = patient();
    let record = register(&mut sim, "one.example");
    manage(&mut sim.world, Manage::PutHost { record: RecordId([1; 16]), bytes: b"a linked device" }).unwrap();
    let dump = sim.world.store.inner.dump();
    for repair in [
        Repair::Discard(RecordKind::Credential, record),
        Repair::Rewrite(record),
        Repair::AcceptRecords,
        Repair::DeletePasskey(record, Trouble::HiddenPasskey),
        Repair::ForgetNotes(record),
        Repair::RemoveHostRecord(RecordId([1; 16])),
        Repair::GiveUpKey(record),
        Repair::DestroyKey(record),
        Repair::ForgetKey(record),
        Repair::DeletePasskey(RecordId([0xEE; 16]), Trouble::HiddenPasskey),
    ] {
        repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
        assert_eq!(sim.world.store.inner.dump(), dump, "{repair:?}");
    }
}

/// Found superseded, the passkey is the account's only one by the time it is to be deleted.
#[test]
fn a_passkey_that_is_in_use_again_is_not_deleted() {
    let mut sim = patient();
    register(&mut sim, "twice.example");
    let newer = register(&mut sim, "twice.example");
    let repair = diagnoses(&mut sim)[0].repair.unwrap();
    manage(&mut sim.world, Manage::Delete(newer)).unwrap();
    repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    assert!(signs_in(&mut sim, "twice.example"));
}

/// Found in doubt, the passkey is known to be good by the time it is to be deleted.
#[test]
fn s38_a_passkey_that_is_in_doubt_no_more_is_not_deleted() {
    let mut sim = patient();
    let record = register_unconfirmed(&mut sim, "one.example");
    let repair = diagnoses(&mut sim)[0].repair.unwrap();
    manage(&mut sim.world, Manage::Accept(record)).unwrap();
    repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    assert!(signs_in(&mut sim, "one.example"));
}

/// Superseded when it was to be deleted, the passkey is the one in use by then, and in doubt: another finding.
#[test]
fn s38_what_was_found_superseded_is_not_deleted_as_unconfirmed() {
    let mut sim = patient();
    let earlier = register_unconfirmed(&mut sim, "twice.example");
    let newer = register(&mut sim, "twice.example");
    let repair = diagnoses(&mut sim)[0].repair.unwrap();
    manage(&mut sim.world, Manage::SetState(newer, CredentialState::Hidden)).unwrap();
    repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    let found: Vec<_> = diagnoses(&mut sim).iter().map(|found| (found.what, found.record)).collect();
    assert_eq!(found, [(Trouble::HiddenPasskey, Some(newer)), (Trouble::UnconfirmedPasskey, Some(earlier))]);
    assert!(signs_in(&mut sim, "twice.example"));
}

/// Given up for want of its key, the passkey has it back by then.
#[test]
fn s38_what_was_found_without_its_key_is_not_deleted_as_unconfirmed() {
    let mut sim = patient_with_keystore();
    let record = register_unconfirmed(&mut sim, "one.example");
    let mut elsewhere = Sim::over(phone(), sim.world.store.inner.clone(), 3).unwrap();
    let found = diagnoses(&mut elsewhere);
    let missing = found.iter().find(|found| found.record == Some(record)).unwrap();
    assert_eq!(missing.what, Trouble::MissingKey);
    missing.repair.unwrap().apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    assert!(signs_in(&mut sim, "one.example"));
}

/// One and the other of an account, in either order, and whenever that was proposed: the account keeps one.
#[test]
fn s38_what_is_unconfirmed_and_what_it_superseded_are_not_both_deleted() {
    for unconfirmed_first in [false, true] {
        let mut sim = patient();
        let earlier = register(&mut sim, "twice.example");
        let newer = register(&mut sim, "twice.example");
        let superseded = diagnoses(&mut sim)[0].repair.unwrap();
        manage(&mut sim.world, Manage::SetState(newer, CredentialState::Unconfirmed)).unwrap();
        let found = diagnoses(&mut sim);
        assert_eq!(found.len(), 2);
        let unconfirmed = found[0].repair.unwrap();
        let mut order = [superseded, unconfirmed];
        if unconfirmed_first {
            order.reverse();
        }
        for repair in order {
            repair.apply(&mut sim.world, &mut SoftwareKeys).unwrap();
        }
        assert_eq!(newest(&sim, RecordKind::Credential), earlier);
        assert!(signs_in(&mut sim, "twice.example"));
    }
}

/// The older one goes when the newer one is in no doubt any more, and not before.
#[test]
fn s38_what_was_superseded_by_a_passkey_in_doubt_is_not_to_be_deleted() {
    let mut sim = patient();
    let earlier = register(&mut sim, "twice.example");
    let newer = register_unconfirmed(&mut sim, "twice.example");
    let [_, superseded] = diagnoses(&mut sim)[..] else { panic!("one in doubt, and one superseded") };
    assert_eq!((superseded.record, superseded.repair), (Some(earlier), None));
    assert!(superseded.explanation().contains("until then this one is not deleted"));

    manage(&mut sim.world, Manage::Accept(newer)).unwrap();
    let [superseded] = diagnoses(&mut sim)[..] else { panic!("one superseded") };
    assert_eq!(superseded.explanation(), Trouble::SupersededPasskey.explanation());
    superseded.repair.unwrap().apply(&mut sim.world, &mut SoftwareKeys).unwrap();
    assert_eq!((troubles(&mut sim), newest(&sim, RecordKind::Credential)), (vec![], newer));
    assert!(signs_in(&mut sim, "twice.example"));
}

#[test]
fn a_key_is_destroyed_by_its_backend_and_then_settled() {
    let mut sim = patient_with_keystore();
    sim.clock.reboot();
    sim.clock.advance(Duration::from_secs(601));
    let found = diagnoses(&mut sim);
    assert_eq!(troubles(&mut sim), [Trouble::AbandonedKey, Trouble::UnusedKey]);
    let (give_up, destroy) = (found[0].repair.unwrap(), found[1].repair.unwrap());
    assert_eq!(sim.keys.keystore.aliases().len(), 2);

    sim.keys.will(Mood::Fails(KeyError::Failed));
    let failed = destroy.apply(&mut sim.world, &mut sim.keys);
    assert_eq!(failed, Err(Error::Core(CoreError::Key(KeyError::Failed))));
    assert_eq!(diagnoses(&mut sim), found);

    // Cut between the two, it is done once more.
    sim.world.store.fail_commit(0, Fault::Before(CommitError::Failed));
    assert!(destroy.apply(&mut sim.world, &mut sim.keys).is_err());
    assert_eq!((diagnoses(&mut sim), sim.keys.keystore.aliases().len()), (found, 1));
    destroy.apply(&mut sim.world, &mut sim.keys).unwrap();
    assert_eq!(sim.keys.keystore.aliases().len(), 1, "the deleted passkey's key is gone, and no other");
    give_up.apply(&mut sim.world, &mut sim.keys).unwrap();
    assert_eq!(troubles(&mut sim), [Trouble::UnusedKey]);
    let rest = diagnoses(&mut sim)[0].repair.unwrap();
    rest.apply(&mut sim.world, &mut sim.keys).unwrap();
    assert_eq!((troubles(&mut sim), sim.keys.keystore.aliases().len()), (vec![], 1));
    assert!(signs_in(&mut sim, "kept.example"));
}
