//! makeCredential's reply with enterprise attestation. ctap-types have one certificate of 1 KiB; a chain may be longer.

use super::Registered;
use crate::cbor::{BufferFull, Writer};
use crate::cose::Algorithm;
use crate::key::Signature;

/// Who signed, and how.
pub(super) struct Statement<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) signature: &'a Signature,
    pub(super) certificates: &'a [&'a [u8]],
}

/// Writes it; the certificates go from where they lie to the reply.
pub(super) fn write(
    registered: &Registered,
    statement: &Statement<'_>,
    body: &mut [u8],
) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    writer.map(if registered.large_blob_key.is_some() { 5 } else { 4 })?;
    writer.unsigned(0x01)?;
    writer.text(registered.attestation.identifier())?;
    writer.unsigned(0x02)?;
    writer.bytes(registered.auth_data.as_slice())?;
    writer.unsigned(0x03)?;
    writer.map(3)?;
    writer.text("alg")?;
    writer.integer(statement.algorithm.cose_id())?;
    writer.text("sig")?;
    writer.bytes(statement.signature.as_slice())?;
    writer.text("x5c")?;
    writer.array(statement.certificates.len())?;
    for certificate in statement.certificates {
        writer.bytes(certificate)?;
    }
    writer.unsigned(0x04)?; // epAtt (MC-15)
    writer.boolean(true)?;
    if let Some(key) = &registered.large_blob_key {
        writer.unsigned(0x05)?;
        writer.bytes(key.expose())?;
    }
    Ok(writer.written())
}
