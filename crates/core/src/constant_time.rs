//! Operations on secrets, one by one, for the check that none of them branches on a secret or reads from where a secret says.
//! Not part of the API: it changes without notice.

use crate::command::client_pin::{is_right, offered};
use crate::cose::PublicKey;
use crate::credential::{CredProtect, RpIdHash};
use crate::key::software::{self, Curve, HEAD, Head, Unwrapped};
use crate::pin::{Grant, KeyAgreement, Permissions, PlatformKey, Protocol, SharedSecret, Token, verify};
use crate::secret::Secret;
use crate::store::{Binding, DeviceKeys, RecordId, RecordKind, StoreKeys};
use crate::time::{BootId, Now};
use core::convert::Infallible;
use core::hint::black_box;
use core::time::Duration;
use ecdsa::signature::hazmat::PrehashVerifier;
use ed25519_dalek::Verifier;
use hmac::{Hmac, KeyInit, Mac};
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// How the watcher is told what is secret.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// These bytes are secret from now on, and so is what is computed from them.
    pub secret: fn(&mut [u8]),
    /// Anyone may know these bytes.
    pub public: fn(&mut [u8]),
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it does.
    pub name: &'static str,
    /// Carries it out, and says whether it did what it should.
    pub run: fn(&Marks) -> bool,
}

/// All of them.
pub const CASES: &[Case] = &[
    Case { name: "comparison of secrets", run: equals },
    Case { name: "PIN hash: decrypted, and compared with that of the PIN", run: pin_hash },
    Case { name: "MAC under a shared secret, protocol one", run: |marks| mac(marks, Protocol::One, 16) },
    Case { name: "MAC under a shared secret, protocol two", run: |marks| mac(marks, Protocol::Two, 32) },
    Case { name: "token: issued, and a message authorised by it", run: token },
    Case { name: "key agreement: making the key pair", run: agreement_key },
    Case { name: "key agreement: ECDH, decryption, protocol one", run: |marks| ecdh(marks, Protocol::One) },
    Case { name: "key agreement: ECDH, decryption, protocol two", run: |marks| ecdh(marks, Protocol::Two) },
    Case { name: "store keys, sealing and opening a record", run: record },
    Case { name: "unwrapping a private key", run: unwrap },
    Case { name: "P-256: making a key pair", run: generate_p256 },
    Case { name: "P-256: signing from the scalar", run: sign_p256 },
    Case { name: "Ed25519: making a key pair", run: generate_ed25519 },
    Case { name: "Ed25519: signing", run: sign_ed25519 },
];

impl Marks {
    fn hide(&self, secret: &mut Secret<32>) {
        (self.secret)(secret.expose_mut());
    }

    /// What everyone learns from an operation: that it succeeded or not.
    fn told(&self, outcome: bool) -> bool {
        let mut byte = [u8::from(black_box(outcome))];
        (self.public)(&mut byte);
        byte == [1]
    }
}

/// Random bytes, which are as secret as what is made of them.
struct SecretRng<'a> {
    marks: &'a Marks,
    next: u8,
}

impl<'a> SecretRng<'a> {
    const fn new(marks: &'a Marks) -> Self {
        Self { marks, next: 0x21 }
    }
}

impl TryRng for SecretRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes.iter_mut() {
            self.next = self.next.wrapping_mul(5).wrapping_add(0x35);
            *byte = self.next;
        }
        (self.marks.secret)(bytes);
        Ok(())
    }
}

impl TryCryptoRng for SecretRng<'_> {}

const SITE: RpIdHash = RpIdHash([0x33; 32]);
const MESSAGE: [&[u8]; 2] = [b"authenticator data", b"client data hash"];
const WHOLE: &[u8] = b"authenticator dataclient data hash";

/// A key that is no secret yet.
fn key() -> Secret<32> {
    Secret::new(black_box([0x42; 32]))
}

fn equals(marks: &Marks) -> bool {
    let (mut left, mut right) = (key(), key());
    marks.hide(&mut left);
    marks.hide(&mut right);
    let same = marks.told(left.equals(right.expose()));
    right.expose_mut().iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
    same && !marks.told(left.equals(right.expose()))
}

fn mac(marks: &Marks, protocol: Protocol, length: usize) -> bool {
    let mut key = key();
    let mut signature = signature(&key);
    let Some(signature) = signature.get_mut(..length) else {
        return false;
    };
    marks.hide(&mut key);
    let right = marks.told(verify(protocol, key.expose(), &MESSAGE, signature));
    signature.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    right && !marks.told(verify(protocol, key.expose(), &MESSAGE, signature))
}

fn token(marks: &Marks) -> bool {
    let now = Now { boot: BootId([0; 16]), since_boot: Duration::ZERO, unix: None };
    let permissions = Permissions::GET_ASSERTION;
    let grant = Grant { protocol: Protocol::Two, permissions, rp_id_hash: Some(SITE), user_present: false };
    let mut token = Token::new();
    let secret = token.issue(grant, &mut SecretRng::new(marks), now);
    let mut param = signature(secret);
    (marks.public)(&mut param);
    let mut authorises = |param: &[u8]| {
        marks.told(token.authorise((Protocol::Two, param), &MESSAGE, permissions, now).is_ok())
    };
    let right = authorises(&param);
    param.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    right && !authorises(&param)
}

/// The HMAC over the message.
fn signature(key: &Secret<32>) -> [u8; 32] {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(key.expose())
        .map(|mac| mac.chain_update(WHOLE).finalize().into_bytes().into())
        .unwrap_or([0; 32])
}

fn agreement_key(marks: &Marks) -> bool {
    let mut agreement = KeyAgreement::empty();
    let mut public = *agreement.public_key(&mut SecretRng::new(marks));
    (marks.public)(&mut public.x);
    (marks.public)(&mut public.y);
    public.x != public.y
}

/// Two key pairs come to the same secret, under which one reads what the other wrote.
fn ecdh(marks: &Marks, protocol: Protocol) -> bool {
    const TEXT: [u8; 32] = [0x77; 32];
    let Some([first, second]) = agree(marks, protocol) else { return false };
    let (mut sent, mut received) = ([0; 48], [0; 32]);
    let Ok(length) = first.encrypt(&mut SecretRng::new(marks), &TEXT, &mut sent) else { return false };
    (marks.public)(&mut sent);
    let Some(sent) = sent.get(..length) else { return false };
    let read = second.decrypt(sent, &mut received);
    (marks.public)(&mut received);
    read.is_ok() && received == TEXT
}

/// The secret that both ends of a key agreement have come to, at each.
fn agree(marks: &Marks, protocol: Protocol) -> Option<[SharedSecret; 2]> {
    let mut rng = SecretRng::new(marks);
    let (mut ours, mut theirs) = (KeyAgreement::empty(), KeyAgreement::empty());
    let [our_public, their_public] = [&mut ours, &mut theirs].map(|agreement| {
        let mut public = *agreement.public_key(&mut rng);
        (marks.public)(&mut public.x);
        (marks.public)(&mut public.y);
        public
    });
    let mut shared = [SharedSecret::empty(), SharedSecret::empty()];
    let mut agreed = true;
    for ((key, public), shared) in
        [(&mut ours, &their_public), (&mut theirs, &our_public)].into_iter().zip(&mut shared)
    {
        let platform = PlatformKey { x: &public.x, y: &public.y };
        agreed &= marks.told(key.decapsulate(&mut rng, protocol, &platform, shared).is_ok());
    }
    agreed.then_some(shared)
}

fn pin_hash(marks: &Marks) -> bool {
    pin_is_right(marks, 0) == Some(true) && pin_is_right(marks, 1) == Some(false)
}

/// Whether a PIN is taken for right whose hash differs from that of the right one in these bits.
fn pin_is_right(marks: &Marks, difference: u8) -> Option<bool> {
    let mut device_key = key();
    marks.hide(&mut device_key);
    let keys = store_keys(&device_key);
    let [platform, ours] = agree(marks, Protocol::Two)?;
    let mut hash = black_box([0x24; 16]);
    (marks.secret)(&mut hash);
    let verifier = keys.pin_verifier(&hash);

    hash.iter_mut().for_each(|byte| *byte ^= difference);
    let mut sent = [0; 32];
    platform.encrypt(&mut SecretRng::new(marks), &hash, &mut sent).ok()?;
    (marks.public)(&mut sent);
    Some(marks.told(is_right(offered(&keys, &ours, &sent), &verifier)))
}

fn store_keys(device_key: &Secret<32>) -> StoreKeys {
    let mut keys = StoreKeys::empty();
    DeviceKeys::new(&device_key.clone()).store_keys(&Secret::new([0x55; 32]), &mut keys);
    keys
}

fn record(marks: &Marks) -> bool {
    const CONTENT: [u8; 40] = [0x66; 40];
    let binding = Binding { kind: RecordKind::Credential, id: RecordId([1; 16]), version: 1, generation: 1 };
    let mut device_key = key();
    marks.hide(&mut device_key);
    let keys = store_keys(&device_key);
    let (mut body, mut opened) = ([0; 96], [0; 96]);
    let Ok(length) = keys.seal(binding, &CONTENT, [7; 12], &mut body) else {
        return false;
    };
    (marks.public)(&mut body);
    let Some(body) = body.get(..length) else {
        return false;
    };
    let is_open = marks.told(keys.open(binding, body, &mut opened).is_ok());
    (marks.public)(&mut opened);
    is_open && opened.starts_with(&CONTENT)
}

fn unwrap(marks: &Marks) -> bool {
    unwrapped(marks).unwrap_or(false)
}

fn unwrapped(marks: &Marks) -> Option<bool> {
    const SCALAR: [u8; 32] = [0x11; 32];
    let mut key = key();
    let mut unwrapped = Unwrapped::empty();
    *unwrapped.parts_mut()?.1 = SCALAR;
    let head = Head { curve: Curve::P256, flags: 0, cred_protect: CredProtect::Optional };
    let wrapped = software::wrap(&key, &SITE, head, &mut unwrapped, [7; 12])?;

    marks.hide(&mut key);
    let mut unwrapped = Unwrapped::empty();
    let opened = software::decrypt(&key, &SITE, wrapped.as_slice(), &mut unwrapped);
    if !marks.told(opened.is_some()) {
        return None;
    }
    // That the key is one for ES256 is no secret.
    (marks.public)(unwrapped.parts_mut()?.0);
    let head = unwrapped.head(HEAD + SCALAR.len())?;
    (marks.public)(unwrapped.parts_mut()?.1);
    Some(head.curve == Curve::P256 && unwrapped.scalar() == Ok(&SCALAR))
}

fn generate_p256(marks: &Marks) -> bool {
    let mut scalar = [0; 32];
    let mut rng = SecretRng::new(marks);
    let Some(PublicKey::P256 { mut x, mut y }) =
        software::generate_p256(&mut scalar, &software::p256_public_key, &mut rng)
    else {
        return false;
    };
    (marks.public)(&mut x);
    (marks.public)(&mut y);
    x != y
}

fn sign_p256(marks: &Marks) -> bool {
    let mut scalar = black_box([0x12; 32]);
    let Ok(public) = p256::ecdsa::SigningKey::from_slice(&scalar) else {
        return false;
    };
    let public = *public.verifying_key();
    (marks.secret)(&mut scalar);
    let Ok(signature) = software::sign_p256(&scalar, MESSAGE, &mut SecretRng::new(marks)) else {
        return false;
    };
    let mut bytes = signature.to_bytes();
    (marks.public)(&mut bytes);
    let Ok(signature) = ecdsa::Signature::from_bytes(&bytes) else {
        return false;
    };
    public.verify_prehash(&Sha256::digest(WHOLE), &signature).is_ok()
}

fn generate_ed25519(marks: &Marks) -> bool {
    let mut seed = [0; 32];
    let mut public = software::generate_ed25519(&mut seed, &mut SecretRng::new(marks));
    (marks.public)(&mut public);
    ed25519_dalek::VerifyingKey::from_bytes(&public).is_ok()
}

fn sign_ed25519(marks: &Marks) -> bool {
    let mut seed = black_box([0x13; 32]);
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    (marks.secret)(&mut seed);
    let Ok(signature) = software::sign_ed25519(&seed, public.as_bytes(), MESSAGE) else {
        return false;
    };
    let mut bytes = signature.to_bytes();
    (marks.public)(&mut bytes);
    public.verify(WHOLE, &ed25519_dalek::Signature::from_bytes(&bytes)).is_ok()
}
