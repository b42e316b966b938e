//! `largeBlob`: bytes that a site keeps beside a credential (WebAuthn L3 §10.1.5).

use std::fmt;

use super::members::Members;
use super::vocabulary::CredentialDescriptor;
use crate::base64url::Base64Url;
use crate::error::{Error, ErrorKind};

/// What a registration asks of `largeBlob`. Complete by the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargeBlobSupport {
    /// No credential rather than one without.
    Required,
    /// A credential with one if that can be.
    Preferred,
}

impl LargeBlobSupport {
    pub(super) fn read(extensions: &Members<'_>) -> Result<Option<Self>, Error> {
        let Some(inputs) = extensions.object("largeBlob")? else {
            return Ok(None);
        };
        if inputs.has("read") || inputs.has("write") {
            return Err(ErrorKind::LargeBlobMisplaced.into());
        }
        // Like the words of the options, one that nobody knows counts as absent.
        let required = inputs.text("support")? == Some("required");
        Ok(Some(if required { Self::Required } else { Self::Preferred }))
    }
}

/// What a sign-in asks of `largeBlob`. `Debug` does not show the bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LargeBlobRequest {
    /// The bytes.
    Read,
    /// These bytes are to be the credential's.
    Write(Base64Url),
}

impl LargeBlobRequest {
    pub(super) fn read(
        extensions: &Members<'_>,
        allowed: &[CredentialDescriptor],
    ) -> Result<Option<Self>, Error> {
        let Some(inputs) = extensions.object("largeBlob")? else {
            return Ok(None);
        };
        let (read, write) = (inputs.flag("read")?, inputs.bytes("write")?);
        // To be written, it must be clear beforehand which credential it will be.
        let misplaced = inputs.has("support")
            || (inputs.has("read") && write.is_some())
            || (write.is_some() && allowed.len() != 1);
        if misplaced {
            return Err(ErrorKind::LargeBlobMisplaced.into());
        }
        // Neither is no question, and has no answer.
        Ok(write.map(Self::Write).or(read.then_some(Self::Read)))
    }
}

impl fmt::Debug for LargeBlobRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "Read",
            Self::Write(_) => "Write(..)",
        })
    }
}

#[cfg(test)]
mod tests;
