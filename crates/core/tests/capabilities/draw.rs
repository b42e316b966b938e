//! Profiles, drawn.

use authenticator_core::key::{Backend, KeyRef};
use authenticator_core::{
    Algorithm, BuiltInVerification, Bytes, Chooser, ConfigCommand, EnterpriseAttestation, Format, HmacSecret,
    LargeBlobStorage, Management, PinRules, Profile, ResetPolicy, Transport, VerificationCount,
};
use std::num::NonZeroU32;
use std::time::Duration;

/// Enterprise attestation by a key that nobody here has.
pub(crate) fn enterprise(platform_managed: bool) -> EnterpriseAttestation {
    EnterpriseAttestation {
        rp_ids: &["example.com"],
        platform_managed,
        certificates: &[&[0x30, 0x00]],
        key: KeyRef { backend: Backend(1), handle: Bytes::new(b"vendor").expect("a short name") },
        algorithm: Algorithm::Es256,
    }
}

/// Draws that are the same every time: SplitMix64.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn yes(&mut self) -> bool {
        self.next() & 1 == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        let place = self.next() % u64::try_from(among.len()).expect("a short list");
        among[usize::try_from(place).expect("a short list")].clone()
    }
}

/// The first of the draws that contradicts itself nowhere.
pub(crate) fn legal_profile(draw: &mut Draw) -> Profile {
    (0..10_000)
        .map(|_| profile(draw))
        .find(|profile| profile.check().is_ok())
        .expect("one in a few dozen is legal")
}

const TRANSPORTS: [&[Transport]; 5] = [
    &[Transport::Usb],
    &[Transport::Nfc, Transport::Usb],
    &[Transport::Usb, Transport::SmartCard],
    &[Transport::Hybrid, Transport::Internal],
    &[Transport::Nfc, Transport::Usb, Transport::Hybrid, Transport::Internal, Transport::SmartCard],
];

const COMMANDS: [ConfigCommand; 4] = [
    ConfigCommand::EnableEnterpriseAttestation,
    ConfigCommand::ToggleAlwaysUv,
    ConfigCommand::SetMinPinLength,
    ConfigCommand::EnableLongTouchForReset,
];

const CONFIGS: [&[ConfigCommand]; 10] = [
    &[],
    &[],
    &[],
    &[],
    &[ConfigCommand::ToggleAlwaysUv],
    &[ConfigCommand::SetMinPinLength],
    &[ConfigCommand::EnableEnterpriseAttestation, ConfigCommand::SetMinPinLength],
    &[ConfigCommand::ToggleAlwaysUv, ConfigCommand::SetMinPinLength],
    &[ConfigCommand::ToggleAlwaysUv, ConfigCommand::SetMinPinLength, ConfigCommand::EnableLongTouchForReset],
    &COMMANDS,
];

const LARGE_BLOBS: [LargeBlobStorage; 11] = [
    LargeBlobStorage::None,
    LargeBlobStorage::None,
    LargeBlobStorage::None,
    LargeBlobStorage::Array { max: 1023 },
    LargeBlobStorage::Array { max: 1024 },
    LargeBlobStorage::Array { max: 4096 },
    LargeBlobStorage::Array { max: 4097 },
    LargeBlobStorage::PerCredential { max: 0 },
    LargeBlobStorage::PerCredential { max: 1 },
    LargeBlobStorage::PerCredential { max: 1024 },
    LargeBlobStorage::PerCredential { max: 1025 },
];

/// Any profile at all; most contradict themselves.
fn profile(draw: &mut Draw) -> Profile {
    let verification = draw.pick(&[
        BuiltInVerification::Unsupported,
        BuiltInVerification::NotConfigured,
        BuiltInVerification::Configured,
    ]);
    let rules = PinRules {
        min_length: draw.pick(&[3, 4, 4, 6, 8]),
        max_length: draw.pick(&[7, 8, 20, 63, 64]),
        no_mc_ga_permissions: draw.pick(&[false, false, true]),
        complexity_policy: draw.yes(),
    };
    let (preview, read_only) = (draw.yes(), draw.yes());
    let enterprise = enterprise(draw.yes());
    let window = ResetPolicy::Within(Duration::from_secs(10));
    Profile {
        platform: draw.yes(),
        transports: draw.pick(&TRANSPORTS),
        verification,
        verification_count: draw.pick(&[VerificationCount::ByHost, VerificationCount::ByCore]),
        client_pin: draw.pick(&[None, Some(rules.clone()), Some(rules)]),
        pin_uv_auth_token: draw.pick(&[true, true, false]),
        management: draw.pick(&[Management::OnDisplay, Management::ByClients { preview, read_only }]),
        config: draw.pick(&CONFIGS),
        config_by_verification: draw.pick(&[false, false, true]),
        max_rp_ids_for_min_pin_length: draw.pick(&[0, 0, 1, 8, 9]),
        enterprise_attestation: Some(enterprise).filter(|_| draw.yes()),
        large_blobs: draw.pick(&LARGE_BLOBS),
        always_uv: draw.pick(&[false, false, true]),
        make_cred_uv_not_rqd: draw.yes(),
        discoverable: draw.pick(&[true, true, false]),
        chooser: draw.pick(&[Chooser::Host, Chooser::Client]),
        attestation: draw.pick(&Format::ALL),
        hmac_secret: draw.pick(&[
            HmacSecret::Unsupported,
            HmacSecret::AtSignIn,
            HmacSecret::AtRegistrationToo,
            HmacSecret::AtRegistrationToo,
        ]),
        cred_blob: draw.yes(),
        third_party_payment: draw.yes(),
        max_message_size: draw.pick(&[1023, 1024, 1200, 7609]),
        max_credentials_in_list: draw.pick(&[0, 1, 10, 64]),
        reset: draw.pick(&[window, ResetPolicy::Anytime, ResetPolicy::Disabled]),
        transports_for_reset: draw.pick(&[[].as_slice(), &[], &[], &[Transport::Usb]]),
        unadvertised: draw.pick(&[[].as_slice(), &[], &[Algorithm::EdDsa], &[Algorithm::Es256]]),
        uv_modality: draw.pick(&[0, 0, 0, 0x02]),
        preferred_uv_attempts: draw.pick(&[0, 0, 0, 3]),
        firmware_version: draw.pick(&[None, NonZeroU32::new(0x01_02_03)]),
        ..Profile::security_key([0x5A; 16])
    }
}
