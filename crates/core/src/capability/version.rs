//! The versions: each is claimed as soon as everything that it demands is there, and not before (GI-07).

use super::extension::{CRED_PROTECT, HMAC_SECRET, MIN_PIN_LENGTH, has_extension};
use super::{Prose, prose};
use crate::command::Info;
use crate::profile::Management;

/// A version of CTAP.
pub(super) struct Version {
    pub(super) name: &'static str,
    pub(super) earned: fn(&Info) -> bool,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) prose: Prose,
}

/// In canonical order (GI-26).
pub(super) const VERSIONS: [Version; 4] = [
    Version {
        name: "FIDO_2_0",
        earned: |_| true,
        prose: prose("GI-08", "always", "makeCredential, getAssertion, getNextAssertion, getInfo, reset"),
    },
    Version {
        name: "FIDO_2_1",
        earned: has_all_of_2_1,
        prose: prose(
            "GI-07",
            "hmac-secret; with any user verification pinUvAuthToken and credProtect; with rk a verification, and credMgmt or \
             a display; with PINs setMinPINLength and minPinLength",
            "selection (0x0B), and everything that it demands",
        ),
    },
    Version {
        name: "FIDO_2_3",
        earned: |info| has_all_of_2_1(info) && info.profile.can_verify(),
        prose: prose("GI-07", "as FIDO_2_1, and an option clientPin or uv", "everything that it demands"),
    },
    Version {
        name: "FIDO_2_1_PRE",
        earned: |info| matches!(info.profile.management, Management::ByClients { preview: true, .. }),
        prose: prose("VEN-01", "the profile's preview of credential management", "the command 0x41"),
    },
];

/// The names of those that are earned.
pub(crate) fn versions(info: &Info) -> impl Iterator<Item = &'static str> {
    VERSIONS.iter().filter(|row| (row.earned)(info)).map(|row| row.name)
}

/// GI-07. Protocol two is always among the protocols where there are any.
fn has_all_of_2_1(info: &Info) -> bool {
    let (has_pin, can_verify) = (info.client_pin.is_some(), info.profile.can_verify());
    has_extension(info, HMAC_SECRET)
        && (!info.profile.discoverable || can_verify)
        && (!can_verify || (info.has_tokens() && has_extension(info, CRED_PROTECT)))
        && (!has_pin || (info.sets_min_pin_length() && has_extension(info, MIN_PIN_LENGTH)))
}
