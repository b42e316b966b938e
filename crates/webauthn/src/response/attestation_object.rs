//! The attestation object (WebAuthn L3 §6.5.4).

use std::fmt;

use ciborium::Value;

use crate::error::{Error, ErrorKind};

/// An attestation as the authenticator made it. `Debug` shows its format only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attestation<'a> {
    /// The statement format, such as `none` or `packed`.
    pub format: &'a str,
    /// The statement: one map in canonical CBOR.
    pub statement: &'a [u8],
}

impl Attestation<'_> {
    /// `{"fmt", "attStmt", "authData"}` in canonical CBOR, where shorter keys come first.
    pub(super) fn object(&self, authenticator_data: &[u8]) -> Result<Vec<u8>, Error> {
        let object = Value::Map(vec![
            ("fmt".into(), self.format.into()),
            ("attStmt".into(), self.parse_statement()?),
            ("authData".into(), authenticator_data.into()),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&object, &mut bytes).map_err(|_| ErrorKind::AttestationStatement)?;
        Ok(bytes)
    }

    fn parse_statement(&self) -> Result<Value, ErrorKind> {
        let mut rest = self.statement;
        let value: Value = ciborium::from_reader(&mut rest).map_err(|_| ErrorKind::AttestationStatement)?;
        if value.is_map() && rest.is_empty() { Ok(value) } else { Err(ErrorKind::AttestationStatement) }
    }
}

impl fmt::Debug for Attestation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attestation").field("format", &self.format).finish_non_exhaustive()
    }
}
