use serde_json::{Value, json};

use super::*;
use crate::error::DomException;
use crate::test_support::hex;
use crate::{CreationOptions, RequestOptions};

fn creation(prf: Value) -> Result<CreationOptions, Error> {
    let options = json!({
        "rp": {"name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
        "challenge": "AAEC",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "extensions": {"prf": prf}
    });
    CreationOptions::from_json(&options.to_string())
}

fn request(allowed: &[&str], prf: Value) -> Result<RequestOptions, Error> {
    let allowed: Vec<Value> = allowed.iter().map(|id| json!({"type": "public-key", "id": id})).collect();
    let options = json!({"challenge": "AAEC", "allowCredentials": allowed, "extensions": {"prf": prf}});
    RequestOptions::from_json(&options.to_string())
}

/// The salts of W3C's test vectors for this extension (WebAuthn L3 §16, "CTAP2 hmac-secret mapping").
#[test]
fn prf01_prf05_inputs_become_the_published_salts() {
    let inputs = [
        "576562417574686e20505246207465737420766563746f727302",
        "576562417574686e20505246207465737420766563746f727303",
    ];
    let salts = [
        "527413ebb48293772df30f031c5ac4650c7de14bf9498671ae163447b6a772b3",
        "d68ac03329a10ee5e0ec834492bb9a96a0e547baf563bf78ccbe8789b22e776b",
    ];
    let [first, second] = inputs.map(|input| Base64Url::from(hex(input)).encode());
    let one = creation(json!({"eval": {"first": first}})).unwrap().extensions.prf.unwrap().eval.unwrap();
    assert_eq!((one.first().as_slice(), one.second()), (hex(salts[0]).as_slice(), None));

    let both = request(&[], json!({"eval": {"first": first, "second": second}})).unwrap();
    let both = both.extensions.prf.unwrap().eval.unwrap();
    assert_eq!((both.first(), both.second().unwrap().as_slice()), (one.first(), hex(salts[1]).as_slice()));
    assert_eq!(both, PrfSalts::hashed(*one.first(), both.second().copied()));
}

#[test]
fn prf04_inputs_of_a_credential_come_before_those_of_all() {
    let prf = json!({
        "eval": {"first": "AA"},
        "evalByCredential": {"AQID": {"first": "AQ"}, "BAUG": {"first": "Ag", "second": ""}},
    });
    let prf = request(&["AQID", "BAUG", "BwgJ"], prf).unwrap().extensions.prf.unwrap();
    let of = |id: &[u8]| prf.salts_of(&Base64Url::from(id.to_vec())).cloned();
    assert_eq!(of(&[1, 2, 3]), Some(PrfSalts::of_inputs(&[1], None)));
    assert_eq!(of(&[4, 5, 6]), Some(PrfSalts::of_inputs(&[2], Some(&[]))));
    assert_eq!(of(&[7, 8, 9]), Some(PrfSalts::of_inputs(&[0], None)));

    let alone = json!({"evalByCredential": {"AQID": {"first": "AQ"}}});
    let prf = request(&["AQID", "BAUG"], alone).unwrap().extensions.prf.unwrap();
    assert_eq!(prf.salts_of(&Base64Url::from(vec![4, 5, 6])), None);
}

#[test]
fn prf04_inputs_for_credentials_that_are_not_named_are_refused_as_webauthn_says() {
    let inputs = json!({"first": "AA"});
    let by = |key: &str| json!({"evalByCredential": {key: inputs}});
    for (allowed, key, name) in [
        (&[][..], "AQID", DomException::NotSupportedError),
        (&["AQID"], "", DomException::SyntaxError),
        (&["AQID"], "BAUG", DomException::SyntaxError),
        (&["AQID"], "AQI?", DomException::SyntaxError),
        (&["AQI"], "AQI=", DomException::SyntaxError),
        (&["-_8"], "+/8", DomException::SyntaxError),
        (&["AQID"], "AQID\n", DomException::SyntaxError),
        // The bits left over are not zero: the same bytes written in another way.
        (&["AQI"], "AQJ", DomException::SyntaxError),
    ] {
        assert_eq!(request(allowed, by(key)).unwrap_err().name(), name, "{allowed:?} {key:?}");
    }
    assert!(request(&["-_8"], by("-_8")).is_ok());
    assert!(request(&[], json!({"evalByCredential": {}})).is_ok());
}

#[test]
fn prf02_a_registration_has_no_inputs_for_single_credentials() {
    for by_credential in [json!({}), json!({"AQID": {"first": "AA"}}), json!(1)] {
        let error = creation(json!({"evalByCredential": by_credential})).unwrap_err();
        assert_eq!(
            (error.name(), error.kind()),
            (DomException::NotSupportedError, &ErrorKind::PrfByCredential)
        );
    }
    assert_eq!(
        creation(json!({"evalByCredential": null})).unwrap().extensions.prf,
        Some(PrfCreation::default())
    );
    assert_eq!(creation(Value::Null).unwrap().extensions.prf, None);
}

#[test]
fn hostile_inputs_are_named_by_their_place() {
    for (prf, name, place) in [
        (json!(true), DomException::TypeError, "extensions.prf is not an object"),
        (json!({"eval": []}), DomException::TypeError, "extensions.prf.eval is not an object"),
        (json!({"eval": {}}), DomException::TypeError, "extensions.prf.eval.first is missing"),
        (json!({"eval": {"first": null}}), DomException::TypeError, "extensions.prf.eval.first is missing"),
        (json!({"eval": {"first": 1}}), DomException::TypeError, "extensions.prf.eval.first is not a string"),
        (
            json!({"eval": {"first": "A"}}),
            DomException::EncodingError,
            "extensions.prf.eval.first is not base64url",
        ),
        (
            json!({"eval": {"first": "AA", "second": {}}}),
            DomException::TypeError,
            "extensions.prf.eval.second is not a string",
        ),
    ] {
        for error in [creation(prf.clone()).unwrap_err(), request(&["AQID"], prf.clone()).unwrap_err()] {
            assert_eq!(error.name(), name, "{prf}");
            assert!(error.to_string().contains(place), "{error}");
        }
    }
    for (entries, place) in [
        (json!([]), "extensions.prf.evalByCredential is not an object"),
        (json!({"AQID": {"first": "AA"}, "BAUG": 7}), "extensions.prf.evalByCredential[1] is not an object"),
        (json!({"AQID": {"first": "AA"}, "BAUG": {}}), "extensions.prf.evalByCredential[1].first is missing"),
    ] {
        let error = request(&["AQID", "BAUG"], json!({"evalByCredential": entries})).unwrap_err();
        assert!(error.to_string().contains(place), "{error}");
    }
}

#[test]
fn ten_thousand_inputs_are_read() {
    let ids: Vec<String> =
        (0..10_000_u32).map(|n| Base64Url::from(n.to_be_bytes().repeat(16)).encode()).collect();
    let allowed: Vec<&str> = ids.iter().map(String::as_str).collect();
    let entries: Value = ids.iter().map(|id| (id.clone(), json!({"first": id}))).collect();
    let prf = request(&allowed, json!({"evalByCredential": entries})).unwrap().extensions.prf.unwrap();
    assert_eq!(prf.by_credential.len(), 10_000);
}

#[test]
fn no_input_is_printed() {
    let prf = json!({"eval": {"first": "c2VjcmV0"}, "evalByCredential": {"c2VjcmV0": {"first": "c2VjcmV0"}}});
    let asked = request(&["c2VjcmV0"], prf).unwrap();
    assert_eq!(
        format!("{:?}", asked.extensions.prf.unwrap()),
        "PrfRequest { eval: Some(PrfSalts { both: false, .. }), by_credential: 1 }"
    );
}
