//! The two ceremonies over the authenticator's commands (WebAuthn L3 §5.1.3 and §5.1.4, §6.3.2 and §6.3.3).
//!
//! A ceremony is prepared from the options, begun, and finished with what its command came to; the host drives the
//! [`Step`](authenticator_core::Step)s in between. It borrows nothing, so the store and the session stay the host's. A
//! sign-in that is to keep a site's bytes may need one more change of the store before it has its response ([`Ending`]).

mod create;
mod evaluation;
mod evidence;
mod get;
mod large_blob;
#[cfg(test)]
mod test_world;

use std::fmt;
use std::time::Duration;

use authenticator_core::credential::{ClientDataHash, RpIdHash};
use authenticator_core::{BuiltInVerification, Context, Error as AuthenticatorError, Profile};

pub use create::Create;
pub use evidence::Evidence;
pub use get::Get;
pub use large_blob::{Ending, LargeBlobWrite};

use crate::base64url::Base64Url;
use crate::caller::Caller;
use crate::client_data::{ClientData, ClientDataType};
use crate::error::{Error, ErrorKind};
use crate::options::{AuthenticatorAttachment, CredentialDescriptor, Hint, UserVerification};
use crate::rp_id::RpId;

/// Where the client data of a ceremony comes from. `Debug` does not show the hash.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientDataSource {
    /// It is built here, from the challenge and the caller: this library is the WebAuthn client.
    Build,
    /// A browser or the operating system built it and hands over its SHA-256. The response has no `clientDataJSON`:
    /// whoever has the real one puts it in.
    HashOnly([u8; 32]),
    /// Like [`HashOnly`](Self::HashOnly), for platforms that refuse a response without `clientDataJSON` before they put
    /// in their own. The response has a well-formed one that nothing was ever signed over; it verifies nowhere.
    HashWithPlaceholder([u8; 32]),
}

impl fmt::Debug for ClientDataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "Build",
            Self::HashOnly(_) => "HashOnly(..)",
            Self::HashWithPlaceholder(_) => "HashWithPlaceholder(..)",
        })
    }
}

/// Something worth telling the person, although the ceremony can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// The site expects a security key or another device, or the other way round: perhaps the person chose the wrong
    /// entry of a menu (S-44).
    WrongEntryPoint,
}

/// What both ceremonies keep.
#[derive(Clone)]
struct Common {
    rp_id: RpId,
    signed: ClientData,
    placeholder: Option<ClientData>,
    timeout: Duration,
    attachment: AuthenticatorAttachment,
    advice: Option<Advice>,
}

/// What both kinds of options say for [`Common`].
struct Wishes<'a> {
    ceremony: ClientDataType,
    rp_id: Option<&'a str>,
    challenge: &'a Base64Url,
    timeout: Duration,
    attachment: Option<AuthenticatorAttachment>,
    hints: &'a [Hint],
}

impl Common {
    fn new(
        wishes: &Wishes<'_>,
        caller: &Caller,
        source: ClientDataSource,
        profile: &Profile,
    ) -> Result<Self, Error> {
        let collect = || ClientData::collect(wishes.ceremony, wishes.challenge.as_bytes(), caller);
        let (signed, placeholder) = match source {
            ClientDataSource::Build => (collect(), None),
            ClientDataSource::HashOnly(hash) => (ClientData::HashOnly(hash), None),
            ClientDataSource::HashWithPlaceholder(hash) => (ClientData::HashOnly(hash), Some(collect())),
        };
        let attachment = attachment_of(profile);
        Ok(Self {
            rp_id: caller.effective_rp_id(wishes.rp_id)?,
            signed,
            placeholder,
            timeout: wishes.timeout,
            attachment,
            advice: advice(attachment, wishes),
        })
    }

    fn client_data_hash(&self) -> ClientDataHash {
        ClientDataHash(*self.signed.hash())
    }

    /// What the response shows, which is what was signed over or a stand-in for it.
    fn client_data_json(&self) -> Option<&[u8]> {
        self.placeholder.as_ref().unwrap_or(&self.signed).json()
    }
}

/// What is true of the authenticator, whatever the site asked for.
fn attachment_of(profile: &Profile) -> AuthenticatorAttachment {
    if profile.platform { AuthenticatorAttachment::Platform } else { AuthenticatorAttachment::CrossPlatform }
}

/// S-44: a site that expects another kind of authenticator is served all the same, because the person is here and not
/// there. WebAuthn L3, `PublicKeyCredentialHint`: a hint takes precedence over the attachment.
fn advice(actual: AuthenticatorAttachment, wishes: &Wishes<'_>) -> Option<Advice> {
    let expected = match wishes.hints.first() {
        Some(Hint::SecurityKey) => Some(AuthenticatorAttachment::CrossPlatform),
        Some(Hint::ClientDevice) => Some(AuthenticatorAttachment::Platform),
        // A phone is a platform to itself, wherever it is asked from.
        Some(Hint::Hybrid) => None,
        None => wishes.attachment,
    };
    expected.filter(|expected| *expected != actual).map(|_| Advice::WrongEntryPoint)
}

/// Whether the command asks for user verification. `demanded`: the authenticator refuses the command without, so that
/// "discouraged" cannot be had.
fn verification(
    ceremony: ClientDataType,
    wish: UserVerification,
    profile: &Profile,
    demanded: bool,
) -> Result<bool, Error> {
    let can_verify = profile.verification == BuiltInVerification::Configured;
    match wish {
        UserVerification::Required if !can_verify => Err(ErrorKind::VerificationNotSetUp(ceremony).into()),
        UserVerification::Required => Ok(true),
        UserVerification::Preferred => Ok(can_verify),
        UserVerification::Discouraged => Ok(can_verify && demanded),
    }
}

/// The credentials of a site's list that are here, each once, in the site's order and no more than a command takes. A
/// site may name thousands; the foreign ones go no further than this lookup. `scopes` are the names under which they may be
/// here: the relying party id, and an AppID beside it.
fn known_here(
    cx: &mut Context<'_>,
    scopes: &[&str],
    named: &[CredentialDescriptor],
) -> Result<Vec<Base64Url>, Error> {
    let most = usize::from(cx.authenticator.profile().max_credentials_in_list);
    let scopes: Vec<RpIdHash> = scopes.iter().map(|scope| RpIdHash::of(scope)).collect();
    let vault = cx.vault()?;
    let mut known: Vec<Base64Url> = Vec::new();
    for descriptor in named {
        if known.len() == most {
            break;
        }
        for scope in &scopes {
            let new = !known.contains(&descriptor.id);
            if new && vault.knows(scope, descriptor.id.as_bytes()).map_err(AuthenticatorError::from)? {
                known.push(descriptor.id.clone());
            }
        }
    }
    Ok(known)
}

/// The ids as a command borrows them.
fn borrowed(ids: &[Base64Url]) -> Vec<&[u8]> {
    ids.iter().map(Base64Url::as_bytes).collect()
}

#[cfg(test)]
mod tests;
