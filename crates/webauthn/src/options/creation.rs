//! `PublicKeyCredentialCreationOptionsJSON`.

use std::fmt;
use std::time::Duration;

use super::extensions::CreationExtensions;
use super::members::{self, Members, PUBLIC_KEY};
use super::vocabulary::{
    AttestationConveyance, AuthenticatorAttachment, CoseAlgorithm, CredentialDescriptor, Hint, ResidentKey,
    UserVerification,
};
use crate::base64url::Base64Url;
use crate::error::{Error, ErrorKind};

/// A site's wish for a new credential, validated. `Debug` shows nothing of the user or the site.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CreationOptions {
    /// The relying party.
    pub rp: RelyingParty,
    /// The account the credential is for.
    pub user: UserEntity,
    /// What the client data must repeat. Of any length: judging it is the site's business.
    pub challenge: Base64Url,
    /// The algorithms that will do, the best first, in the site's order.
    pub algorithms: Vec<CoseAlgorithm>,
    /// How long to wait for the user: 5 to 10 minutes, and 5 when the site does not say.
    pub timeout: Duration,
    /// Credentials beside which no second one must be made.
    pub exclude_credentials: Vec<CredentialDescriptor>,
    /// What the authenticator must be able to do.
    pub authenticator_selection: AuthenticatorSelection,
    /// Where the site expects the authenticator, the likeliest first.
    pub hints: Vec<Hint>,
    /// How much the site wants to know about the authenticator.
    pub attestation: AttestationConveyance,
    /// The attestation statement formats the site prefers, the best first.
    pub attestation_formats: Vec<String>,
    /// The extensions.
    pub extensions: CreationExtensions,
}

impl CreationOptions {
    /// Reads the options, bare or inside `{"publicKey": …}`.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        members::parse(json, Self::read)
    }

    fn read(options: &Members<'_>) -> Result<Self, Error> {
        Ok(Self {
            rp: RelyingParty::read(&options.required_object("rp")?)?,
            user: UserEntity::read(&options.required_object("user")?)?,
            challenge: options.required_bytes("challenge")?,
            algorithms: algorithms(options)?,
            timeout: options.timeout()?,
            exclude_credentials: options.credentials("excludeCredentials")?.known,
            authenticator_selection: AuthenticatorSelection::read(options)?,
            hints: options.words("hints", Hint::from_word)?,
            attestation: options.word("attestation", AttestationConveyance::from_word)?.unwrap_or_default(),
            attestation_formats: options.words("attestationFormats", |format| Some(format.to_owned()))?,
            extensions: CreationExtensions::read(options)?,
        })
    }
}

impl fmt::Debug for CreationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreationOptions")
            .field("algorithms", &self.algorithms)
            .field("timeout", &self.timeout)
            .field("exclude_credentials", &self.exclude_credentials.len())
            .field("authenticator_selection", &self.authenticator_selection)
            .field("hints", &self.hints)
            .field("attestation", &self.attestation)
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}

/// The relying party as the site describes itself. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelyingParty {
    /// The id asked for, unchecked: see [`Caller::effective_rp_id`](crate::Caller::effective_rp_id).
    pub id: Option<String>,
    /// A name for display.
    pub name: String,
}

impl RelyingParty {
    fn read(rp: &Members<'_>) -> Result<Self, Error> {
        Ok(Self { id: rp.text("id")?.map(str::to_owned), name: rp.required_text("name")?.to_owned() })
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelyingParty(..)")
    }
}

/// The account. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserEntity {
    /// The user handle, 1 to 64 bytes.
    pub id: Base64Url,
    /// The account's name, such as an address.
    pub name: String,
    /// The person's name.
    pub display_name: String,
}

impl UserEntity {
    fn read(user: &Members<'_>) -> Result<Self, Error> {
        let id = user.required_bytes("id")?;
        // WebAuthn L3 §5.1.3: the length of user.id is between 1 and 64 bytes, else a TypeError.
        let length = id.as_bytes().len();
        if !(1..=64).contains(&length) {
            return Err(ErrorKind::UserHandleLength { length }.into());
        }
        Ok(Self {
            id,
            name: user.required_text("name")?.to_owned(),
            display_name: user.required_text("displayName")?.to_owned(),
        })
    }
}

impl fmt::Debug for UserEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserEntity(..)")
    }
}

/// What the authenticator must be able to do (WebAuthn L3 §5.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorSelection {
    /// Part of this device or not; `None` when either will do.
    pub authenticator_attachment: Option<AuthenticatorAttachment>,
    /// Whether the credential must be discoverable, the older `requireResidentKey` already taken into account.
    pub resident_key: ResidentKey,
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
}

impl AuthenticatorSelection {
    fn read(options: &Members<'_>) -> Result<Self, Error> {
        let Some(selection) = options.object("authenticatorSelection")? else {
            return Ok(Self {
                authenticator_attachment: None,
                resident_key: ResidentKey::Discouraged,
                user_verification: UserVerification::default(),
            });
        };
        // WebAuthn L3 §5.4.4: requireResidentKey counts only where residentKey says nothing.
        let without_resident_key = match selection.flag("requireResidentKey")? {
            true => ResidentKey::Required,
            false => ResidentKey::Discouraged,
        };
        Ok(Self {
            authenticator_attachment: selection
                .word("authenticatorAttachment", AuthenticatorAttachment::from_word)?,
            resident_key: selection
                .word("residentKey", ResidentKey::from_word)?
                .unwrap_or(without_resident_key),
            user_verification: selection
                .word("userVerification", UserVerification::from_word)?
                .unwrap_or_default(),
        })
    }
}

/// `pubKeyCredParams` by the steps of WebAuthn L3 §5.1.3.
fn algorithms(options: &Members<'_>) -> Result<Vec<CoseAlgorithm>, Error> {
    let params = options.objects("pubKeyCredParams")?.ok_or_else(|| options.missing("pubKeyCredParams"))?;
    if params.is_empty() {
        return Ok(vec![CoseAlgorithm::ES256, CoseAlgorithm::RS256]);
    }
    let mut algorithms = Vec::with_capacity(params.len());
    for param in params {
        if param.required_text("type")? == PUBLIC_KEY {
            algorithms.push(CoseAlgorithm(param.required_integer32("alg")?));
        }
    }
    if algorithms.is_empty() { Err(ErrorKind::NoPublicKeyType.into()) } else { Ok(algorithms) }
}

#[cfg(test)]
mod tests;
