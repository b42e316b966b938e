//! What an owner changes: a label, a deletion, a new start.

use crate::catalogue::{Item, find};
use crate::error::Error;
use crate::label::{HostData, Label};
use authenticator_core::credential::{CredentialId, CredentialState, RpId, UserEntity};
use authenticator_core::store::{RecordId, Store};
use authenticator_core::{Command, Manage, Requester};
use authenticator_host::{Clock, SoftwareKeys, World, blocking};
use rand_core::CryptoRng;
use std::fmt;

/// Gives a passkey a label in place of the one it had. The site's names for the account stay as they are (S-21).
///
/// # Errors
/// [`Error::NoSuchPasskey`], [`Error::Unreadable`], [`Error::NewerNotes`], or [`Error::Core`] when the store fails.
pub fn rename<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
    label: &Label,
) -> Result<(), Error> {
    let read = world.context().vault()?.by_record(record, |entry| HostData::read(entry.host_data.0));
    let Some(host_data) = read.map_err(authenticator_core::Error::from)? else {
        // It is not there, or cannot be opened: the catalogue tells the two apart.
        find(world, record)?;
        return Err(Error::Unreadable);
    };
    let bytes = host_data.relabelled(label).ok_or(Error::NewerNotes)?;
    Ok(blocking::manage(world, Manage::SetHostData(record, &bytes))?)
}

/// The first step of a deletion: says what will go. Nothing is deleted until the token is confirmed (S-35).
///
/// # Errors
/// [`Error::NoSuchPasskey`], or [`Error::Core`] when the store fails.
pub fn prepare_delete<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
) -> Result<DeleteToken, Error> {
    let removed = match find(world, record)? {
        Item::Passkey(passkey) => {
            let passkey = *passkey;
            Some(Removed { rp_id: passkey.rp_id, credential_id: passkey.credential_id, user: passkey.user })
        }
        Item::Unreadable(_) => None,
    };
    Ok(DeleteToken { record, removed })
}

/// A deletion that waits to be confirmed. Dropped, it does nothing.
#[must_use = "nothing is deleted until the token is confirmed"]
pub struct DeleteToken {
    record: RecordId,
    removed: Option<Removed>,
}

/// A passkey that will go or has gone. **The site still lists it**: its owner has to remove it there as well.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Removed {
    /// The site that lists it.
    pub rp_id: RpId,
    /// Under this id.
    pub credential_id: CredentialId,
    /// For this account.
    pub user: UserEntity,
}

impl DeleteToken {
    /// What will go; `None` when its record cannot be read.
    #[must_use]
    pub const fn removes(&self) -> Option<&Removed> {
        self.removed.as_ref()
    }

    /// The second step: deletes it, key and all, and says what is left to do at the site.
    ///
    /// # Errors
    /// [`Error::NoSuchPasskey`] when it has gone meanwhile, or [`Error::Core`] when the store fails.
    pub fn confirm<S: Store, R: CryptoRng, C: Clock>(
        self,
        world: &mut World<S, R, C>,
    ) -> Result<Option<Removed>, Error> {
        blocking::manage(world, Manage::Delete(self.record))?;
        Ok(self.removed)
    }
}

impl fmt::Debug for DeleteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteToken").field("readable", &self.removed.is_some()).finish_non_exhaustive()
    }
}

/// Notes that the site has this passkey: whatever it superseded is deleted (S-38). Of an account with many that were kept,
/// the oldest stay superseded until it is confirmed again.
///
/// # Errors
/// [`Error::NoSuchPasskey`], or [`Error::Core`] when the store fails.
pub fn confirm<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
) -> Result<(), Error> {
    Ok(blocking::manage(world, Manage::Confirm(record))?)
}

/// What a host has learnt of a passkey at its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The site may not have received it (S-39), as with every new one. It is offered as before.
    Unconfirmed,
    /// The site no longer knows it (S-36), or has not taken it. It is out of sight, not deleted, and what it superseded is back.
    Hidden,
    /// It is to be offered again.
    Shown,
}

/// Notes what has become of a passkey.
///
/// # Errors
/// [`Error::NoSuchPasskey`], or [`Error::Core`] when the store fails.
pub fn mark<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
    mark: Mark,
) -> Result<(), Error> {
    let state = match mark {
        Mark::Unconfirmed => CredentialState::Unconfirmed,
        Mark::Hidden => CredentialState::Hidden,
        Mark::Shown => CredentialState::Active,
    };
    Ok(blocking::manage(world, Manage::SetState(record, state))?)
}

/// Deletes every passkey, and makes every credential id given out before worthless. `user` is asked to confirm, and to be
/// verified where the host verifies.
///
/// # Errors
/// [`Error::Core`] when the answer is no, or the store fails.
pub fn reset<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    user: &mut impl blocking::User,
) -> Result<(), Error> {
    let reset = Command::Manage(Manage::Reset);
    let done = blocking::run(world, user, &mut SoftwareKeys, |cx| reset.begin(cx, Requester::default()));
    done.result.map(|_| ()).map_err(Error::from)
}

#[cfg(test)]
mod tests;
