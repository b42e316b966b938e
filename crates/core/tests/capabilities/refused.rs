//! Profiles that contradict themselves are refused, each by the line that it breaks.

use crate::draw::{Draw, enterprise, legal_profile};
use authenticator_core::key::{Backend, KeyRef};
use authenticator_core::{
    Algorithm, BasicAttestation, BuiltInVerification, Bytes, ConfigCommand, LargeBlobStorage, Management,
    PinRules, Profile, ProfileError, Transport,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// Makes a profile contradict itself.
type Break = fn(&mut Profile);

/// Basic attestation by a key of this backend.
fn basic(backend: Backend, certificates: &'static [&'static [u8]]) -> BasicAttestation {
    let handle = Bytes::new(b"batch").expect("a short name");
    BasicAttestation { certificates, key: KeyRef { backend, handle }, algorithm: Algorithm::Es256 }
}

/// They fit into a reply, and what stands before each of them does not.
static MANY_CERTIFICATES: [&[u8]; 3_000] = [&[0x30, 0x00]; 3_000];

/// A line, and how a profile comes to break it. Whatever else it was, afterwards it breaks this line.
const BREAKS: [(&str, Break); 33] = [
    ("GI-05", |profile| {
        profile.client_pin = None;
        profile.config = &[ConfigCommand::SetMinPinLength];
    }),
    ("GI-05", |profile| {
        profile.config = &[];
        profile.max_rp_ids_for_min_pin_length = 1;
    }),
    ("GI-05", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules::default());
        profile.config = &[ConfigCommand::SetMinPinLength];
        profile.max_rp_ids_for_min_pin_length = 9;
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.enterprise_attestation = Some(enterprise(true));
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.config = &[ConfigCommand::EnableEnterpriseAttestation];
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.config_by_verification = true;
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.verification = BuiltInVerification::Unsupported;
        profile.config = &[ConfigCommand::ToggleAlwaysUv];
        profile.config_by_verification = true;
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules::default());
        profile.pin_uv_auth_token = false;
        profile.config = &[ConfigCommand::ToggleAlwaysUv];
    }),
    ("GI-06", |profile| {
        plain(profile);
        profile.client_pin = None;
        profile.verification = BuiltInVerification::Configured;
        profile.config = &[ConfigCommand::ToggleAlwaysUv];
    }),
    ("AT-02", |profile| profile.basic_attestation = Some(basic(Backend::SOFTWARE, &[&[0x30, 0x00]]))),
    ("AT-02", |profile| profile.basic_attestation = Some(basic(Backend(1), &[]))),
    ("AT-02", |profile| profile.basic_attestation = Some(basic(Backend(1), &MANY_CERTIFICATES))),
    ("member 03", |profile| profile.aaguid = Profile::LAB_AAGUID),
    ("GI-07", |profile| {
        profile.discoverable = false;
        profile.management = Management::ByClients { preview: false, read_only: false };
    }),
    ("GI-07", |profile| {
        plain(profile);
        (profile.discoverable, profile.pin_uv_auth_token) = (true, false);
        profile.management = Management::ByClients { preview: false, read_only: false };
    }),
    ("GI-26", |profile| profile.transports = &[]),
    ("GI-26", |profile| profile.transports = &[Transport::Usb, Transport::Nfc]),
    ("GI-26", |profile| profile.transports = &[Transport::Usb, Transport::Usb]),
    ("member 07", |profile| profile.max_credentials_in_list = 0),
    ("member 0A", |profile| profile.unadvertised = &Algorithm::ALL),
    ("member 0D", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules { min_length: 3, ..PinRules::default() });
    }),
    ("member 0D", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules { min_length: 9, max_length: 8, ..PinRules::default() });
    }),
    ("member 11", |profile| {
        plain(profile);
        profile.verification = BuiltInVerification::Unsupported;
        profile.uv_modality = 2;
    }),
    ("member 1D", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules { min_length: 4, max_length: 7, ..PinRules::default() });
    }),
    ("member 1F", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules::default());
        profile.pin_uv_auth_token = true;
        profile.config = &[ConfigCommand::SetMinPinLength, ConfigCommand::ToggleAlwaysUv];
    }),
    ("LB-05", |profile| {
        plain(profile);
        profile.client_pin = Some(PinRules::default());
        profile.pin_uv_auth_token = false;
        profile.large_blobs = LargeBlobStorage::Array { max: 1024 };
    }),
    ("LB-09", |profile| {
        profile.pin_uv_auth_token = true;
        profile.large_blobs = LargeBlobStorage::Array { max: 1023 };
    }),
    ("LB-09", |profile| {
        profile.pin_uv_auth_token = true;
        profile.large_blobs = LargeBlobStorage::Array { max: 4097 };
    }),
    ("LBX-01", |profile| {
        profile.management = Management::OnDisplay;
        profile.discoverable = false;
        profile.large_blobs = LargeBlobStorage::PerCredential { max: 1024 };
    }),
    ("LBX-04", |profile| {
        profile.discoverable = true;
        profile.large_blobs = LargeBlobStorage::PerCredential { max: 0 };
    }),
    ("LBX-04", |profile| {
        profile.discoverable = true;
        profile.large_blobs = LargeBlobStorage::PerCredential { max: 1025 };
    }),
    ("GEN-14", |profile| profile.max_message_size = 1023),
    ("ST-01", |profile| profile.user_action_timeout = Duration::from_millis(9999)),
];

/// Nothing to configure, and nothing that would have to be.
fn plain(profile: &mut Profile) {
    profile.config = &[];
    profile.config_by_verification = false;
    profile.max_rp_ids_for_min_pin_length = 0;
    profile.enterprise_attestation = None;
    profile.management = Management::OnDisplay;
}

#[test]
fn gi05_gi06_gi07_gi26_a_profile_that_contradicts_itself_is_refused_by_its_line() {
    for seed in 0..200 {
        let legal = legal_profile(&mut Draw::new(seed));
        for (place, (line, breaks)) in BREAKS.iter().enumerate() {
            let mut profile = legal.clone();
            breaks(&mut profile);
            let refused = profile.check().expect_err("it contradicts itself");
            assert_eq!(refused.line, *line, "break {place}, {}: {profile:?}", refused.what);
        }
    }
}

#[test]
fn every_contradiction_has_words_of_its_own() {
    let legal = legal_profile(&mut Draw::new(0));
    let said: BTreeSet<_> = BREAKS
        .iter()
        .map(|(_, breaks)| {
            let mut profile = legal.clone();
            breaks(&mut profile);
            profile.check().expect_err("it contradicts itself").what
        })
        .collect();
    assert!(said.len() >= 18, "{said:#?}");
    let error = ProfileError { line: "GI-26", what: "there are no transports" };
    let sentence = "the authenticator's profile is inconsistent: there are no transports (GI-26)";
    assert_eq!(error.to_string(), sentence);
}

#[test]
fn the_named_profiles_are_found_by_name_and_contradict_themselves_nowhere() {
    for (name, _) in Profile::NAMED {
        let profile = Profile::named(name, [0x11; 16]).expect("a name that is known");
        assert_eq!(profile.aaguid, [0x11; 16]);
        assert_eq!(profile.check(), Ok(()), "{name}");
    }
    assert!(Profile::named("security-key", [0; 16]).is_some_and(|profile| !profile.platform));
    assert!(Profile::named("phone", [0; 16]).is_some_and(|profile| profile.platform));
    assert!(Profile::named("toaster", [0; 16]).is_none());
}
