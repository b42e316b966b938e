//! Registrations in doubt: what ends the doubt, what deletes, and what does neither.

use super::bench::{
    Bench, CREATE, GET, NOT_KEPT, Shared, bench, finish, get, other_process, page, register, run,
};
use crate::ceremony::{Ceremony, CeremonyError};
use crate::evidence::{changes, write};
use crate::{Mark, State, catalogue, confirm, mark, prepare_delete, take_note};
use State::{Active, Hidden, KeyMissing, Superseded, Unconfirmed};
use authenticator_core::store::{CommitError, RecordId};
use authenticator_core::{Profile, Refusal, Step};
use authenticator_testkit::{Answer, Fault, Sim, with_keystore};
use authenticator_webauthn::{Base64Url, ClientDataSource, Evidence, base64url};

/// The states of all passkeys, newest first.
fn states(sim: &mut Bench) -> Vec<State> {
    catalogue(&mut sim.world).unwrap().iter().map(crate::Item::state).collect()
}

/// The passkey at this place, 0 being the newest.
fn record(sim: &mut Bench, place: usize) -> RecordId {
    catalogue(&mut sim.world).unwrap()[place].record()
}

/// A list of descriptors, as sites write them, of the passkeys at these places.
fn list(sim: &mut Bench, places: &[usize]) -> String {
    let items = catalogue(&mut sim.world).unwrap();
    let descriptors: Vec<String> = places
        .iter()
        .map(|place| {
            let id = base64url::encode(items[*place].passkey().unwrap().credential_id.as_slice());
            format!(r#"{{"type": "public-key", "id": "{id}"}}"#)
        })
        .collect();
    format!("[{}]", descriptors.join(", "))
}

/// A sign-in whose allow list names these.
fn get_named(sim: &mut Bench, places: &[usize]) -> Ceremony {
    let named = format!(r#"{{"allowCredentials": {}, "#, list(sim, places));
    Ceremony::get(&mut sim.world, &GET.replacen('{', &named, 1), page(), ClientDataSource::Build).unwrap()
}

/// A registration whose exclude list names these.
fn create_excluding(sim: &mut Bench, places: &[usize]) -> Ceremony {
    let named = format!(r#"{{"excludeCredentials": {}, "#, list(sim, places));
    Ceremony::create(&mut sim.world, &CREATE.replacen('{', &named, 1), page(), ClientDataSource::Build)
        .unwrap()
}

/// The person agrees, and the site learns that it has one already.
fn is_excluded(sim: &mut Bench, places: &[usize]) {
    let ceremony = create_excluding(sim, places);
    let refused = finish(sim, ceremony).unwrap_err();
    assert_eq!(refused.name().as_str(), "InvalidStateError");
}

/// Several registrations for one account, none of which the site was seen to keep.
fn registered(times: usize) -> Bench {
    let mut sim = bench();
    (0..times).for_each(|_| register(&mut sim));
    sim
}

/// A phone that keeps its keys outside the store.
fn with_keystore_bench() -> Bench {
    Sim::over(with_keystore(Profile::phone([0x44; 16])), Shared::default(), 1).unwrap()
}

fn signs_in(sim: &mut Bench) {
    let ceremony = get(sim);
    drop(finish(sim, ceremony).unwrap());
}

#[test]
fn s38_a_new_passkey_is_unconfirmed_and_its_first_sign_in_ends_the_doubt() {
    let mut sim = registered(1);
    assert_eq!(states(&mut sim), [Unconfirmed]);
    signs_in(&mut sim);
    assert_eq!(states(&mut sim), [Active]);
    let commits = sim.world.store.commits();
    signs_in(&mut sim);
    assert_eq!(sim.world.store.commits() - commits, 1, "nothing but the hint");
}

/// A passkey that its site has not kept is tried in vain. The one before must be there after that.
#[test]
fn s38_a_sign_in_that_the_site_may_refuse_deletes_nothing_and_leaves_the_doubt() {
    let mut sim = registered(1);
    signs_in(&mut sim);
    register(&mut sim);
    for _ in 0..3 {
        signs_in(&mut sim);
        assert_eq!(states(&mut sim), [Unconfirmed, Superseded]);
    }
    // The manual way out: the new one goes, and the old one is back.
    let newest = record(&mut sim, 0);
    prepare_delete(&mut sim.world, newest).unwrap().confirm(&mut sim.world).unwrap();
    assert_eq!(states(&mut sim), [Active]);
    signs_in(&mut sim);
}

#[test]
fn s38_without_the_older_passkey_the_next_sign_in_ends_the_doubt() {
    let mut sim = registered(2);
    signs_in(&mut sim);
    let older = record(&mut sim, 1);
    prepare_delete(&mut sim.world, older).unwrap().confirm(&mut sim.world).unwrap();
    assert_eq!(states(&mut sim), [Unconfirmed]);
    signs_in(&mut sim);
    assert_eq!(states(&mut sim), [Active]);
}

/// One that its site has given up does not come back, and so is not at stake.
#[test]
fn s38_an_older_passkey_that_is_hidden_keeps_no_doubt_alive() {
    let mut sim = registered(2);
    let older = record(&mut sim, 1);
    mark(&mut sim.world, older, Mark::Hidden).unwrap();
    signs_in(&mut sim);
    assert_eq!(states(&mut sim), [Active, Hidden]);
}

/// The site drops the attestation each time; the retry needs nobody's help and costs nothing that may be good.
#[test]
fn s38_a_registration_that_was_lost_is_done_again_until_the_host_reports_it() {
    let mut sim = registered(3);
    assert_eq!(states(&mut sim), [Unconfirmed, Superseded, Superseded]);
    let newest = record(&mut sim, 0);
    confirm(&mut sim.world, newest).unwrap();
    assert_eq!(states(&mut sim), [Active]);
    assert_eq!(record(&mut sim, 0), newest);
}

#[test]
fn s38_a_registration_that_is_reported_failed_brings_the_older_one_back() {
    let mut sim = registered(2);
    let newest = record(&mut sim, 0);
    mark(&mut sim.world, newest, Mark::Hidden).unwrap();
    assert_eq!(states(&mut sim), [Hidden, Unconfirmed], "it was never used: perhaps its site has it");
    signs_in(&mut sim);
    assert_eq!(states(&mut sim), [Hidden, Active]);
}

#[test]
fn s38_an_exclude_list_that_names_the_new_one_confirms_it_and_deletes_what_it_superseded() {
    let mut sim = registered(3);
    let newest = record(&mut sim, 0);
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active]);
    assert_eq!(record(&mut sim, 0), newest);
}

/// Accepted by a sign-in, it still has what it superseded beside it, until the site says that it knows nothing of that.
#[test]
fn s38_an_exclude_list_clears_away_what_a_sign_in_has_left() {
    let mut sim = registered(2);
    let ceremony = get_named(&mut sim, &[0]);
    drop(finish(&mut sim, ceremony).unwrap());
    assert_eq!(states(&mut sim), [Active, Superseded]);
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active]);
}

#[test]
fn s38_what_an_exclude_list_names_is_not_deleted() {
    let mut sim = registered(2);
    is_excluded(&mut sim, &[0, 1]);
    assert_eq!(states(&mut sim), [Active, Superseded]);

    let mut sim = registered(2);
    is_excluded(&mut sim, &[1]);
    assert_eq!(states(&mut sim), [Unconfirmed, Superseded], "of the new one it says nothing");
    let newest = record(&mut sim, 0);
    mark(&mut sim.world, newest, Mark::Hidden).unwrap();
    assert_eq!(states(&mut sim), [Hidden, Active], "and the old one is in no doubt any more");
}

#[test]
fn s38_an_exclude_list_that_says_nothing_new_writes_nothing() {
    let mut sim = registered(1);
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active]);
    let commits = sim.world.store.commits();
    is_excluded(&mut sim, &[0]);
    assert_eq!(sim.world.store.commits(), commits);
}

/// Its key is with a backend that is not here: it is neither offered nor looked for in lists.
#[test]
fn s38_an_older_passkey_without_its_key_is_not_at_stake_and_not_deleted() {
    let mut before = with_keystore_bench();
    register(&mut before);
    let mut sim = other_process(&before, 2);
    register(&mut sim);
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active, KeyMissing]);
    let newest = record(&mut sim, 0);
    mark(&mut sim.world, newest, Mark::Unconfirmed).unwrap();
    signs_in(&mut sim);
    assert_eq!(states(&mut sim), [Active, KeyMissing]);
}

/// With the host's keys it has a record, and is found by its name alone: it takes nobody's place.
#[test]
fn s38_a_passkey_that_only_its_site_names_is_accepted_and_deletes_nothing() {
    let mut sim = with_keystore_bench();
    register(&mut sim);
    let ceremony = Ceremony::create(&mut sim.world, NOT_KEPT, page(), ClientDataSource::Build).unwrap();
    drop(finish(&mut sim, ceremony).unwrap());
    assert_eq!(states(&mut sim), [Unconfirmed, Unconfirmed]);
    let ceremony = get_named(&mut sim, &[0]);
    drop(finish(&mut sim, ceremony).unwrap());
    assert_eq!(states(&mut sim), [Active, Unconfirmed]);
    let commits = sim.world.store.commits();
    is_excluded(&mut sim, &[0]);
    assert_eq!((states(&mut sim), sim.world.store.commits()), (vec![Active, Unconfirmed], commits));
}

/// What could not be used when the ceremony began can be used when it ends: the site has named it all the same.
#[test]
fn s38_what_an_exclude_list_names_is_not_deleted_though_it_was_hidden() {
    let mut sim = registered(2);
    let older = record(&mut sim, 1);
    mark(&mut sim.world, older, Mark::Hidden).unwrap();
    let ceremony = create_excluding(&mut sim, &[0, 1]);
    mark(&mut sim.world, older, Mark::Shown).unwrap();
    assert!(finish(&mut sim, ceremony).is_err());
    assert_eq!(states(&mut sim), [Active, Superseded]);
}

/// Between the look and the commit: whatever another process does to the account, nothing of it is deleted then.
#[test]
fn s38_what_another_process_has_changed_meanwhile_is_neither_deleted_nor_brought_back() {
    for (changed, expected) in [(0, vec![Hidden, Unconfirmed]), (1, vec![Unconfirmed, Hidden])] {
        let mut sim = registered(2);
        let mut other = other_process(&sim, 2);
        let [newest, older] = [0, 1].map(|place| record(&mut sim, place));
        let id = |sim: &mut Bench| {
            let items = catalogue(&mut sim.world).unwrap();
            Base64Url::from(items[0].passkey().unwrap().credential_id.as_slice().to_vec())
        };
        let listed = vec![id(&mut sim)];
        let evidence = Evidence::Excluded {
            rp_id: get(&mut sim).rp_id().clone(),
            user_id: Base64Url::decode("dXNlci0x").unwrap(),
            named: listed.clone(),
            listed,
        };
        let changes = changes(&sim.world.context().vault().unwrap(), &evidence).unwrap();
        assert_eq!(changes.len(), 1);
        mark(&mut other.world, [newest, older][changed], Mark::Hidden).unwrap();
        write(&mut sim.world, changes).unwrap();
        assert_eq!(states(&mut sim), expected);

        // Undisturbed it would have been deleted.
        mark(&mut other.world, [newest, older][changed], Mark::Shown).unwrap();
        take_note(&mut sim.world, &evidence).unwrap();
        assert_eq!(states(&mut sim), [Active]);
    }
}

/// A hidden passkey may come back, and costs nothing.
#[test]
fn s38_an_exclude_list_deletes_nothing_where_a_passkey_of_the_account_cannot_be_used() {
    let mut sim = registered(3);
    let oldest = record(&mut sim, 2);
    mark(&mut sim.world, oldest, Mark::Hidden).unwrap();
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active, Superseded, Hidden]);
}

#[test]
fn s38_a_ceremony_that_nobody_agreed_to_shows_nothing() {
    for refusal in [Refusal::Cancelled, Refusal::Declined, Refusal::TimedOut] {
        let mut sim = registered(2);
        let ceremonies = [create_excluding(&mut sim, &[0]), get_named(&mut sim, &[0])];
        for ceremony in ceremonies {
            sim.user.will(Answer::Refuse(refusal));
            assert!(finish(&mut sim, ceremony).is_err());
            assert_eq!(states(&mut sim), [Unconfirmed, Superseded], "{refusal:?}");
        }
    }
}

#[test]
fn s38_an_allow_list_ends_the_doubt_of_all_it_names_and_deletes_nothing() {
    for named in [[0, 1].as_slice(), &[1, 0], &[0], &[1]] {
        let mut sim = registered(2);
        let ceremony = get_named(&mut sim, named);
        sim.user.will(Answer::Choose(0));
        drop(finish(&mut sim, ceremony).unwrap());
        let new = if named.contains(&0) { Active } else { Unconfirmed };
        assert_eq!(states(&mut sim), [new, Superseded], "{named:?}");
        let newest = record(&mut sim, 0);
        mark(&mut sim.world, newest, Mark::Hidden).unwrap();
        let old = if named.contains(&1) { Active } else { Unconfirmed };
        assert_eq!(states(&mut sim), [Hidden, old], "{named:?}");
    }
}

/// iOS hands on no allow list with a passkey that was picked in its own list: the host names that one alone.
#[test]
fn s38_a_list_of_what_the_person_picked_is_not_the_sites_word() {
    let mut sim = registered(2);
    let mut ceremony = get_named(&mut sim, &[0]);
    ceremony.choose(record(&mut sim, 0));
    drop(finish(&mut sim, ceremony).unwrap());
    assert_eq!(states(&mut sim), [Unconfirmed, Superseded]);

    // Longer ones are the site's.
    let mut ceremony = get_named(&mut sim, &[0, 1]);
    ceremony.choose(record(&mut sim, 0));
    sim.user.will(Answer::Choose(0));
    drop(finish(&mut sim, ceremony).unwrap());
    assert_eq!(states(&mut sim), [Active, Superseded]);
}

#[test]
fn s38_a_passkey_of_another_account_is_left_alone() {
    let mut sim = registered(2);
    let other = CREATE.replace("dXNlci0x", "dXNlci0y");
    let ceremony = Ceremony::create(&mut sim.world, &other, page(), ClientDataSource::Build).unwrap();
    drop(finish(&mut sim, ceremony).unwrap());
    is_excluded(&mut sim, &[0]);
    assert_eq!(states(&mut sim), [Active, Unconfirmed, Superseded]);
}

/// Sites that know of several accounts on one device may name a passkey of each, whoever registers.
#[test]
fn s38_an_exclude_list_for_another_account_deletes_nothing() {
    let mut sim = registered(2);
    let named = format!(r#"{{"excludeCredentials": {}, "#, list(&mut sim, &[0]));
    let options = CREATE.replacen('{', &named, 1).replace("dXNlci0x", "dXNlci0y");
    let ceremony = Ceremony::create(&mut sim.world, &options, page(), ClientDataSource::Build).unwrap();
    let refused = finish(&mut sim, ceremony).unwrap_err();
    assert_eq!(refused.name().as_str(), "InvalidStateError");
    assert_eq!(states(&mut sim), [Active, Superseded], "the site has the one that it names");
}

/// The assertion of the slower copy is given to nobody.
#[test]
fn s38_what_another_copy_has_ended_shows_nothing() {
    let mut sim = registered(1);
    let saved = get(&mut sim).save(&mut sim.world).unwrap();
    let mut other = other_process(&sim, 2);
    let (first, second) = (
        Ceremony::restore(&mut sim.world, &saved).unwrap(),
        Ceremony::restore(&mut other.world, &saved).unwrap(),
    );
    let done = run(&mut sim, &first);
    assert_eq!(second.cancel(&mut other.world), Ok(()));
    assert_eq!(first.finish(&mut sim.world, &done.result), Err(CeremonyError::UsedUp));
    assert_eq!(states(&mut sim), [Unconfirmed]);
}

/// Two ways in which there is something to note, what the passkeys are before and after, and whether the site has a
/// response.
type Case = (usize, fn(&mut Bench) -> Ceremony, &'static [State], &'static [State], bool);

const CASES: [Case; 2] = [
    (1, get, &[Unconfirmed], &[Active], true),
    (2, |sim| create_excluding(sim, &[0]), &[Unconfirmed, Superseded], &[Active], false),
];

/// What is made of it is old or new, and the next ceremony makes up for it.
#[test]
fn s38_a_commit_that_fails_changes_no_response_and_is_made_up_for() {
    for (times, make, old, new, responds) in CASES {
        for (fault, lasts) in Fault::ALL.into_iter().flat_map(|fault| [(fault, false), (fault, true)]) {
            let context = format!("{fault:?}, lasting {lasts}");
            let (mut sim, mut undisturbed) = (registered(times), registered(times));
            let ceremony = make(&mut sim);
            let done = run(&mut sim, &ceremony);
            if lasts {
                sim.world.store.fail_commits_from(0, fault);
            } else {
                sim.world.store.fail_commit(0, fault);
            }
            let response = ceremony.finish(&mut sim.world, &done.result);
            sim.world.store.heal();
            assert_eq!(response.is_ok(), responds, "{context}");
            let expected = make(&mut undisturbed);
            assert_eq!(response, finish(&mut undisturbed, expected), "{context}");

            let noted = match fault {
                Fault::After => true,
                Fault::InDoubt | Fault::Before(CommitError::Conflict) => !lasts,
                Fault::Before(_) => false,
            };
            assert_eq!(states(&mut sim), if noted { new } else { old }, "{context}");
            let again = make(&mut sim);
            assert_eq!(finish(&mut sim, again).is_ok(), responds, "{context}");
            assert_eq!(states(&mut sim), new, "{context}");
        }
    }
}

#[test]
fn s38_a_read_that_fails_changes_no_response() {
    for (times, make, old, new, responds) in CASES {
        for place in 0.. {
            let mut sim = registered(times);
            let ceremony = make(&mut sim);
            let done = run(&mut sim, &ceremony);
            let reads = sim.world.store.reads();
            sim.world.store.fail_read(place);
            assert_eq!(ceremony.finish(&mut sim.world, &done.result).is_ok(), responds, "read {place}");
            let reads = sim.world.store.reads() - reads;
            sim.world.store.heal();
            let now = states(&mut sim);
            assert!(now == old || now == new, "read {place}: {now:?}");
            if reads <= place {
                assert!(place > 3 && now == new, "{place} reads, and none failed");
                break;
            }
        }
    }
}

#[test]
fn s38_a_ceremony_dropped_at_any_step_shows_nothing() {
    for (times, make, old, _, _) in CASES {
        let mut sim = registered(times);
        let ceremony = make(&mut sim);
        let requester = sim.requester;
        for dropped in 0.. {
            let mut step = ceremony.begin(&mut sim.world.context(), requester);
            for _ in 0..dropped {
                step = sim.answer(step);
            }
            let ended = matches!(step, Step::Done(_));
            drop(step);
            // Ended as well: the process dies before it has the response.
            assert_eq!(states(&mut sim), old, "step {dropped}");
            if ended {
                break;
            }
        }
    }
}
