//! authenticatorLargeBlobs' request (LB). Which of its members go together the command judges.

use super::{RequestError, parameters};
use crate::command::LargeBlobs;

pub(super) fn read(bytes: &[u8]) -> Result<LargeBlobs<'_>, RequestError> {
    let mut request = LargeBlobs::default();
    for (key, value) in parameters(bytes)? {
        match key.unsigned() {
            Ok(0x01) => request.get = Some(value.unsigned()?),
            Ok(0x02) => request.set = Some(value.bytes()?),
            Ok(0x03) => request.offset = Some(value.unsigned()?),
            Ok(0x04) => request.length = Some(value.unsigned()?),
            Ok(0x05) => request.pin_uv_auth.param = Some(value.bytes()?),
            Ok(0x06) => request.pin_uv_auth.protocol = Some(value.unsigned()?),
            _ => {} // GEN-10
        }
    }
    Ok(request)
}
