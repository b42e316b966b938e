//! `prf`: what a site wants a credential's pseudo-random function evaluated for (WebAuthn L3 §10.1.4).

use std::collections::HashSet;
use std::fmt;

use sha2::{Digest, Sha256};

use super::members::Members;
use super::vocabulary::CredentialDescriptor;
use crate::base64url::Base64Url;
use crate::error::{Error, ErrorKind};

/// One input or two, as the authenticator gets them: hashed, so that no site can ask for what `hmac-secret` makes of a
/// salt of somebody else's. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct PrfSalts {
    first: [u8; 32],
    second: Option<[u8; 32]>,
}

impl PrfSalts {
    /// The salts for a site's inputs.
    pub fn of_inputs(first: &[u8], second: Option<&[u8]>) -> Self {
        Self { first: hash(first), second: second.map(hash) }
    }

    /// Salts that a platform has hashed already.
    pub fn hashed(first: [u8; 32], second: Option<[u8; 32]>) -> Self {
        Self { first, second }
    }

    /// The first.
    pub fn first(&self) -> &[u8; 32] {
        &self.first
    }

    /// The second.
    pub fn second(&self) -> Option<&[u8; 32]> {
        self.second.as_ref()
    }

    fn read(inputs: &Members<'_>) -> Result<Self, Error> {
        let (first, second) = (inputs.required_bytes("first")?, inputs.bytes("second")?);
        Ok(Self::of_inputs(first.as_bytes(), second.as_ref().map(Base64Url::as_bytes)))
    }
}

impl fmt::Debug for PrfSalts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrfSalts").field("both", &self.second.is_some()).finish_non_exhaustive()
    }
}

/// PRF-01.
fn hash(input: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(b"WebAuthn PRF\0").chain_update(input).finalize().into()
}

/// What a registration asks of `prf`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PrfCreation {
    /// What the function is to be evaluated for at once, if anything.
    pub eval: Option<PrfSalts>,
}

impl PrfCreation {
    pub(super) fn read(extensions: &Members<'_>) -> Result<Option<Self>, Error> {
        let Some(prf) = extensions.object("prf")? else {
            return Ok(None);
        };
        // There is no credential yet for which there could be inputs of its own.
        if prf.has("evalByCredential") {
            return Err(ErrorKind::PrfByCredential.into());
        }
        Ok(Some(Self { eval: eval(&prf)? }))
    }
}

/// What a sign-in asks of `prf`. `Debug` shows no credential.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PrfRequest {
    /// What the function of any other credential is to be evaluated for, if anything.
    pub eval: Option<PrfSalts>,
    /// What that of these is.
    pub by_credential: Vec<(Base64Url, PrfSalts)>,
}

impl PrfRequest {
    /// What the function of this credential is to be evaluated for.
    pub fn salts_of(&self, credential: &Base64Url) -> Option<&PrfSalts> {
        let own = self.by_credential.iter().find(|(id, _)| id == credential).map(|(_, salts)| salts);
        own.or(self.eval.as_ref())
    }

    pub(super) fn read(
        extensions: &Members<'_>,
        allowed: &[CredentialDescriptor],
    ) -> Result<Option<Self>, Error> {
        let Some(prf) = extensions.object("prf")? else {
            return Ok(None);
        };
        Ok(Some(Self { by_credential: by_credential(&prf, allowed)?, eval: eval(&prf)? }))
    }
}

impl fmt::Debug for PrfRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrfRequest")
            .field("eval", &self.eval)
            .field("by_credential", &self.by_credential.len())
            .finish()
    }
}

fn eval(prf: &Members<'_>) -> Result<Option<PrfSalts>, Error> {
    prf.object("eval")?.map(|inputs| PrfSalts::read(&inputs)).transpose()
}

/// The keys are credential ids of the allow list, in unpadded base64url and nothing else: they are no bytes to a browser,
/// which compares them as strictly.
fn by_credential(
    prf: &Members<'_>,
    allowed: &[CredentialDescriptor],
) -> Result<Vec<(Base64Url, PrfSalts)>, Error> {
    let Some(entries) = prf.object("evalByCredential")? else {
        return Ok(Vec::new());
    };
    let allowed: HashSet<&Base64Url> = allowed.iter().map(|descriptor| &descriptor.id).collect();
    let mut inputs = Vec::new();
    for (key, entry) in entries.named_objects() {
        if allowed.is_empty() {
            return Err(ErrorKind::PrfByCredential.into());
        }
        let id = Base64Url::decode(key).ok().filter(|id| !key.is_empty() && id.encode() == key);
        let named = id.filter(|id| allowed.contains(id));
        inputs.push((named.ok_or(ErrorKind::PrfUnknownCredential)?, PrfSalts::read(&entry?)?));
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests;
