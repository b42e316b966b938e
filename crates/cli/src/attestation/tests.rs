use super::*;
use crate::open::AAGUID;
use std::path::PathBuf;

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/attestation").join(name)
}

fn files(chain: &Path, key: &Path) -> args::Certified {
    args::Certified { chain: chain.to_owned(), key: key.to_owned() }
}

fn chain() -> Vec<Vec<u8>> {
    sections(&vector("chain.pem"), "CERTIFICATE").unwrap().iter().map(|one| one.to_vec()).collect()
}

/// The first certificate, with one occurrence of these bytes in place of others.
fn changed(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut leaf = chain().remove(0);
    // The issuer's name comes before the subject's.
    let place = leaf.windows(from.len()).rposition(|window| window == from).unwrap();
    leaf[place..place + to.len()].copy_from_slice(to);
    leaf
}

#[test]
fn a_chain_and_its_key_are_taken() {
    let (found, key) = load(&files(&vector("chain.pem"), &vector("key.pem")), &AAGUID).unwrap();
    assert_eq!(found, chain());
    assert_eq!(found.len(), 2);
    let point = certificate::check(&found[0], &AAGUID).unwrap();
    assert_eq!(key.verifying_key().to_sec1_point(false).as_bytes(), point);
}

#[test]
fn at03_a_certificate_that_sites_would_refuse_is_refused_with_the_reason() {
    for (from, to, problem) in [
        (&b"\xA0\x03\x02\x01\x02"[..], &b"\xA0\x03\x02\x01\x01"[..], "version is not 3"),
        (b"\x55\x04\x06\x13\x02", b"\x55\x04\x06\x0C\x02", "has no country (C) of two letters"),
        (b"\x55\x04\x06\x13\x02AT", b"\x55\x04\x06\x13\x02A1", "has no country (C) of two letters"),
        (b"\x55\x04\x06\x13", b"\x55\x04\x05\x13", "has no country (C) of two letters"),
        (b"\x55\x04\x0A", b"\x55\x04\x0D", "has no organization (O)"),
        (b"Authenticator Attestation", b"authenticator attestation", "another organizational unit (OU)"),
        (b"\x55\x04\x03", b"\x55\x04\x04", "has no common name (CN)"),
        (b"\x55\x1D\x13", b"\x55\x1D\x14", "has no Basic Constraints"),
        (b"\x82\xE5\x1C\x01\x01\x04", b"\x82\xE5\x1C\x01\x01\x05", "has no AAGUID"),
        (b"\x04\x12\x04\x10", b"\x04\x12\x04\x0F", "is for the AAGUID "),
        (b"\x2A\x86\x48\xCE\x3D\x03\x01\x07", b"\x2A\x86\x48\xCE\x3D\x03\x01\x08", "is not one of P-256"),
        (b"\x30\x82", b"\x31\x82", "is broken"),
    ] {
        let from_front = from == b"\x30\x82";
        let leaf = if from_front { [to, &chain().remove(0)[2..]].concat() } else { changed(from, to) };
        let found = certificate::check(&leaf, &AAGUID).unwrap_err();
        assert!(found.contains(problem), "{problem}: {found}");
    }
    let authority = chain().remove(1);
    let mut named = authority.clone();
    // It is not asked whether it is an authority before its name is in order.
    assert!(certificate::check(&named, &AAGUID).unwrap_err().contains("another organizational unit"));
    named.truncate(40);
    assert!(certificate::check(&named, &AAGUID).unwrap_err().contains("is broken"));
}

#[test]
fn at03_an_authority_and_a_critical_aaguid_are_refused() {
    for (name, problem) in [
        ("leaf-ca.pem", "the first certificate is one of an authority (CA)"),
        ("leaf-critical.pem", "the first certificate's AAGUID is marked critical"),
    ] {
        let found = load(&files(&vector(name), &vector("key.pem")), &AAGUID).unwrap_err().to_string();
        assert!(found.contains(problem), "{name}: {found}");
    }
}

/// They are good on machines whose clock is late, and for long.
#[test]
fn the_certificates_are_valid_from_2020_to_2119() {
    for name in ["chain.pem", "leaf-ca.pem", "leaf-critical.pem", "root.pem", "other-root.pem"] {
        for one in sections(&vector(name), "CERTIFICATE").unwrap() {
            let dates = b"\x17\x0D200101000000Z\x18\x0F21191231235959Z";
            assert!(one.windows(dates.len()).any(|window| window == dates), "{name}");
        }
    }
}

#[test]
fn at03_another_model_s_certificate_is_refused_with_both_aaguids() {
    let found = certificate::check(&chain()[0], &[0xAB; 16]).unwrap_err();
    assert!(found.contains("8efbf678f62b9e8f721aadd39f7a723f"), "{found}");
    assert!(found.contains("abababababababababababababababab"), "{found}");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let text = |name| std::fs::read_to_string(vector(name)).unwrap();
    // Its scalar stands before the public key, which is not read.
    let mut key = sections(&vector("key.pem"), "PRIVATE KEY").unwrap().remove(0).to_vec();
    key[50] ^= 1;
    let encoded = base64url::encode(&key);
    let other = format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n");
    let alone = text("chain.pem").split_inclusive("-----END CERTIFICATE-----\n").next().unwrap().to_owned();
    let none = write("none", String::new());
    let not_above = write("not-above", format!("{alone}{}", text("root.pem")));
    let cut = write("cut", text("chain.pem").replace("-----END CERTIFICATE-----", ""));
    let strange = write("strange", other);
    let long = write("long", format!("{}{}", text("chain.pem"), "\n".repeat(64 * 1_024)));
    for (chain, key, problem) in [
        (&none, &vector("key.pem"), "there is no certificate in it"),
        (&vector("chain.pem"), &none, "there is no P-256 key in PKCS#8 in it"),
        (&vector("chain.pem"), &strange, "the key is not that of the first certificate"),
        (&not_above, &vector("key.pem"), "a certificate is not followed by its issuer's"),
        (&cut, &vector("key.pem"), "a section is broken"),
        (&long, &vector("key.pem"), "has more than 64 KiB"),
        (&folder.path().join("absent"), &none, "cannot be read: entity not found"),
    ] {
        let found = load(&files(chain, key), &AAGUID).unwrap_err().to_string();
        assert!(found.contains(problem), "{problem}: {found}");
    }
}

#[test]
fn nothing_of_a_certificate_makes_its_reading_fail_badly() {
    let leaf = chain().remove(0);
    for end in 0..leaf.len() {
        assert!(certificate::check(&leaf[..end], &AAGUID).is_err());
        let mut flipped = leaf.clone();
        flipped[end] ^= 0xFF;
        // Whatever it says.
        let _ = certificate::check(&flipped, &AAGUID);
        let _ = certificate::private_key(&flipped);
    }
}
