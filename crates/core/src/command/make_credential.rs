//! authenticatorMakeCredential (CTAP 2.3 §6.1.2).

use super::authorise::{authorise, check_uv, effective_uv, is_touch_wanted, param, wait_for_touch};
#[cfg(doc)]
use super::manage::Manage;
use super::registration::{NewRecord, finish};
use super::{PinUvAuth, check_list_length};
use crate::attestation::{Enterprise, Preference, Voucher};
use crate::auth_data::{self, Attested, AuthData};
use crate::bounded::{Bytes, Text};
use crate::commit::{LateKey, Work};
use crate::context::Context;
use crate::cose::{Algorithm, Algorithms};
use crate::credential::{
    ClientDataHash, CredBlob, CredProtect, CredentialState, RpId, RpIdHash, Seed, UserEntity,
};
use crate::descriptor::CredentialList;
use crate::error::{Error, PinUvAuthError, RequestError};
use crate::extension::{Beside, Derivation, Registering, RegistrationExtensions};
use crate::key::software::Sealed;
use crate::key::{Backend, KeyError, KeyRef, KeyRequest, KeyUse, NewKey, Signature, SignatureRequest};
use crate::pin::{Permissions, TokenUse};
use crate::profile::Profile;
use crate::reply::{Attestation, Registered};
use crate::session::{NewCredential, Ticket};
use crate::step::{AfterSignature, AfterUser, NeedsCommit, NeedsKeypair, NeedsSignature, NeedsUser, Step};
use crate::store::{RecordId, Vault};
use crate::user::{Ask, Consent, Gesture, Prompt, Proof, Refusal, Verified};
use core::fmt;

/// A request to make a credential.
#[derive(Clone)]
pub struct MakeCredential<'a> {
    /// Hash of the serialised client data.
    pub client_data_hash: ClientDataHash,
    /// The relying party identifier.
    pub rp_id: &'a str,
    /// The account.
    pub user: User<'a>,
    /// The algorithms both sides know, in the site's order.
    pub algorithms: Algorithms,
    /// Credentials that must not be on this authenticator already.
    pub exclude: CredentialList<'a>,
    /// Another name under which those of `exclude` may be here: the AppID of WebAuthn's `appidExclude`. Nothing is ever made
    /// under it.
    pub exclude_app_id: Option<&'a str>,
    /// What is asked of the extensions.
    pub extensions: RegistrationExtensions<'a>,
    /// `options.rk`.
    pub rk: Option<bool>,
    /// `options.up`.
    pub up: Option<bool>,
    /// `options.uv`.
    pub uv: bool,
    /// The PIN/UV auth members.
    pub pin_uv_auth: PinUvAuth<'a>,
    /// `enterpriseAttestation`.
    pub enterprise_attestation: Option<u64>,
    /// `attestationFormatsPreference`.
    pub attestation_formats: Preference,
    /// What becomes of an older credential for the same account.
    pub replacement: Replacement,
}

/// The account of a request. Longer names are cut when they are kept (MC-27).
#[derive(Clone, Copy)]
pub struct User<'a> {
    /// The user handle, 1 to 64 bytes.
    pub id: &'a [u8],
    /// `user.name`.
    pub name: Option<&'a str>,
    /// `user.displayName`.
    pub display_name: Option<&'a str>,
}

/// What becomes of an older discoverable credential for the same relying party and user handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// It is overwritten, as CTAP has it (MC-25).
    Overwrite,
    /// It leaves the chooser but is kept, usable where a site names it, until one of the two is deleted or the new one is
    /// confirmed ([`Manage::Confirm`]). The new one is [`Unconfirmed`](CredentialState::Unconfirmed) until then (S-38).
    Supersede,
}

impl Replacement {
    /// What a new credential is: where it has replaced the older ones at once there is no way back, and nothing to wait for.
    pub(super) const fn first_state(self) -> CredentialState {
        match self {
            Self::Overwrite => CredentialState::Active,
            Self::Supersede => CredentialState::Unconfirmed,
        }
    }
}

impl fmt::Debug for MakeCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakeCredential")
            .field("algorithms", &self.algorithms)
            .field("rk", &self.rk)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

/// Steps 1 to 12: everything that can be refused before anyone is asked, in the specification's order.
pub(super) fn begin(cx: &mut Context<'_>, request: &MakeCredential<'_>) -> Result<Step, Error> {
    let profile = cx.authenticator.profile();
    let (header, standing) = cx.standing()?;
    if is_touch_wanted(&standing, &request.pin_uv_auth) {
        return Ok(wait_for_touch(&standing)); // step 1
    }
    let param = param(&standing, &request.pin_uv_auth)?; // step 2
    let algorithm = choose_algorithm(profile, &request.algorithms)?; // step 3
    check_uv(&standing, request.uv)?; // step 5
    if request.rk.is_some() && !profile.discoverable {
        return Err(Error::ResidentKeyOption); // MC-09
    }
    if request.up == Some(false) {
        return Err(Error::PresenceNotOptional); // MC-10
    }
    check_list_length(profile, request.exclude.len())?; // MC-11
    let discoverable = request.rk.unwrap_or(false);
    let uv = effective_uv(&standing, request.uv, param.is_some())?; // step 6
    let unverified_allowed = standing.makes_credentials_unverified() && !discoverable;
    if standing.is_protected() && !uv && param.is_none() && !unverified_allowed {
        return Err(standing.demand_verification_now()); // steps 7 and 8
    }
    let enterprise = match request.enterprise_attestation {
        Some(kind) => standing.enterprise_attestation(kind, request.rp_id)?, // step 9
        None => Enterprise::No,
    };
    let rp_id = Text::truncated(request.rp_id);
    let user = keep_user(&request.user)?;
    let rp_id_hash = RpIdHash::of(request.rp_id);
    let timeout = profile.user_action_timeout;

    let permission = Permissions::MAKE_CREDENTIAL;
    let hash = &request.client_data_hash;
    let extensions = Registering::begin(cx, &standing, &request.extensions, &rp_id_hash, discoverable)?;
    let token = authorise(cx, &standing, param, hash, permission, &rp_id_hash)?; // step 11.1

    // Step 12 comes after verification, whose outcome decides which entries count; both kinds are looked up now, while
    // the list is there.
    let vault = cx.opened_vault(header.generation)?;
    let mut excluded = Excluded::default();
    excluded.scan(&vault, &rp_id_hash, &request.exclude)?;
    if let Some(app_id) = request.exclude_app_id {
        excluded.scan(&vault, &RpIdHash::of(app_id), &request.exclude)?;
    }
    let presence = token.as_ref().is_some_and(TokenUse::user_present);
    if presence && excluded.hits(true) {
        return Err(Error::Excluded); // MC-20: the user was there already
    }
    let ask = if uv { Ask::Verification } else { Ask::Presence };
    let verified = uv || token.is_some();
    let state = AwaitUser {
        client_data_hash: request.client_data_hash,
        rp_id_hash,
        algorithm,
        discoverable,
        extensions,
        cred_blob: extensions.cred_blob(&request.extensions),
        voucher: Voucher::choose(profile, &request.attestation_formats, enterprise),
        excluded,
        replacement: request.replacement,
        ticket: cx.session.under_way.ticket(),
        token,
        generation: header.generation,
    };
    if presence {
        let proof = state.token.as_ref().map_or(Proof::NONE, Proof::by_token);
        return state.agreed(cx, rp_id, user, proof); // MC-23: without asking again
    }
    let prompt =
        if excluded.hits(verified) { Prompt::Excluded { rp_id } } else { Prompt::Register { rp_id, user } };
    NeedsUser { prompt, ask, timeout, then: AfterUser::MakeCredential(state) }.begin(cx, &standing)
}

/// MC-05: the first of the site's algorithms that the backend has.
fn choose_algorithm(profile: &Profile, wanted: &Algorithms) -> Result<Algorithm, Error> {
    let available = profile.keys.algorithms.as_slice();
    wanted
        .as_slice()
        .iter()
        .copied()
        .find(|wanted| available.contains(wanted))
        .ok_or(Error::UnsupportedAlgorithm)
}

fn keep_user(user: &User<'_>) -> Result<UserEntity, Error> {
    let id = Bytes::new(user.id).filter(|_| !user.id.is_empty()).ok_or(RequestError::UserIdLength)?;
    Ok(UserEntity {
        id,
        name: user.name.map(Text::truncated),
        display_name: user.display_name.map(Text::truncated),
    })
}

/// Which kinds of credential the exclude list names (MC-20).
#[derive(Clone, Copy, Debug, Default)]
struct Excluded {
    /// One that counts always.
    open: bool,
    /// One of credProtect level 3, which counts only once the user is verified.
    protected: bool,
}

impl Excluded {
    fn scan(
        &mut self,
        vault: &Vault<'_>,
        rp_id_hash: &RpIdHash,
        list: &CredentialList<'_>,
    ) -> Result<(), Error> {
        for id in list.ids() {
            let level = match vault.opens(rp_id_hash, id) {
                Some(sealed) => Some(sealed.cred_protect),
                None => vault.by_credential_id(rp_id_hash, id, |entry| entry.credential.cred_protect)?,
            };
            match level {
                Some(CredProtect::Required) => self.protected = true,
                Some(CredProtect::Optional | CredProtect::WithCredentialIdList) => self.open = true,
                None => {}
            }
        }
        Ok(())
    }

    const fn hits(self, verified: bool) -> bool {
        self.open || (self.protected && verified)
    }
}

/// Waits for the answer to the prompt.
#[derive(Debug)]
pub(crate) struct AwaitUser {
    client_data_hash: ClientDataHash,
    rp_id_hash: RpIdHash,
    algorithm: Algorithm,
    discoverable: bool,
    extensions: Registering,
    cred_blob: CredBlob,
    voucher: Voucher,
    excluded: Excluded,
    replacement: Replacement,
    ticket: Ticket,
    token: Option<TokenUse>,
    generation: u64,
}

impl AwaitUser {
    /// Steps 11 to 14: verification, the exclude list, presence.
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        prompt: Prompt,
        ask: Ask,
        answer: Result<Gesture, Refusal>,
    ) -> Result<Step, Error> {
        let Prompt::Register { rp_id, user } = prompt else { return Err(excluded(ask, answer)) };
        let proof = answer.map(|gesture| Proof::of(&gesture)).map_err(|r| Error::Refused(r, ask))?;
        if ask == Ask::Verification && proof.verified.is_none() {
            return Err(Error::Unproven(ask));
        }
        let proof = proof.beside(self.token.as_ref());
        if self.excluded.hits(proof.verified.is_some()) {
            return Err(Error::Excluded);
        }
        if proof.consent.is_none() {
            return Err(Error::Unproven(ask));
        }
        self.agreed(cx, rp_id, user, proof)
    }

    /// The user has agreed: the key is to be made.
    fn agreed(
        self,
        cx: &mut Context<'_>,
        rp_id: RpId,
        user: UserEntity,
        proof: Proof,
    ) -> Result<Step, Error> {
        cx.session.pin.token.consume(); // TOK-14
        self.extensions.salts.check()?; // step 15
        let Proof { consent, verified } = proof;
        let consent = consent.ok_or(Error::Unproven(Ask::Presence))?;
        let header = cx.open()?;
        if header.generation != self.generation {
            return Err(Error::StoreReset); // nothing of what was allowed is so any more
        }
        if self.token.as_ref().is_some_and(|token| !token.holds(header.auth_epoch)) {
            return Err(PinUvAuthError::Invalid.into());
        }
        // Only the software backend can put a key into an id; another backend's key has a record, found by its name alone.
        let backend = cx.authenticator.profile().keys.backend;
        let key_use = if self.discoverable || backend != Backend::SOFTWARE {
            KeyUse::Record
        } else {
            KeyUse::CredentialId {
                cred_protect: self.extensions.cred_protect(),
                third_party_payment: self.extensions.third_party_payment(),
            }
        };
        let request = KeyRequest {
            algorithm: self.algorithm,
            alias: cx.new_alias()?,
            rp_id_hash: self.rp_id_hash,
            key_use,
            challenge: self.client_data_hash,
        };
        let Self { discoverable, extensions, cred_blob, voucher, replacement, ticket, generation, .. } = self;
        let extended = extensions.left_with_credential(cred_blob);
        cx.session.under_way.keep(ticket, NewCredential { rp_id, user, extended })?;
        let then = AwaitKeypair {
            consent,
            verified,
            discoverable,
            extensions,
            voucher,
            replacement,
            ticket,
            generation,
        };
        let needs = NeedsKeypair { request, then };
        if backend == Backend::SOFTWARE {
            Ok(Step::NeedsKeypair(needs))
        } else {
            NeedsCommit::begin(cx, Work::IntendKey(needs))
        }
    }
}

/// MC-20: the touch is waited for, but CREDENTIAL_EXCLUDED comes whatever it was; only a cancel is told apart, and a
/// verification that failed comes first, being step 11.
fn excluded(ask: Ask, answer: Result<Gesture, Refusal>) -> Error {
    match (answer, ask) {
        (Err(Refusal::Cancelled), _) => Error::Refused(Refusal::Cancelled, ask),
        (Err(refusal), Ask::Verification) => Error::Refused(refusal, ask),
        (Ok(gesture), Ask::Verification) if Proof::of(&gesture).verified.is_none() => Error::Unproven(ask),
        (Err(refusal), _) => Error::ExcludedUnagreed(refusal),
        (Ok(_), _) => Error::Excluded,
    }
}

/// Waits for the key.
#[derive(Debug)]
pub(crate) struct AwaitKeypair {
    consent: Consent,
    verified: Option<Verified>,
    discoverable: bool,
    extensions: Registering,
    voucher: Voucher,
    replacement: Replacement,
    ticket: Ticket,
    generation: u64,
}

impl AwaitKeypair {
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Steps 15 to 19: the credential and its authenticator data; then the attestation, if it is to be signed.
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        request: &KeyRequest,
        new: NewKey,
    ) -> Result<Step, Error> {
        let NewKey { public, key } = new;
        let asked = cx.authenticator.profile().keys.backend;
        if asked != Backend::SOFTWARE && cx.vault()?.intent(RecordId(request.alias))?.is_none() {
            let late = LateKey { record: RecordId(cx.random_id()), alias: request.alias, key };
            return NeedsCommit::begin(cx, Work::AbandonKey(late));
        }
        // Never another backend than the one that was asked, and never a key that cannot do what the site was promised.
        if public.algorithm() != request.algorithm || key.backend != asked {
            return Err(KeyError::Failed.into());
        }
        let mut random = [0; 32];
        let mut seed = Seed::default();
        let credential_id = match request.key_use {
            KeyUse::Record => {
                cx.rng.fill_bytes(&mut random);
                seed = draw_seed(cx)?;
                random.as_slice()
            }
            KeyUse::CredentialId { cred_protect, third_party_payment } => {
                let asked_for = Sealed { algorithm: request.algorithm, cred_protect, third_party_payment };
                check_sealed(cx, &request.rp_id_hash, &key, asked_for)?;
                key.handle.as_slice()
            }
        };
        let verified = self.verified.is_some();
        let secrets =
            self.extensions.salts.sealed(cx, Derivation { credential_id, seed: &seed }, verified)?;
        let attested =
            Attested { aaguid: &cx.authenticator.profile().aaguid, credential_id, public_key: &public };
        let rp_id_hash = request.rp_id_hash;
        let auth_data = auth_data::registration(
            &rp_id_hash,
            &self.consent,
            self.verified.as_ref(),
            FIRST_SIGN_COUNT,
            &attested,
            &self.extensions.outputs(&secrets),
        )
        .ok_or(Error::Capacity)?;
        let beside = self.extensions.beside(&seed, verified);
        let store = match request.key_use {
            KeyUse::CredentialId { .. } => None,
            KeyUse::Record => {
                cx.session.under_way.kept(self.ticket)?.extended.seed = seed;
                Some(NewRecord {
                    record: RecordId(request.alias),
                    discoverable: self.discoverable,
                    cred_protect: self.extensions.cred_protect(),
                    replacement: self.replacement,
                    ticket: self.ticket,
                    generation: self.generation,
                })
            }
        };
        let (signing, vouched, algorithm) = match vouching_key(cx.authenticator.profile(), self.voucher) {
            Some((by, vouching, algorithm)) => (vouching.clone(), Some(Vouched { key, by }), algorithm),
            None => (key, None, request.algorithm),
        };
        let signature = SignatureRequest {
            key: signing,
            algorithm,
            rp_id_hash,
            auth_data,
            client_data_hash: request.challenge,
        };
        match self.voucher {
            Voucher::Nobody => {
                let registered = registered(cx, signature.auth_data, Attestation::None, &beside)?;
                finish(cx, registered, signature.key, store)
            }
            Voucher::Key | Voucher::Basic | Voucher::Enterprise => {
                let then = AwaitAttestation { vouched, beside, store };
                let then = AfterSignature::MakeCredential(then);
                Ok(Step::NeedsSignature(NeedsSignature { request: signature, then }))
            }
        }
    }
}

/// The id is all there will be of a non-discoverable credential: one that does not open as what was asked for could never
/// sign in, or would not be protected.
fn check_sealed(
    cx: &mut Context<'_>,
    rp_id_hash: &RpIdHash,
    key: &KeyRef,
    asked_for: Sealed,
) -> Result<(), Error> {
    let made = cx.vault()?.opens(rp_id_hash, key.handle.as_slice());
    made.filter(|made| *made == asked_for && key.backend == Backend::SOFTWARE).ok_or(KeyError::Failed)?;
    Ok(())
}

/// What the reply says, once there is its attestation.
fn registered(
    cx: &mut Context<'_>,
    auth_data: AuthData,
    attestation: Attestation,
    beside: &Beside,
) -> Result<Registered, Error> {
    let large_blob = beside.supports_large_blob;
    let mut registered =
        Registered { auth_data, attestation, large_blob_key: None, secrets: None, large_blob, stored: false };
    registered.large_blob_key = beside.large_blob_key(cx, registered.credential_id())?;
    registered.secrets = beside.secrets(cx, registered.credential_id())?;
    cx.session.end_exchange();
    Ok(registered)
}

fn draw_seed(cx: &mut Context<'_>) -> Result<Seed, Error> {
    Bytes::new(&cx.random_id()).ok_or(Error::Capacity)
}

/// The counter of a credential that has not signed in yet; where signatures are counted, the first has 1 or more (AD-07).
const FIRST_SIGN_COUNT: u32 = 0;

/// A key of the profile's that vouches for credentials.
#[derive(Clone, Copy, Debug)]
enum VouchingKey {
    Basic,
    Enterprise,
}

/// That key, if another than the credential's own is to sign.
fn vouching_key(profile: &Profile, voucher: Voucher) -> Option<(VouchingKey, &KeyRef, Algorithm)> {
    match voucher {
        Voucher::Nobody | Voucher::Key => None,
        Voucher::Basic => {
            let basic = profile.basic_attestation.as_ref()?;
            Some((VouchingKey::Basic, &basic.key, basic.algorithm))
        }
        Voucher::Enterprise => {
            let enterprise = profile.enterprise_attestation.as_ref()?;
            Some((VouchingKey::Enterprise, &enterprise.key, enterprise.algorithm))
        }
    }
}

/// A credential that another key vouches for.
#[derive(Debug)]
struct Vouched {
    /// The credential's own key.
    key: KeyRef,
    by: VouchingKey,
}

/// Waits for the attestation's signature: by the credential's own key (AT-01), or by one of the profile's.
#[derive(Debug)]
pub(crate) struct AwaitAttestation {
    /// Where another key signs.
    vouched: Option<Vouched>,
    beside: Beside,
    store: Option<NewRecord>,
}

impl AwaitAttestation {
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        request: SignatureRequest,
        signature: Signature,
    ) -> Result<Step, Error> {
        let SignatureRequest { key, algorithm, auth_data, .. } = request;
        let profile = cx.authenticator.profile();
        let (key, attestation) = match self.vouched {
            None => (key, Attestation::PackedSelf { algorithm, signature }),
            Some(Vouched { key, by: VouchingKey::Basic }) => {
                let basic = profile.basic_attestation.as_ref();
                let certificates = basic.ok_or(KeyError::Failed)?.certificates;
                (key, Attestation::PackedBasic { algorithm, signature, certificates })
            }
            Some(Vouched { key, by: VouchingKey::Enterprise }) => {
                let enterprise = profile.enterprise_attestation.as_ref();
                let certificates = enterprise.ok_or(Error::EnterpriseAttestation)?.certificates;
                (key, Attestation::PackedEnterprise { algorithm, signature, certificates })
            }
        };
        let registered = registered(cx, auth_data, attestation, &self.beside)?;
        finish(cx, registered, key, self.store)
    }

    /// What a missing signature means. That the vendor's key is gone says nothing of any credential.
    pub(crate) const fn unsigned(&self, error: KeyError) -> KeyError {
        match error {
            KeyError::Missing | KeyError::Invalidated if self.vouched.is_some() => KeyError::Failed,
            error => error,
        }
    }
}
