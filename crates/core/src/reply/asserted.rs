//! getAssertion's reply with a signature of ES384, for which ctap-types have no room.

use super::{Asserted, management};
use crate::cbor::{BufferFull, Writer, count};

/// Writes it, keys ascending, as ctap-types write the others.
pub(super) fn write(asserted: &Asserted, body: &mut [u8]) -> Result<usize, BufferFull> {
    let optional = [
        asserted.user.is_some(),
        asserted.number_of_credentials.is_some(),
        asserted.user_selected,
        asserted.large_blob_key.is_some(),
    ];
    let mut writer = Writer::new(body);
    writer.map(count(optional.into_iter().filter(|present| *present)).saturating_add(3))?;
    writer.unsigned(0x01)?;
    management::write_descriptor(&asserted.credential_id, &mut writer)?;
    writer.unsigned(0x02)?;
    writer.bytes(asserted.auth_data.as_slice())?;
    writer.unsigned(0x03)?;
    writer.bytes(asserted.signature.as_slice())?;
    if let Some(user) = &asserted.user {
        writer.unsigned(0x04)?;
        management::write_user(user, &mut writer)?;
    }
    if let Some(total) = asserted.number_of_credentials {
        writer.unsigned(0x05)?;
        writer.unsigned(u64::from(total))?;
    }
    if asserted.user_selected {
        writer.unsigned(0x06)?; // GA-22
        writer.boolean(true)?;
    }
    if let Some(key) = &asserted.large_blob_key {
        writer.unsigned(0x07)?;
        writer.bytes(key.expose())?;
    }
    Ok(writer.written())
}
