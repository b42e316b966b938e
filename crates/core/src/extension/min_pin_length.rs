//! minPinLength (CTAP 2.3 §12.4): tells chosen relying parties the minimum PIN length.

use super::RegistrationExtensions;
use crate::credential::RpIdHash;
use crate::standing::Standing;

pub(super) const NAME: &str = "minPinLength";

/// MPL-01: the length, for a relying party that may be told.
pub(super) fn registration(
    standing: &Standing<'_>,
    asked: &RegistrationExtensions<'_>,
    rp_id_hash: &RpIdHash,
) -> Option<u8> {
    (asked.min_pin_length && standing.tells(rp_id_hash)).then(|| standing.min_pin_length())
}
