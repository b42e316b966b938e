//! authenticatorGetAssertion (CTAP 2.3 §6.2.2).

use super::authorise::{authorise, check_uv, effective_uv, is_touch_wanted, param, wait_for_touch};
use super::sign_count::{Count, Counter, ReserveCounter, Then, Whose, take};
use super::{PinUvAuth, check_list_length};
use crate::auth_data::{self, AuthData};
use crate::bounded::{Bytes, Text};
use crate::commit::{BlobWrite, Work, own};
use crate::context::Context;
use crate::cose::Algorithm;
use crate::credential::{
    ClientDataHash, CredProtect, Credential, CredentialId, CredentialState, RpIdHash, UserEntity,
};
use crate::descriptor::CredentialList;
use crate::error::{Error, PinUvAuthError};
use crate::extension::{self, Asserting, AssertionExtensions, Beside, Derivation, Extended, LargeBlobUse};
use crate::key::software::Sealed;
use crate::key::{Backend, KeyError, KeyRef, Signature, SignatureRequest};
use crate::pin::{Permissions, TokenUse};
use crate::profile::Chooser;
use crate::reply::{Asserted, LargeBlobOutput, Reply, StoredLargeBlob};
use crate::session::{Basis, Continuation, Remembered, Series, Turn};
use crate::step::{AfterSignature, AfterUser, Done, NeedsCommit, NeedsSignature, NeedsUser, Step};
use crate::store::{CommitId, CommitKind, Entry, RecordId, Vault};
use crate::user::{Ask, CandidateRef, Gesture, Prompt, Proof, Refusal, Requester};
use core::fmt;
use core::ops::ControlFlow;
use heapless::Vec;

/// A request to sign in.
#[derive(Clone)]
pub struct GetAssertion<'a> {
    /// The relying party identifier.
    pub rp_id: &'a str,
    /// Hash of the serialised client data.
    pub client_data_hash: ClientDataHash,
    /// The credentials the site would take; empty: any discoverable one.
    pub allow: CredentialList<'a>,
    /// Which of several that are here signs.
    pub among_named: AmongNamed,
    /// What is asked of the extensions.
    pub extensions: AssertionExtensions<'a>,
    /// `options.up`; absent is true.
    pub up: bool,
    /// `options.uv`.
    pub uv: bool,
    /// `options.rk` was there; it must not be (GA-03).
    pub rk_present: bool,
    /// The PIN/UV auth members.
    pub pin_uv_auth: PinUvAuth<'a>,
}

/// Which of several discoverable credentials that the site names signs, where the host has let nobody choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmongNamed {
    /// The newest: CTAP lets an authenticator take any (GA-14).
    Newest,
    /// None. Where the profile's host is to let the user choose ([`Chooser::Host`]), it is to do so here, too.
    Chosen,
}

impl fmt::Debug for GetAssertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetAssertion").field("up", &self.up).field("uv", &self.uv).finish_non_exhaustive()
    }
}

/// Steps 1 to 8: everything that can be refused before anyone is asked, in the specification's order.
pub(super) fn begin(
    cx: &mut Context<'_>,
    request: &GetAssertion<'_>,
    requester: Requester,
) -> Result<Step, Error> {
    let profile = cx.authenticator.profile();
    let (header, standing) = cx.standing()?;
    if is_touch_wanted(&standing, &request.pin_uv_auth) {
        return Ok(wait_for_touch(&standing)); // step 1
    }
    let param = param(&standing, &request.pin_uv_auth)?; // step 2
    check_uv(&standing, request.uv)?; // step 4
    if request.rk_present {
        return Err(Error::ResidentKeyOption);
    }
    check_list_length(profile, request.allow.len())?; // GA-11
    extension::check_assertion(profile, &request.extensions)?;
    let uv = if request.up { effective_uv(&standing, request.uv, param.is_some())? } else { request.uv }; // step 5
    let (is_named, verifies) = (!request.allow.is_empty(), uv || param.is_some());
    extension::check_large_blob(&standing, &request.extensions, is_named, request.up, verifies)?;
    let timeout = profile.user_action_timeout;
    let rp_id_hash = RpIdHash::of(request.rp_id);
    let client_data_hash = request.client_data_hash;
    let permission = Permissions::GET_ASSERTION;
    let token = authorise(cx, &standing, param, &client_data_hash, permission, &rp_id_hash)?; // step 6.1
    if uv && standing.is_verification_blocked() {
        return Err(standing.verification_blocked()); // before anything is said of credentials
    }
    let verified = uv || token.is_some();
    let vault = cx.opened_vault(header.generation)?;
    let pick = Pick::resolve(&vault, &rp_id_hash, &request.allow, verified)?; // step 7
    let found = pick.found(&vault, &rp_id_hash, verified)?;
    if found == Found::None {
        return Err(Error::NoCredentials); // GA-10: before anyone is asked
    }
    let presence = token.as_ref().is_some_and(TokenUse::user_present);
    let extensions = Asserting::begin(cx, &standing, &request.extensions, request.up);
    let large_blob = extension::large_blob_use(cx, &standing, &request.extensions);
    let choose = profile.chooser == Chooser::Host && !pick.is_named() && found == Found::Several;
    let state = AwaitUser {
        rp_id_hash,
        client_data_hash,
        pick,
        among_named: request.among_named,
        extensions,
        large_blob,
        up: request.up,
        offers_verified: verified,
        requester,
        token,
    };
    // GA-12: a silent look whether the user has a credential; or the user was there when the token was issued. Among several
    // accounts a verified user has to choose (GA-16).
    let owes_choice = choose && (request.up || state.token.is_some());
    if !uv && !owes_choice && (!request.up || presence) {
        let proof = state.token.as_ref().map_or(Proof::NONE, Proof::by_token);
        return state.agreed(cx, proof, Choice::NotOffered);
    }
    let ask = if uv { Ask::Verification } else { Ask::Presence };
    let prompt = Prompt::SignIn { rp_id: Text::truncated(request.rp_id) };
    NeedsUser { prompt, ask, timeout, then: AfterUser::GetAssertion(state) }.begin(cx, &standing)
}

/// How many discoverable credentials of an allow list a prompt can offer; a site that names more offers the first of them.
const MAX_NAMED: usize = 8;

/// Among which credentials the assertion is to be made.
#[derive(Debug)]
enum Pick {
    /// Any discoverable credential of the relying party.
    Any,
    /// Those the site named and we have: numbers and records, newest first.
    Named { records: Vec<(u64, RecordId), MAX_NAMED, u8>, sealed: Option<NamedSealed> },
}

/// How many candidates there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    None,
    One,
    Several,
}

/// A non-discoverable credential the site named: the first of the list that fits, as nothing tells two of them apart.
#[derive(Debug)]
struct NamedSealed {
    id: CredentialId,
    algorithm: Algorithm,
    cred_protect: CredProtect,
    third_party_payment: bool,
}

impl Pick {
    /// GA-08, GA-09: resolves the allow list to what is ours and fits the request. Nothing else is kept, so that it cannot
    /// take the place of what fits.
    fn resolve(
        vault: &Vault<'_>,
        rp_id_hash: &RpIdHash,
        allow: &CredentialList<'_>,
        uv: bool,
    ) -> Result<Self, Error> {
        if allow.is_empty() {
            return Ok(Self::Any);
        }
        let (mut records, mut sealed) = (Vec::<(u64, RecordId), MAX_NAMED, u8>::new(), None);
        for id in allow.ids() {
            if let Some(opened) = vault.opens(rp_id_hash, id) {
                let Sealed { algorithm, cred_protect, third_party_payment } = opened;
                let named =
                    Bytes::new(id).map(|id| NamedSealed { id, algorithm, cred_protect, third_party_payment });
                sealed = sealed.or(named.filter(|named| named.cred_protect.admits(uv, true)));
            } else if let Some(found) = vault
                .by_credential_id(rp_id_hash, id, |entry| {
                    let credential = entry.credential;
                    credential.cred_protect.admits(uv, true).then_some((credential.number, entry.record))
                })?
                .flatten()
                && !records.contains(&found)
            {
                let place = records.iter().position(|(number, _)| *number < found.0).unwrap_or(records.len());
                // Beyond eight the list is cut: see MAX_NAMED.
                let _ = records.insert(place, found);
            }
        }
        Ok(Self::Named { records, sealed })
    }

    /// Whether the site said among which.
    const fn is_named(&self) -> bool {
        matches!(self, Self::Named { .. })
    }

    /// Whether there are candidates, and whether there is a choice.
    fn found(&self, vault: &Vault<'_>, rp_id_hash: &RpIdHash, verified: bool) -> Result<Found, Error> {
        let mut found = if self.sealed(verified).is_some() { Found::One } else { Found::None };
        self.records(vault, rp_id_hash, verified, None, &mut |_| {
            found = if found == Found::None { Found::One } else { Found::Several };
            if found == Found::Several { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(found)
    }

    fn sealed(&self, verified: bool) -> Option<&NamedSealed> {
        match self {
            Self::Any => None,
            Self::Named { sealed, .. } => {
                sealed.as_ref().filter(|sealed| sealed.cred_protect.admits(verified, true))
            }
        }
    }

    /// Visits the discoverable candidates that credProtect admits (GA-09), newest first.
    fn records(
        &self,
        vault: &Vault<'_>,
        rp_id_hash: &RpIdHash,
        verified: bool,
        before: Option<u64>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self {
            Self::Any => {
                let _ = vault.offered(rp_id_hash, before, &mut |entry| {
                    if entry.credential.cred_protect.admits(verified, false) {
                        visit(entry)
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
            }
            Self::Named { records, .. } => {
                for (_, record) in records {
                    let flow = vault.by_record(*record, |entry| {
                        let credential = entry.credential;
                        let fits = vault.is_usable(credential)
                            && credential.cred_protect.admits(verified, true)
                            && before.is_none_or(|before| credential.number < before);
                        if fits { visit(entry) } else { ControlFlow::Continue(()) }
                    })?;
                    if flow == Some(ControlFlow::Break(())) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Waits for the answer to the prompt.
#[derive(Debug)]
pub(crate) struct AwaitUser {
    rp_id_hash: RpIdHash,
    client_data_hash: ClientDataHash,
    pick: Pick,
    among_named: AmongNamed,
    extensions: Asserting,
    large_blob: LargeBlobUse,
    up: bool,
    /// What is offered is what a verified user may have.
    offers_verified: bool,
    requester: Requester,
    token: Option<TokenUse>,
}

impl AwaitUser {
    /// What the prompt offers.
    pub(crate) fn candidates(
        &self,
        cx: &mut Context<'_>,
        before: Option<u64>,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let vault = cx.vault()?;
        self.pick.records(&vault, &self.rp_id_hash, self.offers_verified, before, visit)
    }

    /// Steps 6 and 9: verification and presence.
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        ask: Ask,
        answer: Result<Gesture, Refusal>,
    ) -> Result<Step, Error> {
        let gesture = answer.map_err(|refusal| Error::Refused(refusal, ask))?;
        let proof = Proof::of(&gesture);
        let enough =
            (proof.consent.is_some() || !self.up) && (proof.verified.is_some() || ask != Ask::Verification);
        if !enough {
            return Err(Error::Unproven(ask));
        }
        let proof = proof.beside(self.token.as_ref());
        self.agreed(cx, proof, Choice::Offered(gesture.chosen))
    }

    /// Nobody need be asked any more.
    fn agreed(self, cx: &mut Context<'_>, proof: Proof, choice: Choice) -> Result<Step, Error> {
        // GA-12: without `up` the UP bit stays clear, even when the verification was a touch as well.
        let proof = if self.up { proof } else { Proof { consent: None, ..proof } };
        if self.up {
            cx.session.pin.token.consume(); // TOK-14; not without `up` (TOK-16)
        }
        self.extensions.salts.check()?; // step 10
        Assert { state: self, proof, choice }.go_on(cx)
    }
}

/// An assertion that nobody need be asked for any more.
#[derive(Debug)]
pub(crate) struct Assert {
    state: AwaitUser,
    proof: Proof,
    choice: Choice,
}

/// Which of several the user has chosen.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// Nobody was asked.
    NotOffered,
    /// There was a prompt, which has offered the candidates.
    Offered(Option<CandidateRef>),
}

impl Choice {
    const fn made(self) -> Option<CandidateRef> {
        match self {
            Self::NotOffered => None,
            Self::Offered(chosen) => chosen,
        }
    }
}

impl Assert {
    /// Steps 7 to 12. Where the credential's counter has no value left, more are reserved first, and then it goes on again.
    pub(super) fn go_on(self, cx: &mut Context<'_>) -> Result<Step, Error> {
        let selected = self.select(cx)?;
        if self.state.token.as_ref().is_some_and(|token| !token.holds(cx.session.auth_epoch())) {
            return Err(PinUvAuthError::Invalid.into()); // what verified the user is void
        }
        match take(cx, &selected, self.proof.consent.is_some())? {
            Count::Value(sign_count) => self.sign_with(cx, selected, sign_count),
            Count::NotReserved(whose) => ReserveCounter::begin(cx, whose, Then::GetAssertion(self)),
        }
    }

    /// The credential, filtered by what was really proven.
    fn select(&self, cx: &mut Context<'_>) -> Result<Selected, Error> {
        let Self { state, proof, choice } = self;
        let (verified, chosen) = (proof.verified.is_some(), choice.made());
        let chooser = cx.authenticator.profile().chooser;
        // A host means one of those it was offered, also when it verifies without having been asked to; a client can
        // have all that the verification admits.
        let picked_here = chosen.is_some() || chooser == Chooser::Host;
        let admitted = if picked_here { state.offers_verified } else { verified };
        let selected = Selected::choose(&cx.vault()?, &state.pick, &state.rp_id_hash, admitted, chosen)?;
        let unchosen = chooser == Chooser::Host && matches!(choice, Choice::Offered(None));
        let owed = !state.pick.is_named() || state.among_named == AmongNamed::Chosen;
        if unchosen && owed && selected.candidates > 1 {
            return Err(Error::UnknownChoice); // GA-16: the host was to let the user choose, and did not
        }
        Ok(selected)
    }

    /// The message to sign. Kept out of the frame from which the store is read, which is the deepest there is.
    #[inline(never)]
    fn sign_with(self, cx: &mut Context<'_>, mut selected: Selected, sign_count: u32) -> Result<Step, Error> {
        let Self {
            state:
                AwaitUser { rp_id_hash, client_data_hash, requester, pick, extensions, large_blob, token, .. },
            proof,
            choice,
            ..
        } = self;
        let chosen = choice.made();
        // GA-14: an allow list gives one assertion and nothing to continue.
        let open = !pick.is_named();
        let several = (open && chosen.is_none()).then_some(selected.candidates).filter(|count| *count > 1);
        let auth_data = selected.auth_data(cx, &rp_id_hash, &proof, &extensions, sign_count)?;
        let mut beside = extensions.beside(&selected.extended, proof.verified.is_some());
        beside.large_blob = large_blob;
        let (record, notes_use) = (selected.record, several.is_none() && proof.consent.is_some());
        selected.hide_names_unless(proof.verified.is_some());
        let series = several.map(|count| {
            let (cursor, left) = (selected.number, count.saturating_sub(1));
            let serial = token.as_ref().map(TokenUse::serial);
            let basis = Basis::new(requester, cx.now).in_epoch(cx.session.auth_epoch()).by_token(serial);
            Series { proof, extensions, cursor, left, basis }
        });
        let request = SignatureRequest {
            key: selected.key,
            algorithm: selected.algorithm,
            rp_id_hash,
            auth_data,
            client_data_hash,
        };
        let then = AwaitAssertion {
            credential_id: selected.credential_id,
            user: selected.user,
            number_of_credentials: several,
            user_selected: open && chosen.is_some(), // GA-16
            series,
            beside,
            record,
            notes_use,
        };
        Ok(Step::NeedsSignature(NeedsSignature { request, then: AfterSignature::GetAssertion(then) }))
    }
}

/// The credential an assertion is made with.
pub(super) struct Selected {
    pub(super) key: KeyRef,
    pub(super) algorithm: Algorithm,
    pub(super) credential_id: CredentialId,
    pub(super) user: Option<UserEntity>,
    pub(super) record: Option<RecordId>,
    sign_count_reserved: u32,
    pub(super) number: u64,
    pub(super) extended: Extended,
    candidates: u32,
}

impl Selected {
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        let credential = entry.credential;
        Self {
            key: credential.key.clone(),
            algorithm: credential.public_key.algorithm(),
            credential_id: credential.id.clone(),
            user: credential.discoverable.then(|| credential.user.clone()), // GA-17
            record: Some(entry.record),
            sign_count_reserved: credential.sign_count_reserved,
            number: credential.number,
            extended: credential.extended.clone(),
            candidates: 1,
        }
    }

    /// A non-discoverable credential: its id is its key, and it knows no account (GA-17).
    fn sealed(named: &NamedSealed) -> Self {
        Self {
            key: KeyRef { backend: Backend::SOFTWARE, handle: named.id.clone() },
            algorithm: named.algorithm,
            credential_id: named.id.clone(),
            user: None,
            record: None,
            sign_count_reserved: 0,
            number: 0,
            extended: Extended { third_party_payment: named.third_party_payment, ..Extended::default() },
            candidates: 1,
        }
    }

    fn choose(
        vault: &Vault<'_>,
        pick: &Pick,
        rp_id_hash: &RpIdHash,
        verified: bool,
        chosen: Option<CandidateRef>,
    ) -> Result<Self, Error> {
        let (mut first, mut count) = (None, 0_u32);
        if chosen != Some(CandidateRef::Sealed) {
            pick.records(vault, rp_id_hash, verified, None, &mut |entry| {
                count = count.saturating_add(1);
                let wanted = chosen.is_none_or(|chosen| chosen == CandidateRef::Record(entry.record));
                if first.is_none() && wanted {
                    first = Some(Self::of(entry));
                }
                ControlFlow::Continue(())
            })?;
        }
        let sealed = match chosen {
            Some(CandidateRef::Record(_)) => None,
            Some(CandidateRef::Sealed) | None => pick.sealed(verified),
        };
        let selected =
            first.map(|first| Self { candidates: count, ..first }).or_else(|| sealed.map(Self::sealed));
        let failure = if chosen.is_some() { Error::UnknownChoice } else { Error::NoCredentials };
        selected.ok_or(failure)
    }

    /// Its signature counter.
    pub(super) fn counter(&self, cx: &mut Context<'_>) -> Result<Counter, Error> {
        Ok(match self.record {
            Some(record) => Counter { whose: Whose::Credential(record), reserved: self.sign_count_reserved },
            None => Counter { whose: Whose::Shared, reserved: cx.open()?.shared_counter },
        })
    }

    /// What its signature is to vouch for.
    #[inline(never)]
    pub(super) fn auth_data(
        &self,
        cx: &mut Context<'_>,
        rp_id_hash: &RpIdHash,
        proof: &Proof,
        extensions: &Asserting,
        sign_count: u32,
    ) -> Result<AuthData, Error> {
        let of = Derivation { credential_id: self.credential_id.as_slice(), seed: &self.extended.seed };
        let (consent, verified) = (proof.consent.as_ref(), proof.verified.as_ref());
        let secrets = extensions.salts.sealed(cx, of, verified.is_some())?;
        let outputs = extensions.outputs(&self.extended, &secrets);
        auth_data::assertion(rp_id_hash, consent, verified, sign_count, &outputs).ok_or(Error::Capacity)
    }

    /// GA-17: names are for verified users only.
    pub(super) fn hide_names_unless(&mut self, verified: bool) {
        if let Some(user) = self.user.as_mut().filter(|_| !verified) {
            user.name = None;
            user.display_name = None;
        }
    }
}

/// Waits for the signature.
#[derive(Debug)]
pub(crate) struct AwaitAssertion {
    pub(super) credential_id: CredentialId,
    pub(super) user: Option<UserEntity>,
    pub(super) number_of_credentials: Option<u32>,
    pub(super) user_selected: bool,
    /// The assertions that may be asked for after this one.
    pub(super) series: Option<Series>,
    pub(super) beside: Beside,
    /// The credential's record, if it has one.
    pub(super) record: Option<RecordId>,
    /// Whether its last use is worth noting.
    pub(super) notes_use: bool,
}

impl AwaitAssertion {
    pub(crate) fn resume(
        self,
        cx: &mut Context<'_>,
        request: SignatureRequest,
        signature: Signature,
    ) -> Result<Step, Error> {
        let id = self.credential_id.as_slice();
        let large_blob_key = self.beside.large_blob_key(cx, id)?;
        let secrets = self.beside.secrets(cx, id)?;
        let large_blob = self.large_blob(cx)?;
        if self.series.is_none() {
            cx.session.end_exchange();
        }
        let SignatureRequest { rp_id_hash, client_data_hash, auth_data, .. } = request;
        let remembered = self.series.map(|series| Remembered { rp_id_hash, client_data_hash, series });
        cx.session.leave(remembered.map(Continuation::Assertions));
        let asserted = Asserted {
            credential_id: self.credential_id,
            auth_data,
            signature,
            user: self.user,
            number_of_credentials: self.number_of_credentials,
            user_selected: self.user_selected,
            large_blob_key,
            secrets,
            large_blob: None,
        };
        let mut ending = Ending { asserted, uses: self.record.filter(|_| self.notes_use) };
        match large_blob {
            LargeBlob::Write { record, turn, auth_epoch } => {
                NeedsCommit::begin(cx, Work::WriteBlob(BlobWrite { record, turn, auth_epoch, ending }))
            }
            LargeBlob::Output(output) => {
                ending.asserted.large_blob = output;
                Ok(end(cx, ending))
            }
        }
    }

    /// What becomes of the credential's large blob, which only a discoverable one can have (LBX-03, LBX-04).
    fn large_blob(&self, cx: &mut Context<'_>) -> Result<LargeBlob, Error> {
        let record = self.record.filter(|_| self.user.is_some());
        Ok(match (self.beside.large_blob, record) {
            (LargeBlobUse::None, _) | (LargeBlobUse::Read, None) => LargeBlob::Output(None),
            (LargeBlobUse::Read, Some(record)) => {
                let blob = cx.read_credential_blob(record)?.map(StoredLargeBlob::new);
                LargeBlob::Output(blob.map(LargeBlobOutput::Read))
            }
            (LargeBlobUse::Write(Some(turn)), Some(record)) => {
                LargeBlob::Write { record, turn, auth_epoch: cx.session.auth_epoch() }
            }
            (LargeBlobUse::Write(_), _) => LargeBlob::Output(Some(LargeBlobOutput::Written(false))),
        })
    }

    /// The platform has invalidated the key for good: the credential is not offered again.
    pub(crate) fn invalidated(self, cx: &mut Context<'_>) -> Step {
        let hint = self.record.and_then(|record| {
            note(cx, record, |credential| credential.state = CredentialState::KeyInvalidated)
        });
        Step::Done(Done { result: Err(KeyError::Invalidated.into()), hint })
    }
}

/// What becomes of a credential's large blob once there is the signature.
enum LargeBlob {
    /// What lies in the session's buffer is to be stored, and has been authorised in this epoch.
    Write { record: RecordId, turn: Turn, auth_epoch: u64 },
    /// Nothing; the reply says so, or has what was read.
    Output(Option<LargeBlobOutput>),
}

/// A sign-in that needs nothing more.
pub(crate) struct Ending {
    pub(crate) asserted: Asserted,
    /// The record of the credential, if its use is worth noting.
    uses: Option<RecordId>,
}

/// Replies, and notes the use.
pub(crate) fn end(cx: &mut Context<'_>, ending: Ending) -> Step {
    let Ending { asserted, uses } = ending;
    let hint = uses
        .zip(cx.now.unix)
        .and_then(|(record, now)| note(cx, record, |credential| credential.last_used = Some(now)));
    Step::Done(Done { result: Ok(Reply::Asserted(asserted)), hint })
}

/// Drafts a note in a credential's record. Nothing depends on it, so nothing that goes wrong here matters.
fn note(cx: &mut Context<'_>, record: RecordId, change: impl FnOnce(&mut Credential)) -> Option<CommitId> {
    let header = cx.open().ok()?;
    let vault = cx.opened_vault(header.generation).ok()?;
    let (version, mut credential, host_data) = own(&vault, record).ok()?;
    let was_managed = vault.is_managed(&credential);
    change(&mut credential);
    let shows = was_managed != vault.is_managed(&credential);
    let id = CommitId(cx.random_id());
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Hint, id, header).ok()?;
    if shows {
        draft.credentials_change();
    }
    draft.put_credential(record, version, &credential, &host_data).ok()?;
    draft.finish(device).ok()?;
    Some(id)
}
