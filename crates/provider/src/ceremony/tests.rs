//! Stories of ceremonies that are saved and taken up again.

mod bench;
mod cut;
mod damage;
mod doubt;
mod large_blob;
mod later;
mod single_use;
mod time;

use super::*;
use crate::catalogue;
use authenticator_core::Prompt;
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::{Answer, Sim};
use bench::{
    CREATE, GET, NOT_KEPT, app, bench, create, finish, get, other_process, page, passkeys, records, register,
    run,
};

#[test]
fn a_registration_goes_on_in_another_process() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let mut later = other_process(&sim, 2);
    let ceremony = Ceremony::restore(&mut later.world, &saved).unwrap();
    let response = finish(&mut later, ceremony).unwrap();
    assert!(response.contains(r#""type":"public-key""#));
    assert_eq!(
        (passkeys(&mut later), records(&mut later)),
        (1, 0),
        "a passkey, and nothing left of the ceremony"
    );
}

#[test]
fn a_sign_in_goes_on_in_another_process() {
    let mut sim = bench();
    register(&mut sim);
    let saved = get(&mut sim).save(&mut sim.world).unwrap();
    let mut later = other_process(&sim, 2);
    let ceremony = Ceremony::restore(&mut later.world, &saved).unwrap();
    let response = finish(&mut later, ceremony).unwrap();
    assert!(response.contains(r#""userHandle":"dXNlci0x""#));
    assert_eq!(records(&mut later), 0);
    assert!(
        catalogue(&mut later.world).unwrap()[0].passkey().unwrap().last_used.is_some(),
        "the hint was written"
    );
}

#[test]
fn a_registration_that_is_not_kept_in_the_store_uses_the_id_up_too() {
    let mut sim = bench();
    let ceremony = Ceremony::create(&mut sim.world, NOT_KEPT, page(), ClientDataSource::Build);
    let saved = ceremony.unwrap().save(&mut sim.world).unwrap();
    let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
    assert!(finish(&mut sim, ceremony).is_ok());
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (0, 0));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

#[test]
fn a_ceremony_that_was_never_saved_writes_nothing_of_its_own() {
    let mut sim = bench();
    register(&mut sim);
    let commits = sim.world.store.commits();
    let ceremony = get(&mut sim);
    let done = run(&mut sim, &ceremony);
    assert!(ceremony.finish(&mut sim.world, &done.result).is_ok());
    let ceremony = get(&mut sim);
    assert_eq!(ceremony.cancel(&mut sim.world), Ok(()));
    let ceremony = get(&mut sim);
    sim.user.will(Answer::Refuse(authenticator_core::Refusal::Declined));
    assert!(finish(&mut sim, ceremony).is_err());
    assert_eq!(sim.world.store.commits() - commits, 2, "the hint, and that the passkey has signed in");
    assert_eq!(records(&mut sim), 0);
}

/// Saved while the prompt was up, and answered before the process died: the answer is not part of it.
#[test]
fn what_the_person_answered_is_not_saved() {
    let mut sim = bench();
    let mut ceremony = create(&mut sim);
    let requester = sim.requester;
    let step = ceremony.begin(&mut sim.world.context(), requester);
    let saved_at_the_prompt = ceremony.save(&mut sim.world).unwrap();
    let step = sim.answer(step);
    assert!(matches!(step, Step::NeedsKeypair(_)), "the person has agreed");
    let saved_after = ceremony.save(&mut sim.world).unwrap();
    drop((step, ceremony));

    for saved in [saved_at_the_prompt, saved_after] {
        let mut later = other_process(&sim, 3);
        let ceremony = Ceremony::restore(&mut later.world, &saved).unwrap();
        let step = ceremony.begin(&mut later.world.context(), requester);
        assert!(matches!(step, Step::NeedsUser(_)), "they are asked again");
    }
}

#[test]
fn an_account_picked_in_the_systems_list_is_saved_and_is_no_answer() {
    let mut sim = bench();
    register(&mut sim);
    let record = catalogue(&mut sim.world).unwrap()[0].record();
    let mut ceremony = get(&mut sim);
    let first = ceremony.save(&mut sim.world).unwrap();
    assert_eq!(ceremony.phase(), Phase::Prepared);
    ceremony.choose(record);
    assert_eq!(ceremony.phase(), Phase::Chosen);
    let second = ceremony.save(&mut sim.world).unwrap();
    let id = ceremony.id();
    drop(ceremony);

    let earlier = Ceremony::restore(&mut sim.world, &first).unwrap();
    assert_eq!((earlier.chosen(), earlier.id()), (None, id));
    let ceremony = Ceremony::restore(&mut sim.world, &second).unwrap();
    assert_eq!((ceremony.chosen(), ceremony.phase(), ceremony.id()), (Some(record), Phase::Chosen, id));
    let asked = sim.user.seen.len();
    assert!(finish(&mut sim, ceremony).is_ok());
    assert!(matches!(sim.user.seen[asked..], [ref seen] if matches!(seen.prompt, Prompt::SignIn { .. })));
    assert_eq!(finish(&mut sim, earlier).unwrap_err(), CeremonyError::UsedUp, "both were one ceremony");
}

#[test]
fn the_request_is_checked_again_against_todays_store() {
    let mut sim = bench();
    register(&mut sim);
    let record = catalogue(&mut sim.world).unwrap()[0].record();
    let id = catalogue(&mut sim.world).unwrap()[0].passkey().unwrap().credential_id.clone();
    let id = authenticator_webauthn::base64url::encode(id.as_slice());
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "AAAA", "allowCredentials": [{{"type": "public-key", "id": "{id}"}}]}}"#
    );
    let ceremony = Ceremony::get(&mut sim.world, &options, page(), ClientDataSource::Build);
    let saved = ceremony.unwrap().save(&mut sim.world).unwrap();
    blocking::manage(&mut sim.world, Manage::Delete(record)).unwrap();
    let restored = Ceremony::restore(&mut sim.world, &saved).unwrap_err();
    assert_eq!(restored, CeremonyError::WebAuthn(CoreError::NoCredentials.into()));
    assert_eq!(restored.name().as_str(), "NotAllowedError");
}

#[test]
fn every_kind_of_caller_and_client_data_is_restored() {
    let mut sim = bench();
    let embedded = Caller::Web {
        origin: authenticator_webauthn::Origin::parse("https://example.com").unwrap(),
        top_origin: Some(authenticator_webauthn::Origin::parse("https://top.example:8443").unwrap()),
        cross_origin: true,
    };
    let sources = [
        ClientDataSource::Build,
        ClientDataSource::HashOnly([7; 32]),
        ClientDataSource::HashWithPlaceholder([8; 32]),
    ];
    for caller in [page(), embedded, app(None), app(Some("com.example.app"))] {
        for source in sources {
            let mut ceremony = Ceremony::create(&mut sim.world, CREATE, caller.clone(), source).unwrap();
            let saved = ceremony.save(&mut sim.world).unwrap();
            let restored = Ceremony::restore(&mut sim.world, &saved).unwrap();
            assert_eq!(restored.request.caller, caller);
            assert!(restored.request.client_data == source);
            assert_eq!(restored.request.options_json, CREATE);
            assert_eq!(restored.rp_id().as_str(), "example.com");
            assert_eq!(
                (restored.id(), restored.expires(), restored.timeout()),
                (ceremony.id(), ceremony.expires(), ceremony.timeout())
            );
            assert_eq!(restored.cancel(&mut sim.world), Ok(()));
        }
    }
}

#[test]
fn a_request_that_is_not_valid_is_refused_under_its_name() {
    let mut sim = bench();
    let mut refused = |options: &str, caller| {
        let error = Ceremony::create(&mut sim.world, options, caller, ClientDataSource::Build).unwrap_err();
        error.name().as_str()
    };
    assert_eq!(refused("{", page()), "TypeError");
    assert_eq!(refused(&CREATE.replace("example.com", "other.example"), page()), "SecurityError");
    let error = Ceremony::get(&mut sim.world, &GET.replace("AAEC", "!"), page(), ClientDataSource::Build);
    assert_eq!(error.unwrap_err().name().as_str(), "EncodingError");
}

#[test]
fn a_saved_ceremony_and_its_debug_give_nothing_away() {
    let mut sim = bench();
    let mut ceremony = create(&mut sim);
    let saved = ceremony.save(&mut sim.world).unwrap();
    let contains = |text: &str| saved.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!["example", "ada", "Ada", "dXNlci0x"].into_iter().any(contains));
    let debug = format!("{ceremony:?} {:?}", ceremony.id());
    assert_eq!(debug, "Ceremony { kind: Create, phase: Prepared, written: true, .. } CeremonyId");
}

#[test]
fn an_id_is_written_and_read_as_hexadecimal_digits() {
    let id = CeremonyId([0x0A; 16]);
    assert_eq!(id.to_string(), "0a".repeat(16));
    assert_eq!(id.to_string().parse(), Ok(id));
    for wrong in ["", "0a", &format!("+{}", "0".repeat(31)), &"0g".repeat(16), &"0a".repeat(17)] {
        assert_eq!(wrong.parse::<CeremonyId>(), Err(CeremonyIdError), "{wrong}");
    }
}

#[test]
fn a_saved_ceremony_survives_the_closing_of_a_store_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db");
    let profile = authenticator_core::Profile::phone([0x44; 16]);
    let open = |seed| Sim::over(profile.clone(), SqliteStore::open(&path).unwrap(), seed).unwrap();

    let mut sim = open(1);
    let mut ceremony = Ceremony::create(&mut sim.world, CREATE, page(), ClientDataSource::Build).unwrap();
    let saved = ceremony.save(&mut sim.world).unwrap();
    drop((ceremony, sim));

    let mut sim = open(2);
    let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
    assert!(finish(&mut sim, ceremony).is_ok());
    drop(sim);

    let mut sim = open(3);
    assert_eq!((passkeys(&mut sim), records(&mut sim)), (1, 0));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}
