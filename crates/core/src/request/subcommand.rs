//! The layout that authenticatorCredentialManagement and authenticatorConfig share.

use super::{RequestError, parameters};
use crate::cbor::Value;
use crate::command::PinUvAuth;

/// A request of subcommand, its parameters and what authorises them.
pub(super) struct Subcommand<'a> {
    pub(super) number: Option<u64>,
    pub(super) parameters: Option<Value<'a>>,
    pub(super) pin_uv_auth: PinUvAuth<'a>,
}

impl<'a> Subcommand<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, RequestError> {
        let (mut number, mut subparameters) = (None, None);
        let mut pin_uv_auth = PinUvAuth::default();
        for (key, value) in parameters(bytes)? {
            match key.unsigned() {
                Ok(0x01) => number = Some(value.unsigned()?),
                Ok(0x02) => subparameters = Some(value),
                Ok(0x03) => pin_uv_auth.protocol = Some(value.unsigned()?),
                Ok(0x04) => pin_uv_auth.param = Some(value.bytes()?),
                _ => {} // GEN-10
            }
        }
        Ok(Self { number, parameters: subparameters, pin_uv_auth })
    }

    /// The parameters as they were received, for the message that pinUvAuthParam authenticates (CM-03, CFG-03).
    pub(super) fn raw_parameters(&self) -> &'a [u8] {
        self.parameters.map_or(&[], Value::raw)
    }
}
