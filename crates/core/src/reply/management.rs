//! What authenticatorCredentialManagement answers (CM).

use super::{TooLong, text};
use crate::cbor::{BufferFull, Writer, count};
use crate::cose::PublicKey;
use crate::credential::{CredProtect, CredentialId, RpId, RpIdHash, UserEntity};
use crate::secret::Secret;
use ctap_types::ctap2::credential_management::Response;
use ctap_types::webauthn::PublicKeyCredentialRpEntity;

/// How many discoverable credentials there are (CM-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsMetadata {
    /// Those that clients may manage.
    pub existing: u32,
    /// About how many more fit; very many where no limit is known.
    pub remaining: u32,
}

/// A relying party that has a discoverable credential (CM-08).
#[derive(Debug)]
pub struct ListedRelyingParty {
    /// Its identifier, cut where it was too long to be kept (MC-28).
    pub rp_id: RpId,
    /// The hash of its whole identifier.
    pub rp_id_hash: RpIdHash,
    /// How many there are, in the first reply.
    pub total: Option<u32>,
}

/// A discoverable credential (CM-09).
#[derive(Debug)]
pub struct ListedCredential {
    /// The account, with all that is kept of it.
    pub user: UserEntity,
    /// Its id.
    pub credential_id: CredentialId,
    /// Its public key.
    pub public_key: PublicKey,
    /// How many its relying party has, in the first reply.
    pub total: Option<u32>,
    /// Its level of credProtect.
    pub cred_protect: CredProtect,
    /// The key of its large blob, where it has one.
    pub large_blob_key: Option<Secret<32>>,
    /// Whether other sites may use it to pay; `None`: nobody here asks.
    pub third_party_payment: Option<bool>,
}

pub(super) fn metadata(metadata: &CredentialsMetadata) -> Response {
    let mut response = Response::default();
    response.existing_resident_credentials_count = Some(metadata.existing);
    response.max_possible_remaining_residential_credentials_count = Some(metadata.remaining);
    response
}

pub(super) fn relying_party(listed: &ListedRelyingParty) -> Result<Response, TooLong> {
    let mut response = Response::default();
    let id = text(listed.rp_id.as_str())?;
    response.rp = Some(PublicKeyCredentialRpEntity { id, name: None, icon: None });
    response.rp_id_hash = Some(listed.rp_id_hash.0.into());
    response.total_rps = listed.total;
    Ok(response)
}

/// enumerateCredentials, keys ascending. Not ctap-types' because its COSE keys come of a crate that is not otherwise needed.
pub(super) fn write_credential(listed: &ListedCredential, body: &mut [u8]) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    let optional =
        [listed.total.is_some(), listed.large_blob_key.is_some(), listed.third_party_payment.is_some()];
    writer.map(count(optional.into_iter().filter(|there| *there)).saturating_add(4))?;
    writer.unsigned(0x06)?;
    write_user(&listed.user, &mut writer)?;
    writer.unsigned(0x07)?;
    write_descriptor(&listed.credential_id, &mut writer)?;
    writer.unsigned(0x08)?;
    listed.public_key.write(&mut writer)?;
    if let Some(total) = listed.total {
        writer.unsigned(0x09)?;
        writer.unsigned(u64::from(total))?;
    }
    writer.unsigned(0x0A)?;
    writer.unsigned(u64::from(listed.cred_protect.level()))?;
    if let Some(key) = &listed.large_blob_key {
        writer.unsigned(0x0B)?;
        writer.bytes(key.expose())?;
    }
    if let Some(marked) = listed.third_party_payment {
        writer.unsigned(0x0C)?;
        writer.boolean(marked)?;
    }
    Ok(writer.written())
}

/// The one kind of credential there is, by its id.
pub(super) fn write_descriptor(id: &CredentialId, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
    writer.map(2)?;
    writer.text("id")?;
    writer.bytes(id.as_slice())?;
    writer.text("type")?;
    writer.text("public-key")
}

pub(super) fn write_user(user: &UserEntity, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
    let names = [("name", &user.name), ("displayName", &user.display_name)];
    let present = || names.iter().filter_map(|(key, name)| name.as_ref().map(|name| (*key, name)));
    writer.map(count(present()).saturating_add(1))?;
    writer.text("id")?;
    writer.bytes(user.id.as_slice())?;
    for (key, name) in present() {
        writer.text(key)?;
        writer.text(name.as_str())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
