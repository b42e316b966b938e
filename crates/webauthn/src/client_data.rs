//! Client data: what the signature says about the page or app that asked (WebAuthn L3 §5.8.1).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::base64url;
use crate::caller::Caller;

/// The client data of a ceremony, or only its hash where the platform built it and keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientData {
    /// Built here: this library is the WebAuthn client.
    Collected(CollectedClientData),
    /// Built by the browser or the operating system, which hands over its SHA-256.
    HashOnly([u8; 32]),
}

impl ClientData {
    /// Builds the client data of a ceremony.
    pub fn collect(ceremony: ClientDataType, challenge: &[u8], caller: &Caller) -> Self {
        Self::Collected(CollectedClientData::new(ceremony, challenge, caller))
    }

    /// What is signed together with the authenticator data.
    pub fn hash(&self) -> &[u8; 32] {
        match self {
            Self::Collected(collected) => &collected.hash,
            Self::HashOnly(hash) => hash,
        }
    }

    /// The bytes of `clientDataJSON` for the response, when they are known.
    pub fn json(&self) -> Option<&[u8]> {
        match self {
            Self::Collected(collected) => Some(collected.json.as_bytes()),
            Self::HashOnly(_) => None,
        }
    }
}

/// Which ceremony the client data is for. Complete for the credentials of this library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientDataType {
    /// A registration.
    Create,
    /// A sign-in.
    Get,
}

impl ClientDataType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Client data JSON together with its hash. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct CollectedClientData {
    json: String,
    hash: [u8; 32],
}

impl CollectedClientData {
    fn new(ceremony: ClientDataType, challenge: &[u8], caller: &Caller) -> Self {
        let json = serialize(ceremony, challenge, caller);
        let hash = Sha256::digest(json.as_bytes()).into();
        Self { json, hash }
    }
}

impl fmt::Debug for CollectedClientData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CollectedClientData(..)")
    }
}

/// WebAuthn L3 §5.8.1.1, byte for byte: verifiers with little memory compare it as a template.
fn serialize(ceremony: ClientDataType, challenge: &[u8], caller: &Caller) -> String {
    let (cross_origin, top_origin) = match caller {
        Caller::Web { cross_origin, top_origin, .. } => (*cross_origin, top_origin.as_ref()),
        Caller::App { .. } => (false, None),
    };

    let mut json = String::from("{\"type\":");
    push_string(&mut json, ceremony.as_str());
    json.push_str(",\"challenge\":");
    push_string(&mut json, &base64url::encode(challenge));
    json.push_str(",\"origin\":");
    push_string(&mut json, caller.origin().as_str());
    json.push_str(",\"crossOrigin\":");
    json.push_str(if cross_origin { "true" } else { "false" });
    // §5.8.1: topOrigin is set only if crossOrigin is true.
    if let Some(top_origin) = top_origin.filter(|_| cross_origin) {
        json.push_str(",\"topOrigin\":");
        push_string(&mut json, top_origin.as_str());
    }
    // What Android adds comes after the members of §5.8.1, where a verifier of templates allows for more.
    if let Caller::App { package_name: Some(package_name), .. } = caller {
        json.push_str(",\"androidPackageName\":");
        push_string(&mut json, package_name);
    }
    json.push('}');
    json
}

/// CCDToString of WebAuthn L3 §5.8.1.1.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => json.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests;
