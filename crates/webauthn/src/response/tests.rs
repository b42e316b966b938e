use serde_json::json;

use super::*;
use crate::error::{DomException, ErrorKind};
use crate::test_support::hex;

// W3C WebAuthn Level 3, Test Vectors: none-es256.
const NONE_ID: &str = "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4";
const NONE_X: &str = "afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61";
const NONE_Y: &str = "930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
const NONE_AUTH_DATA: &str = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
const NONE_OBJECT: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";

// W3C WebAuthn Level 3, Test Vectors: packed-self-es256.
const PACKED_STATEMENT: &str = "a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d";
const PACKED_AUTH_DATA: &str = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2";
const PACKED_OBJECT: &str = "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2";

/// An empty CBOR map, the statement of `none`.
const NONE: Attestation<'_> = Attestation { format: "none", statement: &[0xa0] };

fn coordinate(text: &str) -> [u8; 32] {
    hex(text).try_into().unwrap()
}

fn registration<'a>(id: &'a [u8], authenticator_data: &'a [u8]) -> RegistrationResponse<'a> {
    RegistrationResponse {
        credential_id: id,
        client_data_json: Some(b"{}"),
        authenticator_data,
        attestation: NONE,
        transports: &[Transport::Internal, Transport::Hybrid],
        algorithm: CoseAlgorithm::ES256,
        public_key: Some(PublicKey::Es256 { x: coordinate(NONE_X), y: coordinate(NONE_Y) }),
        attachment: AuthenticatorAttachment::Platform,
        extensions: ExtensionResults { cred_props_rk: Some(true), ..ExtensionResults::default() },
    }
}

fn parse(text: &str) -> Value {
    assert!(!text.contains("null") && !text.contains('='), "{text}");
    serde_json::from_str(text).unwrap()
}

#[test]
fn s14_a_registration_is_written_as_the_specification_says() {
    let (id, auth_data) = (hex(NONE_ID), hex(NONE_AUTH_DATA));
    let written = parse(&registration(&id, &auth_data).to_json().unwrap());
    let spki = format!("3059301306072a8648ce3d020106082a8648ce3d03010703420004{NONE_X}{NONE_Y}");
    assert_eq!(
        written,
        json!({
            "id": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
            "rawId": "-R85HbTJsv3g6nAYnLo_tj9Xm6YSKzOtlP8-wzAIS-Q",
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": "e30",
                "attestationObject": base64url::encode(&hex(NONE_OBJECT)),
                "authenticatorData": base64url::encode(&auth_data),
                "transports": ["internal", "hybrid"],
                "publicKey": base64url::encode(&hex(&spki)),
                "publicKeyAlgorithm": -7
            }
        })
    );
}

#[test]
fn s14_what_is_not_known_is_left_out() {
    let mut response = registration(b"id", &[0; 37]);
    response.client_data_json = None;
    response.algorithm = CoseAlgorithm(-48);
    response.public_key = None;
    response.attachment = AuthenticatorAttachment::CrossPlatform;
    response.transports = &[];
    response.extensions.cred_props_rk = None;
    let written = parse(&response.to_json().unwrap());
    assert_eq!(written["authenticatorAttachment"], "cross-platform");
    assert_eq!(written["clientExtensionResults"], json!({}));
    assert_eq!(written["response"]["transports"], json!([]));
    assert_eq!(written["response"]["publicKeyAlgorithm"], -48);
    assert_eq!(written["response"].get("clientDataJSON"), None);
    assert_eq!(written["response"].get("publicKey"), None);

    response.extensions.cred_props_rk = Some(false);
    assert_eq!(
        parse(&response.to_json().unwrap())["clientExtensionResults"],
        json!({"credProps": {"rk": false}})
    );
}

#[test]
fn at10_attestation_objects_equal_the_published_ones() {
    assert_eq!(NONE.object(&hex(NONE_AUTH_DATA)).unwrap(), hex(NONE_OBJECT));
    let statement = hex(PACKED_STATEMENT);
    let packed = Attestation { format: "packed", statement: &statement };
    assert_eq!(packed.object(&hex(PACKED_AUTH_DATA)).unwrap(), hex(PACKED_OBJECT));
}

#[test]
fn a_statement_that_is_not_one_map_is_refused() {
    for statement in [&[][..], &[0x80], &[0xa1], &[0xa0, 0xa0], &[0xff], &[0x40], &[0x9f; 1000]] {
        let mut response = registration(b"id", &[0; 37]);
        response.attestation = Attestation { format: "packed", statement };
        let error = response.to_json().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::AttestationStatement, "{statement:?}");
        assert_eq!(error.name(), DomException::UnknownError);
    }
}

#[test]
fn s14_a_sign_in_is_written_as_the_specification_says() {
    let mut response = AuthenticationResponse {
        credential_id: &[0xfb, 0xff],
        client_data_json: Some(b"{}"),
        authenticator_data: &[0; 37],
        signature: b"sig",
        user_handle: Some(b"user-1"),
        attachment: AuthenticatorAttachment::Platform,
        extensions: ExtensionResults::default(),
    };
    assert_eq!(
        parse(&response.to_json()),
        json!({
            "id": "-_8",
            "rawId": "-_8",
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "A".repeat(50),
                "signature": "c2ln",
                "userHandle": "dXNlci0x"
            }
        })
    );
    response.user_handle = None;
    response.client_data_json = None;
    let written = parse(&response.to_json());
    assert_eq!(written["response"].as_object().unwrap().len(), 2);
}

/// RFC 8410 §10.1, the public key; the P-256 form is checked with the registration above.
#[test]
fn an_ed25519_key_is_written_as_rfc_8410_says() {
    let key = hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    let der = PublicKey::Ed25519(key.try_into().unwrap()).to_spki_der();
    assert_eq!(base64url::encode(&der), "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
}

#[test]
fn a_key_is_read_from_its_der_and_from_nothing_else() {
    for key in [
        PublicKey::Es256 { x: [1; 32], y: [2; 32] },
        PublicKey::Ed25519([3; 32]),
        PublicKey::Es384 { x: [4; 48], y: [5; 48] },
    ] {
        let der = key.to_spki_der();
        assert_eq!(PublicKey::from_spki_der(&der), Some(key));
        for length in 0..der.len() {
            assert_eq!(PublicKey::from_spki_der(&der[..length]), None, "{key:?} cut to {length}");
        }
        assert_eq!(PublicKey::from_spki_der(&[der.as_slice(), &[0]].concat()), None, "{key:?} and one more");
    }
    // A compressed point, with the lengths that go with it: 33 bytes are a key, and not one that is read here.
    let compressed =
        hex(&format!("3039301306072a8648ce3d020106082a8648ce3d03010703220002{}", "01".repeat(32)));
    assert_eq!(PublicKey::from_spki_der(&compressed), None);
}

#[test]
fn debug_shows_no_key_and_no_statement() {
    assert_eq!(format!("{:?}", PublicKey::Ed25519([1; 32])), "Ed25519(..)");
    assert_eq!(format!("{:?}", PublicKey::Es384 { x: [1; 48], y: [2; 48] }), "Es384(..)");
    assert_eq!(format!("{:?}", PublicKey::Es256 { x: [1; 32], y: [2; 32] }), "Es256(..)");
    assert_eq!(format!("{NONE:?}"), "Attestation { format: \"none\", .. }");
}
