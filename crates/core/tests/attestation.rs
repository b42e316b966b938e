//! makeCredential: the reply. Attestation formats, flags, counters, keys, signatures (MC-29 to MC-33, AT, AD, CK).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::{Format, Profile};
use authenticator_host::HashMapStore;
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array, at, decode, encode, named};
use authenticator_testkit::reply::{AuthData, Reply, verifies};
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, algorithm, get_assertion, make_credential};
use sha2::{Digest, Sha256};

const RP: &str = "example.com";
const AAGUID: [u8; 16] = *b"a model of ours!";

fn request() -> Request {
    make_credential(RP, b"user 1")
}

fn of_algorithm(id: i64) -> Request {
    request().with(0x04, array([algorithm(id)]))
}

fn preferring(formats: &[&str]) -> Request {
    request().with(0x0B, array(formats.iter().copied()))
}

fn security_key() -> Sim {
    Sim::new(Profile::security_key(AAGUID))
}

fn seeded(seed: u64) -> Sim {
    Sim::over(Profile::security_key(AAGUID), HashMapStore::default(), seed).unwrap()
}

fn register(sim: &mut Sim, request: &Request) -> Reply {
    let reply = sim.send(request);
    assert_eq!(reply.status, 0x00, "{request:?}");
    reply
}

/// An attestation format's name and the number of members its statement has.
fn format_of(reply: &Reply) -> (String, usize) {
    let name = reply.member(0x01).unwrap().into_text().unwrap();
    (name, reply.member(0x03).unwrap().as_map().unwrap().len())
}

#[test]
fn mc29_the_first_supported_format_of_the_preference_is_given() {
    const NONE: (&str, usize) = ("none", 0);
    const PACKED: (&str, usize) = ("packed", 2);
    let cases: [(&[&str], (&str, usize)); 17] = [
        (&["none"], NONE),
        (&["packed"], PACKED),
        (&["none", "packed"], NONE),
        (&["packed", "none"], PACKED),
        (&["none", "tpm"], NONE),
        (&["tpm", "none"], NONE),
        (&["packed", "tpm"], PACKED),
        (&["tpm", "packed"], PACKED),
        (&["none", "packed", "tpm"], NONE),
        (&["none", "tpm", "packed"], NONE),
        (&["packed", "none", "tpm"], PACKED),
        (&["packed", "tpm", "none"], PACKED),
        (&["tpm", "none", "packed"], NONE),
        (&["tpm", "packed", "none"], PACKED),
        (&["packed", "packed"], PACKED),
        (&["none", "none"], NONE),
        (&["Packed", "NONE", "", "packed"], PACKED),
    ];
    for attestation in Format::ALL {
        for (preference, (name, members)) in cases {
            let mut sim = Sim::new(Profile { attestation, ..Profile::security_key(AAGUID) });
            let reply = register(&mut sim, &preferring(preference));
            assert_eq!(format_of(&reply), (name.to_owned(), members), "{preference:?}");
        }
    }
}

#[test]
fn mc29_without_a_usable_preference_the_profile_decides() {
    for (attestation, name) in [(Format::None, "none"), (Format::PackedSelf, "packed")] {
        for request in [request(), preferring(&[]), preferring(&["tpm"]), preferring(&["tpm", "android-key"])]
        {
            let mut sim = Sim::new(Profile { attestation, ..Profile::security_key(AAGUID) });
            assert_eq!(format_of(&register(&mut sim, &request)).0, name, "{request:?}");
        }
    }
}

#[test]
fn mc30_at05_none_has_an_empty_statement_and_keeps_the_aaguid() {
    for rk in [true, false] {
        let reply = register(&mut security_key(), &preferring(&["none"]).option("rk", rk));
        assert_eq!(reply.member(0x01), Some(Value::from("none")));
        assert_eq!(reply.member(0x03), Some(Value::Map(vec![])));
        assert_eq!(reply.auth_data().unwrap().aaguid, Some(AAGUID.to_vec()));
        // Byte for byte: a map of three, fmt first; the empty statement last.
        assert!(reply.raw.starts_with(b"\xA3\x01\x64none\x02\x58"));
        assert!(reply.raw.ends_with(b"\x03\xA0"));
    }
}

/// Covers: CK-03
#[test]
fn at01_self_attestation_is_signed_by_the_credential_s_own_key() {
    for algorithm_id in [-7, -8] {
        for rk in [true, false] {
            let reply = register(&mut security_key(), &of_algorithm(algorithm_id).option("rk", rk));
            assert_eq!(reply.member(0x01), Some(Value::from("packed")));
            let statement = reply.member(0x03).unwrap();
            let members = statement.as_map().unwrap();
            let keys: Vec<_> = members.iter().map(|(key, _)| key.as_text().unwrap()).collect();
            assert_eq!(keys, ["alg", "sig"], "and no x5c");
            assert_eq!(named(&statement, "alg"), Some(&Value::from(algorithm_id)));
            assert!(reply.is_self_attested(&CLIENT_DATA_HASH));
        }
    }
}

/// The order of the two halves matters, and so does every bit of them.
#[test]
fn ck03_what_is_signed_is_auth_data_then_client_data_hash() {
    for algorithm_id in [-7, -8] {
        let reply = register(&mut security_key(), &of_algorithm(algorithm_id));
        let (auth_data, statement) = (reply.member(0x02).unwrap(), reply.member(0x03).unwrap());
        let (auth_data, signature) = (auth_data.as_bytes().unwrap(), named(&statement, "sig").unwrap());
        let signature = signature.as_bytes().unwrap();
        let key = AuthData::parse(auth_data).unwrap().public_key.unwrap();
        assert!(verifies(&key, &[auth_data.as_slice(), &CLIENT_DATA_HASH].concat(), signature));
        assert!(!verifies(&key, &[CLIENT_DATA_HASH.as_slice(), auth_data].concat(), signature));
        assert!(!verifies(&key, auth_data, signature));
        assert!(!verifies(&key, &[auth_data.as_slice(), &[0xCE; 32]].concat(), signature));
        let mut raised = auth_data.clone();
        raised[32] |= 0x04; // a UV bit that was not signed
        assert!(!verifies(&key, &[raised.as_slice(), &CLIENT_DATA_HASH].concat(), signature));
    }
}

/// Covers: AD-01, AD-02, AD-03
#[test]
fn mc32_flags_say_what_was_proven_and_what_follows() {
    for rk in [true, false] {
        for (uv, level, flags) in
            [(false, None, 0x41), (true, None, 0x45), (false, Some(2), 0xC1), (true, Some(2), 0xC5)]
        {
            let Some(request) = phone_request(rk, uv) else { continue };
            let request = level
                .map_or_else(|| request.clone(), |level| request.clone().extension("credProtect", level));
            for formats in [["none"], ["packed"]] {
                let mut sim = Sim::new(Profile::phone(AAGUID));
                let auth_data =
                    register(&mut sim, &request.clone().with(0x0B, array(formats))).auth_data().unwrap();
                assert_eq!(auth_data.flags, flags, "{request:?}");
                assert_eq!(auth_data.flags & 0x18, 0, "never backup eligible, never backed up");
                assert_eq!(auth_data.rp_id_hash, Sha256::digest(RP).to_vec());
            }
        }
    }
}

/// A phone makes no discoverable credential without verification.
fn phone_request(rk: bool, uv: bool) -> Option<Request> {
    (uv || !rk).then(|| request().option("rk", rk).option("uv", uv))
}

#[test]
fn ad04_a_registration_has_attested_data_and_an_assertion_has_none() {
    for rk in [true, false] {
        let mut sim = security_key();
        let registered = register(&mut sim, &request().option("rk", rk)).auth_data().unwrap();
        assert_eq!(registered.flags & 0x40, 0x40);
        let id = registered.credential_id.unwrap();
        let asserted = sim.send(&get_assertion(RP).list([id.as_slice()]));
        assert_eq!(asserted.auth_data().unwrap().flags, 0x01);
        assert_eq!(asserted.member(0x02).unwrap().as_bytes().unwrap().len(), 37);
    }
}

#[test]
fn ad06_the_aaguid_is_the_model_s_in_get_info_too() {
    for aaguid in [AAGUID, [0; 16], [0xFF; 16]] {
        let mut sim = Sim::new(Profile::security_key(aaguid));
        let told = at(&decode(&sim.send_bytes(&[0x04]).raw).unwrap(), 0x03).cloned();
        assert_eq!(told, Some(Value::Bytes(aaguid.to_vec())));
        for request in [request(), preferring(&["none"]), request().option("rk", true)] {
            assert_eq!(register(&mut sim, &request).auth_data().unwrap().aaguid, Some(aaguid.to_vec()));
        }
    }
}

#[test]
fn mc33_ad07_the_counter_is_always_0() {
    let mut sim = security_key();
    for rk in [true, false] {
        for _ in 0..3 {
            let registered = register(&mut sim, &request().option("rk", rk)).auth_data().unwrap();
            assert_eq!(registered.sign_count, 0);
            let id = registered.credential_id.unwrap();
            for _ in 0..3 {
                let asserted = sim.send(&get_assertion(RP).list([id.as_slice()])).auth_data().unwrap();
                assert_eq!(asserted.sign_count, 0, "rk {rk}");
            }
        }
    }
}

#[test]
fn ck01_keys_are_canonical_maps_of_fixed_length() {
    for (algorithm_id, length, head) in [
        (-7, 77, &[0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..]),
        (-8, 42, &[0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20][..]),
    ] {
        let reply = register(&mut security_key(), &of_algorithm(algorithm_id));
        let auth_data = reply.member(0x02).unwrap().into_bytes().unwrap();
        let id_length = usize::from(u16::from_be_bytes([auth_data[53], auth_data[54]]));
        let key = &auth_data[55 + id_length..];
        assert_eq!(key.len(), length);
        assert!(key.starts_with(head));
        if algorithm_id == -7 {
            assert_eq!(key[42..45], [0x22, 0x58, 0x20]);
        }
    }
}

/// One key in 128 has a coordinate that begins with a zero byte.
#[test]
fn ck01_leading_zeros_are_kept() {
    let mut sim = security_key();
    let mut leading_zeros = [0; 2];
    for _ in 0..1500 {
        let reply = register(&mut sim, &of_algorithm(-7).with(0x0B, array(["none"])));
        let key = reply.auth_data().unwrap().public_key.unwrap();
        for (count, label) in leading_zeros.iter_mut().zip([-2, -3]) {
            let coordinate = at(&key, label).and_then(Value::as_bytes).unwrap();
            assert_eq!(coordinate.len(), 32);
            *count += usize::from(coordinate[0] == 0);
        }
        if leading_zeros.iter().all(|count| *count > 0) {
            return;
        }
    }
    panic!("no key with leading zeros came: {leading_zeros:?}");
}

/// Two INTEGERs in a SEQUENCE, each positive and without a byte too many.
fn is_minimal_der(signature: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = signature else { return false };
    let integer = |bytes: &[u8]| match bytes {
        [0x02, length, rest @ ..] => {
            let (number, rest) = rest.split_at_checked(usize::from(*length))?;
            let minimal = match number {
                [] => false,
                [0x00, second, ..] => *second >= 0x80,
                [first, ..] => *first < 0x80,
            };
            (minimal && number.len() <= 33).then(|| rest.to_vec())
        }
        _ => None,
    };
    usize::from(*length) == rest.len()
        && integer(rest).and_then(|rest| integer(&rest)).is_some_and(|rest| rest.is_empty())
}

#[test]
fn ck02_signatures_are_minimal_der() {
    let mut sim = security_key();
    let mut lengths = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let statement = register(&mut sim, &of_algorithm(-7)).member(0x03).unwrap();
        let signature = named(&statement, "sig").unwrap().as_bytes().unwrap().clone();
        assert!(is_minimal_der(&signature), "{signature:02x?}");
        lengths.insert(signature.len());
    }
    // With and without a zero before a number that begins with a high bit; and now and then one that is shorter.
    assert!([70, 71, 72].iter().all(|length| lengths.contains(length)), "{lengths:?}");
    assert!(lengths.range(73..).next().is_none(), "{lengths:?}");
    let statement = register(&mut sim, &of_algorithm(-8)).member(0x03).unwrap();
    assert_eq!(named(&statement, "sig").unwrap().as_bytes().unwrap().len(), 64, "EdDSA is raw");
}

#[test]
fn ck04_the_same_randomness_gives_the_same_bytes() {
    for request in [request(), of_algorithm(-8), request().option("rk", true), preferring(&["none"])] {
        let [one, two] = [5, 5].map(|seed| register(&mut seeded(seed), &request).raw);
        assert_eq!(one, two, "{request:?}");
        assert_ne!(one, register(&mut seeded(6), &request).raw, "{request:?}");
    }
}

/// The same key over the same message: ECDSA is hedged with fresh randomness, EdDSA is deterministic.
#[test]
fn ck04_another_seed_gives_another_ecdsa_signature_of_the_same_key() {
    for (algorithm_id, hedged) in [(-7, true), (-8, false)] {
        let mut first = seeded(1);
        let credential =
            register(&mut first, &of_algorithm(algorithm_id).option("rk", true)).auth_data().unwrap();
        let signatures = [7, 7, 8].map(|seed| {
            let store = first.world.store.inner.clone();
            let mut sim = Sim::over(Profile::security_key(AAGUID), store, seed).unwrap();
            let reply = sim.send(&get_assertion(RP));
            assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH));
            reply.member(0x03).unwrap()
        });
        assert_eq!(signatures[0], signatures[1]);
        assert_eq!(signatures[0] != signatures[2], hedged, "algorithm {algorithm_id}");
    }
}

/// A reply is canonical: decoded by someone else and encoded again it is the same.
/// Covers: MC-30
#[test]
fn at01_replies_are_canonical() {
    for request in [request(), of_algorithm(-8), preferring(&["none"]), request().extension("credProtect", 3)]
    {
        let raw = register(&mut security_key(), &request).raw;
        assert_eq!(encode(&decode(&raw).unwrap()), raw);
    }
}
