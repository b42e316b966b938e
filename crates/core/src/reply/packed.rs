//! makeCredential's reply with a packed statement that outgrows ctap-types: they have one certificate of 1 KiB and
//! signatures of 77 bytes, where a chain is longer, and so is a signature of ES384.

use super::{Attestation, Registered};
use crate::cbor::{BufferFull, Writer, count};
use crate::cose::Algorithm;
use crate::key::Signature;

/// Who signed, and how.
pub(super) struct Statement<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) signature: &'a Signature,
    /// Those of basic or enterprise attestation; `None`: the credential's own key has signed.
    pub(super) certificates: Option<&'a [&'a [u8]]>,
}

/// Writes it; the certificates go from where they lie to the reply.
pub(super) fn write(
    registered: &Registered,
    statement: &Statement<'_>,
    body: &mut [u8],
) -> Result<usize, BufferFull> {
    let mut writer = Writer::new(body);
    let is_enterprise = matches!(registered.attestation, Attestation::PackedEnterprise { .. });
    let optional = [is_enterprise, registered.large_blob_key.is_some()];
    writer.map(count(optional.into_iter().filter(|there| *there)).saturating_add(3))?;
    writer.unsigned(0x01)?;
    writer.text(registered.attestation.identifier())?;
    writer.unsigned(0x02)?;
    writer.bytes(registered.auth_data.as_slice())?;
    writer.unsigned(0x03)?;
    writer.map(if statement.certificates.is_some() { 3 } else { 2 })?;
    writer.text("alg")?;
    writer.integer(statement.algorithm.cose_id())?;
    writer.text("sig")?;
    writer.bytes(statement.signature.as_slice())?;
    if let Some(certificates) = statement.certificates {
        writer.text("x5c")?;
        writer.array(certificates.len())?;
        for certificate in certificates {
            writer.bytes(certificate)?;
        }
    }
    if is_enterprise {
        writer.unsigned(0x04)?; // epAtt (MC-15)
        writer.boolean(true)?;
    }
    if let Some(key) = &registered.large_blob_key {
        writer.unsigned(0x05)?;
        writer.bytes(key.expose())?;
    }
    Ok(writer.written())
}
