//! A whole authenticator for the tests: software keys, a store in memory, seeded randomness, clocks that stand still and
//! a scripted person. Responses are judged with other code than ours: p256, ed25519-dalek and ciborium.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::time::Duration;

use authenticator_core::credential::RpIdHash;
use authenticator_core::{
    Ask, BootId, CandidateRef, Context, DeviceKey, Done, Gesture, NeedsUser, Now, Profile, Refusal,
    Requester, Step,
};
use authenticator_host::{Clock, HashMapStore, SoftwareKeys, World, blocking};
use ciborium::Value as Cbor;
use p256::ecdsa::signature::Verifier;
use rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ClientDataSource, Create, Ending, Get};
use crate::base64url;
use crate::{Caller, CreationOptions, Error, Origin, RequestOptions, ResponseJson};

pub(super) const UP: u8 = 0x01;
pub(super) const UV: u8 = 0x04;
pub(super) const BE: u8 = 0x08;
pub(super) const BS: u8 = 0x10;
pub(super) const AT: u8 = 0x40;
pub(super) const ED: u8 = 0x80;

/// SHA-256 in counter mode over a fixed seed.
pub(super) struct Seeded(u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Sha256::digest(self.0.to_be_bytes())[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

pub(super) struct Still;

impl Clock for Still {
    fn now(&self) -> Now {
        Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(60), unix: Some(1_795_000_000) }
    }
}

/// A device and how often its person was asked.
pub(super) struct Device {
    pub(super) world: World<HashMapStore, Seeded, Still>,
    pub(super) asked: Vec<Ask>,
}

pub(super) fn phone() -> Device {
    Device::new(Profile::phone([0xaa; 16]))
}

impl Device {
    pub(super) fn new(profile: Profile) -> Self {
        let store = HashMapStore::default();
        let world = World::open(profile, &DeviceKey::new([7; 32]), store, Seeded(0), Still).unwrap();
        Self { world, asked: Vec::new() }
    }

    pub(super) fn create(&mut self, options: &Value) -> Result<Value, Error> {
        self.create_with(options, &web("https://login.example.com"), ClientDataSource::Build, obliging)
    }

    pub(super) fn create_with(
        &mut self,
        options: &Value,
        caller: &Caller,
        source: ClientDataSource,
        person: impl FnMut(&NeedsUser, &mut Context<'_>) -> Result<Gesture, Refusal>,
    ) -> Result<Value, Error> {
        let options = CreationOptions::from_json(&options.to_string())?;
        let ceremony = Create::prepare(&options, caller, source, &mut self.world.context())?;
        let done = self.drive(person, |cx| ceremony.begin(cx, Requester::default()));
        ceremony.finish(&done.result).map(|response| parse(&response))
    }

    pub(super) fn get(&mut self, options: &Value) -> Result<Value, Error> {
        self.get_with(options, ClientDataSource::Build, obliging)
    }

    pub(super) fn get_with(
        &mut self,
        options: &Value,
        source: ClientDataSource,
        person: impl FnMut(&NeedsUser, &mut Context<'_>) -> Result<Gesture, Refusal>,
    ) -> Result<Value, Error> {
        let options = RequestOptions::from_json(&options.to_string())?;
        let caller = web("https://login.example.com");
        let ceremony = Get::prepare(&options, &caller, source, &mut self.world.context())?;
        let done = self.drive(person, |cx| ceremony.begin(cx, Requester::default()));
        self.world.write_hint(&done);
        let ending = ceremony.finish(&mut self.world.context(), &done.result)?;
        Ok(parse(&self.written(ending)))
    }

    /// Writes what a sign-in still has to write.
    pub(super) fn written(&mut self, mut ending: Ending) -> ResponseJson {
        loop {
            ending = match ending {
                Ending::Response(response) => return response,
                Ending::NeedsWrite(write) => {
                    let written = blocking::manage(&mut self.world, write.change());
                    write.resume(&mut self.world.context(), written)
                }
            };
        }
    }

    pub(super) fn drive(
        &mut self,
        mut person: impl FnMut(&NeedsUser, &mut Context<'_>) -> Result<Gesture, Refusal>,
        begin: impl FnOnce(&mut Context<'_>) -> Step,
    ) -> Done {
        let asked = &mut self.asked;
        let mut person = |step: &NeedsUser, cx: &mut Context<'_>| {
            asked.push(step.ask());
            person(step, cx)
        };
        blocking::run(&mut self.world, &mut person, &mut SoftwareKeys, begin)
    }
}

/// Gives what is asked for.
pub(super) fn obliging(step: &NeedsUser, _: &mut Context<'_>) -> Result<Gesture, Refusal> {
    match step.ask() {
        Ask::Verification => Ok(Gesture::VERIFIED),
        _ => Ok(Gesture::TOUCH),
    }
}

/// The same, and chooses the newest of those offered.
pub(super) fn choosing_the_newest(step: &NeedsUser, cx: &mut Context<'_>) -> Result<Gesture, Refusal> {
    let mut chosen = None;
    let flow = step.candidates(cx, None, &mut |entry| {
        chosen = Some(CandidateRef::Record(entry.record));
        ControlFlow::Break(())
    });
    assert_eq!(flow, Ok(()));
    Ok(Gesture { chosen, ..obliging(step, cx)? })
}

pub(super) fn web(origin: &str) -> Caller {
    Caller::Web { origin: Origin::parse(origin).unwrap(), top_origin: None, cross_origin: false }
}

/// Creation options for a discoverable ES256 credential, with `changes` on top.
pub(super) fn creation(changes: Value) -> Value {
    let mut options = json!({
        "rp": {"id": "example.com", "name": "Example"},
        "user": {"id": "dXNlci0x", "name": "ada", "displayName": "Ada"},
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "required"}
    });
    merge(&mut options, changes);
    options
}

/// Request options without an allow list, with `changes` on top.
pub(super) fn request(changes: Value) -> Value {
    let mut options = json!({"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw"});
    merge(&mut options, changes);
    options
}

fn merge(options: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    options.as_object_mut().unwrap().extend(changes);
}

pub(super) fn descriptor(id: &str) -> Value {
    json!({"type": "public-key", "id": id})
}

/// `count` descriptors that nobody made, of the lengths that real ones have.
pub(super) fn foreign(count: u16) -> Vec<Value> {
    (0..count)
        .map(|number| {
            let length = [16, 32, 64, 96][usize::from(number) % 4];
            let id: Vec<u8> =
                Sha256::digest(number.to_be_bytes()).iter().copied().cycle().take(length).collect();
            descriptor(&base64url::encode(&id))
        })
        .collect()
}

pub(super) fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// The bytes of a member of `response`.
pub(super) fn bytes(response: &Value, member: &str) -> Vec<u8> {
    let text = response["response"][member].as_str().unwrap_or_else(|| panic!("{member} is missing"));
    base64url::decode(text).unwrap()
}

pub(super) fn id(response: &Value) -> &str {
    response["id"].as_str().unwrap()
}

pub(super) enum Key {
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl Key {
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) {
        match self {
            Self::P256(key) => {
                key.verify(message, &p256::ecdsa::Signature::from_der(signature).unwrap()).unwrap()
            }
            Self::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
                key.verify_strict(message, &signature).unwrap();
            }
        }
    }
}

/// A registration as a relying party reads it.
pub(super) struct Registration {
    pub(super) flags: u8,
    pub(super) format: String,
    pub(super) extensions: Option<Cbor>,
    pub(super) key: Key,
}

/// Judges a registration whose client data has this hash: every piece that is there twice is the same twice, and a
/// `packed` statement is signed by the credential's own key.
pub(super) fn judge_registration(response: &Value, client_data_hash: &[u8]) -> Registration {
    let object = bytes(response, "attestationObject");
    let object: Cbor = ciborium::from_reader(object.as_slice()).unwrap();
    let auth_data = member(&object, "authData").as_bytes().unwrap().clone();
    assert_eq!(auth_data, bytes(response, "authenticatorData"));
    assert_eq!(response["id"], response["rawId"]);
    assert_eq!(auth_data[..32], RpIdHash::of("example.com").0);
    let flags = auth_data[32];
    assert_eq!(auth_data[33..37], [0; 4]);
    assert_eq!(auth_data[37..53], [0xaa; 16]);
    let id_length = usize::from(u16::from_be_bytes([auth_data[53], auth_data[54]]));
    let (credential_id, mut rest) = auth_data[55..].split_at(id_length);
    assert_eq!(base64url::encode(credential_id), id(response));
    let cose: Cbor = ciborium::from_reader(&mut rest).unwrap();
    let extensions = (flags & ED != 0).then(|| ciborium::from_reader(&mut rest).unwrap());
    assert!(rest.is_empty());

    let key = cose_key(&cose, response);
    let format = member(&object, "fmt").as_text().unwrap().to_owned();
    let statement = member(&object, "attStmt");
    match format.as_str() {
        "none" => assert!(statement.as_map().unwrap().is_empty()),
        "packed" => {
            let algorithm = i64::try_from(member(statement, "alg").as_integer().unwrap()).unwrap();
            assert_eq!(response["response"]["publicKeyAlgorithm"], algorithm);
            let message = [auth_data.as_slice(), client_data_hash].concat();
            key.verify(&message, member(statement, "sig").as_bytes().unwrap());
        }
        other => panic!("{other}"),
    }
    Registration { flags, format, extensions, key }
}

/// The key in COSE, which must be the one in the response's `publicKey`, too.
fn cose_key(cose: &Cbor, response: &Value) -> Key {
    let field = |number: i64| {
        let map = cose.as_map().unwrap();
        map.iter().find(|(key, _)| *key == Cbor::from(number)).map(|(_, value)| value)
    };
    let x = field(-2).unwrap().as_bytes().unwrap();
    let spki = bytes(response, "publicKey");
    if let Some(y) = field(-3) {
        let point = [&[4], x.as_slice(), y.as_bytes().unwrap()].concat();
        assert!(spki.ends_with(&point));
        Key::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap())
    } else {
        assert!(spki.ends_with(x));
        Key::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(x.as_slice().try_into().unwrap()).unwrap())
    }
}

/// Judges a sign-in and returns its flags.
pub(super) fn judge_sign_in(response: &Value, key: &Key, client_data_hash: &[u8]) -> u8 {
    let auth_data = bytes(response, "authenticatorData");
    assert_eq!(auth_data.len(), 37);
    assert_eq!(auth_data[..32], RpIdHash::of("example.com").0);
    assert_eq!(response["id"], response["rawId"]);
    key.verify(&[auth_data.as_slice(), client_data_hash].concat(), &bytes(response, "signature"));
    auth_data[32]
}

/// The hash of the client data in a response.
pub(super) fn hash_of_client_data(response: &Value) -> Vec<u8> {
    Sha256::digest(bytes(response, "clientDataJSON")).to_vec()
}

fn member<'a>(map: &'a Cbor, name: &str) -> &'a Cbor {
    let map = map.as_map().unwrap();
    &map.iter().find(|(key, _)| key.as_text() == Some(name)).unwrap().1
}
