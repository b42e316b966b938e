//! What a profile must not be: getInfo would contradict itself, or promise what cannot be used.

use super::{
    ConfigCommand, EnterpriseAttestation, MAX_LARGE_BLOB, MAX_LARGE_BLOB_ARRAY, Management, Profile,
    ResetPolicy, Transport,
};
use crate::key::Backend;
use core::fmt;
use core::time::Duration;

/// A profile contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The line of the requirements that it breaks, or the member of getInfo that it would make wrong.
    pub line: &'static str,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authenticator's profile is inconsistent: {} ({})", self.what, self.line)
    }
}

impl core::error::Error for ProfileError {}

/// The longest reply that any transport carries (GEN-15).
const MAX_REPLY: usize = 7609;

/// What holds for every profile.
struct Rule {
    line: &'static str,
    /// What a profile is that breaks it.
    what: &'static str,
    kept: fn(&Profile) -> bool,
}

/// In the order in which they are looked at. A line that begins with "member" is that member's in the table of getInfo.
const RULES: [Rule; 32] = [
    Rule {
        line: "GI-05",
        what: "the minimum PIN length can be set, and there are no PINs",
        kept: |profile| !profile.configures(ConfigCommand::SetMinPinLength) || profile.client_pin.is_some(),
    },
    Rule {
        line: "GI-05",
        what: "relying parties are to be told the minimum PIN length, and it cannot be set",
        kept: |profile| {
            profile.max_rp_ids_for_min_pin_length == 0 || profile.configures(ConfigCommand::SetMinPinLength)
        },
    },
    Rule {
        line: "GI-05",
        what: "more than 8 relying parties are to be told the minimum PIN length",
        kept: |profile| profile.max_rp_ids_for_min_pin_length <= 8,
    },
    Rule {
        line: "GI-06",
        what: "there is enterprise attestation and nothing to switch it on, or the reverse",
        kept: |profile| {
            let switch = profile.configures(ConfigCommand::EnableEnterpriseAttestation);
            profile.enterprise_attestation.is_some() == switch
        },
    },
    Rule {
        line: "GI-06",
        what: "there is enterprise attestation that nobody can be granted",
        kept: |profile| {
            let granted = |enterprise: &EnterpriseAttestation| {
                enterprise.platform_managed || !enterprise.rp_ids.is_empty()
            };
            profile.enterprise_attestation.as_ref().is_none_or(granted)
        },
    },
    Rule {
        line: "GI-06",
        what: "the key of enterprise attestation is one that a reset would end",
        kept: |profile| {
            let enterprise = profile.enterprise_attestation.as_ref();
            enterprise.is_none_or(|enterprise| enterprise.key.backend != Backend::SOFTWARE)
        },
    },
    Rule {
        line: "GI-06",
        what: "enterprise attestation has no certificate, or more than a reply holds",
        kept: |profile| {
            let enterprise = profile.enterprise_attestation.as_ref();
            enterprise.is_none_or(|enterprise| is_chain(enterprise.certificates))
        },
    },
    Rule {
        line: "AT-02",
        what: "the key of basic attestation is one that a reset would end",
        kept: |profile| {
            profile.basic_attestation.as_ref().is_none_or(|basic| basic.key.backend != Backend::SOFTWARE)
        },
    },
    Rule {
        line: "AT-02",
        what: "basic attestation has no certificate, or more than a reply holds",
        kept: |profile| profile.basic_attestation.as_ref().is_none_or(|basic| is_chain(basic.certificates)),
    },
    Rule {
        line: "GI-06",
        what: "the host's verification lets clients configure, and there is no such thing",
        kept: |profile| {
            let possible = profile.has_verification() && profile.pin_uv_auth_token;
            !profile.config_by_verification || (possible && !profile.config.is_empty())
        },
    },
    Rule {
        line: "GI-06",
        what: "clients may configure, and there are no tokens to let them",
        kept: |profile| {
            let granted = profile.client_pin.is_some() || profile.config_by_verification;
            profile.config.is_empty() || !profile.can_verify() || (profile.pin_uv_auth_token && granted)
        },
    },
    Rule {
        line: "GI-07",
        what: "clients may manage discoverable credentials, and there are none",
        kept: |profile| profile.management == Management::OnDisplay || profile.discoverable,
    },
    Rule {
        line: "GI-07",
        what: "clients may manage credentials, and there are no tokens to let them",
        kept: |profile| {
            let tokens = profile.pin_uv_auth_token && profile.can_verify();
            profile.management == Management::OnDisplay || tokens
        },
    },
    Rule {
        line: "GI-26",
        what: "there are no transports, or they are not in canonical order",
        kept: |profile| !profile.transports.is_empty() && are_canonical(profile.transports),
    },
    Rule {
        line: "member 03",
        what: "the AAGUID is that of labs, and this is none",
        kept: |profile| profile.lab || profile.aaguid != Profile::LAB_AAGUID,
    },
    Rule {
        line: "member 07",
        what: "lists may have no credentials",
        kept: |profile| profile.max_credentials_in_list > 0,
    },
    Rule {
        line: "member 0A",
        what: "an algorithm is held back that is not there",
        kept: |profile| {
            let taken = profile.keys.algorithms.as_slice();
            profile.unadvertised.iter().all(|held_back| taken.contains(held_back))
        },
    },
    Rule {
        line: "member 0A",
        what: "no algorithm is advertised",
        kept: |profile| !profile.advertised_algorithms().as_slice().is_empty(),
    },
    Rule {
        line: "member 0D",
        what: "the shortest PIN has fewer than 4 code points",
        kept: |profile| profile.client_pin.as_ref().is_none_or(|rules| rules.min_length >= 4),
    },
    Rule {
        line: "member 0D",
        what: "the shortest PIN is longer than the longest",
        kept: |profile| profile.client_pin.as_ref().is_none_or(|rules| rules.min_length <= rules.max_length),
    },
    Rule {
        line: "member 11",
        what: "the host's verification is described, and there is none",
        kept: |profile| {
            profile.has_verification() || (profile.preferred_uv_attempts == 0 && profile.uv_modality == 0)
        },
    },
    Rule {
        line: "member 18",
        what: "a long touch can be wanted for a reset that no client can ask for",
        kept: |profile| {
            let possible = profile.reset != ResetPolicy::Disabled;
            possible || !profile.configures(ConfigCommand::EnableLongTouchForReset)
        },
    },
    Rule {
        line: "member 1A",
        what: "reset is taken over transports that are not there, or not in canonical order, or not at all",
        kept: |profile| {
            let all_there = profile.transports_for_reset.iter().all(|over| profile.transports.contains(over));
            let possible = profile.reset != ResetPolicy::Disabled || profile.transports_for_reset.is_empty();
            all_there && possible && are_canonical(profile.transports_for_reset)
        },
    },
    Rule {
        line: "member 1B",
        what: "simple PINs can be forbidden, and there is nothing to do it with",
        kept: |profile| {
            let wanted = profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
            !wanted || profile.configures(ConfigCommand::SetMinPinLength)
        },
    },
    Rule {
        line: "member 1D",
        what: "the longest PIN does not have 8 to 63 code points",
        kept: |profile| profile.client_pin.as_ref().is_none_or(|rules| (8..=63).contains(&rules.max_length)),
    },
    Rule {
        line: "member 1F",
        what: "the subcommands of authenticatorConfig are not ascending",
        kept: |profile| profile.config.is_sorted_by(|a, b| a.number() < b.number()),
    },
    Rule {
        line: "LB-05",
        what: "clients may store large blobs, and there are no tokens to let them",
        kept: |profile| !profile.has_large_blob_array() || !profile.can_verify() || profile.pin_uv_auth_token,
    },
    Rule {
        line: "LB-09",
        what: "the array of large blobs does not hold 1024 to 4096 bytes",
        kept: |profile| {
            let lengths = 1024..=MAX_LARGE_BLOB_ARRAY;
            profile.max_large_blob_array().is_none_or(|max| lengths.contains(&max))
        },
    },
    Rule {
        line: "LBX-01",
        what: "credentials may have large blobs, and none is discoverable",
        kept: |profile| profile.max_large_blob().is_none() || profile.discoverable,
    },
    Rule {
        line: "LBX-04",
        what: "the large blob of a credential does not hold 1 to 1024 bytes",
        kept: |profile| profile.max_large_blob().is_none_or(|max| (1..=MAX_LARGE_BLOB).contains(&max)),
    },
    Rule {
        line: "GEN-14",
        what: "requests of 1024 bytes are refused",
        kept: |profile| profile.max_message_size >= 1024,
    },
    Rule {
        line: "ST-01",
        what: "a prompt waits for less than 10 s",
        kept: |profile| profile.user_action_timeout >= Duration::from_secs(10),
    },
];

/// Whether these certificates are a chain, and fit into a reply.
fn is_chain(certificates: &[&[u8]]) -> bool {
    // Each has the head of a byte string, of at most 3 bytes.
    let length =
        certificates.iter().fold(1024_usize, |sum, one| sum.saturating_add(one.len()).saturating_add(3));
    !certificates.is_empty() && length <= MAX_REPLY
}

/// By length of their names, then by their bytes, each once (GI-26).
fn are_canonical(transports: &[Transport]) -> bool {
    let order = |transport: &Transport| (transport.identifier().len(), transport.identifier());
    transports.is_sorted_by(|a, b| order(a) < order(b))
}

impl Profile {
    /// Whether everything in it goes together.
    ///
    /// # Errors
    /// [`ProfileError`] with the first line that it breaks.
    pub fn check(&self) -> Result<(), ProfileError> {
        match RULES.iter().find(|rule| !(rule.kept)(self)) {
            None => Ok(()),
            Some(Rule { line, what, .. }) => Err(ProfileError { line, what }),
        }
    }
}
