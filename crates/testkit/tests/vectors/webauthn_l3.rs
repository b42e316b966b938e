//! W3C WebAuthn Level 3, section Test Vectors: registrations and authentications.

use super::certificate::signed_part;
use authenticator_testkit::cbor::{self, Value, at, bytes, map, named};
use authenticator_testkit::reply::{AuthData, verifies};
use authenticator_testkit::vectors::{Hex, cases};
use authenticator_webauthn::{
    Attestation, AuthenticatorAttachment, Caller, ClientData, ClientDataType, CoseAlgorithm,
    ExtensionResults, Origin, RegistrationResponse, base64url,
};
use p256::elliptic_curve::sec1::ToSec1Point;
use serde::Deserialize;
use sha2::{Digest, Sha256};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/webauthn-l3");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    expect: Expect,
    title: String,
    registration: Registration,
    authentication: Authentication,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug)]
enum Expect {
    #[serde(rename = "verifies")]
    Verifies,
    #[serde(rename = "unknown algorithm")]
    UnknownAlgorithm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    challenge: Hex,
    #[serde(alias = "private_key")]
    credential_private_key: Option<Hex>,
    client_data_gen_flags: Hex,
    #[serde(rename = "extraData_random")]
    extra_data: Option<Hex>,
    aaguid: Hex,
    credential_id: Hex,
    #[serde(rename = "auth_data_UV_BE_BS")]
    flags: Option<Hex>,
    attestation_private_key: Option<Hex>,
    attestation_cert_serial_number: Option<Hex>,
    #[serde(rename = "clientDataJSON")]
    client_data: Hex,
    #[serde(rename = "attestationObject")]
    attestation_object: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    challenge: Hex,
    client_data_gen_flags: Hex,
    #[serde(rename = "extraData_random")]
    extra_data: Option<Hex>,
    #[serde(rename = "auth_data_UV_BS")]
    flags: Hex,
    #[serde(rename = "authenticatorData")]
    auth_data: Hex,
    #[serde(rename = "clientDataJSON")]
    client_data: Hex,
    signature: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    expect: String,
    title: String,
    attestation_ca_key: Hex,
    attestation_ca_serial_number: Hex,
    attestation_ca_cert: Hex,
}

fn all() -> Vec<(String, Case)> {
    let all = cases::<Case>(FOLDER);
    assert_eq!(all.len(), 15);
    all
}

impl Case {
    /// Format, statement and authenticator data.
    fn attestation(&self) -> (String, Value, Vec<u8>) {
        let object = cbor::decode(&self.registration.attestation_object.0).unwrap();
        let member = |name| named(&object, name).unwrap().clone();
        let format = member("fmt").into_text().unwrap();
        (format, member("attStmt"), member("authData").into_bytes().unwrap())
    }

    fn credential(&self) -> AuthData {
        AuthData::parse(&self.attestation().2).unwrap()
    }

    fn public_key(&self) -> Value {
        self.credential().public_key.unwrap()
    }
}

fn coordinates(point: &[u8]) -> (Value, Value) {
    let point = point.strip_prefix(&[0x04]).unwrap();
    let (x, y) = point.split_at(point.len() / 2);
    (bytes(x), bytes(y))
}

/// The COSE key of a P-256 key pair.
fn es256(private: &Hex) -> Value {
    let key = p256::SecretKey::from_slice(&private.0).unwrap().public_key();
    let (x, y) = coordinates(key.to_sec1_point(false).as_bytes());
    map([(1, 2.into()), (3, (-7).into()), (-1, 1.into()), (-2, x), (-3, y)])
}

fn es384(private: &Hex) -> Value {
    let key = p384::SecretKey::from_slice(&private.0).unwrap().public_key();
    let (x, y) = coordinates(key.to_sec1_point(false).as_bytes());
    map([(1, 2.into()), (3, (-35).into()), (-1, 2.into()), (-2, x), (-3, y)])
}

fn ed_dsa(private: &Hex) -> Value {
    let key = ed25519_dalek::SigningKey::from_bytes(&private.array()).verifying_key();
    map([(1, Value::from(1)), (3, (-8).into()), (-1, 6.into()), (-2, bytes(key.as_bytes()))])
}

/// Authenticator data is taken apart into what the vectors say is in it.
#[test]
fn ad01_authenticator_data_is_what_the_vectors_say() {
    for (name, case) in all() {
        assert!(!case.title.is_empty());
        let (registration, credential) = (&case.registration, case.credential());
        assert_eq!(credential.rp_id_hash, Sha256::digest(b"example.org")[..], "{name}");
        assert_eq!(credential.aaguid.as_ref(), Some(&registration.aaguid.0), "{name}");
        assert_eq!(credential.credential_id.as_ref(), Some(&registration.credential_id.0), "{name}");
        assert_eq!(credential.sign_count, 0);
        // What the random bytes of the vectors decide: UV, BE, and BS where there is BE.
        let flags = |random: u8, eligible: u8| {
            (random & 0x04) | eligible | if eligible == 0 { 0 } else { random & 0x10 }
        };
        let random = registration.flags.as_ref().map_or(0, |random| random.array::<1>()[0]);
        let eligible = random & 0x08;
        assert_eq!(credential.flags, 0x41 | flags(random, eligible), "{name}");
        let signed_in = AuthData::parse(&case.authentication.auth_data.0).unwrap();
        let [random] = case.authentication.flags.array();
        assert_eq!(signed_in.flags, 0x01 | flags(random, eligible), "{name}");
        assert_eq!(signed_in.rp_id_hash, credential.rp_id_hash, "{name}");
    }
}

/// A key's COSE form follows from its private half, and its algorithm is one we have or not.
#[test]
fn ck01_public_keys_are_those_of_the_vectors() {
    for (name, case) in all() {
        let private = || case.registration.credential_private_key.as_ref().unwrap();
        let key = case.public_key();
        let algorithm = at(&key, 3).and_then(Value::as_integer).map(i128::from).unwrap();
        let known = match algorithm {
            -7 => Some(es256(private())),
            -35 => Some(es384(private())),
            -8 => Some(ed_dsa(private())),
            _ => None,
        };
        assert_eq!(known.is_some(), case.expect == Expect::Verifies, "{name}: {algorithm}");
        assert!(known.is_none_or(|known| cbor::encode(&known) == cbor::encode(&key)), "{name}");
    }
}

#[test]
fn ck03_authentications_verify() {
    for (name, case) in all() {
        let authentication = &case.authentication;
        let hash = Sha256::digest(&authentication.client_data.0);
        let mut message = [authentication.auth_data.0.as_slice(), &hash].concat();
        let verified = verifies(&case.public_key(), &message, &authentication.signature.0);
        assert_eq!(verified, case.expect == Expect::Verifies, "{name}");
        message[40] ^= 1;
        assert!(!verifies(&case.public_key(), &message, &authentication.signature.0), "{name}");
    }
}

/// Self attestation (AT-01), a certified key's (AT-02), and the formats that are not ours, whose keys sign likewise.
#[test]
fn at01_at02_attestations_verify() {
    let mut verified = 0;
    for (name, case) in all() {
        let (format, statement, auth_data) = case.attestation();
        let hash = Sha256::digest(&case.registration.client_data.0);
        let message = [auth_data.as_slice(), &hash].concat();
        let member = |member: &str| named(&statement, member).and_then(Value::as_bytes).cloned();
        let attester = case.registration.attestation_private_key.as_ref().map(es256);
        let signed = match format.as_str() {
            "none" | "apple" => {
                assert!(member("sig").is_none() && attester.is_none(), "{name}");
                continue;
            }
            "packed" | "android-key" => message,
            "tpm" => member("certInfo").unwrap(),
            "fido-u2f" => {
                let key = case.public_key();
                let coordinate = |label| at(&key, label).and_then(Value::as_bytes).unwrap().as_slice();
                let id = case.registration.credential_id.0.as_slice();
                [&[0], &auth_data[..32], &hash, id, &[4], coordinate(-2), coordinate(-3)].concat()
            }
            format => panic!("{name}: {format}"),
        };
        let key = attester.unwrap_or_else(|| case.public_key());
        assert!(verifies(&key, &signed, &member("sig").unwrap()), "{name}");
        verified += 1;
    }
    assert_eq!(verified, 10);
}

#[test]
fn at02_certificates_are_the_root_s() {
    let roots = cases::<Root>(format!("{FOLDER}/root"));
    let [(_, root)] = roots.as_slice() else { panic!("one root") };
    assert_eq!(root.expect, "the certificate of this key");
    assert!(!root.title.is_empty());
    let ca = es256(&root.attestation_ca_key);
    let issued = |certificate: &[u8], serial: &Hex| {
        let (signed, signature) = signed_part(certificate).unwrap();
        assert!(verifies(&ca, signed, signature));
        assert!(certificate.windows(serial.0.len()).any(|bytes| bytes == serial.0));
    };
    issued(&root.attestation_ca_cert.0, &root.attestation_ca_serial_number);
    let mut certificates = 0;
    for (name, case) in all() {
        let (_, statement, _) = case.attestation();
        let chain = named(&statement, "x5c").and_then(Value::as_array);
        assert_eq!(chain.is_some(), case.registration.attestation_cert_serial_number.is_some(), "{name}");
        if let (Some(chain), Some(serial)) = (chain, &case.registration.attestation_cert_serial_number) {
            issued(chain[0].as_bytes().unwrap(), serial);
            certificates += 1;
        }
    }
    assert_eq!(certificates, 10);
}

/// Our writer puts format, statement and authenticator data together as the vectors have them.
#[test]
fn at10_attestation_objects_are_written_as_the_vectors_are() {
    for (name, case) in all() {
        let (format, statement, auth_data) = case.attestation();
        let statement = cbor::encode(&statement);
        let response = RegistrationResponse {
            credential_id: &case.registration.credential_id.0,
            client_data_json: None,
            authenticator_data: &auth_data,
            attestation: Attestation { format: &format, statement: &statement },
            transports: &[],
            algorithm: CoseAlgorithm::ES256,
            public_key: None,
            attachment: AuthenticatorAttachment::Platform,
            extensions: ExtensionResults::default(),
        };
        let written: serde_json::Value = serde_json::from_str(&response.to_json().unwrap()).unwrap();
        let expected = base64url::encode(&case.registration.attestation_object.0);
        assert_eq!(written["response"]["attestationObject"], expected, "{name}");
    }
}

/// Our client data is the vectors' where they add nothing; where they do, it begins the same.
#[test]
fn client_data_is_written_as_the_vectors_are() {
    let mut whole = 0;
    for (name, case) in all() {
        let cross_origin = name.ends_with("crossOrigin") || name.ends_with("topOrigin");
        let top = name.ends_with("topOrigin").then(|| Origin::parse("https://example.com").unwrap());
        let caller = Caller::Web {
            origin: Origin::parse("https://example.org").unwrap(),
            top_origin: top,
            cross_origin,
        };
        let Registration { challenge, client_data, client_data_gen_flags, extra_data, .. } =
            &case.registration;
        let registration =
            (ClientDataType::Create, challenge, client_data, client_data_gen_flags, extra_data);
        let Authentication { challenge, client_data, client_data_gen_flags, extra_data, .. } =
            &case.authentication;
        let authentication = (ClientDataType::Get, challenge, client_data, client_data_gen_flags, extra_data);
        for (ceremony, challenge, published, random, extra) in [registration, authentication] {
            let built = ClientData::collect(ceremony, &challenge.0, &caller);
            let built = built.json().unwrap().to_vec();
            // What the random byte decides: whether there is something more.
            assert_eq!(random.array::<1>()[0] & 1 == 1, extra.is_some(), "{name}");
            let Some(extra) = extra else {
                assert_eq!(built, published.0, "{name}");
                whole += 1;
                continue;
            };
            assert!(published.0.starts_with(&built[..built.len() - 1]), "{name}");
            assert!(
                published.0.ends_with(format!("{}\"}}", base64url::encode(&extra.0)).as_bytes()),
                "{name}"
            );
        }
    }
    assert_eq!(whole, 15);
}
