//! The two ceremonies.

use crate::book::{Account, Book, Credential, Verifier};
use crate::{Algorithm, RpError, Settings, names, options};
use core::fmt::Write as _;
use data_encoding::BASE64URL_NOPAD;
use webauthn_rp::bin::Encode as _;
use webauthn_rp::request::auth::{
    AllowedCredentials, AuthenticationVerificationOptions, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, NonDiscoverableAuthenticationServerState,
    NonDiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::{
    CredProtect, PublicKeyCredentialCreationOptions, PublicKeyCredentialUserEntity, RegistrationServerState,
    RegistrationVerificationOptions, USER_HANDLE_MAX_LEN, UserHandle64,
};
use webauthn_rp::request::{BackupReq, Credentials as _, ExtensionReq, FixedCapHashSet, InsertResult, RpId};
use webauthn_rp::response::Backup;
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::auth::{
    AuthenticatorData, DiscoverableAuthentication64, NonDiscoverableAuthentication64,
};
use webauthn_rp::response::register::error::RegCeremonyErr;
use webauthn_rp::response::register::{Attestation as Statement, Registration, UncompressedPubKey};

/// How many ceremonies of each kind may wait for an answer, at least: the set rounds up.
const PENDING: usize = 64;

/// A relying party: accounts, registered credentials and pending challenges, in memory.
///
/// A challenge is good for one answer within five minutes; it is used up by the first response that carries it,
/// be that accepted or refused.
#[derive(Debug)]
pub struct RelyingParty {
    rp_id: RpId,
    origin: String,
    settings: Settings,
    book: Book,
    registrations: FixedCapHashSet<RegistrationServerState<USER_HANDLE_MAX_LEN>>,
    named_sign_ins: FixedCapHashSet<NonDiscoverableAuthenticationServerState>,
    nameless_sign_ins: FixedCapHashSet<DiscoverableAuthenticationServerState>,
}

/// What the relying party learnt from an accepted registration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registered {
    /// The credential id, base64url without padding.
    pub credential_id: String,
    /// The account it was registered for.
    pub user_name: String,
    /// The key's algorithm.
    pub algorithm: Algorithm,
    /// The BE flag. Always false: an eligible credential is refused.
    pub backup_eligible: bool,
    /// The BS flag. Always false: a backed-up credential is refused.
    pub backed_up: bool,
    /// The UV flag.
    pub user_verified: bool,
    /// The verified attestation statement's kind.
    pub attestation: AttestationFormat,
    /// The authenticator model's AAGUID, in the usual form with hyphens.
    pub aaguid: String,
}

/// An attestation statement that the relying party can verify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AttestationFormat {
    /// `none`: nothing is vouched for.
    None,
    /// `packed` without certificates: signed by the credential's own key.
    PackedSelf,
}

/// What the relying party learnt from an accepted sign-in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedIn {
    /// The account.
    pub user_name: String,
    /// The credential id, base64url without padding.
    pub credential_id: String,
    /// The UV flag of this sign-in.
    pub user_verified: bool,
}

impl RelyingParty {
    /// A relying party without accounts and with the default [`Settings`].
    ///
    /// # Errors
    /// [`RpError::InvalidRpId`], [`RpError::InvalidOrigin`].
    pub fn new(rp_id: &str, origin: &str) -> Result<Self, RpError> {
        Self::with_settings(rp_id, origin, Settings::default())
    }

    /// A relying party without accounts.
    ///
    /// # Errors
    /// [`RpError::InvalidRpId`], [`RpError::InvalidOrigin`], [`RpError::NoAlgorithm`].
    pub fn with_settings(rp_id: &str, origin: &str, settings: Settings) -> Result<Self, RpError> {
        let rp_id = names::rp_id(rp_id)?;
        let origin = names::origin(origin, &rp_id)?;
        if settings.algorithms.is_empty() {
            return Err(RpError::NoAlgorithm);
        }
        Ok(Self {
            rp_id,
            origin,
            settings,
            book: Book::default(),
            registrations: FixedCapHashSet::new(PENDING),
            named_sign_ins: FixedCapHashSet::new(PENDING),
            nameless_sign_ins: FixedCapHashSet::new(PENDING),
        })
    }

    /// Begins a registration and returns the options for the client. A new user name makes a new account with a
    /// random user handle; a known one keeps its handle, takes the new display name and excludes the
    /// credentials it has already.
    ///
    /// # Errors
    /// [`RpError::InvalidUserName`], [`RpError::InvalidDisplayName`], [`RpError::TooManyPending`].
    pub fn registration_options(&mut self, user_name: &str, display_name: &str) -> Result<String, RpError> {
        let name = names::user_name(user_name)?;
        let display_name = names::display_name(display_name)?;
        let exclude = self.book.descriptors(name.as_ref())?;
        let account = self
            .book
            .accounts
            .entry(name.as_ref().to_owned())
            .or_insert_with(|| Account { display_name: String::new(), user_handle: UserHandle64::new() });
        display_name.as_ref().clone_into(&mut account.display_name);

        let user = PublicKeyCredentialUserEntity {
            name,
            id: &account.user_handle,
            display_name: Some(display_name),
        };
        let mut wanted = PublicKeyCredentialCreationOptions::passkey(&self.rp_id, user, exclude);
        wanted.pub_key_cred_params = self.settings.allowed_algorithms();
        wanted.authenticator_selection.user_verification = self.settings.user_verification.requirement();
        // The library asks for credProtect 3 with a passkey, which cannot go with an optional verification.
        wanted.extensions.cred_protect = CredProtect::None;
        // If the client says what it made, it must say that it is discoverable.
        wanted.extensions.cred_props = Some(ExtensionReq::Allow);

        let (server, client) =
            wanted.start_ceremony().map_err(|_| RpError::Internal("registration options"))?;
        let json = options::creation(&client, &self.settings)?;
        inserted(self.registrations.insert_or_replace_all_expired(server))?;
        Ok(json)
    }

    /// Judges a `RegistrationResponseJSON` and keeps the credential when all is well (WebAuthn L3 §7.1).
    ///
    /// # Errors
    /// [`RpError::Malformed`] when it cannot be read, otherwise the reason for the refusal.
    pub fn finish_registration(&mut self, response_json: &str) -> Result<Registered, RpError> {
        let response: Registration = serde_json::from_str(response_json).map_err(RpError::Malformed)?;
        let challenge = response.challenge().map_err(RegCeremonyErr::CollectedClientData)?;
        let ceremony = self.registrations.take(&challenge).ok_or(RpError::UnknownChallenge)?;
        let checks = RegistrationVerificationOptions::<'_, '_, String, String> {
            allowed_origins: core::slice::from_ref(&self.origin),
            backup_requirement: BackupReq::NotEligible,
            // §7.1 step 27: a client may add an output nobody asked for, such as a default credProtect.
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        let credential = ceremony.verify(&self.rp_id, &response, &checks)?;

        let id: &[u8] = credential.id().into_inner();
        // §7.1 step 26: an id belongs to one account, ever.
        if self.book.credentials.contains_key(id) {
            return Err(RpError::AlreadyRegistered);
        }
        let user_name =
            self.book.user_name_of(credential.user_id()).ok_or(RpError::UnknownAccount)?.to_owned();
        let algorithm = match credential.static_state().credential_public_key {
            UncompressedPubKey::P256(_) => Algorithm::Es256,
            UncompressedPubKey::Ed25519(_) => Algorithm::EdDsa,
            UncompressedPubKey::P384(_) => Algorithm::Es384,
            UncompressedPubKey::Rsa(_) => {
                return Err(RpError::Registration(RegCeremonyErr::PublicKeyAlgorithmMismatch));
            }
        };
        let state = credential.dynamic_state();
        let Ok(static_state) = credential.static_state().encode();
        let registered = Registered {
            credential_id: BASE64URL_NOPAD.encode(id),
            user_name: user_name.clone(),
            algorithm,
            backup_eligible: !matches!(state.backup, Backup::NotEligible),
            backed_up: matches!(state.backup, Backup::Exists),
            user_verified: state.user_verified,
            attestation: match credential.metadata().attestation {
                Statement::None => AttestationFormat::None,
                Statement::Surrogate => AttestationFormat::PackedSelf,
            },
            aaguid: hyphenated(credential.metadata().aaguid.data()),
        };
        let kept =
            Credential { user_name, static_state, dynamic_state: state, transports: credential.transports() };
        self.book.credentials.insert(id.to_vec(), kept);
        Ok(registered)
    }

    /// Begins a sign-in and returns the options for the client. With a user name the options list the account's
    /// credentials; without one the list is empty and the authenticator offers what it has.
    ///
    /// # Errors
    /// [`RpError::UnknownAccount`], [`RpError::NoCredentials`], [`RpError::TooManyPending`].
    pub fn authentication_options(&mut self, user_name: Option<&str>) -> Result<String, RpError> {
        let verification = self.settings.user_verification.requirement();
        let Some(user_name) = user_name else {
            let mut wanted = DiscoverableCredentialRequestOptions::passkey(&self.rp_id);
            wanted.0.user_verification = verification;
            let (server, client) =
                wanted.start_ceremony().map_err(|_| RpError::Internal("request options"))?;
            let json = options::request(&client)?;
            inserted(self.nameless_sign_ins.insert_or_replace_all_expired(server))?;
            return Ok(json);
        };

        let user_name = names::user_name(user_name)?;
        if !self.book.accounts.contains_key(user_name.as_ref()) {
            return Err(RpError::UnknownAccount);
        }
        let descriptors = self.book.descriptors(user_name.as_ref())?;
        let mut allowed = AllowedCredentials::with_capacity(descriptors.len());
        for descriptor in descriptors {
            // The ids are the keys of a map, so none comes twice and none is left out.
            allowed.push(descriptor.into());
        }
        let mut wanted = NonDiscoverableCredentialRequestOptions::second_factor(&self.rp_id, allowed)
            .map_err(|_| RpError::NoCredentials)?;
        wanted.options().user_verification = verification;
        let (server, client) = wanted.start_ceremony().map_err(|_| RpError::Internal("request options"))?;
        let json = options::request(&client)?;
        inserted(self.named_sign_ins.insert_or_replace_all_expired(server))?;
        Ok(json)
    }

    /// Judges an `AuthenticationResponseJSON` (WebAuthn L3 §7.2).
    ///
    /// # Errors
    /// [`RpError::Malformed`] when it cannot be read, otherwise the reason for the refusal.
    pub fn finish_authentication(&mut self, response_json: &str) -> Result<SignedIn, RpError> {
        let named: NonDiscoverableAuthentication64 =
            serde_json::from_str(response_json).map_err(RpError::Malformed)?;
        let challenge = named.challenge().map_err(AuthCeremonyErr::CollectedClientData)?;
        let id: &[u8] = named.raw_id().into_inner();
        let data = named.response().authenticator_data();
        if let Some(ceremony) = self.named_sign_ins.take(&challenge) {
            return self.judge(id, data, |rp_id, credential, checks| {
                ceremony.verify(rp_id, &named, credential, checks)
            });
        }
        let ceremony = self.nameless_sign_ins.take(&challenge).ok_or(RpError::UnknownChallenge)?;
        // The library's own reading lets a null user handle through and panics on it later.
        if named.response().user_handle().is_none() {
            return Err(RpError::NoUserHandle);
        }
        let nameless: DiscoverableAuthentication64 =
            serde_json::from_str(response_json).map_err(RpError::Malformed)?;
        self.judge(id, data, |rp_id, credential, checks| {
            ceremony.verify(rp_id, &nameless, credential, checks)
        })
    }

    /// Forgets a credential, given as base64url. Returns whether it was known.
    pub fn forget(&mut self, credential_id: &str) -> bool {
        BASE64URL_NOPAD
            .decode(credential_id.as_bytes())
            .is_ok_and(|id| self.book.credentials.remove(&id).is_some())
    }

    /// Accounts and credentials as JSON text for [`RelyingParty::import`]. Pending challenges are not part of it.
    ///
    /// # Errors
    /// [`RpError::Internal`] only.
    pub fn export(&self) -> Result<String, RpError> {
        self.book.to_json(self.rp_id.as_ref())
    }

    /// Replaces accounts and credentials by what [`RelyingParty::export`] wrote for the same RP ID. On an error
    /// nothing has changed. A registration that began before and whose account is gone is refused later.
    ///
    /// # Errors
    /// [`RpError::ImportSyntax`], [`RpError::ImportContent`], [`RpError::InvalidUserName`],
    /// [`RpError::InvalidDisplayName`].
    pub fn import(&mut self, json: &str) -> Result<(), RpError> {
        self.book = Book::from_json(json, self.rp_id.as_ref())?;
        Ok(())
    }

    /// Runs the library's checks against the stored credential and keeps what they changed.
    fn judge(
        &mut self,
        id: &[u8],
        authenticator_data: &[u8],
        check: impl FnOnce(
            &RpId,
            &mut Verifier<'_>,
            &AuthenticationVerificationOptions<'_, '_, String, String>,
        ) -> Result<bool, AuthCeremonyErr>,
    ) -> Result<SignedIn, RpError> {
        let stored = self.book.credentials.get_mut(id).ok_or(RpError::UnknownCredential)?;
        let account = self.book.accounts.get(&stored.user_name).ok_or(RpError::UnknownAccount)?;
        let mut credential = stored.verifier(id, &account.user_handle)?;
        let checks = AuthenticationVerificationOptions {
            allowed_origins: core::slice::from_ref(&self.origin),
            backup_requirement: Some(BackupReq::NotEligible),
            error_on_unsolicited_extensions: false,
            update_uv: true,
            ..Default::default()
        };
        check(&self.rp_id, &mut credential, &checks)?;
        let flags = AuthenticatorData::try_from(authenticator_data)
            .map_err(|error| RpError::Authentication(AuthCeremonyErr::AuthenticatorData(error)))?
            .flags();
        stored.dynamic_state = credential.dynamic_state();
        Ok(SignedIn {
            user_name: stored.user_name.clone(),
            credential_id: BASE64URL_NOPAD.encode(id),
            user_verified: flags.user_verified,
        })
    }
}

fn inserted(result: InsertResult) -> Result<(), RpError> {
    match result {
        InsertResult::Success => Ok(()),
        InsertResult::CapacityFull => Err(RpError::TooManyPending),
        InsertResult::Duplicate => Err(RpError::Internal("a challenge came twice")),
    }
}

fn hyphenated(aaguid: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in aaguid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
