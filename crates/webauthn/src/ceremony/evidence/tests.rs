use authenticator_core::{Error as AuthenticatorError, Profile, Refusal, Reply, Requester};
use serde_json::{Value, json};

use super::super::test_world::*;
use super::*;
use crate::ceremony::{ClientDataSource, Create, Get};
use crate::options::{CreationOptions, RequestOptions};

fn created(phone: &mut Device, options: &Value, answer: Option<Refusal>) -> Option<Evidence> {
    let options = CreationOptions::from_json(&options.to_string()).unwrap();
    let (page, cx) = (web("https://login.example.com"), &mut phone.world.context());
    let ceremony = Create::prepare(&options, &page, ClientDataSource::Build, cx).unwrap();
    let done = phone.drive(
        |step, cx| answer.map_or_else(|| obliging(step, cx), Err),
        |cx| ceremony.begin(cx, Requester::default()),
    );
    ceremony.evidence(&done.result)
}

fn got(phone: &mut Device, options: &Value, answer: Option<Refusal>) -> Option<Evidence> {
    let options = RequestOptions::from_json(&options.to_string()).unwrap();
    let (page, cx) = (web("https://login.example.com"), &mut phone.world.context());
    let ceremony = Get::prepare(&options, &page, ClientDataSource::Build, cx).unwrap();
    let done = phone.drive(
        |step, cx| answer.map_or_else(|| obliging(step, cx), Err),
        |cx| ceremony.begin(cx, Requester::default()),
    );
    ceremony.evidence(&done.result)
}

/// The ids as a site writes them.
fn written(listed: &[Base64Url]) -> Vec<String> {
    listed.iter().map(Base64Url::encode).collect()
}

#[test]
fn s38_a_registration_shows_what_of_its_exclude_list_is_here() {
    let mut phone = phone();
    assert!(created(&mut phone, &creation(json!({})), None).is_none());
    let made = phone.create(&creation(json!({}))).unwrap();
    let mut list = foreign(3);
    assert!(created(&mut phone, &creation(json!({"excludeCredentials": list.clone()})), None).is_none());

    list.push(descriptor(id(&made)));
    let options = creation(json!({"excludeCredentials": list}));
    let Some(Evidence::Excluded { rp_id, user_id, listed, named }) = created(&mut phone, &options, None)
    else {
        panic!("the list names one that is here")
    };
    assert_eq!((rp_id.as_str(), written(&listed)), ("example.com", vec![id(&made).to_owned()]));
    assert_eq!(user_id.encode(), options["user"]["id"]);
    let ids = options["excludeCredentials"].as_array().unwrap().iter().map(|one| &one["id"]);
    assert!(written(&named).iter().eq(ids), "all four");
    for refusal in [Refusal::Cancelled, Refusal::Declined, Refusal::TimedOut] {
        assert!(created(&mut phone, &options, Some(refusal)).is_none(), "{refusal:?}");
    }
}

/// What was cut off would look as if the site did not name it.
#[test]
fn s38_a_registration_shows_all_that_a_list_names_where_it_is_cut() {
    let mut phone = Device::new(Profile { max_credentials_in_list: 1, ..Profile::phone([0xaa; 16]) });
    let made = [0, 1].map(|_| phone.create(&creation(json!({}))).unwrap());
    let options = creation(json!({"excludeCredentials": made.each_ref().map(|one| descriptor(id(one)))}));
    let Some(Evidence::Excluded { listed, named, .. }) = created(&mut phone, &options, None) else {
        panic!("the list names two that are here")
    };
    let ids = made.each_ref().map(|one| id(one).to_owned());
    assert_eq!((written(&listed), written(&named)), (ids[..1].to_vec(), ids.to_vec()));
}

#[test]
fn s38_a_sign_in_shows_who_has_signed_in_and_who_was_named() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let mut list = foreign(3);
    list.push(descriptor(id(&made)));
    for (options, named) in [
        (request(json!({})), vec![]),
        (request(json!({"allowCredentials": list})), vec![id(&made).to_owned()]),
    ] {
        let Some(Evidence::SignedIn { rp_id, credential_id, listed }) = got(&mut phone, &options, None)
        else {
            panic!("it has signed in")
        };
        let signed_in = crate::base64url::encode(credential_id.as_slice());
        assert_eq!((rp_id.as_str(), signed_in.as_str()), ("example.com", id(&made)));
        assert_eq!(written(&listed), named);
        assert!(got(&mut phone, &options, Some(Refusal::Declined)).is_none());
    }
}

#[test]
fn a_reply_of_another_command_shows_nothing() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let options = creation(json!({"excludeCredentials": [descriptor(id(&made))]}));
    let options = CreationOptions::from_json(&options.to_string()).unwrap();
    let (page, cx) = (web("https://login.example.com"), &mut phone.world.context());
    let create = Create::prepare(&options, &page, ClientDataSource::Build, cx).unwrap();
    let options = RequestOptions::from_json(&request(json!({})).to_string()).unwrap();
    let get = Get::prepare(&options, &page, ClientDataSource::Build, &mut phone.world.context()).unwrap();
    for result in [Ok(Reply::Empty), Err(AuthenticatorError::NoCredentials)] {
        assert!(create.evidence(&result).is_none() && get.evidence(&result).is_none(), "{result:?}");
    }
    assert!(get.evidence(&Err(AuthenticatorError::Excluded)).is_none());
}

#[test]
fn debug_shows_neither_the_site_nor_an_id() {
    let mut phone = phone();
    let made = phone.create(&creation(json!({}))).unwrap();
    let options = creation(json!({"excludeCredentials": [descriptor(id(&made))]}));
    assert_eq!(format!("{:?}", created(&mut phone, &options, None).unwrap()), "Excluded { listed: 1, .. }");
    let signed_in = got(&mut phone, &request(json!({})), None).unwrap();
    assert_eq!(format!("{signed_in:?}"), "SignedIn { listed: 0, .. }");
}
