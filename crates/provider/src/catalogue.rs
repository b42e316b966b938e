//! All passkeys, with what a person wants to know of each (S-37).

use crate::error::Error;
use crate::label::{HostData, Label};
use authenticator_core::Algorithm;
use authenticator_core::credential::{
    CredProtect, Credential, CredentialId, CredentialState, RpId, UserEntity,
};
use authenticator_core::key::Backend;
use authenticator_core::store::{Entry, Listed, RecordId, Store, StoreError, Vault};
use authenticator_host::{Clock, World};
use rand_core::CryptoRng;
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// Lists every passkey, newest first. A record that cannot be read is listed too, and hides no other.
///
/// # Errors
/// [`Error::Core`] when the store cannot be read.
pub fn catalogue<S: Store, R: CryptoRng, C: Clock>(world: &mut World<S, R, C>) -> Result<Vec<Item>, Error> {
    Ok(catalogue_page(world, None, usize::MAX)?.items)
}

/// Some of the [`catalogue`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CataloguePage {
    /// Passkeys, newest first.
    pub items: Vec<Item>,
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
}

/// Lists `length` passkeys, at least one, that are older than `before`, a page's `next`, or the newest ones. What is made
/// or deleted between two pages makes no other passkey come twice or not at all.
///
/// # Errors
/// [`Error::Core`] when the store cannot be read.
pub fn catalogue_page<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    before: Option<u64>,
    length: usize,
) -> Result<CataloguePage, Error> {
    let mut cx = world.context();
    let vault = cx.vault()?;
    let (mut items, mut failure, mut last, mut next) = (Vec::new(), None, None, None);
    let _ = vault
        .credentials(before, &mut |listed| {
            let number = match &listed {
                Listed::Credential(entry) => entry.credential.number,
                Listed::Unreadable { number, .. } => *number,
            };
            // A damaged store may have given one number twice: both are on one page, or the next one would miss the second.
            if items.len() >= length.max(1) && last != Some(number) {
                next = last;
                return ControlFlow::Break(());
            }
            last = Some(number);
            match Item::of(&listed, &vault) {
                Ok(item) => {
                    items.push(item);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
        .map_err(authenticator_core::Error::from)?;
    match failure {
        Some(error) => Err(authenticator_core::Error::from(error).into()),
        None => Ok(CataloguePage { items, next }),
    }
}

/// The line of one record, without a walk over the others unless it cannot be read.
pub(crate) fn find<S: Store, R: CryptoRng, C: Clock>(
    world: &mut World<S, R, C>,
    record: RecordId,
) -> Result<Item, Error> {
    let mut cx = world.context();
    let vault = cx.vault()?;
    let read = vault.by_record(record, |entry| Passkey::of(entry, &vault)).and_then(Option::transpose);
    if let Some(passkey) = read.map_err(authenticator_core::Error::from)? {
        return Ok(Item::Passkey(Box::new(passkey)));
    }
    let unreadable = catalogue(world)?.into_iter().find(|item| item.record() == record);
    unreadable.ok_or(Error::NoSuchPasskey)
}

/// One line of the catalogue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// A passkey.
    Passkey(Box<Passkey>),
    /// A record that was changed, swapped or sealed with another key. It is never offered, and can be deleted.
    Unreadable(RecordId),
}

/// What is known of a passkey. Its private key is not part of it. `Debug` shows no name, id or handle.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Passkey {
    /// The record that holds it.
    pub record: RecordId,
    /// The credential id, as the site knows it.
    pub credential_id: CredentialId,
    /// The relying party identifier.
    pub rp_id: RpId,
    /// The account: user handle, `user.name` and `user.displayName` as the site gave them.
    pub user: UserEntity,
    /// What this provider keeps beside it.
    pub notes: Notes,
    /// When it was made, in seconds since 1970, if known.
    pub created: Option<u64>,
    /// When it last signed in, in seconds since 1970, if known.
    pub last_used: Option<u64>,
    /// The key's algorithm.
    pub algorithm: Algorithm,
    /// When it may be used without user verification.
    pub cred_protect: CredProtect,
    /// Where its private key is.
    pub protection: Protection,
    /// Whether it is offered.
    pub state: State,
}

/// What this provider keeps beside a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notes {
    /// Notes of a version known here.
    Known {
        /// The label its owner gave it.
        label: Option<Label>,
    },
    /// Notes of another version: kept as they are.
    Foreign,
}

/// Where a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// In the store, wrapped by keys derived from the device key.
    Software,
    /// With a key backend of the host's.
    Hardware,
}

/// Whether a passkey is offered. Complete for what the core can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Active,
    /// It is, but the site has not been seen to accept it.
    Unconfirmed,
    /// A newer passkey of the same account has taken its place; it is used when the site names it (S-38).
    Superseded,
    /// The site no longer knows it; it is not offered.
    Hidden,
    /// Its key is with a key backend that is not there; it is offered again when the backend is.
    KeyMissing,
    /// The platform has invalidated its key for good, for example because fingerprints were enrolled.
    KeyInvalidated,
    /// Its record cannot be read.
    Unreadable,
}

impl Item {
    fn of(listed: &Listed<'_>, vault: &Vault<'_>) -> Result<Self, StoreError> {
        Ok(match listed {
            Listed::Unreadable { record, .. } => Self::Unreadable(*record),
            Listed::Credential(entry) => Self::Passkey(Box::new(Passkey::of(entry, vault)?)),
        })
    }

    /// The record.
    #[must_use]
    pub const fn record(&self) -> RecordId {
        match self {
            Self::Passkey(passkey) => passkey.record,
            Self::Unreadable(record) => *record,
        }
    }

    /// The record's id as 32 hexadecimal digits: how a person names it.
    #[must_use]
    pub fn id(&self) -> String {
        hex(self.record())
    }

    /// Whether it is offered.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Passkey(passkey) => passkey.state,
            Self::Unreadable(_) => State::Unreadable,
        }
    }

    /// The passkey, if it can be read.
    #[must_use]
    pub fn passkey(&self) -> Option<&Passkey> {
        match self {
            Self::Passkey(passkey) => Some(passkey),
            Self::Unreadable(_) => None,
        }
    }
}

/// A record's id as a person names it.
pub(crate) fn hex(RecordId(id): RecordId) -> String {
    let mut hex = String::with_capacity(32);
    for byte in id {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

impl Passkey {
    fn of(entry: &Entry<'_>, vault: &Vault<'_>) -> Result<Self, StoreError> {
        let credential = entry.credential;
        Ok(Self {
            record: entry.record,
            credential_id: credential.id.clone(),
            rp_id: credential.rp_id.clone(),
            user: credential.user.clone(),
            notes: Notes::read(entry.host_data.0),
            created: credential.created,
            last_used: credential.last_used,
            algorithm: credential.public_key.algorithm(),
            cred_protect: credential.cred_protect,
            protection: match credential.key.backend {
                Backend::SOFTWARE | Backend::ES384 => Protection::Software,
                _ => Protection::Hardware,
            },
            state: State::of(credential, vault)?,
        })
    }

    /// The label its owner gave it.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match &self.notes {
            Notes::Known { label } => label.as_ref().map(Label::as_str),
            Notes::Foreign => None,
        }
    }
}

impl Notes {
    /// Reads a record's host data, for hosts that meet a record in a prompt.
    #[must_use]
    pub fn read(host_data: &[u8]) -> Self {
        match HostData::read(host_data) {
            HostData::Known { label, .. } => Self::Known { label },
            HostData::Foreign => Self::Foreign,
        }
    }
}

impl Protection {
    /// One word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Hardware => "hardware",
        }
    }
}

impl State {
    pub(crate) fn of(credential: &Credential, vault: &Vault<'_>) -> Result<Self, StoreError> {
        Ok(match credential.state {
            CredentialState::Hidden => Self::Hidden,
            CredentialState::KeyInvalidated => Self::KeyInvalidated,
            _ if vault.lacks_key(credential) => Self::KeyMissing,
            _ if vault.is_superseded(credential)? => Self::Superseded,
            CredentialState::Unconfirmed => Self::Unconfirmed,
            _ => Self::Active,
        })
    }

    /// One word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Superseded => "superseded",
            Self::Hidden => "hidden",
            Self::KeyMissing => "key missing",
            Self::KeyInvalidated => "key invalidated",
            Self::Unreadable => "unreadable",
        }
    }
}

#[cfg(test)]
mod tests;
