//! `--attestation x5c=CHAIN,KEY`: basic attestation by a key in a file, with the chain of its certificate.
//!
//! A key in a file attests nothing: whoever has the file can say the same of any device. It is for testing sites that look at
//! chains.

mod certificate;
mod der;

use crate::args::{self, Attestation};
use crate::display::display;
use crate::exit::Failure;
use authenticator_core::key::{Backend, KeyError, KeyRef, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::UnwantedKey;
use authenticator_core::{Algorithm, BasicAttestation, Bytes, Context, Format, Profile};
use authenticator_host::{Keys, SoftwareKeys};
use authenticator_webauthn::base64url;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use std::path::Path;
use zeroize::Zeroizing;

/// The backend whose one key attests.
const ATTESTING: Backend = Backend(1);

/// The keys of passkeys are the core's, and beside them there may be one that attests.
#[derive(Clone, Default)]
pub(crate) struct AttestingKeys {
    key: Option<SigningKey>,
}

impl Attestation {
    /// The format of its statements.
    pub(crate) const fn format(&self) -> Format {
        match self {
            Self::None => Format::None,
            Self::SelfSigned | Self::Certified(_) => Format::PackedSelf,
        }
    }
}

/// The keys of a device that attests like this, with the certificates in its profile. Call it once the rest of the profile is as
/// it will be: they must be for its AAGUID.
pub(crate) fn certify(wanted: Option<&Attestation>, profile: &mut Profile) -> Result<AttestingKeys, Failure> {
    let Some(Attestation::Certified(certified)) = wanted else { return Ok(AttestingKeys::default()) };
    let (chain, key) = load(certified, &profile.aaguid)?;
    let handle = Bytes::new(b"attestation").unwrap_or_default();
    profile.basic_attestation = Some(BasicAttestation {
        // A profile's certificates are there for good, and this one is made once.
        certificates: chain.into_iter().map(|one| &*one.leak()).collect::<Vec<&'static [u8]>>().leak(),
        key: KeyRef { backend: ATTESTING, handle },
        algorithm: Algorithm::Es256,
    });
    profile.check().map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(AttestingKeys { key: Some(key) })
}

/// Chain and key, if they belong together and sites will take them.
fn load(files: &args::Certified, aaguid: &[u8; 16]) -> Result<(Vec<Vec<u8>>, SigningKey), Failure> {
    let chain = sections(&files.chain, "CERTIFICATE")?;
    let unusable = |path: &Path, problem: &str| {
        Failure::Usage(format!("--attestation: {}: {problem}", display(&path.to_string_lossy(), 200)))
    };
    let chain: Vec<Vec<u8>> = chain.iter().map(|one| one.to_vec()).collect();
    let leaf = chain.first().ok_or_else(|| unusable(&files.chain, "there is no certificate in it"))?;
    let public = certificate::check(leaf, aaguid).map_err(|problem| unusable(&files.chain, &problem))?;
    let key = sections(&files.key, "PRIVATE KEY")?;
    let key = key.first().and_then(|key| certificate::private_key(key));
    let key = key.ok_or_else(|| unusable(&files.key, "there is no P-256 key in PKCS#8 in it"))?;
    if key.verifying_key().to_sec1_point(false).as_bytes() != public {
        return Err(unusable(&files.key, "the key is not that of the first certificate"));
    }
    for (one, above) in chain.iter().zip(chain.iter().skip(1)) {
        if !certificate::is_issued_by(one, above) {
            return Err(unusable(&files.chain, "a certificate is not followed by its issuer's"));
        }
    }
    Ok((chain, key))
}

/// The sections of this name of a PEM file. They may be secret.
fn sections(path: &Path, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
    let shown = || display(&path.to_string_lossy(), 200);
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
        Failure::Usage(format!("--attestation: {} cannot be read: {}", shown(), error.kind()))
    })?;
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
    let mut found = Vec::new();
    for section in text.split(&begin).skip(1) {
        let body = section.split_once(&end).map(|(body, _)| body);
        let body = body.map(|body| Zeroizing::new(body.split_whitespace().collect::<String>()));
        let bytes = body.and_then(|body| base64url::decode(&body).ok());
        let broken = || Failure::Usage(format!("--attestation: {}: a section is broken", shown()));
        found.push(Zeroizing::new(bytes.ok_or_else(broken)?));
    }
    Ok(found)
}

impl Keys for AttestingKeys {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        SoftwareKeys.generate(cx, request)
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        if request.key.backend != ATTESTING {
            return SoftwareKeys.sign(cx, request);
        }
        let key = self.key.as_ref().ok_or(KeyError::Missing)?;
        let signature: DerSignature = key.sign(&request.message().concat());
        Bytes::new(signature.as_bytes()).ok_or(KeyError::Failed)
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        SoftwareKeys.destroy(key)
    }
}

#[cfg(test)]
mod tests;
