//! clientPIN, subcommand by subcommand (CTAP 2.3 §6.5).
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod pin;

use authenticator_core::{HmacSecret, LargeBlobStorage, PinRules, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, at, bytes};
use authenticator_testkit::pin::{Platform, padded, subcommand};
use authenticator_testkit::request::{client_pin, get_assertion, make_credential};
use pin::*;

const ALL: [u64; 8] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09];

/// Which subcommands this profile knows.
fn known(profile: &Profile) -> Vec<u64> {
    let answers = |number: &u64| {
        let status = Sim::new(profile.clone()).send(&client_pin(*number)).status;
        // A subcommand that is known misses its members, or needs none.
        assert!([0x00, 0x14, 0x3E].contains(&status), "subcommand {number:#04x}: {status:#04x}");
        status != 0x3E
    };
    (0..=0x20).chain([0xFF, u64::MAX]).filter(answers).collect()
}

#[test]
fn cp01_cp18_cp19_subcommands_that_have_nothing_to_do_here_are_unknown() {
    assert_eq!(known(&biometric_key()), ALL);
    assert_eq!(known(&security_key()), [0x01, 0x02, 0x03, 0x04, 0x05, 0x09]);
    assert_eq!(known(&Profile::phone([0; 16])), [0x02, 0x06, 0x07]);
    let Profile { verification, verification_count, .. } = biometric_key();
    let without_tokens = Profile {
        pin_uv_auth_token: false,
        large_blobs: LargeBlobStorage::None,
        verification,
        verification_count,
        ..without_settings()
    };
    assert_eq!(known(&without_tokens), [0x01, 0x02, 0x03, 0x04, 0x05, 0x07]);
}

/// Covers: GEN-03
#[test]
fn cp01_without_any_protocol_there_is_no_such_command() {
    let hmac_secret = HmacSecret::Unsupported;
    let profile = Profile { client_pin: None, hmac_secret, ..without_settings() };
    for number in ALL {
        assert_eq!(Sim::new(profile.clone()).send(&client_pin(number)).status, 0x01);
    }
    for malformed in [[0x06].as_slice(), &[0x06, 0xA0], &[0x06, 0xFF]] {
        assert_eq!(Sim::new(profile.clone()).send_bytes(malformed).status, 0x01);
    }
}

#[test]
fn cp01_the_subcommand_is_mandatory() {
    assert_eq!(key().send(&client_pin(0x01).without(0x02)).status, 0x14);
    assert_eq!(key().send(&client_pin(0x01).with(0x02, "1")).status, 0x11);
}

#[test]
fn cp02_retries_need_no_protocol_and_do_not_mind_one() {
    for (number, protocol) in [0x01, 0x07].into_iter().flat_map(|n| [1, 2, 3].map(|p: u64| (n, p))) {
        let mut sim = Sim::new(biometric_key());
        let plain = sim.send(&client_pin(number));
        assert_eq!(plain.status, 0x00);
        assert_eq!(sim.send(&client_pin(number).with(0x01, protocol)).raw, plain.raw);
    }
}

#[test]
fn cp03_there_are_eight_retries_also_without_a_pin() {
    let reply = key().send(&client_pin(subcommand::PIN_RETRIES));
    assert_eq!((reply.status, reply.raw.as_slice()), (0x00, [0xA2, 0x03, 0x08, 0x04, 0xF4].as_slice()));
    assert_eq!(retries(&mut key_with_pin()), (8, false));
}

/// Covers: GEN-07, CK-06
#[test]
fn cp04_pp01_the_public_key_is_a_canonical_cose_key_that_stays() {
    let mut sim = key();
    let mut keys = Vec::new();
    for protocol in PROTOCOLS {
        let request = client_pin(subcommand::KEY_AGREEMENT).with(0x01, protocol);
        let reply = sim.send(&request);
        assert_eq!(reply.status, 0x00);
        // {1: {1: 2, 3: -25, -1: 1, -2: 32 bytes, -3: 32 bytes}}
        assert_eq!(reply.raw[..12], [0xA1, 0x01, 0xA5, 0x01, 0x02, 0x03, 0x38, 0x18, 0x20, 0x01, 0x21, 0x58]);
        assert_eq!(reply.raw[12], 0x20);
        assert_eq!(reply.raw[45..48], [0x22, 0x58, 0x20]);
        assert_eq!(reply.raw.len(), 80);
        assert_eq!(sim.send(&request).raw, reply.raw);
        keys.push(reply.raw);
    }
    assert_ne!(keys[0], keys[1], "each protocol has its own");
    unplug(&mut sim);
    assert_ne!(sim.send(&client_pin(subcommand::KEY_AGREEMENT).with(0x01, 1)).raw, keys[0]);
}

#[test]
fn cp04_the_protocol_is_mandatory_and_must_be_one_of_two() {
    let request = client_pin(subcommand::KEY_AGREEMENT);
    assert_eq!(key().send(&request).status, 0x14);
    for protocol in [0, 3, u64::MAX] {
        assert_eq!(key().send(&request.clone().with(0x01, protocol)).status, 0x02);
    }
}

#[test]
fn cp05_a_pin_is_counted_in_code_points_and_bounded_in_bytes() {
    let of_63_bytes = format!("{}{}", "é".repeat(31), "x");
    assert_eq!(of_63_bytes.len(), 63);
    let cases = [
        ("", 0x37),
        ("abc", 0x37),
        ("abcd", 0x00),
        // Three characters of four bytes each, and four of them.
        ("😀😀😀", 0x37),
        ("😀😀😀😀", 0x00),
        (of_63_bytes.as_str(), 0x00),
        // 64 bytes leave no zero at the end.
        (&"é".repeat(32), 0x37),
        (&"9".repeat(63), 0x00),
        (&"9".repeat(64), 0x37),
        // A zero inside is a character like any other.
        ("a\0bc", 0x00),
    ];
    for (pin, status) in cases {
        let mut sim = key();
        assert_eq!(set_pin(&mut sim, pin), status, "{pin:?}");
        if status == 0x00 {
            assert_eq!(try_pin(&mut sim, pin), 0x00, "{pin:?}");
        }
    }
}

#[test]
fn cp05_the_profile_bounds_a_pin() {
    let rules = PinRules { min_length: 6, max_length: 8, ..PinRules::default() };
    let profile = Profile { client_pin: Some(rules), ..security_key() };
    for (pin, status) in [("12345", 0x37), ("123456", 0x00), ("12345678", 0x00), ("123456789", 0x37)] {
        assert_eq!(set_pin(&mut Sim::new(profile.clone()), pin), status, "{pin}");
    }
    // Eight characters of four bytes: more bytes than the bound has characters.
    assert_eq!(set_pin(&mut Sim::new(profile), &"😀".repeat(8)), 0x00);
}

#[test]
fn cp05_a_pin_is_utf_8() {
    let mut sim = key();
    let platform = Platform::connect(&mut sim, 2);
    let mut plaintext = padded("");
    plaintext[..5].copy_from_slice(&[b'a', b'b', b'c', 0xC3, 0x28]);
    assert_eq!(sim.send(&platform.set_padded(&plaintext)).status, 0x37);
}

/// Covers: GEN-02
#[test]
fn cp06_a_pin_is_set_under_both_protocols() {
    for protocol in PROTOCOLS {
        let mut sim = key();
        let platform = Platform::connect(&mut sim, protocol);
        let reply = sim.send(&platform.set_pin("5678"));
        assert_eq!((reply.status, reply.raw.len()), (0x00, 0));
        assert_eq!(try_pin(&mut sim, "5678"), 0x00);
        assert_eq!(sim.send(&platform.set_pin("9999")).status, 0x33, "it is set already");
        unplug(&mut sim);
        assert_eq!(try_pin(&mut sim, "5678"), 0x00, "it survives the power");
    }
}

#[test]
fn cp07_a_padded_pin_has_64_bytes() {
    for (protocol, length) in PROTOCOLS.into_iter().flat_map(|p| [0_usize, 16, 48, 80, 128].map(|l| (p, l))) {
        let mut plaintext = padded("12345678");
        plaintext.resize(length, 0);
        let status = if length > 64 { 0x37 } else { 0x02 };
        let mut sim = key();
        let platform = Platform::connect(&mut sim, protocol);
        assert_eq!(sim.send(&platform.set_padded(&plaintext)).status, status, "{length} bytes");
        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, protocol);
        assert_eq!(sim.send(&platform.change_padded(PIN, &plaintext)).status, status, "{length} bytes");
    }
}

/// Covers: CP-08
#[test]
fn cp06_pp11_pp21_what_is_no_ciphertext_is_not_authentic() {
    for (protocol, length) in [(1, 63), (1, 65), (1, 15), (2, 79), (2, 15), (2, 0), (2, 81)] {
        let ciphertext = vec![7; length];
        let mut sim = key();
        let platform = Platform::connect(&mut sim, protocol);
        let set = platform.set_pin(PIN).with(0x05, bytes(&ciphertext));
        let param = platform.authenticate(&ciphertext);
        assert_eq!(sim.send(&set.with(0x04, bytes(&param))).status, 0x33, "{protocol}, {length} bytes");

        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, protocol);
        let hash = platform.pin_hash(PIN);
        let param = platform.authenticate(&[ciphertext.as_slice(), &hash].concat());
        let change = platform.change_pin(PIN, "5678").with(0x05, bytes(&ciphertext));
        assert_eq!(sim.send(&change.with(0x04, bytes(&param))).status, 0x33, "{protocol}, {length} bytes");
        assert_eq!(retries(&mut sim), (8, false), "the PIN was right");
    }
}

#[test]
fn cp08_a_pin_is_changed_under_both_protocols() {
    for protocol in PROTOCOLS {
        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, protocol);
        let reply = sim.send(&platform.change_pin(PIN, "56789"));
        assert_eq!((reply.status, reply.raw.len()), (0x00, 0));
        assert_eq!(try_pin(&mut sim, PIN), 0x31);
        assert_eq!(try_pin(&mut sim, "56789"), 0x00);
        assert_eq!(change_pin(&mut sim, "56789", "56789"), 0x00, "the same again, as nothing forces another");
        assert_eq!(try_pin(&mut sim, "56789"), 0x00);
    }
}

/// Covers: TOK-11
#[test]
fn cp08_a_changed_pin_ends_every_token() {
    let mut sim = key_with_pin();
    let token = token(&mut sim, MC);
    assert_eq!(change_pin(&mut sim, PIN, "5678"), 0x00);
    assert_eq!(sim.send(&token.proves(make_credential(SITE, b"user"))).status, 0x33);
}

#[test]
fn cp08_without_a_pin_there_is_none_to_change() {
    for (protocol, request) in PROTOCOLS.into_iter().flat_map(|p| [0, 1, 2].map(|r| (p, r))) {
        let mut sim = key();
        let platform = Platform::connect(&mut sim, protocol);
        let request = match request {
            0 => platform.change_pin(PIN, "5678"),
            1 => platform.pin_token(PIN),
            _ => platform.token_for(PIN, MC, Some(SITE)),
        };
        assert_eq!(sim.send(&request).status, 0x35);
    }
}

#[test]
fn cp09_the_right_pin_restores_the_retries_though_the_new_one_is_refused() {
    for (new, status) in [("123".to_owned(), 0x37), ("9".repeat(64), 0x37)] {
        let mut sim = key_with_pin();
        assert_eq!(try_pin(&mut sim, "0000"), 0x31);
        assert_eq!(retries(&mut sim), (7, false));
        assert_eq!(change_pin(&mut sim, PIN, &new), status);
        assert_eq!(retries(&mut sim), (8, false));
        assert_eq!(try_pin(&mut sim, PIN), 0x00, "it is still the PIN");
    }
}

/// Covers: TOK-04, PP-23, TOK-14
#[test]
fn cp10_a_token_registers_and_signs_in() {
    for (protocol, length) in [(1, 32), (2, 48)] {
        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, protocol);
        let reply = sim.send(&platform.pin_token(PIN));
        assert_eq!(reply.status, 0x00);
        assert_eq!(reply.member(0x02).unwrap().as_bytes().unwrap().len(), length);
        let token = platform.token(&reply).unwrap();

        let registered = sim.send(&token.proves(make_credential(SITE, b"user").option("rk", true)));
        assert_eq!(registered.status, 0x00);
        assert!(registered.auth_data().unwrap().uv());
        assert_eq!(sim.send(&token.proves(get_assertion(SITE))).status, 0x33, "the touch has used it up");

        let platform = Platform::connect(&mut sim, protocol);
        let reply = sim.send(&platform.pin_token(PIN));
        let token = platform.token(&reply).unwrap();
        let signed_in = sim.send(&token.proves(get_assertion(SITE)));
        assert_eq!(signed_in.status, 0x00);
        assert!(signed_in.auth_data().unwrap().uv());
    }
}

/// Covers: TOK-01
#[test]
fn cp10_where_pins_are_not_for_signing_in_the_token_is_good_for_nothing() {
    let rules = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let mut sim = with_pin(Profile { client_pin: Some(rules), ..security_key() });
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&platform.pin_token(PIN));
    assert_eq!(reply.status, 0x00);
    let token = platform.token(&reply).unwrap();
    assert_eq!(sim.send(&token.proves(make_credential(SITE, b"user"))).status, 0x33);
}

/// Covers: TOK-02
#[test]
fn cp11_a_token_is_good_for_its_permission_and_its_site() {
    let mut sim = key_with_pin();
    let register = make_credential(SITE, b"user").option("rk", true);
    let wrong = token(&mut sim, GA);
    assert_eq!(sim.send(&wrong.proves(register.clone())).status, 0x33, "another permission");
    let right = token(&mut sim, MC);
    assert_eq!(sim.send(&right.proves(make_credential("example.org", b"user"))).status, 0x33, "another site");
    assert_eq!(sim.send(&right.proves(register)).status, 0x00);
    let both = token(&mut sim, MC | GA);
    assert_eq!(sim.send(&both.proves(get_assertion(SITE))).status, 0x00);
}

/// Covers: TOK-05
#[test]
fn cp11_each_token_ends_the_one_before_whatever_its_protocol() {
    let mut sim = key_with_pin();
    let first = token(&mut sim, MC);
    let platform = Platform::connect(&mut sim, 1);
    let reply = sim.send(&platform.token_for(PIN, MC, Some(SITE)));
    let second = platform.token(&reply).unwrap();
    assert_eq!(sim.send(&first.proves(make_credential(SITE, b"user"))).status, 0x33);
    assert_eq!(sim.send(&second.proves(make_credential(SITE, b"user"))).status, 0x00);
}

/// Covers: TOK-01
#[test]
fn cp11_permissions_are_given_by_what_is_supported() {
    let no_mc_ga = PinRules { no_mc_ga_permissions: true, ..PinRules::default() };
    let bare = without_settings();
    let not_for_sites = Profile { client_pin: Some(no_mc_ga), ..security_key() };
    let cases = [
        (security_key(), MC, 0x00),
        (security_key(), MC | GA | CM | ACFG, 0x00),
        (security_key(), BE, 0x40),
        (security_key(), MC | BE, 0x40),
        (security_key(), LBW, 0x00),
        (Profile { large_blobs: LargeBlobStorage::None, ..security_key() }, LBW, 0x40),
        (security_key(), PCMR, 0x00),
        (security_key(), PCMR | CM, 0x40),
        (security_key(), PCMR | MC, 0x40),
        // Bits that mean nothing are left out, but they are not nothing.
        (security_key(), 0x80, 0x00),
        (security_key(), CM | 0xFF00, 0x00),
        (security_key(), PCMR | 0x80, 0x00),
        (security_key(), 0, 0x02),
        (bare.clone(), MC, 0x00),
        (bare.clone(), CM, 0x40),
        (bare.clone(), ACFG, 0x40),
        (bare, PCMR, 0x40),
        (not_for_sites.clone(), MC, 0x40),
        (not_for_sites.clone(), GA | CM, 0x40),
        (not_for_sites, CM, 0x00),
    ];
    for (profile, permissions, status) in cases {
        let mut sim = with_pin(profile);
        let platform = Platform::connect(&mut sim, 2);
        let reply = sim.send(&platform.token_for(PIN, permissions, Some(SITE)));
        assert_eq!(reply.status, status, "{permissions:#04x}");
        assert_eq!(retries(&mut sim), (8, false));
    }
}

#[test]
fn cp11a_a_token_for_sites_names_one() {
    for (permissions, status) in [(MC, 0x14), (GA, 0x14), (GA | CM, 0x14), (CM, 0x00), (ACFG, 0x00)] {
        let mut sim = key_with_pin();
        let platform = Platform::connect(&mut sim, 2);
        let reply = sim.send(&platform.token_for(PIN, permissions, None));
        assert_eq!(reply.status, status, "{permissions:#04x}");
    }
}

#[test]
fn cp11_tok19_the_persistent_token_stays_until_the_pin_is_another() {
    let mut sim = key_with_pin();
    let persistent = |sim: &mut Sim, pin| {
        let platform = Platform::connect(sim, 2);
        let reply = sim.send(&platform.token_for(pin, PCMR, None));
        platform.token(&reply).unwrap()
    };
    let first = persistent(&mut sim, PIN);
    let usual = token(&mut sim, MC);
    assert_eq!(persistent(&mut sim, PIN), first);
    assert_eq!(
        sim.send(&usual.proves(make_credential(SITE, b"user"))).status,
        0x00,
        "it ends no other token"
    );
    unplug(&mut sim);
    assert_eq!(persistent(&mut sim, PIN), first, "it survives the power");
    assert_eq!(
        sim.send(&first.proves(make_credential(SITE, b"user"))).status,
        0x33,
        "it is for nothing else"
    );

    assert_eq!(change_pin(&mut sim, PIN, "5678"), 0x00);
    let second = persistent(&mut sim, "5678");
    assert_ne!(second, first);
    assert_eq!(change_pin(&mut sim, "5678", PIN), 0x00);
    assert!(![first, second].contains(&persistent(&mut sim, PIN)), "none comes back");
}

#[test]
fn pp02_the_platforms_key_must_be_a_point_of_p_256() {
    let mut sim = key();
    let platform = Platform::connect(&mut sim, 2);
    let good = platform.set_pin(PIN);
    let spoil = |label: i64, value: Option<Value>| {
        let pairs = platform.key_agreement.as_map().unwrap().iter().cloned();
        let mut pairs: Vec<_> = pairs.filter(|(key, _)| *key != Value::from(label)).collect();
        pairs.extend(value.map(|value| (Value::from(label), value)));
        good.clone().with(0x03, authenticator_testkit::cbor::map(pairs))
    };
    let y = at(&platform.key_agreement, -3).unwrap().as_bytes().unwrap().clone();
    let bad = [
        spoil(-2, Some(bytes(&[0; 32]))),
        spoil(-2, Some(bytes(&y))),
        spoil(-3, Some(bytes(&y[1..]))),
        spoil(-3, Some(bytes(&[&[0], y.as_slice()].concat()))),
        spoil(-3, None),
        spoil(-2, None),
    ];
    for request in bad {
        assert_eq!(sim.send(&request).status, 0x02, "{request:?}");
    }
    for (label, value) in [(-2, "x"), (1, "2"), (3, "4"), (-1, "1")] {
        assert_eq!(sim.send(&spoil(label, Some(Value::from(value)))).status, 0x11);
    }
    // Whatever else it says of itself, and whether it does.
    let tolerated =
        [(3, Some(-7)), (3, None), (1, Some(1)), (1, None), (-1, Some(2)), (-1, None), (-4, Some(1))];
    for (label, value) in tolerated {
        let mut sim = key();
        let request = spoil(label, value.map(Value::from)).with(0x04, bytes(&[0; 32]));
        assert_eq!(sim.send(&request).status, 0x33, "it is a point: {label} {value:?}");
    }
    assert_eq!(sim.send(&spoil(3, Some(Value::from(-7)))).status, 0x00);
}

#[test]
fn cp08_a_pin_that_must_be_changed_must_become_another() {
    let mut sim = key_with_pin();
    assert_eq!(try_pin(&mut sim, "0000"), 0x31);
    force_change(&mut sim);
    assert_eq!(try_pin(&mut sim, "0000"), 0x31);
    assert_eq!(change_pin(&mut sim, PIN, PIN), 0x37);
    assert_eq!(retries(&mut sim), (8, false), "it was the PIN");
    unplug(&mut sim);
    assert_eq!(change_pin(&mut sim, PIN, PIN), 0x37);
    assert_eq!(change_pin(&mut sim, PIN, "5678"), 0x00);
    assert_eq!(try_pin(&mut sim, "5678"), 0x00);
    assert_eq!(change_pin(&mut sim, "5678", "5678"), 0x00, "it was changed");
}

#[test]
fn cp10_cp11_a_pin_that_must_be_changed_gives_no_token_and_its_attempts_back() {
    let mut sim = key_with_pin();
    force_change(&mut sim);
    for round in 0..4 {
        let platform = Platform::connect(&mut sim, 2);
        let (request, status) = match round % 2 {
            0 => (platform.pin_token(PIN), 0x31),
            _ => (platform.token_for(PIN, MC, Some(SITE)), 0x37),
        };
        assert_eq!(sim.send(&request).status, status);
        assert_eq!(retries(&mut sim), (8, false));
        // It was right, so the key stays.
        assert_eq!(sim.send(&request).status, status);
    }
}

#[test]
fn cp05_the_minimum_that_was_raised_counts() {
    let mut sim = key_with_pin();
    set_min_pin_length(&mut sim, [(0x01, Value::from(6))]);
    // The PIN is too short now.
    assert_eq!(try_pin(&mut sim, PIN), 0x31);
    for (new, status) in [("56789", 0x37), ("567890", 0x00)] {
        assert_eq!(change_pin(&mut sim, PIN, new), status);
    }
    assert_eq!(try_pin(&mut sim, "567890"), 0x00);
}

#[test]
fn cp06_cp08_the_policy_refuses_simple_pins_once_it_is_on() {
    let rules = PinRules { complexity_policy: true, ..PinRules::default() };
    let mut sim = Sim::new(Profile { client_pin: Some(rules), ..security_key() });
    assert_eq!(set_pin(&mut sim, PIN), 0x00, "it is off at first");
    set_min_pin_length(&mut sim, [(0x04, Value::from(true))]);
    for (new, status) in [("0000", 0x37), ("56789", 0x37), ("dcba", 0x37), ("1357", 0x00)] {
        assert_eq!(change_pin(&mut sim, PIN, new), status, "{new}");
    }
}

/// Covers: ST-07
#[test]
fn cp03_a_pin_command_discards_what_was_remembered() {
    let mut sim = key();
    for user in [b"one", b"two"] {
        assert_eq!(sim.send(&make_credential(SITE, user).option("rk", true)).status, 0x00);
    }
    assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
    retries(&mut sim);
    assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
}

/// Covers: RST-05, PP-01, CP-14
#[test]
fn rst05_a_reset_takes_the_pin_and_the_keys() {
    let mut sim = key_with_pin();
    let request = client_pin(subcommand::KEY_AGREEMENT).with(0x01, 2);
    let (before, token) = (sim.send(&request).raw, token(&mut sim, MC));
    assert_eq!(try_pin(&mut sim, "0000"), 0x31);
    assert_eq!(sim.send_bytes(&[0x07]).status, 0x00);
    assert_ne!(sim.send(&request).raw, before);
    assert_eq!(retries(&mut sim), (8, false));
    assert_eq!(try_pin(&mut sim, PIN), 0x35);
    assert_eq!(set_pin(&mut sim, "5678"), 0x00);
    assert_eq!(sim.send(&token.proves(make_credential(SITE, b"user"))).status, 0x33);
}
