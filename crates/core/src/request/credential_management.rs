//! authenticatorCredentialManagement's request (CM).

use super::subcommand::Subcommand;
use super::{Missing, RequestError, UserDraft, descriptor, user_entity};
use crate::cbor::Value;
use crate::command::{CredentialManagement, User};
use crate::credential::RpIdHash;

/// Reads the request. `preview`: it came under the preview's number.
pub(super) fn read(bytes: &[u8], preview: bool) -> Result<CredentialManagement<'_>, RequestError> {
    let request = Subcommand::read(bytes)?;
    let parameters = request.parameters.map(Parameters::read).transpose()?.unwrap_or_default();
    let subcommand = request.number.ok_or(RequestError::Missing)?;
    let rp_id_hash = parameters.rp_id_hash.map(rp_id_hash).transpose()?;
    let user =
        parameters.user.map(|user| User { id: user.id, name: user.name, display_name: user.display_name });
    Ok(CredentialManagement {
        preview,
        subcommand,
        rp_id_hash,
        credential_id: parameters.credential_id,
        user,
        raw_parameters: request.raw_parameters(),
        pin_uv_auth: request.pin_uv_auth,
    })
}

/// CM-09.
fn rp_id_hash(bytes: &[u8]) -> Result<RpIdHash, RequestError> {
    bytes.try_into().map(RpIdHash).map_err(|_| RequestError::HashLength)
}

/// `subCommandParams`. One that is there and lacks a member of its own is as good as missing: which of them a subcommand
/// needs is only asked once it is known that something authorises it (CM-02).
#[derive(Default)]
struct Parameters<'a> {
    rp_id_hash: Option<&'a [u8]>,
    credential_id: Option<&'a [u8]>,
    user: Option<UserDraft<'a>>,
}

impl<'a> Parameters<'a> {
    fn read(value: Value<'a>) -> Result<Self, RequestError> {
        let mut parameters = Self::default();
        for (key, value) in value.map()? {
            let mut missing = Missing::default();
            match key.unsigned() {
                Ok(0x01) => parameters.rp_id_hash = Some(value.bytes()?),
                Ok(0x02) => {
                    let (kind, id) = descriptor(value, &mut missing)?;
                    let named = if kind == "public-key" { id } else { &[] };
                    parameters.credential_id = missing.done().ok().map(|()| named);
                }
                Ok(0x03) => {
                    let user = user_entity(value, &mut missing)?;
                    parameters.user = missing.done().ok().map(|()| user);
                }
                _ => {} // GEN-10
            }
        }
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests;
