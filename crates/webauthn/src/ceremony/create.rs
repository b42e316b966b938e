//! Registration: `navigator.credentials.create()` (WebAuthn L3 §5.1.3 and §6.3.2).

use std::fmt;
use std::time::Duration;

use authenticator_core::credential::CredProtect;
use authenticator_core::{
    Algorithm, Algorithms, Attestation as CoreAttestation, BuiltInVerification, Command, Context,
    CredentialList, Error as AuthenticatorError, HmacSecret, LargeBlobSupport as CoreSupport, MakeCredential,
    PinUvAuth, Preference, Profile, PublicKey as CorePublicKey, RegistrationExtensions, Replacement, Reply,
    Requester, Step, User,
};
use ciborium::Value;

use super::evaluation::{can_evaluate, plain};
use super::{Advice, ClientDataSource, Common, Evidence, Wishes, borrowed, known_here, verification};
use crate::app_id;
use crate::base64url::Base64Url;
use crate::caller::Caller;
use crate::capabilities::keeps_large_blobs;
use crate::client_data::ClientDataType;
use crate::error::{Error, ErrorKind};
use crate::options::{
    AttestationConveyance, CoseAlgorithm, CreationExtensions, CreationOptions, CredentialProtection,
    CredentialProtectionPolicy, LargeBlobSupport, PrfSalts, ResidentKey, Transport, UserEntity,
};
use crate::response::{
    Attestation, ExtensionResults, LargeBlobResult, Outputs, PrfResult, PublicKey, RegistrationResponse,
    ResponseJson,
};
use crate::rp_id::RpId;

/// A registration between its options and its response. `Debug` shows nothing of the user or the site.
#[derive(Clone)]
#[must_use = "a ceremony does nothing until its step is driven"]
pub struct Create {
    common: Common,
    user: UserEntity,
    algorithms: Algorithms,
    /// Those of the site's list that are here, as many as a command takes.
    exclude: Vec<Base64Url>,
    /// All that the site's list names.
    named: Vec<Base64Url>,
    cred_protect: Option<CredProtect>,
    rk: Option<bool>,
    uv: bool,
    formats: Preference,
    transports: Vec<Transport>,
    /// What `prf` is to be evaluated for at once.
    salts: Option<PrfSalts>,
    /// The AppID under which excluded credentials are looked for, too.
    exclude_app_id: Option<String>,
    asked: CreationExtensions,
}

impl Create {
    /// Checks the options against the caller and the authenticator, and looks up the excluded credentials. Nobody is
    /// asked yet.
    ///
    /// # Errors
    /// `SecurityError` when the caller may not speak for the relying party or the AppID; `NotSupportedError` when no
    /// algorithm fits; `ConstraintError` when a discoverable credential or verification is required and cannot be had;
    /// `NotAllowedError` when a large blob is required, or a protection enforced, that cannot be had; `UnknownError` when
    /// the store fails.
    pub fn prepare(
        options: &CreationOptions,
        caller: &Caller,
        client_data: ClientDataSource,
        cx: &mut Context<'_>,
    ) -> Result<Self, Error> {
        let profile = cx.authenticator.profile();
        let selection = &options.authenticator_selection;
        let wishes = Wishes {
            ceremony: ClientDataType::Create,
            rp_id: options.rp.id.as_deref(),
            challenge: &options.challenge,
            timeout: options.timeout,
            attachment: selection.authenticator_attachment,
            hints: &options.hints,
        };
        let common = Common::new(&wishes, caller, client_data, profile)?;
        let algorithms = algorithms(&options.algorithms, profile)?;
        let asked = options.extensions.clone();
        let rk = match asked.large_blob {
            Some(LargeBlobSupport::Required) => {
                discoverable(selection.resident_key, profile)?;
                large_blob_available(profile)?;
                Some(true)
            }
            Some(LargeBlobSupport::Preferred) | None => discoverable(selection.resident_key, profile)?,
        };
        let salts = evaluation(&asked, profile);
        let demanded = demands_verification(profile, rk == Some(true)) || salts.is_some(); // PRF-03
        let uv = verification(ClientDataType::Create, selection.user_verification, profile, demanded)?;
        let cred_protect = protection(options.extensions.cred_protect, profile)?;
        let transports = transports(profile);
        let named = asked.app_id_exclude.as_ref();
        let exclude_app_id = named.map(|named| app_id::check(caller, &named.0)).transpose();
        let exclude_app_id = exclude_app_id.map_err(ErrorKind::AppId)?;
        let scopes = [Some(common.rp_id.as_str()), exclude_app_id.as_deref()];
        let scopes: Vec<&str> = scopes.into_iter().flatten().collect();
        let exclude = known_here(cx, &scopes, &options.exclude_credentials)?;
        let named_by_site = options.exclude_credentials.iter().map(|descriptor| descriptor.id.clone());
        Ok(Self {
            common,
            user: options.user.clone(),
            algorithms,
            exclude,
            named: named_by_site.collect(),
            cred_protect,
            rk,
            uv,
            formats: formats(options),
            transports,
            salts,
            exclude_app_id,
            asked,
        })
    }

    /// Begins the command. Drive its steps to the end, then call [`finish`](Self::finish).
    ///
    /// An older passkey of the same account is superseded, not overwritten, so that a registration that the site does
    /// not accept costs nothing (S-38). The new one is unconfirmed until something shows that the site has it
    /// ([`Evidence`]).
    pub fn begin(&self, cx: &mut Context<'_>, requester: Requester) -> Step {
        let exclude = borrowed(&self.exclude);
        let large_blob = self.asked.large_blob.filter(|_| self.rk == Some(true));
        let command = MakeCredential {
            client_data_hash: self.common.client_data_hash(),
            rp_id: self.common.rp_id.as_str(),
            user: User {
                id: self.user.id.as_bytes(),
                name: Some(&self.user.name),
                display_name: Some(&self.user.display_name),
            },
            algorithms: self.algorithms.clone(),
            exclude: CredentialList::new(&exclude),
            exclude_app_id: self.exclude_app_id.as_deref(),
            extensions: RegistrationExtensions {
                cred_protect: self.cred_protect,
                cred_blob: self.asked.cred_blob.as_ref().map(Base64Url::as_bytes),
                hmac_secret: self.asked.prf.is_some(),
                hmac_secret_mc: self.salts.as_ref().map(plain),
                large_blob: large_blob.map(support),
                large_blob_key: large_blob.map(|_| true),
                min_pin_length: self.asked.min_pin_length,
                ..RegistrationExtensions::default()
            },
            rk: self.rk,
            up: None,
            uv: self.uv,
            pin_uv_auth: PinUvAuth::default(),
            enterprise_attestation: None,
            attestation_formats: self.formats.clone(),
            replacement: Replacement::Supersede,
        };
        Command::MakeCredential(command).begin(cx, requester)
    }

    /// Writes the response: `RegistrationResponseJSON`. `result` is that of the command's
    /// [`Done`](authenticator_core::Done).
    ///
    /// # Errors
    /// What the command failed with, under the name a site is to see. `InvalidStateError`: an excluded credential is
    /// here, and the user has agreed to let the site know.
    pub fn finish(self, result: &Result<Reply, AuthenticatorError>) -> Result<ResponseJson, Error> {
        let registered = match result {
            Ok(Reply::Registered(registered)) => registered,
            Ok(_) => return Err(ErrorKind::UnexpectedReply.into()),
            Err(error) => return Err((*error).into()),
        };
        let (format, statement) = attestation(&registered.attestation)?;
        let key = registered.public_key().ok_or(ErrorKind::UnexpectedReply)?;
        let outputs = Outputs::of_registration(registered.auth_data.as_slice(), registered.credential_id());
        let asked = &self.asked;
        let keeps_blob = registered.large_blob == Some(true) || registered.large_blob_key.is_some();
        let extensions = ExtensionResults {
            app_id_exclude: asked.app_id_exclude.as_ref().map(|_| true),
            cred_blob_stored: outputs.flag("credBlob"),
            // The core makes exactly what `rk` says, which by default is no.
            cred_props_rk: asked.cred_props.then_some(self.rk == Some(true)),
            large_blob: asked
                .large_blob
                .map(|_| LargeBlobResult { supported: Some(keeps_blob), ..LargeBlobResult::default() }),
            prf: asked.prf.as_ref().map(|_| PrfResult {
                enabled: Some(outputs.flag("hmac-secret").unwrap_or(false)),
                results: registered.secrets.as_ref(),
            }),
            ..ExtensionResults::default()
        };
        let response = RegistrationResponse {
            credential_id: registered.credential_id(),
            client_data_json: self.common.client_data_json(),
            authenticator_data: registered.auth_data.as_slice(),
            attestation: Attestation { format, statement: &statement },
            transports: &self.transports,
            algorithm: cose(key.algorithm())?,
            public_key: public_key(&key),
            attachment: self.common.attachment,
            extensions,
        };
        response.to_json()
    }

    /// What the registration shows of the passkeys that were here before. `result` is that of the command's
    /// [`Done`](authenticator_core::Done).
    #[must_use]
    pub fn evidence(&self, result: &Result<Reply, AuthenticatorError>) -> Option<Evidence> {
        let agreed = matches!(result, Ok(Reply::Registered(_)) | Err(AuthenticatorError::Excluded));
        (agreed && !self.exclude.is_empty()).then(|| Evidence::Excluded {
            rp_id: self.common.rp_id.clone(),
            user_id: self.user.id.clone(),
            listed: self.exclude.clone(),
            // What is left out of `exclude` would be taken for what the site does not name.
            named: self.named.clone(),
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

impl fmt::Debug for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("algorithms", &self.algorithms)
            .field("exclude", &self.exclude.len())
            .field("rk", &self.rk)
            .field("uv", &self.uv)
            .field("timeout", &self.common.timeout)
            .finish_non_exhaustive()
    }
}

/// `pubKeyCredParams` in the site's order, as far as there are keys of that kind here (MC-05).
fn algorithms(wanted: &[CoseAlgorithm], profile: &Profile) -> Result<Algorithms, Error> {
    let available = profile.keys.algorithms.as_slice();
    let known = wanted.iter().filter_map(|wanted| Algorithm::from_cose_id(i64::from(wanted.0)));
    let algorithms = Algorithms::new(known.filter(|algorithm| available.contains(algorithm)));
    if algorithms.as_slice().is_empty() {
        Err(AuthenticatorError::UnsupportedAlgorithm.into())
    } else {
        Ok(algorithms)
    }
}

/// `options.rk`, which must be absent where discoverable credentials are not supported (MC-09).
fn discoverable(wish: ResidentKey, profile: &Profile) -> Result<Option<bool>, Error> {
    match (wish, profile.discoverable) {
        (ResidentKey::Required, false) => Err(AuthenticatorError::ResidentKeyOption.into()),
        (_, false) => Ok(None),
        (ResidentKey::Discouraged, true) => Ok(Some(false)),
        (ResidentKey::Required | ResidentKey::Preferred, true) => Ok(Some(true)),
    }
}

/// Only a discoverable credential has a large blob (LBK-01, LBX-01).
fn large_blob_available(profile: &Profile) -> Result<(), Error> {
    if keeps_large_blobs(profile) { Ok(()) } else { Err(ErrorKind::LargeBlobNotAvailable.into()) }
}

const fn support(wish: LargeBlobSupport) -> CoreSupport {
    match wish {
        LargeBlobSupport::Required => CoreSupport::Required,
        LargeBlobSupport::Preferred => CoreSupport::Preferred,
    }
}

/// CTAP 2.3 §6.1.2 steps 5 to 8 (MC-12, MC-13): when a protected authenticator makes nothing without verification.
fn demands_verification(profile: &Profile, discoverable: bool) -> bool {
    profile.always_uv || discoverable || !profile.make_cred_uv_not_rqd
}

/// What `prf` is to be evaluated for while the credential is made, where that can be (PRF-02).
fn evaluation(asked: &CreationExtensions, profile: &Profile) -> Option<PrfSalts> {
    let at_once = profile.hmac_secret == HmacSecret::AtRegistrationToo && can_evaluate(profile);
    asked.prf.as_ref().filter(|_| at_once)?.eval.clone()
}

/// CTAP 2.3 §12.1. Every level can be had, except that one which always needs verification is of no use where there
/// will never be any: enforced, it ends the ceremony; else it is not asked for, and the missing output says so.
fn protection(wish: Option<CredentialProtection>, profile: &Profile) -> Result<Option<CredProtect>, Error> {
    let Some(CredentialProtection { policy, enforce }) = wish else {
        return Ok(None);
    };
    let level = match policy {
        CredentialProtectionPolicy::UserVerificationOptional => CredProtect::Optional,
        CredentialProtectionPolicy::UserVerificationOptionalWithCredentialIdList => {
            CredProtect::WithCredentialIdList
        }
        CredentialProtectionPolicy::UserVerificationRequired => CredProtect::Required,
    };
    let never_usable =
        level == CredProtect::Required && profile.verification == BuiltInVerification::Unsupported;
    match (never_usable, enforce) {
        (false, _) => Ok(Some(level)),
        (true, false) => Ok(None),
        (true, true) => Err(ErrorKind::ProtectionNotAvailable.into()),
    }
}

/// A site that wants no attestation gets none; another gets the format it likes best, or the authenticator's own choice.
fn formats(options: &CreationOptions) -> Preference {
    match options.attestation {
        AttestationConveyance::None => Preference::new(["none"]),
        AttestationConveyance::Indirect
        | AttestationConveyance::Direct
        | AttestationConveyance::Enterprise => {
            Preference::new(options.attestation_formats.iter().map(String::as_str))
        }
    }
}

/// WebAuthn L3 §5.2.1: unique and in lexicographical order.
fn transports(profile: &Profile) -> Vec<Transport> {
    let known =
        profile.transports.iter().filter_map(|transport| Transport::from_word(transport.identifier()));
    let mut transports: Vec<Transport> = known.collect();
    transports.sort_by_key(|transport| transport.as_str());
    transports.dedup();
    transports
}

/// Format and statement, in canonical CBOR (AT-01, AT-02, AT-05).
fn attestation(attestation: &CoreAttestation) -> Result<(&'static str, Vec<u8>), Error> {
    let statement = match attestation {
        CoreAttestation::None => Vec::new(),
        CoreAttestation::PackedSelf { algorithm, signature } => {
            vec![("alg".into(), cose(*algorithm)?.0.into()), ("sig".into(), signature.as_slice().into())]
        }
        CoreAttestation::PackedBasic { algorithm, signature, certificates }
        | CoreAttestation::PackedEnterprise { algorithm, signature, certificates } => {
            let chain = certificates.iter().map(|one| Value::from(*one)).collect();
            vec![
                ("alg".into(), cose(*algorithm)?.0.into()),
                ("sig".into(), signature.as_slice().into()),
                ("x5c".into(), Value::Array(chain)),
            ]
        }
        _ => return Err(ErrorKind::UnexpectedReply.into()),
    };
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Map(statement), &mut bytes).map_err(|_| ErrorKind::AttestationStatement)?;
    Ok((attestation.identifier(), bytes))
}

fn cose(algorithm: Algorithm) -> Result<CoseAlgorithm, Error> {
    let id = i32::try_from(algorithm.cose_id()).map_err(|_| ErrorKind::UnexpectedReply)?;
    Ok(CoseAlgorithm(id))
}

fn public_key(key: &CorePublicKey) -> Option<PublicKey> {
    match *key {
        CorePublicKey::P256 { x, y } => Some(PublicKey::Es256 { x, y }),
        CorePublicKey::Ed25519(key) => Some(PublicKey::Ed25519(key)),
        CorePublicKey::P384 { x, y } => Some(PublicKey::Es384 { x, y }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
