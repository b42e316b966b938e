//! The responses as JSON (`RegistrationResponseJSON` and `AuthenticationResponseJSON`, WebAuthn L3 §5.1).
//!
//! Readers are strict: base64url without padding, no nulls, flags that are really true or false.

mod attestation_object;
mod extensions;
mod json;
mod outputs;
mod public_key;

use serde_json::{Map, Value};

pub use attestation_object::Attestation;
pub use extensions::{ExtensionResults, LargeBlobResult, PrfResult};
pub use json::ResponseJson;
pub(crate) use outputs::Outputs;
pub use public_key::PublicKey;

use crate::base64url;
use crate::error::Error;
use crate::options::{AuthenticatorAttachment, CoseAlgorithm, Transport};

/// The pieces of a registration's response.
#[derive(Clone, Copy)]
pub struct RegistrationResponse<'a> {
    /// The new credential's id.
    pub credential_id: &'a [u8],
    /// The client data, or `None` where the browser puts in its own.
    pub client_data_json: Option<&'a [u8]>,
    /// The authenticator data, as signed.
    pub authenticator_data: &'a [u8],
    /// The attestation.
    pub attestation: Attestation<'a>,
    /// The ways to reach this authenticator.
    pub transports: &'a [Transport],
    /// The credential's algorithm.
    pub algorithm: CoseAlgorithm,
    /// The public key, or `None` when [`PublicKey`] cannot express it.
    pub public_key: Option<PublicKey>,
    /// Where the authenticator was reached.
    pub attachment: AuthenticatorAttachment,
    /// What the extensions answer.
    pub extensions: ExtensionResults<'a>,
}

impl RegistrationResponse<'_> {
    /// Writes the response. Fails when the attestation statement is not one CBOR map.
    pub fn to_json(&self) -> Result<ResponseJson, Error> {
        let attestation_object = self.attestation.object(self.authenticator_data)?;

        let mut response = Map::new();
        if let Some(json) = self.client_data_json {
            put(&mut response, "clientDataJSON", base64url::encode(json));
        }
        put(&mut response, "attestationObject", base64url::encode(&attestation_object));
        put(&mut response, "authenticatorData", base64url::encode(self.authenticator_data));
        let transports: Vec<Value> =
            self.transports.iter().map(|transport| transport.as_str().into()).collect();
        put(&mut response, "transports", transports);
        if let Some(key) = &self.public_key {
            put(&mut response, "publicKey", base64url::encode(&key.to_spki_der()));
        }
        put(&mut response, "publicKeyAlgorithm", self.algorithm.0);
        Ok(credential(self.credential_id, self.attachment, self.extensions, response))
    }
}

/// The pieces of a sign-in's response.
#[derive(Clone, Copy)]
pub struct AuthenticationResponse<'a> {
    /// The credential that signed.
    pub credential_id: &'a [u8],
    /// The client data, or `None` where the browser puts in its own.
    pub client_data_json: Option<&'a [u8]>,
    /// The authenticator data, as signed.
    pub authenticator_data: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The user handle, when the authenticator returned one.
    pub user_handle: Option<&'a [u8]>,
    /// Where the authenticator was reached.
    pub attachment: AuthenticatorAttachment,
    /// What the extensions answer.
    pub extensions: ExtensionResults<'a>,
}

impl AuthenticationResponse<'_> {
    /// Writes the response.
    pub fn to_json(&self) -> ResponseJson {
        let mut response = Map::new();
        if let Some(json) = self.client_data_json {
            put(&mut response, "clientDataJSON", base64url::encode(json));
        }
        put(&mut response, "authenticatorData", base64url::encode(self.authenticator_data));
        put(&mut response, "signature", base64url::encode(self.signature));
        if let Some(handle) = self.user_handle {
            put(&mut response, "userHandle", base64url::encode(handle));
        }
        credential(self.credential_id, self.attachment, self.extensions, response)
    }
}

/// What both responses have in common.
fn credential(
    id: &[u8],
    attachment: AuthenticatorAttachment,
    extensions: ExtensionResults<'_>,
    response: Map<String, Value>,
) -> ResponseJson {
    let id = base64url::encode(id);
    let mut credential = Map::new();
    put(&mut credential, "id", id.clone());
    put(&mut credential, "rawId", id);
    put(&mut credential, "type", "public-key");
    put(&mut credential, "authenticatorAttachment", attachment.as_str());
    put(&mut credential, "clientExtensionResults", extensions.to_json());
    put(&mut credential, "response", response);
    ResponseJson::write(Value::Object(credential))
}

fn put(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

#[cfg(test)]
mod tests;
