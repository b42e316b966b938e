//! The extensions.

use super::{Prose, prose};
use crate::command::Info;
use crate::profile::HmacSecret;

/// An extension.
pub(super) struct Extension {
    pub(super) name: &'static str,
    pub(super) offered: fn(&Info) -> bool,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) prose: Prose,
}

pub(super) const CRED_BLOB: &str = "credBlob";
pub(super) const CRED_PROTECT: &str = "credProtect";
pub(super) const HMAC_SECRET: &str = "hmac-secret";
pub(super) const MIN_PIN_LENGTH: &str = "minPinLength";

/// In canonical order (GI-26).
pub(super) const EXTENSIONS: [Extension; 9] = [
    Extension {
        name: CRED_BLOB,
        offered: |info| info.profile.has_cred_blobs(),
        prose: prose(
            "CB-02",
            "the profile, where there are discoverable credentials",
            "makeCredential stores up to 32 bytes, which getAssertion gives back",
        ),
    },
    Extension {
        name: "largeBlob",
        offered: |info| info.profile.max_large_blob().is_some(),
        prose: prose(
            "LBX-05",
            "the profile's large blobs, if each is of a credential",
            "getAssertion writes and reads the credential's large blob",
        ),
    },
    Extension {
        name: CRED_PROTECT,
        offered: |_| true,
        prose: prose("CPR-07", "always", "makeCredential keeps and reports the level; getAssertion obeys it"),
    },
    Extension {
        name: HMAC_SECRET,
        offered: |info| info.profile.has_secrets(),
        prose: prose("HS-11", "the profile", "getAssertion derives secrets from salts"),
    },
    Extension {
        name: "largeBlobKey",
        offered: |info| info.profile.has_large_blob_array(),
        prose: prose(
            "LBK-03",
            "the profile's large blobs, if there is an array of them",
            "makeCredential and getAssertion give the key of a credential's large blob",
        ),
    },
    Extension {
        name: MIN_PIN_LENGTH,
        offered: tells_of_pins,
        prose: prose(
            "GI-05",
            "setMinPINLength, and room for relying parties",
            "makeCredential tells chosen relying parties the minimum PIN length",
        ),
    },
    Extension {
        name: "hmac-secret-mc",
        offered: |info| info.profile.hmac_secret == HmacSecret::AtRegistrationToo,
        prose: prose("HM-04", "the profile, beside hmac-secret", "makeCredential derives secrets from salts"),
    },
    Extension {
        name: "thirdPartyPayment",
        offered: |info| info.profile.third_party_payment,
        prose: prose("TPP-01", "the profile", "makeCredential keeps the mark, getAssertion tells it"),
    },
    Extension {
        name: "pinComplexityPolicy",
        offered: |info| {
            let has_policy = info.profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
            has_policy && tells_of_pins(info)
        },
        prose: prose(
            "PCP-02",
            "the profile's rules for PINs, and minPinLength",
            "makeCredential tells chosen relying parties whether simple PINs are forbidden",
        ),
    },
];

/// Whether relying parties can be told what PINs must be like.
fn tells_of_pins(info: &Info) -> bool {
    info.sets_min_pin_length() && info.profile.max_rp_ids_for_min_pin_length > 0
}

/// The names of those that are offered.
pub(crate) fn extensions(info: &Info) -> impl Iterator<Item = &'static str> {
    EXTENSIONS.iter().filter(|row| (row.offered)(info)).map(|row| row.name)
}

/// Whether the extension of this name is offered.
pub(super) fn has_extension(info: &Info, name: &str) -> bool {
    extensions(info).any(|offered| offered == name)
}
