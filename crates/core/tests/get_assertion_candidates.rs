//! getAssertion: which credential signs, and who chooses it.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod sign_in;

use authenticator_core::store::RecordId;
use authenticator_core::{
    AmongNamed, Ask, BuiltInVerification, CandidateRef, Chooser, Command, Error, Gesture, GetAssertion,
    Manage, Profile, Refusal, Reply, Step, decode,
};
use authenticator_testkit::cbor::{Value, array, bytes, map};
use authenticator_testkit::reply::AuthData;
use authenticator_testkit::request::{CLIENT_DATA_HASH, descriptor, get_assertion};
use authenticator_testkit::{Answer, Sim};
use sign_in::{New, SITE, biometric_key, count, id, phone, register, security_key, stored, user_id};
use std::ops::ControlFlow;

#[test]
fn ga08_an_allow_list_restricts_to_its_entries_of_this_site() {
    let mut sim = security_key();
    let older = register(&mut sim, New::user(b"1"));
    let newer = register(&mut sim, New::user(b"2"));
    let sealed = register(&mut sim, New::user(b"3").non_discoverable());
    let elsewhere = register(&mut sim, New::user(b"4").at("other.example"));
    let sealed_elsewhere = register(&mut sim, New::user(b"5").at("other.example").non_discoverable());
    let foreign = [0x77; 32];

    for (list, expected) in [
        (vec![id(&older)], Some(&older)),
        (vec![id(&newer)], Some(&newer)),
        (vec![id(&sealed)], Some(&sealed)),
        (vec![&foreign, id(&elsewhere), id(&older)], Some(&older)),
        (vec![&foreign, id(&sealed_elsewhere), id(&sealed)], Some(&sealed)),
        (vec![id(&elsewhere)], None),
        (vec![id(&sealed_elsewhere)], None),
        (vec![&foreign], None),
        (vec![&[]], None),
        (vec![&[0x77; 300]], None),
        (vec![&id(&sealed)[1..]], None),
        (vec![&id(&older)[..16]], None),
    ] {
        let reply = sim.send(&get_assertion(SITE).list(list.clone()));
        match expected {
            Some(credential) => {
                assert_eq!(reply.credential_id().as_deref(), Some(id(credential)));
                assert!(reply.is_signed_by(credential, &CLIENT_DATA_HASH));
            }
            None => assert_eq!(reply.status, 0x2E, "{list:02x?}"),
        }
    }
}

#[test]
fn ga08_without_an_allow_list_all_discoverable_ones_of_the_site() {
    let mut sim = security_key();
    register(&mut sim, New::user(b"1").non_discoverable());
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x2E, "a non-discoverable one must be named");
    let credential = register(&mut sim, New::user(b"2"));
    register(&mut sim, New::user(b"3").at("other.example"));
    for request in [get_assertion(SITE), get_assertion(SITE).list([])] {
        let reply = sim.send(&request);
        assert_eq!((reply.status, count(&reply)), (0x00, None));
        assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
    }
}

#[test]
fn ga08_descriptors_of_another_type_name_nothing() {
    let mut sim = security_key();
    let credential = register(&mut sim, New::user(b"1"));
    let other = map([("id", bytes(id(&credential))), ("type", Value::from("public-kez"))]);
    assert_eq!(sim.send(&get_assertion(SITE).with(0x03, array([other.clone()]))).status, 0x2E);
    let both = array([other, descriptor(id(&credential))]);
    assert_eq!(sim.send(&get_assertion(SITE).with(0x03, both)).status, 0x00);
    let broken = array([descriptor(id(&credential)), map([("type", "public-key")])]);
    assert_eq!(sim.send(&get_assertion(SITE).with(0x03, broken)).status, 0x14, "every entry is checked");
}

#[test]
fn ga09_cpr06_cred_protect_hides_by_verification_and_list() {
    //  level, uv: status without a list, status when named
    for (level, uv, unnamed, named) in [
        (1, false, 0x00, 0x00),
        (1, true, 0x00, 0x00),
        (2, false, 0x2E, 0x00),
        (2, true, 0x00, 0x00),
        (3, false, 0x2E, 0x2E),
        (3, true, 0x00, 0x00),
    ] {
        for mut sim in [phone(), biometric_key()] {
            let credential = register(&mut sim, New::user(b"1").level(level));
            let sealed = register(&mut sim, New::user(b"2").level(level).non_discoverable());
            for up in [true, false] {
                let request = || get_assertion(SITE).option("uv", uv).option("up", up);
                let message = format!("level {level}, uv {uv}, up {up}");
                assert_eq!(sim.send(&request()).status, unnamed, "{message}");
                assert_eq!(sim.send(&request().list([id(&credential)])).status, named, "{message}, named");
                assert_eq!(sim.send(&request().list([id(&sealed)])).status, named, "{message}, sealed");
            }
        }
    }
}

#[test]
fn ga09_what_is_hidden_takes_no_place_of_what_is_not() {
    let mut sim = phone();
    let hidden: Vec<AuthData> = (0..9).map(|user| register(&mut sim, New::user(&[user]).level(3))).collect();
    let hidden_sealed = register(&mut sim, New::user(b"s").level(3).non_discoverable());
    let open = register(&mut sim, New::user(b"o"));
    let open_sealed = register(&mut sim, New::user(b"t").non_discoverable());
    for last in [&open, &open_sealed] {
        let list = hidden.iter().chain([&hidden_sealed, last]).map(id);
        let reply = sim.send(&get_assertion(SITE).list(list));
        assert_eq!(reply.status, 0x00);
        assert!(reply.is_signed_by(last, &CLIENT_DATA_HASH));
    }
}

#[test]
fn ga10_unknown_and_filtered_look_the_same_and_ask_nobody() {
    let mut sim = phone();
    let protected = register(&mut sim, New::user(b"1").level(3));
    let replies = [
        sim.send(&get_assertion(SITE)),
        sim.send(&get_assertion(SITE).list([id(&protected)])),
        sim.send(&get_assertion("never.seen.example")),
        sim.send(&get_assertion(SITE).list([[0x99; 32].as_slice()])),
        sim.send(&get_assertion("never.seen.example").option("uv", true)),
    ];
    for reply in replies {
        assert_eq!((reply.status, reply.raw.len()), (0x2E, 0));
    }
    assert!(sim.user.seen.is_empty());
}

#[test]
fn ga11_the_longest_allow_list_and_one_more() {
    for (mut sim, longest) in [(security_key(), 10), (phone(), 64)] {
        let credential = register(&mut sim, New::user(b"1"));
        let foreign = [0x55; 32];
        let list = |length: usize| {
            std::iter::repeat_n(foreign.as_slice(), length - 1).chain([id(&credential)]).collect::<Vec<_>>()
        };
        assert_eq!(sim.send(&get_assertion(SITE).list(list(longest))).status, 0x00);
        assert_eq!(sim.send(&get_assertion(SITE).list(list(longest + 1))).status, 0x15);
    }
}

#[test]
fn ga14_an_allow_list_gives_one_credential_and_nothing_to_continue() {
    for mut sim in [phone(), security_key()] {
        let first = register(&mut sim, New::user(b"1"));
        let second = register(&mut sim, New::user(b"2"));
        let sealed = register(&mut sim, New::user(b"3").non_discoverable());
        let list = [id(&first), id(&second), id(&sealed)];
        let reply = sim.send(&get_assertion(SITE).list(list));
        assert_eq!(reply.status, 0x00);
        assert!(list.contains(&reply.credential_id().expect("a credential").as_slice()));
        assert_eq!((count(&reply), reply.member(0x06)), (None, None));
        assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
    }
}

#[test]
fn ga14_nine_of_ours_named_offers_eight() {
    let mut sim = phone();
    let all: Vec<AuthData> = (0..9).map(|user| register(&mut sim, New::user(&[user]))).collect();
    let reply = sim.send(&get_assertion(SITE).list(all.iter().map(id)));
    assert_eq!(reply.status, 0x00);
    let shown: Vec<_> = sim.user.seen[0].candidates.iter().map(|c| c.credential_id.as_slice()).collect();
    let first_eight_newest_first: Vec<_> = all[..8].iter().rev().map(id).collect();
    assert_eq!(shown, first_eight_newest_first);
    // The ninth is still usable by itself.
    assert_eq!(sim.send(&get_assertion(SITE).list([id(&all[8])])).status, 0x00);
}

#[test]
fn ga14_the_user_may_choose_among_the_named() {
    let mut sim = phone();
    let first = register(&mut sim, New::user(b"1"));
    let second = register(&mut sim, New::user(b"2"));
    let sealed = register(&mut sim, New::user(b"3").non_discoverable());
    let request = get_assertion(SITE).list([id(&first), id(&second), id(&sealed), id(&second)]);
    for (answer, chosen) in [
        (Answer::Choose(0), &second),
        (Answer::Choose(1), &first),
        (Answer::Give(Gesture::TOUCH.choosing(CandidateRef::Sealed)), &sealed),
    ] {
        sim.user.will(answer);
        let reply = sim.send(&request);
        assert!(reply.is_signed_by(chosen, &CLIENT_DATA_HASH));
        assert_eq!(sim.user.seen.pop().expect("a prompt").candidates.len(), 2, "one entry each");
    }
}

/// As a provider asks, whose host shows its user what there is.
#[test]
fn a_host_that_asks_for_itself_lets_the_user_choose_among_the_named_too() {
    let mut sim = phone();
    let first = register(&mut sim, New::user(b"1"));
    let second = register(&mut sim, New::user(b"2"));
    let mut send = |list: &[&AuthData], answer| {
        sim.user.will(answer);
        let request = get_assertion(SITE).list(list.iter().copied().map(id)).encode();
        let Ok(Command::GetAssertion(request)) = decode(&request, 7609) else { panic!("a request") };
        match sim
            .run(Command::GetAssertion(GetAssertion { among_named: AmongNamed::Chosen, ..request }))
            .result
        {
            Ok(Reply::Asserted(asserted)) => Ok(asserted.credential_id.as_slice().to_vec()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        }
    };
    assert_eq!(send(&[&first, &second], Answer::Comply), Err(Error::UnknownChoice));
    assert_eq!(send(&[&first, &second], Answer::Choose(1)).as_deref(), Ok(id(&first)));
    assert_eq!(send(&[&first], Answer::Comply).as_deref(), Ok(id(&first)), "nothing to choose");
}

#[test]
fn ga15_a_client_gets_the_newest_and_the_count() {
    let mut sim = security_key();
    let one = register(&mut sim, New::user(b"1"));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!(count(&reply), None, "one credential has no count");
    assert!(reply.is_signed_by(&one, &CLIENT_DATA_HASH));

    register(&mut sim, New::user(b"2"));
    let newest = register(&mut sim, New::user(b"3"));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!((count(&reply), reply.member(0x06)), (Some(3), None));
    assert!(reply.is_signed_by(&newest, &CLIENT_DATA_HASH));
}

#[test]
fn ga15_ga16_a_display_that_asks_nobody_counts_too() {
    let mut sim = phone();
    register(&mut sim, New::user(b"1"));
    let newest = register(&mut sim, New::user(b"2"));
    let reply = sim.send(&get_assertion(SITE).option("up", false));
    assert_eq!((count(&reply), reply.member(0x06)), (Some(2), None));
    assert!(reply.is_signed_by(&newest, &CLIENT_DATA_HASH));
    let next = sim.send_bytes(&[0x08]);
    assert_eq!(next.auth_data().expect("authenticator data").flags, 0x00);
    assert_eq!(user_id(&next), Some(b"1".to_vec()));
    assert!(sim.user.seen.is_empty());
}

/// Covers: GA-22
#[test]
fn ga16_with_a_display_the_person_chooses() {
    for uv in [true, false] {
        let mut sim = phone();
        let all: Vec<AuthData> = (0..3).map(|user| register(&mut sim, New::user(&[user]))).collect();
        for place in 0..3 {
            sim.user.will(Answer::Choose(place));
            let reply = sim.send(&get_assertion(SITE).option("uv", uv));
            assert_eq!(reply.member(0x06), Some(Value::Bool(true)));
            assert_eq!(count(&reply), None);
            assert!(reply.is_signed_by(&all[2 - place], &CLIENT_DATA_HASH), "newest first");
            assert_eq!(sim.send_bytes(&[0x08]).status, 0x30, "nothing to continue");
        }
    }
}

#[test]
fn ga16_no_choice_or_a_no_is_denied() {
    let mut sim = phone();
    register(&mut sim, New::user(b"1"));
    register(&mut sim, New::user(b"2"));
    for answer in [
        Answer::Comply,
        Answer::Refuse(Refusal::Declined),
        Answer::Refuse(Refusal::TimedOut),
        Answer::Give(Gesture::TOUCH.choosing(CandidateRef::Sealed)),
    ] {
        sim.user.will(answer.clone());
        assert_eq!(sim.send(&get_assertion(SITE)).status, 0x27, "{answer:?}");
        assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
    }
}

#[test]
fn ga16_only_what_was_offered_can_be_chosen() {
    let mut sim = phone();
    let open = register(&mut sim, New::user(b"1"));
    let protected = register(&mut sim, New::user(b"2").level(3));
    let elsewhere = register(&mut sim, New::user(b"3").at("other.example"));
    let commits = sim.world.store.commits();
    for credential in [&protected, &elsewhere] {
        let record = stored(&mut sim, credential).expect("there").0;
        for gesture in [Gesture::TOUCH, Gesture::VERIFIED] {
            for request in [get_assertion(SITE), get_assertion(SITE).list([id(&open), id(&protected)])] {
                sim.user.will(Answer::Give(gesture.choosing(CandidateRef::Record(record))));
                assert_eq!(sim.send(&request).status, 0x27);
            }
        }
    }
    sim.user.will(Answer::Give(Gesture::TOUCH.choosing(CandidateRef::Record(RecordId([7; 16])))));
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x27);
    assert_eq!(sim.world.store.commits(), commits, "nothing has changed");
}

/// A host with little room pages through them, two at a time.
#[test]
fn ga16_candidates_can_be_paged() {
    let mut sim = phone();
    let all: Vec<AuthData> = (0..5).map(|user| register(&mut sim, New::user(&[user]))).collect();
    let newest_first: Vec<_> = all.iter().rev().map(|credential| id(credential).to_vec()).collect();
    let in_no_order = [2, 0, 4, 1, 3].map(|place: usize| id(&all[place]));
    for request in [get_assertion(SITE), get_assertion(SITE).list(in_no_order)] {
        let request = request.encode();
        let step = decode(&request, 7609).expect("decodes").begin(&mut sim.world.context(), sim.requester);
        let Step::NeedsUser(needs) = step else { panic!("another step") };
        let (mut before, mut seen) = (None, Vec::new());
        for _ in 0..3 {
            let mut page = 0;
            let read = needs.candidates(&mut sim.world.context(), before, &mut |entry| {
                seen.push(entry.credential.id.as_slice().to_vec());
                before = Some(entry.credential.number);
                page += 1;
                if page == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            read.expect("the store can be read");
        }
        assert_eq!(seen, newest_first);
    }
}

#[test]
fn ga16_equal_and_empty_names_are_told_apart() {
    let mut sim = phone();
    let names = [Some("alice"), Some("alice"), Some(""), None];
    let all: Vec<AuthData> = names
        .iter()
        .zip(0..)
        .map(|(name, handle)| register(&mut sim, New::user(&[handle]).named(*name)))
        .collect();
    sim.user.will(Answer::Choose(2));
    let reply = sim.send(&get_assertion(SITE));
    assert!(
        reply.is_signed_by(&all[1], &CLIENT_DATA_HASH),
        "the older alice is at place 1, so 2 from the top"
    );
    let shown = &sim.user.seen[0].candidates;
    let shown_names: Vec<_> = shown.iter().map(|candidate| candidate.name.as_deref()).collect();
    assert_eq!(shown_names, [None, Some(""), Some("alice"), Some("alice")]);
    for (candidate, credential) in shown.iter().zip(all.iter().rev()) {
        assert_eq!(candidate.credential_id.as_slice(), id(credential));
    }
}

/// Covers: AD-08
#[test]
fn ga09_verification_that_was_not_asked_for_widens_what_a_client_gets() {
    let mut sim = biometric_key();
    let open = register(&mut sim, New::user(b"1"));
    let protected = register(&mut sim, New::user(b"2").level(3));
    sim.user.will(Answer::Give(Gesture::VERIFIED));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!(sim.user.seen[0].ask, Ask::Presence);
    assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x05);
    assert_eq!(count(&reply), Some(2), "filtered by what was proven");
    assert!(reply.is_signed_by(&protected, &CLIENT_DATA_HASH));
    assert!(sim.send_bytes(&[0x08]).is_signed_by(&open, &CLIENT_DATA_HASH));
}

/// Covers: AD-08
#[test]
fn ga16_verification_that_was_not_asked_for_signs_with_what_was_shown() {
    let mut sim = phone();
    let open = register(&mut sim, New::user(b"1"));
    register(&mut sim, New::user(b"2").level(3));
    sim.user.will(Answer::Give(Gesture::VERIFIED));
    let reply = sim.send(&get_assertion(SITE));
    assert_eq!(sim.user.seen[0].candidates.len(), 1);
    assert_eq!((reply.status, count(&reply)), (0x00, None));
    assert_eq!(reply.auth_data().expect("authenticator data").flags, 0x05);
    assert!(reply.is_signed_by(&open, &CLIENT_DATA_HASH));
}

#[test]
fn ga15_ga16_the_chooser_is_the_profiles() {
    for (chooser, status, expected) in [(Chooser::Host, 0x27, None), (Chooser::Client, 0x00, Some(2))] {
        let verification = BuiltInVerification::Configured;
        let mut sim = Sim::new(Profile { chooser, verification, ..Profile::phone([0; 16]) });
        register(&mut sim, New::user(b"1"));
        register(&mut sim, New::user(b"2"));
        let reply = sim.send(&get_assertion(SITE));
        assert_eq!((reply.status, count(&reply)), (status, expected), "{chooser:?}");
    }
}

/// Another process resets the store while the prompt is shown: what was offered is gone, whatever kind it was.
#[test]
fn ga10_what_a_reset_takes_during_the_prompt_does_not_sign() {
    for (discoverable, named) in [(true, false), (true, true), (false, true)] {
        let mut sim = phone();
        let credential = register(&mut sim, New { discoverable, ..New::user(b"1") });
        let mut request = get_assertion(SITE);
        if named {
            request = request.list([id(&credential)]);
        }
        let request = request.encode();
        let step = decode(&request, 7609).expect("decodes").begin(&mut sim.world.context(), sim.requester);

        let profile = sim.world.authenticator.profile().clone();
        let mut other = Sim::over(profile, sim.world.store.inner.clone(), 2).expect("the same store");
        assert!(other.run(Command::Manage(Manage::Reset)).result.is_ok());
        sim.world.store.inner = other.world.store.inner;

        let mut step = sim.answer(step);
        while !matches!(step, Step::Done(_)) {
            step = sim.answer(step);
        }
        let Step::Done(done) = step else { panic!("another step") };
        let mut reply = [0; 8];
        assert_eq!(done.encode(&sim.world.session, &mut reply), 1);
        assert_eq!(reply[0], 0x2E, "discoverable {discoverable}, named {named}");
    }
}
