//! What an authenticator is: everything that is fixed while it runs.

use crate::attestation::Format;
use crate::key::{KeyCapabilities, software};
use core::time::Duration;

/// How an authenticator talks to its clients; `getInfo` lists it and sites store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// USB HID.
    Usb,
    /// NFC.
    Nfc,
    /// Contact smart card.
    SmartCard,
    /// Cross-device.
    Hybrid,
    /// The platform's own interface.
    Internal,
}

impl Transport {
    /// The identifier in WebAuthn and CTAP.
    #[must_use]
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Nfc => "nfc",
            Self::SmartCard => "smart-card",
            Self::Hybrid => "hybrid",
            Self::Internal => "internal",
        }
    }
}

/// Whether the host can verify its user: the `uv` option of getInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInVerification {
    /// It cannot.
    Unsupported,
    /// It could, but nothing is enrolled.
    NotConfigured,
    /// It can.
    Configured,
}

/// Who picks among several accounts of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooser {
    /// The host shows them in its prompt, as a device with a display does (GA-16).
    Host,
    /// The client asks for them one by one with getNextAssertion (GA-15).
    Client,
}

/// Whether signatures are counted (AD-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignCount {
    /// They are not: the counter is always 0, and signing in writes nothing that must last.
    Zero,
    /// Each credential with a record has a counter of its own; those without one share one.
    PerCredential,
}

/// When the command `authenticatorReset` is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetPolicy {
    /// Only this long after power-up (RST-01).
    Within(Duration),
    /// At any time: the host has a display that says what is about to happen.
    Anytime,
    /// Never over this interface (RST-03).
    Disabled,
}

/// What an authenticator is. Start from [`Profile::phone`] or [`Profile::security_key`].
#[derive(Clone, Debug)]
pub struct Profile {
    /// The model's AAGUID. Random ones are yours to take; keep it over versions (AD-06).
    pub aaguid: [u8; 16],
    /// Part of the platform it runs on (`plat`).
    pub platform: bool,
    /// In the order in which getInfo lists them: shorter names first (GI-26).
    pub transports: &'static [Transport],
    /// The host's user verification.
    pub verification: BuiltInVerification,
    /// Nothing is signed without user verification (MC-12, GA-04).
    pub always_uv: bool,
    /// Non-discoverable credentials may be made without user verification (MC-13, MC-16).
    pub make_cred_uv_not_rqd: bool,
    /// Discoverable credentials are supported (`rk`).
    pub discoverable: bool,
    /// Who picks among accounts.
    pub chooser: Chooser,
    /// The attestation given where the request has no preference (MC-29).
    pub attestation: Format,
    /// The longest request taken, in bytes; at least 1024 (GEN-14).
    pub max_message_size: u16,
    /// The longest exclude or allow list taken (MC-11, GA-11).
    pub max_credentials_in_list: u8,
    /// Whether signatures are counted.
    pub sign_count: SignCount,
    /// When reset is allowed.
    pub reset: ResetPolicy,
    /// How long a prompt is to wait; at least 10 s (ST-01).
    pub user_action_timeout: Duration,
    /// What the key backend can do.
    pub keys: KeyCapabilities,
}

impl Profile {
    /// A phone's or desktop's passkey provider: it has a display, and verifies its user.
    #[must_use]
    pub fn phone(aaguid: [u8; 16]) -> Self {
        Self {
            aaguid,
            platform: true,
            transports: &[Transport::Hybrid, Transport::Internal],
            verification: BuiltInVerification::Configured,
            always_uv: false,
            make_cred_uv_not_rqd: true,
            discoverable: true,
            chooser: Chooser::Host,
            attestation: Format::PackedSelf,
            max_message_size: 7609,
            max_credentials_in_list: 64,
            sign_count: SignCount::Zero,
            reset: ResetPolicy::Anytime,
            user_action_timeout: Duration::from_secs(60),
            keys: software::capabilities(),
        }
    }

    /// A security key: no display, no built-in verification.
    #[must_use]
    pub fn security_key(aaguid: [u8; 16]) -> Self {
        Self {
            platform: false,
            transports: &[Transport::Usb],
            verification: BuiltInVerification::Unsupported,
            chooser: Chooser::Client,
            max_message_size: 1200,
            max_credentials_in_list: 10,
            reset: ResetPolicy::Within(Duration::from_secs(10)),
            user_action_timeout: Duration::from_secs(30),
            ..Self::phone(aaguid)
        }
    }

    /// Whether some form of user verification protects the authenticator.
    pub(crate) fn is_protected(&self) -> bool {
        self.verification == BuiltInVerification::Configured
    }

    /// MC-12: alwaysUv overrides it.
    pub(crate) const fn makes_credentials_unverified(&self) -> bool {
        self.make_cred_uv_not_rqd && !self.always_uv
    }
}
