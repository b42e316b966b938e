//! Attestation formats and the choice among them (CTAP 2.3 §6.1.2 step 19).

use crate::profile::Profile;
use heapless::Vec;

/// An attestation statement format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `none`: an empty statement (AT-05).
    None,
    /// `packed`, signed by the credential's own key (AT-01), or by another where the profile has one
    /// ([`BasicAttestation`](crate::BasicAttestation)) or enterprise attestation is granted.
    PackedSelf,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::PackedSelf];

    /// The identifier in the IANA registry.
    #[must_use]
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PackedSelf => "packed",
        }
    }
}

/// A client's `attestationFormatsPreference`, unknown formats left out.
#[derive(Clone, Debug, Default)]
pub struct Preference {
    known: Vec<Format, { Format::ALL.len() }, u8>,
}

impl Preference {
    /// Collects formats in the client's order. One that is named again, or that nobody here knows, changes nothing.
    #[must_use]
    pub fn new<'a>(identifiers: impl IntoIterator<Item = &'a str>) -> Self {
        let mut preference = Self::default();
        for identifier in identifiers {
            let known = Format::ALL.into_iter().find(|format| format.identifier() == identifier);
            if let Some(format) = known.filter(|format| !preference.known.contains(format)) {
                // There is room: each format is taken once.
                let _ = preference.known.push(format);
            }
        }
        preference
    }

    /// The formats, in the client's order.
    #[cfg(feature = "differential-check")]
    pub(crate) fn known(&self) -> &[Format] {
        &self.known
    }

    /// MC-29: the first format of the list that is supported; the authenticator's own choice where the list is absent,
    /// empty, or names none.
    pub(crate) fn choose(&self, default: Format) -> Format {
        self.known.first().copied().unwrap_or(default)
    }
}

/// Who vouches for a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voucher {
    /// Nobody: `none`.
    Nobody,
    /// The key itself.
    Key,
    /// The key of the profile's basic attestation.
    Basic,
    /// The key of the profile's enterprise attestation.
    Enterprise,
}

impl Voucher {
    /// MC-29, MC-31: a client that likes `none` best gets it, whatever else is granted.
    pub(crate) fn choose(profile: &Profile, preference: &Preference, enterprise: Enterprise) -> Self {
        let wants_none = preference.known.first() == Some(&Format::None);
        match (enterprise, preference.choose(profile.attestation)) {
            (Enterprise::Granted, _) if !wants_none => Self::Enterprise,
            (_, Format::None) => Self::Nobody,
            (_, Format::PackedSelf) if profile.basic_attestation.is_some() => Self::Basic,
            (_, Format::PackedSelf) => Self::Key,
        }
    }
}

/// Whether this registration gets enterprise attestation (MC-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enterprise {
    Granted,
    No,
}
