//! Every row of the table of capabilities can be set, or follows from something else.

use super::{SETTINGS, parse, read_file, set};
use authenticator_core::{BuiltInVerification, Chooser, HmacSecret, Management, Profile, Transport};
use std::collections::BTreeSet;

/// Rows that no setting has, and why.
const FOLLOW: [(&str, &str); 19] = [
    ("FIDO_2_0", "what is there"),
    ("FIDO_2_1", "what is there"),
    ("FIDO_2_3", "what is there"),
    ("FIDO_2_1_PRE", "credentialMgmtPreview"),
    ("versions", "what is there"),
    ("extensions", "each extension"),
    ("options", "each option"),
    ("credProtect", "always there"),
    ("largeBlobKey", "largeBlobs"),
    ("minPinLength", "setMinPINLength and maxRPIDsForSetMinPINLength"),
    ("up", "always there"),
    ("ep", "a chain of certificates"),
    ("pinUvAuthProtocols", "clientPin, pinUvAuthToken and hmac-secret"),
    ("maxCredentialIdLength", "always the same"),
    ("forcePINChange", "what a client configures"),
    ("maxCredBlobLength", "credBlob"),
    ("remainingDiscoverableCredentials", "the store"),
    ("encIdentifier", "a token that was given out"),
    ("encCredStoreState", "a token that was given out"),
];

/// The names in the first column of the page's tables, but for that of algorithms.
fn rows() -> BTreeSet<String> {
    let page = include_str!("../../../../../docs/capabilities.md");
    let (page, _) = page.split_once("## Algorithms").unwrap();
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |").map(|(name, _)| name));
    rows.map(|name| name.split_once("` ").map_or(name, |(_, name)| name).trim_matches('`').to_owned())
        .collect()
}

#[test]
fn every_row_of_the_capabilities_can_be_set_or_follows() {
    let rows = rows();
    assert!(rows.len() > 40, "{rows:?}");
    assert!(FOLLOW.iter().all(|(name, why)| rows.contains(*name) && !why.is_empty()));
    for row in &rows {
        let is_set = SETTINGS.iter().any(|setting| setting.key == row);
        let follows = FOLLOW.iter().any(|(name, _)| name == row);
        assert!(is_set != follows, "{row}: set {is_set}, follows {follows}");
    }
    let beside = ["chooser", "signCount", "userActionTimeout"];
    for setting in SETTINGS {
        assert!(rows.contains(setting.key) || beside.contains(&setting.key), "{}", setting.key);
    }
}

fn profile(settings: &[&str]) -> Result<Profile, String> {
    let mut profile = Profile::security_key([0; 16]);
    for setting in settings {
        let (key, value) = parse(setting)?;
        set(&mut profile, &key, &value)?;
    }
    Ok(profile)
}

#[test]
fn a_setting_is_a_word_a_number_a_list_or_yes_or_no() {
    let profile = profile(&[
        "aaguid=00112233-4455-6677-8899-aabbccddeeff",
        "plat=true",
        "uv=false",
        "transports=[\"nfc\", \"usb\"]",
        "algorithms=[-8]",
        "maxMsgSize=2048",
        "minPINLength=6",
        "chooser=host",
        "hmac-secret-mc=false",
        "perCredMgmtRO=false",
        "authenticatorConfigCommands=[2, 3]",
    ])
    .unwrap();
    assert_eq!(profile.aaguid[..3], [0x00, 0x11, 0x22]);
    assert!(profile.platform);
    assert_eq!(profile.verification, BuiltInVerification::NotConfigured);
    assert_eq!(profile.transports, [Transport::Nfc, Transport::Usb]);
    assert_eq!(profile.keys.algorithms.as_slice().len(), 1);
    assert_eq!(profile.max_message_size, 2048);
    assert_eq!(profile.client_pin.as_ref().unwrap().min_length, 6);
    assert_eq!(profile.chooser, Chooser::Host);
    assert_eq!(profile.hmac_secret, HmacSecret::AtSignIn);
    assert_eq!(profile.management, Management::ByClients { preview: true, read_only: false });
    assert_eq!(profile.config.len(), 2);
    assert_eq!(profile.check(), Ok(()));
}

#[test]
fn each_yes_or_no_goes_both_ways() {
    for setting in SETTINGS {
        let key = setting.key;
        let (mut yes, mut no) = (Profile::security_key([0; 16]), Profile::security_key([0; 16]));
        let boolean = set(&mut yes, key, &true.into()).is_ok();
        if boolean && key != "uv" {
            set(&mut no, key, &false.into()).unwrap();
            assert_ne!(format!("{yes:?}"), format!("{no:?}"), "{key}");
        }
    }
}

#[test]
fn what_cannot_be_set_is_said() {
    for (setting, complaint) in [
        ("plat", "KEY=VALUE"),
        ("colour=red", "nothing is called"),
        ("plat=perhaps", "true or false"),
        ("maxMsgSize=70000", "too large"),
        ("maxMsgSize=-1", "too small"),
        ("transports=[\"pigeon\"]", "none of"),
        ("algorithms=[-257]", "-257"),
        ("aaguid=12ab", "32 hexadecimal digits"),
        ("authenticatorConfigCommands=[9]", "9"),
    ] {
        let said = profile(&[setting]).unwrap_err();
        assert!(said.contains(complaint), "{setting}: {said}");
    }
    assert!(profile(&["clientPin=false", "minPINLength=6"]).unwrap_err().contains("clientPin"));
    assert!(profile(&["credMgmt=false", "perCredMgmtRO=true"]).unwrap_err().contains("credMgmt"));
}

#[test]
fn a_file_has_the_same_lines_and_the_name_of_what_it_begins_with() {
    let (name, table) = read_file("profile = \"phone\"\nplat = false\ntransports = [\"usb\"]\n").unwrap();
    assert_eq!((name.as_deref(), table.len()), (Some("phone"), 2));
    assert!(read_file("plat = ").is_err());
    assert!(read_file("profile = 3").is_err());
}
