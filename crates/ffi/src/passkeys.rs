//! The passkeys that are here, for an app's list of them: what is known of each, and what its owner changes.

mod error;

pub use error::PasskeyError;

use crate::authenticator::{Authenticator, Device, Suspended};
use crate::contain::contain;
use crate::convert::{self, PAGE};
use crate::data::User;
use authenticator_core::store::RecordId;
use authenticator_core::{Context, Gesture, NeedsUser};
use authenticator_provider::{
    CataloguePage, Error, Item, Label, Mark, Passkey as Known, Protection, State, catalogue_page, confirm,
    mark, prepare_delete, rename, reset,
};
use std::fmt;

/// Some of the passkeys that are here, newest first.
#[derive(Clone, uniffi::Record)]
pub struct PasskeyPage {
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Where the next page begins, for `passkeys`, if there is one.
    pub next: Option<u64>,
}

/// A passkey that is here.
#[derive(Clone, uniffi::Record)]
pub struct Passkey {
    /// Names it in this store, 16 bytes.
    pub record: Vec<u8>,
    /// Whether it is offered.
    pub state: PasskeyState,
    /// What is known of it; `None` when it cannot be read. Such a one can only be deleted.
    pub details: Option<PasskeyDetails>,
}

/// What is known of a passkey. Its private key is not part of it.
#[derive(Clone, uniffi::Record)]
pub struct PasskeyDetails {
    /// The credential id, as the site knows it.
    pub credential_id: Vec<u8>,
    /// The relying party identifier.
    pub rp_id: String,
    /// The account, as the site named it.
    pub user: User,
    /// The label that its owner gave it.
    pub label: Option<String>,
    /// When it was made, in seconds since 1970, if known.
    pub created: Option<u64>,
    /// When it last signed in, in seconds since 1970, if known.
    pub last_used: Option<u64>,
    /// COSE algorithm identifier of its key.
    pub algorithm: i64,
    /// Whether the app holds its key, and not this library.
    pub key_held_by_app: bool,
}

/// Whether a passkey is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum PasskeyState {
    /// It is.
    Active,
    /// It is, but the site has not been seen to accept it.
    Unconfirmed,
    /// A newer passkey of the same account has taken its place; it is used when the site names it.
    Superseded,
    /// The site no longer knows it; it is not offered.
    Hidden,
    /// Its key is with the app, and this authenticator was opened without keys of the app's.
    KeyMissing,
    /// The platform has invalidated its key for good.
    KeyInvalidated,
    /// Its record cannot be read.
    Unreadable,
}

/// What the app has learnt of a passkey at its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PasskeyMark {
    /// The site has it. The older passkeys of its account, which it superseded, are deleted.
    Confirmed,
    /// The site may not have received it. It is offered as before.
    Unconfirmed,
    /// The site no longer knows it. It is not offered any more, and not deleted; an older one of its account is offered again.
    Hidden,
    /// It is to be offered again.
    Shown,
}

#[uniffi::export]
impl Authenticator {
    /// The passkeys that are here, newest first: the first page, or the one after `before`, a page's `next`. They are of all
    /// sites, in all states. What is made or deleted between two pages makes no other come twice or not at all.
    ///
    /// # Errors
    /// [`PasskeyError::Suspended`], [`PasskeyError::Store`].
    pub fn passkeys(&self, before: Option<u64>) -> Result<PasskeyPage, PasskeyError> {
        let CataloguePage { items, next, .. } = self.keep(|device| catalogue_page(device, before, PAGE))?;
        Ok(PasskeyPage { passkeys: items.iter().map(Passkey::of).collect(), next })
    }

    /// Gives a passkey a label of its owner's, 1 to 100 characters, in place of the one it had. The site's own names stay as
    /// they are, and the site is told nothing.
    ///
    /// # Errors
    /// [`PasskeyError::Label`] says what is wrong with the label; also [`PasskeyError::Argument`],
    /// [`PasskeyError::NoSuchPasskey`], [`PasskeyError::Unreadable`], [`PasskeyError::NewerNotes`],
    /// [`PasskeyError::Suspended`], [`PasskeyError::Store`].
    pub fn rename_passkey(&self, record: Vec<u8>, label: String) -> Result<(), PasskeyError> {
        let record = convert::record(&record)?;
        let label = Label::new(&label).map_err(Error::Label)?;
        self.keep(|device| rename(device, record, &label))
    }

    /// Deletes a passkey for good. Ask its owner first, and say that **the site still lists it**: it has to be removed there
    /// as well. A key of the app's own is named by [`unwanted_keys`](Self::unwanted_keys) from then on.
    ///
    /// # Errors
    /// [`PasskeyError::Argument`], [`PasskeyError::NoSuchPasskey`] when it has gone already, [`PasskeyError::Suspended`],
    /// [`PasskeyError::Store`].
    pub fn delete_passkey(&self, record: Vec<u8>) -> Result<(), PasskeyError> {
        let record = convert::record(&record)?;
        self.keep(|device| prepare_delete(device, record)?.confirm(device).map(|_| ()))
    }

    /// Notes what has become of a passkey at its site.
    ///
    /// # Errors
    /// [`PasskeyError::Argument`], [`PasskeyError::NoSuchPasskey`], [`PasskeyError::KeyGone`],
    /// [`PasskeyError::Suspended`], [`PasskeyError::Store`].
    pub fn mark_passkey(&self, record: Vec<u8>, as_what: PasskeyMark) -> Result<(), PasskeyError> {
        let record = convert::record(&record)?;
        self.keep(|device| note(device, record, as_what))
    }

    /// Deletes every passkey, and makes every credential id given out before worthless. Ask its owner first; `verified` says
    /// whether the app verified them just now, which it must where it can. Ceremonies that are under way fail from then on.
    /// The app's own keys are named by [`unwanted_keys`](Self::unwanted_keys).
    ///
    /// # Errors
    /// [`PasskeyError::Unproven`], [`PasskeyError::KeysToDestroy`], [`PasskeyError::Suspended`], [`PasskeyError::Store`].
    pub fn delete_everything(&self, verified: bool) -> Result<(), PasskeyError> {
        let gesture = if verified { Gesture::VERIFIED } else { Gesture::TOUCH };
        self.keep(|device| reset(device, &mut |_: &NeedsUser, _: &mut Context<'_>| Ok(gesture)))
    }
}

impl Authenticator {
    fn keep<T>(&self, work: impl FnOnce(&mut Device) -> Result<T, Error>) -> Result<T, PasskeyError> {
        let awake = self.awake().map_err(|Suspended| PasskeyError::Suspended)?;
        let worked = contain(|| {
            let mut session = awake.new_session();
            awake.with(&mut session, work)
        });
        Ok(worked.map_err(|_| PasskeyError::Panicked)??)
    }
}

fn note(device: &mut Device, record: RecordId, as_what: PasskeyMark) -> Result<(), Error> {
    match as_what {
        PasskeyMark::Confirmed => confirm(device, record),
        PasskeyMark::Unconfirmed => mark(device, record, Mark::Unconfirmed),
        PasskeyMark::Hidden => mark(device, record, Mark::Hidden),
        PasskeyMark::Shown => mark(device, record, Mark::Shown),
    }
}

impl Passkey {
    fn of(item: &Item) -> Self {
        Self {
            record: item.record().0.to_vec(),
            state: PasskeyState::of(item.state()),
            details: item.passkey().map(PasskeyDetails::of),
        }
    }
}

impl PasskeyDetails {
    fn of(known: &Known) -> Self {
        Self {
            credential_id: known.credential_id.as_slice().to_vec(),
            rp_id: known.rp_id.as_str().to_owned(),
            user: User::of(&known.user),
            label: known.label().map(str::to_owned),
            created: known.created,
            last_used: known.last_used,
            algorithm: known.algorithm.cose_id(),
            key_held_by_app: known.protection == Protection::Hardware,
        }
    }
}

impl PasskeyState {
    const fn of(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Unconfirmed => Self::Unconfirmed,
            State::Superseded => Self::Superseded,
            State::Hidden => Self::Hidden,
            State::KeyMissing => Self::KeyMissing,
            State::KeyInvalidated => Self::KeyInvalidated,
            State::Unreadable => Self::Unreadable,
        }
    }
}

impl fmt::Debug for PasskeyPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasskeyPage").field("passkeys", &self.passkeys.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkey").field("state", &self.state).finish_non_exhaustive()
    }
}

impl fmt::Debug for PasskeyDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasskeyDetails").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
