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
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// The backend whose one key attests.
const ATTESTING: Backend = Backend(1);

/// No key and no chain that fits into a reply is longer, as PEM has it.
const LONGEST_FILE: usize = 64 * 1_024;

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

/// Chain and key, if they belong together by their names and points, and the first certificate is as sites want it. Signatures and
/// dates are for the sites. A chain that has a root in it is used, and it is said on stderr.
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
    if chain.last().is_some_and(|last| certificate::is_issued_by(last, last)) {
        let note = b"authenticator: the last certificate of --attestation is a root; sites have their own, and some refuse one\n";
        // Whoever cannot see it cannot be told.
        let _ = std::io::stderr().write_all(note);
    }
    Ok((chain, key))
}

/// The sections of this name of a PEM file. They may be secret.
fn sections(path: &Path, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
    let shown = || display(&path.to_string_lossy(), 200);
    let unusable = |problem: &str| Failure::Usage(format!("--attestation: {}{problem}", shown()));
    let cannot = |error: std::io::Error| unusable(&format!(" cannot be read: {}", error.kind()));
    let broken = || unusable(": a section is broken");
    // Room for all of it at once: what grows leaves copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(LONGEST_FILE + 1));
    let more = u64::try_from(LONGEST_FILE + 1).unwrap_or(u64::MAX);
    File::open(path).map_err(cannot)?.take(more).read_to_end(&mut content).map_err(cannot)?;
    if content.len() > LONGEST_FILE {
        return Err(unusable(" has more than 64 KiB"));
    }
    let text = std::str::from_utf8(&content).map_err(|_| unusable(" is not text"))?;
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
    let mut found = Vec::new();
    for section in text.split(&begin).skip(1) {
        let (body, _) = section.split_once(&end).ok_or_else(broken)?;
        found.push(base64url::decode(body).map(Zeroizing::new).map_err(|_| broken())?);
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
