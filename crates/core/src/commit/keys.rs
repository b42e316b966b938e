//! Keys of backends of the host's: made under an intent, destroyed under a tombstone (`docs/adr/0007`).

use crate::context::Context;
use crate::credential::CredentialState;
use crate::error::{Error, PinUvAuthError};
use crate::key::{Backend, KeyRef};
use crate::step::NeedsKeypair;
use crate::store::{ALIAS_SUFFIX, CommitId, CommitKind, Intent, RecordId, RecordKind, UnwantedKey};

/// From here on the key that is about to be made is known, whatever becomes of the command.
pub(super) fn intend(cx: &mut Context<'_>, id: CommitId, needs: &mut NeedsKeypair) -> Result<(), Error> {
    let header = cx.open()?;
    if header.generation != needs.then.generation() {
        return Err(Error::StoreReset);
    }
    // Each attempt has an alias of its own: one in doubt may have been given up already, and is to be destroyed then.
    needs.request.alias = cx.new_alias()?;
    let intent = Intent::new(cx.authenticator.profile().keys.backend, cx.now);
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Guard, id, header)?;
    draft.put_intent(needs.request.alias, intent)?;
    draft.finish(device)
}

/// A key that was made after its intent had been given up: whoever gave it up may have looked for it in vain.
#[derive(Clone)]
pub(crate) struct LateKey {
    /// The tombstone's.
    pub(crate) record: RecordId,
    /// Under which it was asked for.
    pub(crate) alias: [u8; 16],
    pub(crate) key: KeyRef,
}

/// The late key is to be destroyed. A reset trusts that the keys of its generation have its suffix, and keeps of all
/// tombstones only those for suffixes: one for a key of an earlier generation must be such a one.
pub(super) fn abandon(cx: &mut Context<'_>, id: CommitId, late: &LateKey) -> Result<(), Error> {
    let header = cx.open()?;
    let today = cx.opened_vault(header.generation)?.alias_suffix();
    let unwanted = match late.alias.last_chunk::<ALIAS_SUFFIX>() {
        Some(suffix) if *suffix != today => UnwantedKey::AliasSuffix(*suffix),
        _ => UnwantedKey::Handle(late.key.clone()),
    };
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Guard, id, header)?;
    draft.put_tombstone(late.record, &unwanted)?;
    draft.finish(device)
}

/// A key that nobody will store any more is to be destroyed, should it have been made.
pub(super) fn give_up(cx: &mut Context<'_>, id: CommitId, alias: RecordId) -> Result<(), Error> {
    let header = cx.open()?;
    let (version, intent) = cx.opened_vault(header.generation)?.intent(alias)?.ok_or(Error::NoSuchRecord)?;
    if !intent.has_expired(cx.now) {
        return Err(Error::RecordChanged);
    }
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.remove(RecordKind::KeyIntent, alias, version)?;
    draft.put_tombstone(alias, &UnwantedKey::Alias { backend: intent.backend, alias: alias.0 })?;
    draft.finish(device)
}

/// Which credentials may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Any,
    /// Only one that is superseded when the commit takes effect, by one that is in no doubt.
    Superseded,
    /// Only one that is unconfirmed then.
    Unconfirmed,
    /// Only one that clients are shown, while the token of this epoch that allows it is good.
    Managed {
        auth_epoch: u64,
    },
}

/// Removes a credential. A key of a backend of the host's is to be destroyed with it; that of an unreadable record is not
/// known.
pub(super) fn delete(
    cx: &mut Context<'_>,
    id: CommitId,
    record: RecordId,
    which: Which,
) -> Result<(), Error> {
    let header = cx.open()?;
    let vault = cx.opened_vault(header.generation)?;
    let version = vault.version(RecordKind::Credential, record)?.ok_or(Error::NoSuchRecord)?;
    let found = vault
        .by_record(record, |entry| (entry.credential.key.clone(), vault.is_managed(entry.credential)))?;
    let blob = vault.credential_blob_version(record)?;
    // Whether an unreadable one was ever listed nobody knows.
    let shows = found.as_ref().is_none_or(|(_, is_managed)| *is_managed);
    if let Which::Managed { auth_epoch } = which {
        if header.auth_epoch != auth_epoch {
            return Err(PinUvAuthError::Invalid.into());
        }
        if !found.as_ref().is_some_and(|(_, is_managed)| *is_managed) {
            return Err(Error::NoSuchRecord); // its host has hidden it since
        }
    }
    if which == Which::Superseded {
        let newest = vault.by_record(record, |entry| vault.superseded_by(entry.credential))?;
        // While its site may not have the newest, it is what the account is left with.
        if newest.transpose()?.flatten() != Some(CredentialState::Active) {
            return Err(Error::RecordChanged);
        }
    }
    if which == Which::Unconfirmed {
        let state = vault.by_record(record, |entry| entry.credential.state)?;
        if state != Some(CredentialState::Unconfirmed) {
            return Err(Error::RecordChanged);
        }
    }
    let device = &cx.authenticator.device;
    let mut draft = cx.draft(CommitKind::Effect, id, header)?;
    draft.remove_credential(record, version, blob)?;
    if shows {
        draft.credentials_change();
    }
    if let Some((key, _)) = found.filter(|(key, _)| key.backend != Backend::SOFTWARE) {
        draft.put_tombstone(record, &UnwantedKey::Handle(key))?;
    }
    draft.finish(device)
}
