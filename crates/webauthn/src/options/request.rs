//! `PublicKeyCredentialRequestOptionsJSON`.

use std::fmt;
use std::time::Duration;

use super::extensions::RequestExtensions;
use super::members::{self, Members};
use super::vocabulary::{CredentialDescriptor, Hint, UserVerification};
use crate::base64url::Base64Url;
use crate::error::{Error, ErrorKind};

/// A site's wish for a signature, validated. `Debug` shows nothing of the user or the site.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct RequestOptions {
    /// What the client data must repeat. Of any length: judging it is the site's business.
    pub challenge: Base64Url,
    /// How long to wait for the user: 5 to 10 minutes, and 5 when the site does not say.
    pub timeout: Duration,
    /// The id asked for, unchecked: see [`Caller::effective_rp_id`](crate::Caller::effective_rp_id).
    pub rp_id: Option<String>,
    /// The credentials that will do; empty when the user may choose any discoverable one.
    pub allow_credentials: Vec<CredentialDescriptor>,
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
    /// Where the site expects the authenticator, the likeliest first.
    pub hints: Vec<Hint>,
    /// The extensions.
    pub extensions: RequestExtensions,
}

impl RequestOptions {
    /// Reads the options, bare or inside `{"publicKey": …}`.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        members::parse(json, Self::read)
    }

    fn read(options: &Members<'_>) -> Result<Self, Error> {
        let allowed = options.credentials("allowCredentials")?;
        // WebAuthn L3 §5.8.3: a list of unknown types only must not turn into an empty list, which allows everything.
        if allowed.all_unknown {
            return Err(ErrorKind::NothingAllowed.into());
        }
        Ok(Self {
            extensions: RequestExtensions::read(options, &allowed.known)?,
            challenge: options.required_bytes("challenge")?,
            timeout: options.timeout()?,
            rp_id: options.text("rpId")?.map(str::to_owned),
            allow_credentials: allowed.known,
            user_verification: options
                .word("userVerification", UserVerification::from_word)?
                .unwrap_or_default(),
            hints: options.words("hints", Hint::from_word)?,
        })
    }
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("timeout", &self.timeout)
            .field("allow_credentials", &self.allow_credentials.len())
            .field("user_verification", &self.user_verification)
            .field("hints", &self.hints)
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
