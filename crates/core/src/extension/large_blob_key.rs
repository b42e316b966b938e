//! largeBlobKey (CTAP 2.3 §12.3): the key with which a platform seals a credential's entry among the large blobs.

use super::{AssertionExtensions, Derivation, RegistrationExtensions};
use crate::error::Error;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::store::StoreKeys;

/// Whether the credential gets a key (LBK-01). One that has no record has none.
pub(super) fn registration(
    profile: &Profile,
    asked: &RegistrationExtensions<'_>,
    discoverable: bool,
) -> Result<bool, Error> {
    match asked.large_blob_key.filter(|_| profile.has_large_blob_array()) {
        None => Ok(false),
        Some(true) if discoverable => Ok(true),
        Some(_) => Err(Error::LargeBlobKeyOption),
    }
}

/// LBK-02: it is asked for, or not named.
pub(super) fn check_assertion(profile: &Profile, asked: &AssertionExtensions<'_>) -> Result<(), Error> {
    match asked.large_blob_key.filter(|_| profile.has_large_blob_array()) {
        Some(false) => Err(Error::LargeBlobKeyOption),
        Some(true) | None => Ok(()),
    }
}

/// The key: the same for as long as there is the credential (LBK-03).
pub(crate) fn derive(keys: &StoreKeys, of: Derivation<'_>) -> Secret<32> {
    let mut key = Secret::new([0; 32]);
    keys.credential_secret(b"large blob key", of.seed.as_slice(), of.credential_id, &mut key);
    key
}
