//! pinComplexityPolicy (CTAP 2.3 §12.8): tells chosen relying parties whether simple PINs are forbidden.

use super::RegistrationExtensions;
use crate::credential::RpIdHash;
use crate::standing::Standing;

pub(super) const NAME: &str = "pinComplexityPolicy";

/// PCP-01: whether they are, for a relying party that may be told.
pub(super) fn registration(
    standing: &Standing<'_>,
    asked: &RegistrationExtensions<'_>,
    rp_id_hash: &RpIdHash,
) -> Option<bool> {
    let has_policy = standing.profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
    let told = asked.pin_complexity_policy && has_policy && standing.tells(rp_id_hash);
    told.then_some(standing.settings.pin_complexity)
}
