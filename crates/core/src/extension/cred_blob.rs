//! credBlob (CTAP 2.3 §12.2): a few bytes that a site keeps with its credential.

use super::RegistrationExtensions;
use crate::profile::Profile;

pub(super) const NAME: &str = "credBlob";

/// The longest that is stored, in bytes (`maxCredBlobLength`, CB-02).
pub const MAX_CRED_BLOB: usize = 32;

/// Whether the bytes are stored; `None`: nobody asked. Only a discoverable credential has a record to store them in (CB-04).
pub(super) fn registration(
    profile: &Profile,
    asked: &RegistrationExtensions<'_>,
    discoverable: bool,
) -> Option<bool> {
    let blob = asked.cred_blob.filter(|_| profile.has_cred_blobs())?;
    Some(discoverable && blob.len() <= MAX_CRED_BLOB) // CB-01
}
