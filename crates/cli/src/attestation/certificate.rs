//! What WebAuthn wants of an attestation certificate (WebAuthn L3 §8.2.1), and the key that belongs to it.

use super::der::{
    BIT_STRING, BOOLEAN, Element, INTEGER, OBJECT, OCTET_STRING, PRINTABLE, SEQUENCE, elements, split,
};
use p256::ecdsa::SigningKey;

const COUNTRY: &[u8] = b"\x55\x04\x06";
const ORGANIZATION: &[u8] = b"\x55\x04\x0A";
const UNIT: &[u8] = b"\x55\x04\x0B";
const COMMON_NAME: &[u8] = b"\x55\x04\x03";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1D\x13";
/// id-fido-gen-ce-aaguid, 1.3.6.1.4.1.45724.1.1.4.
const AAGUID: &[u8] = b"\x2B\x06\x01\x04\x01\x82\xE5\x1C\x01\x01\x04";
const EC_PUBLIC_KEY: &[u8] = b"\x2A\x86\x48\xCE\x3D\x02\x01";
const P256: &[u8] = b"\x2A\x86\x48\xCE\x3D\x03\x01\x07";

/// The only organizational unit there is for this.
const ATTESTATION: &str = "Authenticator Attestation";

/// The parts of a certificate.
struct Parts<'a> {
    version: Option<&'a [u8]>,
    issuer: &'a [u8],
    subject: Element<'a>,
    key: Element<'a>,
    extensions: Vec<Extension<'a>>,
}

struct Extension<'a> {
    id: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

/// The point of its key, if a site may take it for the certificate of a model with this AAGUID. Dates are the site's business.
pub(super) fn check<'a>(certificate: &'a [u8], aaguid: &[u8; 16]) -> Result<&'a [u8], String> {
    let parts = parts(certificate).ok_or("the first certificate is broken")?;
    if parts.version != Some(&[2]) {
        return Err("the first certificate's version is not 3".to_owned());
    }
    check_subject(&parts)?;
    let find = |id| parts.extensions.iter().find(|extension| extension.id == id);
    let constraints = find(BASIC_CONSTRAINTS).ok_or("the first certificate has no Basic Constraints")?;
    let (constraints, _) = split(constraints.value).ok_or("its Basic Constraints are broken")?;
    let is_authority = constraints.inside(SEQUENCE).is_none_or(|inside| {
        inside.first().and_then(|first| first.tagged(BOOLEAN)).is_some_and(|value| value != [0])
    });
    if is_authority {
        return Err("the first certificate is one of an authority (CA)".to_owned());
    }
    let model = find(AAGUID).ok_or("the first certificate has no AAGUID (1.3.6.1.4.1.45724.1.1.4)")?;
    if model.critical {
        return Err("the first certificate's AAGUID is marked critical".to_owned());
    }
    let named = split(model.value).filter(|(_, rest)| rest.is_empty());
    let named = named.and_then(|(inner, _)| inner.tagged(OCTET_STRING)).unwrap_or_default();
    if named != aaguid {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        return Err(format!(
            "the first certificate is for the AAGUID {}, and this device has {}",
            hex(named),
            hex(aaguid)
        ));
    }
    point(parts.key).ok_or_else(|| "the first certificate's key is not one of P-256".to_owned())
}

fn check_subject(parts: &Parts<'_>) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("the first certificate's subject {what}"));
    let country = attribute(parts.subject, COUNTRY);
    let is_country = |country: Element<'_>| {
        country.tag == PRINTABLE
            && country.content.len() == 2
            && country.content.iter().all(u8::is_ascii_alphabetic)
    };
    if !country.is_some_and(is_country) {
        return wrong("has no country (C) of two letters");
    }
    if attribute(parts.subject, ORGANIZATION).is_none_or(|name| name.content.is_empty()) {
        return wrong("has no organization (O)");
    }
    if attribute(parts.subject, UNIT).is_none_or(|unit| unit.content != ATTESTATION.as_bytes()) {
        return wrong(&format!("has another organizational unit (OU) than \"{ATTESTATION}\""));
    }
    if attribute(parts.subject, COMMON_NAME).is_none_or(|name| name.content.is_empty()) {
        return wrong("has no common name (CN)");
    }
    Ok(())
}

/// Whether this one's issuer is that one's subject. What is signed is not verified: that is for the sites.
pub(super) fn is_issued_by(certificate: &[u8], above: &[u8]) -> bool {
    let issuer = parts(certificate).map(|parts| parts.issuer);
    issuer.is_some() && issuer == parts(above).map(|parts| parts.subject.whole)
}

fn parts(certificate: &[u8]) -> Option<Parts<'_>> {
    let (certificate, rest) = split(certificate)?;
    if !rest.is_empty() {
        return None;
    }
    let signed = *certificate.inside(SEQUENCE)?.first()?;
    let mut fields = signed.inside(SEQUENCE)?.into_iter().peekable();
    let version = fields.next_if(|field| field.tag == 0xA0);
    let version = version.and_then(|version| split(version.content)?.0.tagged(INTEGER));
    let (_serial, _algorithm, issuer) = (fields.next()?, fields.next()?, fields.next()?);
    let (_validity, subject, key) = (fields.next()?, fields.next()?, fields.next()?);
    let extensions = match fields.find(|field| field.tag == 0xA3) {
        None => Vec::new(),
        Some(field) => {
            split(field.content)?.0.inside(SEQUENCE)?.into_iter().map(extension).collect::<Option<_>>()?
        }
    };
    Some(Parts { version, issuer: issuer.whole, subject, key, extensions })
}

fn extension(element: Element<'_>) -> Option<Extension<'_>> {
    let mut fields = element.inside(SEQUENCE)?.into_iter().peekable();
    let id = fields.next()?.tagged(OBJECT)?;
    let critical = fields.next_if(|field| field.tag == BOOLEAN).is_some_and(|field| field.content != [0]);
    Some(Extension { id, critical, value: fields.next()?.tagged(OCTET_STRING)? })
}

/// The value of this attribute of a name.
fn attribute<'a>(name: Element<'a>, id: &[u8]) -> Option<Element<'a>> {
    let sets = name.inside(SEQUENCE)?;
    sets.into_iter().filter_map(|set| elements(set.content)).flatten().find_map(|attribute| {
        let [kind, value] = attribute.inside(SEQUENCE)?.try_into().ok()?;
        (kind.tagged(OBJECT)? == id).then_some(value)
    })
}

/// The uncompressed point of a public key of P-256.
fn point(key: Element<'_>) -> Option<&[u8]> {
    let [algorithm, point] = key.inside(SEQUENCE)?.try_into().ok()?;
    let [kind, curve] = algorithm.inside(SEQUENCE)?.try_into().ok()?;
    let point = point.tagged(BIT_STRING)?.strip_prefix(&[0])?;
    (kind.tagged(OBJECT)? == EC_PUBLIC_KEY && curve.tagged(OBJECT)? == P256).then_some(point)
}

/// A key of P-256 in PKCS#8 (RFC 5208, RFC 5915).
pub(super) fn private_key(bytes: &[u8]) -> Option<SigningKey> {
    let (info, rest) = split(bytes)?;
    let fields = info.inside(SEQUENCE).filter(|_| rest.is_empty())?;
    let [_version, algorithm, key, ..] = fields.as_slice() else { return None };
    let [kind, curve] = algorithm.inside(SEQUENCE)?.try_into().ok()?;
    let (key, _) = split(key.tagged(OCTET_STRING)?)?;
    let fields = key.inside(SEQUENCE)?;
    let [_version, scalar, ..] = fields.as_slice() else { return None };
    if kind.tagged(OBJECT)? != EC_PUBLIC_KEY || curve.tagged(OBJECT)? != P256 {
        return None;
    }
    SigningKey::from_slice(scalar.tagged(OCTET_STRING)?).ok()
}
