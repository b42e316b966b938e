//! `prf` as a site sees it.

use authenticator_core::{Ask, CandidateRef, Gesture, Requester};
use serde_json::{Value, json};

use super::super::test_world::*;
use super::super::{ClientDataSource, Create, Get};
use super::*;
use crate::base64url;
use crate::{CreationOptions, DomException, RequestOptions};

fn prf(inputs: Value) -> Value {
    json!({"extensions": {"prf": inputs}})
}

fn eval(first: &str) -> Value {
    prf(json!({"eval": {"first": first}}))
}

/// A passkey of this user.
fn register(phone: &mut Device, user: &str) -> String {
    let user = json!({"id": user, "name": user, "displayName": user});
    id(&phone.create(&creation(json!({"user": user}))).unwrap()).to_owned()
}

/// Signs in with one of these, for these inputs.
fn sign_in(phone: &mut Device, allowed: &[&str], inputs: Value) -> Value {
    let mut options =
        request(json!({"allowCredentials": allowed.iter().map(|id| descriptor(id)).collect::<Vec<_>>()}));
    options["extensions"] = prf(inputs)["extensions"].clone();
    phone.get(&options).unwrap()
}

fn outputs(response: &Value) -> &Value {
    &response["clientExtensionResults"]["prf"]
}

/// The first result, which is 32 bytes.
fn first(response: &Value) -> &str {
    let text = outputs(response)["results"]["first"].as_str().unwrap_or_else(|| panic!("{response}"));
    assert_eq!(base64url::decode(text).unwrap().len(), 32);
    text
}

#[test]
fn prf02_a_registration_says_whether_there_is_a_function() {
    for (hmac_secret, enabled) in [
        (HmacSecret::Unsupported, false),
        (HmacSecret::AtSignIn, true),
        (HmacSecret::AtRegistrationToo, true),
    ] {
        for rk in ["required", "discouraged"] {
            let mut phone = Device::new(Profile { hmac_secret, ..Profile::phone([0xaa; 16]) });
            let selection = json!({"residentKey": rk, "userVerification": "discouraged"});
            let mut options = creation(prf(json!({})));
            options["authenticatorSelection"] = selection;
            let made = phone.create(&options).unwrap();
            assert_eq!(outputs(&made), &json!({"enabled": enabled}));
            let extensions = judge_registration(&made, &hash_of_client_data(&made)).extensions;
            assert_eq!(extensions.is_some(), enabled, "hmac-secret is in the authenticator data");
            let asked = if rk == "required" { Ask::Verification } else { Ask::Presence };
            assert_eq!(phone.asked, [asked], "no result, no verification");
        }
    }
    let made = phone().create(&creation(json!({}))).unwrap();
    assert_eq!(made["clientExtensionResults"], json!({}), "nobody asked");
}

#[test]
fn prf02_a_registration_gives_results_where_it_can() {
    for (hmac_secret, gives) in [(HmacSecret::AtSignIn, false), (HmacSecret::AtRegistrationToo, true)] {
        let mut phone = Device::new(Profile { hmac_secret, ..Profile::phone([0xaa; 16]) });
        let inputs = json!({"eval": {"first": "AAEC", "second": "AwQF"}});
        let made = phone.create(&creation(prf(inputs.clone()))).unwrap();
        assert_eq!(outputs(&made)["enabled"], true);
        let signed = sign_in(&mut phone, &[id(&made)], inputs);
        first(&signed);
        assert_ne!(outputs(&signed)["results"]["first"], outputs(&signed)["results"]["second"]);
        let expected = gives.then(|| outputs(&signed)["results"].clone());
        assert_eq!(outputs(&made).get("results"), expected.as_ref());
    }
}

#[test]
fn prf01_the_same_input_gives_the_same_result_and_another_another() {
    let mut phone = phone();
    let passkey = register(&mut phone, "YQ");
    let other = register(&mut phone, "Yg");
    let mut of = |id: &str, input: &str| {
        first(&sign_in(&mut phone, &[id], json!({"eval": {"first": input}}))).to_owned()
    };
    let result = of(&passkey, "AAEC");
    assert_eq!(of(&passkey, "AAEC"), result);
    assert_ne!(of(&passkey, "AAED"), result);
    assert_ne!(of(&passkey, ""), result);
    assert_ne!(of(&other, "AAEC"), result);
    phone.world.power_cycle();
    assert_eq!(first(&sign_in(&mut phone, &[&passkey], json!({"eval": {"first": "AAEC"}}))), result);
}

#[test]
fn prf01_a_second_input_is_as_good_as_a_first() {
    let mut phone = phone();
    let passkey = register(&mut phone, "YQ");
    let both = sign_in(&mut phone, &[&passkey], json!({"eval": {"first": "AAEC", "second": "AwQF"}}));
    let second = sign_in(&mut phone, &[&passkey], json!({"eval": {"first": "AwQF"}}));
    assert_eq!(outputs(&both)["results"]["second"], first(&second));
    assert_eq!(outputs(&second)["results"].get("second"), None);
}

#[test]
fn prf03_results_are_a_verified_users_whatever_the_site_prefers() {
    let mut phone = phone();
    let made = phone.create(&creation(eval("AAEC"))).unwrap();
    for wish in ["required", "preferred", "discouraged"] {
        for allowed in [json!([]), json!([descriptor(id(&made))])] {
            phone.asked.clear();
            let mut options = request(eval("AAEC"));
            options["allowCredentials"] = allowed;
            options["userVerification"] = json!(wish);
            let signed = phone.get(&options).unwrap();
            assert_eq!(first(&signed), first(&made));
            assert_eq!(bytes(&signed, "authenticatorData")[32], UP | UV, "hmac-secret stays out of it");
            assert_eq!(phone.asked, [Ask::Verification]);
        }
    }
    let selection = json!({"residentKey": "discouraged", "userVerification": "discouraged"});
    let mut options = creation(eval("AAEC"));
    options["authenticatorSelection"] = selection;
    phone.asked.clear();
    first(&phone.create(&options).unwrap());
    assert_eq!(phone.asked, [Ask::Verification]);
}

#[test]
fn prf03_where_nobody_can_be_verified_the_ceremony_goes_on_without_results() {
    for verification in [BuiltInVerification::NotConfigured, BuiltInVerification::Unsupported] {
        let mut device = Device::new(Profile { verification, ..Profile::phone([0xaa; 16]) });
        let made = device.create(&creation(eval("AAEC"))).unwrap();
        assert_eq!(outputs(&made), &json!({"enabled": true}));
        let signed = device.get(&request(eval("AAEC"))).unwrap();
        assert_eq!(outputs(&signed), &json!({}));
        let mut required = request(eval("AAEC"));
        required["userVerification"] = json!("required");
        assert_eq!(device.get(&required).unwrap_err().name(), DomException::NotAllowedError);
    }
}

#[test]
fn prf03_a_sign_in_without_inputs_needs_no_verification() {
    let mut phone = phone();
    let passkey = register(&mut phone, "YQ");
    let other = register(&mut phone, "Yg");
    phone.asked.clear();
    for inputs in [json!({}), json!({"evalByCredential": {&other: {"first": "AA"}}})] {
        let mut options = request(prf(inputs.clone()));
        options["userVerification"] = json!("discouraged");
        options["allowCredentials"] = json!([descriptor(&passkey), descriptor(&other)]);
        if inputs.as_object().unwrap().is_empty() {
            let signed = phone.get_with(&options, ClientDataSource::Build, choosing_the_newest).unwrap();
            assert_eq!(outputs(&signed), &json!({}));
            assert_eq!(phone.asked, [Ask::Presence]);
        } else {
            first(&phone.get(&options).unwrap());
        }
    }
}

#[test]
fn prf04_each_credential_gets_its_own_inputs() {
    let mut phone = phone();
    let (old, new) = (register(&mut phone, "YQ"), register(&mut phone, "Yg"));
    let by =
        json!({"evalByCredential": {&old: {"first": "AQ"}, &new: {"first": "Ag"}}, "eval": {"first": "Aw"}});
    let alone = |phone: &mut Device, id: &str, input: &str| {
        first(&sign_in(phone, &[id], json!({"eval": {"first": input}}))).to_owned()
    };
    for (allowed, expected, input) in
        [(vec![&old[..], &new], &new, "Ag"), (vec![&new, &old], &new, "Ag"), (vec![&new], &new, "Ag")]
    {
        let mut inputs = by.clone();
        if allowed.len() == 1 {
            inputs["evalByCredential"].as_object_mut().unwrap().remove(&old);
        }
        let signed = sign_in(&mut phone, &allowed, inputs);
        assert_eq!(id(&signed), expected);
        assert_eq!(first(&signed), alone(&mut phone, expected, input));
    }
    let third = register(&mut phone, "Yw");
    let signed = sign_in(&mut phone, &[&old, &new, &third], by);
    assert_eq!(id(&signed), third);
    assert_eq!(first(&signed), alone(&mut phone, &third, "Aw"), "the inputs of all");
}

#[test]
fn prf04_a_credential_without_inputs_gives_no_results() {
    let mut phone = phone();
    let (old, new) = (register(&mut phone, "YQ"), register(&mut phone, "Yg"));
    let signed = sign_in(&mut phone, &[&old, &new], json!({"evalByCredential": {&old: {"first": "AQ"}}}));
    assert_eq!((id(&signed), outputs(&signed)), (new.as_str(), &json!({})));
}

#[test]
fn prf04_who_has_picked_an_older_passkey_gets_its_results() {
    let mut phone = phone();
    let (old, new) = (register(&mut phone, "YQ"), register(&mut phone, "Yg"));
    let same = register(&mut phone, "Yw");
    let inputs = json!({
        "evalByCredential": {&old: {"first": "AQ"}, &new: {"first": "Ag"}, &same: {"first": "AQ"}},
    });
    let expected = first(&sign_in(&mut phone, &[&old], json!({"eval": {"first": "AQ"}}))).to_owned();
    let mut options = request(prf(inputs));
    options["allowCredentials"] = json!([descriptor(&old), descriptor(&new), descriptor(&same)]);
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    let caller = web("https://login.example.com");
    let get = Get::prepare(&options, &caller, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    assert!(get.depends_on_pick());
    let hash = RpIdHash::of("example.com");
    let id_bytes = base64url::decode(&old).unwrap();
    let mut cx = phone.world.context();
    let picked =
        cx.vault().unwrap().by_credential_id(&hash, &id_bytes, |entry| entry.record).unwrap().unwrap();
    let mut offered = 0;
    let done = phone.drive(
        |step, cx| {
            step.candidates(cx, None, &mut |_| {
                offered += 1;
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
            Ok(Gesture::VERIFIED.choosing(CandidateRef::Record(picked)))
        },
        |cx| get.begin_picked(cx, Requester::default(), picked),
    );
    let ending = get.finish(&mut phone.world.context(), &done.result).unwrap();
    let signed = parse(&phone.written(ending));
    assert_eq!((id(&signed), first(&signed), offered), (old.as_str(), expected.as_str(), 2));
}

#[test]
fn no_result_is_printed() {
    let mut phone = phone();
    let caller = web("https://login.example.com");
    let options = CreationOptions::from_json(&creation(eval("AAEC")).to_string()).unwrap();
    let create =
        Create::prepare(&options, &caller, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    let done = phone.drive(obliging, |cx| create.begin(cx, Requester::default()));
    let printed = format!("{options:?} {create:?} {done:?}");
    let response = create.finish(&done.result).unwrap();
    let result = first(&parse(&response)).to_owned();
    let raw = base64url::decode(&result).unwrap();
    let listed = format!("{raw:?}");
    let listed = listed.trim_matches(['[', ']']);
    for text in [printed, format!("{response:?}")] {
        assert!(!text.contains(&result) && !text.contains(listed), "{text}");
    }
}
