//! thirdPartyPayment (CTAP 2.3 §12.9): whether sites other than the credential's own may use it to pay.

use super::RegistrationExtensions;
use crate::profile::Profile;

pub(super) const NAME: &str = "thirdPartyPayment";

/// TPP-01: whether the credential is marked. A registration puts nothing out.
pub(super) const fn registration(profile: &Profile, asked: &RegistrationExtensions<'_>) -> bool {
    asked.third_party_payment && profile.third_party_payment
}
