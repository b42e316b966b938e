//! The options JSON, as the browser's `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` read it.
//!
//! The library writes the members. Two of them it always writes one way: `pubKeyCredParams` with EdDSA first, and
//! `attestation` as `none`. Neither the order nor the wish binds its checks, so they are rewritten here.

use crate::{Attestation, RpError, Settings};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3 §5.1.8).
pub(crate) fn creation(client_state: &impl Serialize, settings: &Settings) -> Result<String, RpError> {
    let mut members = members(client_state)?;
    let parameters = settings
        .algorithms
        .iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.cose() }))
        .collect();
    members.insert("pubKeyCredParams".to_owned(), Value::Array(parameters));
    let (conveyance, formats) = match settings.attestation {
        Attestation::None => ("none", json!(["none"])),
        Attestation::Direct => ("direct", json!(["packed", "none"])),
    };
    members.insert("attestation".to_owned(), conveyance.into());
    members.insert("attestationFormats".to_owned(), formats);
    Ok(Value::Object(members).to_string())
}

/// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn L3 §5.1.9).
pub(crate) fn request(client_state: &impl Serialize) -> Result<String, RpError> {
    members(client_state).map(|members| Value::Object(members).to_string())
}

fn members(client_state: &impl Serialize) -> Result<Map<String, Value>, RpError> {
    match serde_json::to_value(client_state) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(RpError::Internal("options are no JSON object")),
    }
}

#[cfg(test)]
mod tests;
