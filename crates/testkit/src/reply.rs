//! Replies taken apart and judged without the core's help.

use crate::cbor::{Value, at, decode, named};
use p256::ecdsa::signature::Verifier;

/// A reply's status byte and body.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status byte.
    pub status: u8,
    /// The body's bytes.
    pub raw: Vec<u8>,
}

impl Reply {
    /// Splits a reply as it came.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let (status, raw) = bytes.split_first()?;
        Some(Self { status: *status, raw: raw.to_vec() })
    }

    /// The member of the body under this key.
    #[must_use]
    pub fn member(&self, key: i64) -> Option<Value> {
        at(&decode(&self.raw)?, key).cloned()
    }

    /// The authenticator data, taken apart.
    #[must_use]
    pub fn auth_data(&self) -> Option<AuthData> {
        AuthData::parse(self.member(0x02)?.as_bytes()?)
    }

    /// The credential id of an assertion.
    #[must_use]
    pub fn credential_id(&self) -> Option<Vec<u8>> {
        named(&self.member(0x01)?, "id")?.as_bytes().cloned()
    }

    /// Whether this assertion is signed by the credential's key over `client_data_hash`.
    #[must_use]
    pub fn is_signed_by(&self, credential: &AuthData, client_data_hash: &[u8]) -> bool {
        let signed = || {
            let message = [self.member(0x02)?.as_bytes()?, client_data_hash].concat();
            Some(verifies(credential.public_key.as_ref()?, &message, self.member(0x03)?.as_bytes()?))
        };
        signed().unwrap_or(false)
    }

    /// Whether this registration carries packed self attestation by the credential's own key.
    #[must_use]
    pub fn is_self_attested(&self, client_data_hash: &[u8]) -> bool {
        let attested = || {
            let auth_data = self.member(0x02)?;
            let message = [auth_data.as_bytes()?, client_data_hash].concat();
            let statement = self.member(0x03)?;
            let key = self.auth_data()?.public_key?;
            let same_algorithm = named(&statement, "alg")? == at(&key, 3)?;
            let signature = named(&statement, "sig")?.as_bytes()?.clone();
            Some(
                same_algorithm
                    && self.member(0x01)?.as_text()? == "packed"
                    && verifies(&key, &message, &signature),
            )
        };
        attested().unwrap_or(false)
    }
}

/// Whether `signature` over `message` is by this COSE key.
#[must_use]
pub fn verifies(key: &Value, message: &[u8], signature: &[u8]) -> bool {
    let coordinate = |name| at(key, name).and_then(Value::as_bytes);
    let es256 = || {
        let point = [[4].as_slice(), coordinate(-2)?, coordinate(-3)?].concat();
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
        Some(key.verify(message, &p256::ecdsa::Signature::from_der(signature).ok()?).is_ok())
    };
    let es384 = || {
        let point = [[4].as_slice(), coordinate(-2)?, coordinate(-3)?].concat();
        let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
        Some(key.verify(message, &p384::ecdsa::Signature::from_der(signature).ok()?).is_ok())
    };
    let ed_dsa = || {
        let key =
            ed25519_dalek::VerifyingKey::from_bytes(coordinate(-2)?.as_slice().try_into().ok()?).ok()?;
        Some(key.verify_strict(message, &ed25519_dalek::Signature::from_slice(signature).ok()?).is_ok())
    };
    match at(key, 3).and_then(Value::as_integer).map(i128::from) {
        Some(-7) => es256().unwrap_or(false),
        Some(-8) => ed_dsa().unwrap_or(false),
        Some(-35) => es384().unwrap_or(false),
        _ => false,
    }
}

/// Authenticator data, taken apart (AD-01).
#[derive(Clone, Debug)]
pub struct AuthData {
    /// The RP ID hash.
    pub rp_id_hash: Vec<u8>,
    /// The flags.
    pub flags: u8,
    /// The signature counter.
    pub sign_count: u32,
    /// The AAGUID, at registration.
    pub aaguid: Option<Vec<u8>>,
    /// The credential id, at registration.
    pub credential_id: Option<Vec<u8>>,
    /// The COSE key, at registration.
    pub public_key: Option<Value>,
    /// The extension outputs, if any.
    pub extensions: Option<Value>,
}

impl AuthData {
    /// Takes authenticator data apart; `None` when it is too short, too long, or its flags lie about what follows.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_at_checked(32)?;
        let (&flags, rest) = rest.split_first()?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>()?;
        let (mut aaguid, mut credential_id, mut public_key, mut extensions) = (None, None, None, None);
        if flags & 0x40 != 0 {
            let (model, after) = rest.split_at_checked(16)?;
            let (length, after) = after.split_first_chunk::<2>()?;
            let (id, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            rest = after;
            public_key = Some(ciborium::from_reader(&mut rest).ok()?);
            (aaguid, credential_id) = (Some(model.to_vec()), Some(id.to_vec()));
        }
        if flags & 0x80 != 0 {
            extensions = Some(ciborium::from_reader(&mut rest).ok()?);
        }
        let sign_count = u32::from_be_bytes(*sign_count);
        let rp_id_hash = rp_id_hash.to_vec();
        rest.is_empty().then_some(Self {
            rp_id_hash,
            flags,
            sign_count,
            aaguid,
            credential_id,
            public_key,
            extensions,
        })
    }

    /// User present.
    #[must_use]
    pub const fn up(&self) -> bool {
        self.flags & 0x01 != 0
    }

    /// User verified.
    #[must_use]
    pub const fn uv(&self) -> bool {
        self.flags & 0x04 != 0
    }
}
