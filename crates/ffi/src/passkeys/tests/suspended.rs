//! A store that has let go of its file, and the ceremonies that were under way.

use super::*;

fn suspended(ceremony: &Ceremony) {
    let misuse = Err(Misuse::Suspended);
    assert_eq!(ceremony.answer_user(APPROVED), misuse);
    assert_eq!(ceremony.cancel(), misuse);
    assert_eq!(ceremony.choose(vec![1; 16]), misuse);
    assert_eq!(ceremony.candidates(9).map(|_| ()), misuse);
    assert_eq!(ceremony.save(), Err(SaveError::Suspended));
}

#[test]
fn every_call_is_refused_until_the_store_is_resumed() {
    let bench = Bench::new(KeyBackend::Software);
    bench.register("ada");
    let on = &bench.authenticator;
    let record = newest(&bench).record;
    on.suspend().unwrap();
    on.suspend().unwrap();
    assert_eq!(on.passkeys(None).map(|_| ()), Err(PasskeyError::Suspended));
    assert_eq!(on.rename_passkey(record.clone(), "x".into()), Err(PasskeyError::Suspended));
    assert_eq!(on.delete_passkey(record.clone()), Err(PasskeyError::Suspended));
    assert_eq!(on.mark_passkey(record.clone(), PasskeyMark::Hidden), Err(PasskeyError::Suspended));
    assert_eq!(on.delete_everything(true), Err(PasskeyError::Suspended));
    assert_eq!(on.unwanted_keys(), Err(UpkeepError::Suspended));
    assert_eq!(on.key_destroyed(record.clone()), Err(UpkeepError::Suspended));
    let started =
        Arc::clone(on).start_get("{}".into(), crate::test_support::site(), crate::ClientData::Build);
    assert_eq!(started.err(), Some(Misuse::Suspended));
    assert_eq!(Arc::clone(on).restore(vec![1; 40]).err(), Some(Misuse::Suspended));
    assert!(on.client_capabilities().is_ok(), "it needs no store");

    // Others may use the file meanwhile.
    let other = bench.reopened(KeyBackend::Software);
    other.rename_passkey(record, "by another".into()).unwrap();
    on.resume().unwrap();
    on.resume().unwrap();
    assert_eq!(newest(&bench).details.unwrap().label.as_deref(), Some("by another"));
}

#[test]
fn ceremonies_wait_and_go_on_where_they_were() {
    let bench = Bench::new(host_keys());
    let saved = bench.create("kim");
    let bytes = saved.save().unwrap();
    let (create, ended) = (bench.create("ada"), bench.create("bob"));
    ended.cancel().unwrap();
    bench.authenticator.suspend().unwrap();
    suspended(&create);
    suspended(&saved);
    assert_eq!(ended.cancel(), Err(Misuse::Ended), "an end is an end");
    assert!(matches!(create.step(), Ok(Step::NeedsUser { .. })));
    drop(saved);
    bench.authenticator.resume().unwrap();

    create.answer_user(APPROVED).unwrap();
    bench.authenticator.suspend().unwrap();
    assert_eq!(create.answer_key(made(b"ada")), Err(Misuse::Suspended));
    bench.authenticator.resume().unwrap();
    create.answer_key(made(b"ada")).unwrap();
    bench.authenticator.suspend().unwrap();
    assert_eq!(create.answer_signature(signed()), Err(Misuse::Suspended));
    bench.authenticator.resume().unwrap();
    create.answer_signature(signed()).unwrap();
    assert!(response(&create).contains("attestationObject"));

    let restored = Arc::clone(&bench.authenticator).restore(bytes).unwrap();
    assert!(matches!(restored.step(), Ok(Step::NeedsUser { .. })), "it was neither ended nor lost");
    assert!(matches!(get(&bench.authenticator).step(), Ok(Step::NeedsUser { .. })));
}

#[test]
fn a_store_that_is_gone_stays_suspended_and_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db");
    let text = path.to_string_lossy().into_owned();
    let on = Authenticator::open(text, vec![7; 32], settings(KeyBackend::Software)).unwrap();
    on.suspend().unwrap();
    let away = folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    for _ in 0..2 {
        assert!(matches!(on.resume(), Err(OpenError::Store { .. })));
        assert_eq!(on.passkeys(None).map(|_| ()), Err(PasskeyError::Suspended));
        assert!(!path.exists());
    }
    std::fs::rename(&away, &path).unwrap();
    on.resume().unwrap();
    assert!(all(&on).is_empty());
}

#[test]
fn threads_that_work_while_the_store_comes_and_goes_lose_nothing() {
    const EACH: usize = 20;
    let bench = Bench::new(KeyBackend::Software);
    let on = &bench.authenticator;
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..EACH {
                on.suspend().unwrap();
                on.resume().unwrap();
            }
        });
        for worker in 0..2 {
            scope.spawn(move || {
                for round in 0..EACH {
                    let options = crate::test_support::creation_options(&format!("{worker}-{round}"));
                    let ceremony = loop {
                        let source = crate::ClientData::Build;
                        let started =
                            Arc::clone(on).start_create(options.clone(), crate::test_support::site(), source);
                        match started {
                            Ok(ceremony) => break ceremony,
                            Err(misuse) => assert_eq!(misuse, Misuse::Suspended),
                        }
                    };
                    while let Err(misuse) = ceremony.answer_user(APPROVED) {
                        assert_eq!(misuse, Misuse::Suspended);
                    }
                    response(&ceremony);
                }
            });
        }
    });
    assert_eq!(all(on).len(), 2 * EACH);
}
