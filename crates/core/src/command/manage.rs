//! The host's own changes to a credential, its own records, and what its driver tells of keys. No client can ask for them: they have no bytes on any wire.

use super::{client_pin, large_blobs, reset};
use crate::commit::{ArrayMark, Fingerprint, Which, Work};
use crate::context::Context;
use crate::credential::CredentialState;
use crate::error::Error;
#[cfg(doc)]
use crate::error::PinError;
use crate::step::{NeedsCommit, Step};
use crate::store::{AccountMark, RecordId, RecordKind};
use core::fmt;
use heapless::Vec;

/// A change the host makes on its user's behalf. Whether to ask the user first is the host's business.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Manage<'a> {
    /// Delete everything, and make every credential id given out before worthless, as authenticatorReset does. Of these
    /// changes it alone asks its user, who is to be verified where the host can do that.
    Reset,
    /// Delete it, readable or not. The site still lists it: say so to the user.
    Delete(RecordId),
    /// Delete it if a newer one of its account has taken its place at that moment and is
    /// [`Active`](CredentialState::Active); else [`Error::RecordChanged`].
    DeleteSuperseded(RecordId),
    /// Delete it if it is still [`Unconfirmed`](CredentialState::Unconfirmed) at that moment; else [`Error::RecordChanged`].
    DeleteUnconfirmed(RecordId),
    /// Replace what the host keeps in its record, if nobody changes that meanwhile
    /// ([`Error::RecordChanged`]); at most [`MAX_HOST_DATA`](crate::credential::MAX_HOST_DATA) bytes.
    SetHostData(RecordId, &'a [u8]),
    /// Note what has become of a credential. One whose key was invalidated for good stays so ([`Error::Key`]).
    SetState(RecordId, CredentialState),
    /// The site has this credential: it becomes [`Active`](CredentialState::Active), and the account's older ones, which it
    /// superseded, are deleted, as many as one change set removes (S-38).
    Confirm(RecordId),
    /// The same, where it rests on a look at the account: only while the account has what it had then, and the credential
    /// can be used; else [`Error::RecordChanged`], and nothing has changed.
    ConfirmSeen(RecordId, AccountMark),
    /// The site seems to have this credential: from [`Unconfirmed`](CredentialState::Unconfirmed) it becomes
    /// [`Active`](CredentialState::Active), and nothing is deleted. One in another state stays in that
    /// ([`Error::RecordChanged`]).
    Accept(RecordId),
    /// Write a record of the host's own, in place of the one with this id.
    PutHost {
        /// Its id: random, or the host's own choice. Host records share no ids with credentials.
        record: RecordId,
        /// At most [`MAX_HOST_DATA`](crate::credential::MAX_HOST_DATA) bytes.
        bytes: &'a [u8],
    },
    /// Remove a record of the host's own, readable or not. [`Error::NoSuchRecord`] when it is not there: of several that
    /// try at the same time, one succeeds.
    RemoveHost(RecordId),
    /// Put an array of large blobs in the place of the one that was read: for a host that keeps its sites' blobs there, being
    /// its own platform. What is in it, and whether its user was verified, is the host's business.
    ///
    /// Where another array has come by then it is [`Error::RecordChanged`], and nothing of that one is lost: read again. After
    /// a reset it is [`Error::StoreReset`]: the credential is gone, too. One for which there is no room is
    /// [`LargeBlobError::Full`](crate::LargeBlobError::Full).
    ReplaceLargeBlobs {
        /// What [`Context::large_blob_array`] gave with the array that was read.
        read: ArrayMark,
        /// All of the new one, with its checksum.
        array: &'a [u8],
    },
    /// Give up a key whose intent has expired: it is to be destroyed then, should it have been made. For drivers.
    GiveUpKey(RecordId),
    /// An unwanted key has been destroyed, or was never there; the argument is its record. For drivers.
    KeyDestroyed(RecordId),
    /// Set the PIN, as it was typed, in Unicode's normal form C. Where one is set it stays ([`PinError::AlreadySet`]), and none
    /// is set that a client could not set ([`PinError::Policy`]).
    SetPin(&'a str),
    /// Remove a record that cannot be opened, of any kind but the header and the settings. What a credential's record cannot say any more
    /// is where its key is: one in a backend of the host's stays there.
    Discard(RecordKind, RecordId),
    /// Write a credential again, under its true indexes.
    Rewrite(RecordId),
    /// Take the records there are for those of the last commit. What is missing stays missing.
    AcceptRecords,
}

impl fmt::Debug for Manage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "Reset",
            Self::Delete(_) => "Delete",
            Self::DeleteSuperseded(_) => "DeleteSuperseded",
            Self::DeleteUnconfirmed(_) => "DeleteUnconfirmed",
            Self::SetHostData(..) => "SetHostData",
            Self::SetState(..) => "SetState",
            Self::Confirm(_) => "Confirm",
            Self::ConfirmSeen(..) => "ConfirmSeen",
            Self::Accept(_) => "Accept",
            Self::PutHost { .. } => "PutHost",
            Self::RemoveHost(_) => "RemoveHost",
            Self::ReplaceLargeBlobs { .. } => "ReplaceLargeBlobs",
            Self::GiveUpKey(_) => "GiveUpKey",
            Self::KeyDestroyed(_) => "KeyDestroyed",
            Self::SetPin(_) => "SetPin",
            Self::Discard(..) => "Discard",
            Self::Rewrite(_) => "Rewrite",
            Self::AcceptRecords => "AcceptRecords",
        })
    }
}

pub(super) fn begin(cx: &mut Context<'_>, change: &Manage<'_>) -> Result<Step, Error> {
    let work = match *change {
        Manage::Reset => return reset::begin_for_host(cx),
        Manage::SetPin(text) => return client_pin::set_by_host(cx, text),
        Manage::Delete(record) => Work::Delete(record, Which::Any),
        Manage::DeleteSuperseded(record) => Work::Delete(record, Which::Superseded),
        Manage::DeleteUnconfirmed(record) => Work::Delete(record, Which::Unconfirmed),
        Manage::SetHostData(record, bytes) => {
            let host_data = Vec::from_slice(bytes).map_err(|_| Error::Capacity)?;
            let replaces = cx.vault()?.by_record(record, |entry| Fingerprint::of(entry.host_data))?;
            Work::SetHostData { record, replaces: replaces.ok_or(Error::NoSuchRecord)?, host_data }
        }
        Manage::SetState(record, state) => Work::SetState(record, state),
        Manage::Confirm(record) => Work::Confirm(record, None),
        Manage::ConfirmSeen(record, account) => Work::Confirm(record, Some(account)),
        Manage::Accept(record) => Work::Accept(record),
        Manage::PutHost { record, bytes } => {
            let bytes = Vec::from_slice(bytes).map_err(|_| Error::Capacity)?;
            Work::PutHost { record, bytes }
        }
        Manage::RemoveHost(record) => Work::RemoveHost(record),
        Manage::ReplaceLargeBlobs { read, array } => large_blobs::replace(cx, read, array)?,
        Manage::GiveUpKey(alias) => Work::GiveUpKey(alias),
        Manage::KeyDestroyed(record) => Work::KeyDestroyed(record),
        // Without them nobody knows the PIN: only a reset does away with that.
        Manage::Discard(RecordKind::Header | RecordKind::Settings, _) => return Err(Error::NoSuchRecord),
        Manage::Discard(kind, record) => Work::Discard(kind, record),
        Manage::Rewrite(record) => Work::Rewrite(record),
        Manage::AcceptRecords => Work::AcceptRecords,
    };
    NeedsCommit::begin(cx, work)
}
