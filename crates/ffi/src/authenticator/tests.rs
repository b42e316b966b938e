use super::*;
use crate::test_support::{APPROVED, Bench, DEVICE_KEY, create, get, host_keys, response, settings};
use crate::{Page, Step, UserAnswer};
use std::collections::HashSet;
use std::thread;

fn try_open(path: &Path, key: &[u8], settings: Settings) -> Result<Arc<Authenticator>, OpenError> {
    Authenticator::open(path.to_string_lossy().into_owned(), key.to_vec(), settings)
}

#[test]
fn what_cannot_be_opened_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passkeys.db");
    let software = || settings(KeyBackend::Software);

    assert_eq!(try_open(&path, &[7; 31], software()).unwrap_err(), OpenError::DeviceKeyLength);
    let short = Settings { aaguid: vec![0; 15], ..software() };
    assert_eq!(try_open(&path, &DEVICE_KEY, short).unwrap_err(), OpenError::AaguidLength);
    let unknown = settings(KeyBackend::Host { algorithms: vec![-257] });
    assert_eq!(try_open(&path, &DEVICE_KEY, unknown).unwrap_err(), OpenError::NoAlgorithm);
    assert!(!path.exists(), "nothing is made for arguments that are wrong");
    let nowhere = folder.path().join("nowhere").join("passkeys.db");
    assert!(matches!(try_open(&nowhere, &DEVICE_KEY, software()), Err(OpenError::Store { .. })));

    drop(try_open(&path, &DEVICE_KEY, software()).unwrap());
    assert_eq!(try_open(&path, &[8; 32], software()).unwrap_err(), OpenError::OtherDeviceKey);
    assert!(try_open(&path, &DEVICE_KEY, software()).is_ok());
}

/// Every passkey that is offered, page by page.
fn all_records(authenticator: &Arc<Authenticator>) -> Vec<Vec<u8>> {
    let ceremony = get(authenticator);
    let Step::NeedsUser { request } = ceremony.step().unwrap() else { panic!("nobody is asked") };
    let mut records = Vec::new();
    let mut page: Page = request.candidates;
    loop {
        records.extend(page.candidates.into_iter().map(|candidate| candidate.record));
        let Some(next) = page.next else { return records };
        page = ceremony.candidates(next).unwrap();
    }
}

#[test]
fn eight_threads_register_and_sign_in_and_nothing_is_lost() {
    const THREADS: usize = 8;
    const EACH: usize = 12;
    let bench = Bench::new(KeyBackend::Software);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let authenticator = Arc::clone(&bench.authenticator);
            scope.spawn(move || {
                for round in 0..EACH {
                    let registration = create(&authenticator, &format!("user-{thread}-{round}"));
                    let abandoned = create(&authenticator, "nobody");
                    registration.answer_user(APPROVED).unwrap();
                    response(&registration);
                    abandoned.cancel().unwrap();
                    let sign_in = get(&authenticator);
                    let Step::NeedsUser { request } = sign_in.step().unwrap() else { panic!() };
                    let chosen = request.candidates.candidates.first().map(|first| first.record.clone());
                    sign_in.answer_user(UserAnswer::Approved { verified: true, chosen }).unwrap();
                    response(&sign_in);
                }
            });
        }
    });
    let records = all_records(&bench.authenticator);
    assert_eq!(records.len(), THREADS * EACH, "newest first, over several pages");
    assert_eq!(records.iter().collect::<HashSet<_>>().len(), records.len(), "each once");
    assert_eq!(all_records(&bench.reopened(host_keys())).len(), records.len());
}
