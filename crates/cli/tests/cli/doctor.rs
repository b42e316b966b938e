//! `doctor`: what it finds in a store, and what it mends when it is told to.

use crate::support::{Tool, request};
use authenticator_core::credential::CredentialState;
use authenticator_core::store::RecordId;
use authenticator_core::{Context, Gesture, Manage, NeedsUser, Profile, Requester, begin};
use authenticator_host::blocking::{self, manage};
use authenticator_testkit::{Keystore, request as ctap, with_keystore};
use serde_json::json;

fn phone() -> Profile {
    Profile::phone([0; 16])
}

/// The row of the passkey whose id begins like this, in SQL.
fn row(id: &str) -> String {
    format!("kind = 1 AND hex(id) LIKE '{id}%'")
}

#[test]
fn a_healthy_store() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.register_used("bob");
    let run = tool.doctor_for_people();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let said = "Healthy. Checked: passkeys 2, other records 0, notes about keys 0, pages of the file ";
    assert!(run.stdout.starts_with(said), "{run:?}");

    let mut said = tool.doctor(&[]);
    assert_eq!(said.code, 0);
    assert!(said.json["file"]["pages"].take().as_u64() > Some(5));
    assert_eq!(
        said.json,
        json!({
            "healthy": true,
            "opened": true,
            "checked": {
                "passkeys": 2, "hostRecords": 0, "keyIntents": 0, "keyTombstones": 0, "commits": 7, "generation": 1,
            },
            "file": {
                "faults": 0, "strays": 0, "format": 1, "pageSize": 1024, "pages": null, "freePages": 0, "logBytes": 0,
            },
            "findings": [],
            "mended": [],
        })
    );
}

#[test]
fn where_there_is_no_store_there_is_nothing_to_check_and_nothing_is_made() {
    let tool = Tool::new();
    let run = tool.doctor_for_people();
    assert_eq!((run.code, run.stdout.as_str()), (0, "There is no store yet, and so nothing to check.\n"));
    assert!(!tool.store().exists() && !tool.path("home").exists(), "looking makes nothing");
    assert_eq!(tool.doctor(&[]).json["opened"], false);
}

#[test]
fn looking_changes_no_byte() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.register_used("bob");
    tool.tamper(&format!("UPDATE record SET body = zeroblob(200) WHERE {}", row(&tool.newest())));
    let before = std::fs::read(tool.database()).unwrap();
    for _ in 0..2 {
        assert_eq!(tool.doctor(&[]).kinds(), ["unreadable-passkey"]);
        tool.doctor_for_people();
    }
    assert!(std::fs::read(tool.database()).unwrap() == before);
    // SQLite's own: a log without anything in it, and what its readers share.
    assert_eq!(tool.files(), ["passkeys.db", "passkeys.db-shm", "passkeys.db-wal"]);
    assert_eq!(std::fs::metadata(tool.store().join("passkeys.db-wal")).unwrap().len(), 0);
}

#[test]
fn a_passkey_that_was_changed_is_shown_with_its_repair_and_discarded_when_told_to() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.register_used("bob");
    let bob = tool.newest();
    assert_eq!(tool.tamper(&format!("UPDATE record SET body = zeroblob(200) WHERE {}", row(&bob))), 1);

    let run = tool.doctor_for_people();
    assert_eq!(run.code, 9, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with(&format!("error    unreadable-passkey:{bob}: ")), "{run:?}");
    let command =
        format!("authenticator doctor --store {} --repair unreadable-passkey:{bob}", tool.store().display());
    assert!(
        lines[1].starts_with("  → repair (removes the record; ") && lines[1].ends_with(&command),
        "{run:?}"
    );
    assert!(lines[2].starts_with("Not healthy. Checked: passkeys 2"), "{run:?}");
    assert!(run.stderr.contains("something to mend"));

    // What was not found, or is of another record, leaves it as it is.
    for other in
        ["mixed-records", "misindexed-passkey", "unreadable-passkey:ffffffffffffffffffffffffffffffff"]
    {
        let said = tool.doctor(&["--repair", other]);
        assert_eq!(
            (said.code, said.kinds(), said.mended().len()),
            (9, vec!["unreadable-passkey"], 0),
            "{other}"
        );
    }
    let said = tool.doctor(&["--repair", &format!("unreadable-passkey:{}", &bob[..8])]);
    assert_eq!((said.code, said.kinds().len(), said.mended()), (0, 0, vec!["unreadable-passkey"]));
    assert_eq!(tool.list().len(), 1);
    assert_eq!(tool.get(&request(&[]), "approve").code, 0);
    let again = tool.doctor(&["--repair", "unreadable-passkey"]);
    assert_eq!((again.code, again.mended().len()), (0, 0), "there is nothing left to mend");
}

#[test]
fn a_passkey_that_its_site_does_not_find_signs_in_again() {
    let tool = Tool::new();
    tool.register_used("alice");
    for column in ["relying_party", "credential_id", "user"] {
        tool.tamper(&format!("UPDATE record SET {column} = zeroblob(16) WHERE kind = 1"));
        if column == "relying_party" {
            tool.get(&request(&[]), "approve").fails(3, &["NotAllowedError"]);
        }
        assert_eq!(tool.doctor(&["--repair", "mixed-records"]).kinds(), ["misindexed-passkey"], "{column}");
        let said = tool.doctor(&["--repair", "misindexed-passkey"]);
        assert_eq!((said.code, said.kinds().len()), (0, 0), "{column}");
        assert_eq!(tool.get(&request(&[]), "approve").code, 0);
    }
}

#[test]
fn a_passkey_that_was_taken_away_is_missed_until_the_rest_is_accepted() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.register_used("bob");
    tool.tamper(&format!("DELETE FROM record WHERE {}", row(&tool.newest())));
    let said = tool.doctor(&["--repair", "unreadable-passkey"]);
    assert_eq!((said.code, said.kinds()), (9, vec!["mixed-records"]));
    let said = tool.doctor(&["--repair", "mixed-records"]);
    assert_eq!((said.code, said.mended()), (0, vec!["mixed-records"]));
    assert_eq!((tool.list().len(), tool.get(&request(&[]), "approve").code), (1, 0));
}

/// Records that somebody made up: of the host's own, a key about to be made, a key to be destroyed.
#[test]
fn records_that_are_not_ours_are_found_and_discarded_one_by_one() {
    let tool = Tool::new();
    tool.register_used("alice");
    for kind in 2..=4 {
        tool.tamper(&format!(
            "INSERT INTO record (kind, id, version, number, body) VALUES ({kind}, randomblob(16), 1, 90, randomblob(60))"
        ));
    }
    let keys = "unreadable-key-record";
    let said = tool.doctor(&[]);
    assert_eq!(said.kinds(), ["unreadable-host-record", keys, keys, "mixed-records"]);
    let first = said.json["findings"][1]["record"].as_str().unwrap();
    let said = tool.doctor(&["--repair", &format!("{keys}:{first}")]);
    assert_eq!(said.kinds(), ["unreadable-host-record", keys, "mixed-records"]);
    let said = tool.doctor(&["--repair", keys, "--repair", "unreadable-host-record"]);
    assert_eq!((said.kinds(), said.mended()), (vec!["mixed-records"], vec![keys, "unreadable-host-record"]));
    assert_eq!(tool.doctor(&["--repair", "mixed-records"]).code, 0);
    assert_eq!(tool.get(&request(&[]), "approve").code, 0);
}

/// Rows of no kind, and a second header: every read passes them over.
#[test]
fn rows_that_name_no_record_are_found_and_removed() {
    let tool = Tool::new();
    tool.register_used("alice");
    for kind in [77, 0] {
        tool.tamper(&format!(
            "INSERT INTO record (kind, id, version, number, body) VALUES ({kind}, randomblob(16), 1, 90, randomblob(60))"
        ));
    }
    let said = tool.doctor(&[]);
    assert_eq!((said.code, said.kinds()), (9, vec!["stray-rows"]));
    let said = tool.doctor(&["--repair", "stray-rows"]);
    assert_eq!((said.code, said.mended(), said.kinds().len()), (0, vec!["stray-rows"], 0));
    assert_eq!((tool.list().len(), tool.get(&request(&[]), "approve").code), (1, 0));
}

#[test]
fn a_superseded_passkey_is_a_notice_and_goes_when_told_to() {
    let tool = Tool::new();
    tool.register_used("alice");
    let newer = tool.register_used("alice");
    let run = tool.doctor_for_people();
    assert!(run.code == 0 && run.stdout.starts_with("notice   superseded-passkey:"), "{run:?}");
    assert!(run.stdout.contains("Healthy."), "{run:?}");
    assert_eq!(tool.doctor(&["--repair", "superseded-passkey"]).mended(), ["superseded-passkey"]);
    assert_eq!(tool.list().len(), 1);
    assert_eq!(tool.get(&request(&[]), "approve").json()["id"], newer["id"]);
}

#[test]
fn s38_what_a_passkey_in_doubt_has_superseded_stays_and_holds_up_no_other() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.register_used("alice");
    tool.register_used("bob");
    tool.register("bob");
    assert_eq!(tool.doctor(&["--repair", "superseded-passkey"]).mended(), ["superseded-passkey"]);
    assert_eq!(tool.list().len(), 3, "alice's newer one, and both of bob's");
    tool.run(&["doctor", "--repair", "superseded-passkey"], "").fails(2, &["nothing here mends"]);
    assert_eq!(tool.list().len(), 3);
}

#[test]
fn s38_an_unconfirmed_passkey_is_a_notice_until_it_has_signed_in() {
    let tool = Tool::new();
    tool.register("alice");
    let run = tool.doctor_for_people();
    assert!(run.code == 0 && run.stdout.starts_with("notice   unconfirmed-passkey:"), "{run:?}");
    assert!(run.stdout.contains("Healthy."), "{run:?}");
    assert_eq!(tool.get(&request(&[]), "approve").code, 0);
    assert_eq!(tool.doctor(&["--repair", "unconfirmed-passkey"]).kinds(), Vec::<&str>::new());
    tool.register("bob");
    assert_eq!(tool.doctor(&["--repair", "unconfirmed-passkey"]).mended(), ["unconfirmed-passkey"]);
    assert_eq!(tool.list().len(), 1, "alice's is in no doubt");
}

#[test]
fn what_other_versions_left_behind_is_noticed_and_removed_when_told_to() {
    let tool = Tool::new();
    tool.register_used("alice");
    let id: u128 = u128::from_str_radix(&tool.newest(), 16).unwrap();
    let mut world = tool.world(phone());
    manage(&mut world, Manage::SetHostData(RecordId(id.to_be_bytes()), &[0xa1, 0x00, 0x02])).unwrap();
    let expired = [b"ceremony\x01".as_slice(), &[0; 16]].concat();
    for (id, bytes) in [(1, expired.as_slice()), (2, b"ceremony\x07")] {
        manage(&mut world, Manage::PutHost { record: RecordId([id; 16]), bytes }).unwrap();
    }
    drop(world);
    let all = ["unknown-notes", "unknown-ceremony", "expired-ceremony"];
    let said = tool.doctor(&[]);
    assert_eq!((said.code, said.kinds()), (0, all.to_vec()));
    for (kind, left) in all.into_iter().zip([2, 1, 0]) {
        let said = tool.doctor(&["--repair", kind]);
        assert_eq!((said.code, said.mended(), said.kinds().len()), (0, vec![kind], left));
    }
    assert_eq!(tool.get(&request(&[]), "approve").code, 0);
}

#[test]
fn passkeys_that_can_be_used_no_more_are_found_and_given_up_when_told_to() {
    let tool = Tool::new();
    tool.register_used("alice");
    for (name, state, kind, code) in [
        ("bob", CredentialState::Hidden, "hidden-passkey", 0),
        ("carol", CredentialState::KeyInvalidated, "invalidated-key", 9),
    ] {
        tool.register_used(name);
        let id: u128 = u128::from_str_radix(&tool.newest(), 16).unwrap();
        let mut world = tool.world(phone());
        manage(&mut world, Manage::SetState(RecordId(id.to_be_bytes()), state)).unwrap();
        drop(world);
        let said = tool.doctor(&["--repair", "superseded-passkey"]);
        assert_eq!((said.code, said.kinds()), (code, vec![kind]), "another repair leaves it");
        let said = tool.doctor(&["--repair", kind]);
        assert_eq!((said.code, said.mended(), said.kinds().len()), (0, vec![kind], 0));
    }
    assert_eq!((tool.list().len(), tool.get(&request(&[]), "approve").code), (1, 0));
}

/// A store that another program has used as well, which has a keystore.
#[test]
fn passkeys_whose_keys_are_elsewhere_are_found_and_given_up_when_told_to() {
    let tool = Tool::new();
    tool.register_used("alice");
    let mut world = tool.world(with_keystore(phone()));
    let elsewhere =
        ctap::make_credential("elsewhere.example", b"bob").option("rk", true).option("uv", true).encode();
    let mut approve = |_: &NeedsUser, _: &mut Context<'_>| Ok(Gesture::VERIFIED);
    let done = blocking::run(&mut world, &mut approve, &mut Keystore::default(), |cx| {
        begin(&elsewhere, cx, Requester::default())
    });
    done.result.unwrap();
    drop(world);

    assert_eq!(tool.doctor(&[]).kinds(), ["missing-key"]);
    let said = tool.doctor(&["--repair", "missing-key"]);
    assert_eq!((said.code, said.kinds()), (9, vec!["unused-key"]), "its key is still where it was");
    assert_eq!(said.json["findings"][0]["repair"], "forget-key");
    assert_eq!(tool.doctor(&["--repair", "unused-key"]).code, 0);
    assert_eq!((tool.list().len(), tool.get(&request(&[]), "approve").code), (1, 0));
}

#[test]
fn a_repair_that_makes_no_sense_is_refused() {
    let tool = Tool::new();
    tool.register_used("alice");
    tool.run(&["doctor", "--repair", "everything"], "").fails(2, &["name of a finding"]);
    tool.run(&["doctor", "--repair", "missing-key:xyz"], "").fails(2, &["0-9 and a-f"]);
    tool.run(&["doctor", "--repair", "missing-key:"], "").fails(2, &["0-9 and a-f"]);
    // Eighteen passkeys of one account: of the seventeen earlier ones two begin with the same digit.
    (0..18).for_each(|_| drop(tool.register("bob")));
    let findings = tool.doctor(&[]).json["findings"].take();
    let superseded =
        findings.as_array().unwrap().iter().filter(|finding| finding["kind"] == "superseded-passkey");
    let ids: Vec<&str> = superseded.map(|finding| finding["record"].as_str().unwrap()).collect();
    let double = ids.iter().find(|id| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1).unwrap();
    let order = format!("superseded-passkey:{}", &double[..1]);
    tool.run(&["doctor", "--repair", &order], "").fails(8, &["several"]);
    assert_eq!(tool.list().len(), 19);
}
