//! The table's own form, and the versions counted anew.

extern crate std;

use super::extension::EXTENSIONS;
use super::member::MEMBERS;
use super::option::OPTIONS;
use super::version::VERSIONS;
use super::{extensions, options, versions};
use crate::bounded::Bytes;
use crate::command::{Identifiers, Info};
use crate::cose::Algorithm;
use crate::key::{Backend, KeyRef};
use crate::profile::{
    BuiltInVerification, ConfigCommand, EnterpriseAttestation, HmacSecret, LargeBlobStorage, Management,
    PinRules, Profile, Transport,
};
use crate::standing::Standing;
use crate::store::Settings;
use core::num::NonZeroU32;
use std::vec::Vec;

pub(crate) const ALL_COMMANDS: [ConfigCommand; 4] = [
    ConfigCommand::EnableEnterpriseAttestation,
    ConfigCommand::ToggleAlwaysUv,
    ConfigCommand::SetMinPinLength,
    ConfigCommand::EnableLongTouchForReset,
];

pub(crate) fn enterprise() -> EnterpriseAttestation {
    EnterpriseAttestation {
        rp_ids: &["example.com"],
        platform_managed: true,
        certificates: &[b"leaf", b"root"],
        key: KeyRef { backend: Backend(1), handle: Bytes::new(b"vendor").expect("a short name") },
        algorithm: Algorithm::Es256,
    }
}

/// Draws that are the same every time: SplitMix64.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn yes(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        let place = self.next() % u64::try_from(among.len()).expect("a short list");
        among[usize::try_from(place).expect("a short list")].clone()
    }

    /// A number whose CBOR form may be of any length.
    fn number(&mut self) -> u32 {
        self.pick(&[0, 1, 23, 24, 255, 256, 65_535, 65_536, u32::MAX])
    }

    fn small(&mut self) -> u8 {
        self.pick(&[0, 1, 23, 24, 255])
    }
}

/// Any profile, those that contradict themselves among them.
fn draw_profile(draw: &mut Draw) -> Profile {
    const TRANSPORTS: [&[Transport]; 6] = [
        &[Transport::Usb],
        &[Transport::Nfc, Transport::Usb],
        &[Transport::SmartCard],
        &[Transport::Nfc, Transport::Usb, Transport::SmartCard],
        &[Transport::Hybrid, Transport::Internal],
        &[Transport::Usb, Transport::Internal],
    ];
    const CONFIGS: [&[ConfigCommand]; 5] = [
        &[],
        &[ConfigCommand::SetMinPinLength],
        &[ConfigCommand::ToggleAlwaysUv, ConfigCommand::EnableLongTouchForReset],
        &[ConfigCommand::ToggleAlwaysUv, ConfigCommand::SetMinPinLength],
        &ALL_COMMANDS,
    ];
    let verification = [
        BuiltInVerification::Unsupported,
        BuiltInVerification::NotConfigured,
        BuiltInVerification::Configured,
    ];
    let rules = PinRules {
        min_length: draw.small(),
        max_length: draw.small(),
        no_mc_ga_permissions: draw.yes(),
        complexity_policy: draw.yes(),
    };
    let (preview, read_only) = (draw.yes(), draw.yes());
    Profile {
        platform: draw.yes(),
        transports: draw.pick(&TRANSPORTS),
        verification: draw.pick(&verification),
        client_pin: draw.yes().then_some(rules),
        pin_uv_auth_token: draw.yes(),
        management: draw.pick(&[Management::OnDisplay, Management::ByClients { preview, read_only }]),
        config: draw.pick(&CONFIGS),
        config_by_verification: draw.yes(),
        max_rp_ids_for_min_pin_length: draw.small(),
        enterprise_attestation: draw.yes().then(enterprise),
        large_blobs: draw.pick(&[
            LargeBlobStorage::None,
            LargeBlobStorage::Array { max: 1024 },
            LargeBlobStorage::Array { max: 4096 },
            LargeBlobStorage::PerCredential { max: 1024 },
        ]),
        always_uv: draw.yes(),
        make_cred_uv_not_rqd: draw.yes(),
        discoverable: draw.yes(),
        hmac_secret: draw.pick(&[
            HmacSecret::Unsupported,
            HmacSecret::AtSignIn,
            HmacSecret::AtRegistrationToo,
        ]),
        cred_blob: draw.yes(),
        third_party_payment: draw.yes(),
        transports_for_reset: draw.pick(&[[].as_slice(), &[], &[Transport::Usb], &[Transport::SmartCard]]),
        max_message_size: draw.pick(&[1024, 1200, 7609, u16::MAX]),
        max_credentials_in_list: draw.small(),
        unadvertised: draw.pick(&[[].as_slice(), &[crate::Algorithm::EdDsa], &[crate::Algorithm::Es256]]),
        uv_modality: draw.number(),
        preferred_uv_attempts: draw.small(),
        firmware_version: NonZeroU32::new(draw.number()),
        ..Profile::security_key([0x5A; 16])
    }
}

/// What getInfo could answer for some profile and some settings.
pub(crate) fn draw_info(draw: &mut Draw) -> Info {
    let profile = draw_profile(draw);
    let mut settings = Settings::new();
    settings.always_uv = draw.yes();
    settings.min_pin_length = draw.small();
    settings.force_pin_change = draw.yes();
    settings.enterprise_attestation = draw.yes();
    settings.long_touch_for_reset = draw.yes();
    settings.pin_complexity = draw.yes();
    let mut info = Info::new(&Standing { profile: &profile, settings });
    info.client_pin = info.client_pin.map(|_| draw.yes());
    info.remaining = Some(draw.number()).filter(|_| draw.yes());
    let sealed = Identifiers { device: [0xDE; 32], credentials: [0xC5; 32] };
    info.identifiers = Some(sealed).filter(|_| draw.pick(&[true, false, false, false]));
    info
}

/// By length, then by bytes.
fn is_canonical(names: &[&str]) -> bool {
    names.is_sorted_by(|a, b| (a.len(), *a) < (b.len(), *b))
}

/// Covers: GI-24
#[test]
fn gi26_the_tables_are_in_canonical_order_without_repetition() {
    assert!(is_canonical(&VERSIONS.each_ref().map(|row| row.name)));
    assert!(is_canonical(&EXTENSIONS.each_ref().map(|row| row.name)));
    assert!(is_canonical(&OPTIONS.each_ref().map(|row| row.name)));
    assert!(MEMBERS.is_sorted_by(|a, b| a.key < b.key));
    assert!(MEMBERS.iter().all(|row| (0x01..=0x1F).contains(&row.key)));
}

/// Which versions GI-07 allows, from the profile and what is sent, without a look at the table of versions.
fn allowed(info: &Info) -> Vec<&'static str> {
    let profile = &info.profile;
    let offered: Vec<&str> = extensions(info).collect();
    let option = |name: &str| options(info).find(|(known, _)| *known == name).map(|(_, value)| value);
    let is_true = |name: &str| option(name) == Some(true);
    let verifies = option("clientPin").is_some() || option("uv").is_some();
    let has_display = profile.management == Management::OnDisplay;
    let mandatory = [
        offered.contains(&"hmac-secret"),
        !is_true("rk") || (verifies && (is_true("credMgmt") || has_display)),
        !verifies || (offered.contains(&"credProtect") && is_true("pinUvAuthToken")),
        option("clientPin").is_none() || (is_true("setMinPINLength") && offered.contains(&"minPinLength")),
    ];
    let complete = mandatory.into_iter().all(|there| there);
    let mut versions = std::vec!["FIDO_2_0"];
    if complete {
        versions.push("FIDO_2_1");
    }
    if complete && verifies {
        versions.push("FIDO_2_3");
    }
    if is_true("credentialMgmtPreview") {
        versions.push("FIDO_2_1_PRE");
    }
    versions
}

#[test]
#[cfg_attr(miri, ignore = "thousands of draws")]
fn gi07_gi08_no_version_too_many_and_none_too_few() {
    for seed in 0..4000 {
        let info = draw_info(&mut Draw::new(seed));
        let claimed: Vec<&str> = versions(&info).collect();
        assert_eq!(claimed, allowed(&info), "{info:?}");
    }
}

#[test]
fn gi07_the_named_profiles_are_all_that_is_claimed_today() {
    for (name, profile) in Profile::NAMED {
        let info = Info::new(&Standing { profile: &profile([0; 16]), settings: Settings::new() });
        let claimed: Vec<&str> = versions(&info).collect();
        for version in ["FIDO_2_0", "FIDO_2_1", "FIDO_2_3"] {
            assert!(claimed.contains(&version), "{name}: {claimed:?}");
        }
    }
}

#[test]
fn an_option_is_found_by_its_name() {
    for seed in 0..100 {
        let info = draw_info(&mut Draw::new(seed));
        for option in &OPTIONS {
            assert_eq!(info.option(option.name), (option.value)(&info), "{}", option.name);
        }
        assert_eq!(info.option("unheardOf"), None);
    }
}
