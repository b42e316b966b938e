//! The extensions.

use super::{Prose, prose};
use crate::command::Info;

/// An extension.
pub(super) struct Extension {
    pub(super) name: &'static str,
    /// Whether this library has it at all. What is not built is never offered.
    pub(super) built: bool,
    /// Whether an authenticator offers it, once it is built.
    pub(super) offered: fn(&Info) -> bool,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) prose: Prose,
}

pub(super) const CRED_PROTECT: &str = "credProtect";
pub(super) const HMAC_SECRET: &str = "hmac-secret";
pub(super) const MIN_PIN_LENGTH: &str = "minPinLength";

/// In canonical order (GI-26).
pub(super) const EXTENSIONS: [Extension; 3] = [
    Extension {
        name: CRED_PROTECT,
        built: true,
        offered: |_| true,
        prose: prose("CPR-07", "always", "makeCredential keeps and reports the level; getAssertion obeys it"),
    },
    Extension {
        name: HMAC_SECRET,
        built: false,
        offered: |_| true,
        prose: prose("HS-11", "always", "getAssertion derives secrets from salts"),
    },
    Extension {
        name: MIN_PIN_LENGTH,
        built: true,
        offered: |info| info.sets_min_pin_length() && info.profile.max_rp_ids_for_min_pin_length > 0,
        prose: prose(
            "GI-05",
            "setMinPINLength, and room for relying parties",
            "makeCredential tells chosen relying parties the minimum PIN length",
        ),
    },
];

/// The names of those that are offered.
pub(crate) fn extensions(info: &Info) -> impl Iterator<Item = &'static str> {
    EXTENSIONS.iter().filter(|row| row.built && (row.offered)(info)).map(|row| row.name)
}

/// Whether the extension of this name is offered.
pub(super) fn has_extension(info: &Info, name: &str) -> bool {
    extensions(info).any(|offered| offered == name)
}
