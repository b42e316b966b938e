//! What the authenticator is put through, and what may be left of it.

use crate::frame::{self, PLANT_ON_HEAP, PLANT_ON_STACK, SET_PIN};
use crate::needles::Needles;
use crate::process::Process;
use authenticator_testkit::cbor::{Value, at};
use authenticator_testkit::pin::{Platform, Token, subcommand};
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::request::{self, Request, client_pin};
use p256::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};

const SITE: &str = "example.com";
const PINS: [&str; 3] = ["Zq7#mK2!pR9v-1st", "uW4$xB8&nT3y-2nd", "hC6%fJ1*dL5g-not"];
const SUCCESS: u8 = 0x00;
const PIN_INVALID: u8 = 0x31;
const PIN_AUTH_INVALID: u8 = 0x33;

/// Everything that was secret on the way is gone, but for what the session still needs; that goes when it has ended.
pub(crate) fn nothing_secret_is_left_in_memory(protocol: u64) {
    let mut process = Process::start(protocol);
    let mut lived = live(&mut process, protocol);

    // TOK-07: nobody may use it any longer, and it is wiped when someone tries.
    process.wait_minutes(11);
    let token = lived.in_use.take().unwrap();
    let late = process.send(&token.proves(request::get_assertion(SITE)));
    assert_eq!(late.status, PIN_AUTH_INVALID);
    assert_eq!(lived.needles_in_use().misplaced(&mut process), [""; 0], "the token has ended");

    process.power_cycle();
    assert_eq!(lived.needles().misplaced(&mut process), [""; 0], "without power");
}

/// Nor of a PIN that the host has set, which clients can use.
pub(crate) fn nothing_is_left_of_a_pin_that_the_host_sets(protocol: u64) {
    let mut process = Process::start(protocol);
    let mut pin = PINS[0].as_bytes().to_vec();
    frame::mask(&mut pin);
    process.call(SET_PIN, &pin);
    let mut bench = Bench { process: &mut process, protocol, lived: Lived::default() };
    // It is looked for here for the first time.
    let right = bench.platform().pin_token(PINS[0]);
    bench.send(&right, SUCCESS);
}

/// The search finds what is there.
pub(crate) fn a_planted_copy_is_found(protocol: u64) {
    let mut process = Process::start(protocol);
    let lived = live(&mut process, protocol);
    process.power_cycle();
    let needles = lived.needles();
    assert_eq!(needles.misplaced(&mut process), [""; 0]);

    let hash = Sha256::digest(PINS[1]);
    let scalar = lived.private_half(lived.credentials[0].public_key.as_ref().unwrap());
    let copies = [
        ("PIN", PINS[0].as_bytes(), 0),
        ("PIN hash", &hash[..16], 0),
        ("shared secret", &lived.platforms[0].shared_keys()[1][16..], 0),
        ("token", &lived.tokens[0].expose()[..16], 0),
        ("random number", &scalar[..16], 0),
        ("device key", &lived.device_key[..16], 1),
    ];
    for (name, copy, there) in copies {
        for (place, times) in [(PLANT_ON_HEAP, there + 1), (PLANT_ON_STACK, there + 2)] {
            let mut copy = copy.to_vec();
            frame::mask(&mut copy);
            process.call(place, &copy);
            let found = needles.misplaced(&mut process);
            let is_it =
                |found: &&String| found.starts_with(name) && found.ends_with(&format!("in {times} places"));
            assert_eq!(found.iter().filter(is_it).count(), 1, "{name}, {times} times: {found:?}");
        }
    }
}

/// What was secret while the authenticator was used.
#[derive(Default)]
struct Lived {
    platforms: Vec<Platform>,
    /// What they have agreed on with the authenticator.
    agreed: Vec<Vec<u8>>,
    tokens: Vec<Token>,
    in_use: Option<Token>,
    /// The authenticator's key agreement key, if it has one.
    key_agreement: Option<Value>,
    credentials: Vec<AuthData>,
    /// The authenticator has it for as long as there is one.
    device_key: Vec<u8>,
    /// Random numbers of 32 bytes.
    draws: Vec<Vec<u8>>,
}

impl Lived {
    fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        needles.in_use("device key", &self.device_key);
        PINS.iter().for_each(|pin| needles.add_pin(pin));
        for platform in &self.platforms {
            platform.shared_keys().iter().for_each(|key| needles.add_halves("shared secret", *key));
        }
        self.agreed.iter().for_each(|z| needles.add_halves("coordinate agreed on", z));
        self.tokens.iter().for_each(|token| needles.add_halves("token", token.expose()));
        for (number, draw) in self.draws.iter().enumerate() {
            let is_public = |made: &AuthData| made.credential_id.as_ref() == Some(draw);
            if !self.credentials.iter().any(is_public) {
                needles.add_random(&format!("random number {number}"), draw);
            }
        }
        needles
    }

    /// With what the session has for good reason.
    fn needles_in_use(&self) -> Needles {
        let mut needles = self.needles();
        if let Some(token) = &self.in_use {
            needles.in_use("token", token.expose());
        }
        if let Some(key) = &self.key_agreement {
            needles.in_use("key agreement", self.private_half(key));
        }
        needles
    }

    /// The random number that this public key was made from.
    fn private_half(&self, key: &Value) -> &[u8] {
        let is_it = |draw: &&Vec<u8>| {
            SecretKey::from_slice(draw).is_ok_and(|secret| secret.public_key() == public(key))
        };
        self.draws.iter().find(is_it).expect("every random number is known")
    }
}

/// A PIN is set, changed and mistaken; passkeys of both algorithms are registered and used. After each request it is looked
/// what is left of it.
fn live(process: &mut Process, protocol: u64) -> Lived {
    let mut bench = Bench { process, protocol, lived: Lived::default() };
    let set = bench.platform().set_pin(PINS[0]);
    bench.send(&set, SUCCESS);
    let change = bench.platform().change_pin(PINS[0], PINS[1]);
    bench.send(&change, SUCCESS);
    let wrong = bench.platform().pin_token(PINS[2]);
    bench.lived.key_agreement = None; // PP-01: it is renewed
    bench.send(&wrong, PIN_INVALID);
    for (algorithm, user) in [(-7, b"user 1"), (-8, b"user 2")] {
        for discoverable in [true, false] {
            let register = request::make_credential(SITE, user)
                .with(0x04, Value::Array(vec![request::algorithm(algorithm)]))
                .option("rk", discoverable);
            bench.with_token(register);
            let made = bench.lived.credentials.last().unwrap();
            let id = made.credential_id.clone().unwrap();
            bench.with_token(request::get_assertion(SITE).list([id.as_slice()]));
        }
    }
    bench.lived
}

struct Bench<'a> {
    process: &'a mut Process,
    protocol: u64,
    lived: Lived,
}

impl Bench<'_> {
    /// Another platform, which comes to share a secret with the authenticator.
    fn platform(&mut self) -> Platform {
        let seed = [u8::try_from(self.lived.platforms.len()).unwrap()];
        let reply = self.send(&client_pin(subcommand::KEY_AGREEMENT).with(0x01, self.protocol), SUCCESS);
        let key = reply.member(0x01).unwrap();
        let platform = Platform::agree(self.protocol, &key, &seed).unwrap();
        let secret = SecretKey::from_slice(&Sha256::digest(seed)).unwrap();
        let z = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), public(&key).as_affine());
        self.lived.agreed.push(z.raw_secret_bytes().to_vec());
        self.lived.platforms.push(platform.clone());
        platform
    }

    /// Sends it with a new token's proof.
    fn with_token(&mut self, request: Request) {
        const MAKE_CREDENTIAL_AND_GET_ASSERTION: u64 = 0x03;
        let platform = self.platform();
        let wanted = platform.token_for(PINS[1], MAKE_CREDENTIAL_AND_GET_ASSERTION, Some(SITE));
        self.send(&wanted, SUCCESS);
        let token = self.lived.in_use.clone().unwrap();
        self.send(&token.proves(request), SUCCESS);
    }

    /// Sends it, and looks what is left of it.
    fn send(&mut self, request: &Request, status: u8) -> Reply {
        let reply = self.process.send(request);
        assert_eq!(reply.status, status);
        let lived = &mut self.lived;
        // The first is the device key, and the second the generation's salt, which the store's header and the session have.
        let mut draws = self.process.draws.iter().filter(|draw| draw.len() == 32).cloned();
        lived.device_key = draws.next().unwrap();
        lived.draws = draws.skip(1).collect();
        if let Some(token) = lived.platforms.last().and_then(|platform| platform.token(&reply)) {
            lived.tokens.push(token.clone());
            lived.in_use = Some(token);
        }
        lived.credentials.extend(reply.auth_data().filter(|made| made.credential_id.is_some()));
        if let Some(key) = reply.member(0x01).filter(|key| at(key, -2).is_some()) {
            lived.key_agreement = Some(key);
        }
        assert_eq!(lived.needles_in_use().misplaced(self.process), [""; 0], "after {request:?}");
        reply
    }
}

fn public(key: &Value) -> PublicKey {
    let coordinate = |label| at(key, label).unwrap().as_bytes().unwrap().clone();
    PublicKey::from_sec1_bytes(&[vec![4], coordinate(-2), coordinate(-3)].concat()).unwrap()
}
