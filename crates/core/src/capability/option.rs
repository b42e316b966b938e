//! The options.

use super::{Prose, prose};
use crate::command::Info;
use crate::profile::{BuiltInVerification, ConfigCommand, Management};

/// An option.
pub(super) struct InfoOption {
    pub(super) name: &'static str,
    /// `None`: it is not sent, which says its default.
    pub(super) value: fn(&Info) -> Option<bool>,
    #[cfg_attr(not(test), allow(dead_code, reason = "the page in docs/ is written by a test"))]
    pub(super) prose: Prose,
}

/// In canonical order: by length, then by bytes.
pub(super) const OPTIONS: [InfoOption; 17] = [
    InfoOption {
        name: "ep",
        value: |info| info.profile.enterprise_attestation.as_ref().map(|_| info.enterprise_attestation),
        prose: prose(
            "GI-06",
            "the profile's enterprise attestation; true once it is switched on",
            "makeCredential takes enterpriseAttestation while it is true",
        ),
    },
    InfoOption {
        name: "rk",
        value: |info| Some(info.profile.discoverable),
        prose: prose("MC-09", "the profile", "makeCredential takes the option rk"),
    },
    InfoOption {
        name: "up",
        value: |_| Some(true),
        prose: prose("GA-12", "always", "getAssertion can do without presence"),
    },
    InfoOption {
        name: "uv",
        value: |info| match info.profile.verification {
            BuiltInVerification::Unsupported => None,
            BuiltInVerification::NotConfigured => Some(false),
            BuiltInVerification::Configured => Some(true),
        },
        prose: prose(
            "MC-08",
            "the host's verification; true once it is set up",
            "the option uv while it is true",
        ),
    },
    InfoOption {
        name: "plat",
        value: |info| Some(info.profile.platform),
        prose: prose("GI-01", "the profile", "nothing"),
    },
    InfoOption {
        name: "uvAcfg",
        value: |info| on(info.profile.config_by_verification),
        prose: prose("GI-06", "the profile", "clientPIN 06 gives the permission acfg"),
    },
    InfoOption {
        name: "alwaysUv",
        value: |info| {
            let there = info.profile.always_uv || info.profile.configures(ConfigCommand::ToggleAlwaysUv);
            there.then_some(info.always_uv)
        },
        prose: prose(
            "GI-03",
            "the profile, or config 02; true while it is on",
            "nothing is signed unverified while it is true",
        ),
    },
    InfoOption {
        name: "credMgmt",
        value: |info| on(info.profile.management != Management::OnDisplay),
        prose: prose("GI-07", "the profile", "the command 0x0A, and the permission cm"),
    },
    InfoOption {
        name: "authnrCfg",
        value: |info| on(!info.profile.config.is_empty()),
        prose: prose(
            "GI-06",
            "the profile has subcommands for it",
            "the command 0x0D, and the permission acfg",
        ),
    },
    InfoOption {
        name: "clientPin",
        value: |info| info.client_pin,
        prose: prose("GI-02", "the profile; true once a PIN is set", "clientPIN 01 to 05"),
    },
    InfoOption {
        name: "largeBlobs",
        value: |info| on(info.profile.has_large_blob_array()),
        prose: prose(
            "LB-09",
            "the profile, where it has an array of them",
            "the command 0x0C, and the permission lbw",
        ),
    },
    InfoOption {
        name: "perCredMgmtRO",
        value: |info| on(matches!(info.profile.management, Management::ByClients { read_only: true, .. })),
        prose: prose("GI-22", "the profile", "the permission pcmr"),
    },
    InfoOption {
        name: "pinUvAuthToken",
        value: |info| on(info.has_tokens()),
        prose: prose(
            "GI-07",
            "the profile, where there are PINs or the host verifies",
            "clientPIN 09, or 06",
        ),
    },
    InfoOption {
        name: "setMinPINLength",
        value: |info| on(info.sets_min_pin_length()),
        prose: prose("GI-05", "config 03", "authenticatorConfig 03"),
    },
    InfoOption {
        name: "makeCredUvNotRqd",
        value: |info| Some(info.make_cred_uv_not_rqd),
        prose: prose(
            "GI-03",
            "the profile; false while alwaysUv is on",
            "credentials without rk, unverified",
        ),
    },
    InfoOption {
        name: "credentialMgmtPreview",
        value: |info| on(matches!(info.profile.management, Management::ByClients { preview: true, .. })),
        prose: prose("VEN-01", "the profile", "the command 0x41"),
    },
    InfoOption {
        name: "noMcGaPermissionsWithClientPin",
        value: |info| on(info.profile.client_pin.as_ref().is_some_and(|rules| rules.no_mc_ga_permissions)),
        prose: prose("CP-11", "the profile's rules for PINs", "a PIN gives no token for mc and ga"),
    },
];

/// An option whose absence says false.
const fn on(value: bool) -> Option<bool> {
    if value { Some(true) } else { None }
}

/// Those that are sent.
pub(crate) fn options(info: &Info) -> impl Iterator<Item = (&'static str, bool)> {
    OPTIONS.iter().filter_map(|row| Some((row.name, (row.value)(info)?)))
}
