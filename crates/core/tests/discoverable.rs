//! makeCredential with `rk`: what is stored, and what becomes of the account's older credential (MC-25 to MC-28, S-38).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::store::{CommitError, Listed, MemoryStore, RecordId, Store};
use authenticator_core::{
    Command, Done, MakeCredential, Manage, Profile, Prompt, Replacement, Reply, Session, Step, decode,
};
use authenticator_host::Clock;
use authenticator_testkit::cbor::{Value, array, bytes, map, named};
use authenticator_testkit::request::{Request, algorithm, get_assertion, make_credential};
use authenticator_testkit::{Fault, Mood, Sim};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;

const RP: &str = "example.com";

fn request(user: &[u8]) -> Request {
    make_credential(RP, user).option("rk", true)
}

/// Registers and returns the credential id.
fn registered<S: Store>(sim: &mut Sim<S>, request: &Request) -> Vec<u8> {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00, "{request:?}");
    reply.auth_data().unwrap().credential_id.unwrap()
}

/// Whether a site that names this credential is answered with it.
fn signs_in<S: Store>(sim: &mut Sim<S>, id: &[u8]) -> bool {
    let reply = sim.send(&get_assertion(RP).list([id]));
    assert!(matches!(reply.status, 0x00 | 0x2E), "status {:#x}", reply.status);
    assert_eq!(reply.credential_id(), (reply.status == 0x00).then(|| id.to_vec()));
    reply.status == 0x00
}

/// The ids that usernameless sign-ins go through, newest first.
fn offered<S: Store>(sim: &mut Sim<S>) -> Vec<Vec<u8>> {
    let first = sim.send(&get_assertion(RP));
    let Some(id) = first.credential_id() else { return Vec::new() };
    let more =
        first.member(0x05).and_then(|count| count.as_integer()).map_or(0, |count| i128::from(count) - 1);
    let next = (0..more).map(|_| sim.send_bytes(&[0x08]).credential_id().unwrap());
    std::iter::once(id).chain(next.collect::<Vec<_>>()).collect()
}

/// The record and the id of every credential in the store, newest first.
fn stored<S: Store>(sim: &mut Sim<S>) -> Vec<(RecordId, Vec<u8>)> {
    let mut all = Vec::new();
    let _ = sim.world.context().vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be read") };
        all.push((entry.record, entry.credential.id.as_slice().to_vec()));
        ControlFlow::Continue(())
    });
    all
}

fn sim_of<const N: usize>() -> Sim<MemoryStore<N>> {
    Sim::over(Profile::security_key([0; 16]), MemoryStore::<N>::new(), 1).unwrap()
}

#[test]
fn mc25_a_credential_is_stored_and_found_without_a_name() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let commits = sim.world.store.commits();
    let id = registered(&mut sim, &request(b"user 1"));
    assert_eq!(sim.world.store.commits(), commits + 1, "one commit");
    sim.power_cycle(std::time::Duration::from_secs(60));
    assert_eq!(offered(&mut sim), [id.as_slice()]);
    assert!(signs_in(&mut sim, &id));
}

#[test]
fn mc25_the_same_user_s_old_credential_dies() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let old = registered(&mut sim, &request(b"user 1"));
    let new = registered(&mut sim, &request(b"user 1").with(0x04, array([algorithm(-8)])));
    assert_ne!(old, new);
    assert!(!signs_in(&mut sim, &old));
    assert!(signs_in(&mut sim, &new));
    assert_eq!(offered(&mut sim), [new.as_slice()]);
    assert_eq!(stored(&mut sim).len(), 1);
    let excluding_the_old = request(b"user 2").list([old.as_slice()]);
    assert_eq!(sim.send(&excluding_the_old).status, 0x00, "the old one excludes nothing any more");
}

#[test]
fn mc25_only_the_same_site_and_user_are_replaced() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let first = registered(&mut sim, &request(b"user 1"));
    let others = [request(b"user 2"), request(b"user 11"), request(b"user"), request(&[b'u'; 64])];
    others.iter().for_each(|other| drop(registered(&mut sim, other)));
    for rp in ["example.org", "www.example.com", "example.co"] {
        registered(&mut sim, &make_credential(rp, b"user 1").option("rk", true));
    }
    assert_eq!(stored(&mut sim).len(), 8);
    assert_eq!(offered(&mut sim).len(), 5);
    assert!(signs_in(&mut sim, &first));
}

/// Wherever the command is dropped, the old credential is there until the new one is.
#[test]
fn mc25_the_old_one_is_replaced_in_the_same_commit() {
    let mut steps = Vec::new();
    for answered in 0.. {
        let mut sim = Sim::new(Profile::security_key([0; 16]));
        let old = registered(&mut sim, &request(b"user 1"));
        match sim.run_and_drop(&request(b"user 1").encode(), answered) {
            Err(waiting_for) => {
                steps.push(waiting_for);
                assert!(signs_in(&mut sim, &old), "dropped at {waiting_for}");
                assert_eq!(offered(&mut sim), [old]);
            }
            Ok(done) => {
                assert!(done.result.is_ok());
                assert!(!signs_in(&mut sim, &old));
                break;
            }
        }
    }
    assert_eq!(steps, ["NeedsUser", "NeedsKeypair", "NeedsSignature", "NeedsCommit"]);
}

#[test]
fn mc25_a_commit_that_fails_keeps_the_old_one() {
    let failures = [
        (CommitError::Full, 0x28),
        (CommitError::ReadOnly, 0x7F),
        (CommitError::Busy, 0x7F),
        (CommitError::Failed, 0x7F),
    ];
    for (failure, status) in failures {
        let mut sim = Sim::new(Profile::security_key([0; 16]));
        let old = registered(&mut sim, &request(b"user 1"));
        sim.world.store.fail_commits_from(0, Fault::Before(failure));
        let reply = sim.send(&request(b"user 1"));
        assert_eq!((reply.status, reply.raw.len()), (status, 0), "{failure:?}");
        sim.world.store.heal();
        assert_eq!(offered(&mut sim), [old.as_slice()], "{failure:?}");
        assert!(signs_in(&mut sim, &old), "{failure:?}");
    }
}

#[test]
fn mc25_a_race_or_a_doubt_ends_with_one_credential() {
    for fault in [Fault::Before(CommitError::Conflict), Fault::After, Fault::InDoubt] {
        let mut sim = Sim::new(Profile::security_key([0; 16]));
        let old = registered(&mut sim, &request(b"user 1"));
        sim.world.store.fail_commit(0, fault);
        let new = registered(&mut sim, &request(b"user 1"));
        assert_eq!(offered(&mut sim), [new], "{fault:?}");
        assert!(!signs_in(&mut sim, &old), "{fault:?}");
        assert_eq!(stored(&mut sim).len(), 1, "{fault:?}");
    }
}

/// What the host's lists are made of.
/// Covers: MC-27, CPR-03
#[test]
fn mc25_a_record_holds_site_account_level_and_date() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let id = registered(&mut sim, &request(b"user 1").extension("credProtect", 2));
    let mut seen = 0;
    let _ = sim.world.context().vault().unwrap().credentials(None, &mut |listed| {
        let Listed::Credential(entry) = listed else { panic!("a record that cannot be read") };
        let credential = entry.credential;
        assert_eq!((credential.id.as_slice(), credential.rp_id.as_str()), (id.as_slice(), RP));
        assert_eq!(credential.user.id.as_slice(), b"user 1");
        assert_eq!(credential.user.name.as_ref().map(|name| name.as_str()), Some("alice"));
        assert_eq!(credential.user.display_name.as_ref().map(|name| name.as_str()), Some("Alice"));
        assert_eq!(credential.cred_protect.level(), 2);
        assert_eq!((credential.created, credential.last_used), (Some(1_795_132_800), None));
        seen += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(seen, 1);
}

/// Two sessions register the same account: the one that commits last is told of the other, and replaces it.
#[test]
fn mc25_the_last_of_two_racing_registrations_stays() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let bytes = request(b"user 1").encode();
    let command = decode(&bytes, 1200).unwrap();
    let mut step = command.begin(&mut sim.world.context(), sim.requester);
    while !matches!(step, Step::NeedsCommit(_)) {
        step = sim.answer(step);
    }
    let late = std::mem::replace(&mut sim.world.session, Session::new(sim.clock.now()));
    let early = registered(&mut sim, &request(b"user 1"));
    assert!(signs_in(&mut sim, &early));
    let mut commits = 0;
    sim.world.session = late;
    while matches!(step, Step::NeedsCommit(_)) {
        step = sim.answer(step);
        commits += 1;
    }
    let Step::Done(Done { result: Ok(Reply::Registered(made)), .. }) = step else { panic!("{step:?}") };
    assert_eq!(commits, 2, "a conflict, and then success");
    assert_eq!(offered(&mut sim), [made.credential_id()]);
    assert!(!signs_in(&mut sim, &early));
    assert_eq!(sim.user.seen.iter().filter(|seen| matches!(seen.prompt, Prompt::Register { .. })).count(), 2);
}

#[test]
fn mc25_a_full_store_says_so_and_keeps_what_it_has() {
    let mut sim = sim_of::<3>(); // the header and two credentials
    let first = registered(&mut sim, &request(b"user 1"));
    let second = registered(&mut sim, &request(b"user 2"));
    let prompts = sim.user.seen.len();
    let reply = sim.send(&request(b"user 3"));
    assert_eq!((reply.status, reply.raw.len()), (0x28, 0));
    assert_eq!(sim.user.seen.len(), prompts + 1);
    assert_eq!(offered(&mut sim), [second.as_slice(), first.as_slice()]);
    assert!(signs_in(&mut sim, &first) && signs_in(&mut sim, &second));
}

#[test]
fn mc25_replacing_needs_no_room() {
    let mut sim = sim_of::<2>(); // the header and one credential
    let mut old = registered(&mut sim, &request(b"user 1"));
    for _ in 0..3 {
        let new = registered(&mut sim, &request(b"user 1"));
        assert!(!signs_in(&mut sim, &old));
        assert!(signs_in(&mut sim, &new));
        old = new;
    }
    assert_eq!(sim.send(&request(b"user 2")).status, 0x28);
    assert!(signs_in(&mut sim, &old));
}

#[test]
fn mc26_a_non_discoverable_credential_replaces_nothing_and_needs_no_room() {
    let mut sim = sim_of::<2>();
    let discoverable = registered(&mut sim, &request(b"user 1"));
    let commits = sim.world.store.commits();
    for rk in [None, Some(false)] {
        let other = make_credential(RP, b"user 1");
        let other = rk.map_or_else(|| other.clone(), |rk| other.clone().option("rk", rk));
        let sealed = registered(&mut sim, &other);
        assert_eq!(sim.world.store.commits(), commits, "nothing is written");
        assert!(signs_in(&mut sim, &sealed));
    }
    assert_eq!(
        offered(&mut sim),
        [discoverable.as_slice()],
        "only the discoverable one is found without a name"
    );
    assert!(signs_in(&mut sim, &discoverable));
}

/// Names of characters of 1 to 4 bytes, of every length around 64 and every alignment to it.
#[test]
fn mc27_names_are_cut_on_a_character_boundary() {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    for character in ['a', 'é', '€', '😀'] {
        for lead in 0..character.len_utf8() {
            for count in (60 - lead) / character.len_utf8()..=72 / character.len_utf8() {
                let name = "x".repeat(lead) + &character.to_string().repeat(count);
                let cut = (0..=name.len().min(64)).rev().find(|end| name.is_char_boundary(*end)).unwrap();
                let user = map([
                    ("id", bytes(b"user 1")),
                    ("name", Value::from(name.as_str())),
                    ("displayName", Value::from(format!("{name}!"))),
                ]);
                let request = request(b"user 1").with(0x03, user).option("uv", true);
                assert_eq!(sim.send(&request).status, 0x00, "{name}");
                let kept = sim.send(&get_assertion(RP).option("uv", true)).member(0x04).unwrap();
                assert_eq!(named(&kept, "name"), Some(&Value::from(&name[..cut])), "{} bytes", name.len());
                let display = format!("{name}!");
                let cut =
                    (0..=display.len().min(64)).rev().find(|end| display.is_char_boundary(*end)).unwrap();
                assert_eq!(
                    named(&kept, "displayName"),
                    Some(&Value::from(&display[..cut])),
                    "{} bytes",
                    name.len()
                );
            }
        }
    }
}

#[test]
fn mc27_names_may_be_absent_or_empty_and_an_icon_is_not_kept() {
    let mut sim = Sim::new(Profile::phone([0; 16]));
    let cases = [
        (map([("id", bytes(b"u"))]), None),
        (map([("id", bytes(b"u")), ("name", Value::from(""))]), Some(Value::from(""))),
        (map([("id", bytes(b"u")), ("icon", Value::from("https://example.com/a.png"))]), None),
    ];
    for (user, name) in cases {
        assert_eq!(sim.send(&request(b"u").with(0x03, user).option("uv", true)).status, 0x00);
        let kept = sim.send(&get_assertion(RP).option("uv", true)).member(0x04).unwrap();
        assert_eq!(named(&kept, "name"), name.as_ref());
        assert_eq!(named(&kept, "icon"), None);
        assert_eq!(named(&kept, "id"), Some(&bytes(b"u")));
    }
}

#[test]
fn mc28_a_long_rp_id_is_cut_for_people_and_hashed_whole() {
    // 253 bytes end within the two bytes of an é.
    let long = "a".repeat(252) + "é" + ".example";
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let register = make_credential(&long, b"user 1").option("rk", true);
    let auth_data = sim.send(&register).auth_data().unwrap();
    assert_eq!(auth_data.rp_id_hash, Sha256::digest(long.as_bytes()).to_vec());
    let Prompt::Register { rp_id, .. } = &sim.user.seen[0].prompt else { panic!("{:?}", sim.user.seen) };
    assert_eq!(rp_id.as_str(), "a".repeat(252));
    assert_eq!(sim.send(&get_assertion(&long)).status, 0x00);
    for near in ["a".repeat(252), "a".repeat(252) + "é", long.clone() + "s"] {
        assert_eq!(sim.send(&get_assertion(&near)).status, 0x2E, "{near}");
    }
    for length in [1, 32, 252, 253, 254, 300, 700] {
        let rp_id = "b".repeat(length);
        let request = make_credential(&rp_id, b"user 1").option("rk", true);
        assert_eq!(sim.send(&request).status, 0x00, "{length} bytes");
        assert_eq!(sim.send(&get_assertion(&rp_id)).status, 0x00, "{length} bytes");
    }
}

/// Registers as a face does that keeps the old credential until the new one has proved itself.
fn supersede<S: Store>(sim: &mut Sim<S>, user: &[u8]) -> Done {
    let bytes = request(user).encode();
    let Ok(Command::MakeCredential(decoded)) = decode(&bytes, 1200) else { panic!("not decoded") };
    sim.run(Command::MakeCredential(MakeCredential { replacement: Replacement::Supersede, ..decoded }))
}

#[test]
fn s38_a_superseded_credential_leaves_the_chooser_and_stays_usable_by_name() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let other = registered(&mut sim, &request(b"user 2"));
    let old = registered(&mut sim, &request(b"user 1"));
    assert!(supersede(&mut sim, b"user 1").result.is_ok());
    let [(_, new), (_, kept), (_, untouched)] = stored(&mut sim).try_into().unwrap();
    assert_eq!((&kept, &untouched), (&old, &other));
    assert_eq!(offered(&mut sim), [new.as_slice(), other.as_slice()]);
    for id in [&old, &new, &other] {
        assert!(signs_in(&mut sim, id));
    }
    assert_eq!(sim.send(&request(b"user 3").list([old.as_slice()])).status, 0x19, "it still excludes");
}

#[test]
fn s38_a_superseded_credential_comes_back_when_the_new_one_is_deleted() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    let first = registered(&mut sim, &request(b"user 1"));
    assert!(supersede(&mut sim, b"user 1").result.is_ok());
    assert!(supersede(&mut sim, b"user 1").result.is_ok());
    let [(newest_record, newest), (second_record, second), _] = stored(&mut sim).try_into().unwrap();
    assert_eq!(offered(&mut sim), [newest.as_slice()]);
    assert!(sim.run(Command::Manage(Manage::Delete(newest_record))).result.is_ok());
    assert!(!signs_in(&mut sim, &newest));
    assert_eq!(offered(&mut sim), [second]);
    assert!(sim.run(Command::Manage(Manage::Delete(second_record))).result.is_ok());
    assert_eq!(offered(&mut sim), [first.as_slice()]);
    assert!(signs_in(&mut sim, &first));
}

#[test]
fn s38_superseding_needs_room_and_a_failure_changes_nothing() {
    let mut sim = sim_of::<2>();
    let old = registered(&mut sim, &request(b"user 1"));
    assert_eq!(supersede(&mut sim, b"user 1").result.unwrap_err().status().code(), 0x28);
    assert_eq!(offered(&mut sim), [old.as_slice()]);
    sim.keys.will(Mood::Fails(authenticator_core::key::KeyError::Failed));
    assert_eq!(supersede(&mut sim, b"user 1").result.unwrap_err().status().code(), 0x7F);
    assert_eq!(offered(&mut sim), [old]);
}

/// CTAP's own registration replaces the superseded ones as well.
/// Covers: MC-25
#[test]
fn mc25_overwriting_takes_superseded_ones_along() {
    let mut sim = Sim::new(Profile::security_key([0; 16]));
    registered(&mut sim, &request(b"user 1"));
    assert!(supersede(&mut sim, b"user 1").result.is_ok());
    assert!(supersede(&mut sim, b"user 1").result.is_ok());
    let older: Vec<_> = stored(&mut sim).into_iter().map(|(_, id)| id).collect();
    assert_eq!(older.len(), 3);
    let last = registered(&mut sim, &request(b"user 1"));
    assert_eq!(offered(&mut sim), [last]);
    assert_eq!(stored(&mut sim).len(), 1);
    assert!(older.iter().all(|id| !signs_in(&mut sim, id)));
}
