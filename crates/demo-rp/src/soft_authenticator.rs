//! A tiny authenticator and client for the tests, written from the WebAuthn text alone.

use crate::Algorithm;
use ciborium::Value as Cbor;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const UP: u8 = 0x01;
pub(crate) const UV: u8 = 0x04;
pub(crate) const BE: u8 = 0x08;
pub(crate) const BS: u8 = 0x10;
const AT: u8 = 0x40;

pub(crate) const ORIGIN: &str = "https://example.com";
pub(crate) const AAGUID: [u8; 16] = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";

/// What attestation statement to send.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Statement {
    None,
    PackedSelf,
    /// Packed with a certificate chain, which nobody here can verify.
    PackedCertificate,
}

/// One credential, and knobs that a test turns to make a wrong answer.
#[derive(Clone)]
pub(crate) struct SoftAuthenticator {
    pub(crate) algorithm: Algorithm,
    pub(crate) statement: Statement,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) user_handle: Value,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) rp_id: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) cross_origin: bool,
    /// Sent in place of the challenge in the options.
    pub(crate) challenge: Option<String>,
    pub(crate) flip_signature: bool,
}

impl SoftAuthenticator {
    pub(crate) fn new(algorithm: Algorithm, statement: Statement) -> Self {
        Self {
            algorithm,
            statement,
            credential_id: vec![0xC1; 32],
            user_handle: Value::Null,
            flags: UP | UV,
            sign_count: 0,
            rp_id: "example.com",
            origin: ORIGIN,
            cross_origin: false,
            challenge: None,
            flip_signature: false,
        }
    }

    /// Answers creation options and remembers the user handle.
    pub(crate) fn register(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.user_handle = options["user"]["id"].clone();
        let client_data = self.client_data("webauthn.create", &options);
        let mut auth_data = self.auth_data(AT);
        auth_data.extend(AAGUID);
        auth_data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        auth_data.extend(&self.credential_id);
        auth_data.extend(encode(&self.cose_key()));

        let signature = self.sign(&auth_data, &client_data);
        let mut packed = vec![
            (Cbor::from("alg"), Cbor::from(self.algorithm.cose())),
            (Cbor::from("sig"), Cbor::from(signature)),
        ];
        let (format, statement) = match self.statement {
            Statement::None => ("none", vec![]),
            Statement::PackedSelf => ("packed", packed),
            Statement::PackedCertificate => {
                packed.push((Cbor::from("x5c"), Cbor::Array(vec![Cbor::from(vec![0x30, 0x00])])));
                ("packed", packed)
            }
        };
        let attestation_object = encode(&Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(format)),
            (Cbor::from("attStmt"), Cbor::Map(statement)),
            (Cbor::from("authData"), Cbor::from(auth_data.clone())),
        ]));
        json!({
            "id": b64(&self.credential_id),
            "rawId": b64(&self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": b64(&client_data),
                "attestationObject": b64(&attestation_object),
                "authenticatorData": b64(&auth_data),
                "transports": ["internal"],
                "publicKey": b64(&self.public_key_info()),
                "publicKeyAlgorithm": self.algorithm.cose(),
            },
        })
        .to_string()
    }

    /// Answers request options.
    pub(crate) fn sign_in(&self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let client_data = self.client_data("webauthn.get", &options);
        let auth_data = self.auth_data(0);
        json!({
            "id": b64(&self.credential_id),
            "rawId": b64(&self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(&client_data),
                "authenticatorData": b64(&auth_data),
                "signature": b64(&self.sign(&auth_data, &client_data)),
                "userHandle": self.user_handle,
            },
        })
        .to_string()
    }

    /// WebAuthn L3 §5.8.1.1, the serialisation byte for byte.
    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = self.challenge.as_deref().unwrap_or_else(|| options["challenge"].as_str().unwrap());
        let (origin, cross_origin) = (self.origin, self.cross_origin);
        format!(
            r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":{cross_origin}}}"#
        )
        .into_bytes()
    }

    /// WebAuthn L3 §6.1, up to the sign count.
    fn auth_data(&self, more_flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.sign_count.to_be_bytes());
        data
    }

    fn sign(&self, auth_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let mut message = auth_data.to_vec();
        message.extend(Sha256::digest(client_data));
        let mut signature = match self.algorithm {
            Algorithm::Es256 => {
                let signature: p256::ecdsa::Signature = es256_key().sign(&message);
                signature.to_der().as_bytes().to_vec()
            }
            Algorithm::EdDsa => ed25519_key().sign(&message).to_bytes().to_vec(),
            Algorithm::Es384 => {
                let signature: p384::ecdsa::Signature = es384_key().sign(&message);
                signature.to_der().as_bytes().to_vec()
            }
        };
        if self.flip_signature {
            // The middle of either form: within the DER integer s, or at the start of Ed25519's S.
            let at = signature.len() - 20;
            signature[at] ^= 0x01;
        }
        signature
    }

    fn cose_key(&self) -> Cbor {
        let int = |value: i32| Cbor::from(value);
        match self.algorithm {
            Algorithm::Es256 => {
                let (x, y) = es256_point();
                Cbor::Map(vec![
                    (int(1), int(2)),
                    (int(3), int(-7)),
                    (int(-1), int(1)),
                    (int(-2), Cbor::from(x)),
                    (int(-3), Cbor::from(y)),
                ])
            }
            Algorithm::EdDsa => Cbor::Map(vec![
                (int(1), int(1)),
                (int(3), int(-8)),
                (int(-1), int(6)),
                (int(-2), Cbor::from(ed25519_key().verifying_key().to_bytes().to_vec())),
            ]),
            Algorithm::Es384 => {
                let (x, y) = es384_point();
                Cbor::Map(vec![
                    (int(1), int(2)),
                    (int(3), int(-35)),
                    (int(-1), int(2)),
                    (int(-2), Cbor::from(x)),
                    (int(-3), Cbor::from(y)),
                ])
            }
        }
    }

    /// The key as DER SubjectPublicKeyInfo: a fixed header, then the key.
    fn public_key_info(&self) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Es256 => {
                let (x, y) = es256_point();
                let header =
                    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
                [header.to_vec(), x, y].concat()
            }
            Algorithm::EdDsa => {
                let header = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
                [header.to_vec(), ed25519_key().verifying_key().to_bytes().to_vec()].concat()
            }
            Algorithm::Es384 => {
                let (x, y) = es384_point();
                let header =
                    b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04";
                [header.to_vec(), x, y].concat()
            }
        }
    }
}

fn es256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
}

fn es256_point() -> (Vec<u8>, Vec<u8>) {
    let point = es256_key().verifying_key().to_sec1_point(false);
    (point.x().unwrap().to_vec(), point.y().unwrap().to_vec())
}

fn es384_key() -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap()
}

fn es384_point() -> (Vec<u8>, Vec<u8>) {
    let point = es384_key().verifying_key().to_sec1_point(false);
    (point.x().unwrap().to_vec(), point.y().unwrap().to_vec())
}

fn ed25519_key() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[9; 32])
}

fn encode(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}
