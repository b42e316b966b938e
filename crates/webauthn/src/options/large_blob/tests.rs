use serde_json::{Value, json};

use super::*;
use crate::error::DomException;
use crate::{CreationOptions, RequestOptions};

fn creation(large_blob: &Value) -> Result<Option<LargeBlobSupport>, Error> {
    let options = json!({
        "rp": {"name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
        "challenge": "AAEC",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "extensions": {"largeBlob": large_blob}
    });
    CreationOptions::from_json(&options.to_string()).map(|options| options.extensions.large_blob)
}

fn request(allowed: &[&str], large_blob: &Value) -> Result<Option<LargeBlobRequest>, Error> {
    let allowed: Vec<Value> = allowed.iter().map(|id| json!({"type": "public-key", "id": id})).collect();
    let options =
        json!({"challenge": "AAEC", "allowCredentials": allowed, "extensions": {"largeBlob": large_blob}});
    RequestOptions::from_json(&options.to_string()).map(|options| options.extensions.large_blob)
}

#[test]
fn a_registration_asks_for_support() {
    for (input, expected) in [
        (json!(null), None),
        (json!({}), Some(LargeBlobSupport::Preferred)),
        (json!({"support": "preferred"}), Some(LargeBlobSupport::Preferred)),
        (json!({"support": "someday"}), Some(LargeBlobSupport::Preferred)),
        (json!({"support": "required"}), Some(LargeBlobSupport::Required)),
    ] {
        assert_eq!(creation(&input).unwrap(), expected, "{input}");
    }
}

#[test]
fn a_sign_in_asks_to_read_or_to_write() {
    for (input, expected) in [
        (json!(null), None),
        (json!({}), None),
        (json!({"read": false}), None),
        (json!({"read": true}), Some(LargeBlobRequest::Read)),
        (json!({"write": "AQI"}), Some(LargeBlobRequest::Write(vec![1, 2].into()))),
    ] {
        assert_eq!(request(&["AQID"], &input).unwrap(), expected, "{input}");
    }
    let written = request(&["AQID"], &json!({"write": "AQI"})).unwrap();
    assert_eq!(format!("{written:?}"), "Some(Write(..))");
}

#[test]
fn what_belongs_to_the_other_ceremony_is_not_supported() {
    for input in
        [json!({"read": true}), json!({"write": "AQ"}), json!({"support": "required", "read": false})]
    {
        assert_eq!(creation(&input).unwrap_err().name(), DomException::NotSupportedError, "{input}");
    }
    for (allowed, input) in [
        (&["AQID"][..], json!({"support": "preferred"})),
        (&["AQID"], json!({"read": true, "write": "AQ"})),
        (&["AQID"], json!({"read": false, "write": "AQ"})),
        (&[], json!({"write": "AQ"})),
        (&["AQID", "BAUG"], json!({"write": "AQ"})),
    ] {
        let error = request(allowed, &input).unwrap_err();
        assert_eq!(
            (error.name(), error.kind()),
            (DomException::NotSupportedError, &ErrorKind::LargeBlobMisplaced)
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (input, place) in [
        (json!(1), "extensions.largeBlob is not an object"),
        (json!({"support": 1}), "extensions.largeBlob.support is not a string"),
    ] {
        assert!(creation(&input).unwrap_err().to_string().contains(place), "{input}");
    }
    for (input, place) in [
        (json!({"read": "yes"}), "extensions.largeBlob.read is not true or false"),
        (json!({"write": "A"}), "extensions.largeBlob.write is not base64url"),
    ] {
        assert!(request(&["AQID"], &input).unwrap_err().to_string().contains(place), "{input}");
    }
}
