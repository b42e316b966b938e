//! What a client of this library can do, in the words of `getClientCapabilities()` (WebAuthn L3 §5.1.7).

use authenticator_core::{BuiltInVerification, HmacSecret, LargeBlobStorage, Profile};
use serde_json::{Map, Value};

/// The capabilities as a JSON object, its names in lexicographical order. A host that does more itself, such as
/// conditional mediation or signals, adds that.
pub fn client_capabilities(profile: &Profile) -> String {
    let verifies = profile.platform && profile.verification == BuiltInVerification::Configured;
    let capabilities = [
        ("conditionalCreate", false),
        ("conditionalGet", false),
        ("extension:appid", false),
        ("extension:appidExclude", true),
        ("extension:credBlob", profile.cred_blob && profile.discoverable),
        ("extension:credProps", true),
        ("extension:credentialProtectionPolicy", true),
        ("extension:enforceCredentialProtectionPolicy", true),
        ("extension:getCredBlob", profile.cred_blob && profile.discoverable),
        ("extension:largeBlob", keeps_large_blobs(profile)),
        ("extension:minPinLength", profile.max_rp_ids_for_min_pin_length > 0),
        ("extension:payment", false),
        ("extension:prf", profile.hmac_secret != HmacSecret::Unsupported),
        ("hybridTransport", false),
        ("passkeyPlatformAuthenticator", verifies && profile.discoverable),
        ("relatedOrigins", false),
        ("signalAllAcceptedCredentials", false),
        ("signalCurrentUserDetails", false),
        ("signalUnknownCredential", false),
        ("userVerifyingPlatformAuthenticator", verifies),
    ];
    let object: Map<String, Value> =
        capabilities.into_iter().map(|(name, can)| (name.to_owned(), can.into())).collect();
    Value::Object(object).to_string()
}

/// Whether a credential can have a large blob.
pub(crate) fn keeps_large_blobs(profile: &Profile) -> bool {
    profile.large_blobs != LargeBlobStorage::None && profile.discoverable
}

#[cfg(test)]
mod tests;
