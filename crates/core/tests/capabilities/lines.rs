//! The lines of getInfo, checked on an answer by what its owner knows.

use crate::owner::{Owner, array, has_large_blobs, has_uv, manages, per_credential};
use aes::Aes128;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use authenticator_core::store::Lookup;
use authenticator_core::{ConfigCommand, HmacSecret, Requester};
use authenticator_testkit::cbor::{self, Value, at, named};
use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::BTreeMap;

/// All of them.
pub(crate) fn hold(owner: &mut Owner) {
    let raw = owner.info().raw;
    assert!(raw.len() < 1024, "GI-10: {} bytes", raw.len());
    let body = cbor::decode(&raw).expect("one CBOR map");
    let answer = Answer { body };
    assert_eq!(cbor::encode(&cbor::map(answer.body.as_map().expect("map").clone())), raw, "keys ascend");
    let hold: [fn(&Answer, &Owner); 6] = [keys, options, lists, pins, configuration, versions];
    hold.iter().for_each(|line| line(&answer, owner));
    repeats(&answer, owner);
    identifiers(&answer, owner);
    room(&answer, owner);
}

struct Answer {
    body: Value,
}

impl Answer {
    fn at(&self, key: i64) -> Option<&Value> {
        at(&self.body, key)
    }

    fn texts(&self, key: i64) -> Vec<&str> {
        let list = self.at(key).and_then(Value::as_array);
        list.map(|items| items.iter().filter_map(Value::as_text).collect()).unwrap_or_default()
    }

    fn option(&self, name: &str) -> Option<bool> {
        named(self.at(0x04)?, name)?.as_bool()
    }

    fn is_true(&self, name: &str) -> bool {
        self.option(name) == Some(true)
    }

    fn has(&self, key: i64) -> bool {
        self.at(key).is_some()
    }
}

/// GI-24: which members there are; and what is not built has none (GI-04).
fn keys(answer: &Answer, _: &Owner) {
    let keys = answer.body.as_map().expect("map").iter();
    let keys: Vec<i128> = keys.filter_map(|(key, _)| key.as_integer()).map(i128::from).collect();
    assert!(keys.iter().all(|key| (0x01..=0x1F).contains(key)), "GI-24: {keys:?}");
    for absent in [0x13, 0x15, 0x17, 0x1C] {
        assert!(!answer.has(absent), "GI-04: {absent:#x}");
    }
    for required in [0x01, 0x02, 0x03, 0x04, 0x05, 0x09, 0x0A, 0x16] {
        assert!(answer.has(required), "{required:#x}");
    }
}

fn options(answer: &Answer, owner: &Owner) {
    let profile = &owner.profile;
    let on = |value: bool| value.then_some(true);
    let sets_length = owner.configures(ConfigCommand::SetMinPinLength);
    let toggles = owner.configures(ConfigCommand::ToggleAlwaysUv);
    let tokens = profile.pin_uv_auth_token && (profile.client_pin.is_some() || has_uv(profile));
    let (managed, rules) = (manages(profile), profile.client_pin.as_ref());
    let expected = BTreeMap::from([
        ("ep", profile.enterprise_attestation.as_ref().map(|_| owner.enterprise)),
        ("rk", Some(profile.discoverable)),
        ("up", Some(true)),
        ("uv", has_uv(profile).then_some(owner.verifies())),
        ("plat", Some(profile.platform)),
        ("uvAcfg", on(profile.config_by_verification)),
        ("alwaysUv", (profile.always_uv || toggles).then_some(owner.always_uv)),
        ("credMgmt", on(managed.is_some())),
        ("authnrCfg", on(!profile.config.is_empty())),
        ("clientPin", rules.map(|_| owner.pin.is_some())), // GI-02
        ("largeBlobs", on(has_large_blobs(profile))),
        ("perCredMgmtRO", managed.and_then(|(_, read_only)| on(read_only))),
        ("pinUvAuthToken", on(tokens)),
        ("setMinPINLength", on(sets_length)),
        ("makeCredUvNotRqd", Some(profile.make_cred_uv_not_rqd && !owner.always_uv)), // GI-03
        ("credentialMgmtPreview", managed.and_then(|(preview, _)| on(preview))),
        ("noMcGaPermissionsWithClientPin", rules.and_then(|rules| on(rules.no_mc_ga_permissions))),
    ]);
    let sent = answer.at(0x04).and_then(Value::as_map).expect("options");
    let sent = sent.iter().map(|(name, value)| (name.as_text().expect("text"), value.as_bool()));
    let expected = expected.into_iter().filter(|(_, value)| value.is_some()).collect::<BTreeMap<_, _>>();
    assert_eq!(sent.collect::<BTreeMap<_, _>>(), expected, "{profile:?}");
}

/// GI-26: canonical order, which leaves no room for repetitions.
fn lists(answer: &Answer, owner: &Owner) {
    for key in [0x01, 0x02, 0x09, 0x16] {
        let list = answer.texts(key);
        assert!(list.is_sorted_by(|a, b| (a.len(), *a) < (b.len(), *b)), "GI-26: {list:?}");
    }
    assert!(!answer.texts(0x16).contains(&"none"));
    extensions(answer, owner);
    let names: Vec<_> = owner.profile.transports.iter().map(|transport| transport.identifier()).collect();
    assert_eq!(answer.texts(0x09), names);
    let over = owner.profile.transports_for_reset.iter().map(|transport| transport.identifier());
    assert_eq!(answer.texts(0x1A), over.collect::<Vec<_>>());
    // GI-04: with the option, and not without it.
    let array = array(&owner.profile).filter(|_| answer.is_true("largeBlobs"));
    assert_eq!(answer.at(0x0B), array.map(Value::from).as_ref(), "GI-04");
    let algorithms = answer.at(0x0A).and_then(Value::as_array).expect("algorithms");
    let number = |entry| named(entry, "alg").and_then(Value::as_integer).map(i128::from);
    let advertised: Vec<_> = algorithms.iter().filter_map(number).collect();
    let profile = &owner.profile;
    let taken = profile.keys.algorithms.as_slice().iter();
    let listed = taken.filter(|algorithm| !profile.unadvertised.contains(algorithm));
    assert_eq!(advertised, listed.map(|algorithm| i128::from(algorithm.cose_id())).collect::<Vec<_>>());
}

/// CB-02, CPR-07, HM-04, LBK-04, LBX-05, PCP-02.
fn extensions(answer: &Answer, owner: &Owner) {
    let profile = &owner.profile;
    let has_policy = profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
    let expected = [
        ("credBlob", profile.cred_blob && profile.discoverable),
        ("largeBlob", per_credential(profile).is_some()), // LBX-05
        ("credProtect", true),
        ("hmac-secret", profile.hmac_secret != HmacSecret::Unsupported),
        ("largeBlobKey", has_large_blobs(profile)), // GI-04
        ("minPinLength", owner.most_told() > 0),
        ("hmac-secret-mc", profile.hmac_secret == HmacSecret::AtRegistrationToo),
        ("thirdPartyPayment", profile.third_party_payment),
        ("pinComplexityPolicy", has_policy && owner.most_told() > 0),
    ];
    let expected: Vec<_> = expected.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect();
    assert_eq!(answer.texts(0x02), expected);
    assert_eq!(
        answer.at(0x0F),
        (profile.cred_blob && profile.discoverable).then(|| Value::from(32)).as_ref(),
        "CB-02"
    );
}

/// GI-08, GI-11.
fn pins(answer: &Answer, owner: &Owner) {
    let tokens = owner.profile.pin_uv_auth_token && has_uv(&owner.profile);
    let secrets = owner.profile.hmac_secret != HmacSecret::Unsupported;
    let protocols = (owner.profile.client_pin.is_some() || tokens || secrets).then(|| cbor::array([2, 1]));
    assert_eq!(answer.at(0x06), protocols.as_ref(), "GI-08");
    let of_pin = |value: Value| owner.profile.client_pin.as_ref().map(|_| value);
    assert_eq!(answer.at(0x0C), of_pin(owner.force_change.into()).as_ref(), "GI-11");
    assert_eq!(answer.at(0x0D), of_pin(owner.min_pin_length.into()).as_ref(), "GI-11");
    let policy = owner.profile.client_pin.as_ref().filter(|rules| rules.complexity_policy);
    assert_eq!(answer.at(0x1B), policy.map(|_| Value::from(owner.complexity)).as_ref());
    let longest = owner.profile.client_pin.as_ref().map(|rules| Value::from(rules.max_length));
    assert_eq!(answer.at(0x1D), longest.as_ref());
}

/// GI-05, GI-06.
fn configuration(answer: &Answer, owner: &Owner) {
    let numbers: Vec<u8> = owner.profile.config.iter().map(|command| command.number()).collect();
    let listed = |number: u8| numbers.contains(&number);
    let list = (!numbers.is_empty()).then(|| cbor::array(numbers.iter().copied()));
    assert_eq!(answer.at(0x1F), list.as_ref());
    assert_eq!(answer.is_true("setMinPINLength"), listed(0x03), "GI-05");
    assert_eq!(answer.has(0x10), listed(0x03), "GI-05");
    assert!(!listed(0x03) || answer.option("clientPin").is_some(), "GI-05");
    assert_eq!(answer.at(0x10), listed(0x03).then(|| Value::from(owner.most_told())).as_ref(), "GI-05");
    assert_eq!(answer.texts(0x02).contains(&"minPinLength"), owner.most_told() > 0, "GI-05");
    if answer.texts(0x02).contains(&"minPinLength") {
        assert!(answer.is_true("setMinPINLength") && answer.has(0x10) && listed(0x03), "GI-05");
    }
    assert_eq!(answer.option("ep").is_some(), listed(0x01), "GI-06");
    assert!(!listed(0x02) || answer.option("alwaysUv").is_some(), "GI-06");
    assert_eq!(answer.at(0x18), listed(0x04).then_some(&Value::Bool(owner.long_touch)), "GI-06");
    assert_eq!(answer.is_true("authnrCfg"), !numbers.is_empty(), "GI-06");
}

/// GI-03, GI-07, GI-08: counted anew from what else is sent. One too many fails, and so does one too few.
fn versions(answer: &Answer, owner: &Owner) {
    let extensions = answer.texts(0x02);
    let verifies = answer.option("clientPin").is_some() || answer.option("uv").is_some();
    let own_display = manages(&owner.profile).is_none();
    let protocols = answer.at(0x06).and_then(Value::as_array);
    let complete = extensions.contains(&"hmac-secret")
        && (!answer.is_true("rk") || (verifies && (answer.is_true("credMgmt") || own_display)))
        && (!verifies || (extensions.contains(&"credProtect") && answer.is_true("pinUvAuthToken")))
        && protocols.is_none_or(|listed| listed.contains(&Value::from(2)))
        && (answer.option("clientPin").is_none()
            || (answer.is_true("setMinPINLength") && extensions.contains(&"minPinLength")));
    let allowed = [
        ("FIDO_2_0", true),
        ("FIDO_2_1", complete),
        ("FIDO_2_3", complete && verifies),
        ("FIDO_2_1_PRE", answer.is_true("credentialMgmtPreview")),
    ];
    let allowed: Vec<_> = allowed.into_iter().filter(|(_, earned)| *earned).map(|(name, _)| name).collect();
    assert_eq!(answer.texts(0x01), allowed, "GI-07: {:?}", owner.profile);
}

/// GI-01, GI-09: the same again, on any channel, and nobody is asked.
fn repeats(answer: &Answer, owner: &mut Owner) {
    let asked = owner.sim.user.seen.len();
    let without_identifiers = |body: &Value| {
        let mut pairs = body.as_map().expect("map").clone();
        pairs.retain(|(key, _)| ![Value::from(0x19), Value::from(0x1E)].contains(key));
        pairs
    };
    for channel in [1, 0] {
        owner.sim.requester = Requester(channel);
        let again = cbor::decode(&owner.info().raw).expect("one CBOR map");
        assert_eq!(without_identifiers(&again), without_identifiers(&answer.body), "GI-01");
        for key in [0x19, 0x1E] {
            assert!(answer.at(key).is_none() || at(&again, key) != answer.at(key), "GI-20: a fresh IV");
        }
    }
    assert_eq!(owner.sim.user.seen.len(), asked, "GI-09");
}

/// GI-20, GI-21, GI-22: who has the persistent token reads the same identifiers from every answer.
fn identifiers(answer: &Answer, owner: &mut Owner) {
    let Some(token) = owner.persistent.clone() else {
        assert!(!answer.has(0x19) && !answer.has(0x1E), "GI-22");
        return;
    };
    let again = Answer { body: cbor::decode(&owner.info().raw).expect("one CBOR map") };
    let read = |answer: &Answer, key, info: &[u8]| {
        open(&token, info, answer.at(key).and_then(Value::as_bytes).expect("an identifier"))
    };
    for (key, info) in [(0x19, b"encIdentifier".as_slice()), (0x1E, b"encCredStoreState")] {
        assert_eq!(read(answer, key, info), read(&again, key, info));
    }
    assert_ne!(read(answer, 0x19, b"encIdentifier"), read(answer, 0x1E, b"encCredStoreState"));
}

/// GI-12: the number of credential management, where the store knows it.
fn room(answer: &Answer, owner: &mut Owner) {
    let room = owner.sim.world.store.room().expect("the store can be read");
    let room = room.filter(|_| owner.profile.discoverable).map(Value::from);
    assert_eq!(answer.at(0x14), room.as_ref(), "GI-12");
}

/// What is under AES-128-CBC in an identifier, for the holder of this token.
pub(crate) fn open(token: &[u8], info: &[u8], sealed: &[u8]) -> [u8; 16] {
    let mut key = [0; 16];
    Hkdf::<Sha256>::new(Some(&[0; 32]), token).expand(info, &mut key).expect("a short key");
    let (iv, text) = sealed.split_first_chunk::<16>().expect("an initialisation vector");
    let mut block = <[u8; 16]>::try_from(text).expect("one block").into();
    cbc::Decryptor::<Aes128>::new((&key).into(), iv.into()).decrypt_block(&mut block);
    block.into()
}
