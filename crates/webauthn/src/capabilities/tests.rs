use super::*;

fn capabilities(profile: &Profile) -> Map<String, Value> {
    serde_json::from_str(&client_capabilities(profile)).unwrap()
}

fn true_ones(profile: &Profile) -> Vec<String> {
    capabilities(profile).into_iter().filter(|(_, can)| *can == true).map(|(name, _)| name).collect()
}

#[test]
fn a_phone_says_what_it_does() {
    assert_eq!(
        true_ones(&Profile::phone([0; 16])),
        [
            "extension:appidExclude",
            "extension:credBlob",
            "extension:credProps",
            "extension:credentialProtectionPolicy",
            "extension:enforceCredentialProtectionPolicy",
            "extension:getCredBlob",
            "extension:largeBlob",
            "extension:prf",
            "passkeyPlatformAuthenticator",
            "userVerifyingPlatformAuthenticator",
        ]
    );
}

#[test]
fn what_the_profile_lacks_is_not_claimed() {
    let bare = Profile {
        verification: BuiltInVerification::NotConfigured,
        discoverable: false,
        hmac_secret: HmacSecret::Unsupported,
        ..Profile::phone([0; 16])
    };
    let claimed = true_ones(&bare);
    for name in ["credBlob", "getCredBlob", "largeBlob", "prf"] {
        assert!(!claimed.contains(&format!("extension:{name}")), "{name}");
    }
    assert!(!claimed.iter().any(|name| name.ends_with("PlatformAuthenticator")), "{claimed:?}");
    let key = true_ones(&Profile::security_key([0; 16]));
    assert!(key.contains(&"extension:minPinLength".to_owned()));
    assert!(!key.iter().any(|name| name.ends_with("PlatformAuthenticator")), "{key:?}");
}

#[test]
fn large_blobs_are_claimed_wherever_they_lie() {
    for (large_blobs, claimed) in [
        (LargeBlobStorage::None, false),
        (LargeBlobStorage::Array { max: 1024 }, true),
        (LargeBlobStorage::PerCredential { max: 1 }, true),
    ] {
        let profile = Profile { large_blobs, ..Profile::phone([0; 16]) };
        assert_eq!(capabilities(&profile)["extension:largeBlob"], claimed, "{large_blobs:?}");
    }
}

#[test]
fn names_stand_in_order() {
    let text = client_capabilities(&Profile::phone([0; 16]));
    let names: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    assert!(names.is_sorted() && names.len() == capabilities(&Profile::phone([0; 16])).len());
}
