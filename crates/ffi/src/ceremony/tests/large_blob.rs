//! `largeBlob` through the bindings.

use super::*;
use crate::test_support::{APPROVED, host_keys, made, signed};

fn id(json: &str) -> String {
    json.split_once(r#""id":""#).unwrap().1.split('"').next().unwrap().to_owned()
}

/// Answers whatever is asked, to the end.
fn ended(ceremony: &Ceremony) -> String {
    loop {
        match ceremony.step().unwrap() {
            Step::NeedsUser { .. } => ceremony.answer_user(APPROVED).unwrap(),
            Step::NeedsKeypair { .. } => ceremony.answer_key(made(b"handle")).unwrap(),
            Step::NeedsSignature { .. } => ceremony.answer_signature(signed()).unwrap(),
            Step::Done { response_json } => return response_json,
            Step::Failed { failure, .. } => panic!("{failure:?}"),
        }
    }
}

fn get(authenticator: &Arc<crate::Authenticator>, id: &str, large_blob: &str) -> String {
    let options = format!(
        r#"{{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw",
            "allowCredentials": [{{"type": "public-key", "id": "{id}"}}],
            "extensions": {{"largeBlob": {large_blob}}}}}"#
    );
    ended(&Arc::clone(authenticator).start_get(options, site(), ClientData::Build).unwrap())
}

#[test]
fn map01_what_a_site_writes_is_there_when_the_app_starts_again() {
    for keys in [KeyBackend::Software, host_keys()] {
        let bench = Bench::new(keys.clone());
        let options = crate::test_support::creation_options("ada").replace(
            r#""attestation""#,
            r#""extensions": {"largeBlob": {"support": "required"}}, "attestation""#,
        );
        let authenticator = Arc::clone(&bench.authenticator);
        let ceremony = authenticator.start_create(options, site(), ClientData::Build).unwrap();
        let response = ended(&ceremony);
        assert!(response.contains(r#""largeBlob":{"supported":true}"#), "{response}");
        let id = id(&response);
        assert!(get(&bench.authenticator, &id, r#"{"read": true}"#).contains(r#""largeBlob":{}"#));
        let written = get(&bench.authenticator, &id, r#"{"write": "AAEC"}"#);
        assert!(written.contains(r#""largeBlob":{"written":true}"#), "{written}");
        let again = get(&bench.reopened(keys), &id, r#"{"read": true}"#);
        assert!(again.contains(r#""largeBlob":{"blob":"AAEC"}"#), "{again}");
    }
}
