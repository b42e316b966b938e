//! Requests as a platform would send them, and as it should not.

use crate::cbor::{Value, array, bytes, encode, map};
use sha2::{Digest, Sha256};

/// A request under construction: a command byte and a map with integer keys.
#[derive(Clone, Debug)]
pub struct Request {
    command: u8,
    members: Vec<(i64, Value)>,
}

/// The client data hash of every request made here.
pub const CLIENT_DATA_HASH: [u8; 32] = [0xCD; 32];

/// makeCredential for this relying party and user handle: ES256 or EdDSA, non-discoverable, no options.
#[must_use]
pub fn make_credential(rp_id: &str, user_handle: &[u8]) -> Request {
    Request { command: 0x01, members: Vec::new() }
        .with(0x01, bytes(&CLIENT_DATA_HASH))
        .with(0x02, map([("id", Value::from(rp_id)), ("name", Value::from("Example"))]))
        .with(
            0x03,
            map([
                ("id", bytes(user_handle)),
                ("name", Value::from("alice")),
                ("displayName", Value::from("Alice")),
            ]),
        )
        .with(0x04, array([algorithm(-7), algorithm(-8)]))
}

/// getAssertion for this relying party, with no allow list and no options.
#[must_use]
pub fn get_assertion(rp_id: &str) -> Request {
    Request { command: 0x02, members: Vec::new() }.with(0x01, rp_id).with(0x02, bytes(&CLIENT_DATA_HASH))
}

/// clientPIN with this subcommand and nothing else; [`Platform`](crate::pin::Platform) fills in what it takes.
#[must_use]
pub fn client_pin(sub_command: u64) -> Request {
    Request { command: 0x06, members: Vec::new() }.with(0x02, sub_command)
}

/// authenticatorCredentialManagement with this subcommand, unauthorised.
#[must_use]
pub fn credential_management(sub_command: u8) -> Request {
    Request { command: 0x0A, members: Vec::new() }.with(0x01, sub_command)
}

/// authenticatorConfig with this subcommand, unauthorised; [`Token`](crate::pin::Token) authorises it.
#[must_use]
pub fn config(sub_command: u8) -> Request {
    Request { command: 0x0D, members: Vec::new() }.with(0x01, sub_command)
}

/// authenticatorLargeBlobs that reads so many bytes from this place on.
#[must_use]
pub fn read_large_blobs(count: u64, offset: u64) -> Request {
    Request { command: 0x0C, members: Vec::new() }.with(0x01, count).with(0x03, offset)
}

/// authenticatorLargeBlobs that writes this fragment at this place, unauthorised; the first fragment of an array says its
/// `length`. [`Token`](crate::pin::Token) authorises it.
#[must_use]
pub fn write_large_blobs(fragment: &[u8], offset: u64, length: Option<u64>) -> Request {
    let request =
        Request { command: 0x0C, members: Vec::new() }.with(0x02, bytes(fragment)).with(0x03, offset);
    match length {
        Some(length) => request.with(0x04, length),
        None => request,
    }
}

/// What writes a whole array, in fragments of at most so many bytes.
#[must_use]
pub fn large_blob_fragments(array: &[u8], longest: usize) -> Vec<Request> {
    let places = (0_u64..).step_by(longest);
    let length = u64::try_from(array.len()).ok();
    let write = |(place, fragment)| write_large_blobs(fragment, place, length.filter(|_| place == 0));
    places.zip(array.chunks(longest)).map(write).collect()
}

/// An array of large blobs of this length, at least that of its checksum, whose bytes before it are all `seed`.
#[must_use]
pub fn large_blob_array(length: usize, seed: u8) -> Vec<u8> {
    let mut array = vec![seed; length.saturating_sub(16)];
    array.extend(Sha256::digest(&array).iter().take(16));
    array
}

/// An element of pubKeyCredParams.
#[must_use]
pub fn algorithm(id: i64) -> Value {
    map([("alg", Value::from(id)), ("type", Value::from("public-key"))])
}

/// A credential descriptor.
#[must_use]
pub fn descriptor(id: &[u8]) -> Value {
    map([("id", bytes(id)), ("type", Value::from("public-key"))])
}

impl Request {
    /// With this member in place of one of the same key.
    #[must_use]
    pub fn with(mut self, key: i64, value: impl Into<Value>) -> Self {
        self.members.retain(|(present, _)| *present != key);
        self.members.push((key, value.into()));
        self
    }

    /// Without this member.
    #[must_use]
    pub fn without(mut self, key: i64) -> Self {
        self.members.retain(|(present, _)| *present != key);
        self
    }

    /// The member with this key.
    #[must_use]
    pub fn member(&self, key: i64) -> Option<&Value> {
        self.members.iter().find(|(present, _)| *present == key).map(|(_, value)| value)
    }

    /// With this option, beside those that are there already.
    #[must_use]
    pub fn option(self, name: &str, value: bool) -> Self {
        let key = if self.command == 0x01 { 0x07 } else { 0x05 };
        self.extended(key, name, Value::from(value))
    }

    /// With this extension, beside those that are there already.
    #[must_use]
    pub fn extension(self, name: &str, value: impl Into<Value>) -> Self {
        let key = if self.command == 0x01 { 0x06 } else { 0x04 };
        self.extended(key, name, value.into())
    }

    /// With an exclude or allow list of these ids.
    #[must_use]
    pub fn list<'a>(self, ids: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let key = if self.command == 0x01 { 0x05 } else { 0x03 };
        self.with(key, array(ids.into_iter().map(descriptor)))
    }

    pub(crate) const fn is_registration(&self) -> bool {
        self.command == 0x01
    }

    /// With these subCommandParams.
    #[must_use]
    pub fn parameters(self, members: impl IntoIterator<Item = (i64, Value)>) -> Self {
        self.with(0x02, map(members))
    }

    /// authenticatorCredentialManagement under its preview's number.
    #[must_use]
    pub const fn as_preview(mut self) -> Self {
        self.command = 0x41;
        self
    }

    /// What authorises a request with subcommands: the subcommand, and its parameters if it has any.
    #[must_use]
    pub fn subcommand_message(&self) -> Vec<u8> {
        [0x01, 0x02].into_iter().filter_map(|key| self.member(key)).flat_map(encode).collect()
    }

    fn extended(self, key: i64, name: &str, value: Value) -> Self {
        let mut pairs = self.member(key).and_then(|value| value.as_map().cloned()).unwrap_or_default();
        pairs.push((Value::from(name), value));
        self.with(key, map(pairs))
    }

    /// The bytes: the command byte and the map, in canonical order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut encoded = vec![self.command];
        encoded.extend(encode(&map(self.members.iter().cloned())));
        encoded
    }
}
