//! Sign-in: `navigator.credentials.get()` (WebAuthn L3 §5.1.4 and §6.3.3).

use std::fmt;
use std::time::Duration;

use authenticator_core::{
    AssertionExtensions, Command, Context, CredentialList, Error as AuthenticatorError, GetAssertion,
    PinUvAuth, Reply, Requester, Step,
};

use super::{Advice, ClientDataSource, Common, Wishes, borrowed, known_here, verification};
use crate::base64url::Base64Url;
use crate::caller::Caller;
use crate::client_data::ClientDataType;
use crate::error::{Error, ErrorKind};
use crate::options::RequestOptions;
use crate::response::AuthenticationResponse;
use crate::rp_id::RpId;

/// A sign-in between its options and its response. `Debug` shows nothing of the user or the site.
#[derive(Clone)]
#[must_use = "a ceremony does nothing until its step is driven"]
pub struct Get {
    common: Common,
    /// Empty only when the site's own list is: that is, when any discoverable credential will do.
    allow: Vec<Base64Url>,
    uv: bool,
}

impl Get {
    /// Checks the options against the caller and the authenticator, and looks up the credentials that the site names.
    /// Nobody is asked yet.
    ///
    /// # Errors
    /// `SecurityError` when the caller may not speak for the relying party; `NotAllowedError` when the site names
    /// credentials and none of them is here, or when it requires verification and none is set up; `UnknownError` when
    /// the store fails.
    pub fn prepare(
        options: &RequestOptions,
        caller: &Caller,
        client_data: ClientDataSource,
        cx: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let profile = cx.authenticator.profile();
        let wishes = Wishes {
            ceremony: ClientDataType::Get,
            rp_id: options.rp_id.as_deref(),
            challenge: &options.challenge,
            timeout: options.timeout,
            attachment: None,
            hints: &options.hints,
        };
        let common = Common::new(&wishes, caller, client_data, profile)?;
        let uv = verification(options.user_verification, profile, profile.always_uv)?; // GA-04
        let allow = known_here(cx, &common.rp_id, &options.allow_credentials)?;
        // A list of foreign credentials must not turn into an empty one, which would allow them all (L3 §5.1.4).
        if allow.is_empty() && !options.allow_credentials.is_empty() {
            return Err(AuthenticatorError::NoCredentials.into());
        }
        Ok(Self { common, allow, uv })
    }

    /// Begins the command. Drive its steps to the end, then call [`finish`](Self::finish).
    pub fn begin(&self, cx: &mut Context<'_>, requester: Requester) -> Step {
        let allow = borrowed(&self.allow);
        let command = GetAssertion {
            rp_id: self.common.rp_id.as_str(),
            client_data_hash: self.common.client_data_hash(),
            allow: CredentialList::new(&allow),
            extensions: AssertionExtensions::default(),
            up: true,
            uv: self.uv,
            rk_present: false,
            pin_uv_auth: PinUvAuth::default(),
        };
        Command::GetAssertion(command).begin(cx, requester)
    }

    /// Writes the response: `AuthenticationResponseJSON`. `result` is that of the command's
    /// [`Done`](authenticator_core::Done).
    ///
    /// # Errors
    /// What the command failed with, under the name a site is to see.
    pub fn finish(self, result: &Result<Reply, AuthenticatorError>) -> Result<String, Error> {
        let asserted = match result {
            Ok(Reply::Asserted(asserted)) => asserted,
            Ok(_) => return Err(ErrorKind::UnexpectedReply.into()),
            Err(error) => return Err((*error).into()),
        };
        let response = AuthenticationResponse {
            credential_id: asserted.credential_id.as_slice(),
            client_data_json: self.common.client_data_json(),
            authenticator_data: asserted.auth_data.as_slice(),
            signature: asserted.signature.as_slice(),
            user_handle: asserted.user.as_ref().map(|user| user.id.as_slice()),
            attachment: self.common.attachment,
        };
        Ok(response.to_json())
    }

    /// The relying party, as checked against the caller.
    pub fn rp_id(&self) -> &RpId {
        &self.common.rp_id
    }

    /// How long the host is to wait for the user.
    pub fn timeout(&self) -> Duration {
        self.common.timeout
    }

    /// What is worth telling the user.
    pub fn advice(&self) -> Option<Advice> {
        self.common.advice
    }
}

impl fmt::Debug for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get")
            .field("allow", &self.allow.len())
            .field("uv", &self.uv)
            .field("timeout", &self.common.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
