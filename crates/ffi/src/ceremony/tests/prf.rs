//! `prf` through the bindings.

use super::*;
use crate::authenticator::Authenticator;
use crate::data::Candidate;
use crate::test_support::{APPROVED, delete_all};

/// The value of a member that is a string; the first of that name.
fn text<'a>(json: &'a str, member: &str) -> Option<&'a str> {
    json.split_once(&format!("\"{member}\":\""))?.1.split('"').next()
}

/// A sign-in with these inputs, up to the prompt.
fn get(bench: &Bench, allowed: &[&str], prf: &str) -> Arc<Ceremony> {
    let allowed: Vec<String> =
        allowed.iter().map(|id| format!(r#"{{"type": "public-key", "id": "{id}"}}"#)).collect();
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw", "allowCredentials": [{}],
            "extensions": {{"prf": {prf}}}}}"#,
        allowed.join(", ")
    );
    let authenticator: Arc<Authenticator> = Arc::clone(&bench.authenticator);
    authenticator.start_get(options, site(), ClientData::Build).unwrap()
}

fn offered(ceremony: &Ceremony) -> Vec<Candidate> {
    let Step::NeedsUser { request } = ceremony.step().unwrap() else { panic!() };
    request.candidates.candidates
}

fn signed_in(ceremony: &Ceremony) -> (String, String) {
    ceremony.answer_user(APPROVED).unwrap();
    let json = response(ceremony);
    (text(&json, "id").unwrap().to_owned(), text(&json, "first").unwrap().to_owned())
}

#[test]
fn prf04_a_passkey_that_is_chosen_at_the_prompt_gets_its_own_inputs() {
    let bench = Bench::new(KeyBackend::Software);
    let ids = ["ada", "bob"].map(|user| text(&bench.register(user), "id").unwrap().to_owned());
    let [ada, bob] = ids.each_ref().map(String::as_str);
    let alone = |id, input| signed_in(&get(&bench, &[id], &format!(r#"{{"eval": {{"first": "{input}"}}}}"#)));
    let by = format!(r#"{{"evalByCredential": {{"{ada}": {{"first": "AQ"}}, "{bob}": {{"first": "Ag"}}}}}}"#);

    let ceremony = get(&bench, &[ada, bob], &by);
    let [newest] = offered(&ceremony).try_into().unwrap();
    assert_eq!(newest.user.id, b"bob");
    assert_eq!(signed_in(&ceremony), alone(bob, "Ag"));

    let all = get(&bench, &[ada, bob], "{}");
    let older = offered(&all).into_iter().find(|candidate| candidate.user.id == b"ada").unwrap();
    let ceremony = get(&bench, &[ada, bob], &by);
    ceremony.choose(older.record.clone()).unwrap();
    let [chosen] = offered(&ceremony).try_into().unwrap();
    assert_eq!(chosen.record, older.record);
    assert_eq!(signed_in(&ceremony), alone(ada, "AQ"));
}

#[test]
fn a_choice_with_which_the_command_cannot_begin_again_ends_the_ceremony() {
    let bench = Bench::new(KeyBackend::Software);
    let ids = ["ada", "bob"].map(|user| text(&bench.register(user), "id").unwrap().to_owned());
    let [ada, bob] = ids.each_ref().map(String::as_str);
    let by = format!(r#"{{"evalByCredential": {{"{ada}": {{"first": "AQ"}}, "{bob}": {{"first": "Ag"}}}}}}"#);
    let ceremony = get(&bench, &[ada, bob], &by);
    let newest = offered(&ceremony).swap_remove(0);
    delete_all(&bench.authenticator);
    ceremony.choose(newest.record).unwrap();
    assert_eq!(failure(&ceremony).0.kind, FailureKind::NoPasskey);
    assert_eq!(ceremony.answer_user(APPROVED), Err(Misuse::Ended));
}

#[test]
fn what_prf_has_made_is_wiped_with_its_step() {
    let mut step = Step::Done { response_json: "result".into() };
    step.wipe();
    assert!(matches!(step, Step::Done { response_json } if response_json.is_empty()));
}
