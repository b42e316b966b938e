//! A platform that knows a PIN: the other end of clientPIN, written after the specification (CTAP 2.3 §6.5) and without the
//! core's help.

use crate::cbor::{Value, at, bytes, map};
use crate::reply::Reply;
use crate::request::{CLIENT_DATA_HASH, Request, client_pin};
use crate::sim::Sim;
use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use authenticator_core::store::Store;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};

/// The subcommands of clientPIN.
pub mod subcommand {
    /// getPINRetries.
    pub const PIN_RETRIES: u64 = 0x01;
    /// getKeyAgreement.
    pub const KEY_AGREEMENT: u64 = 0x02;
    /// setPIN.
    pub const SET_PIN: u64 = 0x03;
    /// changePIN.
    pub const CHANGE_PIN: u64 = 0x04;
    /// getPinToken.
    pub const PIN_TOKEN: u64 = 0x05;
    /// getPinUvAuthTokenUsingUvWithPermissions.
    pub const TOKEN_USING_UV: u64 = 0x06;
    /// getUVRetries.
    pub const UV_RETRIES: u64 = 0x07;
    /// getPinUvAuthTokenUsingPinWithPermissions.
    pub const TOKEN_USING_PIN: u64 = 0x09;
}

/// A platform that has agreed on a secret with an authenticator.
#[derive(Clone, Debug)]
pub struct Platform {
    protocol: u64,
    /// Its public key, as it is sent.
    pub key_agreement: Value,
    hmac_key: [u8; 32],
    cipher_key: [u8; 32],
}

/// A pinUvAuthToken that a platform was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    protocol: u64,
    bytes: Vec<u8>,
}

impl Platform {
    /// Asks an authenticator for its public key and agrees on a secret with it.
    ///
    /// # Panics
    /// When there is no key, or none of the protocol.
    #[allow(clippy::expect_used, reason = "a test without a shared secret cannot go on")]
    pub fn connect<S: Store>(sim: &mut Sim<S>, protocol: u64) -> Self {
        let reply = sim.send(&client_pin(subcommand::KEY_AGREEMENT).with(0x01, protocol));
        let key = reply.member(0x01).expect("the authenticator has a public key");
        Self::agree(protocol, &key, b"a platform").expect("the key is one of the protocol")
    }

    /// Agrees on a secret with the authenticator whose COSE key this is, with a private key made from `seed`. `None`: it is
    /// not the key that the protocol wants.
    #[must_use]
    pub fn agree(protocol: u64, authenticator: &Value, seed: &[u8]) -> Option<Self> {
        let labels: Vec<_> = authenticator.as_map()?.iter().map(|(label, _)| label.clone()).collect();
        if labels != [1, 3, -1, -2, -3].map(Value::from) {
            return None;
        }
        let number = |label| at(authenticator, label)?.as_integer().map(i128::from);
        if (number(1), number(3), number(-1)) != (Some(2), Some(-25), Some(1)) {
            return None;
        }
        let coordinate = |label| at(authenticator, label)?.as_bytes();
        let point = [[4].as_slice(), coordinate(-2)?, coordinate(-3)?].concat();
        let peer = PublicKey::from_sec1_bytes(&point).ok()?;
        let secret = SecretKey::from_slice(&Sha256::digest(seed)).ok()?;
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
        let z = shared.raw_secret_bytes();
        let (hmac_key, cipher_key) = match protocol {
            1 => (Sha256::digest(z).into(), Sha256::digest(z).into()),
            2 => (hkdf(z, b"CTAP2 HMAC key")?, hkdf(z, b"CTAP2 AES key")?),
            _ => return None,
        };
        Some(Self { protocol, key_agreement: cose(&secret.public_key())?, hmac_key, cipher_key })
    }

    /// What is sent in place of these bytes. They are made up to whole blocks with zeros.
    #[must_use]
    pub fn encrypt(&self, plaintext: &[u8]) -> Vec<u8> {
        let mut padded = plaintext.to_vec();
        padded.resize(plaintext.len().next_multiple_of(16), 0);
        // Random to whoever does not know the secret; a test wants the same bytes every time.
        let hash = authenticate(self.protocol, &self.cipher_key, plaintext);
        let iv: [u8; 16] = match hash.first_chunk() {
            Some(iv) if self.protocol == 2 => *iv,
            _ => [0; 16],
        };
        let (blocks, _) = aes::Block::slice_as_chunks_mut(&mut padded);
        cbc::Encryptor::<Aes256>::new((&self.cipher_key).into(), (&iv).into()).encrypt_blocks(blocks);
        if self.protocol == 2 { [iv.as_slice(), &padded].concat() } else { padded }
    }

    /// What stands in the place of what was sent; `None`: it is not made of whole blocks.
    #[must_use]
    pub fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let (iv, text) = match self.protocol {
            2 => ciphertext.split_first_chunk()?,
            _ => (&[0; 16], ciphertext),
        };
        let mut text = text.to_vec();
        let (blocks, rest) = aes::Block::slice_as_chunks_mut(&mut text);
        if !rest.is_empty() {
            return None;
        }
        cbc::Decryptor::<Aes256>::new((&self.cipher_key).into(), iv.into()).decrypt_blocks(blocks);
        Some(text)
    }

    /// A pinUvAuthParam under the shared secret.
    #[must_use]
    pub fn authenticate(&self, message: &[u8]) -> Vec<u8> {
        authenticate(self.protocol, &self.hmac_key, message)
    }

    /// The input of hmac-secret for one salt or two, one after the other (HS-03).
    #[must_use]
    pub fn salts(&self, salts: &[u8]) -> Value {
        let encrypted = self.encrypt(salts);
        map([
            (1, self.key_agreement.clone()),
            (2, bytes(&encrypted)),
            (3, bytes(&self.authenticate(&encrypted))),
            (4, Value::from(self.protocol)),
        ])
    }

    /// setPIN.
    #[must_use]
    pub fn set_pin(&self, pin: &str) -> Request {
        self.set_padded(&padded(pin))
    }

    /// setPIN with this in place of the PIN and its padding.
    #[must_use]
    pub fn set_padded(&self, padded: &[u8]) -> Request {
        let encrypted = self.encrypt(padded);
        self.request(subcommand::SET_PIN)
            .with(0x04, bytes(&self.authenticate(&encrypted)))
            .with(0x05, bytes(&encrypted))
    }

    /// changePIN.
    #[must_use]
    pub fn change_pin(&self, old: &str, new: &str) -> Request {
        self.change_padded(old, &padded(new))
    }

    /// changePIN with this in place of the new PIN and its padding.
    #[must_use]
    pub fn change_padded(&self, old: &str, padded: &[u8]) -> Request {
        let (encrypted, hash) = (self.encrypt(padded), self.pin_hash(old));
        let message = [encrypted.as_slice(), &hash].concat();
        self.request(subcommand::CHANGE_PIN)
            .with(0x04, bytes(&self.authenticate(&message)))
            .with(0x05, bytes(&encrypted))
            .with(0x06, bytes(&hash))
    }

    /// getPinToken.
    #[must_use]
    pub fn pin_token(&self, pin: &str) -> Request {
        self.request(subcommand::PIN_TOKEN).with(0x06, bytes(&self.pin_hash(pin)))
    }

    /// getPinUvAuthTokenUsingPinWithPermissions.
    #[must_use]
    pub fn token_for(&self, pin: &str, permissions: u64, rp_id: Option<&str>) -> Request {
        let request = self
            .request(subcommand::TOKEN_USING_PIN)
            .with(0x06, bytes(&self.pin_hash(pin)))
            .with(0x09, permissions);
        match rp_id {
            Some(rp_id) => request.with(0x0A, rp_id),
            None => request,
        }
    }

    /// The token in a reply to one of the two requests above.
    #[must_use]
    pub fn token(&self, reply: &Reply) -> Option<Token> {
        let bytes = self.decrypt(reply.member(0x02)?.as_bytes()?)?;
        (bytes.len() == 32).then_some(Token { protocol: self.protocol, bytes })
    }

    /// What is sent for the PIN where it is to be proven: the encrypted first half of its hash.
    #[must_use]
    pub fn pin_hash(&self, pin: &str) -> Vec<u8> {
        self.encrypt(Sha256::digest(pin).first_chunk::<16>().map_or(&[], |half| half))
    }

    /// What it shares with the authenticator: the key for messages and the key for ciphertexts.
    #[must_use]
    pub const fn shared_keys(&self) -> [&[u8; 32]; 2] {
        [&self.hmac_key, &self.cipher_key]
    }

    fn request(&self, sub_command: u64) -> Request {
        client_pin(sub_command).with(0x01, self.protocol).with(0x03, self.key_agreement.clone())
    }
}

impl Token {
    /// The token itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// A pinUvAuthParam.
    #[must_use]
    pub fn authenticate(&self, message: &[u8]) -> Vec<u8> {
        authenticate(self.protocol, &self.bytes, message)
    }

    /// The registration or sign-in with this token's proof over its client data hash.
    #[must_use]
    pub fn proves(&self, request: Request) -> Request {
        let param = if request.is_registration() { 0x08 } else { 0x06 };
        request.with(param, bytes(&self.authenticate(&CLIENT_DATA_HASH))).with(param + 1, self.protocol)
    }

    /// The authenticatorConfig with this token's proof over its subcommand and parameters (CFG-03).
    #[must_use]
    pub fn authorises(&self, config: Request) -> Request {
        let message = [[0xFF; 32].as_slice(), &[0x0D], &config.subcommand_message()].concat();
        config.with(0x03, self.protocol).with(0x04, bytes(&self.authenticate(&message)))
    }
}

impl Token {
    /// The request to authenticatorCredentialManagement, authorised by this token.
    #[must_use]
    pub fn manages(&self, request: Request) -> Request {
        let param = self.authenticate(&request.subcommand_message());
        request.with(0x03, self.protocol).with(0x04, bytes(&param))
    }
}

impl Token {
    /// The fragment of large blobs, authorised by this token (LB-05).
    #[must_use]
    pub fn writes(&self, fragment: Request) -> Request {
        let fragment_bytes = fragment.member(0x02).and_then(Value::as_bytes).cloned().unwrap_or_default();
        let offset =
            fragment.member(0x03).and_then(Value::as_integer).and_then(|offset| u32::try_from(offset).ok());
        let parts: [&[u8]; 4] = [
            &[0xFF; 32],
            &[0x0C, 0x00],
            &offset.unwrap_or_default().to_le_bytes(),
            &Sha256::digest(fragment_bytes),
        ];
        fragment.with(0x05, bytes(&self.authenticate(&parts.concat()))).with(0x06, self.protocol)
    }
}

/// A PIN as it is sent: 64 bytes, or as many blocks as it takes.
#[must_use]
pub fn padded(pin: &str) -> Vec<u8> {
    let mut padded = pin.as_bytes().to_vec();
    padded.resize(pin.len().max(64), 0);
    padded
}

fn authenticate(protocol: u64, key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let mut signature = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default();
    if protocol == 1 {
        signature.truncate(16);
    }
    signature
}

fn hkdf(z: &[u8], info: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(&[0; 32]), z).expand(info, &mut key).ok()?;
    Some(key)
}

fn cose(public: &PublicKey) -> Option<Value> {
    let point = public.to_sec1_point(false);
    let coordinates = (bytes(point.x()?), bytes(point.y()?));
    Some(map([
        (1, Value::from(2)),
        (3, Value::from(-25)),
        (-1, Value::from(1)),
        (-2, coordinates.0),
        (-3, coordinates.1),
    ]))
}
