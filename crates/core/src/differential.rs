//! What a decoded request says that its public fields do not, for the comparison with ctap-types' decoder. No part of the
//! API.

use crate::attestation::{Format, Preference};
use crate::command::{ClientPin, Config};
use crate::extension::SealedSalts;
use crate::pin::PlatformKey;
use crate::reply::Reply;
use crate::session::Session;

/// Both coordinates of a platform's key.
pub type Key<'a> = (&'a [u8], &'a [u8]);

const fn key<'a>(key: &PlatformKey<'a>) -> Key<'a> {
    (key.x, key.y)
}

/// `keyAgreement` of clientPIN.
#[must_use]
pub fn key_agreement<'a>(request: &ClientPin<'a>) -> Option<Key<'a>> {
    request.key_agreement.as_ref().map(key)
}

/// `pinUvAuthParam`, `newPinEnc` and `pinHashEnc` of clientPIN.
#[must_use]
pub const fn sealed<'a>(request: &ClientPin<'a>) -> [Option<&'a [u8]>; 3] {
    [request.param, request.new_pin, request.pin_hash]
}

/// The key, `saltEnc`, `saltAuth` and the protocol of hmac-secret.
#[must_use]
pub const fn salts<'a>(salts: &SealedSalts<'a>) -> (Key<'a>, &'a [u8], &'a [u8], Option<u64>) {
    (key(&salts.key_agreement), salts.salt_enc, salts.salt_auth, salts.protocol)
}

/// `newMinPINLength` of setMinPINLength.
#[must_use]
pub const fn min_pin_length(request: &Config<'_>) -> Option<u64> {
    request.min_pin_length.length
}

/// `minPinLengthRPIDs` of setMinPINLength.
pub fn rp_ids<'a>(request: &Config<'a>) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
    request.min_pin_length.rp_ids.map(|rp_ids| rp_ids.iter())
}

/// `forceChangePin` of setMinPINLength.
#[must_use]
pub const fn force_change(request: &Config<'_>) -> bool {
    request.min_pin_length.force_change
}

/// The formats of `attestationFormatsPreference` that are known here.
#[must_use]
pub fn formats(preference: &Preference) -> &[Format] {
    preference.known()
}

/// Writes a reply, as [`Done::encode`](crate::Done::encode) does.
#[must_use]
pub fn encode(reply: &Reply, session: &Session, buffer: &mut [u8]) -> usize {
    crate::reply::encode(Ok(reply), session, buffer)
}
