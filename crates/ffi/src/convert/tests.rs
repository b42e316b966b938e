use super::*;

#[test]
fn each_kind_of_public_key_arrives_as_what_it_is() {
    let kinds = [
        (SpkiKey::Es256 { x: [1; 32], y: [2; 32] }, PublicKey::P256 { x: [1; 32], y: [2; 32] }),
        (SpkiKey::Es384 { x: [1; 48], y: [2; 48] }, PublicKey::P384 { x: [1; 48], y: [2; 48] }),
        (SpkiKey::Ed25519([3; 32]), PublicKey::Ed25519([3; 32])),
    ];
    for (given, expected) in kinds {
        assert_eq!(public_key_of(&given.to_spki_der()), Some(expected));
    }
    assert_eq!(public_key_of(&[4; 91]), None);
}

fn made(public_key: Vec<u8>, key_handle: Vec<u8>) -> Result<Result<NewKey, KeyError>, Misuse> {
    KeyAnswer::Made { public_key, key_handle }.into_core()
}

#[test]
fn arguments_of_the_wrong_length_are_named() {
    let good = SpkiKey::Ed25519([3; 32]).to_spki_der();
    let made_key = made(good.clone(), vec![9; 96]).unwrap().unwrap();
    assert_eq!((made_key.key.backend, made_key.key.handle.as_slice()), (HOST_BACKEND, &[9; 96][..]));
    let wrong = |problem| Some(Misuse::Argument { problem });
    assert_eq!(made(good.clone(), vec![9; 97]).err(), wrong(ArgumentProblem::KeyHandleLength));
    assert_eq!(made(good, Vec::new()).err(), wrong(ArgumentProblem::KeyHandleLength));
    assert_eq!(made(vec![4; 91], vec![9]).err(), wrong(ArgumentProblem::PublicKey));

    let signed = |signature| SignatureAnswer::Signed { signature }.into_core();
    assert!(signed(vec![1; 104]).unwrap().is_ok());
    assert_eq!(signed(vec![1; 105]).err(), wrong(ArgumentProblem::SignatureLength));
    assert_eq!(signed(Vec::new()).err(), wrong(ArgumentProblem::SignatureLength));

    let chosen = UserAnswer::Approved { verified: false, chosen: Some(vec![1; 15]) };
    assert_eq!(chosen.into_core().err(), wrong(ArgumentProblem::RecordLength));
    let short = ClientData::HashOnly { hash: vec![0; 31] };
    assert_eq!(short.source().err(), wrong(ArgumentProblem::HashLength));
}

#[test]
fn every_refusal_and_problem_arrives_as_what_it_is() {
    let refused = |refusal| UserAnswer::Refused { refusal }.into_core().unwrap().unwrap_err();
    assert_eq!(refused(Refusal::Declined), CoreRefusal::Declined);
    assert_eq!(refused(Refusal::TimedOut), CoreRefusal::TimedOut);
    assert_eq!(refused(Refusal::VerificationFailed { left: 3 }), CoreRefusal::VerificationFailed { left: 3 });
    assert_eq!(refused(Refusal::LockedOut), CoreRefusal::LockedOut { until: None });
    assert_eq!(refused(Refusal::Unavailable), CoreRefusal::Unavailable);

    let problems = [
        (KeyProblem::Missing, KeyError::Missing),
        (KeyProblem::Invalidated, KeyError::Invalidated),
        (KeyProblem::LockedOut, KeyError::LockedOut),
        (KeyProblem::Refused, KeyError::Refused),
        (KeyProblem::Unsupported, KeyError::Unsupported),
        (KeyProblem::Failed, KeyError::Failed),
    ];
    for (problem, error) in problems {
        assert_eq!(KeyAnswer::NotMade { problem }.into_core().unwrap().err(), Some(error));
        assert_eq!(SignatureAnswer::NotSigned { problem }.into_core().unwrap().err(), Some(error));
    }
}
