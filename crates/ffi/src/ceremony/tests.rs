use super::*;
use crate::contain::planted;
use crate::test_support::{
    APPROVED, Bench, REQUEST_OPTIONS, create, creation_options, failure, host_keys, made, response, settings,
    signed, site,
};
use crate::{AttestationSetup, ClientData, FailureKind, KeyBackend, KeyProblem, Refusal, Settings};
use std::sync::Barrier;
use std::thread;

mod large_blob;
mod prf;

fn wrong(expected: StepKind, given: StepKind) -> Result<(), Misuse> {
    Err(Misuse::WrongAnswer { expected, given })
}

#[test]
fn a_registration_and_a_sign_in_with_keys_of_the_hosts() {
    let bench = Bench::new(host_keys());
    let ceremony = bench.create("ada");
    ceremony.answer_user(APPROVED).unwrap();
    let Step::NeedsKeypair { request } = ceremony.step().unwrap() else { panic!() };
    assert_eq!((request.algorithm, request.alias.len()), (-7, 16));
    ceremony.answer_key(made(b"alias")).unwrap();
    let Step::NeedsSignature { request } = ceremony.step().unwrap() else { panic!() };
    assert_eq!(request.key_handle, b"alias");
    ceremony.answer_signature(signed()).unwrap();
    assert!(response(&ceremony).contains("attestationObject"));

    let ceremony = bench.get();
    let Step::NeedsUser { request } = ceremony.step().unwrap() else { panic!() };
    assert!(matches!(request.prompt, Prompt::SignIn { rp_id } if rp_id == "example.com"));
    assert_eq!(request.ask, Ask::Verification);
    let [candidate] = request.candidates.candidates.as_slice() else { panic!("one passkey") };
    assert_eq!((candidate.user.id.as_slice(), candidate.user.name.as_str()), (&b"ada"[..], "ada"));
    assert_eq!(candidate.key_handle.as_deref(), Some(&b"alias"[..]));
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_signature(signed()).unwrap();
    assert!(response(&ceremony).contains("signature"));
}

#[test]
fn a_key_of_the_hosts_can_be_for_a_passkey_that_is_not_discoverable() {
    let bench = Bench::new(host_keys());
    let options = crate::test_support::creation_options("ada")
        .replace(r#""residentKey": "required""#, r#""residentKey": "discouraged""#);
    let authenticator = || Arc::clone(&bench.authenticator);
    let ceremony = authenticator().start_create(options, site(), ClientData::Build).unwrap();
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_key(made(b"handle")).unwrap();
    ceremony.answer_signature(signed()).unwrap();
    let made = response(&ceremony);
    assert_eq!(failure(&bench.get()).0.kind, FailureKind::NoPasskey, "found only when it is named");

    let id = made.split_once(r#""id":""#).unwrap().1.split('"').next().unwrap();
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw",
            "allowCredentials": [{{"type": "public-key", "id": "{id}"}}]}}"#
    );
    let ceremony = authenticator().start_get(options, site(), ClientData::Build).unwrap();
    ceremony.answer_user(APPROVED).unwrap();
    let Step::NeedsSignature { request } = ceremony.step().unwrap() else { panic!("a key of the host's") };
    assert_eq!(request.key_handle, b"handle");
    ceremony.answer_signature(signed()).unwrap();
    assert!(!response(&ceremony).contains("userHandle"));
}

#[test]
fn several_that_the_site_names_are_chosen_among() {
    let bench = Bench::new(KeyBackend::Software);
    let ids = ["ada", "bob"].map(|user| {
        let made = bench.register(user);
        made.split_once(r#""id":""#).unwrap().1.split('"').next().unwrap().to_owned()
    });
    let allowed = ids.each_ref().map(|id| format!(r#"{{"type": "public-key", "id": "{id}"}}"#)).join(", ");
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw", "allowCredentials": [{allowed}]}}"#
    );
    let start = || {
        let authenticator = Arc::clone(&bench.authenticator);
        authenticator.start_get(options.clone(), site(), ClientData::Build).unwrap()
    };
    let ceremony = start();
    ceremony.answer_user(APPROVED).unwrap();
    assert_eq!(failure(&ceremony).0.kind, FailureKind::Unproven);

    let ceremony = start();
    let Step::NeedsUser { request } = ceremony.step().unwrap() else { panic!() };
    let [_, ada] = request.candidates.candidates.try_into().unwrap();
    ceremony.answer_user(UserAnswer::Approved { verified: true, chosen: Some(ada.record) }).unwrap();
    assert!(response(&ceremony).contains(&ids[0]));
}

#[test]
fn wrong_and_repeated_answers_change_nothing() {
    let bench = Bench::new(host_keys());
    let ceremony = bench.create("ada");
    assert_eq!(ceremony.answer_key(made(b"k")), wrong(StepKind::User, StepKind::Keypair));
    assert_eq!(ceremony.answer_signature(signed()), wrong(StepKind::User, StepKind::Signature));
    ceremony.answer_user(APPROVED).unwrap();
    assert_eq!(ceremony.answer_user(APPROVED), wrong(StepKind::Keypair, StepKind::User), "repeated");
    assert_eq!(ceremony.answer_signature(signed()), wrong(StepKind::Keypair, StepKind::Signature));
    assert!(matches!(ceremony.candidates(9), Err(Misuse::WrongAnswer { .. })));
    assert!(matches!(ceremony.answer_key(made(&[])), Err(Misuse::Argument { .. })));
    ceremony.answer_key(made(b"k")).unwrap();
    assert_eq!(ceremony.answer_key(made(b"k")), wrong(StepKind::Signature, StepKind::Keypair), "repeated");
    ceremony.answer_signature(signed()).unwrap();
    response(&ceremony);

    assert_eq!(ceremony.answer_user(APPROVED), Err(Misuse::Ended));
    assert_eq!(ceremony.answer_key(made(b"k")), Err(Misuse::Ended));
    assert_eq!(ceremony.answer_signature(signed()), Err(Misuse::Ended));
    assert_eq!(ceremony.cancel(), Err(Misuse::Ended));
    assert_eq!(ceremony.choose(vec![1; 16]), Err(Misuse::Ended));
    assert_eq!(ceremony.save(), Err(SaveError::Ended));
    response(&ceremony);
}

#[test]
fn an_ended_ceremony_can_be_cancelled_at_every_step_before() {
    let bench = Bench::new(host_keys());
    for answers in 0..3 {
        let ceremony = bench.create("ada");
        if answers > 0 {
            ceremony.answer_user(APPROVED).unwrap();
        }
        if answers > 1 {
            ceremony.answer_key(made(b"orphan")).unwrap();
        }
        ceremony.cancel().unwrap();
        let (failure, unused_key) = failure(&ceremony);
        assert_eq!((failure.dom_exception.as_str(), failure.kind), ("AbortError", FailureKind::Cancelled));
        assert_eq!(unused_key.as_deref(), (answers > 1).then_some(&b"orphan"[..]));
    }
    assert_eq!(failure(&bench.get()).0.kind, FailureKind::NoPasskey, "nothing was kept");
}

#[test]
fn a_backend_that_refuses_or_locks_out_is_told_apart() {
    let bench = Bench::new(host_keys());
    let problems = [
        (KeyProblem::Refused, FailureKind::KeyRefused),
        (KeyProblem::LockedOut, FailureKind::KeyLockedOut),
        (KeyProblem::Invalidated, FailureKind::KeyGone),
        (KeyProblem::Failed, FailureKind::KeyFailed),
    ];
    for (problem, kind) in problems {
        let ceremony = bench.create("ada");
        ceremony.answer_user(APPROVED).unwrap();
        ceremony.answer_key(KeyAnswer::NotMade { problem }).unwrap();
        assert_eq!((failure(&ceremony).0.kind, failure(&ceremony).1), (kind, None));

        let ceremony = bench.create("ada");
        ceremony.answer_user(APPROVED).unwrap();
        ceremony.answer_key(made(b"k")).unwrap();
        ceremony.answer_signature(SignatureAnswer::NotSigned { problem }).unwrap();
        assert_eq!((failure(&ceremony).0.kind, failure(&ceremony).1), (kind, Some(b"k".to_vec())));
    }
}

#[test]
fn two_accounts_of_one_name_are_two_candidates_and_need_a_choice() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("one");
    bench.register("two");
    let undecided = bench.get();
    let Step::NeedsUser { request } = undecided.step().unwrap() else { panic!() };
    let ids: Vec<_> = request.candidates.candidates.iter().map(|one| one.user.id.clone()).collect();
    assert_eq!(ids, [b"two".to_vec(), b"one".to_vec()], "newest first");
    undecided.answer_user(APPROVED).unwrap();
    assert_eq!(failure(&undecided).0.kind, FailureKind::Unproven);

    let ceremony = bench.get();
    let chosen = request.candidates.candidates.last().map(|last| last.record.clone());
    ceremony.answer_user(UserAnswer::Approved { verified: true, chosen }).unwrap();
    assert!(response(&ceremony).contains(r#""userHandle":"b25l""#), "base64url of \"one\"");
}

#[test]
fn an_app_that_wants_no_attestation_uses_its_new_key_for_nothing() {
    let settings = Settings { attestation: AttestationSetup::None, ..settings(host_keys()) };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db").to_string_lossy().into_owned();
    let authenticator = Authenticator::open(path, vec![7; 32], settings).unwrap();
    // The site asks for a direct one.
    let ceremony = create(&authenticator, "ada");
    ceremony.answer_user(APPROVED).unwrap();
    ceremony.answer_key(made(b"alias")).unwrap();
    // CBOR: "fmt" is "none".
    let none = authenticator_webauthn::base64url::encode(b"\xa3cfmtdnone");
    assert!(response(&ceremony).contains(&none[..13]), "no signature was asked for");
}

/// L3 §15.1: people who need longer are not shut out, whatever the site says.
#[test]
fn the_person_has_as_long_as_the_site_asks_for_within_five_to_ten_minutes() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    let seconds = |ceremony: &Ceremony| match ceremony.step().unwrap() {
        Step::NeedsUser { request } => request.timeout_seconds,
        other => panic!("nobody is asked: {other:?}"),
    };
    let cases =
        [("\"timeout\": 600000,", 600), ("\"timeout\": 1,", 300), ("", 300), ("\"timeout\": 420000,", 420)];
    for (member, expected) in cases {
        let with = |options: &str| options.replacen('{', &format!("{{{member}"), 1);
        let authenticator = || Arc::clone(&bench.authenticator);
        let options = with(&creation_options("eve"));
        let create = authenticator().start_create(options, site(), ClientData::Build).unwrap();
        let get = authenticator().start_get(with(REQUEST_OPTIONS), site(), ClientData::Build).unwrap();
        assert_eq!((seconds(&create), seconds(&get)), (expected, expected), "{member}");
    }
}

#[test]
fn a_request_that_cannot_be_served_is_a_ceremony_that_has_failed() {
    let bench = Bench::new(KeyBackend::Software);
    let start = |options: &str, caller| {
        Arc::clone(&bench.authenticator).start_get(options.into(), caller, ClientData::Build).unwrap()
    };
    assert_eq!(failure(&start("{", site())).0.dom_exception, "TypeError");
    let elsewhere = crate::Caller::App { origin: "https://login.example.com".into(), package_name: None };
    let (failed, _) = failure(&start(REQUEST_OPTIONS, elsewhere));
    assert_eq!((failed.dom_exception.as_str(), failed.kind), ("SecurityError", FailureKind::Caller));
    let refused = bench.create("ada");
    refused.answer_user(UserAnswer::Refused { refusal: Refusal::Declined }).unwrap();
    assert_eq!(failure(&refused).0.kind, FailureKind::Refused);
}

#[test]
fn a_saved_ceremony_is_restored_asks_again_and_ends_once() {
    let bench = Bench::new(host_keys());
    let ceremony = bench.create("ada");
    ceremony.answer_user(APPROVED).unwrap();
    let saved = ceremony.save().unwrap();
    drop(ceremony);

    let other_process = bench.reopened(host_keys());
    let restored = Arc::clone(&other_process).restore(saved.clone()).unwrap();
    assert_eq!(restored.step().unwrap().kind(), StepKind::User, "what was answered is not saved");
    let copy = bench.authenticator.clone().restore(saved.clone()).unwrap();
    for (at, ceremony) in [&restored, &copy].into_iter().enumerate() {
        ceremony.answer_user(APPROVED).unwrap();
        ceremony.answer_key(made(&[1, u8::try_from(at).unwrap()])).unwrap();
        ceremony.answer_signature(signed()).unwrap();
    }
    response(&restored);
    assert_eq!((failure(&copy).0.kind, failure(&copy).1), (FailureKind::UsedUp, Some(vec![1, 1])));
    let again = Arc::clone(&other_process).restore(saved).unwrap();
    assert_eq!(failure(&again).0.kind, FailureKind::UsedUp);
    let nonsense = other_process.restore(vec![1; 40]).unwrap();
    assert_eq!(failure(&nonsense).0.kind, FailureKind::NotRestorable);
}

#[test]
fn a_cancelled_ceremony_is_not_restored_and_a_choice_is() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("one");
    bench.register("two");
    let ceremony = bench.get();
    let Step::NeedsUser { request } = ceremony.step().unwrap() else { panic!() };
    let chosen = request.candidates.candidates[1].record.clone();
    ceremony.choose(chosen.clone()).unwrap();
    let saved = ceremony.save().unwrap();
    let restored = bench.authenticator.clone().restore(saved.clone()).unwrap();
    let Step::NeedsUser { request } = restored.step().unwrap() else { panic!() };
    assert_eq!(request.chosen_before, Some(chosen));
    ceremony.cancel().unwrap();
    assert_eq!(failure(&bench.authenticator.clone().restore(saved).unwrap()).0.kind, FailureKind::UsedUp);
    restored.answer_user(UserAnswer::Approved { verified: true, chosen: request.chosen_before }).unwrap();
    assert_eq!(failure(&restored).0.kind, FailureKind::UsedUp, "cancelled in another copy");
}

#[test]
fn a_panic_ends_its_ceremony_and_nothing_else() {
    let bench = Bench::new(KeyBackend::Software);
    let (bystander, ceremony) = (bench.create("ada"), bench.create("bob"));
    planted::plant();
    assert_eq!(ceremony.answer_user(APPROVED), Err(Misuse::Panicked));
    assert_eq!(failure(&ceremony).0.kind, FailureKind::Internal);
    assert_eq!(ceremony.answer_user(APPROVED), Err(Misuse::Ended));
    bystander.answer_user(APPROVED).unwrap();
    response(&bystander);
}

#[test]
fn a_panic_while_the_store_is_locked_leaves_the_authenticator_usable() {
    let bench = Bench::new(KeyBackend::Software);
    let panicked = Ceremony::start(Arc::clone(&bench.authenticator), |_| panic!("planted by a test"));
    assert_eq!(panicked.err(), Some(Misuse::Panicked), "the lock was held, and is poisoned now");
    bench.register("ada");
}

#[test]
fn of_many_threads_that_answer_one_step_one_goes_on() {
    const THREADS: usize = 8;
    let bench = Bench::new(KeyBackend::Software);
    for _ in 0..20 {
        let (ceremony, start) = (bench.create("ada"), Barrier::new(THREADS));
        let outcomes: Vec<_> = thread::scope(|scope| {
            let answer = || {
                start.wait();
                ceremony.answer_user(APPROVED)
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(answer)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let allowed =
            |outcome: &&Result<(), Misuse>| matches!(outcome, Ok(()) | Err(Misuse::Busy | Misuse::Ended));
        assert!(outcomes.iter().all(|outcome| allowed(&outcome)), "{outcomes:?}");
        response(&ceremony);
    }
}

#[test]
fn nothing_that_is_printed_names_anyone() {
    let bench = Bench::new(KeyBackend::Software);
    let ceremony = bench.create("ada");
    let printed = format!("{:?} {:?} {:?} {:?}", bench.authenticator, ceremony, ceremony.step(), site());
    for secret in ["ada", "Ada", "example"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
