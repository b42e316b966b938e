//! What a request asks of the extensions. Of those that are not known here nothing is read (MC-24).

use super::client_pin::key_agreement;
use super::{Missing, RequestError};
use crate::cbor::Value;
use crate::credential::CredProtect;
use crate::extension::{
    AssertionExtensions, LargeBlobRequest, LargeBlobSupport, RegistrationExtensions, Salts, SealedSalts,
};

/// What a registration asks, before the level of credProtect is judged: that comes after everything's type (GEN-18).
#[derive(Default)]
pub(super) struct Asked<'a> {
    extensions: RegistrationExtensions<'a>,
    cred_protect: Option<u64>,
}

impl<'a> Asked<'a> {
    /// CPR-04.
    pub(super) fn judge(self) -> Result<RegistrationExtensions<'a>, RequestError> {
        let level = |number| CredProtect::from_level(number).ok_or(RequestError::CredProtect);
        Ok(RegistrationExtensions {
            cred_protect: self.cred_protect.map(level).transpose()?,
            ..self.extensions
        })
    }
}

pub(super) fn registration<'a>(value: Value<'a>, missing: &mut Missing) -> Result<Asked<'a>, RequestError> {
    let Asked { extensions: mut asked, mut cred_protect } = Asked::default();
    for (key, value) in value.map()? {
        match key.text() {
            Ok("credBlob") => asked.cred_blob = Some(value.bytes()?),
            Ok("credProtect") => cred_protect = Some(value.unsigned()?),
            Ok("hmac-secret") => asked.hmac_secret = value.boolean()?,
            Ok("hmac-secret-mc") => asked.hmac_secret_mc = Some(salts(value, missing)?),
            Ok("largeBlob") => {
                asked.large_blob = Some(large_blob_support(value).ok_or(RequestError::LargeBlob)?);
            }
            Ok("largeBlobKey") => asked.large_blob_key = Some(value.boolean()?),
            Ok("minPinLength") => asked.min_pin_length = value.boolean()?,
            Ok("pinComplexityPolicy") => asked.pin_complexity_policy = value.boolean()?,
            Ok("thirdPartyPayment") => asked.third_party_payment = value.boolean()?,
            _ => {}
        }
    }
    Ok(Asked { extensions: asked, cred_protect })
}

pub(super) fn assertion<'a>(
    value: Value<'a>,
    missing: &mut Missing,
) -> Result<AssertionExtensions<'a>, RequestError> {
    let mut asked = AssertionExtensions::default();
    for (key, value) in value.map()? {
        match key.text() {
            Ok("credBlob") => asked.cred_blob = value.boolean()?,
            Ok("hmac-secret") => asked.hmac_secret = Some(salts(value, missing)?),
            Ok("largeBlob") => {
                asked.large_blob = Some(large_blob_request(value).ok_or(RequestError::LargeBlob)?);
            }
            Ok("largeBlobKey") => asked.large_blob_key = Some(value.boolean()?),
            Ok("thirdPartyPayment") => asked.third_party_payment = value.boolean()?,
            _ => {}
        }
    }
    Ok(asked)
}

/// LBX-01: this shape and no other.
fn large_blob_support(value: Value<'_>) -> Option<LargeBlobSupport> {
    let mut members = value.map().ok()?;
    let (key, value) = members.next()?;
    if key.text() != Ok("support") || members.next().is_some() {
        return None;
    }
    match value.text() {
        Ok("required") => Some(LargeBlobSupport::Required),
        Ok("preferred") => Some(LargeBlobSupport::Preferred),
        _ => None,
    }
}

/// LBX-02: one of the two shapes and no other.
fn large_blob_request(value: Value<'_>) -> Option<LargeBlobRequest<'_>> {
    let (mut read, mut write, mut original_size) = (None, None, None);
    for (key, value) in value.map().ok()? {
        match key.text() {
            Ok("read") => read = Some(value.boolean().ok()?),
            Ok("write") => write = Some(value.bytes().ok()?),
            Ok("originalSize") => original_size = Some(value.unsigned().ok()?),
            _ => return None,
        }
    }
    match (read, write, original_size) {
        (Some(true), None, None) => Some(LargeBlobRequest::Read),
        (None, Some(blob), Some(original_size)) => Some(LargeBlobRequest::Write { blob, original_size }),
        _ => None,
    }
}

/// HS-03: what is in it is judged where it is used.
fn salts<'a>(value: Value<'a>, missing: &mut Missing) -> Result<Salts<'a>, RequestError> {
    let (mut platform, mut salt_enc, mut salt_auth, mut protocol) = (None, None, None, None);
    for (key, value) in value.map()? {
        match key.unsigned() {
            Ok(0x01) => platform = Some(key_agreement(value)?),
            Ok(0x02) => salt_enc = Some(value.bytes()?),
            Ok(0x03) => salt_auth = Some(value.bytes()?),
            Ok(0x04) => protocol = Some(value.unsigned()?),
            _ => {}
        }
    }
    Ok(Salts::Sealed(SealedSalts {
        key_agreement: missing.require(platform),
        salt_enc: missing.require(salt_enc),
        salt_auth: missing.require(salt_auth),
        protocol,
    }))
}
