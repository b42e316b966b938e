//! Writing a credential's large blob: the effect of the sign-in that brought it along (LBX-04).

use crate::command::get_assertion::{Ending, end};
use crate::context::Context;
use crate::error::{Error, PinUvAuthError};
use crate::reply::LargeBlobOutput;
use crate::session::Turn;
use crate::step::Step;
use crate::store::{CommitId, CommitKind, RecordId};
use core::num::NonZeroU64;

/// A blob that lies in the session's buffer, on its way into the store; and the sign-in that waits for it.
pub(crate) struct BlobWrite {
    pub(crate) record: RecordId,
    pub(crate) turn: Turn,
    /// When it was authorised.
    pub(crate) auth_epoch: u64,
    pub(crate) ending: Ending,
}

impl BlobWrite {
    /// Builds it. Whoever authorised it must not have lost the right to since, and the credential must still be one that signs
    /// in: a blob without its credential nobody would remove.
    pub(super) fn build(&self, cx: &mut Context<'_>, id: CommitId) -> Result<(), Error> {
        let header = cx.open()?;
        if header.auth_epoch != self.auth_epoch {
            return Err(PinUvAuthError::Invalid.into());
        }
        let vault = cx.opened_vault(header.generation)?;
        let usable = vault.by_record(self.record, |entry| vault.is_usable(entry.credential))?;
        if usable != Some(true) {
            return Err(Error::NoCredentials);
        }
        let previous = vault.credential_blob_version(self.record)?;
        let device = &cx.authenticator.device;
        let (mut draft, buffer) = cx.draft_large_blobs(CommitKind::Effect, id, header)?;
        let blob = buffer.blob(self.turn).ok_or(Error::RecordChanged)?;
        draft.put_credential_blob(self.record, previous.and_then(NonZeroU64::new), &blob)?;
        draft.finish(device)
    }

    /// Whether the blob is the one that lies there. Which of two that are alike is no matter.
    pub(super) fn is_seen(&self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let generation = cx.open()?.generation;
        let vault = cx.opened_vault(generation)?;
        let blob = cx.session.large_blobs().blob(self.turn).ok_or(Error::RecordChanged)?;
        Ok(vault.credential_blob(self.record, |found| Some(found == blob))? == Some(true))
    }

    /// The blob is stored, or there was no room for it, which is no error (LBX-04).
    pub(super) fn finish(mut self, cx: &mut Context<'_>, written: bool) -> Step {
        self.ending.asserted.large_blob = Some(LargeBlobOutput::Written(written));
        end(cx, self.ending)
    }
}
