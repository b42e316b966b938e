//! What the authenticator's extensions put into the authenticator data (WebAuthn L3 §6.1).

use ciborium::Value;

/// The extensions' outputs. Empty: there are none.
pub(crate) struct Outputs(Vec<(Value, Value)>);

impl Outputs {
    /// Those of a sign-in.
    pub(crate) fn of_assertion(auth_data: &[u8]) -> Self {
        Self::read(auth_data, HEAD)
    }

    /// Those of a registration, which stand after the new credential's id and key.
    pub(crate) fn of_registration(auth_data: &[u8], credential_id: &[u8]) -> Self {
        let key = HEAD + AAGUID_AND_LENGTH + credential_id.len();
        let mut rest = auth_data.get(key..).unwrap_or_default();
        let length = rest.len();
        // The key is one value of its own, of a length that only reading it tells.
        match ciborium::from_reader::<Value, _>(&mut rest) {
            Ok(_) => Self::read(auth_data, key + (length - rest.len())),
            Err(_) => Self(Vec::new()),
        }
    }

    fn read(auth_data: &[u8], at: usize) -> Self {
        let has_extensions = auth_data.get(FLAGS).is_some_and(|flags| flags & ED != 0);
        let outputs = auth_data.get(at..).filter(|_| has_extensions);
        let map = outputs.and_then(|bytes| ciborium::from_reader::<Value, _>(bytes).ok());
        Self(map.and_then(|map| map.into_map().ok()).unwrap_or_default())
    }

    /// An output that is true or false.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// An output that is bytes.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.get(name)?.as_bytes().map(Vec::as_slice)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
    }
}

/// Hash, flags and counter.
const HEAD: usize = 37;
const FLAGS: usize = 32;
const ED: u8 = 0x80;
const AAGUID_AND_LENGTH: usize = 18;
