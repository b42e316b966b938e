//! What commits are made of: built against today's store, built again when something else came first.

mod configure;
mod credential_blob;
mod keys;
mod large_blobs;
mod pin;
mod repair;
mod state;
mod user;
mod verification;

pub(crate) use configure::{Configuration, PinDemands, Setting};
pub(crate) use credential_blob::BlobWrite;
pub(crate) use keys::{LateKey, Which};
pub use large_blobs::ArrayMark;
pub(crate) use large_blobs::{ArrayWrite, Authority};

use crate::command::client_pin::{self, Attempt, Changed, GivenBack, Issue, Set};
use crate::command::registration::Registration;
use crate::command::sign_count::ReserveCounter;
use crate::context::Context;
use crate::credential::{Credential, CredentialState, MAX_HOST_DATA, UserEntity};
use crate::error::{Error, LargeBlobError};
use crate::reply::Reply;
use crate::step::{Done, NeedsKeypair, NeedsUser, Step};
use crate::store::{
    ALIAS_SUFFIX, AccountMark, CommitError, CommitId, CommitKind, Draft, Header, HostData, MAX_PUTS, Query,
    RecordId, RecordKind, StoreKeys, UnwantedKey, Vault,
};
use crate::user::Gesture;
use core::num::NonZeroU64;
use core::ops::ControlFlow;
use heapless::Vec;
use sha2::{Digest, Sha256};

/// The writes of one command, as intent.
pub(crate) enum Work {
    /// makeCredential, before a backend of the host's is asked for a key.
    IntendKey(NeedsKeypair),
    /// getAssertion and getNextAssertion, where signatures are counted: values that may be signed.
    ReserveCounter(ReserveCounter),
    /// makeCredential, when its intent was given up before the key was made.
    AbandonKey(LateKey),
    /// Verification by the host is asked for, and counted here.
    SpendVerification(NeedsUser),
    /// It succeeded.
    RestoreVerification(NeedsUser, Gesture),
    /// It was not tried, and the command ends like this.
    RefundVerification(Error),
    /// makeCredential: a new discoverable credential.
    Register(Registration),
    /// clientPIN: an attempt at the PIN.
    SpendPinRetry(Attempt),
    /// clientPIN: it was right, but what it was for is refused.
    GiveAttemptsBack(GivenBack),
    /// clientPIN: the first PIN.
    SetPin(Set),
    /// clientPIN: another PIN.
    ChangePin(Changed),
    /// clientPIN: the PIN was right, or the token is the persistent one.
    IssueToken(Issue),
    /// authenticatorConfig: a setting.
    Configure(Configuration),
    /// largeBlobs, or the host: another array, piece by piece.
    WriteArray(ArrayWrite),
    /// getAssertion: another large blob of the credential's.
    WriteBlob(BlobWrite),
    /// reset: everything of this generation goes.
    Reset { generation: u64 },
    /// The host deletes a credential.
    Delete(RecordId, Which),
    /// A client changes what the account is called.
    UpdateUser { record: RecordId, user: UserEntity, auth_epoch: u64 },
    /// The host changes what it keeps with a credential.
    SetHostData { record: RecordId, replaces: Fingerprint, host_data: Vec<u8, MAX_HOST_DATA> },
    /// The host notes what has become of a credential.
    SetState(RecordId, CredentialState),
    /// The host has seen that the site has a credential: the account's older ones go, if it is still what it was seen to be.
    Confirm(RecordId, Option<AccountMark>),
    /// The site seems to have a credential: nothing else goes.
    Accept(RecordId),
    /// The host writes a record of its own.
    PutHost { record: RecordId, bytes: Vec<u8, MAX_HOST_DATA> },
    /// The host removes a record of its own.
    RemoveHost(RecordId),
    /// The driver gives up a key that was never stored.
    GiveUpKey(RecordId),
    /// The driver has destroyed a key.
    KeyDestroyed(RecordId),
    /// A repair: a record that cannot be opened goes.
    Discard(RecordKind, RecordId),
    /// A repair: a credential is written again, under its true indexes.
    Rewrite(RecordId),
    /// A repair: the records there are, are those the header accounts for.
    AcceptRecords,
}

impl Work {
    /// Builds the change set in the session's buffer.
    pub(crate) fn build(&mut self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        match self {
            Self::IntendKey(needs) => keys::intend(cx, id, needs),
            Self::ReserveCounter(reserve) => reserve.build(cx, id),
            Self::AbandonKey(late) => keys::abandon(cx, id, late),
            Self::SpendPinRetry(attempt) => pin::spend(cx, id, attempt),
            Self::GiveAttemptsBack(given) => pin::give_back(cx, id, given),
            Self::SetPin(set) => pin::set(cx, id, set),
            Self::ChangePin(changed) => pin::change(cx, id, changed),
            Self::IssueToken(issue) => pin::issue(cx, id, issue),
            Self::SpendVerification(needs) => verification::spend(cx, id, needs),
            Self::RestoreVerification(..) => verification::restore(cx, id),
            Self::RefundVerification(_) => verification::refund(cx, id),
            Self::Register(registration) => registration.build(cx, id),
            Self::Configure(configuration) => configuration.build(cx, id),
            Self::WriteArray(write) => write.build(cx, id),
            Self::WriteBlob(write) => write.build(cx, id),
            Self::Reset { generation } => reset(cx, id, *generation),
            Self::Delete(record, which) => keys::delete(cx, id, *record, *which),
            Self::UpdateUser { record, user, auth_epoch } => user::update(cx, id, *record, user, *auth_epoch),
            Self::SetHostData { record, replaces, host_data } => {
                set_host_data(cx, id, *record, replaces, host_data)
            }
            Self::SetState(record, state) => state::set(cx, id, *record, *state),
            Self::Confirm(record, seen) => state::confirm(cx, id, *record, *seen),
            Self::Accept(record) => state::accept(cx, id, *record),
            Self::PutHost { record, bytes } => put_host(cx, id, *record, bytes),
            Self::RemoveHost(record) => remove(cx, id, RecordKind::Host, *record),
            Self::GiveUpKey(alias) => keys::give_up(cx, id, *alias),
            Self::KeyDestroyed(record) => remove(cx, id, RecordKind::KeyTombstone, *record),
            Self::Discard(kind, record) => repair::discard(cx, id, *kind, *record),
            Self::Rewrite(record) => repair::rewrite(cx, id, *record),
            Self::AcceptRecords => repair::accept_records(cx, id),
        }
    }

    /// What the commit is for.
    pub(crate) const fn kind(&self) -> CommitKind {
        match self {
            Self::IntendKey(_)
            | Self::ReserveCounter(_)
            | Self::AbandonKey(..)
            | Self::SpendPinRetry(_)
            | Self::GiveAttemptsBack(_)
            | Self::SpendVerification(_)
            | Self::RestoreVerification(..)
            | Self::RefundVerification(_) => CommitKind::Guard,
            Self::WriteArray(write) => write.kind(),
            _ => CommitKind::Effect,
        }
    }

    /// Whether it is a command of a client's that has something to do with what is shared with its platform. The host's own
    /// changes may come while such a one waits for its user.
    pub(crate) const fn is_of_client(&self) -> bool {
        matches!(
            self,
            Self::IntendKey(_)
                | Self::ReserveCounter(_)
                | Self::AbandonKey(_)
                | Self::SpendVerification(_)
                | Self::RestoreVerification(..)
                | Self::RefundVerification(_)
                | Self::Register(_)
                | Self::SpendPinRetry(_)
                | Self::GiveAttemptsBack(_)
                | Self::SetPin(_)
                | Self::ChangePin(_)
                | Self::IssueToken(_)
                | Self::WriteBlob(_)
        )
    }

    /// Whether the user has proven something for it: another who happens to write must cost neither the attempt that was
    /// spent, which may have been the last, nor the proof.
    pub(crate) const fn follows_proof(&self) -> bool {
        matches!(
            self,
            Self::RestoreVerification(..)
                | Self::RefundVerification(_)
                | Self::GiveAttemptsBack(_)
                | Self::ChangePin(_)
                | Self::IssueToken(_)
        )
    }

    /// What the command comes to when its commit fails.
    pub(crate) fn failed(self, cx: &mut Context<'_>, error: CommitError) -> Result<Step, Error> {
        match (self, error) {
            (Self::WriteArray(_), CommitError::Full) => Err(LargeBlobError::Full.into()),
            (Self::WriteBlob(write), CommitError::Full) => Ok(write.finish(cx, false)),
            // What the command comes to was decided before.
            (Self::RefundVerification(refused), _) => Err(refused),
            _ => Err(error.into()),
        }
    }

    /// Whether what this work was to do can be seen in the store. Others may have committed since, so no version says it:
    /// only what this work alone brings about.
    fn is_seen(&self, cx: &mut Context<'_>) -> Result<bool, Error> {
        match self {
            Self::IntendKey(needs) => Ok(is_there(cx, RecordKind::KeyIntent, RecordId(needs.request.alias))?),
            Self::AbandonKey(late) => Ok(is_there(cx, RecordKind::KeyTombstone, late.record)?),
            Self::Register(registration) => Ok(is_there(cx, RecordKind::Credential, registration.record())?),
            Self::Configure(configuration) => {
                let (header, standing) = cx.standing()?;
                Ok(configuration.is_seen(&header, &standing.settings))
            }
            Self::WriteArray(write) => write.is_seen(cx),
            Self::WriteBlob(write) => write.is_seen(cx),
            Self::Reset { generation } => Ok(cx.open()?.generation > *generation),
            Self::Delete(record, _) => Ok(!is_there(cx, RecordKind::Credential, *record)?),
            Self::UpdateUser { record, user, .. } => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                Ok(vault.by_record(*record, |entry| entry.credential.user == *user)? == Some(true))
            }
            Self::SetHostData { record, host_data, .. } => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                Ok(vault.by_record(*record, |entry| entry.host_data.0 == host_data.as_slice())? == Some(true))
            }
            Self::PutHost { record, bytes } => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                Ok(vault.host_record(*record, |found| found.0 == bytes.as_slice())? == Some(true))
            }
            // Another may have removed it: whoever relies on having been the one must not be told so on a guess.
            Self::RemoveHost(_) => Ok(false),
            Self::GiveUpKey(alias) => Ok(!is_there(cx, RecordKind::KeyIntent, *alias)?),
            Self::KeyDestroyed(record) => Ok(!is_there(cx, RecordKind::KeyTombstone, *record)?),
            Self::Discard(kind, record) => Ok(!is_there(cx, *kind, *record)?),
            Self::SetPin(set) => pin::is_seen(cx, set.new.pin.verifier),
            // A PIN that stays the same does not show whether it was changed, and can be changed again.
            Self::ChangePin(changed) => {
                Ok(changed.new.pin.verifier != changed.old && pin::is_seen(cx, changed.new.pin.verifier)?)
            }
            Self::IssueToken(issue) => Ok(issue.is_noted(&cx.standing()?.1.settings)),
            // Made twice it would give an attempt that nobody has spent.
            Self::RefundVerification(_) => Ok(true),
            Self::Accept(record) => {
                let generation = cx.open()?.generation;
                let vault = cx.opened_vault(generation)?;
                let active = CredentialState::Active;
                Ok(vault.by_record(*record, |entry| entry.credential.state == active)? == Some(true))
            }
            // They can be done again; values that were reserved in vain are skipped.
            Self::SetState(..)
            | Self::Confirm(..)
            | Self::ReserveCounter(_)
            | Self::SpendPinRetry(_)
            | Self::GiveAttemptsBack(_)
            | Self::SpendVerification(_)
            | Self::RestoreVerification(..)
            | Self::Rewrite(_)
            | Self::AcceptRecords => Ok(false),
        }
    }

    /// The set has taken effect: what only now may follow.
    pub(crate) fn committed(self, cx: &mut Context<'_>) -> Step {
        match self {
            Self::IntendKey(needs) => Step::NeedsKeypair(needs),
            Self::ReserveCounter(reserve) => reserve.committed(cx),
            Self::AbandonKey(..) => Step::Done(Done::failed(Error::KeyGivenUp)),
            Self::SpendPinRetry(attempt) => Step::from_result(attempt.committed(cx)),
            Self::GiveAttemptsBack(given) => Step::Done(Done::failed(given.refused)),
            Self::SetPin(_) | Self::ChangePin(_) => client_pin::committed(cx),
            Self::IssueToken(issue) => Step::from_result(issue.committed(cx)),
            Self::SpendVerification(needs) => Step::NeedsUser(needs),
            Self::RestoreVerification(needs, gesture) => Step::from_result(needs.go_on(cx, Ok(gesture))),
            Self::RefundVerification(error) => Step::Done(Done::failed(error)),
            Self::Register(registration) => Step::success(registration.committed()),
            Self::WriteArray(write) => Step::from_result(write.committed(cx)),
            Self::WriteBlob(write) => write.finish(cx, true),
            Self::Reset { .. } => {
                cx.session.leave(None);
                cx.session.pin.restart(); // RST-05
                Step::success(Reply::Empty)
            }
            Self::Configure(configuration) => {
                if configuration.ends_epoch() {
                    cx.session.pin.forget();
                }
                Step::success(Reply::Empty)
            }
            Self::Delete(..)
            | Self::UpdateUser { .. }
            | Self::SetHostData { .. }
            | Self::SetState(..)
            | Self::Confirm(..)
            | Self::Accept(_)
            | Self::PutHost { .. }
            | Self::RemoveHost(_)
            | Self::GiveUpKey(_)
            | Self::KeyDestroyed(_)
            | Self::Discard(..)
            | Self::Rewrite(_)
            | Self::AcceptRecords => Step::success(Reply::Empty),
        }
    }
}

/// Everything goes. What the host's backends hold outside the store goes later: a tombstone names all of it, and those of
/// earlier resets are kept.
fn reset(cx: &mut Context<'_>, id: CommitId, generation: u64) -> Result<(), Error> {
    let header = cx.open()?;
    if header.generation != generation {
        return Err(Error::StoreReset); // what has come since nobody has agreed to lose
    }
    let vault = cx.opened_vault(header.generation)?;
    let mut unwanted = AliasSuffixes::new();
    if header.has_host_keys {
        unwanted.push(vault.alias_suffix()).map_err(|_| Error::Capacity)?;
    }
    let mut all_kept = true;
    let _ = vault.unwanted_keys(&mut |_, key| {
        if let UnwantedKey::AliasSuffix(suffix) = key
            && !unwanted.contains(suffix)
        {
            all_kept &= unwanted.push(*suffix).is_ok();
        }
        ControlFlow::Continue(())
    })?;
    if !all_kept {
        return Err(Error::KeysToDestroy);
    }
    let device = &cx.authenticator.device;
    let next = Header::new_generation(Some(&header), cx.now.boot, cx.rng);
    let mut keys = StoreKeys::empty();
    device.store_keys(&next.generation_secret, &mut keys);
    let mut draft = Draft::anew(id, &header, next, &keys, cx.rng, cx.session.changes_mut())?;
    for suffix in unwanted {
        draft.put_tombstone(whole_generation(suffix), &UnwantedKey::AliasSuffix(suffix))?;
    }
    draft.finish(device)
}

/// The record of the tombstone for all keys of a generation.
fn whole_generation(suffix: [u8; ALIAS_SUFFIX]) -> RecordId {
    let mut id = [0; 16];
    id.iter_mut().zip(suffix.iter().chain(&suffix)).for_each(|(place, byte)| *place = *byte);
    RecordId(id)
}

/// What one reset can keep beside the header.
type AliasSuffixes = Vec<[u8; ALIAS_SUFFIX], { MAX_PUTS - 1 }>;

fn remove(cx: &mut Context<'_>, id: CommitId, kind: RecordKind, record: RecordId) -> Result<(), Error> {
    let header = cx.open()?;
    let version = cx.opened_vault(header.generation)?.version(kind, record)?.ok_or(Error::NoSuchRecord)?;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.remove(kind, record, version)?;
    draft.finish(device)
}

/// A credential with its version and host data, to be written again.
type Owned = (Option<NonZeroU64>, Credential, Vec<u8, MAX_HOST_DATA>);

/// Reads a credential to be written again. One of a later version of this library cannot be: what it has beside would be
/// lost.
pub(crate) fn own(vault: &Vault<'_>, record: RecordId) -> Result<Owned, Error> {
    let (version, credential, host_data) = vault
        .by_record(record, |entry| {
            let host_data = Vec::from_slice(entry.host_data.0);
            (NonZeroU64::new(entry.version), entry.credential.clone(), host_data)
        })?
        .ok_or(Error::NoSuchRecord)?;
    if credential.newer {
        return Err(Error::StoreNewer);
    }
    Ok((version, credential, host_data.map_err(|_| Error::Capacity)?))
}

fn set_host_data(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    replaces: &Fingerprint,
    host_data: &[u8],
) -> Result<(), Error> {
    let header = cx.open()?;
    let (version, credential, found) = own(&cx.opened_vault(header.generation)?, record)?;
    if Fingerprint::of(HostData(&found)) != *replaces {
        return Err(Error::RecordChanged);
    }
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.put_credential(record, version, &credential, host_data)?;
    draft.finish(device)
}

fn put_host(cx: &mut Context<'_>, id: CommitId, record: RecordId, bytes: &[u8]) -> Result<(), Error> {
    let header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let previous = vault.version(RecordKind::Host, record)?.and_then(NonZeroU64::new);
    let number = vault.one_numbered(RecordKind::Host, record, |found, _| Some(found.number))?;
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    // One that does not open has a number that anybody can have written.
    let number = number.unwrap_or_else(|| draft.next_number());
    draft.put_host(record, previous, number, HostData(bytes))?;
    draft.finish(device)
}

/// Tells whether what the host keeps with a credential is still what it was when the host's command began.
#[derive(PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(host_data: HostData<'_>) -> Self {
        Self(Sha256::digest(host_data.0).into())
    }
}

/// What became of a commit in doubt.
pub(crate) enum Settled {
    TookEffect,
    DidNot,
}

/// Asks the store whether the change set of `work` took effect: it is the store's last, or what it did can be seen.
pub(crate) fn settle(cx: &mut Context<'_>, id: CommitId, work: &Work) -> Result<Settled, Error> {
    let took_effect = cx.store.last_commit()? == Some(id) || work.is_seen(cx)?;
    Ok(if took_effect { Settled::TookEffect } else { Settled::DidNot })
}

fn is_there(cx: &Context<'_>, kind: RecordKind, id: RecordId) -> Result<bool, Error> {
    let query = Query::Record { kind, id };
    Ok(cx.store.read(&query, &mut |_| ControlFlow::Break(()))?.is_break())
}
