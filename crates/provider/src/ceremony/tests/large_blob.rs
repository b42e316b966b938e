//! What a site has sent to be kept, in a ceremony that is saved.

use super::bench::{Bench, bench, finish, other_process, page, records, run};
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::store::CommitError;
use authenticator_testkit::Fault;
use authenticator_webauthn::{ClientDataSource, ResponseJson};

/// Makes a passkey that can have a large blob, and gives its id.
fn register(sim: &mut Bench) -> String {
    let options = r#"{
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "extensions": {"largeBlob": {"support": "required"}}
    }"#;
    let ceremony = Ceremony::create(&mut sim.world, options, page(), ClientDataSource::Build).unwrap();
    let response = finish(sim, ceremony).unwrap();
    assert!(response.contains(r#""largeBlob":{"supported":true}"#));
    response.split_once(r#""id":""#).unwrap().1.split('"').next().unwrap().to_owned()
}

fn get(sim: &mut Bench, id: &str, large_blob: &str) -> Ceremony {
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "allowCredentials": [{{"type": "public-key", "id": "{id}"}}],
            "extensions": {{"largeBlob": {large_blob}}}}}"#
    );
    Ceremony::get(&mut sim.world, &options, page(), ClientDataSource::Build).unwrap()
}

fn says(response: &ResponseJson, large_blob: &str) -> bool {
    response.contains(&format!(r#""largeBlob":{{{large_blob}}}"#))
}

fn write(sim: &mut Bench, id: &str, blob: &str) {
    let ceremony = get(sim, id, &format!(r#"{{"write": "{blob}"}}"#));
    assert!(says(&finish(sim, ceremony).unwrap(), r#""written":true"#));
}

fn holds(sim: &mut Bench, id: &str, blob: &str) -> bool {
    let ceremony = get(sim, id, r#"{"read": true}"#);
    says(&finish(sim, ceremony).unwrap(), &format!(r#""blob":"{blob}""#))
}

#[test]
fn a_ceremony_that_is_taken_up_again_writes_and_reads() {
    let mut sim = bench();
    let id = register(&mut sim);
    let saved = get(&mut sim, &id, r#"{"write": "AAEC"}"#).save(&mut sim.world).unwrap();
    sim.world.power_cycle();
    let mut other = other_process(&sim, 2);
    let ceremony = Ceremony::restore(&mut other.world, &saved).unwrap();
    assert!(says(&finish(&mut other, ceremony).unwrap(), r#""written":true"#));
    assert_eq!(records(&mut other), 0);

    let saved = get(&mut sim, &id, r#"{"read": true}"#).save(&mut sim.world).unwrap();
    sim.world.power_cycle();
    let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
    assert!(says(&finish(&mut sim, ceremony).unwrap(), r#""blob":"AAEC""#));
}

#[test]
fn of_two_copies_that_are_both_answered_one_writes() {
    let mut sim = bench();
    let id = register(&mut sim);
    let saved = get(&mut sim, &id, r#"{"write": "AAEC"}"#).save(&mut sim.world).unwrap();
    let mut other = other_process(&sim, 2);
    let (first, second) = (
        Ceremony::restore(&mut sim.world, &saved).unwrap(),
        Ceremony::restore(&mut other.world, &saved).unwrap(),
    );
    let (mine, theirs) = (run(&mut sim, &first), run(&mut other, &second));
    assert!(says(&second.finish(&mut other.world, &theirs.result).unwrap(), r#""written":true"#));
    write(&mut other, &id, "Bwc");
    assert_eq!(first.finish(&mut sim.world, &mine.result), Err(CeremonyError::UsedUp));
    assert!(holds(&mut sim, &id, "Bwc"), "the late copy has not written again");
}

/// Of the two commits at its end, the one that uses it up and the array's.
#[test]
fn a_ceremony_that_cannot_be_used_up_writes_nothing_and_one_that_is_stands_without_the_write() {
    let full = Fault::Before(CommitError::Full);
    for (number, given_out) in [(0, false), (1, true)] {
        let mut sim = bench();
        let id = register(&mut sim);
        write(&mut sim, &id, "Bwc");
        let saved = get(&mut sim, &id, r#"{"write": "AAEC"}"#).save(&mut sim.world).unwrap();
        let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
        let done = run(&mut sim, &ceremony);
        sim.world.store.fail_commit(number, full);
        let response = ceremony.finish(&mut sim.world, &done.result);
        sim.world.store.heal();
        assert_eq!(response.is_ok(), given_out, "{number}: {response:?}");
        assert!(response.is_err() || says(&response.unwrap(), r#""written":false"#));
        assert!(holds(&mut sim, &id, "Bwc"));
        assert_eq!(records(&mut sim), usize::from(!given_out));
        assert_eq!(Ceremony::restore(&mut sim.world, &saved).is_ok(), !given_out);
    }
}

#[test]
fn a_ceremony_that_writes_and_is_cancelled_or_dropped_writes_nothing() {
    let mut sim = bench();
    let id = register(&mut sim);
    write(&mut sim, &id, "Bwc");
    for cancels in [true, false] {
        let mut ceremony = get(&mut sim, &id, r#"{"write": "AAEC"}"#);
        ceremony.save(&mut sim.world).unwrap();
        let done = run(&mut sim, &ceremony);
        assert!(done.result.is_ok());
        if cancels {
            ceremony.cancel(&mut sim.world).unwrap();
        } else {
            drop(ceremony);
        }
        assert!(holds(&mut sim, &id, "Bwc"));
    }
}
