//! What an authenticator is: everything that is fixed while it runs.

mod check;

pub use check::ProfileError;

use crate::attestation::Format;
use crate::cose::{Algorithm, Algorithms};
use crate::key::{KeyCapabilities, KeyRef, software};
use core::num::NonZeroU32;
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
    /// Only this long after power-up (RST-01), which is when the clock [since boot](crate::Now::since_boot) began: starting
    /// a process is none, unless the host's clock begins with it.
    Within(Duration),
    /// At any time: the host has a display that says what is about to happen.
    Anytime,
    /// Never by a client (RST-03): its host has a reset of its own ([`Manage::Reset`](crate::Manage::Reset)).
    Disabled,
}

/// What a PIN must be like.
#[derive(Clone, Debug)]
pub struct PinRules {
    /// The shortest, in code points: at least 4 (CP-05). Its user may raise it.
    pub min_length: u8,
    /// The longest, in code points: 8 to 63.
    pub max_length: u8,
    /// A PIN gives no token for makeCredential and getAssertion (`noMcGaPermissionsWithClientPin`).
    pub no_mc_ga_permissions: bool,
    /// Simple PINs can be forbidden: one character repeated, or each following on the one before, up or down. They are once
    /// authenticatorConfig says so (`pinComplexityPolicy`).
    pub complexity_policy: bool,
}

impl Default for PinRules {
    fn default() -> Self {
        Self { min_length: 4, max_length: 63, no_mc_ga_permissions: false, complexity_policy: false }
    }
}

/// Whether clients may manage the discoverable credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// They may not: the authenticator has a display of its own for that, or no discoverable credentials.
    OnDisplay,
    /// With authenticatorCredentialManagement (`credMgmt`).
    ByClients {
        /// Older clients may, with the command's preview number (`credentialMgmtPreview`, 0x41).
        preview: bool,
        /// With a persistent pinUvAuthToken (`pcmr`) that can only read (`perCredMgmtRO`).
        read_only: bool,
    },
}

/// A subcommand of authenticatorConfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigCommand {
    /// Switches enterprise attestation on.
    EnableEnterpriseAttestation,
    /// Switches alwaysUv on and off.
    ToggleAlwaysUv,
    /// Raises the minimum PIN length.
    SetMinPinLength,
    /// From then on a reset wants a long touch.
    EnableLongTouchForReset,
}

impl ConfigCommand {
    /// Its number in messages.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::EnableEnterpriseAttestation => 0x01,
            Self::ToggleAlwaysUv => 0x02,
            Self::SetMinPinLength => 0x03,
            Self::EnableLongTouchForReset => 0x04,
        }
    }
}

/// Enterprise attestation: it tells a site which device it is. It is off until authenticatorConfig switches it on, and off
/// again after a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterpriseAttestation {
    /// The relying parties that get it because the vendor says so (vendor-facilitated, value 1).
    pub rp_ids: &'static [&'static str],
    /// A platform may ask for it for the relying parties on its own list (platform-managed, value 2).
    pub platform_managed: bool,
    /// The certificate of the key and those above it, the key's own first, in DER (`x5c`). They are in a reply, beside less
    /// than 1 KiB of anything else: together that must fit what the host sends at once.
    pub certificates: &'static [&'static [u8]],
    /// The key of the first certificate, with a backend of the host's: it is asked for a signature as for one of a
    /// credential's key. A reset leaves it alone (RST-06).
    pub key: KeyRef,
    /// The key's algorithm.
    pub algorithm: Algorithm,
}

/// Who signs packed statements in place of the credential's own key: a key that many devices have in common ("basic", or batch,
/// attestation), so that it tells sites the model and not the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicAttestation {
    /// The certificate of the key and those above it, the key's own first, in DER (`x5c`). They are in a reply, beside less
    /// than 1 KiB of anything else: together that must fit what the host sends at once.
    pub certificates: &'static [&'static [u8]],
    /// The key of the first certificate, with a backend of the host's: it is asked for a signature as for one of a
    /// credential's key. A reset leaves it alone (RST-06).
    pub key: KeyRef,
    /// The key's algorithm.
    pub algorithm: Algorithm,
}

/// Whether credentials make secrets from salts (hmac-secret).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmacSecret {
    /// They do not.
    Unsupported,
    /// At every sign-in that asks.
    AtSignIn,
    /// Also while they are being made (hmac-secret-mc).
    AtRegistrationToo,
}

/// Who counts failed verifications by the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationCount {
    /// The platform, which locks itself; what it says is passed on.
    ByHost,
    /// This library: five in a row, and none is left before a PIN has been right.
    ByCore,
}

/// The longest array of large blobs that any profile can have, in bytes: every session keeps room for it.
pub const MAX_LARGE_BLOB_ARRAY: u16 = 4096;

/// The longest blob of one credential, in bytes: it lies in one record.
pub const MAX_LARGE_BLOB: u16 = 1024;

/// Which large blobs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeBlobStorage {
    /// None.
    None,
    /// One array that clients read and write with a command of its own (`largeBlobs`, `largeBlobKey`).
    Array {
        /// How long it may be, in bytes: 1,024 to [`MAX_LARGE_BLOB_ARRAY`].
        max: u16,
    },
    /// One blob for each discoverable credential, written and read by signing in with it (`largeBlob`, of CTAP 2.3). Few
    /// clients know it yet.
    PerCredential {
        /// How long each may be, in bytes: 1 to [`MAX_LARGE_BLOB`]. A client sends it in one message.
        max: u16,
    },
}

/// A profile's name, and what it is for each model.
pub type NamedProfile = (&'static str, fn([u8; 16]) -> Profile);

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
    /// Who counts its failures.
    pub verification_count: VerificationCount,
    /// What a PIN must be like; `None`: there are no PINs (`clientPin`).
    pub client_pin: Option<PinRules>,
    /// Clients get tokens by PIN, or by the host's verification (`pinUvAuthToken`).
    pub pin_uv_auth_token: bool,
    /// Who manages the discoverable credentials.
    pub management: Management,
    /// The subcommands of authenticatorConfig, ascending; none: there is no such command (`authnrCfg`).
    pub config: &'static [ConfigCommand],
    /// The host's verification gives tokens for authenticatorConfig too (`uvAcfg`).
    pub config_by_verification: bool,
    /// How many relying parties may be told the minimum PIN length; at most 8.
    pub max_rp_ids_for_min_pin_length: u8,
    /// Enterprise attestation, off until authenticatorConfig switches it on.
    pub enterprise_attestation: Option<EnterpriseAttestation>,
    /// Nothing is signed without user verification (MC-12, GA-04), and authenticatorConfig cannot change that.
    pub always_uv: bool,
    /// Non-discoverable credentials may be made without user verification (MC-13, MC-16).
    pub make_cred_uv_not_rqd: bool,
    /// Discoverable credentials are supported (`rk`).
    pub discoverable: bool,
    /// Who picks among accounts.
    pub chooser: Chooser,
    /// The attestation given where the request has no preference (MC-29).
    pub attestation: Format,
    /// Who signs packed statements; `None`: each credential's own key does.
    pub basic_attestation: Option<BasicAttestation>,
    /// The longest request taken, in bytes; at least 1024 (GEN-14).
    pub max_message_size: u16,
    /// The longest exclude or allow list taken (MC-11, GA-11).
    pub max_credentials_in_list: u8,
    /// Whether signatures are counted.
    pub sign_count: SignCount,
    /// Whether credentials make secrets from salts (`hmac-secret`, `hmac-secret-mc`).
    pub hmac_secret: HmacSecret,
    /// Discoverable credentials keep a few bytes for their site (`credBlob`).
    pub cred_blob: bool,
    /// Credentials may be marked for payment on other sites (`thirdPartyPayment`).
    pub third_party_payment: bool,
    /// Which large blobs there are.
    pub large_blobs: LargeBlobStorage,
    /// When a client may reset it.
    pub reset: ResetPolicy,
    /// Over which transports, in getInfo's order (`transportsForReset`); none: over all of them.
    pub transports_for_reset: &'static [Transport],
    /// How long a prompt is to wait; at least 10 s (ST-01).
    pub user_action_timeout: Duration,
    /// What the key backend can do.
    pub keys: KeyCapabilities,
    /// Algorithms that are taken and not advertised: some clients stumble over numbers they do not know (CK-05).
    pub unadvertised: &'static [Algorithm],
    /// How the host verifies its user: the bits of FIDO's registry, 0x02 for a fingerprint, 0x10 for a face. 0: not said.
    pub uv_modality: u32,
    /// How often a client is to try the host's verification before it falls back on the PIN. 0: not said.
    pub preferred_uv_attempts: u8,
    /// The version of the product, rising; `None`: not said.
    pub firmware_version: Option<NonZeroU32>,
    /// Whether it is for tests, whose clocks, randomness and user do as they are told. A store is marked as a lab's when it is
    /// made, and only labs open it; they open no other ([`Error::StoreOfLab`](crate::Error::StoreOfLab)).
    pub lab: bool,
}

impl Profile {
    /// The profiles that have names.
    pub const NAMED: [NamedProfile; 2] = [("security-key", Self::security_key), ("phone", Self::phone)];

    /// The AAGUID of labs, which no model has: random, and kept for tests.
    pub const LAB_AAGUID: [u8; 16] =
        [0xc6, 0x55, 0x91, 0xc6, 0xe5, 0x3f, 0x40, 0xd0, 0x8e, 0x1a, 0xb3, 0x04, 0xe5, 0xd2, 0x50, 0x0f];

    /// The same in a lab: [`lab`](Self::lab), with the AAGUID of labs.
    #[must_use]
    pub fn in_lab(self) -> Self {
        Self { lab: true, aaguid: Self::LAB_AAGUID, ..self }
    }

    /// The profile of this name, for this model.
    #[must_use]
    pub fn named(name: &str, aaguid: [u8; 16]) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, profile)| profile(aaguid))
    }

    /// A phone's or desktop's passkey provider: it has a display, and verifies its user.
    #[must_use]
    pub fn phone(aaguid: [u8; 16]) -> Self {
        Self {
            aaguid,
            platform: true,
            transports: &[Transport::Hybrid, Transport::Internal],
            verification: BuiltInVerification::Configured,
            verification_count: VerificationCount::ByHost,
            client_pin: None,
            pin_uv_auth_token: true,
            management: Management::OnDisplay,
            config: &[],
            config_by_verification: false,
            max_rp_ids_for_min_pin_length: 0,
            enterprise_attestation: None,
            always_uv: false,
            make_cred_uv_not_rqd: true,
            discoverable: true,
            chooser: Chooser::Host,
            attestation: Format::PackedSelf,
            basic_attestation: None,
            max_message_size: 7609,
            max_credentials_in_list: 64,
            sign_count: SignCount::Zero,
            hmac_secret: HmacSecret::AtRegistrationToo,
            cred_blob: true,
            third_party_payment: true,
            large_blobs: LargeBlobStorage::Array { max: MAX_LARGE_BLOB_ARRAY },
            reset: ResetPolicy::Disabled,
            transports_for_reset: &[],
            user_action_timeout: Duration::from_secs(60),
            keys: software::capabilities(),
            unadvertised: &[],
            uv_modality: 0,
            preferred_uv_attempts: 0,
            firmware_version: None,
            lab: false,
        }
    }

    /// A security key: no display, no built-in verification.
    #[must_use]
    pub fn security_key(aaguid: [u8; 16]) -> Self {
        Self {
            platform: false,
            transports: &[Transport::Usb],
            verification: BuiltInVerification::Unsupported,
            client_pin: Some(PinRules::default()),
            management: Management::ByClients { preview: true, read_only: true },
            config: &[
                ConfigCommand::ToggleAlwaysUv,
                ConfigCommand::SetMinPinLength,
                ConfigCommand::EnableLongTouchForReset,
            ],
            max_rp_ids_for_min_pin_length: 8,
            chooser: Chooser::Client,
            max_message_size: 1200,
            max_credentials_in_list: 10,
            reset: ResetPolicy::Within(Duration::from_secs(10)),
            user_action_timeout: Duration::from_secs(30),
            ..Self::phone(aaguid)
        }
    }

    /// Whether there is anything for a PIN/UV auth protocol to do.
    pub(crate) const fn has_pin_uv_auth_protocols(&self) -> bool {
        self.client_pin.is_some() || self.has_tokens() || self.has_secrets()
    }

    /// Whether there are pinUvAuthTokens.
    pub(crate) const fn has_tokens(&self) -> bool {
        self.pin_uv_auth_token && self.can_verify()
    }

    /// Whether credentials make secrets from salts.
    pub(crate) const fn has_secrets(&self) -> bool {
        !matches!(self.hmac_secret, HmacSecret::Unsupported)
    }

    /// Whether credentials keep a few bytes for their site: those that are discoverable.
    pub(crate) const fn has_cred_blobs(&self) -> bool {
        self.cred_blob && self.discoverable
    }

    /// How long the array of large blobs may be, in bytes; `None`: there is no such array.
    pub(crate) const fn max_large_blob_array(&self) -> Option<u16> {
        match self.large_blobs {
            LargeBlobStorage::Array { max } => Some(max),
            LargeBlobStorage::None | LargeBlobStorage::PerCredential { .. } => None,
        }
    }

    /// How long a credential's own blob may be, in bytes; `None`: credentials have none.
    pub(crate) const fn max_large_blob(&self) -> Option<u16> {
        match self.large_blobs {
            LargeBlobStorage::PerCredential { max } => Some(max),
            LargeBlobStorage::None | LargeBlobStorage::Array { .. } => None,
        }
    }

    /// Whether there is an array of large blobs.
    pub(crate) const fn has_large_blob_array(&self) -> bool {
        self.max_large_blob_array().is_some()
    }

    /// Whether there is a way to verify the user, set up or not.
    pub(crate) const fn can_verify(&self) -> bool {
        self.client_pin.is_some() || self.has_verification()
    }

    /// Whether the host has a verification, set up or not.
    pub(crate) const fn has_verification(&self) -> bool {
        !matches!(self.verification, BuiltInVerification::Unsupported)
    }

    /// The longest fragment of large blobs that is sent at once, either way (LB-03, LB-04).
    pub(crate) fn max_fragment(&self) -> u16 {
        self.max_message_size.saturating_sub(64)
    }

    /// Whether authenticatorConfig has this subcommand.
    pub(crate) fn configures(&self, command: ConfigCommand) -> bool {
        self.config.contains(&command)
    }

    /// The algorithms that getInfo lists, of those that are taken.
    pub(crate) fn advertised_algorithms(&self) -> Algorithms {
        let taken = self.keys.algorithms.as_slice().iter().copied();
        Algorithms::new(taken.filter(|algorithm| !self.unadvertised.contains(algorithm)))
    }
}
