//! Sign-in: `navigator.credentials.get()` (WebAuthn L3 §5.1.4 and §6.3.3).

use std::fmt;
use std::mem;
use std::time::Duration;

use authenticator_core::store::RecordId;
use authenticator_core::{
    AmongNamed, Asserted, AssertionExtensions, Command, Context, CredentialList, Error as AuthenticatorError,
    GetAssertion, PinUvAuth, Reply, Requester, Step,
};

use super::evaluation::{self, Evaluation};
use super::large_blob::{Ending, LargeBlob, can_write};
use super::{Advice, ClientDataSource, Common, Evidence, Wishes, borrowed, known_here, verification};
use crate::app_id;
use crate::base64url::Base64Url;
use crate::caller::Caller;
use crate::client_data::ClientDataType;
use crate::error::{Error, ErrorKind};
use crate::options::{RequestExtensions, RequestOptions};
use crate::response::{
    AuthenticationResponse, ExtensionResults, LargeBlobResult, Outputs, PrfResult, ResponseJson,
};
use crate::rp_id::RpId;

/// A sign-in between its options and its response. `Debug` shows nothing of the user or the site.
#[derive(Clone)]
#[must_use = "a ceremony does nothing until its step is driven"]
pub struct Get {
    common: Common,
    /// Empty only when the site's own list is: that is, when any discoverable credential will do.
    allow: Vec<Base64Url>,
    uv: bool,
    evaluation: Option<Evaluation>,
    large_blob: LargeBlob,
    asked: RequestExtensions,
}

impl Get {
    /// Checks the options against the caller and the authenticator, and looks up the credentials that the site names.
    /// Nobody is asked yet.
    ///
    /// # Errors
    /// `SecurityError` when the caller may not speak for the relying party or the AppID; `NotAllowedError` when the site names
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
        let mut asked = options.extensions.clone();
        if let Some(wanted) = &asked.app_id {
            app_id::check(caller, &wanted.0).map_err(ErrorKind::AppId)?;
        }
        let allow = known_here(cx, &[common.rp_id.as_str()], &options.allow_credentials)?;
        // A list of foreign credentials must not turn into an empty one, which would allow them all (L3 §5.1.4).
        if allow.is_empty() && !options.allow_credentials.is_empty() {
            return Err(AuthenticatorError::NoCredentials.into());
        }
        let prf = asked.prf.clone().unwrap_or_default();
        let evaluation = Evaluation::prepare(prf, &allow, &common.rp_id, cx)?;
        let profile = cx.authenticator.profile();
        let is_written = can_write(asked.large_blob.as_ref(), profile);
        let demanded = profile.always_uv || evaluation.is_some() || is_written; // GA-04, PRF-03, LBX-04
        let uv = verification(ClientDataType::Get, options.user_verification, profile, demanded)?;
        let large_blob = LargeBlob::prepare(asked.large_blob.take(), uv, cx)?;
        Ok(Self { common, allow, uv, evaluation, large_blob, asked })
    }

    /// Begins the command. Drive its steps to the end, then call [`finish`](Self::finish).
    ///
    /// Where the site has sent `prf` inputs of their own for several of the credentials it names, only those with the
    /// newest one's inputs are offered; see [`begin_picked`](Self::begin_picked) for another.
    pub fn begin(&self, cx: &mut Context<'_>, requester: Requester) -> Step {
        self.begin_for(cx, requester, None)
    }

    /// Like [`begin`](Self::begin), for a passkey that the person has picked already, in the system's own list. They are
    /// still to be asked, and the pick is to be the choice of their answer.
    pub fn begin_picked(&self, cx: &mut Context<'_>, requester: Requester, picked: RecordId) -> Step {
        let picked = evaluation::id_of(picked, cx);
        self.begin_for(cx, requester, picked.as_ref())
    }

    /// Whether the passkeys offered depend on what the person has picked before.
    pub fn depends_on_pick(&self) -> bool {
        self.evaluation.as_ref().is_some_and(Evaluation::depends_on_pick)
    }

    fn begin_for(&self, cx: &mut Context<'_>, requester: Requester, picked: Option<&Base64Url>) -> Step {
        let (allow, salts) = match &self.evaluation {
            Some(evaluation) => evaluation.narrow(&self.allow, picked),
            None => (borrowed(&self.allow), None),
        };
        let command = GetAssertion {
            rp_id: self.common.rp_id.as_str(),
            client_data_hash: self.common.client_data_hash(),
            allow: CredentialList::new(&allow),
            among_named: AmongNamed::Chosen,
            extensions: AssertionExtensions {
                cred_blob: self.asked.get_cred_blob,
                hmac_secret: salts,
                large_blob: self.large_blob.of_credential(),
                large_blob_key: self.large_blob.wants_key().then_some(true),
                ..AssertionExtensions::default()
            },
            up: true,
            uv: self.uv,
            rk_present: false,
            pin_uv_auth: PinUvAuth::default(),
        };
        Command::GetAssertion(command).begin(cx, requester)
    }

    /// Writes the response: `AuthenticationResponseJSON`. `result` is that of the command's
    /// [`Done`](authenticator_core::Done), and `cx` of the session in which it has just ended. Where the site's bytes are still
    /// to be written, the response waits for that; what the `Done` hints at is to be committed before.
    ///
    /// # Errors
    /// What the command failed with, under the name a site is to see.
    pub fn finish(
        mut self,
        cx: &mut Context<'_>,
        result: &Result<Reply, AuthenticatorError>,
    ) -> Result<Ending, Error> {
        let asserted = match result {
            Ok(Reply::Asserted(asserted)) => asserted,
            Ok(_) => return Err(ErrorKind::UnexpectedReply.into()),
            Err(error) => return Err((*error).into()),
        };
        let large_blob = mem::replace(&mut self.large_blob, LargeBlob::Unasked);
        Ok(large_blob.end(cx, asserted, |large_blob| self.response(asserted, large_blob)))
    }

    fn response(&self, asserted: &Asserted, large_blob: Option<LargeBlobResult<'_>>) -> ResponseJson {
        let outputs = Outputs::of_assertion(asserted.auth_data.as_slice());
        let asked = &self.asked;
        let extensions = ExtensionResults {
            // No credential here was made with U2F, so the AppID never takes the relying party id's place.
            app_id: asked.app_id.as_ref().map(|_| false),
            cred_blob: outputs.bytes("credBlob"),
            large_blob,
            prf: asked.prf.as_ref().map(|_| PrfResult { enabled: None, results: asserted.secrets.as_ref() }),
            ..ExtensionResults::default()
        };
        let response = AuthenticationResponse {
            credential_id: asserted.credential_id.as_slice(),
            client_data_json: self.common.client_data_json(),
            authenticator_data: asserted.auth_data.as_slice(),
            signature: asserted.signature.as_slice(),
            user_handle: asserted.user.as_ref().map(|user| user.id.as_slice()),
            attachment: self.common.attachment,
            extensions,
        };
        response.to_json()
    }

    /// What the sign-in shows of the passkeys that are here. `result` is that of the command's
    /// [`Done`](authenticator_core::Done).
    #[must_use]
    pub fn evidence(&self, result: &Result<Reply, AuthenticatorError>) -> Option<Evidence> {
        let Ok(Reply::Asserted(asserted)) = result else { return None };
        Some(Evidence::SignedIn {
            rp_id: self.common.rp_id.clone(),
            credential_id: asserted.credential_id.clone(),
            listed: self.allow.clone(),
        })
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
