//! Published vectors: those of other authenticators, of WebAuthn, and wycheproof's. Where is in `test-vectors/README.md`.

extern crate std;

use super::{Scripted, agreed_with};
use crate::extension::hmac_secret;
use crate::pin::agreement::{InvalidPoint, KeyAgreement, PlatformKey};
use crate::pin::{Protocol, SharedSecret};
use crate::secret::Secret;
use authenticator_testkit::SeededRng;
use authenticator_testkit::vectors::{Hex, cases};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::string::String;
use std::{vec, vec::Vec};
use wycheproof::{TestResult, ecdh};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors");

/// A key pair whose private half is this.
fn key_pair(scalar: &Hex) -> KeyAgreement {
    let mut agreement = KeyAgreement::empty();
    let _ = agreement.public_key(&mut Scripted(scalar.0.clone()));
    agreement
}

fn protocol(number: u64) -> Protocol {
    Protocol::from_number(number).unwrap()
}

fn decrypted(shared: &SharedSecret, ciphertext: &Hex) -> Vec<u8> {
    let mut out = vec![0; ciphertext.0.len()];
    let length = shared.decrypt(&ciphertext.0, &mut out).unwrap();
    out.truncate(length);
    out
}

fn encrypted(shared: &SharedSecret, iv: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut out = vec![0; plaintext.len() + 16];
    let length = shared.encrypt(&mut Scripted(iv.to_vec()), plaintext, &mut out).unwrap();
    out.truncate(length);
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinVector {
    expect: String,
    protocol: u64,
    platform_private_key: Hex,
    platform_public_x: Hex,
    platform_public_y: Hex,
    authenticator_public_x: Hex,
    authenticator_public_y: Hex,
    shared_secret: Hex,
    pin: String,
    new_pin: Option<String>,
    pin_hash_enc: Option<Hex>,
    new_pin_enc: Option<Hex>,
    pin_uv_auth_param: Option<Hex>,
    token: Option<Hex>,
    token_enc: Option<Hex>,
}

/// The vectors have the platform's private key and not the authenticator's; what they agree on is the same from either side.
#[test]
fn pp10_pp11_pp12_protocol_one_is_that_of_the_published_vectors() {
    let all = cases::<PinVector>(std::format!("{FOLDER}/pin-protocol"));
    assert_eq!(all.len(), 3);
    for (name, case) in all {
        assert_eq!(case.expect, "this secret, and these bytes under it");
        let mut own = key_pair(&case.platform_private_key);
        let public = *own.public_key(&mut SeededRng::new(1));
        assert_eq!(
            (public.x, public.y),
            (case.platform_public_x.array(), case.platform_public_y.array()),
            "{name}"
        );
        let peer = [&case.authenticator_public_x.0, &case.authenticator_public_y.0].map(Vec::as_slice);
        let shared = agreed_with(&mut own, protocol(case.protocol), peer);
        assert_eq!(shared.cipher_key.expose(), &case.shared_secret.array(), "{name}");

        let pin_hash = &Sha256::digest(case.pin.as_bytes())[..16];
        if let Some(sent) = &case.pin_hash_enc {
            assert_eq!(decrypted(&shared, sent), pin_hash, "{name}");
        }
        if let Some(sent) = &case.new_pin_enc {
            let mut padded = case.new_pin.as_ref().unwrap_or(&case.pin).clone().into_bytes();
            padded.resize(64, 0);
            assert_eq!(decrypted(&shared, sent), padded, "{name}");
        }
        if let Some(signature) = &case.pin_uv_auth_param {
            let parts: Vec<_> = [&case.new_pin_enc, &case.pin_hash_enc].into_iter().flatten().collect();
            let parts: Vec<_> = parts.iter().map(|part| part.0.as_slice()).collect();
            assert!(shared.verify(&parts, &signature.0), "{name}");
            assert!(!shared.verify(&parts, &[0; 16]), "{name}");
        }
        assert_eq!(case.token.is_some(), case.token_enc.is_some(), "{name}");
        if let (Some(token), Some(sent)) = (&case.token, &case.token_enc) {
            assert_eq!(encrypted(&shared, &[], &token.0), sent.0, "{name}");
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrfVector {
    expect: String,
    protocol: u64,
    platform_key_agreement_private_key: Hex,
    authenticator_key_agreement_public_x: Hex,
    authenticator_key_agreement_public_y: Hex,
    authenticator_cred_random: Hex,
    authenticator_key_agreement_private_key: Hex,
    prf_eval_first: Hex,
    prf_eval_second: Option<Hex>,
    shared_secret: Hex,
    salt1: Hex,
    salt2: Option<Hex>,
    salt_enc: Hex,
    output1: Hex,
    output2: Option<Hex>,
    output_enc: Hex,
    prf_results_first: Hex,
    prf_results_second: Option<Hex>,
}

/// The secret agreed on, the salts under it, and the outputs under it.
#[test]
fn hs06_hs07_pp10_pp11_pp20_pp21_both_protocols_are_those_of_the_prf_vectors() {
    let all = cases::<PrfVector>(std::format!("{FOLDER}/prf-hmac-secret"));
    assert_eq!(all.len(), 3);
    for (name, case) in all {
        assert_eq!(case.expect, "this secret, and these bytes under it");
        let mut own = key_pair(&case.authenticator_key_agreement_private_key);
        let public = *own.public_key(&mut SeededRng::new(1));
        let published =
            (&case.authenticator_key_agreement_public_x, &case.authenticator_key_agreement_public_y);
        assert_eq!((public.x, public.y), (published.0.array(), published.1.array()), "{name}");

        let platform = *key_pair(&case.platform_key_agreement_private_key).public_key(&mut SeededRng::new(1));
        let shared = agreed_with(&mut own, protocol(case.protocol), [&platform.x, &platform.y]);
        let keys = [shared.hmac_key.expose().as_slice(), shared.cipher_key.expose()].concat();
        // Protocol one has one key for both purposes.
        assert_eq!(keys[keys.len() - case.shared_secret.0.len()..], case.shared_secret.0, "{name}");

        let salts = [Some(&case.salt1), case.salt2.as_ref()].into_iter().flatten();
        let inputs = [Some(&case.prf_eval_first), case.prf_eval_second.as_ref()].into_iter().flatten();
        let outputs = [Some(&case.output1), case.output2.as_ref()].into_iter().flatten();
        let results = [Some(&case.prf_results_first), case.prf_results_second.as_ref()].into_iter().flatten();
        assert!(results.eq(outputs.clone()), "{name}: what the site gets is what the authenticator made");
        for ((input, salt), output) in inputs.zip(salts.clone()).zip(outputs.clone()) {
            // WebAuthn L3 §10.1.4: what the client makes of the site's input.
            let hash = Sha256::new().chain_update(b"WebAuthn PRF\0").chain_update(&input.0).finalize();
            assert_eq!(hash[..], salt.0, "{name}");
            assert_eq!(output.0.len(), 32, "{name}");
        }
        let mut secrets = Secret::new([0; 64]);
        let cred_random = Secret::new(case.authenticator_cred_random.array());
        let given = salts.clone().map(|salt| salt.0.as_slice());
        let length = hmac_secret::under(&cred_random, given, &mut secrets).unwrap();
        let made = outputs.clone().flat_map(|output| output.0.clone()).collect::<Vec<_>>();
        assert_eq!(secrets.expose()[..length], made, "{name}");
        let joined = |parts: Vec<&Hex>| parts.into_iter().flat_map(|part| part.0.clone()).collect::<Vec<_>>();
        let iv = if case.protocol == 2 { 16 } else { 0 };
        for (plaintext, sent) in
            [(joined(salts.collect()), &case.salt_enc), (joined(outputs.collect()), &case.output_enc)]
        {
            assert_eq!(decrypted(&shared, sent), plaintext, "{name}");
            assert_eq!(encrypted(&shared, &sent.0[..iv], &plaintext), sent.0, "{name}");
        }
    }
}

/// A big-endian number as 32 bytes; wycheproof writes it with a sign, and without leading zeros. `None`: it is longer.
fn fixed(number: &[u8]) -> Option<[u8; 32]> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let number = &number[start..];
    let mut bytes = [0; 32];
    bytes.get_mut(32_usize.checked_sub(number.len())?..)?.copy_from_slice(number);
    Some(bytes)
}

/// Through our key agreement, as far as a COSE key can say what wycheproof has: both coordinates, whatever they are. `head`
/// is what comes before them. Says how often there was agreement and how often none.
fn judged(name: ecdh::TestName, head: &[u8]) -> (usize, usize) {
    let set = ecdh::TestSet::load(name).unwrap();
    let (mut agreed, mut refused, mut inexpressible) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let point = test.public_key.strip_prefix(head).filter(|point| point.len() == 64);
        let Some((x, y)) = point.map(|point| point.split_at(32)) else {
            inexpressible += 1;
            continue;
        };
        let mut own = key_pair(&Hex(fixed(&test.private_key).unwrap().to_vec()));
        let mut shared = SharedSecret::empty();
        let outcome =
            own.decapsulate(&mut SeededRng::new(1), Protocol::One, &PlatformKey { x, y }, &mut shared);
        let case = std::format!("{name:?} {}: {}", test.tc_id, test.comment);
        match test.result {
            TestResult::Valid => assert_eq!(outcome, Ok(()), "{case}"),
            TestResult::Invalid => assert_eq!(outcome, Err(InvalidPoint), "{case}"),
            // To refuse it is right, and so is to agree on what is there.
            TestResult::Acceptable => {}
        }
        if outcome.is_err() {
            refused += 1;
            continue;
        }
        // Protocol one's key is the hash of the coordinate agreed on.
        let hash = Sha256::digest(&test.shared_secret[..]);
        assert_eq!(shared.cipher_key.expose()[..], hash[..], "{case}");
        agreed += 1;
    }
    assert_eq!(agreed + refused + inexpressible, set.number_of_tests);
    (agreed, refused)
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of point multiplications")]
fn pp02_pp03_ecdh_is_wycheproof_s() {
    let (agreed, refused) = judged(ecdh::TestName::EcdhSecp256r1Ecpoint, &[0x04]);
    assert!(agreed > 200 && refused > 0, "{agreed} agreed, {refused} refused");
}

/// The same with keys in DER, of which a platform would send the coordinates; whatever is no such key it cannot send.
#[test]
#[cfg_attr(miri, ignore = "hundreds of point multiplications")]
fn pp02_pp03_ecdh_is_wycheproof_s_with_keys_in_der() {
    /// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 ‖
    const HEAD: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    let (agreed, refused) = judged(ecdh::TestName::EcdhSecp256r1, HEAD);
    assert!(agreed > 200 && refused > 0, "{agreed} agreed, {refused} refused");
}
