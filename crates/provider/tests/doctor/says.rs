//! What a report says, to programs and to those who are to help.

use crate::scene::{HANDLE, NAME, WELL, patient, register, very_ill};
use authenticator_core::store::RecordId;
use authenticator_provider::{Item, Repair, Severity, Trouble, catalogue, doctor};
use authenticator_testkit::device_key;
use authenticator_testkit::leaks::{Needle, found};
use serde_json::json;
use std::collections::HashSet;

#[test]
fn the_report_as_json() {
    let mut sim = patient();
    register(&mut sim, "twice.example");
    register(&mut sim, "twice.example");
    let report = doctor(&mut sim.world).unwrap();
    let record = catalogue(&mut sim.world).unwrap()[1].id();
    assert_eq!(
        report.to_json(),
        json!({
            "healthy": true,
            "checked": {
                "passkeys": 2, "hostRecords": 0, "keyIntents": 0, "keyTombstones": 0, "commits": 5, "generation": 1,
            },
            "findings": [{
                "kind": "superseded-passkey",
                "severity": "notice",
                "record": record,
                "explanation": "a newer passkey of the same account has taken a passkey's place; it is kept for the sites \
                    that still name it",
                "repair": "delete-passkey",
            }],
        })
    );
    assert_eq!(
        report.redacted()["findings"],
        json!([
            {"kind": "superseded-passkey", "severity": "notice", "record": 1},
        ])
    );
}

/// These names are an interface.
#[test]
fn kinds_severities_and_repairs_have_names_that_stay() {
    let mut sim = very_ill();
    let report = doctor(&mut sim.world).unwrap();
    let mut said: Vec<String> = report
        .diagnoses
        .iter()
        .map(|found| {
            let repair = found.repair.unwrap();
            format!("{} {} {}", found.what.as_str(), found.severity().as_str(), repair.as_str())
        })
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "abandoned-key warning give-up-key",
            "expired-ceremony notice remove-host-record",
            "hidden-passkey notice delete-passkey",
            "invalidated-key error delete-passkey",
            "misindexed-passkey error rewrite",
            "missing-key error delete-passkey",
            "mixed-records error accept-records",
            "superseded-passkey notice delete-passkey",
            "unconfirmed-passkey notice delete-passkey",
            "unknown-ceremony notice remove-host-record",
            "unknown-notes notice forget-notes",
            "unreadable-host-record warning discard",
            "unreadable-key-record warning discard",
            "unreadable-large-blobs error discard",
            "unreadable-passkey error discard",
            "unused-key warning forget-key",
        ]
    );
    assert_eq!(Repair::DestroyKey(RecordId([1; 16])).as_str(), "destroy-key");
    assert_eq!((Trouble::Other.as_str(), Trouble::Other.severity()), ("other", Severity::Warning));
}

#[test]
fn every_trouble_is_said_in_words_of_its_own() {
    let names: HashSet<&str> = Trouble::ALL.iter().map(|what| what.as_str()).collect();
    let sentences: HashSet<&str> = Trouble::ALL.iter().map(|what| what.explanation()).collect();
    assert_eq!((names.len(), sentences.len()), (Trouble::ALL.len(), Trouble::ALL.len()));
}

/// Nothing of whose store it is is in the report for support. That the search can fail the other report shows, which has
/// records' ids.
#[test]
fn the_redacted_report_names_nobody() {
    let mut sim = very_ill();
    let report = doctor(&mut sim.world).unwrap();
    let items = catalogue(&mut sim.world).unwrap();
    let passkeys: Vec<_> = items.iter().filter_map(Item::passkey).collect();
    let mut needles = vec![
        Needle::new("the user's name", NAME.as_bytes()),
        Needle::new("the user handle", HANDLE),
        Needle::new("the device key", device_key().expose()),
        Needle::new("an account with a host record", b"linked device"),
    ];
    needles.extend(WELL.map(|site| Needle::new("a site", site.as_bytes())));
    needles.extend(
        passkeys.iter().map(|passkey| Needle::new("a credential id", passkey.credential_id.as_slice())),
    );
    needles.extend(
        sim.world.store.inner.dump().iter().filter(|(_, id, _)| *id != RecordId::HEADER).flat_map(
            |(_, RecordId(id), kept)| {
                [Needle::new("a record id", id), Needle::new("a sealed body", &kept.body)]
            },
        ),
    );

    let redacted = report.redacted().to_string();
    assert_eq!(redacted.matches("\"kind\"").count(), report.diagnoses.len());
    assert_eq!(found(redacted.as_bytes(), &needles), Vec::<String>::new());
    assert!(
        found(report.to_json().to_string().as_bytes(), &needles).contains(&"a record id as hex".to_owned())
    );
    let planted = format!("{redacted} {NAME} {HANDLE:?}");
    assert_eq!(
        found(planted.as_bytes(), &needles),
        ["the user's name as raw", "the user handle as a list of numbers"]
    );
}
