//! getInfo: what is there, and what must not be.

use super::profiles;
use authenticator_core::{
    BuiltInVerification, Command, ConfigCommand, Management, Profile, Refusal, Requester, Step, Transport,
};
use authenticator_testkit::cbor::{self, Value, named};
use authenticator_testkit::request::{get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};
use std::time::Duration;

/// Both profiles, in every combination of the settings that getInfo shows.
fn variants() -> Vec<Profile> {
    let mut variants = Vec::new();
    for profile in profiles() {
        for bits in 0..8_u8 {
            for verification in [
                BuiltInVerification::Unsupported,
                BuiltInVerification::NotConfigured,
                BuiltInVerification::Configured,
            ] {
                variants.push(Profile {
                    always_uv: bits & 1 != 0,
                    make_cred_uv_not_rqd: bits & 2 != 0,
                    discoverable: bits & 4 != 0,
                    management: if bits & 4 != 0 { profile.management } else { Management::OnDisplay },
                    verification,
                    ..profile.clone()
                });
            }
        }
    }
    variants
}

fn info(profile: &Profile) -> authenticator_testkit::reply::Reply {
    let reply = Sim::new(profile.clone()).send_bytes(&[0x04]);
    assert_eq!(reply.status, 0x00);
    reply
}

fn option(profile: &Profile, name: &str) -> Option<Value> {
    named(&info(profile).member(4).expect("options"), name).cloned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("array").iter().map(|item| item.as_text().expect("text").to_owned()).collect()
}

#[test]
fn gi01_the_same_state_gives_the_same_answer() {
    for profile in profiles() {
        let mut sim = Sim::new(profile);
        let first = sim.send_bytes(&[0x04]).raw;
        assert_eq!(sim.send_bytes(&[0x04, 0xA1, 1, 1]).raw, first);
        sim.clock.advance(Duration::from_secs(3600));
        assert_eq!(sim.send_bytes(&[0x04]).raw, first, "an hour later");
        sim.power_cycle(Duration::from_secs(1));
        assert_eq!(sim.send_bytes(&[0x04]).raw, first, "after a power cycle");
        let other = Sim::over(sim.world.authenticator.profile().clone(), sim.world.store.inner.clone(), 99);
        assert_eq!(other.expect("the same store").send_bytes(&[0x04]).raw, first, "with other randomness");
    }
}

/// Covers: GI-08, EXT-02, HM-04
#[test]
fn gi07_the_profiles_claim_their_versions_and_list_their_extensions() {
    for profile in variants() {
        let previewed = matches!(profile.management, Management::ByClients { preview: true, .. });
        let verifies =
            profile.client_pin.is_some() || profile.verification != BuiltInVerification::Unsupported;
        let complete = !profile.discoverable || verifies;
        let expected = [
            ("FIDO_2_0", true),
            ("FIDO_2_1", complete),
            ("FIDO_2_3", complete && verifies),
            ("FIDO_2_1_PRE", previewed),
        ];
        let expected = expected.into_iter().filter(|(_, there)| *there).map(|(name, _)| name);
        let info = info(&profile);
        assert_eq!(info.member(1), Some(cbor::array(expected)));
        let expected = [
            ("credBlob", profile.discoverable),
            ("credProtect", true),
            ("hmac-secret", true),
            ("largeBlobKey", true),
            ("minPinLength", profile.max_rp_ids_for_min_pin_length > 0),
            ("hmac-secret-mc", true),
            ("thirdPartyPayment", true),
        ];
        let expected = expected.into_iter().filter(|(_, there)| *there).map(|(name, _)| name);
        assert_eq!(info.member(2), Some(cbor::array(expected)), "extensions");
    }
}

#[test]
fn gi03_always_uv_takes_back_what_it_forbids() {
    for profile in variants() {
        let expected = profile.make_cred_uv_not_rqd && !profile.always_uv;
        assert_eq!(option(&profile, "makeCredUvNotRqd"), Some(Value::Bool(expected)));
        let toggled = profile.config.contains(&ConfigCommand::ToggleAlwaysUv);
        let always_uv = (profile.always_uv || toggled).then_some(Value::Bool(profile.always_uv));
        assert_eq!(option(&profile, "alwaysUv"), always_uv);
        assert!(!texts(&info(&profile).member(1).expect("versions")).contains(&"U2F_V2".to_owned()));
    }
}

#[test]
fn gi04_what_is_not_built_is_not_announced() {
    let absent_options = ["bioEnroll", "userVerificationMgmtPreview", "uvBioEnroll", "uvToken"];
    for profile in variants() {
        let info = info(&profile);
        for key in [0x13, 0x15, 0x17, 0x1C] {
            assert_eq!(info.member(key), None, "member {key:#04x}");
        }
        let options = info.member(4).expect("options");
        for name in absent_options {
            assert_eq!(named(&options, name), None, "{name}");
        }
    }
}

/// Members of 2.2 and 2.3 among them, although neither version is claimed (GI-23).
/// Covers: GI-04, GI-23
#[test]
fn gi22_gi24_these_members_and_no_others() {
    for (profile, expected) in profiles().into_iter().zip([
        [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0F, 0x16].as_slice(),
        // 0x19 and 0x1E want a persistent token; nothing beyond 0x1F is defined.
        &[
            0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0F, 0x10, 0x16,
            0x18, 0x1D, 0x1F,
        ],
    ]) {
        let body = cbor::decode(&info(&profile).raw).expect("one CBOR map");
        let keys = body.as_map().expect("map").iter().filter_map(|(key, _)| key.as_integer());
        assert_eq!(keys.map(i128::from).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn gi09_get_info_asks_nobody_on_any_channel() {
    for profile in profiles() {
        let mut sim = Sim::new(profile);
        sim.user.habit = Answer::Refuse(Refusal::Declined);
        for channel in [0, 1, u64::MAX] {
            let step = Command::GetInfo.begin(&mut sim.world.context(), Requester(channel));
            assert!(matches!(step, Step::Done(done) if done.result.is_ok()));
            sim.requester = Requester(channel);
            assert_eq!(sim.send_bytes(&[0x04]).status, 0x00);
        }
        assert!(sim.user.seen.is_empty());
    }
}

#[test]
fn gi10_the_answer_fits_1024_bytes_with_its_status() {
    let transports: &[Transport] =
        &[Transport::Nfc, Transport::Usb, Transport::Hybrid, Transport::Internal, Transport::SmartCard];
    for profile in variants() {
        assert!(info(&Profile { transports, ..profile }).raw.len() < 1024);
    }
}

#[test]
fn gi26_lists_are_in_canonical_order_without_repetition() {
    for profile in profiles() {
        let info = info(&profile);
        for key in [1, 2, 9] {
            let list = texts(&info.member(key).expect("list"));
            assert!(!list.is_empty());
            assert!(list.is_sorted_by_key(|text| (text.len(), text.clone())), "member {key}: {list:?}");
            assert!(list.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
    assert_eq!(info(&profiles()[0]).member(9), Some(cbor::array(["hybrid", "internal"])));
    assert_eq!(info(&profiles()[1]).member(9), Some(cbor::array(["usb"])));
}

/// The numbers it announces are those it keeps to.
#[test]
fn gi01_ad05_what_is_announced_holds() {
    for profile in profiles() {
        let (size, count) = (profile.max_message_size, profile.max_credentials_in_list);
        let reply = info(&profile);
        assert_eq!(reply.member(5), Some(Value::from(size)));
        assert_eq!(reply.member(7), Some(Value::from(count)));
        assert_eq!(reply.member(8), Some(Value::from(96)));
        let algorithm = |id: i64| cbor::map([("alg", Value::from(id)), ("type", "public-key".into())]);
        assert_eq!(reply.member(10), Some(cbor::array([algorithm(-7), algorithm(-8)])));
        let mut sim = Sim::new(profile.clone());
        let ids = vec![[1_u8; 16]; usize::from(count) + 1];
        let listing =
            |ids: &[[u8; 16]]| get_assertion("example.com").list(ids.iter().map(<[u8; 16]>::as_slice));
        assert_eq!(sim.send(&listing(&ids[1..])).status, 0x2E);
        assert_eq!(sim.send(&listing(&ids)).status, 0x15);
    }
}

/// Covers: AD-06
#[test]
fn ad06_the_aaguid_is_the_same_in_get_info_and_in_every_registration() {
    for profile in profiles() {
        let aaguid = profile.aaguid;
        let mut sim = Sim::new(profile);
        assert_eq!(sim.send_bytes(&[0x04]).member(3), Some(cbor::bytes(&aaguid)));
        for (rp_id, user) in [("one.example", b"1"), ("two.example", b"2")] {
            let verified = sim.world.authenticator.profile().platform;
            let request = make_credential(rp_id, user).option("uv", verified);
            let registered = sim.send(&request).auth_data().expect("registration");
            assert_eq!(registered.aaguid, Some(aaguid.to_vec()));
        }
    }
}

#[test]
fn gi01_the_options_say_what_the_profile_says() {
    for profile in variants() {
        assert_eq!(option(&profile, "rk"), Some(Value::Bool(profile.discoverable)));
        assert_eq!(option(&profile, "up"), Some(Value::Bool(true)));
        assert_eq!(option(&profile, "plat"), Some(Value::Bool(profile.platform)));
        let uv = match profile.verification {
            BuiltInVerification::Unsupported => None,
            BuiltInVerification::NotConfigured => Some(Value::Bool(false)),
            BuiltInVerification::Configured => Some(Value::Bool(true)),
        };
        assert_eq!(option(&profile, "uv"), uv);
    }
}
